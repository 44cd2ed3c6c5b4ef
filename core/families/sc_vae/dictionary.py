"""A learned dictionary, and sparse coding over it: the unrolled iterations of ISTA, whose step can't diverge.

Xiao et al., "SC-VAE: Sparse Coding-based Variational Autoencoder with Learned ISTA", 2023 (arXiv 2303.16666), after
Daubechies, Defrise and De Mol 2004 (ISTA) and Gregor and LeCun 2010 (its iterations as layers).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SQUARINGS = 12  # of a matrix, for the bound of its largest eigenvalue: it is then at most 0.2 % too large for 1,000 dimensions


def soft(values: Tensor, threshold: float) -> Tensor:
    """Each value moved towards 0 by a threshold, and 0 where it is no larger: the proximal map of threshold * |.|_1."""
    return F.softshrink(values, threshold)


def largest_square(atoms: Tensor) -> Tensor:
    """A bound of ||D||^2, the largest eigenvalue of D D^T, from above: never too small, so that no step of ISTA diverges.

    The power iteration's estimate grows towards the eigenvalue from below, a step that is too long until it is there. This
    is its counterpart from above: for a positive semidefinite matrix G of n rows, largest^p <= trace(G^p) <= n largest^p,
    so the p-th root of that trace is at most n^(1/p) times too large, with p = 2^SQUARINGS.

    Args:
        atoms: (K, D), an atom in each row.

    Returns:
        A scalar, float32 without a gradient.
    """
    atoms = atoms.detach().float()
    power = atoms.T @ atoms if atoms.shape[0] > atoms.shape[1] else atoms @ atoms.T
    log_scale = power.new_zeros(())
    for squaring in range(SQUARINGS):
        trace = power.diagonal().sum()  # at least its largest eigenvalue: so nothing overflows, and some eigenvalue stays above 1/n
        log_scale = log_scale + trace.log() * 2.0**-squaring
        power = power / trace
        power = power @ power
    return torch.exp(log_scale + power.diagonal().sum().log() * 2.0**-SQUARINGS)


def objective(vectors: Tensor, atoms: Tensor, codes: Tensor, threshold: float) -> Tensor:
    """What sparse coding minimises, of each vector: |x - z D|^2 / 2 + threshold * |z|_1.

    Args:
        vectors: (N, D).
        atoms: (K, D), an atom in each row.
        codes: (N, K).
        threshold: lambda, at least 0.

    Returns:
        (N,).
    """
    return (vectors - codes @ atoms).square().sum(dim=1) / 2.0 + threshold * codes.abs().sum(dim=1)


def sparse_codes(vectors: Tensor, atoms: Tensor, threshold: float, steps: int, square: float | None = None) -> Tensor:
    """So many steps of ISTA from 0: each goes along the gradient of the squared error and then shrinks.

    z <- soft(z + (x - z D) D^T / c, lambda / c), written with y = x D^T and S = 1 - D D^T / c as layers of a network. The
    first of them is soft(y / c, lambda / c), as it follows from z = 0; the published code leaves out its division by c.

    Args:
        vectors: x, (N, D).
        atoms: D, (K, D), an atom in each row.
        threshold: lambda, at least 0.
        steps: at least 1.
        square: c, at least ||D||^2; None: `largest_square` of the atoms.

    Returns:
        z, (N, K): each step's objective is at most that of the step before.
    """
    c = float(largest_square(atoms)) if square is None else square
    shrinkage = threshold / c
    begun = vectors @ atoms.T / c
    kept = torch.eye(len(atoms), dtype=atoms.dtype, device=atoms.device) - atoms @ atoms.T / c
    codes = soft(begun, shrinkage)
    for _ in range(steps - 1):
        codes = soft(torch.addmm(begun, codes, kept), shrinkage)
    return codes


class Dictionary(nn.Module):
    """K atoms of D numbers, each of length 1, and codes over them.

    After each step of an optimizer `renormalise` is due: longer atoms would need smaller coefficients, and the threshold
    would lose its meaning.

    Args:
        size: K, how many atoms.
        dim: D, how many numbers an atom has.
    """

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        self.atoms = nn.Parameter(F.normalize(torch.randn(size, dim), dim=1))

    @torch.no_grad()
    def renormalise(self) -> None:
        """Give each atom the length 1 again."""
        self.atoms.copy_(F.normalize(self.atoms, dim=1))

    def forward(self, vectors: Tensor, threshold: float, steps: int) -> Tensor:
        """Sparse codes of vectors, (N, D) -> (N, K) float32, see `sparse_codes`; in float32 whatever the rest computes in."""
        with torch.autocast(vectors.device.type, enabled=False):
            return sparse_codes(vectors.float(), self.atoms.float(), threshold, steps)

    def synthesis(self, codes: Tensor) -> Tensor:
        """What codes stand for, z D: (N, K) -> (N, D) float32."""
        with torch.autocast(codes.device.type, enabled=False):
            return codes.float() @ self.atoms.float()
