"""Runs side by side, or one alone: in a window of their own, or as a report that is saved where the person says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.data.sources import located
from core.errors import DataError
from core.export.paper import MOST_RUNS
from core.places import COMMAND
from core.runs.listing import RunSummary
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, file_name
from explorer.tasks import Progress
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip


class RunReports(QObject):
    """Compares off the window's thread.

    Args:
        messenger: shows messages.
        strip: gives the strip for progress.
        window: parent of dialogs, and Qt's owner.
    """

    def __init__(self, messenger: Messenger, strip: Callable[[], ProgressStrip], window: QWidget) -> None:
        super().__init__(window)
        self._messenger = messenger
        self._window = window
        self.work = LongWork(strip, messenger, self)

    def show(self, runs: Sequence[RunSummary]) -> None:
        """Report on some runs in a window; one that reports on the same runs already comes to the front."""
        from explorer.compare.window import ComparisonWindow  # noqa: PLC0415 - not needed for the first picture

        usable = self._usable(runs)
        if not usable:
            return
        folders = tuple(run.folder for run in usable)
        source = self._source(usable)
        if source is None:
            return
        there = self._window.window().findChildren(ComparisonWindow)
        dialog = next((one for one in there if one.folders == folders and one.isVisible()), None)
        if dialog is None:
            dialog = ComparisonWindow(folders, source, self._window.window())
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def ask(self, runs: Sequence[RunSummary]) -> None:
        """Write a report on some runs to a file that the person chooses."""
        usable = self._usable(runs)
        if not usable:
            return
        name = file_name(*(run.name for run in usable), "compared" if len(usable) > 1 else "report") + ".html"
        path = ask_save_path(self._window, self.tr("Save the report"), "", name, self.tr("HTML report (*.html)"))
        if path is not None:
            self.write(usable, path)

    def _usable(self, runs: Sequence[RunSummary]) -> list[RunSummary]:
        """The runs that can be reported on; if none, a message says why."""
        usable = [run for run in runs if run.has_model and run.config is not None]
        if 1 <= len(usable) <= MOST_RUNS and (len(usable) > 1 or len(runs) == 1):
            return usable
        if len(runs) == 1:
            self._messenger.warning(
                self.tr("A report needs a run that has a model, and {name} has none.").format(name=runs[0].name)
            )
            return []
        text = self.tr("A comparison needs 2 to {most} runs that have a model; {n} of the chosen ones do.")
        self._messenger.warning(text.format(most=MOST_RUNS, n=len(usable)))
        return []

    def write(self, runs: Sequence[RunSummary], path: Path) -> None:
        """Look at runs on the first one's pictures, and write the report."""
        words, source = [str(run.folder) for run in runs], self._source(runs)
        if source is None:
            return

        def work(progress: Progress) -> None:
            from core import device  # noqa: PLC0415 - loads torch
            from core.compare.comparison import make_report  # noqa: PLC0415

            device.set_threads(0)
            make_report(words, source, None, "", progress)[0].write(path)

        if len(runs) == 1:
            what = self.tr("Making a report on {name}").format(name=runs[0].name)
        else:
            what = self.tr("Comparing {n} runs").format(n=len(runs))
        self.work.when_free(lambda: self.work.start(what, work, lambda _: self._on_written(path), "compare runs"))

    def _on_written(self, path: Path) -> None:
        def look() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=(self.tr("Open"), look))

    def _source(self, runs: Sequence[RunSummary]) -> str | None:
        """The pictures to compare runs on: the first one's. None, with a message, where they are gone."""
        first = runs[0]
        assert first.config is not None
        hint = self.tr("Put them back, or say where they are: {command} compare --runs RUN --data SOURCE --out FILE.html").format(
            command=COMMAND
        )
        try:
            return located(first.config.data.source, first.folder, hint)
        except DataError as error:
            self._messenger.report(error)
            return None
