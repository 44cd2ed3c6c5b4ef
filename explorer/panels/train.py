"""The Train tab: what to train on and how, the run that goes on with its curves and pictures, and all the runs before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from core.config import TrainConfig
from core.errors import CoreError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step
from core.training.runs import (
    RunHistory,
    RunSummary,
    about,
    default_runs_folder,
    next_run_folder,
    preview_path,
    read_config,
    read_history,
)
from explorer.icons import icon
from explorer.jobs import JobState, TrainingJob
from explorer.messages import Messenger
from explorer.panels.train_run_box import RunBox
from explorer.panels.train_runs import TrainRuns
from explorer.panels.train_settings import TrainSettings
from explorer.qt import override
from explorer.run_progress import ProgressEstimate
from explorer.tasks import run_task
from explorer.theme import EDGE, GROUP, SPACE, UNIT
from explorer.widgets.preview import Preview
from explorer.widgets.section import Section
from explorer.widgets.training_chart import TrainingChart

_COLUMN = 304
_BAR = 16


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
        self._shown: Path | None = None
        self._reading: Path | None = None
        self._missed: list[EpochFinished | CheckpointSaved] = []
        self.settings_form = TrainSettings(self)
        self.run_box = RunBox(self)
        self.runs = TrainRuns(self._runs_folder, messenger, self)
        self.chart = TrainingChart(self)
        self.preview = Preview(self)
        self._build()
        self.settings_form.changed.connect(self._show_startable)
        self.run_box.start_clicked.connect(self.start)
        self.run_box.pause_clicked.connect(self.toggle_pause)
        self.run_box.stop_clicked.connect(self.stop)
        self.runs.run_chosen.connect(self._on_runs_run_chosen)
        self.runs.open_requested.connect(self._on_runs_open_requested)
        self.runs.resume_requested.connect(self._on_runs_resume_requested)
        self.runs.refreshed.connect(self._on_runs_refreshed)
        self.chart.saved.connect(self._on_chart_saved)
        self.chart.failed.connect(messenger.report)
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
        return self._shown

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
        self._show_nothing_of(folder)

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
        self._shown = self._reading = folder
        self._missed = []
        self.runs.choose(folder)
        self._show_title()
        run_task(
            self,
            lambda _: (folder, read_history(folder)),
            done=self._on_history_read,
            failed=self._on_history_failed,
            name="history",
        )

    # -- building

    def _build(self) -> None:
        self._data_text = QLabel(self)
        self._data_text.setWordWrap(True)
        self._data_button = QPushButton(icon("open-folder"), self.tr("Choose pictures…"), self)
        self._data_link = QPushButton(self.tr("Change"), self)
        self._data_link.setProperty("link", True)
        for button in (self._data_button, self._data_link):
            button.clicked.connect(lambda: self.data_requested.emit())
        outer = QHBoxLayout(self)
        outer.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        outer.setSpacing(EDGE - _BAR)
        outer.addLayout(self._make_column())
        outer.addWidget(self._make_views(), 1)

    def _make_column(self) -> QVBoxLayout:
        form = QWidget(self)
        inner = QVBoxLayout(form)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE)
        data = Section(self.tr("Data"), self, collapsible=False)
        data.add_to_header(self._data_link)
        data.body_layout().addWidget(self._data_text)
        data.body_layout().addWidget(self._data_button)
        inner.addWidget(data)
        inner.addSpacing(SPACE)
        inner.addWidget(Section(self.tr("Settings"), self, collapsible=False))
        inner.addWidget(self.settings_form)
        inner.addStretch(1)
        self.settings_form.more.toggled.connect(self._on_more_toggled)
        self._scroll = _ColumnScrollArea(form, self)
        column = QVBoxLayout()
        column.setSpacing(GROUP)
        column.addWidget(self._scroll)
        column.addWidget(self.run_box)
        column.addWidget(self.runs, 1)
        self._scroll.setFixedWidth(_COLUMN + _BAR)
        self.run_box.setFixedWidth(_COLUMN)
        self.runs.setFixedWidth(_COLUMN)
        return column

    def _make_views(self) -> QSplitter:
        top = QFrame(self)
        top.setProperty("card", True)
        chart = QVBoxLayout(top)
        chart.setContentsMargins(GROUP, SPACE, GROUP, SPACE)
        chart.addWidget(self.chart, 1)
        below = QFrame(self)
        below.setProperty("card", True)
        pictures = QVBoxLayout(below)
        pictures.setContentsMargins(GROUP, SPACE + UNIT, GROUP, SPACE + UNIT)
        pictures.addWidget(self.preview)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setObjectName("train_views")
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACE)
        splitter.setStyleSheet("QSplitter::handle { background: transparent; }")  # the cards' borders are line enough
        splitter.addWidget(top)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([400, 272])
        return splitter

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

    def _show_nothing_of(self, folder: Path) -> None:
        """Show a run that has no epoch yet."""
        self._shown, self._reading = folder, None
        self.chart.clear()
        self.preview.clear()
        self.runs.choose(folder)
        self._show_title()

    def _show_title(self) -> None:
        folder = self._shown
        if folder is None:
            self.chart.set_run("")
            return
        run = self.runs.list.find(folder)
        config = run.config if run is not None else read_config(folder)
        self.chart.set_run(folder.name, about(config), run.message if run is not None else "")

    # -- slots

    def _on_document_data_changed(self) -> None:
        data = self._document.data
        if data is None:
            self._data_text.setText(self.tr("Open a folder of faces, or use the drawn ones."))
        else:
            count = f"{len(data.images):,}"
            self._data_text.setText(self.tr("{name}, {count} pictures").format(name=data.index.name, count=count))
            self.settings_form.set_image_size(data.config.image_size)
        self._propose_name()
        self._data_button.setVisible(data is None)
        self._data_link.setVisible(data is not None)
        self.settings_form.set_training_pictures(len(data.split.train) if data is not None else None)
        self._show_startable()

    def _on_more_toggled(self, is_open: bool) -> None:
        """Bring what was unfolded into sight, once it has its place."""
        if is_open:
            QTimer.singleShot(0, self, self._scroll_to_more)

    def _scroll_to_more(self) -> None:
        more = self.settings_form.more
        top = more.mapTo(self._scroll.widget(), QPoint(0, 0)).y()
        self._scroll.verticalScrollBar().setValue(top)

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
        folder = self._job.folder
        if isinstance(event, Log):
            if self._job.state is JobState.STARTING:
                self.run_box.say(event.message)
        elif isinstance(event, RunStarted):
            self.chart.set_first_epoch(0.0 if event.epoch == 0 else None)
        elif isinstance(event, EpochFinished):
            self.runs.update_own(event.epoch, event.epochs, _finite(event.valid.get("psnr")))
            if self._estimate is not None:
                self._show_progress(self._estimate.epoch(event))
        if isinstance(event, (EpochFinished, CheckpointSaved)) and folder == self._shown:
            self._missed.append(event) if self._reading == folder else self._follow(event)

    def _follow(self, event: EpochFinished | CheckpointSaved) -> None:
        """Show an event of the run that is on the screen."""
        if isinstance(event, CheckpointSaved):
            if event.best:
                self.chart.set_best(event.epoch)
            return
        self.chart.append(event)
        path = preview_path(event.preview, self._shown)
        if path is not None:
            self.preview.add(event.epoch, path)

    def _on_job_step_reported(self, step: Step) -> None:
        if self._estimate is not None and self._job.state is not JobState.STOPPING:
            self._show_progress(self._estimate.step(step))
        if step.epoch == 1 and self._job.folder == self._shown:
            self.chart.set_first_epoch(step.step / max(1, step.steps))

    def _show_progress(self, progress: Any) -> None:
        self.run_box.show_progress(progress)
        self.run_progressed.emit(progress)

    def _on_job_ended(self, ending: RunFinished | RunFailed) -> None:
        folder = self._job.folder
        self._estimate = None
        self.chart.set_first_epoch(None)
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
        if self._shown != run.folder:
            self.show_run(run.folder)

    def _on_runs_refreshed(self) -> None:
        """Follow a run of another process; and show the newest one when the tab is first seen."""
        self._show_title()
        self._propose_name()
        runs = self.runs.list.runs
        if self._shown is None and runs:
            self.show_run(runs[0].folder)
            return
        shown = self.runs.list.find(self._shown) if self._shown is not None else None
        if shown is None:
            return
        self.runs.choose(shown.folder)
        is_own = self._job.is_active and self._job.folder == shown.folder
        if not is_own and shown.epoch != self.chart.epochs_shown and self._reading is None:
            self.show_run(shown.folder)

    def _on_history_read(self, read: tuple[Path, RunHistory]) -> None:
        folder, history = read
        if folder != self._reading:
            return  # the person has chosen another since
        self._reading = None
        self.chart.set_history(history)
        self.preview.set_previews(history.previews)
        missed, self._missed = self._missed, []
        last = int(history.epoch[-1]) if len(history) else 0
        for event in missed:
            if isinstance(event, CheckpointSaved) or event.epoch > last:
                self._follow(event)

    def _on_history_failed(self, error: BaseException) -> None:
        self._reading = None
        self._messenger.report(error)

    def _on_chart_saved(self, path: Path) -> None:
        self._messenger.success(self.tr("The curves are saved as {path}").format(path=path))


class _ColumnScrollArea(QScrollArea):
    """Scrolls up and down; the bar stands beside the column, so that the fields keep their places when it comes."""

    def __init__(self, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("plain", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        content.setMaximumWidth(_COLUMN)

    @override
    def sizeHint(self) -> QSize:
        return self.widget().sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_COLUMN, 160)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _finite(value: float | None) -> float:
    return float("nan") if value is None else float(value)
