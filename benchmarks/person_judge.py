"""Whether an edited face is still the same person: a small network that was trained to tell other persons apart.

It learns to name the persons of the training pictures by the cosine between a face's features and a person's, less a margin for the
right one (CosFace, Wang et al., arXiv 1801.09414); the features then tell persons apart that it never saw.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from common import note
from edit_judges import in_frame
from safetensors.torch import load_file, save_file
from torch import nn

FACE = (22, 126, 12, 116)  # rows and columns of the 128x128 frame that it sees: the face, little hair
SIDE = 64  # pixels of that
ROOM = 4  # pixels by which the window is moved about in training, each way
FEATURES = 128
SCALE, MARGIN = 20.0, 0.15
BATCH = 64
EPOCHS = 14
WIDTHS = (3, 24, 48, 80, 112)  # channels; each layer halves the sides


def windows(pictures: np.ndarray) -> np.ndarray:
    """What it sees of faces (N, S, S, C): uint8 (N, 72, 72, 3), of which the middle 64x64 count."""
    top, bottom, left, _ = FACE  # a square
    found = []
    for picture in in_frame(pictures):
        scale = SIDE / (bottom - top)
        matrix = np.array([[scale, 0.0, ROOM - left * scale], [0.0, scale, ROOM - top * scale]])
        soft = cv2.GaussianBlur(picture, (0, 0), 0.5)  # against aliasing
        side = SIDE + 2 * ROOM
        found.append(cv2.warpAffine(soft, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    return np.stack(found)


class PersonNet(nn.Module):
    """Features (B, 128) of length 1 of faces (B, 3, 64, 64)."""

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for before, after in pairwise(WIDTHS):
            blocks += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(True)]
        side = SIDE // 16
        head = [nn.Flatten(), nn.Dropout(0.3), nn.Linear(WIDTHS[-1] * side * side, FEATURES, bias=False)]
        self.layers = nn.Sequential(*blocks, *head, nn.BatchNorm1d(FEATURES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: pixels in [-1, 1]."""
        return nn.functional.normalize(self.layers(x), dim=1)

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Of faces (N, S, S, C): float32 (N, 128), of a face and its mirror image together, of length 1."""
        self.eval()
        faces = _pixels(windows(pictures)[:, ROOM:-ROOM, ROOM:-ROOM])
        found = []
        with torch.inference_mode():
            for part in faces.split(128):
                found.append(nn.functional.normalize(self(part) + self(part.flip(3)), dim=1))
        return torch.cat(found).numpy()


def train(faces: np.ndarray, persons: np.ndarray, epochs: int, told: Callable[[str], None] = note) -> PersonNet:
    """A network that tells persons apart; the same each time.

    Args:
        faces: of `windows`, (N, 72, 72, 3).
        persons: (N,), whose they are.
        epochs: how often it sees them.
        told: hears how it goes.
    """
    torch.manual_seed(0)
    numbers = torch.from_numpy(np.unique(persons, return_inverse=True)[1].astype(np.int64))
    net, known = PersonNet(), nn.Parameter(torch.randn(int(numbers.max()) + 1, FEATURES) * 0.1)
    optimizer = torch.optim.AdamW([*net.parameters(), known], 3e-3, weight_decay=0.02)
    steps = epochs * -(-len(faces) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    for epoch in range(epochs):
        begun, total, right = time.perf_counter(), 0.0, 0
        net.train()
        for rows in torch.randperm(len(faces)).split(BATCH):
            cosines = net(_varied(_pixels(faces[rows.numpy()]))) @ nn.functional.normalize(known, dim=1).T
            own = nn.functional.one_hot(numbers[rows], len(known))
            loss = nn.functional.cross_entropy(SCALE * (cosines - MARGIN * own), numbers[rows], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
            right += int((cosines.argmax(1) == numbers[rows]).sum())
        seconds = time.perf_counter() - begun
        share, loss_mean = right / len(faces), total / len(faces)
        told(f"persons, epoch {epoch + 1} of {epochs}: loss {loss_mean:.3f}, {share:.1%} named, {seconds:.1f} s")
    return net.eval()


def _pixels(faces: np.ndarray) -> torch.Tensor:
    """(B, 3, H, W) in [-1, 1] of uint8 (B, H, W, 3)."""
    return torch.from_numpy(np.ascontiguousarray(faces)).permute(0, 3, 1, 2).float() / 127.5 - 1.0


def _varied(x: torch.Tensor) -> torch.Tensor:
    """Faces (B, 3, 72, 72) cut to 64x64 anywhere, mirrored, in other light and colours, by chance."""
    down, right = (int(value) for value in torch.randint(0, 2 * ROOM + 1, (2,)))
    x = x[:, :, down : down + SIDE, right : right + SIDE]
    mirrored = torch.rand(len(x), 1, 1, 1) < 0.5
    x = torch.where(mirrored, x.flip(3), x)
    return (
        x * (1.0 + 0.15 * torch.randn(len(x), 1, 1, 1)) + 0.12 * torch.randn(len(x), 1, 1, 1) + 0.06 * torch.randn(len(x), 3, 1, 1)
    )


def kept(path: Path) -> PersonNet | None:
    """A network that was trained before, or None."""
    if not path.is_file():
        return None
    net = PersonNet()
    net.load_state_dict(load_file(path))
    return net.eval()


def keep(path: Path, net: PersonNet) -> None:
    """Write a network's weights."""
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, path)


def share_found(features: np.ndarray, places: np.ndarray, gallery: np.ndarray, persons: np.ndarray) -> float:
    """Share of faces whose nearest other photo is of the same person.

    Args:
        features: (N, F), of the faces.
        places: (N,), where their own photos stand in the gallery: those don't count.
        gallery: (M, F), of all photos.
        persons: (M,), whose they are.
    """
    nearness = features @ gallery.T
    nearness[np.arange(len(features)), places] = -np.inf
    return float((persons[nearness.argmax(1)] == persons[places]).mean())
