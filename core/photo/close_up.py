"""Parts of a large photo with an edit in it, at the size at which a screen shows them: sharp, without editing the whole photo.

The photo is halved as often as it stays larger than what is wanted of it. Of each such size the edited face is kept
for the last two codes, so that it is edited once while a person moves around in it, before and after included.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from core.data.pictures import Pixels
from core.photo.edit import PlacedFace
from core.photo.face_edit import FaceEdit
from core.photo.part import Box, part_of
from core.photo.transfer import covered

BESIDE = 24  # pixels around the face that an edit may look at
REACH = 4  # pixels around a part that the filter looks at
KEPT = 2  # edited faces


@dataclass(frozen=True, slots=True, eq=False)
class _Halved:
    """A part of the photo, halved some times: where it lies in the photo, and its pixels."""

    box: Box
    pixels: Pixels


class CloseUps:
    """Draws parts of one photo with edits of its face.

    Args:
        face: where the face is in the photo.
        edit: the face, ready for edits.
    """

    def __init__(self, face: PlacedFace, edit: FaceEdit) -> None:
        self._face = face
        self._edit = edit
        self._photo = face.photo.opaque
        self._edited: OrderedDict[tuple[bytes, int], _Halved] = OrderedDict()

    def picture(self, code: np.ndarray, part: tuple[float, float, float, float], size: tuple[int, int]) -> Pixels:
        """A part of the photo whose face has another code.

        Args:
            code: (D,).
            part: left, top, right, bottom in the photo, in pixels from the outer edge of the first.
            size: width and height of the picture.

        Returns:
            uint8 (height, width, 3).
        """
        left, top, right, bottom = part
        most = min((right - left) / size[0], *self._photo.shape[:2])
        shrink = 2 ** math.floor(math.log2(max(1.0, most)))
        near = self._halved(part, shrink, REACH)
        pixels = near.pixels
        face = self._edited_face(code, shrink)
        x1, y1, x2, y2 = (
            max(near.box[0], face.box[0]),
            max(near.box[1], face.box[1]),
            min(near.box[2], face.box[2]),
            min(near.box[3], face.box[3]),
        )
        if x1 < x2 and y1 < y2:
            there, here = (_rows(x1, y1, x2, y2, one.box, shrink) for one in (face, near))
            pixels[here] = face.pixels[there]
        off_left, off_top = near.box[:2]
        box = ((left - off_left) / shrink, (top - off_top) / shrink, (right - off_left) / shrink, (bottom - off_top) / shrink)
        height, width = pixels.shape[:2]
        inside = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC, inside))

    def _edited_face(self, code: np.ndarray, shrink: int) -> _Halved:
        """The part of the photo that an edit may change, with the edit."""
        key = (np.asarray(code, np.float32).tobytes(), shrink)
        if key not in self._edited:
            plain = self._halved(covered(self._photo, self._face.matrix, self._face.framed.shape[0]), shrink, BESIDE)
            part = part_of(self._face, plain.pixels, plain.box)
            self._edited[key] = _Halved(plain.box, part.edited(self._edit, code))
            while len(self._edited) > KEPT:
                self._edited.popitem(last=False)
        self._edited.move_to_end(key)
        return self._edited[key]

    def _halved(self, part: tuple[float, float, float, float], shrink: int, beside: int) -> _Halved:
        """A new picture of a part of the photo, on the grid of `shrink` pixels, and `beside` of its pixels around it."""
        height, width = (side // shrink * shrink for side in self._photo.shape[:2])
        left, right = _on_grid(part[0], part[2], width, shrink, beside)
        top, bottom = _on_grid(part[1], part[3], height, shrink, beside)
        pixels = self._photo[top:bottom, left:right].copy()
        if shrink > 1:
            shape = ((right - left) // shrink, (bottom - top) // shrink)
            pixels = np.asarray(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA))
        return _Halved((left, top, right, bottom), pixels)


def _on_grid(start: float, stop: float, side: int, shrink: int, beside: int) -> tuple[int, int]:
    """A stretch of a photo's side from one multiple of `shrink` to another, with so many multiples more on both ends."""
    first = min(max(0, math.floor(start / shrink) - beside), side // shrink - 1)
    past = min(max(first + 1, math.ceil(stop / shrink) + beside), side // shrink)
    return first * shrink, past * shrink


def _rows(left: int, top: int, right: int, bottom: int, box: Box, shrink: int) -> tuple[slice, slice]:
    """Where a part of the photo lies in a picture of `box`."""
    return (
        slice((top - box[1]) // shrink, (bottom - box[1]) // shrink),
        slice((left - box[0]) // shrink, (right - box[0]) // shrink),
    )
