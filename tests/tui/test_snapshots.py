"""How the screens look, at the two sizes that matter. `pytest --snapshot-update` accepts a new look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from recordings import RUN, Recorder, done_recording, failed_recording, training_recording
from scripted_client import ScriptedClient
from textual.pilot import Pilot
from textual.widgets import Input

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.config.samples import samples
from unitrainer_tui.ports import Offer
from unitrainer_tui.screens.profile_form import ProfileForm
from unitrainer_tui.screens.run import RunScreen
from unitrainer_tui.supervisor.market import Market


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["80x24", "200x50"])
@pytest.mark.parametrize(
    "recording", [training_recording, done_recording, failed_recording], ids=["training", "done", "failed"]
)
def test_the_live_screen_looks_as_it_did(
    snap_compare: Callable[..., bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    recording: Callable[[], Recorder],
    size: tuple[int, int],
) -> None:
    recorder = recording()
    monkeypatch.setattr(RunScreen, "log_path", lambda self: f"~/state/runs/{RUN}/log.raw")
    app = UnitrainerApp(ScriptedClient(tmp_path, {RUN: recorder.events}), open_run=RUN, now=lambda: recorder.clock)

    async def settled(pilot: Pilot[None]) -> None:
        for _ in range(200):
            await pilot.pause(0.02)
            screen = app.screen
            if isinstance(screen, RunScreen) and isinstance(screen.profile, Profile) and screen._ticks > 12:
                screen.tick()
                screen._show_facts()
                await pilot.pause()
                return

    assert snap_compare(app, terminal_size=size, run_before=settled)


def test_the_event_log_looks_as_it_did(snap_compare: Callable[..., bool], tmp_path: Path) -> None:
    recorder = failed_recording()
    app = UnitrainerApp(ScriptedClient(tmp_path, {RUN: recorder.events}), open_run=RUN, now=lambda: recorder.clock)

    async def opened(pilot: Pilot[None]) -> None:
        for _ in range(200):
            await pilot.pause(0.02)
            if isinstance(app.screen, RunScreen) and app.screen._ended:
                break
        await pilot.press("a", "e")
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=opened)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["80x24", "200x50"])
@pytest.mark.parametrize("what", ["runs", "form"])
def test_the_list_of_runs_and_the_form_look_as_they_did(
    snap_compare: Callable[..., bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    size: tuple[int, int],
) -> None:
    live, done = training_recording(), done_recording()
    client = ScriptedClient(tmp_path, {RUN: live.events, "20260115-101500-k3vd": done.events})
    client.told_market = Market(("p",), ("sequoia",), ("GPU",), (Offer("H100-4", 9.0, stock=True),))
    client.paths.profiles.mkdir(parents=True)
    text = samples()["canopywave-yolo"].read_text(encoding="utf-8")
    (client.paths.profiles / "mine.toml").write_text(text.replace("epochs = 10", "epochs = 0"))
    app = UnitrainerApp(client, now=lambda: live.clock)
    monkeypatch.setattr(Input, "cursor_blink", False)
    wanted = {"runs": "✓ done", "form": "training.epochs: input"}[what]

    async def settled(pilot: Pilot[None]) -> None:
        shown = lambda: "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))  # noqa: E731
        if what == "form":
            app.push_screen(ProfileForm(client.paths.profiles / "mine.toml", text.replace("epochs = 10", "epochs = 0")))
        for _ in range(500):
            await pilot.pause(0.02)
            if wanted in shown() and (what == "runs" or "1 flavor" in shown()):
                await pilot.pause()
                return

    assert snap_compare(app, terminal_size=size, run_before=settled)
