"""Rows of pictures with their names and caption as a file: PNG of their own pixels, or PDF and SVG whose words stay words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.export.images import GAP, captioned, grid, save_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from core.export.paper import Paper

PRINT_WIDTH = 16.0  # centimetres: the text on a sheet of A4
INCH = 2.54  # centimetres
PRINTED = 300  # pixels in an inch
LETTERS, LINE = 8.0, 0.16  # points, and inches of a line
VECTOR = (".pdf", ".svg")


@dataclass(frozen=True, slots=True, eq=False)
class SheetFile:
    """What is to be written.

    Attributes:
        rows: uint8 (n, H, W, C) each.
        caption: under all of it.
        labels: one a column, or none.
        row_labels: one a row, or none.
        together: so many rows belong together, which wider gaps say; more than one only without `row_labels`.
    """

    rows: Sequence[np.ndarray]
    caption: str = ""
    labels: Sequence[str] = ()
    row_labels: Sequence[str] = ()
    together: int = 1

    def write(self, path: Path, recipe: dict[str, Any] | None = None, width: float | None = None) -> None:
        """Write it as the file's ending says.

        Args:
            path: .png, .pdf or .svg.
            recipe: how the pictures came to be; PNG alone holds it.
            width: centimetres in print; None = a PNG has the pictures' own pixels, the others are PRINT_WIDTH wide.

        Raises:
            CoreError: it can't be written.
        """
        if path.suffix.lower() in VECTOR:
            from core.export.drawn import write_drawn  # noqa: PLC0415 - imports matplotlib

            write_drawn(path, lambda paper: self._figure(paper, (width or PRINT_WIDTH) / INCH))
            return
        picture = self.pixels(width)
        save_picture(path, picture, recipe, dpi=None if width is None else picture.shape[1] / (width / INCH))

    def pixels(self, width: float | None = None) -> np.ndarray:
        """It as one picture, uint8 (H, W, C): of the pictures' own pixels, or as many as print takes over so many centimetres."""
        times = 1
        if width is not None:
            times = max(1, round(width / INCH * PRINTED / grid(self.rows).shape[1]))
        rows = [row.repeat(times, axis=1).repeat(times, axis=2) for row in self.rows]
        sheet = grid(rows, GAP * times, together=self.together)
        return captioned(sheet, self.caption, self.labels, GAP * times, row_labels=self.row_labels)

    def _figure(self, paper: Paper, width: float) -> Figure:
        """The sheet on paper so many inches wide."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415

        sheet = grid(self.rows, together=self.together)
        before = 0.09 * max(map(len, self.row_labels), default=0) + (0.08 if self.row_labels else 0.0)
        above = LINE + 0.04 if self.labels else 0.0
        lines = textwrap.wrap(self.caption, max(20, int(width * 15)))
        height = (width - before) * sheet.shape[0] / sheet.shape[1]
        total = above + height + LINE * len(lines) + (0.1 if lines else 0.0)
        figure = Figure(figsize=(width, total), dpi=PRINTED, facecolor=paper.ground)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((before / width, 1 - (above + height) / total, 1 - before / width, height / total))
        axes.set_axis_off()
        times = max(1, round((width - before) * PRINTED / sheet.shape[1]))
        axes.imshow(sheet.repeat(times, axis=0).repeat(times, axis=1), interpolation="none", aspect="auto")
        cell = (width - before) / max(1, len(self.labels))
        size = min([LETTERS, *(cell * 72 / (0.62 * max(1, len(label))) for label in self.labels)])
        for place, label in enumerate(self.labels):
            figure.text((before + (place + 0.5) * cell) / width, 1 - LINE / total, label, ha="center", va="bottom", fontsize=size)
        for place, label in enumerate(self.row_labels):
            down = above + (place + 0.5) * height / len(self.row_labels)
            figure.text((before - 0.06) / width, 1 - down / total, label, ha="right", va="center", fontsize=LETTERS)
        for place, line in enumerate(lines):
            down = above + height + 0.06 + (place + 0.8) * LINE
            figure.text(0.04 / width, 1 - down / total, line, va="baseline", fontsize=LETTERS)
        return figure
