"""The runs under the settings: the list, the queue, and the actions for the chosen run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.config import TrainConfig
from core.events import CheckpointSaved, EpochFinished
from core.runs.listing import RunSummary
from explorer.look.icons import icon
from explorer.look.theme import SPACE
from explorer.qt import override
from explorer.runs.actions import RunActions
from explorer.runs.list import RunsList
from explorer.runs.model import RunsModel
from explorer.runs.queue import RunQueue
from explorer.runs.shelf import RunShelf
from explorer.widgets.section import Section


class TrainRuns(QWidget):
    """Shows the shelf as a short list.

    Args:
        shelf: all runs.
        model: the same as rows.
        queue: what is planned.
        actions: what can be done with runs.
        parent: Qt's owner.

    Signals:
        run_chosen(RunSummary): show it.
        compare_chosen(list): the selected RunSummaries, where there are several; an empty list where there is one.
        open_requested(RunSummary): explore its model.
        resume_requested(RunSummary, int): go on; 0, or a new end for a finished run.
        table_requested(): show all runs as a table.
        watch_requested(): choose a run folder from anywhere.
        refreshed(): the list was read again.
    """

    run_chosen = Signal(object)
    compare_chosen = Signal(list)
    open_requested = Signal(object)
    resume_requested = Signal(object, int)
    table_requested = Signal()
    watch_requested = Signal()
    refreshed = Signal()

    def __init__(
        self, shelf: RunShelf, model: RunsModel, queue: RunQueue, actions: RunActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._queue = queue
        self._actions = actions
        self._timer = shelf.timer
        self._is_tight = self._is_table_open = self._leads_to_resume = self._is_continued = False
        self._held_card: QWidget | None = None
        self.list = RunsList(model, self)
        self.list.run_chosen.connect(self._on_list_run_chosen)
        self.list.selection_changed.connect(self._on_list_selection_changed)
        self.list.run_activated.connect(self._on_list_run_activated)
        self.list.menu_requested.connect(self._on_list_menu_requested)
        self.list.removal_requested.connect(lambda: actions.remove(self.list.selected))
        actions.open_requested.connect(self.open_requested)
        actions.resume_requested.connect(self.resume_requested)
        self._none = QLabel(self.tr("Your runs will be listed here."), self)
        self._none.setProperty("muted", True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._menu = QMenu(self)
        self._stack = QStackedLayout()
        self.menu_button = self._tool("more", self.tr("What can be done with the chosen run"))
        self.menu_button.setToolTip(self.tr("Open model, resume, rename, duplicate settings, show folder, delete"))
        self.menu_button.clicked.connect(lambda: self._open_menu_at(self.menu_button))
        self._full = self._make_full()
        self._stack.addWidget(self._none)
        self._stack.addWidget(self._full)
        self._show_page(self._none)
        section = self._section = Section(self.tr("Runs"), self, collapsible=False)
        self.watch_button = self._tool("eye", self.tr("Watch a folder…"))
        self.watch_button.setToolTip(self.tr("List a run's folder from anywhere, such as one that another machine writes"))
        self.watch_button.clicked.connect(self.watch_requested)
        self.table_button = QPushButton(icon("grid"), self.tr("Table"), self)
        self.table_button.setProperty("quiet", True)
        self.table_button.setCheckable(True)
        self.table_button.setToolTip(self.tr("All runs with their settings and results, to sort and compare"))
        self.table_button.clicked.connect(self.table_requested)
        section.add_to_header(self.menu_button)
        section.add_to_header(self.watch_button)
        section.add_to_header(self.table_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(section)
        layout.addWidget(self._make_held())
        layout.addLayout(self._stack, 1)
        shelf.changed.connect(self._show_buttons)
        shelf.refreshed.connect(self._on_shelf_refreshed)
        shelf.timer.timeout.connect(queue.look)
        queue.changed.connect(self._show_queue)
        self._show_queue()
        self._show_buttons()

    def refresh(self) -> None:
        """Read the runs again, in a worker."""
        self._shelf.refresh()

    def set_own(self, folder: Path, config: TrainConfig | None) -> None:
        """This window runs that folder now: it is listed as running at once, on top."""
        self._shelf.set_own(folder, config)
        self._show_buttons()

    def update_own(self, event: EpochFinished | CheckpointSaved) -> None:
        """Update this window's run after an epoch, or once its model was saved."""
        self._shelf.update_own(event)

    def set_going(self, *, is_paused: bool) -> None:
        """This window's run isn't getting ready any longer: it goes on, or waits."""
        self._shelf.set_going(is_paused=is_paused)

    def clear_own(self) -> None:
        """This window's run has ended; from now on its files are read."""
        self._shelf.clear_own()
        self._show_buttons()

    def choose(self, folder: Path | None) -> None:
        """Select a run without announcing it."""
        self.list.choose(folder)
        self._show_buttons()

    def select(self, folders: Sequence[Path], current: Path | None) -> None:
        """Select several runs without announcing it."""
        self.list.select(folders, current)
        self._show_buttons()

    @property
    def shown(self) -> RunSummary | None:
        """The run whose curves belong to the selection: the current one, else the first."""
        selected, chosen = self.list.selected, self.list.chosen
        return chosen if chosen in selected else next(iter(selected), None)

    def set_table_open(self, is_open: bool) -> None:
        """While the table is open, its buttons stand for the same runs, and these would say it twice."""
        self.table_button.setChecked(is_open)
        self._is_table_open = is_open
        self._make_room()

    def hold_card(self, card: QWidget) -> None:
        """Let the card of the run that goes on come and go under the list, whose rows stay where they are."""
        self._held_card = card
        self._column.insertWidget(1, card)

    def release_card(self) -> None:
        """The card stands elsewhere."""
        self._held_card = None

    def take_focus(self) -> None:
        """Take the keyboard's focus: the list, then Resume, once it can be pressed and unless the person has moved on."""
        self.list.setFocus()
        self._leads_to_resume = True

    @property
    def has_runs(self) -> bool:
        """Whether any run is listed."""
        return self._stack.currentWidget() is not self._none

    def least_height(self, *, is_tight: bool) -> int:
        """How high it is with one run in sight."""
        held = self._held.sizeHint().height() if self._held.isVisibleTo(self) else 0
        buttons = 0 if is_tight else SPACE + self.more_button.sizeHint().height()
        return self._section.sizeHint().height() + held + self.list.least_height + buttons

    def set_tight(self, is_tight: bool) -> None:
        """Put one that opens their menu in the buttons' place, beside the title, where there is too little height for them."""
        if is_tight != self._is_tight:  # asked with each request for a layout, which `_make_room` makes another of
            self._is_tight = is_tight
            self._make_room()

    def _make_room(self) -> None:
        self._buttons.setVisible(not (self._is_tight or self._is_table_open))
        has_list = self._stack.currentWidget() is self._full
        self.menu_button.setVisible(has_list and self._is_tight and not self._is_table_open)
        self.updateGeometry()  # also while there is no list yet

    # -- building

    def _make_full(self) -> QWidget:
        self.open_button = QPushButton(icon("sliders"), self.tr("Open model"), self)
        self.open_button.setToolTip(self.tr("Explore this run's best model"))
        self.open_button.clicked.connect(lambda: self._with_chosen(self.open_requested.emit))
        self.resume_button = QPushButton(icon("resume"), self.tr("Resume"), self)
        self.resume_button.clicked.connect(self._on_resume_clicked)
        self.more_button = self._tool("more", self.tr("More"))
        self.more_button.setToolTip(self.tr("Rename, duplicate settings, show folder, delete"))
        self.more_button.clicked.connect(lambda: self._open_menu_at(self.more_button))
        self._hint = QLabel(self)
        self._hint.setProperty("muted", True)
        self._hint.hide()
        self._buttons = QWidget(self)
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(SPACE)
        buttons.addWidget(self._hint, 1)
        buttons.addWidget(self.open_button, 1)
        buttons.addWidget(self.resume_button, 1)
        buttons.addWidget(self.more_button)
        page = QWidget(self)
        self._column = full = QVBoxLayout(page)
        full.setContentsMargins(0, 0, 0, 0)
        full.setSpacing(SPACE)
        full.addWidget(self.list, 1)
        full.addWidget(self._buttons)
        return page

    def _make_held(self) -> QWidget:
        """The notice above the list while the queue is on hold."""
        self._held = QWidget(self)
        self._held_text = QLabel(self._held)
        self._held_text.setProperty("muted", True)
        self.continue_button = QPushButton(icon("play"), self.tr("Continue queue"), self._held)
        self.continue_button.setToolTip(self.tr("Train the queued runs one after another"))
        self.continue_button.clicked.connect(self._on_continue_clicked)
        place = self.continue_button.sizePolicy()
        place.setRetainSizeWhenHidden(True)
        self.continue_button.setSizePolicy(place)
        row = QHBoxLayout(self._held)
        row.setContentsMargins(0, 0, 0, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self._held_text, 1)
        row.addWidget(self.continue_button)
        return self._held

    def _tool(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setAccessibleName(text)
        return button

    # -- showing

    def _show_queue(self) -> None:
        count = len(self._queue.planned)
        elsewhere = self._queue.is_elsewhere
        self._shelf.set_queue(self._queue.planned)
        is_held = self._queue.is_held
        self._is_continued = self._is_continued and not is_held and count > 0
        self._held.setVisible(count > 0 and (is_held or self._is_continued))  # once pressed, nothing moves under the mouse
        self._held_text.setText(self.tr("1 run is queued") if count == 1 else self.tr("{n} runs are queued").format(n=count))
        if elsewhere:
            self._held_text.setText(self.tr("Another window trains the queued runs"))
        self.continue_button.setVisible(is_held and not elsewhere)
        self.continue_button.setText(
            self.tr("Train after this run") if self._queue.is_waiting_for_run else self.tr("Continue queue")
        )

    def _show_buttons(self) -> None:
        shown = self._full if self._shelf.runs else self._none
        if shown is not self._stack.currentWidget():
            self._show_page(shown)
        run = self.list.chosen
        count = len(self.list.selected)
        self._hint.setText(self.tr("{n} runs are chosen to be compared").format(n=count))
        self._hint.setVisible(count > 1)
        self.open_button.setVisible(count < 2)
        self.resume_button.setVisible(count < 2)
        self.open_button.setEnabled(run is not None and run.has_model)
        self.resume_button.setEnabled(run is not None and self._actions.can_resume(run))
        self.more_button.setEnabled(run is not None)
        self.menu_button.setEnabled(run is not None)
        if run is None:
            return
        finished = run.state == "finished"
        planned = run.state in ("unknown", "queued")
        self.resume_button.setText(self.tr("Train on") if finished else self.tr("Start now") if planned else self.tr("Resume"))
        tip = self.tr("Train it for more epochs than it was set to") if finished else self.tr("Go on where it stopped")
        self.resume_button.setToolTip(self.tr("Train it now, with the settings that it was queued with") if planned else tip)
        if self._leads_to_resume and self.resume_button.isEnabled():
            self._leads_to_resume = False
            if self.list.hasFocus() and self.resume_button.isVisible():
                self.resume_button.setFocus()

    def _show_page(self, shown: QWidget) -> None:
        """Show the list or what stands in its place, which alone says how much room is needed."""
        self._stack.setCurrentWidget(shown)
        wish = QSizePolicy.Policy.Preferred if shown is self._full else QSizePolicy.Policy.Ignored
        self._full.setSizePolicy(QSizePolicy.Policy.Preferred, wish)
        self._make_room()

    def _with_chosen(self, do: Callable[[RunSummary], object]) -> None:
        run = self.list.chosen
        if run is not None:
            do(run)

    # -- slots

    def _on_continue_clicked(self) -> None:
        """Its button goes, its row stays until the queue is done; the keyboard goes on in the list."""
        self._is_continued = True
        if self.continue_button.hasFocus():
            self.list.setFocus()
        self._queue.go_on()

    def _on_resume_clicked(self) -> None:
        run = self.list.chosen
        if run is None:
            return
        if run.state != "finished":
            self.resume_requested.emit(run, 0)
            return
        self._menu.clear()
        self._actions.fill_resume(self._menu, run)
        self._menu.popup(self.resume_button.mapToGlobal(QPoint(0, self.resume_button.height())))

    def _open_menu_at(self, button: QToolButton) -> None:
        run = self.list.chosen
        if run is not None:
            self._on_list_menu_requested(run, button.mapToGlobal(QPoint(0, button.height())))

    def _on_list_run_chosen(self, run: RunSummary) -> None:
        self._show_buttons()
        self.run_chosen.emit(run)

    def _on_list_selection_changed(self) -> None:
        selected = self.list.selected
        self._show_buttons()
        self.compare_chosen.emit(selected if len(selected) > 1 else [])

    def _on_list_run_activated(self, run: RunSummary) -> None:
        if run.has_model:
            self.open_requested.emit(run)

    def _on_list_menu_requested(self, run: RunSummary, at: QPoint) -> None:
        selected = self.list.selected
        self._actions.fill_menu(self._menu, selected if len(selected) > 1 else [run], self.list)
        self._menu.popup(at)

    def _on_shelf_refreshed(self) -> None:
        self._show_buttons()
        self.refreshed.emit()

    @override
    def sizeHint(self) -> QSize:
        """It takes what is left, and gives way before the settings above it scroll."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        """With room for the card of a run, so that nothing moves when one starts or ends; before the first of all there is none."""
        least, card = super().minimumSizeHint(), self._held_card
        if card is not None and (self.has_runs or not card.isHidden()):
            least.setHeight(self.least_height(is_tight=self._buttons.isHidden()) + card.sizeHint().height() + SPACE)
        return least

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
