"""An edit as a short film: from the face as it was to the edited one and back, for ever."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from core.errors import CoreError
from core.export.animation import FORMATS as ANIMATIONS
from core.export.animation import save_animation
from core.progress import Progress, silent

STEPS = 25  # pictures from one end to the other, both included
STEP_MS, HOLD_MS = 40, 800  # how long one of them stands, and each end
SIDES = (256, 512, 1024)  # choices for the longer side, in pixels
FORMATS = (*ANIMATIONS, ".mp4")
DOING = "Drawing the film"


def shares(steps: int = STEPS) -> list[float]:
    """The share of the edit at each step, 0 to 1, slow at both ends."""
    return [0.5 - 0.5 * math.cos(math.pi * step / (steps - 1)) for step in range(steps)]


def durations(steps: int = STEPS) -> list[int]:
    """How long each picture stands, there and back, in milliseconds."""
    between = [STEP_MS] * (steps - 2)
    return [HOLD_MS, *between, HOLD_MS, *between]


def save_change(path: Path, picture: Callable[[float], np.ndarray], side: int = 512, progress: Progress = silent) -> None:
    """Write the film as GIF, WebP or MP4, by the file's ending.

    Args:
        path: the file; its folder is made.
        picture: the face at a share of the edit, 0 to 1, uint8 (H, W, C), always of one size.
        side: pixels of the longer side; a smaller picture is enlarged smoothly.
        progress: told how many pictures are written, of how many; may raise Cancelled, and nothing is left then.

    Raises:
        CoreError: no such format, or the file can't be written.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise CoreError(f"{path.name} can't be written: {path.suffix or 'a name without ending'} is no film.", "Use .gif or .webp.")
    times = durations()
    if path.suffix.lower() == ".mp4":
        from core.export.video import save_video  # noqa: PLC0415 - few films are MP4

        save_video(path, _there_and_back(picture, side, progress, len(times)), times)
    else:
        save_animation(path, _there_and_back(picture, side, progress, len(times)), times, edited=True)
    progress(DOING, len(times), len(times))


def _there_and_back(picture: Callable[[float], np.ndarray], side: int, progress: Progress, total: int) -> Iterator[np.ndarray]:
    """Pictures of the way there are kept for the way back: 25 of 1024 x 1024 take 79 MB."""
    kept = []
    for done, share in enumerate(shares()):
        progress(DOING, done, total)
        kept.append(scaled(picture(share), side))
        yield kept[-1]
    for done, frame in enumerate(kept[-2:0:-1], len(kept)):
        progress(DOING, done, total)
        yield frame


def scaled(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture (H, W, C) with a longer side of so many pixels."""
    scale = side / max(picture.shape[:2])
    if scale == 1.0:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC if scale > 1.0 else cv2.INTER_AREA)
    return np.asarray(resized).reshape(size[1], size[0], picture.shape[2])
