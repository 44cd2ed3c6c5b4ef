"""The list of runs: one row each with its name, its state and its quality."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.runs.listing import RunSummary
from core.runs.rename import LONGEST_NAME
from explorer.look.theme import SPACE, UNIT, colors, small_font
from explorer.qt import override
from explorer.runs.texts import quality_text, state_text

_ROW = 48
_DOT = 8
RUN_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


def state_color(run: RunSummary) -> QColor:
    """The colour of the mark for a run's state."""
    c = colors()
    marks = {"running": c.accent, "finished": c.success, "failed": c.error, "unreachable": c.error}
    return marks.get(run.state, c.zone)


class RunsModel(QAbstractListModel):
    """The rows, in the order in which they were given.

    Signals:
        name_given(RunSummary, str): the person wrote another name; the owner renames and lists anew.
    """

    name_given = Signal(object, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._runs: list[RunSummary] = []

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """What is listed."""
        return tuple(self._runs)

    def set_runs(self, runs: Sequence[RunSummary]) -> bool:
        """List other runs; False if the rows stayed and only their contents may have changed."""
        if [run.folder for run in runs] == [run.folder for run in self._runs]:
            before, self._runs = self._runs, list(runs)
            for row, run in enumerate(runs):
                if run != before[row]:
                    self.dataChanged.emit(self.index(row), self.index(row))
            return False
        self.beginResetModel()
        self._runs = list(runs)
        self.endResetModel()
        return True

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._runs)

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run = self._runs[index.row()]
        if role == RUN_ROLE:
            return run
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (run.name, state_text(run), quality_text(run)) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (run.about, run.message, str(run.folder)) if part)
        return None

    @override
    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        run = self._runs[index.row()]
        if role == Qt.ItemDataRole.EditRole and str(value).strip() != run.name:
            self.name_given.emit(run, str(value))
        return False  # the row changes after the folder has


class RunsList(QListView):
    """A list of runs; choosing one shows it, choosing more (Ctrl, Shift) compares them.

    Signals:
        run_chosen(RunSummary): by mouse or keys.
        selection_changed(): others are selected now, by the person.
        run_activated(RunSummary): double click or Enter.
        menu_requested(RunSummary, QPoint): the context menu of a row, at a place on the screen.
        removal_requested(): the Delete key.
        name_given(RunSummary, str): the person wrote another name.
    """

    run_chosen = Signal(object)
    selection_changed = Signal()
    run_activated = Signal(object)
    menu_requested = Signal(object, QPoint)
    removal_requested = Signal()
    name_given = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RunsModel(self)
        self._model.name_given.connect(self.name_given)
        self._quiet = False  # while the program selects, not the person
        self.setModel(self._model)
        self.setItemDelegate(_RunDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Runs"))
        self._make_room(0)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.doubleClicked.connect(self._on_row_activated)

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """What is listed."""
        return self._model.runs

    @property
    def chosen(self) -> RunSummary | None:
        """The run of the current row."""
        index = self.currentIndex()
        return index.data(RUN_ROLE) if index.isValid() else None

    @property
    def selected(self) -> list[RunSummary]:
        """The runs of all selected rows, from the top."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._model.runs[row] for row in rows]

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """List these runs; the choice and the selection stay, without a signal."""
        self._make_room(len(runs))
        if self.state() == QListView.State.EditingState and [r.folder for r in runs] != [r.folder for r in self.runs]:
            return  # keeps the row that the person is editing; the next update brings the others
        chosen, selected = self.chosen, [run.folder for run in self.selected]
        place = self.verticalScrollBar().value()
        if self._model.set_runs(runs) and chosen is not None:
            self.select(selected, chosen.folder)
            self.verticalScrollBar().setValue(place)
            self.scrollTo(self.currentIndex())

    def run_of(self, folder: Path) -> RunSummary | None:
        """The listed run of a folder."""
        return next((run for run in self._model.runs if run.folder == folder), None)

    def choose(self, folder: Path | None) -> None:
        """Select only the row of a folder, or none, without a signal; a selection that includes it stays."""
        chosen = self.chosen
        if chosen is None or chosen.folder != folder or not self.selectionModel().hasSelection():
            self.select([] if folder is None else [folder], folder)

    def select(self, folders: Iterable[Path], current: Path | None) -> None:
        """Select the rows of these folders and make one of them the current one, without a signal."""
        wanted = set(folders)
        selection = self.selectionModel()
        flag = selection.SelectionFlag
        self._quiet = True
        selection.clear()
        for row, run in enumerate(self._model.runs):
            if run.folder == current:
                selection.setCurrentIndex(self._model.index(row), flag.NoUpdate)
            if run.folder in wanted:
                selection.select(self._model.index(row), flag.Select)
        self._quiet = False

    def rename_chosen(self) -> None:
        """Let the person write another name into the current row."""
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def _on_current_changed(self, current: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self.run_chosen.emit(current.data(RUN_ROLE))

    def _on_selection_changed(self) -> None:
        if not self._quiet:
            self.selection_changed.emit()

    def _on_row_activated(self, index: QModelIndex) -> None:
        self.run_activated.emit(index.data(RUN_ROLE))

    def _on_menu_requested(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if index.isValid():
            self.menu_requested.emit(index.data(RUN_ROLE), self.viewport().mapToGlobal(at))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QListView.State.EditingState
        if event.key() == Qt.Key.Key_F2 and not editing:
            self.rename_chosen()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing and self.currentIndex().isValid():
            self._on_row_activated(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete and self.selected:
            self.removal_requested.emit()
        else:
            super().keyPressEvent(event)

    def _make_room(self, count: int) -> None:
        """Keep at least two and a half rows visible if there are as many; the settings above scroll instead."""
        self.setMinimumHeight(round(min(max(count, 1), 2.5) * _ROW) + 4)

    @override
    def sizeHint(self) -> QSize:
        return QSize(280, 5 * _ROW // 2)


class _RunDelegate(QStyledItemDelegate):
    """Paints a row: a dot for the state, the name and the quality, and under them the state in words."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, _ROW)

    @override
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(LONGEST_NAME)
        return editor

    @override
    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        area: QRect = option.rect
        editor.setGeometry(area.adjusted(UNIT, UNIT, -UNIT, -UNIT))

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
        dot = state_color(run)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(dot)
        middle = inner.top() + option.fontMetrics.height() // 2 + 1
        x = inner.right() - _DOT // 2 if mirrored else inner.left() + _DOT // 2
        painter.drawEllipse(QPoint(x, middle), _DOT // 2, _DOT // 2)
        text = inner.adjusted(0, 0, -_DOT - SPACE, 0) if mirrored else inner.adjusted(_DOT + SPACE, 0, 0, 0)
        start = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        end = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
        absolute = Qt.AlignmentFlag.AlignAbsolute
        quality = quality_text(run)
        wide = option.fontMetrics.horizontalAdvance(quality)
        painter.setFont(option.font)
        painter.setPen(c.text)
        painter.drawText(text, int(end | Qt.AlignmentFlag.AlignTop | absolute), quality)
        room = text.width() - wide - SPACE
        name = option.fontMetrics.elidedText(run.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(text, int(start | Qt.AlignmentFlag.AlignTop | absolute), name)
        painter.setFont(small_font())
        painter.setPen(c.error if run.state in ("failed", "unreachable") and not selected else c.text if selected else c.muted_text)
        below = painter.fontMetrics().elidedText(state_text(run), Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, int(start | Qt.AlignmentFlag.AlignBottom | absolute), below)
        painter.restore()
