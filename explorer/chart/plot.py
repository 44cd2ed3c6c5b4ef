"""The picture of a chart on the screen: drawn by a worker, read with the mouse or the arrows, zoomed and panned.

matplotlib takes some tens of milliseconds for a picture, and half a second to be imported: none of that happens on the
window's thread, which only copies the finished picture and paints what is under the mouse over it. While a picture is
being drawn the newest wish waits; those between are never drawn.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.chart.files import write_chart
from explorer.chart.layout import View
from explorer.chart.model import Drawing, tr
from explorer.chart.navigation import area_at, panned, rectangle, zoomed
from explorer.chart.parts import paint_dragged, paint_frame, paint_mark, paint_picture
from explorer.chart.pointer import PlotPointer
from explorer.chart.style import ChartStyle, paper_style, screen_style
from explorer.look.theme import colors
from explorer.qt import override
from explorer.tasks import run_task

if TYPE_CHECKING:
    from explorer.chart.painter import Picture

Tool = Literal["", "pan", "zoom"]


def _paint(drawing: Drawing, style: ChartStyle, view: View) -> Picture:
    from explorer.chart.painter import paint  # noqa: PLC0415 - imports matplotlib, which the worker does

    return paint(drawing, style, view)


class TrainingPlot(QWidget):
    """Shows what `show_drawing` gives.

    Signals:
        painted(): another picture is here.
        line_changed(str): the numbers of the epoch that is pointed at, or of the last.
        saved(Path): a file was written.
        failed(Exception): a picture couldn't be drawn or a file not be written.
    """

    painted = Signal()
    line_changed = Signal(str)
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
        self.pointer.line_changed.connect(self.line_changed)
        self.pointer.changed.connect(self.update)
        self._by_keys = False  # whether it has the focus by Tab, which a ring shows
        self._pressed: QPointF | None = None
        self._dragged: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Curves"))

    @property
    def picture(self) -> Picture | None:
        """What is on the screen."""
        return self._picture

    @property
    def drawing(self) -> Drawing | None:
        """What is to be on the screen."""
        return self._drawing

    @property
    def is_up_to_date(self) -> bool:
        """Whether nothing is left to draw."""
        return not self._painting and not self._again

    @property
    def took_ms(self) -> float:
        """How long the last picture took, from the wish to the screen."""
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
        """What dragging does."""
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
