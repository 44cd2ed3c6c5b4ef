"""Who judges the retoucher while it learns: are these lower faces, and these whole faces, real ones of the wanted class?

A patch head says how real each place is; a projection head (Miyato & Koyama, arXiv 1802.05637) whether the whole fits its class.
Its convolutions are spectrally normed (Miyato et al., arXiv 1802.05957); it is trained by the hinge loss.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

LOWER = (slice(58, 122), slice(24, 104))  # rows and columns of a 128-pixel frame: 64 x 80
SHARES = (1.0, 1.0, 0.5, 0.5)  # of patches and class of the lower face, of patches and class of the whole
GAIN = 1.8  # a layer: spectral norms alone let signals fade, and the critic learns a class eight times as slowly


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 if kernel == 3 else 1))


class _Branch(nn.Module):
    """One view of the face: scores of its patches and of its class."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                _conv(3, width, 3, 1),
                _conv(width, width, 4, 2),
                _conv(width, 2 * width, 3, 1),
                _conv(2 * width, 2 * width, 4, 2),
                _conv(2 * width, 4 * width, 4, 2),
                _conv(4 * width, 4 * width, 4, 2),
            ]
        )
        self.patch = nn.Conv2d(4 * width, 1, 1)
        self.whole = nn.Linear(4 * width, 1)
        self.of_class = nn.Linear(4 * width, classes, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        middle = x
        for number, layer in enumerate(self.layers):
            x = GAIN * F.leaky_relu(layer(x), 0.2)
            if number == 4:
                middle = x
        pooled = x.mean((2, 3))
        return self.patch(middle), self.whole(pooled)[:, 0], self.of_class(pooled)


class Critic(nn.Module):
    """Two branches: the lower face at full size, the whole frame at half of it.

    Args:
        classes: how many classes are told apart.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.lower = _Branch(20, classes)
        self.coarse = _Branch(12, classes)
        self._counts: tuple[int, ...] = ()

    def forward(self, faces: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        """Scores of each face: (B, n), the patches of both branches and the two that know the class.

        Args:
            faces: (B, 3, 128, 128) in 0 to 1.
            labels: (B,), the class that each is said to be of.
            weights: (B,), 1 where the class counts, 0 where only realism does.
        """
        scores = []
        views = (faces[..., LOWER[0], LOWER[1]], F.avg_pool2d(faces, 2)[..., 4:60, 4:60])
        for branch, view in zip((self.lower, self.coarse), views, strict=True):
            patch, whole, of_class = branch(view * 2.0 - 1.0)
            own = of_class.gather(1, labels[:, None])
            scores += [patch.flatten(1), whole[:, None] + weights[:, None] * own]
        self._counts = tuple(part.shape[1] for part in scores)
        return torch.cat(scores, 1)

    def weights(self) -> Tensor:
        """What each score counts, (n,): all patches of a branch together as much as SHARES says, its class likewise."""
        return torch.cat([torch.full((count,), share / count) for count, share in zip(self._counts, SHARES, strict=True)])

    def of_class(self) -> Tensor:
        """Which scores know the class, (n,): 1 or 0."""
        return torch.cat([torch.full((count,), float(count == 1)) for count in self._counts])
