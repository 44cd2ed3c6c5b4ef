"""Colours as classes: a* and b* in squares of 10 x 10 units, as Zhang, Isola and Efros predict them (arXiv 1603.08511).

A network that says how likely each class is can mean "red or blue", where one that says a single colour can only say their mean,
a greyish purple. Which colour is shown is decided afterwards, by the annealed mean.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from core.families.colouriser.lab import rgb_to_lab

SIDE = 10.0  # of a class's square, in units of Lab
NEAREST = 5  # classes that a colour is told by
SPREAD = 5.0  # standard deviation of the Gaussian by which it is told, in units of Lab
_LEVELS = 33  # of red, green and blue each, whose colours say which classes there are
_FURTHEST = 115  # a* and b* that a colour is looked up by, either way
_TINY = 1e-12


@cache
def centres() -> Tensor:
    """The a* and b* in the middle of each class that holds a colour of a screen: (259, 2) float32, for reading alone."""
    level = torch.linspace(0.0, 1.0, _LEVELS, dtype=torch.float64)
    rgb = torch.stack(torch.meshgrid(level, level, level, indexing="ij")).reshape(3, 1, -1)
    squares = (rgb_to_lab(rgb)[1:, 0].T / SIDE).round()
    return (torch.unique(squares, dim=0) * SIDE).float()


COUNT = len(centres())


class Told:
    """How colours are told as classes: by the nearest five, closer ones more.

    Args:
        device: where they are.
    """

    def __init__(self, device: torch.device) -> None:
        self._nearest, self._shares = (one.to(device) for one in _tables())

    def __call__(self, ab: Tensor) -> tuple[Tensor, Tensor]:
        """Tell colours.

        Args:
            ab: a* and b*, (B, 2, h, w), which are rounded to whole units.

        Returns:
            classes: (B, 5, h, w) int64, the nearest one first.
            shares: (B, 5, h, w) float32, whose sum is 1.
        """
        a, b = (ab.round().clamp(-_FURTHEST, _FURTHEST).long() + _FURTHEST).unbind(1)
        row = a * (2 * _FURTHEST + 1) + b
        return self._nearest[row].movedim(-1, 1), self._shares[row].movedim(-1, 1)


@cache
def _tables() -> tuple[Tensor, Tensor]:
    """The nearest classes of each colour in whole units, and their shares: (53,361, 5) each."""
    axis = torch.arange(-_FURTHEST, _FURTHEST + 1, dtype=torch.float32)
    colours = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), dim=-1).reshape(-1, 2)
    distances, nearest = torch.cdist(colours, centres()).topk(NEAREST, largest=False)
    return nearest, torch.softmax(-distances.square() / (2.0 * SPREAD**2), dim=-1)


def annealed_mean(scores: Tensor, temperature: float) -> Tensor:
    """The colours that scores of classes stand for.

    Args:
        scores: logarithms of the classes' probabilities, up to a constant: (B, 259, h, w).
        temperature: 1 gives the mean of all colours by their probabilities; towards 0 it becomes the likeliest colour.

    Returns:
        a* and b*, (B, 2, h, w) float32.
    """
    shares = torch.softmax(scores.float() / max(temperature, 1e-3), dim=1)
    return torch.einsum("bqhw,qc->bchw", shares, centres().to(shares.device))


def cross_entropy(scores: Tensor, classes: Tensor, shares: Tensor, weights: Tensor) -> Tensor:
    """Mean cross-entropy of told colours, each place weighed by its nearest class's weight, in nats.

    Args:
        scores: (B, 259, h, w).
        classes, shares: as `Told` gives them.
        weights: (259,).
    """
    likely = torch.log_softmax(scores.float(), dim=1).gather(1, classes)
    return -(weights[classes[:, 0]] * (shares * likely).sum(dim=1)).mean()


def weights_against_commonness(counts: Tensor, strength: float) -> Tensor:
    """The weight of each class in training, so that rare, vivid colours count though most places are dull.

    Args:
        counts: (259,) how often each is the nearest one in the training pictures.
        strength: 0 weighs all alike, 1 each by the inverse of how common it is; the paper has 0.5.

    Returns:
        (259,) float32, whose mean over the training pictures' places is 1.
    """
    places = centres().double()
    near = torch.exp(-torch.cdist(places, places).square() / (2.0 * SPREAD**2))
    common = counts.double() @ (near / near.sum(dim=1, keepdim=True))
    common = common / common.sum().clamp_min(_TINY)
    weights = 1.0 / (strength * common + (1.0 - strength) / len(common) + _TINY)
    return (weights / (common @ weights).clamp_min(_TINY)).float()
