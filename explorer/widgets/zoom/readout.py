"""How large a picture is shown, in percent, with buttons for less and more and a menu of sizes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from explorer.actions import with_keys
from explorer.look.icons import icon
from explorer.look.theme import RADIUS, UNIT, colors, small_font
from explorer.qt import override

ICON = 14  # units
SIZES = (0.5, 1.0, 2.0, 4.0)


class ZoomReadout(QWidget):
    """Lies in the corner of a picture; what it says is asked for by its signals."""

    stepped = Signal(int)
    """One step larger (1) or smaller (-1)."""
    zoom_chosen = Signal(float)
    """Pixels of the screen per pixel of the picture."""
    fit_chosen = Signal()
    full_screen_chosen = Signal()
    """Show the picture on the whole screen, or no longer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._less = self._button("minus", with_keys(self.tr("Smaller ({keys})"), "zoom_out"))
        self._less.clicked.connect(lambda: self.stepped.emit(-1))
        self._more = self._button("plus", with_keys(self.tr("Larger ({keys}, or Ctrl and the wheel)"), "zoom_in"))
        self._more.clicked.connect(lambda: self.stepped.emit(1))
        self.percent = QToolButton(self)
        self.percent.setFont(small_font())
        self.percent.setProperty("compact", True)
        self.percent.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.percent.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.percent.setMenu(self._menu(SIZES))
        self.percent.setToolTip(
            self.tr(
                "How large the picture is shown: at 100 %, one of its pixels is one of the screen. Double-click the picture for "
                "100 %, and again for all of it; drag it to move it."
            )
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(UNIT // 2, UNIT // 2, UNIT // 2, UNIT // 2)
        row.setSpacing(0)
        self.full_screen = self._button("full-screen", with_keys(self.tr("Full screen, and back ({keys})"), "full_screen"))
        self.full_screen.setAutoRepeat(False)
        self.full_screen.clicked.connect(self.full_screen_chosen)
        self.full_screen.hide()  # until somebody offers it
        for button in (self._less, self.percent, self._more, self.full_screen):
            row.addWidget(button)
        self.set_zoom(1.0, True)

    def set_zoom(self, zoom: float, fits: bool) -> None:
        """Show a zoom, and whether it is the one at which all of the picture is seen."""
        text = self.tr("{percent} %").format(percent=f"{100.0 * zoom:.0f}" if zoom >= 0.095 else f"{100.0 * zoom:.1f}")
        self.percent.setText(text)
        self.percent.setAccessibleName(self.tr("Zoom: {percent}").format(percent=text))
        self._fit.setChecked(fits)
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("8888 %") + 2 * UNIT)

    def keep_to(self, sizes: Sequence[float]) -> None:
        """Offer these zooms, where 1 is as large as all of it fits."""
        self.percent.setMenu(self._menu(sizes))
        self.percent.setToolTip(self.tr("How large the sheet is shown. Double-click it to look closer, drag it to move it."))

    def _menu(self, sizes: Sequence[float]) -> QMenu:
        menu = QMenu(self)
        self._fit = menu.addAction(self.tr("All of it"))
        self._fit.setCheckable(True)
        self._fit.triggered.connect(self._on_fit_triggered)
        menu.addSeparator()
        for size in sizes:
            action = menu.addAction(self.tr("{percent} %").format(percent=f"{100.0 * size:.0f}"))
            action.triggered.connect(partial(self._on_size_triggered, size))
        return menu

    def _on_fit_triggered(self) -> None:
        self._fit.setChecked(True)
        self.fit_chosen.emit()

    def _on_size_triggered(self, size: float) -> None:
        self.zoom_chosen.emit(size)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setIconSize(QSize(ICON, ICON))
        button.setProperty("compact", True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAutoRepeat(True)
        return button

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back = QColor(theme.panel)
        back.setAlphaF(0.9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(self.rect(), 1.5 * RADIUS, 1.5 * RADIUS)
