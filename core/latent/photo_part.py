"""A photo's part around its face, no larger than wanted, and an edit put onto it: for exports smaller than the photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image, ImageCms

from core.data.alignment import Matrix, inverse
from core.data.pictures import Pixels
from core.latent.photo_edit import PlacedFace, for_photo
from core.latent.photo_tone import keep_tone
from core.latent.transfer import find_change, put_on

AROUND = 1.5  # sides of the model's frame that a part shows
MOST_SIDE = 1024  # pixels: of a part's longer side, as a rule


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPart:
    """A part of a photo.

    Attributes:
        pixels: uint8 (h, w, 3).
        matrix: (2, 3), from its pixels to the model's frame.
        own: uint8 (S, S, C), its face in that frame.
        gain: of the model's edits, see `core.latent.photo_edit.photo_gain`.
    """

    pixels: Pixels
    matrix: Matrix
    own: Pixels
    gain: float

    def with_change(self, before: Pixels, after: Pixels) -> Pixels:
        """The part with what changes between two decoded faces (S, S, C), uint8 (h, w, 3)."""
        made = put_on(self.pixels, self.matrix, find_change(before, after, self.own, self.gain))
        return keep_tone(self.pixels, made, self.matrix, self.own.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class EditView:
    """One face as exports show it: as the model draws it, or as the part of a photo around it.

    Attributes:
        decode: codes (B, D) to uint8 (B, S, S, C).
        before: (D,), the face without its edits.
        unedited: uint8 (S, S, C), the same as the model draws it.
        part: of the photo; None for the model's own drawing.
    """

    decode: Callable[[np.ndarray], Pixels]
    before: np.ndarray
    unedited: Pixels
    part: PhotoPart | None

    @classmethod
    def of(cls, decode: Callable[[np.ndarray], Pixels], before: np.ndarray, part: PhotoPart | None = None) -> EditView:
        """The view of a face whose code without its edits is `before` (D,)."""
        return cls(decode, before, decode(before[None])[0], part)

    def picture(self, code: np.ndarray) -> Pixels:
        """The face moved to a code (D,), uint8 (h, w, C)."""
        if self.part is None:
            return self.decode(code[None])[0]
        return self.part.with_change(self.unedited, self.decode(for_photo(self.before, code, self.part.gain)[None])[0])


def in_srgb(pixels: Pixels, icc: bytes | None) -> Pixels:
    """Pixels (H, W, 3) of a colour profile as sRGB, for files that have no place for one; a profile that is broken is ignored."""
    if icc is None:
        return pixels
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        made = ImageCms.profileToProfile(Image.fromarray(pixels), profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return pixels
    return np.array(made)


def part_around(face: PlacedFace, most_side: int = MOST_SIDE, around: float = AROUND) -> PhotoPart:
    """Cut a photo around its face.

    Args:
        face: the photo, and where its face is.
        most_side: pixels that the part's longer side may have; a larger part is made smaller, a smaller one stays.
        around: how much of it, in sides of the frame; less where the photo ends.
    """
    pixels, matrix, size = face.photo.opaque, face.matrix, face.framed.shape[0]
    back = inverse(matrix)
    middle = back[:, :2] @ np.full(2, (size - 1) / 2.0) + back[:, 2]
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]) * size / 2.0
    reach = np.abs(corners @ back[:, :2].T).max(0).max() * around
    height, width = pixels.shape[:2]
    left, top = (int(np.clip(middle[axis] - reach, 0, most - 2)) for axis, most in ((0, width), (1, height)))
    right = int(np.clip(middle[0] + reach + 1, left + 2, width))
    bottom = int(np.clip(middle[1] + reach + 1, top + 2, height))
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    scale = min(1.0, most_side / max(part.shape[:2]))
    shape = (max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale)))
    times = np.array([part.shape[1] / shape[0], part.shape[0] / shape[1]])
    small = cv2.resize(part, shape, interpolation=cv2.INTER_AREA) if scale < 1.0 else part
    to_photo = np.column_stack([np.diag(times), (times - 1.0) / 2.0 + np.array([left, top])])
    return PhotoPart(np.asarray(small), np.asarray(matrix @ np.vstack([to_photo, [0.0, 0.0, 1.0]])), face.framed, face.gain)
