"""A run whose numbers are no longer finite ends with a sentence, before it spoils its checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn

from core.errors import TrainingError
from core.runs.folder import RunFolder


def must_be_finite(numbers: Iterable[float], where: str, run: RunFolder) -> None:
    """Check the losses of a step or of an epoch.

    Args:
        numbers: the metrics.
        where: in the run, for the sentence.
        run: whose checkpoint is kept.

    Raises:
        TrainingError: one of them is infinite or not a number.
    """
    for number in numbers:
        if not math.isfinite(number):
            raise _error(f"The loss became {number} at {where}", run)


def weights_must_be_finite(model: nn.Module, run: RunFolder) -> None:
    """Check all weights and running statistics. Raises TrainingError as `must_be_finite` does."""
    if not all(bool(torch.isfinite(value).all()) for value in model.state_dict().values()):
        raise _error("The weights are no longer finite", run)


def _error(what: str, run: RunFolder) -> TrainingError:
    kept = "the last good checkpoint is kept" if run.last.exists() else "there is no checkpoint yet"
    return TrainingError(f"{what}; {kept}.", "Lower the learning rate, or use fp32.")
