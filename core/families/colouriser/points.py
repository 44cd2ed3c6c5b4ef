"""Colour points: a few places whose colour a person gives, as a network sees them, and as it learns from them.

The idea of Zhang et al. 2017, "Real-time user-guided image colorization with learned deep priors" (arXiv 1705.02999): in training
the true colours of a few random places are revealed, so that the network learns to carry them to what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.families.colouriser.lab import AB_RANGE

PLANES = 3  # that a network gets beside lightness: a* and b* of the points as shares of 110, and where they are
REACH = 1  # pixels around a point that get its colour too: 3 x 3
SHOWN_POINTS = 5  # of each validation picture, for the metric
_WITHOUT = 0.25  # share of the training pictures that get no points at all
_CHANCE = 0.125  # that a picture with points gets no further one (geometric, so 8 on average)
_MOST = 48  # of a picture


@dataclass(frozen=True, slots=True)
class ColourPoint:
    """A place of a picture and its colour.

    Attributes:
        x, y: the place, as shares of width and height, from 0 to 1.
        a, b: its colour, in units of Lab. How light it is stays the picture's own.
    """

    x: float
    y: float
    a: float
    b: float


def planes_of(points: Iterable[ColourPoint], height: int, width: int) -> Tensor:
    """Points as a network sees them, (3, H, W) float32; a later one covers an earlier one."""
    planes = torch.zeros(PLANES, height, width)
    for one in points:
        row, column = min(int(one.y * height), height - 1), min(int(one.x * width), width - 1)
        _put(planes, row, column, REACH, torch.tensor([one.a, one.b]))
    return planes


def revealed(ab: Tensor, rng: np.random.Generator) -> Tensor:
    """Random points of training pictures, with their true colours.

    A quarter of the pictures gets none; the others get 8 on average, each the mean colour of 1 to 5 pixels a side, more of them
    near the middle than at the edges.

    Args:
        ab: a* and b*, (B, 2, H, W).
        rng: decides how many there are, and where.

    Returns:
        (B, 3, H, W), as `planes_of`.
    """
    planes = ab.new_zeros((len(ab), PLANES, *ab.shape[-2:]))
    for picture, own in zip(planes, ab, strict=True):
        count = 0 if rng.random() < _WITHOUT else min(int(rng.geometric(_CHANCE)), _MOST)
        _reveal(picture, own, rng, count, reaches=(0, 1, 2))
    return planes


def some_points(ab: Tensor, rng: np.random.Generator, count: int) -> Tensor:
    """The same with so many points in each picture, of the size that a person's have."""
    planes = ab.new_zeros((len(ab), PLANES, *ab.shape[-2:]))
    for picture, own in zip(planes, ab, strict=True):
        _reveal(picture, own, rng, count, reaches=(REACH,))
    return planes


def _reveal(planes: Tensor, ab: Tensor, rng: np.random.Generator, count: int, reaches: tuple[int, ...]) -> None:
    height, width = ab.shape[-2:]
    for _ in range(count):
        row = int(np.clip(rng.normal(height / 2.0, height / 4.0), 0, height - 1))
        column = int(np.clip(rng.normal(width / 2.0, width / 4.0), 0, width - 1))
        reach = reaches[int(rng.integers(len(reaches)))]
        rows, columns = _around(row, reach), _around(column, reach)
        _put(planes, row, column, reach, ab[:, rows, columns].mean(dim=(1, 2)))


def _put(planes: Tensor, row: int, column: int, reach: int, ab: Tensor) -> None:
    rows, columns = _around(row, reach), _around(column, reach)
    planes[:2, rows, columns] = (ab / AB_RANGE)[:, None, None].to(planes)
    planes[2, rows, columns] = 1.0


def _around(place: int, reach: int) -> slice:
    return slice(max(0, place - reach), place + reach + 1)
