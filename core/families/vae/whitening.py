"""Turning the latent's axes to where the codes lie, so that noise from the prior lands among them.

Early in training a VAE's codes fill a thin tilted ellipsoid, far from the prior N(0, I): the KL term straightens it
only slowly, and until then samples from the prior aren't faces. The ellipsoid can be undone exactly, by a linear change
of variables that is folded into the linear layers before and after the latent. Among all such changes, we take the one
that leaves the posterior's covariance diagonal, so that nothing is lost although the network has only diagonal ones.
Training then goes on from there. It is the batch-normalised latent of BN-VAE (Zhu et al., arXiv 2004.12585) taken
further, to the covariances, and done at a few moments instead of at each step, so that the network stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from core.data.lazy_rows import Pictures
from core.data.split import spread
from core.device import Compute
from core.families.vae.networks.base import LatentModule
from core.training.batches import BATCH, to_classes, to_input

PICTURES = 2048  # of the training part, at most, for the covariance
SMALLEST_VARIANCE = 1e-6


def whiten(
    model: LatentModule,
    compute: Compute,
    images: Pictures,
    rows: np.ndarray,
    others: Sequence[LatentModule] = (),
    labels: np.ndarray | None = None,
) -> list[nn.Parameter]:
    """Give the codes of training pictures zero mean and unit covariance, the most informative axes first.

    Args:
        model: whose latent is changed.
        compute: device and precision.
        images: (N, H, W, C) uint8.
        rows: of the training part; at least two.
        others: networks that get the very same change of variables, such as the trained one when `model` is its moving
            average. The average stays valid: the change is linear in the weights, so averaging and changing commute.
        labels: (N,) class of every picture, for a conditional model.

    Returns:
        The parameters that changed.
    """
    chosen = spread(rows, PICTURES)
    model.eval()
    means, variances = [], []
    with torch.inference_mode():
        for start in range(0, len(chosen), BATCH):
            part = chosen[start : start + BATCH]
            classes = to_classes(None if labels is None else labels[part], compute.device)
            posterior = model.encode(to_input(np.asarray(images[part]), compute.device), classes)
            means.append(posterior.mean.double().cpu())
            variances.append(posterior.log_var.double().exp().cpu())
    mean, variance = torch.cat(means), torch.cat(variances).mean(dim=0)
    shift = mean.mean(dim=0)
    noise = variance.clamp_min(SMALLEST_VARIANCE).sqrt()  # of the posterior, along each old axis
    covariance = torch.cov(mean.T).reshape(len(shift), len(shift)) + torch.diag(noise.square())  # of z itself, not of its mean
    # In units of the posterior's own noise that noise is isotropic, so the axes of the codes diagonalise both at once.
    lengths, axes = torch.linalg.eigh(covariance / torch.outer(noise, noise))
    lengths, axes = lengths.flip(0).clamp_min(1.0), axes.flip(1)
    axes = axes * torch.sign(axes[axes.abs().argmax(dim=0), torch.arange(len(shift))])  # an axis has no sign of its own
    to_new = (axes / lengths.sqrt()).T / noise
    to_old = noise[:, None] * axes * lengths.sqrt()
    log_var = -lengths.log()
    device = compute.device
    pieces = [piece.float().to(device) for piece in (shift, to_new, to_old, log_var)]
    return [changed for network in (model, *others) for changed in network.change_latent_basis(*pieces)]
