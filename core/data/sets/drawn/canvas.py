"""A small float canvas: antialiased shapes in unit coordinates, so that a picture looks the same at any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Array = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]
"""(N, 2) points, x to the right and y down; the frame is the unit square."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Coverage in [0, 1] of one shape, kept only inside its bounding box (left and top in pixels)."""

    left: int
    top: int
    alpha: Array

    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the canvas that the mask lies on."""
        height, width = self.alpha.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    def inside(self, other: Mask) -> Mask:
        """The part of this mask that `other` covers too."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom = min(self.top + self.alpha.shape[0], other.top + other.alpha.shape[0])
        right = min(self.left + self.alpha.shape[1], other.left + other.alpha.shape[1])
        if bottom <= top or right <= left:
            return Mask(0, 0, np.zeros((0, 0), np.float32))
        mine = self.alpha[top - self.top : bottom - self.top, left - self.left : right - self.left]
        theirs = other.alpha[top - other.top : bottom - other.top, left - other.left : right - other.left]
        return Mask(left, top, mine * theirs)


class Canvas:
    """Square RGB picture in float32 (3, size, size), painted shape by shape.

    Shapes are drawn at `scale` times the size and averaged down, which is the antialiasing; colours are then mixed at
    the picture's own size, which is what keeps a face to a few milliseconds.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.scale = max(3 if size <= 512 else 2, min(16, 384 // size))
        self.pixels: Array = np.zeros((3, size, size), np.float32)
        self._buffer: Array = np.empty(size * size * 3, np.float32)
        # All shapes are drawn on this one sheet: allocating a new one for each would cost more than the drawing.
        self._sheet = Image.new("L", ((size + 16) * self.scale,) * 2)
        self._draw = ImageDraw.Draw(self._sheet)

    def grid(self) -> tuple[Array, Array]:
        """x (1, size) and y (size, 1) of the pixel centres in unit coordinates."""
        return _grid(self.size)

    def mask(self, *shapes: Points, blur: float = 0.0) -> Mask:
        """The union of polygons, softened by a Gaussian of standard deviation `blur` (unit coordinates).

        A shape is (N, 2), or (K, N, 2) for K polygons of equally many points.
        """
        size = self.size
        blur *= size
        # A blur hides the fine steps of an edge, so a coarser drawing is enough; a blur too small to see is left out.
        scale = self.scale if blur < 0.9 else min(self.scale, 3) if blur < 2.0 else 1
        blur = blur if blur > 0.3 else 0.0
        flat = np.concatenate([shape.reshape(-1, 2) for shape in shapes])
        reach = int(3.0 * blur) + 2
        (x_low, y_low), (x_high, y_high) = flat.min(axis=0).tolist(), flat.max(axis=0).tolist()
        # A blurred shape that leaves the frame is drawn a little beyond it, or it would fade at the border.
        border = reach if blur > 0.0 else 0
        left, top = max(floor(x_low * size) - reach, -border), max(floor(y_low * size) - reach, -border)
        right, bottom = min(ceil(x_high * size) + reach, size + border), min(ceil(y_high * size) + reach, size + border)
        if right <= left or bottom <= top:
            return Mask(0, 0, np.zeros((0, 0), np.float32))
        area = (0, 0, (right - left) * scale, (bottom - top) * scale)
        self._sheet.paste(0, area)
        flat = flat * (size * scale) - (left * scale, top * scale)
        start = 0
        for shape in shapes:
            points = shape.shape[-2]
            for _ in range(1 if shape.ndim == 2 else len(shape)):
                self._draw.polygon(flat[start : start + points].ravel().tolist(), fill=255)
                start += points
        image = self._sheet.reduce(scale, area) if scale > 1 else self._sheet.crop(area)
        if blur > 0.0:
            image = image.filter(ImageFilter.GaussianBlur(blur))
        alpha = np.asarray(image, np.float32) * np.float32(1.0 / 255.0)
        x0, y0 = max(left, 0), max(top, 0)
        return Mask(x0, y0, alpha[y0 - top : min(bottom, size) - top, x0 - left : min(right, size) - left])

    def paint(self, mask: Mask, colour: Array, opacity: float = 1.0, clip: Mask | None = None) -> None:
        """Lay `colour`, one (3,) or a field (3, size, size), over the picture where the mask is."""
        if clip is not None:
            mask = mask.inside(clip)
        target, change, amount = self._open(mask, opacity)
        np.subtract(colour[:, *mask.window()] if colour.ndim == 3 else colour[:, None, None], target, out=change)
        change *= amount
        target += change

    def multiply(self, mask: Mask, colour: Array, opacity: float = 1.0, clip: Mask | None = None) -> None:
        """Darken towards the product with `colour` (3,): suits shadows and blush on any skin."""
        target, change, amount = self._open(mask if clip is None else mask.inside(clip), opacity)
        np.multiply(target, (colour - np.float32(1.0))[:, None, None], out=change)
        change *= amount
        target += change

    def glow(self, mask: Mask, colour: Array, opacity: float = 1.0, clip: Mask | None = None) -> None:
        """Lighten by `colour` (3,) the way a second light does (screen), never past white."""
        target, change, amount = self._open(mask if clip is None else mask.inside(clip), opacity)
        np.subtract(np.float32(1.0), target, out=change)
        change *= colour[:, None, None]
        change *= amount
        target += change

    def _open(self, mask: Mask, opacity: float) -> tuple[Array, Array, Array]:
        """The pixels under a mask, a buffer of their shape, and how much to change each."""
        target = self.pixels[:, *mask.window()]
        # One buffer for all: memory fresh from the system costs more than the arithmetic on it.
        change = self._buffer[: target.size].reshape(target.shape)
        return target, change, mask.alpha * np.float32(opacity)

    def image(self) -> Image.Image:
        """The finished picture, 8-bit RGB."""
        levels = (np.clip(self.pixels, 0.0, 1.0) * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)
        return Image.fromarray(np.ascontiguousarray(levels.transpose(1, 2, 0)))


@lru_cache(maxsize=8)
def _grid(size: int) -> tuple[Array, Array]:
    axis: Array = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    return axis[None, :], axis[:, None]


def rgb(red: float, green: float, blue: float) -> Array:
    """A colour from 0..255 as float32 in [0, 1]."""
    return np.array([red, green, blue], np.float32) / np.float32(255.0)


def mix(first: Array, second: Array, amount: float | Array) -> Array:
    """`first` at 0, `second` at 1."""
    mixed: Array = (first + (second - first) * amount).astype(np.float32)
    return mixed


def ramp(*stops: tuple[float, float, Array, float], base: Array) -> Array:
    """(1024, 3) colours for 0..1: `base`, and over it each stop's colour, fading in from `low` to `high` up to opacity `most`."""
    at = np.linspace(0.0, 1.0, 1024, dtype=np.float32)[:, None]
    colours = base
    for low, high, colour, most in stops:
        colours = mix(colours, colour, most * smoothstep(low, high, at))
    return colours


def look_up(colours: Array, at: Array) -> Array:
    """The field (3, size, size) of a ramp's colours at values in [0, 1], (size, size)."""
    field: Array = np.take(np.ascontiguousarray(colours.T), (at * np.float32(1023.0)).astype(np.intp), axis=1)
    return field


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below `low`, 1 above `high`, an S between."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    step: Array = t * t * (3.0 - 2.0 * t)
    return step


@lru_cache(maxsize=64)
def _catmull_rom(knots: int, closed: bool, steps: int) -> Points:
    """The matrix that maps knots to the points of their smooth line, so that a line is one small product."""
    t = np.arange(steps)[:, None] / steps
    basis = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], float)
    weights = np.hstack([np.ones_like(t), t, t**2, t**3]) @ basis
    pieces = knots if closed else knots - 1
    matrix = np.zeros((pieces * steps + (not closed), knots))
    for piece in range(pieces):
        rows = slice(piece * steps, (piece + 1) * steps)
        for column in range(4):
            at, weight = piece + column - 1, weights[:, column]
            if closed or 0 <= at < knots:
                matrix[rows, at % knots] += weight
            else:
                # An open line continues straight beyond its ends: the missing knot mirrors the last but one.
                end, inner = (0, 1) if at < 0 else (knots - 1, knots - 2)
                matrix[rows, end] += 2 * weight
                matrix[rows, inner] -= weight
    if not closed:
        matrix[-1, -1] = 1.0
    return matrix


def curve(knots: Sequence[tuple[float, float]] | Points, closed: bool = False, steps: int = 8) -> Points:
    """A smooth line through every knot (Catmull-Rom), `steps` points a piece."""
    line: Points = _catmull_rom(len(knots), closed, steps) @ np.asarray(knots, float)
    return line


def resample(line: Points, count: int) -> Points:
    """`count` points spread evenly along a line."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0.0, length[-1], count)
    return np.stack([np.interp(at, length, line[:, 0]), np.interp(at, length, line[:, 1])], axis=1)


@lru_cache(maxsize=16)
def _circle(steps: int) -> Points:
    angle = np.linspace(0.0, 2 * np.pi, steps, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def ellipse(x: float, y: float, rx: float, ry: float, steps: int = 28) -> Points:
    """A closed ellipse."""
    return _circle(steps) * (rx, ry) + (x, y)


@lru_cache(maxsize=256)
def _stroke_profile(count: int, start: float, end: float, bulge: float) -> Points:
    t = np.linspace(0.0, 1.0, count)
    # A square root makes the ends round rather than needle-sharp.
    rise = np.sqrt(np.clip(t / bulge, 0.0, 1.0)) if bulge > 0.0 else np.ones_like(t)
    fall = np.sqrt(np.clip((1.0 - t) / (1.0 - bulge), 0.0, 1.0)) if bulge < 1.0 else np.ones_like(t)
    half: Points = (0.5 * (start + (1.0 - start) * rise) * (end + (1.0 - end) * fall))[:, None]
    return half


@lru_cache(maxsize=64)
def _difference(count: int) -> Points:
    matrix = np.eye(count, k=1) - np.eye(count, k=-1)
    matrix[0, 0], matrix[-1, -1] = -1.0, 1.0
    return matrix


def ribbon(line: Points, width: float | Points, start: float = 0.0, end: float = 0.0, bulge: float = 0.5) -> Points:
    """A brush stroke along a line, or along each of (K, N, 2) lines.

    It is `width` thick (for many lines a (K,) array) at the part `bulge` of its length and `start` and `end` (0..1) of
    that at its ends.
    """
    step = _difference(line.shape[-2]) @ line
    length = np.sqrt(step[..., :1] ** 2 + step[..., 1:] ** 2) + 1e-12
    half = _stroke_profile(line.shape[-2], start, end, bulge) * (width if isinstance(width, float | int) else width[:, None, None])
    half = half / length
    offset = np.empty_like(line)
    np.multiply(step[..., 1:], -half, out=offset[..., :1])
    np.multiply(step[..., :1], half, out=offset[..., 1:])
    return np.concatenate([line + offset, (line - offset)[..., ::-1, :]], axis=-2)
