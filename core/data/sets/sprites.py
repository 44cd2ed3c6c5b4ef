"""The built-in data set `sprites`: the factor grid of dSprites, drawn by the program.

dSprites (Matthey, Higgins, Hassabis and Lerchner 2017, github.com/google-deepmind/dsprites-dataset) holds each combination of
1 colour x 3 shapes (square, ellipse, heart) x 6 scales (evenly from 0.5 to 1) x 40 orientations (evenly from 0 to 2 pi) x 32 x 32
positions once: 737,280 binary pictures of 64x64, the last factor, position Y, changing fastest. The grid, its order, the size of
the pictures and their two levels are the same here, so row i here and picture i of the published file are of the same factors.

What the description leaves open is our choice, and the published file wasn't at hand for comparison, so the pixels
differ from it: the sprites' sizes (at scale 1 a square of 22 pixels, an ellipse of 31 by 15.5, and a heart of two half
discs on a square that stands on its corner, all inside a circle of radius 15.6 about their centre), the sense of
rotation (counterclockwise), and the step between positions: one pixel, the middle of them in the picture's middle, so
that no sprite is ever cut. A pixel is lit if its centre lies inside. As in the published grid, orientation 39 is a full
turn and looks like orientation 0. All other pictures differ, as the published ones do: for that a sprite's centre lies
a little off a pixel's, since a square that is turned by 92.3 degrees would otherwise often light the same pixels.

Nothing is stored: the 720 sprites are drawn once (7 MB), and a picture is a window of 64x64 on one of them.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from core.data.lazy_rows import MadeRows, Pixels, Rows
from core.data.sets.factors import Factor

SIDE = 64  # pixels
POSITIONS = 32  # along each axis
SHAPES = ("square", "ellipse", "heart")
SCALES = tuple(round(float(scale), 3) for scale in np.linspace(0.5, 1.0, 6))
ORIENTATIONS = tuple(float(angle) for angle in np.linspace(0.0, 2 * np.pi, 40))
PLACES = tuple(float(place) for place in np.linspace(0.0, 1.0, POSITIONS))
GRID = (len(SHAPES), len(SCALES), len(ORIENTATIONS), POSITIONS, POSITIONS)  # the colour is always white
COUNT = int(np.prod(GRID))
FACTORS = (
    Factor("shape", SHAPES),
    Factor("scale", SCALES),
    Factor("orientation", ORIENTATIONS, is_periodic=True),
    Factor("pos_x", PLACES),
    Factor("pos_y", PLACES),
)
NAME_TEXT = "{shape}, scale {scale:.1f}, orientation {orientation:.2f}, x {pos_x:.2f}, y {pos_y:.2f}"

_CENTRE = SIDE - POSITIONS // 2 - 1  # of a sprite in its larger drawing: the window moves over it by up to 31 pixels
_LARGE = SIDE + POSITIONS - 1
_OFF = (0.4, 0.35)  # pixels, to the right and upwards, of a sprite's centre from a pixel's
_HALF_SQUARE = 11.0  # pixels at scale 1
_HALF_AXES = (15.5, 7.75)
_HEART = 11.5  # half the diagonal of the heart's square
_HEART_DOWN = 0.1035 * _HEART  # its box's middle lies so far above the square's


def factor_table(rows: Rows | None = None) -> npt.NDArray[np.int32]:
    """The factors of some pictures, or of all: (N, 5) int32, the columns as in FACTORS, each from 0."""
    if rows is None:
        return np.indices(GRID, np.int32).reshape(len(GRID), COUNT).T
    return np.stack(np.unravel_index(rows, GRID), axis=1).astype(np.int32)


class SpriteRows(MadeRows):
    """Pictures of the grid, 0 and 255.

    Args:
        rows: their numbers in the whole grid, (N,); None = all of it.
        size: side that they are scaled to; 64 as they are.
        channels: 1 or 3.
    """

    def __init__(self, rows: Rows | None = None, size: int = SIDE, channels: int = 1) -> None:
        super().__init__(COUNT if rows is None else len(rows), SIDE, size, channels)
        self._rows = rows
        self._windows = np.lib.stride_tricks.sliding_window_view(drawn_sprites(), (SIDE, SIDE), axis=(1, 2))

    def _make(self, rows: Rows) -> Pixels:
        numbers = rows if self._rows is None else self._rows[rows]
        sprite, places = np.divmod(numbers, POSITIONS**2)
        right, down = np.divmod(places, POSITIONS)
        pictures: Pixels = self._windows[sprite, POSITIONS - 1 - down, POSITIONS - 1 - right]
        return pictures


@functools.cache
def drawn_sprites() -> Pixels:
    """Each shape at each scale and orientation, in the grid's order, with room around: (720, 95, 95) uint8, read-only."""
    across = np.arange(_LARGE, dtype=np.float64) - _CENTRE
    x, y = across[None, :] - _OFF[0], -across[:, None] - _OFF[1]  # y upwards
    drawn = np.zeros((*GRID[:3], _LARGE, _LARGE), np.uint8)
    for turn, angle in enumerate((*ORIENTATIONS[:-1], 0.0)):  # a full turn as exactly 0
        along, up = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        for step, scale in enumerate(SCALES):
            for number, shape in enumerate((_in_square, _in_ellipse, _in_heart)):
                drawn[number, step, turn] = shape(along / scale, up / scale) * np.uint8(255)
    flat = drawn.reshape(-1, _LARGE, _LARGE)
    flat.flags.writeable = False
    return flat


_Field = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]


def _in_square(x: _Field, y: _Field) -> _Mask:
    inside: _Mask = np.maximum(np.abs(x), np.abs(y)) <= _HALF_SQUARE
    return inside


def _in_ellipse(x: _Field, y: _Field) -> _Mask:
    inside: _Mask = (x / _HALF_AXES[0]) ** 2 + (y / _HALF_AXES[1]) ** 2 <= 1.0
    return inside


def _in_heart(x: _Field, y: _Field) -> _Mask:
    """A square on its corner, with a half disc on each of its upper sides."""
    lifted = y + _HEART_DOWN
    square = np.abs(x) + np.abs(lifted) <= _HEART
    discs = (np.abs(x) - _HEART / 2) ** 2 + (lifted - _HEART / 2) ** 2 <= _HEART**2 / 2
    inside: _Mask = square | discs
    return inside
