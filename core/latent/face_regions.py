"""Where in the face a direction shows: for each part, which directions change it most.

The decoder is linearised around the mean face: J says by how much each dimension changes each pixel. For a part with
the rows J_p, the prior over directions is the root of J_p^T J_p: directions that change the part are likely, none is
ruled out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.progress import Progress
from core.faces.alignment import Frame  # imports OpenCV, which the window doesn't wait for

ANYWHERE = ""  # any part
FACE, EYES, MOUTH, HAIR, PICTURE = "face", "eyes", "mouth", "hair", "picture"
PARTS = (FACE, EYES, MOUTH, HAIR, PICTURE)
# Left, top, right and bottom of each part, from the middle between the eyes, in eye distances.
BOXES = {
    FACE: (-1.05, -0.75, 1.05, 1.55),
    EYES: (-1.1, -0.45, 1.1, 0.4),
    MOUTH: (-0.8, 0.6, 0.8, 1.45),
    HAIR: (-9.0, -9.0, 9.0, -0.5),
    PICTURE: (-9.0, -9.0, 9.0, 9.0),
}
STEP = 1.0  # along a dimension to either side, in units of z
GRID = 32  # rows and columns that pictures are reduced to, approximately
AT_ONCE = 8  # dimensions


def part_priors(
    decode: Callable[[np.ndarray], np.ndarray], center: np.ndarray, frame: Frame, progress: Progress | None = None
) -> dict[str, np.ndarray]:
    """For each part of the face, the covariance of directions that show there.

    Args:
        decode: codes (B, D) -> uint8 pictures (B, H, W, C).
        center: (D,) the mean face.
        frame: where the eyes stand in the model's pictures.
        progress: told how far; may raise Cancelled.

    Returns:
        (D, D) by part, each with the trace D. A part that nothing changes is left out.
    """
    size = len(center)
    jacobian = pixel_changes(decode, center, progress)
    priors = {}
    for part in PARTS:
        seen = jacobian[:, *_window(part, frame, jacobian.shape[1])].reshape(size, -1)
        values, axes = np.linalg.eigh(seen @ seen.T)
        roots = np.sqrt(np.maximum(values, 0.0))
        if roots.sum() > 0:
            priors[part] = np.asarray((axes * (roots * size / roots.sum())) @ axes.T)
    return priors


def pixel_changes(decode: Callable[[np.ndarray], np.ndarray], center: np.ndarray, progress: Progress | None = None) -> np.ndarray:
    """By how much a step along each dimension, to either side, changes a face, (D, rows, columns, C), in blocks of pixels.

    Args:
        decode: codes (B, D) -> uint8 pictures (B, H, W, C).
        center: (D,) the face.
        progress: told how far; may raise Cancelled.
    """
    size = len(center)
    changes = []
    for start in range(0, size, AT_ONCE):
        if progress:
            progress("Studying what the model draws", start, size)
        steps = STEP * np.eye(size, dtype=np.float32)[start : start + AT_ONCE]
        pictures = reduced(decode(np.concatenate([center + steps, center - steps]).astype(np.float32)))
        changes.append(pictures[: len(steps)] - pictures[len(steps) :])
    return np.concatenate(changes)


def reduced(pictures: np.ndarray) -> np.ndarray:
    """Blocks of pixels averaged: (B, about GRID, about GRID, C), 0 to 1."""
    count, height, width, channels = pictures.shape
    block = max(1, min(height, width) // GRID)
    rows, columns = height // block, width // block
    blocks = pictures[:, : rows * block, : columns * block].reshape(count, rows, block, columns, block, channels)
    return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float64) / 255.0)


def _window(part: str, frame: Frame, side: int) -> tuple[slice, slice]:
    """The rows and columns of a part in a picture of that side; one of each at least."""
    x, y = (frame.left[0] + frame.right[0]) / 2.0, (frame.left[1] + frame.right[1]) / 2.0
    unit = frame.right[0] - frame.left[0]
    left, top, right, bottom = BOXES[part]

    def cut(middle: float, low: float, high: float) -> slice:
        first, last = (int(np.clip(round((middle + place * unit) * side), 0, side)) for place in (low, high))
        return slice(min(first, side - 1), max(last, first + 1))

    return cut(y, top, bottom), cut(x, left, right)
