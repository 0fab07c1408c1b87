"""Writes docs/RELIABILITY.md out of what the commands print: `make reliability`.

    python tools/reliability.py --sim FILE        FILE holds the last line that `make sim-long` printed

It runs every test that holds a row of docs/FAULTS.md, the sabotage suite and the kills at every record of the
journal, then writes the page. No figure in it is typed in; where a test fails or is skipped, the page says so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.rows import of_rows  # noqa: E402

PAGE = ROOT / "docs" / "RELIABILITY.md"
ALSO = ("tests/process/test_killed_at_every_record.py", "tests/sim/test_sabotage.py", "tests/tui/test_pty.py")


@dataclass
class Results:
    """`outcomes`: `file::test` to the outcomes of its parameters. `figures`: name to what was noted under it."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    figures: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    commit: str = field(default_factory=lambda: commit_now())
    """Which state of the project the tests ran on."""

    def written(self) -> str:
        return json.dumps({"outcomes": self.outcomes, "figures": self.figures, "commit": self.commit})

    @classmethod
    def read(cls, text: str) -> Results:
        held = json.loads(text)
        outcomes = {test: Counter(counts) for test, counts in held["outcomes"].items()}
        return cls(outcomes, held["figures"], held["commit"])

    def of(self, test: str) -> Counter[str]:
        """Of one test, or of one of its parameters."""
        return self.outcomes.get(test, Counter())


def commit_now() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "no known commit"


def run_tests(tests: list[str]) -> Results:
    with tempfile.TemporaryDirectory() as folder:
        report, figures = Path(folder, "report.xml"), Path(folder, "figures.jsonl")
        subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "2", "-q", "-m", "not frameworks", f"--junitxml={report}", *tests],
            cwd=ROOT,
            env={**os.environ, "UNITRAINER_FIGURES": str(figures)},
            check=False,
        )
        noted = [json.loads(line) for line in figures.read_text().splitlines()] if figures.exists() else []
        return collect(report.read_text(), noted)


def collect(xml: str, noted: list[dict[str, object]]) -> Results:
    """Pure: the JUnit report and the noted figures as results."""
    results = Results()
    for case in ElementTree.fromstring(xml).iter("testcase"):
        file = case.get("classname", "").replace(".", "/") + ".py"
        name = case.get("name", "")
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        for key in {f"{file}::{name}", f"{file}::{name.partition('[')[0]}"}:
            results.outcomes.setdefault(key, Counter())[outcome] += 1
    for line in noted:
        results.figures.setdefault(str(line.pop("name")), []).append(line)
    return results


def row_line(row: int, fault: str, tests: list[str], results: Results) -> tuple[str, bool]:
    """The row of the table, and whether it is held: at least one test passed and none failed."""
    counts: Counter[str] = Counter()
    for test in tests:
        counts.update(results.of(test))
    held = counts["passed"] > 0 and not counts["failed"]
    said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "NOT RUN"
    names = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests)
    return f"| {row} | {fault} | {'yes' if held else 'NO'} ({said}) | {names} |", held


def faults() -> dict[int, str]:
    table = re.findall(r"^\| (\d+) \| [^|]* \| ([^|]*) \|", (ROOT / "docs" / "FAULTS.md").read_text(), re.MULTILINE)
    return {int(number): fault.strip() for number, fault in table}


def measured(results: Results, sim: dict[str, object], held: int, rows: int) -> list[tuple[str, str]]:
    """The first table: what was measured, and the figure."""
    sabotages = results.figures.get("sabotage", [])
    killed: dict[str, object] = {}
    for part in results.figures.get("killed", []):
        killed |= part
    ends = Counter(str(outcome) for outcome in killed.values())
    flaps = results.figures.get("flaps", [{}])[-1]
    terminal = results.figures.get("terminal", [{}])[-1]
    decided, began = "billed_seconds_after_decision", "billed_seconds_after_teardown_began"
    return [
        ("simulated histories of whole runs in a hostile world", number(sim["histories"])),
        ("machines, addresses, keys leaked", str(sim["leaks"])),
        ("foreign resources destroyed", str(sim["foreign_resources_destroyed"])),
        ("broken promises or invariants of any kind", str(sum(_counts(sim["violations"]).values()))),
        ("crashes in them (kill -9, power loss, SIGTERM)", number(sim["crashes"])),
        ("log bytes lost / doubled", f"{sim['log_bytes_lost']} / {sim['log_bytes_doubled']}"),
        ("seconds billed after the decision to tear down, quiet API", spread(sim, decided, "quiet")),
        ("the same, hostile API", spread(sim, decided, "hostile")),
        ("seconds billed after teardown began, quiet API", spread(sim, began, "quiet")),
        ("the same, hostile API", spread(sim, began, "hostile")),
        ("safety rules switched off / caught", f"{len(sabotages)} / {sum(bool(one['caught']) for one in sabotages)}"),
        ("real supervisors killed behind each of the journal's records", f"{len(killed)}: {_said(ends)}"),
        ("rows of [the table of faults](FAULTS.md) held by tests that let the fault happen", f"{held} of {rows}"),
        (
            "connections lost in one real run / bytes of its log lost, doubled",
            f"{flaps.get('connections_lost')} / {flaps.get('bytes_lost')}, {flaps.get('bytes_doubled')}",
        ),
        (
            "foreign control sequences that reached a real terminal",
            str(terminal.get("foreign_control_sequences_shown")),
        ),
    ]


WORDS = """A quiet API answers everything truly and at once; a hostile one loses answers, acts late, lists what is
stale, refuses, and is out for minutes or hours."""


def page(results: Results, sim: dict[str, object], day: str) -> str:
    tests = of_rows()
    lines = [row_line(row, fault, tests[row], results) for row, fault in faults().items()]
    held = sum(ok for _, ok in lines)
    sabotages = [
        (one["rule"], one["by"] if one["caught"] else "NOT CAUGHT", one.get("seed", ""))
        for one in results.figures.get("sabotage", [])
    ]
    fired = [(name, number(count)) for name, count in _counts(sim["faults"]).items()]
    return "\n".join(
        [
            "# Reliability, in figures",
            "",
            f"Printed by `make sim-long` and `make reliability` on {day}; the tests ran at {results.commit}. "
            "Nothing here is typed in.",
            "",
            *table(["what", "figure"], measured(results, sim, held, len(lines))),
            "",
            WORDS,
            "",
            "## Sabotage",
            "",
            "Each rule that keeps machines from leaking, switched off in a test, and how soon it is seen.",
            "",
            *table(["switched off", "caught by", "at seed"], sabotages),
            "",
            "## Faults",
            "",
            "| # | fault | held | by |",
            "|---|---|---|---|",
            *(line for line, _ in lines),
            "",
            "## In how many simulated histories each fault fired",
            "",
            *table(["fault", "histories"], fired),
            "",
        ]
    )


def table(head: list[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """As Markdown."""
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]


def _counts(given: object) -> dict[str, int]:
    assert isinstance(given, dict)
    return given


def _said(ends: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in ends.most_common())


def number(given: object) -> str:
    return f"{given:,}"


def spread(sim: dict[str, object], what: str, where: str) -> str:
    figures = _counts(_counts(sim[what])[where])  # type: ignore[arg-type]
    told = ", ".join(f"{name} {figures.get(name)}" for name in ("p50", "p99", "max"))
    return f"{told} ({number(figures['count'])} machines)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sim", type=Path, required=True, help="a file with what `make sim-long` printed")
    parser.add_argument("--keep", type=Path, help="a file for what the tests come to: read where it is there already")
    arguments = parser.parse_args()
    rows = [test.partition("[")[0] for tests in of_rows().values() for test in tests]
    also = [path for path in ALSO if (ROOT / path).exists()]
    wanted = dict.fromkeys([*also, *(test for test in rows if test.partition("::")[0] not in also)])
    if arguments.keep is not None and arguments.keep.exists():
        results = Results.read(arguments.keep.read_text())
    else:
        results = run_tests(list(wanted))
        if arguments.keep is not None:
            arguments.keep.write_text(results.written())
    sim = json.loads(arguments.sim.read_text().strip().splitlines()[-1])
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    PAGE.write_text(page(results, sim, day))
    failed = [test for test, counts in results.outcomes.items() if counts["failed"]]
    for test in failed:
        print(f"failed: {test}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
