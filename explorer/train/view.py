"""One run on the screen: its curves over its pictures, read from its folder and updated by its events; other runs overlaid."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from core.config import TrainConfig
from core.events import CheckpointSaved, EpochFinished, Step
from core.families.registry import DEFAULT, family
from core.runs.history import RunHistory, preview_path, read_history
from core.runs.listing import read_config
from explorer.chart.chart import TrainingChart
from explorer.chart.drawing import ChartRun
from explorer.look.theme import GROUP, SPACE, UNIT
from explorer.messages import Messenger
from explorer.qt import override
from explorer.saving.ask_path import show_in_folder
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task
from explorer.train.coach import CoachBox
from explorer.train.compared import ComparedRuns, difference_words
from explorer.train.preview.preview import Preview

_PREVIEW = 232  # pixels: the height of the pictures' card, where they fill it
_CURVES = 300
"""Pixels: the least height of the curves with what stands around them; the coach's reasons and the pictures give way first."""
_LOW = 600
"""Pixels: in a lower view the coach gives its reasons on hover alone."""
_AROUND = 124  # pixels: of it, for the words above the pictures and the slider below
TOPIC = "save from train"  # of messages about pictures and curves that couldn't be saved
_ACROSS = 12  # pictures side by side: eight over their reconstructions, and four samples


def phase_titles(config: TrainConfig | None) -> dict[str, str]:
    """The titles of a run's phases, by their names."""
    return {} if config is None else {phase.name: phase.title for phase in family(config.family).phases(config)}


class TrainView(QSplitter):
    """Shows one run at a time. Its owner passes it the events of all runs; it uses those of the run it shows."""

    def __init__(self, messenger: Messenger, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._messenger = messenger
        self._folder: Path | None = None
        self._drawn: Path | None = None  # the run whose curves and pictures are on the screen until it is read
        self._described = ("", "")
        self._reading = False
        self._read_again = False
        self._coming = DEFAULT  # the family of the next run
        self._missed: list[EpochFinished | CheckpointSaved] = []
        self._config: TrainConfig | None = None
        self._compared = ComparedRuns(self)
        self._compared.changed.connect(self._show_compared)
        self._compared.failed.connect(messenger.report)
        self.chart = TrainingChart(self)
        self.chart.setMinimumHeight(_CURVES)
        self.chart.saved.connect(self._on_saved)
        self.chart.failed.connect(lambda error: messenger.report(error, TOPIC))
        self.coach = CoachBox(self)
        self.coach.failed.connect(messenger.report)
        self.preview = Preview(settings, self)
        self.preview.saved.connect(self._on_saved)
        self.preview.copied.connect(self._on_preview_copied)
        self.preview.failed.connect(lambda error: messenger.report(error, TOPIC))
        self.setObjectName("train_views")
        self.setChildrenCollapsible(False)
        self.setHandleWidth(SPACE)
        self.setStyleSheet("QSplitter::handle { background: transparent; }")  # the cards' borders separate enough
        self.addWidget(self._card(self.chart, SPACE, self.coach))
        self.addWidget(self._card(self.preview, SPACE + UNIT))
        self.setStretchFactor(0, 1)
        self.setSizes([440, _PREVIEW])
        self._is_moved = False
        self.splitterMoved.connect(self._on_self_splitter_moved)

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
        self._folder = self._drawn = folder
        self._config = read_config(folder)
        self._missed = []
        kind = family(self._config.family if self._config is not None else DEFAULT)
        self.chart.clear(kind.name)
        self.chart.set_phases(phase_titles(self._config))
        self.coach.set_advice([], str(folder))
        self.preview.clear(kind.rows)
        self._show_compared()

    def show_nothing(self) -> None:
        """The run that was shown is gone."""
        self._folder = self._drawn = None
        self._missed = []
        self._clear()

    def show_coming(self, family_name: str) -> None:
        """Say what a run of a family would show, as long as there is none."""
        if family_name != self._coming:
            self._coming = family_name
            if self._folder is None:
                self._clear()

    def _clear(self) -> None:
        self.chart.clear(self._coming)
        self.coach.clear()
        self.preview.clear(family(self._coming).rows)

    def show_folder(self, folder: Path) -> None:
        """Show what a run has written so far."""
        self._folder = folder
        self.coach.consult(folder)
        self._missed = []
        if self._reading:
            self._read_again = True
            return
        self._reading, self._read_again = True, False
        run_task(
            self,
            lambda _: (folder, read_history(folder), read_config(folder)),
            done=self._on_history_read,
            failed=self._on_history_failed,
            name="history",
        )

    @property
    def compared(self) -> tuple[Path, ...]:
        """The runs overlaid on the shown one, without it."""
        return tuple(folder for folder in self._compared.folders if folder != self._folder)

    def set_compared(self, folders: list[Path]) -> None:
        """Overlay other runs on the shown one; an empty list removes them. Running ones are followed."""
        self._compared.set_folders(folders)

    def describe(self, about: str, problem: str) -> None:
        """Say what the run's settings are and why it failed; once its curves are there, so that no others are named after it."""
        self._described = about, problem
        if self._folder == self._drawn or self._drawn is None:
            self._show_description()

    def _show_description(self) -> None:
        self.chart.set_run(self._folder.name if self._folder is not None else "", *self._described)

    def follow(self, folder: Path | None, event: EpochFinished | CheckpointSaved) -> None:
        """Handle an event of a run."""
        if folder is None or folder != self._folder:
            return
        if self._reading:
            self._missed.append(event)
        elif isinstance(event, CheckpointSaved):
            if event.best:
                self.chart.set_best(event.epoch)
        else:
            self.chart.append(event)
            self.coach.consult(folder)
            path = preview_path(event.preview, folder)
            if path is not None:
                self.preview.add(event.epoch, path)

    def follow_step(self, folder: Path | None, step: Step) -> None:
        """Handle a step; it matters only while there are no curves."""
        if step.epoch == 1 and folder == self._folder:
            self.chart.set_first_epoch(step.step / max(1, step.steps))

    def _card(self, content: QWidget, above: int, below: QWidget | None = None) -> QFrame:
        card = QFrame(self)
        card.setProperty("card", True)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(GROUP, above, GROUP, above)
        layout.addWidget(content, 1)
        if below is not None:
            layout.addWidget(below)
        return card

    def _show_compared(self) -> None:
        """Show the compared runs' curves, named by their differences, once the shown run is read, too."""
        if self._reading:
            return
        others = [run for run in self._compared.runs if run.folder != self._folder]
        own, *words = difference_words([self._config, *(run.config for run in others)])
        runs = [
            ChartRun(run.folder.name, run.history, about, phase_titles(run.config))
            for run, about in zip(others, words, strict=True)
        ]
        self.chart.set_compared(runs, own)

    def _on_history_read(self, read: tuple[Path, RunHistory, TrainConfig | None]) -> None:
        folder, history, config = read
        self._reading = False
        if self._read_again and self._folder is not None:
            self.show_folder(self._folder)  # the person has chosen another since
            return
        if folder != self._folder:  # a new run has begun since
            self._show_compared()
            return
        self._config = config
        self._drawn = folder
        self._show_description()
        self.chart.set_phases(phase_titles(config))
        self.chart.set_history(history)
        self._show_compared()
        self.preview.set_previews(history.previews, history.family.rows)
        missed, self._missed = self._missed, []
        last = int(history.epoch[-1]) if len(history) else 0
        for event in missed:
            if isinstance(event, CheckpointSaved) or event.epoch > last:
                self.follow(folder, event)

    def _on_history_failed(self, error: BaseException) -> None:
        self._reading = False
        self._drawn = self._folder
        self._show_description()
        self._show_compared()
        self._messenger.report(error)

    def _on_self_splitter_moved(self) -> None:
        self._is_moved = True

    def _on_preview_copied(self, size: QSize) -> None:
        text = self.tr("The picture is on the clipboard: {width} × {height} pixels.")
        self._messenger.success(text.format(width=size.width(), height=size.height()))

    def _on_saved(self, path: Path) -> None:
        self._messenger.settle(TOPIC)  # what was said of an earlier attempt
        show = (self.tr("Show in folder"), lambda: show_in_folder(path))
        self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=show)

    @override
    def restoreState(self, state: QByteArray | bytes | bytearray | memoryview) -> bool:
        self._is_moved = super().restoreState(state)
        return self._is_moved

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the curves what the pictures don't need, unless the person has divided the room."""
        super().resizeEvent(event)
        self.coach.set_brief(self.height() < _LOW)
        if not self._is_moved:
            faces = 2 * (self.width() - 2 * GROUP) / _ACROSS
            pictures = round(min(_PREVIEW, _AROUND + faces))
            self.setSizes([self.height() - self.handleWidth() - pictures, pictures])

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._compared.set_watching(True)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._compared.set_watching(False)
