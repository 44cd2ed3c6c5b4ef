"""One face, as large as fits, on neutral grey.

While a slider moves, each new picture is drawn by the painter's own bilinear scaling (about 1.5 ms at 700 x 700); once
it has rested for a moment it is scaled once more with a cubic filter and kept, so that a face at rest shows no pixel grid.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.look.pixels import Pixels, cubic_scaled, to_qimage
from explorer.look.theme import GROUP, RADIUS, SPACE, UNIT, colors, small_font
from explorer.qt import override

_REFINE_AFTER_MS = 120


class _Shown:
    """A picture and, once made, its sharp copy for one size."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self.image: QImage = to_qimage(pixels)
        self.refined: QPixmap | None = None
        self.refined_size = QSize()


class FaceCanvas(QWidget):
    """Shows a picture, wherever it comes from."""

    painted = Signal(object)
    """A new picture has been painted; with its token."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: _Shown | None = None
        self._before: _Shown | None = None
        self._holds_before = False
        self._placeholder = ""
        self._token: object = None
        self._is_new = False
        self._drop_hovers = False
        self._refine = QTimer(self)
        self._refine.setSingleShot(True)
        self._refine.setInterval(_REFINE_AFTER_MS)
        self._refine.timeout.connect(self._on_refine_timeout)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Picture"))

    def set_image(self, image: Pixels | None, token: object = None) -> None:
        """Show a picture, uint8 (H, W, 3) or (H, W, 1), and emit `painted(token)` once drawn; None: placeholder."""
        self._shown = None if image is None else _Shown(image)
        self._token = token
        self._is_new = image is not None
        self._refine.start()
        self.update()

    def set_before(self, image: Pixels | None) -> None:
        """The picture that `hold_before` shows, uint8 (H, W, 3)."""
        self._before = None if image is None else _Shown(image)
        if self._holds_before:
            self.update()

    def hold_before(self, is_held: bool) -> None:
        """Show the picture from before the edits, with a tag that says so."""
        if is_held != self._holds_before:
            self._holds_before = is_held
            self._refine.start()
            self.update()

    def set_placeholder(self, text: str) -> None:
        """Set the text shown while there is no picture."""
        self._placeholder = text
        self.update()

    @property
    def has_image(self) -> bool:
        """Whether there is a picture."""
        return self._shown is not None

    @property
    def shows_before(self) -> bool:
        """Whether the picture from before the edits is on screen."""
        return self._holds_before and self._before is not None

    def picture_rect(self) -> QRect:
        """Where the picture is; empty without one."""
        shown = self._current()
        if shown is None:
            return QRect()
        room = self.rect().adjusted(GROUP, GROUP, -GROUP, -GROUP)
        size = shown.image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRect(room.topLeft(), size)
        area.moveCenter(room.center())
        return area

    def _current(self) -> _Shown | None:
        return self._before if self.shows_before else self._shown

    def _on_refine_timeout(self) -> None:
        shown = self._current()
        area = self.picture_rect()
        if shown is None or area.isEmpty() or not self.isVisible():
            return
        ratio = self.devicePixelRatioF()
        size = QSize(round(area.width() * ratio), round(area.height() * ratio))
        if shown.refined is None or shown.refined_size != size:
            shown.refined = QPixmap.fromImage(cubic_scaled(shown.pixels, size))
            shown.refined.setDevicePixelRatio(ratio)
            shown.refined_size = size
            self.update(area)

    def _paint_picture(self, painter: QPainter, shown: _Shown, area: QRect) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(round(area.width() * ratio), round(area.height() * ratio))
        if shown.refined is not None and shown.refined_size == size:
            painter.drawPixmap(area.topLeft(), shown.refined)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, shown.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corners = QPainterPath()
        corners.setFillRule(Qt.FillRule.OddEvenFill)
        side, far = RADIUS + 1, QRectF(area)
        for left in (far.left(), far.right() - side):
            for top in (far.top(), far.bottom() - side):
                corners.addRect(QRectF(left, top, side, side))
        rounded = QPainterPath()
        rounded.addRoundedRect(far, RADIUS, RADIUS)
        painter.fillPath(corners.subtracted(rounded), colors().canvas)

    def _paint_tag(self, painter: QPainter, text: str, area: QRect) -> None:
        painter.setFont(small_font())
        metrics = painter.fontMetrics()
        size = QSize(metrics.horizontalAdvance(text) + 2 * SPACE, metrics.height() + UNIT)
        tag = QRect(area.topLeft(), size)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            tag.moveRight(area.right() - SPACE)
        else:
            tag.moveLeft(area.left() + SPACE)
        tag.moveTop(area.top() + SPACE)
        back = QColor(colors().tooltip)
        back.setAlphaF(0.86)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(tag, tag.height() / 2, tag.height() / 2)
        painter.setPen(colors().tooltip_text)
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), text)

    def set_drop_hovers(self, hovers: bool) -> None:
        """Mark the canvas as the place where something that is dragged would be dropped."""
        self._drop_hovers = hovers
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(512, 512)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, 160)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.canvas)
        shown = self._current()
        if shown is not None:
            area = self.picture_rect()
            self._paint_picture(painter, shown, area)
            if self.shows_before:
                self._paint_tag(painter, self.tr("Before"), area)
        elif self._placeholder:
            painter.setPen(theme.muted_text)
            room = self.rect().adjusted(GROUP, GROUP, -GROUP, -GROUP)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._placeholder)
        if self._drop_hovers:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.focus, 2, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 5, -5, -5), 2 * RADIUS, 2 * RADIUS)
        painter.end()
        if self._is_new and shown is self._shown:
            self._is_new = False
            self.painted.emit(self._token)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._refine.start()

    @override
    def showEvent(self, event: QEvent) -> None:
        self._refine.start()
