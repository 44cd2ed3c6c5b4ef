"""All runs as a table in place of the curves: filtered, sorted, compared, queued."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.runs.listing import RunSummary
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, section_font
from explorer.qt import override
from explorer.runs.actions import RunActions
from explorer.runs.model import RunsModel
from explorer.runs.shelf import RunShelf
from explorer.runs.table import RunsTable
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.wrap import WrapLayout
from explorer.widgets.section import add_clear_button

_FILTER_WIDTH = 220
_LEAST = 280


class TrainTable(QWidget):
    """Shows the shelf as a table.

    Args:
        shelf: all runs.
        model: the same as rows.
        actions: what can be done with runs.
        parent: Qt's owner.

    Signals:
        run_opened(RunSummary): show its curves.
        closed(): back to the curves.
        watch_requested(): choose a run folder from anywhere.
        filtered(): other rows are shown; none that comes is selected.
    """

    run_opened = Signal(object)
    closed = Signal()
    watch_requested = Signal()
    filtered = Signal()

    def __init__(self, shelf: RunShelf, model: RunsModel, actions: RunActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._actions = actions
        self.table = RunsTable(model, self)
        self.table.selection_changed.connect(self._show_buttons)
        self.table.run_activated.connect(self.run_opened)
        self.table.menu_requested.connect(self._on_table_menu_requested)
        self.table.removal_requested.connect(lambda: actions.remove(self.table.selected))
        self._empty = EmptyState(
            "chart",
            self.tr("No runs yet"),
            self.tr("Each run gets a row here, with its settings and results. Start one at the left."),
            parent=self,
        )
        self._nothing = EmptyState(
            "chart",
            self.tr("No run is like that"),
            self.tr("Runs are found by parts of their names, data and settings, such as “beta 4”. Clear the field to see all."),
            parent=self,
        )
        self._menu = QMenu(self)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.table)
        self.setMinimumWidth(_LEAST)  # the layout's own minimum would be that of a wide table
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(self._make_top())
        self.strip = ProgressStrip(self)  # for reports
        layout.addWidget(self.strip)
        layout.addLayout(self._stack, 1)
        layout.addLayout(self._make_bottom())
        shelf.changed.connect(self._on_shelf_changed)
        self._show_runs()

    def _make_top(self) -> WrapLayout:
        title = QLabel(self.tr("All runs"), self)
        title.setFont(section_font())
        self._count = QLabel(self)
        self._count.setProperty("muted", True)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(self.tr("Find by name, data or setting"))
        self.filter.setAccessibleName(self.tr("Find runs"))
        add_clear_button(self.filter)
        self.filter.setFixedWidth(_FILTER_WIDTH)  # its hint would cut the placeholder
        self.filter.textChanged.connect(self._on_filter_changed)
        self.watch_button = QPushButton(icon("eye"), self.tr("Watch a folder…"), self)
        self.watch_button.setToolTip(self.tr("List a run's folder from anywhere, such as one that another machine writes"))
        self.watch_button.clicked.connect(self.watch_requested)
        self.close_button = QPushButton(icon("chart"), self.tr("Back to the curves"), self)
        self.close_button.clicked.connect(self.closed)
        row = WrapLayout()
        row.addWidget(title)
        row.addWidget(self._count)
        row.push_rest()
        row.addWidget(self.filter)
        row.addWidget(self.watch_button)
        row.addWidget(self.close_button)
        return row

    def _make_bottom(self) -> WrapLayout:
        self.compare_button = QPushButton(icon("compare"), self.tr("Compare"), self)
        self.compare_button.setToolTip(
            self.tr("The chosen runs in a window, side by side: settings, curves, the same pictures, measures, codes, traversals")
        )
        self.compare_button.clicked.connect(lambda: self._actions.compare_requested.emit(self.table.selected))
        self.overlay_button = self._tool("chart", self.tr("Show the curves of these runs in one chart"))
        self.overlay_button.clicked.connect(lambda: self._actions.overlay_requested.emit(self.table.selected))
        self.report_button = self._tool(
            "export", self.tr("Save a report: of one run all that an assignment asks for, as PDF and HTML; of several side by side")
        )
        self.report_button.clicked.connect(lambda: self._actions.report_requested.emit(self.table.selected))
        self.open_button = self._button("sliders", self.tr("Open model"), self._actions.open_requested.emit)
        self.open_button.setToolTip(self.tr("Open model: use it in the Gallery and in Explore"))
        self._resume_word = self.tr("Resume")
        self.resume_button = QPushButton(icon("resume"), self._resume_word, self)
        self.resume_button.clicked.connect(self._on_resume_clicked)
        self.duplicate_button = self._button("copy", self.tr("Duplicate settings"), self._actions.duplicate_requested.emit)
        self.duplicate_button.setToolTip(self.tr("Duplicate settings: put this run's settings into the form, for a new run"))
        self.folder_button = self._tool("open-folder", self.tr("Show folder"))
        self.folder_button.clicked.connect(lambda: self._actions.show_folder(self.table.selected[0]))
        self.trash_button = self._tool("trash", self.tr("Move to the trash"))
        self.trash_button.clicked.connect(lambda: self._actions.remove(self.table.selected))
        self._hint = QLabel(self)
        self._hint.setProperty("muted", True)
        row = WrapLayout()
        self._bottom: tuple[QAbstractButton, ...] = (
            self.compare_button, self.overlay_button, self.report_button, self.open_button, self.resume_button,
            self.duplicate_button, self.folder_button, self.trash_button,
        )  # fmt: skip
        for button in self._bottom:
            row.addWidget(button)
        row.push_rest()
        row.addWidget(self._hint)
        return row

    def _button(self, name: str, text: str, do: object) -> QPushButton:
        button = QPushButton(icon(name), text, self)
        button.clicked.connect(lambda: do(self.table.selected[0]))  # type: ignore[operator]
        return button

    def _tool(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setToolTip(text)
        button.setAccessibleName(text)
        return button

    def _show_buttons(self) -> None:
        selected = self.table.selected
        run: RunSummary | None = selected[0] if len(selected) == 1 else None
        many = len(selected) > 1
        self.overlay_button.setEnabled(many)
        overlaid = self.tr("Show the curves of these runs in one chart")
        self.overlay_button.setToolTip(overlaid if many else self.tr("Select several runs to show their curves in one chart"))
        for button in (self.compare_button, self.report_button):
            button.setEnabled(many or (run is not None and run.has_model))
        self.compare_button.setText(self.tr("Compare {n} runs").format(n=len(selected)) if many else self.tr("Report"))
        self.open_button.setEnabled(run is not None and run.has_model)
        self.resume_button.setEnabled(run is not None and self._actions.can_resume(run))
        is_finished = run is not None and run.state == "finished"
        self._resume_word = self.tr("Train on") if is_finished else self.tr("Resume")
        self.resume_button.setToolTip(
            self.tr("Train on: more epochs than it was set to") if is_finished else self.tr("Resume: go on where it stopped")
        )
        self.duplicate_button.setEnabled(run is not None and run.config is not None)
        self.folder_button.setEnabled(run is not None)
        self.trash_button.setEnabled(bool(selected))
        self._hint.setText("" if many else self.tr("Ctrl or Shift selects several, to compare them"))
        self._fit()

    def _fit(self) -> None:
        """With little room the hint is hidden first, then buttons show only icons; nothing is cut."""
        words = {
            self.duplicate_button: self.tr("Duplicate settings"),
            self.resume_button: self._resume_word,
            self.open_button: self.tr("Open model"),
        }
        for button, word in words.items():
            button.setText(word)
            button.setAccessibleName(word)
        room = self.width() - GROUP  # the gap before the hint stays
        self._hint.setVisible(self._needed() + self._hint.sizeHint().width() <= room)
        for button in words:
            if self._needed() > room:
                button.setText("")

    def _needed(self) -> int:
        """Pixels that the buttons take, each with the gap after it."""
        return sum(button.sizeHint().width() + SPACE for button in self._bottom)

    def _show_count(self) -> None:
        count, shown = len(self._shelf.runs), self.table.model().rowCount()
        self._stack.setCurrentWidget(self.table if shown else self._nothing if count else self._empty)
        text = self.tr("{shown} of {count}").format(shown=f"{shown:,}", count=f"{count:,}") if shown != count else f"{count:,}"
        self._count.setText(text if count else "")

    def _on_resume_clicked(self) -> None:
        run = self.table.selected[0]
        if run.state != "finished":
            self._actions.resume_requested.emit(run, 0)
            return
        self._menu.clear()
        self._actions.fill_resume(self._menu, run)
        self._menu.popup(self.resume_button.mapToGlobal(QPoint(0, self.resume_button.height())))

    def _on_table_menu_requested(self, at: QPoint) -> None:
        self._actions.fill_menu(self._menu, self.table.selected, self.table)
        self._menu.popup(at)

    def _on_filter_changed(self, text: str) -> None:
        self.table.set_filter(text)
        self.filtered.emit()
        self._show_count()
        self._show_buttons()

    def _show_runs(self) -> None:
        self._show_count()
        self._show_buttons()

    def _on_shelf_changed(self) -> None:
        if self.isVisible():
            self._show_runs()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._show_runs()  # count and buttons were not kept up while nobody saw them
        super().showEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)
