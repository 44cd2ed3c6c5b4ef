"""Applying one edit to many pictures: which ones, where to, and the result for each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.export.images import save_picture
from core.export.names import OutputNames
from core.latent.session import Edit
from core.photo.inputs import SUFFIXES, picture_files
from core.progress import Progress
from core.retouch.words import WEAKER, is_for_size
from explorer.document.document import Document
from explorer.document.edit_copies import words_of
from explorer.document.loading import LoadedModel
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE, theme_notifier
from explorer.messages import Message, Messenger
from explorer.qt import override
from explorer.saving.ask_path import file_name, percent_in_name, show_in_folder, usual_folder
from explorer.saving.ask_picture import PictureFormat
from explorer.saving.pictures import session_recipe
from explorer.settings.store import SettingsStore
from explorer.tasks import Task, run_task
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.dialog import let_scroll

if TYPE_CHECKING:
    from core.photo.batch_edit import EditedFile, Outcome


@dataclass(frozen=True, slots=True, eq=False)
class BatchOrder:
    """The parameters of a batch."""

    model: LoadedModel
    edits: tuple[Edit, ...]
    files: tuple[Path, ...]
    folder: Path
    ending: str
    quality: int
    keep: str  # of the camera's data, one of `core.data.camera_data.KEEPS`
    mark: bool  # whether the pictures show that they were edited


class BatchRun(QObject):
    """Runs one batch at a time."""

    progressed = Signal(str, int, int)
    """The file that is edited, how many are done, of how many."""
    outcome_arrived = Signal(object)
    """An `Outcome`, in order."""
    ended = Signal(bool)
    """The batch is over; True: it was cancelled."""
    failed = Signal(object)
    """An exception that ended it, such as a full disk; `ended` has been sent."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task: Task | None = None
        self._outcomes: list[Outcome] = []  # the worker appends, the window's thread removes from the front
        self._taken = 0

    @property
    def is_running(self) -> bool:
        """Whether a batch goes on."""
        return self._task is not None

    def start(self, order: BatchOrder) -> None:
        """Start a batch; nothing is ever overwritten."""
        outcomes: list[Outcome] = []
        self._outcomes, self._taken = outcomes, 0

        def work(progress: Progress) -> None:
            from core.photo.batch_edit import BatchEdit, edit_files  # noqa: PLC0415 - loads OpenCV

            name = OutputNames(order.folder, order.files, ending=order.ending, free=True)

            def save(file: Path, edited: EditedFile) -> Path:
                path, photo = name(file), edited.photo
                exif = photo.camera.kept(order.keep) if photo.camera is not None else None
                recipe = session_recipe(edited.session, "edit")
                kept: dict[str, Any] = {"icc": photo.icc, "alpha": photo.alpha, "exif": exif}
                save_picture(path, edited.picture, recipe, quality=order.quality, edited=True, mark=order.mark, **kept)
                return path

            job = BatchEdit(order.model.engine, order.edits, order.model.directions)
            for outcome in edit_files(job, order.files, save, progress):
                outcomes.append(outcome)

        self._task = run_task(
            self,
            work,
            done=lambda _: self._end(False),
            failed=self._on_failed,
            progress=self._on_progressed,
            cancelled=lambda: self._end(True),
            name="edit pictures",
        )

    def cancel(self) -> None:
        """Stop after the picture that is edited now; what is written stays."""
        if self._task is not None:
            self._task.cancel()

    def _take(self) -> None:
        while self._taken < len(self._outcomes):
            self._taken += 1
            self.outcome_arrived.emit(self._outcomes[self._taken - 1])

    def _on_progressed(self, name: str, done: int, total: int) -> None:
        self._take()
        self.progressed.emit(name, done, total)

    def _on_failed(self, error: BaseException) -> None:
        self._end(False)
        self.failed.emit(error)

    def _end(self, cancelled: bool) -> None:
        self._task = None
        self._take()
        self.ended.emit(cancelled)


_SIZE = (640, 640)
_PATTERNS = " ".join(f"*{suffix}" for suffix in SUFFIXES)


class ApplyEdit(QDialog):
    """A dialog beside the window, which stays usable. If closed while working, it goes on, and a message says when it is done."""

    def __init__(self, document: Document, settings: SettingsStore, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings
        self._messenger = messenger
        self._edits: tuple[Edit, ...] = ()
        self._files: tuple[Path, ...] = ()
        self._folder = Path()
        self._chosen = False  # the person chose the folder
        self._written = self._left_out = self._first = 0
        self.run = BatchRun(self)
        self.setWindowTitle(self.tr("Apply the edit to pictures"))
        self.setAcceptDrops(True)
        self.edit_label = QLabel(self)
        self.edit_label.setWordWrap(True)
        self.edit_label.setTextFormat(Qt.TextFormat.PlainText)
        self.files_label, self.folder_label = QLabel(self), QLabel(self)
        self.files_button = QPushButton(icon("photo"), self.tr("Files…"), self)
        self.all_button = QPushButton(icon("open-folder"), self.tr("Folder…"), self)
        self.folder_button = QPushButton(self.tr("Change…"), self)
        self.format = PictureFormat(settings, self)
        self.strip = ProgressStrip(self)
        self.results = QListWidget(self)
        self.results.setWordWrap(True)
        self.results.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.results.setAccessibleName(self.tr("Result for each picture"))
        self._empty = QLabel(self.tr("The result for each picture appears here."), self.results)
        self._empty.setProperty("muted", True)
        self.summary = QLabel(self)
        self.summary.setProperty("muted", True)
        self.summary.setWordWrap(True)
        self.show_button = QPushButton(self.tr("Show in folder"), self)
        self.apply_button = QPushButton(self.tr("Apply"), self)
        self.apply_button.setProperty("primary", True)
        self._close = QPushButton(self.tr("Close"), self)
        self._build()
        self.files_button.clicked.connect(lambda _checked=False: self._ask_files())
        self.all_button.clicked.connect(lambda _checked=False: self._ask_folder_of_files())
        self.folder_button.clicked.connect(lambda _checked=False: self._ask_folder())
        self.show_button.clicked.connect(lambda _checked=False: show_in_folder(self._folder / "."))
        self.apply_button.clicked.connect(lambda _checked=False: self.start())
        self._close.clicked.connect(lambda _checked=False: self.close())
        self.strip.cancelled.connect(self.run.cancel)
        self.run.progressed.connect(self._on_run_progressed)
        self.run.outcome_arrived.connect(self._on_run_outcome_arrived)
        self.run.ended.connect(self._on_run_ended)
        self.run.failed.connect(messenger.report)
        theme_notifier().changed.connect(self._repaint_icons)
        self._show()

    def set_edits(self, edits: tuple[Edit, ...]) -> None:
        """Set the edits to apply from now on; a running batch keeps its own."""
        if not self.run.is_running:
            self._edits = edits
            self.edit_label.setText(words_of(edits, self._document, self))
            self._show()

    def set_files(self, files: tuple[Path, ...]) -> None:
        """The pictures to edit; the edited ones go into a new folder beside them unless another was chosen."""
        self._files = files
        if files and not self._chosen:
            moved = [edit for edit in self._edits if edit.kind == "direction"]
            name = file_name("edited", *(f"{self._document.shown_name(edit.key)} {percent_in_name(edit.weight)}" for edit in moved))
            self._folder = files[0].parent / name
        self.summary.setText("")
        self._show()

    def set_folder(self, folder: Path) -> None:
        """Set the output folder."""
        self._folder, self._chosen = folder, True
        self._show()

    def start(self) -> None:
        """Edit them all."""
        model = self._document.model
        if model is None or not self._files or self.run.is_running:
            return
        self.format.remember()
        self.results.clear()
        self._written = self._left_out = self._first = 0
        quality = self._settings.value.save_quality
        self.strip.start(self.tr("Editing"))
        self._empty.hide()
        ending, keep, marks = self.format.ending, self.format.keep, self.format.marks
        self.run.start(BatchOrder(model, self._edits, self._files, self._folder, ending, quality, keep, marks))
        self._show()

    def _ask_files(self) -> None:
        kinds = self.tr("Pictures ({patterns})").format(patterns=_PATTERNS)
        chosen, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Pictures to edit"), str(usual_folder(self._settings.value.last_open_folder)), kinds
        )  # fmt: skip
        if chosen:
            self._settings.update(last_open_folder=str(Path(chosen[0]).parent))
            self.set_files(tuple(map(Path, chosen)))

    def _ask_folder_of_files(self) -> None:
        last = str(usual_folder(self._settings.value.last_open_folder))
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of pictures"), last)
        if folder:
            self._settings.update(last_open_folder=folder)
            self.take((folder,))

    def take(self, places: tuple[str, ...]) -> None:
        """Take files, and all pictures directly in folders."""

        def work(progress: object) -> tuple[Path, ...]:
            return tuple(file for place in places for file in picture_files(place))

        run_task(self, work, done=self.set_files, failed=self._messenger.report, name="list pictures")

    def _ask_folder(self) -> None:
        there = next((place for place in (self._folder, *self._folder.parents) if os.path.isdir(place)), usual_folder(""))
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder for the edited pictures"), str(there))
        if chosen:
            self.set_folder(Path(chosen))

    def _show(self) -> None:
        running, count = self.run.is_running, len(self._files)
        if count:
            text = self.tr("1 picture") if count == 1 else self.tr("{n} pictures").format(n=f"{count:,}")
            self.files_label.setText(self._short(self.tr("{n} in {folder}").format(n=text, folder=self._files[0].parent)))
        else:
            self.files_label.setText(self.tr("None yet; choose them, or drop them here"))
        self.files_label.setProperty("muted", not count)
        self.files_label.style().polish(self.files_label)
        self.folder_label.setText(self._short(str(self._folder)) if count else "")
        self.folder_label.setToolTip(str(self._folder) if count else "")
        for widget in (self.files_button, self.all_button, self.format):
            widget.setEnabled(not running)
        self.folder_button.setEnabled(bool(count) and not running)
        self.apply_button.setEnabled(bool(count and self._edits) and not running)
        self.show_button.setVisible(self._written > 0)
        if not self.summary.text() and not running:
            self.summary.setText(self.tr("No file is overwritten: a name that is taken gets a number."))

    def _short(self, text: str) -> str:
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, 330)

    def _on_run_progressed(self, name: str, done: int, total: int) -> None:
        self.strip.update_progress(self.tr("Editing"), done, total)
        self.summary.setText(name)

    def _on_run_outcome_arrived(self, outcome: Outcome) -> None:
        """Show an outcome; those that need a look are listed first."""
        name, mark = outcome.file.name, "success"
        if outcome.output is None:
            self._left_out += 1
            mark, reason = "warning", outcome.reason if name in outcome.reason else f"{name}: {outcome.reason}"
            text = self.tr("Left out: {reason}").format(reason=reason)
        else:
            self._written += 1
            text = name if outcome.output.stem == outcome.file.stem else f"{name} → {outcome.output.name}"
            if outcome.faces > 1:
                mark = "info"
                text = self.tr("{text}: {n} faces were found, the most prominent one is edited").format(text=text, n=outcome.faces)
            elif not outcome.sure:
                mark = "info"
                text = self.tr("{text}: its eyes were hard to see; check the result").format(text=text)
            elif is_for_size(outcome.trusted, outcome.by_size):
                mark = "info"
                text = self.tr(
                    "{text}: the edit is applied at {n} % of its strength, since the face has too few pixels for more"
                ).format(text=text, n=round(100 * outcome.trusted))
            elif outcome.trusted < WEAKER:
                mark = "info"
                text = self.tr(
                    "{text}: the edit is applied at {n} % of its strength, since the face is turned, hidden or unlike those "
                    "of training, or would change too much"
                ).format(text=text, n=round(100 * outcome.trusted))
        item = QListWidgetItem(icon(mark), text)
        item.setData(Qt.ItemDataRole.UserRole, mark)
        if mark == "success":
            self.results.addItem(item)
        else:
            self.results.insertItem(self._first, item)
            self._first += 1

    def _on_run_ended(self, cancelled: bool) -> None:
        self.strip.finish()
        text = self.tr("{n} of {total} pictures are written").format(n=f"{self._written:,}", total=f"{len(self._files):,}")
        if self._left_out:
            text += self.tr("; {n} left out, see above").format(n=f"{self._left_out:,}")
        if cancelled:
            text += self.tr("; the rest was cancelled")
        self.summary.setText(f"{text}.")
        self._show()
        if not self.isVisible():
            again = (self.tr("Show the list"), self.show)
            self._messenger.post(Message(f"{text}.", "warning" if self._left_out else "success", action=again))

    def _repaint_icons(self) -> None:
        for row in range(self.results.count()):
            item = self.results.item(row)
            item.setIcon(icon(item.data(Qt.ItemDataRole.UserRole)))

    def _build(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(SPACE)
        form.setColumnStretch(1, 1)
        rows = (
            (self.tr("Edit"), self.edit_label, ()),
            (self.tr("Pictures"), self.files_label, (self.files_button, self.all_button)),
            (self.tr("Save into"), self.folder_label, (self.folder_button,)),
        )
        for row, (text, widget, buttons) in enumerate(rows):
            label = QLabel(text, self)
            label.setMinimumHeight(32 if buttons else 0)
            form.addWidget(label, row, 0)
            form.addWidget(widget, row, 1, 1, 1 if buttons else 2)
            beside = QHBoxLayout()
            beside.setSpacing(SPACE)
            beside.addStretch(1)
            for button in buttons:
                beside.addWidget(button)
            form.addLayout(beside, row, 2)
        label = QLabel(self.tr("Format"), self)
        label.setFixedHeight(self.format.format.height())
        form.addWidget(label, 3, 0, Qt.AlignmentFlag.AlignTop)
        form.addWidget(self.format, 3, 1, 1, 2)
        QVBoxLayout(self.results).addWidget(self._empty, 0, Qt.AlignmentFlag.AlignCenter)
        end = QHBoxLayout()
        end.setSpacing(SPACE)
        end.addWidget(self.summary, 1)
        for button in (self.show_button, self._close, self.apply_button):
            end.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addLayout(form)
        layout.addWidget(self.results, 1)
        layout.addWidget(self.strip)
        layout.addLayout(end)
        let_scroll(self)
        self.resize(*_SIZE)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) and not self.run.is_running:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.take(_dropped(event))


def _dropped(event: QDropEvent) -> tuple[str, ...]:
    """The pictures and folders that are dragged."""
    places = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return tuple(place for place in places if os.path.isdir(place) or Path(place).suffix.lower() in SUFFIXES)
