"""Opening a picture file in Explore: framed already, or a photo whose face is found and brought to the model's frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.errors import CoreError
from core.latent.inputs import read_if_framed
from core.latent.session import Anchor, Session
from explorer.document import Document
from explorer.loading import LoadedModel
from explorer.messages import Message, Messenger
from explorer.recipes import find_model, fitting, session_in
from explorer.tasks import Progress, run_task

if TYPE_CHECKING:
    from explorer.photos import OpenedPhoto


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPicture:
    """A face of a picture file, its code, and how the model sees it."""

    anchor: Anchor
    original: np.ndarray


@dataclass(frozen=True, slots=True)
class SavedEdit:
    """A picture that the program saved: what it shows, and where the model is that made it."""

    name: str
    session: Session
    model: Path | None


class PictureOpener(QObject):
    """Reads files off the window's thread; asks where the eyes are if that isn't certain.

    Signals:
        opened(EncodedPicture): a face is ready to be edited.
        busy_changed(bool): a file is being read, or no longer.
        model_requested(str): the person wants the model that a saved picture was made with.
    """

    opened = Signal(object)
    busy_changed = Signal(bool)
    model_requested = Signal(str)

    def __init__(self, document: Document, messenger: Messenger, runs_folder: Callable[[], Path], window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._messenger = messenger
        self._runs_folder = runs_folder
        self._window = window
        self._turn = 0
        self._awaited: SavedEdit | None = None  # until its model is there
        document.model_changed.connect(self._on_document_model_changed)

    def open_file(self, path: str, kept: object = None) -> None:
        """Read a file, and edit its face; `kept` is what the file needs to stay there until it is read."""
        model = self._ready_model()
        if model is None:
            return

        runs = self._runs_folder()

        def work(progress: Progress, kept: object = kept) -> EncodedPicture | OpenedPhoto | SavedEdit:
            session = session_in(Path(path))
            if session is not None:
                here = session.checkpoint_id == model.id
                return SavedEdit(Path(path).name, session, Path(model.path) if here else find_model(session.checkpoint_id, runs))
            framed = read_if_framed(model.header, Path(path))
            if framed is not None:
                name = Path(path).name
                z = model.engine.encode(framed[None]).mean[0]
                return EncodedPicture(Anchor("file", name, name, tuple(map(float, z))), framed)
            from explorer.photos import read_photo  # noqa: PLC0415 - loads OpenCV, off the window's thread

            return read_photo(Path(path))

        def done(made: EncodedPicture | OpenedPhoto | SavedEdit) -> None:
            if isinstance(made, EncodedPicture):
                self.opened.emit(made)
                return
            if isinstance(made, SavedEdit):
                self._go_on(made, model)
                return
            self._document.keep_photo(made)
            shown = self._document.session.anchor
            if shown is not None and shown.reference == made.reference and shown.eyes:  # an edit of it was reopened
                self._use(made, model, made.eyes_of(shown))
            elif made.needs_help:
                self._ask_eyes(made, model)
            else:
                self._use(made, model, made.first_eyes)

        self._run(work, done, "open picture")

    def encode_again(self, picture: EncodedPicture) -> None:
        """Edit a face that was opened before; another model may have come since."""
        model = self._ready_model()
        if model is None:
            return
        photo = self._document.photo(picture.anchor)
        if photo is not None:
            self._use(photo, model, photo.eyes_of(picture.anchor))
            return
        if picture.original.shape != (*model.header.image_shape[1:], model.header.image_shape[0]):
            self._messenger.info(self.tr("{name} was read at another size; open its file again.").format(name=picture.anchor.label))
            return

        def work(progress: Progress) -> EncodedPicture:
            z = model.engine.encode(picture.original[None]).mean[0]
            anchor = Anchor("file", picture.anchor.label, picture.anchor.reference, tuple(map(float, z)))
            return EncodedPicture(anchor, picture.original)

        self._run(work, self.opened.emit, "encode picture")

    def correct_eyes(self) -> None:
        """Let the person move the markers of the photo in use."""
        anchor, model = self._document.session.anchor, self._document.model
        photo = self._document.photo(anchor)
        if photo is not None and anchor is not None and model is not None:
            self._ask_eyes(photo, model, anchor)

    def forget(self) -> None:
        """Another face was chosen meanwhile: what is on its way isn't wanted any more."""
        self._turn += 1
        self.busy_changed.emit(False)

    def _ask_eyes(self, photo: OpenedPhoto, model: LoadedModel, anchor: Anchor | None = None) -> None:
        from explorer.dialogs.place_eyes import PlaceEyes  # noqa: PLC0415

        dialog = PlaceEyes(photo, model, photo.eyes_of(anchor) if anchor is not None else None, self._window.window())
        dialog.accepted.connect(lambda: self._use(photo, model, dialog.eyes))
        dialog.open()

    def _go_on(self, saved: SavedEdit, model: LoadedModel) -> None:
        """Restore a saved edit, or say which model it wants."""
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
        self._document.restore(session, saved.name)
        if left_out:
            names = ", ".join(left_out)
            self._messenger.warning(self.tr("This model has no slider for: {names}. The rest is as it was.").format(names=names))
        elif session.anchor is not None and session.anchor.kind == "photo" and self._document.photo(session.anchor) is None:
            text = self.tr("Open {name} as well, and the edit is put onto the photo again.")
            self._messenger.info(text.format(name=session.anchor.label))

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        awaited = self._awaited
        if model is not None and awaited is not None and awaited.session.checkpoint_id == model.id:
            self._awaited = None
            self._go_on(awaited, model)

    def _use(self, photo: OpenedPhoto, model: LoadedModel, eyes: object) -> None:
        self._run(lambda _: EncodedPicture(*photo.anchored(eyes, model)), self.opened.emit, "encode picture")  # type: ignore[arg-type]

    def _ready_model(self) -> LoadedModel | None:
        if self._document.model is None:
            self._messenger.info(self.tr("The model is still loading; try again in a moment."))
        return self._document.model

    def _run(self, work: Callable[[Progress], object], done: Callable[..., object], name: str) -> None:
        """Work whose result counts only while nothing else was chosen and the model is the same."""
        self._turn += 1
        turn, model = self._turn, self._document.model
        self.busy_changed.emit(True)

        def finished(made: object) -> None:
            if turn == self._turn:
                self.busy_changed.emit(False)
                if self._document.model is model:
                    done(made)

        def failed(error: BaseException) -> None:
            if turn == self._turn:
                self.busy_changed.emit(False)
            self._messenger.report(error)

        run_task(self, work, done=finished, failed=failed, name=name)
