"""The Start button and its options, and a card for the run that goes on: its name, its progress, Pause and Stop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.runs.listing import name_of_folder
from core.wording import few_digits
from explorer.job.training import JobState
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, UNIT, small_font
from explorer.qt import override
from explorer.runs.progress import RunProgress
from explorer.train.series import SeriesBox
from explorer.widgets.elided_label import FACTS, ElidedLabel
from explorer.widgets.field_note import FieldNote
from explorer.widgets.section import labelled
from explorer.widgets.status_line import duration

_WIDE = 600
"""The width from which on the name, its label and all buttons fit beside each other."""


class RunBox(QWidget):
    """Shows a job's state and emits requests to change it; independent of job and settings.

    Signals:
        start_clicked(), pause_clicked(), stop_clicked(): of the run.
        queue_clicked(): train with these settings later.
        released(): the mouse holds none of its buttons any more.
        focus_left(): the run has ended while its card had the keyboard's focus, which needs another place.
    """

    focus_left = Signal()

    start_clicked = Signal()
    queue_clicked = Signal()
    released = Signal()
    pause_clicked = Signal()
    stop_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._difference = self._time = self._reason = ""
        self._state = self._said = ""
        self._is_active = self._is_stopping = False
        self._is_dense = False
        self._is_flat = False
        self._holds_card = False
        self._pause_words = self.tr("Pause")
        self._free_name: Callable[[str], str] = str
        self.series = SeriesBox(self)
        self.series.hide()
        self.series.closed.connect(self._on_series_closed)
        self._next = self._make_next()
        self.card: QWidget = self._make_active()
        """Of the run that goes on; it comes and goes, so it stands where nothing moves for it."""
        self.card.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        layout = self._parts = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE + UNIT)
        layout.addWidget(self._next)
        layout.addWidget(self.series)
        self._pressable = [*self.findChildren(QAbstractButton)]
        for button in self._pressable:
            button.released.connect(self.released)

    @property
    def run_name(self) -> str:
        """The name that the person wants for the next run; empty: the proposed name."""
        return self.name_edit.text().strip()

    def propose_name(self, name: str) -> None:
        """The name that the next run gets unless the person writes another; "" while there are no pictures to name it after."""
        self.name_edit.setPlaceholderText(name or self.tr("Name of the run"))

    def show_startable(self, reason: str) -> None:
        """Enable starting and planning a run, or say why that can't be (empty: it can)."""
        self.queue_button.setEnabled(not reason)
        self.queue_button.setToolTip(
            reason or self.tr("Train with these settings later, after the runs that are in the queue already")
        )
        self._reason = reason
        self._show_start()
        self._show_line()

    def _show_start(self) -> None:
        """Start stays where it is while a run goes on, so that no other button comes under the mouse."""
        why_not = self._reason or (self.tr("A run is training already.") if self._is_active else "")
        self.start_button.setEnabled(not why_not)
        self.start_button.setToolTip(why_not or self.tr("Train a model on these pictures with these settings"))

    def show_difference(self, sentence: str, time: str = "") -> None:
        """Show what differs from the preset, and how long the run will take; empty: nothing, or unknown."""
        self._difference, self._time = sentence, time
        self._show_line()

    def _show_line(self) -> None:
        self.difference.set_text(self._reason or self._difference, "" if self._reason else self._time)

    @property
    def is_planning_series(self) -> bool:
        """Whether the plan of a series is open."""
        return not self.series.isHidden()

    @property
    def is_pressed(self) -> bool:
        """Whether the mouse holds one of its buttons, which must stay where it is until it is let go."""
        return any(button.isDown() for button in self._pressable)

    def show_series(self, is_open: bool) -> None:
        """Open or close the plan of a series, which takes the place of the single run's."""
        self.series.setVisible(is_open)
        self._next.setVisible(not is_open)

    def set_dense(self, is_dense: bool) -> None:
        """Set all closer together and the run's buttons beside its name, where there is little height."""
        if is_dense == self._is_dense:
            return
        self._is_dense = is_dense
        for button in (self.pause_button, self.stop_button):
            (self._run_buttons if is_dense else self._top).removeWidget(button)
            (self._top if is_dense else self._run_buttons).addWidget(button, 0 if is_dense else 1)
        for layout in (self._next_column, self._next_top):
            layout.setSpacing(UNIT if is_dense else SPACE)
        self._parts.setSpacing(SPACE if is_dense else SPACE + UNIT)
        margin = SPACE if is_dense else GROUP - UNIT
        self._card.setContentsMargins(margin, margin, margin, margin)
        self._card.setSpacing(UNIT if is_dense else SPACE)
        self._show_words()

    def set_brief(self, is_brief: bool) -> None:
        """Say what differs, and how a run stands, in one line instead of two, where there is hardly any height."""
        for label in (self.difference, self._facts):
            label.set_lines(1 if is_brief else 2)

    def set_flat(self, is_flat: bool) -> None:
        """Set the next run's name beside its buttons, and what the run says beside its name, where it is low but wide."""
        if is_flat == self._is_flat:
            return
        self._is_flat = is_flat
        direction = QBoxLayout.Direction.LeftToRight if is_flat else QBoxLayout.Direction.TopToBottom
        self._next_top.setDirection(direction)
        self._next_top.setStretch(0, int(is_flat))
        for place in range(self._buttons.count()):
            self._buttons.setStretch(place, int(not is_flat))  # equal halves only in a line of their own
        (self._card if is_flat else self._top).removeWidget(self._facts)
        if is_flat:
            self._top.insertWidget(1, self._facts, 2)
        else:
            self._card.insertWidget(2, self._facts)
        self._show_label()

    def _show_label(self) -> None:
        """Leave the name's label away, and say less, where name and buttons need all the room."""
        is_narrow = self._is_flat and self.width() < _WIDE
        self._name_label.setVisible(not is_narrow)
        self.series_button.setText(self.tr("Series…") if is_narrow else self.tr("Train a series…"))
        self.series_button.setAccessibleName(self.tr("Train a series…"))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_label()

    def stacked_height(self) -> int:
        """How high it is when all is set under each other, without the run's card."""
        height = self.sizeHint().height()
        if self._holds_card and not self.card.isHidden():
            height -= self.card.sizeHint().height() + self._parts.spacing()
        if self._is_flat and not self._next.isHidden():
            height += self.start_button.sizeHint().height() + self._next_top.spacing()
        return height

    @property
    def card_height(self) -> int:
        """How high the run's card is when all is set under each other, also while there is none."""
        beside = self._facts.sizeHint().height() + self._card.spacing() if self._is_flat else 0
        return self.card.sizeHint().height() + beside + self._parts.spacing()

    def hold_card(self, is_held: bool) -> None:
        """Whether the run's card stands above the next run's name, or its owner has put it elsewhere."""
        self._holds_card = is_held
        if is_held:
            self._parts.insertWidget(0, self.card)

    def _show_words(self) -> None:
        """Name the run's buttons; beside its name there is room for their icons alone."""
        for button, words in ((self.pause_button, self._pause_words), (self.stop_button, self.tr("Stop"))):
            button.setText("" if self._is_dense else words)
            button.setProperty("slim", self._is_dense)
            button.style().polish(button)
            button.setAccessibleName(words)
        self.pause_button.setToolTip(self._pause_words if self._is_dense else "")

    def show_state(self, state: JobState, name: str) -> None:
        """Show what the job is doing."""
        active = state is not JobState.IDLE
        focused = QApplication.focusWidget()
        held = focused is not None and (focused is self.card or self.card.isAncestorOf(focused))
        started = active and not self._is_active and focused is self.start_button
        self._is_active, self._is_stopping = active, state is JobState.STOPPING
        if held and not active:
            self.focus_left.emit()  # before the card goes, which would send the focus anywhere
        self.card.setVisible(active)
        if started:
            self.card.setFocus()  # Start can't be pressed now, nor is what comes next wanted: queueing the same again
        self._show_start()
        self._name_label.setText(self.tr("Next run") if active else self.tr("Run name"))
        self.series.show_running(active)
        self._show_label()
        paused = state is JobState.PAUSED
        self._pause_words = self.tr("Continue") if paused else self.tr("Pause")
        self._show_words()
        self.pause_button.setIcon(icon("play" if paused else "pause"))
        if state is JobState.STOPPING and held:
            self.card.setFocus()  # neither of its buttons can keep it
        self.pause_button.setEnabled(state in (JobState.RUNNING, JobState.PAUSED))
        self.stop_button.setEnabled(state not in (JobState.IDLE, JobState.STOPPING))
        self._name.set_text(name)
        words = {
            JobState.STARTING: self.tr("Getting ready…"),
            JobState.PAUSED: self.tr("Paused"),
            JobState.STOPPING: self.tr("Saving and stopping…"),
        }
        self._state = words.get(state, "")
        if state is JobState.STARTING:
            self._said = ""
            self._bar.setRange(0, 0)
        self._show_facts()

    def show_progress(self, progress: RunProgress) -> None:
        """Show how far the run is; while it stops, nothing says how long it would take."""
        facts = [self.tr("epoch {epoch} of {epochs}").format(epoch=f"{progress.epoch:,}", epochs=f"{progress.epochs:,}")]
        if progress.phase and not progress.doing:
            facts.append(progress.phase)
        if progress.doing and not (progress.is_paused or self._is_stopping):
            facts.append(progress.doing)
        if progress.seconds_left is not None and not self._is_stopping:
            facts.append(self.tr("{time} left").format(time=duration(progress.seconds_left)))
        if progress.images_per_second and not self._is_stopping:
            facts.append(self.tr("{rate} pictures/s").format(rate=few_digits(progress.images_per_second)))
        self._said = " · ".join(facts)
        self._show_facts()
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * progress.fraction))

    def say(self, text: str) -> None:
        """Show a run's message before its first step."""
        self._said = text
        self._show_facts()

    def say_last(self, text: str) -> None:
        """Show what a run still does after its last epoch, which says not how far it is."""
        self.say(text)
        self._bar.setRange(0, 0)

    def _show_facts(self) -> None:
        """Under the run's name, which has its line for itself: how it stands, and how far it is."""
        self._facts.set_text(" · ".join(part for part in (self._state, self._said) if part))

    def _make_next(self) -> QWidget:
        page = QWidget(self)
        self.name_edit = QLineEdit(page)
        self.name_edit.setMaxLength(80)
        self.name_edit.setMinimumWidth(96)
        self.propose_name("")
        self._name_note = FieldNote(self.name_edit)
        self.name_edit.textEdited.connect(self._on_name_edited)
        self.name_edit.textChanged.connect(self._on_name_changed)
        self.name_edit.editingFinished.connect(self._on_name_entered)
        self.start_button = QPushButton(icon("play", "accent_text"), self.tr("Start training"), page)
        self.start_button.setProperty("primary", True)
        self.start_button.clicked.connect(self.start_clicked)
        self.queue_button = QPushButton(icon("plus"), self.tr("Add to queue"), page)
        self.queue_button.clicked.connect(self.queue_clicked)
        self.series_button = QPushButton(self.tr("Train a series…"), page)
        self.series_button.setProperty("link", True)
        self.series_button.setToolTip(self.tr("Train several runs that differ in one setting, one for each of its values"))
        self.series_button.clicked.connect(lambda: self.show_series(True))
        self.difference = ElidedLabel(page, lines=2)
        """What differs from the preset, or why no run can start; its place is kept, so that Start never moves."""
        self.difference.setProperty("muted", True)
        self.difference.setFont(small_font())
        tip = self.tr("The run's folder gets this name, with a number added if it is taken.")
        row = labelled(self.tr("Run name"), self.name_edit, tip)
        beside = row.layout()
        assert isinstance(beside, QHBoxLayout)
        beside.setStretch(0, 0)
        beside.addWidget(self.series_button)  # low windows have no space for a row of its own
        self._name_label = next(label for label in row.findChildren(QLabel) if label.buddy() is self.name_edit)
        texts = (self.tr("Run name"), self.tr("Next run"))
        self._name_label.setMinimumWidth(max(self._name_label.fontMetrics().horizontalAdvance(text) for text in texts))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE)
        self._buttons.addWidget(self.start_button, 1)
        self._buttons.addWidget(self.queue_button, 1)
        top = self._next_top = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        top.setSpacing(SPACE)
        top.addWidget(row)
        top.addLayout(self._buttons)
        column = self._next_column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(top)
        column.addWidget(self.difference)
        return page

    def set_free_name(self, free_name: Callable[[str], str]) -> None:
        """Say how a name that is taken gets free: `free_name` gives what a run of that name will be called."""
        self._free_name = free_name

    def _on_name_edited(self, text: str) -> None:
        """Say what the name becomes if it can't stay as it is; "beta-" is only not finished yet."""
        if not text.strip():
            return
        if name_of_folder(text) != text.strip().rstrip("-._"):
            self._say_name(text, stays=True)
        else:
            self._say_taken(name_of_folder(text), stays=True)

    def _on_name_changed(self, text: str) -> None:
        if not text:  # the run has begun, or its own name will do
            self._name_note.hide()

    def _say_taken(self, name: str, stays: bool) -> None:
        """Say what the run will be called where there is one of that name."""
        free = self._free_name(name)
        if free != name:
            text = self.tr("There is a run called {name} already: this one will be called {free}.")
            self._name_note.say(text.format(name=name, free=free), stays=stays)

    def _on_name_entered(self) -> None:
        """Show the name that the run gets, and say why it isn't the one that was typed."""
        typed = self.name_edit.text()
        name = name_of_folder(typed) if typed.strip() else ""
        if name == typed:
            if name:
                self._say_taken(name, stays=False)
            return
        self.name_edit.setText(name)
        if name != typed.strip():
            self._say_name(typed, stays=False)

    def _say_name(self, typed: str, stays: bool) -> None:
        text = self.tr("The run will be called {name}: a name holds letters, digits, hyphens, underscores and dots.")
        self._name_note.say(text.format(name=name_of_folder(typed)), stays=stays)

    def _on_series_closed(self) -> None:
        self.show_series(False)
        self.series_button.setFocus()

    def _make_active(self) -> QWidget:
        page = QFrame(self)
        page.setProperty("card", True)
        page.setAccessibleName(self.tr("The run that goes on"))
        self._name = ElidedLabel(page)
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self._facts = ElidedLabel(page, lines=2, between=FACTS)  # as many always, so that the buttons stay where they are
        self._facts.setProperty("muted", True)
        self._facts.setFont(small_font())
        self._bar = QProgressBar(page)
        self._bar.setTextVisible(False)
        self.pause_button = QPushButton(icon("pause"), self.tr("Pause"), page)
        self.pause_button.clicked.connect(self.pause_clicked)
        self.stop_button = QPushButton(icon("stop"), self.tr("Stop"), page)
        self.stop_button.setToolTip(self.tr("Save and end the run; it can be resumed"))
        self.stop_button.clicked.connect(self.stop_clicked)
        top = self._top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self._name, 1)
        buttons = self._run_buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.pause_button, 1)
        buttons.addWidget(self.stop_button, 1)
        column = self._card = QVBoxLayout(page)
        column.setContentsMargins(GROUP - UNIT, GROUP - UNIT, GROUP - UNIT, GROUP - UNIT)
        column.setSpacing(SPACE)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addWidget(self._facts)
        column.addLayout(buttons)
        return page
