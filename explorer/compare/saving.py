"""A comparison's figures and the whole of it as files, where the person says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from core.files import write_bytes
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, file_name, free_path, save_folder, show_in_folder
from explorer.tasks import Progress
from explorer.widgets.long_work import LongWork

if TYPE_CHECKING:
    from core.export.report import Figure, Report


class ReportSaving(QObject):
    """Asks where and writes, off the window's thread; proposes the folder of the last time.

    Args:
        messenger: is told where it went.
        work: does it.
        window: over which questions stand; Qt's owner.
    """

    def __init__(self, messenger: Messenger, work: LongWork, window: QWidget) -> None:
        super().__init__(window)
        self._messenger = messenger
        self._work = work
        self._window = window
        self.folder = ""

    def ask_figure(self, figure: Figure) -> None:
        """Save one figure as it stands in the report, on white; a drawing also as SVG or PDF."""
        kinds = [self.tr("PNG picture (*.png)")]
        if figure.draw is not None:
            kinds += [self.tr("SVG drawing (*.svg)"), self.tr("PDF document (*.pdf)")]
        title = self.tr("Save figure {n}").format(n=figure.number)
        path = ask_save_path(self._window, title, self.folder, figure.file_name, ";;".join(kinds))
        if path is not None:
            self.save_figure(figure, path)

    def ask_html(self, report: Report | None, names: Sequence[str]) -> None:
        """Save all of it as one file."""
        if report is None:
            return
        name = file_name(*names, "compared") + ".html"
        path = ask_save_path(self._window, self.tr("Save the comparison"), self.folder, name, self.tr("HTML report (*.html)"))
        if path is not None:
            self.save_html(report, path)

    def ask_figures(self, report: Report | None, names: Sequence[str]) -> None:
        """Save all figures into a new folder within the one that the person chooses."""
        if report is None:
            return
        title = self.tr("A new folder for the figures will be made in…")
        chosen = QFileDialog.getExistingDirectory(self._window, title, str(save_folder(self.folder)))
        if chosen:
            self.save_figures(report, free_path(Path(chosen), file_name(*names, "figures")))

    def save_figure(self, figure: Figure, path: Path) -> None:
        """Write one figure in the format that the file's ending names."""

        def work(_: Progress) -> None:
            if figure.draw is not None and path.suffix.lower() in (".svg", ".pdf"):
                from core.export.drawn import write_drawn  # noqa: PLC0415 - imports matplotlib

                write_drawn(path, figure.draw)
            else:
                write_bytes(path, figure.png)

        self._save(path, work)

    def save_html(self, report: Report, path: Path) -> None:
        """Write the whole report."""

        def work(_: Progress) -> None:
            report.write(path)

        def look() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        self._save(path, work, (self.tr("Open"), look))

    def save_figures(self, report: Report, folder: Path) -> None:
        """Write each figure into a folder, and their captions."""

        def work(_: Progress) -> None:
            report.write_figures(folder)

        self._save(folder, work)

    def _save(self, path: Path, work: Callable[[Progress], None], action: tuple[str, Callable[[], None]] | None = None) -> None:
        def done(_: None) -> None:
            self.folder = str(path.parent)
            shown = action or (self.tr("Show in folder"), lambda: show_in_folder(path))
            self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=shown)

        self._work.start(self.tr("Saving {name}").format(name=path.name), work, done, "save comparison")
