"""Shades of an edit by the model itself: how it draws cheeks that rise and folds that deepen, put onto skin that it draws truly.

A retoucher's own light has to deceive a critic, and overdoes it; what a model draws is soft, but it is how faces look. Of the
mouth itself, which a photo needs sharp, nothing is taken.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.data.statistics import LUMA

Floats = npt.NDArray[np.float32]

UNIT = 128.0  # pixels of the frame in which the lengths below are meant
BLUR = 1.5  # pixels: what is finer belongs to the drawing
AROUND = 5  # pixels around painted ones that are left to the paint
TAPER = 12.0  # pixels from the view's sides to where shades are whole
AGREES = 60.0  # levels: where photo and drawing differ by so much, as at hair and hands, there is hardly any shade
LIKE_SKIN = (120.0, 45.0)  # levels of lightness and of colour from the face's median: the same
WHITE, BURNT = 215.0, 265.0  # levels: skin that is as light as paper looks grey where it is shaded
DARKEST = 24.0


def lightness(picture: np.ndarray) -> Floats:
    """Luma (H, W) in levels of a picture (H, W, 3)."""
    return np.asarray(picture.astype(np.float32) @ np.array(LUMA, np.float32), np.float32)


def shaded(face: Floats, before: Floats, after: Floats, mask: Floats, sides: tuple[int, int, int, int]) -> Floats:
    """The change of lightness that a model draws, where a photo can take it, (S, S) in levels.

    Args:
        face: (S, S, 3) in levels, the photo's face.
        before: (S, S, 3), the same as the model draws it.
        after: (S, S, 3), the same, edited.
        mask: (S, S), 0 to 1, where pixels are painted.
        sides: top, bottom, left, right of the part that may change, in pixels.
    """
    unit = face.shape[0] / UNIT
    change = _blurred(lightness(after) - lightness(before), BLUR * unit)
    own, drawn = lightness(face), lightness(before)
    soft = _blurred(own, BLUR * unit)
    relative = np.clip(soft / np.maximum(_blurred(drawn, BLUR * unit), DARKEST), 0.0, 1.1)  # shades of dark skin are darker, too
    alike = np.exp(-np.square(_blurred(np.abs(own - drawn), 2.5 * unit) / AGREES))
    around = np.ones((round(AROUND * unit) | 1,) * 2, np.uint8)
    bare = 1.0 - np.clip(_blurred(np.asarray(cv2.dilate(mask, around), np.float32), 2.0 * unit), 0.0, 1.0)
    return np.asarray(change * relative * alike * bare * _skin(face, sides, unit) * unburnt(own, unit) * _inside(own, sides, unit))


def unburnt(own: Floats, unit: float) -> Floats:
    """How much shade skin of a lightness (S, S) can take: 1, falling to 0 towards white."""
    return np.asarray(np.clip((BURNT - _blurred(own, BLUR * unit)) / (BURNT - WHITE), 0.0, 1.0), np.float32)


def _skin(face: Floats, sides: tuple[int, int, int, int], unit: float) -> Floats:
    """How like the skin in the middle of the part each pixel is, (S, S)."""
    top, bottom, left, right = sides
    high, wide = bottom - top, right - left
    soft = _blurred(face, 1.2 * unit)
    middle = soft[top + high // 8 : top + high // 2, left + wide // 5 : right - wide // 5]
    reference = np.median(middle.reshape(-1, 3), axis=0).astype(np.float32)
    light, usual = lightness(soft), float(lightness(reference[None, None])[0, 0])
    colour = (soft - light[..., None]) - (reference - usual)
    of_light, of_colour = LIKE_SKIN
    return np.asarray(np.exp(-np.square((light - usual) / of_light) - np.square(colour).sum(axis=2) / of_colour**2), np.float32)


def _inside(own: Floats, sides: tuple[int, int, int, int], unit: float) -> Floats:
    """1 within a part, falling smoothly to 0 at its sides."""
    top, bottom, left, right = sides
    rows, columns = np.mgrid[: own.shape[0], : own.shape[1]].astype(np.float32)
    near = np.minimum.reduce([rows - top, bottom - 1 - rows, columns - left, right - 1 - columns])
    share = np.clip(near / (TAPER * unit), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def _blurred(picture: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)
