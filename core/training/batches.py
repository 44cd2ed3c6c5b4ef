"""Which pictures go into each step of an epoch, determined by the seed; and their conversion to tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.config import TrainConfig
from core.data import dataset
from core.data.dataset import FaceData, Rows, Sides
from core.families.registry import family
from core.training.recipe import Batch, Moment, Recipe

BATCH = 64  # pictures at once, where nothing is learned from them


def rounded(values: np.ndarray) -> tuple[float, ...]:
    """Numbers rounded to five places, for JSON."""
    return tuple(round(float(value), 5) for value in values)


def to_input(images: np.ndarray, device: torch.device) -> torch.Tensor:
    """uint8 (B, H, W, C) -> float32 (B, C, H, W) in [0, 1], channels-last in memory (no copy beyond the conversion)."""
    return torch.from_numpy(images).to(device, non_blocking=True).permute(0, 3, 1, 2).float().div_(255.0)


def to_classes(labels: np.ndarray | None, device: torch.device) -> torch.Tensor | None:
    """Class numbers (B,) for a conditional model, int64; None stays None."""
    return None if labels is None else torch.from_numpy(labels.astype(np.int64)).to(device, non_blocking=True)


@dataclass(frozen=True, slots=True)
class StepOrder:
    """One step, as the leader of a team orders it."""

    epoch: int  # epochs finished before
    step: int  # within the epoch, from 0
    moment: Moment


class EpochBatches:
    """An epoch's batches.

    They are of nearly equal size: a last batch of a few pictures would affect the weights as much as a full one. Of pictures of two
    sides, a batch is half A and half B, A first; the sides are shown over and over, each in orders of its own, so that the larger
    one goes on in the next epoch where the last one left it.

    Args:
        config: of the run.
        data: its pictures.
        epoch: epochs finished before this one.
    """

    def __init__(self, config: TrainConfig, data: FaceData, epoch: int) -> None:
        self._data = data
        if data.sides is None:
            self._order = dataset.epoch_order(data.split.train, config.seed, epoch)
            self.steps = math.ceil(len(self._order) / config.batch_size)
            self._places = np.array_split(np.arange(len(self._order)), self.steps)
        else:
            pairs = math.ceil(family(config.family).epoch_pictures(config, len(data.split.train)) / 2)
            self._order = _both_sides(data.split.train, data.sides, config.seed, epoch, pairs)
            self.steps = math.ceil(pairs / (config.batch_size // 2))
            self._places = [np.concatenate((part, part + pairs)) for part in np.array_split(np.arange(pairs), self.steps)]
        flips = np.random.default_rng([config.seed, epoch, 1]).random(len(self._order)) < 0.5
        self._flips = flips if config.data.mirror else None

    def size(self, step: int) -> int:
        """Pictures in a step's whole batch."""
        return len(self._places[step])

    def step(self, recipe: Recipe, now: StepOrder) -> Mapping[str, Tensor]:
        """Let a recipe take a step on its team's share of the batch."""
        own = self._pictures(recipe, now.step)
        # A recipe that wants a second batch gets that of the next step, or of the first one at the epoch's end.
        others = self._pictures(recipe, (now.step + 1) % self.steps) if recipe.wants_others else None
        return recipe.step(own, now.moment, others)

    def _pictures(self, recipe: Recipe, step: int) -> Batch:
        """A recipe's share of a step's batch."""
        whole = self._places[step]
        share = recipe.team.share(len(whole))
        places = whole[share.start : share.stop]
        rows = self._order[places]
        flips = None if self._flips is None else self._flips[places]
        labels = None if recipe.labels is None else recipe.labels[rows]
        return Batch(dataset.batch(self._data.images, rows, flips), labels, share)


def _both_sides(train: Rows, sides: Sides, seed: int, epoch: int, pairs: int) -> Rows:
    """The rows of an epoch, (2 * pairs,): those of A, then those of B."""
    return np.concatenate([_stretch(sides.rows(train, side), [seed, side], epoch * pairs, pairs) for side in (0, 1)])


def _stretch(rows: Rows, seed: list[int], start: int, count: int) -> Rows:
    """A stretch of an endless row of shuffles of the same rows."""
    first, last = start // len(rows), (start + count - 1) // len(rows)
    shuffles = [np.random.default_rng([*seed, number]).permutation(rows) for number in range(first, last + 1)]
    offset = start - first * len(rows)
    return np.concatenate(shuffles)[offset : offset + count]
