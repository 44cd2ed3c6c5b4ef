"""Places in a picture that can be clicked, such as the faces of a group: outlined while the mouse is over the picture.

The one that is chosen is outlined without the mouse, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip

from explorer.look.theme import RADIUS, colors
from explorer.qt import override
from explorer.widgets.zoom.area import ZoomArea

CLICK = 4.0  # units by which the mouse may move between press and release of a click
THIN, THICK = 1.5, 2.5  # units: an outline, and that of the place under the mouse
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, and what a click on it does.

    Attributes:
        rect: in pixels of the picture.
        tip: said under the mouse.
    """

    rect: QRectF
    tip: str


class Spots(QObject):
    """Places in the picture of a zoom area, which calls `paint` when it has painted the picture.

    Signals:
        chosen(int): the person clicked a place other than the current one: its number.
        changed: what is outlined, or what is under the mouse, is another.
    """

    chosen = Signal(int)
    changed = Signal()

    def __init__(self, area: ZoomArea) -> None:
        super().__init__(area)
        self._area = area
        self._spots: tuple[Spot, ...] = ()
        self._size = (0.0, 0.0)
        self._current = -1
        self._is_over = False
        self._has_keys = False
        self._hides_current = False
        self._pressed: QPointF | None = None
        self.hovered = -1
        """The number of the place under the mouse that a click would choose; -1: none."""
        area.installEventFilter(self)

    def set_spots(self, spots: Sequence[Spot], size: tuple[int, int], current: int = -1) -> None:
        """Offer other places.

        Args:
            spots: the places; none: nothing can be clicked.
            size: width and height of the picture that they are in; while the area shows one of another size, there are none.
            current: the number of the place that is chosen already, -1 for none.
        """
        places = tuple(spots), (float(size[0]), float(size[1])), current
        if places == (self._spots, self._size, self._current):
            return  # told with every step of a slider
        self._spots, self._size, self._current = places
        self.hovered = -1
        self.changed.emit()

    def hide_current(self, hides: bool) -> None:
        """Say whether the chosen place is outlined only with the others, such as while what is in it changes."""
        if hides != self._hides_current:
            self._hides_current = hides
            self.changed.emit()

    @property
    def marks_current(self) -> bool:
        """Whether the chosen place is outlined without the others."""
        return not self.are_seen and not self._hides_current and 0 <= self._current < len(self._here())

    @property
    def are_seen(self) -> bool:
        """Whether all are outlined now."""
        return bool(self._here()) and (self._is_over or self._has_keys)

    def rect(self, number: int) -> QRectF:
        """Where a place is on the area."""
        rect, view = self._spots[number].rect, self._area.view
        return QRectF(view.to_widget(rect.topLeft()), view.to_widget(rect.bottomRight()))

    def paint(self, painter: QPainter, compares: bool = False) -> None:
        """Outline the places: all of them, or the chosen one unless the picture is compared with that before its edits."""
        outlined: Sequence[int] = range(len(self._spots)) if self.are_seen else ()
        if self.marks_current and not compares:
            outlined = (self._current,)
        theme = colors()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, bool(outlined))
        for number in outlined:
            color = theme.accent if number == self._current else theme.marker
            draw = partial(painter.drawRoundedRect, self.rect(number), RADIUS + 2, RADIUS + 2)
            outline(painter, draw, THICK if number == self.hovered else THIN, color)

    def _here(self) -> tuple[Spot, ...]:
        """The places, if they are in the picture that is shown."""
        view = self._area.view
        return self._spots if (view.width, view.height) == self._size else ()

    def _at(self, place: QPointF) -> int:
        """The place that a click there would choose: the smallest of several."""
        point, spots = self._area.view.to_picture(place), self._here()
        inside = [number for number, spot in enumerate(spots) if spot.rect.contains(point)]
        number = min(inside, key=lambda one: spots[one].rect.width(), default=-1)
        return -1 if number == self._current else number

    def _hover(self, is_over: bool, number: int) -> None:
        if (is_over, number) != (self._is_over, self.hovered):
            self._is_over, self.hovered = is_over, number
            self.changed.emit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Enter:
            self._hover(True, self.hovered)
        elif kind == QEvent.Type.Leave:
            self._hover(False, -1)
        elif kind == QEvent.Type.MouseMove:
            mouse = cast(QMouseEvent, event)
            self._hover(True, self._at(mouse.position()) if mouse.buttons() == Qt.MouseButton.NoButton else -1)
        elif kind == QEvent.Type.MouseButtonPress:
            mouse = cast(QMouseEvent, event)
            self._pressed = mouse.position() if mouse.button() == Qt.MouseButton.LeftButton else None
        elif kind == QEvent.Type.MouseButtonRelease:
            self._release(cast(QMouseEvent, event).position())
        elif kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._has_keys = kind == QEvent.Type.FocusIn and cast(QFocusEvent, event).reason() in _BY_KEYS
            self.changed.emit()
        elif kind == QEvent.Type.ToolTip:
            help_event = cast(QHelpEvent, event)
            number = self._at(QPointF(help_event.pos()))
            if number >= 0:
                rect = self.rect(number).toAlignedRect()
                QToolTip.showText(help_event.globalPos(), self._spots[number].tip, self._area, rect)
                return True
        return False

    def _release(self, place: QPointF) -> None:
        """A click, which moved nothing, chooses the place there."""
        pressed, self._pressed = self._pressed, None
        if pressed is not None and (place - pressed).manhattanLength() <= CLICK:
            number = self._at(place)
            if number >= 0:
                self.chosen.emit(number)


def outline(painter: QPainter, draw: Callable[[], object], width: float, color: QColor) -> None:
    """A line that is visible on light and dark pictures."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, wide in ((colors().marker_edge, width + 2.0), (color, width)):
        pen = QPen(shade, wide)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        draw()
