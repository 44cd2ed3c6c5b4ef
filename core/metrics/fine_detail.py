"""How much fine structure reconstructed pictures have, and whether it is the pictures' own."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

FINE, COARSE = 0.7, 2.0  # sigmas in pixels of two Gaussian blurs: what lies between them is fine structure
PLACE = 8  # pixels: side of the squares in which its strength is compared


@dataclass(frozen=True, slots=True)
class FineDetail:
    """A comparison of decoded pictures with those that they were decoded for.

    Attributes:
        ratio: root mean square of the decoded pictures' fine structure over that of the pictures; 1 = as sharp.
        correlation: of the two; 1 = the same structure, 0 = invented.
        error: mean distance of its strength, square by square, over the mean strength in the pictures; 0 = as strong everywhere.
    """

    ratio: float
    correlation: float
    error: float


@dataclass(slots=True)
class DetailSums:
    """Adds up what `FineDetail` is made of, batch by batch."""

    own: float = 0.0
    wanted: float = 0.0
    shared: float = 0.0
    distance: float = 0.0
    strength: float = 0.0
    pictures: int = field(default=0)

    def add(self, decoded: Tensor, pictures: Tensor) -> None:
        """Take in a batch.

        Args:
            decoded: (B, C, H, W) in [0, 1].
            pictures: that they were decoded for.
        """
        own, other = fine_structure(decoded), fine_structure(pictures)
        self.own += float(own.square().mean((1, 2, 3)).sum())
        self.wanted += float(other.square().mean((1, 2, 3)).sum())
        self.shared += float((own * other).mean((1, 2, 3)).sum())
        at, wanted_at = _strength(own), _strength(other)
        self.distance += float((at - wanted_at).abs().mean((1, 2, 3)).sum())
        self.strength += float(wanted_at.mean((1, 2, 3)).sum())
        self.pictures += len(decoded)

    def result(self) -> FineDetail:
        """Over all batches; 0 where the pictures have no fine structure."""
        tiny = 1e-12 * max(1, self.pictures)
        return FineDetail(
            ratio=(self.own / max(self.wanted, tiny)) ** 0.5,
            correlation=self.shared / max((self.own * self.wanted) ** 0.5, tiny),
            error=self.distance / max(self.strength, tiny),
        )


def fine_structure(pictures: Tensor) -> Tensor:
    """The difference of two Gaussian blurs of the pictures in grey: (B, C, H, W) in [0, 1] -> (B, 1, H, W)."""
    grey = pictures.float().mean(1, keepdim=True)
    return _blurred(grey, FINE) - _blurred(grey, COARSE)


def _strength(structure: Tensor) -> Tensor:
    side = min(PLACE, *structure.shape[2:])
    return F.avg_pool2d(structure.square(), side).sqrt()


def _blurred(x: Tensor, sigma: float) -> Tensor:
    reach = max(1, round(3.0 * sigma))
    places = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-0.5 * (places / sigma) ** 2)
    kernel = kernel / kernel.sum()
    padded = F.pad(x, (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
