"""The VampPrior itself: its density, its KL, its pseudo-inputs, and each well-known mistake of such programs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, MultivariateNormal, Normal

from core.families.base import Elapsed
from core.families.networks.folding import fold
from core.families.vae.network_abilities import ABILITIES
from core.families.vae.networks.base import LatentModule, LatentSpec, Posterior, log_normal
from core.families.vae.networks.mixture import Mixture, mixture_of
from core.families.vae.networks.pseudo_inputs import DARK, PseudoInputs, first_pixels
from core.families.vae.networks.registry import create_with_prior
from core.families.vae.objectives.registry import create as create_objective
from core.families.vae.settings import VAMP, ModelConfig, ObjectiveConfig, VaeSettings
from core.latent.code import Code
from core.latent.mixture_prior import MixturePrior
from core.metrics.log_likelihood import log_likelihood
from core.training.optim import Adam
from tests.core.test_log_likelihood import MEAN, PIXELS, SIDE, STD, VARIANCE, LinearGaussian

COMPONENTS, SIZE = 5, 3
NETWORKS = [name for name, able in ABILITIES.items() if not able.conditional]
NOW = Elapsed(1.0)


def noise(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def mixture(count: int = COMPONENTS, size: int = SIZE, apart: float = 2.0) -> Mixture:
    """One whose variances are all different, and none is 1."""
    return Mixture(apart * torch.randn(count, size, generator=noise(1)), torch.rand(count, size, generator=noise(2)) * 2.0 - 2.5)


def by_torch(prior: Mixture) -> MixtureSameFamily:
    parts = Independent(Normal(prior.mean.double(), torch.exp(0.5 * prior.log_var.double())), 1)
    return MixtureSameFamily(Categorical(torch.ones(len(prior.mean))), parts)


def network(name: str = "conv_vae", count: int = 4, **values: float) -> LatentModule:
    torch.manual_seed(0)
    settings = VaeSettings(ModelConfig(name=name, latent_dim=6, hidden_units=16, **values), prior=VAMP, pseudo_inputs=count)  # type: ignore[arg-type]
    model = create_with_prior(settings, LatentSpec(6, (1, 32, 32)))
    assert model.pseudo_inputs is not None
    with torch.no_grad():
        model.pseudo_inputs.pixels.copy_(torch.rand(count, 1, 32, 32, generator=noise(3)))
    return model


def step(model: LatentModule, prior: Mixture | None, **values: float) -> Tensor:
    """The loss of one batch, with its gradients in the model."""
    objective = create_objective(ObjectiveConfig(**values), model)  # type: ignore[arg-type]
    x = torch.rand(6, 1, 32, 32, generator=noise(5))
    posterior = model.encode(x)
    z = posterior.sample(noise(6))
    terms = objective(x, model.decode_raw(z), posterior, z, NOW, prior)
    terms.loss.backward()
    return terms.loss.detach()


# -- mistake 1: a density with a wrong precedence


def test_the_density_is_that_of_a_mixture() -> None:
    prior = mixture()
    z = 3.0 * torch.randn(50, SIZE, generator=noise())
    torch.testing.assert_close(prior.log_density(z).double(), by_torch(prior).log_prob(z.double()), rtol=1e-5, atol=1e-5)
    posterior = Posterior(torch.randn(50, SIZE, generator=noise(8)), torch.randn(50, SIZE, generator=noise(9)))
    own = Independent(Normal(posterior.mean, torch.exp(0.5 * posterior.log_var)), 1).log_prob(z)
    torch.testing.assert_close(log_normal(z, posterior.mean, posterior.log_var).sum(dim=1), own)


def test_the_density_stays_finite_far_away_and_where_variances_are_extreme() -> None:
    extreme = Mixture(torch.tensor([[0.0], [50.0]]), torch.tensor([[-10.0], [10.0]]))
    z = torch.tensor([[0.0], [-300.0], [1e4]], requires_grad=True)
    density = extreme.log_density(z)
    density.sum().backward()
    assert torch.isfinite(density).all()
    assert z.grad is not None
    assert torch.isfinite(z.grad).all()


# -- mistakes 2 and 3: where samples come from


def apart(count: int) -> MixturePrior:
    """Components that can't be confused: each 20 standard deviations from the next."""
    means = np.arange(count, dtype=np.float32)[:, None] * np.array([[20.0, 0.0]], np.float32)
    return MixturePrior(np.zeros((count, 16, 16, 1), np.uint8), Code("z", means, np.zeros((count, 2), np.float32)))


def test_every_component_is_drawn_alike_often_and_none_from_elsewhere() -> None:
    prior = apart(20)
    codes = prior.sample(10_000, seed=1)
    nearest = np.rint(codes[:, 0] / 20.0).astype(int)
    assert np.abs(codes[:, 0] - 20.0 * nearest).max() < 6.0
    counts = np.bincount(nearest, minlength=20)
    assert len(counts) == 20
    chi_squared = (np.square(counts - 500.0) / 500.0).sum()
    assert 4.0 < chi_squared < 50.0  # 19 degrees of freedom: outside once in ten thousand
    assert not np.array_equal(nearest[:20], np.arange(20)), "not one after the other"
    assert len(set(nearest[:20])) < 20, "with replacement"


def test_a_sample_is_noise_about_the_component_that_was_chosen() -> None:
    prior = apart(4)
    codes = prior.sample(5000, seed=0, component=2)
    np.testing.assert_allclose(codes.mean(axis=0), [40.0, 0.0], atol=0.08)
    np.testing.assert_allclose(codes.std(axis=0), 1.0, atol=0.05)
    np.testing.assert_array_equal(prior.sample(3, seed=9), prior.sample(3, seed=9))
    for wrong in (-1, 4):
        with pytest.raises(Exception, match="the model has 4"):
            prior.sample(1, 0, component=wrong)


def test_the_network_samples_its_own_prior() -> None:
    model = network().eval()
    prior = mixture_of(model)
    assert prior is not None
    codes = model.sample(4000, noise())
    torch.testing.assert_close(codes.mean(dim=0), prior.mean.mean(dim=0), atol=0.1, rtol=0.0)
    assert (by_torch(prior).log_prob(codes.double()).mean() - Normal(0.0, 1.0).log_prob(codes).sum(dim=1).mean()) > 0


def test_shares_say_whose_codes_the_pictures_have() -> None:
    prior = apart(4)
    means = np.repeat(prior.code.mean[[0, 0, 0, 2]], 25, axis=0)
    shares = prior.shares(Code("z", means, np.zeros_like(means)))
    np.testing.assert_allclose(shares, [0.75, 0.0, 0.25, 0.0], atol=1e-6)
    between = prior.responsibilities(np.array([[10.0, 0.0]], np.float32))
    np.testing.assert_allclose(between, [[0.5, 0.5, 0.0, 0.0]], atol=1e-6)
    by_network = Mixture(torch.from_numpy(prior.code.mean), torch.from_numpy(prior.code.log_var))
    z = np.array([[3.0, 1.0], [9.8, 0.0]], np.float32)
    np.testing.assert_allclose(by_network.responsibilities(torch.from_numpy(z)).numpy(), prior.responsibilities(z), atol=1e-5)


# -- mistake 4: another density in training than in scoring


@pytest.mark.parametrize("name", NETWORKS)
def test_training_and_scoring_ask_the_same_prior(name: str) -> None:
    model = network(name, **({"dropout": 0.5} if name == "conv_vae" else {})).train()
    model.encode(torch.rand(8, 1, 32, 32, generator=noise(4)))  # BatchNorm has seen something
    training = mixture_of(model)
    scoring = mixture_of(model.eval())
    fold(model)
    used = mixture_of(model)
    assert training is not None
    assert scoring is not None
    assert used is not None
    for one in (scoring, used):
        torch.testing.assert_close(one.mean, training.mean)
        torch.testing.assert_close(one.log_var, training.log_var)
    posterior = model.encode(model.pseudo_inputs())  # type: ignore[misc]
    torch.testing.assert_close(posterior.mean, used.mean)


# -- mistake 5: no gradient for the pseudo-inputs, or only one way through the encoder


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_reaches_pseudo_inputs_and_passes_the_encoder_twice(name: str) -> None:
    model = network(name)
    loss = step(model, mixture_of(model))
    assert torch.isfinite(loss)
    assert model.pseudo_inputs is not None
    gradient = model.pseudo_inputs.pixels.grad
    assert gradient is not None
    assert all(float(one.abs().max()) > 0.0 for one in gradient), "of each of them"
    both = {key: value.grad.clone() for key, value in model.named_parameters() if value.grad is not None}
    model = network(name)
    held = mixture_of(model)
    assert held is not None
    assert step(model, Mixture(held.mean.detach(), held.log_var.detach())) == loss
    once = {key: value.grad for key, value in model.named_parameters() if value.grad is not None}
    first = next(key for key in both if "encoder" in key and key.endswith("weight"))
    assert not torch.allclose(both[first], once[first])


# -- mistake 6: pseudo-inputs that are no pictures


def test_pseudo_inputs_stay_pictures_and_can_leave_the_edge() -> None:
    inputs = PseudoInputs(torch.rand(3, 1, 8, 8, generator=noise()))
    optimizer = Adam(inputs.parameters(), learning_rate=1.0)
    wanted = torch.where(torch.rand(3, 1, 8, 8, generator=noise(1)) > 0.5, 5.0, -5.0)

    def towards(target: Tensor, rate: float, steps: int) -> None:
        optimizer.learning_rate = rate
        for _ in range(steps):
            optimizer.zero_grad()
            (inputs() - target).square().sum().backward()
            optimizer.step()
            inputs.keep_inside()

    towards(wanted, 1.0, 100)
    assert inputs.pixels.min() >= 0.0
    assert inputs.pixels.max() <= 1.0
    assert set(inputs.pixels.detach().flatten().tolist()) == {0.0, 1.0}
    optimizer.state.clear()
    towards(torch.full_like(wanted, 0.5), 0.05, 40)  # behind a hard tanh they would stay black and white for ever
    assert (inputs.pixels - 0.5).abs().max() < 0.1


def test_they_start_near_pictures_or_near_dark_grey() -> None:
    pictures = np.random.default_rng(0).integers(20, 230, (3, 8, 8, 1), dtype=np.uint8)
    near = first_pixels((3, 1, 8, 8), 0, pictures)
    difference = near - torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255.0
    assert 0.005 < difference.std() < 0.02
    dark = first_pixels((3, 1, 8, 8), 0)
    assert dark.mean() == pytest.approx(DARK, abs=0.005)
    assert not torch.equal(dark[0], dark[1])


# -- mistake 7: pseudo-inputs in BatchNorm's averages


def test_pseudo_inputs_never_enter_running_averages() -> None:
    model = network().train()
    before = {name: value.clone() for name, value in model.named_buffers()}
    assert any("running" in name for name in before)
    mixture_of(model)
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers())
    assert all(part.training for part in model.modules()), "and it goes on training"
    model.encode(torch.rand(8, 1, 32, 32, generator=noise(4)))
    assert any(not torch.equal(value, before[name]) for name, value in model.named_buffers())


# -- mistake 9: a KL that is cut off at 0


def test_the_kl_is_unbiased_and_may_be_negative() -> None:
    prior = mixture(2, 1, apart=1.0)
    grid = torch.linspace(-15.0, 15.0, 8001, dtype=torch.float64)
    posterior = Posterior(prior.mean[:1] + 0.1, prior.log_var[:1] + 0.2)
    own = Normal(posterior.mean.double(), torch.exp(0.5 * posterior.log_var.double())).log_prob(grid[:, None]).squeeze(1)
    exact = torch.trapezoid(own.exp() * (own - by_torch(prior).log_prob(grid[:, None])), grid).item()
    many = Posterior(posterior.mean.expand(20_000, 1), posterior.log_var.expand(20_000, 1))
    kl, each = prior.kl(many, many.sample(noise()))
    assert (kl < 0).any()
    assert kl.mean().item() == pytest.approx(exact, abs=5.0 * (kl.std() / math.sqrt(20_000)).item())
    assert kl[:1000].mean() >= -0.05
    torch.testing.assert_close(each[:, 0], kl)  # of one dimension


def test_a_dimensions_kl_is_from_its_own_marginal_and_has_no_gradient() -> None:
    prior = mixture(apart=3.0)
    posterior = Posterior(prior.mean[:1].clone().requires_grad_(), prior.log_var[:1])
    z = posterior.sample(noise())
    kl, each = prior.kl(posterior, z)
    assert kl.requires_grad
    assert not each.requires_grad
    for dim in range(SIZE):
        alone = Mixture(prior.mean[:, dim : dim + 1], prior.log_var[:, dim : dim + 1])
        part = Posterior(posterior.mean[:, dim : dim + 1], posterior.log_var[:, dim : dim + 1])
        torch.testing.assert_close(each[:, dim], alone.kl(part, z[:, dim : dim + 1])[0])
    assert each.sum() > kl, "here the dimensions tell the same thing several times"


def test_one_component_that_is_the_normal_distribution_is_the_plain_vae() -> None:
    model = network("mlp_vae")
    normal = Mixture(torch.zeros(1, 6), torch.zeros(1, 6))
    objective = create_objective(ObjectiveConfig(beta=2.5), model)
    x = torch.rand(4000, 1, 32, 32, generator=noise(5))
    posterior = model.encode(x)
    z = posterior.sample(noise(6))
    raw = model.decode_raw(z)
    plain, vamp = objective(x, raw, posterior, z, NOW), objective(x, raw, posterior, z, NOW, normal)
    assert vamp.reconstruction == plain.reconstruction
    assert vamp.kl.item() == pytest.approx(plain.kl.item(), abs=0.15)
    torch.testing.assert_close(vamp.kl_per_dim.sum(), vamp.kl.detach(), rtol=1e-4, atol=1e-4)  # independent dimensions add up
    assert vamp.loss.item() == pytest.approx((vamp.reconstruction + 2.5 * vamp.kl).item(), rel=1e-6)


def test_beta_and_its_warm_up_weight_it() -> None:
    losses = []
    for values in ({"beta": 1.0}, {"beta": 4.0}, {"beta": 4.0, "beta_warmup_epochs": 4.0}):  # a quarter of it after one epoch
        model = network("mlp_vae")
        losses.append(step(model, mixture_of(model), **values))
    assert losses[0] == losses[2]
    assert losses[1] != losses[0]


# -- log p(x)


class LinearMixture(LinearGaussian):
    """p(x|z) of a line, and a prior of two pseudo-inputs' posteriors: log p(x) has a closed form."""

    def __init__(self, stretch: float = 1.0) -> None:
        super().__init__(stretch)
        pixels = torch.stack([torch.full((1, SIDE, SIDE), 0.2), torch.linspace(0.1, 1.0, PIXELS).view(1, SIDE, SIDE)])
        self.pseudo_inputs = PseudoInputs(pixels)

    def log_density(self, x: Tensor) -> Tensor:
        prior = mixture_of(self)
        assert prior is not None
        target = ((x - self.pixel_mean) / self.pixel_std).flatten(1).double()
        weight, parts = self.weight.double(), []
        for mean, log_var in zip(prior.mean.double(), prior.log_var.double(), strict=True):
            covariance = (weight * log_var.exp()) @ weight.T + VARIANCE * torch.eye(PIXELS, dtype=torch.float64)
            parts.append(MultivariateNormal(weight @ mean, covariance).log_prob(target))
        return torch.logsumexp(torch.stack(parts), dim=0) - math.log(2.0) - PIXELS * math.log(STD.item())


def test_importance_sampling_asks_this_prior() -> None:
    model = LinearMixture(stretch=1.3).eval()
    objective = create_objective(ObjectiveConfig(fixed_variance=VARIANCE), model).eval()
    x = (MEAN + STD * torch.randn(12, 1, SIDE, SIDE, generator=noise(3))).clamp(0.0, 1.0)
    with torch.no_grad():
        exact = model.log_density(x).numpy()
    found = log_likelihood(model, objective, x, 1000, noise())
    assert found == pytest.approx(exact, abs=0.25)
    assert found.mean() == pytest.approx(exact.mean(), abs=0.05)
    bounds = [log_likelihood(model, objective, x, samples, noise()).mean() for samples in (1, 10, 100)]
    assert bounds[0] < bounds[1] < bounds[2] + 0.05


def test_settings_without_it_make_a_network_without_it() -> None:
    settings = VaeSettings(ModelConfig(name="mlp_vae", latent_dim=2, hidden_units=4))
    for prior in ("normal", "learned"):
        model = create_with_prior(replace(settings, prior=prior), LatentSpec(2, (1, 16, 16)))
        assert model.pseudo_inputs is None
        assert mixture_of(model) is None
        assert not any("pseudo" in name for name in model.state_dict())
