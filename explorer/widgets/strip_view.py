"""Pictures in a row, each under its percentage: a click on one goes there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.look.pixels import to_pixmap
from explorer.look.theme import UNIT, colors, small_font
from explorer.qt import override

GAP = 4
HEIGHT = 132
LOW_HEIGHT = 84
_LEAST_SIDE = 16  # of a picture
_USUAL = 6  # steps
_DIM = 0.3  # opacity of pictures of another face
_PASSING_MS = 150  # that these are shown: samples are drawn anew by then, and the row doesn't flicker
ORIGINAL = -1  # the place of the picture before the steps


class StripView(QWidget):
    """Faces in a row, each under its percentage."""

    step_chosen = Signal(int)
    """The person clicked a face: its place in the row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: list[str] = []
        self._stale: set[int] = set()
        self._images: list[np.ndarray | None] = []
        self._pixmaps: dict[int, tuple[int, QPixmap]] = {}
        self._original = ""
        self._original_image: np.ndarray | None = None
        self._words = ""
        self.passing = QTimer(self, interval=_PASSING_MS, singleShot=True)
        self.passing.timeout.connect(self._drop_stale)
        self._height = HEIGHT
        self._hovered: int | None = None
        self._focused = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Strip of percentages"))
        self.setToolTip(self.tr("The same picture at equal steps of this direction. Click one to go there."))

    @property
    def original(self) -> np.ndarray | None:
        """The picture before the steps; None without one, or while it is still to come."""
        return self._original_image

    @property
    def images(self) -> list[np.ndarray | None]:
        """The shown pictures; None where one is still to come."""
        return list(self._images)

    def set_low(self, is_low: bool) -> None:
        """Take less height, where there is little."""
        self._height = LOW_HEIGHT if is_low else HEIGHT
        self.updateGeometry()

    def set_labels(self, labels: list[str]) -> None:
        """Set other steps; pictures of steps that stay are kept until new ones arrive."""
        self._labels = labels
        self._images = (self._images + [None] * len(labels))[: len(labels)]
        self._stale = {place for place in self._stale if place < len(labels)}
        self._pixmaps.clear()
        self.update()

    def set_image(self, place: int, image: np.ndarray) -> None:
        """The picture (H, W, C) of one step."""
        if place < len(self._images):
            self._images[place] = image
            self._stale.discard(place)
            self._pixmaps.pop(place, None)
            self.update(self.cell(place))

    def set_original(self, label: str, image: np.ndarray | None = None) -> None:
        """Set what stands before the steps, and isn't one of them.

        Args:
            label: over it; "" = there is nothing before them.
            image: (H, W, C); None: it is still to come.
        """
        self._stale.discard(ORIGINAL)
        self._original, self._original_image = label, image
        self._pixmaps.pop(ORIGINAL, None)
        self.update()

    def set_stale(self) -> None:
        """Dim what is shown, for it is of another face; what isn't replaced in a moment goes."""
        self._stale = {ORIGINAL, *range(len(self._images))}
        self.passing.start()
        self.update()

    def _drop_stale(self) -> None:
        """Another person's face under these percentages would be a lie: empty places say that pictures are to come."""
        self._images = [None if place in self._stale else image for place, image in enumerate(self._images)]
        if ORIGINAL in self._stale:
            self._original_image = None
        self._pixmaps = {place: kept for place, kept in self._pixmaps.items() if place not in self._stale}
        self._stale.clear()
        self.update()

    @property
    def stale(self) -> list[int]:
        """The steps whose pictures are still those of another face."""
        return sorted(place for place in self._stale if place != ORIGINAL and self._images[place] is not None)

    def set_words(self, words: str) -> None:
        """Set the text in place of the pictures while there can't be any; "" = there can."""
        if words != self._words:
            self._words = words
            self.setAccessibleDescription(words)
            self.update()

    def clear(self) -> None:
        """No pictures."""
        self._images = [None] * len(self._labels)
        self._stale.clear()
        self._pixmaps.clear()
        self.update()

    def cell(self, place: int) -> QRect:
        """Where a step's face is drawn; ORIGINAL: that of the picture before them."""
        before = 1 if self._original else 0
        place, count = place + before, max(len(self._labels), 1) + before
        text = self._above
        side = min(self.height() - text, (self.width() - GAP * (count - 1)) // count)
        shown = count - 1 - place if self.isRightToLeft() else place
        start = 0 if not self.isRightToLeft() else self.width() - count * side - (count - 1) * GAP
        return QRect(start + shown * (side + GAP), text, side, side)

    def _place_at(self, event: QMouseEvent) -> int | None:
        for place in range(0 if self._words else len(self._labels)):
            if self.cell(place).contains(event.position().toPoint()):
                return place
        return None

    @property
    def _above(self) -> int:
        """Units for the percentages."""
        return self.fontMetrics().height() + UNIT

    @override
    def heightForWidth(self, width: int) -> int:
        """What the usual number of pictures takes, whatever their number, so that nothing else moves when that changes."""
        return min(self._height, self._above + max(_LEAST_SIDE, (width - GAP * (_USUAL - 1)) // _USUAL))

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, self._height)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.heightForWidth(160))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        c = colors()
        if self._words:
            painter.setFont(self.font())
            painter.setPen(c.muted_text)
            start = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
            how = start | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(how), self._words)
            return
        first = [(ORIGINAL, self._original, self._original_image)] if self._original else []
        steps = zip(range(len(self._labels)), self._labels, self._images, strict=True)
        labelled = self._labelled(painter.fontMetrics()) if event.rect().top() < self._above else {}
        for place, label, image in (*first, *steps):
            area = self.cell(place)
            if place in labelled and event.rect().intersects(labelled[place]):
                painter.setPen(c.text if place == self._hovered else c.muted_text)
                painter.drawText(labelled[place], Qt.AlignmentFlag.AlignCenter, label)
            if not event.rect().intersects(area):  # pictures come one by one
                continue
            if image is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(c.canvas)
                painter.drawRoundedRect(QRectF(area), 4, 4)
                continue
            painter.setOpacity(_DIM if place in self._stale else 1.0)
            painter.drawPixmap(area, self._scaled(place, image, area.width()))
            painter.setOpacity(1.0)
            if place != ORIGINAL and (place == self._hovered or (self.hasFocus() and place == self._focused)):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(c.accent, 2))
                painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 4, 4)

    def _labelled(self, metrics: QFontMetrics) -> dict[int, QRect]:
        """Where there is room for labels: in narrow cells every second or third has one, and the last in any case."""
        last = len(self._labels) - 1
        widest = max(map(metrics.horizontalAdvance, self._labels), default=0)
        each = max(1, -(-(widest + GAP) // (self.cell(0).width() + GAP)))
        places = [*range(last, -1, -each), *([ORIGINAL] if self._original else [])]
        rects: dict[int, QRect] = {}
        for place in places:
            area = self.cell(place)
            wide = metrics.horizontalAdvance(self._original if place == ORIGINAL else self._labels[place])
            rect = QRect(area.center().x() - wide // 2, 0, wide, area.top())
            rect.moveLeft(max(0, min(rect.left(), self.width() - wide)))
            if not any(other.intersects(rect.adjusted(-GAP, 0, GAP, 0)) for other in rects.values()):
                rects[place] = rect
        return rects

    def _scaled(self, place: int, image: np.ndarray, side: int) -> QPixmap:
        pixels = round(side * self.devicePixelRatioF())
        kept = self._pixmaps.get(place)
        if kept is None or kept[0] != pixels:
            smooth = Qt.TransformationMode.SmoothTransformation
            pixmap = to_pixmap(image).scaled(pixels, pixels, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            self._pixmaps[place] = kept = (pixels, pixmap)
        return kept[1]

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._place_at(event)
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._hovered is not None else Qt.CursorShape.ArrowCursor)
        self.update()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event)
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self._focused = place
            self.step_chosen.emit(place)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        forward = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._labels:
            step = 1 if event.key() == forward else -1
            self._focused = min(max(self._focused + step, 0), len(self._labels) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._labels:
            self.step_chosen.emit(self._focused)
        else:
            super().keyPressEvent(event)
