"""The Train tab: what to train on and how, the run that goes on, and all the runs before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QHBoxLayout,
    QWidget,
)

from core.config import TrainConfig
from core.errors import CoreError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step
from core.training.runs import RunSummary, about, default_runs_folder, next_run_folder, read_config
from explorer.jobs import JobState, TrainingJob
from explorer.messages import Messenger
from explorer.panels.train_column import BAR, DataBox, TrainColumn
from explorer.panels.train_run_box import RunBox
from explorer.panels.train_runs import TrainRuns
from explorer.panels.train_settings import TrainSettings
from explorer.panels.train_view import TrainView
from explorer.run_progress import ProgressEstimate
from explorer.theme import EDGE, GROUP


class HasRunsFolder(Protocol):
    """What the panel asks of the window's settings."""

    @property
    def runs_folder(self) -> str: ...


class TrainPanel(QWidget):
    """Starts, follows and lists runs.

    Signals:
        data_requested(): the person wants to choose pictures.
        model_requested(str): open this checkpoint.
        run_progressed(RunProgress): for the window's status line.
        run_ended(): no run goes on any more.
    """

    data_requested = Signal()
    model_requested = Signal(str)
    run_progressed = Signal(object)
    run_ended = Signal()

    def __init__(
        self,
        document: Any,
        job: TrainingJob,
        settings: HasRunsFolder,
        messenger: Messenger,
        parent: QWidget | None = None,
    ) -> None:
        """The panel.

        Args:
            document: has `data` (FaceData or None) and the signal `data_changed`.
            job: the one training child.
            settings: says where runs go; an empty folder means the default one.
            messenger: takes what the person should know.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._document = document
        self._job = job
        self._settings = settings
        self._messenger = messenger
        self._estimate: ProgressEstimate | None = None
        self.settings_form = TrainSettings(self)
        self.run_box = RunBox(self)
        self.runs = TrainRuns(self._runs_folder, messenger, self)
        self.view = TrainView(messenger, self)
        self._data = DataBox(self)
        self._data.data_requested.connect(self.data_requested)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        outer.setSpacing(EDGE - BAR)
        outer.addWidget(TrainColumn(self._data, self.settings_form, self.run_box, self.runs, self))
        outer.addWidget(self.view, 1)
        self.settings_form.changed.connect(self._show_startable)
        self.run_box.start_clicked.connect(self.start)
        self.run_box.pause_clicked.connect(self.toggle_pause)
        self.run_box.stop_clicked.connect(self.stop)
        self.runs.run_chosen.connect(self._on_runs_run_chosen)
        self.runs.open_requested.connect(self._on_runs_open_requested)
        self.runs.resume_requested.connect(self._on_runs_resume_requested)
        self.runs.refreshed.connect(self._on_runs_refreshed)
        document.data_changed.connect(self._on_document_data_changed)
        job.state_changed.connect(self._on_job_state_changed)
        job.event_received.connect(self._on_job_event_received)
        job.step_reported.connect(self._on_job_step_reported)
        job.ended.connect(self._on_job_ended)
        self._on_document_data_changed()
        self._show_title()

    @property
    def is_running(self) -> bool:
        """Whether this window's run goes on, paused or not."""
        return self._job.is_active

    @property
    def shown_run(self) -> Path | None:
        """The run whose curves are on the screen."""
        return self.view.folder

    def toggle_start(self) -> None:
        """Start a run, or pause and continue the one that goes on."""
        if self._job.is_active:
            self.toggle_pause()
        else:
            self.start()

    def start(self) -> None:
        """Start a run with the settings on the opened pictures; says why if it can't."""
        for field in self.settings_form.findChildren(QAbstractSpinBox):
            field.interpretText()  # what is typed but not yet entered counts
        reason = self._why_not()
        if reason:
            self._messenger.warning(reason)
            return
        config = self.settings_form.config_for(self._document.data.config)
        try:
            folder = self._new_folder()
            self._job.start(config, folder)
        except CoreError as error:
            self._messenger.report(error)
            return
        self.run_box.name_edit.clear()
        self._begin(folder, config)
        self.view.show_new(folder)
        self.runs.choose(folder)
        self._show_title()

    def toggle_pause(self) -> None:
        """Hold the run, or let it go on."""
        if self._job.state is JobState.PAUSED:
            self._job.unpause()
        else:
            self._job.pause()

    def stop(self) -> None:
        """Save and end the run."""
        self._job.stop()

    def show_run(self, folder: Path | str) -> None:
        """Show a run's curves and pictures, wherever its folder lies."""
        folder = Path(folder)
        self.view.show_folder(folder)
        self.runs.choose(folder)
        self._show_title()

    # -- starting

    def _runs_folder(self) -> Path:
        return Path(self._settings.runs_folder) if self._settings.runs_folder else default_runs_folder()

    def _new_folder(self) -> Path:
        """The next run's folder: the name that the person wrote, with a number where it is taken."""
        name = self.run_box.run_name
        root = self._runs_folder()
        if not name:
            return next_run_folder(root, self._document.data.index.name)
        wanted = root / next_run_folder(root, name).name.rpartition("-")[0]
        return next_run_folder(root, name) if wanted.exists() else wanted

    def _propose_name(self) -> None:
        data = self._document.data
        name = next_run_folder(self._runs_folder(), data.index.name).name if data is not None else ""
        self.run_box.propose_name(name)

    def _why_not(self) -> str:
        """Why no run can start, in a sentence; empty if one can."""
        if self._job.is_active:
            return self.tr("A run goes on already.")
        if self._document.data is None:
            return self.tr("Choose pictures to train on first.")
        if not self.settings_form.is_valid:
            return self.tr("A setting can't be used; see the red line at it.")
        return ""

    def _show_startable(self) -> None:
        self.run_box.show_startable(self._why_not())

    def _begin(self, folder: Path, config: TrainConfig | None) -> None:
        """A job was started on a folder."""
        self._estimate = ProgressEstimate(folder.name)
        self.run_box.show_state(self._job.state, folder.name)
        self.runs.set_own(folder, config)

    def _show_title(self) -> None:
        folder = self.view.folder
        run = self.runs.list.run_of(folder) if folder is not None else None
        config = run.config if run is not None else read_config(folder) if folder is not None else None
        self.view.describe(about(config), run.message if run is not None else "")

    # -- slots

    def _on_document_data_changed(self) -> None:
        data = self._document.data
        if data is None:
            self._data.show_none()
        else:
            self._data.show_data(data.index.name, len(data.images))
            self.settings_form.set_image_size(data.config.image_size)
        self._propose_name()
        self.settings_form.set_training_pictures(len(data.split.train) if data is not None else None)
        self._show_startable()

    def _on_job_state_changed(self, state: JobState) -> None:
        self.run_box.show_state(state, self._job.folder.name if self._job.folder is not None else "")
        self.settings_form.setEnabled(state is JobState.IDLE)
        self._show_startable()
        if self._estimate is not None:
            if state is JobState.PAUSED:
                self._estimate.pause()
            elif state is JobState.RUNNING:
                self._estimate.unpause()

    def _on_job_event_received(self, event: Event) -> None:
        if isinstance(event, Log):
            if self._job.state is JobState.STARTING:
                self.run_box.say(event.message)
        elif isinstance(event, RunStarted):
            self.view.chart.set_first_epoch(0.0 if event.epoch == 0 else None)
        elif isinstance(event, EpochFinished):
            self.runs.update_own(event.epoch, event.epochs, _finite(event.valid.get("psnr")))
            if self._estimate is not None:
                self._show_progress(self._estimate.epoch(event))
        if isinstance(event, (EpochFinished, CheckpointSaved)):
            self.view.follow(self._job.folder, event)

    def _on_job_step_reported(self, step: Step) -> None:
        if self._estimate is not None and self._job.state is not JobState.STOPPING:
            self._show_progress(self._estimate.step(step))
        self.view.follow_step(self._job.folder, step)

    def _show_progress(self, progress: Any) -> None:
        self.run_box.show_progress(progress)
        self.run_progressed.emit(progress)

    def _on_job_ended(self, ending: RunFinished | RunFailed) -> None:
        folder = self._job.folder
        self._estimate = None
        self.view.chart.set_first_epoch(None)
        self.runs.clear_own()
        name = folder.name if folder is not None else ""
        if isinstance(ending, RunFailed):
            self._messenger.error(f"{name}: {ending.message}", ending.hint)
        elif ending.stopped:
            self._messenger.info(self.tr("{name} is stopped and saved; it can be resumed.").format(name=name))
        else:
            run = RunSummary(folder, name, "finished") if folder is not None else None
            action = None
            if run is not None and run.checkpoint is not None:
                action = (self.tr("Explore it"), lambda: self._on_runs_open_requested(run))
            self._messenger.success(self.tr("{name} is finished.").format(name=name), action=action)
        self.run_ended.emit()

    def _on_runs_run_chosen(self, run: RunSummary) -> None:
        self.show_run(run.folder)

    def _on_runs_open_requested(self, run: RunSummary) -> None:
        if run.checkpoint is not None:
            self.model_requested.emit(str(run.checkpoint))

    def _on_runs_resume_requested(self, run: RunSummary, epochs: int) -> None:
        try:
            self._job.resume(run.folder, epochs or None)
        except CoreError as error:
            self._messenger.report(error)
            return
        self._begin(run.folder, None)
        if self.view.folder != run.folder:
            self.show_run(run.folder)

    def _on_runs_refreshed(self) -> None:
        """Follow a run of another process; and show the newest one when the tab is first seen."""
        self._show_title()
        self._propose_name()
        runs = self.runs.list.runs
        shown = self.view.folder
        if shown is None:
            if runs:
                self.show_run(runs[0].folder)
            return
        self.runs.choose(shown)
        run = self.runs.list.run_of(shown)
        is_own = self._job.is_active and self._job.folder == shown
        if run is not None and not is_own and not self.view.is_reading and run.epoch != self.view.chart.epochs_shown:
            self.view.show_folder(shown)


def _finite(value: float | None) -> float:
    return float("nan") if value is None else float(value)
