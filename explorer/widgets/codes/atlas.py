"""All codes of a codebook as small pictures, each with its use: one is pointed at, and one is chosen."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.look.pixels import to_qimage
from explorer.look.theme import colors, theme_notifier
from explorer.qt import override

GAP = 2.0
BAR = 3.0  # height of the bar that says how much a code is used
LEAST = 3.0  # pixels: no tile is smaller


class CodeAtlas(QWidget):
    """Tiles in rows, in the order in which they were given.

    Signals:
        hovered(int): the code under the mouse; -1: none.
        chosen(int): the person chose a code.
    """

    hovered = Signal(int)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._codes = np.zeros(0, np.int64)
        self._tiles: np.ndarray | None = None
        self._shares = np.zeros(0)
        self._chosen = self._hovered = -1
        self._drawn: QPixmap | None = None
        self._laid_out: tuple[tuple[int, int, int, float], tuple[int, float]] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Codebook"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme_notifier().changed.connect(self._draw_anew)

    def set_codes(self, codes: np.ndarray, tiles: np.ndarray | None, shares: np.ndarray | None = None) -> None:
        """Show codes.

        Args:
            codes: (n,) their numbers, in the order in which they are shown.
            tiles: uint8 (n, h, h, C), or None while they aren't there.
            shares: (n,) how often each is used, as a share of all; None: nobody knows.
        """
        self._codes, self._tiles = np.asarray(codes), tiles
        self._shares = np.zeros(0) if shares is None else np.asarray(shares, float)
        self._draw_anew()

    @property
    def choice(self) -> int:
        """The chosen code; -1: none."""
        return self._chosen

    def set_choice(self, code: int) -> None:
        """Mark a code as the chosen one, without a signal; -1: none."""
        if code != self._chosen:
            self._chosen = code
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    @property
    def columns(self) -> int:
        """Tiles in a row: so many that all fit, as large as can be."""
        return self._layout()[0]

    def _side(self) -> float:
        """Of a tile, in whole pixels of the screen."""
        return self._layout()[1]

    def _layout(self) -> tuple[int, float]:
        """Columns and side, worked out once for each size."""
        key = (len(self._codes), self.width(), self.height(), self.devicePixelRatioF())
        if self._laid_out is None or self._laid_out[0] != key:
            count, ratio = max(1, key[0]), key[3]
            columns = np.arange(1, count + 1)
            sides = np.minimum((key[1] - GAP) / columns - GAP, (key[2] - GAP) / np.ceil(count / columns) - GAP - BAR)
            best = int(sides.argmax())
            self._laid_out = key, (best + 1, max(LEAST, math.floor(float(sides[best]) * ratio) / ratio))
        return self._laid_out[1]

    def rect_of(self, place: int) -> QRectF:
        """Where the tile at a place of the order is."""
        side, columns = self._side(), self.columns
        row, column = divmod(place, columns)
        return QRectF(GAP + column * (side + GAP), GAP + row * (side + GAP + BAR), side, side)

    def code_at(self, position: QPointF) -> int:
        """The code at a position; -1: none."""
        side, columns = self._side(), self.columns
        column, row = int((position.x() - GAP) // (side + GAP)), int((position.y() - GAP) // (side + GAP + BAR))
        place = row * columns + column
        inside = 0 <= column < columns and row >= 0 and place < len(self._codes)
        return int(self._codes[place]) if inside else -1

    def _place_of(self, code: int) -> int:
        found = np.flatnonzero(self._codes == code)
        return int(found[0]) if len(found) else -1

    def _draw_anew(self) -> None:
        self._drawn = None
        self.update()

    def _draw(self) -> QPixmap:
        """All tiles with their bars: hovering paints no more than a frame over it."""
        ratio = self.devicePixelRatioF()
        drawn = QPixmap(QSize(round(self.width() * ratio), round(self.height() * ratio)))
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(colors().window)
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        largest = max(1e-12, float(self._shares.max(initial=0.0)))
        for place in range(len(self._codes)):
            rect = self.rect_of(place)
            if self._tiles is None:
                painter.fillRect(rect, colors().placeholder)
                continue
            painter.setOpacity(1.0 if not len(self._shares) or self._shares[place] else 0.35)
            painter.drawImage(rect, to_qimage(self._tiles[place]))
            painter.setOpacity(1.0)
            if len(self._shares) and self._shares[place]:
                long = max(1.0, rect.width() * math.sqrt(self._shares[place] / largest))
                painter.fillRect(QRectF(rect.left(), rect.bottom() + 1, long, BAR - 1), colors().muted_text)
        painter.end()
        return drawn

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawn is None:
            self._drawn = self._draw()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawn)
        for code, color, width in ((self._hovered, colors().text, 1.0), (self._chosen, colors().accent, 2.0)):
            place = self._place_of(code)
            if place >= 0:
                painter.setPen(QPen(color, width))
                painter.drawRect(self.rect_of(place).adjusted(-1, -1, 1, 1))
        if self.hasFocus() and self._chosen < 0:
            painter.setPen(QPen(colors().focus, 1.0))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drawn = None

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            self._draw_anew()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.code_at(event.position()))

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        code = self.code_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and code >= 0:
            self._choose(code)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self.columns, Qt.Key.Key_Down: self.columns}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not len(self._codes):
            super().keyPressEvent(event)
            return
        place = self._place_of(self._chosen)
        wanted = 0 if place < 0 else place + step
        if 0 <= wanted < len(self._codes):
            self._choose(int(self._codes[wanted]))

    def _choose(self, code: int) -> None:
        self.set_choice(code)
        self.chosen.emit(code)

    def _hover(self, code: int) -> None:
        if code != self._hovered:
            self._hovered = code
            self.update()
            self.hovered.emit(code)
