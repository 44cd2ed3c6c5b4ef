"""A widget whose picture can be zoomed and panned: wheel with Ctrl, double-click, pinch, keys, and dragging."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QInputDevice, QKeyEvent, QMouseEvent, QNativeGestureEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from explorer.qt import override
from explorer.widgets.zoom.readout import ZoomReadout
from explorer.widgets.zoom.view import NEAR, ZoomView

NOTCH = 120.0  # of a mouse wheel, in Qt's eighths of a degree
NOTCH_UNITS = 60.0  # by which a notch pans
ARROW_UNITS = 40.0  # by which an arrow key pans
READOUT_GAP = 8  # units between the readout and the widget's corner
LEAST_ROOM = (260, 200)  # units of a widget that is large enough for the readout ...
ZOOMED_ROOM = (200, 130)  # ... and of one whose picture is zoomed, where it matters more


class ZoomArea(QWidget):
    """Base of widgets that show one picture; they paint it where `view.area()` says, and say its size by `set_content`."""

    view_changed = Signal()
    """Another part of the picture is seen, or it is of another size."""

    def __init__(self, parent: QWidget | None = None, margin: float = 0.0) -> None:
        super().__init__(parent)
        self._view = ZoomView(margin=margin)
        self._view_here: tuple[tuple[ZoomView, QRect, float], ZoomView] | None = None
        self._pan_from: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._feels_touch = False
        self.readout = ZoomReadout(self)
        self.readout.stepped.connect(lambda steps: self.set_view(self.view.stepped(steps)))
        self.readout.zoom_chosen.connect(lambda zoom: self.set_view(self.view.zoomed(zoom)))
        self.readout.fit_chosen.connect(self.fit)
        self.readout.hide()

    @property
    def view(self) -> ZoomView:
        """What is seen now."""
        key = (self._view, self.rect(), self.devicePixelRatioF())
        if self._view_here is None or self._view_here[0] != key:  # cached: asked for many times with every new picture
            self._view_here = key, replace(self._view, room=QRectF(key[1]), ratio=key[2])
        return self._view_here[1]

    def set_view(self, view: ZoomView) -> None:
        """See another part, or another size."""
        if view != self.view:
            self._view = view
            self._show_view()

    def set_content(self, width: float, height: float) -> None:
        """The picture is of this size in pixels, 0 without one. One of the same size is seen in the same view."""
        if (width, height) != (self._view.width, self._view.height):
            self._view = replace(self._view.fit(), width=width, height=height)
            self._show_view()

    def set_margin(self, margin: float) -> None:
        """Leave so many units free around the picture where all of it is seen."""
        self.set_view(replace(self.view, margin=margin))

    def fit(self) -> None:
        """See all of the picture."""
        self.set_view(self.view.fit())

    def zoom_in(self) -> None:
        """One step larger."""
        self.set_view(self.view.stepped(1))

    def zoom_out(self) -> None:
        """One step smaller."""
        self.set_view(self.view.stepped(-1))

    def show_actual_size(self) -> None:
        """One pixel of the picture on one of the screen."""
        self.set_view(self.view.zoomed(1.0))

    def toggle_actual_size(self, at: QPointF | None = None) -> None:
        """100 %, and back to all of the picture; twice as large where 100 % is what fits."""
        view = self.view
        if view.chosen is not None:
            self.fit()
        else:
            self.set_view(view.zoomed(1.0 if abs(view.fitted - 1.0) >= NEAR else 2.0, at))

    def show_pixels_anew(self) -> None:
        """How enlarged pixels are shown has changed."""
        self.update()

    def can_pan(self) -> bool:
        """Whether there is more of the picture than is seen."""
        return any(self.view.is_wider())

    def shows_readout(self) -> bool:
        """Whether the readout is wanted, and there is room for it."""
        below = self.height() - READOUT_GAP - self.readout.sizeHint().height()
        is_beside = self.view.chosen is not None or self.view.area().bottom() <= below  # else it covers a small picture
        wide, high = ZOOMED_ROOM if is_beside else LEAST_ROOM
        return not self.view.is_empty and self.width() >= wide and self.height() >= high

    def takes_press(self, place: QPointF) -> bool:
        """Whether a press of the left button there means something other than panning; for subclasses."""
        return False

    def _show_view(self) -> None:
        view = self.view
        self.readout.set_zoom(view.zoom, view.chosen is None)
        self._place_readout()
        self._show_cursor()
        self.update()
        self.view_changed.emit()

    def _show_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self.can_pan():
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    def _place_readout(self) -> None:
        self.readout.setVisible(self.shows_readout())
        self.readout.adjustSize()
        left = (
            READOUT_GAP
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            else self.width() - self.readout.width() - READOUT_GAP
        )
        self.readout.move(left, self.height() - self.readout.height() - READOUT_GAP)

    # -- hands

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        view, at = self.view, event.position()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            turned = event.angleDelta().y() or event.angleDelta().x()
            self.set_view(view.stepped(turned / NOTCH, at))
        elif self.can_pan():
            by = event.pixelDelta().toPointF()
            if event.pixelDelta().isNull():
                by = event.angleDelta().toPointF() * (NOTCH_UNITS / NOTCH)
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and by.x() == 0.0:
                by = QPointF(by.y(), 0.0)
            self.set_view(view.moved(by))
        else:
            event.ignore()
            return
        event.accept()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        button = event.button()
        pans = button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and not self.takes_press(event.position())
        )
        if pans and self.can_pan():
            self._pan_from = event.position()
            self._show_cursor()
            event.accept()
        else:
            super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is None:
            super().mouseMoveEvent(event)
            return
        by, self._pan_from = event.position() - self._pan_from, event.position()
        self.set_view(self.view.moved(by))

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is None:
            super().mouseReleaseEvent(event)
            return
        self._pan_from = None
        self._show_cursor()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.takes_press(event.position()) and not self.view.is_empty:
            self.toggle_actual_size(event.position())
        else:
            super().mouseDoubleClickEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        do = self._key_command(event)
        if do is None:
            super().keyPressEvent(event)
        else:
            do()

    def _key_command(self, event: QKeyEvent) -> Callable[[], None] | None:
        """What a key does here; None: nothing."""
        key = Qt.Key(event.key())
        if self.view.is_empty:
            return None
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            commands: dict[Qt.Key, Callable[[], None]] = {
                Qt.Key.Key_Plus: self.zoom_in,
                Qt.Key.Key_Equal: self.zoom_in,
                Qt.Key.Key_Minus: self.zoom_out,
                Qt.Key.Key_0: self.show_actual_size if event.modifiers() & Qt.KeyboardModifier.AltModifier else self.fit,
            }
            return commands.get(key)
        ways = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        if key in ways and self.can_pan():
            by = QPointF(*ways[key]) * ARROW_UNITS
            return lambda: self.set_view(self.view.moved(by))
        return None

    @override
    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.NativeGesture and self._takes_native(cast(QNativeGestureEvent, event)):
            return True
        if kind == QEvent.Type.Gesture:
            pinch = cast(QGestureEvent, event).gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._pinch(pinch)
                return True
        return super().event(event)

    def _takes_native(self, event: QNativeGestureEvent) -> bool:
        """A touchpad's own gestures."""
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.set_view(self.view.zoomed(self.view.zoom * (1.0 + event.value()), event.position()))
        elif event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
            self.toggle_actual_size(event.position())
        else:
            return False
        return True

    def _pinch(self, pinch: QPinchGesture) -> None:
        """Two fingers on a touch screen."""
        at = QPointF(self.mapFromGlobal(pinch.centerPoint()))
        before = QPointF(self.mapFromGlobal(pinch.lastCenterPoint()))
        self.set_view(self.view.zoomed(self.view.zoom * pinch.scaleFactor(), at).moved(at - before))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Pinching is watched for where there is a touch screen only: looking for it costs time with every event of the window."""
        if not self._feels_touch and any(one.type() == QInputDevice.DeviceType.TouchScreen for one in QInputDevice.devices()):
            self._feels_touch = True
            self.grabGesture(Qt.GestureType.PinchGesture)
        super().showEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_view()
