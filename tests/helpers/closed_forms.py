"""Small models whose every integral can be done: by quadrature over a code of one dimension, or in closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from core.families.base import Elapsed
from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.mlp_vae import MLPVAE
from core.families.vae.objectives.base import ObjectiveModule
from core.families.vae.objectives.beta_vae import BetaVAE
from core.families.vae.objectives.registry import create
from core.families.vae.settings import ModelConfig, ObjectiveConfig

LATE = Elapsed(1000.0)
MEAN, STD, VARIANCE = 0.4, 0.2, 0.5  # of the pixels in [0, 1], and of the Gaussian decoder on standardised ones
GRID = torch.linspace(-15.0, 15.0, 4001, dtype=torch.float64)  # of a code of one dimension
PRIOR = Normal(torch.zeros((), dtype=torch.float64), 1.0)


def noise(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def integral(values: Tensor, over: Tensor = GRID) -> float:
    return float(torch.trapezoid(values, over))


class OnePicture:
    """A network with a code of one dimension, so that every integral over it can be done; one picture of four pixels."""

    def __init__(self, likelihood: str) -> None:
        torch.manual_seed(3)
        config = ModelConfig(name="mlp_vae", latent_dim=1, hidden_units=16, hidden_layers=1)
        self.model = MLPVAE(config, LatentSpec(1, (1, 2, 2)), likelihood).eval()
        self.model.set_standardisation(torch.tensor([MEAN]), torch.tensor([STD]))
        with torch.no_grad():
            self.model.from_latent[-1].weight *= 6.0
        self.objective = create(ObjectiveConfig(likelihood=likelihood, fixed_variance=VARIANCE), self.model).eval()
        self.x = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)
        with torch.no_grad():
            self.posterior = self.model.encode(self.x)
            raw = self.model.decode_raw(GRID.float()[:, None])
            self.said = self.objective.negative_log_likelihood(self.copies(len(GRID)), raw).double()  # -log p(x|z)
        shown, pixels = raw.double(), self.x.double()
        density = Bernoulli(logits=shown) if likelihood == "bernoulli" else Normal(shown * STD + MEAN, math.sqrt(VARIANCE) * STD)
        self.log_joint = density.log_prob(pixels).sum(dim=(1, 2, 3)) + PRIOR.log_prob(GRID)
        self.q = Normal(self.posterior.mean.double().squeeze(), torch.exp(0.5 * self.posterior.log_var.double().squeeze()))
        self.log_q = self.q.log_prob(GRID)
        self.log_p = math.log(integral(self.log_joint.exp()))

    def copies(self, count: int) -> Tensor:
        return self.x.expand(count, -1, -1, -1)

    def under_q(self, values: Tensor) -> float:
        return integral(self.log_q.exp() * values)


class Linear:
    """Four pixels that are `weight` times a code of one dimension, and noise: everything has a closed form."""

    y = torch.tensor([0.9, -0.4, 1.3, 0.2])
    weight = torch.tensor([1.0, -0.5, 0.8, 0.3])
    square = float(weight.square().sum())

    def best(self, beta: float, variance: float = VARIANCE) -> tuple[float, float]:
        """Mean and variance of the q(z|x) that makes reconstruction + beta KL least; with beta 1 it is p(z|x)."""
        share = self.square + beta * variance
        return float(self.weight @ self.y) / share, beta * variance / share

    def loss(self, objective: ObjectiveModule, mean: Tensor, variance: Tensor) -> Tensor:
        """The program's; noise of -1 and 1 gives the exact mean of what is quadratic in z."""
        posterior = Posterior(mean.expand(2, 1), variance.log().expand(2, 1))
        z = posterior.at(torch.tensor([[-1.0], [1.0]]))
        decoded = (z @ self.weight[None]).view(2, 1, 2, 2)
        return objective(self.y.view(1, 1, 2, 2).expand(2, -1, -1, -1), decoded, posterior, z, LATE).loss

    def reconstruction(self, mean: Tensor, variance: Tensor) -> Tensor:
        """By hand."""
        error = (self.y.double() - self.weight.double() * mean.double()[..., None]).square().sum(dim=-1)
        return (error + self.square * variance.double()) / (2.0 * VARIANCE) + 2.0 * math.log(2.0 * math.pi * VARIANCE)


def kl_by_hand(mean: Tensor, variance: Tensor) -> Tensor:
    return kl_divergence(Normal(mean.double(), variance.double().sqrt()), PRIOR)


def plain(kind: type[BetaVAE] = BetaVAE, **values: object) -> BetaVAE:
    """An objective on pixels that are standardised already."""
    config = ObjectiveConfig(**({"fixed_variance": VARIANCE} | values))  # type: ignore[arg-type]
    return kind(config, torch.zeros(1), torch.ones(1)).eval()
