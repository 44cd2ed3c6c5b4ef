"""Both DIP-VAEs' penalties on a batch whose covariance is plain."""

from __future__ import annotations

import math

import pytest
import torch

from core.families.base import Elapsed
from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.registry import create
from core.families.vae.objectives import registry
from core.families.vae.settings import ModelConfig, ObjectiveConfig


def loss(name: str, posterior: Posterior) -> float:
    model = create(ModelConfig(latent_dim=2), LatentSpec(2, (1, 32, 32)), "bernoulli")
    objective = registry.create(ObjectiveConfig(name=name, likelihood="bernoulli", dip_weight=3.0), model)
    pictures = torch.zeros(len(posterior.mean), 1, 32, 32)
    return float(objective(pictures, pictures, posterior, posterior.mean, Elapsed(1.0)).loss)


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("dip_vae_i", 3.0 * (2 * 4.0**2 + 10 * 2 * (4.0 - 1.0) ** 2)),  # the means' covariance is 4 everywhere
        ("dip_vae_ii", 3.0 * (2 * 4.0**2 + 2 * (4.5 - 1.0) ** 2)),  # that of z has the mean variance, 0.5, on its diagonal
    ],
)
def test_the_penalty_is_the_covariances_distance_from_the_identity(name: str, by_hand: float) -> None:
    mean = torch.tensor([[3.0, 1.0], [-1.0, -3.0]])  # 2 around the means 1 and -1, which don't count
    posterior = Posterior(mean, torch.tensor([[0.25, 0.75], [0.75, 0.25]]).log())
    assert loss(name, posterior) - loss("beta_vae", posterior) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize(("name", "std"), [("dip_vae_i", 1.0), ("dip_vae_ii", math.sqrt(0.75))])
def test_uncorrelated_codes_of_unit_variance_cost_nothing(name: str, std: float) -> None:
    """The means alone (I), or with the posterior's variance (II), have the identity for covariance."""
    mean = std * torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    posterior = Posterior(mean, torch.full((4, 2), math.log(0.25)))
    assert loss(name, posterior) - loss("beta_vae", posterior) == pytest.approx(0.0, abs=1e-3)
