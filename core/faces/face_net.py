"""Faces in a picture by two small networks of our own, computed in numpy: a fast scout, and an examiner for what it proposes.

The scout is fully convolutional and runs over the picture at several scales, half an octave apart; at each it sees faces of
about `SCOUTED` pixels, tilted by up to a radian. Its proposals are turned and scaled so that the eyes should be at a
fixed place, and the examiner says whether that is a face, and where its eyes are. (Two such steps as in "Joint face
detection and alignment using multitask cascaded convolutional networks", Zhang et al. 2016; the networks are our own,
and so are their weights.)

`benchmarks/train_face_finder.py` makes the weights again, `benchmarks/face_finder.py` measures what is found.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from core.faces.alignment import Eyes, Frame, Matrix, inverse, similarity, to_frame
from core.places import shipped

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Weights = dict[str, Floats]

WEIGHTS = shipped("resources") / "face_finder.safetensors"

WIDTH_IN_EYES = 1.0 / 0.38  # of a face's box, in eye distances: as OpenCV's cascades draw it

SCOUTED = 24.0  # pixels: the width of a face's box that the scout sees best
STRIDE = 8  # pixels between its answers
SCOUT_STRIDES = (2, 2, 1, 2, 1, 1)
SCOUT_WIDTHS = (1, 12, 16, 24, 32, 48, 48)
STEP = 2.0**0.5  # between the sizes at which it looks
BORDER = 16  # pixels of padding by the edge's: a face may fill the picture
AROUND = 31  # pixels: brightness and contrast are evened out within squares of that side
LEAST_SCORE = -2.5  # logit above which a proposal is examined
MOST_CANDIDATES = 40

SIDE = 48  # pixels of the window that the examiner looks at
WINDOW = Frame((0.36, 0.40), (0.64, 0.40))  # where the eyes are expected in it
EXAMINER_STRIDES = (2, 2, 2, 2)
EXAMINER_WIDTHS = (1, 20, 40, 56, 72)
HIDDEN = 96
ROUNDS = 2  # the window is brought closer to the face each time
OVERLAP = 0.4  # intersection over union above which two boxes are the same face


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible face: its eyes, and its logit."""

    eyes: Eyes
    score: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place that was examined.

    Attributes:
        eyes: where they should be.
        examined: the examiner's logit, of the place and its mirror image.
        hits: how many of the scout's answers point there, at all sizes.
        scouted: the best of them, a logit.
        expected: whether another detector (a cascade) sees a face there, too.
    """

    eyes: Eyes
    examined: float
    hits: int
    scouted: float
    expected: bool

    def evidence(self, eyes_seen: bool) -> float:
        """The logit that it is a face, from all that is known.

        Args:
            eyes_seen: whether the eyes' own network sees them there.
        """
        features = np.array([self.examined, np.log1p(self.hits), self.scouted, eyes_seen, self.expected], np.float32)
        layers = weights()
        return float(layers["evidence.weight"] @ features + layers["evidence.bias"][0])


def suspects(grey: Pixels, smallest: float, expected: Sequence[Eyes] = ()) -> list[Suspect]:
    """Where there may be faces that are upright or tilted by less than a radian, each place once, the examiner's surest first.

    Args:
        grey: uint8 (H, W).
        smallest: width of the smallest face that is looked for, in pixels.
        expected: where another detector sees faces.
    """
    hits = scouted(grey, smallest)
    first = distinct(hits)[:MOST_CANDIDATES]
    places = distinct([*first, *(Candidate(eyes, LEAST_SCORE - 1.0) for eyes in expected)])
    height, width = grey.shape
    all_suspects = []
    for face in distinct(examined(grey, [place.eyes for place in places])):
        box = square(face.eyes)
        if not (0 <= box[0] < width and 0 <= box[1] < height):
            continue
        near = [hit.score for hit in hits if overlap(box, square(hit.eyes)) > OVERLAP]
        known = any(overlap(box, square(eyes)) > OVERLAP for eyes in expected)
        all_suspects.append(Suspect(face.eyes, face.score, len(near), max(near, default=LEAST_SCORE - 1.5), known))
    return all_suspects


def scouted(grey: Pixels, smallest: float, least: float = LEAST_SCORE) -> list[Candidate]:
    """The scout's proposals at each scale, often several for the same face."""
    candidates: list[Candidate] = []
    height, width = grey.shape
    scale = SCOUTED / smallest
    while min(height, width) * scale >= SCOUTED * 0.7 and max(height, width) * scale >= STRIDE:
        shape = (max(1, round(width * scale)), max(1, round(height * scale)))
        way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
        level = np.asarray(cv2.resize(grey, shape, interpolation=way))
        candidates += _scouted_level(level, (width / shape[0], height / shape[1]), least)
        scale /= STEP
    return candidates


def _scouted_level(level: Pixels, scales: tuple[float, float], least: float) -> list[Candidate]:
    wider = np.asarray(cv2.copyMakeBorder(level, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REPLICATE))
    answers = scout(evened(wider)[None])[0]
    rows, columns = np.nonzero(answers[..., 0] >= least)
    score = answers[..., 0]
    around = cv2.dilate(score, np.ones((3, 3), np.uint8))  # non-maximum suppression
    candidates = []
    for row, column in zip(rows, columns, strict=True):
        if score[row, column] < around[row, column]:
            continue
        x1, y1, x2, y2 = answers[row, column, 1:] * SCOUTED + np.tile(centre(int(row), int(column)) - BORDER, 2)
        sx, sy = scales
        eyes = Eyes(((x1 + 0.5) * sx - 0.5, (y1 + 0.5) * sy - 0.5), ((x2 + 0.5) * sx - 0.5, (y2 + 0.5) * sy - 0.5))
        if eyes.distance > 1.0:
            candidates.append(Candidate(eyes, float(score[row, column])))
    return candidates


def centre(row: int, column: int) -> npt.NDArray[np.float64]:
    """Centre of the place that one of the scout's answers is about, x and y in pixels."""
    return np.array([column, row], np.float64) * STRIDE + (STRIDE - 1) / 2.0


def examined(grey: Pixels, eyes: Sequence[Eyes]) -> list[Candidate]:
    """The examiner's answers, in the same order: the eyes of a face there, and a logit that it is one.

    Args:
        grey: uint8 (H, W).
        eyes: where they may be, at any tilt.
    """
    if not eyes:
        return []
    now = list(eyes)
    for _ in range(ROUNDS):
        matrices, windows = _windows(grey, now)
        answers = examine(windows)
        moved = [
            Eyes((float(a[1]), float(a[2])), (float(a[3]), float(a[4]))).moved(inverse(matrix))
            for a, matrix in zip(answers, matrices, strict=True)
        ]
        now = [after if 1.0 < after.distance < 1e5 else before for after, before in zip(moved, now, strict=True)]
    _, windows = _windows(grey, now)
    scores = (examine(windows)[:, 0] + examine(windows[:, :, ::-1])[:, 0]) / 2.0
    return [Candidate(pair, float(score)) for pair, score in zip(now, scores, strict=True)]


def _windows(grey: Pixels, eyes: Sequence[Eyes]) -> tuple[list[Matrix], Pixels]:
    """The examiner's windows, uint8 (B, SIDE, SIDE), and the matrices from the picture to them."""
    matrices = [similarity(pair, WINDOW.eyes(SIDE)) for pair in eyes]
    return matrices, np.stack([to_frame(grey, matrix, SIDE) for matrix in matrices])


def distinct(candidates: list[Candidate]) -> list[Candidate]:
    """The surest first, without those that overlap a surer one."""
    kept: list[Candidate] = []
    boxes: list[tuple[float, float, float]] = []
    for one in sorted(candidates, key=lambda each: -each.score):
        box = square(one.eyes)
        if all(overlap(box, other) < OVERLAP for other in boxes):
            kept.append(one)
            boxes.append(box)
    return kept


def square(eyes: Eyes) -> tuple[float, float, float]:
    """Middle (x, y) and width of the face's box."""
    (ax, ay), (bx, by) = eyes.left, eyes.right
    down = 0.1 * WIDTH_IN_EYES
    return (ax + bx) / 2 - down * (by - ay), (ay + by) / 2 + down * (bx - ax), WIDTH_IN_EYES * eyes.distance


def overlap(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """Intersection over union of two squares; at least 0.6 where one lies in the other."""
    wide, high = ((a[2] + b[2]) / 2 - abs(a[axis] - b[axis]) for axis in (0, 1))
    least = min(a[2], b[2])
    shared = min(max(wide, 0.0), least) * min(max(high, 0.0), least)
    return max(shared / (a[2] ** 2 + b[2] ** 2 - shared), 0.6 * shared / least**2)


def evened(grey: Pixels) -> Floats:
    """Brightness and contrast evened out around each pixel: float32 (H, W)."""
    x = grey.astype(np.float32)
    mean = cv2.blur(x, (AROUND, AROUND), borderType=cv2.BORDER_REFLECT)
    square_mean = cv2.blur(x * x, (AROUND, AROUND), borderType=cv2.BORDER_REFLECT)
    return np.asarray((x - mean) / (np.sqrt(np.maximum(square_mean - mean * mean, 0.0)) + 8.0), np.float32)


def scout(x: Floats) -> Floats:
    """The scout's answers.

    Args:
        x: float32 (B, H, W), `evened`.

    Returns:
        float32 (B, H / 8, W / 8, 5): a logit, and the eyes (x1, y1, x2, y2) from the answer's `centre` in units of `SCOUTED`.
    """
    layers = weights()
    h = x[..., None]
    for number, stride in enumerate(SCOUT_STRIDES):
        h = np.maximum(convolved(h, layers[f"scout.conv{number}.weight"], stride) + layers[f"scout.conv{number}.bias"], 0.0)
    return np.asarray(h @ layers["scout.out.weight"].T + layers["scout.out.bias"], np.float32)


def examine(windows: Pixels) -> Floats:
    """The examiner's answers: float32 (B, 5), a logit and the eyes (x1, y1, x2, y2) in pixels of the window.

    Args:
        windows: uint8 (B, SIDE, SIDE).
    """
    layers = weights()
    x = windows.astype(np.float32)
    x = (x - x.mean((1, 2), keepdims=True)) / (x.std((1, 2), keepdims=True) + 8.0)
    h = x[..., None]
    for number, stride in enumerate(EXAMINER_STRIDES):
        h = np.maximum(convolved(h, layers[f"examiner.conv{number}.weight"], stride) + layers[f"examiner.conv{number}.bias"], 0.0)
    flat = h.reshape(len(h), -1)
    hidden = np.maximum(flat @ layers["examiner.hidden.weight"].T + layers["examiner.hidden.bias"], 0.0)
    answers = np.asarray(hidden @ layers["examiner.out.weight"].T + layers["examiner.out.bias"], np.float32)
    rest = WINDOW.eyes(SIDE)
    answers[:, 1:] = answers[:, 1:] * (SIDE / 4.0) + np.array([*rest.left, *rest.right], np.float32)
    return answers


def convolved(x: Floats, kernel: Floats, stride: int) -> Floats:
    """A 3 x 3 convolution with a border of one zero.

    Args:
        x: float32 (B, H, W, C).
        kernel: float32 (K, 3, 3, C).
        stride: of both axes.

    Returns:
        float32 (B, H / stride, W / stride, K), rounded up.
    """
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))[:, ::stride, ::stride]
    rows = views.transpose(0, 1, 2, 4, 5, 3).reshape(*views.shape[:3], -1)
    return np.asarray(rows @ kernel.reshape(len(kernel), -1).T, np.float32)


@functools.cache
def weights() -> Weights:
    """The layers of the shipped file, which holds them in half precision."""
    return {name: value.astype(np.float32) for name, value in load_file(WEIGHTS).items()}
