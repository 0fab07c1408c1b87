"""Names that describe themselves: `ut-<install8>-<run10>-<deadline in base 36>`.

Everything that this program creates at a cloud bears such a name, so that whoever finds it knows which installation
and run it belongs to and when nobody can want it any more (Unix seconds).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_NAME = re.compile(r"ut-([0-9a-z]{8})-([0-9a-z]{10})-(0|[1-9a-z][0-9a-z]{0,8})(?:-n([1-9][0-9]{0,2}))?\Z")
# The end of the year 9999: what lies behind it is no moment that anything can be told by.
LATEST = 253_402_300_799
RUN_ID = re.compile(r"[0-9a-z]{10}\Z")


@dataclass(frozen=True)
class ResourceName:
    install: str
    run: str
    deadline: int
    node: int = 0

    def __str__(self) -> str:
        node = f"-n{self.node}" if self.node else ""
        return f"ut-{self.install}-{self.run}-{base36(self.deadline)}{node}"


def parse_name(text: str) -> ResourceName | None:
    """None for any name that is not well-formed: it is not ours."""
    found = _NAME.match(text)
    if not found:
        return None
    install, run, deadline, node = found.groups()
    moment = int(deadline, 36)
    return ResourceName(install, run, moment, int(node or 0)) if moment <= LATEST else None


def base36(number: int) -> str:
    if number < 0:
        raise ValueError("a time before 1970 has no name")
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = ALPHABET[rest] + digits
        if not number:
            return digits


def new_run_id() -> str:
    """Ten random characters: random first, so that two or three of them already tell runs apart."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


def new_install_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(8))
