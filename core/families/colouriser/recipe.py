"""How a colouriser learns: one training step, its validation, and all state to resume exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.checkpoint import MODEL, Checkpoint
from core.config import TrainConfig
from core.data.dataset import STANDARDISATION_ROWS, FaceData
from core.data.dataset import batch as read_batch
from core.data.lazy_rows import Pictures
from core.data.split import spread
from core.device import Compute
from core.errors import CheckpointError
from core.families.colouriser.family import FAMILY
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.lab import AB_RANGE, chroma, lab_to_rgb, rgb_to_lab
from core.families.colouriser.networks import Colouriser
from core.families.colouriser.optimizers import Optimizer, make_optimizer
from core.families.colouriser.settings import MAE
from core.families.networks.norm_momentum import set_momentum
from core.families.networks.team_norm import normalise_over_team
from core.metrics.reconstruction import psnr
from core.progress import Progress, silent
from core.team import Team, batch_mean
from core.training.batches import BATCH, to_input
from core.training.ema import WeightAverage
from core.training.measures import measure_judged
from core.training.optim import clip_gradient
from core.training.recipe import JUDGING, Batch, Interrupted, Judgement, Moment
from core.training.summaries import PREVIEWED

OPTIMIZER = "optimizer."
LIVE = "live."  # the weights that are trained, where `model.` holds their average
AVERAGED_STEPS = "average.steps"
MEAN_COLOUR = "mean_colour"  # in a checkpoint's header
STEPS = "norm.steps"  # batches so far, which BatchNorm's momentum follows


@dataclass(slots=True)
class ColouriserRecipe:
    """Network, optimizer, and perhaps the weights' average."""

    model: Colouriser
    optimizer: Optimizer
    compute: Compute
    team: Team
    mean_ab: Tensor  # (2,) the mean colour of the training pictures, which the model is measured against
    is_absolute: bool  # the error that is minimised; otherwise it is squared
    gradient_clip: float = 0.0
    average: WeightAverage[Colouriser] | None = None
    steps: int = 0
    clipped: bool = False
    phase: str = ""
    labels: np.ndarray | None = None

    @property
    def shown(self) -> Colouriser:
        """The network that is judged, shown and kept."""
        return self.average.model if self.average else self.model

    @property
    def wants_others(self) -> bool:
        """No second batch."""
        return False

    @property
    def parameters(self) -> int:
        """Weights that are trained."""
        return sum(one.numel() for one in self.model.parameters())

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See Recipe."""
        return {"model": self.model}

    def begin(self, phase: str) -> None:
        """There is one phase."""
        self.phase = phase

    def take_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        """See Recipe."""
        self.shown.load_state_dict(_part(tensors, MODEL))

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """See Recipe."""
        self.model.train()
        self.optimizer.learning_rate = now.learning_rate
        set_momentum(self.model, self.steps)
        self.steps += 1
        lab = rgb_to_lab(to_input(pictures.images, self.compute.device))
        with self.compute.autocast():
            ab = self.model(lab[:, :1])
        terms = torch.stack([self._loss(ab, lab[:, 1:]), (ab - lab[:, 1:]).abs().mean()])
        loss, error = self._over_team(terms, len(lab))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average_gradients(list(self.model.parameters()))
        if self.gradient_clip:
            self.clipped = clip_gradient(self.model, self.gradient_clip)
        self.optimizer.step()
        if self.average:
            self.average.update(self.model)
        return {"loss": loss, "ab_error": error}

    def between(self, data: FaceData, epoch: int, is_last: bool) -> bool:
        """Nothing to do."""
        return False

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        """See Recipe. Colourfulness is a ratio of means over all rows."""
        model = self.shown.eval()
        sums = torch.zeros(7, dtype=torch.float64)
        with torch.inference_mode():
            for start in range(0, len(rows), BATCH):
                if cancelled():
                    raise Interrupted
                x = to_input(read_batch(images, rows[start : start + BATCH], None), self.compute.device)
                lab = rgb_to_lab(x)
                true = lab[:, 1:]
                with self.compute.autocast():
                    ab = model(lab[:, :1])
                coloured, outside = lab_to_rgb(torch.cat((lab[:, :1], ab), dim=1))
                terms = [
                    self._loss(ab, true),
                    (ab - true).abs().mean(),
                    (self.mean_ab[:, None, None] - true).abs().mean(),
                    psnr(x, coloured).mean(),
                    chroma(ab).mean(),
                    chroma(true).mean(),
                    outside.mean(),
                ]
                sums += len(x) * torch.stack(terms).double().cpu()
                progress(JUDGING, min(start + BATCH, len(rows)), len(rows))
        loss, error, by_mean, decibels, colourful, true_colourful, outside_share = (sums / len(rows)).tolist()
        return Judgement(
            {
                "loss": loss,
                "ab_error": error,
                "mean_colour_error": by_mean,
                "psnr": decibels,
                "colourfulness": colourful / true_colourful,
                "out_of_gamut": outside_share,
            },
            latent={MEAN_COLOUR: self.mean_ab.tolist()},
        )

    def tensors(self) -> dict[str, np.ndarray]:
        """See Recipe."""
        tensors: dict[str, Tensor] = {MODEL + name: value for name, value in self.shown.state_dict().items()}
        if self.average:
            tensors |= {LIVE + name: value for name, value in self.model.state_dict().items()}
            tensors[AVERAGED_STEPS] = torch.tensor(self.average.steps)
        tensors |= {OPTIMIZER + name: value for name, value in self.optimizer.tensors(self.model).items()}
        tensors[STEPS] = torch.tensor(self.steps)
        return {name: value.detach().cpu().contiguous().numpy() for name, value in tensors.items()}

    def load_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        """See Recipe."""
        try:
            self.shown.load_state_dict(_part(tensors, MODEL))
            if self.average:
                self.model.load_state_dict(_part(tensors, LIVE))
                self.average.steps = int(tensors[AVERAGED_STEPS])
            self.optimizer.load_tensors(self.model, _part(tensors, OPTIMIZER))
            self.steps = int(tensors[STEPS])
        except (RuntimeError, KeyError) as error:
            raise CheckpointError(f"The checkpoint can't be continued: {error}.", "Start a new run.") from None

    def _loss(self, ab: Tensor, true: Tensor) -> Tensor:
        """The error that is minimised, in the network's units."""
        error = F.l1_loss if self.is_absolute else F.mse_loss
        return error(ab / AB_RANGE, true / AB_RANGE)

    def _over_team(self, numbers: Tensor, pictures: int) -> Tensor:
        """Means over this process's pictures (n,) as means over the whole batch; with a gradient."""
        if self.team.size == 1:
            return numbers
        return batch_mean(numbers.expand(pictures, -1), over_team=True)


def _part(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): torch.from_numpy(np.array(v)) for k, v in tensors.items() if k.startswith(prefix)}


def make_recipe(
    config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
) -> ColouriserRecipe:
    """See `core.training.recipe.Home`."""
    torch.manual_seed(config.seed)
    model = Colouriser(config.settings.network)
    if start is not None:
        try:
            model.load_state_dict(_part(start.tensors, MODEL))
        except RuntimeError as error:
            raise CheckpointError(f"The weights to start from don't fit the model: {error}.", "Start from another one.") from None
    model = model.to(compute.device)
    team = team or Team()
    if team.size > 1:
        normalise_over_team(model)
    return ColouriserRecipe(
        model,
        make_optimizer(model, config.settings, config.learning_rate),
        compute,
        team,
        mean_colour(data.images, data.split.train).to(compute.device),
        config.settings.loss == MAE,
        config.gradient_clip,
        WeightAverage(model, config.ema_decay) if config.ema_decay else None,
    )


def mean_colour(images: Pictures, rows: np.ndarray) -> Tensor:
    """The mean a* and b* of pictures, (2,) float32; a fixed sample of 4,096 stands for more."""
    if len(rows) > STANDARDISATION_ROWS:
        rows = np.random.default_rng(0).permutation(rows)[:STANDARDISATION_ROWS]
    total = torch.zeros(2, dtype=torch.float64)
    for start in range(0, len(rows), BATCH):
        pictures = to_input(read_batch(images, np.sort(rows)[start : start + BATCH]), torch.device("cpu"))
        total += rgb_to_lab(pictures)[:, 1:].double().mean(dim=(2, 3)).sum(dim=0)
    return (total / len(rows)).float()


def open_instrument(checkpoint: Checkpoint, compute: Compute | None = None) -> ColouriserInstrument:
    """A trained colouriser. Raises CheckpointError where its weights don't fit."""
    return ColouriserInstrument(checkpoint, compute)


def preview(instrument: ColouriserInstrument, data: FaceData) -> Mapping[str, np.ndarray]:
    """Some validation pictures, the same at every epoch: what the model sees of them, how it colours them, and as they are."""
    originals = np.asarray(data.images[spread(data.split.valid, PREVIEWED)])
    return dict(zip(FAMILY.rows, (instrument.grey(originals), instrument.translate(originals), originals), strict=True))


def complete(saved: Checkpoint, instrument: ColouriserInstrument, data: FaceData, progress: Progress = silent) -> Checkpoint:
    """Nothing is left to learn."""
    return saved


def measure(
    instrument: ColouriserInstrument,
    checkpoint: Checkpoint,
    data: FaceData,
    progress: Progress = silent,
    *,
    importance_samples: int = 0,
) -> dict[str, Any]:
    """Its metrics over the validation part; the mean colour that it is compared with stays that of its own training pictures."""
    recipe = make_recipe(checkpoint.header.config, data, instrument.compute, checkpoint)
    if MEAN_COLOUR in checkpoint.header.latent:
        recipe.mean_ab = torch.tensor(checkpoint.header.latent[MEAN_COLOUR], device=instrument.compute.device)
    return measure_judged(FAMILY, recipe, instrument, data, progress)
