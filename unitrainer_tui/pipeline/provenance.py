"""What lies beside the model so that it can be understood and trained again: results.csv, metrics.json,
environment.json (versions and seed) and the profile as resolved, in `details/` under the model's name.

What the training script left is taken as it is; what it did not leave is made of the run's own records.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.runs.events import ModelCheck

# A metrics.json or environment.json is some kB; a giant is something else.
LARGEST = 4 << 20
# Of samples or seconds: more is no model check.
LARGEST_NUMBER = 1e12


def model_check(ctx: RunContext) -> ModelCheck | None:
    """What the host said of loading the model again, from the metrics.json that came home. None where it said nothing:
    the model itself is never loaded here."""
    said = _json_object(ctx.files.read_artifact("metrics.json", LARGEST)).get("model_check")
    if not isinstance(said, Mapping):
        return None
    predicted, seconds = _number(said.get("predicted")), _number(said.get("seconds"))
    return ModelCheck(
        loaded=said.get("loaded") is True,
        predicted=int(predicted) if predicted is not None else 0,
        seconds=float(seconds) if seconds is not None else None,
    )


def _number(value: object) -> int | float | None:
    """None for what is no count or time: NaN and infinities too, which Python's JSON reads and no event can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value <= LARGEST_NUMBER else None


def check_sentence(check: ModelCheck) -> str:
    if not check.loaded:
        return "The machine could not load the model again after saving it."
    samples = f" and predicted {check.predicted} sample{'' if check.predicted == 1 else 's'}" if check.predicted else ""
    return f"The machine loaded the saved model again{samples}."


def lay_beside_model(ctx: RunContext) -> None:
    """Writes the folder of the model that is home. Raises OSError."""
    name = ctx.record.state.model_name
    if name is None:
        return
    for file, data in contents(ctx).items():
        ctx.files.write_beside_model(name, file, data)


def contents(ctx: RunContext) -> dict[str, bytes]:
    """File name to bytes."""
    metrics = ctx.files.read_artifact("metrics.json", LARGEST) or _metrics(ctx)
    results = ctx.files.read_artifact("results.csv", 64 << 20) or _results(ctx)
    environment = ctx.files.read_artifact("environment.json", LARGEST) or _environment(ctx)
    return {
        "results.csv": results,
        "metrics.json": metrics,
        "environment.json": environment,
        "profile.toml": ctx.files.read_profile(),
        # A rehearsal's model lies among the others: that it is one, and from which checkpoint a run went on, is told.
        "run.json": _as_json(_beginning(ctx)),
    }


def _beginning(ctx: RunContext) -> Mapping[str, Any]:
    """How the run began: what the job itself said of the checkpoint that it was given, where it said something."""
    state, origin = ctx.record.state, ctx.origin
    said = {"note": state.start_note or origin.note, "after": state.started_after}
    return {"run": ctx.run, "sha256": state.sha256, **asdict(origin), **said}


def _metrics(ctx: RunContext) -> bytes:
    last = ctx.record.state.progress
    return _as_json({"epochs": last.epoch if last else None, "metrics": last.metrics if last else {}})


def _environment(ctx: RunContext) -> bytes:
    return _as_json({**ctx.files.read_environment(), "seed": ctx.profile.training.seed})


def _results(ctx: RunContext) -> bytes:
    """A row an epoch, out of the progress that was told."""
    rows: dict[int, dict[str, Any]] = {}
    for line in ctx.files.read_metrics():
        told = _json_object(line)  # empty for a line that a full disk has torn
        if "epoch" in told:
            rows[told["epoch"]] = {"epoch": told["epoch"], **told.get("metrics", {})}
    names = list(dict.fromkeys(name for row in rows.values() for name in row)) or ["epoch"]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[epoch] for epoch in sorted(rows))
    return _as_utf8(text.getvalue())


def _as_json(value: Mapping[str, Any]) -> bytes:
    return _as_utf8(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _as_utf8(text: str) -> bytes:
    """The name of a metric may hold half a character (JSON's \\ud800), which has no UTF-8."""
    return text.encode("utf-8", "replace")


def _json_object(data: bytes | None) -> Mapping[str, Any]:
    try:
        held = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return held if isinstance(held, Mapping) else {}
