"""Line icons that take the theme's text colour at the moment they are painted, crisp at every pixel ratio."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QImage, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from explorer.look.theme import RESOURCES, colors
from explorer.qt import override

ICON_FOLDER = RESOURCES / "icons"


@cache
def icon_names() -> frozenset[str]:
    """The names that `icon` knows."""
    return frozenset(path.stem for path in ICON_FOLDER.glob("*.svg"))


@cache
def icon(name: str, role: str = "text") -> QIcon:
    """An icon of the program's own family.

    Args:
        name: file name in `resources/icons` without its ending.
        role: which of `ThemeColors` it is drawn in: "text", "muted_text", "accent_text" (on a primary button)...

    Raises:
        KeyError: no such icon.
    """
    engine = _LineIconEngine(name, role)
    _ENGINES.append(engine)
    return QIcon(engine)


def paint_icon(painter: QPainter, name: str, rect: QRect | QRectF, color: QColor) -> None:
    """Draw an icon in a colour of the caller's, from within a widget's paint event."""
    area = QRectF(rect)
    painter.drawPixmap(area.topLeft(), icon_pixmap(name, area.size().toSize(), color, painter.device().devicePixelRatioF()))


def icon_pixmap(name: str, size: QSize, color: QColor, pixel_ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` device-independent pixels."""
    key = f"labkhand-icon/{name}/{size.width()}x{size.height()}/{pixel_ratio}/{color.rgba():08x}"
    pixmap = QPixmap()
    if QPixmapCache.find(key, pixmap):
        return pixmap
    pixels = QSize(max(1, round(size.width() * pixel_ratio)), max(1, round(size.height() * pixel_ratio)))
    image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    side = min(pixels.width(), pixels.height())
    painter = QPainter(image)
    target = QRectF((pixels.width() - side) / 2, (pixels.height() - side) / 2, side, side)
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", color.name()).encode()))
    painter.setOpacity(color.alphaF())
    renderer.render(painter, target)
    painter.end()
    image.setDevicePixelRatio(pixel_ratio)
    pixmap = QPixmap.fromImage(image)
    QPixmapCache.insert(key, pixmap)
    return pixmap


@cache
def _source(name: str) -> str:
    path = ICON_FOLDER / f"{name}.svg"
    if not path.is_file():
        raise KeyError(f"no icon named {name!r} in {ICON_FOLDER}")
    return path.read_text(encoding="utf-8")


class _LineIconEngine(QIconEngine):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        _source(name)
        self._name = name
        self._role = role

    def _color(self, mode: QIcon.Mode) -> QColor:
        theme = colors()
        return theme.disabled_text if mode == QIcon.Mode.Disabled else getattr(theme, self._role)

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        paint_icon(painter, self._name, rect, self._color(mode))

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    @override
    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        return icon_pixmap(self._name, size, self._color(mode), scale)

    @override
    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size

    @override
    def clone(self) -> QIconEngine:
        engine = _LineIconEngine(self._name, self._role)
        _ENGINES.append(engine)
        return engine


_ENGINES: list[_LineIconEngine] = []
"""Keeps the Python part of every engine alive: QIcon owns only the C++ part."""
