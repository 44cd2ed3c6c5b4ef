"""A photo with a marker on each eye of the chosen face, to be dragged to their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.faces.alignment import Eyes
from explorer.look.pixels import to_pixmap
from explorer.look.theme import colors
from explorer.qt import override

RING = 11.0  # pixels on the screen: a marker's radius
GRASP = 26.0  # how near the mouse must be to take one
Box = tuple[float, float, float, float]


class EyeMarkers(QWidget):
    """Shows a reduced photo; all positions are in the pixels of the photo itself.

    Args:
        picture: uint8 (h, w, 3), the photo, perhaps reduced.
        scale: pixels of the photo per pixel of the picture.
        boxes: of the faces that were found (left, top, width, height).

    Signals:
        eyes_changed(Eyes): a marker was moved.
        face_chosen(int): the number of another box was clicked.
    """

    eyes_changed = Signal(object)
    face_chosen = Signal(int)

    def __init__(self, picture: np.ndarray, scale: float, boxes: Sequence[Box], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = to_pixmap(picture)
        self._scale = scale
        self._boxes = list(boxes)
        self._points = [QPointF(), QPointF()]
        self._chosen = -1
        self._held: int | None = None
        self._grasp = QPointF()
        self._focused = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(360, 300)
        self.setAccessibleName(self.tr("Photo with a marker on each eye"))

    @property
    def eyes(self) -> Eyes:
        """Where the markers are; the left eye is the one further left in the face's own upright picture."""
        left, right = ((float(point.x()), float(point.y())) for point in self._points)
        return Eyes(left, right)

    def set_eyes(self, eyes: Eyes, chosen: int = -1) -> None:
        """Put the markers there; `chosen` is the number of the box that they belong to, -1 for none."""
        self._points = [QPointF(*eyes.left), QPointF(*eyes.right)]
        self._chosen = chosen
        self.update()

    def to_screen(self, point: QPointF) -> QPointF:
        """A place of the photo on this widget."""
        area = self._area()
        per = area.width() / (self._pixmap.width() * self._scale)
        return QPointF(area.left() + (point.x() + 0.5) * per, area.top() + (point.y() + 0.5) * per)

    def to_photo(self, point: QPointF) -> QPointF:
        """A place of this widget in the photo."""
        area = self._area()
        per = self._pixmap.width() * self._scale / area.width()
        return QPointF((point.x() - area.left()) * per - 0.5, (point.y() - area.top()) * per - 0.5)

    def _area(self) -> QRectF:
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(left, top, max(1, size.width()), max(1, size.height()))

    def _marker_at(self, place: QPointF) -> int | None:
        far = [float(np.hypot(*(self.to_screen(point) - place).toTuple())) for point in self._points]
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= GRASP else None

    def _box_at(self, place: QPointF) -> int | None:
        point = self.to_photo(place)
        inside = [number for number, box in enumerate(self._boxes) if QRectF(*box).contains(point)]
        return min(inside, key=lambda number: self._boxes[number][2], default=None)

    def _move(self, number: int, to: QPointF) -> None:
        width, height = self._pixmap.width() * self._scale, self._pixmap.height() * self._scale
        self._points[number] = QPointF(min(max(to.x(), 0.0), width), min(max(to.y(), 0.0), height))
        self._focused = number
        self.update()
        self.eyes_changed.emit(self.eyes)

    @override
    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        theme = colors()
        painter.fillRect(self.rect(), theme.canvas)
        painter.drawPixmap(self._area(), self._pixmap, QRectF(self._pixmap.rect()))
        for number, box in enumerate(self._boxes):
            if number != self._chosen:
                ends = (self.to_screen(QPointF(x, y)) for x, y in ((box[0], box[1]), (box[0] + box[2], box[1] + box[3])))
                self._stroke(painter, partial(painter.drawRoundedRect, QRectF(*ends), 6, 6), 1.5, theme.marker)
        for number, point in enumerate(self._points):
            place = self.to_screen(point)
            wide = 3.0 if self.hasFocus() and number == self._focused else 2.0
            self._stroke(painter, partial(painter.drawEllipse, place, RING, RING), wide, theme.accent)
            self._stroke(painter, partial(painter.drawPoint, place), wide + 1.5, theme.accent)

    @staticmethod
    def _stroke(painter: QPainter, draw: Callable[[], object], width: float, color: QColor) -> None:
        """A line that is visible on light and dark pictures."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shade, wide in ((colors().marker_edge, width + 2.0), (color, width)):
            pen = QPen(shade, wide)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            draw()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        number = self._marker_at(event.position())
        if number is not None:
            self._held, self._focused = number, number
            self._grasp = self.to_screen(self._points[number]) - event.position()
            self.update()
            return
        box = self._box_at(event.position())
        if box is not None and box != self._chosen:
            self.face_chosen.emit(box)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._move(self._held, self.to_photo(event.position() + self._grasp))
            return
        if self._marker_at(event.position()) is not None:
            self.setCursor(Qt.CursorShape.SizeAllCursor)
        elif self._box_at(event.position()) not in (None, self._chosen):
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the marker by a pixel of the screen, with Shift by ten; Space goes to the other one."""
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            far = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            there = self.to_screen(self._points[self._focused]) + QPointF(*step) * far
            self._move(self._focused, self.to_photo(there))
        elif event.key() == Qt.Key.Key_Space:
            self._focused = 1 - self._focused
            self.update()
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.update()
