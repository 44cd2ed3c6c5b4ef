"""A slider painted: its words, the groove, hatched where no real faces lie, and the handle."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPixmap

from explorer.look.theme import RADIUS, colors, number_font, section_font, small_font
from explorer.widgets.slider.look import SliderLook


def hatch_brush(pixel_ratio: float = 1.0) -> QBrush:
    """The strokes in the theme's colour."""
    return _hatch_brush(colors().hatch.rgba(), pixel_ratio)


@cache
def _hatch_brush(color: int, pixel_ratio: float) -> QBrush:
    period = max(4, round(5 * pixel_ratio))
    stroke = max(1.0, 1.2 * pixel_ratio)
    tile = QImage(period, period, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    ink = QColor.fromRgba(color)
    for y in range(period):
        for x in range(period):
            distance = min((x + y + 0.5) % period, period - (x + y + 0.5) % period)
            cover = min(1.0, max(0.0, stroke / 2 + 0.5 - distance))
            ink.setAlphaF(cover)
            tile.setPixelColor(x, y, ink)
    tile.setDevicePixelRatio(pixel_ratio)
    return QBrush(tile)


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
        elif look.slider.awaits_images:
            _paint_empty(painter, look.image_rect(end))
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
        # The middle is elided: how strong the correlation is stands at the end.
        caption = painter.fontMetrics().elidedText(slider.caption, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, int(start | middle), caption)
    painter.setFont(number_font_of(look))
    at_home = slider.value == slider.home and not look.prominent
    painter.setPen(theme.disabled_text if not enabled else theme.muted_text if at_home else theme.text)
    painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # numbers are written left to right everywhere, sign first
    painter.drawText(look.value_rect(), int(end | middle), slider.text)


def _paint_image(painter: QPainter, image: QPixmap, place: QRect) -> None:
    painter.save()
    path = QPainterPath()
    path.addRoundedRect(QRectF(place), RADIUS, RADIUS)
    painter.setClipPath(path)
    painter.drawPixmap(place, image)
    painter.restore()


def _paint_empty(painter: QPainter, place: QRect) -> None:
    """Where a picture is to come."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors().groove)
    painter.drawRoundedRect(place, RADIUS, RADIUS)


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
        left, right = sorted((look.position_of(low), look.position_of(high)))
        if low <= slider.range[0]:
            left, right = (left, track.right()) if look.mirrored else (track.left(), right)
        if high >= slider.range[1]:
            left, right = (track.left(), right) if look.mirrored else (left, track.right())
        painter.fillRect(QRectF(left, track.top(), right - left, track.height()), theme.zone)
    painter.restore()
    if enabled:
        left, right = sorted((look.position_of(slider.home), look.position_of(slider.value)))
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
    x = (round(look.position_of(value) * ratio - 0.5) + 0.5) / ratio
    painter.setPen(QPen(color, 1))
    painter.drawLine(QPointF(x, area.top() - 2), QPointF(x, area.top() - 2 - reach + 2))
    painter.drawLine(QPointF(x, area.bottom() + 2), QPointF(x, area.bottom() + 2 + reach - 2))


def _paint_handle(painter: QPainter, look: SliderLook) -> None:
    theme = colors()
    slider = look.slider
    center = QPointF(look.position_of(slider.value), look.groove_rect().center().y())
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
