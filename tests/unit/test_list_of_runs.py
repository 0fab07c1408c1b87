"""The list of runs: one that cannot be read hides no other, one that has not changed is not read again."""

from __future__ import annotations

from pathlib import Path

from unitrainer_tui.client import Client
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import NoticeEvent
from unitrainer_tui.runs.journal import encode_record


def a_client(home: Path) -> Client:
    return Client(Paths(*(home / name for name in ("config", "state", "cache", "models"))))


def a_run(client: Client, run: str, profile: bytes = b'name = "mine"') -> RunDirectory:
    directory = RunDirectory(client.paths.run(run))
    directory.path.mkdir(parents=True)
    directory.profile.write_bytes(profile)
    return directory


def tell(directory: RunDirectory, seq: int) -> None:
    event = NoticeEvent(run=directory.run, seq=seq, at="2026-01-16T14:20:00.000Z", level="info", message=f"said {seq}")
    with directory.journal.open("ab") as file:
        file.write(encode_record(event))


def test_runs_that_cannot_be_read_hide_no_other(tmp_path: Path) -> None:
    client = a_client(tmp_path)
    tell(a_run(client, "whole"), 1)
    tell(a_run(client, "no-text", b"\xff\x00=["), 1)
    a_run(client, "no-file").journal.mkdir()
    a_run(client, "damaged").journal.write_bytes(bytes(range(256)) * 8)
    a_run(client, "nothing-yet")
    (client.paths.runs / "dangling").symlink_to("/nonexistent")
    told = {summary.run: summary.profile for summary in client.runs()}
    assert told == {
        "whole": "mine",
        "no-text": "",
        "no-file": "unreadable: Is a directory",
        "damaged": "mine",
        "nothing-yet": "mine",
    }


def test_a_run_is_read_again_when_it_has_changed_and_only_then(tmp_path: Path) -> None:
    client = a_client(tmp_path)
    changing, still = a_run(client, "changing"), a_run(client, "still")
    tell(changing, 1)
    tell(still, 1)
    before = {summary.run: summary.state for summary in client.runs()}
    tell(changing, 2)
    after = {summary.run: summary.state for summary in client.runs()}
    assert after["still"] is before["still"]
    assert (before["changing"].seq, after["changing"].seq) == (1, 2)
    still.profile.write_bytes(b'name = "another"')
    assert {summary.profile for summary in client.runs()} == {"mine", "another"}
