"""Whether the latent is used: collapsed where hardly any dimension carries information, too small where all are full."""

from __future__ import annotations

import math

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.coach.wording import number
from core.config import get
from core.families.vae.objective_abilities import objective_abilities
from core.metrics.latent import EMPTY_NATS

SETTLE_EPOCHS = 5  # at the full beta before anything is said: at first a decoder learns the mean face alone
SETTLE_SHARE = 0.1  # of the planned epochs, or
SETTLE_STEPS = 500
PERSISTENT_EPOCHS = 3  # in a row
COLLAPSED_SHARE = 10  # at most one dimension in so many is active
COLLAPSED_AT_MOST = 16  # active dimensions; with more than these, unused ones do no harm
FULL_NATS = 2.0  # in the weakest dimension; in the pPCA limit one more would then gain about 25 nats
WARMUP_SHARE = 0.2  # of the epochs
LARGEST_LATENT = 512  # the coach never proposes a larger one


def collapse(facts: Facts) -> Advice | None:
    """Few active units (Burda et al., arXiv 1509.00519), or next to no KL at all (Bowman et al., arXiv 1511.06349)."""
    history, config = facts.history, facts.config
    settled = np.flatnonzero(facts.settled)
    if not _has_settled(facts, settled):
        return None
    last = settled[-PERSISTENT_EPOCHS:]
    active = history.whole("active_units")[last]
    dimensions = config.settings.model.latent_dim
    few = min(dimensions // COLLAPSED_SHARE, COLLAPSED_AT_MOST)
    is_empty = bool((history.valid("kl")[last] < EMPTY_NATS).all())
    is_rising = bool(active[-1] > active[0])
    if not is_empty and ((active > few).any() or is_rising):
        return None
    change, hint = _weaker_pull(facts)
    count = int(active[-1])
    nats = float(history.valid("kl")[last[-1]])
    if count <= few:
        sentence = f"{count or 'None'} of {dimensions:,} dimensions {'carries' if count == 1 else 'carry'} information."
    else:
        sentence = f"All {dimensions:,} dimensions together carry {nats:.2g} nats: next to nothing about a picture."
    reason = f"The KL term outweighs the reconstruction, so all reconstructions look alike. {hint}"
    return Advice("collapse", sentence, reason, Severity.PROBLEM, change)


def full(facts: Facts) -> Advice | None:
    """Every dimension carries a lot at the end of a run whose axes were turned to the codes: more dimensions would carry more.

    In probabilistic PCA, the linear VAE (Lucas et al., arXiv 1911.02469), a dimension of KL m has variance e^(2m) times
    the noise's and gains (e^(2m) - 1)/2 - m nats; the next one is about as good as the weakest that is there.
    """
    history, dimensions = facts.history, facts.config.settings.model.latent_dim
    settled = np.flatnonzero(facts.settled)
    if not facts.is_complete or not facts.config.settings.whiten_every or not _has_settled(facts, settled):
        return None
    if history.per_axis("kl_per_dim").shape[1] != dimensions or dimensions * 2 > LARGEST_LATENT:
        return None
    weakest = float(np.median(history.per_axis("kl_per_dim")[settled[-PERSISTENT_EPOCHS:]].min(axis=1)))
    if math.isnan(weakest) or weakest < FULL_NATS:
        return None
    sentence = f"All {dimensions:,} dimensions are full: the weakest still carries {weakest:.1f} nats."
    reason = "Details that don't fit are missing in the pictures; a larger latent size makes room for them."
    return Advice("full", sentence, reason, Severity.TIP, {"model.latent_dim": dimensions * 2})


def _has_settled(facts: Facts, settled: np.ndarray) -> bool:
    """Whether there was time enough at the full beta for the latent to come into use."""
    if len(settled) < SETTLE_EPOCHS:
        return False
    steps = math.ceil(facts.count("train") / facts.config.batch_size)
    return len(settled) >= SETTLE_SHARE * facts.history.epochs or len(settled) * steps >= SETTLE_STEPS


def _weaker_pull(facts: Facts) -> tuple[dict[str, object], str]:
    """What weakens the KL term, and how to say it: a beta above 1 first, then a warm-up, then a beta below 1.

    For an objective with a weight of its own, that weight; for one with a capacity, a larger capacity.
    """
    config = facts.config
    objective, beta = objective_abilities(config.settings.objective.name), config.settings.objective.beta
    if objective.capacity:
        capacity = config.settings.objective.capacity
        return {"objective.capacity": max(2.0 * capacity, 1.0)}, f"Its capacity is {number(capacity)} nats: raise it."
    if beta > 1.0:
        return {"objective.beta": 1.0}, f"Beta is {number(beta)}: lower it."
    if objective.weight and (weight := float(get(config, objective.settings[0]))) > 0.0:
        return {objective.settings[0]: weight / 2.0}, f"The {objective.weight} is {number(weight)}: lower it."
    if config.settings.objective.beta_schedule == "linear" and config.settings.objective.beta_warmup_epochs == 0.0:
        epochs = float(max(1, round(WARMUP_SHARE * config.epochs)))
        return {"objective.beta_warmup_epochs": epochs}, "Warm beta up, or lower it."
    return {"objective.beta": round(beta / 2.0, 4)}, "Beta was warmed up already: lower it."
