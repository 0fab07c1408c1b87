"""The keys of the curve: which metric, which axis, beside which earlier run."""

from __future__ import annotations

import asyncio

from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.screens.earlier_runs import NONE, EarlierRuns, comparable
from unitrainer_tui.screens.run_view import RunView
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.earlier_run import read_history
from unitrainer_tui.widgets.loss_curve import Compared, LossCurve


class CurveKeys(RunView):
    def __init__(self, run: str) -> None:
        super().__init__(run)
        self._family: str | None = None
        self._log_axis = False
        self._compared: Compared | None = None
        self._shown_curve: tuple[object, ...] = ()

    def show_curve(self) -> None:
        """Draws only what changed: the points, the metric, the axis, the run beside."""
        names = self.feed.metrics.names()
        if self._family not in names:
            self._family = names[0] if names else None
        compared = self._compared
        wanted = (id(self.feed), self.feed.curve_version, self._family, self._log_axis, compared and compared.run)
        if wanted != self._shown_curve:
            self._shown_curve = wanted
            self.query_one(LossCurve).show_metric(
                self.feed.metrics, self._family, log=self._log_axis, compared=self._compared
            )

    @property
    def _curve_is_hidden(self) -> bool:
        if self.query_one(LossCurve).display:
            return False
        self.say("The curve needs a terminal of 80 columns and 24 lines.")
        return True

    def action_metric(self, step: int = 1) -> None:
        names = self.feed.metrics.names()
        if self._curve_is_hidden:
            return
        if len(names) < 2:
            self.say("There is no other metric yet.")
            return
        at = names.index(self._family) if self._family in names else -1
        self._family = names[(at + step) % len(names)]
        self.show_curve()

    def action_log_axis(self) -> None:
        if self._curve_is_hidden:
            return
        if not self.feed.metrics.families:
            self.say("There is no curve yet: it begins with the first epoch.")
            return
        self._log_axis = not self._log_axis
        self.show_curve()

    def action_compare(self) -> None:
        if not self._curve_is_hidden:
            # In a group of its own: exclusive in the common one it would end the reader of the run's events.
            self.run_worker(
                self._ask_compare(),
                name="compare",
                description="earlier runs",
                group="compare",
                exclusive=True,
                exit_on_error=False,
            )

    async def _ask_compare(self) -> None:
        try:
            runs = await asyncio.to_thread(lambda: comparable(self.program.client.runs(), self.run_id))
        except Exception as problem:
            self.program.log_exception(problem)
            self.say("The list of earlier runs could not be read; try again.", "error")
            return
        if not runs:
            framework = self.profile.training.framework if self.profile is not None else "this framework"
            self.say(f"There is nothing to compare with: no other run of {framework} has told a metric yet.")
            return
        if self.app.screen is not self:
            return  # another screen is open by now
        compared = self._compared.run if self._compared is not None else None
        self.app.push_screen(EarlierRuns(runs, compared), self._compare)

    def _compare(self, answer: str | None) -> None:
        if answer == NONE:
            self._compared = None
            self.show_curve()
        elif answer is not None:
            self.run_worker(
                self._read_earlier(answer),
                name="earlier",
                description="curves of an earlier run",
                exit_on_error=False,
            )

    async def _read_earlier(self, run: str) -> None:
        metrics = RunDirectory(self.program.client.paths.run(run)).metrics
        try:
            history = await asyncio.to_thread(read_history, metrics)
        except OSError as problem:
            self.say(f"The curves of run {safe(run)} cannot be read: {problem.strerror}.", "error")
            return
        self._compared = Compared(run, history)
        self.show_curve()
