"""One of the pictures, whole, with the box that is cut out of each: moved and resized with the mouse or the arrow keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.look.pixels import to_pixmap
from explorer.look.theme import RADIUS, colors
from explorer.qt import override

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels of the upright picture."""
LEAST = 8  # pixels: a box's side
_HIGHEST = 240  # pixels on the screen
_GRASP = 12.0  # pixels on the screen: how near the mouse must be to a corner to take it
_HANDLE = 4.0
_KEYS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


def moved(box: Box, by: tuple[int, int], size: tuple[int, int]) -> Box:
    """The box at another place, within a picture of that width and height."""
    left, top, right, bottom = box
    x = min(max(left + by[0], 0), max(0, size[0] - (right - left)))
    y = min(max(top + by[1], 0), max(0, size[1] - (bottom - top)))
    return x, y, x + right - left, y + bottom - top


def spanned(fixed: tuple[int, int], to: tuple[int, int], size: tuple[int, int]) -> Box:
    """The square from a corner that stays towards another place, within a picture of that width and height."""
    toward = [1 if end >= start else -1 for start, end in zip(fixed, to, strict=True)]
    room = [whole - start if way > 0 else start for start, way, whole in zip(fixed, toward, size, strict=True)]
    side = max(abs(end - start) for start, end in zip(fixed, to, strict=True))
    side = min(max(side, min(LEAST, *room)), *room)
    ends = [start + way * side for start, way in zip(fixed, toward, strict=True)]
    return min(fixed[0], ends[0]), min(fixed[1], ends[1]), max(fixed[0], ends[0]), max(fixed[1], ends[1])


class CropPicture(QWidget):
    """Shows a picture, perhaps reduced; places are in the pixels of the picture itself.

    Signals:
        box_dragged(tuple): the box is another one; the mouse may still hold it.
        box_chosen(): the mouse has let it go, or a key has moved it.
    """

    box_dragged = Signal(tuple)
    box_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._size = (1, 1)
        self._box: Box = (0, 0, 1, 1)
        self._fixed: tuple[int, int] | None = None  # the corner that stays while another one is dragged
        self._grasp: QPointF | None = None  # where the mouse took the box, from its left upper corner
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("The box on a picture"))
        self.setToolTip(
            self.tr(
                "<p>Drag the box to move it, a corner to resize it, or draw a new one beside it. Arrow keys move it by a pixel, "
                "with Shift by ten; with Ctrl they make it smaller or larger.</p>"
            )
        )

    @property
    def box(self) -> Box:
        """What is cut out."""
        return self._box

    @property
    def is_held(self) -> bool:
        """Whether the mouse holds the box or a corner."""
        return self._fixed is not None or self._grasp is not None

    def show_picture(self, pixels: np.ndarray, size: tuple[int, int]) -> None:
        """Show another picture.

        Args:
            pixels: uint8 (h, w, 3), perhaps reduced.
            size: its own width and height in pixels.
        """
        self._pixmap, self._size = to_pixmap(pixels), size
        self.updateGeometry()
        self.update()

    def set_box(self, box: Box) -> None:
        """Show another box, which may be no good."""
        self._box = box
        self.update()

    def to_screen(self, x: float, y: float) -> QPointF:
        """A place of the picture on this widget."""
        area = self._area()
        return QPointF(area.left() + x * area.width() / self._size[0], area.top() + y * area.height() / self._size[1])

    def _to_picture(self, place: QPointF) -> tuple[int, int]:
        area = self._area()
        x = round((place.x() - area.left()) * self._size[0] / area.width())
        y = round((place.y() - area.top()) * self._size[1] / area.height())
        return min(max(x, 0), self._size[0]), min(max(y, 0), self._size[1])

    def _area(self) -> QRectF:
        size = QSize(*self._size).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        width, height = max(1, size.width()), max(1, size.height())
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def _corners(self) -> list[tuple[int, int]]:
        left, top, right, bottom = self._box
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def _corner_at(self, place: QPointF) -> int | None:
        far = [float(np.hypot(*(self.to_screen(*corner) - place).toTuple())) for corner in self._corners()]
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= _GRASP else None

    def _frame(self) -> QRectF:
        return QRectF(self.to_screen(*self._box[:2]), self.to_screen(*self._box[2:]))

    def _take(self, box: Box) -> None:
        if box != self._box:
            self._box = box
            self.update()
            self.box_dragged.emit(box)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return min(_HIGHEST, round(width * self._size[1] / self._size[0]))

    @override
    def sizeHint(self) -> QSize:
        return QSize(_HIGHEST, self.heightForWidth(_HIGHEST))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area, frame = self._area(), self._frame()
        painter.drawPixmap(area, self._pixmap, QRectF(self._pixmap.rect()))
        veil = theme.window
        painter.save()
        painter.setOpacity(0.6)
        for part in (
            QRectF(area.topLeft(), QPointF(area.right(), frame.top())),
            QRectF(QPointF(area.left(), frame.bottom()), area.bottomRight()),
            QRectF(QPointF(area.left(), frame.top()), QPointF(frame.left(), frame.bottom())),
            QRectF(QPointF(frame.right(), frame.top()), QPointF(area.right(), frame.bottom())),
        ):
            painter.fillRect(part.normalized().intersected(area), veil)
        painter.restore()
        for shade, width in ((theme.marker_edge, 4.0), (theme.accent, 2.0)):
            painter.setPen(QPen(shade, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(frame)
        painter.setPen(QPen(theme.marker_edge, 1.0))
        painter.setBrush(theme.accent)
        for corner in self._corners():
            painter.drawEllipse(self.to_screen(*corner), _HANDLE, _HANDLE)
        if self.hasFocus():
            painter.setPen(theme.focus)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), RADIUS, RADIUS)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        corner = self._corner_at(event.position())
        if corner is not None:
            self._fixed = self._corners()[(corner + 2) % 4]
        elif self._frame().contains(event.position()):
            self._grasp = event.position() - self.to_screen(*self._box[:2])
        elif self._area().contains(event.position()):
            self._fixed = self._to_picture(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._fixed is not None:
            self._take(spanned(self._fixed, self._to_picture(event.position()), self._size))
        elif self._grasp is not None:
            x, y = self._to_picture(event.position() - self._grasp)
            self._take(moved(self._box, (x - self._box[0], y - self._box[1]), self._size))
        elif (corner := self._corner_at(event.position())) is not None:
            self.setCursor(Qt.CursorShape.SizeFDiagCursor if corner % 2 == 0 else Qt.CursorShape.SizeBDiagCursor)
        else:
            inside = self._frame().contains(event.position())
            self.setCursor(Qt.CursorShape.SizeAllCursor if inside else Qt.CursorShape.CrossCursor)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_held, self._fixed, self._grasp = self.is_held, None, None
        if was_held:
            self.box_chosen.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        across, down = step[0] * far, step[1] * far
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            left, top, right, bottom = self._box
            more = across or -down  # up and right are larger
            side = max(right - left, bottom - top, LEAST) + more
            self._take(spanned((left, top), (left + max(LEAST, side), top + max(LEAST, side)), self._size))
        else:
            self._take(moved(self._box, (across, down), self._size))
        self.box_chosen.emit()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
