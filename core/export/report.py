"""A report as an HTML file that needs no other, or as a PDF: headings, paragraphs, tables, figures with numbered captions."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.export.images import GAP, PAPER, captioned
from core.export.paper import WHITE, WIDTH
from core.files import cannot_write, write_bytes, write_text
from core.progress import Progress, silent

if TYPE_CHECKING:
    from core.export.drawn import Draw  # imports matplotlib

Sheet = Callable[[tuple[int, int, int]], np.ndarray]

HTML, PDF = ".html", ".pdf"  # endings of a report's file
SHEET_WIDTH = 900  # pixels that a sheet of pictures comes near to in its file
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; }
body { max-width: 1080px; margin: 32px auto; padding: 0 24px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 8px; }
table { border-collapse: collapse; margin: 8px 0; }
th, td { border-bottom: 1px solid #ddd; padding: 4px 12px 4px 0; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } .scroll { overflow-x: auto; }
figure { margin: 16px 0; } img { max-width: 100%; height: auto; }
figcaption, caption { color: #555; font-size: 13px; text-align: left; } caption { caption-side: bottom; padding-top: 4px; }
code { background: #f3f3f3; padding: 0 3px; }
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A section begins."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`words` between backquotes are code."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Attributes:
    number: counted from 1.
    head: a text a column.
    rows: as many cells each.
    caption: what it tells.
    """

    number: int
    head: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]
    caption: str


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure, drawn on demand, since a window needs another style than a file.

    Attributes:
        number: counted from 1.
        name: for its file.
        caption: what is on it.
        size: width and height of its file, in pixels.
        draw: draws it on any paper; None for a sheet of pictures.
        sheet: puts rows of pictures together with gaps of a colour; None for a drawing.
        row_names: what each row of a sheet is, from above.
        column_names: what each column of it is; they stand in the file.
    """

    number: int
    name: str
    caption: str
    size: tuple[int, int]
    draw: Draw | None = None
    sheet: Sheet | None = None
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return f"figure-{self.number}-{self.name}.png"

    @cached_property
    def png(self) -> bytes:
        """The picture on white, as a PNG file. A drawing takes up to a second the first time.

        The pixels of small pictures are repeated, and the names of rows and columns stand beside them.
        """
        if self.sheet is not None:
            sheet = self.sheet(PAPER)
            times = max(1, SHEET_WIDTH // sheet.shape[1])
            large = sheet.repeat(times, axis=0).repeat(times, axis=1)
            return png_of(captioned(large, "", self.column_names, GAP * times, row_labels=self.row_names))
        from core.export.drawn import to_png  # noqa: PLC0415 - imports matplotlib

        assert self.draw is not None
        return to_png(self.draw)


Part = Heading | Paragraph | Table | Figure


class Report:
    """A report, built from top to bottom. All texts are escaped.

    Attributes:
        title: of the whole.
        parts: in their order; what stands under the title is the first paragraph.
    """

    def __init__(self, title: str, about: str = "") -> None:
        self.title = title
        self.parts: list[Part] = []
        if about:
            self.paragraph(about)

    @property
    def figures(self) -> list[Figure]:
        """All figures, in their order."""
        return [part for part in self.parts if isinstance(part, Figure)]

    def heading(self, text: str) -> None:
        """A section begins."""
        self.parts.append(Heading(text))

    def paragraph(self, text: str) -> None:
        """A paragraph; `words` between backquotes are code."""
        self.parts.append(Paragraph(text))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str | float]], caption: str) -> None:
        """A table; numbers are shown with four digits, NaN as a dash."""
        self.parts.append(Table(self.tables + 1, tuple(head), tuple(map(tuple, rows)), caption))

    def drawing(self, name: str, draw: Draw, height: float, caption: str) -> None:
        """A figure that matplotlib draws, with its numbered caption.

        Args:
            name: for its file.
            draw: draws it on any paper.
            height: inches; it is WIDTH wide.
            caption: what is on it.
        """
        size = (int(WIDTH * WHITE.dpi), int(height * WHITE.dpi))
        self.parts.append(Figure(len(self.figures) + 1, name, caption, size, draw=draw))

    @property
    def tables(self) -> int:
        """How many tables there are, which is the last one's number."""
        return sum(isinstance(part, Table) for part in self.parts)

    def pictures(
        self, name: str, sheet: Sheet, caption: str, row_names: Sequence[str] = (), column_names: Sequence[str] = ()
    ) -> None:
        """Rows of a model's pictures, whose pixels must not be smoothed, with their numbered caption.

        Args:
            name: for its file.
            sheet: makes one picture of them with gaps of a colour, uint8 (H, W, 3).
            caption: what is on it.
            row_names: what each row is.
            column_names: what each column is.
        """
        height, width = sheet(PAPER).shape[:2]
        number, rows, columns = len(self.figures) + 1, tuple(row_names), tuple(column_names)
        self.parts.append(Figure(number, name, caption, (width, height), sheet=sheet, row_names=rows, column_names=columns))

    def add_to_captions(self, text: str) -> None:
        """Add a sentence to the captions of all figures there are."""
        self.parts = [replace(part, caption=f"{part.caption} {text}") if isinstance(part, Figure) else part for part in self.parts]

    def text(self) -> str:
        """The whole file, as HTML."""
        head = f'<meta charset="utf-8"><title>{html.escape(self.title)}</title><style>{STYLE}</style>'
        body = "\n".join([f"<h1>{html.escape(self.title)}</h1>", *map(_html, self.parts)])
        return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'

    def write_html(self, path: Path, progress: Progress = silent) -> None:
        """Write it as HTML.

        Args:
            path: the file.
            progress: told which figure is drawn; may raise Cancelled, and then nothing is written.

        Raises:
            CoreError: it can't be written.
        """
        for place, figure in enumerate(self.figures):
            progress("Drawing figures", place, len(self.figures))
            figure.png  # noqa: B018 - drawn once and kept
        write_text(path, self.text())

    def write_figures(self, folder: Path) -> list[Path]:
        """Each figure as a file of its own, and their captions in `captions.txt`. Raises CoreError."""
        figures = self.figures
        paths = [folder / figure.file_name for figure in figures]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path, figure in zip(paths, figures, strict=True):
                write_bytes(path, figure.png)
        except OSError as error:
            raise cannot_write(folder, error) from error
        write_text(folder / "captions.txt", "".join(f"Figure {figure.number}. {figure.caption}\n" for figure in figures))
        return paths


def png_of(pixels: np.ndarray) -> bytes:
    """A picture, uint8 (H, W, 3), as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


def shown(value: str | float) -> str:
    """A table's cell as a person reads it: numbers with four digits, below 1 with four decimals, NaN as a dash."""
    if isinstance(value, str):
        return value
    if np.isnan(value):
        return "–"
    small = 0 < abs(value) < 1
    return (f"{value:.4f}" if small else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}").replace("-", "−")


def with_code(text: str, tag: str = "code") -> str:
    """A paragraph as HTML: escaped, and `words` between backquotes as code."""
    return re.sub(r"`([^`]+)`", rf"<{tag}>\1</{tag}>", html.escape(text))


def _html(part: Part) -> str:
    if isinstance(part, Heading):
        return f"<h2>{html.escape(part.text)}</h2>"
    if isinstance(part, Paragraph):
        return f"<p>{with_code(part.text)}</p>"
    caption_html = html.escape(part.caption)
    if isinstance(part, Table):
        lines = ["<tr>" + "".join(f"<th>{html.escape(text)}</th>" for text in part.head) + "</tr>"]
        lines += ["<tr>" + "".join(map(_cell, row)) + "</tr>" for row in part.rows]
        caption = f"<caption>Table {part.number}. {caption_html}</caption>"
        return f'<div class="scroll"><table>{caption}{"".join(lines)}</table></div>'
    source = f"data:image/png;base64,{base64.b64encode(part.png).decode('ascii')}"
    return (
        f'<figure><img alt="{caption_html}" src="{source}"><figcaption>Figure {part.number}. {caption_html}</figcaption></figure>'
    )


def _cell(value: str | float) -> str:
    kind = "" if isinstance(value, str) else ' class="number"'
    return f"<td{kind}>{html.escape(shown(value))}</td>"
