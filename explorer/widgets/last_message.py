"""The last message in a window's line: how long it stays there once it was said, and whether that line alone says it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from explorer.messages import Message
from explorer.widgets.status_line import MessageLine
from explorer.widgets.toast import Toast, ToastArea

STAYS_MS = 30_000


class LastMessage(QObject):
    """Takes a message out of the line when its cause is gone, its tab was left, an error was read, or some time is over.

    Args:
        line: of the window.
        toasts: the same messages in the window's corner; an error was read once it is closed there.
        parent: Qt's owner.
    """

    def __init__(self, line: MessageLine, toasts: ToastArea, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._line = line
        self._toasts = toasts
        self._said = Message("")
        self._topics: tuple[str, ...] = ()
        self._timer = QTimer(self, singleShot=True, interval=STAYS_MS)
        self._timer.timeout.connect(self._forget)
        toasts.closed.connect(self._on_toasts_closed)
        toasts.take_instead = self._take

    def show(self, message: Message, topics: tuple[str, ...] = ()) -> None:
        """Put it into the line.

        Args:
            message: what is said.
            topics: what it is about, and the tab that it belongs to.
        """
        self._said, self._topics = message, topics
        self._line.set_message(message.text)
        self._announce()
        if message.kind == "error":
            self._timer.stop()
        else:
            self._timer.start()

    def _announce(self) -> None:
        """Have it read aloud to those who use a screen reader; an error at once, anything else after what is being read."""
        event = QAccessibleAnnouncementEvent(self._line, self._said.text)
        is_error = self._said.kind == "error"
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if is_error else politeness.Polite)
        QAccessible.updateAccessibility(event)

    def settle(self, topic: str) -> None:
        """What messages of a topic said is so no longer."""
        if topic in self._topics or any(topic in toast.topics and self._is_said(toast) for toast in self._toasts.toasts()):
            self._forget()

    def leave(self, topic: str) -> None:
        """The tab that is a topic was left: what was said there goes; an error is still to be read there."""
        if topic in self._topics:
            self._forget()

    def _take(self, toast: Toast) -> bool:
        """Say a toast's message with its link in the line, where it is the last one and has room there; whether it is so."""
        is_last = self._is_said(toast) and self._line.message == toast.text and self._line.isVisible()
        return is_last and self._line.take(toast.text, toast.action)

    def _is_said(self, toast: Toast) -> bool:
        return (toast.text, toast.kind) == (self._said.text, self._said.kind)

    def _forget(self) -> None:
        self._timer.stop()
        if self._line.message == self._said.text:
            self._line.set_message("")
        self._said, self._topics = Message(""), ()

    def _on_toasts_closed(self, toast: Toast) -> None:
        if toast.kind == "error" and self._is_said(toast):
            self._forget()
