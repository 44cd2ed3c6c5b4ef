"""Messages to the person, and the hooks that report uncaught errors."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QThread, QtMsgType, Signal, qInstallMessageHandler

from core.errors import Cancelled, CoreError

log = logging.getLogger("labkhand")

MessageKind = Literal["info", "success", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell the person."""

    text: str
    kind: MessageKind = "info"
    details: str = ""
    action: tuple[str, Callable[[], None]] | None = None
    """A button: its text and what it does, such as "Show in folder"."""
    topic: str = ""
    """What it is about, such as "data": it goes when that is settled; empty: nothing that can be."""
    of_tab: bool = True
    """Whether it answers what the person did in the tab in front, and so may go when they leave that."""
    is_quiet: bool = False
    """Whether the window's line alone says it, without a note over the window."""


class Messenger(QObject):
    """Takes messages from any thread and posts them on its own."""

    message_posted = Signal(object)
    """A `Message`."""
    settled = Signal(str)
    """What messages of this topic said is so no longer."""
    _received = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._received.connect(self._on_received, Qt.ConnectionType.QueuedConnection)

    def post(self, message: Message) -> None:
        """Post a message; from another thread it arrives with the window's next events."""
        if QThread.currentThread() is self.thread() or QThread.currentThread() == self.thread():
            self._on_received(message)
        else:
            self._received.emit(message)

    def info(self, text: str, details: str = "", action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Something worth knowing."""
        self.post(Message(text, "info", details, action))

    def success(self, text: str, details: str = "", action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Something that the person asked for is done."""
        self.post(Message(text, "success", details, action))

    def warning(self, text: str, details: str = "", action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Something to look at that didn't stop the work."""
        self.post(Message(text, "warning", details, action))

    def error(self, text: str, details: str = "", action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Something could not be done."""
        self.post(Message(text, "error", details, action))

    def settle(self, topic: str) -> None:
        """What messages of a topic said is so no longer: its cause is gone."""
        self.settled.emit(topic)

    def report(self, error: BaseException, topic: str = "") -> None:
        """Report an exception: a CoreError by its sentences, anything else as a bug, logged in full.

        Args:
            error: what was raised.
            topic: what it is about, if that can be settled.
        """
        if isinstance(error, Cancelled):
            return
        if isinstance(error, CoreError):
            log.warning("%s", error)
            cause = "".join(traceback.format_exception(error.__cause__)) if error.__cause__ is not None else ""
            self.post(Message(str(error), "error", cause, topic=topic))
            return
        details = "".join(traceback.format_exception(error))
        log.error("unexpected %s", type(error).__name__, exc_info=(type(error), error, error.__traceback__))
        self.post(Message(self.tr("Something went wrong. Your work is still here."), "error", details, topic=topic))

    def reason(self, error: BaseException) -> str:
        """What to say of an error where its result would stand: a CoreError's sentences, of a bug only that there is one."""
        return str(error) if isinstance(error, CoreError) else self.tr("Something went wrong.")

    def _on_received(self, message: Message) -> None:
        self.message_posted.emit(message)


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Write one of Qt's messages to the log."""
    logging.getLogger("labkhand.qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", text)


def install_exception_hooks(messenger: Messenger) -> Callable[[], None]:
    """Show every uncaught exception of any thread to the person, and send Qt's warnings to the log.

    Returns:
        A function that restores the earlier hooks.
    """
    before = sys.excepthook, threading.excepthook

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before[0](kind, error, trace)
            return
        messenger.report(error.with_traceback(trace))

    def on_thread_exception(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            messenger.report(args.exc_value.with_traceback(args.exc_traceback))

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
    before_qt = qInstallMessageHandler(log_qt_message)

    def restore() -> None:
        sys.excepthook, threading.excepthook = before
        qInstallMessageHandler(before_qt)

    return restore
