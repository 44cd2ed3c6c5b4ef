"""Codes of a codebook moved along a direction, over the vectors that they stand for.

A code is a name, which can't be added to; the vector that the decoder gets for it can. A direction is fitted on these vectors, all
cells of a grid in one row. To move a grid of codes to a place x along the direction u, those codes are taken that get it there with
the least change of the vectors,

    minimise  sum over cells of |e(k) - e(k0)|^2   such that   sum over cells of u . e(k) >= x.

Its Lagrangian falls apart into cells: with a multiplier 2 s, each cell takes the code next to e(k0) + s u. So the grid is pushed
by s u and quantised again, and s is as large as it has to be. As s grows, u . e(k) of no cell ever shrinks, so the place grows in
steps, one at each push at which a cell goes over to another code (docs/theory.md derives it).
"""

from __future__ import annotations

import numpy as np

VECTORS = "vectors"
"""What directions call the space of these vectors."""
LEAST = 1e-9  # of a code's place along a direction: smaller gains are rounding


def vectors(codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """The vectors of grids of codes in one row each.

    Args:
        codes: (..., cells), whole numbers in [0, K) of any type.
        codebook: (K, D).

    Returns:
        (..., cells * D) float32.
    """
    found = np.asarray(codebook, np.float32)[np.asarray(codes).astype(np.int64)]
    return np.ascontiguousarray(found.reshape(*found.shape[:-2], -1))


class Push:
    """One grid of codes that is pushed along one direction, either way, and the codes at which each push brings it.

    Args:
        codes: (cells,) int64.
        codebook: (K, D).
        unit: (cells * D,) float32, the direction.
    """

    def __init__(self, codes: np.ndarray, codebook: np.ndarray, unit: np.ndarray) -> None:
        book = np.asarray(codebook, np.float64)
        self._codes = np.asarray(codes, np.int64)
        own = book[self._codes]
        self.near = 2.0 * own @ book.T - np.square(book).sum(axis=1)
        """(cells, K): minus the squared distance of each cell's vector to each code, up to a number of the cell."""
        self.along = np.asarray(unit, np.float64).reshape(own.shape) @ book.T
        """(cells, K): by how much a code in a cell counts along the direction."""
        self.position = float(self.along[np.arange(len(own)), self._codes].sum())
        """Where the grid lies along the direction."""
        self._ways: dict[int, _Way] = {}

    def to(self, position: float) -> float:
        """The push, in units of the vectors, that brings the grid as near to a position along the direction as it can come.

        0 where no code changes. It lies amid those that give the same codes, so that rounding doesn't matter.
        """
        sign = 1 if position >= self.position else -1
        if sign not in self._ways:
            self._ways[sign] = _Way(self._codes, self.near, sign * self.along)
        return sign * self._ways[sign].to(abs(position - self.position))


class _Way:
    """The steps on the way, found as far as they are asked for: at each, one cell goes over to another code."""

    def __init__(self, codes: np.ndarray, near: np.ndarray, along: np.ndarray) -> None:
        self._near, self._along = near, along
        self._now = codes.copy()
        self._pushes, self._gains = [0.0], [0.0]  # at each step: the push, and how far the grid has come
        self._next_push, self._next_code = np.zeros(len(codes)), np.zeros(len(codes), np.int64)
        self._look(slice(None))

    def to(self, gain: float) -> float:
        while self._gains[-1] < gain and self._step():
            pass
        step = int(np.searchsorted(self._gains, gain))
        if step == len(self._gains) or (step and gain - self._gains[step - 1] <= self._gains[step] - gain):
            step -= 1
        if step == 0:
            return 0.0
        after = self._pushes[step + 1] if step + 1 < len(self._pushes) else float(self._next_push.min())
        return (self._pushes[step] + after) / 2.0 if np.isfinite(after) else 2.0 * self._pushes[step] + 1.0

    def _step(self) -> bool:
        """One step on; False at the end, where each cell has the code that counts most."""
        cell = int(self._next_push.argmin())
        push, code = float(self._next_push[cell]), int(self._next_code[cell])
        if not np.isfinite(push):
            return False
        gain = self._along[cell, code] - self._along[cell, self._now[cell]]
        self._now[cell] = code
        self._look(slice(cell, cell + 1))
        if push <= self._pushes[-1] and len(self._pushes) > 1:  # two cells change at once
            self._gains[-1] += gain
        else:
            self._pushes.append(push)
            self._gains.append(self._gains[-1] + gain)
        return True

    def _look(self, cells: slice) -> None:
        """Find at which push some cells go over to which code."""
        now = self._now[cells, None]
        near, along = self._near[cells], self._along[cells]
        gains = along - np.take_along_axis(along, now, axis=1)
        losses = np.take_along_axis(near, now, axis=1) - near
        with np.errstate(divide="ignore", invalid="ignore"):
            pushes = np.where(gains > LEAST, np.maximum(losses, 0.0) / (2.0 * gains), np.inf)
        self._next_code[cells] = pushes.argmin(axis=1)
        self._next_push[cells] = np.maximum(pushes.min(axis=1), self._pushes[-1])


def pushed(codes: np.ndarray, codebook: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Grids of codes whose vectors are pushed and quantised again; a code that is still among the nearest stays.

    Args:
        codes: (cells,) int64.
        codebook: (K, D).
        by: (cells * D,), added to their vectors.

    Returns:
        (cells,) int64.
    """
    book, own = np.asarray(codebook, np.float64), np.asarray(codes, np.int64)
    moved = book[own] + np.asarray(by, np.float64).reshape(len(own), -1)
    near = 2.0 * moved @ book.T - np.square(book).sum(axis=1)
    nearest = near.argmax(axis=1)
    cells = np.arange(len(own))
    return np.where(near[cells, own] >= near[cells, nearest], own, nearest)
