"""Whether a model draws well what it is to change: in place of a microphone, a hand or a profile it draws something else.

And whether a face has enough pixels to be changed at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

SIDE = 64  # pixels: side at which pictures are compared
SMOOTH = 1.0  # standard deviation of a blur: no model draws finer detail
REACH = 3.0  # standard deviation by which the area of a change is widened
CALM = 8.0  # levels: least contrast assumed, so that a little noise on a plain face raises no doubt
# Bounds of doubt for what is carried over. Of 190 held-out faces of `celeba`, `faces` doubts 2 % (smile, make-up, blond hair) to
# 5 % (`mouth_open`, beard) more than the first, in either way of its directions, and one alone more than the second.
USUAL_BOUNDS = (0.35, 0.45)
KNOWS_FACES = 23.0  # dB of PSNR on validation pictures: `faces` has 23.3; `codes`, with 22.7, doubts one good face in ten
# Pixels of the photo along a side of the model's frame, in which eyes stand a third of it apart and a face is 0.8 of it wide: at
# the first a changed face is a smear, at the second as good as the photo around it (by eye, on faces of 12 to 60 pixels).
FEW_PIXELS = (16.0, 32.0)


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


def usual_bounds(history: Sequence[Mapping[str, Any]], has_retoucher: bool) -> tuple[float, float]:
    """Bounds of doubt for changes that no retoucher makes, of a model with some history.

    They were measured on a model of photos that has one. A model that draws all faces less well would doubt good ones, too, and
    so would one of drawn faces doubt whatever isn't drawn as those were: their edits are never lessened for doubt.

    Args:
        history: an object an epoch, as in a checkpoint's header.
        has_retoucher: whether the model has one for any of its directions.
    """
    if not has_retoucher:
        return math.inf, math.inf
    told = [row.get("valid_psnr") for row in history]
    known = [float(one) for one in told if isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)]
    return USUAL_BOUNDS if max(known, default=0.0) >= KNOWS_FACES else (math.inf, math.inf)


def enough_pixels(covered: float, size: int) -> float:
    """How much of an edit a face of few pixels gets, 1 to 0.

    Args:
        covered: pixels of the photo along a side of the model's frame.
        size: the frame's side in the model's own pixels: a model of tiny pictures needs no more than they have.
    """
    few, enough = FEW_PIXELS
    times = min(1.0, size / enough)
    return 1.0 - trust(covered, (few * times, enough * times))


def trust(value: float, bounds: tuple[float, float]) -> float:
    """How much of an edit a face gets, 1 to 0: all while its doubt is below the first bound, none above the second."""
    low, high = bounds
    if value <= low:
        return 1.0
    share = min(max((high - value) / max(high - low, 1e-6), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def _small(picture: np.ndarray) -> np.ndarray:
    way = cv2.INTER_AREA if picture.shape[0] > SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=way), np.float32).reshape(SIDE, SIDE, -1)
