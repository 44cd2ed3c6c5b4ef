"""The report on the model in use and the data set: one PDF that an assignment asks for, and the same as HTML beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.data.sources import located
from core.errors import DataError
from core.export.report_file import write_report
from core.progress import Progress
from core.runs.listing import is_run
from explorer.document.document import Document
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, file_name, free_path
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip


class ReportWriting(QObject):
    """Makes a report off the window's thread and writes it into files.

    Args:
        messenger: tells where it was saved.
        work: does it.
    """

    def __init__(self, messenger: Messenger, work: LongWork, parent: QObject) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._work = work

    def start(self, words: list[str], source: str, paths: tuple[Path, ...], what: str) -> None:
        """Begin; a message says when the files are there.

        Args:
            words: run folders or checkpoints.
            source: the pictures.
            paths: the files; each ending says what is written.
            what: the work, for people.
        """

        def work(progress: Progress) -> None:
            from core import device  # noqa: PLC0415 - loads torch
            from core.compare.comparison import make_report  # noqa: PLC0415

            device.set_threads(0)
            report = make_report(words, source, None, "", progress)[0]
            for path in paths:
                write_report(report, path, progress)

        self._work.when_free(lambda: self._work.start(what, work, lambda _: self._on_written(paths), "report"))

    def _on_written(self, paths: tuple[Path, ...]) -> None:
        def look() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths[0])))

        text = self.tr("Saved {names}.").format(names=self.tr(" and ").join(path.name for path in paths))
        self._messenger.success(text, action=(self.tr("Open"), look))


def ask_pdf(parent: QWidget, folder: str, *names: str) -> tuple[Path, ...]:
    """Ask where the PDF of a report goes: its path and one for the same as HTML beside it; () = the person cancelled."""
    kind = parent.tr("PDF, and the same as HTML beside it (*.pdf)")
    path = ask_save_path(parent, parent.tr("Save the report"), folder, file_name(*names, "report") + ".pdf", kind)
    return () if path is None else (path, free_path(path.parent, f"{path.stem}.html"))


def report_kinds(owner: QObject) -> str:
    """What a report can be saved as, for a dialog."""
    return ";;".join((owner.tr("HTML report (*.html)"), owner.tr("PDF document (*.pdf)")))


class ModelReport(QObject):
    """Reports on the model in use.

    Args:
        document: has the model and the pictures.
        settings: the last folder.
        messenger: tells where it was saved, or why not.
        strip: gives the strip for progress.
        window: parent of dialogs, and Qt's owner.
    """

    def __init__(
        self, document: Document, settings: SettingsStore, messenger: Messenger, strip: Callable[[], ProgressStrip], window: QWidget
    ) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._messenger = messenger
        self._window = window
        self.work = LongWork(strip, messenger, self)
        self._writing = ReportWriting(messenger, self.work, self)

    def ask(self) -> None:
        """Ask for a file and write the report; without pictures a message says what to do."""
        model, source = self._document.model, self._source()
        if model is None or source is None:
            return
        paths = ask_pdf(self._window, self._settings.value.last_save_folder, model.name)
        if paths:
            self._settings.update(last_save_folder=str(paths[0].parent))
            self.write(source, paths)

    def write(self, source: str, paths: tuple[Path, ...]) -> None:
        """Write the report on the model and these pictures."""
        model = self._document.model
        assert model is not None
        folder = run_of(Path(model.path))
        what = self.tr("Making a report on {name}").format(name=model.name)
        self._writing.start([str(folder or model.path)], source, paths, what)

    def _source(self) -> str | None:
        """The opened pictures, or else those that the model's run was trained on; None, with a message, where there are none."""
        model, data = self._document.model, self._document.data
        if model is None:
            return None
        if data is not None:
            return data.config.source
        hint = self.tr("Open the pictures that the model was trained on in the Data tab.")
        folder = run_of(Path(model.path))
        if folder is None:
            self._messenger.warning(self.tr("A report needs pictures. {hint}").format(hint=hint))
            return None
        try:
            return located(model.header.config.data.source, folder, hint)
        except DataError as error:
            self._messenger.report(error)
            return None


def run_of(path: Path) -> Path | None:
    """The run whose checkpoint a file is; None where it is none."""
    folder = path.parent.parent
    return folder if path.parent.name == "checkpoints" and is_run(folder) else None
