"""How fast BatchNorm's running averages follow the batches: at once at a run's start, then ever more slowly."""

from __future__ import annotations

from torch import nn

USUAL = 0.1  # torch's: about the last ten batches count
LOOK_BACK = 0.02  # share of all batches so far over which the averages look back until then


def momentum_after(batches: int) -> float:
    """The share of the next batch in the running averages, after so many batches.

    Torch's own, from the first batch on, would leave 0.9^n of the initial 0 and 1 in them after n batches, and ten batches are
    long while the weights still change quickly: validation then sees a network that isn't the trained one. A plain mean
    over all batches (torch's `momentum=None`) is worse still, since the first ones describe weights that are long gone. So
    the averages begin with the first batch, look back on the last 50th of the run, and reach torch's momentum at batch 450.
    """
    return max(USUAL, 1.0 / (1.0 + LOOK_BACK * batches))


def set_momentum(network: nn.Module, batches: int) -> None:
    """Set the momentum of each BatchNorm for the next batch, at any depth, after `batches` of them."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = momentum_after(batches)
