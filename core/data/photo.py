"""A photo at its own size: upright pixels, and what is kept with them when it is saved again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.camera_data import CameraData, camera_data
from core.data.pictures import BACKGROUND, BadPicture, Pixels, UnreadableFile, read_bytes, whole
from core.errors import DataError
from core.files import printable

MOST_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        name: of the file, without its folder, as text.
        pixels: uint8 (H, W, 3), upright.
        alpha: uint8 (H, W) where the file has transparent parts.
        icc: its colour profile (ICC); None = sRGB is assumed.
        camera: the camera's metadata that may be kept; None = none.
        folder: where the file lies; None = unknown. No recipe or reference says it.
    """

    name: str
    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None
    camera: CameraData | None = None
    folder: Path | None = None

    @property
    def opaque(self) -> Pixels:
        """The pixels as they look on white, uint8 (H, W, 3)."""
        if self.alpha is None:
            return self.pixels
        share = self.alpha[..., None].astype(np.float32) / 255.0
        return np.rint(self.pixels * share + np.array(BACKGROUND, np.float32) * (1.0 - share)).astype(np.uint8)

    def reduced(self, longest: int) -> Photo:
        """The opaque pixels alone, their longer side at most so many pixels; the photo itself where it has no more."""
        import cv2  # noqa: PLC0415 - takes a while to load

        height, width = self.pixels.shape[:2]
        scale = longest / max(height, width)
        if scale >= 1.0:
            return self
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return Photo(self.name, cv2.resize(self.opaque, size, interpolation=cv2.INTER_AREA))

    def reference(self) -> str:
        """How sessions refer to this photo: its name, and a digest of its pixels, which tells it from others of that name."""
        digest = hashlib.sha256(np.ascontiguousarray(self.pixels).data).hexdigest()
        return f"{self.name}#{digest[:8]}"


def open_photo(path: str | Path) -> Photo:
    """Read a photo of any kind and orientation.

    Raises:
        DataError: the file can't be used, or is larger than `MOST_PIXELS`; the sentence names it and says why.
    """
    path = Path(path)
    try:
        data = read_bytes(path)
        pixels, alpha, icc = whole(data, MOST_PIXELS)
    except UnreadableFile as missing:
        raise DataError(f"{path.name} {missing}.", "Check its name, and whether you may read it.") from None
    except BadPicture as bad:
        raise DataError(f"{path.name} can't be used: {bad}.", "Choose another picture, such as a JPEG or PNG.") from None
    return Photo(printable(path.name), pixels, alpha, icc, camera_data(data), path.absolute().parent)
