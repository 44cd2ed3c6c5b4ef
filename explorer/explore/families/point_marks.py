"""Colour points on a canvas: small discs that are placed with a click, moved, chosen and taken away."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.families.colouriser.edit import MOST_POINTS, GivenColour
from explorer.look.theme import colors
from explorer.qt import override
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.zoom.spots import CLICK

RADIUS = 7.0  # units, of a disc
REACH = 11.0  # units around its middle that take a press
STEP = 0.01  # of the photo, by which an arrow moves a point
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class PointMarks(QObject):
    """Points of a photo on the canvas that shows it. It changes none itself: it says what the person wants.

    Signals:
        placed(float, float): a click that places a point, as shares of width and height.
        moved(int, float, float): a point is to lie elsewhere.
        chosen(int): a point was clicked; -1: none is chosen any more.
        removed(int): a point is to go.
    """

    placed = Signal(float, float)
    moved = Signal(int, float, float)
    chosen = Signal(int)
    removed = Signal(int)

    def __init__(self, canvas: FaceCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._layer = _Layer(self, canvas)
        self._points: tuple[GivenColour, ...] = ()
        self._pressed: QPointF | None = None
        self._dragged = -1
        self._offset = QPointF()
        self.current = -1
        """The chosen point; -1: none."""
        self.places = False
        """Whether a click on the photo places a point."""
        canvas.installEventFilter(self)
        canvas.view_changed.connect(self._layer.update)

    @property
    def points(self) -> tuple[GivenColour, ...]:
        """Those that are seen."""
        return self._points

    def set_points(self, points: Sequence[GivenColour]) -> None:
        """Show other points; the chosen one stays so while there is one of its number."""
        self._points = tuple(points)
        self._dragged = -1
        if self.current >= len(self._points):
            self.choose(-1)
        self._layer.update()

    def set_places(self, places: bool) -> None:
        """Let a click on the photo place a point, or no longer."""
        self.places = places
        if places:
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self._canvas.unsetCursor()

    def choose(self, number: int) -> None:
        """Choose a point; -1: none."""
        if number != self.current:
            self.current = number
            self._layer.update()
            self.chosen.emit(number)

    def place_of(self, number: int) -> QPointF:
        """Where a point is on the canvas."""
        view, point = self._canvas.view, self._points[number]
        return view.to_widget(QPointF(point.x * view.width, point.y * view.height))

    def update(self) -> None:
        """Paint them anew, after the canvas shows something else."""
        self._layer.update()

    @property
    def are_seen(self) -> bool:
        """Whether the canvas shows the photo with its colours."""
        return self._canvas.has_image and not self._canvas.shows_before

    def paint(self, painter: QPainter) -> None:
        """Draw the discs."""
        if not self.are_seen:
            return
        theme = colors()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, point in enumerate(self._points):
            place, is_current = self.place_of(number), number == self.current
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.marker_edge, 5.0 if is_current else 4.0))
            painter.drawEllipse(place, RADIUS, RADIUS)
            painter.setBrush(QColor(point.colour))
            painter.setPen(QPen(theme.accent if is_current else theme.marker, 3.0 if is_current else 2.0))
            painter.drawEllipse(place, RADIUS, RADIUS)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self._layer.resize(self._canvas.size())
        elif kind == QEvent.Type.MouseButtonPress:
            return self._press(cast(QMouseEvent, event))
        elif kind == QEvent.Type.MouseMove and self._dragged >= 0:
            self._drag(cast(QMouseEvent, event).position())
            return True
        elif kind == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            self._release(cast(QMouseEvent, event).position())
            return True
        elif kind == QEvent.Type.MouseButtonDblClick and self.are_seen:
            mouse = cast(QMouseEvent, event)
            return self.places or self._at(mouse.position()) >= 0
        elif kind == QEvent.Type.KeyPress:
            return self._press_key(cast(QKeyEvent, event))
        return False

    def _at(self, place: QPointF) -> int:
        """The point under a place of the canvas, the topmost of several; -1: none."""
        for number in reversed(range(len(self._points))):
            away = self.place_of(number) - place
            if away.x() ** 2 + away.y() ** 2 <= REACH**2:
                return number
        return -1

    def _press(self, mouse: QMouseEvent) -> bool:
        if mouse.button() != Qt.MouseButton.LeftButton or not self.are_seen:
            return False
        number = self._at(mouse.position())
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        if number >= 0:
            self._pressed, self._dragged = mouse.position(), number
            self._offset = self.place_of(number) - mouse.position()
            self.choose(number)
            return True
        if self.places and self._inside(mouse.position()) is not None:
            self._pressed = mouse.position()
            return True
        return False

    def _drag(self, place: QPointF) -> None:
        """A point follows the mouse; the photo's colours follow once it is released."""
        inside = self._inside(place + self._offset, clamped=True)
        if inside is not None:
            point = dataclasses.replace(self._points[self._dragged], x=inside.x(), y=inside.y())
            self._points = (*self._points[: self._dragged], point, *self._points[self._dragged + 1 :])
            self._layer.update()

    def _release(self, place: QPointF) -> None:
        pressed, self._pressed = self._pressed, None
        number, self._dragged = self._dragged, -1
        is_click = pressed is not None and (place - pressed).manhattanLength() <= CLICK
        if number >= 0:
            if not is_click:
                self.moved.emit(number, self._points[number].x, self._points[number].y)
        elif is_click and len(self._points) < MOST_POINTS and (inside := self._inside(place)) is not None:
            self.placed.emit(inside.x(), inside.y())

    def _press_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if self.places and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.are_seen and len(self._points) < MOST_POINTS:
            self.placed.emit(0.5, 0.5)
            self.choose(len(self._points) - 1)  # so that arrows move it
            return True
        if self.current < 0 or not self.are_seen or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.current)
            return True
        if key == Qt.Key.Key_Escape:
            self.choose(-1)
            return True
        if key in _ARROWS and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            across, down = _ARROWS[key]
            point = self._points[self.current]
            self.moved.emit(self.current, _within(point.x + STEP * across), _within(point.y + STEP * down))
            return True
        return False

    def _inside(self, place: QPointF, clamped: bool = False) -> QPointF | None:
        """A place of the canvas as shares of the photo; None outside, unless the nearest one inside is wanted."""
        view = self._canvas.view
        if view.is_empty:
            return None
        point = view.to_picture(place)
        x, y = point.x() / view.width, point.y() / view.height
        if clamped:
            return QPointF(_within(x), _within(y))
        return QPointF(x, y) if 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0 else None


class _Layer(QWidget):
    """Over the canvas, below its controls."""

    def __init__(self, marks: PointMarks, canvas: FaceCanvas) -> None:
        super().__init__(canvas)
        self._marks = marks
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(canvas.size())
        self.lower()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._marks.paint(painter)
        painter.end()


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))
