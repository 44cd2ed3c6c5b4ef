"""Start, and once a run goes on: its name, how far it is, Pause and Stop."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
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

from explorer.icons import icon
from explorer.jobs import JobState
from explorer.run_progress import RunProgress
from explorer.theme import GROUP, SPACE, UNIT
from explorer.widgets.section import labelled
from explorer.widgets.status_line import duration


class RunBox(QWidget):
    """Shows a job's state and asks for changes of it; knows neither job nor settings."""

    start_clicked = Signal()
    pause_clicked = Signal()
    stop_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._idle = self._make_idle()
        self._active = self._make_active()
        self._active.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._idle)
        layout.addWidget(self._active)

    @property
    def run_name(self) -> str:
        """What the person wants the next run to be called; empty: the proposed name."""
        return self.name_edit.text().strip()

    def propose_name(self, name: str) -> None:
        """The name that the next run gets unless the person writes another."""
        self.name_edit.setPlaceholderText(name)

    def show_startable(self, reason: str) -> None:
        """Let a run start, or say why it can't (an empty reason: it can)."""
        self.start_button.setEnabled(not reason)
        self.start_button.setToolTip(reason or self.tr("Train a model on these pictures with these settings"))
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    def show_state(self, state: JobState, name: str) -> None:
        """Show what the job is doing."""
        active = state is not JobState.IDLE
        self._idle.setVisible(not active)
        self._active.setVisible(active)
        paused = state is JobState.PAUSED
        self.pause_button.setText(self.tr("Continue") if paused else self.tr("Pause"))
        self.pause_button.setIcon(icon("play" if paused else "pause"))
        self.pause_button.setEnabled(state in (JobState.RUNNING, JobState.PAUSED))
        self.stop_button.setEnabled(state not in (JobState.IDLE, JobState.STOPPING))
        self._name.setText(name)
        words = {
            JobState.STARTING: self.tr("Getting ready…"),
            JobState.PAUSED: self.tr("Paused"),
            JobState.STOPPING: self.tr("Saving and stopping…"),
        }
        self._state.setText(words.get(state, ""))
        if state is JobState.STARTING:
            self._facts.setText(self.tr("Reading pictures and building the model"))
            self._bar.setRange(0, 0)

    def show_progress(self, progress: RunProgress) -> None:
        """Show how far the run is."""
        facts = [self.tr("epoch {epoch} of {epochs}").format(epoch=f"{progress.epoch:,}", epochs=f"{progress.epochs:,}")]
        if progress.images_per_second:
            facts.append(self.tr("{rate} images/s").format(rate=f"{progress.images_per_second:,.0f}"))
        if progress.seconds_left is not None:
            facts.append(self.tr("{time} left").format(time=duration(progress.seconds_left)))
        self._facts.setText(" · ".join(facts))
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * progress.fraction))

    def say(self, text: str) -> None:
        """Show what a run says before its first step."""
        self._facts.setText(text)

    def _make_idle(self) -> QWidget:
        page = QWidget(self)
        self.name_edit = QLineEdit(page)
        self.name_edit.setMaxLength(80)
        self.name_edit.setFixedWidth(148)
        self.start_button = QPushButton(icon("play", "accent_text"), self.tr("Start training"), page)
        self.start_button.setProperty("primary", True)
        self.start_button.clicked.connect(self.start_clicked)
        self._reason = QLabel(page)
        self._reason.setProperty("muted", True)
        self._reason.setWordWrap(True)
        self._reason.hide()
        tip = self.tr("The run's folder gets this name, with a number behind it where it is taken.")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(labelled(self.tr("Run name"), self.name_edit, tip))
        column.addWidget(self.start_button)
        column.addWidget(self._reason)
        return page

    def _make_active(self) -> QWidget:
        page = QFrame(self)
        page.setProperty("card", True)
        self._name = QLabel(page)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self._state = QLabel(page)
        self._state.setProperty("muted", True)
        self._facts = QLabel(page)
        self._facts.setProperty("muted", True)
        self._facts.setWordWrap(True)
        self._bar = QProgressBar(page)
        self._bar.setTextVisible(False)
        self.pause_button = QPushButton(icon("pause"), self.tr("Pause"), page)
        self.pause_button.clicked.connect(self.pause_clicked)
        self.stop_button = QPushButton(icon("stop"), self.tr("Stop"), page)
        self.stop_button.setToolTip(self.tr("Save and end the run; it can be resumed"))
        self.stop_button.clicked.connect(self.stop_clicked)
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self._name, 1)
        top.addWidget(self._state)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.pause_button, 1)
        buttons.addWidget(self.stop_button, 1)
        column = QVBoxLayout(page)
        column.setContentsMargins(GROUP - UNIT, GROUP - UNIT, GROUP - UNIT, GROUP - UNIT)
        column.setSpacing(SPACE)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addWidget(self._facts)
        column.addLayout(buttons)
        return page
