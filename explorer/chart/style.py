"""How a chart looks: its size, its font and its colours, on the screen and on paper."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication

from explorer.look.theme import ThemeColors, colors, theme_colors

_PALER = 0.5  # how far hues used a second time are mixed with the background


@dataclass(frozen=True, slots=True)
class ChartStyle:
    """Lengths in device-independent pixels, colours as "#rrggbb"."""

    width: int
    height: int
    ratio: float
    """Pixels of the screen per device-independent pixel."""
    family: str
    em: int
    """Height of the font."""
    is_dark: bool
    ground: str
    text: str
    muted: str
    line: str
    border: str
    tick: str
    hues: tuple[str, ...]

    def color(self, role: int) -> str:
        """The colour of a curve, by its metric's place or its run's number. After the last hue they begin again, paler."""
        turn, place = divmod(role, len(self.hues))
        return self.hues[place] if turn % 2 == 0 else _mixed(self.hues[place], self.ground, _PALER)


def screen_style(size: QSize, ratio: float) -> ChartStyle:
    """In the theme that is in use, on a card."""
    theme = colors()
    return _style(theme, theme.panel, size, ratio)


def paper_style(size: QSize, ratio: float) -> ChartStyle:
    """Black on white, whatever the theme, for files."""
    return _style(theme_colors(dark=False), QColor(Qt.GlobalColor.white), size, ratio)


def _style(theme: ThemeColors, ground: QColor, size: QSize, ratio: float) -> ChartStyle:
    font = QFontInfo(QApplication.font())
    return ChartStyle(
        width=max(1, size.width()),
        height=max(1, size.height()),
        ratio=ratio,
        family=font.family(),
        em=font.pixelSize(),
        is_dark=theme.is_dark,
        ground=ground.name(),
        text=theme.text.name(),
        muted=theme.muted_text.name(),
        line=theme.line.name(),
        border=theme.border.name(),
        tick=theme.tick.name(),
        hues=tuple(hue.name() for hue in theme.hues),
    )


def _mixed(name: str, other: str, share: float) -> str:
    one, two = QColor(name), QColor(other)
    parts = (one.red(), two.red()), (one.green(), two.green()), (one.blue(), two.blue())
    return QColor(*(round(a + share * (b - a)) for a, b in parts)).name()
