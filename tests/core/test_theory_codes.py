"""Every formula of docs/theory.md on where the codes lie: the parts of the KL term, turned axes, a prior that is learned."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal, Normal

from core.device import choose
from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.mixture import Mixture
from core.families.vae.networks.mlp_vae import MLPVAE
from core.families.vae.objectives.beta_tcvae import BetaTCVAE, Decomposition, decompose, log_weights
from core.families.vae.objectives.factor_vae import Discriminator, FactorVAE, shuffle_dimensions
from core.families.vae.settings import ModelConfig, ObjectiveConfig
from core.families.vae.whitening import whiten
from tests.helpers.closed_forms import GRID, LATE, PRIOR, integral, noise

CORRELATION = 0.7
COVARIANCE = torch.tensor([[1.0, CORRELATION], [CORRELATION, 1.0]])
CHOLESKY = torch.linalg.cholesky(COVARIANCE)


def parts_of(found: Decomposition) -> list[float]:
    return [float(part) for part in (found.mutual_information, found.total_correlation, found.dimension_wise_kl)]


def test_the_kl_is_the_sum_of_three() -> None:
    """Data of four kinds of pictures, so that q(z) is a mixture of four Gaussians that quadrature knows."""
    mean = torch.tensor([[1.2, 0.8], [-1.0, -0.9], [0.5, 1.1], [-0.6, -0.2]])
    log_var = torch.tensor([[-1.0, -1.5], [-0.6, -0.8], [-1.2, -0.4], [-2.0, -1.0]])
    grid = torch.linspace(-7.0, 7.0, 401).double()
    cell = (grid[1] - grid[0]).item() ** 2
    by_dim = Normal(mean.double(), torch.exp(0.5 * log_var.double())).log_prob(grid[:, None, None])  # (grid, kind, D)
    together = (by_dim[:, None, :, 0] + by_dim[None, :, :, 1]).movedim(2, 0)  # (kind, grid, grid)
    log_q, alone = torch.logsumexp(together, dim=0) - math.log(4), torch.logsumexp(by_dim, dim=1) - math.log(4)
    information = float((together.exp() * (together - log_q)).sum()) * cell / 4
    correlation = float((log_q.exp() * (log_q - alone[:, None, 0] - alone[None, :, 1])).sum()) * cell
    dimension_wise = float(torch.trapezoid(alone.exp() * (alone - PRIOR.log_prob(grid)[:, None]), grid, dim=0).sum())
    assert 0.2 < correlation < information < math.log(4)
    kl = Posterior(mean, log_var).kl()
    assert information + correlation + dimension_wise == pytest.approx(kl.sum(dim=1).mean().item(), abs=1e-5)

    posterior, total, found = Posterior(mean.repeat(128, 1), log_var.repeat(128, 1)), 100_000, []
    objective = BetaTCVAE(ObjectiveConfig(name="beta_tcvae", beta=6.0), torch.zeros(1), torch.ones(1), total).eval()
    for seed in range(16):
        z = posterior.sample(noise(seed))
        penalty, _ = objective.penalty(kl.mean(dim=0), posterior, z, LATE)
        found.append([*parts_of(decompose(z, posterior, total)), penalty.item()])
    assert np.mean(found, axis=0)[:3] == pytest.approx([information, correlation, dimension_wise], abs=0.03)
    assert np.mean(found, axis=0)[3] == pytest.approx(information + 6.0 * correlation + dimension_wise, abs=0.15)


def test_stratified_weights_are_unbiased_and_their_logarithm_is_not() -> None:
    """One code of each of five pictures, and all batches of three that hold its picture, in every order."""
    posterior = Posterior(torch.linspace(-1.5, 1.5, 5)[:, None], torch.full((5, 1), -1.0))
    density = Normal(posterior.mean.T, torch.exp(0.5 * posterior.log_var).T).log_prob(posterior.sample(noise())).exp()
    weights = log_weights(3, 5).exp()
    for own in range(5):
        for row in range(3):
            batches = [torch.tensor(batch) for batch in permutations(range(5), 3) if batch[row] == own]
            found = torch.stack([(weights[row] * density[own, batch]).sum() for batch in batches])
            assert found.mean().item() == pytest.approx(density[own].mean().item(), rel=1e-5)
            assert found.log().mean() < density[own].mean().log() - 0.01


class Ratio(Discriminator):
    """The best discriminator of two correlated dimensions; with `off` its logit is that much wrong."""

    def __init__(self) -> None:
        super().__init__(latent_dim=2, units=1)
        self.joint = MultivariateNormal(torch.zeros(2), COVARIANCE)
        self.off = nn.Parameter(torch.zeros(3))

    def forward(self, z: Tensor) -> Tensor:
        wrong = self.off[0] + self.off[1] * z[:, 0] * z[:, 1] + self.off[2] * z[:, 0].square()
        apart = Normal(0.0, 1.0).log_prob(z).sum(dim=1)
        return torch.stack([self.joint.log_prob(z) + wrong, apart], dim=1)


@pytest.fixture
def factor() -> FactorVAE:
    config = ObjectiveConfig(name="factor_vae", discriminator_units=4)
    objective = FactorVAE(config, torch.zeros(1), torch.ones(1), latent_dim=2)
    objective.discriminator = Ratio()
    return objective


def test_the_best_logit_is_the_density_ratio(factor: FactorVAE) -> None:
    """Four codes with exactly the covariance stand for all: the logarithm of the ratio is quadratic."""
    z = math.sqrt(2.0) * torch.cat([CHOLESKY.T, -CHOLESKY.T])
    _, said = factor.penalty(torch.zeros(2), Posterior(z, torch.zeros_like(z)), z, LATE)
    assert said is not None
    assert said.item() == pytest.approx(-0.5 * math.log(1.0 - CORRELATION**2), abs=1e-5)


def test_the_discriminator_is_best_at_the_density_ratio(factor: FactorVAE) -> None:
    count = 100_000
    z = torch.randn(count, 2, generator=noise()) @ CHOLESKY.T
    shuffled = shuffle_dimensions(z, noise(1))
    loss = factor.adversary.loss(z, shuffled)
    grid = torch.linspace(-7.0, 7.0, 351)
    points = torch.cartesian_prod(grid, grid).double()
    joint = MultivariateNormal(torch.zeros(2).double(), COVARIANCE.double())
    log_q, log_apart = joint.log_prob(points), PRIOR.log_prob(points).sum(dim=1)
    middle = torch.logaddexp(log_q, log_apart) - math.log(2.0)
    cell = (grid[1] - grid[0]).item() ** 2
    divergence = 0.5 * cell * float((log_q.exp() * (log_q - middle) + log_apart.exp() * (log_apart - middle)).sum())
    assert loss.item() == pytest.approx(math.log(2.0) - divergence, abs=0.005)
    off = factor.discriminator.off
    assert isinstance(off, nn.Parameter)
    loss.backward()
    assert off.grad is not None
    assert off.grad.abs().max().item() < 0.01
    for place in range(3):
        for wrong in (-0.3, 0.3):
            with torch.no_grad():
                off.zero_()[place] = wrong
                assert factor.adversary.loss(z, shuffled) > loss + 0.001


def test_turned_axes_keep_the_pictures_and_lower_the_kl() -> None:
    torch.manual_seed(0)
    config = ModelConfig(name="mlp_vae", latent_dim=3, hidden_units=16, hidden_layers=1)
    model = MLPVAE(config, LatentSpec(3, (1, 4, 4)), "gaussian").eval()
    with torch.no_grad():
        model.to_mean.weight *= 4.0
        model.to_mean.bias += torch.tensor([2.0, -1.0, 0.5])
        model.to_log_var.weight.zero_()
        model.to_log_var.bias.copy_(torch.tensor([-3.0, -1.0, -2.0]))
    images = np.random.default_rng(0).integers(0, 256, (800, 4, 4, 1), np.uint8)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0

    def look() -> tuple[Tensor, Tensor, Tensor, float]:
        with torch.no_grad():
            posterior = model.encode(x)
            shown = model.decode_raw(posterior.mean)
        return posterior.mean.double(), posterior.log_var[0].double().exp(), shown, posterior.kl().mean(dim=0).sum().item()

    mean, variance, shown, before = look()
    sigma = torch.diag(variance)
    spread = torch.cov(mean.T, correction=0) + sigma

    def average(to_new: Tensor, shift: Tensor) -> float:
        """The KL term of the codes to_new (z - shift), averaged over the pictures."""
        off = to_new @ (mean.mean(dim=0) - shift)
        turned = torch.trace(to_new @ spread @ to_new.T) + off.square().sum()
        return 0.5 * float(turned - 3.0 - torch.logdet(to_new @ sigma @ to_new.T))

    assert before == pytest.approx(average(torch.eye(3).double(), torch.zeros(3).double()), abs=1e-4)
    whiten(model, choose("cpu", "fp32"), images, np.arange(len(images)))
    new_mean, new_variance, shown_again, after = look()
    torch.testing.assert_close(shown_again, shown, atol=1e-4, rtol=1e-4)
    least = 0.5 * float(torch.logdet(spread) - torch.logdet(sigma))
    assert after == pytest.approx(least, abs=0.005)  # the program divides by N - 1
    assert after < 0.8 * before
    to_new = torch.linalg.lstsq(mean - mean.mean(dim=0), new_mean - new_mean.mean(dim=0)).solution.T
    torch.testing.assert_close(to_new @ sigma @ to_new.T, torch.diag(new_variance), atol=1e-4, rtol=1e-3)  # the same noise
    cost = 0.5 * torch.linalg.eigvalsh(spread / torch.outer(variance, variance).sqrt()).flip(0).log()
    torch.testing.assert_close(-0.5 * new_variance.log(), cost, atol=0.005, rtol=0.0)
    generator = noise(2)
    for _ in range(100):
        other = (torch.eye(3) + 0.2 * torch.randn(3, 3, generator=generator)).double() @ to_new
        if torch.det(other) * torch.det(to_new) > 0:
            assert average(other, mean.mean(dim=0)) > least


FOUR = Mixture(torch.tensor([[1.2], [-1.0], [2.5], [-2.6]]), torch.tensor([[-1.0], [-1.6], [-2.2], [-1.0]]))  # of pictures


def log_posteriors() -> Tensor:
    """log q(z|x_k) of those four, (4, GRID)."""
    return Normal(FOUR.mean.double(), torch.exp(0.5 * FOUR.log_var.double())).log_prob(GRID)


def test_the_best_prior_is_the_mean_of_the_posteriors() -> None:
    each = log_posteriors()
    log_q = torch.logsumexp(each, dim=0) - math.log(4)
    information = sum(integral(own.exp() * (own - log_q)) for own in each) / 4

    def mean_kl(prior: Mixture) -> float:
        log_p = prior.log_density(GRID.float()[:, None]).double()
        return sum(integral(own.exp() * (own - log_p)) for own in each) / 4

    best = mean_kl(FOUR)
    assert best == pytest.approx(information, abs=1e-4)
    assert 0.5 < best < math.log(4)
    others = [
        Mixture(torch.zeros(1, 1), torch.zeros(1, 1)),
        Mixture(FOUR.mean[:3], FOUR.log_var[:3]),
        *(
            Mixture(FOUR.mean + shift, FOUR.log_var + wider)
            for shift in (-0.2, 0.0, 0.2)
            for wider in (-0.3, 0.0, 0.3)
            if shift or wider
        ),
    ]
    for other in others:
        log_p = other.log_density(GRID.float()[:, None]).double()
        gap = integral(log_q.exp() * (log_q - log_p))
        assert gap > 0.005
        assert mean_kl(other) == pytest.approx(best + gap, abs=1e-3)


def test_the_kl_from_a_mixture_is_estimated_at_the_code() -> None:
    count, own = 100_000, Posterior(torch.tensor([[0.8]]), torch.tensor([[-0.7]]))
    log_own = Normal(own.mean.double(), torch.exp(0.5 * own.log_var.double())).log_prob(GRID)[0]
    exact = integral(log_own.exp() * (log_own - (torch.logsumexp(log_posteriors(), dim=0) - math.log(4))))
    many = Posterior(own.mean.expand(count, 1), own.log_var.expand(count, 1))
    kl, _ = FOUR.kl(many, many.sample(noise(3)))
    error = 5.0 * kl.std().item() / math.sqrt(count)
    assert kl.mean().item() == pytest.approx(exact, abs=error)
    assert kl.clamp_min(0.0).mean().item() > exact + error
