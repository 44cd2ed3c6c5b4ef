"""A photo, where its face lies in a model's frame, and the photo with an edit of that face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.checkpoint import Header
from core.config import parse_crop
from core.data.photo import MOST_PIXELS, Photo, open_photo
from core.data.pictures import Pixels
from core.errors import ConfigError, DataError
from core.faces.alignment import LEAST_EYES, Eyes, Matrix, frame_face, frame_from, scale_of, similarity
from core.faces.finder import FoundFace, find_faces
from core.families.registry import family
from core.latent.code import space_named
from core.latent.directions import Move
from core.photo.face_edit import FaceEdit
from core.photo.inputs import read_for_model, training_sizes
from core.retouch.words import weaker_note

if TYPE_CHECKING:
    from core.latent.instrument import Instrument

# An edit shows less on a photo than on the decoded face: a sharp mouth needs more change than a soft one, and parts
# fade out. So shapes are exaggerated by this factor, chosen by benchmarks/edit_fidelity.py on training faces so that as
# many photos smile as decoded faces. An edit that darkens needs less (`core.photo.transfer`). A model whose decoder was
# tuned for its edits needs less, and its header says how much (`photo_gain`).
PHOTO_GAIN = 2.0
GAIN_KEY = "photo_gain"
MOST_GAIN = 4.0

NEAR = 0.35  # of the distance between two eyes: places nearer than this are the same eye


@dataclass(frozen=True, slots=True, eq=False)
class PlacedFace:
    """A photo's face as a model sees it.

    Attributes:
        photo: the whole photo.
        matrix: (2, 3), from the photo's pixels to the model's.
        framed: uint8 (S, S, C), the face in the model's frame.
        gain: of the model's edits, see `photo_gain`.
    """

    photo: Photo
    matrix: Matrix
    framed: Pixels
    gain: float

    @property
    def covered(self) -> float:
        """Pixels of the photo along a side of the model's frame."""
        return self.framed.shape[0] / scale_of(self.matrix)

    def edit(self, engine: Instrument, before: np.ndarray, as_before: bool = False) -> FaceEdit:
        """The face, whose code is `before` (D,), ready for edits; for `as_before` see `FaceEdit`."""
        return FaceEdit(engine, before, self.framed, self.gain, self.covered, as_before)

    def edited(self, engine: Instrument, before: np.ndarray, after: np.ndarray, as_before: bool = False) -> Pixels:
        """The photo with the change between two codes (D,), uint8 (H, W, 3) at the photo's own size."""
        return self.edit(engine, before, as_before).put_on(self.photo.pixels, self.matrix, after)


def photo_gain(header: Header) -> float:
    """The factor by which a model's edits are exaggerated on photos, 1 to 4; PHOTO_GAIN where its header doesn't say.

    1 where its codes can't be added: nothing lies beyond another code of a codebook.
    """
    if not space_named(family(header.config.family).spaces(header.settings, header.image_shape)).adds:
        return 1.0
    gain = header.data.get(GAIN_KEY)
    if isinstance(gain, bool) or not isinstance(gain, int | float) or (isinstance(gain, float) and math.isnan(gain)):
        return PHOTO_GAIN
    return float(min(max(gain, 1.0), MOST_GAIN))  # a whole number may be too large for a float


def eyes_in_frame(header: Header) -> Eyes:
    """Where the eyes stand in a model's pictures, in its pixels."""
    return frame_from(header.data.get("frame")).eyes(header.image_shape[1])


def place(photo: Photo, eyes: Eyes, header: Header) -> PlacedFace:
    """Bring a photo's face to a model's frame by its eyes.

    Raises:
        DataError: the eyes are too close together for a face.
    """
    if eyes.distance < LEAST_EYES:
        raise DataError(
            f"The eyes in {photo.name} are {eyes.distance:.1f} pixels apart; a face needs {LEAST_EYES:g}.",
            "Move the markers onto the eyes, or choose a larger picture.",
        )
    channels, size, _ = header.image_shape
    target = eyes_in_frame(header)
    return PlacedFace(photo, similarity(eyes, target), frame_face(photo.opaque, eyes, target, size, channels), photo_gain(header))


def eyes_at(numbers: Sequence[float], given: str) -> Eyes:
    """Eyes at places given by a person.

    Args:
        numbers: x and y of both, in pixels, the one further left in the picture first.
        given: the input in words, for the error.

    Raises:
        ConfigError: these aren't two places in a picture.
    """
    if len(numbers) != 4 or not all(abs(number) < MOST_PIXELS for number in numbers) or numbers[:2] == numbers[2:]:
        raise ConfigError(given, "Write both eyes' places in pixels, the left one in the picture first: 310,402,388,398.")
    return Eyes((numbers[0], numbers[1]), (numbers[2], numbers[3]))


def are_swapped(eyes: Eyes, faces: Sequence[FoundFace]) -> bool:
    """Whether two eyes that a person placed match a face that was found, but swapped."""
    near = NEAR * eyes.distance
    swapped = eyes.swapped
    return any(
        face.sure and math.dist(face.eyes.left, swapped.left) < near and math.dist(face.eyes.right, swapped.right) < near
        for face in faces
    )


def check_placed(photo: Photo, eyes: Eyes) -> str:
    """Check that the eyes that a person placed in a photo can be those of a face.

    Returns:
        A note for the person, "" where there is nothing to say.

    Raises:
        DataError: they lie outside the photo, or are swapped.
    """
    height, width = photo.pixels.shape[:2]
    if not eyes.inside(width, height):
        raise DataError(
            f"The eyes lie outside {photo.name}, which is {width} x {height} pixels large.",
            "Count pixels from the upper left corner of the upright photo.",
        )
    if not eyes.upside_down:
        return ""
    faces = find_faces(photo.opaque)
    if are_swapped(eyes, faces):
        (x1, y1), (x2, y2) = eyes.right, eyes.left
        raise DataError(
            f"The eyes in {photo.name} are swapped: the face there isn't upside down.",
            f"Say the one further left first: {x1:g},{y1:g},{x2:g},{y2:g}.",
        )
    if any(face.sure and face.eyes.upside_down for face in faces):
        return ""
    return (
        f"In {photo.name} the first eye is the one further right, so the face is taken as upside down. If it isn't, swap the eyes."
    )


def place_framed(photo: Photo, framed: Pixels, header: Header) -> PlacedFace:
    """A photo that is already framed: cropped like the training files if it has their size, else its centred square.

    Args:
        photo: the whole picture.
        framed: the same as `read_for_model` gives it.
        header: of the model.
    """
    height, width = photo.pixels.shape[:2]
    size = header.image_shape[1]
    box = parse_crop(header.config.data.crop) if [width, height] in training_sizes(header) else None
    if box is None:
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        box = (left, top, left + side, top + side)
    scales = np.array([size / (box[2] - box[0]), size / (box[3] - box[1])])
    shift = (0.5 - np.array(box[:2])) * scales - 0.5
    return PlacedFace(photo, np.column_stack([np.diag(scales), shift]), framed, photo_gain(header))


def faces_of(photo: Photo) -> list[FoundFace]:
    """The faces of a photo, the most prominent one, which is the default, first.

    Raises:
        DataError: none was found.
    """
    faces = find_faces(photo.opaque)
    if not faces:
        raise DataError(
            f"No face was found in {photo.name}.",
            "Say where its eyes are (in the window: with the markers; on the command line: --eyes x1,y1,x2,y2).",
        )
    return faces


def find_place(
    photo: Photo, path: Path, header: Header, eyes: Eyes | None = None, framed: bool = False
) -> tuple[PlacedFace, Eyes | None, str]:
    """Bring the face of a photo to a model's frame, wherever it is.

    Args:
        photo: as it was opened.
        path: its file.
        header: of the model.
        eyes: where a person says that the eyes are; None: they are looked for.
        framed: the picture is already framed like the training pictures; no face is looked for.

    Returns:
        The face; its eyes, None where it was framed already; and what the person should know, "" for nothing.

    Raises:
        DataError: no face was found, or the eyes can't be those of one.
    """
    if framed:
        return place_framed(photo, read_for_model(header, path), header), None, ""
    if eyes is not None:
        note = check_placed(photo, eyes)
        return place(photo, eyes, header), eyes, note
    faces = faces_of(photo)
    note = ""
    if len(faces) > 1:
        note = f"{photo.name}: {len(faces)} faces were found, the most prominent one is edited (--eyes chooses another)."
    elif not faces[0].sure:
        note = f"{photo.name}: its eyes were hard to see; check the result (--eyes says where they are)."
    return place(photo, faces[0].eyes, header), faces[0].eyes, note


def edit_photo(engine: Instrument, path: Path, move: Move, eyes: Eyes | None = None, framed: bool = False) -> tuple[Pixels, str]:
    """A photo with an edit of its face.

    Args:
        engine: the model.
        path: the photo's file.
        move: takes the face's code (D,) to the one that it is to have.
        eyes: where a person says that the eyes are; None: they are looked for.
        framed: the picture is already framed like the training pictures.

    Returns:
        uint8 (H, W, 3) at the photo's own size, and what the person should know of it, "" for nothing.

    Raises:
        DataError: the file can't be used, no face was found, or the eyes can't be those of one.
    """
    photo = open_photo(path)
    face, _, note = find_place(photo, path, engine.header, eyes, framed)
    before = engine.encode(face.framed[None]).flat[0]
    after, edit = move(before), face.edit(engine, before)
    weaker = weaker_note(photo.name, edit.trusted(after), edit.by_size)
    return edit.put_on(photo.pixels, face.matrix, after), "\n".join(filter(None, (note, weaker)))
