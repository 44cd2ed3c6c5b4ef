"""How an SC-VAE learns: one training step with atoms of length 1, and all state to resume exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.checkpoint import Checkpoint
from core.config import TrainConfig
from core.data.dataset import FaceData
from core.data.lazy_rows import Pictures
from core.data.split import spread
from core.device import Compute
from core.families.networks.norm_momentum import set_momentum
from core.families.networks.team_norm import normalise_over_team
from core.families.sc_vae.family import FAMILY
from core.families.sc_vae.instrument import ScInstrument, network_of
from core.families.sc_vae.network import SCVAE, loss_terms
from core.families.sc_vae.usage import AtomUsage
from core.metrics.reconstruction import psnr
from core.progress import Progress, silent
from core.team import Team
from core.training.batches import to_input
from core.training.ema import WeightAverage
from core.training.measures import measure_judged
from core.training.one_network import OneNetwork, begun, scale_to
from core.training.optim import Adam
from core.training.recipe import Batch, Judgement, Moment
from core.training.summaries import PREVIEWED


@dataclass(kw_only=True)
class ScVaeRecipe(OneNetwork[SCVAE]):
    """Network, optimizer, perhaps the weights' average."""

    dictionary_weight: float

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """See Recipe. After the optimizer's step each atom gets the length 1 again."""
        x = to_input(pictures.images, self.compute.device)
        self.model.train()
        set_momentum(self.model, int(self.model.norm.num_batches_tracked or 0))
        self.optimizer.learning_rate = now.learning_rate
        with self.compute.autocast():
            coding = self.model(x)
        terms = loss_terms(self.model.standardise(x), coding, self.dictionary_weight)
        numbers = self.over_team(torch.stack([terms.loss, terms.reconstruction, terms.left_out]), len(x))
        self.descend(numbers[0])
        self.model.dictionary.renormalise()
        if self.average:
            self.average.update(self.model)
            self.average.model.dictionary.renormalise()  # the average of two directions is shorter than both
        return {"loss": numbers[0], "reconstruction": numbers[1], "left_out": numbers[2]}

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        """See Recipe. Which atoms are dead is told by all rows: a batch alone may not show one."""
        model = self.shown.eval()
        sums = torch.zeros(4, dtype=torch.float64)
        usage = AtomUsage((model.grid, model.grid, len(model.dictionary.atoms)), model.dictionary.atoms.shape[1])
        with torch.inference_mode():
            for x in self.judged(images, rows, cancelled, progress):
                with self.compute.autocast():
                    coding = model(x)
                terms = loss_terms(model.standardise(x), coding, self.dictionary_weight)
                quality = psnr(x, model.to_pixels(coding.reconstruction)).mean()
                sums += len(x) * torch.stack([terms.loss, terms.reconstruction, terms.left_out, quality]).double().cpu()
                usage.add(coding.codes, coding.vectors)
        loss, reconstruction, left_out, decibels = (sums / len(rows)).tolist()
        valid = {"loss": loss, "reconstruction": reconstruction, "left_out": left_out, "psnr": decibels}
        valid |= {"nonzeros": usage.nonzeros, "numbers": usage.numbers, "hoyer": usage.hoyer}
        valid |= {"dead_atoms": usage.dead_atoms, "spread": usage.spread}
        return Judgement(valid, latent=usage.latent())


def make_recipe(
    config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
) -> ScVaeRecipe:
    """See `core.training.recipe.Home`."""
    torch.manual_seed(config.seed)
    network = network_of(config, (data.images.shape[3], *data.images.shape[1:3]))
    if start is None:
        scale_to(network, data)
    model = begun(network, compute, start)
    if team is not None and team.size > 1:
        normalise_over_team(model)
    return ScVaeRecipe(
        model=model,
        optimizer=Adam(model.parameters(), config.learning_rate),
        compute=compute,
        team=team or Team(),
        gradient_clip=config.gradient_clip,
        average=WeightAverage(model, config.ema_decay) if config.ema_decay else None,
        dictionary_weight=config.settings.dictionary_weight,
    )


def open_instrument(checkpoint: Checkpoint, compute: Compute | None = None) -> ScInstrument:
    """A trained SC-VAE. Raises CheckpointError where its weights don't fit."""
    return ScInstrument(checkpoint, compute)


def preview(instrument: ScInstrument, data: FaceData) -> Mapping[str, np.ndarray]:
    """Some validation pictures, the same at every epoch, their reconstructions, and how many atoms each place uses."""
    originals = np.asarray(data.images[spread(data.split.valid, PREVIEWED)])
    codes = instrument.encode(originals).values
    return dict(zip(FAMILY.rows, (originals, instrument.decode(codes), active_map(codes, originals.shape)), strict=True))


def active_map(codes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """How many atoms each place uses, as pictures: black for none, white for as many as the place with the most.

    Args:
        codes: (B, G, G, K).
        shape: (B, H, W, C) of the pictures.

    Returns:
        uint8 (B, H, W, C).
    """
    active = (codes != 0).sum(axis=3)
    shades = np.rint(255.0 * active / max(1, int(active.max(initial=0)))).astype(np.uint8)
    cell = shape[1] // codes.shape[1]
    return np.ascontiguousarray(np.broadcast_to(shades.repeat(cell, axis=1).repeat(cell, axis=2)[..., None], shape))


def measure(
    instrument: ScInstrument, checkpoint: Checkpoint, data: FaceData, progress: Progress = silent, *, importance_samples: int = 0
) -> dict[str, Any]:
    """Its metrics, and the SSIM of reconstructions."""
    recipe = make_recipe(checkpoint.header.config, data, instrument.compute, checkpoint)
    return measure_judged(FAMILY, recipe, instrument, data, progress)
