"""BatchNorm with the statistics of the whole batch, though each process sees only its share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.team import team_sum


class TeamBatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d` over all processes' pictures (torch's own SyncBatchNorm needs GPUs).

    In evaluation mode it is the plain one.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) -> the same, normalised. Raises TrainingError where another process is gone."""
        if not self.training:
            return super().forward(input)
        x = input.float()
        count = x.new_full((1,), float(x.shape[0] * x.shape[2] * x.shape[3]))
        sums = team_sum(torch.cat([x.sum(dim=(0, 2, 3)), x.square().sum(dim=(0, 2, 3)), count]))
        total = sums[-1]
        mean, square = (sums[:-1] / total).chunk(2)
        variance = (square - mean.square()).clamp_min(0.0)
        self._remember(mean.detach(), variance.detach() * (total / (total - 1.0)).detach())
        scale = torch.rsqrt(variance + self.eps)
        if self.affine:
            scale = self.weight * scale
        shift = self.bias - mean * scale if self.affine else -mean * scale
        return (x * scale[:, None, None] + shift[:, None, None]).to(input.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked += 1


def normalise_over_team(network: nn.Module) -> None:
    """Replace each BatchNorm by a TeamBatchNorm2d with the same weights and names, at any depth."""
    for name, child in network.named_children():
        if type(child) is nn.BatchNorm2d:
            team_norm = TeamBatchNorm2d(child.num_features, child.eps, child.momentum, child.affine)
            team_norm.weight, team_norm.bias = child.weight, child.bias
            team_norm.running_mean, team_norm.running_var = child.running_mean, child.running_var
            team_norm.num_batches_tracked = child.num_batches_tracked
            setattr(network, name, team_norm)
        else:
            normalise_over_team(child)
