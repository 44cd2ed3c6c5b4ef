"""How a colouriser learns: one training step, its validation, and all state to resume exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.checkpoint import Checkpoint
from core.config import TrainConfig
from core.data.dataset import STANDARDISATION_ROWS, FaceData
from core.data.dataset import batch as read_batch
from core.data.lazy_rows import Pictures
from core.data.split import spread
from core.device import Compute
from core.families.colouriser.classes import COUNT, Told, cross_entropy, weights_against_commonness
from core.families.colouriser.encoder import load_encoder
from core.families.colouriser.family import FAMILY
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.lab import AB_RANGE, chroma, lab_to_rgb, rgb_to_lab
from core.families.colouriser.networks import Colouriser
from core.families.colouriser.optimizers import make_optimizer
from core.families.colouriser.points import SHOWN_POINTS, revealed, some_points
from core.families.colouriser.settings import MAE
from core.families.networks.norm_momentum import set_momentum
from core.families.networks.team_norm import normalise_over_team
from core.files import expanded
from core.metrics.reconstruction import psnr
from core.progress import Progress, silent
from core.team import Team
from core.training.batches import BATCH, to_input
from core.training.ema import WeightAverage
from core.training.measures import measure_judged
from core.training.one_network import OneNetwork, begun
from core.training.recipe import Batch, Judgement, Moment
from core.training.summaries import PREVIEWED

MEAN_COLOUR = "mean_colour"  # in a checkpoint's header
STEPS = "norm.steps"  # batches so far, which BatchNorm's momentum follows


@dataclass(kw_only=True)
class ColouriserRecipe(OneNetwork[Colouriser]):
    """Network, optimizer, and perhaps the weights' average."""

    mean_ab: Tensor  # (2,) the mean colour of the training pictures, which the model is measured against
    is_absolute: bool  # the error that is minimised; otherwise it is squared
    told: Told | None = None  # how colours are told as classes, where it learns those
    seed: int = 0  # of the points
    encoder: str = ""  # the file that a new encoder begins from
    steps: int = 0

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """See Recipe."""
        self.model.train()
        self.optimizer.learning_rate = now.learning_rate
        set_momentum(self.model, self.steps)
        lab = rgb_to_lab(to_input(pictures.images, self.compute.device))
        points = self._points(lab[:, 1:], pictures.share.start if pictures.share else 0)
        self._begin_from_file()
        self.steps += 1
        loss, ab = self._learned(self.model, lab, points)
        terms = torch.stack([loss, (ab - lab[:, 1:]).abs().mean()])
        loss, error = self.over_team(terms, len(lab))
        self.descend(loss)
        if self.average:
            self.average.update(self.model)
        return {"loss": loss, "ab_error": error}

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        """See Recipe. Colourfulness is a ratio of means over all rows."""
        model = self.shown.eval()
        sums = torch.zeros(8, dtype=torch.float64)
        places = np.random.default_rng(0)
        with torch.inference_mode():
            for x in self.judged(images, rows, cancelled, progress):
                lab = rgb_to_lab(x)
                true = lab[:, 1:]
                loss, ab = self._learned(model, lab, None)
                pointed = ab
                if model.takes_points:
                    with self.compute.autocast():
                        pointed = model(lab[:, :1], some_points(true, places, SHOWN_POINTS))
                coloured, outside = lab_to_rgb(torch.cat((lab[:, :1], ab), dim=1))
                terms = [
                    loss,
                    (ab - true).abs().mean(),
                    (self.mean_ab[:, None, None] - true).abs().mean(),
                    psnr(x, coloured).mean(),
                    chroma(ab).mean(),
                    chroma(true).mean(),
                    outside.mean(),
                    (pointed - true).abs().mean(),
                ]
                sums += len(x) * torch.stack(terms).double().cpu()
        loss, error, by_mean, decibels, colourful, true_colourful, outside_share, pointed_error = (sums / len(rows)).tolist()
        return Judgement(
            {
                "loss": loss,
                "ab_error": error,
                "mean_colour_error": by_mean,
                "psnr": decibels,
                "colourfulness": colourful / true_colourful,
                "out_of_gamut": outside_share,
            }
            | ({"pointed_error": pointed_error} if model.takes_points else {}),
            latent={MEAN_COLOUR: self.mean_ab.tolist()},
        )

    def tensors(self) -> dict[str, np.ndarray]:
        """See Recipe."""
        return super().tensors() | {STEPS: np.array(self.steps, np.int64)}

    def load_state(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore what `tensors` gave. Raises RuntimeError or KeyError where they don't fit."""
        super().load_state(tensors)
        self.steps = int(tensors[STEPS])

    def _learned(self, model: Colouriser, lab: Tensor, points: Tensor | None) -> tuple[Tensor, Tensor]:
        """What is minimised, and the colours that a model gives pictures L*a*b* (B, 3, H, W)."""
        with self.compute.autocast():
            given = model.given(lab[:, :1], points)
        true = lab[:, 1:]
        if self.told is None:
            ab = model.colours_of(given)
            return self._loss(ab, true), ab
        with torch.no_grad():  # it is only looked at
            ab = model.colours_of(given)
        return cross_entropy(given, *self.told(F.avg_pool2d(true, 2)), model.weights), ab

    def _loss(self, ab: Tensor, true: Tensor) -> Tensor:
        """The error that is minimised, in the network's units."""
        error = F.l1_loss if self.is_absolute else F.mse_loss
        return error(ab / AB_RANGE, true / AB_RANGE)

    def _begin_from_file(self) -> None:
        """Before the first step: the encoder's own weights. A run that is resumed later has learned from them already."""
        if self.encoder and not self.steps:
            load_encoder(self.model.layers, expanded(self.encoder))
            if self.average:
                self.average.model.layers.load_state_dict(self.model.layers.state_dict())

    def _points(self, ab: Tensor, first: int) -> Tensor | None:
        """This step's points of pictures whose first one has that place in the batch; None for a model without."""
        if not self.model.takes_points:
            return None
        return revealed(ab, np.random.default_rng([self.seed, self.steps, first]))


def make_recipe(
    config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
) -> ColouriserRecipe:
    """See `core.training.recipe.Home`."""
    torch.manual_seed(config.seed)
    model = begun(Colouriser(config.settings), compute, start)
    if model.says_classes:
        counts = class_counts(data.images, data.split.train)
        model.weights.copy_(weights_against_commonness(counts, config.settings.rebalancing))
    team = team or Team()
    if team.size > 1:
        normalise_over_team(model)
    return ColouriserRecipe(
        model=model,
        optimizer=make_optimizer(model, config.settings, config.learning_rate),
        compute=compute,
        team=team,
        gradient_clip=config.gradient_clip,
        average=WeightAverage(model, config.ema_decay) if config.ema_decay else None,
        mean_ab=mean_colour(data.images, data.split.train).to(compute.device),
        is_absolute=config.settings.loss == MAE,
        told=Told(compute.device) if model.says_classes else None,
        seed=config.seed,
        encoder="" if start is not None else config.settings.encoder,
    )


def mean_colour(images: Pictures, rows: np.ndarray) -> Tensor:
    """The mean a* and b* of pictures, (2,) float32; a fixed sample of 4,096 stands for more."""
    rows = sampled(rows)
    total = torch.zeros(2, dtype=torch.float64)
    for ab in colours_of(images, rows):
        total += ab.double().mean(dim=(2, 3)).sum(dim=0)
    return (total / len(rows)).float()


def class_counts(images: Pictures, rows: np.ndarray) -> Tensor:
    """How often each class is the nearest one in pictures of half the size, (259,); a fixed sample of 4,096 stands for more."""
    told, counts = Told(torch.device("cpu")), torch.zeros(COUNT, dtype=torch.int64)
    for ab in colours_of(images, sampled(rows)):
        counts += torch.bincount(told(F.avg_pool2d(ab, 2))[0][:, 0].flatten(), minlength=COUNT)
    return counts


def sampled(rows: np.ndarray) -> np.ndarray:
    """Rows, or a fixed sample of 4,096 of them where they are more, sorted."""
    if len(rows) > STANDARDISATION_ROWS:
        rows = np.random.default_rng(0).permutation(rows)[:STANDARDISATION_ROWS]
    return np.sort(rows)


def colours_of(images: Pictures, rows: np.ndarray) -> Iterator[Tensor]:
    """The a* and b* of pictures, some at a time: (n, 2, H, W)."""
    for start in range(0, len(rows), BATCH):
        yield rgb_to_lab(to_input(read_batch(images, rows[start : start + BATCH]), torch.device("cpu")))[:, 1:]


def open_instrument(checkpoint: Checkpoint, compute: Compute | None = None) -> ColouriserInstrument:
    """A trained colouriser. Raises CheckpointError where its weights don't fit."""
    return ColouriserInstrument(checkpoint, compute)


def preview(instrument: ColouriserInstrument, data: FaceData) -> Mapping[str, np.ndarray]:
    """Some validation pictures, the same at every epoch: what the model sees of them, how it colours them, and as they are."""
    originals = np.asarray(data.images[spread(data.split.valid, PREVIEWED)])
    return dict(zip(FAMILY.rows, (instrument.grey(originals), instrument.translate(originals), originals), strict=True))


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
