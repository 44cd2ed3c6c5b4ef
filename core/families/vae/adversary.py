"""How an objective's adversary is trained: with an optimizer of its own, on detached codes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.families.vae.objectives.base import AdversaryModule
from core.families.vae.objectives.factor_vae import shuffle_dimensions
from core.team import Share, Team, whole_batch
from core.training.optim import Adam, descend

BETAS = (0.5, 0.9)  # of its Adam (Kim & Mnih, arXiv 1802.05983, appendix A)


class Adversary:
    """Trains an objective's adversary; no gradient of it reaches the encoder.

    Gradient clipping, the learning rate's schedule and the weights' average apply only to the VAE.

    Args:
        network: the adversary.
        learning_rate: of its Adam, constant.
        team: processes that train together.
    """

    def __init__(self, network: AdversaryModule, learning_rate: float, team: Team) -> None:
        self._network = network
        self._team = team
        self._optimizer = Adam(self._network.parameters(), learning_rate, BETAS)

    @torch.enable_grad()
    def step(self, z: Tensor, others: Tensor, share: Share, generator: torch.Generator) -> None:
        """One step on codes of this batch and on shuffled ones of another; neither gets a gradient.

        Args:
            z: (B, D), this process's part of the batch's codes.
            others: (B', D), its part of the other batch's.
            share: which part of the other batch that is.
            generator: in the same state in all processes, which shuffle the whole batch alike and each take their part.
        """
        shuffled = shuffle_dimensions(whole_batch(others.detach(), over_team=True), generator)[share.start : share.stop]
        loss = self._network.loss(z.detach(), shuffled)
        descend(self._optimizer, loss, list(self._network.parameters()), self._team)

    def tensors(self) -> dict[str, Tensor]:
        """The optimizer's state by the parameter's name; the weights are the objective's."""
        return self._optimizer.tensors(self._network)

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from `tensors`. Raises RuntimeError or KeyError where they don't fit."""
        self._optimizer.load_tensors(self._network, tensors)
