"""The picture of a chart on the screen: drawn by a worker, read with the mouse or the arrows, zoomed, panned and saved.

matplotlib takes some tens of milliseconds for a picture, and half a second to be imported: none of that happens on the
window's thread, which only copies the finished picture and paints what is under the mouse over it. While a picture is
being drawn the newest request waits; those between are never drawn.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.files import write_text
from core.runs.history_table import history_csv
from explorer.chart.drawing import Drawing, tr
from explorer.chart.places import Area, View
from explorer.chart.reading import Reading, nearest_epoch, place_of, read, read_last
from explorer.chart.style import ChartStyle, paper_style, screen_style
from explorer.look.theme import RADIUS, SPACE, UNIT, colors
from explorer.qt import override
from explorer.tasks import run_task

if TYPE_CHECKING:
    from explorer.chart.figure import Picture

_SWATCH = 12.0
_NAME = 220.0  # pixels at most
_DOT = 4.0


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark at the epoch that is pointed at, in the widget's pixels."""

    lines: tuple[tuple[float, float, float], ...]
    """x, top and bottom in each area."""
    dots: tuple[tuple[QPointF, QColor], ...]
    reading: Reading
    x: float
    """Where the mouse is, so that the table can avoid it."""


def paint_picture(painter: QPainter, picture: Picture, room: QRectF) -> None:
    """Paint the picture; stretched, until one of the right size is drawn."""
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


_SMALLEST = 6  # pixels: smaller frames are ignored
_EDGE = 1.0


def area_at(picture: Picture | None, at: QPointF) -> Area | None:
    """The area under a place of the widget; where two axes share one, the left one's."""
    areas = picture.areas if picture is not None else ()
    return next((area for area in areas if _within(area, at.x(), at.y())), None)


def to_data(picture: Picture, area: Area, at: QPointF) -> tuple[float, float]:
    """The data at a place of the widget: epoch and value."""
    style = picture.style
    pixels = (at.x() * style.ratio, (style.height - at.y()) * style.ratio)
    x, y = area.to_pixels.inverted().transform(pixels)
    return float(x), float(y)


def to_place(picture: Picture, area: Area, x: float, y: float) -> QPointF:
    """Where an epoch and a value lie on the widget."""
    style = picture.style
    across, up = area.to_pixels.transform((x, y))
    return QPointF(float(across) / style.ratio, style.height - float(up) / style.ratio)


def rectangle(area: Area) -> QRectF:
    """The area in the widget's pixels."""
    return QRectF(area.box.left, area.box.top, area.box.width, area.box.height)


def mark_of(picture: Picture, epoch: int, rank: int | None, at: QPointF | None) -> Mark:
    """The mark to paint over the picture at an epoch.

    Args:
        picture: what is shown.
        epoch: one that some run has.
        rank: of a heat map the row, from 0.
        at: where the mouse is, if over the widget.
    """
    lines, dots = [], []
    for area in picture.areas:
        inside = to_data(picture, area, QPointF(area.box.left, area.box.top))[1]  # any number within the axis
        x = to_place(picture, area, epoch, inside).x()
        if area.box.left - _EDGE <= x <= area.box.right + _EDGE:
            lines.append((x, area.box.top, area.box.bottom))
    for series, values in zip(picture.drawing.series, picture.drawn, strict=True):
        place = place_of(series.epoch, epoch)
        area = next(area for area in picture.areas if area.axis == series.axis)
        if place is not None and np.isfinite(values[place]):
            dot = to_place(picture, area, epoch, float(values[place]))
            if _within(area, dot.x(), dot.y()):
                dots.append((dot, QColor(picture.style.color(series.role))))
    x = at.x() if at is not None else lines[0][0] if lines else 0.0
    return Mark(tuple(lines), tuple(dots), read(picture.drawing, epoch, rank), x)


def panned(picture: Picture, view: View, start: QPointF, to: QPointF) -> View:
    """The view after the area under `start` was dragged; both axes of a shared one move along."""
    area = area_at(picture, start)
    return view if area is None or start == to else _framed(picture, view, area, rectangle(area).translated(start - to))


def zoomed(picture: Picture, view: View, start: QPointF, to: QPointF) -> View:
    """The view after a frame was drawn; unchanged if the frame is too small."""
    area = area_at(picture, start)
    frame = QRectF(start, to).normalized()
    if area is None or frame.width() < _SMALLEST or frame.height() < _SMALLEST:
        return view
    return _framed(picture, view, area, frame.intersected(rectangle(area)))


def _framed(picture: Picture, view: View, pressed: Area, frame: QRectF) -> View:
    for area in picture.areas:
        if area.box == pressed.box:
            left, bottom = to_data(picture, area, frame.bottomLeft())
            right, top = to_data(picture, area, frame.topRight())
            limits = [view.limits(axis) for axis in range(max(len(view.y), area.axis + 1))]
            limits[area.axis] = (bottom, top)
            view = View((left, right), tuple(limits))
    return view


def _within(area: Area, x: float, y: float) -> bool:
    box = area.box
    return box.left - _EDGE <= x <= box.right + _EDGE and box.top - _EDGE <= y <= box.bottom + _EDGE


_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class PlotPointer(QObject):
    """Marks an epoch on a chart's picture and reads its numbers; the mark stays in the next picture.

    Signals:
        changed(): the mark has changed or is gone.
        reading_changed(Reading): the numbers of the epoch that is marked, or of the last where none is.
    """

    changed = Signal()
    reading_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._marked: tuple[int, int | None] | None = None  # the epoch, and of a heat map the row
        self._mark: Mark | None = None

    @property
    def mark(self) -> Mark | None:
        """What is painted over the picture; None where nothing is pointed at."""
        return self._mark

    def set_picture(self, picture: Picture | None) -> None:
        """Keep the mark in another picture; None: there is no picture."""
        self._picture = picture
        if picture is None:
            self.forget()
        elif self._marked is not None:
            self._point_at(*self._marked)
        else:
            self._say_last()

    def forget(self) -> None:
        """Point at nothing; the line stays."""
        self._mark = self._marked = None
        self.changed.emit()

    def leave(self) -> None:
        """Point at nothing, and read the last epoch."""
        self.forget()
        self._say_last()

    def read_at(self, at: QPointF) -> None:
        """Mark the epoch nearest to a place of the picture; none if that is outside the axes."""
        picture = self._picture
        area = area_at(picture, at)
        if area is None or picture is None:
            self.leave()
            return
        x, y = to_data(picture, area, at)
        epoch = nearest_epoch(picture.drawing, x)
        heat = picture.drawing.heat
        if epoch is not None:
            self._point_at(epoch, int(np.clip(round(y) - 1, 0, len(heat.order) - 1)) if heat is not None else None, at)

    def go(self, key: int) -> bool:
        """Point at the epoch before or after, or at the first or last; False for any other key, and without a picture."""
        step = _STEPS.get(Qt.Key(key))
        if self._picture is None or (step is None and key not in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            return False
        epochs = np.unique(np.concatenate([run.history.epoch for _, run in self._picture.drawing.drawn_runs]))
        here = len(epochs) - 1 if self._marked is None else int(np.searchsorted(epochs, self._marked[0]))
        wanted = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(epochs) - 1}.get(Qt.Key(key), here + (step or 0))
        rank = self._marked[1] if self._marked is not None else None
        self._point_at(int(epochs[int(np.clip(wanted, 0, len(epochs) - 1))]), rank)
        return True

    def _point_at(self, epoch: int, rank: int | None = None, at: QPointF | None = None) -> None:
        if self._picture is not None:
            self._marked = (epoch, rank)
            self._mark = mark_of(self._picture, epoch, rank, at)
            self.reading_changed.emit(self._mark.reading)
            self.changed.emit()

    def _say_last(self) -> None:
        if self._picture is not None:
            self.reading_changed.emit(read_last(self._picture.drawing))


KINDS = (".png", ".svg", ".pdf", ".csv")


def write_chart(path: Path, drawing: Drawing, style: ChartStyle, view: View) -> Path:
    """Write a chart as the file's ending says; a table holds every number of its runs, whatever is in view.

    Returns:
        The path.

    Raises:
        CoreError: it can't be written.
    """
    if path.suffix.lower() == ".csv":
        write_text(path, history_csv([(run.name, run.history) for _, run in drawing.drawn_runs], drawing.chart.key))
        return path
    from explorer.chart.figure import save_chart  # noqa: PLC0415 - imports matplotlib, which the worker does

    save_chart(path, drawing, style, view)
    return path


Tool = Literal["", "pan", "zoom"]


def _paint(drawing: Drawing, style: ChartStyle, view: View) -> Picture:
    from explorer.chart.figure import paint  # noqa: PLC0415 - imports matplotlib, which the worker does

    return paint(drawing, style, view)


class TrainingPlot(QWidget):
    """Shows what `show_drawing` gives.

    Signals:
        painted(): another picture is here.
        reading_changed(Reading): the numbers of the epoch that is pointed at, or of the last.
        saved(Path): a file was written.
        failed(Exception): a picture couldn't be drawn or a file not be written.
    """

    painted = Signal()
    reading_changed = Signal(object)
    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._picture: Picture | None = None
        self._view = View()
        self._tool: Tool = ""
        self._painting = False
        self._again = False
        self._begun = 0.0
        self._took_ms = 0.0
        self.pointer = PlotPointer(self)
        self.pointer.reading_changed.connect(self.reading_changed)
        self.pointer.changed.connect(self.update)
        self._by_keys = False  # whether it got the focus by Tab, which a ring shows
        self._pressed: QPointF | None = None
        self._dragged: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Curves"))

    @property
    def picture(self) -> Picture | None:
        """The picture on the screen."""
        return self._picture

    @property
    def drawing(self) -> Drawing | None:
        """The drawing that should be on the screen."""
        return self._drawing

    @property
    def is_up_to_date(self) -> bool:
        """Whether nothing is left to draw."""
        return not self._painting and not self._again

    @property
    def took_ms(self) -> float:
        """How long the last picture took, from the request to the screen."""
        return self._took_ms

    @property
    def view(self) -> View:
        """Which part of the chart the person looks at."""
        return self._view

    def show_drawing(self, drawing: Drawing | None) -> None:
        """Show another drawing; a view that the person has zoomed into stays. None: nothing."""
        self._drawing = drawing
        if drawing is None:
            self._picture = None
            self._view = View()
            self.pointer.set_picture(None)
        else:
            self.refresh()

    def refresh(self) -> None:
        """Draw again: the theme, the font, the size or the view has changed."""
        if self._painting or not self.isVisible():
            self._again = True
            return
        if self._drawing is None:
            return
        self._painting, self._again = True, False
        self._begun = time.perf_counter()
        drawing, view = self._drawing, self._view
        style = screen_style(self.size(), self.devicePixelRatioF())
        run_task(
            self,
            lambda _: _paint(drawing, style, view),
            done=self._on_picture_painted,
            failed=self._on_painting_failed,
            name="chart",
        )

    def show_all(self) -> None:
        """Leave the zoomed view."""
        self.set_view(View())

    def set_view(self, view: View) -> None:
        """Look at another part."""
        if view != self._view:
            self._view = view
            self.refresh()

    def set_tool(self, tool: Tool) -> None:
        """Choose what dragging does."""
        self._tool = tool
        shapes = {"": Qt.CursorShape.ArrowCursor, "pan": Qt.CursorShape.OpenHandCursor, "zoom": Qt.CursorShape.CrossCursor}
        self.setCursor(shapes[tool])

    def save(self, path: Path) -> None:
        """Write what is shown, black on white, at twice the pixels; or as CSV every number of its runs."""
        if self._drawing is None:
            return
        drawing, view = self._drawing, self._view
        style = paper_style(self.size(), 2.0)
        run_task(
            self,
            lambda _: write_chart(path, drawing, style, view),
            done=self.saved.emit,
            failed=self.failed.emit,
            name="save chart",
        )

    # -- pictures

    def _on_picture_painted(self, picture: Picture) -> None:
        self._painting = False
        self._took_ms = 1000 * (time.perf_counter() - self._begun)
        if self._drawing is not None:
            self._picture = picture
            self.pointer.set_picture(picture)
            self.update()
            self.painted.emit()
        if self._again:
            self.refresh()

    def _on_painting_failed(self, error: BaseException) -> None:
        self._painting = False
        self.failed.emit(error)

    # -- Qt

    @override
    def sizeHint(self) -> QSize:
        return QSize(720, 300)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            self.pointer.read_at(event.position())
        else:
            self._dragged = event.position()
            self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        inside = area_at(self._picture, event.position()) is not None
        if event.button() == Qt.MouseButton.LeftButton and self._tool and inside:
            self._pressed, self._dragged = event.position(), None
            self.pointer.forget()
            if self._tool == "pan":
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed, self._dragged = self._pressed, None, None
        if pressed is None or self._picture is None:
            return
        change = panned if self._tool == "pan" else zoomed
        self.set_view(change(self._picture, self._view, pressed, event.position()))
        self.set_tool(self._tool)
        self.update()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_all()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.pointer.leave()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.pointer.leave()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.pointer.go(event.key()):
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.pointer.forget()
        self.refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._again:
            self.refresh()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self.refresh()
        super().changeEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture = self._picture
        if picture is None:
            painter.setPen(colors().muted_text)
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), tr("Drawing the curves…"))
            return
        if picture.style.ratio != self.devicePixelRatioF() and self.is_up_to_date:
            self.refresh()  # the window has come to another screen
        paint_picture(painter, picture, QRectF(self.rect()))
        if self._tool == "pan" and self._pressed is not None and self._dragged is not None:
            area = area_at(picture, self._pressed)
            if area is not None:
                paint_dragged(painter, picture, rectangle(area), self._dragged - self._pressed)
        if self.pointer.mark is not None:
            paint_mark(painter, self.pointer.mark, QRectF(self.rect()), picture.style)
        if self._tool == "zoom" and self._pressed is not None and self._dragged is not None:
            paint_frame(painter, QRectF(self._pressed, self._dragged).normalized())
        if self.hasFocus() and self._by_keys:
            paint_frame(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
