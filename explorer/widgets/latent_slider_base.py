"""What a latent slider shows: range, zone, home, value, words, pictures; what hands do to it is in `latent_slider`."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from explorer.look.pixels import Pixels
from explorer.qt import override
from explorer.widgets.latent_slider_painting import SliderLook, end_pixmap, paint_slider

PAGE_STEPS = 5
"""Steps of a Page Up or Page Down."""


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _parse(text: str) -> float:
    found = re.search(r"[-+]?\d+(?:[.,]\d+)?", text.replace("\N{MINUS SIGN}", "-"))
    if found is None:
        raise ValueError(text)
    return float(found.group().replace(",", "."))


class SliderFace(QAbstractSlider):
    """A slider's looks. The value that counts is a float; QAbstractSlider's integer is for screen readers."""

    def __init__(self, label: str = "", parent: QWidget | None = None, *, prominent: bool = False) -> None:
        super().__init__(parent)
        self._label = label
        self._caption = ""
        self._low, self._high = -1.0, 1.0
        self._zone: tuple[float, float] | None = None
        self._home = 0.0
        self._value = 0.0
        self._step, self._fine = 0.05, 0.005
        self._format: Callable[[float], str] = _signed
        self._parse: Callable[[str], float] = _parse
        self._images: tuple[QPixmap | None, QPixmap | None] = (None, None)
        self._syncing = False
        self._drag_offset: float | None = None
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
            self.updateGeometry()

    def set_label_width(self, pixels: int) -> None:
        """Width of the label's column, so that the grooves of several rows stand in line."""
        self.look.label_width = pixels
        self.update()

    def set_value_width(self, pixels: int) -> None:
        """Width of the value's column."""
        self.look.value_width = pixels
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
        """How the value reads, and how a typed one is read (the first number in it, unless told otherwise)."""
        self._format = to_text
        self._parse = to_value or _parse
        self._sync()

    def set_steps(self, step: float, fine: float) -> None:
        """What an arrow key or a wheel notch moves, and what it moves with Shift; drags land on multiples of `fine`."""
        self._step, self._fine = step, fine
        self._sync()

    def set_end_images(self, low: Pixels | None, high: Pixels | None) -> None:
        """Small pictures at both ends of what the face looks like there, uint8 (H, W, 3)."""
        self._images = (end_pixmap(low), end_pixmap(high))
        self.updateGeometry()
        self.update()

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

    def position_of(self, value: float) -> float:
        """Where in the widget a value lies, in pixels from its left edge."""
        area = self.look.groove_rect()
        share = (value - self._low) / (self._high - self._low)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            share = 1 - share
        return area.left() + share * area.width()

    def value_at(self, x: float) -> float:
        """The value that lies at a place, clamped to the range."""
        area = self.look.groove_rect()
        share = (x - area.left()) / max(1.0, area.width())
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            share = 1 - share
        return self._clamped(self._low + share * (self._high - self._low))

    def _clamped(self, value: float) -> float:
        return min(max(value, self._low), self._high)

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
        said = self.tr("{value}, from {low} to {high}").format(value=self.text, low=low, high=high)
        self.setAccessibleDescription(f"{said}; {self._caption}" if self._caption else said)
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
        super().changeEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_slider(painter, self.look)
