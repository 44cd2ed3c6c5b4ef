"""The optimizer, and shortening a gradient that is too long."""

from __future__ import annotations

import torch
from torch import nn

from core.config import TrainConfig


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Adam:
    """Adam (Kingma & Ba, arXiv 1412.6980); fused into one kernel for all parameters where the device has it."""
    device = next(model.parameters()).device.type
    return torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=device in ("cpu", "cuda"))


def clip_gradient(model: nn.Module, longest: float) -> bool:
    """Shorten the gradient of all parameters together to a norm (Pascanu et al., arXiv 1211.5063).

    Args:
        model: after `backward`; its gradients are float32 also where the forward pass ran in bf16.
        longest: the norm that it may have.

    Returns:
        Whether it was longer.
    """
    return bool(nn.utils.clip_grad_norm_(model.parameters(), longest) > longest)
