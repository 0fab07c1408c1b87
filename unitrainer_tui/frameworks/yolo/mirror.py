"""A copy of the dataset made of links, for a framework that writes into its datasets.

Ultralytics leaves labels/*.cache beside the labels and rewrites damaged JPEGs in place; the dataset on the host is
shared with other runs and stays as it was sent.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

JPEG = (".jpg", ".jpeg")
_JPEG_END = b"\xff\xd9"


def mirror(dataset: Path, to: Path) -> Path:
    """Real folders, links to the files, at `to` (made anew). JPEGs that Ultralytics would repair are copied."""
    if to.exists():
        shutil.rmtree(to)
    for folder, below, files in os.walk(dataset, followlinks=True):
        real = os.path.realpath(folder)
        relative = Path(folder).relative_to(dataset)
        above = [os.path.realpath(dataset / one) for one in relative.parents] if relative.parts else []
        if real in above:  # a link back up: its files are there already
            below.clear()
            continue
        place = to / relative
        place.mkdir(parents=True, exist_ok=True)
        for name in files:
            source = Path(real, name)
            if name.endswith(".cache"):
                continue  # of an earlier training, with paths that are not these
            if source.suffix.lower() in JPEG and not _is_whole(source):
                shutil.copyfile(source, place / name)
            else:
                (place / name).symlink_to(source)
    return to


def _is_whole(picture: Path) -> bool:
    """A JPEG that ends as one should; the others Ultralytics saves again."""
    try:
        with picture.open("rb") as stream:
            stream.seek(-2, os.SEEK_END)
            return stream.read() == _JPEG_END
    except OSError:
        return False
