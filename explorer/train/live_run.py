"""Following the current run: its progress, its growing curves, and the message when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.config import TrainConfig
from core.errors import CoreError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step
from core.families.base import planned_epochs
from core.families.registry import family
from core.runs.listing import RunSummary
from explorer.job.training import JobState, TrainingJob
from explorer.messages import Message, Messenger
from explorer.runs.progress import ProgressEstimate, RunProgress
from explorer.runs.queue import RunQueue
from explorer.train.coach import change_in_words
from explorer.train.run_box import RunBox
from explorer.train.runs import TrainRuns
from explorer.train.settings.form import TrainSettings
from explorer.train.view import TrainView, phase_titles

TOPIC = "start"
"""Of messages about a run that could not begin."""


class TrainNews(QObject):
    """Tells how a run ended, with the one thing that can be done next.

    Args:
        messenger: shows messages.
        form: takes the changes that the coach proposes.
        open_run: explores a run's model.
        parent: Qt's owner.
    """

    def __init__(
        self, messenger: Messenger, form: TrainSettings, open_run: Callable[[RunSummary], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._form = form
        self._open_run = open_run

    def tell_ending(self, folder: Path | None, ending: RunFinished | RunFailed, planned: int | None) -> None:
        """Tell that a run has ended; `planned` is its planned number of epochs, if known."""
        name = folder.name if folder is not None else ""
        if isinstance(ending, RunFailed):
            text = f"{name}: {ending.message}"
            self._messenger.post(Message(text, "error", ending.hint, topic=str(folder), of_tab=False))  # whichever is in front
            return
        if ending.stopped:
            text = self.tr("{name} is stopped and saved; it can be resumed.").format(name=name)
            self._messenger.post(Message(text, topic=str(folder)))
            return
        run = RunSummary(folder, name, "finished") if folder is not None else None
        action = None
        if run is not None and run.checkpoint is not None:
            action = (self.tr("Explore it"), lambda: self._open_run(run))
        text = self.tr("{name} is finished.").format(name=name)
        if planned is not None and ending.epoch < planned:
            text = self.tr("{name} ended early, after epoch {epoch}: the validation pictures had stopped getting better.")
            text = text.format(name=name, epoch=ending.epoch)
        text = f"{text} {ending.note}".strip()
        self._messenger.post(Message(text, "info" if ending.note else "success", action=action, topic=str(folder)))

    def tell(self, folder: Path | None, message: str) -> None:
        """Tell what a run says that matters wherever the person is."""
        self._messenger.warning(f"{folder.name}: {message}" if folder is not None else message)

    def begin(self, folder: Path) -> None:
        """A run has begun, or goes on: what was said of its end, or of a start that failed, is over."""
        self._messenger.settle(str(folder))
        self._messenger.settle(TOPIC)

    def take_change(self, change: dict[str, object], family_name: str = "") -> None:
        """Put what the coach proposed into the form; the current run is unaffected.

        Args:
            change: setting paths and values.
            family_name: of the judged run; the form switches to this family.
        """
        try:
            if family_name and family_name != self._form.config.family:
                self._form.set_family(family_name)
            self._form.set_values(change)
        except CoreError as error:
            self._messenger.report(error)
            return
        self._messenger.info(self.tr("The next run will use {change}.").format(change=change_in_words(change)))


class TrainFollowing(QObject):
    """Passes the job's events to the views.

    Signals:
        progressed(RunProgress): for the window's status line.
        ended(): no run goes on any more.
    """

    progressed = Signal(object)
    ended = Signal()

    def __init__(
        self, job: TrainingJob, box: RunBox, runs: TrainRuns, view: TrainView, queue: RunQueue, news: TrainNews, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._job = job
        self._box = box
        self._runs = runs
        self._view = view
        self._queue = queue
        self._news = news
        self._estimate: ProgressEstimate | None = None
        self._epochs = 0  # of the run, as planned
        self._folder: Path | None = None
        job.state_changed.connect(self._on_job_state_changed)
        job.event_received.connect(self._on_job_event_received)
        job.step_reported.connect(self._on_job_step_reported)
        job.ended.connect(self._on_job_ended)
        queue.changed.connect(self._on_queue_changed)

    @property
    def folder(self) -> Path | None:
        """The run that began last."""
        return self._folder

    def begin(self, folder: Path, config: TrainConfig | None) -> None:
        """A job was started on a folder."""
        self._folder = folder
        self._news.begin(folder)
        self._estimate = ProgressEstimate(folder.name, phases=phase_titles(config))
        self._epochs = planned_epochs(family(config.family), config) if config is not None else 0
        self._box.show_state(self._job.state, folder.name)
        self._runs.set_own(folder, config)
        self._show_pause(self._job.state)
        self._tell_start()

    def _tell_start(self) -> None:
        """Until the first step, the status line says that the run gets ready."""
        if self._job.state is JobState.STARTING and self._estimate is not None:
            self._tell(self._estimate.starting(self._epochs))

    def show_progress(self, progress: RunProgress) -> None:
        """Show the run's progress beside the buttons, and in the status line with its place in the queue."""
        self._box.show_progress(progress)
        self._tell(progress)

    def _tell(self, progress: RunProgress) -> None:
        """Show it in the status line, which is seen in every tab."""
        place = self._queue.place
        if place is not None:
            name = self.tr("{name} ({n} of {all})").format(name=progress.name, n=place[0], all=place[1])
            progress = replace(progress, name=name)
        self.progressed.emit(progress)

    def _on_job_state_changed(self, state: JobState) -> None:
        self._box.show_state(state, self._job.folder.name if self._job.folder is not None else "")
        self._show_pause(state)

    def _show_pause(self, state: JobState) -> None:
        """While a run waits, the list and the progress say so; then, and while it stops, nothing says how long it will take."""
        latest = self._estimate.latest if self._estimate is not None else None
        if state is JobState.STOPPING and latest is not None:
            self.show_progress(replace(latest, images_per_second=None, seconds_left=None, is_paused=False))
        if state not in (JobState.PAUSED, JobState.RUNNING):
            return
        paused = state is JobState.PAUSED
        self._runs.set_going(is_paused=paused)
        if self._estimate is not None:
            (self._estimate.pause if paused else self._estimate.unpause)()
            if self._estimate.latest is not None:
                self.show_progress(self._estimate.latest)

    def _on_job_event_received(self, event: Event) -> None:
        if isinstance(event, (EpochFinished, CheckpointSaved)):
            self._runs.update_own(event)
        if isinstance(event, Log):
            if event.matters:
                self._news.tell(self._job.folder, event.message)
            latest = self._estimate.latest if self._estimate is not None else None
            if self._job.state is JobState.STARTING:
                self._box.say(event.message)
            elif self._job.state is JobState.RUNNING and latest is not None and latest.fraction >= 1.0:
                self.show_progress(replace(latest, images_per_second=None, seconds_left=None))
                self._box.say_last(event.message)
        elif isinstance(event, RunStarted):
            self._view.chart.set_first_epoch(0.0 if event.epoch == 0 else None)
        elif isinstance(event, EpochFinished) and self._estimate is not None:
            self.show_progress(self._estimate.epoch(event))
        if isinstance(event, (EpochFinished, CheckpointSaved)):
            self._view.follow(self._job.folder, event)

    def _on_job_step_reported(self, step: Step) -> None:
        if self._estimate is not None and self._job.state is not JobState.STOPPING:
            self.show_progress(self._estimate.step(step))
        self._view.follow_step(self._job.folder, step)

    def _on_job_ended(self, ending: RunFinished | RunFailed) -> None:
        folder = self._job.folder
        latest = self._estimate.latest if self._estimate is not None else None
        self._estimate = None
        self._view.chart.set_first_epoch(None)
        self._runs.clear_own()
        self._news.tell_ending(folder, ending, latest.epochs if latest is not None else None)
        if folder is not None and folder == self._view.folder:
            self._view.coach.consult(folder)  # some advice is only for runs that have ended
        self.ended.emit()

    def _on_queue_changed(self) -> None:
        latest = self._estimate.latest if self._estimate is not None else None
        if latest is not None and self._job.is_active:
            self.show_progress(latest)
        elif latest is None:
            self._tell_start()
