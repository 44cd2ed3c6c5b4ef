"""An edit put onto the photo itself: the model's change is carried over, and every freckle stays.

Between the decoded face before and after the edit lies a motion (dense optical flow: DIS, Kroeger et al., arXiv 1603.03590).
The photo is moved along it, and what motion doesn't explain is added, both scaled up to the photo and faded out towards the
border of the model's frame, and in the half of the face where the edit hardly acts: a smile leaves the forehead alone.
An edit that changes what is around the face as well, as most dimensions do, ends with the face.
Where the edit paints something new (teeth, closed lips), it replaces the photo's own detail.
An edit is exaggerated on a photo (`gain`), so that shapes show among the photo's own contrasts; its light and colours
aren't, and an edit that darkens is exaggerated less.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.faces.alignment import Matrix, inverse, scale_of

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

FINE = 2  # times the model's pixels: resolution of fields
FLOW_FINE = 2  # times the model's pixels: resolution at which motion is found
FLOW_SMOOTH = 2.5  # standard deviation, in the model's pixels of a 128-pixel frame, as all lengths here
FLOW_MOST = 3.0  # longer motion isn't a face's motion: something else appears there
RESIDUAL_SMOOTH = 0.6
NEW_SMOOTH = 2.0
NEW_FROM, NEW_FULL = 5.5, 24.0  # levels of 255 between the decoded faces: where painting begins, and where it is full
SHADING = 8.0  # wider differences between the photo and the model are light and skin, and stay
BROAD = 12.0  # wider changes of an edit are light, which glows if exaggerated
DARKER, LIGHTER = -0.25, 0.25  # balance of an edit's changes: below the first it darkens, above the second it brightens
DARK_GAIN = 0.36  # share of the exaggeration for an edit that darkens (see `_needed`)
MASK_FULL, MASK_END = 0.86, 0.985  # of the way from the frame's middle to its border
UPPER, LOWER = 0.44, 0.50  # of the frame's height: above and below these lie the halves that are compared
FADE = (0.36, 0.46)  # of the frame's height: from one half's share to the other's
QUIET, LOUD = 0.5, 1.1  # a half's change, relative to the other's: below the first it only leaks, above the second all is kept
FACE_MIDDLE, FACE_REACH = (0.5, 0.5), (0.34, 0.46)  # of the frame's width and height: an ellipse around the face without its hair
FACE_FULL, FACE_END = 0.7, 1.18  # of the way from its middle to its edge
# A change beside the face, relative to that in it: 0.05 of a smile of 200 %, above 1 of most dimensions. Below the first all of it
# is kept, above the second only what lies in the face.
OF_FACE, OF_ALL = 0.08, 0.2
LEAK = 0.15  # of the change in the quiet half that is kept
TILE_ROWS = 512
CHEEKS = ((0.20, 0.36), (0.64, 0.80))  # of the frame's width: where skin is visible
CHEEK_ROWS = (0.52, 0.66)  # of its height
LEAST_CHEEK, MOST_CHEEK = 6, 256  # pixels of the photo
GRAIN_TILE = 509  # pixels; a prime, so that it doesn't beat with anything
GRAIN_FROM, GRAIN_FULL = 0.9, 1.6  # photo's pixels in one of the frame's: from where on it is finer than what is painted
STEP_PIXELS = 4.0  # at most so many of the photo's pixels per pixel at which a field is computed


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What an edit does, in the model's frame.

    Attributes:
        size: side S of the frame in the model's pixels.
        motion: float32 (F, F, 2), from where each place takes its colour, in the model's pixels; already faded out.
        residual: float32 (F, F, 3), to be added, in levels of 0 to 255; already faded out. None: nothing.
        mask: float32 (M, M), 0 to 1, how far new pixels cover each place; already faded out. None: nowhere.
        paint: float32 (M, M, 3), those new pixels, in levels of 0 to 255.
    """

    size: int
    motion: Floats
    residual: Floats | None = None
    mask: Floats | None = None
    paint: Floats | None = None

    def fainter(self, share: float) -> Change:
        """A part of the change, 0 to 1."""
        part = np.float32(share)
        residual, mask = (None if field is None else field * part for field in (self.residual, self.mask))
        return Change(self.size, self.motion * part, residual, mask, self.paint)

    @property
    def is_none(self) -> bool:
        """Whether nothing changes."""
        return not any(field is not None and field.any() for field in (self.motion, self.residual, self.mask))


def find_change(before: Pixels, after: Pixels, own: Pixels, gain: float = 1.0) -> Change:
    """The motion from one decoded face to another, and the residual.

    Args:
        before: uint8 (S, S, C), the face as the model sees it.
        after: the same with the edit.
        own: uint8 (S, S, C), the photo's own face in the model's frame.
        gain: exaggeration of the edit in `after`; light and colours aren't exaggerated.
    """
    size = before.shape[0]
    side = size * FINE
    if np.array_equal(before, after):
        return Change(size, np.zeros((side, side, 2), np.float32), np.zeros((side, side, 3), np.float32))
    unit = size / 128.0
    a, b, face = (_enlarged(picture, side) for picture in (before, after, own))
    new = _newness(np.abs(b - a).mean(axis=2), unit)
    needed = _needed(before, after, gain)
    b = a + np.float32(needed / gain) * (b - a)
    coarse = size * FLOW_FINE
    grey_a, grey_b = (_grey(cv2.resize(picture, (coarse, coarse), interpolation=cv2.INTER_AREA)) for picture in (a, b))
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey_b, grey_a, None)
    flow /= np.maximum(1.0, np.linalg.norm(flow, axis=2, keepdims=True) / (FLOW_MOST * FLOW_FINE * unit))
    flow = cv2.GaussianBlur(flow, (0, 0), FLOW_SMOOTH * FLOW_FINE * unit)
    flow = cv2.resize(flow, (side, side), interpolation=cv2.INTER_LINEAR) * np.float32(FINE / FLOW_FINE)
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    columns, rows = columns + flow[..., 0], rows + flow[..., 1]
    moved, own_moved = (
        cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for picture in (a, face)
    )
    residual = cv2.GaussianBlur(b - moved, (0, 0), RESIDUAL_SMOOTH * FINE * unit)
    residual = _as_asked(residual, needed, unit)
    unlike = own_moved - moved  # the photo's detail that the model lacks
    unlike -= _blurred(unlike, SHADING * unit)
    residual -= new[..., None] * unlike
    mask = kept_part(before, after, side)[..., None]
    return Change(size, np.asarray(flow * mask / FINE, np.float32), np.asarray(residual * mask, np.float32))


def kept_part(before: Pixels, after: Pixels, side: int = 0) -> Floats:
    """How much of the change between two decoded faces is carried over at each place, 0 to 1: (side, side), by default theirs."""
    side = side or before.shape[0]
    return np.asarray(_mask(side) * _halves(before, after, side)[:, None] * _around(before, after, side), np.float32)


def put_on(photo: Pixels, matrix: Matrix, change: Change) -> Pixels:
    """The photo with the change; a new array.

    Args:
        photo: uint8 (H, W, 3).
        matrix: (2, 3), from the photo's pixels to the model's frame.
        change: of `find_change`.

    Returns:
        uint8 (H, W, 3); outside the mask every pixel is the photo's own.
    """
    edited = photo.copy()
    if change.is_none:
        return edited
    left, top, right, bottom = covered(photo, matrix, change.size)
    if right <= left or bottom <= top:
        return edited
    to_photo = np.asarray(inverse(matrix)[:, :2], np.float32)
    grain = photo_grain(photo, matrix, change.size) if change.mask is not None else None
    for start in range(top, bottom, TILE_ROWS):
        stop = min(start + TILE_ROWS, bottom)

        part = (left, start, right, stop)
        away = _drawn(change.motion, matrix, change.size, part) @ to_photo.T
        away[..., 0] += np.arange(left, right, dtype=np.float32)
        away[..., 1] += np.arange(start, stop, dtype=np.float32)[:, None]
        first, low = (max(0, int(np.floor(away[..., axis].min())) - 3) for axis in (0, 1))
        past, high = (int(np.ceil(away[..., axis].max())) + 4 for axis in (0, 1))
        away -= np.array([first, low], np.float32)
        rows = np.ascontiguousarray(photo[low:high, first:past])
        moved = np.asarray(cv2.remap(rows, away, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
        if change.residual is not None:
            moved = np.asarray(
                cv2.add(moved.astype(np.float32), _drawn(change.residual, matrix, change.size, part), dtype=cv2.CV_8U)
            )
        if change.mask is not None and change.paint is not None and grain is not None:
            _paint_over(moved, change, matrix, grain, part)
        edited[start:stop, left:right] = moved
    return edited


def _drawn(field: Floats, matrix: Matrix, size: int, part: tuple[int, int, int, int]) -> Floats:
    """A field of the frame over a part of the photo: left, top, right, bottom."""
    return _field(field, _to_field(matrix, size, field.shape[0]), *part)


def _paint_over(picture: Pixels, change: Change, matrix: Matrix, grain: Grain, part: tuple[int, int, int, int]) -> None:
    """Cover a part of a photo (h, w, 3) in place, where the change's mask says so; `part` is where it lies in the photo."""
    if change.mask is None or change.paint is None:
        return
    mask = _drawn(change.mask, matrix, change.size, part)
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    if not len(rows):
        return
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    inner = np.s_[top:bottom, left:right]
    place = (part[0] + left, part[1] + top, part[0] + right, part[1] + bottom)
    new = _drawn(change.paint, matrix, change.size, place) + grain.at(*place[:2], bottom - top, right - left)[..., None]
    under = picture[inner].astype(np.float32)
    picture[inner] = np.clip(np.rint(under + mask[inner][..., None] * (new - under)), 0.0, 255.0).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """A photo's fine grain, synthesised: noise as strong and as coarse as on its cheeks.

    Attributes:
        tile: float32 (T, T), levels of 0 to 255, repeated over the photo.
    """

    tile: Floats

    def at(self, left: int, top: int, height: int, width: int) -> Floats:
        """The part of it over a part of the photo, (height, width)."""
        side = self.tile.shape[0]
        rows, columns = (np.arange(start, start + count) % side for start, count in ((top, height), (left, width)))
        return np.asarray(self.tile[rows[:, None], columns[None, :]], np.float32)


def photo_grain(photo: Pixels, matrix: Matrix, size: int) -> Grain:
    """A photo's grain finer than a model's frame, measured on both cheeks, so that new pixels don't look airbrushed.

    Args:
        photo: uint8 (H, W, 3).
        matrix: (2, 3), from its pixels to the model's frame.
        size: side S of that frame.
    """
    pixel = 1.0 / scale_of(matrix) * size / 128.0  # of the photo, in one of a 128-pixel frame
    back = inverse(matrix)
    spreads, likenesses = [], []
    for left, right in CHEEKS:
        corners = np.array([[left, CHEEK_ROWS[0]], [right, CHEEK_ROWS[1]]]) * size @ back[:, :2].T + back[:, 2]
        (x1, y1), (x2, y2) = np.clip(np.rint(np.sort(corners, axis=0)).astype(int), 0, [photo.shape[1], photo.shape[0]])
        if min(x2 - x1, y2 - y1) < LEAST_CHEEK:
            continue
        x2, y2 = min(x2, x1 + MOST_CHEEK), min(y2, y1 + MOST_CHEEK)
        grey = cv2.cvtColor(np.ascontiguousarray(photo[y1:y2, x1:x2]), cv2.COLOR_RGB2GRAY).astype(np.float32)
        fine = grey - cv2.GaussianBlur(grey, (0, 0), max(1.0, pixel))
        spreads.append(1.4826 * float(np.median(np.abs(fine))))
        power = float(np.square(fine).mean())
        likenesses.append(float((fine[:, 1:] * fine[:, :-1]).mean()) / power if power > 0.0 else 0.0)
    share = float(np.clip((pixel - GRAIN_FROM) / (GRAIN_FULL - GRAIN_FROM), 0.0, 1.0))
    strength = share * min(spreads, default=0.0)
    if strength == 0.0:
        return Grain(np.zeros((GRAIN_TILE, GRAIN_TILE), np.float32))
    likeness = float(np.clip(np.mean(likenesses), 0.02, 0.9))
    return Grain(_noise(round(likeness, 2), round(max(1.0, pixel), 1)) * np.float32(strength))


@functools.lru_cache(maxsize=8)
def _noise(likeness: float, pixel: float) -> Floats:
    """Noise (GRAIN_TILE, GRAIN_TILE), standard deviation 1, finer than `pixel` pixels; neighbours correlate by `likeness`."""
    noise = np.random.default_rng(0).standard_normal((GRAIN_TILE, GRAIN_TILE), np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), float(np.sqrt(-0.25 / np.log(likeness))), borderType=cv2.BORDER_REFLECT)
    noise -= cv2.GaussianBlur(noise, (0, 0), pixel)
    return np.asarray(noise / max(float(noise.std()), 1e-6), np.float32)


def _to_field(matrix: Matrix, size: int, side: int) -> Matrix:
    """The matrix from the photo's pixels to those of a field of another side over the same frame."""
    times = side / size
    to_field = np.array(matrix, np.float64) * times
    to_field[:, 2] += (times - 1.0) / 2.0
    return to_field


def _field(values: Floats, fine: Matrix, left: int, top: int, right: int, bottom: int) -> Floats:
    """A field of the frame over a part of the photo, (bottom - top, right - left, C); nothing outside the frame."""
    shrink = int(scale_of(fine) + 0.25)  # pixels of the field per pixel of the photo, averaged against aliasing
    if shrink > 1 and values.shape[0] % shrink == 0:
        side = values.shape[0] // shrink
        values = np.asarray(cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA))
        fine = fine / shrink
        fine[:, 2] -= (shrink - 1) / (2.0 * shrink)
    step = max(1, int(1.0 / scale_of(fine) / STEP_PIXELS))
    width, height = right - left, bottom - top
    moved = fine.copy()
    if step == 1:
        moved[:, 2] += fine[:, :2] @ np.array([left, top])
        shape = (width, height)
    else:  # computed at the centres of blocks of step x step pixels, one block more on each side, then enlarged
        moved[:, 2] += fine[:, :2] @ (np.array([left, top]) - (step + 1) / 2.0)
        moved[:, :2] *= step
        shape = (-(-width // step) + 2, -(-height // step) + 2)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = cv2.warpAffine(values, moved, shape, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    if step > 1:
        large = cv2.resize(drawn, (shape[0] * step, shape[1] * step), interpolation=cv2.INTER_LINEAR)
        drawn = large[step : step + height, step : step + width]
    return np.asarray(drawn, np.float32)


def covered(photo: Pixels, matrix: Matrix, size: int) -> tuple[int, int, int, int]:
    """The part of a photo that the frame covers: left, top, right, bottom; empty where it lies beside the photo."""
    back = inverse(matrix)
    corners = np.array([[0.0, 0.0], [size, 0.0], [0.0, size], [size, size]]) - 0.5
    there = corners @ back[:, :2].T + back[:, 2]
    left, top = np.clip(np.floor(there.min(0)).astype(int), 0, None)
    right, bottom = np.minimum(np.ceil(there.max(0)).astype(int) + 1, [photo.shape[1], photo.shape[0]])
    return int(left), int(top), int(right), int(bottom)


def _enlarged(picture: Pixels, side: int) -> Floats:
    """float32 (side, side, 3) of a decoded picture, smoothly."""
    colours = np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture
    return np.asarray(cv2.resize(colours.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def _grey(picture: Floats) -> Pixels:
    return np.asarray(np.clip(np.rint(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)), 0, 255), np.uint8)


def _newness(difference: Floats, unit: float) -> Floats:
    """How far the edit paints something new at each place, 0 to 1, from the decoded faces' difference in levels; (F, F)."""
    share = np.clip((_blurred(difference, NEW_SMOOTH * unit) - NEW_FROM) / (NEW_FULL - NEW_FROM), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def _needed(before: Pixels, after: Pixels, gain: float) -> float:
    """How far an edit must be exaggerated on a photo, 1 to `gain`.

    Brightening edits (teeth, the whites of eyes) must show among the photo's own contrasts. Darkening ones replace what
    was there (`_newness`): exaggerated, they show no more, only grimaces.
    """
    grey = (after.astype(np.float32) - before).mean(axis=2)
    squares = np.square(grey) * _mask(len(grey))
    balance = float((np.sign(grey) * squares).sum()) / max(float(squares.sum()), 1e-6)
    light = float(np.clip((balance - DARKER) / (LIGHTER - DARKER), 0.0, 1.0))
    return 1.0 + (gain - 1.0) * (DARK_GAIN + (1.0 - DARK_GAIN) * light)


def _as_asked(residual: Floats, needed: float, unit: float) -> Floats:
    """The residual (F, F, 3) with only its shapes exaggerated, not its broad light and colours."""
    if needed == 1.0:
        return residual
    share = 1.0 / needed
    fine = residual - np.float32(1.0 - share) * _blurred(residual, BROAD * unit, coarser=4)
    grey = cv2.cvtColor(fine, cv2.COLOR_RGB2GRAY)[..., None]
    return np.asarray(grey + np.float32(share) * (fine - grey), np.float32)


def _blurred(field: Floats, width: float, coarser: int = 1) -> Floats:
    """A fine field blurred by `width` of the model's pixels; wide blurs are computed on a coarser field, which is quicker."""
    side = field.shape[0]
    small = cv2.resize(field, (side // FINE // coarser, side // FINE // coarser), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), width / coarser), (side, side), interpolation=cv2.INTER_LINEAR))


def _halves(before: Pixels, after: Pixels, side: int) -> Floats:
    """How much of the change is kept in each row, (side,): less in the half of the face with little change."""
    size = before.shape[0]
    squares = np.square(after.astype(np.float32) - before).mean(axis=2) * _mask(size)
    rows = (np.arange(size) + 0.5) / size
    upper, lower = (float(squares[chosen].mean()) for chosen in (rows < UPPER, rows > LOWER))
    shares = []
    for own, other in ((upper, lower), (lower, upper)):
        loud = np.clip((own / max(other, 1e-6) - QUIET) / (LOUD - QUIET), 0.0, 1.0)
        shares.append(LEAK + (1.0 - LEAK) * loud)
    along = np.clip(((np.arange(side) + 0.5) / side - FADE[0]) / (FADE[1] - FADE[0]), 0.0, 1.0)
    return np.asarray(shares[0] + (shares[1] - shares[0]) * along, np.float32)


def _around(before: Pixels, after: Pixels, side: int) -> Floats:
    """How much of the change is kept at each place, (side, side): all of one in the face, around it nothing of one of all.

    An edit of light, hair or background goes on beyond the frame, and would end before its border as a halo.
    """
    squares = np.square(after.astype(np.float32) - before).mean(axis=2)
    face = _face(len(squares))
    beside = np.average(squares, weights=_mask(len(squares)) * (face == 0.0))
    share = np.clip((beside / max(float(squares[face >= 0.5].mean()), 1e-6) - OF_FACE) / (OF_ALL - OF_FACE), 0.0, 1.0)
    return np.asarray(1.0 - np.float32(share) * (1.0 - _face(side)), np.float32)


@functools.cache
def _face(side: int) -> Floats:
    """1 over the middle of the face, fading to 0 before hair and background; (side, side)."""
    columns, rows = ((np.arange(side, dtype=np.float32) + 0.5) / side - middle for middle in FACE_MIDDLE)
    far = np.hypot(columns[None, :] / FACE_REACH[0], rows[:, None] / FACE_REACH[1])
    share = np.clip((FACE_END - far) / (FACE_END - FACE_FULL), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


@functools.cache
def _mask(side: int) -> Floats:
    """1 over the face, fading to exactly 0 before the frame's border; (side, side)."""
    along = (np.arange(side, dtype=np.float32) + 0.5) / side * 2.0 - 1.0
    far = np.power(np.abs(along)[None, :] ** 3 + np.abs(along)[:, None] ** 3, 1.0 / 3.0)  # between a circle and a square
    share = np.clip((MASK_END - far) / (MASK_END - MASK_FULL), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)
