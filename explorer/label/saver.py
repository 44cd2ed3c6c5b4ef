"""Saves the classes a moment after each answer, off the window's thread, and says how that went."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from core.data.two_classes import Answers, TwoClasses
from core.errors import CoreError
from explorer.messages import Messenger
from explorer.tasks import Task, run_task

TOPIC = "save labels"  # of messages about a table that couldn't be written
_PAUSE_MS = 500  # so that fast answers are saved together


class Saver(QObject):
    """Keeps the table of one folder up to date.

    Args:
        classes: writes it.
        messenger: told of errors.
    """

    saved = Signal()
    """All that was answered is on the disk."""
    failed = Signal(str)
    """It couldn't be written, and why; it is tried again after the next answer."""

    def __init__(self, classes: TwoClasses, messenger: Messenger, parent: QObject) -> None:
        super().__init__(parent)
        self._classes = classes
        self._messenger = messenger
        self._names, self._answers = classes.names, classes.answers
        self._is_dirty = False
        self._task: Task | None = None
        self._has_written = False
        self._then: Callable[[], object] | None = None
        self._otherwise: Callable[[str], object] | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._save)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._on_application_quitting)

    @property
    def is_saved(self) -> bool:
        """Whether all that was answered is on the disk."""
        return not self._is_dirty and self._task is None

    @property
    def has_written(self) -> bool:
        """Whether the table was written since the folder was opened."""
        return self._has_written

    def save(self, names: tuple[str, str], answers: Answers) -> None:
        """Save these soon; the answers are copied."""
        self._names, self._answers = names, answers.copy()
        self._is_dirty = True
        if not self._pause.isActive():
            self._pause.start()

    def when_saved(self, then: Callable[[], object], otherwise: Callable[[str], object]) -> None:
        """Save now what isn't saved yet.

        Args:
            then: called once all is on the disk.
            otherwise: called instead if that fails, with the reason in a sentence.
        """
        if self.is_saved:
            then()
            return
        self._then, self._otherwise = then, otherwise
        self._save()

    def give_up(self) -> None:
        """Don't save what couldn't be written: the person agreed to lose it."""
        self._pause.stop()
        self._is_dirty = False

    def _save(self) -> None:
        self._pause.stop()
        if self._task is not None or not self._is_dirty:
            return
        self._is_dirty = False
        classes, names, answers = self._classes, self._names, self._answers
        self._task = run_task(
            self, lambda _: classes.write(names, answers), done=lambda _: self._end(), failed=self._on_failed, name="save labels"
        )

    def _end(self) -> None:
        self._task, self._has_written = None, True
        self._messenger.settle(TOPIC)
        if self._is_dirty:
            self._save()
            return
        self.saved.emit()
        then, self._then, self._otherwise = self._then, None, None
        if then is not None:
            then()

    def _on_failed(self, error: BaseException) -> None:
        self._task, self._is_dirty = None, True
        otherwise, self._then, self._otherwise = self._otherwise, None, None
        reason = self._messenger.reason(error)
        self._messenger.report(error, TOPIC)
        self.failed.emit(reason)
        if otherwise is not None:
            otherwise(reason)

    def _on_application_quitting(self) -> None:
        """The program ends, and its threads with it: this is the last chance."""
        if self.is_saved:
            return
        try:
            self._classes.write(self._names, self._answers)
        except CoreError as error:
            self._messenger.report(error)
