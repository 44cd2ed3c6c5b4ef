"""The negative ELBO against its definitions."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import AffineTransform, Independent, Normal, TransformedDistribution

from core.families.base import Elapsed
from core.families.vae.networks.base import LatentModule, LatentSpec, Posterior
from core.families.vae.networks.registry import create
from core.families.vae.objectives import registry
from core.families.vae.objectives.base import ObjectiveModule
from core.families.vae.settings import ModelConfig, ObjectiveConfig

MEAN, STD = torch.tensor([0.3, 0.5, 0.6]), torch.tensor([0.15, 0.25, 0.2])
LATE = Elapsed(1000.0)


def pieces(channels: int = 3) -> tuple[torch.Tensor, torch.Tensor, Posterior, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    x = torch.rand(4, channels, 32, 32, generator=generator)
    decoded = torch.randn(4, channels, 32, 32, generator=generator)
    posterior = Posterior(torch.randn(4, 3, generator=generator), 0.3 * torch.randn(4, 3, generator=generator))
    return x, decoded, posterior, posterior.sample(generator)


def make(likelihood: str = "gaussian", **values: object) -> tuple[LatentModule, ObjectiveModule]:
    config = ObjectiveConfig(likelihood=likelihood, **values)  # type: ignore[arg-type]
    model = create(ModelConfig(latent_dim=3), LatentSpec(3, (3, 32, 32)), likelihood)
    model.set_standardisation(MEAN, STD)
    return model, registry.create(config, model)


@pytest.mark.parametrize("variance", [1.0, 0.3])
def test_gaussian_is_the_density_of_pixels_between_0_and_1(variance: float) -> None:
    x, decoded, posterior, z = pieces()
    _, objective = make(fixed_variance=variance)
    terms = objective(x, decoded, posterior, z, LATE)
    standard = Normal(decoded, math.sqrt(variance))
    pixels = TransformedDistribution(standard, AffineTransform(MEAN.view(3, 1, 1), STD.view(3, 1, 1)))
    assert terms.reconstruction.item() == pytest.approx(-pixels.log_prob(x).sum(dim=(1, 2, 3)).mean().item(), rel=1e-5)


def test_gaussian_normalises_over_pixels() -> None:
    """Two standardisations of one model say the same density, so that models can be compared."""
    x, decoded, posterior, z = pieces()
    _, objective = make(fixed_variance=0.5)
    said = objective(x, decoded, posterior, z, LATE).reconstruction
    shown = decoded * STD.view(3, 1, 1) + MEAN.view(3, 1, 1)
    by_hand = Independent(Normal(shown, math.sqrt(0.5) * STD.view(3, 1, 1)), 3)
    assert said.item() == pytest.approx(-by_hand.log_prob(x).mean().item(), rel=1e-5)


def test_bernoulli_is_the_cross_entropy_of_its_logits() -> None:
    x, decoded, posterior, z = pieces()
    _, objective = make("bernoulli")
    by_hand = F.binary_cross_entropy(torch.sigmoid(decoded), x, reduction="none").sum(dim=(1, 2, 3)).mean()
    assert objective(x, decoded, posterior, z, LATE).reconstruction.item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_kl_is_averaged_over_the_batch_and_summed_over_dimensions() -> None:
    x, decoded, posterior, z = pieces()
    _, objective = make(beta=2.5)
    terms = objective(x, decoded, posterior, z, LATE)
    assert torch.allclose(terms.kl_per_dim, posterior.kl().mean(dim=0))
    assert terms.loss.item() == pytest.approx((terms.reconstruction + 2.5 * terms.kl_per_dim.sum()).item(), rel=1e-6)


def test_reconstruction_and_kl_mean_the_same_whatever_beta_is() -> None:
    x, decoded, posterior, z = pieces()
    said = [make(beta=beta)[1](x, decoded, posterior, z, LATE) for beta in (0.0, 1.0, 8.0)]
    assert len({term.reconstruction.item() for term in said}) == 1
    assert len({term.kl_per_dim.sum().item() for term in said}) == 1
    assert len({term.loss.item() for term in said}) == 3


def test_the_optimal_variance_is_the_maximum_likelihood_one() -> None:
    x, decoded, posterior, z = pieces()
    target = (x - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)
    mse = (target - decoded).square().mean().item()
    _, optimal = make(variance="optimal")
    best = optimal.train()(x, decoded, posterior, z, LATE).reconstruction.item()
    assert optimal.log_variance.item() == pytest.approx(math.log(mse), rel=1e-5)
    for share in (0.9, 1.0, 1.1):
        _, fixed = make(fixed_variance=mse * share)
        other = fixed(x, decoded, posterior, z, LATE).reconstruction.item()
        assert other == pytest.approx(best, rel=1e-6) if share == 1.0 else other > best


def test_the_optimal_variance_lets_gradients_through() -> None:
    x, decoded, posterior, z = pieces()
    decoded.requires_grad_()
    _, objective = make(variance="optimal")
    objective.train()(x, decoded, posterior, z, LATE).loss.backward()
    target = ((x - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)).detach()
    count = x[0].numel()
    error = (decoded - target).detach()
    by_hand = count * error / (error.square().mean() * error.numel())  # of count / 2 * log(mse)
    assert decoded.grad is not None
    assert torch.allclose(decoded.grad, by_hand, rtol=1e-3, atol=1e-6)


def test_validation_uses_the_variance_that_training_found() -> None:
    x, decoded, posterior, z = pieces()
    _, objective = make(variance="optimal")
    objective.train()
    for scale in (1.0, 2.0, 3.0):
        objective(x, decoded * scale, posterior, z, LATE)
    found = objective.log_variance.clone()
    objective.eval()
    first = objective(x, decoded, posterior, z, LATE).reconstruction
    objective(x, decoded * 9, posterior, z, LATE)
    assert torch.equal(objective.log_variance, found)
    assert torch.equal(objective(x, decoded, posterior, z, LATE).reconstruction, first)
    _, fixed = make(fixed_variance=math.exp(found.item()))
    assert first.item() == pytest.approx(fixed(x, decoded, posterior, z, LATE).reconstruction.item(), rel=1e-5)


def test_a_perfect_reconstruction_stays_finite() -> None:
    x, _, posterior, z = pieces()
    _, objective = make(variance="optimal")
    decoded = ((x - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)).requires_grad_()
    terms = objective.train()(x, decoded, posterior, z, LATE)
    terms.loss.backward()
    assert terms.loss.isfinite()
    assert decoded.grad is not None
    assert decoded.grad.isfinite().all()


def test_beta_warms_up_linearly() -> None:
    _, objective = make(beta=4.0, beta_warmup_epochs=2.0)
    assert [objective.beta(Elapsed(epochs)) for epochs in (0.0, 0.5, 1.0, 2.0, 9.0)] == [0.0, 1.0, 2.0, 4.0, 4.0]
    _, plain = make(beta=4.0)
    assert plain.beta(Elapsed(0.0)) == 4.0
    x, decoded, posterior, z = pieces()
    terms = objective(x, decoded, posterior, z, Elapsed(0.0))
    assert terms.loss == terms.reconstruction


def test_beta_goes_in_cycles() -> None:
    """Four over eight planned epochs: each two long, rising in its first."""
    _, objective = make(beta=4.0, beta_schedule="cyclical", beta_cycles=4, beta_warmup_epochs=100.0)
    told = [objective.beta(Elapsed(epochs, 8.0)) for epochs in (0.0, 0.25, 0.5, 1.0, 1.9, 2.0, 2.5, 7.0, 7.9)]
    assert told == [0.0, 1.0, 2.0, 4.0, 4.0, 0.0, 2.0, 4.0, 4.0]
    assert {objective.beta(Elapsed(epochs, 8.0)) for epochs in (8.0, 8.5, 100.0)} == {4.0}  # of a run whose end was raised
    assert objective.beta(Elapsed(3.0)) == 4.0  # nobody knows how long the run was meant to be


def test_free_bits_change_the_loss_alone() -> None:
    x, decoded, posterior, z = pieces()
    means = posterior.kl().mean(dim=0)
    free = float(means.median())  # of three dimensions: one below, one above
    _, objective = make(beta=2.0, free_bits=free)
    _, plain = make(beta=2.0)
    terms, without = objective(x, decoded, posterior, z, LATE), plain(x, decoded, posterior, z, LATE)
    assert torch.equal(terms.kl_per_dim, without.kl_per_dim)
    assert torch.equal(terms.reconstruction, without.reconstruction)
    missing = sum(max(0.0, free - float(mean)) for mean in means)
    assert missing > 0
    assert terms.loss.item() == pytest.approx(without.loss.item() + 2.0 * missing, rel=1e-6)


def test_free_bits_pull_at_no_dimension_that_tells_less() -> None:
    """They count on the batch's mean: a picture below is pulled where the mean is above, and none where it is below."""
    x, decoded, _, _ = pieces()
    mean = torch.tensor([[0.1, 3.0], [0.2, 0.0], [0.0, 2.0], [0.1, 0.1]], requires_grad=True)
    posterior = Posterior(mean, torch.zeros(4, 2))
    _, objective = make(free_bits=0.5)
    objective(x, decoded, posterior, posterior.sample(torch.Generator().manual_seed(0)), LATE).loss.backward()
    assert mean.grad is not None
    assert torch.equal(mean.grad[:, 0], torch.zeros(4))
    assert torch.allclose(mean.grad[:, 1], mean[:, 1].detach() / 4)


def test_the_running_variance_is_kept_with_the_checkpoint() -> None:
    _, objective = make(variance="optimal")
    x, decoded, posterior, z = pieces()
    objective.train()(x, decoded, posterior, z, LATE)
    _, other = make(variance="optimal")
    other.load_state_dict(objective.state_dict())
    assert other.log_variance == objective.log_variance != 0
