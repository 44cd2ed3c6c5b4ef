"""Small pictures, cut to rounded corners at the screen's own pixels, and a store of the last few hundred of them."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from explorer.look.pixels import Pixels, to_qimage
from explorer.look.theme import RADIUS


class Thumbnails:
    """Thumbnails of one size by number; the least recently used are dropped first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._made: OrderedDict[int, QPixmap | None] = OrderedDict()
        self._size = (0, 1.0)

    def set_size(self, side: int, ratio: float) -> None:
        """Side in device-independent pixels, and the screen's pixel ratio; another size forgets all."""
        if self._size != (side, ratio):
            self._made.clear()
            self._size = (side, ratio)

    def __contains__(self, index: object) -> bool:
        return index in self._made

    def get(self, index: int) -> QPixmap | None:
        """The thumbnail, or None where there is no picture."""
        self._made.move_to_end(index)
        return self._made[index]

    def put(self, index: int, pixels: Pixels | None) -> QPixmap | None:
        """Make and keep one; None: there is no picture yet."""
        side, ratio = self._size
        self._made[index] = pixmap = None if pixels is None else rounded(to_qimage(pixels), side, ratio)
        while len(self._made) > self._capacity:
            self._made.popitem(last=False)
        return pixmap

    def forget(self, index: int | None = None) -> None:
        """Forget one, or all."""
        if index is None:
            self._made.clear()
        else:
            self._made.pop(index, None)


def rounded(image: QImage, side: int, ratio: float) -> QPixmap:
    """The picture scaled to fill a square, cut to rounded corners, sharp at the pixel ratio."""
    pixels = max(1, round(side * ratio))
    smooth = Qt.TransformationMode.SmoothTransformation
    scaled = image.scaled(QSize(pixels, pixels), Qt.AspectRatioMode.KeepAspectRatioByExpanding, smooth)
    return cut_round(scaled, pixels, ratio)


def cut_round(scaled: QImage, side: int, ratio: float) -> QPixmap:
    """The middle of a picture as a square of `side` device pixels with round corners."""
    result = QPixmap(side, side)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, side, side), RADIUS * ratio, RADIUS * ratio)
    painter.setClipPath(path)
    painter.drawImage((side - scaled.width()) // 2, (side - scaled.height()) // 2, scaled)
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result
