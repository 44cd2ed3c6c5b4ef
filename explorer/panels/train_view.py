"""One run on the screen: its curves over its pictures, read from its folder and kept up with its events."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from core.events import CheckpointSaved, EpochFinished, Step
from core.training.run_history import RunHistory, preview_path, read_history
from explorer.messages import Messenger
from explorer.tasks import run_task
from explorer.theme import GROUP, SPACE, UNIT
from explorer.widgets.preview import Preview
from explorer.widgets.training_chart import TrainingChart


class TrainView(QSplitter):
    """Shows one run at a time. Its owner hands it the events of whatever runs; it takes those of the run it shows."""

    def __init__(self, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._messenger = messenger
        self._folder: Path | None = None
        self._reading = False
        self._read_again = False
        self._missed: list[EpochFinished | CheckpointSaved] = []
        self.chart = TrainingChart(self)
        self.chart.saved.connect(self._on_chart_saved)
        self.chart.failed.connect(messenger.report)
        self.preview = Preview(self)
        self.setObjectName("train_views")
        self.setChildrenCollapsible(False)
        self.setHandleWidth(SPACE)
        self.setStyleSheet("QSplitter::handle { background: transparent; }")  # the cards' borders are line enough
        self.addWidget(self._card(self.chart, SPACE))
        self.addWidget(self._card(self.preview, SPACE + UNIT))
        self.setStretchFactor(0, 1)
        self.setSizes([400, 272])

    @property
    def folder(self) -> Path | None:
        """The run that is shown."""
        return self._folder

    @property
    def is_reading(self) -> bool:
        """Whether a history is being read."""
        return self._reading

    def show_new(self, folder: Path) -> None:
        """Show a run that has no epoch yet."""
        self._folder = folder
        self._missed = []
        self.chart.clear()
        self.preview.clear()

    def show_folder(self, folder: Path) -> None:
        """Show what a run has written so far."""
        self._folder = folder
        self._missed = []
        if self._reading:
            self._read_again = True
            return
        self._reading, self._read_again = True, False
        run_task(
            self,
            lambda _: (folder, read_history(folder)),
            done=self._on_history_read,
            failed=self._on_history_failed,
            name="history",
        )

    def describe(self, about: str, problem: str) -> None:
        """Say what the run's settings are and why it failed."""
        self.chart.set_run(self._folder.name if self._folder is not None else "", about, problem)

    def follow(self, folder: Path | None, event: EpochFinished | CheckpointSaved) -> None:
        """Something happened in a run."""
        if folder is None or folder != self._folder:
            return
        if self._reading:
            self._missed.append(event)
        elif isinstance(event, CheckpointSaved):
            if event.best:
                self.chart.set_best(event.epoch)
        else:
            self.chart.append(event)
            path = preview_path(event.preview, folder)
            if path is not None:
                self.preview.add(event.epoch, path)

    def follow_step(self, folder: Path | None, step: Step) -> None:
        """A step is done; it matters while there are no curves."""
        if step.epoch == 1 and folder == self._folder:
            self.chart.set_first_epoch(step.step / max(1, step.steps))

    def _card(self, content: QWidget, above: int) -> QFrame:
        card = QFrame(self)
        card.setProperty("card", True)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(GROUP, above, GROUP, above)
        layout.addWidget(content)
        return card

    def _on_history_read(self, read: tuple[Path, RunHistory]) -> None:
        folder, history = read
        self._reading = False
        if self._read_again and self._folder is not None:
            self.show_folder(self._folder)  # the person has chosen another since
            return
        if folder != self._folder:
            return  # a new run has begun since
        self.chart.set_history(history)
        self.preview.set_previews(history.previews)
        missed, self._missed = self._missed, []
        last = int(history.epoch[-1]) if len(history) else 0
        for event in missed:
            if isinstance(event, CheckpointSaved) or event.epoch > last:
                self.follow(folder, event)

    def _on_history_failed(self, error: BaseException) -> None:
        self._reading = False
        self._messenger.report(error)

    def _on_chart_saved(self, path: Path) -> None:
        self._messenger.success(self.tr("The curves are saved as {path}").format(path=path))
