"""What Ultralytics itself would ignore in silence is a fault of the check: thousands of label files, right and wrong.

UNITRAINER_TEST_TORCH_PYTHON names an interpreter with Ultralytics.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from tests import made_data
from unitrainer_tui.datasets.labels import LabelCounts, LabelRules, check_label
from unitrainer_tui.datasets.report import Findings

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]

# How many numbers follow the class; the right ones come more often.
SHAPES = {"box": (4, 4, 4, 3, 5), "polygon": (6, 8, 10, 8, 7), "both": (4, 8), "pose": (10, 10, 10, 4, 9)}
ODD = ("1.005", "1.02", "-0.005", "-0.02", "0", "1", "nan", "inf", "abc", "1e-3", "-0")
ASK = """
import json, sys
from ultralytics.data.utils import verify_image_label
for name, pose in json.load(open(sys.argv[1] + "/cases.json")):
    found = verify_image_label((sys.argv[1] + "/x.jpg", name, "", pose, 2, 2 if pose else 0, 3 if pose else 0, False))
    print("IGNORED" if found[0] is None else "TAKEN")
"""


def line(chance: random.Random, shape: str) -> str:
    label = chance.choice(("0", "1", "2", "-1", "0.5", "1.0")) if chance.random() < 0.2 else chance.choice("01")
    values = (
        chance.choice((f"{chance.random():.4f}", *ODD)) if chance.random() < 0.15 else f"{chance.uniform(0.2, 0.4):.3f}"
        for _ in range(chance.choice(SHAPES[shape]))
    )
    return " ".join([label, *values])


def test_what_ultralytics_ignores_is_a_fault_here(tmp_path: Path) -> None:
    python = os.environ.get("UNITRAINER_TEST_TORCH_PYTHON")
    if not python:
        pytest.skip("UNITRAINER_TEST_TORCH_PYTHON names no interpreter with ultralytics")
    chance = random.Random(5)
    made_data.picture(tmp_path / "x.jpg")
    cases: list[tuple[str, bool]] = []
    faulty: list[bool] = []
    for number in range(4000):
        shape = chance.choice(list(SHAPES))
        text = "\n".join(line(chance, shape) for _ in range(chance.choice((0, 1, 1, 2, 3))))
        mark = chance.choice((*[b""] * 20, b"\xef\xbb\xbf", b"\xff"))
        path = tmp_path / f"{number}.txt"
        path.write_bytes(mark + text.encode() + b"\n" * chance.randrange(3))
        pose = shape == "pose"
        findings = Findings()
        rules = LabelRules(2, "pose" if pose else None, (2, 3) if pose else None)
        check_label(str(path), path.name, rules, LabelCounts(), findings)
        cases.append((str(path), pose))
        faulty.append(findings.faulty)
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    done = subprocess.run([python, "-c", ASK, tmp_path], capture_output=True, text=True, check=True)
    answers = [word for word in done.stdout.splitlines() if word in ("IGNORED", "TAKEN")]
    assert len(answers) == len(cases)
    missed = [
        case for case, answer, fault in zip(cases, answers, faulty, strict=True) if answer == "IGNORED" and not fault
    ]
    assert missed == []
    assert answers.count("IGNORED") > 1000 < answers.count("TAKEN")
