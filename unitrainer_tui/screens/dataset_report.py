"""What the check found, as the picker shows it: kind and numbers, then what is wrong, the first ones and how many."""

from __future__ import annotations

from textual.content import Content

from unitrainer_tui.datasets.report import DatasetReport
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import plural

MOST_FAULTS = 4
MOST_WARNINGS = 2
MOST_CLASSES = 8


def counted(report: DatasetReport) -> int:
    """How many faults there are in all, those that are told by their number alone included."""
    told = sum(problem.level == "fault" for problem in report.problems)
    by_code = {problem.code for problem in report.problems if problem.level == "fault"}
    return max(told, sum(report.problem_counts.get(code, 0) for code in by_code))


def _of_each_code(report: DatasetReport) -> list[str]:
    """The faults, the first of each code before the second of any."""
    seen: dict[str, int] = {}
    ranked = []
    for problem in report.problems:
        if problem.level == "fault":
            seen[problem.code] = seen.get(problem.code, 0) + 1
            ranked.append((seen[problem.code], problem.message))
    return [message for _, message in sorted(ranked, key=lambda one: one[0])]


def report_content(report: DatasetReport) -> Content:
    """Lines for a wrapped text. Every foreign word in it is safe."""
    glyph = ("✓ ", "$success") if report.holds else ("✗ ", "$error")
    lines = [Content.assemble(glyph, safe(f"{report.kind}: {report.summary}"))]
    if report.classes:
        first = list(report.classes.items())[:MOST_CLASSES]
        more = len(report.classes) - len(first)
        said = ", ".join(f"{name} {count:,}" for name, count in first)
        lines.append(Content.styled(safe(f"  {said}{f' and {more:,} more classes' if more > 0 else ''}"), "$muted"))
    faults = _of_each_code(report)
    lines += [Content.assemble(("✗ ", "$error"), safe(sentence)) for sentence in faults[:MOST_FAULTS]]
    if (more := counted(report) - len(faults[:MOST_FAULTS])) > 0:
        where = "ctrl+l lists them"
        lines.append(Content.styled(f"  And {plural(more, 'more fault')}; {where}.", "$error"))
    warnings = report.warnings[:MOST_WARNINGS] if report.holds else ()
    lines += [Content.assemble(("! ", "$warning"), safe(sentence)) for sentence in warnings]
    if report.holds and len(report.warnings) > MOST_WARNINGS:
        lines.append(
            Content.styled(f"  And {plural(len(report.warnings) - MOST_WARNINGS, 'more warning')}.", "$warning")
        )
    return Content("\n").join(lines)
