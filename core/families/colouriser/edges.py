"""Colours that keep to a photo's edges: the guided filter (He, Sun and Tang, ECCV 2010), in its fast form (arXiv 1505.00996).

A model gives colours at a small size; enlarged, they run over edges. The filter says them anew as a straight function of lightness
in each neighbourhood, and that function changes slowly from place to place: where lightness jumps, so do the colours. It is found
at a middle size and applied at the photo's own. Beside an edge the colours to be explained are those of both its sides, mixed: they
count less, by how much lightness varies there, which the paper doesn't have.
"""

from __future__ import annotations

import cv2
import numpy as np

FINER = 8  # times as fine as the colours, the size at which the functions are found
FINEST = 1024  # pixels of the guide's longer side, at most
RADIUS = 3.0  # of a neighbourhood, in pixels of the colours
UNSURE = 1.0  # how far an edge makes colours unsure, in the same pixels
EPSILON = 1e-3  # variance of the guide below which a neighbourhood counts as flat; the guide goes from 0 to 1


def guide_size(colours: np.ndarray, height: int, width: int) -> tuple[int, int]:
    """Rows and columns at which functions are found, for colours (h, w, 2) of a photo of that size."""
    finer = min(float(FINER), FINEST / max(colours.shape[:2]), height / colours.shape[0], width / colours.shape[1])
    return (round(colours.shape[0] * max(1.0, finer)), round(colours.shape[1] * max(1.0, finer)))


def functions_of(colours: np.ndarray, guide: np.ndarray) -> np.ndarray:
    """How colours follow from lightness, around each place.

    Args:
        colours: a* and b*, float32 (h, w, 2).
        guide: lightness from 0 to 1, float32 (H, W), of the same photo and at least as large.

    Returns:
        float32 (H, W, 4): a* and b* are the first two times the lightness, plus the last two.
    """
    height, width = guide.shape
    large = cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)
    finer = height / colours.shape[0]
    unsure = _spread(guide, max(1, round(UNSURE * finer)))
    trust = EPSILON / (EPSILON + unsure)
    radius = max(1, round(RADIUS * finer))
    total = _mean(trust, radius)

    def mean(values: np.ndarray) -> np.ndarray:
        """Of neighbourhoods, by how far their places are trusted."""
        return _mean(values * _like(trust, values), radius) / _like(total, values)

    lightness, middle = mean(guide), mean(large)
    spread = np.maximum(mean(guide * guide) - lightness * lightness, 0.0)
    together = mean(guide[..., None] * large) - lightness[..., None] * middle
    slope = together / (spread + EPSILON)[..., None]
    return _mean(np.concatenate((slope, middle - slope * lightness[..., None]), axis=2), radius)


def _mean(values: np.ndarray, radius: int) -> np.ndarray:
    """Of squares of 2 * radius + 1 pixels, around each."""
    return np.asarray(cv2.blur(values, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT))


def _spread(values: np.ndarray, radius: int) -> np.ndarray:
    """The variance in such squares."""
    mean = _mean(values, radius)
    return np.maximum(_mean(values * values, radius) - mean * mean, 0.0)


def _like(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weights (H, W) for values of as many dimensions as they have."""
    return weights if values.ndim == 2 else weights[..., None]
