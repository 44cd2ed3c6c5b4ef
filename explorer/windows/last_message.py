"""The last message in the status line: how long it stays there once it was said."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from explorer.messages import Message
from explorer.widgets.status_line import StatusLine
from explorer.widgets.toast import Toast, ToastArea

STAYS_MS = 30_000


class LastMessage(QObject):
    """Takes a message out of the line when its cause is gone, its tab was left, an error was read, or some time is over.

    Args:
        status: the line.
        toasts: the same messages in the window's corner; an error was read once it is closed there.
        parent: Qt's owner.
    """

    def __init__(self, status: StatusLine, toasts: ToastArea, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._status = status
        self._toasts = toasts
        self._said = Message("")
        self._topics: tuple[str, ...] = ()
        self._timer = QTimer(self, singleShot=True, interval=STAYS_MS)
        self._timer.timeout.connect(self._forget)
        toasts.closed.connect(self._on_toasts_closed)

    def show(self, message: Message, topics: tuple[str, ...] = ()) -> None:
        """Put it into the line.

        Args:
            message: what is said.
            topics: what it is about, and the tab that it belongs to.
        """
        self._said, self._topics = message, topics
        self._status.set_message(message.text)
        if message.kind == "error":
            self._timer.stop()
        else:
            self._timer.start()

    def settle(self, topic: str) -> None:
        """What messages of a topic said is so no longer."""
        if topic in self._topics or any(topic in toast.topics and self._is_said(toast) for toast in self._toasts.toasts()):
            self._forget()

    def leave(self, topic: str) -> None:
        """The tab that is a topic was left: what was said there goes; an error is still to be read there."""
        if topic in self._topics:
            self._forget()

    def _is_said(self, toast: Toast) -> bool:
        return (toast.text, toast.kind) == (self._said.text, self._said.kind)

    def _forget(self) -> None:
        self._timer.stop()
        if self._status.message == self._said.text:
            self._status.set_message("")
        self._said, self._topics = Message(""), ()

    def _on_toasts_closed(self, toast: Toast) -> None:
        if toast.kind == "error" and self._is_said(toast):
            self._forget()
