"""All runs as rows and columns, for the list and the table: what each shows of a run, and what the table sorts and finds by."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
    QTimer,
    Signal,
)

from core.config import FAMILY, TrainConfig
from core.families.base import Family, Metric
from core.families.registry import DEFAULT, families, family
from core.runs.differences import differing
from core.runs.listing import RunSummary
from explorer.qt import override
from explorer.runs.texts import (
    brief_unit,
    differing_phrases,
    family_of,
    listed_metrics,
    number_text,
    phase_names,
    quality_text,
    state_text,
    took_text,
    when_text,
    why_text,
)

RUN_ROLE = Qt.ItemDataRole.UserRole + 1  # the RunSummary of a row, in any of its columns
SORT_ROLE = Qt.ItemDataRole.UserRole + 2
NAME, DATA, SETTINGS = range(3)  # the first columns; then those of metrics, then STARTED, TOOK and STATE
STARTED, TOOK, STATE = "started", "took", "state"
_OWN_COLUMN: Final = "data.source"
LEAST_DIFFERING: Final = 224
"""Pixels: the least width of the column that says what differs."""
_LONGEST_TITLE: Final = 18
"""Characters: a longer one has its unit in a second line."""
_TO_COME: Final = 1e12  # seconds since the epoch: after all that has begun
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header: its text with the unit, what it means, and how wide what is in it may make it; its title is whole."""

    key: str
    title: str
    tooltip: str
    width: int
    metric: Metric | None = None
    """Its metric, if it is a column of one of a family's metrics."""


@dataclass(frozen=True, slots=True)
class _Difference:
    """What sets a run apart: with long values cut short, and whole."""

    brief: str = ""
    whole: str = ""


def _best(run: RunSummary, column: Column) -> float:
    """A run's number for a column of a metric; NaN where its family has none, or has another one by that name."""
    is_its = any(metric.key == column.key for metric in listed_metrics(family_of(run)))
    return run.best.get(column.key, math.nan) if is_its else math.nan


def columns_of(kinds: Sequence[Family]) -> tuple[Column, ...]:
    """The columns for runs of some families, in reading order, translated. A metric that several families share is one column."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("RunsTable", text)

    metrics: dict[str, tuple[Metric, bool]] = {}
    for kind in kinds:
        for metric in listed_metrics(kind):
            metrics.setdefault(metric.key, (metric, metric == kind.best))
    return (
        Column("name", tr("Name"), tr("The run's name, which is its folder's"), 160),
        Column("data", tr("Data"), tr("The pictures that it was trained on"), 96),
        Column(
            "settings",
            tr("What differs"),
            tr("The settings that aren't the same in all these runs; what matters most comes first"),
            LEAST_DIFFERING,
        ),
        *(_number_column(metric, is_best) for metric, is_best in metrics.values()),
        Column(STARTED, tr("Started"), tr("When it began"), 120),
        Column(TOOK, tr("Took"), tr("How long it has trained, resumptions included"), 88),
        Column(STATE, tr("State"), tr("Whether it is running, and why it failed if it did"), 240),
    )


def _number_column(metric: Metric, is_best: bool) -> Column:
    def tr(text: str) -> str:
        return QCoreApplication.translate("RunsTable", text)

    name, unit = tr(metric.title), brief_unit(metric)
    title = f"{name} ({tr(unit)})" if unit else name
    if len(title) > _LONGEST_TITLE:
        title = f"{name}\n({tr(unit)})" if unit else name
    what = tr(metric.help) if metric.help else name
    way = tr("lower is better") if metric.lower_is_better else tr("higher is better")
    if is_best:
        what = tr("The best validation {name}").format(name=name) if not metric.help else what
        of = tr("{what}, in {unit}").format(what=what, unit=tr(metric.shown_unit)) if metric.unit else what
        tooltip = tr("{what}; {way}. Comparable among runs on the same pictures.").format(what=of, way=way)
    else:
        tooltip = tr("{what}, at the best epoch; {way}").format(what=what, way=way)
    return Column(metric.key, title, tooltip, 84, metric)


def _telling(
    config: TrainConfig, settings: Mapping[str, str], of_all: Sequence[tuple[TrainConfig, Mapping[str, str]]]
) -> dict[str, str]:
    """What sets a run apart from others of its family, and the family itself: a setting that all of these have alike goes.

    Beside runs of another family, which lack it, it would count as a difference.
    """
    alike = [its for other, its in of_all if other.family == config.family]
    if len(alike) < 2:
        return dict(settings)
    return {path: text for path, text in settings.items() if path == FAMILY or len({its.get(path) for its in alike}) > 1}


class RunsModel(QAbstractTableModel):
    """The runs of the shelf, a row each, in the shelf's order; the first column speaks for the whole run, too.

    Args:
        names: names of settings, by their dotted paths; without one, the path is shown.
        parent: Qt's owner.

    Signals:
        name_given(RunSummary, str): the person wrote another name; the owner renames and lists anew.
    """

    name_given = Signal(object, str)

    def __init__(self, names: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names = names
        self._runs: tuple[RunSummary, ...] = ()
        self._differences: dict[Path, _Difference] | None = {}  # None: not asked for yet
        self._columns = columns_of([family(DEFAULT)])
        self._holds = 0  # names that are being written
        self._rests = 0  # views over which the mouse moves
        self._waiting: tuple[RunSummary, ...] | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, by the families of the listed runs."""
        return self._columns

    @property
    def setting_names(self) -> set[str]:
        """What the settings of the listed runs are called."""
        phases = (phase_names(run.config).values() for run in self._runs if run.config is not None)
        return set(self._names.values()).union(*phases)

    def section(self, key: str) -> int:
        """Where a column is: STARTED, TOOK, STATE, or a metric by its key; -1 where there is none of it."""
        return next((place for place, column in enumerate(self._columns) if column.key == key), -1)

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """What is listed."""
        return self._runs

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """List these. Where they are the same folders, the rows stay, and only what they say changes.

        While a name is written, or the mouse moves over rows, others wait; what is gone goes at once, unless a name is written.
        """
        names = {family_of(run).name for run in runs} or {DEFAULT}
        columns = columns_of([kind for kind in families() if kind.name in names])
        is_same = columns == self._columns and [run.folder for run in runs] == [run.folder for run in self._runs]
        self._waiting = None
        by_folder = {run.folder: run for run in runs}
        is_gone = any(run.folder not in by_folder for run in self._runs)
        if not is_same and (self._holds or (self._rests and not is_gone)):
            self._waiting = tuple(runs)
            runs, columns, is_same = [by_folder.get(run.folder, run) for run in self._runs], self._columns, True
        before, others = self._runs, [run.config for run in runs] != [run.config for run in self._runs]
        if not is_same:
            self.beginResetModel()
        self._runs, self._columns = tuple(runs), columns
        if others or not is_same:  # the same settings may be of a folder that has another name now
            self._differences = None
        if not is_same:
            self.endResetModel()
            return
        for row, run in enumerate(runs):
            if others or run != before[row]:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(columns) - 1))

    def hold(self) -> None:
        """A name is being written into a row: other rows wait until `release`."""
        self._holds += 1

    def release(self) -> None:
        """The name is written; what waited is listed, once the view is done with its field."""
        self._holds -= 1
        QTimer.singleShot(0, self, self._list_waiting)

    def hold_for_mouse(self) -> None:
        """The mouse moves over a view: other rows, or another order, wait until `release_for_mouse`."""
        self._rests += 1

    def release_for_mouse(self) -> None:
        """It rests, or has left."""
        self._rests -= 1
        QTimer.singleShot(0, self, self._list_waiting)

    def _list_waiting(self) -> None:
        if self._waiting is not None:
            self.set_runs(self._waiting)

    def _what_differs(self, run: RunSummary) -> _Difference:
        """The settings of a run that aren't the same in all; worked out when somebody sees them."""
        if self._differences is None:
            known = [(run, run.config) for run in self._runs if run.config is not None]
            settings = differing([config for _, config in known])
            settings = [
                _telling(config, each, [(other, its) for (_, other), its in zip(known, settings, strict=True)])
                for (_, config), each in zip(known, settings, strict=True)
            ]
            shared = Counter(pair for each in settings for pair in each.items())
            self._differences = {
                run.folder: self._said(config, each, shared) for (run, config), each in zip(known, settings, strict=True)
            }
        return self._differences.get(run.folder, _Difference())

    def _said(self, config: TrainConfig, settings: Mapping[str, str], shared: Mapping[tuple[str, str], int]) -> _Difference:
        """ "Sharp, beta 4, epochs 25": as they matter, then values that few runs share; only this run's family's."""
        phrases = differing_phrases(
            config, {path: text for path, text in settings.items() if path != _OWN_COLUMN}, self._names, shared
        )
        return _Difference(*(", ".join(part) for part in zip(*phrases, strict=True)))

    def _text(self, run: RunSummary, section: int) -> str:
        column = self._columns[section]
        if column.metric is not None:
            return number_text(_best(run, column), column.metric.digits)
        if column.key == STATE:
            return why_text(run)
        if column.key == STARTED:
            has_begun = run.state not in ("queued", "unknown") and (run.epoch > 0 or not run.is_starting)
            return when_text(run.started) if has_begun else ""
        if column.key == TOOK:
            return took_text(run.seconds)
        if section == SETTINGS:
            return self._what_differs(run).brief
        return run.name if section == NAME else run.data_name

    def _key(self, run: RunSummary, section: int) -> Any:
        """What the column is sorted by; unknown numbers are the smallest."""
        column = self._columns[section]
        if column.key == STARTED and run.state == "queued":
            return _TO_COME + run.position
        if self._is_number(section) or column.key == STARTED:
            value = {STARTED: run.started, TOOK: run.seconds}.get(column.key, _best(run, column))
            return -math.inf if math.isnan(value) else value
        return self._text(run, section).casefold()

    def _is_number(self, section: int) -> bool:
        column = self._columns[section]
        return column.metric is not None or column.key == TOOK

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._runs)

    @override
    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

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
        if role == Qt.ItemDataRole.TextAlignmentRole and self._is_number(column):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            whole = "\n".join(part for part in (run.about, run.message, str(run.folder)) if part)
            return whole if column == NAME else self._what_differs(run).whole if column == SETTINGS else self._text(run, column)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == NAME:
            return ", ".join(part for part in (run.name, state_text(run), quality_text(run)) if part)
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
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tooltip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._is_number(section) else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class SortedRuns(QSortFilterProxyModel):
    """The rows that hold the words of a filter, sorted by a column; unsorted they stand as on the shelf.

    A name among other cells speaks for itself alone.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSortRole(SORT_ROLE)
        self._words: list[re.Pattern[str]] = []

    def set_filter(self, text: str) -> None:
        """Keep the rows that contain each of these words; a number after a setting's name, or the end of one, is its value."""
        model = self.sourceModel()
        names = model.setting_names if isinstance(model, RunsModel) else ()
        self._words = _patterns(text.casefold().split(), {tuple(name.casefold().split()) for name in names})
        self.invalidate()

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return None
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == NAME:
            return str(super().data(index, RUN_ROLE).folder)
        return super().data(index, role)

    @override
    def lessThan(self, left: _Index, right: _Index) -> bool:
        return bool(left.data(SORT_ROLE) < right.data(SORT_ROLE))

    @override
    def filterAcceptsRow(self, row: int, parent: _Index) -> bool:
        if not self._words:
            return True
        model = self.sourceModel()
        texts = [str(model.index(row, column).data()) for column in (NAME, DATA, model.columnCount() - 1)]
        texts.append(str(model.index(row, SETTINGS).data(Qt.ItemDataRole.ToolTipRole)))
        whole = "\n".join(texts).casefold()
        return all(word.search(whole) for word in self._words)


def _patterns(words: Sequence[str], settings: Collection[tuple[str, ...]]) -> list[re.Pattern[str]]:
    """What to look for: ["latent", "size", "8", "faces"] -> "latent size 8" with just that number, and "faces" anywhere.

    Args:
        words: in lower case.
        settings: the words of each setting's name.
    """
    patterns: list[str] = []
    for place, word in enumerate(words):
        ends = [
            many for many in range(place, 0, -1) if any(name[-many:] == tuple(words[place - many : place]) for name in settings)
        ]
        if ends and word[0].isdigit():
            name = " ".join(words[place - ends[0] : place])  # as much of it as there is: "size" is the end of several
            patterns[-ends[0] :] = [rf"{re.escape(name)} {re.escape(word)}(?![\d.,]*\d)"]
        else:
            patterns.append(re.escape(word))
    return [re.compile(pattern) for pattern in patterns]
