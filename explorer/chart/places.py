"""Where a chart's parts are: its areas, the entries of its legend, and what part of it is seen. Plain arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.transforms import Transform

SWATCH = 24  # pixels, the piece of line before an entry
_GAP = 7
_BETWEEN = 20
_SIDE_BY_SIDE = 280  # width of each from which areas are side by side
_BAR = 12  # width of the colour bar
_LEAST = 16  # pixels


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in device-independent pixels, y from the top."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """In pixels."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class View:
    """What part of the chart is seen; None: all of it."""

    x: tuple[float, float] | None = None
    y: tuple[tuple[float, float] | None, ...] = ()
    """Limits of each axis; missing ones show all."""

    def limits(self, axis: int) -> tuple[float, float] | None:
        """An axis's limits, lower first; None: all of it."""
        return self.y[axis] if axis < len(self.y) else None

    @property
    def is_whole(self) -> bool:
        """Whether all of the chart is in view."""
        return self == View()


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A place on the picture that shows data."""

    axis: int
    box: Box
    to_pixels: Transform
    """From data to matplotlib's pixels (y from below, of the screen); frozen, so that any thread may use it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the legend."""

    x: float
    y: float
    room: float
    """For its text."""


def legend(widths: Sequence[float], width: float, em: float) -> tuple[list[Entry], float]:
    """The places of a legend's entries, in as many rows as needed, and their total height.

    Args:
        widths: of their texts.
        width: of the chart.
        em: height of the font.
    """
    places: list[Entry] = []
    row, x = 0, 2.0
    for wide in widths:
        taken = SWATCH + _GAP + min(wide, width - SWATCH - _GAP - 4)
        if x > 2 and x + taken > width - 2:
            row, x = row + 1, 2.0
        places.append(Entry(x, em * (0.8 + 1.6 * row), width - x - SWATCH - _GAP - 2))
        x += taken + _BETWEEN
    return places, em * 1.6 * (row + 1) if widths else 0.0


def shortened(about: str, phrases: int) -> str:
    """The first phrases of what sets a run apart: "beta 4, …"; empty for none of them."""
    parts = about.split(", ") if about else []
    return about if len(parts) <= phrases else ", ".join([*parts[:phrases], "…"]) if phrases else ""


def text_of(entry: Entry) -> float:
    """Where an entry's text begins."""
    return entry.x + SWATCH + _GAP


def areas(width: float, height: float, above: float, em: float, ticks: Sequence[float], *, shares_area: bool) -> list[Box]:
    """The areas of all axes.

    Args:
        width: of the chart.
        height: of the chart.
        above: height of the legend.
        em: height of the font.
        ticks: width of the longest number of each axis.
        shares_area: the second axis is on the right of the first one's area.
    """
    sides = [wide + em * 1.7 + 14 for wide in ticks]
    top, bottom = above + em * 1.4, height - em * 3.5
    if len(ticks) < 2 or shares_area:
        right = width - sides[1] if shares_area and len(sides) > 1 else width - em * 0.9
        return [_sound(Box(sides[0], top, right, bottom))] * len(ticks)
    count = len(sides)
    if width >= _SIDE_BY_SIDE * count:
        part = width / count
        return [
            _sound(Box(part * number + (em * 0.3 if number else 0) + side, top, part * (number + 1) - em * 0.9, bottom))
            for number, side in enumerate(sides)
        ]
    left = max(sides)
    between = em * 2.7  # for the numbers of the epochs; what they are is said under the last area
    part = (height - above - em * 3.9 - between * (count - 1)) / count
    return [
        _sound(Box(left, start, width - em * 0.9, start + part))
        for start in (above + em * 0.7 + (part + between) * number for number in range(count))
    ]


def heat_areas(width: float, height: float, em: float, ticks: float, bar_ticks: float) -> tuple[Box, Box]:
    """The area of a heat map and that of its colour bar."""
    top, bottom = em * 0.9, height - em * 3.5
    beside = bar_ticks + em * 1.7 + 14
    main = _sound(Box(ticks + em * 1.7 + 14, top, width - beside - _BAR - em * 1.2, bottom))
    return main, Box(main.right + em * 1.2, main.top, main.right + em * 1.2 + _BAR, main.bottom)


def _sound(box: Box) -> Box:
    """An area of at least some pixels, however small the chart."""
    return Box(box.left, box.top, max(box.right, box.left + _LEAST), max(box.bottom, box.top + _LEAST))
