"""The list of runs, the comparison of two and the audit, driven by keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from recordings import RUN, done_recording, failed_recording, training_recording
from scripted_client import ScriptedClient, a_profile
from textual.pilot import Pilot
from textual.widgets import DataTable

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.client import RunSummary
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import CloudUnreachable
from unitrainer_tui.runs.events import ProgressEvent
from unitrainer_tui.runs.state import RunState, fold
from unitrainer_tui.screens.audit import AuditScreen
from unitrainer_tui.screens.audit_rows import reap_lines, summary_line
from unitrainer_tui.screens.compare import CompareScreen, line_of_both, names_of_both
from unitrainer_tui.screens.dialogs import Question
from unitrainer_tui.screens.home import FilterField, HomeScreen
from unitrainer_tui.screens.run_list import shown_runs
from unitrainer_tui.supervisor.audit import Holding
from unitrainer_tui.supervisor.sweep import Swept
from unitrainer_tui.widgets.pair_curve import draw_pair
from unitrainer_tui.widgets.series import MetricHistory

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]

ORPHAN = Holding("instance", "i-9", "ut-\x1b[2Ja1b2c3d4-lost", "ACTIVE", "orphan", "lost", "2026-01-16T18:00:00Z")
KEY = Holding("ssh_key", "k", "ut-a1b2c3d4-key", "", "orphan", "lost")
ADDRESS = Holding("public_ip", "ip-1", "203.0.113.7", "free", "suspect", None)
THEIRS = Holding("instance", "i-2", "somebody", "ACTIVE", "foreign")


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


class AuditedClient(ScriptedClient):
    def __init__(self, home: Path, holdings: Sequence[Holding] | Exception) -> None:
        super().__init__(home)
        self.holdings = holdings
        self.reaped: list[list[Holding]] = []

    def clouds(self) -> list[Profile]:
        return [a_profile()]

    async def audit(self, profile: Profile) -> list[Holding]:
        if isinstance(self.holdings, Exception):
            raise self.holdings
        return list(self.holdings)

    async def reap(self, profile: Profile, orphans: Sequence[Holding]) -> Swept:
        self.reaped.append(list(orphans))
        self.holdings = [THEIRS]
        return Swept(told=["ut-a1b2c3d4-lost is gone, seen twice."])


def three_runs(home: Path) -> UnitrainerApp:
    done, failed, live = done_recording(), failed_recording(), training_recording()
    recorded = {RUN: live.events, "20260115-100000-done": done.events, "20260114-100000-fail": failed.events}
    return UnitrainerApp(ScriptedClient(home, recorded), now=lambda: live.clock)


def listed(app: UnitrainerApp) -> list[str]:
    table = app.screen.query_one("#home-runs", DataTable)
    return [str(key.value) for key in table.rows]


async def test_the_filter_shows_matching_runs_and_escape_shows_all(tmp_path: Path, holds: Holds) -> None:
    app = three_runs(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "● train" in shown(app))
        assert listed(app)[0] == RUN
        await pilot.press("slash", *"failed")
        await holds(pilot, lambda: listed(app) == ["20260114-100000-fail"])
        assert "1 of 3 with failed" in shown(app)
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.focused, DataTable))
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("escape")
        await holds(pilot, lambda: len(listed(app)) == 3)
        assert not app.screen.query_one(FilterField).display


async def test_s_changes_the_order_and_says_which(tmp_path: Path, holds: Holds) -> None:
    app = three_runs(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "● train" in shown(app))
        await pilot.press("s")
        await holds(pilot, lambda: "dearest first" in shown(app))
        assert listed(app)[0] == RUN


def summary(run: str, *, live: bool = False, spent: float = 0.0, at: float = 0.0, **metrics: float) -> RunSummary:
    from unitrainer_tui.runs.events import CostEvent

    state = RunState(created_at=at, cost=CostEvent(spent_usd=spent, rate_usd_per_hour=1.0))
    if metrics:
        state = replace(state, progress=ProgressEvent(epoch=1, metrics=dict(metrics)))
    return RunSummary(run, run.upper(), "/d", "yolo", live, state, Path("/"))


def test_live_runs_stay_on_top_in_every_order() -> None:
    runs = [
        summary("b", spent=1, at=3, loss=0.5),
        summary("a", spent=9, at=1, loss=0.1),
        summary("c", at=2, accuracy=0.9),
        summary("d", at=4),
        summary("live", live=True),
    ]
    ordered = {order: "".join(one.run[0] for one in shown_runs(runs, "", order)) for order in ("newest", "dearest")}
    assert ordered == {"newest": "ldbca", "dearest": "labdc"}
    assert [one.run for one in shown_runs(runs, "", "profile")] == ["live", "a", "b", "c", "d"]
    assert [one.run for one in shown_runs(runs, "", "best metric")] == ["live", "c", "a", "b", "d"]
    assert [one.run for one in shown_runs(runs, "YOLO D", "newest")] == ["live", "d", "b", "c", "a"]
    assert [one.run for one in shown_runs(runs, "live", "newest")] == ["live"]


async def test_two_marked_runs_are_compared_by_their_curves(tmp_path: Path, holds: Holds) -> None:
    app = three_runs(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "● train" in shown(app))
        await pilot.press("c")
        await holds(pilot, lambda: any("Mark two runs" in one.message for one in app._notifications))
        await pilot.press("space", "j", "c")
        await holds(pilot, lambda: isinstance(app.screen, CompareScreen) and "lowest" in shown(app))
        await holds(pilot, lambda: "⠒⠒" in shown(app) and "xx" in shown(app) and "loss" in shown(app))
        assert any("x" in line.partition("┤")[2] for line in shown(app).split("\n"))
        await pilot.press("m")
        await holds(pilot, lambda: "mAP50" in shown(app))
        await pilot.press("escape")
        await holds(pilot, lambda: isinstance(app.screen, HomeScreen) and "1 marked" in shown(app))


def history(**values: list[float]) -> MetricHistory:
    told = MetricHistory()
    for epoch in range(len(next(iter(values.values())))):
        metrics = {name.replace("__", "/"): found[epoch] for name, found in values.items()}
        told.add(ProgressEvent(epoch=epoch + 1, metrics=dict(metrics)))
    return told


def test_the_comparison_takes_what_both_have_and_validation_first() -> None:
    first = history(train__loss=[3.0, 2.0], val__loss=[4.0, 3.0], lr=[0.1, 0.2])
    second = history(train__loss=[1.0], val__loss=[2.0], map=[0.5])
    assert names_of_both((first, second)) == ["loss"]
    part, lines = line_of_both((first, second), "loss")
    assert (part, lines) == ("val", [[(1.0, 4.0), (2.0, 3.0)], [(1.0, 2.0)]])
    assert names_of_both((history(a=[1.0]), history(b=[1.0]))) == ["a", "b"]


def test_the_two_lines_differ_without_colour_and_survive_every_size() -> None:
    pair = ([(1.0, 4.0), (2.0, None), (3.0, 2.0), (4.0, 1.0)], [(1.0, 1.0), (2.0, 3.0)])
    drawn = draw_pair(pair, 60, 12).plain
    assert "x" in drawn
    assert any("\u2800" < letter <= "\u28ff" for letter in drawn)
    for width in (0, 1, 15, 16, 300):
        for height in (0, 1, 4, 5, 60):
            draw_pair(pair, width, height)
            draw_pair(([], []), width, height)
            draw_pair(([(1.0, 2.0)], []), width, height)


async def test_the_audit_tells_whose_each_thing_is_and_reaps_only_when_asked(tmp_path: Path, holds: Holds) -> None:
    client = AuditedClient(tmp_path, [ORPHAN, KEY, ADDRESS, THEIRS])
    app = UnitrainerApp(client)
    async with app.run_test(size=(110, 24)) as pilot:
        await pilot.press("A")
        await holds(pilot, lambda: isinstance(app.screen, AuditScreen) and "2 orphans: x gives back" in shown(app))
        assert "4 resources, 3 of this installation, 2 orphans" in shown(app)
        assert "somebody else" in shown(app)
        assert "203.0.113.7 bears no name of ours" in shown(app)
        assert all(line.isprintable() for line in shown(app).split("\n"))
        await pilot.press("x")
        await holds(pilot, lambda: isinstance(app.screen, Question) and app.focused is not None)
        assert app.focused is not None
        assert app.focused.id == "choice-cancel"
        assert "Lost: everything on it" in shown(app)
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, AuditScreen))
        assert client.reaped == []
        await pilot.press("x")
        await holds(pilot, lambda: isinstance(app.screen, Question) and app.focused is not None)
        await pilot.press("right", "enter")
        await holds(pilot, lambda: "seen twice" in shown(app) and "no orphan" in shown(app))
    assert client.reaped == [[ORPHAN, KEY]]


async def test_what_the_cloud_refuses_is_a_sentence_on_the_audit(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(AuditedClient(tmp_path, CloudUnreachable("The cloud cannot be reached.", "Check the link.")))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("A")
        await holds(pilot, lambda: "The cloud cannot be reached." in shown(app))
        await pilot.press("x")
        await holds(pilot, lambda: any("nothing to give back" in one.message for one in app._notifications))


async def test_the_audit_without_a_run_says_what_to_do(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "audit: what your clouds hold" in shown(app))
        await pilot.press("A")
        await holds(pilot, lambda: "No run has rented from a cloud yet" in shown(app))


def test_the_question_names_the_price_of_the_instance() -> None:
    state = fold(training_recording().events)
    machine = state.resource("instance")
    assert machine is not None
    holding = Holding("instance", "i", machine.name or "", "ACTIVE", "orphan", RUN)
    lines = reap_lines([holding], lambda _: replace(machine, usd_per_hour=9.0, flavor="H100-4"))
    assert "H100-4, $9.00/h" in lines[0]
    assert "price unknown" in reap_lines([holding], lambda _: None)[0]
    assert summary_line([holding, THEIRS]) == "2 resources, 1 of this installation, 1 orphan"
