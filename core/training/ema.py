"""The moving average of a network's weights: less noisy than the weights themselves."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


class WeightAverage(Generic[M]):
    """A second network whose weights are the exponential moving average of a first one's (Polyak & Juditsky 1992).

    The decay warms up, min(decay, (1 + n) / (10 + n)) after n steps, so that random first weights are soon forgotten.
    BatchNorm's running means and variances are averaged as the weights are: averaged weights need statistics from the
    same stretch of the run; the newest ones would belong to newer weights. Whole numbers (BatchNorm's count of batches)
    are copied.

    Args:
        live: the network that is trained; the average begins as its copy.
        decay: in (0, 1); the average covers about 1 / (1 - decay) steps.
    """

    def __init__(self, live: M, decay: float) -> None:
        self.model: M = copy.deepcopy(live).requires_grad_(False).eval()
        self.decay = decay
        self.steps = 0  # in the average

    @torch.no_grad()
    def update(self, live: nn.Module) -> None:
        """Take in the weights after a step."""
        decay = min(self.decay, (1.0 + self.steps) / (10.0 + self.steps))
        self.steps += 1
        kept, new = [], []
        for average, now in zip(_tensors(self.model), _tensors(live), strict=True):
            if average.is_floating_point():
                kept.append(average)
                new.append(now)
            else:
                average.copy_(now)
        torch._foreach_lerp_(kept, new, 1.0 - decay)  # all in a few kernels; torch's own averages use it too


def _tensors(model: nn.Module) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]
