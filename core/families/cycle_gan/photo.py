"""A photo at its own size, translated: its face alone, put back as an edit is, or the whole picture."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.data.photo import Photo
from core.data.pictures import Pixels
from core.errors import ConfigError
from core.faces.alignment import Eyes, Matrix
from core.faces.finder import find_faces
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.photo.edit import PlacedFace, find_place, place
from core.photo.transfer import find_change, put_on
from core.photo.whole import seen_whole

AUTO, FACE, WHOLE = "auto", "face", "whole"  # what of a photo is translated
AREAS = (AUTO, FACE, WHOLE)
LARGEST_SIDE = 512  # pixels of a photo's shorter side, as the model sees the whole of it
MOST_STRENGTH = 2.0
ROWS = 256  # of a photo, that are changed at once

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What of a photo is translated, and into what.

    Attributes:
        to: the side that it becomes; "" is B.
        area: FACE, WHOLE, or AUTO: the face, if the model knows faces and one is found, else the whole.
        side: the whole photo's shorter side as the model sees it, in pixels; 0 = as its training pictures.
        eyes: where a person says that the eyes are; None: they are looked for.
        framed: the picture is already framed like the training pictures.
    """

    to: str = ""
    area: str = AUTO
    side: int = 0
    eyes: Eyes | None = None
    framed: bool = False


class PhotoTranslation:
    """What a model makes of a photo, from which pictures of any strength are made without asking it again.

    Attributes:
        area: FACE or WHOLE.
        to: the name of the side that it becomes.
        seen: what the model sees of the photo, uint8 (h, w, C).
        made: what it makes of that, uint8 (h, w, C).
        note: what the person should know; "" for nothing.
    """

    def __init__(self, photo: Photo, path: Path, model: CycleGanInstrument, wanted: Wanted) -> None:
        """Let a model translate a photo.

        Args:
            photo: as it was opened.
            path: its file.
            model: a CycleGAN.
            wanted: what of it, and into what.

        Raises:
            DataError: no face was found, or the photo is smaller than the model's pictures.
            ConfigError: there is no such side or area.
        """
        if wanted.area not in AREAS:
            raise ConfigError(f"The area is {wanted.area!r}.", f"Choose one of: {', '.join(AREAS)}.")
        self._pixels = photo.pixels
        self._matrix: Matrix | None = None
        self.to = model.sides[model.side(wanted.to)]
        face, self.note = _face_of(photo, path, model, wanted)
        if face is not None:
            self.area, self.seen, self._matrix = FACE, face.framed, face.matrix
        else:
            self.area, self.seen = WHOLE, seen_whole(photo, model.header, wanted.side, LARGEST_SIDE)
        self.made = model.translate_one(self.seen, wanted.to)

    def picture(self, strength: float = 1.0) -> Pixels:
        """The photo translated, uint8 (H, W, 3).

        Args:
            strength: 0 is the photo as it was, 1 what the model makes of it, up to 2 beyond that.
        """
        if not 0.0 <= strength <= MOST_STRENGTH:
            raise ConfigError(f"The strength is {strength:g}.", f"It must be at least 0 and at most {MOST_STRENGTH:g}.")
        difference = np.float32(strength) * (self.made.astype(np.float32) - self.seen)
        if self._matrix is None:
            return _added(self._pixels, difference)
        after = np.clip(np.rint(self.seen + difference), 0.0, 255.0).astype(np.uint8)
        return put_on(self._pixels, self._matrix, find_change(self.seen, after, self.seen))

    def on(self, photo: Photo) -> PhotoTranslation:
        """The same for the same photo in another size."""
        other = copy(self)
        other._pixels = photo.pixels
        if self._matrix is not None:
            (height, width), (new_height, new_width) = self._pixels.shape[:2], photo.pixels.shape[:2]
            scales = np.array([width / new_width, height / new_height])
            other._matrix = np.column_stack(
                [self._matrix[:, :2] * scales, self._matrix[:, 2] + self._matrix[:, :2] @ (0.5 * scales - 0.5)]
            )
        return other


def _face_of(photo: Photo, path: Path, model: CycleGanInstrument, wanted: Wanted) -> tuple[PlacedFace | None, str]:
    """The photo's face in the model's frame, None where the whole is translated; and what the person should know."""
    header = model.header
    if wanted.area == WHOLE:
        return None, ""
    if wanted.area == FACE or wanted.eyes is not None or wanted.framed:
        face, _, note = find_place(photo, path, header, wanted.eyes, wanted.framed)
        return face, note
    if header.data.get("frame") is None:  # it learned from other things than faces
        return None, ""
    faces = find_faces(photo.opaque)
    if not faces or not faces[0].sure:
        return None, f"{photo.name}: no face was found, so the whole picture is translated."
    others = f"{photo.name}: {len(faces)} faces were found, the most prominent one is translated." if len(faces) > 1 else ""
    return place(photo, faces[0].eyes, header), others


def _added(pixels: Pixels, difference: Floats) -> Pixels:
    """A photo (H, W, 3) with a difference (h, w, C) of levels added, enlarged to its size: what is finer stays the photo's own."""
    height, width = pixels.shape[:2]
    colours = np.repeat(difference, 3, axis=2) if difference.shape[2] == 1 else difference
    scales = np.array([colours.shape[1] / width, colours.shape[0] / height])
    changed = np.empty_like(pixels)
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        shift = 0.5 * scales - 0.5 + np.array([0.0, top * scales[1]])
        part = cv2.warpAffine(
            colours,
            np.column_stack([np.diag(scales), shift]),
            (width, bottom - top),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        changed[top:bottom] = np.clip(np.rint(pixels[top:bottom] + part), 0.0, 255.0)
    return changed
