"""The keys that end something or begin it again: abort, the question before leaving, the summary, run again."""

from __future__ import annotations

import asyncio

from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.screens.dialogs import CANCEL, Choice, Question
from unitrainer_tui.screens.run_view import RunView
from unitrainer_tui.screens.stopping import ask_abort, stop_lines
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import usd, usd_per_hour
from unitrainer_tui.widgets.log_pane import LogPane
from unitrainer_tui.widgets.summary import SummaryPanel


class EndKeys(RunView):
    def __init__(self, run: str) -> None:
        super().__init__(run)
        self.quit_at_end = False
        self._stopping = False
        self._beginning = False

    # ------------------------------------------------------------------------------------------------- stopping

    def action_abort(self) -> None:
        if not self.live:
            self.say("This run has ended: there is nothing left to abort.")
        elif self._stopping or self.state.abort_requested:
            self.say("It is being stopped already; what was rented is on its way back.")
        else:
            ask_abort(self, self.run_id, self.state, self.profile, self.stop_run)

    def stop_run(self) -> None:
        """Asks the supervisor to abort and terminate."""
        self._stopping = True
        self.program.run_errand(self._request_stop, "request to stop")

    async def _request_stop(self) -> None:
        try:
            await self.program.client.request_stop(self.run_id)
            self.say("Stopping: training ends, what exists is fetched, everything is given back.")
        except UnitrainerError as problem:
            self._stopping = self.quit_at_end = False
            self.say(problem.sentence(), "error")
        except Exception as problem:
            self._stopping = self.quit_at_end = False
            self.program.log_exception(problem)
            self.say(f"The request did not arrive; try again, or run: unitrainer-tui stop {self.run_id}", "error")

    def ask_quit(self) -> None:
        """The quit dialog of a live run; a run that has ended is left without a question."""
        state = self.state
        if not self.live:
            self.program.leave()
            return
        rate = usd_per_hour(state.cost.rate_usd_per_hour) if state.cost is not None else "the meter running"
        stopping = self._stopping or state.abort_requested
        leave = "Leave (it goes on giving back)" if stopping else f"Detach (training goes on, {rate})"
        choices = [Choice(CANCEL, "Cancel"), Choice("detach", leave)]
        if not stopping:
            choices.append(Choice("stop", "Stop and terminate", danger=True))
        lines = ["The run does not need this terminal.", *stop_lines(state, self.profile)]

        def answered(answer: str | None) -> None:
            if answer == "detach":
                self.program.leave()
            elif answer == "stop":
                self.quit_at_end = True
                self.stop_run()
                self.say("This closes by itself when all is given back. q leaves at once.")

        self.app.push_screen(Question(f"Leave {self.run_id}?", lines, choices), answered)

    def action_leave(self) -> None:
        self.app.pop_screen()

    # -------------------------------------------------------------------------------------------- after the end

    def action_summary(self) -> None:
        if self.live:
            self.say("The summary comes with the end of the run.")
            return
        self.toggle_class("-summary")
        (self.query_one(SummaryPanel) if self.has_class("-summary") else self.query_one(LogPane).lines).focus()

    def action_again(self) -> None:
        if self.live:
            self.say("This run still goes on: r runs it again after its end.")
        elif self.profile is None:
            self.say("The profile of this run cannot be read, so it cannot be run again.", "error")
        elif not self._beginning:
            self._ask_again()

    def _ask_again(self) -> None:
        profile, cost = self.profile, self.state.cost
        assert profile is not None
        costs = profile.cloud.provider == "canopywave"
        rate = usd_per_hour(cost.rate_usd_per_hour) if costs and cost is not None else ""
        flavors = ", ".join(safe(flavor) for flavor in profile.cloud.flavors)
        machines = f"{profile.cloud.nodes} × " if profile.cloud.nodes > 1 else ""
        lines = [f"Profile   {safe(profile.name)}"]
        if costs:
            lines.append(f"Rents     {machines}{flavors}, last time for {rate or 'nothing yet'}")
            lines.append(f"Cost      {usd(self.state.result.spent_usd if self.state.result else 0.0)} the last time")
        else:
            lines.append("Cost      nothing is rented for money")
        if self.origin is not None and self.origin.smoke:
            lines.append("Rehearsal on about 20 samples, as before")
        else:
            lines.append("It goes on from this run's checkpoint where it left one that helps.")
        launch = "Launch" + (f" ({rate})" if rate else "")
        choices = [Choice(CANCEL, "Cancel"), Choice("launch", launch, danger=costs)]

        def answered(answer: str | None) -> None:
            if answer == "launch":
                self._beginning = True
                self.program.run_errand(self._begin_again, "launch")

        self.app.push_screen(Question(f"Run {self.run_id} again?", lines, choices), answered)

    async def _begin_again(self) -> None:
        profile = self.profile
        assert profile is not None
        # Imported here: it knows every framework and reads a dataset, which the screens do not need to be shown.
        from unitrainer_tui.supervisor.start import check_inputs

        try:
            await asyncio.to_thread(check_inputs, profile)
            run = await self.program.client.start_resolved(profile, like=self.run_id)
        except UnitrainerError as problem:
            self.say(problem.sentence(), "error")
        except Exception as problem:
            self.program.log_exception(problem)
            self.say(f"It could not be started ({type(problem).__name__}); nothing was launched.", "error")
        else:
            if self.is_open and not self.program.leaving:
                self.program.open_run(run)
            else:
                self.say(f"Run {run} is launched.")
        finally:
            self._beginning = False
