"""One row with a slider for one thing: a latent dimension, a direction, the smile.

The groove shows where real faces lie; beyond that zone it is hatched. It is a QAbstractSlider only so that screen
readers recognise a slider: the value that counts is the float.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QLineEdit, QMenu, QSizePolicy, QWidget

from core.wording import rounded
from explorer.look.pixels import Pixels, to_qimage
from explorer.look.theme import RADIUS, SPACE, UNIT, colors, number_font, section_font, small_font
from explorer.qt import override


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


def _signed(value: float) -> str:
    return rounded(value, 2, signed=True)


def _parse(text: str) -> float:
    match = re.search(r"[-+]?\d+(?:[.,]\d+)?", text.replace("\N{MINUS SIGN}", "-"))
    if match is None:
        raise ValueError(text)
    return float(match.group().replace(",", "."))


class SliderContent(QAbstractSlider):
    """What a slider shows: its label, its value and range, pictures at its ends. The value that counts is a float.

    QAbstractSlider's integer is for screen readers.
    """

    def __init__(self, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label
        self._caption = ""
        self._low, self._high = -1.0, 1.0
        self._zone: tuple[float, float] | None = None
        self._home = 0.0
        self._value = 0.0
        self._format: Callable[[float], str] = _signed
        self._parse: Callable[[str], float] = _parse
        self._images: tuple[QPixmap | None, QPixmap | None] = (None, None)
        self._awaits_images = False
        self._drag_offset: float | None = None

    @property
    def value(self) -> float:  # type: ignore[override]
        """The value shown."""
        return self._value

    @property
    def home(self) -> float:
        """Where a double-click puts it."""
        return self._home

    @property
    def zone(self) -> tuple[float, float] | None:
        """Where real faces lie; None: unknown, the whole groove is plain."""
        return self._zone

    @property
    def label(self) -> str:
        """The label."""
        return self._label

    @property
    def caption(self) -> str:
        """The words under the groove."""
        return self._caption

    @property
    def range(self) -> tuple[float, float]:
        """The ends of the groove."""
        return self._low, self._high

    @property
    def end_images(self) -> tuple[QPixmap | None, QPixmap | None]:
        """The pictures at the low and the high end."""
        return self._images

    @property
    def is_dragging(self) -> bool:
        """Whether the person holds the handle."""
        return self._drag_offset is not None

    @property
    def text(self) -> str:
        """The value as it reads."""
        return self._format(self._value)

    @property
    def awaits_images(self) -> bool:
        """Whether there is room for pictures at both ends, though they may still be to come."""
        return self._awaits_images

    def _clamped(self, value: float) -> float:
        return min(max(value, self._low), self._high)


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


PAGE_STEPS = 5
"""Steps of a Page Up or Page Down."""


class SliderFace(SliderContent):
    """A slider's looks, and how they change."""

    def __init__(self, label: str = "", parent: QWidget | None = None, *, prominent: bool = False) -> None:
        super().__init__(label, parent)
        self._step, self._fine = 0.05, 0.005
        self._syncing = False
        self.look = SliderLook(self, prominent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(label)
        self._sync()

    def set_label(self, label: str) -> None:
        """Another label."""
        self._label = label
        self.setAccessibleName(label)
        self.updateGeometry()
        self.update()

    def set_caption(self, caption: str) -> None:
        """A few words under the groove; "" = none. Too long ones are cut in their middle."""
        if caption != self._caption:
            self._caption = caption
            self._sync()
            self.look.forget_places()
            self.updateGeometry()

    def set_label_width(self, pixels: int) -> None:
        """Width of the label's column, so that the grooves of several rows are aligned."""
        self.look.label_width = pixels
        self.look.forget_places()
        self.update()

    def set_range(self, low: float, high: float) -> None:
        """The ends of the groove; also sets the steps to a fortieth of it, and a tenth of that for Shift."""
        self._low, self._high = float(low), float(max(high, low + 1e-9))
        self.set_steps((self._high - self._low) / 40, (self._high - self._low) / 400)
        self._value = self._clamped(self._value)
        self._home = self._clamped(self._home)
        self._sync()

    def set_zone(self, low: float, high: float) -> None:
        """Where real faces lie; the groove beyond is hatched."""
        self._zone = (float(low), float(high))
        self.update()

    def set_home(self, value: float) -> None:
        """Where a double-click puts it, marked in the groove."""
        self._home = float(value)
        self.update()

    def set_value(self, value: float) -> None:
        """Show a value; no signal."""
        self._value = self._clamped(float(value))
        self._sync()

    def set_format(self, to_text: Callable[[float], str], to_value: Callable[[str], float] | None = None) -> None:
        """Set how the value is shown, and how a typed one is parsed (by default the first number in it)."""
        self._format = to_text
        self._parse = to_value or _parse
        self._sync()

    def set_steps(self, step: float, fine: float) -> None:
        """What an arrow key or a wheel notch moves, and what it moves with Shift; drags land on multiples of `fine`."""
        self._step, self._fine = step, fine
        self._sync()

    def reserve_end_images(self) -> None:
        """Leave room for pictures at both ends, so that nothing moves when they come."""
        self._awaits_images = True
        self.look.forget_places()
        self.updateGeometry()
        self.update()

    def set_end_images(self, low: Pixels | None, high: Pixels | None) -> None:
        """Small pictures at both ends that show the face there, uint8 (H, W, 3)."""
        self._images = (end_pixmap(low), end_pixmap(high))
        self.look.forget_places()
        self.updateGeometry()
        self.update()

    def position_of(self, value: float) -> float:
        """Where in the widget a value lies, in pixels from its left edge."""
        return self.look.position_of(value)

    def value_at(self, x: float) -> float:
        """The value that lies at a place, clamped to the range."""
        return self._clamped(self.look.value_at(x))

    def _sync(self) -> None:
        """Show the value, and tell screen readers."""
        self._syncing = True
        step = self._fine if self._fine > 0 else (self._high - self._low) / 100
        super().setRange(round(self._low / step), round(self._high / step))
        super().setSingleStep(max(1, round(self._step / step)))
        super().setPageStep(max(1, round(PAGE_STEPS * self._step / step)))
        super().setValue(round(self._value / step))
        self._syncing = False
        low, high = self._format(self._low), self._format(self._high)
        description = self.tr("{value}, from {low} to {high}").format(value=self.text, low=low, high=high)
        self.setAccessibleDescription(f"{description}; {self._caption}" if self._caption else description)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return self.look.size_hint()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.look.size_hint().height())

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self.look.forget_fonts()
        elif event.type() == QEvent.Type.LayoutDirectionChange:
            self.look.forget_places()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.look.forget_places()
        super().resizeEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_slider(painter, self.look)


GESTURE_MS = 400
"""Keys and wheel steps closer together than this are one gesture."""
_FINE_DRAG = 0.125
_LONGEST_VALUE = 40  # characters of a value that is typed
_NAME_WIDTH = 200  # pixels: of the field in which a label is written
_SNAP = 4.0


class LatentSlider(SliderFace):
    """A label, a groove with a handle, and the value.

    Args:
        label: "Smile", "17"...
        prominent: the large form, with the number at 140 %, for the one slider that matters most.
    """

    gesture_started = Signal()
    value_changed = Signal(float)
    """The person moved it (never `set_value`)."""
    gesture_finished = Signal()
    menu_requested = Signal(QMenu)
    """Its context menu is about to open: more can be added."""
    label_edited = Signal(str)
    """The person has written another label (`edit_label`)."""

    def __init__(self, label: str = "", parent: QWidget | None = None, *, prominent: bool = False) -> None:
        super().__init__(label, parent, prominent=prominent)
        self._fine_anchor: tuple[float, float] | None = None
        self._wheel_rest = 0.0
        self._editor: QLineEdit | None = None
        self._edited: tuple[str, Callable[[str], None]] | None = None  # what the editor began with, and who gets what is typed
        self._in_step_gesture = False
        self._step_timer = QTimer(self)
        self._step_timer.setSingleShot(True)
        self._step_timer.setInterval(GESTURE_MS)
        self._step_timer.timeout.connect(self._finish_step_gesture)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.valueChanged.connect(self._on_slider_value_changed)

    def reset(self) -> None:
        """Reset it to home, as one gesture of the person's."""
        self._whole_gesture(self._home)

    # -- gestures

    def _rounded(self, value: float) -> float:
        return self._clamped(round(value / self._fine) * self._fine) if self._fine > 0 else value

    def _move_to(self, value: float) -> None:
        value = self._clamped(value)
        if value != self._value:
            self._value = value
            self._sync()
            self.value_changed.emit(value)

    def _whole_gesture(self, value: float) -> None:
        self._finish_step_gesture()
        self.gesture_started.emit()
        self._move_to(value)
        self.gesture_finished.emit()

    def _step_to(self, value: float) -> None:
        if self.is_dragging:
            return
        if not self._in_step_gesture:
            self._in_step_gesture = True
            self.gesture_started.emit()
        self._step_timer.start()
        self._move_to(value)

    def _finish_step_gesture(self) -> None:
        self._step_timer.stop()
        if self._in_step_gesture:
            self._in_step_gesture = False
            self.gesture_finished.emit()

    def _finish_drag(self) -> None:
        if self._drag_offset is not None:
            self._drag_offset = None
            self._fine_anchor = None
            self.update()
            self.gesture_finished.emit()

    def _drag_to(self, x: float, fine: bool) -> None:
        offset = self._drag_offset or 0.0
        if fine:
            if self._fine_anchor is None:
                self._fine_anchor = (x, self._value)
            start, value = self._fine_anchor
            moved = (x - start) * _FINE_DRAG * (self._high - self._low) / max(1.0, self.look.groove_rect().width())
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                moved = -moved
            self._move_to(self._rounded(value + moved))
            return
        if self._fine_anchor is not None:
            self._fine_anchor = None
            self._drag_offset = offset = x - self.position_of(self._value)
        place = x - offset
        if abs(place - self.position_of(self._home)) <= _SNAP:
            self._move_to(self._home)
        else:
            self._move_to(self._rounded(self.value_at(place)))

    def _on_slider_value_changed(self, steps: int) -> None:
        """Only assistive technology sets the integer value."""
        if not self._syncing:
            self._step_to(self._rounded(steps * self._fine))

    # -- typing a value

    def edit_value(self) -> None:
        """Let the person type the value in place."""
        if self._editor is None:
            self._edit(self.text, self.look.editor_rect(), self._set_typed).setFont(number_font_of(self.look))

    @property
    def is_typing(self) -> bool:
        """Whether a field for a value or a label is open."""
        return self._editor is not None

    def edit_label(self, text: str, longest: int) -> None:
        """Let the person write another label in place.

        Args:
            text: to begin with.
            longest: so many characters at most.
        """
        if self._editor is None:
            area = self.look.label_rect()
            area.setWidth(max(area.width(), min(_NAME_WIDTH, self.width())))
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                area.moveRight(self.rect().right())
            self._edit(text, area, self.label_edited.emit, longest)

    def _edit(self, text: str, area: QRect, use: Callable[[str], None], longest: int = _LONGEST_VALUE) -> QLineEdit:
        """A field in place of a part of the slider; `use` gets what is written there, if it is something else."""
        editor = QLineEdit(text, self)
        editor.setMaxLength(longest)
        editor.setGeometry(area)
        editor.setAccessibleName(self._label)
        editor.selectAll()
        editor.editingFinished.connect(self._on_editor_editing_finished)
        editor.installEventFilter(self)
        self._editor, self._edited = editor, (text, use)
        editor.show()
        editor.setFocus()
        return editor

    def close_editor(self) -> None:
        """Close the field in which a value or a label is being typed, if one is open; what is typed there isn't used."""
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.removeEventFilter(self)
            editor.hide()
            editor.deleteLater()
            self.setFocus()

    def _on_editor_editing_finished(self) -> None:
        if self._editor is None or self._edited is None:
            return
        text, (before, use) = self._editor.text(), self._edited
        self.close_editor()
        if text != before:
            use(text)

    def _set_typed(self, text: str) -> None:
        try:
            value = self._parse(text)
        except ValueError:
            return
        self._whole_gesture(self._clamped(value))

    def _on_value_area(self, place: QPointF | QPoint) -> bool:
        return QRectF(self.look.value_rect()).contains(QPointF(place))

    def _on_groove(self, place: QPointF) -> bool:
        return self.look.touch_rect().contains(place)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._editor or event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.close_editor()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # a field lets it through to the slider, which would open one anew
            self._on_editor_editing_finished()
            return True
        return False

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.is_dragging:
            return
        if not self._on_groove(event.position()):
            event.ignore()
            return
        self._finish_step_gesture()
        handle = self.position_of(self._value)
        on_handle = abs(event.position().x() - handle) <= self.look.handle_radius + 2
        self._drag_offset = event.position().x() - handle if on_handle else 0.0
        self.gesture_started.emit()
        if not on_handle:
            self._drag_to(event.position().x(), False)
        self.update()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.is_dragging:
            self._drag_to(event.position().x(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            self.look.set_hovered(self._on_groove(event.position()))

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._finish_drag()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._on_value_area(event.position()):
            self.edit_value()
        else:
            self.reset()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = self._fine if shift else self._step
        ahead = -1 if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 1
        moves = {
            Qt.Key.Key_Right: ahead * step,
            Qt.Key.Key_Left: -ahead * step,
            Qt.Key.Key_Up: step,
            Qt.Key.Key_Down: -step,
            Qt.Key.Key_PageUp: PAGE_STEPS * self._step,
            Qt.Key.Key_PageDown: -PAGE_STEPS * self._step,
        }
        key = event.key()
        if key in moves:
            self._step_to(self._rounded(self._value + moves[Qt.Key(key)]))
        elif key == Qt.Key.Key_Home:
            self._step_to(self._low)
        elif key == Qt.Key.Key_End:
            self._step_to(self._high)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not event.modifiers():
            self.reset()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.edit_value()
        else:
            event.ignore()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        turned = event.angleDelta().y() or event.angleDelta().x()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._wheel_rest += turned / 120 * (self._fine if shift else self._step)
        target = self._rounded(self._value + self._wheel_rest)
        if target != self._value:
            self._wheel_rest -= target - self._value
            self._step_to(target)
        event.accept()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Reset"), self.reset).setEnabled(self._value != self._home)
        menu.addAction(self.tr("Set to…"), self.edit_value)
        self.menu_requested.emit(menu)
        menu.popup(event.globalPos())

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.look.set_hovered(False)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.look.shows_focus = event.reason() != Qt.FocusReason.MouseFocusReason
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._finish_step_gesture()
        self.update()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._finish_step_gesture()
        self._finish_drag()
