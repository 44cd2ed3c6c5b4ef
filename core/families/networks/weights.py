"""Weights of a file put into a network, or a sentence on the first that doesn't fit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from core.errors import CheckpointError

ANOTHER = "The file is damaged or was changed by hand: use another copy of it."


WRONG = "The checkpoint's weights don't fit its model"


def load_weights(network: nn.Module, tensors: Mapping[str, np.ndarray], whose: str = WRONG) -> None:
    """Put tensors into a network of just that shape.

    Args:
        network: with any weights.
        tensors: all of its parameters and buffers, by name.
        whose: begins the sentence.

    Raises:
        CheckpointError: one is missing, is of another shape, or is one that the network doesn't have.
    """
    wanted = network.state_dict()
    for name, value in wanted.items():
        if name not in tensors:
            raise CheckpointError(f"{whose}: {name} is missing.", ANOTHER)
        if tuple(value.shape) != tensors[name].shape:
            sizes = f"{_size(tensors[name].shape)} instead of {_size(tuple(value.shape))}"
            raise CheckpointError(f"{whose}: {name} is {sizes}.", ANOTHER)
    for name in tensors:
        if name not in wanted:
            raise CheckpointError(f"{whose}: it has no {name}.", ANOTHER)
    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a single number"
