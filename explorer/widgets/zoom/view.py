"""Which part of a picture is seen and how large: pure arithmetic, from the picture to the widget and back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPointF, QRectF

STEP = 1.25  # of one press of a key or button
MOST = 16.0  # pixels of the screen per pixel of the picture, or ...
MOST_FITTED = 8.0  # ... as many times as large as it fits, whichever is more
NEAR = 0.01  # zooms that differ by less are one to a person, though not to slow fingers
SAME = 1e-4  # zooms that differ by less are one


@dataclass(frozen=True, slots=True)
class ZoomView:
    """A view of a picture in a widget.

    Zooms are pixels of the screen per pixel of the picture, so that at 1 it is as sharp as it can be on any screen.
    Places in the picture count its pixels from the outer edge of the first.

    Attributes:
        width: of the picture, in its pixels; 0 without one.
        height: likewise.
        room: of the widget, in its own units.
        ratio: pixels of the screen per unit of the widget.
        margin: units left free around the picture where all of it is seen.
        chosen: the zoom that the person chose; None: as large as fits.
        centre: the place that is in the middle of the room, as shares of width and height.
    """

    width: float = 0.0
    height: float = 0.0
    room: QRectF = field(default_factory=QRectF)
    ratio: float = 1.0
    margin: float = 0.0
    chosen: float | None = None
    centre: tuple[float, float] = (0.5, 0.5)

    @property
    def is_empty(self) -> bool:
        """Whether there is no picture, or no room for one."""
        return min(self.width, self.height) <= 0.0 or min(self.room.width(), self.room.height()) <= 0.0

    @property
    def fitted(self) -> float:
        """The zoom at which all of the picture is as large as fits."""
        if self.is_empty:
            return 1.0
        across, down = (max(1.0, side - 2.0 * self.margin) for side in (self.room.width(), self.room.height()))
        return min(across / self.width, down / self.height) * self.ratio

    @property
    def zoom(self) -> float:
        """Pixels of the screen per pixel of the picture."""
        return self.fitted if self.chosen is None else self.chosen

    @property
    def least(self) -> float:
        """The smallest zoom."""
        return min(self.fitted, 1.0)

    @property
    def most(self) -> float:
        """The largest zoom."""
        return max(MOST, MOST_FITTED * self.fitted)

    def area(self) -> QRectF:
        """Where the whole picture would be in the widget; its corner lies on a pixel of the screen."""
        if self.is_empty:
            return QRectF()
        corner = self._corner() * self.ratio
        width, height = (side * self.zoom / self.ratio for side in (self.width, self.height))
        return QRectF(round(corner.x()) / self.ratio, round(corner.y()) / self.ratio, width, height)

    def visible(self) -> QRectF:
        """The part of the picture in the room, in its pixels."""
        area = self.area()
        if area.isEmpty():
            return QRectF()
        seen = area.intersected(self.room)
        corner = self.to_picture(seen.topLeft())
        return QRectF(corner.x(), corner.y(), seen.width() * self.ratio / self.zoom, seen.height() * self.ratio / self.zoom)

    def is_wider(self) -> tuple[bool, bool]:
        """Whether the picture is wider, and whether it is higher, than the room."""
        area = self.area()
        return area.width() > self.room.width() + 0.5, area.height() > self.room.height() + 0.5

    def to_picture(self, place: QPointF) -> QPointF:
        """A place of the widget in the picture."""
        area, units = self.area(), self.ratio / self.zoom
        return QPointF((place.x() - area.left()) * units, (place.y() - area.top()) * units)

    def to_widget(self, place: QPointF) -> QPointF:
        """A place of the picture in the widget."""
        area, units = self.area(), self.zoom / self.ratio
        return QPointF(area.left() + place.x() * units, area.top() + place.y() * units)

    def zoomed(self, zoom: float, at: QPointF | None = None) -> ZoomView:
        """The view at another zoom, within what is allowed.

        Args:
            zoom: wanted.
            at: the place of the widget that stays where it is; by default the middle of the room.
        """
        if self.is_empty:
            return self
        at = at or self.room.center()
        kept = (at - self._corner()) * (self.ratio / self.zoom)  # without rounding, which would add up
        zoom = min(max(zoom, self.least), self.most)
        if abs(zoom / self.fitted - 1.0) < SAME:
            return self.fit()
        units = self.ratio / zoom
        middle = kept + (self.room.center() - at) * units
        return replace(self, chosen=zoom)._centred(middle)

    def stepped(self, steps: float, at: QPointF | None = None) -> ZoomView:
        """The view so many steps larger; it stops at 100 % and where all of the picture fits, when it comes past them."""
        zoom = min(max(self.zoom * STEP**steps, self.least), self.most)
        low, high = sorted((self.zoom, zoom))
        stops = [stop for stop in (self.fitted, 1.0) if low * (1 + NEAR) < stop < high * (1 - NEAR)]
        if stops:
            zoom = min(stops, key=lambda stop: abs(stop - self.zoom))
        return self.zoomed(zoom, at)

    def fit(self) -> ZoomView:
        """The view of all of the picture."""
        return replace(self, chosen=None, centre=(0.5, 0.5))

    def moved(self, by: QPointF) -> ZoomView:
        """The view with the picture moved by so many units of the widget, as far as there is more of it."""
        if self.chosen is None or self.is_empty:
            return self
        middle = (self.room.center() - self._corner()) * (self.ratio / self.zoom)
        return self._centred(middle - by * (self.ratio / self.zoom))

    def showing(self, part: QRectF) -> ZoomView:
        """The view of a part of the picture, as large as fits."""
        if self.is_empty or part.isEmpty():
            return self
        zoom = min(self.room.width() / part.width(), self.room.height() / part.height()) * self.ratio
        return self.zoomed(zoom)._centred(part.center())

    def _centred(self, middle: QPointF) -> ZoomView:
        """With this place in the middle, or as near to it as the picture reaches."""
        if self.chosen is None:
            return self
        shares = []
        for place, side, room in ((middle.x(), self.width, self.room.width()), (middle.y(), self.height, self.room.height())):
            reach = max(0.0, room / 2.0 - self.margin) * self.ratio / self.zoom
            shares.append(min(max(place, reach), side - reach) / side if side > 2.0 * reach else 0.5)
        return replace(self, centre=(shares[0], shares[1]))

    def _corner(self) -> QPointF:
        """Where the picture begins in the widget, not rounded."""
        starts = []
        for side, start, room, centre in (
            (self.width, self.room.left(), self.room.width(), self.centre[0]),
            (self.height, self.room.top(), self.room.height(), self.centre[1]),
        ):
            long = side * self.zoom / self.ratio
            reach = room / 2.0 - self.margin
            middle = min(max(centre * long, reach), long - reach) if long > 2.0 * reach else long / 2.0
            starts.append(start + room / 2.0 - middle)
        return QPointF(*starts)
