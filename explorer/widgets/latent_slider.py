"""One row that moves one thing: a latent dimension, a direction, the smile.

The groove shows where real faces lie; beyond that zone it is hatched. It is a QAbstractSlider only so that screen
readers meet a slider: the value that counts is the float.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QLineEdit, QMenu, QSizePolicy, QWidget

from explorer.pixels import Pixels
from explorer.qt import override
from explorer.widgets.latent_slider_painting import SliderLook, end_pixmap, number_font_of, paint_slider

GESTURE_MS = 400
"""Keys and wheel steps closer together than this are one gesture."""
_FINE_DRAG = 0.125
_SNAP = 4.0
_PAGE_STEPS = 5


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _parse(text: str) -> float:
    found = re.search(r"[-+]?\d+(?:[.,]\d+)?", text.replace("\N{MINUS SIGN}", "-"))
    if found is None:
        raise ValueError(text)
    return float(found.group().replace(",", "."))


class LatentSlider(QAbstractSlider):
    """A label, a groove with a handle, and the value.

    Args:
        label: "Smile", "17"...
        prominent: the large form, with the number at 140 %, for the one slider that matters most.
    """

    gesture_started = Signal()
    value_changed = Signal(float)
    """The person moved it (never `set_value`)."""
    gesture_finished = Signal()

    def __init__(self, label: str = "", parent: QWidget | None = None, *, prominent: bool = False) -> None:
        super().__init__(parent)
        self._label = label
        self._low, self._high = -1.0, 1.0
        self._zone: tuple[float, float] | None = None
        self._home = 0.0
        self._value = 0.0
        self._step, self._fine = 0.05, 0.005
        self._format: Callable[[float], str] = _signed
        self._parse: Callable[[str], float] = _parse
        self._images: tuple[QPixmap | None, QPixmap | None] = (None, None)
        self._drag_offset: float | None = None
        self._fine_anchor: tuple[float, float] | None = None
        self._wheel_rest = 0.0
        self._syncing = False
        self._editor: QLineEdit | None = None
        self._in_step_gesture = False
        self._step_timer = QTimer(self)
        self._step_timer.setSingleShot(True)
        self._step_timer.setInterval(GESTURE_MS)
        self._step_timer.timeout.connect(self._finish_step_gesture)
        self.look = SliderLook(self, prominent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(label)
        self.valueChanged.connect(self._on_slider_value_changed)
        self._sync()

    # -- what it shows

    def set_label(self, label: str) -> None:
        """Another label."""
        self._label = label
        self.setAccessibleName(label)
        self.updateGeometry()
        self.update()

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

    def reset(self) -> None:
        """Put it home, as one gesture of the person's."""
        self._whole_gesture(self._home)

    # -- gestures

    def _clamped(self, value: float) -> float:
        return min(max(value, self._low), self._high)

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

    def _sync(self) -> None:
        """Show the value, and tell screen readers."""
        self._syncing = True
        step = self._fine if self._fine > 0 else (self._high - self._low) / 100
        super().setRange(round(self._low / step), round(self._high / step))
        super().setSingleStep(max(1, round(self._step / step)))
        super().setPageStep(max(1, round(_PAGE_STEPS * self._step / step)))
        super().setValue(round(self._value / step))
        self._syncing = False
        low, high = self._format(self._low), self._format(self._high)
        self.setAccessibleDescription(
            self.tr("{value}, from {low} to {high}").format(value=self.text, low=low, high=high)
        )
        self.update()

    def _on_slider_value_changed(self, steps: int) -> None:
        """Only assistive technology sets the integer value."""
        if not self._syncing:
            self._step_to(self._rounded(steps * self._fine))

    # -- typing a value

    def edit_value(self) -> None:
        """Let the person type the value in its place."""
        if self._editor is not None:
            return
        editor = QLineEdit(self.text, self)
        editor.setFont(number_font_of(self.look))
        editor.setGeometry(self.look.editor_rect())
        editor.setAccessibleName(self._label)
        editor.selectAll()
        editor.editingFinished.connect(self._on_editor_editing_finished)
        editor.installEventFilter(self)
        self._editor = editor
        editor.show()
        editor.setFocus()

    def _close_editor(self) -> None:
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.removeEventFilter(self)
            editor.hide()
            editor.deleteLater()
            self.setFocus()

    def _on_editor_editing_finished(self) -> None:
        if self._editor is None:
            return
        text = self._editor.text()
        self._close_editor()
        try:
            value = self._parse(text)
        except ValueError:
            return
        if text != self.text:
            self._whole_gesture(self._clamped(value))

    def _on_value_area(self, place: QPointF | QPoint) -> bool:
        return QRectF(self.look.value_rect()).contains(QPointF(place))

    def _on_groove(self, place: QPointF) -> bool:
        return self.look.touch_rect().contains(place)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        escaped = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if watched is self._editor and escaped and event.type() == QEvent.Type.KeyPress:
            self._close_editor()
            return True
        return False

    @override
    def sizeHint(self) -> QSize:
        return self.look.size_hint()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.look.size_hint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_slider(painter, self.look)

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
            Qt.Key.Key_PageUp: _PAGE_STEPS * self._step,
            Qt.Key.Key_PageDown: -_PAGE_STEPS * self._step,
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
