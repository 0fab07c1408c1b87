"""The run's data on the local disk, as the DatasetSource port. Reading and hashing happen in threads."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.datasets.manifest import Manifest, build_manifest, list_files
from unitrainer_tui.datasets.smoke import smoke_subset
from unitrainer_tui.pipeline.check import check_data, check_goes_on, learned_of
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.learned import Learned, read_learned, write_learned
from unitrainer_tui.runs.origin import Origin, read_origin
from unitrainer_tui.runs.work import Work, work_of, write_work


class LocalData:
    """`directory` is the run's; without one (a preview) the whole dataset is what would be sent, and `earlier` is the
    run whose checkpoint would go along, with what it learned."""

    def __init__(
        self, profile: Profile, directory: RunDirectory | None = None, earlier: tuple[str, Learned] | None = None
    ) -> None:
        self._profile = profile
        self._directory = directory
        self._kind: str | None = None
        self.work: Work | None = None
        """What is to be done, once the dataset was checked."""
        origin = read_origin(directory) if directory is not None else Origin()
        self._smoke = origin.smoke
        self._earlier = earlier
        if (
            directory is not None
            and origin.like is not None
            and (learned := read_learned(directory.earlier)) is not None
        ):
            self._earlier = origin.like, learned

    async def check(self) -> tuple[int, tuple[str, ...]]:
        return await asyncio.to_thread(self._check)

    def _check(self) -> tuple[int, tuple[str, ...]]:
        dataset = self._profile.dataset
        # What can never be sent is refused before anything is rented; the hashing comes while the machine boots.
        report = check_data(self._profile, kinds=not self._smoke)
        learned = learned_of(self._profile, report)
        if self._earlier is not None:
            check_goes_on(learned, *self._earlier)
        self._kind = report.kind if report is not None else None
        if self._profile.training.source is not None:
            list_files(self._profile.training.source)
        size, warnings = (report.size, report.warnings) if report is not None else (0, ())
        if self._smoke and dataset.path is not None:
            part = self._sent(dataset.path)
            size = sum(size for _, size in list_files(part, follow_outside=dataset.follow_outside))
        counts = report.counts if report is not None and not self._smoke else {}
        flavor = next(iter(self._profile.cloud.flavors), "")
        self.work = work_of(self._profile, flavor=flavor, dataset_bytes=size, counts=counts)
        if self._directory is not None and not self._smoke:
            write_work(self._directory, self.work)
            if learned is not None:
                write_learned(self._directory.learned, learned)
        return size, warnings

    def _sent(self, path: Path) -> Path:
        """What goes to the machine of the dataset: all of it, or for a rehearsal the few samples made of it (made again
        after a supervisor was cut off in the middle)."""
        if not self._smoke or self._directory is None:
            return path
        whole, part = self._directory.smoke, self._directory.smoke.with_suffix(".part")
        if not whole.exists():
            shutil.rmtree(part, ignore_errors=True)
            dataset = self._profile.dataset
            smoke_subset(
                path,
                self._kind,
                part,
                target=dataset.target,
                group=dataset.group,
                follow_outside=dataset.follow_outside,
            )
            part.mkdir(exist_ok=True)  # a command of the user's gets all of its data: nothing was made
            part.replace(whole)
        made = sorted(whole.iterdir())
        if not made:
            return path
        return made[0] if path.is_file() and len(made) == 1 else whole

    async def manifest(self) -> Manifest | None:
        dataset = self._profile.dataset
        if dataset.path is None:
            return None
        return await asyncio.to_thread(self._manifest, dataset.path)

    def _manifest(self, path: Path) -> Manifest:
        return build_manifest(self._sent(path), follow_outside=self._profile.dataset.follow_outside)

    async def source(self) -> Manifest | None:
        source = self._profile.training.source
        return None if source is None else await asyncio.to_thread(build_manifest, source)

    async def checkpoint(self) -> Manifest | None:
        folder = self._directory.checkpoint if self._directory is not None else None
        if folder is None or not folder.is_dir():
            return None
        return await asyncio.to_thread(build_manifest, folder)
