"""Rows of runs stay where they are while the mouse is about to click one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QApplication

from explorer.qt import override

REST_MS = 2000
"""A mouse that has rested so long over a row isn't about to click it."""
_MOVING = (QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class StillUnderMouse(QObject):
    """Tells when rows have to stay: from each move, click and turn of the wheel until the mouse rests or leaves.

    Args:
        view: whose rows they are.
        hold: called once the mouse moves over them.
        release: called once they may move again.
    """

    def __init__(self, view: QAbstractItemView, hold: Callable[[], None], release: Callable[[], None]) -> None:
        super().__init__(view)
        self._hold = hold
        self._release = release
        self._is_held = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._on_rest_timed_out)
        view.viewport().installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVING:
            self._rest.start()
            if not self._is_held:
                self._is_held = True
                self._hold()
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.Hide):
            self._end()
        return False

    def _on_rest_timed_out(self) -> None:
        if QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._end()
        else:
            self._rest.start()

    def _end(self) -> None:
        self._rest.stop()
        if self._is_held:
            self._is_held = False
            self._release()
