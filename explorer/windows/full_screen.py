"""A picture on the whole screen: its widget moves into a window of its own, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from explorer.look.icons import icon
from explorer.look.theme import SPACE
from explorer.qt import override
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.zoom.area import ZoomArea

ACTIONS: Final = (
    *("zoom_in", "zoom_out", "zoom_actual", "zoom_fit", "plain_pixels", "whole_photo", "before", "split"),
    *("undo", "redo", "reset", "previous_face", "next_face", "full_screen"),
)
"""The actions that work on the whole screen: those of the picture alone, which open no dialog."""
BUTTON_MS = 2500  # how long the way back is seen after the mouse has moved


class FullScreen(QWidget):
    """A window with one picture and nothing else. When it closes, the picture is back where it was.

    It closes by itself when the main window, which it may cover, asks something.

    Args:
        area: the picture's widget.
        actions: the window's, by id.
        window: the main window.
    """

    closed = Signal()

    def __init__(self, area: ZoomArea, actions: Mapping[str, QAction], window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(window.windowTitle())
        self.setAccessibleName(self.tr("Picture on the whole screen"))
        self.area = area
        home = area.parentWidget()
        layout = home.layout() if home is not None else None
        if home is None or layout is None:
            raise ValueError("the picture stands in no layout, so there is no way back")
        self._home_layout = layout
        self._stand_in = QWidget(home)
        self._stand_in.setSizePolicy(area.sizePolicy())
        self._stand_in.setMinimumSize(area.minimumSizeHint())
        had_focus = area.hasFocus()
        layout.replaceWidget(area, self._stand_in)
        self._stand_in.show()
        own = QVBoxLayout(self)
        own.setContentsMargins(0, 0, 0, 0)
        own.addWidget(area)
        self.addActions([actions[name] for name in ACTIONS])
        self.button = QPushButton(icon("close"), self.tr("Leave full screen (Esc)"), self)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.clicked.connect(self.close)
        self._button_timer = QTimer(self, singleShot=True, interval=BUTTON_MS)
        self._button_timer.timeout.connect(self.button.hide)
        self._button_timer.start()
        area.installEventFilter(self)
        self._window = window
        window.installEventFilter(self)
        area.show()
        self._gives_focus_back = had_focus
        self.setGeometry(window.screen().geometry())
        self.showFullScreen()
        area.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give_back(self) -> None:
        self.area.removeEventFilter(self)
        self._window.removeEventFilter(self)
        if isinstance(self.area, FaceCanvas):
            self.area.hold_before(False)
        self._home_layout.replaceWidget(self._stand_in, self.area)
        self.area.show()
        self._stand_in.setParent(None)
        self._stand_in.deleteLater()
        if self._gives_focus_back:
            self.area.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_button(self) -> None:
        self.button.adjustSize()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.button.move(SPACE if mirrored else self.width() - self.button.width() - SPACE, SPACE)
        self.button.raise_()

    def _hold_before(self, event: QKeyEvent, is_held: bool) -> bool:
        """Space shows the picture before its edits while it is held, as in the main window."""
        if event.key() != Qt.Key.Key_Space or not isinstance(self.area, FaceCanvas):
            return False
        if not event.isAutoRepeat():
            self.area.hold_before(is_held)
        return True

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif not self._hold_before(event, is_held=True):
            super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._hold_before(event, is_held=False):
            super().keyReleaseEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() == QEvent.Type.WindowBlocked:  # a dialog waits for an answer
                self.close()
        elif event.type() == QEvent.Type.MouseMove:
            self.button.show()
            self._button_timer.start()
        return False

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_button()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._give_back()
        super().closeEvent(event)
        self.closed.emit()
