"""The loading examples in docs/FRAMEWORKS.md run as they stand, on what a training has left."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frameworks import tabular_case as case

DOCS = Path(__file__).parents[2] / "docs/FRAMEWORKS.md"


def example(framework: str) -> str:
    """The Python block of the framework's own section."""
    section = re.search(
        rf'^### [^\n]*`framework = "{framework}"`\)\n(.*?)(?=^##)', DOCS.read_text(), re.DOTALL | re.MULTILINE
    )
    assert section is not None
    [code] = re.findall(r"```python\n(.*?)```", section[1], re.DOTALL)
    return str(code)


@pytest.mark.parametrize("framework", ["sklearn", "xgboost", "lightgbm"])
def test_the_example_predicts_a_raw_row_with_a_word(framework, tmp_path, monkeypatch):
    case.imported(framework)
    with case.script_of(framework) as script:
        train = case.Runner(script, framework, tmp_path, monkeypatch)
        assert train(case.flowers(tmp_path), epochs=10, dataset={"weight": "weight"}) == 0
    command = [sys.executable, "-c", example(framework)]
    told = subprocess.run(command, cwd=train.output, capture_output=True, text=True, check=True).stdout
    if framework == "sklearn":
        assert told.strip() == "['rose']"
    else:
        classes, _, answer = told.strip().rpartition("] [")
        assert classes == "['lily', 'rose'"
        assert float(answer.rstrip("]")) > 0.6
