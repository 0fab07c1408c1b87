"""The networks: small ones of our own, and timm's. Each is built from the description alone that its file carries.

The small ones normalise by groups and not by batches: a batch of one picture is as good as one of a thousand, and a
batch that is spread over many processes gives the same gradient as in one.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch import encoding, names
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    import encoding
    import names
    from job import Refused


def build(about: dict[str, Any], weights: Path | None = None) -> nn.Module:
    """The network that `about` describes (see data.py), with fresh weights; timm's with those of the file `weights`
    where it is given. Raises Refused for a name that timm does not know or weights that do not fit.

    Images: takes (n, 3, size, size) float32. Tables: takes numbers (n, a) and codes (n, b). Gives (n, outputs).
    """
    outputs = len(about["classes"]) if about["task"] == "classification" else 1
    dropout = float(about["dropout"])
    if about["model"] == "mlp":
        numbers, words = encoding.widths(about["columns"])
        return Mlp(numbers, words, about["hidden"], outputs, dropout)
    if about["model"] == "small-cnn":
        return SmallCnn(outputs, dropout)
    if about["model"] == "resnet-small":
        return SmallResnet(outputs, dropout)
    return _from_timm(about["model"], outputs, dropout, int(about["size"]), weights)


class Mlp(nn.Module):  # type: ignore[misc]
    """A perceptron over numbers and learned places for words."""

    def __init__(self, numbers: int, words: Sequence[int], hidden: Sequence[int], outputs: int, dropout: float) -> None:
        super().__init__()
        spread = [min(32, (count + 1) // 2) for count in words]
        self.words = nn.ModuleList(nn.Embedding(count, spread[place]) for place, count in enumerate(words))
        layers: list[nn.Module] = []
        width = numbers + sum(spread)
        for inner in hidden:
            layers += [nn.Linear(width, inner), nn.ReLU(), nn.Dropout(dropout)]
            width = inner
        self.layers = nn.Sequential(*layers, nn.Linear(width, outputs))

    def forward(self, numbers: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        parts = [numbers, *(table(codes[:, place]) for place, table in enumerate(self.words))]
        return self.layers(torch.cat(parts, dim=1))


class _Summary(nn.Module):  # type: ignore[misc]
    """What is in the picture on the whole and what stands out in it: with the mean alone few pictures teach little."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1)


class SmallCnn(nn.Module):  # type: ignore[misc]
    """Three convolutions, each halving the picture, then mean and maximum: 94,000 weights, for 32 to 128 pixels."""

    def __init__(self, outputs: int, dropout: float) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        width = 3
        for wider in (32, 64, 128):
            blocks += [nn.Conv2d(width, wider, 3, padding=1, bias=False), nn.GroupNorm(8, wider), nn.ReLU()]
            blocks.append(nn.MaxPool2d(2, ceil_mode=True))
            width = wider
        self.features = nn.Sequential(*blocks, _Summary())
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, outputs))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(pixels))


class _Residual(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, wider: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, wider, 3, stride, 1, bias=False),
            nn.GroupNorm(8, wider),
            nn.ReLU(),
            nn.Conv2d(wider, wider, 3, 1, 1, bias=False),
            nn.GroupNorm(8, wider),
        )
        # Each block begins as the identity, so that depth does not stand in the way of the first steps (Goyal 2017).
        nn.init.zeros_(self.body[-1].weight)
        same = stride == 1 and width == wider
        self.short = nn.Identity() if same else nn.Conv2d(width, wider, 1, stride, bias=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(pixels) + self.short(pixels))


class SmallResnet(nn.Module):  # type: ignore[misc]
    """Eight residual blocks of 32 to 256 channels (He et al. 2015, half as wide as ResNet-18): 2.8 million weights."""

    def __init__(self, outputs: int, dropout: float) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.GroupNorm(8, 32), nn.ReLU()]
        width = 32
        for wider in (32, 64, 128, 256):
            blocks += [_Residual(width, wider, 1 if wider == width else 2), _Residual(wider, wider, 1)]
            width = wider
        self.features = nn.Sequential(*blocks, _Summary())
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, outputs))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(pixels))


def timm_module(name: str) -> Any:
    """timm, with `name` among its models. Raises Refused with the nearest name."""
    try:
        import timm
    except ImportError as problem:
        raise Refused(
            f"The model {name!r} needs timm and torchvision, which are not installed here ({problem}); "
            f"built in are {', '.join(names.MODELS)}."
        ) from None
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, [*timm.list_models(), *names.MODELS], n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else "timm.list_models() tells all of them."
        raise Refused(f"timm has no model {name!r}; {hint}")
    return timm


def timm_look(name: str) -> dict[str, Any]:
    """How the weights of a timm model want their pictures: size, mean, std, interpolation, crop."""
    timm = timm_module(name)
    try:
        wanted = timm.models.get_pretrained_cfg(name).to_dict()
    except RuntimeError as problem:
        raise Refused(f"timm knows {name.split('.')[0]!r}, not its weights: {problem}") from None
    return {
        "size": int(wanted["input_size"][-1]),
        "mean": [float(value) for value in wanted["mean"]],
        "std": [float(value) for value in wanted["std"]],
        "interpolation": str(wanted.get("interpolation") or "bilinear"),
        "crop": float(wanted.get("crop_pct") or 0.875),
    }


def _from_timm(name: str, outputs: int, dropout: float, size: int, weights: Path | None) -> nn.Module:
    timm = timm_module(name)
    more: dict[str, Any] = {"drop_rate": dropout} if dropout else {}
    if weights is not None:
        more |= {"pretrained": True, "pretrained_cfg_overlay": {"file": str(weights), "custom_load": False}}
    try:
        try:
            # Transformers are built for one size of pictures, and have to be told another.
            return timm.create_model(name, num_classes=outputs, img_size=size, **more)
        except TypeError:
            return timm.create_model(name, num_classes=outputs, **more)
    except (RuntimeError, KeyError, OSError, ValueError, TypeError, AssertionError) as problem:
        where = f" with the weights {weights.name}" if weights is not None else ""
        said = " ".join(str(problem).split())[:300]
        raise Refused(f"timm cannot build {name!r} for pictures of {size} pixels{where}: {said}.") from None


def size_of(network: nn.Module) -> int:
    """How many weights are trained."""
    return sum(one.numel() for one in network.parameters() if one.requires_grad)
