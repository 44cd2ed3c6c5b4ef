"""A photo's part around its face, no larger than wanted, and an edit put onto it: for exports smaller than the photo."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageCms

from core.data.pictures import Pixels
from core.faces.alignment import Matrix, inverse
from core.photo.edit import PlacedFace
from core.photo.face_edit import FaceEdit

if TYPE_CHECKING:
    from core.latent.instrument import Instrument

AROUND = 1.5  # sides of the model's frame that a part shows
MOST_SIDE = 1024  # pixels: of a part's longer side, as a rule

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPart:
    """A part of a photo.

    Attributes:
        pixels: uint8 (h, w, 3).
        matrix: (2, 3), from its pixels to the model's frame.
    """

    pixels: Pixels
    matrix: Matrix

    def edited(self, edit: FaceEdit, code: np.ndarray) -> Pixels:
        """The part with its face moved to a code (D,), uint8 (h, w, 3)."""
        return edit.put_on(self.pixels, self.matrix, code)


@dataclass(frozen=True, slots=True, eq=False)
class EditView:
    """One face as exports show it: as the model draws it, or as the part of a photo around it.

    Attributes:
        engine: of the model.
        part: of the photo; None for the model's own drawing.
        edit: the photo's face; None likewise.
    """

    engine: Instrument
    part: PhotoPart | None = None
    edit: FaceEdit | None = None

    @classmethod
    def of_photo(
        cls, engine: Instrument, before: np.ndarray, face: PlacedFace, most_side: int = MOST_SIDE, as_before: bool = False
    ) -> EditView:
        """The view of a photo's face whose code without its edits is `before` (D,); see `part_around` and `FaceEdit`."""
        return cls(engine, part_around(face, most_side), face.edit(engine, before, as_before))

    def picture(self, code: np.ndarray) -> Pixels:
        """The face moved to a code (D,), uint8 (h, w, C)."""
        if self.part is None or self.edit is None:
            return self.engine.decode(code[None])[0]
        return self.part.edited(self.edit, code)


def in_srgb(pixels: Pixels, icc: bytes | None) -> Pixels:
    """Pixels (H, W, 3) of a colour profile as sRGB, for formats without profiles; a broken profile is ignored."""
    if icc is None:
        return pixels
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        image = ImageCms.profileToProfile(Image.fromarray(pixels), profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return pixels
    return np.array(image)


def box_around(shape: tuple[int, ...], matrix: Matrix, size: int, around: float = AROUND) -> Box:
    """The part of a photo around its face.

    Args:
        shape: height and width of the photo.
        matrix: (2, 3), from its pixels to the model's frame.
        size: side of that frame.
        around: how much of it, in sides of the frame; less where the photo ends.

    Returns:
        left, top, right, bottom in pixels of the photo.
    """
    back, (height, width) = inverse(matrix), shape[:2]
    middle = back[:, :2] @ np.full(2, (size - 1) / 2.0) + back[:, 2]
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]) * size / 2.0
    reach = np.abs(corners @ back[:, :2].T).max(0).max() * around
    left, top = (int(np.clip(middle[axis] - reach, 0, most - 2)) for axis, most in ((0, width), (1, height)))
    right = int(np.clip(middle[0] + reach + 1, left + 2, width))
    bottom = int(np.clip(middle[1] + reach + 1, top + 2, height))
    return left, top, right, bottom


def part_around(face: PlacedFace, most_side: int = MOST_SIDE, around: float = AROUND) -> PhotoPart:
    """Cut a photo around its face.

    Args:
        face: the photo, and where its face is.
        most_side: pixels that the part's longer side may have; a larger part is scaled down.
        around: how much of it, as in `box_around`.
    """
    left, top, right, bottom = box = box_around(face.photo.pixels.shape, face.matrix, face.framed.shape[0], around)
    part = np.ascontiguousarray(face.photo.opaque[top:bottom, left:right])
    scale = min(1.0, most_side / max(part.shape[:2]))
    shape = (max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale)))
    small = cv2.resize(part, shape, interpolation=cv2.INTER_AREA) if scale < 1.0 else part
    return part_of(face, np.asarray(small), box)


def part_of(face: PlacedFace, pixels: Pixels, box: Box) -> PhotoPart:
    """A part of a photo that was cut already.

    Args:
        face: the photo, and where its face is.
        pixels: uint8 (h, w, 3), what is in the box, at any scale.
        box: left, top, right, bottom in pixels of the photo.
    """
    left, top, right, bottom = box
    times = np.array([right - left, bottom - top]) / np.array([pixels.shape[1], pixels.shape[0]])
    to_photo = np.column_stack([np.diag(times), (times - 1.0) / 2.0 + np.array([left, top])])
    return PhotoPart(pixels, np.asarray(face.matrix @ np.vstack([to_photo, [0.0, 0.0, 1.0]])))
