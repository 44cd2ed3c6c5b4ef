"""FactorVAE: the total correlation, estimated by a discriminator, is added to the VAE's loss (Kim & Mnih 2018, arXiv 1802.05983).

The discriminator tells codes z of pictures from codes whose dimensions were each shuffled over a batch, which come from
prod_j q(z_j). The difference of its two logits is log D(z) / (1 - D(z)), an estimate of log q(z) / prod_j q(z_j), whose
mean is the total correlation (the density-ratio trick). VAE and discriminator never share a gradient: in the VAE's loss
the discriminator's weights are constants, and in the discriminator's loss the codes are. As in the paper's algorithm 2
the shuffled codes come from a second batch.

Its network is the paper's (appendix A): six hidden layers of 1000 units with leaky ReLU of slope 0.2, two logits.
Networks of 1200 units are from another paper: the VAE for dSprites of Higgins et al. 2017.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.families.base import Elapsed
from core.families.vae.networks.base import LatentModule, Posterior
from core.families.vae.objectives.base import AdversaryModule
from core.families.vae.objectives.beta_vae import BetaVAE
from core.families.vae.settings import ObjectiveConfig
from core.team import batch_mean

LAYERS = 6
SLOPE = 0.2
OF_PICTURES, SHUFFLED = 0, 1  # the discriminator's two classes


class Discriminator(AdversaryModule):
    """Codes (B, D) -> two logits (B, 2).

    Args:
        latent_dim: D.
        units: of each hidden layer.
    """

    def __init__(self, latent_dim: int, units: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise((latent_dim, *[units] * LAYERS)):
            layers += [nn.Linear(before, after), nn.LeakyReLU(SLOPE)]
        self.layers = nn.Sequential(*layers, nn.Linear(units, 2))

    def forward(self, z: Tensor) -> Tensor:
        """The logits (B, 2), in float32, since their difference needs the precision."""
        with torch.autocast(z.device.type, enabled=False):
            return self.layers(z.float())  # type: ignore[no-any-return]

    def log_density_ratio(self, z: Tensor) -> Tensor:
        """Its estimate of log q(z) / prod_j q(z_j) for each code, (B,) nats; without gradients to its weights."""
        with _constant(self):
            logits = self(z)
        return logits[:, OF_PICTURES] - logits[:, SHUFFLED]  # type: ignore[no-any-return]

    def loss(self, z: Tensor, shuffled: Tensor) -> Tensor:
        """See AdversaryModule: the cross entropy on both kinds of codes."""
        loss = torch.zeros((), device=z.device)
        for codes, kind in ((z, OF_PICTURES), (shuffled, SHUFFLED)):
            answers = torch.full((len(codes),), kind, device=codes.device)
            losses = F.cross_entropy(self(codes.detach()), answers, reduction="none")
            loss = loss + 0.5 * batch_mean(losses, over_team=self.training)
        return loss


def shuffle_dimensions(z: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Each dimension shuffled over the batch by itself, (B, D): from q(z) to prod_j q(z_j)."""
    order = torch.rand(z.shape, generator=generator, device=z.device).argsort(dim=0)
    return z.gather(0, order)


class FactorVAE(BetaVAE):
    """reconstruction + beta KL + gamma total correlation.

    Args:
        config: as of BetaVAE (the paper's beta is 1), `gamma` and the discriminator's width.
        pixel_mean: (C,) of the model's standardisation.
        pixel_std: (C,).
        latent_dim: D.
    """

    def __init__(self, config: ObjectiveConfig, pixel_mean: Tensor, pixel_std: Tensor, latent_dim: int) -> None:
        super().__init__(config, pixel_mean, pixel_std)
        self.discriminator = Discriminator(latent_dim, config.discriminator_units)

    @property
    def adversary(self) -> Discriminator:
        """The discriminator."""
        return self.discriminator

    def penalty(self, kl_per_dim: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed) -> tuple[Tensor, Tensor | None]:
        """See BetaVAE. The gradient goes through the discriminator to the codes."""
        weighted, _ = super().penalty(kl_per_dim, posterior, z, progress)
        total_correlation = batch_mean(self.discriminator.log_density_ratio(z), over_team=self.training)
        return weighted + self.config.gamma * total_correlation, total_correlation


@contextlib.contextmanager
def _constant(network: nn.Module) -> Iterator[None]:
    """A context in which gradients go only to the network's inputs, not to its weights."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


def build(config: ObjectiveConfig, model: LatentModule, data_size: int) -> FactorVAE:
    """A FactorVAE on the model's standardisation."""
    return FactorVAE(config, model.pixel_mean, model.pixel_std, model.spec.latent_dim)
