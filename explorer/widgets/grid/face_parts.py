"""What grids of faces have in common: the ring around a chosen one, and the caption that appears on hover."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.look.theme import RADIUS, UNIT, colors

RING = 2
"""Its width in device-independent pixels, which a grid leaves free around its faces."""


_DOT = 10  # device-independent pixels


def paint_ring(painter: QPainter, area: QRect, *, selected: bool, hovered: bool, has_focus: bool) -> None:
    """Frame a face that is selected or under the mouse; any other is left as it is."""
    theme = colors()
    if selected:
        painter.setPen(QPen(theme.focus if has_focus else theme.tick, RING))
    elif hovered:
        painter.setPen(QPen(theme.border, RING))
    else:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(area).adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)


def paint_dot(painter: QPainter, area: QRect, *, is_hollow: bool = False) -> None:
    """Mark a face: a dot of the accent in its corner, or a ring of it, on a ground that shows it on any picture."""
    theme = colors()
    place = QRectF(area.right() + 1 - _DOT - UNIT, area.top() + UNIT, _DOT, _DOT)
    painter.setPen(QPen(theme.panel, RING))
    painter.setBrush(theme.accent)
    painter.drawEllipse(place)
    if is_hollow:
        inner = _DOT / 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.panel)
        painter.drawEllipse(place.adjusted(inner, inner, -inner, -inner))


def show_caption(event: QHelpEvent, text: str, widget: QWidget, area: QRect) -> None:
    """Show a face's caption until the mouse leaves its area; an empty text hides an earlier one."""
    if text:
        QToolTip.showText(event.globalPos(), text, widget, area)
    else:
        QToolTip.hideText()
