"""Faces in a photo, and their eyes: OpenCV's cascades (Viola & Jones 2001) and, within the face's box, a small network of ours."""

from __future__ import annotations

import functools
from collections.abc import Sequence
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
SMALLEST = 0.06  # of the shorter side: a face less wide isn't looked for at first
TURNS = (0, -30, 30, -60, 60, 90, -90, 180)  # degrees: tried one after another until a face is seen
EYES_IN_BOX = Eyes((0.31, 0.40), (0.69, 0.40))  # as shares of the cascade's box: the average over faces


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One face.

    Attributes:
        box: left, top, width, height in pixels of the photo; of the turned photo's upright box, its bounding box.
        eyes: where they are.
        sure: whether the eyes were seen; if not, they are where eyes are in a box as a rule.
    """

    box: Box
    eyes: Eyes
    sure: bool


def find_faces(pixels: Pixels, turns: Sequence[int] = TURNS) -> list[FoundFace]:
    """The faces in a photo, the most prominent first: large ones, and those in the middle.

    Args:
        pixels: uint8 (H, W, 3).
        turns: degrees by which it is turned, one after another, until a face with two eyes is seen; the first is 0.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, SEARCH_SIDE / max(height, width))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = grey
    if scale < 1.0:
        small = cv2.resize(grey, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
    scales = np.array([(width / small.shape[1]), (height / small.shape[0])])
    unsure: list[FoundFace] = []
    for degrees in turns:
        found = [_face(grey, box, back, scales) for box, back in _boxes(small, degrees)]
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
    left, top, width, height = box
    guess = estimated(box)
    to_photo = scales[:, None] * back
    to_photo[:, 2] += (scales - 1.0) / 2.0  # centres of pixels
    corners = np.array([[left, top], [left + width, top], [left, top + height], [left + width, top + height]])
    there = corners @ to_photo[:, :2].T + to_photo[:, 2]
    low, high = there.min(0), there.max(0)
    around = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    rough = guess.moved(to_photo)
    seen = find_eyes(grey, rough)
    return FoundFace(around, seen or rough, seen is not None)


def _boxes(grey: Pixels, degrees: int) -> list[tuple[Box, npt.NDArray[np.float64]]]:
    """The cascade's boxes in the picture turned by an angle, each with the way back."""
    height, width = grey.shape
    back = np.eye(2, 3)
    turned = grey
    if degrees:
        centre = ((width - 1) / 2.0, (height - 1) / 2.0)
        side = int(np.ceil(np.hypot(width, height)))
        there = cv2.getRotationMatrix2D(centre, degrees, 1.0)
        there[:, 2] += (side - 1) / 2.0 - np.array(centre)
        turned = cv2.warpAffine(grey, there, (side, side), flags=cv2.INTER_LINEAR)
        back = cv2.invertAffineTransform(there)
    even = cv2.equalizeHist(turned)
    least = max(20, int(SMALLEST * min(height, width)))
    for cascade, neighbours in ((_cascade("alt2"), 4), (_cascade("default"), 4), (_cascade("alt2"), 2)):
        found = cascade.detectMultiScale(even, 1.1, neighbours, minSize=(least, least))
        if len(found):
            return [((float(x), float(y), float(w), float(h)), back) for x, y, w, h in found]
    return []


def _prominence(box: Box, width: int, height: int) -> float:
    """How likely this is the face that is meant: its side, less for being far from the middle."""
    left, top, side, tall = box
    off = np.hypot((left + side / 2 - width / 2) / width, (top + tall / 2 - height / 2) / height)
    return float(max(side, tall) * (1.0 - 0.5 * off))


@functools.cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / f"haarcascade_frontalface_{name}.xml"))
