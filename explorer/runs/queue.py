"""Trains the planned runs one after another: when one ends, the next begins, unless the person has stopped it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.config import TrainConfig
from core.errors import CoreError, TrainingError
from core.events import RunFailed, RunFinished
from core.locks import RunLock, is_locked
from core.runs.listing import read_config
from core.runs.queue import LOCK_NAME, free_run_folder, is_planned, plan, read_queue, write_queue
from explorer.job.process import JobState
from explorer.job.training import TrainingJob


class RunQueue(QObject):
    """The runs to train after the current one.

    It is on hold at first, so that nothing begins by itself when the window opens, and again after the person stops a run, and
    once all are trained. Windows share it: the order is read from the disk before it is changed, and one window at a time
    trains the planned runs.

    Signals:
        changed(): other runs are planned, or it is held, or no longer.
        run_started(Path, TrainConfig): the next one has begun.
        failed(CoreError): the next one can't begin, or the order can't be kept; the queue is held.
    """

    changed = Signal()
    run_started = Signal(object, object)
    failed = Signal(object)

    def __init__(self, folder: Callable[[], Path], job: TrainingJob, parent: QObject | None = None) -> None:
        """The queue as it stands in the runs folder.

        Args:
            folder: says where the runs folder is.
            job: the one training child.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._folder = folder
        self._job = job
        self._planned: list[Path] = read_queue(folder())
        self._lock: RunLock | None = None  # while this window trains the planned runs
        self._is_elsewhere = False
        self._stopped = False  # the run that goes on was stopped by the person
        self._begun = 0  # runs begun in a row, including the current one
        self._idle = not job.is_active
        job.state_changed.connect(self._on_job_state_changed)
        job.ended.connect(self._on_job_ended)

    @property
    def planned(self) -> tuple[Path, ...]:
        """The folders of the planned runs, the next one first."""
        return tuple(self._planned)

    @property
    def is_held(self) -> bool:
        """Whether it waits for the person."""
        return self._lock is None

    @property
    def is_elsewhere(self) -> bool:
        """Whether another window trains the planned runs, as far as it was looked at."""
        return self._is_elsewhere

    @property
    def is_waiting_for_run(self) -> bool:
        """Whether a run goes on in this window, after which the planned ones can begin."""
        return self._job.is_active

    @property
    def place(self) -> tuple[int, int] | None:
        """(1, 3) while the first of three runs is training; None where no run precedes or follows."""
        coming = 0 if self.is_held else len(self._planned)
        if not self._job.is_active or self._begun + coming < 2:
            return None
        return self._begun, self._begun + coming

    def add(self, runs: Sequence[tuple[str, TrainConfig]]) -> list[Path]:
        """Plan runs behind those that are planned already.

        Args:
            runs: name and settings of each.

        Returns:
            Their folders.

        Raises:
            CoreError: a folder can't be written.
        """
        folders: list[Path] = []
        self._planned = read_queue(self._folder())
        was_empty = not self._planned
        for name, config in runs:
            folder = free_run_folder(self._folder(), name)
            plan(folder, config)
            folders.append(folder)
        self._planned += folders
        write_queue(self._folder(), self._planned)
        if was_empty and self._job.is_active and not self._stopped and not self._look():
            self._take()  # planned during a run: to begin after it
        self.changed.emit()
        return folders

    def put_back(self, folder: Path, place: int = 0) -> None:
        """Plan a run again whose folder still exists, at a place from 1 on; 0 = behind the others."""
        planned = read_queue(self._folder())
        if folder not in planned and is_planned(folder):
            planned.insert(place - 1 if place else len(planned), folder)
        self._change_to(planned)

    def remove(self, folder: Path) -> None:
        """Take a run out of the queue; its folder stays."""
        self._change_to([one for one in read_queue(self._folder()) if one != folder])

    def rename(self, old: Path, new: Path) -> None:
        """A planned run has another name now."""
        if old in self._planned:  # the file names the old one, which is no planned run any more
            self._change_to([new if folder == old else folder for folder in self._planned])

    def move(self, folder: Path, by: int) -> None:
        """Move a run up (-1) or down (+1) in the order."""
        planned = read_queue(self._folder())
        if folder in planned:
            at = planned.index(folder)
            to = min(max(at + by, 0), len(planned) - 1)
            planned.insert(to, planned.pop(at))
        self._change_to(planned)

    def go_on(self) -> None:
        """Train the planned runs; the first begins at once, or when the run that goes on ends."""
        if self._look():
            text = self.tr("Another window trains the queued runs already.")
            self.failed.emit(TrainingError(text, self.tr("Stop its run first, or let it go on.")))
        else:
            self._take()
        self.changed.emit()
        self._start_next()

    def prune(self) -> None:
        """Read the order again: planned runs may be gone, have begun elsewhere, or come from another window."""
        before = self._planned, self._is_elsewhere
        self._planned = read_queue(self._folder())
        if (self._planned, self._look()) != before:
            self.changed.emit()

    def look(self) -> None:
        """See whether another window still trains the planned runs."""
        if self._is_elsewhere and not self._look():
            self.changed.emit()

    # -- which window trains them

    def _look(self) -> bool:
        """Whether another window trains the planned runs now."""
        self._is_elsewhere = self._lock is None and is_locked(self._folder(), LOCK_NAME)
        return self._is_elsewhere

    def _take(self) -> None:
        """Train them in this window; says why if it can't."""
        if self._lock is not None:
            return
        lock = RunLock(self._folder(), LOCK_NAME)
        try:
            lock.acquire()
        except CoreError as error:
            self.failed.emit(error)
            return
        self._lock = lock

    def _hold(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def _change_to(self, planned: list[Path]) -> None:
        if planned != self._planned:
            self._planned = planned
            self._keep()

    def _keep(self) -> None:
        try:
            write_queue(self._folder(), self._planned)
        except CoreError as error:
            self.failed.emit(error)
        self.changed.emit()

    def _start_next(self) -> None:
        if self.is_held or self._job.is_active:
            return
        self.prune()
        while self._planned:
            folder = self._planned[0]
            config = read_config(folder)
            if config is None:  # another version's, or incomplete: it stays listed as not started
                self.remove(folder)
                continue
            self._start(folder, config)
            return
        self._begun = 0
        self._hold()

    def _start(self, folder: Path, config: TrainConfig) -> None:
        try:
            self._job.start(config, folder)
        except CoreError as error:
            self._hold()
            self.failed.emit(error)
            self.changed.emit()
            return
        self._planned.remove(folder)
        self._keep()
        self.run_started.emit(folder, config)

    def _on_job_state_changed(self, state: JobState) -> None:
        if self._idle and state is not JobState.IDLE:
            self._stopped = False
            self._begun += 1
        if state is JobState.STOPPING:
            self._stopped = True
        if self._idle != (state is JobState.IDLE):
            self._idle = state is JobState.IDLE
            self.changed.emit()

    def _on_job_ended(self, ending: RunFinished | RunFailed) -> None:
        if self._stopped or (isinstance(ending, RunFinished) and ending.stopped):
            self._hold()
        if self.is_held or not self._planned:
            self._begun = 0
        self.changed.emit()
        if not self.is_held:
            QTimer.singleShot(0, self, self._start_next)  # after all have been told that this one has ended
