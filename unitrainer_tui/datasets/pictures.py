"""All pictures of a dataset: each one's structure, as many decoded as time allows, and copies of one in two splits."""

from __future__ import annotations

import hashlib
import os
import time
import warnings
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TypeVar

from unitrainer_tui.datasets.picture_files import IMAGE_SUFFIXES, Look, decodes, is_image, look_at
from unitrainer_tui.datasets.report import Findings, ShouldStop, Stopped
from unitrainer_tui.datasets.tree import Folder, Tree, joined

T = TypeVar("T")
R = TypeVar("R")

# Ultralytics ignores pictures with fewer pixels on a side.
SMALLEST = 10
# A set of so many pictures is decoded whole if that takes no longer than this; a larger one for a few seconds.
SMALL_SET = 1000
SMALL_SET_SECONDS = 20.0
LARGE_SET_SECONDS = 4.0
MOST_DECODED = 4000
# Pictures whose structure leaves a doubt are decoded first, however large the set is.
DOUBT_SECONDS = 10.0
_BATCH = 256
# Looking is mostly Python, and more threads only wait for each other; decoding is not.
_LOOKING = 2
_DECODING = max(2, min(8, os.cpu_count() or 2))

Places = Mapping[str, Sequence[int]]
"""Pictures by folder (relative) and their places in its list of names."""


def images_of(folder: Folder, *, hidden: bool = False, suffixes: frozenset[str] = IMAGE_SUFFIXES) -> list[int]:
    """The places of the folder's pictures in its names.

    Hidden ones (macOS leaves ._1.jpg beside 1.jpg) Ultralytics does not see, torchvision does.
    """
    return [
        place
        for place, name in enumerate(folder.names)
        if is_image(name, suffixes) and (hidden or not name.startswith("."))
    ]


@dataclass
class Pictures:
    """Looks at pictures once, however many splits name them. `sizes` are (width, height) by folder and place, kept
    only with `keep_sizes`; `fingerprints` by folder, 0 for what was not looked at. Some 16 bytes a picture."""

    tree: Tree
    findings: Findings
    smallest: int = 1
    keep_sizes: bool = False
    should_stop: ShouldStop | None = None
    fingerprints: dict[str, array[int]] = field(default_factory=dict)
    sizes: dict[str, array[int]] = field(default_factory=dict)

    def check(self, wanted: Places) -> None:
        """Every picture's structure, then decoding within its bounds. Raises Stopped."""
        doubtful: list[tuple[str, int, Look]] = []
        total = 0
        for relative, places in wanted.items():
            folder = self.tree.folders[relative]
            prints = self.fingerprints.setdefault(relative, array("Q", bytes(8 * len(folder.names))))
            pixels = array("I", bytes(8 * len(folder.names))) if self.keep_sizes else None
            if pixels is not None:
                self.sizes[relative] = pixels
            new = [place for place in places if not prints[place]]
            total += len(new)
            batches = (new[start : start + _BATCH] for start in range(0, len(new), _BATCH))
            for found in in_threads(partial(_look_at_all, folder), batches, _LOOKING, self.should_stop):
                for place, look in found:
                    prints[place] = look.fingerprint or 1
                    if pixels is not None:
                        pixels[2 * place], pixels[2 * place + 1] = look.width, look.height
                    self._judge(relative, folder, place, look)
                    if look.doubt and not look.code:
                        doubtful.append((relative, place, look))
        self._decode(wanted, total, doubtful)

    def _judge(self, relative: str, folder: Folder, place: int, look: Look) -> None:
        if not look.code and look.width and min(look.width, look.height) < self.smallest:
            look.code = "image-too-small"
            look.why = (
                f"has {look.width} × {look.height} pixels; fewer than {self.smallest} on a side are not trained on"
            )
        if look.code:
            shown = joined(relative, folder.names[place])
            self.findings.fault(look.code, f"{shown} {look.why}.", shown)

    def _decode(self, wanted: Places, total: int, doubtful: list[tuple[str, int, Look]]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's words about metadata would land on the terminal
            deadline = time.monotonic() + DOUBT_SECONDS

            def work(item: tuple[str, int, Look]) -> tuple[tuple[str, int, Look], bool | None]:
                return item, self._decodes(*item) if time.monotonic() < deadline else None

            for (relative, place, look), whole in in_threads(work, doubtful, _DECODING, self.should_stop):
                self._decide(relative, place, look, whole)
            self._decode_some(wanted, total, {(relative, place) for relative, place, _ in doubtful})

    def _decide(self, relative: str, place: int, look: Look, whole: bool | None) -> None:
        shown = joined(relative, self.tree.folders[relative].names[place])
        if whole:
            self.findings.warn("damaged-image", f"{shown} {look.doubt}, and can be read all the same.", shown)
        else:
            self.findings.fault("corrupt-image", f"{shown} {look.doubt}: it is damaged or cut short.", shown)

    def _decodes(self, relative: str, place: int, look: Look) -> bool | None:
        folder = self.tree.folders[relative]
        return decodes(f"{folder.path}/{folder.names[place]}", look)

    def _decode_some(self, wanted: Places, total: int, known: set[tuple[str, int]]) -> None:
        """Spread evenly over all of them where not all can be decoded."""
        small = total <= SMALL_SET
        deadline = time.monotonic() + (SMALL_SET_SECONDS if small else LARGE_SET_SECONDS)
        step = 1 if small else -(-total // MOST_DECODED)
        # Every step-th first, and in rounds, so that an early end leaves no part of the set out.
        rounds = 4 if not small else 1
        pictures = [
            (relative, place)
            for number in range(rounds)
            for relative, place in islice(_each(wanted), number * step, None, step * rounds)
            if (relative, place) not in known
        ]
        tried = undecidable = 0

        def work(item: tuple[str, int]) -> tuple[tuple[str, int], bool | None, bool]:
            if time.monotonic() >= deadline:
                return item, None, False
            folder = self.tree.folders[item[0]]
            path = f"{folder.path}/{folder.names[item[1]]}"
            look = look_at(path, folder.sizes[item[1]])
            return item, None if look.code else decodes(path, look), True

        for (relative, place), whole, in_time in in_threads(work, pictures, _DECODING, self.should_stop):
            tried += in_time
            undecidable += in_time and whole is None
            if whole is False:
                shown = joined(relative, self.tree.folders[relative].names[place])
                self.findings.fault("corrupt-image", f"{shown} cannot be decoded: it is damaged.", shown)
        if tried + len(known) < total:
            self.findings.note(
                f"{tried + len(known):,} of {total:,} pictures were decoded; of the others their size, their structure "
                "and their ends were looked at."
            )
        elif undecidable and not self.findings.has("corrupt-image") and not self.findings.has("empty-image"):
            self.findings.note(f"{undecidable:,} pictures could not be decoded here (their format or their size).")

    def copies_across(self, splits: Mapping[str, Places]) -> None:
        """The same bytes under two paths of two splits. With training pictures a fault: what is measured on them says
        nothing. The same path in two splits is meant so (coco128 validates on its training pictures): a warning."""
        names = list(splits)
        holders: dict[int, int] = {}  # fingerprint: the splits that have it, a bit each
        for number, split in enumerate(names):
            for relative, place in _each(splits[split]):
                key = self.fingerprints[relative][place]
                if key > 1:
                    holders[key] = holders.get(key, 0) | 1 << number
        shared = {key for key, bits in holders.items() if bits & (bits - 1)}
        del holders
        self._same_paths(splits)
        if not shared:
            return
        seen: dict[bytes, tuple[str, str]] = {}  # hash of the whole file: first split, path
        told: set[str] = set()
        for split in names:
            for relative, place in _each(splits[split]):
                if self.fingerprints[relative][place] not in shared:
                    continue
                if self.should_stop is not None and self.should_stop():
                    raise Stopped
                folder = self.tree.folders[relative]
                shown = joined(relative, folder.names[place])
                digest = _digest(f"{folder.path}/{folder.names[place]}")
                if digest is None:
                    continue
                first, original = seen.setdefault(digest, (split, shown))
                if first != split and original != shown and shown not in told:
                    told.add(shown)
                    sentence = f"{shown} ({split}) is the same picture as {original} ({first})"
                    if first == "train":
                        say = f"{sentence}: what is measured on it says nothing; remove one of them."
                        self.findings.fault("duplicate-across-splits", say, shown)
                    else:
                        self.findings.warn("duplicate-across-splits", f"{sentence}.", shown)

    def _same_paths(self, splits: Mapping[str, Places]) -> None:
        names = list(splits)
        for number, split in enumerate(names):
            for other in names[number + 1 :]:
                common = 0
                example = ""
                for relative in splits[split].keys() & splits[other].keys():
                    both = set(splits[split][relative]) & set(splits[other][relative])
                    common += len(both)
                    if both and not example:
                        example = joined(relative, self.tree.folders[relative].names[min(both)])
                if common:
                    self.findings.warn(
                        "duplicate-across-splits",
                        f"{common:,} pictures are in {split} and in {other}, such as {example}: what is measured on "
                        "them says nothing about new ones.",
                        example,
                    )


def _look_at_all(folder: Folder, places: Sequence[int]) -> list[tuple[int, Look]]:
    return [(place, look_at(f"{folder.path}/{folder.names[place]}", folder.sizes[place])) for place in places]


def _each(places: Places) -> Iterator[tuple[str, int]]:
    for relative, numbers in places.items():
        for number in numbers:
            yield relative, number


def _digest(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "blake2b").digest()
    except OSError:
        return None  # told when it was looked at


def in_threads(work: Callable[[T], R], items: Iterable[T], threads: int, should_stop: ShouldStop | None) -> Iterator[R]:
    """The answers in the order of the items, a few ahead of whoever takes them. Raises Stopped."""
    waiting = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="pictures") as pool:
        running: list[Future[R]] = [pool.submit(work, item) for item in islice(waiting, 4 * threads)]
        try:
            while running:
                if should_stop is not None and should_stop():
                    raise Stopped
                done = running.pop(0).result()
                running += [pool.submit(work, item) for item in islice(waiting, 1)]
                yield done
        finally:
            for future in running:
                future.cancel()
