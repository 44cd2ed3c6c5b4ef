"""How well faces and eyes are found in photos; and, with --train, the network that finds the eyes.

The pictures of CelebA's aligned layout (178x218) hold their eyes at (69, 112) and (108, 112): labels that nobody had to draw.
Of the persons in the folder three quarters train and one quarter measures. Drawn faces, whose eyes are known, help on both sides.
`found_share`: pictures in which a face is found; `eye_error`: of the found ones, each eye's distance from where it stands in parts
of the eye distance (median and the share within 4 %), with the network and with what the cascade's box alone tells.
"""

from __future__ import annotations

import csv
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from common import note, parser, report
from PIL import Image
from safetensors.numpy import save_file
from torch import nn

from core.data.sets.drawn.canvas import Canvas
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.alignment import Eyes, similarity, to_frame
from core.faces.eye_net import SIDE, WEIGHTS, WINDOW
from core.faces.finder import find_faces

ALIGNED = Eyes((69.0, 112.0), (108.0, 112.0))
WIDTHS = (1, 16, 32, 48, 64)
HIDDEN = 96
BATCH = 128


def aligned_pictures(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files of three quarters of the persons, and of the others."""
    with open(folder / "labels.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    people = sorted({row["person"] for row in rows})
    held_out = set(np.random.default_rng(0).permutation(people)[: len(people) // 4])
    parts: tuple[list[Path], list[Path]] = ([], [])
    for row in rows:
        parts[row["person"] in held_out].append(folder / row["class"] / row["file"])
    return parts


def drawn_face(index: int, size: int = 128) -> tuple[np.ndarray, Eyes]:
    """A drawn face, uint8 (S, S, 3), and where its eyes are."""
    parameters = sample_parameters(np.random.default_rng([7, index]))
    head = Head(Canvas(size), parameters)
    x = 0.128 * parameters.eye_spacing
    left, right = head.at(np.array([(-x, 0.0), (x, 0.0)])) * size - 0.5
    return np.asarray(draw_face(parameters, size)), Eyes(tuple(left), tuple(right))


def grey(path: Path) -> np.ndarray:
    """uint8 (H, W)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


class Network(nn.Module):
    """The same layers as `core.faces.eye_net`, for training."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairwise(WIDTHS))
        self.hidden = nn.Linear(WIDTHS[-1] * (SIDE // 16) ** 2, HIDDEN)
        self.out = nn.Linear(HIDDEN, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv in self.convs:
            x = conv(x).relu()
        return self.out(self.hidden(x.permute(0, 2, 3, 1).flatten(1)).relu())

    def layers(self) -> dict[str, np.ndarray]:
        """As the file holds them."""
        found = {}
        for number, conv in enumerate(self.convs):
            found[f"conv{number}.weight"] = conv.weight.permute(0, 2, 3, 1)
            found[f"conv{number}.bias"] = conv.bias
        for name in ("hidden", "out"):
            layer = getattr(self, name)
            found |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
        return {name: np.ascontiguousarray(value.detach().half().numpy()) for name, value in found.items()}


def window_of(picture: np.ndarray, eyes: Eyes, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What the network sees where the guess is wrong by chance, uint8 (SIDE, SIDE), and the answer (4,) in parts of SIDE / 4."""
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
        width = picture.shape[1] - 1
        eyes = Eyes((width - eyes.right[0], eyes.right[1]), (width - eyes.left[0], eyes.left[1]))
    near = rng.random() < 0.6  # the later rounds see small errors
    turn, scale, shift = (0.07, 0.05, 0.05) if near else (0.25, 0.16, 0.20)
    middle = complex(*(np.add(eyes.left, eyes.right) / 2.0))
    half = complex(eyes.right[0] - eyes.left[0], eyes.right[1] - eyes.left[1]) / 2.0
    middle += abs(half) * 2.0 * shift * complex(*rng.standard_normal(2))
    half *= np.exp(scale * rng.standard_normal() + 1j * turn * rng.standard_normal())
    guess = Eyes(((middle - half).real, (middle - half).imag), ((middle + half).real, (middle + half).imag))
    matrix = similarity(guess, WINDOW.eyes(SIDE))
    there = eyes.moved(matrix)
    rest = WINDOW.eyes(SIDE)
    answer = (np.array([*there.left, *there.right]) - np.array([*rest.left, *rest.right])) / (SIDE / 4.0)
    drawn = to_frame(np.ascontiguousarray(picture), matrix, SIDE).astype(np.float32)
    if rng.random() < 0.3:
        drawn = cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.3, 1.6))
    ramp = np.linspace(-1.0, 1.0, SIDE, dtype=np.float32)
    light = rng.normal(0, 0.25) * ramp[None, :] + rng.normal(0, 0.2) * ramp[:, None]
    drawn = (drawn * np.exp(light) - 128.0) * rng.uniform(0.5, 1.4) + 128.0 + rng.normal(0, 25)
    drawn += rng.standard_normal(drawn.shape, dtype=np.float32) * rng.uniform(0, 8)
    return np.clip(drawn, 0, 255).astype(np.uint8), answer.astype(np.float32)


def train(pictures: list[tuple[np.ndarray, Eyes]], steps: int, out: Path) -> None:
    """Train the network on windows of the pictures and write it."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=1.5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    begin, mean = time.perf_counter(), 0.0
    for step in range(1, steps + 1):
        made = [window_of(*pictures[index], rng) for index in rng.integers(0, len(pictures), BATCH)]
        windows = torch.from_numpy(np.stack([window for window, _ in made])).float()[:, None]
        answers = torch.from_numpy(np.stack([answer for _, answer in made]))
        x = (windows - windows.mean((2, 3), keepdim=True)) / (windows.std((2, 3), keepdim=True, correction=0) + 8.0)
        loss = nn.functional.smooth_l1_loss(network(x), answers, beta=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        mean += (float(loss.detach()) - mean) * 0.01
        if step % 500 == 0:
            note(f"step {step}: loss {mean:.4f}, {time.perf_counter() - begin:.0f} s")
            out.parent.mkdir(parents=True, exist_ok=True)
            save_file(network.layers(), out)


def measure(name: str, pictures: list[tuple[np.ndarray, Eyes]]) -> dict[str, Any]:
    """Faces found, and how far off their eyes are, in parts of the eye distance."""
    errors, sure = [], 0
    for pixels, eyes in pictures:
        faces = find_faces(pixels)
        if not faces:
            continue
        face = faces[0]
        sure += face.sure
        pairs = ((face.eyes.left, eyes.left), (face.eyes.right, eyes.right))
        errors.append(max(float(np.hypot(a[0] - b[0], a[1] - b[1])) for a, b in pairs) / eyes.distance)
    found = np.array(errors) if errors else np.array([np.nan])
    return {
        f"{name}_pictures": len(pictures),
        f"{name}_found_share": round(len(errors) / len(pictures), 4),
        f"{name}_eyes_seen_share": round(sure / len(pictures), 4),
        f"{name}_median_error": round(float(np.median(found)), 4),
        f"{name}_within_4_percent": round(float((found <= 0.04).mean()), 4),
        f"{name}_within_10_percent": round(float((found <= 0.10).mean()), 4),
        f"{name}_median_error_pixels": round(float(np.median(found)) * pictures[0][1].distance, 2),
    }


def main() -> None:
    """Run it."""
    options = parser("Faces found, and how far off their eyes are.")
    options.add_argument("--data", default="", metavar="DIR", help="CelebA's aligned pictures, with labels.csv; none by default")
    options.add_argument("--train", type=int, default=0, metavar="STEPS", help="train the network first")
    options.add_argument("--out", default=str(WEIGHTS), help="where the trained network goes")
    given = options.parse_args()
    count = 20 if given.quick else 400
    drawn = [drawn_face(index) for index in range(count + (600 if given.train else 0))]
    trained, held_out = aligned_pictures(Path(given.data)) if given.data else ([], [])
    if given.train:
        pictures = [(grey(path), ALIGNED) for path in trained]
        pictures += [(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), eyes) for pixels, eyes in drawn[count:]] * (2 if pictures else 1)
        train(pictures, given.train, Path(given.out))
    result = measure("drawn", drawn[:count])
    if held_out:
        chosen = held_out[:: 20 if given.quick else 1]
        result |= measure("aligned", [(np.asarray(Image.open(path).convert("RGB")), ALIGNED) for path in chosen])
    report(result, given.json)


if __name__ == "__main__":
    main()
