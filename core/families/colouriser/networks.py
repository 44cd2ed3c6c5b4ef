"""Networks that see a picture's lightness and say its colours.

Small and deep are the "alpha" and "beta" of Emil Wallner's "Colorizing B&W photos with neural networks" (2017), ResNet18 the
encoder of Luke Melas-Kyriazi's "Image colorization with convolutional neural networks" (2018); here with lightness from -1 to 1
in, and tanh at the end, in all three.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.families.colouriser.classes import COUNT, annealed_mean
from core.families.colouriser.family import STRIDE
from core.families.colouriser.lab import AB_RANGE, LIGHTEST
from core.families.colouriser.points import PLANES
from core.families.colouriser.settings import CLASSES, DEEP, RESNET18, SMALL, ColouriserSettings

SMALL_DOWN = ((8, 2), (8, 1), (16, 1), (16, 2), (32, 1), (32, 2))  # (channels, stride) of convolutions
SMALL_UP = (32, 16)  # channels after each doubling of the size, before the last one
DEEP_DOWN = ((64, 1), (64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (256, 1), (128, 1))
DEEP_UP = (64, 32)


class Colouriser(nn.Module):
    """Lightness -> a* and b*, for pictures of any size.

    Args:
        settings: of the network; what belongs to its training is passed over.
    """

    def __init__(self, settings: ColouriserSettings) -> None:
        super().__init__()
        self.takes_points, self.says_classes = settings.points, settings.loss == CLASSES
        self.temperature = settings.temperature
        make = {SMALL: _small, DEEP: _deep, RESNET18: _resnet18}[settings.network]
        self.layers = make(1 + PLANES * self.takes_points, self.says_classes)
        if self.says_classes:
            self.register_buffer("weights", torch.ones(COUNT))
        self.weights: Tensor
        """(259,) of the classes in training."""

    def forward(self, lightness: Tensor, points: Tensor | None = None) -> Tensor:
        """Colours of pictures, whose sides are filled up where they aren't divisible by 8.

        Args:
            lightness: L*, (B, 1, H, W) in [0, 100].
            points: colours that are given, (B, 3, H, W) as `points.planes_of`, for a network that takes them; None: none are.

        Returns:
            a* and b*, (B, 2, H, W) in [-110, 110], float32.
        """
        height, width = lightness.shape[-2:]
        return self.colours_of(self.given(lightness, points))[..., :height, :width]

    def colours_of(self, given: Tensor) -> Tensor:
        """The colours that the last layer's numbers mean: (B, 2, H, W) float32."""
        if self.says_classes:
            half = annealed_mean(given, self.temperature)
            return F.interpolate(half, scale_factor=2.0, mode="bilinear", align_corners=False)
        return AB_RANGE * given.float()

    def given(self, lightness: Tensor, points: Tensor | None = None) -> Tensor:
        """What the last layer gives, of the filled size: colours, or scores of classes at half the size (B, 259, H / 2, W / 2)."""
        height, width = lightness.shape[-2:]
        x = lightness / (LIGHTEST / 2.0) - 1.0
        filled = (0, -width % STRIDE, 0, -height % STRIDE)
        x = F.pad(x, filled, mode="replicate")
        if self.takes_points:
            if points is None:
                points = x.new_zeros((len(x), PLANES, height, width))
            x = torch.cat((x, F.pad(points, filled)), dim=1)
        out: Tensor = self.layers(x)
        return out


def parameters_of(settings: ColouriserSettings) -> int:
    """How many weights a network has."""
    return sum(one.numel() for one in Colouriser(settings).parameters())


def _small(entering: int, says_classes: bool) -> nn.Sequential:
    """Wallner's alpha: the size is doubled before each of the last three convolutions."""
    layers, channels = _down(SMALL_DOWN, entering)
    for width in SMALL_UP:
        layers += [_doubled(), _conv(channels, width), nn.ReLU()]
        channels = width
    if says_classes:
        return nn.Sequential(*layers, _said(channels))
    return nn.Sequential(*layers, _doubled(), _last(channels), nn.Tanh())


def _deep(entering: int, says_classes: bool) -> nn.Sequential:
    """Wallner's beta: colours at half the size, which are then doubled."""
    layers, channels = _down(DEEP_DOWN, entering)
    for width in DEEP_UP:
        layers += [_doubled(), _conv(channels, width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, *_colours_at_half(channels, says_classes))


def _resnet18(entering: int, says_classes: bool) -> nn.Sequential:
    """ResNet18 (He et al., arXiv 1512.03385) up to an eighth of the size, with one channel coming in and random weights."""
    from core.torchvision_compat import torchvision  # noqa: PLC0415 - a second of import that only this network needs

    whole = torchvision.models.resnet18(weights=None)
    entry = nn.Conv2d(entering, 64, 7, stride=2, padding=3, bias=False)
    nn.init.kaiming_normal_(entry.weight, mode="fan_out", nonlinearity="relu")
    layers = [entry, whole.bn1, nn.ReLU(), whole.maxpool, whole.layer1, whole.layer2]
    for before, after, doubles in ((128, 128, True), (128, 64, False), (64, 64, True), (64, 32, False)):
        layers += [_conv(before, after, bias=False), nn.BatchNorm2d(after), nn.ReLU(), *([_doubled()] if doubles else [])]
    return nn.Sequential(*layers, *_colours_at_half(32, says_classes))


def _colours_at_half(before: int, says_classes: bool) -> list[nn.Module]:
    """What comes behind layers of half the size: scores of that size, or colours of the whole size."""
    return [_said(before)] if says_classes else [_last(before), nn.Tanh(), _smoothly_doubled()]


def _down(sizes: Sequence[tuple[int, int]], entering: int) -> tuple[list[nn.Module], int]:
    """Convolutions with ReLU, one each for (channels, stride), from so many channels on; and the channels that come out."""
    layers: list[nn.Module] = []
    channels = entering
    for width, stride in sizes:
        layers += [_conv(channels, width, stride), nn.ReLU()]
        channels = width
    return layers, channels


def _conv(before: int, after: int, stride: int = 1, *, bias: bool = True) -> nn.Conv2d:
    layer = nn.Conv2d(before, after, 3, stride, padding=1, bias=bias)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _last(before: int) -> nn.Conv2d:
    layer = nn.Conv2d(before, 2, 3, padding=1)
    nn.init.xavier_uniform_(layer.weight, gain=0.1)  # begins near grey
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def _said(before: int) -> nn.Conv2d:
    """Scores of the classes."""
    layer = nn.Conv2d(before, COUNT, 1)
    nn.init.xavier_uniform_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def _doubled() -> nn.Upsample:
    return nn.Upsample(scale_factor=2.0, mode="nearest")


def _smoothly_doubled() -> nn.Upsample:
    """For colours that no convolution follows: squares of 2 x 2 pixels would show."""
    return nn.Upsample(scale_factor=2.0, mode="bilinear", align_corners=False)
