"""The blocks of ResNet18 (He et al., arXiv 1512.03385). Their weights have torchvision's names, so that files of those can be read;
torchvision itself would load torch's compiler and a hundred megabytes with it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Two convolutions, to which what came in is added.

    Args:
        before: channels that come in.
        after: channels that go out.
        stride: of the first convolution; 2 halves the size.
    """

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = conv(before, after, 3, stride)
        self.bn1 = nn.BatchNorm2d(after)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv(after, after, 3)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample = None
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(conv(before, after, 1, stride), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H / stride, W / stride)."""
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        kept = x if self.downsample is None else self.downsample(x)
        whole: Tensor = self.relu(torch.add(out, kept))
        return whole


def stage(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """Two blocks; the first changes channels and size."""
    return nn.Sequential(Block(before, after, stride), Block(after, after))


def conv(before: int, after: int, side: int, stride: int = 1) -> nn.Conv2d:
    """A convolution without biases, with random weights (He et al., arXiv 1502.01852)."""
    layer = nn.Conv2d(before, after, side, stride, padding=side // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer
