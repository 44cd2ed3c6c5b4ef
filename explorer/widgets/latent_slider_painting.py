"""How a latent slider is laid out and painted; what it does is in `latent_slider`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap

from explorer.look.pixels import Pixels, to_qimage
from explorer.look.theme import RADIUS, SPACE, UNIT, colors, number_font, section_font, small_font
from explorer.widgets.hatch import hatch_brush

if TYPE_CHECKING:
    from explorer.widgets.latent_slider_base import SliderFace

_THUMBNAIL = 28
_ROW = 32
_ROW_WITH_IMAGES = 36


class SliderLook:
    """Sizes and places of one slider's parts."""

    def __init__(self, slider: SliderFace, prominent: bool) -> None:
        self.slider = slider
        self.prominent = prominent
        self.label_width = 64
        self.value_width = 60
        self.handle_radius = 9.0 if prominent else 7.0
        self.groove_height = 8.0 if prominent else 6.0
        self.hovered = False
        self.shows_focus = True
        self._groove: tuple[object, QRectF] | None = None  # with what it depends on
        self._number_font_height = 0  # 0: not measured yet
        self._small_font_height = 0

    def set_hovered(self, hovered: bool) -> None:
        """The mouse is over the groove."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.slider.update()

    @property
    def mirrored(self) -> bool:
        """Right to left."""
        return self.slider.layoutDirection() == Qt.LayoutDirection.RightToLeft

    @property
    def has_images(self) -> bool:
        """Whether there is a picture at an end."""
        return any(image is not None for image in self.slider.end_images)

    def forget_fonts(self) -> None:
        """The program's font has changed."""
        self._number_font_height = self._small_font_height = 0

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
        """Height is fixed, width is what looks well."""
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
        """The groove from its low end's to its high end's value (the handle overhangs by its radius)."""
        size = self.slider.width(), self.slider.height(), self.label_width, self.value_width, self._number_height()
        key = (*size, self.has_images, self.mirrored, self._caption_height())
        if self._groove is None or self._groove[0] != key:  # asked for with every movement, a dozen times
            self._groove = key, self._make_groove_rect()
        return QRectF(self._groove[1])

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
        """Where a press takes the handle: the groove, high enough for a hand."""
        row = QRectF(self._row())
        area = self.groove_rect()
        reach = self.handle_radius + 3
        return QRectF(area.left() - reach, row.top(), area.width() + 2 * reach, row.height())


def end_pixmap(pixels: Pixels | None) -> QPixmap | None:
    """A picture for an end of the groove, small enough that painting it needs no more care."""
    if pixels is None:
        return None
    side = 2 * _THUMBNAIL
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(to_qimage(pixels).scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))


def number_font_of(look: SliderLook) -> QFont:
    """The value's font."""
    return number_font() if look.prominent else look.slider.font()


def paint_slider(painter: QPainter, look: SliderLook) -> None:
    """Paint everything."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    _paint_words(painter, look)
    for end, image in enumerate(look.slider.end_images):
        if image is not None:
            _paint_image(painter, image, look.image_rect(end))
    _paint_groove(painter, look)
    _paint_handle(painter, look)


def _paint_words(painter: QPainter, look: SliderLook) -> None:
    theme = colors()
    slider = look.slider
    enabled = slider.isEnabled()
    start = Qt.AlignmentFlag.AlignRight if look.mirrored else Qt.AlignmentFlag.AlignLeft
    end = Qt.AlignmentFlag.AlignLeft if look.mirrored else Qt.AlignmentFlag.AlignRight
    middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
    painter.setFont(section_font() if look.prominent else slider.font())
    painter.setPen(theme.text if enabled else theme.disabled_text)
    place = look.label_rect()
    label = painter.fontMetrics().elidedText(slider.label, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, int(start | middle), label)
    if slider.caption:
        painter.setFont(small_font())
        painter.setPen(theme.muted_text if enabled else theme.disabled_text)
        place = look.caption_rect()
        # The middle is what can be missed: at the end stands how closely.
        caption = painter.fontMetrics().elidedText(slider.caption, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, int(start | middle), caption)
    painter.setFont(number_font_of(look))
    at_home = slider.value == slider.home and not look.prominent
    painter.setPen(theme.disabled_text if not enabled else theme.muted_text if at_home else theme.text)
    painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # numbers read so everywhere, sign first
    painter.drawText(look.value_rect(), int(end | middle), slider.text)


def _paint_image(painter: QPainter, image: QPixmap, place: QRect) -> None:
    painter.save()
    path = QPainterPath()
    path.addRoundedRect(QRectF(place), RADIUS, RADIUS)
    painter.setClipPath(path)
    painter.drawPixmap(place, image)
    painter.restore()


def _paint_groove(painter: QPainter, look: SliderLook) -> None:
    theme = colors()
    slider = look.slider
    area = look.groove_rect()
    round_end = look.groove_height / 2
    track = area.adjusted(-round_end, 0, round_end, 0)
    outline = QPainterPath()
    outline.addRoundedRect(track, round_end, round_end)
    enabled = slider.isEnabled()
    painter.save()
    painter.setClipPath(outline)
    if slider.zone is None or not enabled:
        painter.fillRect(track, theme.zone if enabled else theme.groove)
    else:
        painter.fillRect(track, theme.groove)
        painter.fillRect(track, hatch_brush(slider.devicePixelRatioF()))
        low, high = slider.zone
        left, right = sorted((slider.position_of(low), slider.position_of(high)))
        if low <= slider.range[0]:
            left, right = (left, track.right()) if look.mirrored else (track.left(), right)
        if high >= slider.range[1]:
            left, right = (track.left(), right) if look.mirrored else (left, track.right())
        painter.fillRect(QRectF(left, track.top(), right - left, track.height()), theme.zone)
    painter.restore()
    if enabled:
        left, right = sorted((slider.position_of(slider.home), slider.position_of(slider.value)))
        if right - left > 0.5:
            fill = QRectF(left, track.top(), right - left, track.height())
            if (slider.home == slider.range[0] and not look.mirrored) or (slider.home == slider.range[1] and look.mirrored):
                fill.setLeft(track.left())
            elif slider.home in slider.range:
                fill.setRight(track.right())
            painter.save()
            painter.setClipPath(outline)
            painter.fillRect(fill, theme.accent)
            painter.restore()
    _paint_mark(painter, look, sum(slider.range) / 2, theme.border, 3.0)
    _paint_mark(painter, look, slider.home, theme.tick if enabled else theme.border, 5.0)


def _paint_mark(painter: QPainter, look: SliderLook, value: float, color: QColor, reach: float) -> None:
    """A short line above and below the groove."""
    area = look.groove_rect()
    ratio = look.slider.devicePixelRatioF()
    x = (round(look.slider.position_of(value) * ratio - 0.5) + 0.5) / ratio
    painter.setPen(QPen(color, 1))
    painter.drawLine(QPointF(x, area.top() - 2), QPointF(x, area.top() - 2 - reach + 2))
    painter.drawLine(QPointF(x, area.bottom() + 2), QPointF(x, area.bottom() + 2 + reach - 2))


def _paint_handle(painter: QPainter, look: SliderLook) -> None:
    theme = colors()
    slider = look.slider
    center = QPointF(slider.position_of(slider.value), look.groove_rect().center().y())
    radius = look.handle_radius
    painter.setPen(Qt.PenStyle.NoPen)
    if slider.isEnabled() and (slider.is_dragging or look.hovered or (slider.hasFocus() and look.shows_focus)):
        halo = QColor(theme.accent)
        halo.setAlphaF(0.32 if slider.is_dragging or slider.hasFocus() else 0.2)
        painter.setBrush(halo)
        painter.drawEllipse(center, radius + 3, radius + 3)
    if slider.hasFocus() and look.shows_focus:
        painter.setPen(QPen(theme.focus, 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(center, radius + 2.5, radius + 2.5)
        painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.shadow)
    painter.drawEllipse(center + QPointF(0, 1), radius, radius)
    face = theme.disabled_text
    if slider.isEnabled():
        face = theme.accent_pressed if slider.is_dragging else theme.accent_hover if look.hovered else theme.accent
    painter.setBrush(face)
    painter.drawEllipse(center, radius, radius)
    painter.setBrush(theme.accent_text if slider.isEnabled() else theme.panel)
    dot = radius * 0.24
    painter.drawEllipse(center, dot, dot)
