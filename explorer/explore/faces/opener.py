"""Opening a picture file in Explore: framed already, or a photo whose face is found and brought to the model's frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.errors import CoreError
from core.faces.alignment import Eyes
from core.latent.session import Anchor, Session
from core.progress import Progress
from explorer.actions import keys_of
from explorer.document.document import Document
from explorer.document.face_edits import same_face
from explorer.document.loading import LoadedModel
from explorer.document.photos import PhotoFile
from explorer.document.picture_adder import TOPIC
from explorer.document.picture_files import EncodedPicture, SavedEdit, encoded_face, photo_from
from explorer.document.renewed_edits import read_for
from explorer.document.saved_edits import drawn_otherwise, fitting, is_successor, successor
from explorer.messages import Message, Messenger
from explorer.tasks import Task, run_task

if TYPE_CHECKING:
    from core.faces.finder import FoundFace
    from explorer.document.photos import OpenedPhoto

Made = TypeVar("Made")

NAMED = 5  # edits that a message names
FACES_TOPIC = "faces"  # of messages about which face of a photo is edited


class PictureOpener(QObject):
    """Reads files off the window's thread; asks where the eyes are if that isn't certain.

    One request at a time: a new one silently cancels the one before.

    Signals:
        opened(EncodedPicture): a face is ready to be edited.
        busy_changed(bool): a file is being read, or no longer.
        file_opened(str): this file was read, and stays where it is.
        progressed(int, int): how far the search for faces is: done, total.
        given_up(): what was asked for won't come: it failed, or the person dropped it.
        model_requested(str): the person wants the model that a saved picture was made with.
    """

    opened = Signal(object)
    busy_changed = Signal(bool)
    file_opened = Signal(str)
    progressed = Signal(int, int)
    given_up = Signal()
    model_requested = Signal(str)

    def __init__(self, document: Document, messenger: Messenger, runs_folder: Callable[[], Path], window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._messenger = messenger
        self._runs_folder = runs_folder
        self._window = window
        self._task: Task | None = None  # whose result is wanted
        self._file: tuple[str, object] | None = None  # that is being read
        self._awaited: SavedEdit | None = None  # until its model is loaded
        self._told: tuple[str, int] | None = None  # the photo and the place of the face that was said to be edited
        self._asked_on: tuple[LoadedModel | None, Anchor | None] = (None, None)
        document.model_changed.connect(self._on_document_model_changed)
        document.session_changed.connect(self._on_document_session_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a request is running."""
        return self._task is not None

    @property
    def file(self) -> tuple[str, object] | None:
        """The file that is being read, and what keeps it; None while none is."""
        return self._file if self.is_busy else None

    def open_file(self, path: str, kept: object = None) -> None:
        """Read a file, and edit its face; a reference to `kept` keeps the file until it is read. There has to be a model."""
        model = self._ready_model()
        if model is None:
            return

        runs = self._runs_folder()

        def work(progress: Progress) -> EncodedPicture | OpenedPhoto | SavedEdit:
            return read_for(Path(path), model, runs, progress, kept)

        def done(opened: EncodedPicture | OpenedPhoto | SavedEdit) -> None:
            if kept is None:
                self.file_opened.emit(path)
            if isinstance(opened, EncodedPicture):
                self.opened.emit(opened)
                self._say(opened.note)
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
                self.tell_faces(opened)
                self._use(opened, opened.first_eyes)

        self._run(work, done, lambda: self.open_file(path, kept), "open picture")
        self._file = path, kept

    def tell_faces(self, photo: OpenedPhoto) -> None:
        """Say which face of a photo of several people is edited first, and how to go to another."""
        faces = found_in_turn(photo)
        if len(faces) > 1:
            place = faces.index(photo.faces[0]) + 1
            text = self.tr(
                "Face {n} of the {all} found in {name}, from the left, is chosen. Click another one in the whole photo, or press "
                "{keys}."
            )
            text = text.format(name=photo.photo.name, all=len(faces), n=place, keys=keys_of("next_face"))
            self._messenger.post(Message(text, topic=FACES_TOPIC))
            self._told = photo.reference, place - 1

    def encode_again(self, picture: EncodedPicture) -> None:
        """Edit a face that was opened before; another model may have come since, and where its eyes are may be a guess."""
        model = self._ready_model()
        if model is None:
            return
        anchor = picture.anchor
        photo = self._document.photo(anchor) or self._document.photo_file(anchor)
        if photo is not None and picture.unsure:
            self._with_photo(photo, anchor, self._ask_eyes)
            return
        if photo is not None:
            self._with_photo(photo, anchor, lambda opened: self._use(opened, anchor.both_eyes))
            return
        if picture.original.shape != (*model.header.image_shape[1:], model.header.image_shape[0]):
            self._messenger.info(
                self.tr("{name} was read for a model of another size; open its file again.").format(name=anchor.label)
            )
            self.given_up.emit()
            return

        def work(progress: Progress) -> EncodedPicture:
            z = model.engine.encode(picture.original[None]).flat[0]
            return replace(picture, anchor=replace(anchor, z=tuple(map(float, z))), generation=model.generation)

        def done(encoded: EncodedPicture) -> None:
            self.opened.emit(encoded)
            self.ask_for_photo(encoded.anchor)

        self._run(work, done, lambda: self.encode_again(picture), "encode picture")

    def correct_eyes(self) -> None:
        """Let the person move the markers of the photo in use."""
        anchor = self._document.session.anchor
        photo = self._document.photo(anchor)
        if photo is not None and anchor is not None:
            self._ask_eyes(photo, anchor)

    def turn_to_face(self, step: int) -> None:
        """Go to another face of the photo in use: the next one from left to right, or with -1 the one before."""
        anchor = self._document.session.anchor
        photo = self._document.photo(anchor)
        if photo is None or anchor is None:
            return
        eyes, at = faces_in_turn(photo, anchor)
        if len(eyes) > 1:
            self._use(photo, eyes[(at + step) % len(eyes) if at >= 0 else 0])

    def choose_face(self, place: int) -> None:
        """Go to the face of the photo in use that has this place from left to right."""
        photo = self._document.photo(self._document.session.anchor)
        if photo is not None and place < len(photo.faces):
            self._use(photo, found_in_turn(photo)[place].eyes)

    def forget(self) -> None:
        """Drop the running request: another face was chosen, or the person pressed Cancel."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.busy_changed.emit(False)
            self.given_up.emit()

    def _ask_eyes(self, photo: OpenedPhoto, corrected: Anchor | None = None) -> None:
        """Let the person place the markers.

        Args:
            photo: on which.
            corrected: the face whose eyes are corrected; None: none was chosen yet.
        """
        from explorer.explore.faces.place_eyes import PlaceEyes  # noqa: PLC0415

        model = self._ready_model()
        if model is None:
            return
        dialog = PlaceEyes(photo, model, corrected.both_eyes if corrected is not None else None, self._window.window())
        dialog.accepted.connect(lambda: self._use_placed(photo, dialog.eyes, corrected))
        dialog.rejected.connect(self.given_up)
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
            place, offer = str(saved.model), self.tr("Open that model")
            if saved.model == successor(saved.session.checkpoint_id):
                text = self.tr("{name} was made with an earlier model, in whose place there is a newer one now.")
                text, offer = text.format(name=saved.name), self.tr("Open the newer model")
            self._messenger.post(Message(text, "info", action=(offer, lambda: self.model_requested.emit(place))))
            return
        try:
            session, left_out = fitting(saved.session, model)
        except CoreError as error:
            self._messenger.report(error)
            return
        if saved.photo is not None:
            self._document.keep_photo(saved.photo)
        self._document.restore(session, saved.name, saved.others)
        if session.anchor is not None:
            self._document.note_saved(session.anchor, self._document.picture_edits(session.anchor))
        if left_out:
            names = ", ".join(left_out[:NAMED]) + (", …" if len(left_out) > NAMED else "")
            self._messenger.warning(self.tr("This model has no slider for: {names}. The rest is as it was.").format(names=names))
        elif session.anchor is not None:
            self.ask_for_photo(session.anchor)
        self._say(saved.note)
        if not saved.note and drawn_otherwise(saved.program, session, model):
            text = self.tr("{name} was saved by an earlier version. Its edit is made anew, sharper, and looks different from it.")
            self._messenger.info(text.format(name=saved.name))
        if saved.photo is not None and session.anchor is not None:
            self._use(saved.photo, session.anchor.both_eyes, as_before=session.anchor.is_as_before)

    def ask_for_photo(self, anchor: Anchor) -> None:
        """Say that a face's photo has to be opened as well, if nobody knows where it is."""
        if anchor.kind == "photo" and self._document.photo(anchor) is None and self._document.photo_file(anchor) is None:
            text = self.tr(
                "The photo {name} wasn't found, so its face is shown as the model draws it. Open it as well, and the edit is put "
                "onto it again."
            )
            self._messenger.info(text.format(name=anchor.label))

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        awaited = self._awaited
        if model is None or awaited is None:
            return
        if is_successor(model, awaited.session.checkpoint_id):
            self._awaited = None
            self.open_file(str(awaited.path), awaited.kept)
        elif awaited.session.checkpoint_id == model.id:
            self._awaited = None
            self._go_on(awaited, model)

    def _say(self, note: str) -> None:
        """Tell what the person should know about a picture, if anything."""
        if note:
            self._messenger.info(note)

    def _on_document_session_changed(self, session: Session) -> None:
        """If another face came from elsewhere meanwhile, say by undo, drop the request so that the face stays."""
        model, before = self._asked_on
        if self._is_still(model) and _face(session.anchor) != _face(before):
            self.forget()
        self._tell_choice(session.anchor)

    def _tell_choice(self, anchor: Anchor | None) -> None:
        """Let what was said of a photo's face follow the choice."""
        if self._told is None or self.is_busy:
            return
        photo, place, count = self._document.photo(anchor), -1, 0
        if photo is not None and anchor is not None and photo.reference == self._told[0]:
            eyes, place = faces_in_turn(photo, anchor)
            count = len(eyes)
        if place == self._told[1]:
            return
        self._messenger.settle(FACES_TOPIC)
        self._told = (self._told[0], place) if place >= 0 else None
        if place >= 0:
            all_found = photo is not None and not any(face.by_hand for face in photo.faces)
            found = self.tr("Face {n} of the {all} found, from the left, is chosen.")
            text = (found if all_found else self.tr("Face {n} of {all}, from the left, is chosen.")).format(n=place + 1, all=count)
            self._messenger.post(Message(text, topic=FACES_TOPIC, is_quiet=True))

    def _use_placed(self, photo: OpenedPhoto, eyes: Eyes, corrected: Anchor | None) -> None:
        """Edit the face with the eyes that the person placed, which the photo has from now on.

        They are those of the face that was corrected, or of another one that is known; or else of one that joins these. A
        face goes wherever its eyes are put where it may have been taken for one: the finder wasn't sure of it, or the person
        placed it before and didn't edit it.
        """
        photo = self._document.photo(corrected) or photo
        here = photo.place_of(corrected.both_eyes) if corrected is not None else -1
        there = photo.place_of(eyes)
        if corrected is not None and there < 0 <= here:
            face, edits = photo.faces[here], self._document.session.edits
            if not face.sure or (face.by_hand and not edits):
                there = here
        corrected_photo = photo.with_eyes(there, eyes) if there >= 0 else None
        joins = there < 0 and bool(photo.faces)
        stays = corrected is not None and here == there
        self._use(photo, eyes, stays=stays, joins=joins, placed=corrected_photo)

    def _use(
        self,
        photo: OpenedPhoto,
        eyes: Eyes,
        *,
        stays: bool = False,
        joins: bool = False,
        placed: OpenedPhoto | None = None,
        as_before: bool = False,
    ) -> None:
        """Edit the photo's face with these eyes.

        Args:
            photo: the photo.
            eyes: of the face.
            stays: it is the face on the canvas, whose eyes were corrected.
            joins: it wasn't among the photo's faces; a message says that it is now.
            placed: the photo with the face's eyes as the person placed them.
            as_before: the face is from a file of before, see `core.latent.session.Anchor`.
        """
        model = self._ready_model()
        if model is None:
            return

        def done(encoded: EncodedPicture) -> None:
            if placed is not None:
                self._document.correct_faces(placed)
            self.opened.emit(encoded)
            if joins:
                self._tell_joined(encoded.anchor)

        self._run(
            lambda _: encoded_face(photo, eyes, model, corrected=stays, as_before=as_before),
            done,
            lambda: self._use(photo, eyes, stays=stays, joins=joins, placed=placed, as_before=as_before),
            "encode picture",
        )

    def _tell_joined(self, anchor: Anchor) -> None:
        """Say that a face that was placed by hand is one of its photo's now."""
        photo = self._document.photo(anchor)
        if photo is None:
            return
        eyes, place = faces_in_turn(photo, anchor)
        text = self.tr(
            "Face {n} of {all}, from the left, is chosen: it belongs to the faces of {name} now, and begins with no edit. {before} "
            "and {after} go to the others."
        )
        keys = {"before": keys_of("previous_face"), "after": keys_of("next_face")}
        text = text.format(n=place + 1, all=len(eyes), name=photo.photo.name, **keys)
        self._messenger.post(Message(text, topic=FACES_TOPIC))
        self._told = photo.reference, place

    def _with_photo(self, photo: OpenedPhoto | PhotoFile, anchor: Anchor, use: Callable[[OpenedPhoto], None]) -> None:
        """Do something with a photo, which is read again if its pixels were let go."""
        if not isinstance(photo, PhotoFile):
            use(photo)
            return

        def done(opened: OpenedPhoto) -> None:
            self._document.keep_photo(opened)
            use(opened)

        self._run(
            lambda _: photo_from(photo, anchor.reference),
            done,
            lambda: self._with_photo(photo, anchor, use),
            "read photo again",
        )

    def _is_still(self, model: LoadedModel | None) -> bool:
        """Whether that model is in use, perhaps with other directions; with another class it counts as another model."""
        here = self._document.model
        return here is not None and model is not None and here.generation == model.generation

    def _ready_model(self) -> LoadedModel | None:
        if self._document.model is None:
            self._messenger.info(self.tr("The model is still loading; try again in a moment."))
            self.given_up.emit()
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
        self._messenger.settle(TOPIC)  # what was said of an earlier attempt
        self._file = None
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
            self._messenger.report(error, TOPIC)
            self.given_up.emit()

        report = self.progressed.emit
        self._task = run_task(self, work, done=finished, failed=failed, progress=lambda _, *far: report(*far), name=name)
        if not was_busy:
            self.busy_changed.emit(True)


def _face(anchor: Anchor | None) -> tuple[str, str] | None:
    """Identifies a face, apart from its code and its eyes."""
    return (anchor.kind, anchor.reference) if anchor is not None else None


def found_in_turn(photo: OpenedPhoto) -> list[FoundFace]:
    """A photo's faces from left to right."""
    return sorted(photo.faces, key=lambda face: face.eyes.left[0] + face.eyes.right[0])


def faces_in_turn(photo: OpenedPhoto, anchor: Anchor) -> tuple[list[Eyes], int]:
    """The eyes of a photo's faces from left to right, and the place of a face among them: -1 where it isn't one of these."""
    eyes = [face.eyes for face in found_in_turn(photo)]
    anchors = [replace(anchor, eyes=(*one.left, *one.right)) for one in eyes]
    return eyes, next((place for place, other in enumerate(anchors) if same_face(other, anchor)), -1)
