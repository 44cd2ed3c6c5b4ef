"""The settings of a run as a table: what each is called, what it does, and when one would change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QCoreApplication

from core.config import TrainConfig

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

CONTEXT: Final = "train"
Kind = Literal["whole", "number", "choice", "switch"]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    path: str
    """Dotted path in TrainConfig."""
    label: str
    kind: Kind
    tooltip: str
    """What it does, and when one would change it; unit and defaults are added."""
    unit: str = ""
    step: float = 1
    choices: tuple[tuple[str, str], ...] = ()
    """(value, text)."""
    zero: str = ""
    """What to show in place of 0."""
    folded: bool = True
    """Under "More settings"."""
    enabled: Callable[[TrainConfig], bool] = lambda config: True
    """Whether it has an effect beside the other settings."""


def _is_gaussian(config: TrainConfig) -> bool:
    return config.objective.likelihood == "gaussian"


def _has_fixed_variance(config: TrainConfig) -> bool:
    return _is_gaussian(config) and config.objective.variance == "fixed"


FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "epochs",
        QT_TRANSLATE_NOOP("train", "Epochs"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "How often the model sees all training pictures. More while the validation curve still falls; a finished "
            "run can be trained further.",
        ),
        folded=False,
    ),
    Field(
        "model.latent_dim",
        QT_TRANSLATE_NOOP("train", "Latent size"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "How many numbers describe a face, and how many sliders there can be. Fewer give simpler, blurrier faces; "
            "of too many most stay unused.",
        ),
        folded=False,
        step=16,
    ),
    Field(
        "objective.beta",
        QT_TRANSLATE_NOOP("train", "Beta (β)"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Weight of the KL term. Above 1 the dimensions get tidier and the faces blurrier; below 1 the faces get "
            "sharper and samples worse.",
        ),
        folded=False,
        step=0.1,
    ),
    Field(
        "data.image_size",
        QT_TRANSLATE_NOOP("train", "Picture size"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "Side of the square that the model sees; a multiple of 16. Half the size trains about four times as fast.",
        ),
        unit=QT_TRANSLATE_NOOP("train", "px"),
        step=16,
    ),
    Field(
        "data.mirror",
        QT_TRANSLATE_NOOP("train", "Mirror pictures"),
        "switch",
        QT_TRANSLATE_NOOP(
            "train",
            "Shows each training picture mirrored half of the time. Helps with few pictures; switch it off where left "
            "and right differ.",
        ),
    ),
    Field(
        "batch_size",
        QT_TRANSLATE_NOOP("train", "Batch size"),
        "whole",
        QT_TRANSLATE_NOOP("train", "Pictures in one step. Smaller takes less memory and more steps; larger is steadier."),
        unit=QT_TRANSLATE_NOOP("train", "pictures"),
        step=16,
    ),
    Field(
        "learning_rate",
        QT_TRANSLATE_NOOP("train", "Learning rate"),
        "number",
        QT_TRANSLATE_NOOP("train", "How far a step goes (Adam). Lower it when the curves jump or the loss stops being a number."),
        step=0,
    ),
    Field(
        "lr_schedule",
        QT_TRANSLATE_NOOP("train", "Schedule"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "Constant keeps the learning rate; cosine lets it fall to a hundredth at the last epoch, which sharpens "
            "the end of a short run.",
        ),
        choices=(
            ("constant", QT_TRANSLATE_NOOP("train", "Constant")),
            ("cosine", QT_TRANSLATE_NOOP("train", "Cosine")),
        ),
    ),
    Field(
        "objective.likelihood",
        QT_TRANSLATE_NOOP("train", "Likelihood"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "How a pixel is thought to spread around its reconstruction. Gaussian suits photos, Bernoulli "
            "black-and-white drawings.",
        ),
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
        choices=(("optimal", QT_TRANSLATE_NOOP("train", "Optimal")), ("fixed", QT_TRANSLATE_NOOP("train", "Fixed"))),
        enabled=_is_gaussian,
    ),
    Field(
        "objective.fixed_variance",
        QT_TRANSLATE_NOOP("train", "Fixed variance"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "The variance of a pixel, on pixels scaled to variance 1. Smaller gives sharper faces and a larger KL.",
        ),
        step=0.1,
        enabled=_has_fixed_variance,
    ),
    Field(
        "objective.beta_warmup_epochs",
        QT_TRANSLATE_NOOP("train", "Beta warm-up"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Beta grows from 0 over that many epochs. Keeps dimensions from going silent at the start; 0 starts with all of it.",
        ),
        unit=QT_TRANSLATE_NOOP("train", "epochs"),
        step=1,
    ),
    Field(
        "whiten_every",
        QT_TRANSLATE_NOOP("train", "Turn latent axes"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "Every so many epochs, the last included, the latent's axes are turned to where the codes lie; reconstructions "
            "stay the same. Samples become faces early and the first dimensions tell the most. The course's own way is never.",
        ),
        unit=QT_TRANSLATE_NOOP("train", "epochs"),
        zero=QT_TRANSLATE_NOOP("train", "Never"),
    ),
    Field(
        "model.dropout",
        QT_TRANSLATE_NOOP("train", "Dropout"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Share of channels left out at random in training. A little helps when validation gets worse than training.",
        ),
        step=0.05,
    ),
    Field(
        "model.kernel_size",
        QT_TRANSLATE_NOOP("train", "Kernel size"),
        "choice",
        QT_TRANSLATE_NOOP("train", "Side of each convolution, in pixels. 4 avoids the chequered pattern that 3 can leave."),
        choices=(("4", "4 × 4"), ("3", "3 × 3")),
    ),
    Field(
        "precision",
        QT_TRANSLATE_NOOP("train", "Precision"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "Automatic takes bf16 where the processor has it, twice as fast and as good; fp32 is the exact one.",
        ),
        choices=(("auto", QT_TRANSLATE_NOOP("train", "Automatic")), ("fp32", "fp32"), ("bf16", "bf16")),
    ),
    Field(
        "device",
        QT_TRANSLATE_NOOP("train", "Device"),
        "choice",
        QT_TRANSLATE_NOOP("train", "Where to compute. Automatic takes a graphics card where there is one."),
        choices=(
            ("auto", QT_TRANSLATE_NOOP("train", "Automatic")),
            ("cpu", QT_TRANSLATE_NOOP("train", "Processor (CPU)")),
            ("cuda", "NVIDIA (CUDA)"),
            ("mps", "Apple (MPS)"),
        ),
    ),
    Field(
        "threads",
        QT_TRANSLATE_NOOP("train", "Threads"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train", "How many of the processor's cores the run takes; 0 takes all. Fewer leave room for other work."
        ),
        zero=QT_TRANSLATE_NOOP("train", "All cores"),
    ),
    Field(
        "seed",
        QT_TRANSLATE_NOOP("train", "Seed"),
        "whole",
        QT_TRANSLATE_NOOP("train", "Where chance starts. The same seed, settings and threads give the same run again."),
    ),
)

PRESETS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "quick",
        QT_TRANSLATE_NOOP("train", "Quick"),
        QT_TRANSLATE_NOOP("train", "A good model in about 15 minutes on two cores. Start here."),
    ),
    (
        "table1",
        QT_TRANSLATE_NOOP("train", "Table 1"),
        QT_TRANSLATE_NOOP("train", "The course's network and settings, word for word. It takes hours."),
    ),
)


def tr(text: str) -> str:
    """A text of the tables in the person's language."""
    return QCoreApplication.translate(CONTEXT, text)
