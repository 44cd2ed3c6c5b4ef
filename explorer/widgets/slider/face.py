"""A slider as it is seen and as screen readers hear it: what is shown can be set, and nothing moves it yet."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.look.pixels import Pixels
from explorer.qt import override
from explorer.widgets.slider.content import SliderContent, first_number
from explorer.widgets.slider.look import SliderLook, end_pixmap
from explorer.widgets.slider.painting import paint_slider

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
        self._parse = to_value or first_number
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
