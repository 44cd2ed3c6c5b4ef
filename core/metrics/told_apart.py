"""How well a network that is trained for it tells pictures that a model made from real ones, on pictures it never saw.

0.5 says that it can't, 1 that it always can. It is a judge: never a loss, trained afresh each time, and thrown away.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from core.progress import Progress, Reporter, silent

WIDTHS = (24, 48, 64)  # channels of its three layers
EPOCHS = 12
BATCH = 128
RATE = 5e-4
QUALITY = 90  # of the JPEG that both kinds go through: what a file went through before tells nothing
SMALLEST = 16  # pixels: below, the network has nothing to look at


class Teller(nn.Module):
    """Logits (B,) of pictures (B, 3, H, W): above 0 it takes them for made by a model."""

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for before, after in pairwise((3, *WIDTHS)):
            blocks += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(True)]
        head = [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(4 * WIDTHS[-1], 1)]
        self.layers = nn.Sequential(*blocks, *head)

    def forward(self, x: Tensor) -> Tensor:
        """x: pixels in [-1, 1]."""
        return self.layers(x)[:, 0]  # type: ignore[no-any-return]


def told_apart(made: np.ndarray, real: np.ndarray, in_first: np.ndarray, seed: int = 0, progress: Progress = silent) -> float:
    """How well a fresh network tells what a model made of pictures from the pictures themselves: balanced accuracy.

    It learns from one half and judges the other, then the other way round; the mean counts.

    Args:
        made: uint8 (N, S, S, C), in the order of `real`.
        real: uint8 (N, S, S, C).
        in_first: (N,) bool, the first half; nobody is in both.
        seed: of the weights and the order of the pictures.
        progress: told how far; may raise Cancelled.
    """
    faces = torch.from_numpy(np.concatenate([_through_jpeg(made), _through_jpeg(real)])).permute(0, 3, 1, 2) / 127.5 - 1.0
    is_made, first = np.arange(len(faces)) < len(made), np.concatenate([in_first, in_first])
    found = []
    for learnt in (first, ~first):
        teller = teach(faces[learnt], torch.from_numpy(is_made[learnt]), seed, progress=progress)
        with torch.inference_mode():
            said = torch.cat([teller(part) > 0 for part in faces[~learnt].split(BATCH)]).numpy()
        truth = is_made[~learnt]
        found.append((said[truth].mean() + (~said[~truth]).mean()) / 2)
    return float(np.mean(found))


def teach(faces: Tensor, is_made: Tensor, seed: int, batch: int = BATCH, progress: Progress = silent) -> Teller:
    """A fresh network that learnt to tell pictures (N, 3, H, W) in [-1, 1] apart; the same each time.

    Args:
        faces: the pictures.
        is_made: (N,) bool, which a model made.
        seed: of weights and order.
        batch: pictures in a step.
        progress: told how far; may raise Cancelled.
    """
    told = Reporter(progress, "Training a judge", EPOCHS * len(faces))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        teller = Teller()
        optimizer = torch.optim.Adam(teller.parameters(), RATE)
        answers = is_made.float()
        rarer = (1.0 - answers.mean()) / answers.mean().clamp(min=1e-6)
        for epoch in range(EPOCHS):
            seen = epoch * len(faces)
            for rows in torch.randperm(len(faces)).split(batch):
                told(seen)
                seen += len(rows)
                if len(rows) < 2:
                    continue  # BatchNorm needs two
                loss = nn.functional.binary_cross_entropy_with_logits(teller(faces[rows]), answers[rows], pos_weight=rarer)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
    told(EPOCHS * len(faces), final=True)
    return teller.eval()


def _through_jpeg(pictures: np.ndarray) -> np.ndarray:
    """Pictures (N, S, S, C) through a JPEG file, in colours: uint8 (N, S, S, 3)."""
    seen = []
    for one in np.repeat(pictures, 3, axis=3) if pictures.shape[3] == 1 else pictures:
        _, data = cv2.imencode(".jpg", np.ascontiguousarray(one), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        seen.append(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)))
    return np.stack(seen)
