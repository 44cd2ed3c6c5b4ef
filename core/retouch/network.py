"""The retoucher's network: a photo's face and what a model would change about it -> how to move it, and what to paint over.

A U-net (Ronneberger et al., arXiv 1505.04597) whose output is a smooth motion, a soft mask and colours, as first-order motion
models do (Siarohin et al., arXiv 2003.00196): changes made by moving the photo's own pixels or by changing their
brightness (the folds beside a mouth) stay sharp at any size, and only what the photo doesn't show (teeth, closed lips)
is painted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 128  # pixels: of the frame that the network sees
COARSE = SIDE // 2  # of the pictures of a change, and of the motion
FLOW_MOST = 14.0  # pixels: no part of a face moves further
FLOW_SMOOTH = 1.0  # standard deviation in coarse pixels
LIGHT_UNIT = 0.06  # of the whole range: light for a network's output of 1, where it is small
REFLECTS_OVER = 2.0  # standard deviation in pixels over which brightness is averaged
COLOUR_MOST = 0.75  # how far a painted pixel may lie from the colours around it
ACTS_SMOOTH = 1.5  # standard deviation in coarse pixels
STRAINED_BY = 8.0  # pixels: so long a motion strains a face, unless half of some place is painted over
COVERED_OVER = 4  # pixels: side of the places whose covering is measured
PAINTED = (0.5, 0.7)  # of the largest change: above the second there is no light, only paint
CHROMA_SMOOTH = 1.5  # standard deviation in pixels: hues change less sharply than light, or teeth get many colours
AROUND = 3.0  # standard deviation in coarse pixels of "the colours around"
STEP = 16  # pixels: sides of a view are multiples of it
MARGIN = 8  # pixels at a view's edge, over which an edit fades to nothing
ACTING_SHARE = 0.1  # of the strongest squared change: a view includes every cell with more
CELL = 8  # pixels: side of the cells in which changes are averaged to find a view


@dataclass(frozen=True, slots=True)
class View:
    """The part of a frame that a network looks at and changes: rows and columns of the SIDE x SIDE frame."""

    top: int = 0
    bottom: int = SIDE
    left: int = 0
    right: int = SIDE

    @property
    def inner(self) -> tuple[slice, slice]:
        """Rows and columns without the margin, in which an edit can show in full."""
        return slice(self.top + MARGIN, self.bottom - MARGIN), slice(self.left + MARGIN, self.right - MARGIN)

    def of(self, pictures: Tensor) -> Tensor:
        """(B, C, S, S) of a frame -> (B, C, rows, columns) of the view; S is SIDE or COARSE."""
        scale = SIDE // pictures.shape[-1]
        rows, columns = slice(self.top // scale, self.bottom // scale), slice(self.left // scale, self.right // scale)
        return pictures[..., rows, columns]

    def within(self, part: Tensor) -> Tensor:
        """(B, C, rows, columns) of the view -> (B, C, SIDE, SIDE), zeros around it."""
        return F.pad(part, (self.left, SIDE - self.right, self.top, SIDE - self.bottom))

    @classmethod
    def over(cls, energy: Sequence[Sequence[float]]) -> View:
        """The smallest view that covers where a direction acts.

        Args:
            energy: (SIDE / CELL) rows of as many mean squared changes.
        """
        most = max(max(row) for row in energy)
        acts = [[value >= ACTING_SHARE * most for value in row] for row in energy]
        rows = [number for number, row in enumerate(acts) if any(row)]
        columns = [number for number in range(len(acts)) if any(row[number] or row[-1 - number] for row in acts)]  # both sides
        return cls(*_stepped(rows), *_stepped(columns))


def _stepped(cells: Sequence[int]) -> tuple[int, int]:
    """Start and end of a side that covers some cells and a margin, its length a multiple of STEP."""
    low, high = max(0, min(cells) * CELL - MARGIN), min(SIDE, (max(cells) + 1) * CELL + MARGIN)
    for _ in range(2):
        lacks = -(high - low) % STEP
        low, high = max(0, low - lacks), min(SIDE, high + (lacks if low < lacks else 0))
    return low, high


@dataclass(frozen=True, slots=True)
class Widths:
    """How many channels a network has, from its first layer down to the bottom and up again."""

    first: int = 16
    down1: int = 40
    down2: int = 80
    down3: int = 112
    up2: int = 64
    up1: int = 40
    up0: int = 24
    fine: int = 8
    mixed: int = 12
    lights: float = 0.12
    """Of the whole range: how much the photo's own pixels may get lighter or darker; 0: not at all."""
    acts: tuple[float, float] = (0.45, 0.65)
    """Shares of the largest change: below the first nothing is painted, above the second painting is unrestricted."""
    sides: bool = False
    """Whether the left and right halves of the frame are distinguished in its input."""
    mirrored: bool = True
    """Whether it sees a face and its mirror image: with only one of them, its faults are on one side of each face."""


WIDTHS: Mapping[int, Widths] = {
    1: Widths(24, 48, 96, 128, 80, 56, 32, lights=0.0, acts=(0.32, 0.50), sides=True, mirrored=False),
    2: Widths(lights=0.06),
    3: Widths(),
}  # by the version of a retoucher


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """The network's output, at 100 %.

    Attributes:
        flow: (B, 2, SIDE, SIDE), from where each place takes its colour: columns, then rows, in pixels of the frame.
        light: (B, 1, SIDE, SIDE), smooth: what is added to the moved pixels in all colours, of a range of 1.
        mask: (B, 1, SIDE, SIDE) in 0 to 1, where new pixels cover it.
        colour: (B, 3, SIDE, SIDE) in 0 to 1, the new pixels.
        logit: (B, 1, rows, columns) of the view, from which the mask is computed; for training.
    """

    flow: Tensor
    light: Tensor
    mask: Tensor
    colour: Tensor
    logit: Tensor


def blurred(x: Tensor, sigma: float) -> Tensor:
    """(B, C, H, W) blurred by a Gaussian, with the border replicated."""
    reach = max(1, round(3 * sigma))
    places = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-(places**2) / (2 * sigma**2))
    row = (kernel / kernel.sum()).expand(x.shape[1], 1, 1, -1)
    x = F.conv2d(F.pad(x, (reach, reach, 0, 0), mode="replicate"), row, groups=x.shape[1])
    return F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), row.transpose(2, 3), groups=x.shape[1])


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(4, outputs), nn.LeakyReLU(0.2, inplace=True))


class RetouchNet(nn.Module):
    """See the module. About half a million weights.

    Args:
        view: what it looks at.
        widths: of its layers.
    """

    window: Tensor
    place: Tensor

    def __init__(self, view: View | None = None, widths: Widths | None = None) -> None:
        super().__init__()
        self.view, w = view or View(), widths or WIDTHS[3]
        self.lights = w.lights
        self.acts, self.mirrored = w.acts, w.mirrored
        self.first = nn.Conv2d(4 * 3 + 3 + 3, w.first, 3, 1, 1)  # at 1/2
        self.down1 = _block(w.first, w.down1, 2)  # 1/4
        self.same1 = _block(w.down1, w.down1)
        self.down2 = _block(w.down1, w.down2, 2)  # 1/8
        self.same2 = _block(w.down2, w.down2)
        self.down3 = _block(w.down2, w.down3, 2)  # 1/16
        self.same3 = _block(w.down3, w.down3)
        self.up2 = _block(w.down3 + w.down2, w.up2)  # 1/8
        self.up1 = _block(w.up2 + w.down1, w.up1)  # 1/4
        self.up0 = _block(w.up1 + w.first, w.up0)  # 1/2
        self.flow1 = nn.Conv2d(w.up1, 2, 3, 1, 1)
        self.flow0 = nn.Conv2d(w.up0, 2, 3, 1, 1)
        self.light1 = nn.Conv2d(w.up1, 1, 3, 1, 1) if w.lights else None
        self.fine = nn.Conv2d(w.up0, w.fine, 3, 1, 1)  # 1/2, then enlarged: a pixel shuffle would leave a chequered pattern
        self.mixed = nn.Conv2d(w.fine + 3, w.mixed, 3, 1, 1)
        self.last = nn.Conv2d(w.mixed + w.fine + 3, 3, 3, 1, 1)
        self.mask0 = nn.Conv2d(w.up0, 1, 3, 1, 1)
        for layer, bias in ((self.flow1, 0.0), (self.flow0, 0.0), (self.light1, 0.0), (self.last, 0.0), (self.mask0, -1.0)):
            if layer is not None:
                nn.init.normal_(layer.weight, std=0.01)
                if layer.bias is not None:
                    nn.init.constant_(layer.bias, bias)
        self.register_buffer("window", _window(self.view), persistent=False)
        places = _places()
        if not w.sides:
            places[0] = 0.0
        self.register_buffer("place", self.view.of(places), persistent=False)

    def forward(self, face: Tensor, change: Tensor) -> Layers:
        """The layers for some faces.

        Args:
            face: (B, 3, SIDE, SIDE) in 0 to 1.
            change: (B, 3, COARSE, COARSE), decoded after minus decoded before, at 100 %; in -1 to 1.
        """
        if not self.mirrored:
            return self._answer(face, change)
        return _agreed(self._answer(torch.cat([face, face.flip(3)]), torch.cat([change, change.flip(3)])))

    def _answer(self, face: Tensor, change: Tensor) -> Layers:
        """The output of one pass, without mirroring."""
        whole_change = change
        acts = self.view.of(acting(whole_change, *self.acts))
        face, change = self.view.of(face), self.view.of(change)
        x = torch.cat([F.pixel_unshuffle(face * 2.0 - 1.0, 2), 4.0 * change, self.place.expand(len(face), -1, -1, -1)], 1)
        at2 = F.leaky_relu(self.first(x), 0.2)
        at4 = self.same1(self.down1(at2))
        at8 = self.same2(self.down2(at4))
        at16 = self.same3(self.down3(at8))
        y8 = self.up2(torch.cat([_twice(at16), at8], 1))
        y4 = self.up1(torch.cat([_twice(y8), at4], 1))
        y2 = self.up0(torch.cat([_twice(y4), at2], 1))
        flow = 8.0 * _twice(self.flow1(y4)) + 2.0 * self.flow0(y2)
        flow = blurred(FLOW_MOST * torch.tanh(flow / FLOW_MOST), FLOW_SMOOTH)
        flow = F.interpolate(flow, scale_factor=2, mode="bilinear", align_corners=False) * self.window
        light = torch.zeros_like(face[:, :1])
        if self.light1 is not None:
            elsewhere = 1.0 - self.view.of(acting(whole_change, *PAINTED))  # or light would haze what is to be painted
            light = self.lights * torch.tanh(self.light1(y4) * (LIGHT_UNIT / self.lights))
            light = reflected(_twice(_twice(light)) * self.window * elsewhere, face)
        fine = torch.cat([_twice(F.leaky_relu(self.fine(y2), 0.2)), face * 2.0 - 1.0], 1)
        last = self.last(torch.cat([F.leaky_relu(self.mixed(fine), 0.2), fine], 1))
        around = F.interpolate(blurred(F.avg_pool2d(face, 2), AROUND), scale_factor=2, mode="bilinear", align_corners=False)
        added = COLOUR_MOST * torch.tanh(last)
        grey = added.mean(1, keepdim=True)
        colour = (around + grey + blurred(added - grey, CHROMA_SMOOTH)).clamp(0.0, 1.0)
        logit = 2.0 * _twice(self.mask0(y2))
        within = self.view.within
        return Layers(within(flow), within(light), within(torch.sigmoid(logit) * self.window * acts), within(colour), logit)


def reflected(light: Tensor, face: Tensor) -> Tensor:
    """Light as surfaces reflect it: what is darker than the places that it is meant for, such as hair, gets less of it.

    Args:
        light: (B, 1, H, W).
        face: (B, 3, H, W) in 0 to 1, that it falls on.

    Returns:
        As `light`.
    """
    brightness = blurred(face.mean(1, keepdim=True), REFLECTS_OVER)
    weight = light.detach().abs() + 1e-8
    usual = (brightness * weight).sum((2, 3), keepdim=True) / weight.sum((2, 3), keepdim=True)
    return light * (brightness / (usual + 1e-3)).clamp(0.0, 1.0)


def _agreed(both: Layers) -> Layers:
    """Combine outputs for faces (2 B), the second half mirrored: motion and light are averaged; kept is paint of both."""
    count = len(both.mask) // 2
    back = [part[count:].flip(3) for part in (both.flow, both.light, both.mask, both.colour)]
    flow = both.flow[:count] + back[0] * torch.tensor([-1.0, 1.0], device=both.flow.device)[:, None, None]
    mask = both.mask[:count]
    share = ((mask + 1e-4) / (mask + back[2] + 2e-4)).detach()
    colour = share * both.colour[:count] + (1.0 - share) * back[3]
    return Layers(0.5 * flow, 0.5 * (both.light[:count] + back[1]), torch.minimum(mask, back[2]), colour, both.logit)


def acting(change: Tensor, least: float, full: float) -> Tensor:
    """Where a change acts, and so where painting is allowed: 1 there, 0 elsewhere; (B, 1, SIDE, SIDE).

    Args:
        change: (B, 3, COARSE, COARSE), as the network gets it.
        least: of the largest change: below it there is 0.
        full: the same, from where on there is 1.
    """
    size = blurred(change.abs().mean(1, keepdim=True), ACTS_SMOOTH)
    share = ((size / (size.amax((2, 3), keepdim=True) + 1e-3) - least) / (full - least)).clamp(0.0, 1.0)
    return _twice(share * share * (3.0 - 2.0 * share))


def strain(layers: Layers) -> Tensor:
    """How far an edit pulls a face about without covering it, at 100 %; (B,), 0 for most faces, above 0.2 it is seen.

    To close a broad smile, teeth must be painted over. Where the network only moves them, they end up pressed together between
    lips of the same width: its longest motion is long, and it covers no place well.
    """
    longest = layers.flow.square().sum(1).sqrt().amax((1, 2))
    covered = F.avg_pool2d(layers.mask, COVERED_OVER).amax((1, 2, 3))
    return (longest / STRAINED_BY - 2.0 * covered).clamp(min=0.0)


def _window(view: View) -> Tensor:
    """A window of 1 over a view's inner part, fading to exactly 0 before its edges; (rows, columns)."""
    if view == View():  # the whole frame: its corners aren't face, either
        along = (torch.arange(SIDE) + 0.5) / SIDE * 2.0 - 1.0
        far = (along.abs()[None, :] ** 4 + along.abs()[:, None] ** 4) ** 0.25
        share = ((0.985 - far) / (0.985 - 0.86)).clamp(0.0, 1.0)
        return share * share * (3.0 - 2.0 * share)
    down, across = (_faded(high - low) for low, high in ((view.top, view.bottom), (view.left, view.right)))
    return down[:, None] * across


def _faded(length: int) -> Tensor:
    near = torch.minimum(torch.arange(length), torch.arange(length).flip(0))
    share = ((near - 1.0) / MARGIN).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def _places() -> Tensor:
    """Coordinates of the frame's coarse pixels: across, down, distance from the middle; (3, COARSE, COARSE) in -1 to 1."""
    line = torch.linspace(-1.0, 1.0, COARSE)
    return torch.stack([line.expand(COARSE, COARSE), line[:, None].expand(COARSE, COARSE), line.abs().expand(COARSE, COARSE)])


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
    """Opacity of painted pixels at an amount (1 = 100 %): full from 70 % on, 0 at 0 %; smooth and never falling."""
    share = (amount / 0.7).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def composed(face: Tensor, layers: Layers, amount: Tensor) -> Tensor:
    """The faces at some amounts (B,): moved, and painted over by what moves along."""
    share = amount[:, None, None, None]
    moved = (pulled(face, share * layers.flow) + share * layers.light).clamp(0.0, 1.0)
    painted = pulled(torch.cat([layers.mask, layers.colour], 1), (share - 1.0) * layers.flow)
    mask = opacity(share) * painted[:, :1]
    return moved + mask * (painted[:, 1:] - moved)
