"""Keeps a photo without colour colourless: pixels that an edit changed get the photo's own tone, whatever made the edit.

A model that learned colours paints red lips into black-and-white photos and skin colours into sepia ones. In such a photo colour
follows from lightness alone, so a curve from one to the other is fitted to its face; if the face's pixels lie near the
curve, it has no colours of its own, and every changed pixel is moved onto the curve, at its own lightness: as far as that is among
the photo's own where it is toned, since a toned photo has no black and no white.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.data.pictures import Pixels
from core.data.statistics import LUMA
from core.faces.alignment import Matrix, to_frame
from core.photo.transfer import TILE_ROWS, covered

SIDE = 32  # pixels of the face's side here: so few that JPEG's errors of colour average out
ROUND = 0.8  # of the frame's half side, squared: the face lies within
KNOTS = 32  # of the curve
STIFFNESS = 1e-3  # of the curve, per pixel looked at
PART = 85  # percent of the face's pixels that must lie near the curve
# Levels of 255: nearer to the curve is no colour, further is colour; between them the two are mixed. Of 1,500 colour
# photos of CelebA one lies below 5.4; of sepia ones saved as JPEG 85 with halved colours, faces 128 pixels wide, 95 %
# below 4.6.
NEAR, FAR = 4.5, 5.3


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """The one tone of a photo without colour.

    Attributes:
        colours: uint8 (256, 3), the colour of each lightness.
        share: how far changed pixels are moved onto it, above 0 to 1.
    """

    colours: Pixels
    share: float


def tone_of(photo: Pixels, matrix: Matrix, size: int) -> Tone | None:
    """The tone of a photo's face, None where it has colours.

    Args:
        photo: uint8 (H, W, 3).
        matrix: (2, 3), from the photo's pixels to the model's frame.
        size: side of that frame.
    """
    scale = SIDE / size
    smaller = matrix * scale
    smaller[:, 2] += (scale - 1.0) / 2.0
    along = (np.arange(SIDE) + 0.5) / SIDE * 2.0 - 1.0
    face = to_frame(photo, smaller, SIDE)[along[:, None] ** 2 + along**2 < ROUND].astype(np.float32)
    luma = face @ LUMA
    place = np.minimum(luma / 255.0 * (KNOTS - 1), KNOTS - 1.001)
    first = place.astype(int)
    shares = np.zeros((len(face), KNOTS))  # weights of the knots at each pixel's place on the curve
    shares[np.arange(len(face)), first] = 1.0 - (place - first)
    shares[np.arange(len(face)), first + 1] = place - first
    bends = np.diff(np.eye(KNOTS), 2, axis=0) * np.sqrt(STIFFNESS * len(face))
    chroma = face - luma[:, None]
    curve = np.linalg.lstsq(np.vstack([shares, bends]), np.vstack([chroma, np.zeros((KNOTS - 2, 3))]), rcond=None)[0]
    levels = np.linspace(0.0, 255.0, KNOTS)
    off = np.percentile(_distances(face, levels[:, None] + curve), PART)
    share = float(np.clip((FAR - off) / (FAR - NEAR), 0.0, 1.0))
    if share == 0.0:
        return None
    seen = np.clip(np.arange(256.0), luma.min(), luma.max())  # beyond the face's range the end colours are used
    light = np.arange(256.0)
    if np.abs(curve).max() > 1.0:  # a level: it isn't grey, so its darkest colour is no black and its lightest no white
        left, top, right, bottom = covered(photo, matrix, size)
        there = cv2.cvtColor(np.ascontiguousarray(photo[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)
        light = np.clip(light, there.min(), there.max())
    colours = light[:, None] + np.column_stack([np.interp(seen, levels, column) for column in curve.T])
    return Tone(np.clip(np.rint(colours), 0, 255).astype(np.uint8), share)


def keep_tone(photo: Pixels, edited: Pixels, matrix: Matrix, size: int) -> Pixels:
    """Put the changed pixels of a photo without colour onto its tone.

    Args:
        photo: uint8 (H, W, 3), before the edit.
        edited: the same with the edit, which stays within the frame; changed in place.
        matrix: (2, 3), from the photo's pixels to the model's frame.
        size: side of that frame.

    Returns:
        `edited`; as it was where the photo has colours.
    """
    left, top, right, bottom = covered(photo, matrix, size)
    if right <= left or bottom <= top:
        return edited
    tone = tone_of(photo, matrix, size)
    if tone is None:
        return edited
    for start in range(top, bottom, TILE_ROWS):
        part = np.s_[start : min(start + TILE_ROWS, bottom), left:right]
        tile = edited[part]
        toned = tone.colours[cv2.cvtColor(np.ascontiguousarray(tile), cv2.COLOR_RGB2GRAY)]
        if tone.share < 1.0:
            toned = cv2.addWeighted(np.ascontiguousarray(tile), 1.0 - tone.share, toned, tone.share, 0.0)
        np.copyto(tile, toned, where=(tile != photo[part]).any(axis=2, keepdims=True))
    return edited


def _distances(points: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """How far points (N, 3) lie from the line through knots (K, 3), (N,)."""
    ways = knots[1:] - knots[:-1]
    from_knots = points[:, None] - knots[None, :-1]
    along = np.clip((from_knots * ways).sum(axis=2) / np.maximum((ways**2).sum(axis=1), 1e-6), 0.0, 1.0)
    return np.asarray(np.linalg.norm(from_knots - along[..., None] * ways, axis=2).min(axis=1))
