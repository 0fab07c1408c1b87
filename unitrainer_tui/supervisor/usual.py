"""How long the stages of one run should take, for who watches it. No cloud is asked."""

from __future__ import annotations

from dataclasses import replace

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.forecast import Span, forecast
from unitrainer_tui.runs.history import past_runs
from unitrainer_tui.runs.journal import read_journal
from unitrainer_tui.runs.state import fold
from unitrainer_tui.runs.work import read_work, work_of
from unitrainer_tui.supervisor.recover import run_directories


def usual_times(profile: Profile, directory: RunDirectory, where: Paths) -> dict[str, Span]:
    """How long each stage of a run should take, its own times left out. Without its work.json (a rehearsal, or the
    check is not over) nothing is told of what depends on the dataset. Reads journals: use a thread."""
    state = fold(read_journal(directory.journal))
    machine = state.resource("instance") or next(iter(state.all_of("instance")), None)
    flavor = (machine.flavor if machine is not None else None) or next(iter(profile.cloud.flavors), "")
    known = read_work(directory)
    work = known or work_of(profile, flavor=flavor, dataset_bytes=0, counts={})
    past = past_runs(one for one in run_directories(where) if one.run != directory.run)
    told = forecast(
        replace(work, flavor=flavor),
        past,
        usd_per_hour=0.0,
        gpus=profile.gpus_needed(flavor or None),
        minimum_hours=0.0,
    )
    unknown = () if known is not None else ("upload", "train")
    return {stage: span for stage, span in told.stages.items() if stage not in unknown}
