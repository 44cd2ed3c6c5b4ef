"""How a VQ-VAE learns: one training step, the codebook's update, the phase of its prior, and all state to resume exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.checkpoint import PRIOR, Checkpoint
from core.config import TrainConfig
from core.data.dataset import FaceData
from core.data.lazy_rows import Pictures
from core.data.split import spread
from core.device import Compute
from core.errors import ConfigError
from core.families.base import Can
from core.families.vq_vae.code_prior import parameters_of
from core.families.vq_vae.codebook import CodeUsage
from core.families.vq_vae.family import FAMILY, PRIOR_PHASE
from core.families.vq_vae.instrument import VqInstrument, network_of
from core.families.vq_vae.network import VQVAE, Quantisation, loss_terms
from core.families.vq_vae.prior_phase import PriorTrainer
from core.metrics.reconstruction import psnr
from core.progress import Progress, silent
from core.team import Team, whole_batch
from core.training.batches import to_input
from core.training.ema import WeightAverage
from core.training.measures import measure_judged
from core.training.one_network import OneNetwork, arrays_of, begun, part_of, scale_to
from core.training.optim import Adam
from core.training.recipe import Batch, Judgement, Moment
from core.training.summaries import PREVIEWED
from core.wording import counted

GENERATOR = "generator.codes"
BIT = math.log(2.0)  # in nats


@dataclass(kw_only=True)
class VqVaeRecipe(OneNetwork[VQVAE]):
    """Network, optimizer, the generator that re-seeds dead codes, perhaps the weights' average, and in its phase the prior."""

    generator: torch.Generator
    commitment: float
    ema_decay: float = 0.0
    prior: PriorTrainer | None = None
    prior_parameters: int = 0  # of a run that learns one

    @property
    def parameters(self) -> int:
        """Weights that are trained, and the codebook's."""
        return super().parameters + self.model.codebook.codes.numel() + self.prior_parameters

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See Recipe."""
        return {"model": self.model} | ({"prior": self.prior.prior} if self.prior else {})

    def begin(self, phase: str) -> None:
        """Train, or learn a prior over the codes of what was trained: of the weights' average, where there is one."""
        self.phase = phase
        if phase != PRIOR_PHASE:
            return
        if self.average:
            self.model.load_state_dict(self.average.model.state_dict())
            self.average = None
        seed = int(torch.randint(2**31, (1,), generator=self.generator, device=self.generator.device))
        self.prior = PriorTrainer(self.model, self.team, seed, self.gradient_clip, self.ema_decay)
        self.clipped = False

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """See Recipe. It uses the codes of the step before; they are updated after the optimizer's step."""
        x = to_input(pictures.images, self.compute.device)
        if self.prior:
            return self._teach_prior(self.prior, x, now)
        self.model.train()
        self.optimizer.learning_rate = now.learning_rate
        if not int(self.model.codebook.updates):
            self._begin_codebook(x)
        with self.compute.autocast():
            quantisation = self.model(x)
        terms = loss_terms(self.model.standardise(x), quantisation, self.commitment)
        numbers = self.over_team(torch.stack([terms.loss, terms.reconstruction, terms.commitment]), len(x))
        self.descend(numbers[0])
        self._move_codebook(quantisation)
        if self.average:
            self.average.update(self.model)
            self._copy_codebook(self.average.model)
        return {"loss": numbers[0], "reconstruction": numbers[1], "commitment": numbers[2]}

    def _teach_prior(self, prior: PriorTrainer, x: Tensor, now: Moment) -> Mapping[str, Tensor]:
        """A step of the second phase: pictures become codes as they always will."""
        with torch.no_grad(), self.compute.autocast():
            indices = self.model.encode(x)
        with self.compute.autocast():
            surprise = prior.step(indices, now.learning_rate)
        self.clipped = prior.clipped
        return {"loss": surprise / BIT, "prior_bits": surprise / BIT}

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        """See Recipe. Perplexity and use of the codes are over all rows: a batch alone never shows all codes."""
        model, prior = self.shown.eval(), self.prior.shown.eval() if self.prior else None
        surprise = 0.0
        sums = torch.zeros(4, dtype=torch.float64)
        usage = CodeUsage(len(model.codebook.codes))
        with torch.inference_mode():
            for x in self.judged(images, rows, cancelled, progress):
                with self.compute.autocast():
                    quantisation = model(x)
                terms = loss_terms(model.standardise(x), quantisation, self.commitment)
                quality = psnr(x, model.to_pixels(quantisation.reconstruction)).mean()
                sums += len(x) * torch.stack([terms.loss, terms.reconstruction, terms.commitment, quality]).double().cpu()
                usage.add(quantisation.indices)
                if prior is not None:
                    with self.compute.autocast():
                        surprise += float(prior.surprise(quantisation.indices).mean(dim=1).double().sum())
        loss, reconstruction, commitment, decibels = (sums / len(rows)).tolist()
        valid = {"loss": loss, "reconstruction": reconstruction, "commitment": commitment, "psnr": decibels}
        valid |= {"perplexity": usage.perplexity, "codes_used": usage.codes_used}
        if prior is not None:
            valid["loss"] = valid["prior_bits"] = surprise / len(rows) / BIT  # what this phase minimises
            valid["chance_bits"] = math.log2(len(model.codebook.codes))
        return Judgement(valid, latent={"code_counts": usage.counts.tolist()})

    def tensors(self) -> dict[str, np.ndarray]:
        """See Recipe."""
        tensors = self.network_tensors() | (self.prior.tensors() if self.prior else self.optimizer_tensors())
        return arrays_of(tensors | {GENERATOR: self.generator.get_state()})

    def load_state(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore what `tensors` gave. Raises RuntimeError or KeyError where they don't fit."""
        self.load_network(tensors)
        if self.prior:
            self.prior.load_tensors(part_of(tensors, ""))
        else:
            self.load_optimizer(tensors)
        self.generator.set_state(torch.from_numpy(np.array(tensors[GENERATOR])))

    def _begin_codebook(self, x: Tensor) -> None:
        """Initialise the codes with vectors of the first batch, the whole team's."""
        with torch.no_grad(), self.compute.autocast():
            vectors = self.model(x).vectors
        self.model.codebook.initialise(whole_batch(vectors, over_team=self.team.size > 1), self.generator)
        if self.average:
            self._copy_codebook(self.average.model)

    def _copy_codebook(self, to: VQVAE) -> None:
        """The averaged network gets the newest codes: an average of a dead code and its re-seeded self would be neither."""
        to.codebook.load_state_dict(self.model.codebook.state_dict())

    def _move_codebook(self, quantisation: Quantisation) -> None:
        """Update the codes by the whole team's vectors, so that every process gets the same ones."""
        several = self.team.size > 1
        vectors = whole_batch(quantisation.vectors, over_team=several)
        indices = whole_batch(quantisation.indices.flatten()[:, None].float(), over_team=several)[:, 0].long()
        self.model.codebook.update(vectors, indices, self.generator)


def make_recipe(
    config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
) -> VqVaeRecipe:
    """See `core.training.recipe.Home`."""
    torch.manual_seed(config.seed)
    network = network_of(config, (data.images.shape[3], *data.images.shape[1:3]))
    if start is None:
        _must_have_cells(len(data.split.train), network)
        scale_to(network, data)
    model = begun(network, compute, start)
    return VqVaeRecipe(
        model=model,
        optimizer=Adam(model.parameters(), config.learning_rate),
        compute=compute,
        team=team or Team(),
        gradient_clip=config.gradient_clip,
        average=WeightAverage(model, config.ema_decay) if config.ema_decay else None,
        generator=torch.Generator(compute.device).manual_seed(config.seed + 1),
        commitment=config.settings.commitment,
        ema_decay=config.ema_decay,
        prior_parameters=parameters_of(model.grid, len(model.codebook.codes)) if config.settings.prior_epochs else 0,
    )


def _must_have_cells(pictures: int, model: VQVAE) -> None:
    """Check that the training pictures have as many cells as there are codes: others can't be in use. Raises ConfigError."""
    cells, codes = pictures * model.grid**2, len(model.codebook.codes)
    if cells < codes:
        few = f"{counted(pictures, 'training picture')} of {model.grid} × {model.grid} cells"
        raise ConfigError(f"{few} can't use a codebook of {codes:,} codes.", f"Choose one of at most {cells:,}, or more pictures.")


def open_instrument(checkpoint: Checkpoint, compute: Compute | None = None) -> VqInstrument:
    """A trained VQ-VAE. Raises CheckpointError where its weights don't fit."""
    return VqInstrument(checkpoint, compute)


def preview(instrument: VqInstrument, data: FaceData) -> Mapping[str, np.ndarray]:
    """Some validation pictures, the same at every epoch, their reconstructions, and samples.

    Before there is a prior, samples are codes drawn one by one as often as they are used: what a prior has to be better than.
    """
    originals = np.asarray(data.images[spread(data.split.valid, PREVIEWED)])
    count, seed = len(originals), instrument.header.config.seed
    drawn = instrument.sample(count, seed) if Can.SAMPLE in instrument.can else instrument.sample_apart(count, seed)
    decoded = (instrument.decode(codes) for codes in (instrument.encode(originals).values, drawn))
    return dict(zip(FAMILY.rows, (originals, *decoded), strict=True))


def measure(
    instrument: VqInstrument, checkpoint: Checkpoint, data: FaceData, progress: Progress = silent, *, importance_samples: int = 0
) -> dict[str, Any]:
    """Its metrics, those of its prior among them, and the SSIM of reconstructions."""
    recipe = make_recipe(checkpoint.header.config, data, instrument.compute, checkpoint)
    if Can.SAMPLE in instrument.can:
        recipe.begin(PRIOR_PHASE)
        assert recipe.prior is not None
        recipe.prior.load_shown(part_of(checkpoint.tensors, PRIOR))
    return measure_judged(FAMILY, recipe, instrument, data, progress)
