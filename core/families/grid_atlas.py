"""What an atlas of the codes of a grid needs: in which order they come, where pictures have them, with what around. No torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from core.latent.code import Code

MOST = 1024  # codes that are shown: the most used of more
AROUND = 2  # cells on each side of one that is shown in context
Place = tuple[int, int, int]
"""Picture, row and column."""


class Decoder(Protocol):
    """What decodes grids of codes."""

    def decode(self, codes: Code | np.ndarray) -> np.ndarray: ...


def by_use(counts: np.ndarray) -> np.ndarray:
    """The codes to show, (n,): the most used first, at most MOST.

    Args:
        counts: (K,) how often each stands in pictures.
    """
    return np.argsort(-np.asarray(counts), kind="stable")[:MOST]


def in_turns(found: Iterable[Place], most: int) -> list[Place]:
    """Places in the order in which they were found, but those of different pictures first; at most so many."""
    seen: dict[int, int] = {}
    turns = []
    for number, place in enumerate(found):
        seen[place[0]] = seen.get(place[0], -1) + 1
        turns.append((seen[place[0]], number, place))
    return [place for _, _, place in sorted(turns)][:most]


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
