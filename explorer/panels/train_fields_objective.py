"""The settings of the objective: which paper's loss it is, and what belongs to that one alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from core.config import TrainConfig
from core.objective_abilities import objective_abilities
from explorer.panels.train_field import Field

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP


def is_its_own(path: str) -> Callable[[TrainConfig], bool]:
    """Whether a setting is one of the chosen objective's own."""
    return lambda config: path in objective_abilities(config.objective.name).settings


OBJECTIVE: Final[tuple[Field, ...]] = (
    Field(
        "objective.name",
        QT_TRANSLATE_NOOP("train", "Objective"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "What is added to the reconstruction. Beta-VAE weights the KL term: the usual one. The others are for latents whose "
            "dimensions are to mean one thing each: beta-TCVAE and FactorVAE press on the total correlation alone and keep sharper "
            "pictures, annealed capacity lets factors in one by one, DIP-VAE draws covariances to zero.",
        ),
        "latent",
        choices=(
            ("beta_vae", QT_TRANSLATE_NOOP("train", "Beta-VAE")),
            ("capacity_vae", QT_TRANSLATE_NOOP("train", "Annealed capacity")),
            ("beta_tcvae", QT_TRANSLATE_NOOP("train", "Beta-TCVAE")),
            ("factor_vae", QT_TRANSLATE_NOOP("train", "FactorVAE")),
            ("dip_vae_i", QT_TRANSLATE_NOOP("train", "DIP-VAE-I")),
            ("dip_vae_ii", QT_TRANSLATE_NOOP("train", "DIP-VAE-II")),
        ),
    ),
    Field(
        "objective.capacity",
        QT_TRANSLATE_NOOP("train", "Capacity"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "How many nats of KL the latent is led to. 25 for dSprites, as in the paper; more where reconstructions stay blurred "
            "at the end, less where dimensions mix.",
        ),
        "latent",
        unit=QT_TRANSLATE_NOOP("train", "nats"),
        shown=is_its_own("objective.capacity"),
    ),
    Field(
        "objective.capacity_epochs",
        QT_TRANSLATE_NOOP("train", "Capacity grows over"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "The capacity grows from 0 over that many epochs. Longer lets factors in one after the other; the paper takes 100,000 "
            "steps, which are 9 epochs of all of dSprites.",
        ),
        "latent",
        unit=QT_TRANSLATE_NOOP("train", "epochs"),
        shown=is_its_own("objective.capacity_epochs"),
    ),
    Field(
        "objective.capacity_weight",
        QT_TRANSLATE_NOOP("train", "Capacity weight"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Weight of the KL's distance from the capacity (gamma in the paper). Lower it where the KL in the curves leaps around "
            "the capacity; raise it where the KL doesn't follow.",
        ),
        "latent",
        step=100,
        shown=is_its_own("objective.capacity_weight"),
    ),
    Field(
        "objective.gamma",
        QT_TRANSLATE_NOOP("train", "Gamma (γ)"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Weight of FactorVAE's total correlation, beside beta on the KL, which the paper leaves at 1. Above 10 for tidy "
            "dimensions; the paper's best on dSprites is 35. Lower it where reconstructions suffer.",
        ),
        "latent",
        shown=is_its_own("objective.gamma"),
    ),
    Field(
        "objective.discriminator_units",
        QT_TRANSLATE_NOOP("train", "Discriminator width"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "Units in each of the six hidden layers of FactorVAE's discriminator, 1,000 in the paper. Fewer train faster on a "
            "processor and tell the total correlation less exactly.",
        ),
        "latent",
        unit=QT_TRANSLATE_NOOP("train", "units"),
        step=100,
        shown=is_its_own("objective.discriminator_units"),
    ),
    Field(
        "objective.discriminator_rate",
        QT_TRANSLATE_NOOP("train", "Discriminator rate"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Learning rate of FactorVAE's discriminator. Raise it where the total correlation stays at 0 from the start: then the "
            "discriminator can't keep up with the encoder.",
        ),
        "latent",
        step=0,
        shown=is_its_own("objective.discriminator_rate"),
    ),
    Field(
        "objective.dip_weight",
        QT_TRANSLATE_NOOP("train", "DIP weight"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Weight of the covariances between the latent's dimensions. More draws them further apart, at the cost of the "
            "reconstruction; the paper tries 1 to 500.",
        ),
        "latent",
        shown=is_its_own("objective.dip_weight"),
    ),
)
