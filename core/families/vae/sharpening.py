"""A phase after training in which the decoder alone learns what pixels can't teach it: to paint as sharply as photos are.

The squared error of pixels is least for the mean of all pictures that fit a code, which is a blur. So, with the encoder and
every code held still, a discriminator learns to tell patches of decoded pictures from patches of real ones (Isola et al.,
arXiv 1611.07004), and the decoder learns three things at once: to stay near the picture, to give the discriminator's
layers the same features as the picture (Larsen et al., arXiv 1512.09300), and to be taken for real, on samples of the prior, too.
Latent diffusion's autoencoders are trained in this way from the start (Esser et al., arXiv 2012.09841).

How strongly each of them pulls is measured at the decoded picture and set as a share of the pixels' pull, so that nothing
has to be tuned to a data set, a picture size or a network. A fourth one keeps a decoder of few layers from the easy way out: a
regular mesh over all pictures, which has the fine structure of photos by any measure but the eye's. The discriminator looks at
a quarter of the picture in each step, wherever chance puts it: it judges patches anyway, and a step takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from core.families.vae.networks.base import LatentModule
from core.team import Team, batch_mean, team_sum
from core.training.ema import WeightAverage
from core.training.optim import Adam, descend

WIDTHS = (32, 64, 128, 128)  # channels of the discriminator, each layer at half the side of the one before
SLOPE = 0.2
LEAST = 32  # pixels: the smallest part that is judged
BETAS = (0.5, 0.99)  # of both optimizers: with less momentum than usual, as adversaries need
DECODER_RATE, JUDGE_RATE = 0.2, 0.4  # of the run's learning rate
FEATURES = 1.0  # pull of the features, as a share of the pixels'
REAL = 1.0  # pull of being taken for real
SHARED = 5.0  # pull against fine structure that all decoded pictures share, in units of the pixels' own
TYPICAL = 0.8  # spread of the samples that are judged, as a share of the prior's
AVERAGE = 0.999  # decay of the weights' average


class PatchJudge(nn.Module):
    """Says of each patch of a picture how real it looks; spectrally normed (Miyato et al., arXiv 1802.05957).

    It halves sides by averaging: strided convolutions would see some pixels more often than others, and the decoder would answer
    with a regular mesh (Odena et al., distill.pub/2016/deconv-checkerboard).

    Args:
        channels: of the pictures.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(before, after, 3, padding=1)) for before, after in pairwise((channels, *WIDTHS))
        )
        self.head = spectral_norm(nn.Conv2d(WIDTHS[-1], 1, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Standardised pictures (B, C, H, W) -> scores (B, 1, H/8, W/8), and the features of each layer."""
        features = []
        for number, layer in enumerate(self.layers):
            x = F.leaky_relu(layer(F.avg_pool2d(x, 2) if number else x), SLOPE)
            features.append(x)
        return self.head(x), features


class Sharpener:
    """Trains a VAE's decoder in the phase.

    Args:
        model: whose decoder learns; all else of it is frozen.
        team: processes that train together.
        seed: of the discriminator's first weights.

    Attributes:
        average: of the weights: what is shown and kept.
    """

    def __init__(self, model: LatentModule, team: Team, seed: int) -> None:
        channels = model.spec.image_shape[0]
        device = model.pixel_mean.device
        self.model, self.team = model, team
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.judge = PatchJudge(channels)
        self.judge = self.judge.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.decoder = decoder_parameters(model)
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        for parameter in self.decoder:
            parameter.requires_grad_(True)
        self.average = WeightAverage(model, AVERAGE)
        self._painting = Adam(self.decoder, 0.0, BETAS)
        self._judging = Adam(self.judge.parameters(), 0.0, BETAS)

    def step(self, x: Tensor, z: Tensor, samples: Tensor, classes: Tensor | None, learning_rate: float, corner: Tensor) -> Tensor:
        """One step of both.

        Args:
            x: (B, C, H, W) standardised pictures.
            z: (B, D) their codes.
            samples: (B, D) codes from the prior.
            classes: (B,) of a conditional model.
            learning_rate: the run's, of now.
            corner: (2,) in [0, 1): where the part is that is judged in this step.

        Returns:
            The reconstructions before the step, (B, C, H, W) standardised.
        """
        self._painting.learning_rate, self._judging.learning_rate = DECODER_RATE * learning_rate, JUDGE_RATE * learning_rate
        twice = None if classes is None else torch.cat([classes, classes])
        decoded = self.model.decode_raw(torch.cat([z, samples]), twice).float()
        raw, count = decoded.detach(), len(x)
        part = _part(x.shape, corner)
        seen, seen_raw = (pictures[:, :, part[0], part[1]].contiguous(memory_format=torch.channels_last) for pictures in (x, raw))
        self._judge_step(seen, seen_raw)
        alike, real = self._pulls(seen, seen_raw)
        near = raw[:count] - x  # the gradient of half the squared error
        size, alike_size, real_size, pictures = self._whole(near[:, :, part[0], part[1]], alike, real, count=count)
        pull = torch.zeros_like(raw)
        pull[:count] = near
        pull[:count, :, part[0], part[1]] += FEATURES * size / alike_size * alike
        pull[:, :, part[0], part[1]] += REAL * 2.0**0.5 * size / real_size * real  # samples are pulled as strongly as the others
        pull += SHARED * self._shared(raw, x)
        self._painting.zero_grad()
        decoded.backward(pull * (self.team.size / (pictures * x[0].numel())))  # `average_gradients` divides by the team
        self.team.average_gradients(self.decoder)
        self._painting.step()
        self.average.update(self.model)
        return raw[:count]

    def _judge_step(self, x: Tensor, decoded: Tensor) -> None:
        """The hinge loss (Lim & Ye, arXiv 1705.02894)."""
        self.judge.requires_grad_(True)
        real, _ = self.judge(x)
        fake, _ = self.judge(decoded)
        loss = self._mean(F.relu(1.0 - real)) + self._mean(F.relu(1.0 + fake))
        descend(self._judging, loss, list(self.judge.parameters()), self.team)

    def _pulls(self, x: Tensor, decoded: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients at the decoded pictures: of the reconstructions' features, and of looking unreal, for all of them."""
        self.judge.requires_grad_(False)
        with torch.no_grad():
            _, wanted = self.judge(x)
        rebuilt, samples = decoded[: len(x)].requires_grad_(True), decoded[len(x) :].requires_grad_(True)
        scores, features = self.judge(rebuilt)
        distance = torch.stack(
            [(own - other).abs().mean((1, 2, 3)).sum() for own, other in zip(features, wanted, strict=True)]
        ).sum()
        (alike,) = torch.autograd.grad(distance, rebuilt, retain_graph=True)
        (real,) = torch.autograd.grad(-scores.sum(), rebuilt)
        (invented,) = torch.autograd.grad(-self.judge(samples)[0].sum(), samples)
        return alike, torch.cat([real, invented])

    # -- over the whole batch, of which each process has a part

    def _mean(self, values: Tensor) -> Tensor:
        return batch_mean(values.mean((1, 2, 3)), over_team=self.team.size > 1)

    def _whole(self, *gradients: Tensor, count: int) -> list[Tensor]:
        """The norm of each gradient, and how many pictures there are; a norm of 0 is told as a tiny one."""
        sums = torch.stack([*(gradient.square().sum() for gradient in gradients), gradients[0].new_tensor(float(count))])
        if self.team.size > 1:
            sums = team_sum(sums)
        return [*sums[:-1].clamp_min(1e-24).sqrt(), sums[-1]]

    def _shared(self, decoded: Tensor, pictures: Tensor) -> Tensor:
        """The fine structure that decoded pictures have in common beyond that which pictures have, (C, H, W).

        Photos share next to none, so what is left of it in the mean of a batch is a pattern that the decoder lays over all.
        """
        several = self.team.size > 1
        more = batch_mean(decoded, over_team=several) - batch_mean(pictures, over_team=several)
        return more - F.avg_pool2d(F.pad(more[None], (2, 2, 2, 2), mode="replicate"), 5, 1)[0]

    def tensors(self) -> dict[str, Tensor]:
        """All that the phase adds to a checkpoint, without the average."""
        own = {f"judge.{name}": value for name, value in self.judge.state_dict().items()}
        own |= {f"judging.{name}": value for name, value in self._judging.tensors(self.judge).items()}
        return own | {f"painting.{name}": value for name, value in self._painting.tensors(self.model).items()}

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from `tensors`. Raises RuntimeError or KeyError where they don't fit."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}

        self.judge.load_state_dict(part("judge."))
        self._judging.load_tensors(self.judge, part("judging."))
        self._painting.load_tensors(self.model, part("painting."))


def _part(shape: Sequence[int], corner: Tensor) -> tuple[slice, slice]:
    """Rows and columns of a part of half the picture's side, or of 32 pixels where that is more, from its corner in [0, 1)."""
    places = []
    for side, share in zip(shape[2:], corner.tolist(), strict=True):
        long = min(side, max(LEAST, side // 2))
        start = int(share * (side - long + 1))
        places.append(slice(start, start + long))
    return places[0], places[1]


def decoder_parameters(model: LatentModule) -> list[nn.Parameter]:
    """The parameters that a decoded picture depends on, whatever the network."""
    was_training = model.training
    model.eval()
    with torch.enable_grad():
        raw = model.decode_raw(torch.zeros(1, model.spec.latent_dim, device=model.pixel_mean.device))
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        gradients = torch.autograd.grad(raw.sum(), parameters, allow_unused=True)
    model.train(was_training)
    return [parameter for parameter, gradient in zip(parameters, gradients, strict=True) if gradient is not None]
