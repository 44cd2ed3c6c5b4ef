"""Pictures that follow each other as an MP4, where this machine's OpenCV can write one, which is found out by trying."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.errors import CoreError
from core.files import write_whole

CODEC = "mp4v"  # MPEG-4 part 2, which OpenCV's own FFmpeg has an encoder for
PER_SECOND = 25
_TRIAL = (64, 48)


@functools.cache
def can_write_mp4() -> bool:
    """Whether a small film can be written and read back. Takes some hundredths of a second, once."""
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        path = Path(folder) / "trial.mp4"
        levels = (40, 200, 90)
        try:
            save_video(path, [np.full((*_TRIAL[::-1], 3), level, np.uint8) for level in levels], [40] * len(levels))
        except (CoreError, cv2.error):
            return False
        film = cv2.VideoCapture(str(path))
        try:
            read = [film.read() for _ in levels]
        finally:
            film.release()
        return all(ok and abs(float(frame.mean()) - level) < 16 for (ok, frame), level in zip(read, levels, strict=True))


def save_video(path: Path, frames: Iterable[np.ndarray], durations: Sequence[int]) -> None:
    """Write an MP4, 25 frames a second.

    Args:
        path: the file, `.mp4`; its folder is made.
        frames: uint8 (H, W, 3) or (H, W, 1), all of one size; a last odd row or column is left out. What they raise passes
            through, and nothing is left on the disk then.
        durations: how long each stands, in milliseconds; rounded to frames without adding up.

    Raises:
        CoreError: there are no frames, or OpenCV can't write the file.
    """
    path = Path(path)
    if not durations:
        raise CoreError(f"{path.name} can't be written: there are no pictures for it.")

    def write(beside: Path) -> None:
        film = None
        ended = shown = 0.0
        try:
            for frame, duration in zip(frames, durations, strict=True):
                even = frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2]
                picture = cv2.cvtColor(even, cv2.COLOR_GRAY2BGR if even.shape[2] == 1 else cv2.COLOR_RGB2BGR)
                if film is None:
                    size = (picture.shape[1], picture.shape[0])
                    film = cv2.VideoWriter(str(beside), cv2.VideoWriter.fourcc(*CODEC), float(PER_SECOND), size)
                    if not film.isOpened():
                        raise CoreError(f"{path.name} can't be written: OpenCV can't make an MP4 here.", "Use .gif or .webp.")
                ended += duration * PER_SECOND / 1000.0
                times = max(1, round(ended - shown))
                for _ in range(times):
                    film.write(picture)
                shown += times
        finally:
            if film is not None:
                film.release()
        if not beside.stat().st_size:
            raise CoreError(f"{path.name} can't be written: OpenCV made nothing of it.", "Use .gif or .webp.")

    write_whole(path, write)
