"""Pictures that are made when they are asked for: used like an array to cut batches from, but nothing is stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

BLOCK = 1024  # pictures that are resampled at once: in between they are float32


class MadeRows(ABC):
    """N grey pictures of one size, (N, S, S, C) uint8, made on the fly by `_make` and fitted to what a model sees.

    Indexing takes a row number, a slice, a mask or an array of row numbers and gives an array of the caller's own;
    `np.asarray(rows)` is refused, so that nobody makes all of them by accident.

    Args:
        count: N.
        natural: side of the pictures as `_make` gives them.
        size: S, the side that is wanted.
        channels: C, 1 or 3 (the grey thrice).
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, count: int, natural: int, size: int, channels: int) -> None:
        self.shape = (count, size, size, channels)
        self._ways = None if size == natural else resampling(natural, size)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes that all pictures would take."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __getitem__(self, key: Any) -> Pixels:
        if isinstance(key, (int, np.integer)):
            row = int(key) + (len(self) if key < 0 else 0)
            if not 0 <= row < len(self):
                raise IndexError(f"row {int(key)} of {len(self)}")
            return self._fitted(np.array([row]))[0]
        if isinstance(key, slice):
            return self._fitted(np.arange(*key.indices(len(self))))
        rows = np.asarray(key)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        rows = rows.astype(np.int64, copy=False)
        if rows.ndim != 1:
            raise IndexError("rows are asked for by one number, or by one list of numbers")
        rows = np.where(rows < 0, rows + len(self), rows)
        if len(rows) and (rows.min() < 0 or rows.max() >= len(self)):
            raise IndexError(f"rows {rows.min()} to {rows.max()} of {len(self)}")
        return self._fitted(rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Pixels:
        raise TypeError(f"{len(self):,} pictures aren't made all at once: cut a batch out of them")

    @abstractmethod
    def _make(self, rows: Rows) -> Pixels:
        """The pictures of some rows (B, natural, natural) uint8, the caller's own; all rows are in range."""

    def _fitted(self, rows: Rows) -> Pixels:
        size, channels = self.shape[2:]
        if self._ways is None:
            grey = self._make(rows)
        else:
            grey = np.empty((len(rows), size, size), np.uint8)
            for start in range(0, len(rows), BLOCK):
                part = self._make(rows[start : start + BLOCK]).astype(np.float32)
                levels = self._ways @ part @ self._ways.T
                grey[start : start + BLOCK] = np.clip(np.rint(levels), 0, 255)
        pictures = grey[..., None]
        return pictures if channels == 1 else np.repeat(pictures, channels, axis=3)


Pictures = Pixels | MadeRows  # what a data set's `images` are: mapped from a file, or made when asked for


def resampling(before: int, after: int) -> npt.NDArray[np.float32]:
    """The matrix (after, before) that brings a line of pixels to another length; its rows sum to 1.

    The triangle filter, widened when it shrinks so that no pixel is passed over: what image libraries call bilinear with
    antialiasing.
    """
    scale = before / after
    support = max(scale, 1.0)
    centres = (np.arange(after) + 0.5) * scale
    distance = np.abs(np.arange(before) + 0.5 - centres[:, None])
    weights = np.maximum(0.0, 1.0 - distance / support)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
