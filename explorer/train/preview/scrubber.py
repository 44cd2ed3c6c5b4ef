"""A slider over the previews of a run with a play button: drag, step with the arrows, or play them in about six seconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QStyle, QStyleOptionSlider, QToolButton, QWidget

from explorer.look.icons import icon
from explorer.look.theme import SPACE
from explorer.qt import override

PLAY_MS = 6000  # for all of them
QUICKEST_MS, SLOWEST_MS = 30, 400  # between two of them
_ICON = 18


class Scrubber(QWidget):
    """Positions from 0 to count - 1; the last one means "whichever is newest".

    Signals:
        position_changed(): the person, or playing, went elsewhere.
        touched(): the mouse or the focus is there, so that sheets can be preloaded.
    """

    position_changed = Signal()
    touched = Signal()

    def __init__(self, is_ready: Callable[[int], bool], parent: QWidget | None = None) -> None:
        """The scrubber.

        Args:
            is_ready: whether a position can be shown at once; playing waits for it.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._is_ready = is_ready
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timed_out)
        self.play_button = QToolButton(self)
        self.play_button.setIconSize(QSize(_ICON, _ICON))
        self.play_button.clicked.connect(self.toggle_play)
        self.slider = _Slider(self)
        self.slider.setAccessibleName(self.tr("Epoch of the preview"))
        self.slider.setToolTip(self.tr("Look at earlier epochs; at the end it follows the run."))
        self.slider.valueChanged.connect(self.position_changed)
        self.slider.actionTriggered.connect(self._on_slider_taken)
        self.slider.sliderPressed.connect(self._on_slider_taken)
        self.slider.approached.connect(self.touched)
        self._label = QLabel(self)
        self._label.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.play_button)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self._label)
        self._show_playing()

    @property
    def position(self) -> int:
        """Where the handle is."""
        return self.slider.value()

    @property
    def is_at_end(self) -> bool:
        """Whether it follows the run."""
        return self.slider.value() == self.slider.maximum()

    @property
    def is_playing(self) -> bool:
        """Whether it is playing."""
        return self._timer.isActive()

    def set_positions(self, count: int, position: int) -> None:
        """So many of them, and where the handle is now; no signal."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, count - 1))
        self.slider.setPageStep(max(1, count // 10))
        self.slider.setValue(position)
        self.slider.blockSignals(False)
        if count < 2:
            self.stop()
        elif self.is_playing:
            self._timer.setInterval(self._interval())

    def set_label(self, text: str, widest: str) -> None:
        """Set the label of the handle's position.

        Args:
            text: of this position.
            widest: the longest text there may be, so that the slider keeps its length.
        """
        self._label.setText(text)
        self._label.setFixedWidth(max(self._label.fontMetrics().horizontalAdvance(one) for one in (text, widest)))

    def toggle_play(self) -> None:
        """Play from here, or from the beginning where it ended; or stop."""
        if self.is_playing:
            self.stop()
        elif self.slider.maximum() > 0:
            self._timer.start(self._interval())
            self._show_playing()
            if self.is_at_end:
                self.slider.setValue(0)
            else:
                self.position_changed.emit()

    def stop(self) -> None:
        """Stay where it is."""
        self._timer.stop()
        self._show_playing()

    def _interval(self) -> int:
        return min(SLOWEST_MS, max(QUICKEST_MS, PLAY_MS // max(1, self.slider.maximum())))

    def _show_playing(self) -> None:
        self.play_button.setIcon(icon("pause" if self.is_playing else "play"))
        text = self.tr("Pause") if self.is_playing else self.tr("Play the pictures of all epochs (Space)")
        self.play_button.setToolTip(text)
        self.play_button.setAccessibleName(self.tr("Pause") if self.is_playing else self.tr("Play the epochs"))

    def _on_timer_timed_out(self) -> None:
        following = self.slider.value() + 1
        if following > self.slider.maximum():
            self.stop()
        elif self._is_ready(following):
            self.slider.setValue(following)
            if self.is_at_end:
                self.stop()

    def _on_slider_taken(self) -> None:
        self.stop()
        self.touched.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self.toggle_play()
        else:
            super().keyPressEvent(event)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.stop()


class _Slider(QSlider):
    """A slider that jumps to where it is clicked."""

    approached = Signal()
    """The mouse entered it, or it got the focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    def _parts(self) -> tuple[QRect, QRect, bool]:
        """The groove, the handle on it, and whether the values run from right to left."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_Slider
        parts = (QStyle.SubControl.SC_SliderGroove, QStyle.SubControl.SC_SliderHandle)
        groove, handle = (self.style().subControlRect(control, option, part, self) for part in parts)
        return groove, handle, option.upsideDown  # type: ignore[attr-defined]

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        groove, handle, is_mirrored = self._parts()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            x, span = round(event.position().x()) - groove.left() - handle.width() // 2, groove.width() - handle.width()
            self.setSliderPosition(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), x, span, is_mirrored))
            held = QPointF(self._parts()[1].center())  # with wide steps the handle isn't quite under the mouse
            event = QMouseEvent(
                event.type(),
                held,
                event.globalPosition(),
                event.button(),
                event.buttons(),
                event.modifiers(),
                event.pointingDevice(),
            )
        super().mousePressEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        self.approached.emit()
        super().enterEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.approached.emit()
        super().focusInEvent(event)
