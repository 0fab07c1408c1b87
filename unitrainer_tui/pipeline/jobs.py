"""The job of each machine, out of the profile and of what setup has left there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unitrainer_tui.frameworks.registry import build_job
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.nodes import places
from unitrainer_tui.ports import JobSpec


@dataclass(frozen=True)
class Ready:
    """What setup left on one machine: the interpreter, how it came about, and how many GPUs the job has there."""

    python: str
    how: str
    gpus: int


def job_specs(ctx: RunContext, ready: Sequence[Ready], meeting: Sequence[str], *, goes_on: bool) -> list[JobSpec]:
    """The job of each node: the same but for its place among them and what its machine has. `meeting` are the machines'
    addresses as they see each other; `goes_on`: an earlier run's checkpoint was sent."""
    profile, smoke = ctx.profile, ctx.origin.smoke
    return [
        JobSpec(
            run=ctx.run,
            python=machine.python,
            job={**build_job(profile, gpus=machine.gpus, smoke=smoke), **place.as_job()},
            script=ctx.framework.script,
            command=profile.training.command,
            env={**profile.training.env, **place.as_environment()},
            secret_env=ctx.secret_env,
            checkpoint=goes_on,
        )
        for machine, place in zip(ready, places(ctx.run, meeting, profile.cloud.rendezvous_port), strict=True)
    ]
