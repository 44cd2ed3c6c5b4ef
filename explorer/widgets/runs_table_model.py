"""All runs as rows and columns that can be sorted and filtered: what the table shows and what it sorts by."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)

from core.training.differences import differing
from core.training.runs import RunSummary
from explorer.qt import override
from explorer.widgets.run_texts import number_text, took_text, when_text, why_text
from explorer.widgets.runs_list import RUN_ROLE

SORT_ROLE = Qt.ItemDataRole.UserRole + 2
NAME, DATA, SETTINGS, ELBO, PSNR, STARTED, TOOK, STATE = range(8)
_NUMBERS: Final = (ELBO, PSNR, TOOK)
_OWN_COLUMN: Final = "data.source"
_TO_COME: Final = 1e12  # seconds since the epoch: after all that has begun
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header: its text with the unit, what it means, and how wide it is at first."""

    title: str
    tooltip: str
    width: int


@cache
def columns() -> tuple[Column, ...]:
    """The columns from the start of the line, translated."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("RunsTable", text)

    return (
        Column(tr("Name"), tr("The run's name, which is its folder's"), 132),
        Column(tr("Data"), tr("The pictures that it was trained on"), 96),
        Column(tr("What differs"), tr("The settings that aren't the same in all these runs; what is unusual comes first"), 126),
        Column(
            tr("ELBO (nats)"),
            tr("The best validation ELBO, in nats per image; higher is better. Comparable among runs on the same pictures."),
            88,
        ),
        Column(tr("PSNR (dB)"), tr("How close reconstructions come to the pictures, at the best epoch; higher is closer"), 84),
        Column(tr("Started"), tr("When it began"), 120),
        Column(tr("Took"), tr("How long it has trained, resumptions included"), 88),
        Column(tr("State"), tr("Whether it goes on, and if it failed, why"), 168),
    )


class RunsTableModel(QAbstractTableModel):
    """The runs of the shelf, a row each.

    Args:
        names: what a setting is called, by its dotted path; another one goes by its path.
        parent: Qt's owner.

    Signals:
        name_given(RunSummary, str): the person wrote another name.
    """

    name_given = Signal(object, str)

    def __init__(self, names: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names = names
        self._runs: list[RunSummary] = []
        self._settings: dict[Path, str] = {}

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """What is listed."""
        return tuple(self._runs)

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """List these; rows whose folders stay keep what the person selected."""
        same = [run.folder for run in runs] == [run.folder for run in self._runs]
        before, others = self._runs, [run.config for run in runs] != [run.config for run in self._runs]
        if others:
            known = [run for run in runs if run.config is not None]
            found = differing([run.config for run in known if run.config is not None])
            shared = Counter(pair for each in found for pair in each.items())
            self._settings = {run.folder: self._sentence(each, shared) for run, each in zip(known, found, strict=True)}
        if not same:
            self.beginResetModel()
        self._runs = list(runs)
        if not same:
            self.endResetModel()
            return
        for row, run in enumerate(runs):
            if others or run != before[row]:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(columns()) - 1))

    def _sentence(self, settings: Mapping[str, str], shared: Mapping[tuple[str, str], int]) -> str:
        """ "beta 4, epochs 25", what few runs share before what many do."""
        pairs = sorted((pair for pair in settings.items() if pair[0] != _OWN_COLUMN), key=lambda pair: shared[pair])
        return ", ".join(f"{self._names.get(path, path)} {value}" for path, value in pairs)

    def _text(self, run: RunSummary, column: int) -> str:
        if column == STATE:
            return why_text(run)
        if column == STARTED:
            return "" if run.state == "queued" else when_text(run.started)
        return {
            NAME: lambda: run.name,
            DATA: lambda: run.data_name,
            SETTINGS: lambda: self._settings.get(run.folder, ""),
            ELBO: lambda: number_text(run.best_elbo, 1),
            PSNR: lambda: number_text(run.best_psnr, 2),
            TOOK: lambda: took_text(run.seconds),
        }[column]()

    def _key(self, run: RunSummary, column: int) -> Any:
        """What the column is sorted by; numbers that aren't known are the least."""
        if column == STARTED and run.state == "queued":
            return _TO_COME + run.position
        if column in (ELBO, PSNR, STARTED, TOOK):
            value = {ELBO: run.best_elbo, PSNR: run.best_psnr, STARTED: run.started, TOOK: run.seconds}[column]
            return -math.inf if math.isnan(value) else value
        return self._text(run, column).casefold()

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._runs)

    @override
    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(columns())

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run, column = self._runs[index.row()], index.column()
        if role == RUN_ROLE:
            return run
        if role == SORT_ROLE:
            return self._key(run, column)
        if role == Qt.ItemDataRole.EditRole:
            return run.name
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(run, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _NUMBERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(run.folder) if column == NAME else self._text(run, column)
        return None

    @override
    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        run = self._runs[index.row()]
        if role == Qt.ItemDataRole.EditRole and str(value).strip() != run.name:
            self.name_given.emit(run, str(value))
        return False  # the row changes once the folder has

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = columns()[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tooltip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in _NUMBERS else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class SortedRuns(QSortFilterProxyModel):
    """The rows that hold the words of a filter, sorted by a column; unsorted they stand as on the shelf."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSortRole(SORT_ROLE)
        self._words: list[str] = []

    def set_filter(self, text: str) -> None:
        """Keep the rows in which each of these words occurs somewhere."""
        self._words = text.casefold().split()
        self.invalidate()

    @override
    def lessThan(self, left: _Index, right: _Index) -> bool:
        return bool(left.data(SORT_ROLE) < right.data(SORT_ROLE))

    @override
    def filterAcceptsRow(self, row: int, parent: _Index) -> bool:
        if not self._words:
            return True
        model = self.sourceModel()
        texts = (str(model.index(row, column).data()) for column in (NAME, DATA, SETTINGS, STATE))
        whole = "\n".join(texts).casefold()
        return all(word in whole for word in self._words)
