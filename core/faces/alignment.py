"""The face of a photo brought to a model's frame: a turn, a scale and a shift, so that its eyes stand where the model's do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

LEAST_EYES = 4.0  # pixels between the eyes: with less, it doesn't count as a face

Point = tuple[float, float]
Matrix = npt.NDArray[np.float64]
"""(2, 3): x' = M[:, :2] x + M[:, 2], between pixel coordinates with the first pixel's centre at 0."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """The centres of two eyes in a picture, in pixels; `left` is the one further left in the picture when it is upright."""

    left: Point
    right: Point

    @property
    def distance(self) -> float:
        """Between the two, in pixels."""
        return float(np.hypot(self.right[0] - self.left[0], self.right[1] - self.left[1]))

    @property
    def swapped(self) -> Eyes:
        """The eyes swapped, as for an upside-down face."""
        return Eyes(self.right, self.left)

    @property
    def upside_down(self) -> bool:
        """Whether the face is upside down rather than on its side."""
        return self.left[0] - self.right[0] > abs(self.left[1] - self.right[1])

    def inside(self, width: int, height: int) -> bool:
        """Whether both are within a picture of that size."""
        return all(-0.5 <= x <= width and -0.5 <= y <= height for x, y in (self.left, self.right))

    def moved(self, matrix: Matrix) -> Eyes:
        """The eyes mapped by a matrix."""
        left, right = (matrix[:, :2] @ np.array(point) + matrix[:, 2] for point in (self.left, self.right))
        return Eyes((float(left[0]), float(left[1])), (float(right[0]), float(right[1])))


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the eyes stand in a model's pictures, as shares of the side from the upper left corner."""

    left: Point
    right: Point

    def eyes(self, size: int) -> Eyes:
        """In pixels of a picture of that side."""
        return Eyes(*((x * size - 0.5, y * size - 0.5) for x, y in (self.left, self.right)))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


# CelebA's aligned pictures, cropped to 128 of 178 columns like the shipped model's: the default for models without a frame.
USUAL_FRAME = Frame((0.348, 0.473), (0.652, 0.473))


def frame_from(values: Any) -> Frame:
    """The frame that a checkpoint's header holds; the usual one where it holds none that makes sense."""
    try:
        numbers = [float(values[side][axis]) for side in ("left", "right") for axis in (0, 1)]
    except (TypeError, KeyError, IndexError, ValueError, OverflowError):
        return USUAL_FRAME
    if not all(0.0 <= number <= 1.0 for number in numbers) or numbers[2] - numbers[0] < 0.05:
        return USUAL_FRAME
    return Frame((numbers[0], numbers[1]), (numbers[2], numbers[3]))


def similarity(eyes: Eyes, target: Eyes) -> Matrix:
    """The turn, scale and shift that map two eyes to two others; the two must not coincide."""
    (ax, ay), (bx, by) = eyes.left, eyes.right
    source = complex(bx - ax, by - ay)
    goal = complex(target.right[0] - target.left[0], target.right[1] - target.left[1])
    turn = goal / source
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    shift = np.array(target.left) - linear @ np.array([ax, ay])
    return np.column_stack([linear, shift])


def inverse(matrix: Matrix) -> Matrix:
    """The inverse of a similarity."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def scale_of(matrix: Matrix) -> float:
    """How many pixels of the target one pixel of the source becomes, along a line."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def frame_face(pixels: npt.NDArray[np.uint8], eyes: Eyes, target: Eyes, size: int, channels: int) -> npt.NDArray[np.uint8]:
    """A photo's face as a model sees it: with its eyes where the model expects them, in colour or grey.

    Args:
        pixels: uint8 (H, W, 3).
        eyes: in the photo.
        target: in the model's pictures.
        size: side S of those.
        channels: C, 3 (RGB) or 1 (grey, as Pillow makes it).

    Returns:
        uint8 (S, S, C).
    """
    framed = to_frame(pixels, similarity(eyes, target), size)
    return np.asarray(Image.fromarray(framed).convert("L"))[..., None] if channels == 1 else framed


def to_frame(pixels: npt.NDArray[np.uint8], matrix: Matrix, size: int) -> npt.NDArray[np.uint8]:
    """The part of a photo that a matrix takes to a square, without aliasing; beyond the photo its edge pixels repeat.

    Args:
        pixels: uint8 (H, W, 3) or (H, W).
        matrix: from the photo's pixels to the square's.
        size: side S of the square.

    Returns:
        uint8 (S, S, 3) or (S, S).
    """
    import cv2  # noqa: PLC0415 - sessions use this module, and the window starts without OpenCV

    height, width = pixels.shape[:2]
    corners = np.array([[0.0, 0.0], [size, 0.0], [0.0, size], [size, size]]) - 0.5
    back = inverse(matrix)
    there = corners @ back[:, :2].T + back[:, 2]
    margin = 2.0 / scale_of(matrix) + 2.0
    left, top = (int(np.clip(v, 0, most - 1)) for v, most in zip(there.min(0) - margin, (width, height), strict=True))
    right, bottom = (int(np.clip(v, 1, most)) for v, most in zip(there.max(0) + margin + 1, (width, height), strict=True))
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ np.array([left, top])
    shrink = int(1.0 / scale_of(matrix) / 2.0)  # whole pixels averaged, down to twice the wanted size
    if shrink > 1 and min(part.shape[:2]) >= shrink:
        shape = (part.shape[1] // shrink, part.shape[0] // shrink)
        part = cv2.resize(np.ascontiguousarray(part[: shape[1] * shrink, : shape[0] * shrink]), shape, interpolation=cv2.INTER_AREA)
        moved[:, 2] += moved[:, :2] @ np.full(2, (shrink - 1) / 2.0)
        moved[:, :2] *= shrink
    fine = np.array([[2.0, 0.0], [0.0, 2.0]])
    doubled = np.column_stack([fine @ moved[:, :2], fine @ moved[:, 2] + 0.5])
    drawn = cv2.warpAffine(
        np.ascontiguousarray(part), doubled, (2 * size, 2 * size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
