"""The run's data on the local disk, as the DatasetSource port. Reading and hashing happen in threads."""

from __future__ import annotations

import asyncio

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.datasets.manifest import Manifest, build_manifest, list_files
from unitrainer_tui.pipeline.check import check_data


class LocalData:
    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    async def check(self) -> tuple[int, tuple[str, ...]]:
        return await asyncio.to_thread(self._check)

    def _check(self) -> tuple[int, tuple[str, ...]]:
        # What can never be sent is refused before anything is rented; the hashing comes while the machine boots.
        report = check_data(self._profile)
        if self._profile.training.source is not None:
            list_files(self._profile.training.source)
        return (report.size, report.warnings) if report is not None else (0, ())

    async def manifest(self) -> Manifest | None:
        dataset = self._profile.dataset
        if dataset.path is None:
            return None
        return await asyncio.to_thread(build_manifest, dataset.path, follow_outside=dataset.follow_outside)

    async def source(self) -> Manifest | None:
        source = self._profile.training.source
        return None if source is None else await asyncio.to_thread(build_manifest, source)
