"""The estimators of the total correlation against cases whose answer is known."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
import torch

from core.families.base import Elapsed
from core.families.vae.adversary import BETAS, Adversary
from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.registry import create
from core.families.vae.objectives import registry
from core.families.vae.objectives.base import ObjectiveModule
from core.families.vae.objectives.beta_tcvae import decompose, log_weights
from core.families.vae.objectives.factor_vae import Discriminator, FactorVAE, shuffle_dimensions
from core.families.vae.settings import ModelConfig, ObjectiveConfig
from core.team import Share, Team
from core.training.optim import Adam

NOISE = 0.6  # standard deviation of every posterior in the toys


def toy(count: int, covariance: torch.Tensor, seed: int) -> tuple[torch.Tensor, Posterior]:
    """Posteriors of one width whose mixture is N(0, covariance), and a code of each."""
    generator = torch.Generator().manual_seed(seed)
    dims = len(covariance)
    root = torch.linalg.cholesky(covariance - NOISE**2 * torch.eye(dims))
    mean = torch.randn(count, dims, generator=generator) @ root.T
    posterior = Posterior(mean, torch.full_like(mean, 2.0 * math.log(NOISE)))
    return posterior.sample(generator), posterior


def estimate(covariance: torch.Tensor, batch: int = 256, batches: int = 20, data_size: int = 100_000) -> list[float]:
    """The three parts, averaged over batches."""
    found = []
    for seed in range(batches):
        parts = decompose(*toy(batch, covariance, seed), data_size)
        found.append([float(parts.mutual_information), float(parts.total_correlation), float(parts.dimension_wise_kl)])
    return list(np.mean(found, axis=0))


@pytest.mark.parametrize(("batch", "total"), [(2, 2), (2, 50), (5, 7), (64, 737_280), (64, 64)])
def test_each_row_of_weights_stands_for_all_pictures(batch: int, total: int) -> None:
    weights = log_weights(batch, total).exp()
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(batch))
    torch.testing.assert_close(weights.diagonal(), torch.full((batch,), 1.0 / total))
    others = batch - 1
    beside = sorted(weights[0, 1:].tolist())
    assert beside[0] == pytest.approx((total - others) / (total * others), rel=1e-5)
    assert beside[1:] == pytest.approx([1.0 / others] * (others - 1), rel=1e-5)


def test_the_weights_are_unbiased() -> None:
    """Over all batches of the data, the mean of the weighted densities is q(z) of the code of the picture at hand."""
    density = torch.rand(6, generator=torch.Generator().manual_seed(0))  # of one code of picture 0, by picture
    batches = [torch.tensor([0, *others]) for others in permutations(range(1, 6), 2)]
    found = [float((log_weights(3, 6).exp()[0] * density[batch]).sum()) for batch in batches]
    assert np.mean(found) == pytest.approx(float(density.mean()), rel=1e-5)


def test_a_batch_of_one_or_of_more_than_all_is_taken_for_all() -> None:
    assert torch.equal(log_weights(1, 9), torch.zeros(1, 1))
    torch.testing.assert_close(log_weights(4, 2), log_weights(4, 4))


def test_where_all_posteriors_are_the_prior_every_part_is_zero() -> None:
    z = torch.randn(64, 10, generator=torch.Generator().manual_seed(1))
    parts = decompose(z, Posterior(torch.zeros(64, 10), torch.zeros(64, 10)), 737_280)
    for part in (parts.mutual_information, parts.total_correlation, parts.dimension_wise_kl):
        assert float(part) == pytest.approx(0.0, abs=1e-3)  # without the weights: -37 nats


def test_where_every_code_names_its_picture_the_mutual_information_is_the_logarithm_of_their_number() -> None:
    """Each of both dimensions does so by itself, so that they tell the same: their total correlation is that much too."""
    mean = 100.0 * torch.stack([torch.arange(64.0), -torch.arange(64.0)], dim=1)
    posterior = Posterior(mean, torch.zeros(64, 2))
    parts = decompose(posterior.sample(torch.Generator().manual_seed(3)), posterior, 737_280)
    assert float(parts.mutual_information) == pytest.approx(math.log(737_280), abs=1e-3)
    assert float(parts.total_correlation) == pytest.approx(math.log(737_280), abs=1e-3)


def test_independent_dimensions_have_no_total_correlation() -> None:
    mutual_information, total_correlation, dimension_wise = estimate(torch.eye(4))
    assert total_correlation == pytest.approx(0.0, abs=0.1)
    assert mutual_information == pytest.approx(-4 * math.log(NOISE), abs=0.15)  # log of 1 / NOISE a dimension
    assert dimension_wise == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("correlation", [0.5, -0.6])
def test_a_correlated_gaussian_has_the_total_correlation_of_its_formula(correlation: float) -> None:
    covariance = torch.eye(3)
    covariance[0, 1] = covariance[1, 0] = correlation
    known = -0.5 * math.log(1.0 - correlation**2)
    assert estimate(covariance)[1] == pytest.approx(known, abs=0.05)


def test_the_parts_add_up_to_the_kl() -> None:
    covariance = torch.tensor([[1.4, 0.5], [0.5, 0.8]])
    exact = np.mean([float(toy(256, covariance, seed)[1].kl().sum(dim=1).mean()) for seed in range(20)])
    assert sum(estimate(covariance)) == pytest.approx(exact, abs=0.03)


def test_one_samples_kl_is_the_sum_whatever_the_weights() -> None:
    z, posterior = toy(32, torch.eye(3), 5)
    parts = decompose(z, posterior, 1000)
    q = torch.distributions.Normal(posterior.mean, torch.exp(0.5 * posterior.log_var))
    p = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    sampled = (q.log_prob(z) - p.log_prob(z)).sum(dim=1).mean()
    total = parts.mutual_information + parts.total_correlation + parts.dimension_wise_kl
    assert float(total) == pytest.approx(float(sampled), abs=1e-4)


def make_objective(name: str, latent: int = 3, **values: object) -> ObjectiveModule:
    model = create(ModelConfig(latent_dim=latent), LatentSpec(latent, (1, 32, 32)), "bernoulli")
    config = ObjectiveConfig(name=name, likelihood="bernoulli", **values)  # type: ignore[arg-type]
    return registry.create(config, model, 500)


def test_beta_tcvae_weights_the_total_correlation_alone() -> None:
    x, decoded = torch.rand(16, 1, 32, 32), torch.zeros(16, 1, 32, 32)
    z, posterior = toy(16, torch.eye(3) + 0.3, 2)
    plain = make_objective("beta_vae")(x, decoded, posterior, z, Elapsed(1.0))
    terms = {beta: make_objective("beta_tcvae", beta=beta)(x, decoded, posterior, z, Elapsed(1.0)) for beta in (1.0, 6.0)}
    assert terms[1.0].loss.item() == pytest.approx(plain.loss.item(), rel=1e-6)
    correlation = terms[6.0].total_correlation
    assert correlation is not None
    assert correlation.item() == pytest.approx(float(decompose(z, posterior, 500).total_correlation), rel=1e-5)
    assert terms[6.0].loss.item() - terms[1.0].loss.item() == pytest.approx(5.0 * correlation.item(), rel=1e-3)
    assert plain.total_correlation is None


def test_the_size_of_the_data_is_kept_with_a_checkpoint() -> None:
    kept = make_objective("beta_tcvae").state_dict()
    model = create(ModelConfig(latent_dim=3), LatentSpec(3, (1, 32, 32)), "bernoulli")
    other = registry.create(ObjectiveConfig(name="beta_tcvae", likelihood="bernoulli"), model)
    other.load_state_dict(kept)
    assert int(other.state_dict()["data_size"]) == 500


def test_the_discriminator_is_the_papers() -> None:
    network = Discriminator(10, 1000).layers
    linear = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linear] == [(10, 1000), *[(1000, 1000)] * 5, (1000, 2)]
    leaky = [layer for layer in network if isinstance(layer, torch.nn.LeakyReLU)]
    assert [layer.negative_slope for layer in leaky] == [0.2] * 6
    assert BETAS == (0.5, 0.9)


def test_shuffling_keeps_each_dimension_and_parts_them() -> None:
    column = torch.arange(500.0)
    shuffled = shuffle_dimensions(torch.stack([column, column], dim=1), torch.Generator().manual_seed(0))
    assert torch.equal(shuffled.sort(dim=0).values, torch.stack([column, column], dim=1))
    assert abs(float(np.corrcoef(shuffled.T.numpy())[0, 1])) < 0.1


def factor(latent: int = 3, units: int = 32, **values: object) -> FactorVAE:
    made = make_objective("factor_vae", latent, discriminator_units=units, **values)
    assert isinstance(made, FactorVAE)
    return made


def test_the_discriminators_loss_never_reaches_the_encoder() -> None:
    objective = factor()
    mean = torch.randn(8, 3, requires_grad=True)
    z = Posterior(mean, torch.zeros(8, 3)).sample()
    objective.adversary.loss(z, shuffle_dimensions(z)).backward()
    assert mean.grad is None
    assert all(parameter.grad is not None for parameter in objective.discriminator.parameters())


def test_the_vaes_loss_leaves_the_discriminator_alone_and_pulls_at_the_codes() -> None:
    objective = factor(beta=0.0)
    mean = torch.randn(8, 3, requires_grad=True)
    posterior = Posterior(mean, torch.zeros(8, 3))
    z = posterior.sample()
    terms = objective(torch.rand(8, 1, 32, 32), torch.zeros(8, 1, 32, 32), posterior, z, Elapsed(1.0))
    terms.loss.backward()
    assert all(parameter.grad is None and parameter.requires_grad for parameter in objective.discriminator.parameters())
    assert mean.grad is not None
    assert mean.grad.abs().sum() > 0  # of the total correlation alone, since beta is 0
    assert terms.total_correlation is not None
    assert terms.loss.item() == pytest.approx(terms.reconstruction.item() + 35.0 * terms.total_correlation.item(), rel=1e-5)


@pytest.mark.long
def test_a_taught_discriminator_tells_a_known_total_correlation() -> None:
    """Of two dimensions with correlation 0.8: 0.51 nats."""
    torch.manual_seed(0)
    objective = factor(latent=2, units=64).train()
    adversary = Adversary(objective.adversary, 1e-3, Team())
    generator = torch.Generator().manual_seed(1)
    root = torch.linalg.cholesky(torch.tensor([[1.0, 0.8], [0.8, 1.0]]))

    def codes(count: int) -> torch.Tensor:
        return torch.randn(count, 2, generator=generator) @ root.T

    for _ in range(250):
        adversary.step(codes(256), codes(256), Share(0, 256, 256), generator)
    z = codes(20_000)
    terms = objective(torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 32, 32), Posterior(z, z), z, Elapsed(1.0))
    assert terms.total_correlation is not None
    assert terms.total_correlation.item() == pytest.approx(-0.5 * math.log(1 - 0.8**2), abs=0.1)


def test_an_optimizers_memory_comes_back_by_name() -> None:
    torch.manual_seed(0)
    network = Discriminator(2, 4)
    optimizer = Adam(network.parameters(), 0.1, BETAS)
    network(torch.ones(3, 2)).sum().backward()
    optimizer.step()
    other = Adam(network.parameters(), 0.1, BETAS)
    other.load_tensors(network, {name: value.clone() for name, value in optimizer.tensors(network).items()})
    assert other.tensors(network).keys() == optimizer.tensors(network).keys() != set()
    for name, value in optimizer.tensors(network).items():
        assert torch.equal(value, other.tensors(network)[name]), name
