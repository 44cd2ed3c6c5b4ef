"""The line between two pictures that lie on each other: dragged, or moved by keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.look.icons import paint_icon
from explorer.look.theme import colors
from explorer.qt import override

WIDTH = 28  # units that take the mouse
GRIP = 13.0  # units: the grip's radius
STEP, FINE = 0.05, 0.01  # of the width, by an arrow key, and with Shift


class Divider(QWidget):
    """A child of the widget with the pictures, which puts it in its place.

    Signals:
        moved(float): it should stand at this share of the pictures' width, counted from the left.
    """

    moved = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._range = (0.0, 1.0)  # where the pictures begin and end in the parent
        self._share = 0.5
        self._grasp: float | None = None
        self._is_blank = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName(self.tr("Divider between before and after"))
        self.setToolTip(self.tr("Drag it, or move it with the arrow keys (Shift: finer); double-click for the middle"))
        self.hide()

    def place(self, area: QRectF, share: float) -> None:
        """Stand at a share of the width of the pictures, which are in `area` of the parent."""
        self._range, self._share = (area.left(), area.right()), share
        middle = round(area.left() + share * area.width())
        self.setGeometry(middle - WIDTH // 2, round(area.top()), WIDTH, round(area.height()))
        self.setAccessibleDescription(self.tr("{percent} %").format(percent=round(100 * share)))

    @property
    def is_blank(self) -> bool:
        """Whether it isn't seen."""
        return self._is_blank

    def set_blank(self, is_blank: bool) -> None:
        """Be seen no longer, or again; the focus stays."""
        self._is_blank = is_blank
        self.update()

    def _go_to(self, share: float) -> None:
        self.moved.emit(min(max(share, 0.0), 1.0))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grasp = event.position().x() - WIDTH / 2

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grasp is not None:
            place = self.mapToParent(event.position()).x() - self._grasp
            left, right = self._range
            self._go_to((place - left) / max(1.0, right - left))

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grasp = None

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._go_to(0.5)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move it; Home and End put it to the ends."""
        step = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        places = {
            Qt.Key.Key_Left: self._share - step,
            Qt.Key.Key_Right: self._share + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        place = places.get(Qt.Key(event.key()))
        plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if place is None or plain:
            super().keyPressEvent(event)
        else:
            self._go_to(place)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_blank:
            return
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = WIDTH / 2
        for color, width in ((theme.marker_edge, 4.0), (theme.marker, 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))
        grip = QRectF(middle - GRIP, self.height() / 2 - GRIP, 2 * GRIP, 2 * GRIP)
        painter.setPen(QPen(theme.focus if self.hasFocus() else theme.border, 2.0))
        painter.setBrush(theme.raised)
        painter.drawEllipse(grip.adjusted(1, 1, -1, -1))
        for name, left in (("chevron-left", grip.left() + 1), ("chevron-right", grip.center().x() - 1)):
            paint_icon(painter, name, QRectF(left, grip.center().y() - 6, 12, 12), theme.text)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
