"""The document: session, loaded model, loaded data and undo. Widgets show it and ask it to change, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.data.dataset import FaceData
from core.files import printable
from core.latent.directions import Direction
from core.latent.instrument import sample_again
from core.latent.session import ATOM, Anchor, Edit, Session
from explorer.document.face_edits import (
    EditsOfPicture,
    FaceEdits,
    KeptEdit,
    KeptOfFace,
    UnsavedPicture,
    same_face,
    shares_edits,
    with_others,
)
from explorer.document.loading import LoadedModel, as_class, model_name
from explorer.document.own_directions import OwnDirections
from explorer.document.photo_store import PhotoStore, recipe_of
from explorer.qt import override

if TYPE_CHECKING:
    from explorer.document.photos import OpenedPhoto, PhotoFile


def drawing(model: LoadedModel, class_name: str) -> LoadedModel:
    """The model with a class to draw; unchanged where it draws that already, or knows no such class."""
    engine = model.engine
    return as_class(model, class_name) if class_name in engine.classes and class_name != engine.class_name else model


def carried_over(
    session: Session, model: LoadedModel | None, original: np.ndarray | None = None, photo: OpenedPhoto | None = None
) -> Session:
    """The parts of a session that make sense with another model.

    No code is taken over: a face that was read from a picture is encoded anew, and one from the prior becomes the new model's own
    sample of that seed and number. There is no face where neither can be done, or takes its time. Edits along directions that
    the model has stay; those of dimensions don't, since dimensions mean something else in every model. The class stays where a
    conditional model knows one of that name.

    Args:
        session: of the model before.
        model: the one to go on with.
        original: the picture (H, W, C) that the session's face was read from.
        photo: that the session's face is part of; it is brought to the other model's frame.
    """
    if model is None:
        return Session()
    if session.checkpoint_id == model.id:
        return session
    if not model.spaces:  # there is no face to have a code
        return Session(checkpoint_id=model.id)
    model = drawing(model, session.class_name)
    anchor = session.anchor
    channels, height, width = model.header.image_shape
    if anchor is not None and photo is not None:
        anchor, _ = photo.anchored(anchor.both_eyes, model)
    elif anchor is not None and original is not None and original.shape == (height, width, channels):
        anchor = replace(anchor, z=tuple(map(float, model.engine.encode(original[None]).flat[0])), space="")
    elif anchor is not None:
        code = sample_again(model.engine, anchor.reference) if anchor.kind == "sample" else None
        anchor = replace(anchor, z=tuple(map(float, code)), space="") if code is not None else None
    edits = tuple(edit for edit in session.edits if edit.kind == "direction" and edit.key in model.directions)
    return Session(checkpoint_id=model.id, anchor=anchor, edits=edits, class_name=model.engine.class_name)


MERGE_ID = 1


class ReplaceSession(QUndoCommand):
    """The session before and after a change.

    Args:
        document: whose session it is.
        before: the session to come back to on undo.
        after: the session to go to.
        text: what happened, for menus.
        gesture: changes with the same number (not 0) are merged into one step.
        others: edits of other faces that come with it; None: that face has none from then on.
    """

    def __init__(
        self,
        document: Document,
        before: Session,
        after: Session,
        text: str,
        gesture: int = 0,
        others: Sequence[tuple[Anchor, KeptEdit | None]] = (),
    ) -> None:
        super().__init__(text)
        self._document = document
        self._before = before
        self._after = after
        self._gesture = gesture
        faces = [(after.anchor, None), *others]  # the edits of these may be others than those that they get
        self._kept = [(face, document.kept_edit(face), edit) for face, edit in faces if face is not None]

    @override
    def id(self) -> int:
        return MERGE_ID if self._gesture else -1

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ReplaceSession) or other._gesture != self._gesture:
            return False
        self._after = other._after
        last = {face: edit for face, _, edit in (*self._kept[1:], *other._kept[1:])}
        first = {face: edit for face, edit, _ in reversed((*self._kept[1:], *other._kept[1:]))}
        self._kept = [self._kept[0], *((face, first[face], edit) for face, edit in last.items())]
        if self._after == self._before and all(before == after for _, before, after in self._kept[1:]):
            self.setObsolete(True)
        return True

    @override
    def redo(self) -> None:
        self._document.show_session(self._after, [(face, edit) for face, _, edit in self._kept[1:]])

    @override
    def undo(self) -> None:
        self._document.show_session(self._before, [(face, edit) for face, edit, _ in self._kept])


UNDO_STEPS = 500

TakenOut: TypeAlias = "tuple[PhotoFile | None, list[KeptOfFace]]"
"""An opened picture's file and the edits of its faces, as `take_out` gives them."""


class Document(QObject):
    """Everything that the window shows, and the only way to change it."""

    session_changed = Signal(object)
    """A `Session`, after every change of the face or of its edits."""
    model_changed = Signal(object)
    """A `LoadedModel`, or None."""
    model_loading_changed = Signal(str)
    """The name of the model that is being loaded, "" when none is."""
    directions_changed = Signal()
    """The loaded model's directions have changed."""
    photo_kept = Signal(object)
    """An `OpenedPhoto` is available now; its face may already be on the screen."""
    photo_forgotten = Signal(str)
    """The reference of a photo that isn't available any more."""
    data_changed = Signal(object)
    """A `FaceData`, or None."""
    data_pending_changed = Signal(str)
    """`data_pending` has changed."""
    undo_changed = Signal()
    """What can be undone or redone has changed."""
    gesture_changed = Signal(bool)
    """A slider is being moved, or no longer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        # Not connected directly: the stack still emits signals while it is destroyed, when it may not be used any more.
        self.undo_stack.indexChanged.connect(self._on_undo_stack_index_changed)
        self._session = Session()
        self._model: LoadedModel | None = None
        self._data: FaceData | None = None
        self._loading = ""
        self._edits = FaceEdits()
        self._own = OwnDirections()
        self._used: dict[str, str] = {}  # id -> file of each model that was in use
        self._used_names: dict[str, str] = {}  # the same, for people
        self._data_pending = ""
        self._originals: dict[tuple[str, str, tuple[float, ...]], np.ndarray] = {}
        self._photos = PhotoStore()
        self._gesture = 0
        self._gestures = 0

    @property
    def session(self) -> Session:
        """The face and its edits."""
        return self._session

    @property
    def model(self) -> LoadedModel | None:
        """The model in use."""
        return self._model

    @property
    def data(self) -> FaceData | None:
        """The pictures in use."""
        return self._data

    @property
    def data_pending(self) -> str:
        """Why the pictures in use aren't yet those that the person chose, in a sentence; "" when they are."""
        return self._data_pending

    @property
    def loading(self) -> str:
        """The name of the model that is being loaded, or ""."""
        return self._loading

    @property
    def directions(self) -> dict[str, Direction]:
        """The loaded model's directions by name."""
        return dict(self._model.directions) if self._model else {}

    def shown_name(self, name: str) -> str:
        """What people see of a direction; of one that the model lacks, its name."""
        direction = self.directions.get(name)
        return direction.shown_name if direction is not None else name

    def taken_names(self, besides: str = "") -> list[str]:
        """What no other direction may be called: the names that people see, and those by which edits know directions.

        Args:
            besides: the direction that looks for a name, by its own.
        """
        others = [direction for direction in self.directions.values() if direction.name != besides]
        return [name for direction in others for name in (direction.shown_name, direction.name)]

    @property
    def main_direction(self) -> Direction | None:
        """The direction of the slider on top: the smile, or else the first class direction."""
        directions = self.directions
        return directions.get("smile") or next(iter(directions.values()), None)

    @property
    def in_gesture(self) -> bool:
        """Whether a slider is being moved."""
        return self._gesture != 0

    def original(self, anchor: Anchor | None) -> np.ndarray | None:
        """The picture (H, W, C) that a face was read from; None for faces that come from the prior."""
        return self._originals.get((anchor.kind, anchor.reference, anchor.eyes)) if anchor else None

    def photo(self, anchor: Anchor | None) -> OpenedPhoto | None:
        """The photo that a face is part of; None for other faces, and where its pixels aren't held now."""
        return self._photos.photo(anchor.reference) if anchor is not None and anchor.kind == "photo" else None

    def photo_file(self, anchor: Anchor | None) -> PhotoFile | None:
        """Where the photo that a face is part of can be read again; None for other faces, and where nobody knows."""
        return self._photos.file(anchor.reference) if anchor is not None and anchor.kind == "photo" else None

    @property
    def shown_photo(self) -> OpenedPhoto | None:
        """The photo of the session's face, with the edits of its other faces; None where there is none, or not yet."""
        others, model = self.other_faces, self._model
        if not others or model is None:
            return self.photo(self._session.anchor)
        return self._photos.with_others(recipe_of(others, model))

    @property
    def other_faces(self) -> tuple[Session, ...]:
        """The other faces of the photo that have edits for the model in use."""
        anchor, model = self._session.anchor, self._model
        if anchor is None or model is None or (self.photo(anchor) is None and self.photo_file(anchor) is None):
            return ()
        faces = [(face, kept.fitting(model)[0], kept.checkpoint_id) for face, kept in self._edits.beside(anchor)]
        return tuple(Session(checkpoint_id, face, edits) for face, edits, checkpoint_id in faces if edits)

    @property
    def awaits_photo(self) -> bool:
        """Whether the face's photo is still to be read again, or edits of other faces to be put onto it."""
        anchor = self._session.anchor
        return self.shown_photo is None and (self.photo(anchor) is not None or self.photo_file(anchor) is not None)

    def keep_photo_with(self, others: tuple[Session, ...], model: LoadedModel, photo: OpenedPhoto) -> None:
        """Hold the photo of the session's face with the edits of its other faces, made with a model."""
        self._photos.keep_with_others(recipe_of(others, model), photo)
        self.photo_kept.emit(photo)

    def leave_out(self, faces: Sequence[Session]) -> None:
        """Forget the edits of other faces of the photo, which can't be put onto it."""
        for face in faces:
            self._edits.keep(face.anchor, None)
        self.session_changed.emit(self._session)

    def keep_photo(self, opened: OpenedPhoto) -> None:
        """Hold a photo in memory for its faces; the pixels of the longest unused are let go when there are too many.

        Faces of it that are edited belong to it, also where they weren't found.
        """
        opened = self._complete(opened)
        self._photos.keep(opened)
        self.photo_kept.emit(opened)

    def correct_faces(self, photo: OpenedPhoto) -> None:
        """Hold a photo with other faces than before: the eyes of one of them are elsewhere, and `set_anchor` comes next."""
        self._photos.keep(photo)
        self.photo_kept.emit(photo)

    def _complete(self, photo: OpenedPhoto) -> OpenedPhoto:
        """A photo with its faces that are edited, or on the canvas; the person said where their eyes are, now or earlier."""
        here = self._session.anchor
        if here is not None and here.kind == "photo" and here.reference == photo.reference and here.eyes:
            for face in (*self._edits.faces_of(here), here):
                photo = photo.with_face(face.both_eyes)
        return photo

    def _join_faces(self) -> None:
        """Let the photo of the session's face have it among its own, and all that are edited."""
        photo = self.photo(self._session.anchor)
        if photo is not None and self._complete(photo) is not photo:
            self.keep_photo(photo)

    def note_photo(self, reference: str, file: PhotoFile) -> None:
        """Note where a photo can be read, so that a face of it may be chosen."""
        self._photos.note(reference, file)

    def forget_photo(self, anchor: Anchor) -> PhotoFile | None:
        """Let a face's photo go: it was taken away, or can't be read any more. Gives its file, where there was one."""
        file = self._photos.forget(anchor.reference) if anchor.kind == "photo" else None
        if file is not None:
            self.photo_forgotten.emit(anchor.reference)
        return file

    @property
    def space(self) -> str:
        """In which the face's code lies; "": the model's first."""
        return self._session.anchor.space if self._session.anchor is not None else ""

    def edited_code(self) -> np.ndarray | None:
        """The code (D,) of the face as edited; None without a face."""
        if self._session.anchor is None or self._model is None:
            return None
        return self.code_with(self._session.edits)

    def code_with(self, edits: tuple[Edit, ...]) -> np.ndarray | None:
        """The code (D,) of the face with other edits; None without a face."""
        if self._session.anchor is None or self._model is None:
            return None
        anchor, model = self._session.anchor, self._model
        return model.arithmetic(anchor.space).edited(np.asarray(anchor.z, np.float32), edits, model.directions)

    def code_of(self, anchor: Anchor) -> np.ndarray | None:
        """The code (D,) of any face with its own edits; None without a model."""
        if self._model is None:
            return None
        own = self._model.arithmetic(anchor.space)
        return own.edited(np.asarray(anchor.z, np.float32), self.edits_of(anchor), self._model.directions)

    def kept_edit(self, anchor: Anchor | None) -> KeptEdit | None:
        """The last edit of a face; None where it had none yet."""
        return self._edits.of(anchor)

    def edits_of(self, anchor: Anchor) -> tuple[Edit, ...]:
        """The part of a face's own edits that the model in use has sliders for."""
        kept = self._edits.of(anchor)
        return kept.fitting(self._model)[0] if kept is not None and self._model is not None else ()

    def picture_edits(self, anchor: Anchor) -> EditsOfPicture:
        """All edits in the picture of a face, for `note_saved`."""
        return self._edits.all_of(anchor)

    def shows_edits(self, anchor: Anchor) -> bool:
        """Whether the model in use has a slider for any edit in a face's picture."""
        model = self._model
        return model is not None and any(kept.fitting(model)[0] for kept in self._edits.in_picture(anchor))

    def other_models(self, anchor: Anchor) -> list[str]:
        """With which models other than the one in use the edits in a face's picture were made, by name."""
        kept = self._edits.in_picture(anchor)
        ids = [one.checkpoint_id for one in kept if self._model is None or one.checkpoint_id != self._model.id]
        return list(dict.fromkeys(self._used_names.get(ident, ident[:12]) for ident in ids))

    def note_saved(self, anchor: Anchor, edits: EditsOfPicture) -> None:
        """A file on the disk has these edits of a face's picture."""
        self._edits.note_saved(anchor, edits)

    @property
    def unsaved(self) -> list[str]:
        """The opened pictures whose edits, as they are now, are in no file."""
        return [picture.faces[0][0].label for picture in self._edits.unsaved]

    @property
    def unsaved_pictures(self) -> list[UnsavedPicture]:
        """The same, with their faces and edits."""
        return self._edits.unsaved

    @property
    def unsaved_directions(self) -> list[Direction]:
        """The directions that were made since the program started, for any model, and are in no file."""
        return self._own.unsaved(self._model)

    def model_left(self, direction: Direction) -> str:
        """The name of the model of a direction that isn't saved, "" for the model in use."""
        return "" if self._model is not None and self._model.id == direction.checkpoint_id else self._own.model_left(direction)

    def used_model(self, model_id: str) -> tuple[str, dict[str, Direction]]:
        """The file of a model that was in use ("" if it wasn't), and the person's own directions that wait for it."""
        return self._used.get(model_id, ""), self._own.of_left(model_id)

    def note_direction_saved(self, direction: Direction) -> None:
        """A file of its own holds this direction, as it is now."""
        self._own.note_in_file(direction)

    def note_direction_in_model(self, direction: Direction) -> None:
        """The file of its model holds this direction, or will in a moment."""
        self._own.note_in_model([direction])

    # -- asked by widgets ---------------------------------------------------------------------------------------

    def begin_gesture(self) -> None:
        """From now on, changes are one step of undo."""
        self._gestures += 1
        self._gesture = self._gestures
        self.gesture_changed.emit(True)

    def end_gesture(self) -> None:
        """The gesture is over."""
        self._gesture = 0
        self.gesture_changed.emit(False)

    def set_edit(self, kind: str, key: str, weight: float) -> None:
        """Move one slider."""
        moved = self.shown_name(key) if kind == "direction" else self.tr("dimension {n}").format(n=key)
        if kind == ATOM:
            moved = self.tr("atom {n}").format(n=int(key) + 1)
        text = self.tr("Move {name}").format(name=moved)
        self._push(self._session.with_edit(kind, key, weight), text)

    def paint_cells(self, codes: Mapping[int, int], text: str) -> None:
        """Give cells of the face's grid other codes, by the cells' numbers; `text` says what that is, for menus."""
        if self._session.anchor is not None and codes:
            self._push(self._session.with_cells(codes), text)

    def paint_places(self, amounts: Mapping[int, float], text: str) -> None:
        """Add to coefficients of the face's sparse code, by their numbers; `text` says what that is, for menus."""
        if self._session.anchor is not None and amounts:
            self._push(self._session.with_places(amounts), text)

    def exchange_cells(self, cells: Sequence[int], other: Anchor, text: str) -> None:
        """Exchange the codes of some cells between the face and another one of the same model; both keep them, in one step of undo.

        Args:
            cells: their numbers.
            other: the other face; where it is this one, nothing happens.
            text: what that is, for menus.
        """
        here, there = self.edited_code(), self.code_of(other)
        if here is None or there is None or self._model is None or not cells or same_face(self._session.anchor, other):
            return
        edited = Session(self._model.id, other, self.edits_of(other)).with_cells({cell: int(here[cell]) for cell in cells})
        session = self._session.with_cells({cell: int(there[cell]) for cell in cells})
        self._push(session, text, [(other, KeptEdit(edited.edits, self._model.id))])

    def set_anchor(
        self, anchor: Anchor, original: np.ndarray | None = None, class_name: str = "", *, is_same_face: bool = False
    ) -> None:
        """Go to another face. An opened photo's has its own edits; among other faces the sliders stay where they are.

        Args:
            anchor: the face; its code must be of the loaded model.
            original: the picture (H, W, C) that it was read from, if it was.
            class_name: what a conditional model draws from now on; "" = unchanged.
            is_same_face: the face stays, and with it the sliders; only its eyes were corrected, however far.
        """
        if original is not None:
            self._originals[anchor.kind, anchor.reference, anchor.eyes] = original
        stays = is_same_face or same_face(self._session.anchor, anchor)
        edits = self._session.edits if stays else self.edits_of(anchor)
        session = replace(self._session.with_anchor(anchor), edits=edits)
        if class_name:
            session = replace(session, class_name=class_name)
        before = self._session.anchor
        has_gone = is_same_face and before is not None and bool(before.eyes) and not same_face(before, anchor)
        left = [(before, None)] if before is not None and has_gone else []  # or its edit would stay where it isn't
        self._push(session, self.tr("Choose {name}").format(name=anchor.label), left)
        self._join_faces()

    def set_edits(self, edits: tuple[Edit, ...]) -> None:
        """Set all sliders at once."""
        self._push(replace(self._session, edits=edits), self.tr("Paste the edit"))

    def restore(self, session: Session, name: str, others: Sequence[Session] = (), original: np.ndarray | None = None) -> None:
        """Go back to a saved edit, face and sliders; it can be undone.

        Args:
            session: to go back to.
            name: of its file.
            others: other faces with their edits, such as those of the same photo.
            original: the picture (H, W, C) that the session's face was read from, if it was.
        """
        anchor = session.anchor
        if original is not None and anchor is not None:
            self._originals[anchor.kind, anchor.reference, anchor.eyes] = original
        kept = [(other.anchor, KeptEdit(other.edits, other.checkpoint_id)) for other in others if other.anchor is not None]
        self._push(session, self.tr("Open {name}").format(name=name), kept)
        self._join_faces()

    def open_anchor(self, anchor: Anchor) -> None:
        """Start on a face that the person didn't choose, so without undo."""
        self.undo_stack.clear()
        self.show_session(self._session.with_anchor(anchor))

    def reset_edits(self, *, of_all_faces: bool = False) -> None:
        """Reset every slider; `of_all_faces`: also those of the photo's other faces."""
        kept: list[KeptOfFace] = []
        for other in self.other_faces if of_all_faces else ():
            before = self._edits.of(other.anchor)
            if other.anchor is not None and before is not None:  # what only another model has sliders for stays
                rest = tuple(edit for edit in before.edits if edit not in other.edits)
                kept.append((other.anchor, replace(before, edits=rest)))
        self._push(self._session.without_edits(), self.tr("Reset"), kept)

    def set_data(self, data: FaceData | None) -> None:
        """Use other pictures."""
        self._data = data
        self.data_changed.emit(data)

    def set_data_pending(self, why: str) -> None:
        """Say why the pictures in use aren't those that the person chose ("" = they are)."""
        if why != self._data_pending:
            self._data_pending = why
            self.data_pending_changed.emit(why)

    def set_loading(self, name: str) -> None:
        """Say that a model is being loaded ("" = no longer)."""
        if name != self._loading:
            self._loading = name
            self.model_loading_changed.emit(name)

    def set_model(self, model: LoadedModel | None, session: Session | None = None) -> None:
        """Use another model. Steps of undo stay as far as they make sense with it; those about directions of the old one don't.

        Directions that its file lacks, and edits along them, are there again if it was in use before.

        Args:
            model: the model, ready for use.
            session: the session to show; by default the parts of the present one that make sense with the model.
        """
        if self._model is not None:
            self._own.leave(self._model, model, self._edits)
        waiting: list[KeptOfFace] = []
        if model is not None:
            self._own.note_in_model(model.directions.values())
            self._used[model.id] = model.path
            self._used_names[model.id] = model.name
            model = self._own.added_to(model)
            waiting = self._own.take_edits(model)
        session = carried_over(self._session, model) if session is None else session
        if model is not None:
            model = drawing(model, session.class_name)
            session = replace(session, class_name=model.engine.class_name)
            for face, edit in waiting:
                self._edits.add(face, edit.edits)
                if shares_edits(face, session.anchor):
                    session = replace(session, edits=with_others(session.edits, edit.edits))
            kept = self._edits.of(session.anchor)
            if kept is not None:  # it may hold more than the model before had sliders for
                session = replace(session, edits=kept.fitting(model)[0])
        is_other = model is None or self._model is None or model.id != self._model.id
        self._model = model
        if is_other:
            self._forget_steps()
        self._take(session)
        self.model_changed.emit(model)
        self.session_changed.emit(self._session)

    def choose_class(self, name: str) -> None:
        """Let a conditional model draw another class from here on; the face's code and its edits stay. It can be undone.

        Raises:
            ConfigError: the model isn't conditional, or knows no such class.
        """
        if self._model is not None:
            as_class(self._model, name)  # raises an error for an unknown class
            self._push(replace(self._session, class_name=name), self.tr("Choose the class {name}").format(name=printable(name)))

    def _forget_steps(self) -> None:
        """Let go what can't be undone with another model: where a step is about a direction of the old one, all of them."""
        steps = [self.undo_stack.command(number) for number in range(self.undo_stack.count())]
        if self._model is None or any(getattr(step, "is_of_model", False) for step in steps):
            self.undo_stack.clear()

    def _for_this_model(self, session: Session) -> Session:
        """A session of undo as the loaded model can show it: it may be of a model that was in use before."""
        if self._model is None or session.checkpoint_id == self._model.id:
            return session
        here = self._session.anchor
        if session.anchor is not None and here is not None and replace(session.anchor, z=()) == replace(here, z=()):
            return replace(carried_over(replace(session, anchor=None), self._model), anchor=here)
        carried = carried_over(session, self._model, self.original(session.anchor), self.photo(session.anchor))
        is_gone = session.anchor is not None and carried.anchor is None  # its picture can't be had any more
        return replace(carried, anchor=here) if is_gone else carried

    def set_model_path(self, path: Path) -> None:
        """Note that the loaded model's file was moved; the model itself, the face and undo stay unchanged."""
        if self._model is not None:
            self._model = replace(self._model, path=str(path), name=model_name(path, self._model.header))
            self._used[self._model.id] = str(path)
            self.model_loading_changed.emit(self._loading)  # updates views that show the model's name

    def set_direction(self, direction: Direction, place: int | None = None) -> None:
        """Add a direction to the loaded model, at a place among the others or as the last, or replace the one of that name."""
        if self._model is None:
            return
        directions = {**self._model.directions, direction.name: direction}
        if place is not None:
            names = [name for name in directions if name != direction.name]
            names.insert(place, direction.name)
            directions = {name: directions[name] for name in names}
        self._model = replace(self._model, directions=directions)
        self.directions_changed.emit()
        self.session_changed.emit(self._session)

    def rename_direction(self, name: str, shown: str) -> None:
        """Let people see a direction of the loaded model under another name; edits along it know it by its own, which stays."""
        if name in self.directions:
            self.set_direction(self.directions[name].shown_as(shown))

    def remove_direction(self, name: str) -> None:
        """Take a direction out of the loaded model, and its edit out of the session."""
        if self._model is None or name not in self._model.directions:
            return
        left = {key: one for key, one in self._model.directions.items() if key != name}
        self._model = replace(self._model, directions=left)
        self._take(self._known_part(self._session))
        self.directions_changed.emit()
        self.session_changed.emit(self._session)

    def _known_part(self, session: Session) -> Session:
        """Without edits along removed directions, which undo may still have. A missing class becomes the present one."""
        if self._model is None or session.checkpoint_id != self._model.id:
            return session
        session = replace(session, class_name=session.class_name or self._model.engine.class_name)
        known = [edit for edit in session.edits if edit.kind != "direction" or edit.key in self._model.directions]
        return session if len(known) == len(session.edits) else replace(session, edits=tuple(known))

    def show_session(self, session: Session, kept: Sequence[tuple[Anchor, KeptEdit | None]] = ()) -> None:
        """Make this the session; called only by undo commands.

        Args:
            session: to show.
            kept: faces with the edits that they have from now on; None: none.
        """
        if session.anchor is not None:
            session = session.with_anchor(self._edits.as_known(session.anchor))
        session, others = self._known_part(self._for_this_model(session)), self.other_faces
        for face, edit in kept:
            self._edits.keep(face, edit)
        if session == self._session and self.other_faces == others and not self.awaits_photo:
            return
        before = self._model
        self._take(session)
        if before is not None:
            self._model = drawing(before, session.class_name)
            if self._model is not before:
                self.model_changed.emit(self._model)
        self.session_changed.emit(session)

    def keep_edit(self, anchor: Anchor | None, kept: KeptEdit | None) -> None:
        """Note a face's own edits; called only by undo commands."""
        self._edits.keep(anchor, kept)

    def take_out(self, anchor: Anchor) -> TakenOut:
        """Let an opened picture go, with the edits of its faces; called only by undo commands. Gives what `put_back` needs."""
        return self.forget_photo(anchor), self._edits.take_out(anchor)

    def put_back(self, anchor: Anchor, gone: TakenOut) -> None:
        """Undo `take_out`."""
        file, entries = gone
        if file is not None:
            self.note_photo(anchor.reference, file)
        self._edits.put_back(anchor, entries)

    def _take(self, session: Session) -> None:
        self._session = session
        anchor = session.anchor
        self._photos.use(anchor.reference if anchor is not None and anchor.kind == "photo" else "")
        if self._model is None:
            return
        kept = self._edits.of(session.anchor)
        if kept is None or kept.checkpoint_id == self._model.id or kept.fitting(self._model)[0] != session.edits:
            self._edits.keep(session.anchor, KeptEdit(session.edits, self._model.id))

    def _on_undo_stack_index_changed(self) -> None:
        self.undo_changed.emit()

    def _push(self, session: Session, text: str, others: Sequence[tuple[Anchor, KeptEdit | None]] = ()) -> None:
        if session != self._session or others:
            self.undo_stack.push(ReplaceSession(self, self._session, session, text, self._gesture, others))
