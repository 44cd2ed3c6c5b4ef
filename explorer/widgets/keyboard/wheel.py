"""Fields that the mouse wheel turns only while they have the focus: who scrolls past them changes nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget

from explorer.qt import override


class WheelNeedsFocus:
    """Comes before Qt's class among the bases of a field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)  # type: ignore[call-arg]  # Qt's class, which comes next
        assert isinstance(self, QWidget)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt's own lets the wheel take the focus

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:  # type: ignore[misc]  # it is Qt's, of the class that comes next
        assert isinstance(self, QWidget)
        if self.hasFocus():
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()  # what it lies in scrolls
