"""The optimizer and its learning rate over time."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.config import TrainConfig

LOWEST_SHARE = 0.01  # of the learning rate, at the end of a cosine schedule


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Adam:
    """Adam (Kingma & Ba, arXiv 1412.6980); fused into one kernel for all parameters where the device has it."""
    device = next(model.parameters()).device.type
    return torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=device in ("cpu", "cuda"))


def learning_rate(config: TrainConfig, share_done: float) -> float:
    """The learning rate after a share of the planned run; past its end the last value holds."""
    if config.lr_schedule == "constant":
        return config.learning_rate
    share = min(max(share_done, 0.0), 1.0)
    fall = 0.5 * (1.0 + math.cos(math.pi * share))
    return config.learning_rate * (LOWEST_SHARE + (1.0 - LOWEST_SHARE) * fall)
