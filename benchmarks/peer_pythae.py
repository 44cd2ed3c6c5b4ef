"""pythae (github.com/clementchadebec/benchmark_VAE, Apache 2.0) on our network and pictures, for `train_epoch.py`.

All is pythae's own: `TrainingPipeline`, `BaseTrainer`, `VAE` with its loss, `BaseDataset`, Adam as it makes it, its
checkpoint after each epoch. The network is the very layers of `conv_vae` in `core.families.vae.networks`, or of `burgess_vae` there
with Bernoulli pixels, in PyTorch's default memory layout.
Its pictures are a float array in [0, 1] that lies ready in memory, as its examples have it; or, lazily, a `Dataset` that
opens each file when it is wanted, as its documentation has it for data that doesn't fit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from pythae.data.datasets import DatasetOutput
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.pipelines import TrainingPipeline
from pythae.trainers import BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback
from torch import nn
from turns import Turns

from core.config import TrainConfig
from core.data.dataset import FaceData
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.burgess_vae import BurgessVAE
from core.families.vae.networks.conv_vae import ConvVAE

Pixels = np.ndarray
NETWORKS: dict[str, type[ConvVAE] | type[BurgessVAE]] = {"conv_vae": ConvVAE, "burgess_vae": BurgessVAE}


class Encoder(BaseEncoder):
    """Our encoder's layers."""

    def __init__(self, layers: nn.Module, to_mean: nn.Module, to_log_var: nn.Module) -> None:
        super().__init__()
        self.layers, self.to_mean, self.to_log_var = layers, to_mean, to_log_var

    def forward(self, x: torch.Tensor) -> ModelOutput:
        """Pictures (B, C, H, W) in [0, 1]."""
        features = self.layers(x)
        return ModelOutput(embedding=self.to_mean(features), log_covariance=self.to_log_var(features))


class Decoder(BaseDecoder):
    """Our decoder's layers."""

    def __init__(self, from_latent: nn.Module, layers: nn.Module, grid: tuple[int, int, int], last: nn.Module) -> None:
        super().__init__()
        self.from_latent, self.layers, self.grid, self.last = from_latent, layers, grid, last

    def forward(self, z: torch.Tensor) -> ModelOutput:
        """z (B, D)."""
        return ModelOutput(reconstruction=self.last(self.layers(self.from_latent(z).view(-1, *self.grid))))


class Files(torch.utils.data.Dataset):
    """Opens a picture when it is wanted."""

    def __init__(self, files: Sequence[Path], size: int, channels: int) -> None:
        self._files, self._size, self._channels = files, size, channels

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> DatasetOutput:
        return DatasetOutput(data=torch.from_numpy(read(self._files[index], self._size, self._channels)))


class Watch(TrainingCallback):
    """Takes part in the turns: an epoch begins when it is its turn, and is over when the trainer logs it."""

    def __init__(self, turns: Turns, pictures: int, begin: float, clock: Callable[[], float]) -> None:
        self._turns, self._pictures, self._begin, self._clock = turns, pictures, begin, clock
        self._prepared = clock()
        self._first = True
        self._trained = 0.0

    def on_epoch_begin(self, training_config: Any, **kwargs: Any) -> None:
        """Wait; the first epoch is in the turn that prepared it."""
        if not self._first:
            self._turns.wait()
            self._begin = self._clock()

    def on_eval_step_begin(self, training_config: Any, **kwargs: Any) -> None:
        """Its training part is over."""
        self._trained = self._clock()

    def on_log(self, training_config: Any, logs: Any, **kwargs: Any) -> None:
        """All of the epoch is over, the checkpoint too."""
        import_seconds = self._prepared - self._begin if self._first else 0.0
        self._turns.tell(
            {
                "seconds": self._clock() - self._begin,
                "import_seconds": import_seconds,
                "training_seconds": self._trained - self._begin - import_seconds,
                "pictures": self._pictures,
            }
        )
        self._first = False


def read(path: Path, size: int, channels: int) -> Pixels:
    """A picture's middle square, (channels, size, size) float32 in [0, 1]."""
    with Image.open(path) as image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
        mode = "RGB" if channels == 3 else "L"
        pixels = np.asarray(image.convert(mode).resize((size, size), Image.Resampling.LANCZOS, box=box))
    return pixels.reshape(size, size, channels).transpose(2, 0, 1).astype(np.float32) / 255


def work(config: TrainConfig, files: Sequence[Path], valid: int, folder: Path, lazily: bool, clock: Callable[[], float]) -> None:
    """Train an epoch a turn; the first turn prepares the pictures as well.

    Args:
        config: network, batch size, learning rate.
        files: the pictures, the last `valid` of which are for validation.
        valid: see there.
        folder: where pythae writes.
        lazily: whether each picture is opened when it is wanted.
        clock: in seconds.
    """
    logging.disable(logging.INFO)
    size = config.data.image_size
    turns = Turns()
    turns.wait()
    begin = clock()
    shape = (config.data.channels, size, size)
    is_bernoulli = config.settings.objective.likelihood == "bernoulli"
    own = NETWORKS[config.settings.model.name](
        config.settings.model, LatentSpec(config.settings.model.latent_dim, shape), config.settings.objective.likelihood
    )
    pipeline = _pipeline(config, own, shape, is_bernoulli, folder, epochs=1_000_000)  # it ends when it gets no turn any more
    parts = files[:-valid], files[-valid:]
    channels = config.data.channels
    data = [Files(part, size, channels) if lazily else np.stack([read(file, size, channels) for file in part]) for part in parts]
    pipeline(data[0], data[1], callbacks=[Watch(turns, len(parts[0]), begin, clock)])


class Stopwatch(TrainingCallback):
    """Tells how many seconds of training each epoch ended after; what is done with that isn't counted."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._begin, self._passed = 0.0, 0.0

    def on_epoch_begin(self, training_config: Any, **kwargs: Any) -> None:
        """Go on."""
        self._begin = time.perf_counter()

    def on_log(self, training_config: Any, logs: Any, **kwargs: Any) -> None:
        """All of the epoch is over, the checkpoint too."""
        self._passed += time.perf_counter() - self._begin
        self._tell(self._passed)


def train_on(config: TrainConfig, own: ConvVAE, data: FaceData, folder: Path, tell: Callable[[float], None]) -> None:
    """Train our network's very weights with pythae's trainer, on standardised pictures, for as many epochs as the config says.

    Args:
        config: batch size, learning rate, epochs; one of Gaussian pixels with a fixed variance of 1.
        own: the network; it must know the standardisation.
        data: the pictures.
        folder: where pythae writes.
        tell: called after each epoch, with the seconds that all so far took.
    """
    logging.disable(logging.INFO)
    mean, std = (values.numpy()[:, None, None] for values in (own.pixel_mean, own.pixel_std))
    parts = [
        ((data.images[rows].transpose(0, 3, 1, 2).astype(np.float32) / 255 - mean) / std).astype(np.float32)
        for rows in (data.split.train, data.split.valid)
    ]
    pipeline = _pipeline(config, own, parts[0].shape[1:], False, folder, epochs=config.epochs)
    pipeline(parts[0], parts[1], callbacks=[Stopwatch(tell)])


def _pipeline(
    config: TrainConfig, own: ConvVAE | BurgessVAE, shape: tuple[int, ...], is_bernoulli: bool, folder: Path, epochs: int
) -> TrainingPipeline:
    """pythae's model around our layers, and its trainer, for pictures of a shape (C, H, W)."""
    decoder = Decoder(own.from_latent, own.decoder, own._grid, nn.Sigmoid() if is_bernoulli else nn.Identity())
    loss = "bce" if is_bernoulli else "mse"
    sizes = VAEConfig(input_dim=shape, latent_dim=config.settings.model.latent_dim, reconstruction_loss=loss)
    return TrainingPipeline(
        VAE(sizes, Encoder(own.encoder, own.to_mean, own.to_log_var), decoder),
        BaseTrainerConfig(
            output_dir=str(folder),
            per_device_train_batch_size=config.batch_size,
            per_device_eval_batch_size=config.batch_size,
            num_epochs=epochs,
            learning_rate=config.learning_rate,
            steps_saving=1,
            no_cuda=config.device != "cuda",
        ),
    )
