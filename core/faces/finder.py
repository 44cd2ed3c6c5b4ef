"""Faces in a photo, and their eyes: OpenCV's cascades (Viola & Jones 2001), and small networks of our own.

Where the cascade sees no upright face with two eyes, `core.faces.face_net` looks: it also knows turned heads, hats, sunglasses and
hard light. Only then the cascades look again, less strictly and at the photo turned. `core.faces.eye_net` finds the eyes in a box.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.faces.alignment import Eyes
from core.faces.eye_net import find_eyes
from core.faces.face_net import Suspect, examined, square, suspects
from core.progress import Progress

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

SEARCH_SIDE = 800  # pixels: the photo's longer side while faces are looked for
SMALLEST = 0.06  # of the shorter side: the smallest width of a face
LEAST_PIXELS = 20  # in the searched picture: the smallest width of a face that the cascades see
TURNS = (0, -30, 30, -60, 60, 90, -90, 180)  # degrees: tried one after another until a face is seen
SEARCHES = (("alt2", 4), ("default", 4), ("alt2", 2))  # cascade and neighbours: the next one where one sees nothing
LEAST_EXAMINED = 1.0  # logit above which a cascade's find is a face: 270 of 272 true ones were above 1.7, of 37 others 12
LEAST_EVIDENCE = 0.5  # logit above which our networks' find is a face
FARTHEST = 0.35  # of the eyes' distance: eyes found further from the expected place belong to another face
EYES_IN_BOX = Eyes((0.31, 0.40), (0.69, 0.40))  # as shares of the cascade's box: the average over faces


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One face.

    Attributes:
        box: left, top, width, height in pixels of the photo; of a tilted face, the upright box of the same middle and size.
        eyes: where they are.
        sure: whether the eyes were seen; if not, they are at the usual place in the box.
        by_hand: whether it wasn't found at all, but a person said where its eyes are.
    """

    box: Box
    eyes: Eyes
    sure: bool
    by_hand: bool = False


def find_faces(
    pixels: Pixels, turns: Sequence[int] = TURNS, smallest: float = SMALLEST, progress: Progress | None = None
) -> list[FoundFace]:
    """The faces in a photo, the most prominent first: large ones, and those in the middle.

    Args:
        pixels: uint8 (H, W, 3).
        turns: degrees by which it is turned, one after another, until a face with two eyes is seen; the first is 0.
        smallest: width of the smallest face, as a share of the shorter side.
        progress: told how far before each search (at most a few tenths of a second), and may raise Cancelled.

    Raises:
        Cancelled: raised by `progress`.
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
    total = len(turns) * len(SEARCHES) + 1
    done = 0

    def tell() -> None:
        nonlocal done
        if progress is not None:
            progress("Looking for faces", done, total)
        done += 1

    def by_prominence(faces: list[FoundFace]) -> list[FoundFace]:
        return sorted(faces, key=lambda face: _prominence(face.box, width, height), reverse=True)

    for degrees in turns:
        turned, back = _turned(small, degrees)
        turned_faces: list[FoundFace] = []
        for number, (name, neighbours) in enumerate(SEARCHES):
            tell()
            boxes = cascade_boxes(turned, name, neighbours, least)
            turned_faces = _believed(grey, [_face(grey, box, back, scales) for box in boxes])
            if not degrees and not number and not any(face.sure for face in turned_faces):
                tell()
                places = suspects(small, least, [estimated(box) for box in boxes])
                seen = [face for face in (_judged(grey, place, scales) for place in places) if face is not None]
                if seen:
                    return by_prominence(seen)
            if turned_faces:
                break
        sure = [face for face in turned_faces if face.sure]
        if sure:
            return by_prominence(sure)
        if not degrees:
            unsure = by_prominence(turned_faces)
    return unsure


def estimated(box: Box) -> Eyes:
    """The usual place of the eyes in the box of an upright face."""
    left, top, width, height = box
    points = [(left + x * width, top + y * height) for x, y in (EYES_IN_BOX.left, EYES_IN_BOX.right)]
    return Eyes(points[0], points[1])


def placed_face(eyes: Eyes) -> FoundFace:
    """A face of which a person said where its eyes are, in a box like those of faces that are found."""
    (x1, y1), (x2, y2) = eyes.left, eyes.right
    side = eyes.distance / (EYES_IN_BOX.right[0] - EYES_IN_BOX.left[0])
    below = (0.5 - EYES_IN_BOX.left[1]) / (EYES_IN_BOX.right[0] - EYES_IN_BOX.left[0])  # eye distances from eyes to the middle
    x, y = (x1 + x2) / 2.0 - below * (y2 - y1), (y1 + y2) / 2.0 + below * (x2 - x1)
    return FoundFace((x - side / 2.0, y - side / 2.0, side, side), eyes, sure=True, by_hand=True)


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
    middle = to_photo[:, :2] @ np.array([left + width / 2, top + height / 2]) + to_photo[:, 2]
    wide, high = width * scales[0], height * scales[1]
    around = (float(middle[0] - wide / 2), float(middle[1] - high / 2), float(wide), float(high))
    rough = guess.moved(to_photo)
    seen = find_eyes(grey, rough)
    return FoundFace(around, seen or rough, seen is not None)


def _believed(grey: Pixels, faces: list[FoundFace]) -> list[FoundFace]:
    """The cascade's finds that the examiner confirms: hands, ears and folds of cloth it doesn't."""
    looks = examined(grey, [face.eyes for face in faces])
    return [face for face, look in zip(faces, looks, strict=True) if look.score >= LEAST_EXAMINED]


def _judged(grey: Pixels, suspect: Suspect, scales: npt.NDArray[np.float64]) -> FoundFace | None:
    """A place that our networks examined, as a face of the photo; None if it isn't one.

    Args:
        grey: the photo.
        suspect: the place in the small picture.
        scales: (2,), from the small picture to the photo, along x and y.
    """
    if suspect.evidence(eyes_seen=True) < LEAST_EVIDENCE:
        return None
    rough = suspect.eyes.moved(np.column_stack([np.diag(scales), (scales - 1.0) / 2.0]))
    seen = find_eyes(grey, rough)
    if seen is not None and not is_near(seen, rough):
        seen = None
    if suspect.evidence(eyes_seen=seen is not None) < LEAST_EVIDENCE:
        return None
    x, y, width = square(rough)
    return FoundFace((x - width / 2, y - width / 2, width, width), seen or rough, seen is not None)


def is_near(seen: Eyes, rough: Eyes) -> bool:
    """Whether eyes that were found belong to the face whose eyes should be near `rough`."""
    off = max(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in ((seen.left, rough.left), (seen.right, rough.right)))
    return bool(off <= FARTHEST * rough.distance)


def _turned(grey: Pixels, degrees: int) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """The picture turned by an angle, with its histogram equalised, and the inverse matrix (2, 3)."""
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
    """How prominent a face is: its side, reduced by its distance from the middle."""
    left, top, side, tall = box
    off = np.hypot((left + side / 2 - width / 2) / width, (top + tall / 2 - height / 2) / height)
    return float(max(side, tall) * (1.0 - 0.5 * off))


class _Cascades(threading.local):
    """Each thread's own: `detectMultiScale` keeps its working memory in the classifier."""

    def __init__(self) -> None:
        self.known: dict[str, cv2.CascadeClassifier] = {}


_cascades = _Cascades()


def cascade_boxes(even: Pixels, name: str, neighbours: int, least: int) -> list[Box]:
    """Where a cascade sees faces in a grey picture with an equalised histogram."""
    boxes = _cascade(name).detectMultiScale(even, 1.1, neighbours, minSize=(least, least))
    return [(float(x), float(y), float(wide), float(high)) for x, y, wide, high in boxes]


def _cascade(name: str) -> cv2.CascadeClassifier:
    if name not in _cascades.known:
        path = Path(cv2.__file__).parent / "data" / f"haarcascade_frontalface_{name}.xml"
        _cascades.known[name] = cv2.CascadeClassifier(str(path))
    return _cascades.known[name]
