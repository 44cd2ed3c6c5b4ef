"""Opening a picture file in Explore: framed already, or a photo whose face is found and brought to the model's frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from core.errors import CoreError
from core.files import printable
from core.latent.session import Anchor, Session
from core.photo.inputs import read_if_framed
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.document.saved_edits import drawn_otherwise, find_model, fitting, program_of, session_in
from explorer.look.icons import icon
from explorer.messages import Message, Messenger
from explorer.tasks import Progress, Task, run_task
from explorer.widgets.progress_strip import ProgressStrip

if TYPE_CHECKING:
    from core.faces.alignment import Eyes
    from explorer.document.photos import OpenedPhoto

Made = TypeVar("Made")

NAMED = 5  # edits that a message names


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPicture:
    """A face of a picture file, its code, and how the model sees it."""

    anchor: Anchor
    original: np.ndarray


@dataclass(frozen=True, slots=True)
class SavedEdit:
    """A picture that the program saved: what it shows, and the file of its model."""

    name: str
    session: Session
    model: Path | None
    photo: OpenedPhoto | None = None  # that the face is part of, if it lies beside the picture
    program: str = ""  # the version that saved it


class PictureOpener(QObject):
    """Reads files off the window's thread; asks where the eyes are if that isn't certain.

    One request at a time: a new one silently cancels the one before.

    Signals:
        opened(EncodedPicture): a face is ready to be edited.
        busy_changed(bool): a file is being read, or no longer.
        progressed(int, int): how far the search for faces is: done, total.
        model_requested(str): the person wants the model that a saved picture was made with.
    """

    opened = Signal(object)
    busy_changed = Signal(bool)
    progressed = Signal(int, int)
    model_requested = Signal(str)

    def __init__(self, document: Document, messenger: Messenger, runs_folder: Callable[[], Path], window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._messenger = messenger
        self._runs_folder = runs_folder
        self._window = window
        self._task: Task | None = None  # whose result is wanted
        self._awaited: SavedEdit | None = None  # until its model is loaded
        self._asked_on: tuple[LoadedModel | None, Anchor | None] = (None, None)
        document.model_changed.connect(self._on_document_model_changed)
        document.session_changed.connect(self._on_document_session_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a request is running."""
        return self._task is not None

    def open_file(self, path: str, kept: object = None) -> None:
        """Read a file, and edit its face; a reference to `kept` keeps the file until it is read."""
        model = self._ready_model()
        if model is None:
            return

        runs = self._runs_folder()

        def work(progress: Progress, kept: object = kept) -> EncodedPicture | OpenedPhoto | SavedEdit:
            session = session_in(Path(path))
            if session is not None:
                here = session.checkpoint_id == model.id
                place = Path(model.path) if here else find_model(session.checkpoint_id, runs)
                photo = _photo_of(session, Path(path), progress)
                return SavedEdit(printable(Path(path).name), session, place, photo, program_of(Path(path)))
            framed = read_if_framed(model.header, Path(path))
            if framed is not None:
                name = printable(Path(path).name)
                z = model.engine.encode(framed[None]).flat[0]
                return EncodedPicture(Anchor("file", name, name, tuple(map(float, z))), framed)
            from explorer.document.photos import read_photo  # noqa: PLC0415 - loads OpenCV, off the window's thread

            return read_photo(Path(path), progress)

        def done(opened: EncodedPicture | OpenedPhoto | SavedEdit) -> None:
            if isinstance(opened, EncodedPicture):
                self.opened.emit(opened)
                return
            if isinstance(opened, SavedEdit):
                self._go_on(opened, self._document.model or model)
                return
            self._document.keep_photo(opened)
            shown = self._document.session.anchor
            if shown is not None and shown.reference == opened.reference and shown.eyes:  # an edit of it was reopened
                self._messenger.info(self.tr("{name} is open again, with its edit.").format(name=shown.label))
                self._use(opened, shown.both_eyes)
            elif opened.needs_help:
                self._ask_eyes(opened)
            else:
                self._use(opened, opened.first_eyes)

        self._run(work, done, lambda: self.open_file(path), "open picture")

    def encode_again(self, picture: EncodedPicture) -> None:
        """Edit a face that was opened before; another model may have come since."""
        model = self._ready_model()
        if model is None:
            return
        photo = self._document.photo(picture.anchor)
        if photo is not None:
            self._use(photo, picture.anchor.both_eyes)
            return
        if picture.original.shape != (*model.header.image_shape[1:], model.header.image_shape[0]):
            self._messenger.info(
                self.tr("{name} was read for a model of another size; open its file again.").format(name=picture.anchor.label)
            )
            return

        def work(progress: Progress) -> EncodedPicture:
            z = model.engine.encode(picture.original[None]).flat[0]
            return EncodedPicture(replace(picture.anchor, z=tuple(map(float, z))), picture.original)

        def done(encoded: EncodedPicture) -> None:
            self.opened.emit(encoded)
            if encoded.anchor.kind == "photo":  # its pixels were dropped
                self._ask_for_photo(encoded.anchor)

        self._run(work, done, lambda: self.encode_again(picture), "encode picture")

    def correct_eyes(self) -> None:
        """Let the person move the markers of the photo in use."""
        anchor = self._document.session.anchor
        photo = self._document.photo(anchor)
        if photo is not None and anchor is not None:
            self._ask_eyes(photo, anchor.both_eyes)

    def forget(self) -> None:
        """Drop the running request: another face was chosen, or the person pressed Cancel."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.busy_changed.emit(False)

    def _ask_eyes(self, photo: OpenedPhoto, eyes: Eyes | None = None) -> None:
        from explorer.explore.place_eyes import PlaceEyes  # noqa: PLC0415

        model = self._ready_model()
        if model is None:
            return
        dialog = PlaceEyes(photo, model, eyes, self._window.window())
        dialog.accepted.connect(lambda: self._use(photo, dialog.eyes))
        dialog.open()

    def _go_on(self, saved: SavedEdit, model: LoadedModel) -> None:
        """Restore a saved edit, or say which model it needs."""
        if saved.session.checkpoint_id != model.id:
            text = self.tr("{name} was made with another model.").format(name=saved.name)
            if saved.model is None:
                advice = self.tr("Open that model first; its id begins with {id}.").format(id=saved.session.checkpoint_id[:12])
                self._messenger.warning(f"{text} {advice}")
                return
            self._awaited = saved
            place = str(saved.model)
            self._messenger.post(
                Message(text, "info", action=(self.tr("Open that model"), lambda: self.model_requested.emit(place)))
            )
            return
        try:
            session, left_out = fitting(saved.session, model)
        except CoreError as error:
            self._messenger.report(error)
            return
        if saved.photo is not None:
            self._document.keep_photo(saved.photo)
        self._document.restore(session, saved.name)
        if left_out:
            names = ", ".join(left_out[:NAMED]) + (", …" if len(left_out) > NAMED else "")
            self._messenger.warning(self.tr("This model has no slider for: {names}. The rest is as it was.").format(names=names))
        elif session.anchor is not None and session.anchor.kind == "photo" and self._document.photo(session.anchor) is None:
            self._ask_for_photo(session.anchor)
        if drawn_otherwise(saved.program, session, model):
            text = self.tr("{name} was saved by an earlier version. Its edit is made anew, sharper, and looks different from it.")
            self._messenger.info(text.format(name=saved.name))
        if saved.photo is not None and session.anchor is not None:
            self._use(saved.photo, session.anchor.both_eyes)

    def _ask_for_photo(self, anchor: Anchor) -> None:
        text = self.tr("Open {name} as well, and the edit is put onto the photo again.")
        self._messenger.info(text.format(name=anchor.label))

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        awaited = self._awaited
        if model is not None and awaited is not None and awaited.session.checkpoint_id == model.id:
            self._awaited = None
            self._go_on(awaited, model)

    def _on_document_session_changed(self, session: Session) -> None:
        """If another face came from elsewhere meanwhile, say by undo, drop the request so that the face stays."""
        model, before = self._asked_on
        if self._is_still(model) and _face(session.anchor) != _face(before):
            self.forget()

    def _use(self, photo: OpenedPhoto, eyes: Eyes) -> None:
        """Edit the photo's face with these eyes."""
        model = self._ready_model()
        if model is not None:
            self._run(
                lambda _: EncodedPicture(*photo.anchored(eyes, model)),
                self.opened.emit,
                lambda: self._use(photo, eyes),
                "encode picture",
            )

    def _is_still(self, model: LoadedModel | None) -> bool:
        """Whether that model is in use, perhaps with other directions; with another class it counts as another model."""
        here = self._document.model
        return here is not None and model is not None and here.generation == model.generation

    def _ready_model(self) -> LoadedModel | None:
        if self._document.model is None:
            self._messenger.info(self.tr("The model is still loading; try again in a moment."))
        return self._document.model

    def _run(self, work: Callable[[Progress], Made], done: Callable[[Made], object], again: Callable[[], None], name: str) -> None:
        """Run work whose result counts only while nothing else is requested.

        Args:
            work: off the window's thread.
            done: gets its result.
            again: called instead of `done` if another model was loaded meanwhile.
            name: of the task.
        """
        if self._task is not None:
            self._task.cancel()
        model, was_busy = self._document.model, self.is_busy
        self._asked_on = model, self._document.session.anchor

        def finished(result: Made) -> None:
            self._task = None
            self.busy_changed.emit(False)
            if self._is_still(model):
                done(result)
            else:
                again()

        def failed(error: BaseException) -> None:
            self._task = None
            self.busy_changed.emit(False)
            self._messenger.report(error)

        report = self.progressed.emit
        self._task = run_task(self, work, done=finished, failed=failed, progress=lambda _, *far: report(*far), name=name)
        if not was_busy:
            self.busy_changed.emit(True)


def _photo_of(session: Session, path: Path, progress: Progress) -> OpenedPhoto | None:
    """The photo that a saved edit was made of, if it lies beside it. Runs in a worker."""
    if session.anchor is None or session.anchor.kind != "photo":
        return None
    from explorer.document.photos import photo_beside  # noqa: PLC0415 - loads OpenCV

    return photo_beside(path, session.anchor, progress)


def _face(anchor: Anchor | None) -> tuple[str, str] | None:
    """Identifies a face, apart from its code and its eyes."""
    return (anchor.kind, anchor.reference) if anchor is not None else None


BEFORE_PROGRESS_MS = 400  # most photos are open by then, so that no row flashes up


class OpenRow(QWidget):
    """Shows what an opener is doing."""

    open_requested = Signal()
    """The person wants to open a picture file."""

    def __init__(self, opener: PictureOpener, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton(icon("photo"), self.tr("Open photo…"), self)
        self.button.setToolTip(self.tr("Edit a face of any photo of yours (Ctrl+P); the photo stays as sharp as it is"))
        self.progress = ProgressStrip(self, narrow=True)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(BEFORE_PROGRESS_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.button)
        layout.addWidget(self.progress)

        self.button.clicked.connect(self.open_requested)
        self.progress.cancelled.connect(opener.forget)
        self._slow.timeout.connect(self._on_slow_timeout)
        opener.busy_changed.connect(self._on_opener_busy_changed)
        opener.progressed.connect(self._on_opener_progressed)

    def show_progress_after(self, milliseconds: int) -> None:
        """How long opening may take before its progress is shown."""
        self._slow.setInterval(milliseconds)

    def _on_opener_busy_changed(self, busy: bool) -> None:
        self.button.setEnabled(not busy)
        self.button.setText(self.tr("Opening…") if busy else self.tr("Open photo…"))
        if busy:
            self._slow.start()
        else:
            self._slow.stop()
            self.progress.finish()
            self.button.show()

    def _on_slow_timeout(self) -> None:
        """Opening takes a while: show progress and Cancel."""
        self.button.hide()
        self.progress.start(self.tr("Looking for the face…"))

    def _on_opener_progressed(self, done: int, total: int) -> None:
        if self.progress.isVisible():
            self.progress.update_progress(self.tr("Looking for the face…"), done, total)
