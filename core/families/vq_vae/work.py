"""How much arithmetic a VQ-VAE and the prior over its codes take, and so how long an epoch of each. Without torch."""

from __future__ import annotations

from itertools import pairwise

from core.families.grids import halvings
from core.families.vq_vae.settings import VqVaeSettings

PRIOR_WIDTH = 64  # numbers at a position of the prior: wider ones learn less in the same minutes
PRIOR_LAYERS = 4


def codes_work(settings: VqVaeSettings, side: int, channels: int) -> float:
    """Multiplications of a forward pass through the autoencoder for a picture of `side` pixels a side.

    Raises:
        ConfigError: the grid doesn't fit such pictures.
    """
    count, cells = halvings(side, settings.grid), settings.grid**2
    widths = (channels, *[settings.hidden // 2] * (count > 1), *[settings.hidden] * max(1, count - 1))
    strided = sum(16 * before * after * (side >> level) ** 2 for level, (before, after) in enumerate(pairwise(widths), 1))
    residual = settings.residual_blocks * cells * settings.hidden * settings.residual_channels * (9 + 1)
    around = cells * settings.code_dim * (settings.hidden + settings.codebook_size / 2)
    return float(2 * (strided + residual + around))


def prior_work(settings: VqVaeSettings) -> float:
    """Multiplications of a forward pass through the prior for a picture's grid of codes."""
    cells = settings.grid**2
    layer = 12 * cells * PRIOR_WIDTH**2 + 2 * cells**2 * PRIOR_WIDTH
    return float(PRIOR_LAYERS * layer + cells * PRIOR_WIDTH * (settings.codebook_size + 12 * 16))


def pace(settings: VqVaeSettings, side: int, channels: int) -> float:
    """About how many times as long an epoch of the prior takes as one of the autoencoder; backward costs twice as much in both."""
    codes = codes_work(settings, side, channels)
    return 1.0 / 3.0 + prior_work(settings) / codes  # pictures become codes on the way, which is a third of learning them
