"""The discriminator of the retoucher: whether parts of faces, and whole faces, are real and of the wanted class.

Patch heads say how real each place is, finely (16 pixels) and less so (28); a projection head (Miyato & Koyama, arXiv 1802.05637)
whether the whole fits its class.
Its convolutions are spectrally normalised (Miyato et al., arXiv 1802.05957); it is trained with the hinge loss.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from core.retouch.network import View

SHARES = (0.7, 1.3, 1.0, 0.3, 0.5, 0.5)  # of fine patches, patches and class: of the part that is edited, then of the whole frame
WORST_OF = 16  # the worst patches are one in so many
GAIN = 1.8  # per layer: with spectral normalisation alone signals fade, and the critic learns a class eight times as slowly


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
        self.fine = nn.Conv2d(2 * width, 1, 1)
        self.patch = nn.Conv2d(4 * width, 1, 1)
        self.whole = nn.Linear(4 * width, 1)
        self.of_class = nn.Linear(4 * width, classes, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        steps = []
        for layer in self.layers:
            x = GAIN * F.leaky_relu(layer(x), 0.2)
            steps.append(x)
        pooled = x.mean((2, 3))
        return self.fine(steps[3]), self.patch(steps[4]), self.whole(pooled)[:, 0], self.of_class(pooled)


class Critic(nn.Module):
    """Two branches: the edited part of a face at full size, the whole frame at half size.

    Args:
        classes: how many classes are told apart.
        view: that is edited.
    """

    def __init__(self, classes: int, view: View) -> None:
        super().__init__()
        self.near = _Branch(20, classes)
        self.coarse = _Branch(12, classes)
        self._part = view.inner
        self._counts: tuple[int, ...] = ()

    def forward(self, faces: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        """Scores of each face: (B, n), the patches of both branches and the two for the class.

        Args:
            faces: (B, 3, 128, 128) in 0 to 1.
            labels: (B,), the class that each is claimed to have.
            weights: (B,), 1 where the class counts, 0 where only realism does.
        """
        scores = []
        views = (faces[..., self._part[0], self._part[1]], F.avg_pool2d(faces, 2)[..., 4:60, 4:60])
        for branch, view in zip((self.near, self.coarse), views, strict=True):
            fine, patch, whole, of_class = branch(view * 2.0 - 1.0)
            own = of_class.gather(1, labels[:, None])
            scores += [fine.flatten(1), patch.flatten(1), whole[:, None] + weights[:, None] * own]
        self._counts = tuple(part.shape[1] for part in scores)
        return torch.cat(scores, 1)

    def weights(self) -> Tensor:
        """The weight of each score, (n,): SHARES for all patches of a branch together and for its class."""
        return torch.cat([torch.full((count,), share / count) for count, share in zip(self._counts, SHARES, strict=True)])

    def worst(self, scores: Tensor) -> Tensor:
        """The mean of the least real patches of the part that is edited, fine and less fine: (). A fault in one place counts."""
        fine, patch = scores[:, : self._counts[0]], scores[:, self._counts[0] : self._counts[0] + self._counts[1]]
        return torch.stack(
            [part.topk(max(1, part.shape[1] // WORST_OF), 1, largest=False)[0].mean() for part in (fine, patch)]
        ).mean()

    def of_class(self) -> Tensor:
        """Which scores are for the class, (n,): 1 or 0."""
        return torch.cat([torch.full((count,), float(number % 3 == 2)) for number, count in enumerate(self._counts)])
