"""Learns a model's prior from the codes of its training pictures: see `core.latent.learned_prior`."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.data.dataset import FaceData
from core.data.split import spread
from core.errors import ConfigError, DataError
from core.families.vae.settings import PRIOR_PICTURES
from core.latent.arithmetic import TYPICAL_SPREAD
from core.latent.data_codes import encode_rows, given_by
from core.latent.engine import LatentEngine
from core.latent.learned_prior import LearnedPrior
from core.progress import Progress, silent

MOST_PICTURES = 20_000
MOST_DIMENSIONS = 256  # of codes that are learned as they are; larger ones by their principal components
TOLD = 0.995  # of the codes' variance, by the principal components that are kept
WIDTH = 512
INPUTS = 64  # of u, at most: as many as the codes' dimensions where those are fewer
BATCH = 256
STEPS = 2000  # at most
VISITS = 100  # of a code, at most: fewer pictures take fewer steps
LEAST_STEPS = 300
WARM_UP = 150  # steps in which the KL term grows to its full weight: else the second stage may never begin to tell codes apart
JUDGED_EVERY = 100  # steps
PATIENCE = 6  # judgements without a better one
LEAST_GAIN = 0.5  # nats: less is no more than chance
LEARNING_RATE = 1e-3
VARIANCE_RATE = 1e-2  # of the log-variance of components, whose first ones are known far more exactly than their spread
WEIGHT_DECAY = 1e-2
DOING = "Learning where pictures' codes lie"


class _SecondStage(nn.Module):
    """A VAE on standardised codes, with one variance for all of them, which is learned (Dai & Wipf's gamma)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        inputs = min(INPUTS, size)
        self.encoder = nn.Sequential(nn.Linear(size, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU())
        self.posterior = nn.Linear(WIDTH, 2 * inputs)
        self.decoder = nn.Sequential(
            nn.Linear(inputs, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, size)
        )
        self.log_variance = nn.Parameter(torch.zeros(()))

    def negative_elbo(self, codes: Tensor, generator: torch.Generator, beta: float = 1.0) -> Tensor:
        """In nats a code, up to the constant of a Gaussian's density; codes (B, D). With a beta, the KL term has that weight."""
        mean, log_variance = self.posterior(self.encoder(codes)).chunk(2, dim=1)
        noise = torch.randn(mean.shape, generator=generator)
        decoded = self.decoder(mean + noise * torch.exp(0.5 * log_variance))
        kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(1)
        squares = (codes - decoded).square().sum(1)
        return (0.5 * (squares * torch.exp(-self.log_variance) + codes.shape[1] * self.log_variance) + beta * kl).mean()


def fit_prior(codes: np.ndarray, held_out: np.ndarray, progress: Progress = silent, seed: int = 0) -> LearnedPrior:
    """Learn how codes lie.

    Args:
        codes: (N, D) of training pictures.
        held_out: (M, D) of other pictures, which say when to stop, and how much was learned.
        progress: told the steps; may raise Cancelled.
        seed: of the weights and the noise.

    Raises:
        DataError: a normal distribution describes the held-out codes as well.
    """
    mean, std = codes.mean(axis=0), np.maximum(codes.std(axis=0), 1e-6)
    axes = _principal_axes(codes - mean) if codes.shape[1] > MOST_DIMENSIONS else None
    learned, others = (torch.from_numpy(_in_units(part - mean, std, axes)) for part in (codes, held_out))
    steps = min(STEPS, max(LEAST_STEPS, VISITS * len(learned) // BATCH))
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _SecondStage(learned.shape[1])
    optimizer = torch.optim.AdamW(_rates(model, axes is not None), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    best, kept, waited = math.inf, copy.deepcopy(model), 0
    for step in range(steps):
        progress(DOING, step, steps)
        rows = torch.randint(len(learned), (min(BATCH, len(learned)),), generator=generator)
        loss = model.negative_elbo(learned[rows], generator, min(1.0, (step + 1) / WARM_UP))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step >= WARM_UP and step % JUDGED_EVERY == JUDGED_EVERY - 1:
            with torch.inference_mode():
                value = float(model.negative_elbo(others, torch.Generator().manual_seed(seed)))
            if value < best:
                best, kept, waited = value, copy.deepcopy(model), 0
            else:
                waited += 1
            if waited == PATIENCE:
                break
    own = learned.std(dim=0, correction=0).clamp_min(1e-6) if axes is not None else torch.ones(learned.shape[1])
    normal = 0.5 * float((others / own).square().sum(1).mean()) + float(own.log().sum())  # nats of the same under N(mean, std)
    if not normal - best > LEAST_GAIN:
        raise DataError(
            "Codes of the validation pictures are no likelier where those of the training pictures lie than under a normal "
            "distribution, so there is no prior to learn.",
            "Use more pictures.",
        )
    layers = tuple(
        (layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in kept.decoder if isinstance(layer, nn.Linear)
    )
    if axes is not None:  # back from components to codes: part of the last layer
        *before, (weights, biases) = layers
        layers = (*before, (axes @ weights, axes @ biases))
    spread_of = np.ones_like(std) if axes is not None else std
    prior = LearnedPrior(mean.astype(np.float32), spread_of.astype(np.float32), layers, normal - best)
    return _typically_spread(prior, std)


def _principal_axes(codes: np.ndarray) -> np.ndarray:
    """Directions of the centred codes (N, D) that tell nearly all of their variance, of one length: (D, K) float32.

    A latent of thousands of dimensions has few that vary by themselves: 28 of the fruit network's 2,048 tell 99 %. Standardised
    one by one, the others would be noise that the second stage learns in place of them. The length is a component's typical size.
    """
    variances, axes = np.linalg.eigh(np.cov(codes.T.astype(np.float64), bias=True))
    variances, axes = variances[::-1].clip(0.0), axes[:, ::-1]
    kept = min(MOST_DIMENSIONS, int(np.searchsorted(variances.cumsum(), TOLD * variances.sum())) + 1)
    length = math.sqrt(max(float(variances[:kept].mean()), 1e-12))
    return np.ascontiguousarray(axes[:, :kept] * length).astype(np.float32)


def _in_units(codes: np.ndarray, std: np.ndarray, axes: np.ndarray | None) -> np.ndarray:
    """Centred codes (N, D) in units of their spread, or of their principal axes: (N, D or K) float32."""
    if axes is None:
        return np.asarray(codes / std, np.float32)
    return np.asarray(codes @ (axes / np.square(axes).sum(axis=0)), np.float32)


def _rates(model: _SecondStage, is_of_components: bool) -> list[dict[str, object]]:
    """The parameters with their learning rates."""
    if not is_of_components:
        return [{"params": list(model.parameters())}]
    others = [value for name, value in model.named_parameters() if name != "log_variance"]
    return [{"params": others}, {"params": [model.log_variance], "lr": VARIANCE_RATE, "weight_decay": 0.0}]


def _typically_spread(prior: LearnedPrior, std: np.ndarray) -> LearnedPrior:
    """The same with its codes as far from their mean as samples of a normal distribution are at their typical spread."""
    drawn = prior.sample(2000, seed=0) - prior.mean
    wanted = TYPICAL_SPREAD * math.sqrt(float(np.square(std).sum()))
    factor = wanted / max(1e-9, math.sqrt(float(np.square(drawn).sum(axis=1).mean())))
    return LearnedPrior(prior.mean, prior.spread * np.float32(factor), prior.layers, prior.gain)


def learn_prior(engine: LatentEngine, data: FaceData, progress: Progress = silent, more: Sequence[FaceData] = ()) -> LearnedPrior:
    """The prior of a model, from the codes of a data set's training pictures and, where faces are shown, their mirror images.

    Args:
        engine: the model.
        data: of its picture size.
        progress: told how far; may raise Cancelled.
        more: other data sets, of which all pictures are learned from; of other persons than the first one's validation part.

    Raises:
        ConfigError: the model has a prior of its own.
        DataError: there are too few pictures, or they teach nothing.
    """
    must_lack_one(engine)
    parts = [(data, data.split.train), *((other, np.arange(len(other.images))) for other in more)]
    pictures = sum(len(rows) for _, rows in parts)
    if pictures < PRIOR_PICTURES:
        raise DataError(f"A prior needs at least {PRIOR_PICTURES} training pictures; these are {pictures}.", "Use more.")
    codes = [_codes(engine, each, spread(rows, MOST_PICTURES // len(parts)), progress) for each, rows in parts]
    held_out = spread(data.split.valid, MOST_PICTURES // 10)
    return fit_prior(
        np.concatenate(codes), encode_rows(engine, data.images, held_out, progress, given_by(engine, data)).mean, progress
    )


def must_lack_one(engine: LatentEngine) -> None:
    """Check that a model's prior is N(0, I), so that another one can be learned. Raises ConfigError."""
    if engine.mixture is not None:
        raise ConfigError(
            "This model has a VampPrior, which it learned together with its codes: there is no other one to learn.",
            "Use a model that was trained with prior=normal.",
        )


def _codes(engine: LatentEngine, data: FaceData, rows: np.ndarray, progress: Progress) -> np.ndarray:
    """Of pictures, and of the mirror images of faces: (N or 2 N, D)."""
    given = given_by(engine, data)
    codes = encode_rows(engine, data.images, rows, progress, given).mean
    if not data.shows_faces:
        return codes
    return np.concatenate([codes, encode_rows(engine, data.images, rows, progress, given, mirror=True).mean])
