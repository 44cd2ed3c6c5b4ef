"""The codebook of a VQ-VAE: nearest codes, the straight-through gradient, codes that follow the vectors, and their usage.

van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning", 2017 (arXiv 1711.00937).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

DECAY = 0.99  # gamma of App. A.1: the averages cover about the last 100 updates
SMOOTHING = 1e-5  # Laplace smoothing, as in sonnet: added to each code's count before dividing by it
DEAD_SHARE = 0.03  # a code chosen less often than this share of an average code is dead
DISTANCES = 1 << 22  # held at a time (16 MB), so that big codebooks and batches don't need gigabytes


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """The result of quantising N vectors of D numbers."""

    vectors: Tensor  # (N, D) float32: exactly the nearest codes; their gradient goes unchanged to the encoder's vectors
    indices: Tensor  # (N,) int64 in [0, K)
    commitment: (
        Tensor  # scalar: the mean over the N vectors of the squared distance to their code; its gradient goes to the vectors alone
    )


class Codebook(nn.Module):
    """K codes of D numbers, moved by averages of the vectors that chose them, never by an optimizer.

    `forward` changes nothing, in training mode or out of it. A step of training is: `initialise` if no code was moved yet
    (`updates` is 0), `forward`, the optimizer's step, `update`; so each step is quantised by the codes of the step before.
    The whole state is in the buffers, so a run that is saved and loaded resumes exactly.

    The averages are those of App. A.1, N <- decay N + (1 - decay) n and m <- decay m + (1 - decay) sum of z, a code being
    m / N. As in sonnet's implementation they begin at zero and are debiased (divided by 1 - decay^updates, as Adam's),
    and the counts are smoothed only for the division: the stored ones stay unsmoothed. Beyond the paper, a code that is
    hardly chosen any more is re-seeded with one of the batch's vectors.

    Args:
        size: K, how many codes.
        dim: D, how many numbers a code has. Few (4 to 8) keep all codes in use.
        decay: of the averages, in (0, 1).
        dead_share: a code chosen less often than this share of an average code is re-seeded; 0 = never.
    """

    codes: Tensor  # (K, D) float32
    counts: Tensor  # (K,) float32: the average of how many vectors of a batch chose each code; begun at zero, not debiased
    sums: Tensor  # (K, D) float32: the average of the sum of those vectors; likewise
    updates: Tensor  # () int64: how many batches went into those averages

    def __init__(self, size: int, dim: int, decay: float = DECAY, dead_share: float = DEAD_SHARE) -> None:
        super().__init__()
        self.decay = decay
        self.dead_share = dead_share
        self.register_buffer("codes", torch.empty(size, dim).uniform_(-1.0 / size, 1.0 / size))
        self.register_buffer("counts", torch.zeros(size))
        self.register_buffer("sums", torch.zeros(size, dim))
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def nearest(self, vectors: Tensor) -> Tensor:
        """The code next to each vector by Euclidean distance, the first of those equally near.

        Args:
            vectors: (N, D), of any precision; compared in float32.

        Returns:
            (N,) int64 in [0, K).
        """
        with torch.autocast(vectors.device.type, enabled=False):
            # |z - e|^2 without |z|^2, which is the same for all codes. Centred on the codes' mean, since with a distant
            # origin rounding would hide the differences between neighbours.
            middle = self.codes.mean(dim=0)
            codes = self.codes - middle
            squares = codes.square().sum(dim=1)
            rows = max(1, DISTANCES // len(codes))
            parts = (vectors.float() - middle).split(rows)
            return torch.cat([torch.addmm(squares, part, codes.T, alpha=-2.0).argmin(dim=1) for part in parts])

    def lookup(self, indices: Tensor) -> Tensor:
        """The codes of some indices: any shape (...) of int64 in [0, K) -> (..., D) float32."""
        return self.codes[indices]

    def forward(self, vectors: Tensor) -> Quantised:
        """Vectors (N, D) as their nearest codes, for training; nothing is changed.

        The straight-through estimator of section 3.2: the codes go forward, their gradient goes back to `vectors`
        unchanged. The commitment is the third term of equation 3 without its weight: ||z - sg[e]||^2 for each vector,
        the sum over its D numbers as in the paper, and the mean over all vectors. So neither the size of the batch nor
        that of the grid changes it, and it keeps its proportion to a reconstruction that is a mean too.
        """
        vectors = vectors.float()
        indices = self.nearest(vectors)
        codes = self.lookup(indices).detach()
        commitment = (vectors - codes).square().sum(dim=1).mean()
        # Adds zero, so these are exactly the codes; `vectors + (codes - vectors).detach()` would be so only up to rounding.
        return Quantised(codes + (vectors - vectors.detach()), indices, commitment)

    @torch.no_grad()
    def initialise(self, vectors: Tensor, generator: torch.Generator) -> None:
        """Put each code onto one of the first batch's vectors (N, D), a different one as long as there are enough."""
        self.codes.copy_(_drawn(vectors, len(self.codes), generator))

    @torch.no_grad()
    def update(self, vectors: Tensor, indices: Tensor, generator: torch.Generator) -> None:
        """Move the codes after a step.

        Args:
            vectors: (N, D) that were quantised in it; of all processes where several train as one, so that all get the
                same codes.
            indices: (N,) their codes, as `forward` gave them.
            generator: draws the vectors for dead codes.
        """
        vectors = vectors.float()
        chosen = torch.bincount(indices, minlength=len(self.codes)).to(self.counts.dtype)
        summed = torch.zeros_like(self.sums).index_add_(0, indices, vectors)
        self.updates += 1
        self.counts.mul_(self.decay).add_(chosen, alpha=1.0 - self.decay)
        self.sums.mul_(self.decay).add_(summed, alpha=1.0 - self.decay)
        self._reseed_dead(vectors, generator)
        debias = 1.0 - self.decay ** int(self.updates)
        counts = self.counts / debias
        total = counts.sum()
        smoothed = (counts + SMOOTHING) / (total + len(counts) * SMOOTHING) * total  # a copy: `counts` itself is unchanged
        self.codes.copy_(self.sums / debias / smoothed[:, None])

    def _reseed_dead(self, vectors: Tensor, generator: torch.Generator) -> None:
        """Re-seed each dead code with one of the vectors (N, D), as if it had been chosen as often as an average code."""
        usual = self.counts.mean()
        dead = (self.counts < self.dead_share * usual).nonzero().squeeze(1)
        if len(dead):
            self.counts[dead] = usual
            self.sums[dead] = usual * _drawn(vectors, len(dead), generator)


def _drawn(vectors: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """`count` of the vectors (N, D) at random, none twice before each was drawn once, (count, D) float32."""
    order = torch.randperm(len(vectors), generator=generator, device=generator.device)
    rows = order[torch.arange(count, device=order.device) % len(order)]
    return vectors[rows.to(vectors.device)].float()


class CodeUsage:
    """How much of a codebook some pictures use: counted over all of them, since one batch alone never shows all codes.

    Args:
        size: K, how many codes there are.
    """

    def __init__(self, size: int) -> None:
        self.counts = torch.zeros(size, dtype=torch.int64)  # (K,) how often each code was chosen

    def add(self, indices: Tensor) -> None:
        """Count the codes of some pictures: int64 in [0, K), any shape, on any device."""
        self.counts += torch.bincount(indices.flatten().cpu(), minlength=len(self.counts))

    @property
    def perplexity(self) -> float:
        """exp of the entropy of the codes' frequencies: the number of equally frequent codes with the same entropy. In [1, K]."""
        share = self.counts.double() / self.counts.sum()
        return float(torch.special.entr(share).sum().exp())

    @property
    def codes_used(self) -> float:
        """The share of the codes that were chosen at all, in (0, 1]."""
        return float((self.counts > 0).double().mean())
