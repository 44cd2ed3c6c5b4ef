"""Pictures read off the window's thread, one after another, those that are wanted most first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.data.pictures import BadPicture, read_bytes, shrunk
from explorer.look.pixels import Pixels
from explorer.tasks import Task, run_task

SIDE = 900
"""Pixels of a picture as it is shown; larger ones are made smaller."""
SMALL = 128
_KEPT = 20  # pictures of some 2 MB
_KEPT_SMALL = 400


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    picture: Pixels | None  # None where it can't be read
    small: Pixels | None
    reason: str = ""


class PictureReader(QObject):
    """Reads the pictures of a folder and keeps the last ones.

    Args:
        root: the folder.
        files: paths relative to it.
    """

    was_read = Signal(int)
    """The number of a picture that is there now."""
    failed = Signal(int, str)
    """The number of a picture that can't be read, and why."""

    def __init__(self, root: Path, files: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._root = root
        self._files = files
        self._wanted: list[int] = []
        self._task: Task | None = None
        self._pictures: OrderedDict[int, Pixels] = OrderedDict()
        self._small: OrderedDict[int, Pixels] = OrderedDict()
        self._bad: set[int] = set()

    def picture(self, at: int) -> Pixels | None:
        """A picture, uint8 (H, W, 3), if it was read and is still kept."""
        return self._pictures.get(at)

    def small(self, at: int) -> Pixels | None:
        """Its middle as a small square, likewise."""
        return self._small.get(at)

    def want(self, pictures: Sequence[int]) -> None:
        """Read these next, the first one first; what was wanted before and isn't among them isn't read."""
        self._wanted = [at for at in pictures if at >= 0]
        for at in self._wanted:  # so that they aren't the next to be forgotten
            if at in self._pictures:
                self._pictures.move_to_end(at)
        self._begin()

    def _begin(self) -> None:
        if self._task is not None:
            return
        at = next((at for at in self._wanted if at not in self._pictures and at not in self._bad), None)
        if at is None:
            return
        path = self._root / self._files[at]

        def done(read: _Read) -> None:
            self._task = None
            self._keep(at, read)
            self._begin()

        def failed(error: BaseException) -> None:
            self._task = None
            raise error

        self._task = run_task(self, lambda _: _read(path), done=done, failed=failed, name="read a picture")

    def _keep(self, at: int, read: _Read) -> None:
        if read.picture is None or read.small is None:
            self._bad.add(at)
            self.failed.emit(at, read.reason)
            return
        for kept, value, most in ((self._pictures, read.picture, _KEPT), (self._small, read.small, _KEPT_SMALL)):
            kept[at] = value
            while len(kept) > most:
                kept.popitem(last=False)
        self.was_read.emit(at)


def _read(path: Path) -> _Read:
    try:
        picture = shrunk(read_bytes(path), SIDE)
    except BadPicture as bad:
        return _Read(None, None, str(bad))
    return _Read(picture, _square(picture))


def _square(picture: Pixels) -> Pixels:
    """The middle of a picture as a square of at most SMALL pixels."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    step = max(1, side // SMALL)
    square = picture[top : top + side // step * step, left : left + side // step * step]
    blocks = square.reshape(side // step, step, side // step, step, 3)
    return blocks.mean(axis=(1, 3)).astype(np.uint8)
