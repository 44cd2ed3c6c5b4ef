"""The report on the model in use, as PDF and HTML: on the pictures of its run, or else on the opened ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from core.config import DataConfig
from core.data.dataset import FaceData
from core.errors import DataError
from core.export.report_file import write_report
from core.progress import Progress
from explorer.data.sources import source_title
from explorer.document.document import Document
from explorer.document.framing import fits, framing_of, held_out, own_pictures, pictures_name, run_of, same_colours
from explorer.document.loading import LoadedModel
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, file_name, free_path
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LongWork
from explorer.widgets.message_box import keep_buttons_whole
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

    def start(self, words: list[str], source: str, paths: tuple[Path, ...], what: str, reading: DataConfig | None = None) -> None:
        """Begin; a message says when the files are there.

        Args:
            words: run folders or checkpoints.
            source: the pictures.
            paths: the files; each ending says what is written.
            what: the work, for people.
            reading: how the pictures are framed, sampled and split; None = as the first run did.
        """

        def work(progress: Progress) -> None:
            from core import device  # noqa: PLC0415 - loads torch
            from core.compare.comparison import make_report  # noqa: PLC0415

            device.set_threads(0)
            report = make_report(words, source, None, "", progress, reading)[0]
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
        """Ask for a file and write the report; where it would be on other pictures than the model's own, ask before."""
        model = self._document.model
        if model is None:
            return
        try:
            pictures = pictures_for(model, self._document.data, self)
        except DataError as error:
            self._messenger.report(error)
            return
        if pictures.question and not self.ask_others(pictures):
            return
        paths = ask_pdf(self._window, self._settings.value.last_save_folder, model.name)
        if paths:
            self._settings.update(last_save_folder=str(paths[0].parent))
            self.write(pictures, paths)

    def ask_others(self, pictures: ReportPictures) -> bool:
        """Ask whether to report on pictures that the model didn't learn from."""
        box = QMessageBox(self._window)
        box.setWindowTitle("Labkhand")
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(pictures.question)
        box.setInformativeText(pictures.consequence)
        make = box.addButton(self.tr("Make the report"), QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        keep_buttons_whole(box)
        box.exec()
        return box.clickedButton() is make

    def write(self, pictures: ReportPictures, paths: tuple[Path, ...]) -> None:
        """Write the report on the model and these pictures."""
        model = self._document.model
        assert model is not None
        folder = run_of(Path(model.path))
        what = self.tr("Making a report on {name}, on pictures of {data}").format(name=model.name, data=pictures.name)
        self._writing.start([str(folder or model.path)], pictures.source, paths, what, pictures.reading)


@dataclass(frozen=True, slots=True)
class ReportPictures:
    """The pictures of a report on a model.

    Attributes:
        source: SOURCE of the command line.
        name: of them, for people.
        reading: how they are framed, sampled and split; None = as the model's own training did.
        question: what there is to say before, in a sentence; "" where they are the model's own.
        consequence: what that means for the report.
    """

    source: str
    name: str
    reading: DataConfig | None = None
    question: str = ""
    consequence: str = ""


def pictures_for(model: LoadedModel, data: FaceData | None, owner: QObject) -> ReportPictures:
    """The pictures that a report on a model goes by: those of its run, or else the opened ones.

    Args:
        model: the model.
        data: the opened pictures.
        owner: says it in the person's language.

    Raises:
        DataError: there are none, or the opened ones are grey and the model is for colour, or the other way round.
    """
    hint = owner.tr("Open the pictures that the model was trained on in the Data tab.")
    gone = ""
    try:
        own = own_pictures(model, hint)
        if own is not None:
            return ReportPictures(own.source, source_title(own.source, pictures_name(own)))
    except DataError as error:
        gone = error.message
        if data is None:
            raise
    if data is None:
        raise DataError(owner.tr("A report needs pictures."), hint)
    name = source_title(data.config.source, data.index.name)
    if not same_colours(model, data):
        are_grey = owner.tr("There can be no report on {model} with {data}: they are grey, and this model is for colour.")
        are_not = owner.tr("There can be no report on {model} with {data}: they are in colour, and this model is for grey ones.")
        text = are_grey if data.images.shape[3] == 1 else are_not
        raise DataError(text.format(model=model.name, data=name), hint)
    if held_out(model, data):
        return ReportPictures(data.config.source, name)
    reading = data.config if fits(model, data) else replace(data.config, crop=framing_of(model, data)[0])
    if model.header.data.get("fingerprint") == data.fingerprint:
        question = owner.tr("The model {model} was trained on another split of {data}.")
        consequence = owner.tr(
            "Some of the validation pictures may be among those it learned from, and the numbers of a report on them too good; "
            "the report says so."
        )
    else:
        question = owner.tr("The model {model} was not trained on {data}, the pictures that are open.")
        consequence = owner.tr(
            "A report on them says how the model does on pictures that it was not made for, not how good it is; the report says "
            "so. For one on its own pictures, open those in the Data tab."
        )
    question = f"{gone} {question.format(model=model.name, data=name)}".strip()
    return ReportPictures(data.config.source, name, reading, question, consequence)
