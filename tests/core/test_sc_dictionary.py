"""Sparse coding over a dictionary: each well-known mistake of such programs, and what it has to equal."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso
from torch import Tensor
from torch.nn import functional as F

from core.families.sc_vae.dictionary import Dictionary, largest_square, objective, soft, sparse_codes

SIZES = [(128, 64), (64, 64), (24, 48), (2, 1), (7, 300)]


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def unit_atoms(size: int = 128, dim: int = 64, seed: int = 0) -> Tensor:
    return F.normalize(torch.randn((size, dim), generator=drawn(seed)), dim=1)


def vectors(count: int = 32, dim: int = 64, seed: int = 1) -> Tensor:
    return torch.randn((count, dim), generator=drawn(seed))


def objectives(atoms: Tensor, square: float | None, steps: int, threshold: float = 0.5) -> list[float]:
    """The mean objective after 0, 1, 2... steps."""
    x = vectors(dim=atoms.shape[1])
    codes = [torch.zeros(len(x), len(atoms)), *(sparse_codes(x, atoms, threshold, n, square) for n in range(1, steps + 1))]
    return [float(objective(x, atoms, z, threshold).mean()) for z in codes]


@pytest.mark.parametrize(("size", "dim"), SIZES)
def test_the_step_is_never_too_long(size: int, dim: int) -> None:
    for seed in range(5):
        atoms = unit_atoms(size, dim, seed)
        exact = float(torch.linalg.matrix_norm(atoms.double(), 2)) ** 2
        assert exact * (1.0 - 1e-6) <= float(largest_square(atoms)) <= 1.003 * exact


def test_the_step_fits_atoms_that_are_all_the_same_and_atoms_of_any_length() -> None:
    same = unit_atoms(1).expand(100, -1)
    assert float(largest_square(same)) == pytest.approx(100.0, rel=3e-3)
    for length in (1e-4, 1e4):
        assert float(largest_square(length * same)) == pytest.approx(100.0 * length**2, rel=3e-3)
    assert not largest_square(same.clone().requires_grad_()).requires_grad


def test_each_step_of_ista_lowers_the_objective() -> None:
    for seed in range(3):
        found = objectives(unit_atoms(seed=seed), None, 30)
        assert all(after <= before + 1e-5 for before, after in pairwise(found))
        assert found[-1] < 0.8 * found[0]


def test_a_step_that_is_too_long_diverges() -> None:
    """So the test before could fail: a third of ||D||^2 isn't enough."""
    atoms = unit_atoms()
    found = objectives(atoms, 0.3 * float(largest_square(atoms)), 30)
    assert found[-1] > 1e3 * found[0]


def test_one_step_over_orthonormal_atoms_is_the_exact_code() -> None:
    """Also the first step is divided by c: the published code leaves that out, which is wrong where there are few steps."""
    atoms = torch.linalg.qr(torch.randn((48, 48), generator=drawn()))[0].T
    x = vectors(dim=48)
    np.testing.assert_allclose(sparse_codes(x, atoms, 0.4, 1, 1.0), soft(x @ atoms.T, 0.4), atol=1e-6)
    np.testing.assert_allclose(sparse_codes(x, atoms, 0.4, 16), soft(x @ atoms.T, 0.4), atol=1e-5)
    twice = sparse_codes(x, atoms, 0.4, 1, 2.0)
    np.testing.assert_allclose(twice, soft(x @ atoms.T / 2.0, 0.2), atol=1e-6)


def test_long_ista_equals_the_lasso_of_scikit_learn() -> None:
    """Whose objective is divided by the number of dimensions: alpha = lambda / D."""
    atoms, x, threshold = unit_atoms(40, 20).double(), vectors(6, 20).double(), 0.3
    codes = sparse_codes(x, atoms, threshold, 5000)
    for row in range(len(x)):
        lasso = Lasso(alpha=threshold / 20, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(atoms.T.numpy(), x[row].numpy())
        np.testing.assert_allclose(codes[row], lasso.coef_, atol=1e-5)
        assert 0 < np.count_nonzero(lasso.coef_) < 40


def test_a_higher_threshold_leaves_fewer_coefficients() -> None:
    atoms, x = unit_atoms(), vectors()
    counts = [int((sparse_codes(x, atoms, threshold, 50) != 0).sum()) for threshold in (0.0, 0.2, 0.5, 1.0, 2.0, 20.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0.99 * 128 * 32
    assert counts[-1] == 0


def test_atoms_are_of_length_one_again_after_renormalising() -> None:
    dictionary = Dictionary(30, 12)
    np.testing.assert_allclose(dictionary.atoms.detach().norm(dim=1), 1.0, atol=1e-6)
    before = dictionary.atoms.detach().clone()
    with torch.no_grad():
        dictionary.atoms.mul_(torch.linspace(0.2, 7.0, 30)[:, None])
    dictionary.renormalise()
    np.testing.assert_allclose(dictionary.atoms.detach(), before, atol=1e-6)


def test_codes_teach_encoder_and_atoms() -> None:
    dictionary = Dictionary(30, 12)
    x = vectors(8, 12).requires_grad_()
    codes = dictionary(x, 0.5, 8)
    F.mse_loss(dictionary.synthesis(codes), torch.zeros(8, 12)).backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0.0
    used = (codes.detach() != 0).any(dim=0)
    assert dictionary.atoms.grad is not None
    assert bool((dictionary.atoms.grad.abs().sum(dim=1) > 0)[used].all())


def test_codes_are_exact_where_the_rest_computes_in_half_precision() -> None:
    dictionary, x = Dictionary(30, 12), vectors(8, 12)
    exact = dictionary(x, 0.5, 8)
    with torch.autocast("cpu", torch.bfloat16):
        codes = dictionary(x, 0.5, 8)
        assert dictionary.synthesis(codes).dtype == torch.float32
    assert codes.dtype == torch.float32
    np.testing.assert_array_equal(codes.detach(), exact.detach())
