"""Pictures framed by their faces: turned, scaled and shifted so that the eyes stand where they always do (`data.crop=face`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.data.photo import MOST_PIXELS
from core.data.pictures import BACKGROUND, BadPicture, whole
from core.faces.alignment import LEAST_EYES, USUAL_FRAME, Eyes, frame_face
from core.faces.finder import Progress, find_faces

Pixels = npt.NDArray[np.uint8]

FRAME = USUAL_FRAME  # where the eyes stand afterwards
TURNS = (0, -30, 30)  # degrees: training pictures are upright as a rule, and a picture without a face should be rejected quickly
KEPT_SIDE = 2400  # pixels: of the longer side; a larger picture is made smaller before its face is looked for


@dataclass(frozen=True, slots=True, eq=False)
class FaceIn:
    """A picture, perhaps made smaller, and the face in it."""

    pixels: Pixels  # uint8 (H, W, 3), upright, on white
    eyes: Eyes  # in those pixels
    size: tuple[int, int]  # width and height of the upright picture as it came


def frame_by_face(data: bytes, image_size: int, channels: int, progress: Progress | None = None) -> tuple[Pixels, tuple[int, int]]:
    """Decode one picture, find its most prominent face, and bring that to FRAME.

    Args:
        data: the file's bytes.
        image_size: side S of the result, in pixels.
        channels: C, 3 (RGB) or 1 (grey).
        progress: is called while the face is looked for, and may raise Cancelled.

    Returns:
        The pixels, uint8 (S, S, C), and the upright picture's own width and height.

    Raises:
        BadPicture: it can't be decoded, or no face with two eyes was found in it.
        Cancelled: raised by `progress`.
    """
    face = face_in(data, progress)
    framed = frame_face(face.pixels, face.eyes, FRAME.eyes(image_size), image_size, channels)
    return np.ascontiguousarray(framed), face.size


def face_in(data: bytes, progress: Progress | None = None) -> FaceIn:
    """Decode one picture and find its most prominent face; arguments and errors as of `frame_by_face`."""
    pixels, alpha, _ = whole(data, MOST_PIXELS)
    height, width = pixels.shape[:2]
    scale = max(1.0, max(height, width) / KEPT_SIDE)
    if alpha is not None or scale > 1.0:
        pixels = _smaller(pixels, alpha, (max(1, round(width / scale)), max(1, round(height / scale))))
    faces = find_faces(pixels, TURNS, progress=progress)
    if not faces:
        raise BadPicture("no face found")
    face = faces[0]
    if not face.sure:  # often no face at all; and if it is one, it would be framed unlike the others
        raise BadPicture("no eyes found in its face")
    if face.eyes.distance < LEAST_EYES:
        raise BadPicture("its face is too small")
    return FaceIn(pixels, face.eyes, (width, height))


def _smaller(pixels: Pixels, alpha: Pixels | None, size: tuple[int, int]) -> Pixels:
    """The picture on white at another size."""
    image = Image.fromarray(pixels)
    if alpha is not None:
        white = Image.new("RGB", image.size, BACKGROUND)
        white.paste(image, mask=Image.fromarray(alpha))
        image = white
    return np.asarray(image if image.size == size else image.resize(size, Image.Resampling.BOX, reducing_gap=2.0))
