"""Draws the pictures of the README with the program itself and recorded runs: docs/pictures/*.svg."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "tests" / "tui")]

from recordings import RUN, done_recording, failed_recording, training_recording  # noqa: E402
from scripted_client import ScriptedClient  # noqa: E402
from svg import svg_of  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from tests import made_data  # noqa: E402
from unitrainer_tui.app import UnitrainerApp  # noqa: E402
from unitrainer_tui.client import RunSummary  # noqa: E402
from unitrainer_tui.config.profile import Profile, load_profile  # noqa: E402
from unitrainer_tui.config.samples import samples  # noqa: E402
from unitrainer_tui.ports import Offer  # noqa: E402
from unitrainer_tui.screens.run import RunScreen  # noqa: E402
from unitrainer_tui.supervisor.audit import Holding  # noqa: E402
from unitrainer_tui.supervisor.market import Market  # noqa: E402

DONE, FAILED = "20260115-101500-k3vd", "20260114-083000-q9xz"
SIZE = (100, 30)


class PictureClient(ScriptedClient):
    """Recorded runs, and a cloud that answers the same every time."""

    def __init__(self, home: Path) -> None:
        live, done, failed = training_recording(epochs=7), done_recording(), failed_recording()
        super().__init__(home, {RUN: live.events, DONE: done.events, FAILED: failed.events})
        self.clock = live.clock
        self.told_market = Market(
            ("my-ml-project",),
            ("sequoia",),
            ("GPU-Ubuntu.22.04",),
            (Offer("H100-2", 4.5, stock=True), Offer("H100-4", 9.0, stock=True), Offer("H100-8", 18.0, stock=False)),
        )
        self.paths.profiles.mkdir(parents=True)
        text = samples()["canopywave-yolo"].read_text(encoding="utf-8")
        (self.paths.profiles / "yolo-h100.toml").write_text(
            text.replace("~/datasets/my-yolo-dataset", "~/street-signs")
        )
        (self.paths.profiles / "broken.toml").write_text(text.replace("epochs", "epocs"))

    def runs(self) -> list[RunSummary]:
        return [
            RunSummary(
                one.run, one.profile, "~/street-signs", one.framework, one.live, one.state, one.directory, guard="T1"
            )
            for one in super().runs()
        ]

    def clouds(self) -> list[Profile]:
        return [load_profile(samples()["canopywave-yolo"])]

    async def audit(self, profile: Profile) -> list[Holding]:
        until = "2026-01-16T18:20:00Z"
        return [
            Holding("instance", "i-1", "ut-a1b2c3d4-h7k2", "ACTIVE", "run", RUN, until),
            Holding("ssh_key", "k-1", "ut-a1b2c3d4-h7k2", "", "run", RUN, until),
            Holding("instance", "i-2", "ut-a1b2c3d4-zz81", "ACTIVE", "orphan", "20260112-070000-zz81", until),
            Holding("instance", "i-3", "jupyter-of-ada", "ACTIVE", "foreign"),
        ]


@dataclass(frozen=True)
class Picture:
    """`keys` are pressed one by one, each when `wanted` of it (or nothing) stands on the screen."""

    name: str
    title: str
    steps: Sequence[tuple[str, str]]
    last: str
    size: tuple[int, int] = SIZE
    run: str | None = None


FLAVOR_FIELD = [("1 image now", "down")] + [("1 image now", "down")] * 4

PICTURES = (
    Picture("runs", "The list of runs", [], "● train"),
    Picture("profiles", "Profiles, one of them with a fault", [("● train", "p")], "rents"),
    Picture("profile-form", "A profile's form", [("● train", "p"), ("rents", "e"), *FLAVOR_FIELD], "in stock"),
    Picture("dataset", "A dataset with faults", [("● train", "d"), ("Datasets", "TYPE")], "more fault"),
    Picture("review", "The review before a launch", [], "in all"),
    Picture("live-run", "A live run", [], "mAP50", (120, 34), RUN),
    Picture(
        "compare",
        "Two runs compared",
        [("● train", "space"), ("marked", "j"), ("marked", "j"), ("marked", "c")],
        "lowest",
    ),
    Picture("audit", "The audit of a project", [("● train", "A")], "x gives back"),
    Picture("help", "The keys that work here", [("● train", "question_mark")], "Keys that work here"),
    Picture("settings", "Settings", [("● train", "S")], "low_bandwidth"),
)


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


async def until(pilot: Pilot[None], what: Callable[[], object], told: str) -> None:
    for _ in range(750):
        if what():
            return
        await pilot.pause(0.02)
    raise SystemExit(f"{told}: it never came to stand on the screen\n{shown(pilot.app)}")  # type: ignore[arg-type]


@asynccontextmanager
async def opened(picture: Picture, home: Path) -> AsyncIterator[tuple[UnitrainerApp, Pilot[None]]]:
    client = PictureClient(home)
    app = UnitrainerApp(client, open_run=picture.run, now=lambda: client.clock)
    async with app.run_test(size=picture.size) as pilot:
        yield app, pilot


async def draw(picture: Picture, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["HOME"] = folder
        data = made_data.yolo(home / "street-signs", train=24, val=8)
        if picture.name == "dataset":
            (data / "images/train/3.jpg").write_bytes(b"")
            (data / "labels/train/5.txt").write_text("7 0.5 0.5 0.2 0.2\n" * 6)
        async with opened(picture, home) as (app, pilot):
            for wanted, key in picture.steps:
                await until(pilot, lambda wanted=wanted: wanted in shown(app), picture.name)
                await pilot.press(*("~/street-signs" if key == "TYPE" else [key]))
            if picture.name == "review":
                await to_review(app, pilot)
            else:
                await until(pilot, lambda: picture.last in shown(app), picture.name)
            if isinstance(app.screen, RunScreen):
                await pilot.pause(2.5)  # the curve is drawn once a second
            await pilot.pause(0.3)
            target.write_text(svg_of(app, picture.title), encoding="utf-8")


async def to_review(app: UnitrainerApp, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: "● train" in shown(app), "runs")
    await pilot.press("n")
    await until(pilot, lambda: "rents" in shown(app), "profiles")
    await pilot.press("enter")
    await until(pilot, lambda: "24 train images" in shown(app), "dataset")
    await pilot.press("enter")
    await until(pilot, lambda: "in all" in shown(app), "review")


async def main() -> None:
    folder = HERE / "pictures"
    folder.mkdir(exist_ok=True)
    RunScreen._log_path = lambda self: f"~/.local/state/unitrainer-tui/runs/{RUN}/log.raw"  # type: ignore[method-assign]
    wanted = sys.argv[1:]
    for picture in PICTURES:
        if not wanted or picture.name in wanted:
            target = folder / f"{picture.name}.svg"
            await draw(picture, target)
            print(f"{target.relative_to(HERE.parent)}  {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    asyncio.run(main())
