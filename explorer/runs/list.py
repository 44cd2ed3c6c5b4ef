"""The list of runs: one row each with its name, its state and its quality."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyleOptionViewItem, QWidget

from core.runs.listing import RunSummary
from explorer.look.theme import SPACE, UNIT, colors, small_font
from explorer.qt import override
from explorer.runs.delegate import Index, RunDelegate, state_color
from explorer.runs.model import RUN_ROLE, RunsModel
from explorer.runs.selection import RunSelection
from explorer.runs.still import StillUnderMouse
from explorer.runs.texts import quality_text, state_text

_ROW = 48
_DENSE_ROW = 38
_DOT = 8


class RunsList(QListView):
    """A list of runs; choosing one shows it, choosing more (Ctrl, Shift) compares them.

    Args:
        model: the runs.
        parent: Qt's owner.

    Signals:
        run_chosen(RunSummary): by mouse or keys.
        selection_changed(): others are selected now, by the person.
        run_activated(RunSummary): double click or Enter.
        menu_requested(RunSummary, QPoint): the context menu of a row, at a place on the screen.
        removal_requested(): the Delete key.
    """

    run_chosen = Signal(object)
    selection_changed = Signal()
    run_activated = Signal(object)
    menu_requested = Signal(object, QPoint)
    removal_requested = Signal()

    def __init__(self, model: RunsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._is_dense = False
        self._rows = 1
        self._place = 0  # how far it was scrolled when other runs came
        self.setModel(model)
        self._selection = RunSelection(self)
        self.setItemDelegate(_RowDelegate(model, self))
        self.setUniformItemSizes(True)
        self.setSelectionBehavior(QListView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Runs"))
        StillUnderMouse(self, model.hold_for_mouse, model.release_for_mouse)
        self._make_room()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self._selection.currentChanged.connect(self._on_current_changed)
        self._selection.selectionChanged.connect(self._on_selection_changed)
        self.doubleClicked.connect(self._on_row_activated)
        model.modelAboutToBeReset.connect(self._on_model_about_to_be_reset)
        model.modelReset.connect(self._on_model_reset)

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """What is listed."""
        return self._model.runs

    @property
    def chosen(self) -> RunSummary | None:
        """The run of the current row."""
        return self._selection.current

    @property
    def selected(self) -> list[RunSummary]:
        """The runs of all selected rows, from the top."""
        return self._selection.runs

    @property
    def row_height(self) -> int:
        """Of a run, in pixels."""
        return _DENSE_ROW if self._is_dense else _ROW

    @property
    def least_height(self) -> int:
        """How high it is with one run in sight."""
        return self.row_height + 4

    def set_dense(self, is_dense: bool) -> None:
        """Show lower rows, where there is little height."""
        if is_dense != self._is_dense:
            self._is_dense = is_dense
            self._make_room()
            self.scheduleDelayedItemsLayout()

    def set_rows(self, rows: int) -> None:
        """So many runs are in sight at least, as far as there are any."""
        self._rows = rows
        self._make_room()

    def choose(self, folder: Path | None) -> None:
        """Select the row of a folder alone, or none, without announcing it; a selection that it belongs to stays."""
        if self.chosen is None or self.chosen.folder != folder or not self._selection.hasSelection():
            self.select([] if folder is None else [folder], folder)

    def select(self, folders: Iterable[Path], current: Path | None) -> None:
        """Select the rows of these folders and make one of them the current one, without announcing it."""
        self._selection.select_folders(folders, current)

    def follow(self, old: Path, new: Path) -> None:
        """A run's folder has another name: it stays selected."""
        self._selection.follow(old, new)

    def rename_chosen(self) -> None:
        """Let the person write another name into the current row."""
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def _on_current_changed(self, current: QModelIndex) -> None:
        if current.isValid() and not self._selection.by_program:
            self.run_chosen.emit(current.data(RUN_ROLE))

    def _on_selection_changed(self) -> None:
        if not self._selection.by_program:
            self.selection_changed.emit()

    def _on_row_activated(self, index: QModelIndex) -> None:
        self.run_activated.emit(index.data(RUN_ROLE))

    def _on_menu_requested(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if index.isValid():
            self.menu_requested.emit(index.data(RUN_ROLE), self.viewport().mapToGlobal(at))

    def _on_model_about_to_be_reset(self) -> None:
        self._place = self.verticalScrollBar().value()

    def _on_model_reset(self) -> None:
        self._make_room()
        if self.currentIndex().isValid():
            self.verticalScrollBar().setValue(self._place)
            self.scrollTo(self.currentIndex())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_editing = self.state() == QListView.State.EditingState
        if not self._selection.take_key(
            event, is_editing, rename=self.rename_chosen, activate=self._on_row_activated, remove=self.removal_requested.emit
        ):
            super().keyPressEvent(event)

    def _make_room(self) -> None:
        """One run is in sight at least; the settings above come first."""
        rows = min(self._rows, max(1, self._model.rowCount()))
        self.setMinimumHeight(rows * self.row_height + 4)

    @override
    def sizeHint(self) -> QSize:
        return QSize(280, 5 * _ROW // 2)


class _RowDelegate(RunDelegate):
    """Paints a row: a dot for the state, the name and how good it got, and under them how it stands."""

    def __init__(self, model: RunsModel, view: RunsList) -> None:
        super().__init__(model, view)
        self._view = view

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, self._view.row_height)

    @override
    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        editor.setGeometry(area.adjusted(UNIT, UNIT, -UNIT, -UNIT))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
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
        above = SPACE - 2 if self._view.row_height == _ROW else 2
        inner = area.adjusted(SPACE + UNIT, above, -SPACE - UNIT, -above)
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
