"""The tree of folders and the look inside a dataset: bounded, lazy, harmless whatever the names are."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from scripted_client import ScriptedClient
from textual import events
from textual.pilot import Pilot

from tests import made_data
from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.client import ProfileEntry
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.screens.dataset import DatasetScreen, PathField
from unitrainer_tui.screens.dataset_look import DatasetLook, findings_content, samples_content
from unitrainer_tui.screens.folder_tree import FolderTree, TreeScreen, list_folder
from unitrainer_tui.screens.look_inside import first_rows, half_blocks
from unitrainer_tui.screens.profiles import ProfileScreen

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 100,000 files and one folder."""
    root = tmp_path_factory.mktemp("crowded")
    (root / "inner").mkdir()
    for number in range(100_000):
        (root / f"{number:06}.jpg").touch()
    return root


async def at_the_field(app: UnitrainerApp, pilot: Pilot[None], holds: Holds, path: Path) -> PathField:
    await pilot.press("d")
    await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and app.focused is not None)
    field = app.screen.query_one(PathField)
    field.value = str(path)
    return field


def test_a_folder_of_100_000_files_is_read_to_a_bound_and_said(crowded: Path) -> None:
    listing = list_folder(crowded)
    assert len(listing.folders) + len(listing.files) == 500
    assert listing.more
    assert "at least 19,5" in listing.note()
    whole = list_folder(crowded, read=200_000)
    assert (whole.folders, whole.left_out, whole.more) == (("inner",), 99_501, False)


async def test_the_tree_opens_a_crowded_folder_and_gives_the_path_back(
    tmp_path: Path, crowded: Path, holds: Holds
) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        field = await at_the_field(app, pilot, holds, crowded)
        await pilot.press("ctrl+t")
        begun = time.monotonic()
        await holds(pilot, lambda: isinstance(app.screen, TreeScreen) and app.screen.query(FolderTree))
        await holds(pilot, lambda: len(app.screen.query_one(FolderTree).root.children))
        assert time.monotonic() - begun < 10
        tree = app.screen.query_one(FolderTree)
        assert len(tree.root.children) == 501
        await pilot.press("end", "enter")
        await holds(pilot, lambda: any("no file" in one.message for one in app._notifications))
        await pilot.press("home", "j", "enter")
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen))
        assert field.value.startswith(str(crowded))
        assert field.value != str(crowded)


async def test_names_that_would_speak_to_the_terminal_are_plain_in_the_tree(tmp_path: Path, holds: Holds) -> None:
    (tmp_path / "data" / "a\x1b]52;c;b3duZWQ=\x07[bold]").mkdir(parents=True)
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_the_field(app, pilot, holds, tmp_path / "data")
        await pilot.press("ctrl+t")
        await holds(pilot, lambda: isinstance(app.screen, TreeScreen) and "[bold]/" in shown(app))
        assert all(line.isprintable() for line in shown(app).split("\n"))


async def test_a_dataset_without_a_profile_is_looked_at_and_then_trained_on(tmp_path: Path, holds: Holds) -> None:
    root = made_data.yolo(tmp_path / "good", train=12, val=6)
    (root / "images/train/3.jpg").write_bytes(b"")
    client = ScriptedClient(tmp_path)
    from scripted_client import a_profile

    client.entries = [ProfileEntry("mine", tmp_path / "mine.toml", a_profile())]
    app = UnitrainerApp(client)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_the_field(app, pilot, holds, root)
        await holds(pilot, lambda: "images/train/3.jpg is empty" in shown(app))
        await pilot.press("ctrl+l")
        await holds(pilot, lambda: isinstance(app.screen, DatasetLook) and "▀" in shown(app))
        await pilot.press("escape")
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen))
        made_data.yolo(tmp_path / "better", train=12, val=6)
        app.screen.query_one(PathField).value = str(tmp_path / "better")
        await holds(pilot, lambda: "12 train images" in shown(app) and "empty" not in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and "mine" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and "~/better" in shown(app))


def test_every_fault_is_told_inside(tmp_path: Path) -> None:
    root = made_data.yolo(tmp_path / "bad", train=12, val=6)
    for number in range(1, 6):
        (root / f"labels/train/{number}.txt").write_text("7 0.5 0.5 0.2 0.2\n" * 20)
    text = findings_content(check_dataset(root, "yolo")).plain
    assert text.count("the class 7 is out of range") == 50
    assert "50 more like that" in text
    assert "disc" in text


def test_the_first_rows_of_a_hostile_table_are_cells_of_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\x1b[2J,\xff\n" + b'1,"two\nlines",3\n' + b"x" * 500_000 + b"\n")
    assert first_rows(path)[0][0] == "a"
    text = samples_content(path).plain
    assert text.replace("\n", "").isprintable()
    assert max(map(len, text.split("\n"))) < 250


def test_pictures_are_two_pixels_a_cell_and_a_broken_one_is_left_out(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (40, 40), "#ff0000")
    picture.paste((0, 0, 255), (0, 20, 40, 40))
    picture.save(tmp_path / "p.png")
    (tmp_path / "q.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    drawn = half_blocks(tmp_path / "p.png", 8, 4)
    assert drawn is not None
    lines = drawn.plain.split("\n")
    assert lines == ["▀" * 8] * 4
    styles = [str(span.style) for span in drawn.spans]
    assert styles[0] == "#ff0000 on #ff0000"
    assert styles[-1] == "#0000ff on #0000ff"
    assert half_blocks(tmp_path / "q.png", 8, 4) is None
    assert "q.png cannot be drawn here" in samples_content(tmp_path).plain


async def test_arrows_and_enter_in_one_burst_take_the_line_that_they_lead_to(tmp_path: Path, holds: Holds) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text("x\n1\n")
    app = UnitrainerApp(ScriptedClient(tmp_path / "home", {}))
    taken: list[str | None] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(TreeScreen(tmp_path), taken.append)
        await holds(pilot, lambda: isinstance(app.screen, TreeScreen) and "c.csv" in shown(app))
        for key in ("down", "down", "enter"):
            app.post_message(events.Key(key, None))
        await holds(pilot, lambda: bool(taken))
    assert taken == [str(tmp_path / "b.csv")]
