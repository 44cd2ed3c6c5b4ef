"""Finds the eyes near an expected place: a small convolutional network, applied a few times.

It was trained on random turns, scales and shifts of CelebA's aligned pictures (`benchmarks/eye_finder.py` trains and measures it);
their alignment says where the eyes are, so that nobody had to mark them.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from core.faces.alignment import Eyes, Frame, inverse, similarity, to_frame
from core.places import shipped

Pixels = npt.NDArray[np.uint8]

SIDE = 48  # pixels of the window that the network looks at
WINDOW = Frame((0.30, 0.42), (0.70, 0.42))  # where the eyes are expected in it
ROUNDS = 3  # the window is brought closer to the eyes each time
FARTHEST = 0.9  # of the eyes' expected distance: answers further off are rejected
MOST_DOUBT = 0.06  # see `_doubt`
WEIGHTS = shipped("resources") / "eyes.safetensors"


def find_eyes(grey: Pixels, near: Eyes) -> Eyes | None:
    """The eyes in a grey picture, or None where the network doesn't see them there.

    Args:
        grey: uint8 (H, W).
        near: where they may be, accurate to a third of their distance, 25 degrees and a third in size.
    """
    guess = near
    for _ in range(ROUNDS):
        if not _plausible(guess):
            return None
        matrix = similarity(guess, WINDOW.eyes(SIDE))
        x1, y1, x2, y2 = map(float, predict(to_frame(grey, matrix, SIDE)[None])[0])
        guess = Eyes((x1, y1), (x2, y2)).moved(inverse(matrix))
    off = max(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in ((guess.left, near.left), (guess.right, near.right)))
    if not _plausible(guess) or off > FARTHEST * near.distance:
        return None
    return guess if _doubt(to_frame(grey, similarity(guess, WINDOW.eyes(SIDE)), SIDE)) <= MOST_DOUBT else None


def _plausible(eyes: Eyes) -> bool:
    """Whether a window can be cut out around them."""
    return 1.0 < eyes.distance < 1e5


def _doubt(window: Pixels) -> float:
    """How far from each other the answers for a window and its mirror image are, or from the middle, in eye distances.

    Of real eyes, in 99 of 100 faces below 0.05; elsewhere, in 9 of 10 places above 0.06.
    """
    answers = predict(np.stack([window, window[:, ::-1]]))
    x1, y1, x2, y2 = answers[1]
    mirrored = np.array([SIDE - 1 - x2, y2, SIDE - 1 - x1, y1], np.float32)
    off = max(float(np.abs(answers[0] - other).max()) for other in (mirrored, _rest()))
    return off / WINDOW.eyes(SIDE).distance


def predict(windows: Pixels) -> npt.NDArray[np.float32]:
    """The network's answer: the left eye's x and y and the right one's, in pixels of the window.

    Args:
        windows: uint8 (B, SIDE, SIDE).

    Returns:
        float32 (B, 4).
    """
    x = windows.astype(np.float32)
    x = (x - x.mean((1, 2), keepdims=True)) / (x.std((1, 2), keepdims=True) + 8.0)
    layers = _weights()
    x = x[..., None]
    for number in range(len(layers) // 2 - 2):
        x = np.maximum(_convolved(x, layers[f"conv{number}.weight"]) + layers[f"conv{number}.bias"], 0.0)
    flat = x.reshape(len(x), -1)
    hidden = np.maximum(flat @ layers["hidden.weight"].T + layers["hidden.bias"], 0.0)
    rest = _rest()
    return np.asarray(rest + (hidden @ layers["out.weight"].T + layers["out.bias"]) * (SIDE / 4.0), np.float32)


def _rest() -> npt.NDArray[np.float32]:
    """The centre of the answers: where the eyes are expected."""
    eyes = WINDOW.eyes(SIDE)
    return np.array([*eyes.left, *eyes.right], np.float32)


def _convolved(x: npt.NDArray[np.float32], kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A 3 x 3 convolution of stride 2 with a border of one zero: (B, H, W, C) -> (B, H / 2, W / 2, K); kernel (K, 3, 3, C)."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))[:, ::2, ::2]  # (B, H/2, W/2, C, 3, 3)
    rows = views.transpose(0, 1, 2, 4, 5, 3).reshape(*views.shape[:3], -1)
    return np.asarray(rows @ kernel.reshape(len(kernel), -1).T, np.float32)


@functools.cache
def _weights() -> dict[str, npt.NDArray[np.float32]]:
    """The layers of the shipped file, which holds them in half precision."""
    return {name: value.astype(np.float32) for name, value in load_file(WEIGHTS).items()}
