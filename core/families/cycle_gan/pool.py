"""The pool of translated pictures that a discriminator sees again (Shrivastava et al., arXiv 1612.07828, section 2.3)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


class Pool:
    """Keeps translated pictures, and gives older ones in exchange half of the time.

    Args:
        capacity: how many it keeps; 0: it gives each picture back at once.

    Attributes:
        pictures: those that it has, (C, H, W) each, without gradient.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.pictures: list[Tensor] = []

    def exchanged(self, translated: Tensor, chance: np.random.Generator) -> Tensor:
        """Pictures for a discriminator.

        While the pool fills, a picture is kept and given back. Later, half of the time an older one is given in its stead, whose
        place it takes.

        Args:
            translated: (n, C, H, W), just made; their gradient ends here.
            chance: decides.

        Returns:
            (n, C, H, W), without gradient.
        """
        fresh = translated.detach()
        if not self.capacity:
            return fresh
        given = []
        for picture in fresh:
            if len(self.pictures) < self.capacity:
                self.pictures.append(picture.clone())
                given.append(picture)
            elif chance.random() < 0.5:
                place = int(chance.integers(self.capacity))
                given.append(self.pictures[place])
                self.pictures[place] = picture.clone()
            else:
                given.append(picture)
        return torch.stack(given)

    def tensor(self) -> Tensor:
        """All that it keeps, (n, C, H, W); n is 0 at the start."""
        return torch.stack(self.pictures) if self.pictures else torch.zeros(0)

    def load(self, pictures: Tensor) -> None:
        """Restore what `tensor` gave."""
        self.pictures = [one.clone() for one in pictures]
