"""Draws the README's picture: the live screen with a recorded run, written to docs/live-run.svg."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "tui"))

from recordings import RUN, training_recording  # noqa: E402
from scripted_client import ScriptedClient  # noqa: E402

from unitrainer_tui.app import UnitrainerApp  # noqa: E402
from unitrainer_tui.screens.run import RunScreen  # noqa: E402


async def draw(target: Path, size: tuple[int, int] = (120, 34)) -> None:
    recorder = training_recording(epochs=7)
    with tempfile.TemporaryDirectory() as home:
        client = ScriptedClient(Path(home), {RUN: recorder.events})
        app = UnitrainerApp(client, open_run=RUN, now=lambda: recorder.clock)
        app.title = "unitrainer-tui"
        RunScreen._log_path = lambda self: f"~/.local/state/unitrainer-tui/runs/{RUN}/log.raw"  # type: ignore[method-assign]
        async with app.run_test(size=size) as pilot:
            for _ in range(200):
                await pilot.pause(0.02)
                if isinstance(app.screen, RunScreen) and app.screen._shown_curve[0] > 0 and app.screen._ticks > 12:
                    break
            target.write_text(app.export_screenshot(title="unitrainer-tui"), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw(HERE / "live-run.svg"))
