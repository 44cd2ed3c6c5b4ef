"""How sparse some codes are, and how much they use each atom: counted over many pictures, a batch at a time."""

from __future__ import annotations

import torch
from torch import Tensor

PLACES_DIGITS = 5  # of numbers in a checkpoint's header


def hoyer(codes: Tensor) -> Tensor:
    """Hoyer's sparsity of each code, (B, ...) -> (B,): (sqrt(n) - |z|_1 / |z|_2) / (sqrt(n) - 1) over its n numbers.

    1 where a single number isn't 0, or none is; 0 where all are equally large (Hoyer, JMLR 5, 2004).
    """
    flat = codes.flatten(1).double()
    root = flat.shape[1] ** 0.5
    length = flat.square().sum(dim=1).sqrt()
    ratio = torch.where(length > 0, flat.abs().sum(dim=1) / length.clamp_min(1e-300), 1.0)
    return (root - ratio) / (root - 1.0)


class AtomUsage:
    """How some pictures use a dictionary.

    Args:
        shape: (G, G, K) of a code.
        dim: D, of a vector.
    """

    def __init__(self, shape: tuple[int, int, int], dim: int) -> None:
        grid, _, atoms = shape
        self.pictures = 0
        self.counts = torch.zeros(atoms, dtype=torch.float64)  # in how many places each atom was used
        self.sizes = torch.zeros(atoms, dtype=torch.float64)  # the sum of its coefficients' sizes
        self._hoyer = 0.0
        self._sum = torch.zeros((grid, grid, dim), dtype=torch.float64)
        self._squares = 0.0
        self._cells = grid * grid

    def add(self, codes: Tensor, vectors: Tensor) -> None:
        """Count some pictures: their codes (B, G, G, K) and what was coded, (B, G, G, D)."""
        active = (codes != 0).flatten(0, 2)
        self.pictures += len(codes)
        self.counts += active.sum(dim=0).double().cpu()
        self.sizes += codes.abs().flatten(0, 2).sum(dim=0).double().cpu()
        self._hoyer += float(hoyer(codes).sum())
        self._sum += vectors.sum(dim=0).double().cpu()
        self._squares += float(vectors.double().square().sum())

    @property
    def nonzeros(self) -> float:
        """The share of coefficients that aren't 0."""
        return float(self.counts.sum()) / (self.pictures * self._cells * len(self.counts))

    @property
    def numbers(self) -> float:
        """How many of a picture aren't 0."""
        return float(self.counts.sum()) / self.pictures

    @property
    def hoyer(self) -> float:
        """Hoyer's sparsity, the mean over the pictures."""
        return self._hoyer / self.pictures

    @property
    def dead_atoms(self) -> float:
        """The share of atoms that no picture used."""
        return float((self.counts == 0).double().mean())

    @property
    def spread(self) -> float:
        """The variance of the vectors from picture to picture, the mean over places and dimensions."""
        numbers = self.pictures * self._sum.numel()
        return max(0.0, self._squares / numbers - float((self._sum / self.pictures).square().mean()))

    def latent(self) -> dict[str, list[float]]:
        """For a checkpoint's header: the share of places that use each atom, and how large its coefficients are where they do."""
        shares = self.counts / (self.pictures * self._cells)
        sizes = self.sizes / self.counts.clamp_min(1.0)
        return {"atom_shares": _rounded(shares), "atom_sizes": _rounded(sizes)}


def _rounded(values: Tensor) -> list[float]:
    return [round(float(value), PLACES_DIGITS) for value in values]
