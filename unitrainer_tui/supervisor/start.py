"""Making a run: its directory with the profile as resolved, then its supervisor."""

from __future__ import annotations

import os
from pathlib import Path

from unitrainer_tui.config.install import install_id
from unitrainer_tui.config.paths import Paths, private_directory
from unitrainer_tui.config.profile import Profile, dump_profile
from unitrainer_tui.errors import DatasetProblem, UsageProblem
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.journal import read_journal, sync_directory
from unitrainer_tui.runs.names import new_install_id, new_run_id
from unitrainer_tui.runs.origin import Origin, read_origin, write_origin
from unitrainer_tui.runs.state import fold
from unitrainer_tui.supervisor.again import Checkpoint, find_checkpoint, keep_checkpoint

SMOKE_EPOCHS = 2

# What can train one model on several machines.
_SEVERAL_MACHINES = ("pytorch", "custom")


def with_dataset(profile: Profile, dataset: Path | None) -> Profile:
    if dataset is None:
        return profile
    path = dataset.expanduser().absolute()
    return profile.model_copy(update={"dataset": profile.dataset.model_copy(update={"path": path})})


def rehearsal(profile: Profile) -> Profile:
    """The profile of `--smoke`: two epochs; the dataset becomes about 20 samples when it is checked."""
    return profile.model_copy(update={"training": profile.training.model_copy(update={"epochs": SMOKE_EPOCHS})})


def check_inputs(profile: Profile) -> None:
    """What needs no reading and no network: said before a run exists. Raises UsageProblem."""
    spec_of(profile)
    path = profile.dataset.path
    if path is not None and not path.exists():
        raise DatasetProblem(f"There is no dataset at {path}.", "Check dataset.path or --dataset.")
    if path is None and profile.training.framework != "custom":
        raise DatasetProblem(
            "There is no dataset: dataset.path is missing.", "Say it in the profile or with --dataset."
        )
    source = profile.training.source
    if source is not None and not source.is_dir():
        raise UsageProblem(f"training.source: there is no folder {source}.", "It is the folder with your code.")
    for name in profile.training.env_from:
        if name not in os.environ:
            raise UsageProblem(
                f"training.env_from: {name} is not set here.", f"Export {name}, or take it off the list."
            )
    _check_nodes(profile)


def _check_nodes(profile: Profile) -> None:
    nodes, framework = profile.cloud.nodes, profile.training.framework
    if nodes > 1 and profile.cloud.provider == "host":
        raise UsageProblem(
            f'cloud.nodes: provider = "host" is the one machine that you have, not {nodes}.',
            "Leave cloud.nodes out, or rent the machines.",
        )
    if nodes > 1 and framework not in _SEVERAL_MACHINES:
        raise UsageProblem(
            f"cloud.nodes: {framework} trains on one machine, not on {nodes}.",
            "Leave cloud.nodes out; pytorch and custom may use several.",
        )


def is_like_a_rehearsal(where: Paths, like: str | None) -> bool:
    """The like of a rehearsal is a rehearsal."""
    return like is not None and read_origin(RunDirectory(where.run(like))).smoke


def checkpoint_for(profile: Profile, where: Paths, like: str | None) -> Checkpoint:
    """What of the run `like` goes along with this profile; nothing without one."""
    if like is None:
        return Checkpoint()
    earlier = RunDirectory(where.run(like))
    return find_checkpoint(earlier, fold(read_journal(earlier.journal)), profile)


def create_run(profile: Profile, where: Paths, *, smoke: bool = False, like: str | None = None) -> RunDirectory:
    """A new run's directory. `like` is the run that this one repeats: its checkpoint is laid in where it has one that
    helps. Raises UsageProblem where the state directory cannot be written."""
    smoke = smoke or is_like_a_rehearsal(where, like)
    if smoke:
        profile = rehearsal(profile)
    check_inputs(profile)
    checkpoint = Checkpoint() if smoke else checkpoint_for(profile, where, like)
    try:
        private_directory(where.state)
        install_id(where, new_install_id())
        directory = RunDirectory(where.run(new_run_id()))
        directory.create()
        keep_checkpoint(checkpoint, directory)
        write_origin(directory, Origin(smoke=smoke, like=like, note=checkpoint.note))
        _write_synced(directory.profile, dump_profile(profile))
        return directory
    except OSError as problem:
        raise UsageProblem(
            f"The state directory {where.state} cannot be written: {problem.strerror}.",
            "Set UNITRAINER_HOME to a place that can.",
        ) from None


def _write_synced(path: Path, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
    sync_directory(path.parent)
