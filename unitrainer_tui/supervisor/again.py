"""`run --like RUN`: the same again, from the checkpoint of the earlier run where there is one that helps."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unitrainer_tui.config.profile import Profile, load_profile
from unitrainer_tui.copies import BESIDE
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.frameworks.artifacts import matches
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.runs.directory import RunDirectory, is_owned
from unitrainer_tui.runs.learned import Learned, read_checkpoint, read_learned, write_learned
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.runs.work import plain_model

# What the scripts for tables leave of their checkpoint.
NAME = "checkpoint.json"


@dataclass(frozen=True)
class Checkpoint:
    """What goes along to the machine: (where it lies here, its name in the earlier run's output).

    `note` is the sentence about it; without files it says why training begins anew. `learned` is what the earlier run
    learned of its data, where it told.
    """

    files: tuple[tuple[Path, str], ...] = ()
    note: str | None = None
    learned: Learned | None = None


def find_checkpoint(earlier: RunDirectory, state: RunState, profile: Profile) -> Checkpoint:
    """The earlier run's checkpoint for a run with this profile. Reads the names of its artifacts."""
    if is_owned(earlier):
        return Checkpoint(note=f"Run {earlier.run} still goes on: this one begins anew.")
    training = profile.training
    if training.framework != "custom" and training.options.get("resume") is False:
        return Checkpoint(
            note="training.options.resume = false: this run begins anew "
            f"(--set training.options.resume=true goes on from run {earlier.run})."
        )
    if (training.framework, training.model) == ("lightgbm", "rf"):
        return Checkpoint(note="LightGBM cannot go on with a random forest (rf): this run begins anew.")
    if other := _other_training(earlier, profile):
        return Checkpoint(note=f"Run {earlier.run} {other}: this one begins anew.")
    done = state.progress.epoch if state.progress is not None else 0
    if profile.training.framework != "custom" and state.result is not None and done >= profile.training.epochs:
        return Checkpoint(
            note=f"Run {earlier.run} had done its {done} epochs: this one begins anew "
            "(--set training.epochs=… above them goes on from its checkpoint)."
        )
    patterns = spec_of(profile).checkpoints
    found: list[tuple[Path, str]] = []
    if earlier.artifacts.is_dir():
        for path in sorted(earlier.artifacts.rglob("*")):
            name = path.relative_to(earlier.artifacts).as_posix()
            whole = path.is_file() and not path.is_symlink() and path.suffix not in BESIDE
            if whole and (not patterns or matches(name, patterns)):
                found.append((path, name))
    # The model itself went home under another name, and may be what the next run needs (YOLO's best.pt).
    source = _relative(state.model_source)
    if source and state.model_path and Path(state.model_path).is_file():
        if (not patterns or matches(source, patterns)) and source not in {name for _, name in found}:
            found.append((Path(state.model_path), source))
    if not found or (patterns and not any(matches(name, patterns[:1]) for _, name in found)):
        return Checkpoint(note=f"Run {earlier.run} left no checkpoint: this one begins anew.")
    after = f"after epoch {done}" if done else "before its first epoch was over"
    # Whether training goes on from it is the job's to say: only there it shows what is left to do.
    note = f"The checkpoint of run {earlier.run}, which ended {after}, goes along."
    return Checkpoint(tuple(found), note, read_checkpoint(earlier.artifacts / NAME) or read_learned(earlier.learned))


def _other_training(earlier: RunDirectory, profile: Profile) -> str | None:
    """What the earlier run trained otherwise, so that its checkpoint can be of no use: the job would refuse it, on a
    machine that is paid for. None where nothing speaks against it, or its profile cannot be read."""
    try:
        before = load_profile(earlier.profile)
        spec, known = spec_of(profile), spec_of(before)
    except ProfileProblem:
        return None
    if spec.name != known.name:
        return f"trained {known.name} and not {spec.name}"
    # PyTorch's default depends on the data, and that of the earlier run need not be there any more.
    default = None if spec.name == "pytorch" else spec.default_model
    models = [plain_model(one.training.model or default or "") for one in (before, profile)]
    if all(models) and models[0] != models[1]:
        return f"trained the model {models[0]} and not {models[1]}"
    old, new = before.dataset.target, profile.dataset.target
    if old and new and old != new:
        return f"learned {old!r} and not {new!r}"
    for key in ("task", "objective", "hidden"):
        was, wants = (one.training.options.get(key) for one in (before, profile))
        if was is not None and wants is not None and was != wants:
            return f"had training.options.{key} = {was!r} and not {wants!r}"
    return None


def _relative(name: str | None) -> str | None:
    """A name that a host told, where it stays below the folder that it is laid into."""
    if not name or name.startswith("/") or ".." in PurePosixPath(name).parts:
        return None
    return name


def keep_checkpoint(checkpoint: Checkpoint, directory: RunDirectory) -> None:
    """Into the new run's own directory, as links where the disk allows: the earlier run may be removed meanwhile."""
    if checkpoint.learned is not None:
        write_learned(directory.earlier, checkpoint.learned)
    for path, name in checkpoint.files:
        to = directory.checkpoint / name
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            os.link(path, to)
        except OSError:
            shutil.copy2(path, to)
