"""Saving all opened pictures whose edits are in no file, into one folder, each as a PNG that keeps its edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.errors import CoreError
from core.files import printable
from core.latent.directions import Direction
from core.latent.session import Session
from explorer.document.document import Document
from explorer.document.face_edits import KeptOfFace, UnsavedPicture
from explorer.document.loading import LoadedModel, load_model
from explorer.document.photos import PhotoFile
from explorer.document.picture_files import edited_photo, photo_from
from explorer.document.saved_edits import OTHERS
from explorer.messages import Message, Messenger
from explorer.saving.into_folder import NAMED, Batch, Course, IntoFolder, Made
from explorer.saving.pictures import picture_name, session_recipe
from explorer.saving.save_directions import SaveDirections
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LongWork

if TYPE_CHECKING:
    from core.data.photo import Photo
    from explorer.document.photos import OpenedPhoto

TOPIC = "save all"  # of messages about it


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One picture to write."""

    picture: UnsavedPicture
    photo: OpenedPhoto | PhotoFile | None
    """Its pixels, or the file to read them from; None where a model draws all of it."""
    model_id: str
    """Of the model that draws its edits: the one that they were made with."""

    @property
    def name(self) -> str:
        """Of the picture, for people."""
        return printable(self.picture.faces[0][0].label)


class SaveAll(QObject):
    """Asks for the folder, and writes the pictures one after another; before them the directions that are in no file.

    Args:
        work: runs it, and shows how far it is.
        window: over which it asks.
    """

    def __init__(self, document: Document, settings: SettingsStore, messenger: Messenger, work: LongWork, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._messenger = messenger
        self._work = work
        self._into_folder = IntoFolder(settings, work, window)
        self._directions = SaveDirections(document, messenger, work, self)

    def ask_and_save(self, then: Callable[[], None]) -> None:
        """Ask where to, and save them; `then` is called once all are on the disk, and not if one of them couldn't be saved.

        Nothing is asked where there are only directions: these have a folder.
        """
        orders = self._orders()
        if not orders:
            self._work.when_free(lambda: self._directions.save(lambda are_saved: then() if are_saved else None))
            return

        folder = self._into_folder.ask(self.tr("Choose a folder for all edited pictures"), self._place(orders))
        if folder is None:
            return

        def pictures(are_saved: bool) -> None:
            self.save(folder, then if are_saved else lambda: None)

        self._work.when_free(lambda: self._directions.save(pictures))

    def save(self, folder: Path, then: Callable[[], None]) -> None:
        """Save them in a folder; nothing there is overwritten."""
        orders, model = self._orders(), self._document.model
        if model is None or not orders:
            return
        self._messenger.settle(TOPIC)  # what was said of an earlier attempt
        models = _Models(model, {order.model_id: self._document.used_model(order.model_id) for order in orders})

        def note_written(course: Course[Order]) -> None:
            for order, _ in course.written:
                self._document.note_saved(order.picture.faces[0][0], order.picture.edits)

        def ended(course: Course[Order]) -> None:
            note_written(course)
            if course.failures:
                self._say(course.failures, len(orders))
            else:
                then()

        def unfinished(course: Course[Order]) -> None:
            note_written(course)
            if course.written:
                text = self.tr("{n} of {all} edited pictures were saved in {folder}.")
                text = text.format(n=len(course.written), all=len(orders), folder=printable(str(folder)))
                self._messenger.info(text)

        what = self.tr("Saving all edited pictures")
        batch = Batch(what, "save all edits", orders, lambda order: order.name, lambda order, _progress: _made(order, models))
        self._into_folder.write(batch, folder, ended, unfinished)

    def _orders(self) -> list[Order]:
        document = self._document
        pictures = document.unsaved_pictures
        anchors = [picture.faces[0][0] for picture in pictures]
        used = document.model.id if document.model is not None else ""
        return [
            Order(picture, document.photo(anchor) or document.photo_file(anchor), _drawn_by(picture, used))
            for picture, anchor in zip(pictures, anchors, strict=True)
        ]

    def _place(self, orders: Sequence[Order]) -> Path | None:
        """The folder that all of the photos lie in; None where there is none such."""
        files = [self._document.photo_file(order.picture.faces[0][0]) for order in orders]
        places = {file.path.parent if file is not None and file.kept is None else None for file in files}
        return next(iter(places)) if len(places) == 1 else None

    def _say(self, failures: Sequence[tuple[Order, CoreError]], count: int) -> None:
        """Say which weren't saved, and why the first of them wasn't."""
        names = ", ".join(order.name for order, _ in failures[:NAMED]) + (", …" if len(failures) > NAMED else "")
        reasons = [self._messenger.reason(error) for _, error in failures]
        text = self.tr("{n} of {all} edited pictures couldn't be saved: {names}. {why}")
        text = text.format(n=len(failures), all=count, names=names, why=reasons[0])
        self._messenger.post(Message(text, "error", details="\n".join(reasons) if len(reasons) > 1 else "", topic=TOPIC))


class _Models:
    """The models that draw the pictures: the one in use, and those that were, loaded again where one is wanted."""

    def __init__(self, used: LoadedModel, places: Mapping[str, tuple[str, Mapping[str, Direction]]]) -> None:
        self._places = places
        self._last = used  # one at a time beside the one in use
        self._used = used

    def of(self, order: Order) -> LoadedModel:
        """The model that a picture's edits were made with. Raises CoreError where it can't be had any more."""
        for model in (self._used, self._last):
            if model.id == order.model_id:
                return model
        path, own = self._places[order.model_id]
        if not path:
            raise _other_model(order.name)
        loaded = load_model(Path(path))
        if loaded.id != order.model_id:  # a run has written a newer one over it
            raise CoreError(
                f"The edit of {order.name} was made with a model that isn't there any more.", "Edit the picture anew, then save it."
            )
        self._last = replace(loaded, directions={**loaded.directions, **own})
        return self._last


def _made(order: Order, models: _Models) -> Made:
    """The picture of an order. Raises CoreError."""
    drawing = models.of(order)
    session, others = _sessions(order.picture.faces, drawing)
    pixels, photo = _edited(order, session, others, drawing)
    recipe = session_recipe(session, "edit")
    if others:
        recipe[OTHERS] = [other.to_dict() for other in others]
    return Made(pixels, picture_name(session, others=len(others)), recipe, photo)


def _drawn_by(picture: UnsavedPicture, used: str) -> str:
    """The id of the model that its edits were made with; where it was several, that of the one in use, which shows them all."""
    ids = {kept.checkpoint_id for _, kept in picture.faces}
    return ids.pop() if len(ids) == 1 else used


def _sessions(faces: Sequence[KeptOfFace], model: LoadedModel) -> tuple[Session, tuple[Session, ...]]:
    """The face that the file opens with, and the others, each with its edits.

    Raises:
        CoreError: the model has no slider for a part of them.
    """
    sessions = []
    for anchor, kept in faces:
        edits, unknown = kept.fitting(model)
        if unknown:
            raise _other_model(anchor.label)
        sessions.append(Session(kept.checkpoint_id, anchor, edits))
    return sessions[0], tuple(sessions[1:])


def _edited(order: Order, session: Session, others: tuple[Session, ...], model: LoadedModel) -> tuple[np.ndarray, Photo | None]:
    """The picture with the edits of all its faces, uint8 (H, W, C), and the photo that it was made of. Raises CoreError."""
    anchor, photo = session.anchor, order.photo
    assert anchor is not None
    if photo is None:
        if session.checkpoint_id != model.id:
            raise _other_model(anchor.label)
        code = model.arithmetic(anchor.space).edited(np.asarray(anchor.z, np.float32), session.edits, model.directions)
        return model.engine.decode(code[None])[0], None
    opened = photo_from(photo, anchor.reference) if isinstance(photo, PhotoFile) else photo
    result = edited_photo(opened, (session, *others), model)
    if result.left_out:
        raise result.left_out[0][1]
    return result.photo.photo.pixels, opened.photo


def _other_model(label: str) -> CoreError:
    return CoreError(f"The edit of {printable(label)} was made with another model.", "Open that model, then save the picture.")
