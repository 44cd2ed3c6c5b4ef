"""Pictures and classes as a network takes them."""

from __future__ import annotations

import numpy as np
import torch

BATCH = 64  # pictures at once, where nothing is learned from them


def rounded(values: np.ndarray) -> tuple[float, ...]:
    """Numbers as JSON keeps them, to five places."""
    return tuple(round(float(value), 5) for value in values)


def to_input(images: np.ndarray, device: torch.device) -> torch.Tensor:
    """uint8 (B, H, W, C) -> float32 (B, C, H, W) in [0, 1], channels-last in memory (no copy beyond the conversion)."""
    return torch.from_numpy(images).to(device, non_blocking=True).permute(0, 3, 1, 2).float().div_(255.0)


def to_classes(labels: np.ndarray | None, device: torch.device) -> torch.Tensor | None:
    """Class numbers (B,) for a conditional model, int64; None stays None."""
    return None if labels is None else torch.from_numpy(labels.astype(np.int64)).to(device, non_blocking=True)
