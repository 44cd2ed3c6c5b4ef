"""Builds the objects of the window and hands them to each other."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from core import checkpoint
from core.device_count import available_cores
from core.errors import CoreError
from core.events import CheckpointSaved, Event
from core.latent.session import Session
from core.progress import Progress
from core.runs.listing import is_run
from explorer.document.decoding import DecodeService
from explorer.document.document import Document, carried_over
from explorer.document.loading import LoadedModel, load_model, model_name
from explorer.document.picture_files import photo_from
from explorer.freed_memory import FreedMemory
from explorer.garbage import GarbageCollector
from explorer.job.training import TrainingJob
from explorer.look.file_dialogs import fit_file_dialogs
from explorer.look.theme import apply_theme
from explorer.messages import Messenger, install_exception_hooks
from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.tasks import Task, run_task
from explorer.windows.main_window import DATA, TRAIN, MainWindow
from explorer.windows.services import Services

if TYPE_CHECKING:
    from explorer.train.pace import PaceMeter

PANELS = ("explorer.train.tab", "explorer.data.tab", "explorer.gallery.tab")
BUILD_PAUSE_MS = 30  # between the panels that are built once the first face is there
READY_PAUSE_MS = 150  # before those, so that the first face is painted first
FIRST_PAINT_MS = 1000  # longest that loading waits for the window to be painted
SWITCH_SECONDS = 0.001  # instead of Python's 5 ms until a waiting thread gets the lock, which is noticeable while painting
TOPIC = "model"  # of messages about opening one
REST_MS = 2000  # without a slider moving, until a run gets all cores back


class App(QObject):
    """The running app.

    Args:
        qt: the QApplication.
    """

    ready = Signal()
    """A model is loaded and its first face was asked for."""
    settled = Signal()
    """All panels are built: nothing heavy is left to do by itself."""

    def __init__(self, qt: QApplication) -> None:
        super().__init__()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._garbage = GarbageCollector(self)
        self.settings = SettingsStore(UiSettings.load(), self)
        apply_theme(qt, self.settings.value.theme)
        fit_file_dialogs(qt)
        self.messenger = Messenger(self)
        self.restore_hooks: Callable[[], None] = install_exception_hooks(self.messenger)
        self.document = Document(self)
        self._freed = FreedMemory(lambda: self.document.in_gesture, self)
        self.decoding = DecodeService(self)
        self.decoding.failed.connect(self.messenger.report)
        self.document.model_changed.connect(self.decoding.set_model)  # before any panel, which would use the old model
        self.job = TrainingJob(self)
        self.window = MainWindow(Services(self.document, self.decoding, self.job, self.settings, self.messenger))
        self.window.model_requested.connect(self.open_model)
        self._meter: PaceMeter | None = None
        self._loading: Task | None = None
        self._being_loaded: Path | None = None
        self._building = False
        self._settled = False
        self._source = ""
        self._newer = ""  # a model to open once no slider moves
        self._fallback = ""  # a model to open if the first one can't be opened
        self._opening: Callable[[], None] | None = None
        self._follow_job()

    def start(self, checkpoint_name: str = "", source: str = "", run: str = "") -> None:
        """Show the window and begin to load what it opens with.

        Args:
            checkpoint_name: CHECKPOINT of the command line; by default the model of the last time, or the shipped one.
            source: SOURCE to read.
            run: a run folder to show.
        """

        def open_all() -> None:
            self._open_first(checkpoint_name)
            if source:
                self._open_source(source)
            if run:
                self._open_run(run)

        self._opening = open_all
        self.window.installEventFilter(self)
        self._source = source
        self.window.show()
        QTimer.singleShot(FIRST_PAINT_MS, self, self._open_once)  # if nothing is painted, because it is minimised

    def measure_speed(self) -> None:
        """Let the Train tab know how fast this computer is; call it before `start`."""
        from explorer.train.pace import PaceMeter  # noqa: PLC0415 - nothing needs it before the window is there

        self._meter = meter = PaceMeter(self.settings, self)
        self.settled.connect(lambda: self.window.train.measure_with(meter))

    def open_model(self, name: str) -> None:
        """Load a checkpoint off the window's thread and use it."""
        try:
            path = checkpoint.find(name).resolve()
            label = model_name(path, checkpoint.read_header(path))
        except CoreError as error:
            self._on_load_failed(error)
            return
        self._load(path, label)

    def _open_once(self) -> None:
        """Begin to load, once the window is shown: the system maps one library at a time, so torch's would delay Qt's."""
        self.window.removeEventFilter(self)
        opening, self._opening = self._opening, None
        if opening is not None:
            opening()

    def _open_first(self, name: str) -> None:
        shipped = checkpoint.shipped()
        self._fallback = str(next(iter(shipped.values()), ""))
        if name:
            self.open_model(name)
            return
        last = self.settings.value.last_checkpoint
        if last and os.path.isfile(last):
            self.open_model(last)
        elif self._fallback:
            self.open_model(self._fallback)
        else:
            self._build_rest()

    def _open_source(self, source: str) -> None:
        self.window.show_tab(DATA)
        self.window.data.open_source(source)

    def _open_run(self, folder: str) -> None:
        self.window.show_tab(TRAIN)
        if not is_run(Path(folder)):
            text = self.tr("{folder} is no run folder.").format(folder=folder)
            self.messenger.error(text, self.tr("Give the folder of a run, or choose one from the list."))
            return
        self.window.train.show_run(Path(folder))

    def _load(self, path: Path, label: str) -> None:
        if self._loading is not None:
            self._loading.drop()  # the latest request wins
        self.document.set_loading(label)
        self._being_loaded = path

        def work(progress: Progress) -> LoadedModel:
            return load_model(path, label)

        self._loading = run_task(self, work, done=self._carry_over, failed=self._on_load_failed, name="load model")

    def _carry_over(self, model: LoadedModel) -> None:
        """Encode the face in use for a model that has been loaded, off the window's thread; then use that model."""
        before = self.document.session
        original, photo = self.document.original(before.anchor), self.document.photo(before.anchor)
        file = self.document.photo_file(before.anchor) if photo is None else None

        def work(progress: Progress) -> Session:
            opened = photo
            if file is not None and before.anchor is not None:  # its pixels were let go
                try:
                    opened = photo_from(file, before.anchor.reference)
                except CoreError as error:
                    self.messenger.report(error)
            return carried_over(before, model, original, opened)

        def done(session: Session) -> None:
            now = self.document.session
            if (now.anchor, now.class_name) != (before.anchor, before.class_name):
                self._carry_over(model)  # another face was chosen meanwhile
            else:
                self._on_loaded(model, session)

        self._loading = run_task(self, work, done=done, failed=self._on_load_failed, name="encode face")

    def _on_loaded(self, model: LoadedModel, session: Session) -> None:
        fresh = carried_over(replace(self.document.session, anchor=None), model)  # sliders may have moved meanwhile
        self.document.set_loading("")
        self._being_loaded = None
        self.messenger.settle(TOPIC)
        self.document.set_model(model, fresh.with_anchor(session.anchor))
        self.settings.update(last_checkpoint=model.path)
        self.window.on_model_ready(model)
        self.ready.emit()
        self._build_rest()

    def _on_load_failed(self, error: BaseException) -> None:
        is_loading = self._loading is not None and self._loading.is_running  # another one, which goes on
        if not is_loading:
            self.document.set_loading("")
            self._being_loaded = None
        self.messenger.report(error, TOPIC)
        fallback, self._fallback = self._fallback, ""  # tried once
        if fallback and self.document.model is None and not is_loading:
            self.open_model(fallback)
        else:
            self._build_rest()

    def _build_rest(self) -> None:
        """Build the other panels one by one, while nothing else has to be done. A worker imports what they need first."""
        if self._building:
            return
        self._building = True

        def work(progress: Progress) -> None:
            for name in PANELS:
                importlib.import_module(name)

        def begin() -> None:
            run_task(self, work, done=lambda _: self._build_next(), failed=self.messenger.report, name="panels")

        QTimer.singleShot(READY_PAUSE_MS, self, begin)

    def _build_next(self) -> None:
        if self.window.build_next():
            QTimer.singleShot(BUILD_PAUSE_MS, self, self._build_next)
            return
        self._settled = True
        self._garbage.start()
        if not self._source:
            self.window.data.reopen_last()
        self.settled.emit()

    def _follow_job(self) -> None:
        """Open each new best model of a run that is being explored, and leave CPU cores to the sliders while they move."""
        self.job.event_received.connect(self._on_job_event_received)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(lambda: self.job.set_threads(available_cores()) if self.job.is_active else None)
        self.document.gesture_changed.connect(self._on_document_gesture_changed)

    def _on_document_gesture_changed(self, moving: bool) -> None:
        if not moving and self._newer:
            self._newer, path = "", self._newer
            QTimer.singleShot(0, self, lambda: self._open_newer(path))
        if not self.job.is_active:
            return
        if not moving:
            self._rest.start()
        elif self._rest.isActive():
            self._rest.stop()
        else:
            self.job.set_threads(max(1, available_cores() - 1))

    def _on_job_event_received(self, event: Event) -> None:
        model = self.document.model
        if isinstance(event, CheckpointSaved) and model is not None and Path(event.path) == Path(model.path).resolve():
            if self.document.in_gesture:
                self._newer = model.path  # not while a slider is being dragged
            else:
                self._open_newer(model.path)

    def _open_newer(self, path: str) -> None:
        """Open the newer model of a run that is being explored, unless the person has chosen another one meanwhile."""
        model = self.document.model
        if model is not None and model.path == path and self._being_loaded in (None, Path(path).resolve()):
            self.open_model(path)

    def close(self) -> None:
        """Stop everything that runs; for tests and the screenshots."""
        self.job.shutdown()
        if self._meter is not None:
            self._meter.close()
        self.decoding.close()
        self._freed.stop()
        self._garbage.stop()
        self.restore_hooks()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._opening is not None:
            QTimer.singleShot(0, self, self._open_once)  # once all of it is painted
        return False
