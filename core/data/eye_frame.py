"""Where the eyes are in the training pictures, so that any photo can be framed like them."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config import FACE
from core.data.cache.results import Remembered
from core.data.dataset import FaceData, batch
from core.faces.alignment import USUAL_FRAME, Frame

SAMPLE = 48  # pictures that are looked at
SEED = 0
LEAST_SIDE = 48  # pixels: smaller pictures aren't searched for eyes
LEAST_SHARE = 0.3  # of the pictures must show two eyes
BORDER = 0.2  # of the side, added around: the finder needs some room around a face
FOUND_SIDE = 160  # pixels: small pictures are enlarged to this for the finder
SMALLEST = 0.3  # of the enlarged picture: a training picture shows one face, and looking for small ones takes longest

_remembered = Remembered[dict[str, Any] | None]()


def measured_frame(data: FaceData) -> dict[str, Any] | None:
    """The median positions of the eyes in the training part, as `Frame.to_dict` gives them; None where too few show eyes.

    Computed once for the same pictures and split: a run asks at each save. Pictures that were framed by their faces needn't
    be looked at, and where none are faces there is nothing to look for.
    """
    if not data.shows_faces:
        return None
    if data.config.crop == FACE:
        return USUAL_FRAME.to_dict()
    return _remembered.answer(data, _measured) if data.images.shape[1] >= LEAST_SIDE else None


def _measured(data: FaceData) -> dict[str, Any] | None:
    import cv2  # noqa: PLC0415 - takes a while, and small pictures don't need it

    from core.faces.finder import find_faces  # noqa: PLC0415

    side = data.images.shape[1]
    rows = np.sort(np.random.default_rng(SEED).permutation(data.split.train)[:SAMPLE])
    border = round(BORDER * side)
    scale = max(1.0, FOUND_SIDE / side)
    eye_places: list[list[float]] = []
    for picture in batch(data.images, rows):
        wide = cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_REPLICATE)
        wide = wide[..., None] if wide.ndim == 2 else wide
        colours = np.ascontiguousarray(np.repeat(wide, 3, axis=2) if wide.shape[2] == 1 else wide)
        larger = cv2.resize(colours, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) if scale > 1 else colours
        faces = [face for face in find_faces(np.asarray(larger), turns=(0,), smallest=SMALLEST) if face.sure]
        if faces:
            eyes = faces[0].eyes
            eye_places.append([((value + 0.5) / scale - border) / side for value in (*eyes.left, *eyes.right)])
    if len(eye_places) < max(1, LEAST_SHARE * len(rows)):
        return None
    x1, y1, x2, y2 = (round(float(value), 4) for value in np.median(eye_places, axis=0))
    return Frame((x1, y1), (x2, y2)).to_dict()
