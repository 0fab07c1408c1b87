"""Classes with few examples, told in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping

from unitrainer_tui.datasets.report import Findings, listed

FEWEST = 10
"""A class with fewer examples can hardly be learned or measured."""
MOST_RATIO = 20
"""The largest class over the smallest: beyond it a model that never names the small one looks good."""


def check_balance(examples: Mapping[str, int], what: str, findings: Findings, file: str | None = None) -> None:
    """`examples` by class; `what` names them (rows, pictures, objects). Classes without any are told apart."""
    there = {name: count for name, count in examples.items() if count}
    if absent := [name for name, count in examples.items() if not count]:
        if there:
            many = f"{len(absent):,} of {len(examples):,} classes have no example: {listed(absent)}."
            one = f"The class {absent[0]!r} has no example."
            findings.warn("class-without-example", one if len(absent) == 1 else many, file)
    if len(there) < 2:
        return
    smallest, largest = min(there, key=lambda name: there[name]), max(there, key=lambda name: there[name])
    rare = sorted((name for name in there if there[name] < FEWEST), key=lambda name: there[name])
    if rare:
        said = listed([f"{name} {there[name]}" for name in rare])
        findings.warn("class-imbalance", f"Fewer than {FEWEST} {what}: {said}.", file)
    elif there[largest] > MOST_RATIO * there[smallest]:
        findings.warn(
            "class-imbalance",
            f"The classes are uneven: {largest!r} has {there[largest]:,} {what}, {smallest!r} {there[smallest]:,}.",
            file,
        )
