"""What trainings in boosting rounds have in common: going on from a checkpoint, and what they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.checkpoint import check_fits
    from unitrainer_tui.frameworks.shared.course import Course
    from unitrainer_tui.frameworks.shared.options import Own
    from unitrainer_tui.frameworks.shared.report import environment, starts, write_json, write_results
else:  # on the host these files stand side by side
    from checkpoint import check_fits
    from course import Course
    from options import Own
    from report import environment, starts, write_json, write_results

# Rounds that a job does not state.
ROUNDS = 100


def course_of(
    job: Mapping[str, Any], own: Own, about: Mapping[str, Any], earlier: Mapping[str, Any] | None
) -> tuple[Course, bool]:
    """The course of this training, and whether it goes on from the checkpoint `earlier`.

    Raises Refused where that is of another job; one that has nothing left to do is left aside with a line.
    """
    total = int(job.get("epochs") or ROUNDS)
    if earlier is not None:
        check_fits(earlier, about)
        course = Course(total, own.patience, earlier["history"])
        if not course.over:
            starts(course.done, f"Going on from the checkpoint after round {course.done} of {total}.")
            return course, True
        why = "has run out of patience" if course.ran_out else f"has {course.done} rounds of {total} already"
        starts(0, f"The checkpoint {why}: training starts anew.")
    return Course(total, own.patience), False


def kept_round(course: Course, own: Own) -> int:
    return course.done if own.keep_last else course.best


def leave(
    output: Path,
    course: Course,
    kept: int,
    about: Mapping[str, Any],
    more: Mapping[str, Any],
    packages: tuple[str, ...],
) -> None:
    """results.csv, metrics.json and environment.json."""
    write_results(output, course.history)
    told = {
        **about,
        "epochs": course.done,
        "best_epoch": kept,
        "stopped_early": course.done < course.total and course.ran_out,
        "metrics": course.metrics_of(kept),
        **more,
    }
    write_json(output / "metrics.json", told)
    write_json(output / "environment.json", environment(int(about["seed"]), packages, device=more.get("device")))


def one_device(gpus: int, choose: Callable[[int], tuple[str, str | None]]) -> str:
    """What `choose` says to train on, and its line told where it has one."""
    device, line = choose(gpus)
    if line:
        print(line, flush=True)
    return device
