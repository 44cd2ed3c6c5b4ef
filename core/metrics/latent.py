"""How far the latent is used: active units, and codes with next to no information."""

from __future__ import annotations

import numpy as np

ACTIVE_VARIANCE = 0.01
EMPTY_NATS = 1.0  # of KL in all dimensions together: codes with less count as empty
ALIKE = 1e-5  # codes that differ by no more count as the same: rounding varies that much between batches


def active_units(means: np.ndarray) -> int:
    """Dimensions whose posterior mean varies over the pictures by more than 0.01 (Burda et al., arXiv 1509.00519).

    Args:
        means: (N, D) posterior means.
    """
    return int((means.var(axis=0) > ACTIVE_VARIANCE).sum())


def all_alike(spread: np.ndarray) -> bool:
    """Whether codes are the same for all pictures, as a single one's always are.

    Args:
        spread: (D,) standard deviation of each dimension over the pictures.
    """
    return bool(spread.max() <= ALIKE)


def what_codes_lack(kl: float, pictures: int, alike: bool) -> list[str]:
    """Sentences that say why measures of some pictures' codes mean little; none where they can be trusted.

    Args:
        kl: KL of q(z|x) from the prior, nats per image, the mean over the pictures.
        pictures: how many.
        alike: whether the codes are the same for all of them.
    """
    if pictures < 2:
        sentences = ["One picture alone varies in nothing: how many dimensions are active can't be told from it."]
    elif alike:
        sentences = [f"The codes of all {pictures:,} pictures are the same: what is measured on how they differ means nothing."]
    else:
        sentences = []
    if kl < EMPTY_NATS:
        sentences.append(
            f"A code tells {max(kl, 0.0):.2g} nats of a picture, next to nothing: the run has collapsed, or these pictures look "
            "alike to it. What is measured on its codes (active dimensions, directions, disentanglement) means nothing."
        )
    return sentences
