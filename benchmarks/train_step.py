"""How fast the training step is, against the same network trained the plain way, and what of it a whole epoch keeps.

Both are measured in one process, in turns, on random pictures (the arithmetic is the same whatever they show):

- plain: the loop of a tutorial. fp32, contiguous NCHW, `nn.Dropout` on every number, Adam as it is by default,
  `F.mse_loss` and the KL term; its batch is a standardised float tensor that lies ready, so that no picture has to be read
  or converted.
- optimised: `core.families.vae.recipe.VaeRecipe.step`, from uint8 pictures on: conversion, channels-last, channel-wise dropout,
  fused Adam, bf16 where the hardware multiplies it, and memory that is kept from step to step.
- epoch: `core.training.loop.train` on picture files, two classes. Its training part goes from the epoch's begin to its
  last step; with validation, to its last checkpoint.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
import torch
import torch.nn.functional as F
from common import note, parser, report
from PIL import Image
from torch import nn

from core import device
from core.config import TrainConfig, preset, with_values
from core.data.dataset import FaceData, load
from core.events import CheckpointSaved, Event, RunFailed, RunStarted, Step
from core.families.base import Elapsed
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.conv_vae import ConvVAE
from core.families.vae.recipe import VaeRecipe, make_recipe
from core.training.loop import train
from core.training.recipe import Batch, Moment

VALID_FRACTION = 0.2


class PlainVAE(ConvVAE):
    """The same layers and sizes, without the care for memory layout, and with dropout on every number."""

    def __init__(self, config: TrainConfig, spec: LatentSpec) -> None:
        super().__init__(config.settings.model, spec, config.settings.objective.likelihood)
        for part in (self.encoder, self.decoder):
            for place, layer in enumerate(part):
                if isinstance(layer, nn.Dropout2d):
                    part[place] = nn.Dropout(layer.p)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Standardised pictures (B, C, H, W) -> their reconstruction, mean and log-variance."""
        features = self.encoder(x)
        mean, log_var = self.to_mean(features), self.to_log_var(features)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        return self.decoder(self.from_latent(z).view(-1, *self._grid)), mean, log_var


class Plain:
    """A tutorial's training loop around it."""

    def __init__(self, config: TrainConfig, data: FaceData, where: torch.device) -> None:
        torch.manual_seed(config.seed)
        size = config.data.image_size
        self.model = PlainVAE(config, LatentSpec(config.settings.model.latent_dim, (3, size, size))).to(where)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=config.learning_rate)
        x = torch.from_numpy(np.array(data.images[: config.batch_size])).permute(0, 3, 1, 2).float().div(255).contiguous()
        self.x = ((x - x.mean(dim=(0, 2, 3), keepdim=True)) / x.std(dim=(0, 2, 3), keepdim=True)).to(where)

    def step(self) -> None:
        """One step."""
        self.model.train()
        decoded, mean, log_var = self.model(self.x)
        kl = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
        loss = (F.mse_loss(decoded, self.x, reduction="sum") + kl) / len(self.x)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


@dataclass(slots=True)
class Epoch:
    """One epoch of a real run, in seconds from its begin."""

    training: float = 0.0
    whole: float = 0.0
    pictures: int = 0


@dataclass(slots=True)
class Measured:
    """Images a second, one number a round."""

    plain: list[float] = field(default_factory=list)
    optimised: list[float] = field(default_factory=list)
    epoch: list[float] = field(default_factory=list)
    epoch_with_validation: list[float] = field(default_factory=list)


def write_pictures(folder: Path, count: int, size: int) -> None:
    """Noise in two classes; BMP, which costs nothing to write."""
    rng = np.random.default_rng(0)
    for index in range(count):
        place = folder / ("smile" if index % 2 else "non_smile")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (size, size, 3), np.uint8)).save(place / f"{index:05d}.bmp")


def epochs_of(events: Iterator[Event], pictures: int) -> Iterator[Epoch]:
    """The epochs of a run, each measured while it is asked for (and at rest in between)."""
    for event in events:
        if isinstance(event, RunStarted):
            break
        if isinstance(event, RunFailed):
            raise SystemExit(event.message)
    while True:
        found = Epoch(pictures=pictures)
        start = time.perf_counter()
        for event in events:
            if isinstance(event, RunFailed):
                raise SystemExit(event.message)
            now = time.perf_counter() - start
            if isinstance(event, Step):
                found.training = now
            elif isinstance(event, CheckpointSaved) and not event.best:
                found.whole = now
                break
        if not found.whole:
            return
        yield found


def rate(step: Callable[[], object], steps: int, batch: int, where: torch.device) -> float:
    """Images a second of some steps."""
    start = time.perf_counter()
    for _ in range(steps):
        step()
    if where.type == "cuda":
        torch.cuda.synchronize(where)
    return steps * batch / (time.perf_counter() - start)


def measure(config: TrainConfig, data: FaceData, run: Path, rounds: int, steps: int) -> tuple[Measured, VaeRecipe]:
    """All of it in turns, so that a machine that slows down meanwhile slows all alike."""
    compute = device.choose(config.device, config.precision)
    recipe, plain = make_recipe(config, data, compute), Plain(config, data, compute.device)
    images, now = np.array(data.images[: config.batch_size]), Moment(Elapsed(0.0), config.learning_rate)
    batch = len(images)
    epochs = epochs_of(train(with_values(config, {"epochs": rounds + 1}), run), len(data.split.train))
    found = Measured()

    def optimised() -> None:
        recipe.step(Batch(images), now)

    for number in range(rounds + 1):
        device.keep_freed_memory(False)
        plain_rate = rate(plain.step, steps if number else 1, batch, compute.device)
        device.keep_freed_memory()  # as the training process does
        before = rate(optimised, steps if number else 1, batch, compute.device)
        epoch = next(epochs)
        after = rate(optimised, steps if number else 1, batch, compute.device)
        if not number:
            continue  # the first round only warms up
        found.plain.append(plain_rate)
        found.optimised.append(2 / (1 / before + 1 / after))
        found.epoch.append(epoch.pictures / epoch.training)
        found.epoch_with_validation.append(epoch.pictures / epoch.whole)
        note(
            f"round {number}: plain {plain_rate:.1f}, optimised {found.optimised[-1]:.1f}, "
            f"epoch {found.epoch[-1]:.1f}, with validation {found.epoch_with_validation[-1]:.1f} images/s"
        )
    return found, recipe


def ratio(above: list[float], below: list[float]) -> float:
    """The median over the rounds of one rate over another."""
    return round(median(a / b for a, b in zip(above, below, strict=True)), 3)


def main() -> None:
    """Run it."""
    options = parser("Images a second of a training step: plain, optimised, and in a whole epoch.")
    options.add_argument("--batch-size", type=int, default=0, help="128 by default, as in the assignment (--quick: 16)")
    options.add_argument("--precision", default="auto", choices=("auto", "fp32", "bf16"))
    options.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    options.add_argument("--threads", type=int, default=0, help="0 = all cores")
    given = options.parse_args()
    batch = given.batch_size or (16 if given.quick else 128)
    rounds, steps, epoch_steps = (2, 2, 3) if given.quick else (5, 4, 10)
    threads = device.set_threads(given.threads)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ["LABKHAND_CACHE"] = str(Path(own) / "cache")
        values = {
            "data.source": str(Path(own) / "pictures"),
            "data.valid_fraction": VALID_FRACTION,
            "batch_size": batch,
            "precision": given.precision,
            "device": given.device,
            "threads": given.threads,
        }
        config = with_values(preset("table1"), values)
        write_pictures(Path(config.data.source), round(batch * epoch_steps / (1 - VALID_FRACTION)), config.data.image_size)
        data = load(config.data)
        found, recipe = measure(config, data, Path(own) / "run", rounds, steps)
    result = {
        "plain_images_per_second": round(median(found.plain), 1),
        "images_per_second": round(median(found.optimised), 1),
        "ratio": ratio(found.optimised, found.plain),
        "epoch_images_per_second": round(median(found.epoch), 1),
        "epoch_share": ratio(found.epoch, found.optimised),
        "epoch_share_with_validation": ratio(found.epoch_with_validation, found.optimised),
        "precision": recipe.compute.precision,
        "device": recipe.compute.device.type,
        "threads": threads,
        "batch_size": batch,
        "dropout": config.settings.model.dropout,
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
