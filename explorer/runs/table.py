"""The table of all runs: sorted by a click on a column, renamed in place, usable by keyboard and mouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTableView, QWidget

from core.runs.listing import RunSummary
from explorer.qt import override
from explorer.runs.delegate import Index, RunDelegate, state_color
from explorer.runs.model import LEAST_DIFFERING, NAME, RUN_ROLE, SETTINGS, STATE, Column, RunsModel, SortedRuns
from explorer.runs.selection import RunSelection
from explorer.runs.still import StillUnderMouse

_ROW = 32
_SPARE = 12  # pixels: beside and around the text of a cell
_MEASURED = 100  # rows whose cells say how wide a column is
_DOT = 8
_TITLE_MARGIN = 12
"""Beside a title: what the style sheet has, and what Qt adds."""


class RunsTable(QTableView):
    """Shows runs, a row each.

    Args:
        model: the runs.
        parent: Qt's owner.

    Signals:
        selection_changed(): others are selected.
        run_activated(RunSummary): double click or Enter.
        menu_requested(QPoint): the context menu of the selected rows, at a place on the screen.
        removal_requested(): the Delete key.
    """

    selection_changed = Signal()
    run_activated = Signal(object)
    menu_requested = Signal(QPoint)
    removal_requested = Signal()

    def __init__(self, model: RunsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._before: tuple[Column, ...] = ()  # the columns before other runs came, and how wide each was
        self._widths: dict[str, int] = {}
        self._dragged: set[str] = set()  # the columns whose width the person has chosen
        self._is_fitting = False
        self._sorted = SortedRuns(self)
        self._sorted.setSourceModel(model)
        self.setModel(self._sorted)
        self._selection = RunSelection(self)
        self.setObjectName("runs_table")
        self.setItemDelegate(_CellDelegate(model, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(True)  # of what differs alone, see the delegate
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("All runs"))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(56)
        header.setResizeContentsPrecision(_MEASURED)
        self._size_columns({})
        header.sectionResized.connect(self._on_header_section_resized)
        header.sortIndicatorChanged.connect(lambda *_: self._fit_columns())
        header.setTextElideMode(Qt.TextElideMode.ElideRight)  # of a column that a person made narrow: else its beginning goes
        header.setSortIndicatorClearable(True)  # a third click restores the shelf's own order
        self.setSortingEnabled(True)
        StillUnderMouse(self, self._hold_for_mouse, self._release_for_mouse)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self._selection.selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self.doubleClicked.connect(self._on_row_activated)
        model.modelAboutToBeReset.connect(self._on_model_about_to_be_reset)
        model.modelReset.connect(self._on_model_reset)
        self._refit = QTimer(self, interval=0, singleShot=True)  # once, however many rows say something else
        self._refit.timeout.connect(self._fit_columns)
        model.dataChanged.connect(lambda *_: self._refit.start())

    @property
    def runs(self) -> list[RunSummary]:
        """The rows, as they are sorted and filtered."""
        return [self._sorted.index(row, NAME).data(RUN_ROLE) for row in range(self._sorted.rowCount())]

    @property
    def selected(self) -> list[RunSummary]:
        """The runs of the selected rows, from the top."""
        return self._selection.runs

    @property
    def current(self) -> RunSummary | None:
        """The run of the current row."""
        return self._selection.current

    @property
    def is_selected_by_program(self) -> bool:
        """Whether the selection changes just now because the program says so, not the person."""
        return self._selection.by_program

    def _size_columns(self, widths: Mapping[str, int]) -> None:
        """Set the widths after columns have changed: columns that stay keep theirs."""
        header = self.horizontalHeader()
        for section, column in enumerate(self._model.columns):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Interactive)
            if section != SETTINGS:
                self._set_width(section, widths.get(column.key, 0))
        header.setSectionResizeMode(SETTINGS, QHeaderView.ResizeMode.Fixed)
        self._fit_columns()
        self._show_order()

    def _set_width(self, section: int, width: int) -> None:
        """Make a column so wide by the program, not the person."""
        self._is_fitting = True
        self.horizontalHeader().resizeSection(section, width)
        self._is_fitting = False

    def _fit_columns(self) -> None:
        """Make columns as wide as titles and what is in them, up to a limit; they don't shrink again, so that little moves."""
        header = self.horizontalHeader()
        for section, column in enumerate(self._model.columns):
            if section == SETTINGS or column.key in self._dragged:
                continue
            needed = max(self._title_width(section), min(column.width, self.sizeHintForColumn(section)))
            self._set_width(section, max(header.sectionSize(section), needed))
        self._fit_settings()

    def _title_width(self, section: int) -> int:
        """How much room a column's title needs; for the arrow only where it is, while Qt reckons with one in each."""
        header = self.horizontalHeader()
        if section == header.sortIndicatorSection():
            return header.sectionSizeHint(section)
        lines = self._model.columns[section].title.split("\n")
        return max(header.fontMetrics().horizontalAdvance(line) for line in lines) + 2 * _TITLE_MARGIN

    def _on_header_section_resized(self, section: int) -> None:
        if section == SETTINGS or self._is_fitting:
            return
        self._dragged.add(self._model.columns[section].key)
        self._fit_settings()

    def _show_order(self) -> None:
        """What a run is and how it stands come first, since narrow windows show no more without scrolling."""
        header = self.horizontalHeader()
        first = [NAME, self._model.section(STATE), SETTINGS]
        others = [section for section in range(len(self._model.columns)) if section not in first]
        for place, section in enumerate((*first, *others)):
            header.moveSection(header.visualIndex(section), place)
        self._fit_settings()

    def _fit_settings(self) -> None:
        """Give what differs the room that the other columns leave, and a second line where that is too little.

        Where not all fit, those that do end at the table's edge: none is cut there until the person scrolls.
        """
        header, metrics = self.horizontalHeader(), self.fontMetrics()
        room = self.viewport().width() - LEAST_DIFFERING
        for section in (header.logicalIndex(place) for place in range(header.count())):
            taken = header.sectionSize(section) if section != SETTINGS else 0
            if taken > room:
                break
            room -= taken
        width = LEAST_DIFFERING + max(0, room)
        self._set_width(SETTINGS, width)
        texts = (self._model.index(row, SETTINGS).data() for row in range(min(self._model.rowCount(), _MEASURED)))
        is_long = any(metrics.horizontalAdvance(text) > width - _SPARE for text in texts)
        height = max(_ROW, 2 * metrics.lineSpacing() + _SPARE) if is_long else _ROW
        if height != self.verticalHeader().defaultSectionSize():
            self.verticalHeader().setDefaultSectionSize(height)

    def _sort_again(self, before: Sequence[Column]) -> None:
        """Sort by the same column as before, wherever it is now; by none where it is gone."""
        header = self.horizontalHeader()
        section, order = header.sortIndicatorSection(), header.sortIndicatorOrder()
        if 0 <= section < len(before):
            self.sortByColumn(self._model.section(before[section].key), order)

    def _hold_for_mouse(self) -> None:
        self._model.hold_for_mouse()
        self._sorted.setDynamicSortFilter(False)  # numbers change with each epoch of a run that goes on

    def _release_for_mouse(self) -> None:
        self._sorted.setDynamicSortFilter(True)
        self._model.release_for_mouse()

    def set_filter(self, text: str) -> None:
        """Show only the rows in which these words occur."""
        self._sorted.set_filter(text)

    def select(self, folders: Iterable[Path], current: Path | None = None) -> None:
        """Select the rows of these folders."""
        self._selection.select_folders(folders, current)

    def follow(self, old: Path, new: Path) -> None:
        """A run's folder has another name: it stays selected."""
        self._selection.follow(old, new)

    def rename_chosen(self) -> None:
        """Let the person write another name into the current row."""
        if self.currentIndex().isValid():
            index = self._sorted.index(self.currentIndex().row(), NAME)
            self.setCurrentIndex(index)
            self.edit(index)

    def _on_model_about_to_be_reset(self) -> None:
        header = self.horizontalHeader()
        self._before = self._model.columns
        self._widths = {column.key: header.sectionSize(section) for section, column in enumerate(self._before)}

    def _on_model_reset(self) -> None:
        if self._model.columns != self._before:
            self._size_columns(self._widths)
            self._sort_again(self._before)
        self._fit_columns()
        self._show_order()

    def _on_row_activated(self, index: QModelIndex) -> None:
        self.run_activated.emit(index.data(RUN_ROLE))

    def _on_menu_requested(self, at: QPoint) -> None:
        if self.indexAt(at).isValid() and self.selected:
            self.menu_requested.emit(self.viewport().mapToGlobal(at))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_settings()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_editing = self.state() == QAbstractItemView.State.EditingState
        if not self._selection.take_key(
            event, is_editing, rename=self.rename_chosen, activate=self._on_row_activated, remove=self.removal_requested.emit
        ):
            super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.viewport().update()


class _CellDelegate(RunDelegate):
    """A cell: a mark for the state before the name, red words for what has failed."""

    @override
    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        run: RunSummary = index.data(RUN_ROLE)
        values: Any = option
        if index.column() != SETTINGS:
            values.features &= ~QStyleOptionViewItem.ViewItemFeature.WrapText
        if index.column() == NAME:
            values.textElideMode = Qt.TextElideMode.ElideMiddle  # runs of a series differ at the end of their names
            values.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            values.decorationSize = QSize(_DOT, _DOT)
            dot = _dot(state_color(run), values.widget.devicePixelRatioF())
            mark = QIcon(dot)
            mark.addPixmap(dot, QIcon.Mode.Selected)  # Qt would tint it
            values.icon = mark
        elif index.column() == index.model().columnCount() - 1 and run.state in ("failed", "unreachable"):
            values.palette.setColor(values.palette.ColorRole.Text, state_color(run))

    @override
    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        editor.setGeometry(area)


def _dot(color: QColor, pixel_ratio: float) -> QPixmap:
    side = round(_DOT * pixel_ratio)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    pixmap.setDevicePixelRatio(pixel_ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(0, 0, _DOT, _DOT)
    painter.end()
    return pixmap
