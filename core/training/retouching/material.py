"""A retoucher's training data: faces, the model's change of each, and their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.data.dataset import FaceData
from core.errors import DataError
from core.latent.directions import Direction, move
from core.latent.engine import LatentEngine
from core.progress import Progress
from core.retouch.doubt import doubt
from core.retouch.network import CELL, COARSE, SIDE, View

BATCH = 64
LEVEL = 1.5  # levels of 255 per step of a stored change
SURE = 0.9  # probability from which a picture without labels is assigned to a class
STRANGE = 0.97  # quantile of the labelled pictures' errors; other pictures with a larger error are left out
BLURRED = 0.08  # quantile of the labelled pictures' detail; other pictures with less are left out
DOUBTED = 0.98  # quantile of the labelled pictures' doubt; below it a face gets all of an edit
HOPELESS = 1.45  # times that doubt: above it a face gets none
LEAST_PICTURES = 8  # of either class


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """N faces.

    Attributes:
        pictures: uint8 (N, SIDE, SIDE, 3).
        more: int8 (N, COARSE, COARSE, 3), decoded after +100 % minus decoded before, in steps of LEVEL.
        less: the same after -100 %.
        labels: int64 (N,), 1 with the attribute, 0 without.
        bounds: of a face's doubt, see `core.retouch.retoucher.Retoucher`.
    """

    pictures: npt.NDArray[np.uint8]
    more: npt.NDArray[np.int8]
    less: npt.NDArray[np.int8]
    labels: npt.NDArray[np.int64]
    bounds: tuple[float, float]

    @property
    def view(self) -> View:
        """The part of the frame in which the direction acts."""
        energy = sum(_energy(one) for one in (self.more, self.less))
        return View.over(np.asarray(energy).tolist())

    def faces(self, rows: np.ndarray, mirrored: np.ndarray) -> Tensor:
        """Pictures (B, 3, SIDE, SIDE) in 0 to 1, some of them mirrored."""
        return _batch(self.pictures, rows, mirrored).float().div_(255.0)

    def changes(self, rows: np.ndarray, mirrored: np.ndarray, goals: np.ndarray) -> Tensor:
        """The model's changes, towards the attribute (goal 1) or away from it: (B, 3, COARSE, COARSE) in -1 to 1."""
        ways = np.where(goals[:, None, None, None] > 0, self.more[rows], self.less[rows])
        return _batch(ways, np.arange(len(rows)), mirrored).float().mul_(LEVEL / 255.0)


def _energy(changes: np.ndarray) -> np.ndarray:
    """Mean squares of changes int8 (N, COARSE, COARSE, 3), and of them mirrored, in each cell of the frame."""
    cells, side = SIDE // CELL, CELL * COARSE // SIDE
    total = np.zeros((cells, cells))
    for start in range(0, len(changes), BATCH):
        squares = np.square(changes[start : start + BATCH].astype(np.float32)).sum((0, 3))
        total += squares.reshape(cells, side, cells, side).sum((1, 3))
    return (total + total[:, ::-1]) / max(len(changes), 1)


def _batch(values: np.ndarray, rows: np.ndarray, mirrored: np.ndarray) -> Tensor:
    chosen = values[rows]
    chosen = np.where(mirrored[:, None, None, None], chosen[:, :, ::-1], chosen)
    return torch.from_numpy(chosen).permute(0, 3, 1, 2)


def gather(
    engine: LatentEngine, direction: Direction, data: FaceData, others: Sequence[FaceData] = (), progress: Progress | None = None
) -> Material:
    """The material: labelled pictures (their training part), and others whose class the direction predicts confidently.

    Args:
        engine: the model.
        direction: what is to be edited; its name is an attribute of `data`.
        data: the labelled pictures, framed as the model's.
        others: more faces, framed alike, of other persons than the held-out ones. Left out are those that the model
            reconstructs badly (framed wrongly, or not faces), and those that are more blurred than nearly all labelled
            ones.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: too few pictures of a class.
    """
    labels = data.attribute(direction.name)[data.split.train]
    known = data.split.train[~np.isnan(labels)]
    has_it = labels[~np.isnan(labels)] > 0.5
    counts = (int(has_it.sum()), int((~has_it).sum()))
    if min(counts) < LEAST_PICTURES:
        raise DataError(
            f"Of {direction.name!r} there are {counts[0]} pictures with it and {counts[1]} without.",
            f"A retoucher needs {LEAST_PICTURES} of each at least.",
        )
    total = len(known) + sum(len(other.images) for other in others)
    counter = _Counter(total, progress)
    first = _seen(engine, direction, data, known, counter)
    parts, kept = [first], [has_it.astype(np.int64)]
    place, scale = _logistic(first.position, has_it)
    worst, softest = float(np.quantile(first.error, STRANGE)), float(np.quantile(first.detail, BLURRED))
    for other in others:
        seen = _seen(engine, direction, other, np.arange(len(other.images)), counter)
        chance = 1.0 / (1.0 + np.exp(-np.clip(scale * (seen.position - place), -30, 30)))
        sure = (np.abs(chance - 0.5) > SURE - 0.5) & (seen.error < worst) & (seen.detail > softest)
        parts.append(seen.of(sure))
        kept.append((chance[sure] > 0.5).astype(np.int64))
    most = float(np.quantile(first.doubt, DOUBTED))
    pictures, more, less = (np.concatenate(values) for values in zip(*((p.pictures, p.more, p.less) for p in parts), strict=True))
    return Material(pictures, more, less, np.concatenate(kept), (most, HOPELESS * most))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    pictures: np.ndarray
    more: np.ndarray
    less: np.ndarray
    position: np.ndarray  # (N,) along the direction
    error: np.ndarray  # (N,) mean squared error of the decoded face
    detail: np.ndarray  # (N,) how much fine detail the picture has, in levels
    doubt: np.ndarray  # (N,) the larger one of both ways, see `core.retouch.doubt`

    def of(self, mask: np.ndarray) -> _Seen:
        return _Seen(**{name: values[mask] for name, values in self.arrays().items()})

    def arrays(self) -> dict[str, np.ndarray]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


class _Counter:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._done, self._progress = total, 0, progress

    def add(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress("Drawing the edits", self._done, self._total)


def _seen(engine: LatentEngine, direction: Direction, data: FaceData, rows: np.ndarray, counter: _Counter) -> _Seen:
    """Some pictures as the model sees them, and its measures and changes of them."""
    parts: list[_Seen] = []
    for start in range(0, len(rows), BATCH):
        own = np.stack([data.images[row] for row in rows[start : start + BATCH]])
        z = engine.encode(own).mean
        drawn = engine.decode(z)
        after = [engine.decode(move(z, direction, percent)) for percent in (100.0, -100.0)]
        more, less = (np.stack([_small(b.astype(np.float32) - a) for a, b in zip(drawn, one, strict=True)]) for one in after)
        doubts = [max(doubt(a, b, one), doubt(a, b, other)) for a, b, one, other in zip(own, drawn, *after, strict=True)]
        framed = np.stack([_framed(one) for one in own])
        detail = np.array([_detail(one) for one in framed])
        error = np.square(drawn.astype(np.float32) - own).mean((1, 2, 3))
        parts.append(_Seen(framed, more, less, direction.position(z), error, detail, np.array(doubts)))
        counter.add(len(own))
    return _Seen(**{name: np.concatenate([part.arrays()[name] for part in parts]) for name in parts[0].arrays()})


def _detail(picture: np.ndarray) -> float:
    """Root mean square of a difference of Gaussians over the face's middle, in levels."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = cv2.GaussianBlur(grey, (0, 0), 0.7) - cv2.GaussianBlur(grey, (0, 0), 2.0)
    middle = fine[SIDE // 4 : -SIDE // 8, SIDE // 5 : -SIDE // 5]
    return float(np.sqrt(np.square(middle).mean()))


def _small(change: np.ndarray) -> np.ndarray:
    values = np.repeat(change, 3, axis=2) if change.shape[2] == 1 else change
    way = cv2.INTER_AREA if values.shape[0] > COARSE else cv2.INTER_CUBIC
    return np.clip(np.rint(cv2.resize(values, (COARSE, COARSE), interpolation=way) / LEVEL), -127, 127).astype(np.int8)


def _framed(picture: np.ndarray) -> np.ndarray:
    values = np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture
    if values.shape[0] == SIDE:
        return values
    way = cv2.INTER_AREA if values.shape[0] > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(values), (SIDE, SIDE), interpolation=way))


def _logistic(positions: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Threshold and slope of a logistic regression of labels on positions."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes a second to load

    fitted = LogisticRegression().fit(positions[:, None], labels)
    steepness = float(fitted.coef_[0, 0])
    return -float(fitted.intercept_[0]) / steepness, steepness
