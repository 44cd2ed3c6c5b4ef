"""Every formula of docs/theory.md on the bound and its terms: the program on one side, quadrature or a closed form on the other."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.mlp_vae import MLPVAE
from core.families.vae.objectives import reconstruction
from core.families.vae.objectives.beta_vae import BetaVAE
from core.families.vae.objectives.capacity_vae import CapacityVAE
from core.families.vae.objectives.registry import create
from core.families.vae.settings import ModelConfig, ObjectiveConfig
from core.metrics.log_likelihood import log_likelihood
from tests.helpers.closed_forms import (
    GRID,
    LATE,
    MEAN,
    PRIOR,
    STD,
    VARIANCE,
    Linear,
    OnePicture,
    integral,
    kl_by_hand,
    noise,
    plain,
)

ROOT = Path(__file__).parents[2]
FAR = 5.0  # standard errors that a mean of random numbers may lie off


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_elbo_and_gap_add_up_to_log_p(likelihood: str) -> None:
    one = OnePicture(likelihood)
    elbo = -one.under_q(one.said) - float(one.posterior.kl().sum())
    gap = one.under_q(one.log_q - (one.log_joint - one.log_p))  # KL(q(z|x) || p(z|x))
    assert gap > 0.1
    assert elbo + gap == pytest.approx(one.log_p, abs=1e-4)
    assert elbo == pytest.approx(one.under_q(one.log_joint - one.log_q), abs=1e-4)  # Jensen's side: the mean of log w
    count = 20_000
    posterior = Posterior(one.posterior.mean.expand(count, 1), one.posterior.log_var.expand(count, 1))
    z = posterior.sample(noise())
    with torch.no_grad():
        decoded = one.model.decode_raw(z)
        terms = one.objective(one.copies(count), decoded, posterior, z, LATE)
        spread = one.objective.negative_log_likelihood(one.copies(count), decoded).std() / math.sqrt(count)
    assert -terms.loss.item() == pytest.approx(elbo, abs=FAR * spread.item())


def test_the_true_posterior_closes_the_gap() -> None:
    case = Linear()
    covariance = torch.outer(case.weight, case.weight) + VARIANCE * torch.eye(4)
    log_p = float(MultivariateNormal(torch.zeros(4).double(), covariance.double()).log_prob(case.y.double()))
    mean, variance = (torch.tensor([value]) for value in case.best(beta=1.0))
    assert -case.loss(plain(), mean, variance).item() == pytest.approx(log_p, abs=1e-5)
    other_mean, other_variance = mean + 0.3, 2.0 * variance
    gap = kl_divergence(Normal(other_mean, other_variance.sqrt()), Normal(mean, variance.sqrt())).item()
    assert -case.loss(plain(), other_mean, other_variance).item() == pytest.approx(log_p - gap, abs=1e-5)


def test_codes_made_of_noise_follow_the_posterior() -> None:
    mean, log_var = torch.tensor([0.0, -2.0, 1.5]).double(), torch.tensor([0.0, -3.0, 1.2]).double()
    epsilon = torch.linspace(-4.0, 4.0, 81).double()[:, None].expand(-1, 3)
    posterior = Posterior(mean.expand(81, 3), log_var.expand(81, 3))
    torch.testing.assert_close(Normal(mean, torch.exp(0.5 * log_var)).cdf(posterior.at(epsilon)), PRIOR.cdf(epsilon))
    drawn = torch.randn(81, 3, generator=noise(4), dtype=torch.float64)
    assert torch.equal(posterior.sample(noise(4)), posterior.at(drawn))


def test_the_gradient_goes_through_the_noise() -> None:
    """Of the mean of sin z, which is exp(-variance / 2) sin(mean); Gauss-Hermite points stand for all noise."""
    nodes, weights = (torch.from_numpy(column) for column in np.polynomial.hermite_e.hermegauss(40))
    weights = weights / weights.sum()
    mean, log_var = torch.tensor(0.5).double().requires_grad_(), torch.tensor(0.25).double().log().requires_grad_()
    z = Posterior(mean.expand(40, 1), log_var.expand(40, 1)).at(nodes[:, None]).squeeze(1)
    (weights * z.sin()).sum().backward()
    assert mean.grad is not None
    assert log_var.grad is not None
    damping = math.exp(-0.125)
    assert mean.grad.item() == pytest.approx(math.cos(0.5) * damping, abs=1e-10)
    assert log_var.grad.item() == pytest.approx(-0.125 * math.sin(0.5) * damping, abs=1e-10)
    z = z.detach()
    variances = []
    for sample in (z.cos(), z.sin() * (z - 0.5) / 0.25):  # through the noise, and the score function's
        expected = (weights * sample).sum()
        assert expected.item() == pytest.approx(mean.grad.item(), abs=1e-10)
        variances.append((weights * (sample - expected).square()).sum().item())
    assert variances[1] / variances[0] == pytest.approx(21.9, abs=0.1)


def test_kl_in_closed_form() -> None:
    mean, log_var = torch.tensor([[0.0, 1.5, -2.0]]).double(), torch.tensor([[0.0, -3.0, 1.2]]).double()
    said = Posterior(mean, log_var).kl()[0]
    for dim in range(3):
        log_q = Normal(mean[0, dim], torch.exp(0.5 * log_var[0, dim])).log_prob(GRID)
        assert said[dim].item() == pytest.approx(integral(log_q.exp() * (log_q - PRIOR.log_prob(GRID))), abs=1e-7)


def test_gaussian_pixels_are_a_density_of_x() -> None:
    mean, std = torch.tensor([0.3, 0.5, 0.6]), torch.tensor([0.15, 0.25, 0.2])
    config = ModelConfig(name="mlp_vae", latent_dim=1, hidden_units=4, hidden_layers=1)
    model = MLPVAE(config, LatentSpec(1, (3, 2, 2)), "gaussian")
    model.set_standardisation(mean, std)
    x, decoded = torch.rand(1, 3, 2, 2, generator=noise(1)), torch.randn(1, 3, 2, 2, generator=noise(2))
    said = create(ObjectiveConfig(fixed_variance=VARIANCE), model).negative_log_likelihood(x, decoded)
    jacobian = torch.autograd.functional.jacobian(model.standardise, x).view(12, 12)
    log_standard = Normal(decoded, math.sqrt(VARIANCE)).log_prob(model.standardise(x)).sum()
    log_density = log_standard + torch.linalg.slogdet(jacobian).logabsdet
    assert said.item() == pytest.approx(-log_density.item(), rel=1e-5)
    pixels = torch.linspace(-3.0, 4.0, 4001)
    one = BetaVAE(ObjectiveConfig(fixed_variance=VARIANCE), torch.tensor([MEAN]), torch.tensor([STD]))
    nats = one.negative_log_likelihood(pixels.view(-1, 1, 1, 1), torch.full((4001, 1, 1, 1), 0.7))
    assert integral(nats.neg().exp(), pixels) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("logit", [-3.0, -0.5, 0.2, 2.0])
def test_bernoulli_pixels_are_no_density_of_grey(logit: float) -> None:
    pixels = torch.linspace(0.0, 1.0, 1001)
    said = reconstruction.bernoulli(pixels.view(-1, 1, 1, 1), torch.full((1001, 1, 1, 1), logit)).neg().exp()
    white = 1.0 / (1.0 + math.exp(-logit))
    assert said[-1].item() == pytest.approx(white, abs=1e-6)
    assert (said[0] + said[-1]).item() == pytest.approx(1.0, abs=1e-6)
    assert integral(said, pixels) == pytest.approx((2.0 * white - 1.0) / logit, abs=1e-5)
    assert integral(said, pixels) < 0.5


def test_the_optimal_variance_is_the_mean_squared_error() -> None:
    y, decoded = torch.rand(4, 3, 2, 2, generator=noise(1)), torch.randn(4, 3, 2, 2, generator=noise(2)).requires_grad_()
    squared = (y - decoded).square().sum(dim=(1, 2, 3)).detach().double()
    mse = squared.mean().item() / 12
    optimal = BetaVAE(ObjectiveConfig(variance="optimal"), torch.zeros(3), torch.ones(3)).train()
    said = optimal.negative_log_likelihood(y, decoded).mean()
    assert said.item() == pytest.approx(6.0 * (1.0 + math.log(2.0 * math.pi * mse)), rel=1e-5)

    def by_log_variance(log_variance: Tensor) -> Tensor:
        return reconstruction.gaussian(squared, log_variance, torch.ones(3).double(), 4).mean()

    at = torch.tensor(math.log(mse)).double().requires_grad_()
    (slope,) = torch.autograd.grad(by_log_variance(at), at)
    assert slope.item() == pytest.approx(0.0, abs=1e-5)
    assert torch.autograd.functional.hessian(by_log_variance, at.detach()).item() == pytest.approx(6.0, rel=1e-5)
    fixed = BetaVAE(ObjectiveConfig(fixed_variance=mse), torch.zeros(3), torch.ones(3))
    (through,) = torch.autograd.grad(said, decoded)
    (held,) = torch.autograd.grad(fixed.negative_log_likelihood(y, decoded).mean(), decoded)
    torch.testing.assert_close(through, held, rtol=1e-4, atol=1e-6)


def told(share: float, variance: float, numbers: int = 1000) -> float:
    """w^2, divided by n, of the best linear encoder and decoder of a component with that share of the whole variance n."""
    size = share * numbers
    y = math.sqrt(size) * torch.tensor([[1.0], [1.0], [-1.0], [-1.0]], dtype=torch.float64)  # its mean square is exact
    epsilon = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]], dtype=torch.float64)
    w, a, log_var = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (5.0, 0.02, -0.5))
    optimizer = torch.optim.LBFGS([w, a, log_var], max_iter=500, line_search_fn="strong_wolfe", tolerance_change=1e-14)

    def loss() -> Tensor:
        posterior = Posterior(a * y, log_var.expand_as(y))
        squares = (y - w * posterior.at(epsilon)).square().sum(dim=1)
        said = reconstruction.gaussian(squares, torch.tensor(math.log(variance * numbers)), torch.ones(1), numbers)
        return said.mean() + posterior.kl().sum(dim=1).mean()

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)  # type: ignore[arg-type]
    return float(w.detach().square()) / numbers


@pytest.mark.parametrize("share", [0.05, 0.3, 0.45, 0.7])
def test_a_mean_of_squared_errors_tells_one_component_at_most(share: float) -> None:
    assert told(share, 0.5) == pytest.approx(max(0.0, share - 0.5), abs=1e-3)  # n / 2: two components can't both exceed half
    assert told(share, 0.01) == pytest.approx(share - 0.01, abs=1e-3)


@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0])
def test_beta_is_the_multiplier_of_the_constraint(beta: float) -> None:
    case = Linear()
    mean, variance = (torch.tensor([value]).requires_grad_() for value in case.best(beta))
    loss = case.loss(plain(beta=beta), mean, variance)
    for slope in torch.autograd.grad(loss, (mean, variance)):
        assert slope.item() == pytest.approx(0.0, abs=2e-5)  # the gradients of R and beta K are opposite

    def both(price: float) -> tuple[Tensor, Tensor]:
        at = [torch.tensor(value, dtype=torch.float64) for value in case.best(price)]
        return case.reconstruction(*at), kl_by_hand(*at)

    least, capacity = both(beta)
    assert loss.item() == pytest.approx((least + beta * capacity).item(), rel=1e-5)
    means, variances = torch.meshgrid(torch.linspace(-2, 2, 401), torch.linspace(0.02, 2, 400), indexing="ij")
    allowed = kl_by_hand(means, variances) <= capacity
    assert allowed.sum() > 100
    found = case.reconstruction(means, variances)[allowed].min() - least  # no other q within the constraint does better
    assert -1e-9 < found < 0.05
    (above, dear), (below, cheap) = both(beta * 1.001), both(beta * 0.999)
    assert ((above - below) / (dear - cheap)).item() == pytest.approx(-beta, rel=1e-4)  # the price of a nat


def test_beta_and_the_variance_are_one_scale() -> None:
    case, scale = Linear(), 0.37
    mean, variance = torch.tensor([0.6]).requires_grad_(), torch.tensor([0.3]).requires_grad_()
    narrow = torch.autograd.grad(case.loss(plain(fixed_variance=scale), mean, variance), (mean, variance))
    wide = torch.autograd.grad(case.loss(plain(fixed_variance=1.0, beta=scale), mean, variance), (mean, variance))
    for first, second in zip(narrow, wide, strict=True):
        torch.testing.assert_close(scale * first, second)


def test_a_capacity_wants_a_weight_above_the_multiplier() -> None:
    case, beta = Linear(), 2.0
    best = [torch.tensor([value]) for value in case.best(beta)]
    capacity = kl_by_hand(*best).item()

    def least(weight: float) -> tuple[float, float]:
        """The loss at the constrained optimum, and the least of many other q."""
        objective = plain(CapacityVAE, capacity=capacity, capacity_weight=weight)
        others = [case.best(price) for price in torch.logspace(-0.7, 1.3, 60).tolist()]
        near = [(best[0].item() + a, best[1].item() * math.exp(b)) for a in (-0.1, 0.0, 0.1) for b in (-0.2, 0.0, 0.2) if a or b]
        losses = [case.loss(objective, torch.tensor([m]), torch.tensor([v])).item() for m, v in [*others, *near]]
        return case.loss(objective, *best).item(), min(losses)

    at, elsewhere = least(1.5 * beta)
    assert at < elsewhere
    at, elsewhere = least(0.7 * beta)
    assert elsewhere < at - 0.01


def test_more_importance_samples_bring_the_bound_nearer() -> None:
    one, count = OnePicture("gaussian"), 20_000
    log_weight = one.log_joint - one.log_q
    some = slice(None, None, 8)  # of the grid: enough for the integral over two codes
    pairs = torch.logaddexp(log_weight[some, None], log_weight[None, some]) - math.log(2.0)
    density = one.log_q[some].exp()
    inner = torch.trapezoid(pairs * density, GRID[some], dim=1)
    exact = {1: one.under_q(log_weight), 2: integral(density * inner, GRID[some])}
    assert exact[1] + 0.05 < exact[2] < one.log_p - 0.05
    for samples, known in exact.items():
        found = log_likelihood(one.model, one.objective, one.copies(count), samples, noise())
        assert found.mean() == pytest.approx(known, abs=FAR * found.std() / math.sqrt(count))
    many = log_likelihood(one.model, one.objective, one.copies(2000), 100, noise())
    assert exact[2] < many.mean() < one.log_p + FAR * many.std() / math.sqrt(2000)
    weights = np.exp(log_likelihood(one.model, one.objective, one.copies(count), 10, noise(1)) - one.log_p)
    assert weights.mean() == pytest.approx(1.0, abs=FAR * weights.std() / math.sqrt(count))  # the mean weight is p(x)


def functions(file: Path) -> dict[str, str]:
    """The source of each function and method, by its name with its class's before it."""
    text, found = file.read_text(encoding="utf-8"), {}
    for node in ast.parse(text).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        before = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for part in inner:
            if isinstance(part, ast.FunctionDef):
                found[before + part.name] = ast.get_source_segment(text, part) or ""
    return found


POINTER = re.compile(r"^Code \[`(?P<file>\S+\.py): (?P<name>[\w.]+)`\]\(\.\./(?P<link>\S+)\): `(?P<line>[^`]+)`", re.MULTILINE)
OWN = "test_every_pointer_in_theory_names_what_exists"


def test_every_pointer_in_theory_names_what_exists() -> None:
    text = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    sections = text.split("\n## ")[1:]
    assert len(sections) == 18
    for section in sections:
        title = section.splitlines()[0]
        assert POINTER.search(section), title
        assert re.search(r"^Tests? `test_\w+`", section, re.MULTILINE), title
    pointers = list(POINTER.finditer(text))
    assert len(pointers) == text.count("\nCode ")
    for pointer in pointers:
        assert pointer["link"] == pointer["file"]
        source = functions(ROOT / pointer["file"])
        assert pointer["name"] in source, pointer[0]
        assert pointer["line"] in [line.strip() for line in source[pointer["name"]].splitlines()], pointer[0]
    names = [name for file in Path(__file__).parent.glob("test_theory*.py") for name in functions(file)]
    assert set(re.findall(r"`(test_\w+)`", text)) == {name for name in names if name.startswith("test_")} - {OWN}
