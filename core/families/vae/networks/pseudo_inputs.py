"""The pseudo-inputs of a VampPrior: pictures that nobody took, which are learned with the network's weights."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

START_NOISE = 0.01  # standard deviation of the first pseudo-inputs about what they start from
DARK = 0.05  # grey level of those that start from no picture, as in the paper's own program

Start = Literal["pictures", "noise"]


class PseudoInputs(nn.Module):
    """K pictures with values in [0, 1] that are trained (Tomczak & Welling, arXiv 1705.07120).

    They are brought back into [0, 1] after each step, so that a pixel which reached black or white can leave it again; behind a
    hard tanh, as in the paper's own program, it would have no gradient any more.

    Args:
        pixels: (K, C, H, W) float32, the first ones.
    """

    def __init__(self, pixels: Tensor) -> None:
        super().__init__()
        self.pixels = nn.Parameter(pixels.clamp(0.0, 1.0))

    def __len__(self) -> int:
        return len(self.pixels)

    def forward(self) -> Tensor:
        """The pictures, (K, C, H, W) in [0, 1], to be encoded as any others."""
        return self.pixels.clamp(0.0, 1.0)

    @torch.no_grad()
    def keep_inside(self) -> None:
        """Bring them back into [0, 1]."""
        self.pixels.clamp_(0.0, 1.0)


def first_pixels(shape: tuple[int, ...], seed: int, pictures: np.ndarray | None = None) -> Tensor:
    """Where the pseudo-inputs start: near dark grey, or near so many pictures.

    Args:
        shape: (K, C, H, W).
        seed: of the noise.
        pictures: uint8 (K, H, W, C), to start near them.
    """
    generator = torch.Generator().manual_seed(seed)
    noise = START_NOISE * torch.randn(shape, generator=generator)
    if pictures is None:
        return DARK + noise
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255.0 + noise
