"""Work that may take a while: a strip with its progress and Cancel appears after a moment. One at a time, or the newest alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer

from core.progress import Progress
from explorer.messages import Messenger
from explorer.tasks import Task, run_task
from explorer.widgets.progress_strip import ProgressStrip

T = TypeVar("T")

_PATIENCE_MS = 300  # most pictures are written by then, so that no strip flashes up


class LongWork(QObject):
    """Runs one piece of work off the window's thread.

    Args:
        strip: gives the strip for progress.
        messenger: told of errors.
        parent: Qt's owner.
    """

    def __init__(self, strip: Callable[[], ProgressStrip], messenger: Messenger, parent: QObject) -> None:
        super().__init__(parent)
        self._strip = strip
        self._messenger = messenger
        self._task: Task | None = None
        self._what = ""
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_timed_out)
        self._connected = False
        self._waiting: list[Callable[[], None]] = []

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._task is not None

    def start(
        self,
        what: str,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        name: str,
        unfinished: Callable[[str], None] = lambda reason: None,
    ) -> None:
        """Begin, or say that other work is still running.

        Args:
            what: the work, for people.
            work: runs in a thread of its own; its calls of progress move the strip, and raise Cancelled.
            done: gets the result, on the window's thread.
            name: of the thread, and the topic of an error: it goes once work of this name begins anew.
            unfinished: called instead of `done`, with the reason in a sentence if it failed, with "" if it was cancelled.
        """
        if self._task is not None:
            text = self.tr("“{what}” isn't done yet; wait for it or cancel it.")
            self._messenger.info(text.format(what=self._what))
            return
        if not self._connected:
            self._strip().cancelled.connect(self.cancel)
            self._connected = True

        def ended(result: T) -> None:
            self._end()
            done(result)
            self._begin_waiting()

        def failed(error: BaseException) -> None:
            self._end()
            self._messenger.report(error, name)
            unfinished(self._messenger.reason(error))
            self._begin_waiting()

        def cancelled() -> None:
            self._end()
            unfinished("")
            self._begin_waiting()

        self._messenger.settle(name)
        self._what = what
        self._strip().start(what)
        self._strip().hide()
        self._patience.start()
        self._task = run_task(
            self, work, done=ended, failed=failed, progress=self._strip().update_progress, cancelled=cancelled, name=name
        )

    def when_free(self, begin: Callable[[], None]) -> None:
        """Begin other work now, or after what goes on, which is named then."""
        if self._task is None:
            begin()
            return
        self._waiting.append(begin)
        self._messenger.info(self.tr("This is done after “{what}”.").format(what=self._what))

    def forget_waiting(self) -> bool:
        """Begin nothing of what waits, which made sense only after what has failed; False where nothing did."""
        waiting, self._waiting = self._waiting, []
        return bool(waiting)

    def cancel(self) -> None:
        """Cancel it; nothing half-made is left."""
        if self._task is not None:
            self._task.cancel()

    def _on_patience_timed_out(self) -> None:
        if self._task is not None:
            self._strip().show()

    def _begin_waiting(self) -> None:
        """Begin what waits, one after another."""
        while self._waiting and self._task is None:
            self._waiting.pop(0)()

    def _end(self) -> None:
        self._task = None
        self._patience.stop()
        self._strip().finish()


class LatestWork(QObject):
    """Runs the newest piece of work off the window's thread, and gives up the one before.

    Args:
        strip: for progress; its Cancel ends the work.
        failed: gets an error.
        parent: Qt's owner.
    """

    def __init__(self, strip: ProgressStrip, failed: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._strip = strip
        self._failed = failed
        self._task: Task | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(strip.show)
        strip.cancelled.connect(self._on_strip_cancelled)

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._task is not None

    def start(
        self,
        what: str,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        name: str,
        cancelled: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin, and give up what goes on.

        Args:
            what: the work, for people.
            work: runs in a thread of its own; its calls of progress move the strip, and raise Cancelled.
            done: gets the result, on the window's thread.
            name: of the thread.
            cancelled: called instead where the person cancelled it.
        """
        self.forget()

        def ended(result: T) -> None:
            self.forget()
            done(result)

        def failed(error: BaseException) -> None:
            self.forget()
            self._failed(error)

        def stopped() -> None:
            self.forget()
            cancelled()

        self._strip.start(what)
        self._strip.hide()
        self._patience.start()
        self._task = run_task(
            self, work, done=ended, failed=failed, progress=self._strip.update_progress, cancelled=stopped, name=name
        )

    def forget(self) -> None:
        """Nobody waits any more for what goes on."""
        if self._task is not None:
            self._task.drop()
            self._task = None
        self._patience.stop()
        self._strip.finish()

    def _on_strip_cancelled(self) -> None:
        if self._task is not None:
            self._task.cancel()
