"""Everything that is known of a dataset on one page: its classes, every fault and warning, and a few samples."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer

from unitrainer_tui.datasets.report import DatasetReport
from unitrainer_tui.screens.look_inside import PICTURES, TABLES, files_in, first_rows, half_blocks, table_content
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative, plural
from unitrainer_tui.widgets.still_text import StillText

PICTURE_COLUMNS, PICTURE_ROWS, MOST_PICTURES = 36, 12, 4
MOST_CLASSES = 100


def findings_content(report: DatasetReport) -> Content:
    """Classes and findings, all that the report tells."""
    lines = [Content.assemble((report.kind, "bold"), f"  {safe(report.summary)}")]
    lines += [
        Content.assemble((f"  {count:>9,}  ", "$muted"), safe(name, limit=60))
        for name, count in list(report.classes.items())[:MOST_CLASSES]
    ]
    if len(report.classes) > MOST_CLASSES:
        lines.append(
            Content.styled(
                f"  and {plural(len(report.classes) - MOST_CLASSES, 'more class', 'more classes')}", "$muted"
            )
        )
    marks = {"fault": ("✗ ", "$error"), "warning": ("! ", "$warning")}
    for level in ("fault", "warning"):
        lines += [
            Content.assemble(marks[level], safe(problem.message, limit=400))
            for problem in report.problems
            if problem.level == level
        ]
    told: dict[str, int] = {}
    for problem in report.problems:
        told[problem.code] = told.get(problem.code, 0) + 1
    lines += [
        Content.styled(f"  {f'{count - told.get(code, 0):,} more'} like that: {safe(code)}", "$muted")
        for code, count in report.problem_counts.items()
        if count > told.get(code, 0)
    ]
    lines += [Content.styled(f"· {safe(note)}", "$muted") for note in report.notes]
    return Content("\n").join(lines)


class DatasetLook(ProgramScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", "Down", show=False, id="look.down", tooltip="A line on"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="look.up", tooltip="A line back"),
        Binding("escape", "app.pop_screen", "Back", key_display="esc", id="look.back", tooltip="Back to the path"),
    ]

    def __init__(self, path: Path, report: DatasetReport | None) -> None:
        super().__init__()
        self._path = path
        self._report = report

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="look-title")
        with VerticalScroll(id="look-body"):
            yield StillText(id="look-samples")
            yield StillText(id="look-findings")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        title = Content.assemble((" Dataset  ", "bold"), (safe(home_relative(self._path)), "bold $primary"))
        self.query_one("#look-title", StillText).show(title)
        self.query_one("#look-body").focus()
        if self._report is not None:
            self.query_one("#look-findings", StillText).show(findings_content(self._report))
        self.query_one("#look-samples", StillText).show(Content.styled("reading a few samples…", "$muted"))
        self.run_worker(self._read(), name="samples", description="samples of a dataset", exit_on_error=False)

    async def _read(self) -> None:
        try:
            content = await asyncio.to_thread(samples_content, self._path)
        except Exception as problem:
            self.program.log_exception(problem)
            content = Content.styled("The samples could not be read; the log says why.", "$warning")
        self.query_one("#look-samples", StillText).show(content)

    def action_scroll(self, step: int) -> None:
        self.query_one("#look-body").scroll_relative(y=step, animate=False)


def samples_content(path: Path) -> Content:
    """First rows, else a few pictures. Reads files: call it in a thread."""
    tables = files_in(path, TABLES, 1)
    rows = first_rows(tables[0]) if tables else []
    if rows:
        return Content.assemble((f"{safe(tables[0].name)}\n", "$muted"), table_content(rows), "\n")
    parts = []
    for picture in files_in(path, PICTURES, MOST_PICTURES):
        drawn = half_blocks(picture, PICTURE_COLUMNS, PICTURE_ROWS)
        name = safe(str(picture.relative_to(path)) if picture != path else picture.name)
        if drawn is not None:
            parts.append(Content.assemble((f"{name}\n", "$muted"), drawn))
        else:
            parts.append(Content.styled(f"{name} cannot be drawn here", "$muted"))
    return (
        Content.assemble(Content("\n").join(parts), "\n")
        if parts
        else Content.styled("No samples to show.\n", "$muted")
    )
