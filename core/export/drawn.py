"""Figures on paper as bytes, pixels or files. Imports matplotlib: slow the first time, and for a worker thread."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from core.export.paper import WHITE, Paper
from core.files import write_whole

Draw = Callable[[Paper], Figure]

ONE_AT_A_TIME = threading.Lock()
"""matplotlib isn't thread-safe, and its settings are global."""


def to_png(draw: Draw, paper: Paper = WHITE) -> bytes:
    """A figure as a PNG file."""
    with drawing(paper):
        file = io.BytesIO()
        with let_go(draw(paper)) as figure:
            figure.savefig(file, format="png", metadata={"Software": None})
        return file.getvalue()


def to_pixels(draw: Draw, paper: Paper) -> np.ndarray:
    """A figure as uint8 (H, W, 4), red, green, blue and 255; the array is the caller's own."""
    with drawing(paper), let_go(draw(paper)) as figure:
        canvas = figure.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()
        return np.array(canvas.buffer_rgba())


def write_drawn(path: Path, draw: Draw, paper: Paper = WHITE) -> None:
    """Write a figure as its file's ending says, .png, .svg or .pdf. Raises CoreError."""
    kind = path.suffix.lower().lstrip(".")
    unsigned: dict[str, Any] = {"png": {"Software": None}, "svg": {"Date": None}}.get(kind, {"CreationDate": None})

    def write(beside: Path) -> None:
        with drawing(paper), let_go(draw(paper)) as figure:
            figure.savefig(beside, format=kind, metadata=unsigned)

    write_whole(path, write)


@contextmanager
def let_go(figure: Figure) -> Iterator[Figure]:
    """A context at whose end a figure is taken apart: nothing of it can be used any more, and its memory is free at once.

    Its parts refer to each other, ten thousand objects a figure: garbage that only Python's collector finds, which takes the
    longer the more there is of it.
    """
    try:
        yield figure
    finally:
        for part in figure.findobj():
            vars(part).clear()


@contextmanager
def drawing(paper: Paper) -> Iterator[None]:
    """A context with a paper's colours and fonts, for figures made and drawn within it."""
    inks = ("text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor", "xtick.color", "ytick.color")
    settings: dict[str, Any] = dict.fromkeys(inks, paper.text)
    settings |= {
        "axes.facecolor": paper.ground,
        "legend.edgecolor": paper.border,
        "svg.hashsalt": "labkhand",
        "text.parse_math": False,
    }
    if paper.families:
        settings["font.family"] = list(paper.families)
    with ONE_AT_A_TIME, rc_context(cast(Any, settings)):
        yield
