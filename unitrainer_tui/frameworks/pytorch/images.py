"""Folders of images: which classes and pictures there are, and a picture as numbers.

A picture becomes bytes (3, size, size); the device makes numbers of them, so that four times less is carried there.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch.split import split
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused
    from split import split

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
TRAIN = ("train", "training")
VALIDATION = ("val", "valid", "validation", "test")

# Of ImageNet, with which timm's weights were trained; any other fixed shift would do for a model from scratch.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

_RESAMPLING = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
}


@dataclass(frozen=True)
class Folder:
    """`train` and `valid` are (path, class number) in the order of the paths; `classes` names them."""

    root: Path
    classes: tuple[str, ...]
    train: tuple[tuple[Path, int], ...]
    valid: tuple[tuple[Path, int], ...]
    how: str


def holds_classes(place: Path) -> bool:
    """Whether some folder of `place` holds a picture at its top, or `place` has a train folder."""
    return place.is_dir() and (_split_root(place) is not None or bool(_classes(_class_root(place))))


def read_folder(place: Path, share: float, seed: int) -> Folder:
    """train/<class>/ with val|valid|validation|test/<class>/, or <class>/ alone, split by `share`. Raises Refused."""
    root = _split_root(place)
    if root is None:
        return _one_tree(_class_root(place), share, seed)
    train = next(root / name for name in TRAIN if (root / name).is_dir())
    valid = next((root / name for name in VALIDATION if (root / name).is_dir()), None)
    if valid is None:
        return _one_tree(train, share, seed)
    classes = _classes(train)
    _enough(train, classes)
    strange = [name for name in _classes(valid) if name not in classes]
    if strange:
        raise Refused(f"{valid.name}/{strange[0]} is a class that {train.name}/ has not; add it there or take it out.")
    validating = _pictures(valid, classes)
    if not validating:
        raise Refused(f"{valid} holds no picture of any class of {train.name}/.")
    training = _pictures(train, classes)
    return Folder(root, tuple(classes), tuple(training), tuple(validating), f"{train.name}/ and {valid.name}/")


def _split_root(place: Path) -> Path | None:
    """The folder with train/ in it: `place`, or the one folder of `place` that has it (a dataset zipped with it)."""
    below = [path for path in _folders(place) if any((path / name).is_dir() for name in TRAIN)]
    if any((place / name).is_dir() for name in TRAIN):
        return place
    return below[0] if len(below) == 1 else None


def _class_root(place: Path) -> Path:
    """`place`, or its only folder where that one holds the classes."""
    only = _folders(place)
    return only[0] if len(only) == 1 and not _has_pictures(only[0]) and _classes(only[0]) else place


def _one_tree(root: Path, share: float, seed: int) -> Folder:
    classes = _classes(root)
    _enough(root, classes)
    whole = _pictures(root, classes)
    train, valid = split([label for _, label in whole], len(whole), share, seed)
    if not valid:
        raise Refused(f"{root} holds {len(whole)} pictures; at least two are needed to train and to validate.")
    how = f"{root.name}/, {len(valid)} of {len(whole)} pictures kept for validation"
    return Folder(
        root, tuple(classes), tuple(whole[place] for place in train), tuple(whole[place] for place in valid), how
    )


def _enough(root: Path, classes: Sequence[str]) -> None:
    if len(classes) < 2:
        found = f"only {classes[0]!r}" if classes else "none"
        raise Refused(
            f"{root} must hold two folders or more, one for each class, with pictures in them; found {found}."
        )


def _folders(place: Path) -> list[Path]:
    if not place.is_dir():
        raise Refused(f"There is no folder of images at {place}.")
    return sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def _has_pictures(folder: Path) -> bool:
    return any(path.suffix.lower() in SUFFIXES for path in folder.rglob("*") if not path.name.startswith("."))


def _classes(root: Path) -> list[str]:
    return [path.name for path in _folders(root) if _has_pictures(path)]


def _pictures(root: Path, classes: Sequence[str]) -> list[tuple[Path, int]]:
    found = []
    for number, name in enumerate(classes):
        for folder, below, files in os.walk(root / name):
            below.sort()
            for file in sorted(files):
                if file.lower().endswith(SUFFIXES) and not file.startswith("."):
                    found.append((Path(folder, file), number))
    return found


@dataclass(frozen=True)
class Look:
    """How a picture is brought to (3, size, size): the shorter side to size / crop, then the middle of it."""

    size: int
    crop: float = 1.0
    interpolation: str = "bilinear"
    augment: bool | str = False

    def evaluated(self, picture: Any) -> Any:
        """The middle of a PIL picture, as PIL picture of size × size."""
        side = max(self.size, round(self.size / self.crop))
        width, height = picture.size
        scale = side / min(width, height)
        shape = (max(self.size, round(width * scale)), max(self.size, round(height * scale)))
        if shape != picture.size:
            picture = picture.resize(shape, self._filter)
        left, top = (shape[0] - self.size) // 2, (shape[1] - self.size) // 2
        return picture.crop((left, top, left + self.size, top + self.size))

    def varied(self, picture: Any, chance: random.Random) -> Any:
        """A crop of 60 to 100 % of the area, mirrored every other time, as far as `augment` says."""
        if self.augment in (True, "crop"):
            width, height = picture.size
            share, shape = chance.uniform(0.6, 1.0), chance.uniform(0.8, 1.25)
            wide = min(width, max(1, round((width * height * share * shape) ** 0.5)))
            high = min(height, max(1, round((width * height * share / shape) ** 0.5)))
            left, top = chance.randint(0, width - wide), chance.randint(0, height - high)
            box = (left, top, left + wide, top + high)
            picture = picture.resize((self.size, self.size), self._filter, box=box)
        else:
            picture = self.evaluated(picture)
        if self.augment in (True, "flip") and chance.random() < 0.5:
            picture = ImageOps.mirror(picture)
        return picture

    @property
    def _filter(self) -> Any:
        return _RESAMPLING.get(self.interpolation, Image.Resampling.BILINEAR)


def open_picture(path: Path, size: int) -> Any:
    """A picture in RGB, turned as its EXIF says. JPEGs are decoded no finer than needed. Raises OSError."""
    with Image.open(path) as stored:
        if stored.format == "JPEG":
            stored.draft("RGB", (size, size))
        picture: Image.Image = ImageOps.exif_transpose(stored) or stored
        if picture.mode.startswith(("I", "F")):  # 16 bits a pixel and more, which RGB would cut off
            values = np.asarray(picture, dtype=np.float64)
            low, high = float(values.min()), float(values.max())
            picture = Image.fromarray(((values - low) * (255 / ((high - low) or 1))).astype(np.uint8))
        return picture.convert("RGB")


def as_bytes(picture: Any) -> torch.Tensor:
    """(3, height, width), uint8."""
    return torch.from_numpy(np.array(picture, dtype=np.uint8)).permute(2, 0, 1).contiguous()


def as_numbers(pixels: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """A batch of bytes (n, 3, size, size) as normalised float32, on the device where it is."""
    shape = (1, 3, 1, 1)
    middle = torch.tensor(mean, device=pixels.device).view(shape)
    spread = torch.tensor(std, device=pixels.device).view(shape)
    return pixels.float().div_(255).sub_(middle).div_(spread)


class Pictures(torch.utils.data.Dataset[Any]):  # type: ignore[misc]
    """Pictures by (epoch, position): what is random depends on these two and the seed, never on who reads it."""

    def __init__(self, pictures: Sequence[tuple[Path, int]], look: Look, seed: int, *, training: bool) -> None:
        self.paths = [str(path) for path, _ in pictures]
        self.labels = [label for _, label in pictures]
        self.look, self.seed, self.training = look, seed, training

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, place: tuple[int, int]) -> Any:
        """(pixels, label), or a sentence about a picture that cannot be read."""
        epoch, number = place
        path = self.paths[number]
        try:
            picture = open_picture(Path(path), self.look.size * 2)
            if self.training:
                picture = self.look.varied(picture, random.Random(f"{self.seed}/{epoch}/{number}"))
            else:
                picture = self.look.evaluated(picture)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
            why = " ".join(str(problem).split())[:160] or type(problem).__name__
            return f"The picture {path} cannot be read ({why}); mend it or take it out of the dataset."
        return as_bytes(picture), self.labels[number]


def together(samples: Sequence[Any]) -> Any:
    """A batch (pixels, labels), or the first sentence that came instead of a picture."""
    for sample in samples:
        if isinstance(sample, str):
            return sample
    return torch.stack([pixels for pixels, _ in samples]), torch.tensor([label for _, label in samples])
