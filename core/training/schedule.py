"""The learning rate over a run: a rise at the start, then constant or falling to the planned end."""

from __future__ import annotations

import math

from core.config import TrainConfig

LOWEST_SHARE = 0.01  # of the learning rate, where a warm-up begins and a falling schedule ends


def learning_rate(config: TrainConfig, epochs_done: float, planned: float) -> float:
    """The learning rate at a moment of a run.

    The warm-up (Goyal et al., arXiv 1706.02677) is linear; the schedule falls over what is left of the run after it,
    along a line or half a cosine wave (Loshchilov & Hutter, arXiv 1608.03983, without restarts).

    Args:
        config: the rate, its schedule and its warm-up.
        epochs_done: with the fraction of the present one.
        planned: epochs of the run when it began, above 0; past that end its last value holds.
    """
    warmup = config.lr_warmup_epochs
    done = min(epochs_done, planned)
    if done < warmup:
        return config.learning_rate * (LOWEST_SHARE + (1.0 - LOWEST_SHARE) * done / warmup)
    if config.lr_schedule == "constant" or done <= warmup:
        return config.learning_rate
    share = (done - warmup) / (planned - warmup)
    fall = 0.5 * (1.0 + math.cos(math.pi * share)) if config.lr_schedule == "cosine" else 1.0 - share
    return config.learning_rate * (LOWEST_SHARE + (1.0 - LOWEST_SHARE) * fall)
