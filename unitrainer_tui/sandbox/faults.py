"""The faults that the embedded cloud can be told to have, each with a name, a value and one line of explanation.

`FAULTS` is the registry. `FaultBoard` holds what is switched on now and counts what has fired; the rest of the
sandbox asks it at the one place where each fault acts.
"""

from __future__ import annotations

import difflib
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from unitrainer_tui.errors import UsageProblem

ValueKind = Literal["none", "count", "seconds", "megabytes", "text", "span"]


@dataclass(frozen=True)
class FaultKind:
    """`value`: what may stand after `=`. count: so many times. span: `S` or `S,R`: from S seconds on, R seconds long.

    `default` is the value where none is said; None means that one must be said, or that the fault has no end.
    """

    name: str
    value: ValueKind
    default: float | None
    doc: str
    random_value: str | None = None
    """The value that `random` arms it with; None keeps `random` away from it."""


def _kinds() -> list[FaultKind]:
    return [
        FaultKind("no-capacity", "text", None, "launch is refused with 409, of every flavor or the one named", ""),
        FaultKind("build-error", "none", None, "an instance goes from BUILD to ERROR", ""),
        FaultKind("slow-boot", "seconds", 30, "BUILD takes S seconds", "6"),
        FaultKind("no-ip", "none", None, "allocating a public IP is refused with 409", ""),
        FaultKind("ssh-refused", "seconds", 5, "the SSH port stays closed for S seconds after ACTIVE", "3"),
        FaultKind("launch-timeout-but-created", "count", 1, "launch is never answered, the instance exists", "1"),
        FaultKind("launch-500-after-effect", "count", 1, "launch is answered with 500, the instance exists", "1"),
        FaultKind("launch-garbage", "count", 1, "launch is answered with a web page, the instance exists", "1"),
        FaultKind("list-lag", "seconds", 5, "what was made shows in lists and GET S seconds late", "3"),
        FaultKind("terminate-500", "count", 1, "terminate is answered with 500 N times, without effect", "2"),
        FaultKind("terminate-ignored", "count", 1, "terminate is accepted N times, without effect", "1"),
        FaultKind("cut-upload", "megabytes", 1, "the SSH connection is cut once, after MB came in over it", "0.05"),
        FaultKind("cut-download", "megabytes", 1, "the SSH connection is cut once, after MB went out over it", "0.02"),
        FaultKind(
            "partition",
            "seconds",
            20,
            "once, when a job has run on its own for 1 s, SSH is silent for S seconds; nothing closes",
            "8",
        ),
        FaultKind("disk-full", "megabytes", 64, "the host's home directory has room for MB only"),
        FaultKind("host-key-change", "seconds", 3, "S s after the first login it is cut, another key answers"),
        FaultKind(
            "wrong-password",
            "seconds",
            None,
            "every login is refused, for S seconds from the first try on or for ever",
            "3",
        ),
        FaultKind("key-revoked", "span", 0, "the API key answers 401 from S seconds after the first launch on"),
        FaultKind("api-429", "count", 1, "the next N calls are answered with 429 and Retry-After", "2"),
        FaultKind("api-500", "count", 1, "the next N calls are answered with 500, without effect", "1"),
        FaultKind("delete-stuck", "seconds", None, "a terminated instance stays `deleting`, for S seconds or for ever"),
        FaultKind("allocate-timeout-but-created", "count", 1, "allocating an IP is never answered, the IP exists", "1"),
        FaultKind("associate-500", "count", 1, "associating an IP is answered with 500 N times, without effect", "1"),
        FaultKind("release-500", "count", 1, "releasing an IP is answered with 500 N times, without effect", "1"),
        FaultKind("vanish", "seconds", 5, "an instance disappears S seconds after ACTIVE"),
        FaultKind("random", "count", 1, "N faults of this list, chosen by the seed"),
    ]


FAULTS: dict[str, FaultKind] = {kind.name: kind for kind in _kinds()}


def parse_fault(text: str | tuple[str, str | None]) -> tuple[str, str | None]:
    """`NAME[=VALUE]` as its two parts, checked. Raises UsageProblem that names the nearest fault there is."""
    if isinstance(text, tuple):
        name, value = text
    else:
        name, equals, rest = text.partition("=")
        value = rest if equals else None
    kind = FAULTS.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, FAULTS, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(FAULTS)}."
        raise UsageProblem(f"There is no fault {name!r}.", hint)
    _numbers(kind, value)
    return name, value


def _numbers(kind: FaultKind, value: str | None) -> list[float]:
    if not value:
        return []
    if kind.value == "none":
        raise UsageProblem(f"The fault {kind.name} takes no value, it was given {value!r}.")
    if kind.value == "text":
        return []
    parts = value.split(",") if kind.value == "span" else [value]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = [-1.0]
    if len(numbers) > 2 or any(not 0 <= number < 1e9 for number in numbers):
        raise UsageProblem(f"The fault {kind.name} takes a number ({kind.value}), it was given {value!r}.")
    return numbers


@dataclass
class _Armed:
    kind: FaultKind
    text: str
    numbers: list[float]
    left: int | None
    """How many times more; None without end."""


class FaultBoard:
    """What is switched on. `fired` counts by name what has acted."""

    def __init__(self, faults: Iterable[str | tuple[str, str | None]] = (), seed: int = 0) -> None:
        self.fired: Counter[str] = Counter()
        self._armed: dict[str, _Armed] = {}
        self._random = random.Random(seed)
        for fault in faults:
            self.arm(*parse_fault(fault))

    def arm(self, name: str, value: str | None = None) -> None:
        """Switches a fault on. Raises UsageProblem for one that does not exist."""
        name, value = parse_fault((name, value))
        kind = FAULTS[name]
        numbers = _numbers(kind, value)
        if not numbers and kind.default is not None:
            numbers = [kind.default]
        if name == "random":
            gentle = [other for other in FAULTS.values() if other.random_value is not None]
            for other in self._random.sample(gentle, min(int(numbers[0]), len(gentle))):
                self.arm(other.name, other.random_value or None)
            return
        left = int(numbers[0]) if kind.value == "count" else None
        if name in ("cut-upload", "cut-download", "partition", "host-key-change"):
            left = 1
        self._armed[name] = _Armed(kind, value or "", numbers, left)

    def disarm(self, name: str) -> None:
        self._armed.pop(name, None)

    def clear(self) -> None:
        self._armed.clear()

    def armed(self) -> dict[str, str]:
        """Name and value of what is switched on and not used up."""
        return {name: fault.text for name, fault in self._armed.items() if fault.left != 0}

    def number(self, name: str) -> float | None:
        """The fault's number while it is on, else None. Does not count as fired."""
        fault = self._armed.get(name)
        if fault is None or fault.left == 0 or not fault.numbers:
            return None
        return fault.numbers[0]

    def span(self, name: str) -> tuple[float, float] | None:
        """(from, until) in seconds after the event that the fault counts from; `until` may be infinite."""
        fault = self._armed.get(name)
        if fault is None:
            return None
        start = fault.numbers[0] if fault.numbers else 0.0
        return start, start + fault.numbers[1] if len(fault.numbers) > 1 else float("inf")

    def text(self, name: str) -> str | None:
        """The fault's value as text while it is on ("" without one), else None."""
        fault = self._armed.get(name)
        return None if fault is None or fault.left == 0 else fault.text

    def on(self, name: str) -> bool:
        return self.text(name) is not None

    def fire(self, name: str) -> bool:
        """True when the fault is on: it is counted, and one of its times is used up."""
        fault = self._armed.get(name)
        if fault is None or fault.left == 0:
            return False
        if fault.left is not None:
            fault.left -= 1
        self.fired[name] += 1
        return True
