"""The Train tab: what to train on and how, the current run, and all earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.config import TrainConfig, get, with_values
from core.data.cache.limit import size_text
from core.errors import CoreError
from core.families.base import Can
from core.families.registry import family
from core.runs.expected import LARGE, expected, file_bytes, seconds_at, speed_key
from core.runs.listing import RunSummary
from explorer.data.sources import source_title
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.job.training import JobState, TrainingJob
from explorer.look.theme import EDGE, GROUP
from explorer.messages import Messenger
from explorer.qt import override
from explorer.runs.actions import RunActions
from explorer.runs.model import RunsModel
from explorer.runs.progress import ProgressEstimate
from explorer.runs.queue import RunQueue
from explorer.runs.shelf import RunShelf
from explorer.runs.texts import about_text
from explorer.runs.watching import RunWatching
from explorer.settings.store import SettingsStore
from explorer.train.column import BAR, WIDTH, DataBox, TrainColumn
from explorer.train.live_run import TOPIC, TrainFollowing, TrainNews
from explorer.train.memory import TrainMemory
from explorer.train.pace import PaceMeter
from explorer.train.plans import TrainPlans
from explorer.train.run_box import RunBox
from explorer.train.runs import TrainRuns
from explorer.train.settings.fields import tr
from explorer.train.settings.form import TrainSettings
from explorer.train.settings.names import setting_names
from explorer.train.stage import TrainStage
from explorer.train.start import model_file_name
from explorer.train.view import TrainView
from explorer.widgets.room.page import ScrollPage
from explorer.widgets.room.splitter import FoldingSplitter

STAGE_WIDTH, STAGE_COMFORT = 280, 440  # of the curves: the least, and what is good


@dataclass(frozen=True, slots=True, eq=False)
class TrainParts:
    """The parts that take longest to build, built one by one beforehand so that the window isn't held up."""

    form: TrainSettings
    view: TrainView
    run_box: RunBox
    data_box: DataBox


class TrainPanel(QWidget):
    """Starts, follows and lists runs.

    Signals:
        data_requested(): the person wants to choose pictures.
        model_requested(str, bool): open this checkpoint; False: of a model whose codes can't be edited.
        run_progressed(RunProgress): for the window's status line.
        run_ended(): no run goes on any more.
        run_moved(Path, Path): a run's folder has another name now.
        pictures_requested(DataConfig): read these, for a run on them is wanted again.
        undo_changed(): something can be taken back here, or no longer.
        prior_requested(str): learn a prior for the model in this file.
    """

    prior_requested = Signal(str)
    undo_changed = Signal()
    data_requested = Signal()
    model_requested = Signal(str, bool)
    run_moved = Signal(object, object)
    pictures_requested = Signal(object)
    run_progressed = Signal(object)
    run_ended = Signal()

    def __init__(
        self,
        document: Document,
        job: TrainingJob,
        settings: SettingsStore,
        messenger: Messenger,
        parent: QWidget | None = None,
        parts: TrainParts | None = None,
    ) -> None:
        """The panel.

        Args:
            document: has `data` (FaceData or None), `model` (LoadedModel or None), and signals of their changes.
            job: the one training child.
            settings: says where runs go; an empty folder means the default one.
            messenger: shows messages.
            parent: Qt's owner.
            parts: built beforehand, and `lay_out` is called later, too; None: all of it is done now.
        """
        super().__init__(parent)
        does_all_now = parts is None
        parts = parts or TrainParts(TrainSettings(self), TrainView(messenger, settings, self), RunBox(self), DataBox(self))
        self._document = document
        self._job = job
        self._meter: PaceMeter | None = None
        self._settings = settings
        self._messenger = messenger
        self.settings_form = parts.form
        TrainMemory(self.settings_form, settings)
        self.run_box = parts.run_box
        self._shelf = RunShelf(self._runs_folder, self)
        model = RunsModel(setting_names(), self)
        self._shelf.changed.connect(lambda: model.set_runs(self._shelf.runs))  # first of all that listen
        self.queue = RunQueue(self._runs_folder, job, self)
        actions = self._actions = RunActions(self._shelf, self.queue, messenger, self)
        actions.undo_changed.connect(self.undo_changed)
        model.name_given.connect(actions.rename)
        self.runs = TrainRuns(self._shelf, model, self.queue, actions, self)
        self.view = parts.view
        self.stage = TrainStage(self.view, self._shelf, model, self.runs, actions, self._is_own, messenger, self)
        self.watching = RunWatching(settings, self._shelf, messenger, self)
        self.plans = TrainPlans(
            document, self.settings_form, self.run_box, self.queue, self._shelf, self._runs_folder, self._why_not, messenger, self
        )
        self._news = TrainNews(messenger, self.settings_form, self._on_runs_open_requested, self)
        self._following = TrainFollowing(job, self.run_box, self.runs, self.view, self.queue, self._news, self)
        self._following.progressed.connect(self.run_progressed)
        self._following.ended.connect(self.run_ended)
        self._data = parts.data_box
        self._data.data_requested.connect(self.data_requested)
        if does_all_now:
            self.lay_out()

    def lay_out(self) -> None:
        """Put the parts in their places, connect them, and list the runs: what is left to do where the parts were given."""
        document, job, messenger, actions = self._document, self._job, self._messenger, self._actions
        self.stage.currentChanged.connect(self._on_stage_current_changed)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        self.columns = FoldingSplitter("train_columns", self)
        column = self._column = TrainColumn(self._data, self.settings_form, self.run_box, self.runs, self)
        self.columns.add_pane(column, WIDTH + BAR + EDGE, fold=self.tr("settings and runs"))
        right = self._right = ScrollPage(self.stage, self)
        right.setMinimumWidth(STAGE_WIDTH)
        self.columns.add_pane(
            right, STAGE_WIDTH, fold=self.tr("curves and pictures"), stretch=1, comfort=STAGE_COMFORT, first_to_fold=True
        )
        outer.addWidget(self.columns)
        self.settings_form.changed.connect(self._show_startable)
        self.settings_form.settings_dropped.connect(messenger.info)
        self.settings_form.size_requested.connect(self._on_settings_form_size_requested)
        self.run_box.start_clicked.connect(self.start)
        self.run_box.pause_clicked.connect(self.toggle_pause)
        self.run_box.stop_clicked.connect(self.stop)
        self.run_box.focus_left.connect(self.runs.take_focus)
        self._shelf.failed.connect(messenger.report)
        self._shelf.changed.connect(self._show_what_comes)
        self.queue.failed.connect(lambda error: messenger.report(error, TOPIC))
        self.queue.run_started.connect(self._on_queue_run_started)
        self.runs.watch_requested.connect(self.watching.choose)
        self.stage.watch_requested.connect(self.watching.choose)
        actions.unwatch_requested.connect(self.watching.remove)
        actions.duplicate_requested.connect(self.plans.duplicate)
        actions.prior_requested.connect(self.prior_requested)
        self.plans.pictures_requested.connect(self.pictures_requested)
        actions.run_moved.connect(self.watching.rename)
        actions.run_moved.connect(self.run_moved)
        self.runs.open_requested.connect(self._on_runs_open_requested)
        self.runs.resume_requested.connect(self._on_runs_resume_requested)
        self._actions.extend_requested.connect(self._go_on)
        self.runs.refreshed.connect(self._on_runs_refreshed)
        document.data_changed.connect(self._on_document_data_changed)
        document.data_pending_changed.connect(self._on_document_data_pending_changed)
        document.model_changed.connect(self._on_document_model_changed)
        job.state_changed.connect(self._show_startable)
        self.view.coach.change_requested.connect(self._on_coach_change_requested)
        self._on_document_data_changed()
        self._on_document_model_changed(document.model)
        self.runs.refresh()  # before the tab is shown, since a run may go on whose window was killed

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
        """Start a run with the settings on the data set; says why if it can't."""
        if not self.run_box.series.isHidden():
            self.plans.plan_series()  # what is chosen there is what is wanted
            return
        self.settings_form.take_typed()
        reason = self.tr("A run is training already.") if self._job.is_active else self._why_not()
        if reason:
            self._messenger.warning(reason)
            return
        data = self._document.data
        assert data is not None
        config = self.settings_form.config_for(data.config)
        try:
            folder = self.plans.new_folder()
            self._job.start(config, folder)
        except CoreError as error:
            self._messenger.report(error, TOPIC)
            return
        self.run_box.name_edit.clear()
        self.plans.propose_name()
        self._following.begin(folder, config)
        self.stage.show_new(folder)
        self.columns.bring_back(self._right)

    def toggle_pause(self) -> None:
        """Pause the run, or continue it."""
        if self._job.state is JobState.PAUSED:
            self._job.unpause()
        else:
            self._job.pause()

    def stop(self) -> None:
        """Save and end the run."""
        self._job.stop()

    @property
    def can_undo(self) -> bool:
        """Whether runs were renamed or put into the trash, which can be taken back."""
        return self._actions.can_undo

    def undo(self) -> None:
        """Take back what was done to runs last: another name, or the trash."""
        self._actions.undo_last()

    def show_setup(self) -> None:
        """Unfold what a run is set up and started with."""
        if not self.columns.is_open(self._column):
            self.columns.fold(self._column, False)

    def show_run(self, folder: Path | str) -> None:
        """Show a run's curves and pictures, wherever its folder lies."""
        self.stage.show_table(False)
        self.stage.show_run(Path(folder))

    # -- starting

    def _runs_folder(self) -> Path:
        return self._settings.runs_place

    def _is_own(self, folder: Path) -> bool:
        return self._job.is_active and self._job.folder == folder

    def measure_with(self, meter: PaceMeter) -> None:
        """Choose epochs, and say how long a run takes, by this computer's speed, which is measured while no run goes on."""
        self._meter = meter
        meter.measured.connect(self._on_meter_measured)
        self._job.state_changed.connect(self._ask_for_speed)
        self.settings_form.changed.connect(self._ask_for_speed)
        self.settings_form.set_speeds(meter.speeds)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_for_speed()

    def _ask_for_speed(self) -> None:
        config = self.settings_form.timed
        if self._meter is None or not self.isVisible():
            return
        if self._job.is_active:
            self._meter.stop()
        elif config is not None:
            self._meter.ask(config)

    def _on_meter_measured(self) -> None:
        assert self._meter is not None
        self.settings_form.set_speeds(self._meter.speeds)

    def _why_not(self) -> str:
        """Why no run can be made, in a sentence; empty if one can."""
        if self._document.data_pending:
            return self._document.data_pending
        if self._document.data is None:
            return self.tr("Choose pictures to train on first.")
        if not self.settings_form.is_valid:
            return self.tr("A setting can't be used; see the red line at it.")
        return ""

    def _show_startable(self) -> None:
        self.view.show_coming(self.settings_form.config.family)
        self.run_box.show_startable(self._why_not())
        self.run_box.series.refresh()
        self._show_what_comes()

    def _show_what_comes(self) -> None:
        """By Start: what was set back, what differs from the preset, and how long the run will take, going by one like it."""
        data = self._document.data
        config = None if data is None else self.settings_form.config_for(data.config)
        known = None if config is None else expected(config, self._shelf.runs)
        took = ""
        if config is not None and known is not None:
            took = self.tr("About {time}, going by {run}.")
            completes = family(config.family).completes(config)
            if completes is not None and data is not None and len(data.split.train) < completes.least_pictures:
                took += self.tr(" Without {what}, which takes {n} training pictures.")
            elif known.is_without_end:
                took = self.tr("About {time}, then 1 to 2 min for {what}, going by {run}.")
            what, least = (tr(completes.what), completes.least_pictures) if completes is not None else ("", 0)
            took = took.format(time=about_text(known.seconds), run=known.by, what=what, n=least)
        elif data is not None and self._meter is not None:
            config = self.settings_form.config_for(data.config)
            if speed := self._meter.speeds.get(speed_key(config), 0.0):
                seconds = seconds_at(config, len(data.split.train), speed)
                took = self.tr("About {time}, by this computer's speed.").format(time=about_text(seconds))
        size = "" if data is None else self._size_text(self.settings_form.config_for(data.config))
        took = " ".join(filter(None, (took, size)))
        differs = self.settings_form.differences
        if differs and took:
            differs += "."
        self.run_box.show_difference(" ".join(filter(None, (self.settings_form.dropped, differs))), took)

    def _size_text(self, config: TrainConfig) -> str:
        """How large the run's files will be, where they are large."""
        best, last = file_bytes(config)
        if last < LARGE:
            return ""
        text = self.tr("Its files will be large: {best} for the best model, {last} for going on, written after each epoch.")
        if config.save_minutes:
            text = self.tr(
                "Its files will be large: {best} for the best model, {last} for going on, written at most every {n} minutes."
            )
        return text.format(best=size_text(best), last=size_text(last), n=f"{config.save_minutes:g}")

    def _attach(self, runs: Sequence[RunSummary]) -> None:
        """Take over a run that a window left when it was killed, or when it was closed and let the run go on."""
        for run in runs:
            if run.state == "running" and self._job.attach(run.folder):
                self._following.begin(run.folder, run.config)
                progress = ProgressEstimate(run.name).found(run.epoch, run.epochs)
                self._following.show_progress(progress.paused if self._job.state is JobState.PAUSED else progress)
                self.show_run(run.folder)
                self._messenger.info(self.tr("{name} goes on; this window follows it again.").format(name=run.name))
                return

    # -- slots

    def _on_stage_current_changed(self) -> None:
        """Unfold the table that was asked for."""
        if self.stage.currentWidget() is self.stage.table and not self.columns.is_open(self._right):
            self.columns.fold(self._right, False)

    def _on_document_data_changed(self) -> None:
        data = self._document.data
        if data is None:
            self._data.show_none()
        else:
            name = source_title(data.config.source, data.index.name)
            self._data.show_data(name, len(data.images), data.config.image_size)
            self.settings_form.set_data(data.config, len(data.images))
        self._data.show_pending(self._document.data_pending)
        self.plans.propose_name()
        self.settings_form.set_training_pictures(len(data.split.train) if data is not None else None)
        self.settings_form.set_names(data.kinds() if data is not None else ())
        self._show_startable()

    def _on_document_data_pending_changed(self, why: str) -> None:
        self._data.show_pending(why)
        self._show_startable()

    def _on_coach_change_requested(self, change: dict[str, object]) -> None:
        self._news.take_change(change, self.view.chart.history.family_name)

    def _on_settings_form_size_requested(self, size: int) -> None:
        data = self._document.data
        if data is not None:
            self.pictures_requested.emit(replace(data.config, image_size=size))

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        path = str(Path(model.path).resolve()) if model is not None else ""
        self.settings_form.offer_model(path, model_file_name(path) if path else "")

    def _on_runs_open_requested(self, run: RunSummary) -> None:
        if run.checkpoint is not None:
            self.model_requested.emit(str(run.checkpoint), run.config is None or _can_edit(run.config))

    def _on_runs_resume_requested(self, run: RunSummary, epochs: int) -> None:
        if self._is_own(run.folder):
            self._job.unpause()
            return
        config, changes = run.config, dict[str, Any]()
        if config is not None and epochs:
            setting = family(config.family).phases(config)[-1].setting  # it is the last phase that goes on
            changes = {setting: get(config, setting) + epochs - run.epochs}
        self._go_on(run, changes)

    def _go_on(self, run: RunSummary, changes: dict[str, Any]) -> None:
        """Resume a run, perhaps with other settings."""
        config = with_values(run.config, changes) if run.config is not None and changes else run.config
        try:
            self._job.resume(run.folder, changes)
        except CoreError as error:
            self._messenger.report(error, TOPIC)
            return
        self._following.begin(run.folder, config)
        self.queue.remove(run.folder)
        if self.view.folder != run.folder:
            self.show_run(run.folder)

    def _on_runs_refreshed(self) -> None:
        self.plans.propose_name()
        self.queue.prune()
        if not self._job.is_active:
            self._attach(self._shelf.runs)

    def _on_queue_run_started(self, folder: Path, config: TrainConfig) -> None:
        """Show the next run, unless the person looks at something else: in the table the chosen run stays chosen."""
        is_in_table = self.stage.currentWidget() is self.stage.table
        shown = self.view.folder
        looks_on = shown is None or (shown == self._following.folder and not is_in_table)
        self._following.begin(folder, config)
        if looks_on and len(self.runs.list.selected) < 2:
            self.stage.show_new(folder)
        self.plans.propose_name()


def _can_edit(config: TrainConfig) -> bool:
    """Whether sliders can change the codes of a model with these settings."""
    side = config.data.image_size
    return Can.DIRECTIONS in family(config.family).can(config.settings, (config.data.channels, side, side))
