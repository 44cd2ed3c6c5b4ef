"""Sizes and places of a slider's parts: where each is, and which value lies where on the groove."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPixmap

from explorer.look.pixels import Pixels, to_qimage
from explorer.look.theme import SPACE, UNIT, number_font, small_font
from explorer.widgets.slider.content import SliderContent

_THUMBNAIL = 28
_ROW = 32
_ROW_WITH_IMAGES = 36


class SliderLook:
    """Sizes and places of one slider's parts."""

    def __init__(self, slider: SliderContent, prominent: bool) -> None:
        self.slider = slider
        self.prominent = prominent
        self.label_width = 64
        self.value_width = 60
        self.handle_radius = 9.0 if prominent else 7.0
        self.groove_height = 8.0 if prominent else 6.0
        self.hovered = False
        self.shows_focus = True
        self._groove: QRectF | None = None  # worked out once: it is used a dozen times with every movement
        self._mirrored: bool | None = None
        self._number_font_height = 0  # 0: not measured yet
        self._small_font_height = 0

    def set_hovered(self, hovered: bool) -> None:
        """Set whether the mouse is over the groove."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.slider.update()

    @property
    def mirrored(self) -> bool:
        """Right to left."""
        if self._mirrored is None:
            self._mirrored = self.slider.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return self._mirrored

    @property
    def has_images(self) -> bool:
        """Whether there is a picture at an end, or one is to come."""
        return self.slider.awaits_images or any(image is not None for image in self.slider.end_images)

    def forget_fonts(self) -> None:
        """The program's font has changed."""
        self._number_font_height = self._small_font_height = 0
        self.forget_places()

    def forget_places(self) -> None:
        """Something that the parts' places depend on has changed: a size, a caption, pictures, the way of reading."""
        self._groove = self._mirrored = None

    def _number_height(self) -> int:
        if not self._number_font_height:
            self._number_font_height = QFontMetrics(number_font()).height()
        return self._number_font_height

    def _caption_height(self) -> int:
        if not self.slider.caption:
            return 0
        if not self._small_font_height:
            self._small_font_height = QFontMetrics(small_font()).height()
        return self._small_font_height

    def size_hint(self) -> QSize:
        """The height is fixed, the width is a good default."""
        if self.prominent:
            groove = _ROW_WITH_IMAGES if self.has_images else 28
            return QSize(280, self._number_height() + UNIT + groove + self._caption_height())
        return QSize(280, (_ROW_WITH_IMAGES if self.has_images else _ROW) + self._caption_height())

    def _row(self) -> QRect:
        """The part of the widget with the groove."""
        area = self.slider.rect().adjusted(0, 0, 0, -self._caption_height())
        return area.adjusted(0, self._number_height() + UNIT, 0, 0) if self.prominent else area

    def caption_rect(self) -> QRect:
        """Where the caption is: under the groove, and its pictures."""
        area = self.slider.rect()
        left, right = (0, 0) if self.prominent else (self.label_width + SPACE, self.value_width + SPACE)
        height = self._caption_height()
        return self._flip(QRect(left, area.bottom() + 1 - height, area.width() - left - right, height))

    def _flip(self, area: QRect) -> QRect:
        if self.mirrored:
            area.moveLeft(self.slider.width() - area.left() - area.width())
        return area

    def label_rect(self) -> QRect:
        """Where the label is."""
        area = self._row()
        if self.prominent:
            return self._flip(QRect(0, 0, area.width() - 2 * self.value_width, self._number_height()))
        return self._flip(QRect(0, 0, self.label_width, area.height()))

    def value_rect(self) -> QRect:
        """Where the value is."""
        area = self._row()
        if self.prominent:
            width = 2 * self.value_width
            return self._flip(QRect(area.width() - width, 0, width, self._number_height()))
        return self._flip(QRect(area.width() - self.value_width, 0, self.value_width, area.height()))

    def editor_rect(self) -> QRect:
        """Where a value is typed."""
        area = self.value_rect()
        height = max(32, min(area.height(), 34))
        place = QRect(area.left() - UNIT, 0, area.width() + UNIT, height)
        place.moveTop(max(0, area.center().y() - height // 2))
        return place

    def image_rect(self, end: int) -> QRect:
        """Where the picture at the low (0) or high (1) end is."""
        row = self._row()
        top = row.top() + (row.height() - _THUMBNAIL) // 2
        if self.prominent:
            left = 0 if end == 0 else row.width() - _THUMBNAIL
        else:
            left = self.label_width + SPACE if end == 0 else row.width() - self.value_width - SPACE - _THUMBNAIL
        return self._flip(QRect(left, top, _THUMBNAIL, _THUMBNAIL))

    def groove_rect(self) -> QRectF:
        """The groove, from the lowest to the highest value (the handle overhangs by its radius)."""
        if self._groove is None:
            self._groove = self._make_groove_rect()
        return self._groove

    def _make_groove_rect(self) -> QRectF:
        row = self._row()
        left, right = 0.0, float(row.width())
        if not self.prominent:
            left, right = left + self.label_width + SPACE, right - self.value_width - SPACE
        if self.has_images:
            left, right = left + _THUMBNAIL + UNIT, right - _THUMBNAIL - UNIT
        left, right = left + self.handle_radius + 3, right - self.handle_radius - 3
        if self.mirrored:
            left, right = row.width() - right, row.width() - left
        middle = row.top() + row.height() / 2
        return QRectF(left, middle - self.groove_height / 2, max(1.0, right - left), self.groove_height)

    def touch_rect(self) -> QRectF:
        """Where a press takes the handle: the groove, made higher."""
        row = QRectF(self._row())
        area = self.groove_rect()
        reach = self.handle_radius + 3
        return QRectF(area.left() - reach, row.top(), area.width() + 2 * reach, row.height())

    def position_of(self, value: float) -> float:
        """Where in the widget a value lies, in pixels from its left edge."""
        area = self.groove_rect()
        low, high = self.slider.range
        share = (value - low) / (high - low)
        if self.mirrored:
            share = 1 - share
        return area.left() + share * area.width()

    def value_at(self, x: float) -> float:
        """The value that lies at a place, also beyond the ends of the groove."""
        area = self.groove_rect()
        low, high = self.slider.range
        share = (x - area.left()) / max(1.0, area.width())
        if self.mirrored:
            share = 1 - share
        return low + share * (high - low)


def end_pixmap(pixels: Pixels | None) -> QPixmap | None:
    """A picture for an end of the groove, scaled down so that painting it is cheap."""
    if pixels is None:
        return None
    side = 2 * _THUMBNAIL
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(to_qimage(pixels).scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
