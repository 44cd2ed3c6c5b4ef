"""The runs that there are: one row each with its name, how it stands and how good it got."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.training.runs import RunSummary
from explorer.qt import override
from explorer.theme import SPACE, UNIT, colors, small_font
from explorer.widgets.status_line import duration

_ROW = 48
_DOT = 8
RUN_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunsList", text)


def state_text(run: RunSummary) -> str:
    """How a run stands, in a few words: "Running, epoch 12 of 60", "Finished, 40 epochs, 12 min"."""
    of = _tr("epoch {epoch} of {epochs}").format(epoch=f"{run.epoch:,}", epochs=f"{run.epochs:,}")
    if run.state == "running":
        return _tr("Running, {of}").format(of=of)
    if run.state == "stopped":
        return _tr("Stopped, {of}").format(of=of)
    if run.state == "failed":
        return _tr("Failed, {of}").format(of=of)
    if run.state == "finished":
        done = _tr("1 epoch") if run.epoch == 1 else _tr("{epochs} epochs").format(epochs=f"{run.epoch:,}")
        return _tr("Finished, {done}, {time}").format(done=done, time=duration(run.seconds))
    return _tr("Not started")


class RunsModel(QAbstractListModel):
    """The rows, the newest first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._runs: list[RunSummary] = []

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """What is listed."""
        return tuple(self._runs)

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """List other runs; rows that stay keep selection and scroll position."""
        if [run.folder for run in runs] == [run.folder for run in self._runs]:
            self._runs = list(runs)
            if runs:
                self.dataChanged.emit(self.index(0), self.index(len(runs) - 1))
            return
        self.beginResetModel()
        self._runs = list(runs)
        self.endResetModel()

    def put(self, run: RunSummary) -> None:
        """Change the row of a run's folder, or add it on top."""
        for row, old in enumerate(self._runs):
            if old.folder == run.folder:
                self._runs[row] = run
                self.dataChanged.emit(self.index(row), self.index(row))
                return
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._runs.insert(0, run)
        self.endInsertRows()

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._runs)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run = self._runs[index.row()]
        if role == RUN_ROLE:
            return run
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (run.name, state_text(run), psnr_text(run)) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (run.about, run.message, str(run.folder)) if part)
        return None


def psnr_text(run: RunSummary) -> str:
    """ "18.4 dB", or nothing before the first epoch."""
    return "" if math.isnan(run.best_psnr) else _tr("{psnr} dB").format(psnr=f"{run.best_psnr:.1f}")


class RunsList(QListView):
    """A list of runs; choosing one shows it.

    Signals:
        run_chosen(RunSummary): by mouse or keys.
        run_activated(RunSummary): double click or Enter.
        menu_requested(RunSummary, QPoint): the context menu of a row, at a place on the screen.
    """

    run_chosen = Signal(object)
    run_activated = Signal(object)
    menu_requested = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RunsModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_RunDelegate(self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Runs"))
        self.setMinimumHeight(2 * _ROW + 4)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.activated.connect(self._on_row_activated)

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """What is listed, the newest first."""
        return self._model.runs

    @property
    def chosen(self) -> RunSummary | None:
        """The run of the selected row."""
        index = self.currentIndex()
        return index.data(RUN_ROLE) if index.isValid() else None

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """List these; the chosen one stays chosen without being announced again."""
        chosen = self.chosen
        self._model.set_runs(runs)
        if chosen is not None:
            self.choose(chosen.folder)

    def put(self, run: RunSummary) -> None:
        """Change or add one run."""
        self._model.put(run)

    def run_of(self, folder: Path) -> RunSummary | None:
        """The listed run of a folder."""
        return next((run for run in self._model.runs if run.folder == folder), None)

    def set_state(self, folder: Path, **changes: Any) -> None:
        """Change some fields of one listed run."""
        run = self.run_of(folder)
        if run is not None:
            self.put(replace(run, **changes))

    def choose(self, folder: Path | None) -> None:
        """Select the row of a folder, or none, without announcing it."""
        selection = self.selectionModel()
        selection.blockSignals(True)
        rows = [row for row, run in enumerate(self._model.runs) if run.folder == folder]
        self.setCurrentIndex(self._model.index(rows[0]) if rows else QModelIndex())
        if not rows:
            self.clearSelection()
        selection.blockSignals(False)
        self.viewport().update()

    def _on_current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self.run_chosen.emit(current.data(RUN_ROLE))

    def _on_row_activated(self, index: QModelIndex) -> None:
        self.run_activated.emit(index.data(RUN_ROLE))

    def _on_menu_requested(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if index.isValid():
            self.menu_requested.emit(index.data(RUN_ROLE), self.viewport().mapToGlobal(at))

    @override
    def sizeHint(self) -> QSize:
        return QSize(280, 5 * _ROW // 2)


class _RunDelegate(QStyledItemDelegate):
    """Paints a row: a dot for the state, the name and the PSNR, and under them how it stands."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, _ROW)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        run: RunSummary = index.data(RUN_ROLE)
        c = colors()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c.selection if selected else c.hover)
            painter.drawRoundedRect(area.adjusted(UNIT, 1, -UNIT, -1), UNIT, UNIT)
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        inner = area.adjusted(SPACE + UNIT, SPACE - 2, -SPACE - UNIT, -SPACE + 2)
        dot = {"running": c.accent, "finished": c.success, "failed": c.error}.get(run.state, c.zone)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(dot)
        middle = inner.top() + option.fontMetrics.height() // 2 + 1
        x = inner.right() - _DOT // 2 if mirrored else inner.left() + _DOT // 2
        painter.drawEllipse(QPoint(x, middle), _DOT // 2, _DOT // 2)
        text = inner.adjusted(0, 0, -_DOT - SPACE, 0) if mirrored else inner.adjusted(_DOT + SPACE, 0, 0, 0)
        start = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        end = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
        absolute = Qt.AlignmentFlag.AlignAbsolute
        quality = psnr_text(run)
        wide = option.fontMetrics.horizontalAdvance(quality)
        painter.setFont(option.font)
        painter.setPen(c.text)
        painter.drawText(text, int(end | Qt.AlignmentFlag.AlignTop | absolute), quality)
        room = text.width() - wide - SPACE
        name = option.fontMetrics.elidedText(run.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(text, int(start | Qt.AlignmentFlag.AlignTop | absolute), name)
        painter.setFont(small_font())
        painter.setPen(c.error if run.state == "failed" and not selected else c.text if selected else c.muted_text)
        below = painter.fontMetrics().elidedText(state_text(run), Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, int(start | Qt.AlignmentFlag.AlignBottom | absolute), below)
        painter.restore()
