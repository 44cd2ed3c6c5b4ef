"""A photo, where its face lies in a model's frame, and the photo with an edit of that face."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.checkpoint import Header
from core.config import parse_crop
from core.data.alignment import LEAST_EYES, Eyes, Matrix, frame_face, frame_from, similarity
from core.data.face_finder import FoundFace, find_faces
from core.data.photo import Photo
from core.data.pictures import Pixels
from core.errors import DataError
from core.latent.face_edit import FaceEdit
from core.latent.inputs import training_sizes

if TYPE_CHECKING:
    from core.latent.engine import LatentEngine

# An edit that is put onto a photo shows less than the decoded face: a sharp mouth needs more than a soft one, and what fades out
# is missing. So its shapes go that much further; chosen by benchmarks/edit_fidelity.py on training faces, so that as many photos
# smile as decoded faces. An edit that takes light away needs less (`core.latent.transfer`).
# A model whose decoder was tuned for its edits needs less, and says how much in its header (`photo_gain`).
PHOTO_GAIN = 2.0
GAIN_KEY = "photo_gain"
MOST_GAIN = 4.0


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

    def edit(self, engine: LatentEngine, before: np.ndarray) -> FaceEdit:
        """The face, whose code is `before` (D,), ready for edits."""
        return FaceEdit(engine, before, self.framed, self.gain)

    def edited(self, engine: LatentEngine, before: np.ndarray, after: np.ndarray) -> Pixels:
        """The photo with what changes between two codes (D,), uint8 (H, W, 3) at the photo's own size."""
        return self.edit(engine, before).put_on(self.photo.pixels, self.matrix, after)


def photo_gain(header: Header) -> float:
    """How many times as far a model's edits go when they are put onto photos, 1 to 4; PHOTO_GAIN where its header doesn't say."""
    said = header.data.get(GAIN_KEY)
    if isinstance(said, bool) or not isinstance(said, int | float) or (isinstance(said, float) and math.isnan(said)):
        return PHOTO_GAIN
    return float(min(max(said, 1.0), MOST_GAIN))  # a whole number may be too large for a float


def eyes_in_frame(header: Header) -> Eyes:
    """Where the eyes stand in a model's pictures, in its pixels."""
    return frame_from(header.data.get("frame")).eyes(header.image_shape[1])


def place(photo: Photo, eyes: Eyes, header: Header) -> PlacedFace:
    """Bring a photo's face to a model's frame by its eyes.

    Raises:
        DataError: the eyes are closer together than any face's.
    """
    if eyes.distance < LEAST_EYES:
        raise DataError(
            f"The eyes in {photo.name} are {eyes.distance:.1f} pixels apart; a face needs {LEAST_EYES:g}.",
            "Move the markers onto the eyes, or choose a larger picture.",
        )
    channels, size, _ = header.image_shape
    target = eyes_in_frame(header)
    return PlacedFace(photo, similarity(eyes, target), frame_face(photo.opaque, eyes, target, size, channels), photo_gain(header))


def place_framed(photo: Photo, framed: Pixels, header: Header) -> PlacedFace:
    """A photo that is already framed: cut as the training files if it has their size, else its centred square.

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


def chosen_face(photo: Photo) -> FoundFace:
    """The face that is meant where nobody says: the most prominent one.

    Raises:
        DataError: none was found.
    """
    faces = find_faces(photo.opaque)
    if not faces:
        raise DataError(
            f"No face was found in {photo.name}.",
            "Say where its eyes are (in the window: with the markers; on the command line: --eyes x1,y1,x2,y2).",
        )
    return faces[0]
