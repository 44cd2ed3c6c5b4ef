"""A photo at its own size with the colours that a model gives it: lightness is the photo's own, pixel for pixel."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from core.data.photo import Photo
from core.data.pictures import Pixels
from core.families.colouriser.edges import functions_of, guide_size
from core.families.colouriser.edit import GivenColour
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.lab import RGB, VISIBLE, XYZ, cube, encoded, linear, rgb_to_lab, root
from core.families.colouriser.points import ColourPoint
from core.photo.whole import seen_whole
from core.progress import Progress, silent

STRIP = 2**16  # pixels that are coloured at once
LARGEST_SIDE = 1024  # pixels of a photo's shorter side, as the model sees it
COLOURING = "Colouring"


@dataclass(frozen=True, slots=True, eq=False)
class Coloured:
    """A coloured photo.

    Attributes:
        picture: uint8 (H, W, 3).
        outside: the share of its pixels that got a colour which no screen shows at their lightness, and were clamped.
    """

    picture: Pixels
    outside: float


class PhotoColours:
    """The colours that a model gives a photo, from which pictures of any strength are made without asking it again.

    Args:
        photo: of any size that isn't smaller than the model's pictures.
        model: a colouriser.
        side: the photo's shorter side as the model sees it, in pixels; 0 = as the model's training pictures. More shows it finer
            details, as in photos in which a face, say, is smaller than in those.
        points: places whose colours a person gives.

    Raises:
        CoreError: there are points, and the model takes none.
        DataError: the photo is smaller than that.
        ConfigError: the side is smaller than the model's pictures, or larger than 1,024.
    """

    def __init__(self, photo: Photo, model: ColouriserInstrument, side: int = 0, points: Sequence[GivenColour] = ()) -> None:
        small = seen_whole(photo, model.header, side, LARGEST_SIDE)
        self._pixels = photo.pixels
        """uint8 (H, W, 3), which get the colours."""
        self._model = model
        self._lightness = rgb_to_lab(torch.from_numpy(small).permute(2, 0, 1).float() / 255.0)[0].numpy()
        self._colours = self._asked(points)
        """float32 (h, w, 2)."""

    def with_points(self, points: Sequence[GivenColour]) -> PhotoColours:
        """The colours that the model gives the same photo with other points. Raises CoreError: it takes none."""
        other = copy(self)
        other._colours = self._asked(points)
        return other

    def picture(
        self, strength: float = 1.0, saturation: float = 1.0, progress: Progress = silent, *, to_edges: bool = False
    ) -> Coloured:
        """The photo with these colours.

        Args:
            strength: 0 is the photo as it was, 1 has the model's colours alone.
            saturation: 1 is as colourful as the model says, 0 grey; at most 3.
            progress: told how far; may raise Cancelled.
            to_edges: the colours keep to the photo's edges; otherwise they are only enlarged.
        """
        height, width = self._pixels.shape[:2]
        picture, outside = np.empty_like(self._pixels), 0
        if not strength:
            picture[:] = self._pixels
            return Coloured(picture, 0.0)
        rows = max(1, STRIP // width)
        maps = self._functions() if to_edges else self._colours
        maps = maps * np.float32(strength * saturation) / np.array(_UNITS * (maps.shape[2] // 2), np.float32)
        for top in range(0, height, rows):
            progress(COLOURING, top, height)
            bottom = min(top + rows, height)
            outside += _coloured(self._pixels[top:bottom], self._at(maps, top, bottom), 1.0 - strength, picture[top:bottom])
        return Coloured(picture, outside / (height * width))

    def on(self, photo: Photo) -> PhotoColours:
        """The same colours for the same photo in another size."""
        other = copy(self)
        other._pixels = photo.pixels
        return other

    def as_colourful(self, saturation: float = 1.0) -> float:
        """Mean chroma of the model's colours, in units of Lab."""
        return float(saturation * np.linalg.norm(self._colours, axis=-1).mean())

    def _asked(self, points: Sequence[GivenColour]) -> np.ndarray:
        return np.moveaxis(self._model.colours(self._lightness, [colour_point(one) for one in points]), 0, -1)

    def _functions(self) -> np.ndarray:
        """The model's colours as functions of the photo's lightness, float32 (h, w, 4); see `functions_of`."""
        height, width = guide_size(self._colours, *self._pixels.shape[:2])
        small = np.asarray(cv2.resize(self._pixels, (width, height), interpolation=cv2.INTER_AREA))
        guide = _looked_up(_ROOT, _mixed(cv2.split(cv2.LUT(small, _LIGHT)), XYZ[1]))
        return functions_of(self._colours, guide)

    def _at(self, maps: np.ndarray, top: int, bottom: int) -> np.ndarray:
        """Some of the photo's rows of maps, float32 (h, w, n) -> (rows, W, n): between what they say, linear."""
        height, width = self._pixels.shape[:2]
        count = len(maps)
        place = ((np.arange(top, bottom, dtype=np.float32) + 0.5) * (count / height) - 0.5).clip(0.0, count - 1.0)
        above = place.astype(np.int64)
        below = np.minimum(above + 1, count - 1)
        share = (place - above)[:, None, None]
        rows = maps[above] * (1.0 - share) + maps[below] * share
        return np.asarray(cv2.resize(rows, (width, bottom - top), interpolation=cv2.INTER_LINEAR))


def colour_point(given: GivenColour) -> ColourPoint:
    """A given colour in units of Lab."""
    rgb = torch.tensor(given.rgb, dtype=torch.float32).reshape(3, 1, 1) / 255.0
    _, a, b = rgb_to_lab(rgb).flatten().tolist()
    return ColourPoint(given.x, given.y, a, b)


# The formulas of `lab` in tables of 65,536 values: a tenth of the time, for photos of many megapixels, and the same picture
# but for a level here and there.
_MOST = 65535
_STEPS = torch.linspace(0.0, 1.0, _MOST + 1, dtype=torch.float64)
_UNITS = (500.0, -200.0)  # of a* and b*: f(X / Xn) = f(Y / Yn) + a* / 500, and with f(Z / Zn) minus b* / 200
_LOWEST, _SPAN = -1.5, 4.0  # of f(X / Xn) and its like, where a* and b* are up to three times what a network gives
_LIGHT = linear(torch.arange(256, dtype=torch.float64) / 255.0).float().numpy()
_ROOT = root(_STEPS).float().numpy()
_CUBE = cube(_LOWEST + _SPAN * _STEPS).float().numpy()
_ENCODED = (encoded(_STEPS) * 255.0).round().to(torch.uint8).numpy()
_DARKEST = -VISIBLE / 12.92  # amounts of light beyond which clamping shows
_BRIGHTEST = float(linear(torch.tensor(1.0 + VISIBLE, dtype=torch.float64)))


def _coloured(pixels: Pixels, shifts: np.ndarray, kept: float, out: Pixels) -> int:
    """Give pixels other colours; their lightness stays.

    Args:
        pixels: uint8 (H, W, 3).
        shifts: what a* and b* add to f(X / Xn) and f(Z / Zn), float32 (H, W, 2), or how that follows from f(Y / Yn), (H, W, 4).
        kept: the share of the pixels' own colours that is added to them.
        out: uint8 (H, W, 3), where they are written.

    Returns:
        How many of them had to be clamped.
    """
    light = cv2.split(cv2.LUT(pixels, _LIGHT))
    middle = _mixed(light, XYZ[1])
    y = _looked_up(_ROOT, middle)
    to_x, to_z, *more = cv2.split(shifts)
    if more:  # functions of y: slopes, and what is added
        to_x, to_z = y * to_x + more[0], y * to_z + more[1]
    x, z = y + to_x, y + to_z
    if kept:
        x += kept * (_looked_up(_ROOT, _mixed(light, XYZ[0])) - y)
        z += kept * (_looked_up(_ROOT, _mixed(light, XYZ[2])) - y)
    xyz = [_looked_up(_CUBE, (x - _LOWEST) / _SPAN), middle, _looked_up(_CUBE, (z - _LOWEST) / _SPAN)]
    clamped = np.zeros(pixels.shape[:2], bool)
    for channel, row in enumerate(RGB):
        amount = _mixed(xyz, row)
        clamped |= (amount < _DARKEST) | (amount > _BRIGHTEST)
        out[..., channel] = _looked_up(_ENCODED, amount)
    return int(clamped.sum())


def _mixed(channels: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """A weighted sum of three float32 channels."""
    first, second, third = (channel * np.float32(weight) for channel, weight in zip(channels, weights, strict=True))
    return first + second + third


def _looked_up(table: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The entries of a table at places from 0 to 1, float32; beyond, its ends."""
    return table.take((np.clip(places, 0.0, 1.0) * _MOST + 0.5).astype(np.uint16))
