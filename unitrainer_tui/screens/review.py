"""The last look before money is spent: what is rented, what it costs, the limits, and how it ends."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Footer
from textual.worker import Worker, WorkType

from unitrainer_tui.config.policy import end_words, guard_words
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.screens.folders import FolderSummary
from unitrainer_tui.screens.forecast import forecast_rows
from unitrainer_tui.screens.steps import step_title, work
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import duration, home_relative, usd, usd_per_hour
from unitrainer_tui.widgets.still_text import StillText


def stated_rate(profile: Profile) -> float | None:
    """Dollars an hour of all machines together, where the profile says what one costs."""
    one = profile.limits.usd_per_hour
    return None if one is None else one * profile.cloud.nodes


def rate_sentence(profile: Profile) -> str:
    """What is known of the price before the cloud is asked."""
    if profile.cloud.provider == "host":
        return "$0.00/h: the machine is yours"
    if (rate := stated_rate(profile)) is not None:
        return f"{usd_per_hour(rate)}, as the profile states it"
    if profile.cloud.provider == "sandbox":
        return "play money: the embedded cloud on this machine"
    return "asked of the cloud in the check; an unknown price stops the run before it rents anything"


def worst_case(profile: Profile) -> str:
    """The limits, and where the rate is known the most that they allow."""
    limits = profile.limits
    said = [f"{limits.max_hours:g} h from launch"]
    if limits.budget_usd is not None:
        said.append(f"{usd(limits.budget_usd)} at most")
    elif (rate := stated_rate(profile)) is not None:
        most = rate * (limits.max_hours + limits.rescue_minutes / 60)
        said.append(f"so {usd(most)} at most")
    if limits.idle_minutes is not None:
        said.append(f"stops after {limits.idle_minutes:g} silent minutes")
    return ", ".join(said)


def end_policy(profile: Profile) -> str:
    rescue = duration(profile.limits.rescue_minutes * 60)
    if profile.cloud.provider == "host":
        return (
            "However it ends, the model is fetched and what only the run needed is removed; the machine stays as it is."
        )
    return (
        f"However it ends, what was trained is fetched (for up to {rescue} more), "
        f"then the machine is {end_words(profile)}."
    )


def told_rate(prices: Mapping[str, float]) -> str:
    """The cloud's own word on the price."""
    return ", else ".join(f"{usd_per_hour(price)} for {safe(flavor)}" for flavor, price in prices.items())


def review_rows(
    profile: Profile, dataset: Path, found: FolderSummary, rate: str, estimate: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    cloud = profile.cloud
    if cloud.provider == "host":
        rented = [("machine", f"{safe(cloud.address or '')} (nothing is rented)")]
    else:
        flavors = ", else ".join(safe(flavor) for flavor in cloud.flavors) or "the first that has stock"
        rented = [
            ("provider", cloud.provider + (f", project {safe(cloud.project)}" if cloud.project else "")),
            ("flavor", flavors + (f" × {cloud.nodes} nodes" if cloud.nodes > 1 else "")),
            ("image", safe(cloud.image or "the cloud's default")),
            ("region", safe(cloud.region or "the cloud's default")),
        ]
    return [
        *rented,
        ("rate", rate),
        ("training", work(profile)),
        ("dataset", safe(home_relative(dataset))),
        ("", safe(found.sentence())),
        ("", ""),
        *estimate,
        ("limits", worst_case(profile)),
        ("the end", end_policy(profile)),
        ("guard", guard_words(profile)),
    ]


LABEL = 12


def folded(rows: Sequence[tuple[str, str]], room: int) -> list[tuple[str, str]]:
    """The rows with texts of at most `room` letters; what a text runs over by stands below it, in the same column."""
    lines: list[tuple[str, str]] = []
    for label, text in rows:
        first, *more = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
        lines += [(label, first), *(("", piece) for piece in more)]
    return lines


class ReviewScreen(ProgramScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "press", "Press", priority=True, id="review.press", tooltip="Press the button that has the focus"
        ),
        Binding(
            "left,right,h,l",
            "other",
            "Other",
            key_display="←→",
            # As early as enter: pressed right behind an arrow, that would else press the button before it.
            priority=True,
            id="review.other",
            tooltip="Move between Cancel and Launch",
        ),
        Binding("L", "launch", "Launch", id="review.launch", tooltip="Launch at once, whatever has the focus"),
        Binding("down,j,pagedown", "scroll(1)", "Down", show=False, id="review.down", tooltip="A line on"),
        Binding("up,k,pageup", "scroll(-1)", "Up", show=False, id="review.up", tooltip="A line back"),
        Binding("escape", "back", "Back", key_display="esc", id="review.back", tooltip="Back to the dataset"),
    ]

    def __init__(self, profile_path: Path, profile: Profile, dataset: Path, found: FolderSummary) -> None:
        super().__init__()
        self._profile_path = profile_path
        self._profile = profile
        self._dataset = dataset
        self._found = found
        self._launching = False
        self._rate = rate_sentence(profile)
        self._estimate: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="review-title")
        with VerticalScroll(id="review-body", can_focus=False):
            yield StillText(id="review-rows")
        yield StillText(id="review-problem")
        with Horizontal(id="review-buttons"):
            yield Button("Cancel", id="review-cancel", compact=True)
            yield Button(self._launch_label(), id="review-launch", variant="primary", compact=True)
        yield Footer(show_command_palette=False)

    def _launch_label(self) -> Content:
        profile = self._profile
        if profile.cloud.provider == "host":
            return Content("Train")
        known = stated_rate(profile)
        return Content(f"Launch ({usd_per_hour(known)})" if known is not None else "Launch")

    def on_mount(self) -> None:
        self.query_one("#review-title", StillText).show(step_title(3, "Review and launch"))
        self._show_rows()
        self.query_one("#review-cancel", Button).focus()
        known = stated_rate(self._profile)
        flavor = next(iter(self._profile.cloud.flavors), "")
        if self._profile.cloud.provider == "canopywave":
            self.run_worker(self._ask_price(), name="price", description="price of a run", exit_on_error=False)
        self._foresee({flavor: known} if known is not None else {})

    def _foresee(self, prices: Mapping[str, float]) -> None:
        work: WorkType[None] = partial(self._forecast, prices)
        _: Worker[None] = self.run_worker(
            work,
            name="forecast",
            description="forecast of a run",
            group="forecast",
            exclusive=True,
            exit_on_error=False,
        )

    async def _forecast(self, prices: Mapping[str, float]) -> None:
        try:
            told = await self.program.client.forecast(
                self._profile, dataset_bytes=self._found.bytes, counts=self._found.counts, prices=prices
            )
        except Exception as problem:  # a forecast is a courtesy: the review stands without it
            self.program.log_exception(problem)
            return
        self._estimate = forecast_rows(told)
        self._show_rows()

    def _show_rows(self) -> None:
        rows = review_rows(self._profile, self._dataset, self._found, self._rate, self._estimate)
        room = max(20, self.size.width - LABEL - 2)
        lines = [Content.assemble((f"  {label:<{LABEL - 2}}", "$muted"), text) for label, text in folded(rows, room)]
        self.query_one("#review-rows", StillText).show(Content("\n").join(lines))

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_rows)

    async def _ask_price(self) -> None:
        """What the cloud itself says, while the user reads. A launch waits for none of it: the check asks again."""
        try:
            prices = await self.program.client.prices(self._profile)
        except UnitrainerError as problem:
            words = safe(problem.sentence())
            self.query_one("#review-problem", StillText).show(Content.assemble(("  ✗ ", "$error"), (words, "$error")))
            return
        except Exception as problem:
            self.program.log_exception(problem)
            return
        if prices:
            self._rate = told_rate(prices)
            self._show_rows()
            self._foresee(prices)
            self.query_one("#review-launch", Button).label = f"Launch ({usd_per_hour(next(iter(prices.values())))})"

    def action_scroll(self, step: int) -> None:
        self.query_one("#review-body").scroll_relative(y=step, animate=False)

    def action_launch(self) -> None:
        self.query_one("#review-launch", Button).press()

    def action_press(self) -> None:
        if isinstance(self.focused, Button):
            self.focused.press()

    def action_other(self) -> None:
        launch, cancel = self.query_one("#review-launch", Button), self.query_one("#review-cancel", Button)
        (cancel if launch.has_focus else launch).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id != "review-launch":
            self.action_back()
        elif not self._launching:
            # One launch for one confirmation, however often the key repeats. The button keeps the focus: a disabled one
            # would hand it to Cancel, and the key's next repeat would press that.
            self._launching = True
            self.program.run_errand(self._launch, "launch")

    def action_back(self) -> None:
        if self._launching:
            self.say("The run is being started; it can be aborted as soon as it is shown.")
        else:
            self.app.pop_screen()

    async def _launch(self) -> None:
        problem_line = self.query_one("#review-problem", StillText)
        problem_line.show(Content.styled("  Starting…", "$muted"))
        try:
            run = await self.program.client.start(self._profile_path, dataset=self._dataset)
        except UnitrainerError as problem:
            sentence = problem.sentence()
        except Exception as problem:
            self.program.log_exception(problem)
            sentence = "The run could not be started; the runs' list tells whether it exists all the same."
        else:
            if self.is_open and not self.program.leaving:
                self.program.open_run(run)
            else:
                self.say(f"Run {run} is launched.")
            return
        self._launching = False
        if not self.is_open or self.program.leaving:
            self.say(sentence, "error")
            return
        problem_line.show(Content.assemble(("  ✗ ", "$error"), (safe(sentence), "$error")))
        self.query_one("#review-cancel", Button).focus()
