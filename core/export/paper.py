"""The style of figures: colours, resolution and fonts, as plain values that any thread may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure  # slow to import

# Okabe & Ito 2008, and a wine red of Tol's: distinguishable with any kind of colour vision.
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#777777", "#000000", "#882255")
MOST_RUNS = len(HUES)  # in one comparison: as many as there are distinguishable colours
WIDTH = 9.0  # inches of a figure


@dataclass(frozen=True, slots=True)
class Paper:
    """Colours as "#rrggbb".

    Attributes:
        ground: behind everything.
        text: of letters and axes.
        line: of the grid.
        border: of a legend's frame.
        hues: one a run, MOST_RUNS at least.
        dpi: pixels in an inch, of which a figure is WIDTH wide.
        families: names of fonts, the first that there is; () = matplotlib's own.
        size: width and height of the figure in inches; None = WIDTH, and what it takes.
        place: a part of a page, already made, to draw on; None = the figure is one of its own.
    """

    ground: str = "#ffffff"
    text: str = "#000000"
    line: str = "#dddddd"
    border: str = "#cccccc"
    hues: tuple[str, ...] = HUES
    dpi: float = 144.0
    families: tuple[str, ...] = ()
    size: tuple[float, float] | None = None
    place: SubFigure | None = None


WHITE = Paper()
