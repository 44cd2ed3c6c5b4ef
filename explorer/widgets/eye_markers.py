"""A photo with a marker on each eye of the chosen face, to be dragged to their places; it can be zoomed, and has a loupe."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from core.faces.alignment import Eyes
from core.progress import Progress
from explorer.look.pixels import finely_scaled, to_pixmap
from explorer.look.theme import colors
from explorer.qt import override
from explorer.tasks import Task, run_task
from explorer.widgets.zoom.area import ZoomArea
from explorer.widgets.zoom.loupe import loupe_rect, loupe_zoom, paint_loupe
from explorer.widgets.zoom.spots import CLICK, outline
from explorer.widgets.zoom.view import ZoomView

RING = 11.0  # pixels on the screen: a marker's radius
GRASP = 26.0  # how near the mouse must be to take one
EDGE = 24.0  # how near to the edge a marker moved by keys may come before the photo follows
LOUPE_MS = 1500  # after a key has moved a marker
SHARPEN_MS = 120  # after the photo was moved or zoomed
FACE_SIDE = 4.5  # eye distances: what is seen of a small face
SMALL = 40.0  # units between the eyes of a face that is too small to be marked as it is
APART = 0.25  # of what is seen, between markers that were brought there
Box = tuple[float, float, float, float]


class EyeMarkers(ZoomArea):
    """Shows a photo; all positions are in its pixels.

    Args:
        picture: uint8 (h, w, 3), the photo, perhaps reduced.
        scale: pixels of the photo per pixel of the picture.
        boxes: of the faces that were found (left, top, width, height).
        photo: uint8 (H, W, 3), the photo itself, for when it is zoomed; None: the picture is all there is.

    Signals:
        eyes_changed(Eyes): a marker was moved.
        face_chosen(int): the number of another box was clicked.
    """

    eyes_changed = Signal(object)
    face_chosen = Signal(int)

    def __init__(
        self,
        picture: np.ndarray,
        scale: float,
        boxes: Sequence[Box],
        parent: QWidget | None = None,
        photo: np.ndarray | None = None,
    ) -> None:
        super().__init__(parent)
        self._pixmap = to_pixmap(picture)
        self._photo = photo
        self._picture = picture
        self._boxes = list(boxes)
        self._points = [QPointF(), QPointF()]
        self._unplaced: set[int] = set()
        self._chosen = -1
        self._held: int | None = None
        self._grasp = QPointF()
        self._pressed: QPointF | None = None
        self._focused = 0
        self._sharp: tuple[ZoomView, QRectF, QPixmap] | None = None
        self._sharpen = QTimer(self, singleShot=True, interval=SHARPEN_MS)
        self._sharpen.timeout.connect(self._on_sharpen_timeout)
        self._sharpening: Task | None = None
        self._loupe = QTimer(self, singleShot=True, interval=LOUPE_MS)
        self._loupe.timeout.connect(self.update)
        self.view_changed.connect(self._sharpen.start)
        self.setMinimumSize(200, 160)
        self.setAccessibleName(self.tr("Photo with a marker on each eye"))
        whole = (picture.shape[1] * scale, picture.shape[0] * scale) if photo is None else (photo.shape[1], photo.shape[0])
        self.set_content(*whole)

    @property
    def eyes(self) -> Eyes:
        """Where the markers are; the left eye is the one further left in the face's own upright picture."""
        left, right = ((float(point.x()), float(point.y())) for point in self._points)
        return Eyes(left, right)

    @property
    def are_placed(self) -> bool:
        """Whether both markers are where somebody put them, or where a face was found."""
        return not self._unplaced

    @property
    def shows_loupe(self) -> bool:
        """Whether a marker is on its way, and a loupe above it."""
        return self._held is not None or self._loupe.isActive()

    def set_eyes(self, eyes: Eyes, chosen: int = -1, placed: bool = True) -> None:
        """Put the markers there.

        Args:
            eyes: in the photo.
            chosen: the number of the box that they belong to, -1 for none.
            placed: that is where the eyes are; else each marker is to be moved.
        """
        self._points = [QPointF(*eyes.left), QPointF(*eyes.right)]
        self._unplaced = set() if placed else {0, 1}
        self._chosen = chosen
        self.update()

    def bring_here(self) -> None:
        """Put both markers into the middle of what is seen, to be moved from there."""
        seen = self.view.visible()
        off = QPointF(APART / 2.0 * min(seen.width(), seen.height()), 0.0)
        middle = seen.center() - QPointF(0.5, 0.5)
        self._points = [middle - off, middle + off]
        self._unplaced, self._chosen = {0, 1}, -1
        self.update()
        self.eyes_changed.emit(self.eyes)

    def look_closer(self) -> None:
        """See a face that is too small to be marked in the whole photo as large as fits."""
        eyes = self.eyes
        if eyes.distance * self.view.zoom / self.view.ratio < SMALL:
            side = FACE_SIDE * max(1.0, eyes.distance)
            middle = (self._points[0] + self._points[1]) / 2.0
            self.set_view(self.view.showing(QRectF(middle.x() - side / 2.0, middle.y() - side / 2.0, side, side)))

    def to_screen(self, point: QPointF) -> QPointF:
        """A place of the photo on this widget."""
        return self.view.to_widget(point + QPointF(0.5, 0.5))

    def to_photo(self, point: QPointF) -> QPointF:
        """A place of this widget in the photo."""
        return self.view.to_picture(point) - QPointF(0.5, 0.5)

    def _marker_at(self, place: QPointF) -> int | None:
        far = [float(np.hypot(*(self.to_screen(point) - place).toTuple())) for point in self._points]
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= GRASP else None

    def _box_at(self, place: QPointF) -> int | None:
        point = self.to_photo(place)
        inside = [number for number, box in enumerate(self._boxes) if QRectF(*box).contains(point)]
        return min(inside, key=lambda number: self._boxes[number][2], default=None)

    @override
    def takes_press(self, place: QPointF) -> bool:
        return self._marker_at(place) is not None

    def _move(self, number: int, to: QPointF) -> None:
        self._points[number] = QPointF(min(max(to.x(), 0.0), self.view.width), min(max(to.y(), 0.0), self.view.height))
        self._unplaced.discard(number)
        self._focused = number
        self.update()
        self.eyes_changed.emit(self.eyes)

    def _follow(self) -> None:
        """Move the photo so that the marker with the focus is seen."""
        place, room = self.to_screen(self._points[self._focused]), QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        off = QPointF(min(max(place.x(), room.left()), room.right()), min(max(place.y(), room.top()), room.bottom())) - place
        if not off.isNull():
            self.set_view(self.view.moved(off))

    # -- sharpness

    def _picture_part(self, part: QRectF) -> QRectF:
        """A part of the photo in the reduced picture."""
        down = self._pixmap.width() / self.view.width
        across = self._pixmap.height() / self.view.height
        return QRectF(part.left() * down, part.top() * across, part.width() * down, part.height() * across)

    def _on_sharpen_timeout(self) -> None:
        """Scale what is seen of the photo itself, where the reduced picture shows too little; off the window's thread."""
        view, photo = self.view, self._photo
        is_busy = self._sharpening is not None and self._sharpening.is_running
        if photo is None or is_busy or view.is_empty or view.zoom * view.width <= self._pixmap.width():
            return
        part = view.visible()
        size = QSize(max(1, round(part.width() * view.zoom)), max(1, round(part.height() * view.zoom)))

        def work(progress: Progress) -> QImage:
            return finely_scaled(photo, size, part)

        def done(image: QImage) -> None:
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(view.ratio)
            self._sharp = (view, part, pixmap)
            if view != self.view:
                self._sharpen.start()
            self.update()

        self._sharpening = run_task(self, work, done=done, name="sharpen")

    @override
    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        theme = colors()
        painter.fillRect(self.rect(), theme.canvas)
        part = self.view.visible()
        seen = QRectF(self.view.to_widget(part.topLeft()), self.view.to_widget(part.bottomRight()))
        painter.drawPixmap(seen, self._pixmap, self._picture_part(part))
        if self._sharp is not None and (self._sharp[0].zoom, self._sharp[0].ratio) == (self.view.zoom, self.view.ratio):
            painter.drawPixmap(self.view.to_widget(self._sharp[1].topLeft()), self._sharp[2])
        for number, box in enumerate(self._boxes):
            if number != self._chosen:
                ends = (self.to_screen(QPointF(x, y)) for x, y in ((box[0], box[1]), (box[0] + box[2], box[1] + box[3])))
                outline(painter, partial(painter.drawRoundedRect, QRectF(*ends), 6, 6), 1.5, theme.marker)
        for number, point in enumerate(self._points):
            place = self.to_screen(point)
            wide = 3.0 if self.hasFocus() and number == self._focused else 2.0
            outline(painter, partial(painter.drawEllipse, place, RING, RING), wide, theme.accent)
            outline(painter, partial(painter.drawPoint, place), wide + 1.5, theme.accent)
        if self.shows_loupe:
            self._paint_loupe(painter)

    def _paint_loupe(self, painter: QPainter) -> None:
        point = self._points[self._focused]
        photo = self._picture if self._photo is None else self._photo
        times = photo.shape[1] / self.view.width
        zoom = loupe_zoom(self.view.zoom / times)
        rect = loupe_rect(self.to_screen(point), QRectF(self.rect()))
        paint_loupe(painter, photo, (point + QPointF(0.5, 0.5)) * times, rect, zoom)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._marker_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        if number is not None:
            self._held, self._focused = number, number
            self._grasp = self.to_screen(self._points[number]) - event.position()
            self.update()
            return
        self._pressed = event.position() if event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._move(self._held, self.to_photo(event.position() + self._grasp))
            return
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            if self._marker_at(event.position()) is not None:
                self.setCursor(Qt.CursorShape.SizeAllCursor)
            elif self._box_at(event.position()) not in (None, self._chosen):
                self.setCursor(Qt.CursorShape.PointingHandCursor)
            else:
                self._show_cursor()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click, which moved nothing, chooses the face there."""
        if self._held is not None:
            self._held = None
            self.update()
            return
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None and (event.position() - pressed).manhattanLength() <= CLICK:
            box = self._box_at(event.position())
            if box is not None and box != self._chosen:
                self.face_chosen.emit(box)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the marker by a unit of the screen, with Shift by ten; Space goes to the other one."""
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            far = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            there = self.to_screen(self._points[self._focused]) + QPointF(*step) * far
            self._move(self._focused, self.to_photo(there))
            self._follow()
            self._loupe.start()
        elif event.key() == Qt.Key.Key_Space:
            self._focused = 1 - self._focused
            self._follow()
            self.update()
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
