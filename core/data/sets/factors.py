"""The factors that pictures were made by, where they are known: as whole numbers for metrics, as columns for labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of variation with its possible values, in the order of their numbers."""

    name: str
    values: tuple[str, ...] | tuple[float, ...]  # words where they have no order (shape, digit), else rising numbers
    is_periodic: bool = False  # an angle: its greatest value lies beside its least

    @property
    def is_named(self) -> bool:
        """Whether its values are categories, not numbers."""
        return isinstance(self.values[0], str)

    def columns(self) -> tuple[str, ...]:
        """The names of its label columns: `shape_heart` and so on for categories, `scale` for a number."""
        return tuple(f"{self.name}_{value}" for value in self.values) if self.is_named else (self.name,)

    def column(self, name: str, numbers: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
        """One of its columns.

        Args:
            name: out of `columns()`.
            numbers: (N,) of each picture, indices into `values`.

        Returns:
            (N,) float32: 1 for the pictures of that category and 0 for all others; a number runs evenly from 0 for its
            lowest value to 1 for its highest, so that more than 0.5 is its upper half.
        """
        if self.is_named:
            return np.equal(numbers, self.columns().index(name)).astype(np.float32)
        return (numbers / max(1, len(self.values) - 1)).astype(np.float32)


class MadeNames(Sequence[str]):
    """Names of pictures without files, each made on demand: there may be 737,280.

    Args:
        factors: theirs.
        table: (N, K).
        text: a template with fields for the factors' values and for `row`: `digit {digit}, {row}`.
        rows: (N,) the number that `row` stands for.
    """

    def __init__(self, factors: tuple[Factor, ...], table: Table, text: str, rows: npt.NDArray[np.integer]) -> None:
        self._factors, self._table, self._text, self._rows = factors, table, text, rows

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, key: int | slice) -> str | tuple[str, ...]:  # type: ignore[override]
        if isinstance(key, slice):
            return tuple(self._name(row) for row in range(*key.indices(len(self))))
        return self._name(range(len(self))[key])

    def __eq__(self, other: object) -> bool:
        """Whether these are the same names, without making them."""
        if not isinstance(other, MadeNames):
            return NotImplemented
        mine, theirs = (self._factors, self._text), (other._factors, other._text)
        return mine == theirs and np.array_equal(self._table, other._table) and np.array_equal(self._rows, other._rows)

    def __hash__(self) -> int:
        return hash((self._text, len(self._table)))

    def _name(self, row: int) -> str:
        values = {factor.name: factor.values[number] for factor, number in zip(self._factors, self._table[row], strict=True)}
        return self._text.format(row=int(self._rows[row]), **values)
