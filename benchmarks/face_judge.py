"""An independent judge of edited faces: a small classifier that says from pixels whether a face smiles, and a few things more.

It never sees a code of the model that it judges. It is trained on the training persons of the labelled pictures and, if given,
on another labelled data set, framed alike by the eyes; blurred and sharp, since it judges decoded faces and photos.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from common import note
from safetensors.torch import load_file, save_file
from torch import nn

from core.faces.alignment import Frame, similarity

if TYPE_CHECKING:
    from core.data.dataset import FaceData

SIDE = 64  # pixels of what it looks at
WINDOW = Frame((0.27, 0.34), (0.73, 0.34))  # where the eyes are in that
WIDTHS = (1, 24, 48, 96, 128)
BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Pictures with what is known of them.

    Attributes:
        windows: uint8 (N, SIDE, SIDE), grey.
        labels: float32 (N, number of names), 0 or 1, NaN where unknown.
    """

    windows: np.ndarray
    labels: np.ndarray


def window(picture: np.ndarray, frame: Frame) -> np.ndarray:
    """What the judge looks at of a framed picture (S, S, C): uint8 (SIDE, SIDE)."""
    grey = picture[..., 0] if picture.shape[2] == 1 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    matrix = similarity(frame.eyes(picture.shape[0]), WINDOW.eyes(2 * SIDE))
    drawn = cv2.warpAffine(grey, matrix, (2 * SIDE, 2 * SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(drawn, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def labelled(data: FaceData, rows: np.ndarray, frame: Frame, names: Sequence[str]) -> Labelled:
    """Some pictures of a data set as the judge sees them."""
    known = {name.lower() for name in data.attribute_names()}
    columns = [data.attribute(name)[rows] if name in known else np.full(len(rows), np.nan, np.float32) for name in names]
    return Labelled(np.stack([window(picture, frame) for picture in data.images[rows]]), np.stack(columns, axis=1))


class Judge(nn.Module):
    """Logits (B, number of names) of windows."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        blocks: list[nn.Module] = []
        for before, after in pairwise(WIDTHS):
            blocks += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(True), nn.MaxPool2d(2)]
        flat = WIDTHS[-1] * (SIDE // 16) ** 2
        head = [nn.Flatten(), nn.Dropout(0.4), nn.Linear(flat, 64), nn.ReLU(True), nn.Dropout(0.3), nn.Linear(64, len(names))]
        self.layers = nn.Sequential(*blocks, *head)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (B, 1, SIDE, SIDE), of zero mean and unit variance each."""
        return self.layers(x)

    def logits(self, windows: np.ndarray) -> np.ndarray:
        """Of uint8 (N, SIDE, SIDE): float32 (N, number of names), the mean of a window's and its mirror image's."""
        self.eval()
        found = []
        with torch.inference_mode():
            for start in range(0, len(windows), 256):
                part = windows[start : start + 256]
                both = np.stack([part, part[:, :, ::-1]])
                answers = [self(normalised(one)) for one in both]
                found.append(((answers[0] + answers[1]) / 2).numpy())
        return np.concatenate(found)


def normalised(windows: np.ndarray) -> torch.Tensor:
    """(B, 1, SIDE, SIDE) float32 of uint8 or float windows: brightness and contrast say nothing."""
    x = torch.from_numpy(np.ascontiguousarray(windows, np.float32))[:, None]
    mean, std = x.mean((1, 2, 3), keepdim=True), x.std((1, 2, 3), keepdim=True)
    return (x - mean) / (std + 8.0)


def varied(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A window moved, turned, mirrored, blurred by chance."""
    angle, scale = rng.normal(0.0, 4.0), float(np.exp(rng.normal(0.0, 0.06)))
    matrix = cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), angle, scale)
    matrix[:, 2] += rng.normal(0.0, 1.5, 2)
    drawn = cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.5:
        drawn = drawn[:, ::-1]
    if rng.random() < 0.5:
        drawn = cv2.GaussianBlur(drawn, (0, 0), float(rng.uniform(0.3, 1.6)))
    return drawn + rng.normal(0.0, rng.uniform(0.0, 6.0), drawn.shape)


def known_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy of known labels (B, names), softened a little; where they are NaN nothing is asked. A scalar."""
    known = ~torch.isnan(labels)
    softened = torch.nan_to_num(labels) * 0.96 + 0.02
    losses = nn.functional.binary_cross_entropy_with_logits(logits, softened, reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)


def train(pictures: Labelled, names: Sequence[str], epochs: int, told: Callable[[str], None] = note) -> Judge:
    """A judge trained on pictures; the same each time."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    judge = Judge(names)
    optimizer = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    steps = epochs * -(-len(pictures.windows) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(epochs):
        begun, total = time.perf_counter(), 0.0
        judge.train()
        order = rng.permutation(len(pictures.windows))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            x = normalised(np.stack([varied(pictures.windows[row], rng) for row in rows]))
            loss = known_loss(judge(x), torch.from_numpy(pictures.labels[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        told(f"judge, epoch {epoch + 1} of {epochs}: loss {total / len(order):.3f}, {time.perf_counter() - begun:.1f} s")
    return judge.eval()


def kept(path: Path, names: Sequence[str]) -> Judge | None:
    """A judge that was trained before, or None."""
    if not path.is_file():
        return None
    judge = Judge(names)
    judge.load_state_dict(load_file(path))
    return judge.eval()


def keep(path: Path, judge: Judge) -> None:
    """Write a judge's weights."""
    save_file({name: value.contiguous() for name, value in judge.state_dict().items()}, path)


def accuracy(judge: Judge, pictures: Labelled) -> dict[str, float]:
    """Share of known labels that the judge tells rightly, by name."""
    said = judge.logits(pictures.windows) > 0.0
    found = {}
    for column, name in enumerate(judge.names):
        labels = pictures.labels[:, column]
        known = ~np.isnan(labels)
        if known.any():
            found[name] = round(float((said[known, column] == (labels[known] > 0.5)).mean()), 4)
    return found
