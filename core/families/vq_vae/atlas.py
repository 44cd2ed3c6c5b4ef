"""A codebook as pictures: what each code draws alone, and where pictures have it. Without torch; the model is asked in numpy."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from core.latent.code import Code
from core.progress import Progress, silent

MOST = 1024  # codes that are shown: the most used of more
AT_ONCE = 32
SEEN = 2  # cells a side of what is shown of a picture made of one code
AROUND = 2  # cells on each side of one that is shown in context
DRAWING = "Drawing the codebook"


class Decoder(Protocol):
    """What decodes grids of codes."""

    def decode(self, codes: Code | np.ndarray) -> np.ndarray: ...


def by_use(counts: np.ndarray) -> np.ndarray:
    """The codes to show, (n,): the most used first, at most MOST.

    Args:
        counts: (K,) how often each stands in pictures.
    """
    return np.argsort(-np.asarray(counts), kind="stable")[:MOST]


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


def places(grids: np.ndarray, code: int, most: int) -> list[tuple[int, int, int]]:
    """Where a code stands, in different pictures first: (picture, row, column), at most so many.

    Args:
        grids: (n, grid, grid).
        code: its number.
        most: how many places are wanted.
    """
    found = [(int(picture), int(row), int(column)) for picture, row, column in np.argwhere(grids == code)]
    seen: dict[int, int] = {}
    turns = []
    for place in found:
        seen[place[0]] = seen.get(place[0], -1) + 1
        turns.append((seen[place[0]], place))
    return [place for _, place in sorted(turns)][:most]


def in_context(picture: np.ndarray, grid: int, row: int, column: int) -> tuple[np.ndarray, tuple[int, int]]:
    """The part of a picture around a cell, and the cell's row and column within it, counted in cells.

    Args:
        picture: uint8 (H, W, C).
        grid: codes a side.
        row: of the cell.
        column: of the cell.

    Returns:
        uint8 (h, h, C) of five cells a side, or of all where there are fewer; and the cell's place in it.
    """
    cells, side = min(2 * AROUND + 1, grid), picture.shape[0] // grid
    top, left = (min(max(0, place - AROUND), grid - cells) for place in (row, column))
    part = picture[top * side : (top + cells) * side, left * side : (left + cells) * side]
    return np.ascontiguousarray(part), (row - top, column - left)
