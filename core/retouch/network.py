"""The retoucher's network: a photo's face and what a model would change about it -> how to move it, and what to paint over.

A U-net (Ronneberger et al., arXiv 1505.04597) that answers with a smooth motion, a soft mask and colours, as first-order motion
models do (Siarohin et al., arXiv 2003.00196): what can be had by moving the photo's own pixels stays sharp at any size, and only
what the photo doesn't show (teeth, closed lips) is painted.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 128  # pixels: of the frame that the network sees
COARSE = SIDE // 2  # of the pictures of a change, and of the motion
FLOW_MOST = 14.0  # pixels: no part of a face moves further
FLOW_SMOOTH = 1.0  # standard deviation in coarse pixels
COLOUR_MOST = 0.75  # how far a painted pixel may lie from the colours around it
ACTS_SMOOTH = 1.5  # standard deviation in coarse pixels
ACTS_FROM, ACTS_FULL = 0.32, 0.50  # of the largest change: below the first nothing is painted, above the second anything may be
CHROMA_SMOOTH = 1.5  # standard deviation in pixels: hues change less sharply than light, or teeth come out in all of them
AROUND = 3.0  # standard deviation in coarse pixels of "the colours around"


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What the network answers, at 100 %.

    Attributes:
        flow: (B, 2, SIDE, SIDE), from where each place takes its colour: columns, then rows, in pixels of the frame.
        mask: (B, 1, SIDE, SIDE) in 0 to 1, where new pixels cover it.
        colour: (B, 3, SIDE, SIDE) in 0 to 1, the new pixels.
        logit: (B, 1, SIDE, SIDE), of which the mask is made; for training.
    """

    flow: Tensor
    mask: Tensor
    colour: Tensor
    logit: Tensor


def blurred(x: Tensor, sigma: float) -> Tensor:
    """(B, C, H, W) blurred by a Gaussian, the border going on."""
    reach = max(1, round(3 * sigma))
    places = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-(places**2) / (2 * sigma**2))
    row = (kernel / kernel.sum()).expand(x.shape[1], 1, 1, -1)
    x = F.conv2d(F.pad(x, (reach, reach, 0, 0), mode="replicate"), row, groups=x.shape[1])
    return F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), row.transpose(2, 3), groups=x.shape[1])


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(4, outputs), nn.LeakyReLU(0.2, inplace=True))


class RetouchNet(nn.Module):
    """See the module. About 0.7 million weights."""

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4 * 3 + 3 + 3, 24, 3, 1, 1)  # 64
        self.down1 = _block(24, 48, 2)  # 32
        self.same1 = _block(48, 48)
        self.down2 = _block(48, 96, 2)  # 16
        self.same2 = _block(96, 96)
        self.down3 = _block(96, 128, 2)  # 8
        self.same3 = _block(128, 128)
        self.up2 = _block(128 + 96, 80)  # 16
        self.up1 = _block(80 + 48, 56)  # 32
        self.up0 = _block(56 + 24, 32)  # 64
        self.flow1 = nn.Conv2d(56, 2, 3, 1, 1)
        self.flow0 = nn.Conv2d(32, 2, 3, 1, 1)
        self.fine = nn.Conv2d(32, 8, 3, 1, 1)  # 64, enlarged to 128: shuffled pixels would leave a chequered pattern
        self.mixed = nn.Conv2d(8 + 3, 12, 3, 1, 1)
        self.last = nn.Conv2d(12 + 8 + 3, 3, 3, 1, 1)
        self.mask0 = nn.Conv2d(32, 1, 3, 1, 1)
        for layer, bias in ((self.flow1, 0.0), (self.flow0, 0.0), (self.last, 0.0), (self.mask0, -1.0)):
            nn.init.normal_(layer.weight, std=0.01)
            if layer.bias is not None:
                nn.init.constant_(layer.bias, bias)
        self.register_buffer("window", _window(), persistent=False)

    def forward(self, face: Tensor, change: Tensor) -> Layers:
        """What is to be done to some faces.

        Args:
            face: (B, 3, SIDE, SIDE) in 0 to 1.
            change: (B, 3, COARSE, COARSE), decoded after minus decoded before, at 100 %; in -1 to 1.
        """
        count = len(face)
        line = torch.linspace(-1.0, 1.0, COARSE, dtype=face.dtype, device=face.device)
        place = torch.stack([line.expand(COARSE, COARSE), line[:, None].expand(COARSE, COARSE), line.abs().expand(COARSE, COARSE)])
        x = torch.cat([F.pixel_unshuffle(face * 2.0 - 1.0, 2), 4.0 * change, place.expand(count, -1, -1, -1)], 1)
        at64 = F.leaky_relu(self.first(x), 0.2)
        at32 = self.same1(self.down1(at64))
        at16 = self.same2(self.down2(at32))
        at8 = self.same3(self.down3(at16))
        y16 = self.up2(torch.cat([_twice(at8), at16], 1))
        y32 = self.up1(torch.cat([_twice(y16), at32], 1))
        y64 = self.up0(torch.cat([_twice(y32), at64], 1))
        flow = 8.0 * _twice(self.flow1(y32)) + 2.0 * self.flow0(y64)
        flow = blurred(FLOW_MOST * torch.tanh(flow / FLOW_MOST), FLOW_SMOOTH)
        flow = F.interpolate(flow, scale_factor=2, mode="bilinear", align_corners=False) * self.window
        fine = torch.cat([_twice(F.leaky_relu(self.fine(y64), 0.2)), face * 2.0 - 1.0], 1)
        last = self.last(torch.cat([F.leaky_relu(self.mixed(fine), 0.2), fine], 1))
        around = F.interpolate(blurred(F.avg_pool2d(face, 2), AROUND), scale_factor=2, mode="bilinear", align_corners=False)
        added = COLOUR_MOST * torch.tanh(last)
        light = added.mean(1, keepdim=True)
        colour = (around + light + blurred(added - light, CHROMA_SMOOTH)).clamp(0.0, 1.0)
        logit = 2.0 * _twice(self.mask0(y64))
        return Layers(flow, torch.sigmoid(logit) * self.window * acting(change), colour, logit)


def acting(change: Tensor, least: float = ACTS_FROM, full: float = ACTS_FULL) -> Tensor:
    """Where a change acts, and so where painting is allowed: 1 there, 0 elsewhere; (B, 1, SIDE, SIDE).

    Args:
        change: (B, 3, COARSE, COARSE), as the network gets it.
        least: of the largest change: below it there is 0.
        full: the same, from where on there is 1.
    """
    size = blurred(change.abs().mean(1, keepdim=True), ACTS_SMOOTH)
    share = ((size / (size.amax((2, 3), keepdim=True) + 1e-3) - least) / (full - least)).clamp(0.0, 1.0)
    return _twice(share * share * (3.0 - 2.0 * share))


def _window() -> Tensor:
    """1 over the face, fading to exactly 0 before the frame's border; (SIDE, SIDE)."""
    along = (torch.arange(SIDE) + 0.5) / SIDE * 2.0 - 1.0
    far = (along.abs()[None, :] ** 4 + along.abs()[:, None] ** 4) ** 0.25
    share = ((0.985 - far) / (0.985 - 0.86)).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def pulled(picture: Tensor, flow: Tensor) -> Tensor:
    """(B, C, S, S) whose every place takes its colour from `flow` (B, 2, S, S) pixels further on."""
    size = picture.shape[-1]
    line = torch.arange(size, dtype=flow.dtype, device=flow.device)
    columns, rows = line + flow[:, 0], line[:, None] + flow[:, 1]
    grid = torch.stack([columns, rows], 3) * (2.0 / (size - 1)) - 1.0
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=True)


def opacity(amount: Tensor) -> Tensor:
    """How far painted pixels cover at an amount (1 = 100 %): all from 70 % on, nothing at 0 %; smooth and never falling."""
    share = (amount / 0.7).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def composed(face: Tensor, layers: Layers, amount: Tensor) -> Tensor:
    """The faces at some amounts (B,): moved, and painted over by what moves along."""
    share = amount[:, None, None, None]
    moved = pulled(face, share * layers.flow)
    painted = pulled(torch.cat([layers.mask, layers.colour], 1), (share - 1.0) * layers.flow)
    mask = opacity(share) * painted[:, :1]
    return moved + mask * (painted[:, 1:] - moved)
