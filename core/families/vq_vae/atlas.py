"""A codebook as pictures: what each code draws alone, and where pictures have it. Without torch; the model is asked in numpy."""

from __future__ import annotations

import numpy as np

from core.families.grid_atlas import Decoder, Place, in_turns
from core.progress import Progress, silent

AT_ONCE = 32
SEEN = 2  # cells a side of what is shown of a picture made of one code
DRAWING = "Drawing the codebook"


def swatches(model: Decoder, codes: np.ndarray, grid: int, progress: Progress = silent) -> np.ndarray:
    """What each code draws where all its neighbours are the same: the middle of a picture made of it alone.

    Args:
        model: that the codes are of.
        codes: (n,).
        grid: codes a side of a picture.
        progress: told how far; may raise Cancelled.

    Returns:
        uint8 (n, h, h, C), h pixels being two cells, or the whole picture where it has no more.
    """
    parts = []
    for start in range(0, len(codes), AT_ONCE):
        progress(DRAWING, start, len(codes))
        some = np.asarray(codes[start : start + AT_ONCE], np.int64)
        pictures = model.decode(np.broadcast_to(some[:, None, None], (len(some), grid, grid)))
        cell = pictures.shape[1] // grid
        cells = min(SEEN, grid)
        first = cell * ((grid - cells) // 2)
        parts.append(pictures[:, first : first + cells * cell, first : first + cells * cell])
    progress(DRAWING, len(codes), len(codes))
    return np.ascontiguousarray(np.concatenate(parts))


def places(grids: np.ndarray, code: int, most: int) -> list[Place]:
    """Where a code stands, in different pictures first: (picture, row, column), at most so many.

    Args:
        grids: (n, grid, grid).
        code: its number.
        most: how many places are wanted.
    """
    return in_turns(((int(picture), int(row), int(column)) for picture, row, column in np.argwhere(grids == code)), most)
