"""One face, as large as fits or as large as one likes, on neutral grey; and beside it the face before its edits.

While a slider moves, each new picture is drawn by the painter's own bilinear scaling (about 1.5 ms at 700 x 700); once
it has rested for a moment, what is seen of it is scaled once more with a sharper filter and kept, so that a face at rest
shows no pixel grid. Where the picture stands for a larger one, a close-up of that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.look.pixels import Pixels, edges, finely_scaled, shows_plain_pixels, to_qimage
from explorer.look.theme import GROUP, RADIUS, SPACE, UNIT, colors, small_font
from explorer.qt import override
from explorer.widgets.zoom.area import ZoomArea
from explorer.widgets.zoom.divider import Divider
from explorer.widgets.zoom.spots import Spots
from explorer.widgets.zoom.view import ZoomView

_REFINE_AFTER_MS = 120
_AROUND = 0.25  # of what is seen, on each side: a close-up shows so much more, for when the picture is moved
_BLURRED = 1.02  # pixels of the screen per pixel of a picture that are too many, if there are more of its pixels


@dataclass(frozen=True, slots=True)
class CloseUpWish:
    """A part of the canvas's picture that should be sharper.

    Attributes:
        number: of the wish.
        part: in pixels of the larger picture.
        size: of the close-up, in pixels of the screen.
    """

    number: int
    part: QRectF
    size: QSize


@dataclass(frozen=True, slots=True)
class _CloseUp:
    """A sharp part of the picture, in pixels of the screen from the picture's corner.

    Attributes:
        zoom: at which it was made.
        rect: where it is.
        pixmap: with the edits.
        before: without them.
        changing: the part of the larger picture that edits may change.
        is_stale: the edits have changed since.
    """

    zoom: float
    rect: QRect
    pixmap: QPixmap
    before: QPixmap | None
    changing: QRectF
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class _Refined:
    """What is seen of a picture, scaled smoothly for one view."""

    area: QRectF
    rect: QRectF
    pixmap: QPixmap


class _Shown:
    """A picture, how large it counts, and once made, its sharp copy for one view."""

    def __init__(self, pixels: Pixels, size: tuple[int, int] | None) -> None:
        self.pixels = pixels
        self.image: QImage = to_qimage(pixels)
        self.size = size or (pixels.shape[1], pixels.shape[0])
        self.refined: _Refined | None = None

    def part(self, rect: QRectF, area: QRectF) -> QRectF:
        """The part of this picture in `rect` if all of it is in `area`."""
        across, down = self.image.width() / area.width(), self.image.height() / area.height()
        return QRectF(
            (rect.left() - area.left()) * across, (rect.top() - area.top()) * down, rect.width() * across, rect.height() * down
        )


def _corners_of(area: QRectF) -> QPainterPath:
    """What rounding takes away from the corners of a picture."""
    corners, rounded, side = QPainterPath(), QPainterPath(), RADIUS + 1
    corners.setFillRule(Qt.FillRule.OddEvenFill)
    for left in (area.left(), area.right() - side):
        for top in (area.top(), area.bottom() - side):
            corners.addRect(QRectF(left, top, side, side))
    rounded.addRoundedRect(area, RADIUS, RADIUS)
    return corners.subtracted(rounded)


class FaceCanvas(ZoomArea):
    """Shows a picture, wherever it comes from.

    Signals:
        painted(token): a new picture has been painted.
        close_up_wanted(CloseUpWish): the picture is shown larger than it is, and stands for a larger one.
    """

    painted = Signal(object)
    close_up_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, GROUP)
        self.spots = Spots(self)
        """Places in the picture that can be clicked; whoever knows of some sets them."""
        self.spots.changed.connect(self._on_spots_changed)
        self._shown: _Shown | None = None
        self._before: _Shown | None = None
        self._holds_before = False
        self._keeps_before = False
        self._is_split = False
        self._split_at = 0.5  # of the width of what is seen, from the left
        self._placeholder = ""
        self._token: object = None
        self._is_new = False
        self._drop_hovers = False
        self._shows_focus = False
        self._wishes = 0
        self._close_up: _CloseUp | None = None
        self._corner: QWidget | None = None
        self._placed: tuple[ZoomView, QRectF, QRectF] | None = None
        self._corners: tuple[QRectF, QPainterPath] | None = None  # with where the picture is
        self._divider = Divider(self)
        self._divider.moved.connect(self._on_divider_moved)
        self._refine = QTimer(self)
        self._refine.setSingleShot(True)
        self._refine.setInterval(_REFINE_AFTER_MS)
        self._refine.timeout.connect(self._on_refine_timeout)
        self.view_changed.connect(self._on_view_changed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Picture"))

    def set_image(self, image: Pixels | None, token: object = None, size: tuple[int, int] | None = None) -> None:
        """Show a picture, and emit `painted(token)` once drawn. The view stays if the size does.

        Args:
            image: uint8 (H, W, 3) or (H, W, 1); None: placeholder.
            token: for `painted`.
            size: width and height of the larger picture that it stands for; None: its own.
        """
        shown = None if image is None else _Shown(image, size)
        if self._close_up is not None and shown is not None and self._shown is not None and shown.size == self._shown.size:
            self._close_up = replace(self._close_up, is_stale=True)
            self._wishes += 1
        else:
            self.forget_close_up()
        stays = shown is not None and self._shown is not None and shown.size == self._shown.size
        self._shown = shown
        self._token = token
        self._is_new = image is not None
        self.set_content(*(self._shown.size if self._shown is not None else (0, 0)))
        self._place_divider()
        self._refine.start()
        if stays:  # the buttons beside the picture needn't be painted again with each step of a slider
            self.update(self._seen().toAlignedRect())
        else:
            self.update()

    def set_before(self, image: Pixels | None, size: tuple[int, int] | None = None) -> None:
        """The picture from before the edits; `image` and `size` as in `set_image`."""
        self._before = None if image is None else _Shown(image, size)
        self.forget_close_up()
        self._place_divider()
        self._refine.start()
        self.update()

    def hold_before(self, is_held: bool) -> None:
        """Show the picture from before the edits while something is held, with a tag that says so."""
        if is_held != self._holds_before:
            self._holds_before = is_held
            self._show_other()

    def keep_before(self, is_kept: bool) -> None:
        """Show the picture from before the edits until this is called again."""
        if is_kept != self._keeps_before:
            self._keeps_before = is_kept
            self._show_other()

    def set_split(self, is_split: bool) -> None:
        """Show the picture before the edits on one side of a divider, and the edited one on the other."""
        if is_split != self._is_split:
            self._is_split = is_split
            self._show_other()

    def set_close_up(self, number: int, pixmap: QPixmap, before: QPixmap | None = None, changing: QRectF | None = None) -> None:
        """Take the close-up that was wished for; it is dropped if it isn't wanted any more.

        Args:
            number: of the wish.
            pixmap: with the edits.
            before: the same without them.
            changing: the part of the larger picture that edits may change, which is blurred while they do; None: all of it.
        """
        wish = self._wish()
        if number == self._wishes and wish is not None and pixmap.size() == wish[1].size():
            for one in filter(None, (pixmap, before)):
                one.setDevicePixelRatio(self.devicePixelRatioF())
            whole = QRectF(0, 0, self.view.width, self.view.height)
            self._close_up = _CloseUp(wish[0], wish[1], pixmap, before, whole if changing is None else changing)
            self.update()

    def set_corner(self, widget: QWidget) -> None:
        """Put a control onto the canvas, in a corner that the readout of the zoom leaves free; of a low one it isn't part."""
        self._corner = widget
        widget.setParent(self)
        self._place_corner()

    @override
    def show_pixels_anew(self) -> None:
        for shown in filter(None, (self._shown, self._before)):
            shown.refined = None
        self.forget_close_up()
        self._refine.start()
        super().show_pixels_anew()

    def set_placeholder(self, text: str) -> None:
        """Set the text shown while there is no picture."""
        self._placeholder = text
        self.update()

    @property
    def has_image(self) -> bool:
        """Whether there is a picture."""
        return self._shown is not None

    @property
    def shows_before(self) -> bool:
        """Whether the picture from before the edits is on screen, and nothing else."""
        return (self._holds_before or self._keeps_before) and self._has_before

    @property
    def shows_split(self) -> bool:
        """Whether both pictures are on screen."""
        return self._is_split and self._has_before and not self.shows_before

    @property
    def divider(self) -> Divider:
        """What the person drags to see more of one picture and less of the other."""
        return self._divider

    def picture_rect(self) -> QRect:
        """Where the picture is; empty without one."""
        return self.view.area().toRect()

    def picture_rects(self) -> list[QRect]:
        """The same as far as it is in sight, for messages, which lie beside it while there is room."""
        return [self.picture_rect() & self.rect()]

    @property
    def _has_before(self) -> bool:
        return self._before is not None and self._shown is not None and self._before.size == self._shown.size

    def _current(self) -> _Shown | None:
        return self._before if self.shows_before else self._shown

    def _seen(self) -> QRectF:
        """The part of the widget that the picture fills, in whole pixels of the screen."""
        return self._places()[1]

    def _places(self) -> tuple[QRectF, QRectF]:
        """Where the whole picture would be, and `_seen`; worked out once for each view."""
        view = self.view
        if self._placed is None or self._placed[0] is not view:
            area, ratio = view.area(), view.ratio
            left, top, right, bottom = (round(side * ratio) / ratio for side in edges(area.intersected(view.room)))
            self._placed = view, area, QRectF(left, top, right - left, bottom - top)
        return self._placed[1], self._placed[2]

    def _divide(self) -> float:
        """Where the divider is, in the widget."""
        seen = self._seen()
        return seen.left() + self._split_at * seen.width()

    def _show_other(self) -> None:
        self._place_divider()
        self._refine.start()
        self.update()

    def _place_divider(self) -> None:
        """It stays, unseen, while one picture alone is shown, for it may have the focus."""
        if self._is_split and self.has_image:
            self._divider.place(self._seen(), self._split_at)
        self._divider.set_blank(not self.shows_split)
        self._divider.setVisible(self._is_split and self.has_image)

    def _place_corner(self) -> None:
        """Beside the readout of the zoom, or in the upper corner where they would meet: over it, it would cover a mouth."""
        if self._corner is None:
            return
        self._corner.setMaximumWidth(max(1, self.width() - 2 * SPACE))
        self._corner.adjustSize()
        wide, high = self._corner.width(), self._corner.height()
        meets = not self.readout.isHidden() and wide + self.readout.width() + 3 * SPACE > self.width()
        top = SPACE if meets else self.height() - high - SPACE
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._corner.move(self.width() - wide - SPACE if mirrored else SPACE, top)

    def _on_divider_moved(self, share: float) -> None:
        self._split_at = share
        self._place_divider()
        self.update()

    def _on_view_changed(self) -> None:
        self._place_divider()
        self._place_corner()
        if self._close_up is not None and self._close_up.zoom != self.view.zoom:
            self.forget_close_up()
        self._refine.start()

    def _on_spots_changed(self) -> None:
        self._show_cursor()
        self.update()

    @override
    def _show_cursor(self) -> None:
        if self.spots.hovered >= 0:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            super()._show_cursor()

    # -- sharpness

    def forget_close_up(self) -> None:
        """Another picture is to come; without this, what edits don't change of one stays sharp while they do."""
        self._close_up = None
        self._wishes += 1

    def _is_blurred(self, shown: _Shown) -> bool:
        """Whether a picture is shown larger than it is, though there is a larger one."""
        return shown.size[0] > shown.image.width() and self.view.zoom * shown.size[0] / shown.image.width() > _BLURRED

    def _wish(self) -> tuple[float, QRect] | None:
        """The zoom, and the part of the picture in pixels of the screen, of which a close-up would be good; None: none."""
        shown, view = self._shown, self.view
        if shown is None or view.is_empty or not self._is_blurred(shown):
            return None
        seen, ratio = self._seen().translated(-view.area().topLeft()), self.devicePixelRatioF()
        more = QRectF(seen).adjusted(*(side * _AROUND for side in (-seen.width(), -seen.height(), seen.width(), seen.height())))
        left, top, right, bottom = (round(side * ratio) for side in edges(more))
        whole = (round(shown.size[0] * view.zoom), round(shown.size[1] * view.zoom))
        left, top, right, bottom = max(0, left), max(0, top), min(whole[0], right), min(whole[1], bottom)
        return view.zoom, QRect(left, top, right - left, bottom - top)

    def _is_close(self) -> bool:
        """Whether there is a close-up of all that is seen."""
        close, ratio = self._close_up, self.devicePixelRatioF()
        if close is None or close.is_stale or close.zoom != self.view.zoom:
            return False
        seen = self._seen().translated(-self.view.area().topLeft())
        there = QRectF(close.rect.x() / ratio, close.rect.y() / ratio, close.rect.width() / ratio, close.rect.height() / ratio)
        return there.adjusted(-1, -1, 1, 1).contains(seen)

    def _on_refine_timeout(self) -> None:
        if not self.isVisible() or self._is_close():
            return
        wish = self._wish()
        if wish is not None:
            zoom, rect = wish
            self._wishes += 1
            part = QRectF(rect.x() / zoom, rect.y() / zoom, rect.width() / zoom, rect.height() / zoom)
            self.close_up_wanted.emit(CloseUpWish(self._wishes, part, rect.size()))
            return
        for shown in (self._shown, self._before) if self.shows_split else (self._current(),):
            if shown is not None:
                self._refine_one(shown)

    def _is_plain(self, shown: _Shown) -> bool:
        """Whether the pixels of a picture are shown as squares, which takes that they are larger than those of the screen."""
        return shows_plain_pixels() and self.view.area().width() * self.devicePixelRatioF() > shown.image.width()

    def _refine_one(self, shown: _Shown) -> None:
        (area, seen), ratio = self._places(), self.devicePixelRatioF()
        if (
            seen.isEmpty()
            or self._is_plain(shown)
            or (shown.refined is not None and (shown.refined.area, shown.refined.rect) == (area, seen))
        ):
            return
        size = QSize(round(seen.width() * ratio), round(seen.height() * ratio))
        pixmap = QPixmap.fromImage(finely_scaled(shown.pixels, size, shown.part(seen, area)))
        pixmap.setDevicePixelRatio(ratio)
        shown.refined = _Refined(area, seen, pixmap)
        self.update()

    # -- painting

    def _paint_picture(self, painter: QPainter, shown: _Shown) -> None:
        area, seen = self._places()
        if shown.refined is not None and (shown.refined.area, shown.refined.rect) == (area, seen):
            painter.drawPixmap(seen.topLeft(), shown.refined.pixmap)
        elif not seen.isEmpty():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._is_plain(shown))
            painter.drawImage(seen, shown.image, shown.part(seen, area))
        if self._close_up is not None and self._close_up.zoom == self.view.zoom:
            self._paint_close_up(painter, self._close_up, shown is self._before)

    def _paint_close_up(self, painter: QPainter, close: _CloseUp, is_before: bool) -> None:
        pixmap = close.before if is_before else close.pixmap
        if pixmap is None:
            return
        view = self.view
        painter.save()
        if close.is_stale and not is_before:
            changing = QRectF(view.to_widget(close.changing.topLeft()), view.to_widget(close.changing.bottomRight()))
            rest = QRegion(self.rect()).subtracted(QRegion(changing.toAlignedRect()))
            painter.setClipRegion(rest, Qt.ClipOperation.IntersectClip)
        painter.drawPixmap(view.area().topLeft() + QPointF(close.rect.topLeft()) / view.ratio, pixmap)
        painter.restore()

    def _paint_corners(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        far = self._places()[0]
        if self._corners is None or self._corners[0] != far:
            self._corners = far, _corners_of(far)
        painter.fillPath(self._corners[1], colors().canvas)

    def _paint_split(self, painter: QPainter, shown: _Shown, before: _Shown) -> None:
        """Before on the side where reading begins."""
        divide, seen = self._divide(), self._seen()
        left = QRectF(seen.left(), seen.top(), divide - seen.left(), seen.height())
        right = QRectF(divide, seen.top(), seen.right() - divide, seen.height())
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for side, picture in ((left, shown if mirrored else before), (right, before if mirrored else shown)):
            painter.save()
            painter.setClipRect(side)
            self._paint_picture(painter, picture)
            painter.restore()

    def _paint_tag(self, painter: QPainter, text: str, at_end: bool = False) -> None:
        painter.setFont(small_font())
        metrics, seen = painter.fontMetrics(), self._seen().toRect()
        tag = QRect(QPoint(0, seen.top() + SPACE), QSize(metrics.horizontalAdvance(text) + 2 * SPACE, metrics.height() + UNIT))
        if at_end != (self.layoutDirection() == Qt.LayoutDirection.RightToLeft):
            tag.moveRight(seen.right() - SPACE)
        else:
            tag.moveLeft(seen.left() + SPACE)
        back = QColor(colors().tooltip)
        back.setAlphaF(0.86)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(tag, tag.height() / 2, tag.height() / 2)
        painter.setPen(colors().tooltip_text)
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), text)

    def set_drop_hovers(self, hovers: bool) -> None:
        """Mark the canvas as the place where something that is dragged would be dropped."""
        self._drop_hovers = hovers
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(512, 512)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, 112)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.canvas)
        shown, before = self._current(), self._before
        if shown is not None and before is not None and self.shows_split:
            self._paint_split(painter, shown, before)
            self._paint_corners(painter)
            self._paint_tag(painter, self.tr("Before"))
            self._paint_tag(painter, self.tr("After"), at_end=True)
        elif shown is not None:
            self._paint_picture(painter, shown)
            self._paint_corners(painter)
            if self.shows_before:
                self._paint_tag(painter, self.tr("Before"))
        if shown is not None:
            self.spots.paint(painter, compares=self.shows_before or self.shows_split)
        elif self._placeholder:
            painter.setPen(theme.muted_text)
            room = self.rect().adjusted(GROUP, GROUP, -GROUP, -GROUP)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._placeholder)
        if self._shows_focus:
            painter.setPen(QPen(theme.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), RADIUS, RADIUS)
        if self._drop_hovers:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.focus, 2, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 5, -5, -5), 2 * RADIUS, 2 * RADIUS)
        painter.end()
        if self._is_new and shown is self._shown:
            self._is_new = False
            self.painted.emit(self._token)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refine.start()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refine.start()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes with the keyboard sees where the keys act."""
        self._shows_focus = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._shows_focus = False
        self.update()
