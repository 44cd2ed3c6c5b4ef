"""The settings of a run as a table: what each is called, what it does, and when one would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.device_count import gpus
from core.model_abilities import abilities
from core.objective_abilities import objective_abilities
from explorer.panels.train_field import Field, tr
from explorer.panels.train_fields_loss import LOSS
from explorer.panels.train_fields_objective import OBJECTIVE
from explorer.panels.train_fields_steps import STEPS

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

__all__ = ["FIELDS", "PRESETS", "Field", "fields_for", "tr"]

_IN_FRONT: Final[tuple[Field, ...]] = (
    Field(
        "epochs",
        QT_TRANSLATE_NOOP("train", "Epochs"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "How often the model sees all training pictures. More while the validation curve still falls; a finished "
            "run can be trained further.",
        ),
    ),
    Field(
        "model.latent_dim",
        QT_TRANSLATE_NOOP("train", "Latent size"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "How many numbers describe a picture, and how many sliders there can be. Fewer give simpler, blurrier pictures; "
            "of too many most stay unused.",
        ),
        step=16,
    ),
    Field(
        "objective.beta",
        QT_TRANSLATE_NOOP("train", "Beta (β)"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Weight of the KL term, of beta-TCVAE's total correlation alone. Above 1 the dimensions get tidier and the pictures "
            "blurrier; below 1 the pictures get sharper and samples worse.",
        ),
        step=0.1,
        enabled=lambda config: objective_abilities(config.objective.name).beta,
    ),
)

_PICTURES: Final[tuple[Field, ...]] = (
    Field(
        "data.image_size",
        QT_TRANSLATE_NOOP("train", "Picture size"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "Side of the square that the model sees; a multiple of 16. Half the size trains about four times as fast.",
        ),
        "pictures",
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
        "pictures",
    ),
)

_NETWORK_AND_MACHINE: Final[tuple[Field, ...]] = (
    Field(
        "model.name",
        QT_TRANSLATE_NOOP("train", "Network"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "Table 1 is the course assignment's network. With a linear way around it, the latent also sees and paints a coarse "
            "picture directly: pictures come out sharper in the same time, and the file is larger. Burgess is the small network of "
            "the papers on disentangling, for pictures of 32 or 64 px. The fully connected one is for digits; conditional, it is "
            "also told each picture's class and can be asked for pictures of one.",
        ),
        "network",
        choices=(
            ("conv_vae", QT_TRANSLATE_NOOP("train", "Table 1")),
            ("skip_vae", QT_TRANSLATE_NOOP("train", "Table 1 and a linear way")),
            ("burgess_vae", QT_TRANSLATE_NOOP("train", "Burgess")),
            ("mlp_vae", QT_TRANSLATE_NOOP("train", "Fully connected")),
            ("conditional_vae", QT_TRANSLATE_NOOP("train", "Conditional")),
        ),
    ),
    Field(
        "model.hidden_layers",
        QT_TRANSLATE_NOOP("train", "Hidden layers"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "How many layers lie between picture and latent, and as many back. Two are enough for digits; more where the training "
            "reconstructions stay blurred.",
        ),
        "network",
        shown=lambda config: abilities(config.model.name).dense,
    ),
    Field(
        "model.hidden_units",
        QT_TRANSLATE_NOOP("train", "Hidden units"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "Width of each hidden layer. Wider learns finer strokes and takes longer; narrower where few pictures are learned by "
            "heart.",
        ),
        "network",
        unit=QT_TRANSLATE_NOOP("train", "units"),
        step=64,
        shown=lambda config: abilities(config.model.name).dense,
    ),
    Field(
        "model.dropout",
        QT_TRANSLATE_NOOP("train", "Dropout"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Share of channels left out at random in training. A little helps when validation gets worse than training.",
        ),
        "network",
        step=0.05,
        shown=lambda config: abilities(config.model.name).convolutions,
    ),
    Field(
        "model.kernel_size",
        QT_TRANSLATE_NOOP("train", "Kernel size"),
        "choice",
        QT_TRANSLATE_NOOP("train", "Side of each convolution, in pixels. 4 avoids the chequered pattern that 3 can leave."),
        "network",
        choices=(("4", "4 × 4"), ("3", "3 × 3")),
        shown=lambda config: abilities(config.model.name).convolutions,
    ),
    Field(
        "precision",
        QT_TRANSLATE_NOOP("train", "Precision"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "Automatic takes bf16 where the processor has it, twice as fast and as good; fp32 is the exact one.",
        ),
        "machine",
        choices=(("auto", QT_TRANSLATE_NOOP("train", "Automatic")), ("fp32", "fp32"), ("bf16", "bf16")),
    ),
    Field(
        "device",
        QT_TRANSLATE_NOOP("train", "Device"),
        "choice",
        QT_TRANSLATE_NOOP("train", "Where to compute. Automatic takes a graphics card where there is one."),
        "machine",
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
        "machine",
        zero=QT_TRANSLATE_NOOP("train", "All cores"),
    ),
    Field(
        "seed",
        QT_TRANSLATE_NOOP("train", "Seed"),
        "whole",
        QT_TRANSLATE_NOOP("train", "Where chance starts. The same seed, settings and threads give the same run again."),
        "machine",
    ),
)

_SEVERAL_GPUS: Final[tuple[Field, ...]] = (
    Field(
        "processes",
        QT_TRANSLATE_NOOP("train", "GPUs"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "How many graphics cards train together, each on a part of every batch: the curves stay the same, an epoch "
            "takes less time. Worth it with large batches and many pictures.",
        ),
        "machine",
    ),
)


def fields_for(gpus: int) -> tuple[Field, ...]:
    """The settings that a machine with so many GPUs is offered."""
    return _IN_FRONT + _PICTURES + STEPS + OBJECTIVE + LOSS + _NETWORK_AND_MACHINE + (_SEVERAL_GPUS if gpus > 1 else ())


FIELDS: Final[tuple[Field, ...]] = fields_for(gpus())

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
    (
        "dsprites",
        QT_TRANSLATE_NOOP("train", "dSprites"),
        QT_TRANSLATE_NOOP(
            "train",
            "What the papers on disentangling train: ten dimensions, batches of 64, for grey pictures of 64 px. "
            "300,000 steps are for a graphics card.",
        ),
    ),
)
