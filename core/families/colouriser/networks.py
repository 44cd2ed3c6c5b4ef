"""Networks that see a picture's lightness and say its colours.

Small and deep are the "alpha" and "beta" of Emil Wallner's "Colorizing B&W photos with neural networks" (2017), ResNet18 the
encoder of Luke Melas-Kyriazi's "Image colorization with convolutional neural networks" (2018); here with lightness from -1 to 1
in, and tanh at the end, in all three.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from core.families.colouriser.family import STRIDE
from core.families.colouriser.lab import AB_RANGE, LIGHTEST
from core.families.colouriser.settings import DEEP, RESNET18, SMALL

SMALL_DOWN = ((8, 2), (8, 1), (16, 1), (16, 2), (32, 1), (32, 2))  # (channels, stride) of convolutions
SMALL_UP = (32, 16)  # channels after each doubling of the size, before the last one
DEEP_DOWN = ((64, 1), (64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (256, 1), (128, 1))
DEEP_UP = (64, 32)


class Colouriser(nn.Module):
    """Lightness -> a* and b*, for pictures of any size.

    Args:
        network: SMALL, DEEP or RESNET18.
    """

    def __init__(self, network: str) -> None:
        super().__init__()
        self.layers = {SMALL: _small, DEEP: _deep, RESNET18: _resnet18}[network]()

    def forward(self, lightness: Tensor) -> Tensor:
        """L* (B, 1, H, W) in [0, 100] -> a* and b* (B, 2, H, W) in [-110, 110], float32; sides not divisible by 8 are filled up."""
        height, width = lightness.shape[-2:]
        x = F.pad(lightness / (LIGHTEST / 2.0) - 1.0, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
        ab: Tensor = AB_RANGE * self.layers(x).float()
        return ab[..., :height, :width]


def parameters_of(network: str) -> int:
    """How many weights a network has."""
    return sum(one.numel() for one in Colouriser(network).parameters())


def _small() -> nn.Sequential:
    """Wallner's alpha: the size is doubled before each of the last three convolutions."""
    layers, channels = _down(SMALL_DOWN)
    for width in SMALL_UP:
        layers += [_doubled(), _conv(channels, width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, _doubled(), _last(channels), nn.Tanh())


def _deep() -> nn.Sequential:
    """Wallner's beta: colours at half the size, which are then doubled."""
    layers, channels = _down(DEEP_DOWN)
    for width in DEEP_UP:
        layers += [_doubled(), _conv(channels, width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, _last(channels), nn.Tanh(), _smoothly_doubled())


def _resnet18() -> nn.Sequential:
    """ResNet18 (He et al., arXiv 1512.03385) up to an eighth of the size, with one channel coming in and random weights."""
    from core.torchvision_compat import torchvision  # noqa: PLC0415 - a second of import that only this network needs

    whole = torchvision.models.resnet18(weights=None)
    entry = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    nn.init.kaiming_normal_(entry.weight, mode="fan_out", nonlinearity="relu")
    layers = [entry, whole.bn1, nn.ReLU(), whole.maxpool, whole.layer1, whole.layer2]
    for before, after, doubles in ((128, 128, True), (128, 64, False), (64, 64, True), (64, 32, False)):
        layers += [_conv(before, after, bias=False), nn.BatchNorm2d(after), nn.ReLU(), *([_doubled()] if doubles else [])]
    return nn.Sequential(*layers, _last(32), nn.Tanh(), _smoothly_doubled())


def _down(sizes: Sequence[tuple[int, int]]) -> tuple[list[nn.Module], int]:
    """Convolutions with ReLU, one each for (channels, stride), from one channel on; and the channels that come out."""
    layers: list[nn.Module] = []
    channels = 1
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


def _doubled() -> nn.Upsample:
    return nn.Upsample(scale_factor=2.0, mode="nearest")


def _smoothly_doubled() -> nn.Upsample:
    """For colours that no convolution follows: squares of 2 x 2 pixels would show."""
    return nn.Upsample(scale_factor=2.0, mode="bilinear", align_corners=False)
