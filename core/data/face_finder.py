"""Faces in a photo, and their eyes: OpenCV's cascades (Viola & Jones 2001) and, within the face's box, a small network of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.data.alignment import Eyes
from core.data.eye_net import find_eyes

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

SEARCH_SIDE = 800  # pixels: the photo's longer side while faces are looked for
SMALLEST = 0.06  # of the shorter side: a face less wide isn't looked for
LEAST_PIXELS = 20  # of the searched picture: nor one less wide than that, where the cascades see nothing any more
TURNS = (0, -30, 30, -60, 60, 90, -90, 180)  # degrees: tried one after another until a face is seen
SEARCHES = (("alt2", 4), ("default", 4), ("alt2", 2))  # cascade and neighbours: the next one where one sees nothing
EYES_IN_BOX = Eyes((0.31, 0.40), (0.69, 0.40))  # as shares of the cascade's box: the average over faces

Progress = Callable[[str, int, int], None]  # what, done, total; may raise core.errors.Cancelled


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One face.

    Attributes:
        box: left, top, width, height in pixels of the photo; of a tilted face, the upright box of the same middle and size.
        eyes: where they are.
        sure: whether the eyes were seen; if not, they are where eyes are in a box as a rule.
    """

    box: Box
    eyes: Eyes
    sure: bool


def find_faces(
    pixels: Pixels, turns: Sequence[int] = TURNS, smallest: float = SMALLEST, progress: Progress | None = None
) -> list[FoundFace]:
    """The faces in a photo, the most prominent first: large ones, and those in the middle.

    Args:
        pixels: uint8 (H, W, 3).
        turns: degrees by which it is turned, one after another, until a face with two eyes is seen; the first is 0.
        smallest: of the shorter side; a face less wide isn't looked for.
        progress: hears how far it is before each search (at most a few tenths of a second), and may raise Cancelled.

    Raises:
        Cancelled: out of `progress`.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, SEARCH_SIDE / max(height, width))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = grey
    if scale < 1.0:
        small = cv2.resize(grey, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
    scales = np.array([(width / small.shape[1]), (height / small.shape[0])])
    unsure: list[FoundFace] = []
    least = max(LEAST_PIXELS, int(smallest * min(small.shape)))
    total = len(turns) * len(SEARCHES)
    for turn, degrees in enumerate(turns):
        turned, back = _turned(small, degrees)
        boxes: Sequence[Box] = ()
        for number, (name, neighbours) in enumerate(SEARCHES):
            if progress is not None:
                progress("Looking for faces", turn * len(SEARCHES) + number, total)
            boxes = _cascade(name).detectMultiScale(turned, 1.1, neighbours, minSize=(least, least))
            if len(boxes):
                break
        found = [_face(grey, box, back, scales) for box in boxes]
        sure = [face for face in found if face.sure]
        if sure:
            return sorted(sure, key=lambda face: _prominence(face.box, width, height), reverse=True)
        if not degrees:
            unsure = sorted(found, key=lambda face: _prominence(face.box, width, height), reverse=True)
    return unsure


def estimated(box: Box) -> Eyes:
    """Where the eyes are, as a rule, in the box of an upright face."""
    left, top, width, height = box
    points = [(left + x * width, top + y * height) for x, y in (EYES_IN_BOX.left, EYES_IN_BOX.right)]
    return Eyes(points[0], points[1])


def _face(grey: Pixels, box: Box, back: npt.NDArray[np.float64], scales: npt.NDArray[np.float64]) -> FoundFace:
    """A box of the small, turned picture as a face of the photo.

    Args:
        back: (2, 3), from the turned picture to the small one.
        scales: (2,), from the small picture to the photo, along x and y.
    """
    left, top, width, height = map(float, box)
    guess = estimated((left, top, width, height))
    to_photo = scales[:, None] * back
    to_photo[:, 2] += (scales - 1.0) / 2.0  # centres of pixels
    middle = to_photo[:, :2] @ np.array([left + width / 2, top + height / 2]) + to_photo[:, 2]
    wide, high = width * scales[0], height * scales[1]
    around = (float(middle[0] - wide / 2), float(middle[1] - high / 2), float(wide), float(high))
    rough = guess.moved(to_photo)
    seen = find_eyes(grey, rough)
    return FoundFace(around, seen or rough, seen is not None)


def _turned(grey: Pixels, degrees: int) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """The picture turned by an angle with its contrast spread, and the way back, (2, 3)."""
    if not degrees:
        return np.asarray(cv2.equalizeHist(grey), np.uint8), np.eye(2, 3)
    height, width = grey.shape
    centre = ((width - 1) / 2.0, (height - 1) / 2.0)
    side = int(np.ceil(np.hypot(width, height)))
    there = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    there[:, 2] += (side - 1) / 2.0 - np.array(centre)
    turned = cv2.warpAffine(grey, there, (side, side), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.equalizeHist(turned), np.uint8), np.asarray(cv2.invertAffineTransform(there), np.float64)


def _prominence(box: Box, width: int, height: int) -> float:
    """How likely this is the face that is meant: its side, less for being far from the middle."""
    left, top, side, tall = box
    off = np.hypot((left + side / 2 - width / 2) / width, (top + tall / 2 - height / 2) / height)
    return float(max(side, tall) * (1.0 - 0.5 * off))


class _Cascades(threading.local):
    """Each thread's own: `detectMultiScale` keeps its working memory in the classifier."""

    def __init__(self) -> None:
        self.known: dict[str, cv2.CascadeClassifier] = {}


_cascades = _Cascades()


def _cascade(name: str) -> cv2.CascadeClassifier:
    if name not in _cascades.known:
        path = Path(cv2.__file__).parent / "data" / f"haarcascade_frontalface_{name}.xml"
        _cascades.known[name] = cv2.CascadeClassifier(str(path))
    return _cascades.known[name]
