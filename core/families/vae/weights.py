"""How many weights each network has, told before torch is loaded: how large its files will be."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from core.families.base import Shape
from core.families.vae.settings import VAMP, VaeSettings

CONV_WIDTHS = (32, 64, 64, 64)  # as of the networks; a test compares these sums with networks that were built
BURGESS_WIDTHS, BURGESS_HIDDEN = (32, 32, 64, 64), 256
FRUIT_WIDTHS, FRUIT_HIDDEN = (16, 32, 64, 16), 2048
COARSE = 4


def weights(settings: VaeSettings, shape: Shape) -> int:
    """How many weights a run with these settings learns, for pictures of a shape; without those for classes."""
    model, latent = settings.model, settings.model.latent_dim
    channels, height, width = shape
    pixels = prod(shape)
    if model.name in ("conv_vae", "skip_vae"):
        flat = CONV_WIDTHS[-1] * (height // 16) * (width // 16)
        total = _convolutions(channels, CONV_WIDTHS, model.kernel_size, norm=2) + 2 * _linear(flat, latent) + _linear(latent, flat)
        if model.name == "skip_vae":
            coarse = channels * (height // COARSE) * (width // COARSE)
            total += 2 * coarse * latent + coarse
    elif model.name == "burgess_vae":
        flat = BURGESS_WIDTHS[-1] * (height // 16) * (width // 16)
        total = _convolutions(channels, BURGESS_WIDTHS, 4, norm=0) + _dense((flat, BURGESS_HIDDEN), latent)
    elif model.name == "fruit_vae":
        flat = FRUIT_WIDTHS[-1] * (height // 4) * (width // 4)
        norms = 2 * (FRUIT_HIDDEN + FRUIT_HIDDEN + flat)
        total = _convolutions(channels, FRUIT_WIDTHS, 3, norm=2) + _dense((flat, FRUIT_HIDDEN), latent) + norms
    else:
        total = _dense((pixels, *[model.hidden_units] * model.hidden_layers), latent)
    return total + (settings.pseudo_inputs * pixels if settings.prior == VAMP else 0)


def _linear(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def _dense(widths: tuple[int, ...], latent: int) -> int:
    """Layers from the first width to the last, mean and log-variance, and the same layers back."""
    down = sum(_linear(before, after) for before, after in pairwise(widths))
    up = sum(_linear(after, before) for before, after in pairwise(widths))
    return down + 2 * _linear(widths[-1], latent) + _linear(latent, widths[-1]) + up


def _convolutions(channels: int, widths: tuple[int, ...], kernel: int, norm: int) -> int:
    """Convolutions down and back up, each with `norm` more weights a channel where a BatchNorm follows it."""
    total = 0
    for before, after in pairwise((channels, *widths)):
        total += 2 * before * after * kernel**2 + after + before  # down and up, with their biases
        total += norm * (after + (before if before != channels else 0))
    return total
