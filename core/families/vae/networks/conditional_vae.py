"""A conditional VAE: told each picture's class, so that the latent need only hold what the class doesn't say.

Sohn et al., NeurIPS 2015 ("Learning structured output representation using deep conditional generative models"): p(x|z, y) with
q(z|x, y); the class y, as a one-hot vector, is appended to the encoder's input and to the latent. The prior is N(0, I) for every
class, the paper's simplification in which z doesn't depend on y: so one z shows one style in each class.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import ConfigError
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.mlp_vae import MLPVAE
from core.families.vae.settings import ModelConfig


class ConditionalVAE(MLPVAE):
    """See the module; the layers are those of MLPVAE.

    Args:
        config: as of MLPVAE.
        spec: sizes; `classes` is at least 2.
        likelihood: as of MLPVAE.

    Raises:
        ConfigError: there are no classes to tell apart.
    """

    def __init__(self, config: ModelConfig, spec: LatentSpec, likelihood: str) -> None:
        if spec.classes < 2:
            raise ConfigError(
                "conditional_vae is told each picture's class, but these pictures have only one.",
                "Use pictures in at least two class folders, or another model.name.",
            )
        super().__init__(config, spec, likelihood)

    def joined(self, values: Tensor, labels: Tensor | None) -> Tensor:
        """(B, n) values and (B,) labels (None: class 0) -> (B, n + classes)."""
        if labels is None:
            labels = torch.zeros(len(values), dtype=torch.int64, device=values.device)
        return torch.cat([values, F.one_hot(labels, self.spec.classes).to(values.dtype)], dim=1)


def build(config: ModelConfig, spec: LatentSpec, likelihood: str) -> ConditionalVAE:
    """A ConditionalVAE with PyTorch's default initial weights."""
    return ConditionalVAE(config, spec, likelihood)
