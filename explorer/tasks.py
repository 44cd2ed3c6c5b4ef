"""One-shot work off the window's thread: `run_task(self, work, done=...)`, with progress and cancel.

Worker threads touch no QObject that a window owns. They post messages to one mailbox that lives as long as the program,
and the window's thread delivers them, so a parent that is destroyed while its task runs is no special case: its
messages are dropped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from core.errors import Cancelled
from core.progress import Progress

log = logging.getLogger(__name__)

T = TypeVar("T")

PROGRESS_INTERVAL_MS = 50


@dataclass(frozen=True, slots=True)
class _Step:
    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Finished:
    result: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Letter:
    task_id: int
    finished: _Finished | None
    """None: progress is waiting to be fetched."""


class Task(QObject):
    """A running piece of work; kept alive by this module until it ends. Callbacks run on the window's thread."""

    progressed = Signal(str, int, int)
    finished = Signal()
    """The work has ended: done, failed, cancelled or dropped. After the callbacks."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.setObjectName(name)
        self._number = 0
        self._cancelled = threading.Event()
        self._latest: _Step | None = None
        self._notice_sent = False
        self._lock = threading.Lock()
        self._last_delivery = 0.0
        self._running = True
        self._dropped = False
        self._done: Callable[[Any], None] | None = None
        self._failed: Callable[[BaseException], None] | None = None
        self._on_cancelled: Callable[[], None] | None = None

    @property
    def is_running(self) -> bool:
        """True until the work has ended and its callback is due."""
        return self._running

    @property
    def is_cancelled(self) -> bool:
        """True once somebody asked it to end; readable from the work's thread too."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to end: its next progress call raises `Cancelled`, and `done` will not be called."""
        self._cancelled.set()

    def drop(self) -> None:
        """Cancel without any callback: for owners that are destroyed."""
        self._dropped = True
        self.cancel()

    def _report(self, what: str, done: int, total: int) -> None:
        """Runs in the work's thread: store the newest progress, and post one notice about it."""
        if self._cancelled.is_set():
            raise Cancelled
        with self._lock:
            self._latest = _Step(what, done, total)
            notice, self._notice_sent = not self._notice_sent, True
        if notice:
            _mailbox().post(_Letter(self._number, None))

    def _deliver_progress(self) -> None:
        with self._lock:
            step, self._latest, self._notice_sent = self._latest, None, False
        if step is None or self._dropped or self._cancelled.is_set():
            return
        self._last_delivery = time.perf_counter()
        self.progressed.emit(step.what, step.done, step.total)

    def _on_mailbox_progress(self) -> None:
        wait = PROGRESS_INTERVAL_MS - 1000 * (time.perf_counter() - self._last_delivery)
        if wait <= 0:
            self._deliver_progress()
        else:
            QTimer.singleShot(int(wait) + 1, self, self._deliver_progress)

    def _on_mailbox_finished(self, end: _Finished) -> None:
        self._deliver_progress()
        self._running = False
        try:
            if self._dropped:
                return
            if isinstance(end.error, Cancelled) or self._cancelled.is_set():
                if self._on_cancelled is not None:
                    self._on_cancelled()
            elif end.error is not None:
                if self._failed is not None:
                    self._failed(end.error)
                else:
                    log.error("task %s failed", self.name, exc_info=end.error)
            elif self._done is not None:
                self._done(end.result)
        finally:
            self.finished.emit()


class _Mailbox(QObject):
    """Delivers messages from any thread to the window's."""

    _arrived = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tasks: dict[int, Task] = {}
        self.ids = count(1)
        self._letters: deque[_Letter] = deque()
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        app = QCoreApplication.instance()
        if app is not None:
            self.moveToThread(app.thread())
            app.aboutToQuit.connect(drop_all_tasks)

    def post(self, letter: _Letter) -> None:
        self._letters.append(letter)
        del letter  # from here on only the window's thread has it
        self._arrived.emit()

    def _on_arrived(self) -> None:
        while self._letters:
            letter = self._letters.popleft()
            task = self.tasks.get(letter.task_id)
            if task is None:
                continue
            if letter.finished is None:
                task._on_mailbox_progress()
            else:
                del self.tasks[letter.task_id]
                task._on_mailbox_finished(letter.finished)


@cache
def _mailbox() -> _Mailbox:
    return _Mailbox()


def run_task(
    parent: QObject,
    work: Callable[[Progress], T],
    *,
    done: Callable[[T], None],
    failed: Callable[[BaseException], None] | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], None] | None = None,
    name: str = "task",
) -> Task:
    """Run `work` in a thread of its own and deliver its result on the window's thread.

    Args:
        parent: whose task it is. Once it is destroyed the work is cancelled and no callback runs.
        work: called with a progress function that it may call as often as it likes, from its own thread.
        done: gets the result.
        failed: gets any exception but `Cancelled`; without it the exception goes to the log.
        progress: gets what, done, total; only the newest, at most 20 times a second, and always the last one before `done`.
        cancelled: called when the work ended because of `Task.cancel`.
        name: of the thread, for logs.

    Returns:
        The task, to cancel it; needn't be kept.
    """
    mailbox = _mailbox()
    task = Task(name)
    number = next(mailbox.ids)
    task._number = number
    task._done, task._failed, task._on_cancelled = done, failed, cancelled
    if progress is not None:
        task.progressed.connect(progress)
    mailbox.tasks[number] = task
    parent.destroyed.connect(task.drop)

    box: list[Any] = [(work, task._report)]
    threading.Thread(target=_run, args=(number, box), name=name, daemon=True).start()
    return task


def _run(number: int, box: list[Any]) -> None:
    """Runs in the work's thread. It drops all references before the message is posted.

    Otherwise the last reference to the task, or to a widget that `work` uses, might be released here, and Qt objects
    may be destroyed only on the window's thread.
    """
    work, report = box.pop()
    try:
        box.append(_Finished(result=work(report)))
    except BaseException as error:  # noqa: BLE001 - `failed` reports it; nothing above a thread could catch it
        box.append(_Finished(error=error))
    del work, report
    mailbox = _mailbox()
    if isValid(mailbox):
        mailbox.post(_Letter(number, box.pop()))


def running_tasks() -> tuple[Task, ...]:
    """The tasks that have not ended."""
    return tuple(_mailbox().tasks.values())


def drop_all_tasks() -> None:
    """Cancel everything without callbacks: the program ends."""
    for task in running_tasks():
        task.drop()
