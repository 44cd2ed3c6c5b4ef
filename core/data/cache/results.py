"""Results computed from a data set, remembered while the program runs: a run asks for the same ones at each save."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from core.data.dataset import FaceData

T = TypeVar("T")

DATA_SETS = 8  # that are remembered


class Remembered(Generic[T]):
    """Results by data set; all are forgotten when there are too many."""

    def __init__(self) -> None:
        self._known: dict[tuple[Hashable, ...], T] = {}

    def answer(self, data: FaceData, work_out: Callable[[FaceData], T]) -> T:
        """The result of `work_out(data)`, computed once for the same pictures, classes and split."""
        # The pictures themselves are no part of the key: remembered, they would hold their file open.
        index = data.index
        key = (data.fingerprint, hash(index.classes), hash(index.labels.tobytes()), hash(data.split.train.tobytes()))
        if key not in self._known:
            if len(self._known) >= DATA_SETS:
                self._known.clear()
            self._known[key] = work_out(data)
        return self._known[key]
