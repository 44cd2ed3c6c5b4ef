"""A chart as a file: a picture, a drawing, a document, or the table of its numbers. For a worker thread."""

from __future__ import annotations

from pathlib import Path

from core.files import write_text
from core.runs.history_table import history_csv
from explorer.chart.layout import View
from explorer.chart.model import Drawing
from explorer.chart.style import ChartStyle

KINDS = (".png", ".svg", ".pdf", ".csv")


def write_chart(path: Path, drawing: Drawing, style: ChartStyle, view: View) -> Path:
    """Write a chart as the file's ending says; a table holds every number of its runs, whatever is in view.

    Returns:
        The path.

    Raises:
        CoreError: it can't be written.
    """
    if path.suffix.lower() == ".csv":
        write_text(path, history_csv([(run.name, run.history) for _, run in drawing.drawn_runs], drawing.chart.key))
        return path
    from explorer.chart.painter import save_chart  # noqa: PLC0415 - imports matplotlib, which the worker does

    save_chart(path, drawing, style, view)
    return path
