"""Every formula of docs/theory.md on sparse coding: the program on one side, autograd and other minimisers on the other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from core.families.sc_vae.dictionary import SQUARINGS, largest_square, objective, soft, sparse_codes


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


ATOMS = F.normalize(drawn(12, 5), dim=1)
X = drawn(7, 5, seed=1)
THRESHOLD = 0.3


def test_a_step_minimises_the_majorant_and_lowers_the_objective() -> None:
    c = float(torch.linalg.eigvalsh(ATOMS.T @ ATOMS)[-1]) * 1.01
    before = sparse_codes(X, ATOMS, THRESHOLD, 3, c).requires_grad_()
    smooth = ((X - before @ ATOMS).square().sum(dim=1) / 2.0).sum()
    (gradient,) = torch.autograd.grad(smooth, before)
    np.testing.assert_allclose(gradient, (before.detach() @ ATOMS - X) @ ATOMS.T, atol=1e-12)

    def majorant(z: Tensor) -> Tensor:
        away, start = z - before.detach(), (X - before.detach() @ ATOMS).square().sum(dim=1) / 2.0
        return start + (gradient * away).sum(dim=1) + c / 2.0 * away.square().sum(dim=1) + THRESHOLD * z.abs().sum(dim=1)

    after = sparse_codes(X, ATOMS, THRESHOLD, 4, c)
    np.testing.assert_allclose(after, soft(before.detach() - gradient / c, THRESHOLD / c), atol=1e-12)
    for seed in range(20):
        elsewhere = after + 0.1 * drawn(7, 12, seed=seed)
        assert bool((majorant(after) < majorant(elsewhere)).all())
        assert bool((objective(X, ATOMS, elsewhere, THRESHOLD) <= majorant(elsewhere) + 1e-12).all())
    begun = before.detach()
    np.testing.assert_allclose(majorant(begun), objective(X, ATOMS, begun, THRESHOLD), atol=1e-12)
    assert bool((objective(X, ATOMS, after, THRESHOLD) < objective(X, ATOMS, begun, THRESHOLD)).all())


def test_the_bound_lies_between_the_eigenvalue_and_its_multiple() -> None:
    for seed in range(5):
        atoms = F.normalize(drawn(40, 24, seed=seed), dim=1)
        eigenvalues = torch.linalg.eigvalsh(atoms.T @ atoms)
        largest, power = float(eigenvalues[-1]), 2.0**SQUARINGS
        by_trace = largest * float(((eigenvalues / largest) ** power).sum()) ** (1.0 / power)
        assert float(largest_square(atoms)) == pytest.approx(by_trace, rel=1e-5)
        assert largest <= by_trace <= 24 ** (1.0 / power) * largest
    assert 1000.0 ** (1.0 / power) < 1.002


def test_at_the_minimum_no_atom_exceeds_the_threshold() -> None:
    codes = sparse_codes(X, ATOMS, THRESHOLD, 20_000)
    left = (X - codes @ ATOMS) @ ATOMS.T
    assert float(left.abs().max()) <= THRESHOLD + 1e-6
    used = codes != 0
    np.testing.assert_allclose(left[used], THRESHOLD * torch.sign(codes[used]), atol=1e-5)
    assert 0 < int(used.sum()) < used.numel()
    random = (drawn(100_000, 5, seed=2) @ ATOMS[0]).var()
    assert float(random) == pytest.approx(1.0, abs=0.02)


def test_longer_atoms_make_sparsity_cheaper() -> None:
    codes = sparse_codes(X, ATOMS, THRESHOLD, 5000)
    for length in (2.0, 10.0):
        same = objective(X, length * ATOMS, codes / length, THRESHOLD)
        cheaper = objective(X, ATOMS, codes, THRESHOLD / length)
        np.testing.assert_allclose(same, cheaper, atol=1e-12)
        assert bool((same < objective(X, ATOMS, codes, THRESHOLD)).all())
