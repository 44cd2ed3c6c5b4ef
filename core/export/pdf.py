"""A report as a PDF on A4 pages: text flows, figures stand over their captions, pages are numbered. Imports matplotlib."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure as Page
from matplotlib.figure import SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from core.export.drawn import drawing, let_go
from core.export.images import GAP, PAPER
from core.export.paper import WHITE
from core.export.report import Figure, Heading, Paragraph, Part, Report, Table, shown
from core.files import write_whole
from core.progress import Progress, silent

A4 = (8.27, 11.69)  # inches
SIDE, TOP, BOTTOM = 0.75, 0.75, 0.85  # inches of the margins
TEXT, SMALL, SECTION, TITLE = 9.5, 8.0, 13.0, 18.0  # points
LINE = 1.35  # line height, of the letters'
BETWEEN, BEFORE = 0.12, 0.22  # inches after a part, and before a heading
TALLEST = 8.4  # inches of a figure
LARGEST_PICTURE = 1.15  # inches of one picture on a sheet
NARROWER = 1.15  # a drawing is that much taller than in proportion, since its letters don't shrink
PRINTED = 300  # pixels in an inch of a sheet, at least
CELL = 0.12  # inches between columns of a table
MUTED, RULE = "#555555", "#cccccc"

Paint = Callable[[SubFigure], None]


@dataclass(frozen=True, slots=True)
class Block:
    """Something that isn't broken over pages.

    Attributes:
        height: inches.
        paint: draws it into its place.
        stays: it stands on the page of what follows.
        leads: so it does, but only where all of that fits on one page.
        before: inches above it, but not at the top of a page.
    """

    height: float
    paint: Paint
    stays: bool = False
    leads: bool = False
    before: float = 0.0


def write_pdf(report: Report, path: Path, progress: Progress = silent) -> None:
    """Write a report as a PDF.

    Args:
        report: its figures are drawn anew, drawings as lines and letters rather than pixels.
        path: the file.
        progress: told how many pages are done; may raise Cancelled, and then nothing is written.

    Raises:
        CoreError: it can't be written.
    """

    def write(beside: Path) -> None:
        with drawing(WHITE):
            pages = paged(list(report_blocks(report)))
        with PdfPages(beside, metadata={"Title": report.title, "CreationDate": None}) as file:
            for number, blocks in enumerate(pages, start=1):
                progress("Drawing pages", number - 1, len(pages))
                with (
                    drawing(WHITE),  # a window's charts are drawn in between
                    let_go(_page(blocks, report.title, f"{number} / {len(pages)}")) as page,
                ):
                    file.savefig(page)

    write_whole(path, write)


def paged(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks on pages, as many as fit on each; one that stays goes over with what follows it."""
    room = A4[1] - TOP - BOTTOM
    pages: list[list[Block]] = [[]]
    used, start = 0.0, 0
    while start < len(blocks):
        group = _together(blocks[start:], with_leads=True)
        if _height(group) > room:
            group = _together(blocks[start:], with_leads=False)
        end = start + len(group)
        height = _height(group)
        if pages[-1] and used + height > room:
            pages.append([])
            used = 0.0
        if not pages[-1]:
            group = [replace(group[0], before=0.0), *group[1:]]
        pages[-1] += group
        used += _height(group)
        start = end
    return pages


def _together(blocks: Sequence[Block], *, with_leads: bool) -> Sequence[Block]:
    """The first block, and those that must stand on its page."""
    end = 1
    while end < len(blocks) and (blocks[end - 1].stays or (with_leads and blocks[end - 1].leads)):
        end += 1
    return blocks[:end]


def _height(blocks: Sequence[Block]) -> float:
    return sum(block.before + block.height for block in blocks)


def report_blocks(report: Report) -> Iterator[Block]:
    """A whole report; a paragraph that speaks of the figure or table below it leads to it."""
    parts = [report.title, *report.parts]
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        leads = isinstance(part, Paragraph) and isinstance(following, Figure | Table)
        for block in _blocks(part):
            yield replace(block, leads=leads)


def _blocks(part: Part | str) -> Iterator[Block]:
    """A part of a report as blocks, in their order."""
    if isinstance(part, str):
        yield _text(part, TITLE, bold=True)
    elif isinstance(part, Heading):
        yield replace(_text(part.text, SECTION, bold=True), stays=True, before=BEFORE)
    elif isinstance(part, Paragraph):
        yield _text(part.text.replace("`", ""), TEXT)
    elif isinstance(part, Table):
        yield from _table(part)
    else:
        height, paint = _drawing(part) if part.sheet is None else _sheet(part)
        yield Block(height, paint, stays=True, before=BETWEEN)
        yield _text(f"Figure {part.number}. {part.caption}", SMALL, colour=MUTED)


def _page(blocks: Sequence[Block], title: str, number: str) -> Page:
    heights = [TOP]
    for block in blocks:
        heights += [block.before, block.height]
    heights.append(A4[1] - sum(heights))
    page = Page(figsize=A4)
    FigureCanvasAgg(page)
    slots = page.add_gridspec(len(heights), 3, width_ratios=(SIDE, A4[0] - 2 * SIDE, SIDE), height_ratios=heights)
    for place, block in enumerate(blocks):
        block.paint(page.add_subfigure(slots[2 + 2 * place, 1], facecolor="none"))
    low = BOTTOM / 2 / A4[1]
    most = A4[0] - 2 * SIDE - 0.6
    page.text(SIDE / A4[0], low, _fitted(title, SMALL, most), fontsize=SMALL, color=MUTED)
    page.text(1 - SIDE / A4[0], low, number, fontsize=SMALL, color=MUTED, ha="right")
    return page


# -- text


def _text(text: str, size: float, *, bold: bool = False, colour: str = WHITE.text) -> Block:
    lines = list(_lines(text, size, A4[0] - 2 * SIDE, bold))
    height = _line_height(size) * len(lines) + BETWEEN

    def paint(place: SubFigure) -> None:
        for number, line in enumerate(lines):
            _write(place, 0.0, (number + 0.8) * _line_height(size), line, size, bold=bold, colour=colour)

    return Block(height, paint)


def _write(
    place: SubFigure,
    x: float,
    down: float,
    text: str,
    size: float,
    *,
    bold: bool = False,
    colour: str = WHITE.text,
    right: bool = False,
) -> None:
    """One line, its baseline so many inches below the place's upper edge."""
    inches = place.dpi_scale_trans.inverted().transform_bbox(place.bbox)
    weight = "bold" if bold else "normal"
    place.text(
        x / inches.width,
        1 - down / inches.height,
        text,
        fontsize=size,
        fontweight=weight,
        color=colour,
        ha="right" if right else "left",
        va="baseline",
    )


def _line_height(size: float) -> float:
    return size * LINE / 72


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, 72)


@cache
def _width(text: str, size: float, bold: bool = False) -> float:
    """Inches that a text takes."""
    font = FontProperties(size=size, weight="bold" if bold else "normal")
    return float(_renderer().get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def _lines(text: str, size: float, room: float, bold: bool = False) -> Iterator[str]:
    """A text as lines no wider than that; a word that is longer is broken."""
    line = ""
    for word in re.findall(r"\S+", text):
        longer = f"{line} {word}" if line else word
        if _width(longer, size, bold) <= room:
            line = longer
            continue
        if line:
            yield line
        line = word
        while _width(line, size, bold) > room and len(line) > 1:
            part = next((n for n in range(len(line) - 1, 1, -1) if _width(line[:n], size, bold) <= room), 1)
            yield line[:part]
            line = line[part:]
    yield line


def _fitted(text: str, size: float, room: float) -> str:
    """A text in one line, its end left out where it is too long."""
    lines = list(_lines(text, size, room))
    return lines[0] if len(lines) == 1 else f"{lines[0]} …"


# -- tables


def _table(table: Table) -> Iterator[Block]:
    """Rows as blocks, the head with the first one and again at the top of each page that the table goes over to."""
    cells = [[shown(cell) for cell in row] for row in table.rows]
    numbers = [all(not isinstance(row[column], str) for row in table.rows) for column in range(len(table.head))]
    widths = _column_widths([list(table.head), *cells])
    rows = [_row(list(table.head), widths, numbers, bold=True, rule=True)]
    rows += [_row(row, widths, numbers) for row in cells]
    yield replace(rows[0], stays=True, before=BETWEEN)
    for place, row in enumerate(rows[1:]):
        yield replace(row, stays=place >= len(cells) - 2)  # no caption stands alone on a page
    yield _text(f"Table {table.number}. {table.caption}", SMALL, colour=MUTED)


def _column_widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Inches of each column: as wide as its texts while they fit side by side, else the widest ones give way."""
    room = A4[0] - 2 * SIDE - CELL * (len(rows[0]) - 1)
    columns = list(zip(*rows, strict=True))
    wanted = np.array([max(_width(cell, SMALL, place == 0) for place, cell in enumerate(column)) for column in columns])
    widths = wanted.copy()
    if wanted.sum() > room:
        share, left, free = np.zeros(len(wanted)), room, np.ones(len(wanted), bool)
        while free.any():  # columns narrower than an equal share take what they want, the others share the rest
            equal = left / free.sum()
            small = free & (wanted <= equal)
            if not small.any():
                share[free] = equal
                break
            share[small], left, free = wanted[small], left - wanted[small].sum(), free & ~small
        widths = share
    return [float(width) for width in widths]


def _row(
    cells: Sequence[str], widths: Sequence[float], numbers: Sequence[bool], *, bold: bool = False, rule: bool = False
) -> Block:
    lines = [list(_lines(cell, SMALL, max(width, 0.2), bold)) for cell, width in zip(cells, widths, strict=True)]
    height = _line_height(SMALL) * max(map(len, lines)) + 0.07

    def paint(place: SubFigure) -> None:
        left = 0.0
        for texts, width, right in zip(lines, widths, numbers, strict=True):
            for number, text in enumerate(texts):
                x = left + width if right else left
                _write(place, x, 0.03 + (number + 0.8) * _line_height(SMALL), text, SMALL, bold=bold, right=right)
            left += width + CELL
        ink = "#888888" if rule else RULE
        end = min(1.0, (left - CELL) / (A4[0] - 2 * SIDE))
        place.add_artist(Line2D([0.0, end], [0.0, 0.0], color=ink, linewidth=0.6, transform=place.transSubfigure))

    return Block(height, paint)


# -- figures


def _drawing(figure: Figure) -> tuple[float, Paint]:
    """A chart: lines and letters."""
    width, height = figure.size
    room = A4[0] - 2 * SIDE
    draw = figure.draw
    assert draw is not None

    tall = min(TALLEST, height / width * room * NARROWER)

    def paint(place: SubFigure) -> None:
        with let_go(draw(replace(WHITE, size=(room, tall)))) as alone:
            alone.draw_without_rendering()  # lays it out, which matplotlib can't do for a part of a page
            draw(replace(WHITE, place=place))
            for laid_out, axes in zip(alone.axes, place.axes, strict=True):
                axes.set_position(laid_out.get_position().bounds)

    return tall, paint


def _sheet(figure: Figure) -> tuple[float, Paint]:
    """Pictures: their pixels with sharp edges, the names of rows and columns beside them."""
    assert figure.sheet is not None
    pixels = figure.sheet(PAPER)
    rows, columns = len(figure.row_names), len(figure.column_names)
    before = max((_width(name, SMALL) for name in figure.row_names), default=0.0) + (0.1 if rows else 0.0)
    above = _line_height(SMALL) + 0.04 if columns else 0.0
    ratio = pixels.shape[0] / pixels.shape[1]
    width = min(A4[0] - 2 * SIDE - before, (TALLEST - above) / ratio)
    if columns:
        width = min(width, LARGEST_PICTURE * columns)
    times = max(1, round(width * PRINTED / pixels.shape[1]))
    large = pixels.repeat(times, axis=0).repeat(times, axis=1)

    def paint(place: SubFigure) -> None:
        inches = place.dpi_scale_trans.inverted().transform_bbox(place.bbox)
        axes = place.add_axes((before / inches.width, 0.0, width / inches.width, width * ratio / inches.height))
        axes.set_in_layout(False)
        axes.set_axis_off()
        axes.imshow(large, interpolation="none", aspect="auto")
        gap = GAP * width / pixels.shape[1]
        for number, name in enumerate(figure.row_names):
            middle = gap / 2 + (number + 0.5) * (width * ratio - gap) / rows
            _write(place, before - 0.08, above + middle + SMALL / 72 * 0.35, name, SMALL, colour=MUTED, right=True)
        for number, name in enumerate(figure.column_names):
            middle = before + gap / 2 + (number + 0.5) * (width - gap) / columns
            fitting = min(SMALL, SMALL * (width / columns - 0.03) / _width(name, SMALL)) if name else SMALL
            _write(place, middle + _width(name, fitting) / 2, above - 0.05, name, fitting, colour=MUTED, right=True)

    return above + width * ratio + 0.04, paint
