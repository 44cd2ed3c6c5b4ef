"""Photos of the person's own: opened with their faces, and shown with an edit while a slider moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from core.data.photo import Photo, open_photo
from core.errors import CoreError, DataError
from core.faces.alignment import USUAL_FRAME, Eyes, inverse, similarity, to_frame
from core.faces.finder import FoundFace, Progress, find_faces, placed_face
from core.latent.session import Anchor, Session
from core.photo.close_up import CloseUps
from core.photo.edit import PlacedFace, eyes_in_frame, place
from core.photo.face_edit import FaceEdit
from core.photo.part import Box, PhotoPart, box_around, part_around, part_of
from core.photo.transfer import covered
from explorer.document.face_edits import near_eyes
from explorer.document.loading import LoadedModel
from explorer.document.saved_edits import fitting, is_code

SHOWN_SIDE = 720  # pixels: the longer side of what the canvas shows, at most
REDUCED_SIDE = 1600  # pixels: the longer side of a photo that markers are put on
STRIP_SIDE = 160  # pixels: a step of the strip


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFile:
    """A photo's file, and the faces that were found in it, so that nobody need look for them again."""

    path: Path
    faces: tuple[FoundFace, ...]
    kept: object = None
    """Keeps the file on the disk while it is referenced; None for a file of the person's own."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPhoto:
    """A photo, the faces found in it, and its reference in sessions."""

    photo: Photo
    faces: tuple[FoundFace, ...]
    reference: str
    reduced: np.ndarray  # uint8 (h, w, 3), small enough for the screen
    scale: float  # pixels of the photo per pixel of `reduced`
    opaque: np.ndarray  # uint8 (H, W, 3), the photo on white; its own pixels where nothing is transparent
    file: PhotoFile | None = None  # to read it from again

    @property
    def needs_help(self) -> bool:
        """Whether the person should say where the eyes of its most prominent face are."""
        return not self.faces or not self.faces[0].sure

    @property
    def first_eyes(self) -> Eyes:
        """The eyes of the most prominent face; where none was found, those of a face that fills the photo's middle."""
        if self.faces:
            return self.faces[0].eyes
        height, width = self.photo.pixels.shape[:2]
        side = min(height, width)
        rest = USUAL_FRAME.eyes(side)
        off = ((width - side) / 2.0, (height - side) / 2.0)
        return Eyes((rest.left[0] + off[0], rest.left[1] + off[1]), (rest.right[0] + off[0], rest.right[1] + off[1]))

    def place_of(self, eyes: Eyes) -> int:
        """The number of the face that these eyes belong to; -1 for none."""
        wanted = (*eyes.left, *eyes.right)
        near = [n for n, face in enumerate(self.faces) if near_eyes((*face.eyes.left, *face.eyes.right), wanted)]
        if near:
            middle = _middle(eyes)
            return min(near, key=lambda n: math.dist(_middle(self.faces[n].eyes), middle))
        around = [n for n, face in enumerate(self.faces) if _holds(face.box, _middle(eyes))]
        return min(around, key=lambda n: self.faces[n].box[2], default=-1)

    def with_face(self, eyes: Eyes) -> OpenedPhoto:
        """The photo with a face more; unchanged where it has one with about these eyes."""
        wanted = (*eyes.left, *eyes.right)
        if any(near_eyes((*face.eyes.left, *face.eyes.right), wanted) for face in self.faces):
            return self
        return self._with(*self.faces, placed_face(eyes))

    def with_eyes(self, place: int, eyes: Eyes) -> OpenedPhoto:
        """The photo with the eyes of a face elsewhere."""
        faces = list(self.faces)
        moved = faces[place]
        is_near = not moved.by_hand and _holds(moved.box, _middle(eyes))
        faces[place] = replace(moved, eyes=eyes, sure=True) if is_near else placed_face(eyes)
        return self._with(*faces)

    def _with(self, *faces: FoundFace) -> OpenedPhoto:
        return replace(self, faces=faces, file=replace(self.file, faces=faces) if self.file is not None else None)

    def as_seen(self, eyes: Eyes, model: LoadedModel) -> np.ndarray:
        """The face with these eyes in the model's frame, quickly: uint8 (S, S, 3)."""
        size, target = model.header.image_shape[1], eyes_in_frame(model.header)
        if eyes.distance / self.scale < target.distance:  # it is so small that the reduced photo knows too little of it
            return to_frame(self.opaque, similarity(eyes, target), size)
        x1, y1, x2, y2 = ((value + 0.5) / self.scale - 0.5 for value in (*eyes.left, *eyes.right))
        return to_frame(self.reduced, similarity(Eyes((x1, y1), (x2, y2)), target), size)

    def anchored(self, eyes: Eyes, model: LoadedModel) -> tuple[Anchor, np.ndarray]:
        """The face with these eyes as a session's face, and the picture of it that the model sees. Raises DataError."""
        face = place(self.photo, eyes, model.header)
        z = model.engine.encode(face.framed[None]).flat[0]
        where = (*map(float, eyes.left), *map(float, eyes.right))
        return Anchor("photo", self.photo.name, self.reference, tuple(map(float, z)), where), face.framed


def read_photo(path: Path, progress: Progress | None = None, kept: object = None) -> OpenedPhoto:
    """Open a photo and find its faces. Raises DataError, and Cancelled from `progress`.

    Args:
        path: of the photo.
        progress: how far the search for faces is.
        kept: keeps a file that isn't the person's own on the disk while it is referenced.
    """
    photo = open_photo(path)
    return _opened(photo, PhotoFile(path, tuple(find_faces(photo.opaque, progress=progress)), kept))


def read_again(file: PhotoFile, reference: str) -> OpenedPhoto:
    """A photo whose pixels were let go, from its file.

    Raises:
        DataError: the file has gone, can't be read, or holds another picture by now.
    """
    opened = _opened(open_photo(file.path), file)
    if opened.reference != reference:
        raise DataError(f"{file.path.name} holds another picture than before.", "Open the file again to edit that picture.")
    return opened


@dataclass(frozen=True, slots=True, eq=False)
class EditedFaces:
    """A photo of several people with the edits of some of its faces."""

    photo: OpenedPhoto
    left_out: tuple[tuple[Session, CoreError], ...]
    """Faces that can't be edited, each with why."""


def with_edits(opened: OpenedPhoto, faces: Sequence[Session], model: LoadedModel) -> EditedFaces:
    """A photo of several people with the edits of some of its faces in its pixels.

    Args:
        opened: the photo as it is.
        faces: of it, each with its edits.
        model: whose edits they are.
    """
    pixels, left_out = opened.photo.pixels, []
    for session in faces:
        anchor = session.anchor
        assert anchor is not None
        try:
            if session.checkpoint_id != model.id or not is_code(anchor, model):
                anchor, _ = opened.anchored(anchor.both_eyes, model)
            known, unknown = fitting(replace(session, anchor=anchor), model)
            if unknown:
                names = ", ".join(unknown)
                raise DataError(f"The edit of another face moves {names}, which this model doesn't have.", "Edit that face anew.")
            face = place(opened.photo, anchor.both_eyes, model.header)
        except CoreError as error:
            left_out.append((session, error))
            continue
        before = np.asarray(anchor.z, np.float32)
        code = model.arithmetic(anchor.space).edited(before, known.edits, model.directions)
        pixels = face.edit(model.engine, before, anchor.is_as_before).put_on(pixels, face.matrix, code)
    photo, file = replace(opened.photo, pixels=pixels), opened.file or PhotoFile(Path(opened.photo.name), opened.faces)
    return EditedFaces(replace(_opened(photo, file), reference=opened.reference), tuple(left_out))


def _middle(eyes: Eyes) -> tuple[float, float]:
    return (eyes.left[0] + eyes.right[0]) / 2.0, (eyes.left[1] + eyes.right[1]) / 2.0


def _holds(box: tuple[float, float, float, float], point: tuple[float, float]) -> bool:
    left, top, width, height = box
    return left <= point[0] <= left + width and top <= point[1] <= top + height


def _opened(photo: Photo, file: PhotoFile) -> OpenedPhoto:
    opaque = photo.opaque
    height, width = opaque.shape[:2]
    scale = max(1.0, max(height, width) / REDUCED_SIDE)
    shape = (max(1, round(width / scale)), max(1, round(height / scale)))
    reduced = np.asarray(cv2.resize(opaque, shape, interpolation=cv2.INTER_AREA)) if scale > 1.0 else opaque
    return OpenedPhoto(photo, file.faces, photo.reference(), reduced, width / shape[0], opaque, file)


def photo_beside(path: Path, anchor: Anchor, progress: Progress | None = None) -> OpenedPhoto | None:
    """The photo that a saved edit was made of, where it lies in the same folder under its own name.

    Args:
        path: of the saved edit.
        anchor: its face, by its recipe, which may say anything: the photo is checked to be the same one.
        progress: as `read_photo`.
    """
    place = path.parent / anchor.label
    try:
        if anchor.kind != "photo" or place.name != anchor.label or not place.is_file():
            return None
        opened = read_photo(place, progress)
    except (DataError, OSError):
        return None  # not the same photo
    return opened if opened.reference == anchor.reference else None


class PhotoPreview:
    """A photo, or its part around its face, small enough to be edited while a slider moves; and close-ups of it.

    All of it runs on the decoding thread, but for `box`, `changing`, and `close_up`, which may run beside it.

    Args:
        opened: the photo.
        anchor: its face.
        model: whose edits are shown.
    """

    def __init__(self, opened: OpenedPhoto, anchor: Anchor, model: LoadedModel) -> None:
        self._opened = opened
        self._anchor = anchor
        self._model = model
        self._face: PlacedFace | None = None
        self._edit: FaceEdit | None = None
        self._view: PhotoPart | None = None
        self._whole: PhotoPart | None = None
        self._square: PhotoPart | None = None
        self._close_ups: CloseUps | None = None
        self.trusted = self.by_size = 1.0
        """How much of the last edit that was drawn this face gets, 0 to 1 (`core.photo.face_edit.FaceEdit`), and how much by its
        size. The face as it is, which is drawn for *Before*, changes neither."""

    def on_canvas(self, z: np.ndarray) -> np.ndarray:
        """The photo's part with its face moved to each of some codes (n, D), uint8 (n, h, w, 3)."""
        if self._view is None:
            self._view = part_around(self._placed(), SHOWN_SIDE)
        pictures = self._edited(z, self._view)
        self._note_trust(z[-1])
        return pictures

    def whole_on_canvas(self, z: np.ndarray) -> np.ndarray:
        """The whole photo, no larger than `REDUCED_SIDE`, with its face moved to each of some codes (n, D)."""
        if self._whole is None:
            self._whole = part_of(self._placed(), self._opened.reduced, self.box(True))
        pictures = self._edited(z, self._whole)
        self._note_trust(z[-1])
        return pictures

    def box(self, whole: bool) -> Box:
        """The part of the photo that the canvas shows: left, top, right, bottom in its pixels."""
        height, width = self._opened.photo.pixels.shape[:2]
        if whole:
            return 0, 0, width, height
        target = eyes_in_frame(self._model.header)
        return box_around((height, width), similarity(self._anchor.both_eyes, target), self._model.header.image_shape[1])

    def changing(self) -> Box:
        """The part of the photo that edits of the face may change, as in `box`."""
        matrix = similarity(self._anchor.both_eyes, eyes_in_frame(self._model.header))
        return covered(self._opened.opaque, matrix, self._model.header.image_shape[1])

    def close_up(self, z: np.ndarray, part: tuple[float, float, float, float], size: tuple[int, int]) -> np.ndarray:
        """A part of the photo with its face moved to a code (D,), as sharp as the photo is; for a worker of its own.

        Args:
            z: the code.
            part: left, top, right, bottom in pixels of the photo.
            size: width and height of what is returned.

        Returns:
            uint8 (height, width, 3).
        """
        if self._close_ups is None:
            self._close_ups = CloseUps(self._placed(), self._edit_of_face())
        return self._close_ups.picture(z, part, size)

    def on_strip(self, z: np.ndarray) -> np.ndarray:
        """The faces as upright squares, uint8 (n, STRIP_SIDE, STRIP_SIDE, 3)."""
        if self._square is None:
            larger = STRIP_SIDE / self._model.header.image_shape[1]
            there = np.column_stack([np.eye(2) * larger, np.full(2, (larger - 1.0) / 2.0)])
            whole = np.vstack([self._placed().matrix, [0.0, 0.0, 1.0]])
            self._square = PhotoPart(to_frame(self._opened.photo.opaque, there @ whole, STRIP_SIDE), inverse(there))
        return self._edited(z, self._square)

    def _note_trust(self, code: np.ndarray) -> None:
        if not np.array_equal(code, np.asarray(self._anchor.z, np.float32)):
            self.trusted = self._edit_of_face().trusted(code)

    def _placed(self) -> PlacedFace:
        if self._face is None:
            self._face = place(self._opened.photo, self._anchor.both_eyes, self._model.header)
        return self._face

    def _edit_of_face(self) -> FaceEdit:
        if self._edit is None:
            before = np.asarray(self._anchor.z, np.float32)
            self._edit = self._placed().edit(self._model.engine, before, self._anchor.is_as_before)
            self.by_size = self._edit.by_size
        return self._edit

    def _edited(self, z: np.ndarray, part: PhotoPart) -> np.ndarray:
        edit = self._edit_of_face()
        return np.stack([part.edited(edit, code) for code in z])


def full_size(opened: OpenedPhoto, anchor: Anchor, model: LoadedModel, code: np.ndarray) -> np.ndarray:
    """The whole photo with the face moved to a code (D,), uint8 (H, W, 3)."""
    face = place(opened.photo, anchor.both_eyes, model.header)
    return face.edited(model.engine, np.asarray(anchor.z, np.float32), code, anchor.is_as_before)
