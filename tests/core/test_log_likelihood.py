"""The importance-weighted bound on models whose log p(x) is known in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal

from core.device import choose
from core.errors import Cancelled
from core.families.base import Elapsed
from core.families.vae.evaluate import evidence_bounds
from core.families.vae.networks.base import LatentModule, LatentSpec, Posterior
from core.families.vae.networks.registry import create
from core.families.vae.objectives import registry
from core.families.vae.objectives.base import ObjectiveModule
from core.families.vae.settings import ModelConfig, ObjectiveConfig
from core.metrics.log_likelihood import bound, log_likelihood, log_weights

SIDE, LATENT, VARIANCE = 3, 2, 0.5
PIXELS = SIDE * SIDE
MEAN, STD = torch.tensor([0.4]), torch.tensor([0.2])


class LinearGaussian(LatentModule):
    """x, standardised, is W z plus noise of variance 0.5; q(z|x) is as wrong as one likes.

    Args:
        stretch: of the posterior's standard deviations, 1 for the exact posterior.
        shift: of its means, 0 for the exact posterior.
    """

    def __init__(self, stretch: float = 1.0, shift: float = 0.0) -> None:
        super().__init__()
        self.spec = LatentSpec(LATENT, (1, SIDE, SIDE))
        self.register_buffer("pixel_mean", MEAN.clone())
        self.register_buffer("pixel_std", STD.clone())
        first, second = torch.linspace(-1, 1, PIXELS), torch.ones(PIXELS)  # orthogonal: p(z|x) has independent dimensions
        self.weight = torch.stack([first, second], dim=1)
        self.precision = 1.0 + (self.weight.T @ self.weight).diagonal() / VARIANCE
        self.stretch, self.shift = stretch, shift

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        target = ((x - self.pixel_mean) / self.pixel_std).flatten(1)
        mean = target @ self.weight / VARIANCE / self.precision + self.shift
        return Posterior(mean, (self.stretch**2 / self.precision).log().expand(len(x), -1))

    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return (z @ self.weight.T).view(-1, 1, SIDE, SIDE)

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return (self.decode_raw(z) * self.pixel_std + self.pixel_mean).clamp(0, 1)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        return torch.randn(count, LATENT, generator=generator)

    def change_latent_basis(self, shift: Tensor, to_new: Tensor, to_old: Tensor, log_var: Tensor) -> list[nn.Parameter]:
        raise NotImplementedError

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x) of pixels between 0 and 1, (B,) in closed form."""
        standard = MultivariateNormal(
            torch.zeros(PIXELS).double(), (self.weight @ self.weight.T + VARIANCE * torch.eye(PIXELS)).double()
        )
        target = ((x - self.pixel_mean) / self.pixel_std).flatten(1)
        return standard.log_prob(target.double()) - PIXELS * math.log(STD.item())


def pieces(count: int = 40, **wrong: float) -> tuple[LinearGaussian, ObjectiveModule, Tensor]:
    model = LinearGaussian(**wrong).eval()
    objective = registry.create(ObjectiveConfig(fixed_variance=VARIANCE), model).eval()
    x = torch.rand(count, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(3))
    return model, objective, x


def noise(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_exact_posterior_gives_log_p_with_a_single_sample() -> None:
    model, objective, x = pieces()
    for samples in (1, 7):
        found = log_likelihood(model, objective, x, samples, noise())
        assert (found.shape, found.dtype) == ((40,), np.float64)
        assert found == pytest.approx(model.log_density(x).numpy(), abs=1e-3)


def test_a_wrong_posterior_needs_more_samples_and_gets_there_from_below() -> None:
    model, objective, x = pieces(stretch=1.6, shift=0.15)
    exact = model.log_density(x).mean().item()
    wrong = LATENT * (0.5 * (1.6**2 - 1.0) - math.log(1.6)) + 0.5 * 0.15**2 * model.precision.sum().item()  # KL(q, p(z|x))
    assert wrong == pytest.approx(0.929, abs=0.001)
    posterior = model.encode(x)
    elbo = []
    for seed in range(60):
        z = posterior.sample(noise(seed))
        terms = objective(x, model.decode_raw(z), posterior, z, Elapsed(1.0))
        elbo.append(-(terms.reconstruction + terms.kl_per_dim.sum()).item())
    assert np.mean(elbo) == pytest.approx(exact - wrong, abs=0.1)
    single = [log_likelihood(model, objective, x, 1, noise(seed)).mean() for seed in range(60)]
    assert np.mean(single) == pytest.approx(exact - wrong, abs=0.1)  # with one sample it is the same bound
    found = log_likelihood(model, objective, x, 3000, noise())
    assert found == pytest.approx(model.log_density(x).numpy(), abs=0.2)
    assert found.mean() == pytest.approx(exact, abs=0.02)


def test_rises_with_k_on_average() -> None:
    model, objective, x = pieces(count=8, stretch=0.6, shift=0.3)
    means = [
        np.mean([log_likelihood(model, objective, x, samples, noise(seed)).mean() for seed in range(40)])
        for samples in (1, 2, 5, 20)
    ]
    assert means == sorted(means)
    assert means[-1] < model.log_density(x).mean().item() + 0.05


def test_the_same_samples_never_give_less_for_a_multiple_of_k() -> None:
    model, objective, x = pieces(count=8, stretch=0.6, shift=0.3)
    weights = log_weights(model, objective, x, 40, noise())
    bounds = np.array([bound(weights, samples) for samples in (1, 2, 4, 20, 40)])
    assert (np.diff(bounds, axis=0) >= 0).all()
    assert bounds[0] == pytest.approx(weights.mean(axis=0))  # the ELBO
    assert bounds[-1] == pytest.approx(np.log(np.exp(weights - weights.max()).mean(axis=0)) + weights.max())
    assert bound(weights, 15) == pytest.approx(np.mean([bound(weights[:15], 15), bound(weights[15:30], 15)], axis=0))


def test_far_pictures_do_not_vanish() -> None:
    """Weights of exp(-2000) would all be 0; their sum is taken in logarithms."""
    model, objective, x = pieces(count=2, stretch=1.2)
    far = 1.0 - 1e-3 * x  # white, five standard deviations from the mean
    far[:, :, ::2, ::2] = 0.0
    found = log_likelihood(model, objective, 30 * far - 15, 2000, noise())
    assert np.isfinite(found).all()
    assert found == pytest.approx(model.log_density(30 * far - 15).numpy(), abs=0.2)
    assert found.max() < -2000


def test_tells_how_far_and_can_be_cancelled() -> None:
    model, objective, x = pieces(count=2)
    told: list[int] = []
    log_likelihood(model, objective, x, 3, noise(), told.append)
    assert told == [0, 1, 2, 3]

    def cancel(done: int) -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        log_likelihood(model, objective, x, 5, noise(), cancel)


@pytest.fixture
def network() -> tuple[LatentModule, Callable[[str], ObjectiveModule]]:
    torch.manual_seed(0)
    model = create(ModelConfig(latent_dim=3), LatentSpec(3, (1, 32, 32)), "bernoulli")
    return model, lambda likelihood: registry.create(ObjectiveConfig(likelihood=likelihood), model)


@pytest.mark.long
def test_all_rows_in_their_order(network: tuple[LatentModule, Callable[[str], ObjectiveModule]]) -> None:
    """Over several batches; each picture's own number, near what its own batch gives."""
    model, make = network
    images = np.random.default_rng(0).integers(0, 256, (70, 32, 32, 1), np.uint8)
    images[::7] //= 8  # dark ones, easily told from the others
    rows = np.random.default_rng(1).permutation(70)
    told: list[tuple[str, int, int]] = []
    compute = choose("cpu", "fp32")
    elbo, found = evidence_bounds(model, make("bernoulli"), compute, images, rows, (1, 20), lambda *said: told.append(said))
    assert found.shape == (70,)
    assert (elbo <= found).all()
    assert (elbo < found).any()
    assert not model.training
    assert told[0] == ("Estimating log p(x), samples", 0, 1400)
    assert told[-1] == ("Estimating log p(x), samples", 1400, 1400)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    x = torch.from_numpy(images[rows]).permute(0, 3, 1, 2).float() / 255
    again = log_likelihood(model, make("bernoulli").eval(), x, 20, noise(5))
    assert found == pytest.approx(again, abs=1.0)
    assert np.abs(found - found[::-1]).max() > 10


def test_optimal_variance_is_the_one_that_training_found(network: tuple[LatentModule, Callable[[str], ObjectiveModule]]) -> None:
    """Looking at pictures again doesn't teach the objective anything."""
    model, _ = network
    objective = registry.create(ObjectiveConfig(variance="optimal"), model)
    before = {name: value.clone() for name, value in objective.state_dict().items()}
    images = np.zeros((4, 32, 32, 1), np.uint8)
    evidence_bounds(model, objective, choose("cpu", "fp32"), images, np.arange(4), [2])
    assert all(torch.equal(value, before[name]) for name, value in objective.state_dict().items())
