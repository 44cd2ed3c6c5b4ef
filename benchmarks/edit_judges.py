"""What judges the quality of edited faces without knowing the model: detail at the mouth, a network that tells edited from real.

All of them look at faces in the model's frame, brought to 128x128 pixels, whose rows and columns are meant below. None of them is
ever a loss: a network that was trained to please a judge says nothing by pleasing it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import torch

from core.faces.alignment import Matrix, inverse
from core.metrics.told_apart import Teller, teach

SIDE = 128  # pixels of the frame
MOUTH = (80, 118, 38, 90)  # rows and columns where detail is measured: from, to (the last one is left out)
LOWER = (60, 124, 24, 104)  # the same of the lower face, by which edited is told from real
FINE, COARSE = 0.7, 2.0  # pixels: standard deviations of the two Gaussians between which detail lies
TOLD_WIDTH, TOLD_HEIGHT = 60, 48  # pixels of the lower face as the network sees it
TOLD_QUALITY = 90  # of the JPEG that both kinds go through: what a file went through before tells nothing
TOLD_REPEATS = 3  # other halves and other weights each time; the mean counts
TOLD_BATCH = 128


def in_frame(pictures: np.ndarray) -> np.ndarray:
    """Faces (N, S, S, C) at 128x128 in colours, uint8 (N, 128, 128, 3)."""
    if pictures.shape[1] != SIDE:
        way = cv2.INTER_AREA if pictures.shape[1] > SIDE else cv2.INTER_CUBIC
        larger = [cv2.resize(one, (SIDE, SIDE), interpolation=way) for one in pictures]
        pictures = np.stack([one[..., None] if one.ndim == 2 else one for one in larger])
    return np.repeat(pictures, 3, axis=3) if pictures.shape[3] == 1 else pictures


def fine_detail(picture: np.ndarray) -> np.ndarray:
    """A difference of Gaussians of the grey picture, float32 (H, W), in levels of 255."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), FINE) - cv2.GaussianBlur(grey, (0, 0), COARSE))


def detail(pictures: np.ndarray) -> np.ndarray:
    """Detail at the mouth of faces (N, S, S, C): the root mean square of `fine_detail` there, (N,) in levels of 255."""
    top, bottom, left, right = MOUTH
    return np.array([float(np.sqrt(np.square(fine_detail(one)[top:bottom, left:right]).mean())) for one in in_frame(pictures)])


def detail_ratio(edited: np.ndarray, real: np.ndarray) -> float:
    """Median detail of edited faces over that of real ones of the wanted class; 1 where edited ones are as sharp."""
    return float(np.median(detail(edited)) / np.median(detail(real)))


def photo_detail_ratio(edited: np.ndarray, photo: np.ndarray, matrix: Matrix, size: int) -> float | None:
    """Detail at the mouth of an edited photo over that of the photo itself, in the photo's own pixels.

    Args:
        edited: uint8 (H, W, 3).
        photo: the same before.
        matrix: (2, 3), from the photo's pixels to the model's frame.
        size: side of the model's frame.

    Returns:
        The ratio; None where the photo doesn't show that part of the face.
    """
    back = inverse(matrix)
    top, bottom, left, right = (value * size / SIDE - 0.5 for value in MOUTH)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ back[:, :2].T + back[:, 2]
    inside = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
    margin = int(np.ceil(4 * COARSE))
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if len(rows) < 2 or len(columns) < 2:
        return None
    part = (slice(max(0, rows[0] - margin), rows[-1] + margin), slice(max(0, columns[0] - margin), columns[-1] + margin))
    chosen = inside[part] > 0
    after, before = (float(np.square(fine_detail(np.ascontiguousarray(one[part]))[chosen]).mean()) for one in (edited, photo))
    return float(np.sqrt(after / before)) if before > 0 else None


def lower_faces(pictures: np.ndarray) -> np.ndarray:
    """Lower halves of faces (N, S, S, C), small and through JPEG: uint8 (N, 48, 60, 3)."""
    top, bottom, left, right = LOWER
    lower = [one[top:bottom, left:right] for one in in_frame(pictures)]
    return np.stack([_through_jpeg(cv2.resize(one, (TOLD_WIDTH, TOLD_HEIGHT), interpolation=cv2.INTER_AREA)) for one in lower])


def whole_frames(pictures: np.ndarray) -> np.ndarray:
    """Faces (N, S, S, C) at the frame's size and through JPEG: uint8 (N, 128, 128, 3)."""
    return np.stack([_through_jpeg(one) for one in in_frame(pictures)])


def _through_jpeg(picture: np.ndarray) -> np.ndarray:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, TOLD_QUALITY])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))


def told_apart(
    edited: np.ndarray,
    edited_persons: np.ndarray,
    real: np.ndarray,
    real_persons: np.ndarray,
    repeats: int,
    seen: Callable[[np.ndarray], np.ndarray] = lower_faces,
) -> float:
    """How well a fresh network tells edited faces from real ones, on persons that it never saw: balanced accuracy (0.5: by chance).

    Args:
        edited: faces (N, S, S, C).
        edited_persons: (N,), whose they are.
        real: faces (M, S, S, C) of the wanted class.
        real_persons: (M,).
        repeats: with so many other halves of the persons; the mean counts.
        seen: what the network sees of them, uint8 (N, H, W, 3).

    Returns:
        The accuracy; NaN where the persons are so few that no half shows both kinds.
    """
    faces = torch.from_numpy(np.concatenate([seen(edited), seen(real)])).permute(0, 3, 1, 2) / 127.5 - 1.0
    is_edited = np.arange(len(faces)) < len(edited)
    persons = np.concatenate([edited_persons, real_persons])
    found = []
    for seed in range(repeats):
        everybody = np.random.default_rng(seed).permutation(np.unique(persons))
        half = np.isin(persons, everybody[: len(everybody) // 2])
        for learnt in (half, ~half):
            if any(len(np.unique(is_edited[part])) < 2 for part in (learnt, ~learnt)):
                continue  # few persons: a half shows one kind alone
            teller = _taught(faces[learnt], torch.from_numpy(is_edited[learnt]), seed)
            with torch.inference_mode():
                said = (teller(faces[~learnt]) > 0).numpy()
            truth = is_edited[~learnt]
            found.append((said[truth].mean() + (~said[~truth]).mean()) / 2)
    return float(np.mean(found)) if found else math.nan


def _taught(faces: torch.Tensor, is_edited: torch.Tensor, seed: int) -> Teller:
    """A fresh network that learnt to tell these apart; the same each time."""
    return teach(faces, is_edited, seed, TOLD_BATCH)
