"""The four networks of a CycleGAN: two generators and two PatchGAN discriminators (Zhu et al., arXiv 1703.10593, section 7).

Pictures are in [-1, 1]. Instance normalisation has no running statistics, so that a network gives the same in training and in
use: with them, colours turned (github.com/junyanz/pytorch-CycleGAN-and-pix2pix issue 395). A generator may say what it adds to a
picture instead of painting it anew. A mask between the two, as in Mejjati et al. (arXiv 1806.02311), was tried: within some hundred
steps both losses that like copies close it, its gradient goes with it, and nothing is ever translated.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from core.families.cycle_gan.family import STRIDE
from core.families.cycle_gan.settings import RESIDUAL, RESIZED, CycleGanSettings

INITIAL_STD = 0.02  # of weights
FAINT = 0.1  # times as much, where what is added to a picture comes from
SLOPE = 0.2  # of a discriminator's LeakyReLU below 0


class Generator(nn.Module):
    """A picture of one side -> the same as one of the other side.

    Args:
        settings: how wide, how deep, and which output.
        channels: of a picture.
    """

    def __init__(self, settings: CycleGanSettings, channels: int) -> None:
        super().__init__()
        width = settings.width
        self.adds = settings.output == RESIDUAL
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), norm(width), nn.ReLU()]
        for wide in (width, 2 * width):
            layers += [nn.Conv2d(wide, 2 * wide, 3, stride=2, padding=1), norm(2 * wide), nn.ReLU()]
        layers += [Block(4 * width) for _ in range(settings.blocks)]
        for wide in (4 * width, 2 * width):
            layers += [doubling(wide, wide // 2, settings.upsampling), norm(wide // 2), nn.ReLU()]
        last = nn.Conv2d(width, channels, 7)
        self.layers = nn.Sequential(*layers, nn.ReflectionPad2d(3), last)
        begin(self)
        if self.adds:  # it begins with copies, so that discriminators learn at once what the sides differ in
            nn.init.normal_(last.weight, 0.0, FAINT * INITIAL_STD)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (B, C, H, W) in [-1, 1], sides divisible by 4 -> the same shape, float32.

        What is added may leave [-1, 1]: clamped here, a blot that is too dark would have no gradient, and would never be undone.
        """
        painted: Tensor = self.layers(x).float().tanh()
        return x + painted if self.adds else painted


class Block(nn.Module):
    """x + two convolutions of it, with reflected borders."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            norm(channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            norm(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return x + self.layers(x)


class Discriminator(nn.Module):
    """PatchGAN: how real each patch of a picture looks; real is 1, translated 0. There is no sigmoid.

    Args:
        settings: its width, and how many layers halve the size.
        channels: of a picture.
    """

    def __init__(self, settings: CycleGanSettings, channels: int) -> None:
        super().__init__()
        width = settings.judge_width
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)]
        wide = width
        for number in range(1, settings.judge_layers + 1):
            after = width * min(2**number, 8)
            stride = 2 if number < settings.judge_layers else 1
            layers += [nn.Conv2d(wide, after, 4, stride=stride, padding=1), norm(after), nn.LeakyReLU(SLOPE)]
            wide = after
        self.layers = nn.Sequential(*layers, nn.Conv2d(wide, 1, 4, padding=1))
        begin(self)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (B, C, H, W) in [-1, 1] -> how real their patches are, (B, 1, h, w) float32."""
        scores: Tensor = self.layers(x).float()
        return scores


class CycleGan(nn.Module):
    """All four networks.

    Attributes:
        to_b: G of the paper, from side A to side B.
        to_a: F of the paper, from side B to side A.
        real_a: D_X of the paper, which tells pictures of A from those that `to_a` made.
        real_b: D_Y of the paper, the same for B.
    """

    def __init__(self, settings: CycleGanSettings, channels: int) -> None:
        super().__init__()
        self.to_b = Generator(settings, channels)
        self.to_a = Generator(settings, channels)
        self.real_a = Discriminator(settings, channels)
        self.real_b = Discriminator(settings, channels)

    def generator_weights(self) -> list[nn.Parameter]:
        """Of both generators."""
        return [*self.to_b.parameters(), *self.to_a.parameters()]

    def discriminator_weights(self) -> list[nn.Parameter]:
        """Of both discriminators."""
        return [*self.real_a.parameters(), *self.real_b.parameters()]


def translated(generator: Generator, x: Tensor) -> Tensor:
    """What a generator makes of pictures (B, C, H, W) in [-1, 1] of any size from 8 on; sides are filled up to multiples of 4."""
    height, width = x.shape[-2:]
    padded = F.pad(x, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
    return generator(padded)[..., :height, :width]  # type: ignore[no-any-return]


def norm(channels: int) -> nn.Module:
    """Instance normalisation that learns nothing and keeps no statistics."""
    return nn.InstanceNorm2d(channels, affine=False, track_running_stats=False)


def doubling(before: int, after: int, upsampling: str) -> nn.Module:
    """A convolution that doubles the size. A transposed one weighs neighbouring pixels differently, which shows as a chequered
    pattern (Odena et al., distill.pub/2016/deconv-checkerboard); one after pixels were repeated doesn't."""
    if upsampling == RESIZED:
        return nn.Sequential(nn.Upsample(scale_factor=2.0), nn.ReflectionPad2d(1), nn.Conv2d(before, after, 3))
    return nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1)


def begin(network: nn.Module) -> None:
    """Give all convolutions the paper's first weights: a normal distribution of standard deviation 0.02, biases 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, INITIAL_STD)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
