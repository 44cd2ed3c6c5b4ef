"""Whether a model draws well what it is to change: in place of a microphone, a hand or a profile it draws something else."""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 64  # pixels: side at which pictures are compared
SMOOTH = 1.0  # standard deviation of a blur: no model draws finer detail
REACH = 3.0  # standard deviation by which the area of a change is widened
CALM = 8.0  # levels: least contrast assumed, so that a little noise on a plain face raises no doubt


def doubt(own: np.ndarray, drawn: np.ndarray, after: np.ndarray) -> float:
    """How far off the model's drawing is where an edit acts, relative to the contrast there: mostly 0.1 to 0.3.

    Args:
        own: uint8 (S, S, C), the photo's face in the model's frame.
        drawn: uint8 (S, S, C), the same as the model draws it.
        after: the same, edited.
    """
    a, b, c = (_small(picture) for picture in (own, drawn, after))
    place = np.square(cv2.GaussianBlur(np.square(c - b).mean(axis=2), (0, 0), REACH))
    total = float(place.sum())
    if total == 0.0:
        return 0.0
    weights = (place / total)[..., None] / a.shape[2]
    a, b = (cv2.GaussianBlur(picture, (0, 0), SMOOTH).reshape(SIDE, SIDE, -1) for picture in (a, b))
    error = float(np.sqrt((weights * np.square(a - b)).sum()))
    middle = (weights * a.shape[2] * a).sum((0, 1))  # per channel: a uniform colour is no contrast
    contrast = float(np.sqrt((weights * np.square(a - middle)).sum()))
    return error / (contrast + CALM)


def trust(value: float, bounds: tuple[float, float]) -> float:
    """How much of an edit a face gets, 1 to 0: all while its doubt is below the first bound, none above the second."""
    low, high = bounds
    share = min(max((high - value) / max(high - low, 1e-6), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def _small(picture: np.ndarray) -> np.ndarray:
    way = cv2.INTER_AREA if picture.shape[0] > SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=way), np.float32).reshape(SIDE, SIDE, -1)
