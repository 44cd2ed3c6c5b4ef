"""How a VAE learns: one training step, and all state that a checkpoint needs to resume exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from core.checkpoint import MODEL, OBJECTIVE, Checkpoint
from core.config import TrainConfig
from core.data.dataset import FaceData, standardisation
from core.data.dataset import batch as read_batch
from core.data.lazy_rows import Pictures
from core.data.statistics import on_white
from core.device import Compute
from core.errors import CheckpointError, ConfigError
from core.families.base import Elapsed
from core.families.networks.folding import hold_idle_biases
from core.families.networks.norm_momentum import set_momentum
from core.families.networks.team_norm import normalise_over_team
from core.families.vae.adversary import Adversary
from core.families.vae.evaluate import evaluate
from core.families.vae.family import SHARPENING
from core.families.vae.measures import bounds, measure
from core.families.vae.network_abilities import abilities
from core.families.vae.networks.base import LatentModule, LatentSpec, Posterior
from core.families.vae.networks.mixture import Mixture, mixture_of
from core.families.vae.networks.pseudo_inputs import first_pixels
from core.families.vae.networks.registry import create_with_prior
from core.families.vae.objectives.base import ObjectiveModule, Terms
from core.families.vae.objectives.registry import create as create_objective
from core.families.vae.preview import preview
from core.families.vae.sharpening import TYPICAL, Sharpener
from core.families.vae.whitening import whiten
from core.latent.engine import LatentEngine, class_names
from core.latent.learned_prior import with_prior
from core.latent.prior_fit import learn_prior
from core.progress import Progress, silent
from core.team import Share, Team
from core.training.batches import rounded, to_classes, to_input
from core.training.ema import WeightAverage
from core.training.optim import Adam, descend
from core.training.recipe import Batch, Judgement, Moment
from core.wording import counted

__all__ = ["VaeRecipe", "bounds", "complete", "make_recipe", "measure", "open_instrument", "preview"]

PSNR_PICTURES = 512  # validation pictures at most for an epoch's PSNR; `evaluate` takes all
OPTIMIZER = "optimizer."
ADVERSARY = "adversary."  # state of its optimizer; its weights are part of the objective
GENERATOR = "generator."
SHARPENER = "sharpener."
OVER = Elapsed(1e9)  # long after every schedule
LIVE = "live."  # the weights that are trained, where `model.` holds their average
AVERAGED_STEPS = "average.steps"
NORM_STEPS = "batch_norm.steps"
PSEUDO_INPUTS = "pseudo_inputs.pixels"  # in a network's weights


@dataclass(slots=True)
class VaeRecipe:
    """Model, objective, optimizer, the generator of the noise, and perhaps the weights' average and an adversary."""

    model: LatentModule
    objective: ObjectiveModule
    optimizer: Adam
    generator: torch.Generator
    compute: Compute
    average: WeightAverage[LatentModule] | None = None
    gradient_clip: float = 0.0  # largest norm of the gradient; 0 = any
    clipped: bool = False  # whether the last step's gradient was longer
    team: Team = field(default_factory=Team)
    adversary: Adversary | None = None  # the objective's adversary, if it has one
    labels: np.ndarray | None = None  # (N,) class of every picture, where the model is conditional
    whiten_every: int = 0  # epochs between turning the latent's axes
    measures_detail: bool = False  # in every epoch, for runs that sharpen
    on_white: bool = False  # whether the pictures' background is white
    last_training_epoch: int = 0  # after which the axes are turned anyway; 0: the run's last
    phase: str = ""
    sharpener: Sharpener | None = None  # in its phase
    still_prior: Mixture | None = None  # the VampPrior, while nothing that it depends on learns: in the phase that sharpens
    norm_steps: int | None = 0  # steps in BatchNorm's running averages; None: a run that doesn't count them

    @property
    def shown(self) -> LatentModule:
        """The network that is validated, shown and kept: the average where there is one."""
        return self.average.model if self.average else self.model

    @property
    def wants_others(self) -> bool:
        """Whether each step needs a second batch: for an adversary."""
        return self.adversary is not None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See Recipe. The average needs no check: it is finite if the weights are."""
        own: dict[str, nn.Module] = {"model": self.model, "objective": self.objective}
        return own | ({"judge": self.sharpener.judge} if self.sharpener else {})

    def begin(self, phase: str) -> None:
        """Train, or sharpen what was trained: from the weights' average, where there is one."""
        self.phase = phase
        if phase == SHARPENING:
            if self.average:
                self.model.load_state_dict(self.average.model.state_dict())
            self.model.eval()  # BatchNorm keeps what it has learned of the pictures
            seed = int(torch.randint(2**31, (1,), generator=self.generator, device=self.generator.device))
            self.sharpener = Sharpener(self.model, self.team, seed)
            self.average = self.sharpener.average
            self.adversary, self.clipped = None, False

    def take_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        """See Recipe."""
        state = {name: torch.from_numpy(np.array(value)) for name, value in tensors.items()}
        self.shown.load_state_dict(_part(state, MODEL))
        self.objective.load_state_dict(_part(state, OBJECTIVE))

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """See Recipe."""
        if self.sharpener:
            return self._sharpen(self.sharpener, pictures, now)
        self.model.train()
        self.objective.train()
        self.optimizer.learning_rate = now.learning_rate
        if self.norm_steps is not None:
            set_momentum(self.model, self.norm_steps)
            self.norm_steps += 1
        posterior, x, classes = self._encode(pictures)
        with self.compute.autocast():
            z = posterior.at(self._noise(posterior.mean, pictures.share))
            decoded = self.model.decode_raw(z, classes)
            prior = mixture_of(self.model)
        terms: Terms = self.objective(x, decoded, posterior, z, now.progress, prior)
        self.clipped = descend(self.optimizer, terms.loss, list(self.model.parameters()), self.team, self.gradient_clip)
        if self.model.pseudo_inputs is not None:
            self.model.pseudo_inputs.keep_inside()
        if self.average:
            self.average.update(self.model)
        if self.adversary:
            self._teach_adversary(self.adversary, z.detach(), others or pictures)
        numbers = {"loss": terms.loss, "reconstruction": terms.reconstruction, "kl": terms.kl}
        return numbers if terms.total_correlation is None else numbers | {"total_correlation": terms.total_correlation}

    def _sharpen(self, sharpener: Sharpener, pictures: Batch, now: Moment) -> Mapping[str, Tensor]:
        """A step of the second phase: the encoder and every code stay."""
        self.model.eval()
        self.objective.train()  # the pixels' variance, where it isn't fixed, follows the decoder
        with torch.no_grad():
            posterior, x, classes = self._encode(pictures)
            z = posterior.at(self._noise(posterior.mean, pictures.share))
            prior = self._still_prior()
            noise = self._noise(posterior.mean, pictures.share)
            samples = TYPICAL * noise if prior is None else prior.at(self._components(prior, pictures.share, len(z)), noise)
            corner = torch.rand(2, generator=self.generator, device=z.device)
        standard = (x - self.model.pixel_mean[:, None, None]) / self.model.pixel_std[:, None, None]
        decoded = sharpener.step(standard, z, samples, classes, now.learning_rate, corner)
        terms: Terms = self.objective(x, decoded, posterior, z, self._progress(now), prior)
        return {"loss": terms.loss, "reconstruction": terms.reconstruction, "kl": terms.kl}

    def _still_prior(self) -> Mixture | None:
        """The VampPrior in the phase that sharpens, in which the encoder and the pseudo-inputs rest; None where there is none."""
        if self.still_prior is None:
            with self.compute.autocast():
                self.still_prior = mixture_of(self.model)
        return self.still_prior

    def _components(self, prior: Mixture, share: Share | None, count: int) -> Tensor:
        """Components for so many samples, (count,): each process draws those of the whole batch and takes its part."""
        share = share or Share(0, count, count)
        device = prior.mean.device
        return torch.randint(len(prior.mean), (share.total,), generator=self.generator, device=device)[share.start : share.stop]

    def _progress(self, now: Moment) -> Elapsed:
        """For the objective's schedules, which are those of the training: they are over in the phase that sharpens."""
        return OVER if self.sharpener else now.progress

    def _encode(self, pictures: Batch) -> tuple[Posterior, Tensor, Tensor | None]:
        """q(z|x), x (B, C, H, W) and the classes (B,), on the device."""
        x = to_input(pictures.images, self.compute.device)
        classes = to_classes(pictures.labels, self.compute.device)
        with self.compute.autocast():
            return self.model.encode(x, classes), x, classes

    @torch.no_grad()
    def _teach_adversary(self, adversary: Adversary, z: Tensor, others: Batch) -> None:
        """A step of the adversary, on codes of this step's pictures and of others as the encoder now sees them."""
        posterior, _, _ = self._encode(others)
        other_z = posterior.at(self._noise(posterior.mean, others.share))
        adversary.step(z, other_z, others.share or Share(0, len(other_z), len(other_z)), self.generator)

    def _noise(self, mean: Tensor, share: Share | None) -> Tensor:
        """N(0, I) for the codes (B, D): each process draws the whole batch's noise and takes its part."""
        share = share or Share(0, len(mean), len(mean))
        shape = (share.total, mean.shape[1])
        noise = torch.randn(shape, generator=self.generator, device=mean.device, dtype=mean.dtype)
        return noise[share.start : share.stop]

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        """See Recipe."""
        evaluation = evaluate(
            self.shown,
            self.objective,
            self.compute,
            images,
            rows,
            progress=self._progress(now),
            labels=self.labels,
            psnr_rows=PSNR_PICTURES,
            with_detail=self.measures_detail,
            with_object=self.on_white,
            cancelled=cancelled,
            report=progress,
        )
        valid = {"loss": evaluation.loss, "reconstruction": evaluation.reconstruction, "kl": evaluation.kl, "psnr": evaluation.psnr}
        valid |= evaluation.of_object() | evaluation.details()
        if evaluation.total_correlation is not None:
            valid["total_correlation"] = evaluation.total_correlation
        return Judgement(
            valid,
            {"active_units": evaluation.active_units, "beta": self.objective.beta(self._progress(now))},
            {"kl_per_dim": rounded(evaluation.kl_per_dim)},
            evaluation.latent() | {"log_variance": float(self.objective.log_variance)},
        )

    def turn_axes(self, data: FaceData, epoch: int, is_last: bool) -> bool:
        """See TurningRecipe."""
        is_last = epoch == self.last_training_epoch if self.last_training_epoch else is_last
        is_due = bool(self.whiten_every) and (is_last or not epoch % self.whiten_every) and self.sharpener is None
        if is_due:
            self.whiten(data.images, data.split.train)
        return is_due

    def whiten(self, images: Pictures, rows: np.ndarray) -> None:
        """Turn the latent's axes to the codes of the training rows; a single picture has none."""
        if len(rows) > 1:
            others = [self.model] if self.average else []
            for parameter in whiten(self.shown, self.compute, images, rows, others, self.labels):
                self.optimizer.state.pop(parameter, None)  # it belongs to the old axes

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.model.parameters())

    def tensors(self) -> dict[str, np.ndarray]:
        """Everything that training changes, by its name in a checkpoint."""
        tensors: dict[str, Tensor] = {MODEL + k: v for k, v in self.shown.state_dict().items()}
        if self.average:
            tensors |= {LIVE + k: v for k, v in self.model.state_dict().items()}
            tensors[AVERAGED_STEPS] = torch.tensor(self.average.steps)
        if self.norm_steps is not None:
            tensors[NORM_STEPS] = torch.tensor(self.norm_steps)
        tensors |= {OBJECTIVE + k: v for k, v in self.objective.state_dict().items()}
        tensors |= {OPTIMIZER + k: v for k, v in self.optimizer.tensors(self.model).items()}
        if self.sharpener:
            tensors |= {SHARPENER + k: v for k, v in self.sharpener.tensors().items()}
        if self.adversary:
            tensors |= {ADVERSARY + k: v for k, v in self.adversary.tensors().items()}
        tensors[GENERATOR + "noise"] = self.generator.get_state()
        tensors[GENERATOR + "global"] = torch.get_rng_state()  # dropout draws from it
        if self.compute.device.type == "cuda":
            tensors[GENERATOR + "cuda"] = torch.cuda.get_rng_state(self.compute.device)
        return {name: value.detach().cpu().contiguous().numpy() for name, value in tensors.items()}

    def load_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore the state from `tensors`.

        Raises:
            CheckpointError: tensors are missing or of other shapes.
        """
        state = {name: torch.from_numpy(np.array(value)) for name, value in tensors.items()}
        self.still_prior = None
        try:
            self.shown.load_state_dict(_part(state, MODEL))
            if self.average:
                self.model.load_state_dict(_part(state, LIVE))
                self.average.steps = int(state[AVERAGED_STEPS])
            # Older runs, whose momentum didn't begin at 1, don't have it and keep torch's momentum to their end.
            self.norm_steps = int(state[NORM_STEPS]) if NORM_STEPS in state else None
            self.objective.load_state_dict(_part(state, OBJECTIVE))
            self.optimizer.load_tensors(self.model, _part(state, OPTIMIZER))
            if self.sharpener:
                self.sharpener.load_tensors(_part(state, SHARPENER))
            if self.adversary:
                self.adversary.load_tensors(_part(state, ADVERSARY))
            self.generator.set_state(state[GENERATOR + "noise"])
            torch.set_rng_state(state[GENERATOR + "global"])
            if self.compute.device.type == "cuda" and GENERATOR + "cuda" in state:
                torch.cuda.set_rng_state(state[GENERATOR + "cuda"], self.compute.device)
        except (RuntimeError, KeyError) as error:
            raise CheckpointError(f"The checkpoint can't be continued: {error}.", "Start a new run.") from None


def _part(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def make_recipe(
    config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
) -> VaeRecipe:
    """A fresh recipe: with seeded weights, standardised on the training part, or with a model's weights and standardisation.

    Raises:
        CheckpointError: the weights of `start` don't fit the model that the settings describe, or it knows other classes.
        ConfigError: the model can't be made for these pictures.
    """
    torch.manual_seed(config.seed)
    labels = data.index.labels if abilities(config.settings.model.name).conditional else None
    classes = len(data.index.classes) if labels is not None else 0
    spec = LatentSpec(config.settings.model.latent_dim, (data.images.shape[3], *data.images.shape[1:3]), classes)
    model = create_with_prior(config.settings, spec)
    if start is None or MODEL + PSEUDO_INPUTS not in start.tensors:
        _fill_pseudo_inputs(model, config, data)
    if start is None:
        mean, std = standardisation(data.images, data.split.train)
        model.set_standardisation(torch.from_numpy(mean), torch.from_numpy(std))
    else:
        if labels is not None and class_names(start.header) != data.index.classes:
            raise CheckpointError(
                f"The model to start from knows the classes {', '.join(class_names(start.header))}; these pictures have "
                f"{', '.join(data.index.classes)}.",
                "Start from another model, or name the folders alike.",
            )
        try:
            model.load_state_dict(_with_own_prior(model, start))
        except RuntimeError as error:
            raise CheckpointError(f"The weights to start from don't fit the model: {error}.", "Start from another one.") from None
    hold_idle_biases(model)
    team = team or Team()
    if team.size > 1:
        normalise_over_team(model)
    model = model.to(compute.device)
    objective = create_objective(config.settings.objective, model, len(data.split.train)).to(compute.device)
    generator = torch.Generator(compute.device).manual_seed(config.seed + 1)
    average = WeightAverage(model, config.ema_decay) if config.ema_decay else None
    optimizer = Adam(model.parameters(), config.learning_rate)
    network = objective.adversary
    adversary = Adversary(network, config.settings.objective.discriminator_rate, team) if network else None
    return VaeRecipe(
        model,
        objective,
        optimizer,
        generator,
        compute,
        average,
        config.gradient_clip,
        team=team,
        adversary=adversary,
        labels=labels,
        whiten_every=config.settings.whiten_every,
        measures_detail=bool(config.settings.sharpen_epochs),
        on_white=on_white(data),
        last_training_epoch=config.epochs if config.settings.sharpen_epochs else 0,
    )


def _fill_pseudo_inputs(model: LatentModule, config: TrainConfig, data: FaceData) -> None:
    """Give a VampPrior's pseudo-inputs the values that they start with. Raises ConfigError where there are too few pictures."""
    if model.pseudo_inputs is None:
        return
    count, rows = len(model.pseudo_inputs), data.split.train
    pictures = None
    if config.settings.pseudo_inputs_start == "pictures":
        if count > len(rows):
            raise ConfigError(
                f"{count} pseudo-inputs can't start as {counted(len(rows), 'training picture')}.",
                f"Use --set pseudo_inputs={len(rows)}, or --set pseudo_inputs_start=noise.",
            )
        chosen = np.random.default_rng(config.seed).permutation(rows)[:count]
        pictures = read_batch(data.images, chosen)
    pixels = first_pixels(tuple(model.pseudo_inputs.pixels.shape), config.seed, pictures)
    with torch.no_grad():
        model.pseudo_inputs.pixels.copy_(pixels.clamp(0.0, 1.0))


def _with_own_prior(model: LatentModule, start: Checkpoint) -> dict[str, Tensor]:
    """The weights to start from, with the new model's prior where that one had none, and without its prior where this has none.

    Raises:
        CheckpointError: both have a VampPrior, of different sizes.
    """
    own, its = model.state_dict(), {name: torch.from_numpy(np.array(value)) for name, value in start.part(MODEL).items()}
    if PSEUDO_INPUTS in own and PSEUDO_INPUTS in its and own[PSEUDO_INPUTS].shape != its[PSEUDO_INPUTS].shape:
        raise CheckpointError(
            f"The model to start from has {len(its[PSEUDO_INPUTS])} pseudo-inputs, these settings {len(own[PSEUDO_INPUTS])}.",
            "Leave pseudo_inputs out, or start from another model.",
        )
    kept = {name: value for name, value in its.items() if name != PSEUDO_INPUTS}
    return kept | ({PSEUDO_INPUTS: its.get(PSEUDO_INPUTS, own[PSEUDO_INPUTS])} if PSEUDO_INPUTS in own else {})


def open_instrument(checkpoint: Checkpoint, compute: Compute | None = None) -> LatentEngine:
    """A trained VAE. Raises CheckpointError where its weights don't fit."""
    return LatentEngine(checkpoint, compute)


def complete(saved: Checkpoint, instrument: LatentEngine, data: FaceData, progress: Progress = silent) -> Checkpoint:
    """With a learned prior."""
    return with_prior(saved, learn_prior(instrument, data, progress))
