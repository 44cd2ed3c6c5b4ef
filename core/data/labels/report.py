"""How labels were read, in numbers and in words: what `data` and the Data tab show about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.files import printable


@dataclass(frozen=True, slots=True)
class UnusedColumn:
    """A column of a table of labels that can't be used."""

    name: str
    reason: str  # "it has 5 different words (...)"


@dataclass(frozen=True, slots=True)
class LabelReport:
    """How a list of labels was read; all empty where there is none."""

    file: str = ""  # the list's name
    rows: int = 0
    rows_used: int = 0  # the rest fits no picture, or a later row speaks of the same one
    rows_repeated: int = 0  # of that rest: rows whose picture a later row speaks of
    rows_passed_over: int = 0  # of that rest: rows whose picture is passed over
    pictures: int = 0  # that were listed; as many of them have a row as rows are used
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # column -> the word that became 1, the one that became 0
    unused: tuple[UnusedColumn, ...] = ()
    notes: tuple[str, ...] = ()  # whole sentences about anything else

    @property
    def rows_without_picture(self) -> int:
        """How many rows fit no picture."""
        return self.rows - self.rows_used - self.rows_repeated - self.rows_passed_over

    @property
    def pictures_without_row(self) -> int:
        """How many listed pictures have no row."""
        return self.pictures - self.rows_used

    def to_dict(self) -> dict[str, Any]:
        """For `data --json`."""
        return {
            "file": printable(self.file),
            "rows": self.rows,
            "rows_without_picture": self.rows_without_picture,
            "rows_repeated": self.rows_repeated,
            "rows_passed_over": self.rows_passed_over,
            "pictures_without_row": self.pictures_without_row if self.file else 0,
            "words": {printable(name): {"1": printable(one), "0": printable(zero)} for name, (one, zero) in self.words.items()},
            "unused": [{"column": printable(column.name), "reason": printable(column.reason)} for column in self.unused],
            "notes": [printable(note) for note in self.notes],
        }
