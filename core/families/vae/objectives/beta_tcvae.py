"""beta-TCVAE: only the total correlation in the KL term is weighted (Chen et al. 2018, arXiv 1802.04942).

Averaged over the data, KL(q(z|x) || p(z)) is the sum of three: the mutual information of z and the picture's index, the
total correlation KL(q(z) || prod_j q(z_j)) and the dimension-wise KL sum_j KL(q(z_j) || p(z_j)), where q(z) is the mean
of q(z|x) over all N training pictures. In the loss beta weights the second, so with beta 1 it is the VAE's loss.

log q(z) of codes of a batch is estimated from the batch by minibatch stratified sampling (appendix C.2). For the code of a picture
the batch holds that picture, which is one of N and so has the weight 1/N, and M = B - 1 others that stand for the N - 1 other ones:
one has the weight (N - M) / (N M), the rest 1/M each; all weights together are 1. Two mistakes in published
implementations: without any weights each log q(z_j) is too large by log B, so that the total correlation falls by (D -
1) log B, tens of nats; and a wrong stride gives a code's own picture a weight of 1/M instead of 1/N, so that sharp
codes seem to carry log M nats instead of log N.

A logarithm of an unbiased estimate is biased: where codes tell pictures apart sharply, few pictures of a batch lie near one
another, and the total correlation comes out too low.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.families.base import Elapsed
from core.families.vae.networks.base import LOG_2PI, LatentModule, Posterior, log_normal
from core.families.vae.objectives.beta_vae import BetaVAE
from core.families.vae.settings import ObjectiveConfig
from core.team import whole_batch


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The three parts of the KL term, scalars in nats; their sum is a one-sample estimate of the KL."""

    mutual_information: Tensor  # of z and the picture's index
    total_correlation: Tensor
    dimension_wise_kl: Tensor


def log_weights(batch_size: int, data_size: int | Tensor, device: torch.device | None = None) -> Tensor:
    """The logarithms of the weights of minibatch stratified sampling.

    Args:
        batch_size: B.
        data_size: N; a batch as large as the data, or larger, is taken for all of it. A tensor on the device causes no
            synchronisation.
        device: where they are wanted.

    Returns:
        (B, B) float32: how much picture j (column) counts in q(z) of the code of picture i (row). Each row's weights add up to 1.
    """
    total, others = torch.as_tensor(data_size, device=device).clamp_min(batch_size), batch_size - 1
    if not others:
        return torch.zeros(1, 1, device=device)
    weights = torch.full((batch_size, batch_size), 1.0 / others, device=device)
    rows = torch.arange(batch_size, device=device)
    weights[rows, rows] = 1.0 / total
    weights[rows, (rows + 1) % batch_size] = (total - others) / (total * others)
    return weights.log()


def decompose(z: Tensor, posterior: Posterior, data_size: int | Tensor) -> Decomposition:
    """The parts of the KL term, estimated from a batch.

    Args:
        z: (B, D) float32, drawn from the posterior.
        posterior: q(z|x) of the batch's pictures.
        data_size: N, how many pictures there are in all.
    """
    mean, log_var = posterior.mean, posterior.log_var
    # (i, j, d): log q(z_d of code i | picture j)
    log_q = log_normal(z[:, None], mean, log_var)
    weights = log_weights(len(z), data_size, z.device)
    log_qz = torch.logsumexp(weights + log_q.sum(dim=2), dim=1)
    log_product = torch.logsumexp(weights[..., None] + log_q, dim=1).sum(dim=1)
    own = log_normal(z, mean, log_var).sum(dim=1)
    log_prior = -0.5 * (LOG_2PI + z.square()).sum(dim=1)
    return Decomposition((own - log_qz).mean(), (log_qz - log_product).mean(), (log_product - log_prior).mean())


class BetaTCVAE(BetaVAE):
    """reconstruction + mutual information + beta total correlation + dimension-wise KL.

    Computed as reconstruction + KL + (beta - 1) total correlation: the same in expectation, with the KL in closed form
    in place of its one-sample estimate.

    Args:
        config: as of BetaVAE; beta and its schedule are the total correlation's.
        pixel_mean: (C,) of the model's standardisation.
        pixel_std: (C,).
        data_size: N.
    """

    data_size: Tensor

    def __init__(self, config: ObjectiveConfig, pixel_mean: Tensor, pixel_std: Tensor, data_size: int) -> None:
        super().__init__(config, pixel_mean, pixel_std)
        self.register_buffer("data_size", torch.tensor(data_size))

    def penalty(self, kl_per_dim: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed) -> tuple[Tensor, Tensor | None]:
        """See BetaVAE. In a team each process sees the whole batch's codes."""
        together = torch.cat([z, posterior.mean, posterior.log_var], dim=1).float()
        z, mean, log_var = whole_batch(together, over_team=self.training).chunk(3, dim=1)
        total_correlation = decompose(z, Posterior(mean, log_var), self.data_size).total_correlation
        return kl_per_dim.sum() + (self.beta(progress) - 1.0) * total_correlation, total_correlation


def build(config: ObjectiveConfig, model: LatentModule, data_size: int) -> BetaTCVAE:
    """A BetaTCVAE on the model's standardisation."""
    return BetaTCVAE(config, model.pixel_mean, model.pixel_std, data_size)
