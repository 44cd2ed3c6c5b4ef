"""Saves directions that are taught, undone and redone in their model's file, a little after each change."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from core import checkpoint
from core.errors import CoreError
from core.latent.direction_file import keep_in_checkpoint
from core.latent.directions import Direction
from core.locks import is_locked
from core.progress import Progress
from explorer.messages import Messenger
from explorer.tasks import Task, run_task

DELAY_MS = 1500  # after the last change, since the whole file is rewritten


Waiting = dict[tuple[str, str], dict[str, Direction | None]]
"""Directions by file and model, then by name; None: gone."""

_writing = threading.Lock()  # a file is read and rewritten as a whole, by what learns from examples, by undo and by a fit


class DirectionKeeper(QObject):
    """Writes in a worker, one at a time, only the newest state of each direction; what waits when the program ends is written then.

    All who change directions share one: of two, the one that waits longer would overwrite what is newer.

    Args:
        messenger: told of errors.
        parent: Qt's owner; what still waits when it is destroyed before the program ends is lost.
    """

    def __init__(self, messenger: Messenger, parent: QObject) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._waiting: Waiting = {}
        self._task: Task | None = None
        self._is_idle = threading.Event()  # no worker is writing
        self._is_idle.set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.flush)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._on_application_quitting)

    def keep(self, path: str, checkpoint_id: str, direction: Direction | None, before: str = "") -> None:
        """Write a direction soon.

        Args:
            path: the model's file.
            checkpoint_id: the model's id; a file that then holds another model is left alone.
            direction: as it is now; None: there is none any more.
            before: the name under which it was kept until now, if that was another.
        """
        changes = self._waiting.setdefault((path, checkpoint_id), {})
        if before:
            changes[before] = None
        if direction is not None:
            changes[direction.name] = direction
        self._timer.start()

    def flush(self) -> None:
        """Write what waits now."""
        self._timer.stop()
        if not self._waiting or (self._task is not None and self._task.is_running):
            return
        waiting, self._waiting = self._waiting, {}
        self._is_idle.clear()

        def work(progress: Progress) -> None:
            try:
                _write_all(waiting)
            finally:
                self._is_idle.set()

        self._task = run_task(self, work, done=lambda _: None, failed=self._messenger.report, name="keep direction")
        self._task.finished.connect(self._on_task_finished)

    def _on_application_quitting(self) -> None:
        """Nothing runs after this: what waits is written here, after what a worker is writing."""
        self._timer.stop()
        self._is_idle.wait()
        waiting, self._waiting = self._waiting, {}
        try:
            _write_all(waiting)
        except CoreError as error:
            self._messenger.report(error)  # to the log, at least

    def _on_task_finished(self) -> None:
        if not self._timer.isActive():  # otherwise there will be more
            self.flush()


def _write_all(waiting: Waiting) -> None:
    for (path, checkpoint_id), changes in waiting.items():
        write(Path(path), checkpoint_id, changes)


def is_kept_in(path: Path) -> bool:
    """Whether directions are written into this model's file: not into a shipped one, nor into one that a run is writing."""
    return path.resolve().parent != checkpoint.SHIPPED_FOLDER and path.exists() and not is_locked(path.parent.parent)


def write(path: Path, checkpoint_id: str, changes: Mapping[str, Direction | None]) -> None:
    """Write directions into a model's file by their names, and take out those that are None, where the file is the person's.

    Waits while another thread does the same. Raises CoreError.
    """
    if is_kept_in(path):
        with _writing:
            keep_in_checkpoint(path, checkpoint_id, changes)
