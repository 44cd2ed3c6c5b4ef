"""The settings of what a run minimises: the reconstruction, the KL term and its weight over time, the latent's axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.config import TrainConfig
from core.objective_abilities import objective_abilities
from explorer.panels.train_field import Field

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP


def _is_gaussian(config: TrainConfig) -> bool:
    return config.objective.likelihood == "gaussian"


def _has_fixed_variance(config: TrainConfig) -> bool:
    return _is_gaussian(config) and config.objective.variance == "fixed"


def _has_beta(config: TrainConfig) -> bool:
    return objective_abilities(config.objective.name).beta


def _has_free_bits(config: TrainConfig) -> bool:
    return objective_abilities(config.objective.name).free_bits or config.objective.free_bits > 0


def _may_turn(config: TrainConfig) -> bool:
    return not objective_abilities(config.objective.name).still_axes or config.whiten_every > 0


def _is_cyclical(config: TrainConfig) -> bool:
    return _has_beta(config) and config.objective.beta_schedule == "cyclical"


def _is_linear(config: TrainConfig) -> bool:
    return _has_beta(config) and config.objective.beta_schedule == "linear"


LOSS: Final[tuple[Field, ...]] = (
    Field(
        "objective.likelihood",
        QT_TRANSLATE_NOOP("train", "Likelihood"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "How a pixel is thought to spread around its reconstruction. Gaussian suits photos, Bernoulli "
            "black-and-white drawings.",
        ),
        "reconstruction",
        choices=(
            ("gaussian", QT_TRANSLATE_NOOP("train", "Gaussian")),
            ("bernoulli", QT_TRANSLATE_NOOP("train", "Bernoulli")),
        ),
    ),
    Field(
        "objective.variance",
        QT_TRANSLATE_NOOP("train", "Variance"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "Of the Gaussian. Optimal follows the reconstruction error (sigma-VAE) and balances reconstruction and KL "
            "by itself; fixed is the classic one.",
        ),
        "reconstruction",
        choices=(("optimal", QT_TRANSLATE_NOOP("train", "Optimal")), ("fixed", QT_TRANSLATE_NOOP("train", "Fixed"))),
        enabled=_is_gaussian,
    ),
    Field(
        "objective.fixed_variance",
        QT_TRANSLATE_NOOP("train", "Fixed variance"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "The variance of a pixel, on pixels scaled to variance 1. Smaller gives sharper pictures and a larger KL.",
        ),
        "reconstruction",
        step=0.1,
        enabled=_has_fixed_variance,
    ),
    Field(
        "objective.beta_schedule",
        QT_TRANSLATE_NOOP("train", "Beta schedule"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "How beta comes to its full value. Linear: once, over the warm-up below. Cyclical: from 0 again and again, "
            "which wakes dimensions that went silent; try it where few are active.",
        ),
        "latent",
        choices=(
            ("linear", QT_TRANSLATE_NOOP("train", "Linear")),
            ("cyclical", QT_TRANSLATE_NOOP("train", "Cyclical")),
        ),
        enabled=_has_beta,
    ),
    Field(
        "objective.beta_warmup_epochs",
        QT_TRANSLATE_NOOP("train", "Beta warm-up"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Beta grows from 0 over that many epochs. Keeps dimensions from going silent at the start; 0 starts with all of it.",
        ),
        "latent",
        unit=QT_TRANSLATE_NOOP("train", "epochs"),
        step=1,
        zero=QT_TRANSLATE_NOOP("train", "Off"),
        enabled=_is_linear,
    ),
    Field(
        "objective.beta_cycles",
        QT_TRANSLATE_NOOP("train", "Beta cycles"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "How many cycles the run has. In the first half of each beta grows from 0 to its full value, in the second it "
            "stays there. More for longer runs; a cycle should last several epochs.",
        ),
        "latent",
        enabled=_is_cyclical,
    ),
    Field(
        "objective.free_bits",
        QT_TRANSLATE_NOOP("train", "Free bits"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "So many nats of KL in each dimension cost nothing, so that no dimension is pulled into silence. Try 0.05 to "
            "0.5 where few dimensions are active; samples may get worse. The KL in the curves stays the true one.",
        ),
        "latent",
        unit=QT_TRANSLATE_NOOP("train", "nats"),
        step=0.05,
        zero=QT_TRANSLATE_NOOP("train", "Off"),
        enabled=_has_free_bits,
    ),
    Field(
        "whiten_every",
        QT_TRANSLATE_NOOP("train", "Turn latent axes"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "Every so many epochs, the last included, the latent's axes are turned to where the codes lie; reconstructions "
            "stay the same. Samples soon look like the data and the first dimensions tell the most. The course's own way is never.",
        ),
        "latent",
        unit=QT_TRANSLATE_NOOP("train", "epochs"),
        zero=QT_TRANSLATE_NOOP("train", "Never"),
        enabled=_may_turn,
    ),
)
