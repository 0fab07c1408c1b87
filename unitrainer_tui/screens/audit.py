"""The audit: what every cloud that this installation has rented from holds now, and giving orphans back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.state import ResourceState
from unitrainer_tui.screens.audit_rows import by_hand, holding_row, place_of, reap_lines, reapable, summary_line
from unitrainer_tui.screens.dialogs import CANCEL, Choice, Question
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.supervisor.audit import Holding
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import plural
from unitrainer_tui.widgets.still_text import StillText


@dataclass
class Asked:
    """One cloud: `holdings` is None until it has answered, `problem` a sentence where it did not."""

    profile: Profile
    holdings: list[Holding] | None = None
    problem: str = ""
    resources: dict[tuple[str, str], ResourceState] = field(default_factory=dict)


class AuditScreen(ProgramScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "reap", "Give back orphans", id="audit.reap", tooltip="Terminate and remove what is orphaned"),
        Binding("r", "ask", "Ask again", id="audit.ask", tooltip="Ask every cloud again"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="audit.down", tooltip="A line on"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="audit.up", tooltip="A line back"),
        Binding("escape", "app.pop_screen", "Back", key_display="esc", id="audit.back", tooltip="Back to the runs"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asked: list[Asked] = []
        self._busy = ""
        self._told: list[str] = []

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="audit-title")
        with VerticalScroll(id="audit-body"):
            yield StillText(id="audit-rows")
        yield StillText(id="audit-problem")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        title = Content.assemble((" Audit", "bold"), ("  what your clouds hold, and whose it is", "$muted"))
        self.query_one("#audit-title", StillText).show(title)
        self.query_one("#audit-body").focus()
        self.action_ask()

    # --------------------------------------------------------------------------------------------------- asking

    def action_ask(self) -> None:
        self._told = []
        self.run_worker(
            self._ask(), name="audit", description="audit", group="audit", exclusive=True, exit_on_error=False
        )

    async def _ask(self) -> None:
        self._busy = "asking…"
        self._show()
        try:
            self._asked = [Asked(profile) for profile in await asyncio.to_thread(self.program.client.clouds)]
        except UnitrainerError as problem:
            self._told = [problem.sentence()]
        self._show()
        for one in self._asked:
            try:
                one.holdings = await self.program.client.audit(one.profile)
                one.resources = await asyncio.to_thread(self._resources, one.holdings)
            except UnitrainerError as problem:
                one.problem = problem.sentence()
            except Exception as problem:
                self.program.log_exception(problem)
                one.problem = "The audit failed; the log says why."
            self._show()
        self._busy = ""
        self._show()

    def _resources(self, holdings: list[Holding]) -> dict[tuple[str, str], ResourceState]:
        """What our own journals know of these things: flavor and price."""
        found: dict[tuple[str, str], ResourceState] = {}
        for run in {holding.run for holding in holdings if holding.run}:
            try:
                state = self.program.client.state(run)
            except (UnitrainerError, OSError):
                continue
            found.update({(r.kind, r.name or ""): r for r in state.resources.values()})
        return found

    def _show(self) -> None:
        blocks: list[Content] = []
        for one in self._asked:
            head = place_of(one.profile)
            if one.problem:
                blocks.append(Content.assemble((head, "bold"), "  ", (f"✗ {safe(one.problem, limit=400)}", "$error")))
            elif one.holdings is None:
                blocks.append(Content.assemble((head, "bold"), ("  asking…", "$muted")))
            else:
                blocks.append(Content.assemble((head, "bold"), (f"  {summary_line(one.holdings)}", "$muted")))
                blocks += [Content.assemble("  ", holding_row(holding)) for holding in one.holdings]
            blocks.append(Content(""))
        if not self._asked:
            words = (
                self._busy or "No run has rented from a cloud yet, so there is none to ask. n on the list begins one."
            )
            blocks = [Content(words)]
        self.query_one("#audit-rows", StillText).show(Content("\n").join(blocks))
        lines = [Content(safe(words, limit=300)) for words in self._told]
        hands = [holding for one in self._asked for holding in by_hand(one.holdings or [])]
        lines += [
            Content.styled(f"! {safe(holding.name)} bears no name of ours: release it in the console.", "$warning")
            for holding in hands[:3]
        ]
        orphans = self._orphans()
        if orphans and not self._busy:
            lines.append(Content.styled(f"✗ {plural(len(orphans), 'orphan')}: x gives back.", "$error"))
        elif self._busy and self._asked:
            lines.append(Content.styled(self._busy, "$muted"))
        self.query_one("#audit-problem", StillText).show(Content("\n").join(lines))

    def _orphans(self) -> list[Holding]:
        return [holding for one in self._asked for holding in reapable(one.holdings or [])]

    # --------------------------------------------------------------------------------------------------- reaping

    def action_reap(self) -> None:
        orphans = self._orphans()
        if self._busy:
            self.say("The clouds are being asked; wait for their answers.")
        elif not orphans:
            self.say("Nothing of ours is orphaned: there is nothing to give back.")
        else:
            known = {key: state for one in self._asked for key, state in one.resources.items()}
            lines = reap_lines(orphans, lambda holding: known.get((holding.resource, holding.name)))
            choices = [Choice(CANCEL, "Cancel"), Choice("reap", "Give back", danger=True)]
            title = f"Give back {plural(len(orphans), 'resource')}?"
            self.app.push_screen(Question(title, lines, choices), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "reap":
            self.run_worker(self._reap(), name="reap", description="reap", group="audit", exit_on_error=False)

    async def _reap(self) -> None:
        self._busy = "giving back, and looking twice that it is gone…"
        self._told = []
        self._show()
        told: list[str] = []
        for one in self._asked:
            orphans = reapable(one.holdings or [])
            if not orphans:
                continue
            try:
                swept = await self.program.client.reap(one.profile, orphans)
                told += swept.told
                told += [f"NOT proven gone: {name}" for name in swept.remaining]
            except UnitrainerError as problem:
                told.append(f"{place_of(one.profile)}: {problem.sentence()}")
            except Exception as problem:
                self.program.log_exception(problem)
                told.append(f"{place_of(one.profile)}: giving back failed; the log says why.")
        await self._ask()
        self._told = told or ["Nothing was given back."]
        self._show()

    def action_scroll(self, step: int) -> None:
        self.query_one("#audit-body").scroll_relative(y=step, animate=False)
