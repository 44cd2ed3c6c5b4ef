"""A scatter plot that fills its widget: the dot under the mouse or chosen by keys shows its picture, and opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from core.export.paper import Paper
from core.export.report import Figure, Report
from explorer.compare.page import FigurePainter, FigureView, Look, screen_look
from explorer.look.pixels import Pixels, finely_scaled
from explorer.look.theme import RADIUS, SPACE, colors, small_font, theme_notifier
from explorer.qt import override

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

DOTS = 112.0  # units of the screen in an inch of the drawing: its letters are as large as the window's
_NEAR = 12  # units at most from the mouse to the dot that it points at
_RING = 7.0  # units of the ring around a dot
_SIDE = 112  # units of a shown picture


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """What stands behind the dots of a drawing.

    Attributes:
        places: by the drawing's size in inches: (N, 2), shares of its width and height from the upper left corner.
        picture: of a dot.
        name: of a dot, in words.
    """

    places: Mapping[tuple[float, float] | None, np.ndarray]
    picture: Callable[[int], Pixels]
    name: Callable[[int], str]


class DotsView(FigureView):
    """A drawing that fills its widget, whatever that's proportions are; its letters stay as large.

    Signals:
        dot_opened(int): a double-click on a dot, or Enter.
    """

    dot_opened = Signal(int)

    def __init__(self, figure: Figure, painter: FigurePainter, dots: Dots, parent: QWidget | None = None) -> None:
        super().__init__(figure, painter, parent)
        self._dots = dots
        self._current = -1
        self._shown: tuple[int, Pixels] | None = None  # the picture of the current dot
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def current(self) -> int:
        """The dot whose picture is shown; -1: none."""
        return self._current

    @override
    def picture_rect(self) -> QRect:
        return self.rect()

    @override
    def _wanted_look(self) -> Look:
        ratio = self.devicePixelRatioF()
        look = screen_look(self.width(), ratio)
        size = (max(1, self.width()) / DOTS, max(1, self.height()) / DOTS)
        return replace(look, paper=replace(look.paper, size=size, dpi=DOTS * ratio))

    def places(self) -> np.ndarray:
        """Where the dots are in this widget, (N, 2); (0, 2) until they are drawn."""
        shares = None if self.look is None else self._dots.places.get(self.look.paper.size)
        return np.zeros((0, 2)) if shares is None else shares * (self.width(), self.height())

    def dot_at(self, place: QPointF) -> int:
        """The dot nearest to a place, if it is near; -1: none."""
        places = self.places()
        if not len(places):
            return -1
        far = np.hypot(places[:, 0] - place.x(), places[:, 1] - place.y())
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= _NEAR else -1

    def set_current(self, index: int) -> None:
        """Show the picture of a dot; -1: none."""
        if index == self._current:
            return
        self._current = index
        self._shown = None if index < 0 else (index, self._dots.picture(index))
        self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
        self.setAccessibleDescription(self._dots.name(index) if index >= 0 else self.figure.caption)
        self.update()

    def card_rect(self) -> QRect:
        """Where the picture of the current dot is shown, with its name: beside the dot, within this widget; empty without one."""
        places = self.places()
        if not 0 <= self._current < len(places):
            return QRect()
        size = QSize(_SIDE + 2 * SPACE, _SIDE + 3 * SPACE + self._lines() * self._line_height())
        dot = QPointF(*places[self._current]).toPoint()
        card = QRect(dot + QPoint(2 * SPACE, -size.height() // 2), size)
        if card.right() > self.width():
            card.moveRight(dot.x() - 2 * SPACE)
        card.moveTop(max(0, min(card.top(), self.height() - size.height())))
        return card

    def _lines(self) -> int:
        return self._dots.name(self._current).count("\n") + 1

    def _line_height(self) -> int:
        return self.fontMetrics().height()

    def _step(self, ahead: int) -> None:
        """Go to the next dot from left to right."""
        order = np.argsort(self.places()[:, 0], kind="stable")
        if not len(order):
            return
        at = int(np.flatnonzero(order == self._current)[0]) + ahead if self._current >= 0 else 0
        self.set_current(int(order[min(max(at, 0), len(order) - 1)]))

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.set_current(self.dot_at(event.position()))

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.dot_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.dot_opened.emit(index)
        else:
            super().mouseDoubleClickEvent(event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.set_current(-1)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.set_current(-1)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = event.key(), len(self.places())
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Home: -count, Qt.Key.Key_End: count}
        if key in steps:
            self._step(steps[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select) and self._current >= 0:
            self.dot_opened.emit(self._current)
        elif key == Qt.Key.Key_Escape and self._current >= 0:
            self.set_current(-1)
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        card = self.card_rect()
        if card.isEmpty() or self._shown is None:
            return
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.text, 1.5))
        painter.drawEllipse(QPointF(*self.places()[self._current]), _RING, _RING)
        painter.setPen(QPen(theme.border, 1))
        painter.setBrush(theme.raised)
        painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), 2 * RADIUS, 2 * RADIUS)
        picture = QRect(card.topLeft() + QPoint(SPACE, SPACE), QSize(_SIDE, _SIDE))
        ratio = self.devicePixelRatioF()
        image = finely_scaled(self._shown[1], QSize(round(_SIDE * ratio), round(_SIDE * ratio)))
        painter.drawImage(picture, image)
        painter.setPen(theme.text)
        painter.setFont(small_font())
        for line, text in enumerate(self._dots.name(self._current).split("\n")):
            room = QRect(picture.left(), picture.bottom() + SPACE + line * self._line_height(), _SIDE, self._line_height())
            painter.drawText(
                room, Qt.AlignmentFlag.AlignCenter, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, _SIDE)
            )


def with_dots(
    name: str,
    draw: Callable[[Paper], MatplotlibFigure],
    height: float,
    caption: str,
    picture: Callable[[int], Pixels],
    dot_name: Callable[[int], str],
) -> tuple[Figure, Dots]:
    """A drawing for a scatter plot, and what stands behind its dots; not on the window's thread.

    Args:
        name: of its file.
        draw: draws it; its dots are those that `core.export.figures.places_of_dots` finds.
        height: in inches.
        caption: says what is drawn.
        picture: of a dot.
        dot_name: of a dot, in words.
    """
    from core.export import figures  # noqa: PLC0415 - imports matplotlib

    places: dict[tuple[float, float] | None, np.ndarray] = {}

    def drawn(paper: Paper) -> MatplotlibFigure:
        figure = draw(paper)
        figures.when_drawn(figure, lambda: places.__setitem__(paper.size, figures.places_of_dots(figure)))
        return figure

    report = Report("")
    report.drawing(name, drawn, height, caption)
    return report.figures[0], Dots(places, picture, dot_name)


class Scatter(QWidget):
    """A scatter plot on all of this widget, or a sentence while there is none.

    Signals:
        dot_opened(int): the person wants to see more of what a dot stands for.
    """

    dot_opened = Signal(int)

    def __init__(self, painter: FigurePainter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painter = painter
        self.view: DotsView | None = None
        self.note = QLabel(self)
        """What is said while nothing is drawn."""
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        theme_notifier().changed.connect(self._on_theme_notifier_changed)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)

    def set_figure(self, figure: Figure | None, dots: Dots | None = None) -> None:
        """Show another drawing; None = nothing."""
        if self.view is not None:
            self.view.hide()
            self.view.deleteLater()
        self._painter.forget()
        self.view = None if figure is None or dots is None else DotsView(figure, self._painter, dots, self)
        self.note.setVisible(self.view is None)
        if self.view is not None:
            self.view.dot_opened.connect(self.dot_opened)
            self.view.setGeometry(self.rect())
            self.view.show()

    def _on_theme_notifier_changed(self) -> None:
        if self.view is not None:
            self.view.refresh()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.note.setGeometry(self.rect())
        if self.view is not None:
            self.view.setGeometry(self.rect())
