"""A report as a file, of the kind that its name's ending says."""

from __future__ import annotations

from pathlib import Path

from core.export.report import PDF, Report
from core.progress import Progress, silent


def write_report(report: Report, path: Path, progress: Progress = silent) -> None:
    """Write a report, as PDF where the file's ending says so, else as HTML.

    Args:
        report: to write.
        path: the file.
        progress: told which figure is drawn; may raise Cancelled, and then nothing is written.

    Raises:
        CoreError: it can't be written.
    """
    if path.suffix.lower() == PDF:
        from core.export.pdf import write_pdf  # noqa: PLC0415 - imports matplotlib

        write_pdf(report, path, progress)
    else:
        report.write_html(path, progress)
