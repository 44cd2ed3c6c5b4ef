"""A column of widgets that scrolls downwards where it gets less height than it needs."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from explorer.look.theme import SPACE
from explorer.qt import tab_in_reading_order


class ScrollColumn(QScrollArea):
    """Widgets one below the other, with room for the bar beside them.

    Args:
        spacing: between two of them, in units.
        parent: Qt's owner.
    """

    def __init__(self, spacing: int, parent: QWidget) -> None:
        super().__init__(parent)
        body = QWidget(self)
        self.rows = QVBoxLayout(body)
        """What stands in it, above a stretch."""
        self.rows.setContentsMargins(0, 0, SPACE, 0)
        self.rows.setSpacing(spacing)
        self.rows.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)
        self._order_timer = QTimer(self, singleShot=True, interval=0)
        self._order_timer.timeout.connect(lambda: tab_in_reading_order(self, body))

    def add(self, widget: QWidget) -> None:
        """Let a widget be the last one."""
        self.rows.insertWidget(self.rows.count() - 1, widget)

    def put_in_order(self) -> None:
        """Let Tab go through them as they are read, once those that are being made now are there."""
        self._order_timer.start()
