"""One row with a slider for one thing, moved with mouse, wheel and keys: a latent dimension, a direction, the smile.

The groove shows where real faces lie; beyond that zone it is hatched. It is a QAbstractSlider only so that screen
readers recognise a slider: the value that counts is the float.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from explorer.qt import override
from explorer.widgets.slider.face import PAGE_STEPS, SliderFace
from explorer.widgets.slider.painting import number_font_of

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
