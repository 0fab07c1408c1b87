"""What the embedded cloud sells.

GPU flavors, their prices and the image names are CanopyWave's as its documentation shows them; `CPU-2` is the machine
that this computer can really lend. `price` is US cents an hour for the whole flavor, `priceHour` text for one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IMAGES = ("GPU-Ubuntu.22.04", "GPU-Ubuntu.24.04", "CPU-Ubuntu.22.04", "CPU-Ubuntu.24.04")
DEFAULT_FLAVOR = "CPU-2"
CAPACITY = 8
IP_CENTS_PER_HOUR = 0.5


@dataclass(frozen=True)
class Flavor:
    """`cents` an hour for one GPU, or for the whole machine where it has none."""

    flavor: str
    gpu: str
    gpus: int
    cents: int
    vcpus: int
    memory_gb: int

    @property
    def cents_per_hour(self) -> int:
        return self.cents * max(1, self.gpus)

    @property
    def images(self) -> tuple[str, ...]:
        kind = "GPU-" if self.gpus else "CPU-"
        return tuple(image for image in IMAGES if image.startswith(kind) or not self.gpus)

    def row(self) -> dict[str, Any]:
        """As GET /instance-types tells it."""
        return {
            "flavor": self.flavor,
            "name": f"{self.gpus} x {self.gpu}" if self.gpus else "CPU",
            "images": list(self.images),
            "price": self.cents_per_hour,
            "priceHour": f"${self.cents / 100:.2f}",
            "specs": {"gpu": self.gpu, "gpuCount": self.gpus, "vcpu": self.vcpus, "memory": f"{self.memory_gb}GB"},
        }


def _gpu(gpu: str, counts: tuple[int, ...], cents: int) -> list[Flavor]:
    return [Flavor(f"{gpu}-{count}", gpu, count, cents, 24 * count, 180 * count) for count in counts]


FLAVORS: dict[str, Flavor] = {
    flavor.flavor: flavor
    for flavor in [
        Flavor("CPU-2", "", 0, 5, 2, 4),
        Flavor("CPU-8", "", 0, 20, 8, 16),
        *_gpu("H100", (1, 2, 4, 8), 225),
        *_gpu("H200", (1, 8), 300),
        *_gpu("A100", (1, 2, 4, 8), 135),
        *_gpu("RTX4090", (1, 2, 4, 8), 44),
    ]
}
