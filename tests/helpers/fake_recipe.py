"""How the family of `tests.helpers.fake_family` learns: a coarse autoencoder, then a Gaussian over its codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.checkpoint import MODEL, Checkpoint
from core.config import TrainConfig
from core.data.dataset import FaceData
from core.data.lazy_rows import Pictures
from core.data.split import spread
from core.device import Compute
from core.errors import CheckpointError
from core.families.base import phase_at
from core.latent.code import NOTHING, Code, Given, values_in
from core.latent.opened import OpenedModel
from core.progress import Progress, silent
from core.team import Share, Team, batch_mean
from core.training.batches import rounded, to_input
from core.training.measures import measure_judged
from core.training.optim import Adam
from core.training.recipe import JUDGING, Batch, Interrupted, Judgement, Moment
from tests.helpers.fake_family import FAMILY, FIRST, SECOND, SPACE

SIDE = 4  # of the coarse picture
OPTIMIZER, GENERATOR = "optimizer.", "generator.noise"


class Network(nn.Module):
    """What both phases train."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(channels * SIDE * SIDE, width)
        self.decoder = nn.Linear(width, channels * SIDE * SIDE)
        self.mean = nn.Parameter(torch.zeros(width))
        self.log_std = nn.Parameter(torch.zeros(width))

    def of_phase(self, phase: str) -> list[nn.Parameter]:
        """What a phase trains."""
        return [self.mean, self.log_std] if phase == SECOND else [*self.encoder.parameters(), *self.decoder.parameters()]

    def rebuilt(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, SIDE, SIDE)."""
        return torch.sigmoid(self.decoder(z)).view(len(z), -1, SIDE, SIDE)

    def surprise(self, z: Tensor) -> Tensor:
        """-log p(z), (B,)."""
        return -torch.distributions.Normal(self.mean, self.log_std.exp()).log_prob(z).sum(dim=1)


def coarse(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, C, SIDE, SIDE)."""
    return F.adaptive_avg_pool2d(x, SIDE)


class FakeRecipe:
    """See core.training.recipe.Recipe."""

    labels: np.ndarray | None = None
    clipped = False
    wants_others = False

    def __init__(self, network: Network, compute: Compute, seed: int, team: Team) -> None:
        self.network = network
        self.compute = compute
        self.team = team
        self.generator = torch.Generator().manual_seed(seed + 1)
        self.begin(FIRST)

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        return {"network": self.network}

    def begin(self, phase: str) -> None:
        self.phase = phase
        for parameter in self.network.parameters():
            parameter.requires_grad_(False)
        trained = self.network.of_phase(phase)
        for parameter in trained:
            parameter.requires_grad_(True)
        if phase == SECOND:  # a random start, so that whoever resumes must not draw it anew
            self.network.mean.data.copy_(torch.randn(self.network.mean.shape, generator=self.generator))
        self.optimizer = Adam(trained, 0.0)

    def take_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        _load(self.network, tensors)

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        self.optimizer.learning_rate = now.learning_rate
        x = coarse(to_input(pictures.images, self.compute.device))
        share = pictures.share or Share(0, len(x), len(x))
        noise = torch.randn((share.total, *x.shape[1:]), generator=self.generator)[share.start : share.stop]
        z = self.network.encoder((x + 0.05 * noise).flatten(1))
        several = self.team.size > 1
        error = (self.network.rebuilt(z) - x).square().flatten(1).mean(dim=1)
        numbers = {"error": batch_mean(error, over_team=several)}
        if self.phase == SECOND:
            numbers["surprise"] = batch_mean(self.network.surprise(z), over_team=several)
        loss = numbers.get("surprise", numbers["error"])
        self.optimizer.zero_grad()
        loss.backward()
        self.team.average_gradients(self.network.of_phase(self.phase))
        self.optimizer.step()
        return {"loss": loss} | numbers

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        if cancelled():
            raise Interrupted
        with torch.inference_mode():
            x = coarse(to_input(np.asarray(images[rows]), self.compute.device))
            z = self.network.encoder(x.flatten(1))
            error = float(F.mse_loss(self.network.rebuilt(z), x))
            surprise = float(self.network.surprise(z).mean())
        progress(JUDGING, len(rows), len(rows))
        valid = {"loss": error, "error": error, "psnr": float(-10.0 * np.log10(error))}
        if self.phase == SECOND:
            valid |= {"loss": surprise, "surprise": surprise}
        spread_of = z.std(dim=0, correction=0).numpy()
        used = float((spread_of > 0.01).sum())
        return Judgement(valid, {"used": used}, {"spread_per_axis": rounded(spread_of)}, {"spread": list(rounded(spread_of))})

    def tensors(self) -> dict[str, np.ndarray]:
        found = {MODEL + name: value for name, value in self.network.state_dict().items()}
        found |= {OPTIMIZER + name: value for name, value in self.optimizer.tensors(self.network).items()}
        found[GENERATOR] = self.generator.get_state()
        return {name: value.detach().cpu().contiguous().numpy() for name, value in found.items()}

    def load_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        state = {name: torch.from_numpy(np.array(value)) for name, value in tensors.items()}
        _load(self.network, tensors)
        memory = {name.removeprefix(OPTIMIZER): value for name, value in state.items() if name.startswith(OPTIMIZER)}
        trained = {id(parameter) for parameter in self.network.of_phase(self.phase)}
        own = {name for name, parameter in self.network.named_parameters() if id(parameter) in trained}
        if any(name.rpartition(".")[0] not in own for name in memory):
            raise CheckpointError("The checkpoint is of another phase.", "Start a new run.")
        self.optimizer.load_tensors(self.network, memory)
        self.generator.set_state(state[GENERATOR])


def _load(network: Network, tensors: Mapping[str, np.ndarray]) -> None:
    try:
        network.load_state_dict(
            {name.removeprefix(MODEL): torch.from_numpy(np.array(v)) for name, v in tensors.items() if name.startswith(MODEL)}
        )
    except RuntimeError as error:
        raise CheckpointError(f"The weights don't fit the model: {error}.", "Start a new run.") from None


def make_recipe(
    config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
) -> FakeRecipe:
    """See core.training.recipe.Home."""
    with _seeded(config.seed):
        network = Network(config.settings.width, data.images.shape[3])
    if start is not None:
        _load(network, start.tensors)
    return FakeRecipe(network.to(compute.device), compute, config.seed, team or Team())


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


class FakeInstrument(OpenedModel):
    """See core.latent.instrument.Instrument."""

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        super().__init__(checkpoint.header, compute)
        self.network = Network(self.header.settings.width, self.header.image_shape[0])
        _load(self.network, checkpoint.tensors)

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        with torch.inference_mode():
            parts = [self.network.encoder(coarse(x).flatten(1)).numpy() for x in self.pixels(pictures)]
            return Code(SPACE, np.concatenate(parts))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        return (255.0 * self.decode_float(codes, given)).round().astype(np.uint8)

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        with torch.inference_mode():
            small = self.network.rebuilt(torch.from_numpy(values_in(codes, SPACE)))
            return F.interpolate(small, self.header.image_shape[1:]).permute(0, 2, 3, 1).numpy()

    def sample(self, count: int, seed: int) -> np.ndarray:
        return np.random.default_rng(seed).standard_normal((count, self.header.settings.width), np.float32)


def open_instrument(checkpoint: Checkpoint, compute: Compute | None = None) -> FakeInstrument:
    """See core.training.recipe.Home."""
    return FakeInstrument(checkpoint, compute)


def preview(instrument: FakeInstrument, data: FaceData) -> Mapping[str, np.ndarray]:
    """See core.training.recipe.Home."""
    originals = np.asarray(data.images[spread(data.split.valid, 4)])
    return {"originals": originals, "rebuilt": instrument.decode(instrument.encode(originals).values)}


def measure(
    instrument: FakeInstrument, checkpoint: Checkpoint, data: FaceData, progress: Progress = silent, *, importance_samples: int = 0
) -> dict[str, Any]:
    """See core.training.recipe.Home."""
    header = checkpoint.header
    recipe = make_recipe(header.config, data, instrument.compute)
    recipe.begin(phase_at(FAMILY, header.config, header.epoch - 1).name)
    _load(recipe.network, checkpoint.tensors)  # after it has begun, which draws the second phase's start
    return measure_judged(FAMILY, recipe, instrument, data, progress)
