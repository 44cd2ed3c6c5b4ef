"""What lies around a matplotlib canvas: a compact toolbar, and a layer that marks what is hovered."""

from __future__ import annotations

from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg, NavigationToolbar2QT
from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.icons import icon
from explorer.qt import override
from explorer.theme import colors

_ICONS = {"home.png": "home", "move.png": "move", "zoom_to_rect.png": "zoom", "filesave.png": "save"}


class PlotToolbar(NavigationToolbar2QT):
    """Show all, pan, zoom, save: matplotlib's tools, without those that a person here never needs."""

    home_pressed = Signal()
    save_pressed = Signal()

    def __init__(self, canvas: FigureCanvasQTAgg, tooltips: dict[str, str], parent: QWidget) -> None:
        """Tools for a canvas.

        Args:
            canvas: what they work on.
            tooltips: translated texts of home, pan, zoom and save.
            parent: Qt's owner.
        """
        self.toolitems = [
            (tooltips["home"], tooltips["home"], "home", "home"),
            (tooltips["pan"], tooltips["pan"], "move", "pan"),
            (tooltips["zoom"], tooltips["zoom"], "zoom_to_rect", "zoom"),
            (tooltips["save"], tooltips["save"], "filesave", "save_figure"),
        ]
        super().__init__(canvas, parent, coordinates=False)
        self.setIconSize(QSize(18, 18))
        self.setMovable(False)
        self.setStyleSheet("QToolBar { border: none; background: transparent; spacing: 0; padding: 0; }")

    @property
    def is_at_home(self) -> bool:
        """Whether the person has neither zoomed nor panned since the last "show all"."""
        return self._nav_stack() is None

    @override
    def home(self, *args: object) -> None:
        self._nav_stack.clear()
        self.home_pressed.emit()

    @override
    def save_figure(self, *args: object) -> None:
        self.save_pressed.emit()

    @override
    def _icon(self, name: str) -> QIcon:
        return icon(_ICONS[name])


class HoverOverlay(QWidget):
    """Paints a line and dots over a canvas without asking it to draw again."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._x: float | None = None
        self._span = (0.0, 0.0)
        self._dots: list[tuple[QPointF, QColor]] = []
        canvas.installEventFilter(self)
        self.resize(canvas.size())

    def mark(self, x: float, top: float, bottom: float, dots: list[tuple[QPointF, QColor]]) -> None:
        """Show a vertical line and dots, in the canvas's pixels."""
        self._x, self._span, self._dots = x, (top, bottom), dots
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        if self._x is not None:
            self._x = None
            self.update()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.clear()
            self.resize(watched.size())
        return False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._x is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors().muted_text, 1))
        painter.drawLine(QPointF(self._x, self._span[0]), QPointF(self._x, self._span[1]))
        for at, color in self._dots:
            painter.setPen(QPen(colors().panel, 1.5))
            painter.setBrush(color)
            painter.drawEllipse(at, 4.5, 4.5)
