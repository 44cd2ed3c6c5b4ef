"""Which dimensions differ most between two classes: signed bars around a zero line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.look.theme import GROUP, RADIUS, SPACE, UNIT, colors, small_font
from explorer.qt import override

_WIDEST_BAR = 26.0


class DimensionBars(QWidget):
    """Bars in the order given. Hovering shows a value, a click or Enter emits the dimension."""

    dimension_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: list[tuple[int, float]] = []
        self._caption = self.tr("Difference of the class means (latent units)")
        self._empty_text = self.tr("The dimensions that differ most between the classes appear here.")
        self._hovered = -1
        self._current = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self._caption)

    def set_bars(self, bars: Sequence[tuple[int, float]]) -> None:
        """Show (dimension, signed difference) pairs, in the order given, usually largest first."""
        self._bars = [(int(dim), float(value)) for dim, value in bars]
        self._hovered = self._current = -1
        self.update()

    def set_caption(self, text: str) -> None:
        """What the axis measures, with its unit."""
        self._caption = text
        self.setAccessibleName(text)
        self.update()

    def set_empty_text(self, text: str) -> None:
        """Set the text shown without bars."""
        self._empty_text = text
        self.update()

    def bar_rect(self, index: int) -> QRectF:
        """Where bar `index` (in the order given) is."""
        plot = self._plot()
        pitch = plot.width() / max(1, len(self._bars))
        width = max(1.0, min(_WIDEST_BAR, pitch - 3))
        column = index
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            column = len(self._bars) - 1 - index
        x = plot.left() + (column + 0.5) * pitch - width / 2
        zero, end = self._y(0.0), self._y(self._bars[index][1])
        return QRectF(x, min(zero, end), width, max(1.0, abs(end - zero)))

    def index_at(self, x: float) -> int:
        """The bar whose column holds a place; -1: none."""
        plot = self._plot()
        if not self._bars or not plot.left() <= x < plot.right():
            return -1
        column = int((x - plot.left()) / plot.width() * len(self._bars))
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            column = len(self._bars) - 1 - column
        return column

    def _top(self) -> float:
        """The end of the axis: a round number at or above the largest bar."""
        largest = max((abs(value) for _, value in self._bars), default=0.0)
        if largest <= 0 or not math.isfinite(largest):
            return 1.0
        power = 10.0 ** math.floor(math.log10(largest))
        return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= largest - 1e-12)

    def _bounds(self) -> tuple[float, float]:
        top = self._top()
        low = -top if any(value < 0 for _, value in self._bars) else 0.0
        high = top if any(value > 0 for _, value in self._bars) or low == 0 else 0.0
        return low, high

    def _plot(self) -> QRectF:
        metrics = QFontMetrics(small_font())
        low, high = self._bounds()
        axis = max(metrics.horizontalAdvance(_number(v)) for v in (low, high)) + SPACE
        left, right = (0, axis) if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else (axis, 0)
        head = metrics.height() + SPACE
        foot = metrics.height() + UNIT
        return QRectF(self.rect()).adjusted(left, head + metrics.height() / 2, -right, -foot)

    def _y(self, value: float) -> float:
        low, high = self._bounds()
        plot = self._plot()
        return plot.bottom() - (value - low) / (high - low) * plot.height()

    def _reading(self, index: int) -> str:
        dim, value = self._bars[index]
        return self.tr("Dimension {dim}: {value}").format(dim=dim, value=_number(value, 3))

    def _set_hovered(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, 168)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, 112)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._bars:
            painter.setPen(theme.muted_text)
            room = self.rect().adjusted(GROUP, GROUP, -GROUP, -GROUP)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._empty_text)
            return
        painter.setFont(small_font())
        self._paint_axis(painter)
        marked = self._hovered if self._hovered >= 0 else self._current if self.hasFocus() else -1
        for index, (_, value) in enumerate(self._bars):
            bar = self.bar_rect(index)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.focus if index == marked else theme.tick)
            radius = min(RADIUS / 2, bar.width() / 2, bar.height() / 2)
            square = QRectF(bar.left(), bar.bottom() - radius if value >= 0 else bar.top(), bar.width(), radius)
            path = QPainterPath()
            path.addRoundedRect(bar, radius, radius)
            box = QPainterPath()
            box.addRect(square)
            painter.drawPath(path.united(box))
        self._paint_dimensions(painter, marked)
        zero = round(self._y(0.0)) + 0.5
        plot = self._plot()
        painter.setPen(QPen(theme.muted_text, 1))
        painter.drawLine(QPointF(plot.left(), zero), QPointF(plot.right(), zero))
        if self.hasFocus():
            painter.setPen(QPen(theme.focus, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _paint_axis(self, painter: QPainter) -> None:
        theme = colors()
        metrics = painter.fontMetrics()
        plot = self._plot()
        low, high = self._bounds()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        painter.setPen(theme.muted_text)
        head = QRect(2, 0, self.width() - 4, metrics.height() + UNIT)
        reading = self._reading(self._hovered) if self._hovered >= 0 else self._caption
        if self._hovered < 0 and self._current >= 0 and self.hasFocus():
            reading = self._reading(self._current)
        line = metrics.elidedText(reading, Qt.TextElideMode.ElideRight, head.width())
        painter.drawText(head, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute), line)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # numbers are written left to right everywhere, sign first
        for value in dict.fromkeys((low, low / 2, 0.0, high / 2, high)):
            y = self._y(value)
            if value != 0:
                painter.setPen(QPen(theme.line, 1))
                painter.drawLine(QPointF(plot.left(), round(y) + 0.5), QPointF(plot.right(), round(y) + 0.5))
            if value in (low, 0.0, high):
                painter.setPen(theme.muted_text)
                place = QRectF(0, y - metrics.height() / 2, plot.left() - SPACE + 2, metrics.height())
                if mirrored:
                    place = QRectF(plot.right() + SPACE - 2, place.top(), self.width() - plot.right() - SPACE + 2, place.height())
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(place, int(flags), _number(value))

    def _paint_dimensions(self, painter: QPainter, marked: int) -> None:
        """The dimensions' numbers under the bars: as many as have room, and always the marked one."""
        theme = colors()
        metrics = painter.fontMetrics()
        plot = self._plot()
        pitch = plot.width() / len(self._bars)
        widest = max(metrics.horizontalAdvance(str(dim)) for dim, _ in self._bars) + UNIT
        every = max(1, math.ceil(widest / pitch))
        for index, (dim, _) in enumerate(self._bars):
            if index != marked and (index % every or (marked >= 0 and abs(index - marked) < every)):
                continue
            center = self.bar_rect(index).center().x()
            place = QRectF(center - widest, plot.bottom() + UNIT, 2 * widest, metrics.height())
            painter.setPen(theme.text if index == marked else theme.muted_text)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), str(dim))

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().x())
        self._set_hovered(index)
        if index >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), self._reading(index), self)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._set_hovered(-1)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._current = index
            self.dimension_clicked.emit(self._bars[index][0])

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        ahead = -1 if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 1
        steps = {Qt.Key.Key_Right: ahead, Qt.Key.Key_Left: -ahead}
        if event.key() in steps and self._bars:
            self._current = min(max(self._current + steps[Qt.Key(event.key())], 0), len(self._bars) - 1)
            self.setAccessibleDescription(self._reading(self._current))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self.dimension_clicked.emit(self._bars[self._current][0])
        else:
            super().keyPressEvent(event)


def _number(value: float, digits: int = 2) -> str:
    if value == 0:
        return "0"
    text = f"{value:+.{digits}g}" if abs(value) < 1000 else f"{value:+.0f}"
    return text.replace("-", "\N{MINUS SIGN}")
