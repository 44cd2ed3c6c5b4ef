"""A chart's picture on its widget, and what is painted over it: the line at the epoch under the mouse, dots, a small table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from explorer.chart.model import tr
from explorer.chart.reading import Reading
from explorer.chart.style import ChartStyle
from explorer.look.theme import RADIUS, SPACE, UNIT, colors

if TYPE_CHECKING:
    from explorer.chart.painter import Picture

_SWATCH = 12.0
_NAME = 220.0  # pixels at most
_DOT = 4.0


@dataclass(frozen=True, slots=True)
class Mark:
    """What is pointed at, in the widget's pixels."""

    lines: tuple[tuple[float, float, float], ...]
    """x, top and bottom in each area."""
    dots: tuple[tuple[QPointF, QColor], ...]
    reading: Reading
    x: float
    """Where the mouse is, for the table to keep out of its way."""


def paint_picture(painter: QPainter, picture: Picture, room: QRectF) -> None:
    """The picture; stretched, until the one of the right size is here."""
    if (picture.style.width, picture.style.height) == (room.width(), room.height()):
        painter.drawImage(room.topLeft(), picture.image)
    else:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(room, picture.image)


def paint_dragged(painter: QPainter, picture: Picture, area: QRectF, by: QPointF) -> None:
    """An area of the picture while the mouse drags it."""
    ratio = picture.style.ratio
    painter.save()
    painter.setClipRect(area)
    painter.fillRect(area, QColor(picture.style.ground))
    source = QRectF(area.left() * ratio, area.top() * ratio, area.width() * ratio, area.height() * ratio)
    painter.drawImage(area.translated(by), picture.image, source)
    painter.restore()


def paint_frame(painter: QPainter, frame: QRectF) -> None:
    """A frame in the focus's colour."""
    painter.setPen(QPen(colors().focus, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(frame)


def paint_mark(painter: QPainter, mark: Mark, room: QRectF, style: ChartStyle) -> None:
    """The line, the dots and, where there are several runs, the table.

    Args:
        painter: of the widget.
        mark: what to paint.
        room: the widget's rectangle.
        style: of the picture under it.
    """
    theme = colors()
    painter.setPen(QPen(theme.muted_text, 1))
    for x, top, bottom in mark.lines:
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    for at, color in mark.dots:
        painter.setPen(QPen(theme.panel, 1.5))
        painter.setBrush(color)
        painter.drawEllipse(at, _DOT, _DOT)
    if mark.reading.rows:
        _paint_table(painter, mark, room, style)


def _paint_table(painter: QPainter, mark: Mark, room: QRectF, style: ChartStyle) -> None:
    theme, reading = colors(), mark.reading
    metrics = QFontMetricsF(painter.font())
    line = metrics.height() + UNIT
    fitting = max(1, int((room.height() - 2 * SPACE) / line) - 1)
    rows = reading.rows if len(reading.rows) <= fitting else reading.rows[: max(1, fitting - 1)]
    left_out = len(reading.rows) - len(rows)
    wide = [metrics.horizontalAdvance(column) for column in reading.columns]
    for row in rows:
        wide = [max(old, metrics.horizontalAdvance(text)) for old, text in zip(wide, row.texts, strict=True)]
    head = reading.line
    name = min(_NAME, max(metrics.horizontalAdvance(row.name) for row in rows) + _SWATCH + SPACE)
    name = max(name, metrics.horizontalAdvance(head))
    width = name + sum(wide) + 2 * SPACE * len(wide) + 2 * SPACE
    height = line * (len(rows) + 1 + bool(left_out)) + SPACE
    is_left = mark.x > room.center().x()  # on the side that has more room
    left = mark.x - 2 * SPACE - width if is_left else mark.x + 2 * SPACE
    left = min(max(left, 2.0), max(2.0, room.right() - width - 2))
    top = min((above for _, above, _ in mark.lines), default=room.top())
    box = QRectF(left, max(2.0, min(top + UNIT, room.bottom() - height - 2)), width, height)
    painter.setPen(QPen(theme.border, 1))
    painter.setBrush(theme.raised)
    painter.drawRoundedRect(box, RADIUS, RADIUS)
    inner = box.adjusted(SPACE, UNIT, -SPACE, -UNIT)
    end = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    start = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def put(number: int, texts: tuple[str, ...]) -> None:
        x = inner.left() + name
        for space, text in zip(wide, texts, strict=True):
            x += 2 * SPACE
            painter.drawText(QRectF(x, inner.top() + number * line, space, line), end, text)
            x += space

    painter.setPen(theme.text)
    painter.drawText(QRectF(inner.left(), inner.top(), name, line), start, head)
    painter.setPen(theme.muted_text)
    put(0, reading.columns)
    for number, row in enumerate(rows, start=1):
        y = inner.top() + number * line
        painter.setPen(QPen(QColor(style.color(row.role)), 3))
        painter.drawLine(QPointF(inner.left(), y + line / 2), QPointF(inner.left() + _SWATCH, y + line / 2))
        painter.setPen(theme.text)
        room_left = name - _SWATCH - SPACE
        text = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, room_left)
        painter.drawText(QRectF(inner.left() + _SWATCH + SPACE, y, room_left, line), start, text)
        put(number, row.texts)
    if left_out:
        painter.setPen(theme.muted_text)
        more = QRectF(inner.left(), inner.top() + (len(rows) + 1) * line, inner.width(), line)
        painter.drawText(more, start, tr("and {count} more").format(count=left_out))
