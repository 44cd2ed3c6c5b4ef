"""The phase of a VQ-VAE's run in which a prior over its codes is learned, while the autoencoder stays what it is."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.checkpoint import MODEL, PRIOR, weights_id
from core.families.vq_vae.code_prior import CodePrior
from core.families.vq_vae.instrument import MODEL_ID
from core.families.vq_vae.network import VQVAE
from core.team import Team, batch_mean
from core.training.ema import WeightAverage
from core.training.optim import Adam, descend

LIVE = "prior_live."  # the weights that are trained, where `prior.` holds their average
OPTIMIZER = "prior_optimizer."
STEPS = "prior_steps"
WARM_UP = 100  # steps in which the learning rate grows to its full value: attention is easily lost at first
BETAS = (0.9, 0.99)
RATE = 2.0  # of the run's learning rate


class PriorTrainer:
    """Trains a prior over the codes of one model.

    Args:
        model: frozen; its codes are learned.
        team: processes that train together.
        seed: of the prior's first weights.
        gradient_clip: the largest norm of a gradient; 0 = any.
        ema_decay: of the average of the prior's weights; 0 = none is taken.
    """

    def __init__(self, model: VQVAE, team: Team, seed: int, gradient_clip: float = 0.0, ema_decay: float = 0.0) -> None:
        self.model, self.team, self.gradient_clip = model.eval().requires_grad_(False), team, gradient_clip
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            prior = CodePrior(model.grid, len(model.codebook.codes))
        self.prior = prior.to(model.pixel_mean.device)
        self.optimizer = Adam(self.prior.parameters(), 0.0, BETAS)
        self.average = WeightAverage(self.prior, ema_decay) if ema_decay else None
        self.steps = 0
        self.clipped = False

    @property
    def shown(self) -> CodePrior:
        """The prior that is judged, shown and kept."""
        return self.average.model if self.average else self.prior

    def step(self, indices: Tensor, learning_rate: float) -> Tensor:
        """One step on grids of codes (B, G, G); gives -log p of a code before it, in nats: the mean over the whole batch."""
        self.prior.train()
        self.optimizer.learning_rate = RATE * learning_rate * min(1.0, (self.steps + 1) / WARM_UP)
        self.steps += 1
        surprise = batch_mean(self.prior.surprise(indices).mean(dim=1), over_team=self.team.size > 1)
        self.clipped = descend(self.optimizer, surprise, list(self.prior.parameters()), self.team, self.gradient_clip)
        if self.average:
            self.average.update(self.prior)
        return surprise.detach()

    def tensors(self) -> dict[str, Tensor]:
        """All that the phase adds to a checkpoint: the prior with the id of its model, and what going on exactly needs."""
        tensors = {PRIOR + name: value for name, value in self.shown.state_dict().items()}
        weights = {MODEL + name: value.detach().cpu().contiguous().numpy() for name, value in self.model.state_dict().items()}
        tensors[PRIOR + MODEL_ID] = torch.tensor(list(bytes.fromhex(weights_id(weights))), dtype=torch.uint8)
        if self.average:
            tensors |= {LIVE + name: value for name, value in self.prior.state_dict().items()}
        tensors |= {OPTIMIZER + name: value for name, value in self.optimizer.tensors(self.prior).items()}
        tensors[STEPS] = torch.tensor(self.steps)
        return tensors

    def load_shown(self, tensors: Mapping[str, Tensor]) -> None:
        """Take a finished prior's weights, without the prefix. Raises RuntimeError where they don't fit."""
        self.shown.load_state_dict({name: value for name, value in tensors.items() if name != MODEL_ID})

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from `tensors`. Raises RuntimeError or KeyError where they don't fit."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}

        self.load_shown(part(PRIOR))
        self.steps = int(tensors[STEPS])
        if self.average:
            self.prior.load_state_dict(part(LIVE))
            self.average.steps = self.steps
        self.optimizer.load_tensors(self.prior, part(OPTIMIZER))
