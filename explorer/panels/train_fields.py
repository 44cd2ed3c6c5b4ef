"""The settings of a run as a table: what each is called, what it does, and when one would change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from PySide6.QtCore import QT_TRANSLATE_NOOP as NOOP
from PySide6.QtCore import QCoreApplication

from core.config import RANGES, TrainConfig, get, preset

CONTEXT: Final = "train_fields"
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


# fmt: off
FIELDS: Final[tuple[Field, ...]] = (
    Field("epochs", NOOP("train_fields", "Epochs"), "whole", NOOP("train_fields",
        "How often the model sees all training pictures. More while the validation curve still falls; a finished "
        "run can be trained further."), folded=False),
    Field("model.latent_dim", NOOP("train_fields", "Latent size"), "whole", NOOP("train_fields",
        "How many numbers describe a face, and how many sliders there can be. Fewer give simpler, blurrier faces; "
        "of too many most stay unused."), folded=False, step=16),
    Field("objective.beta", NOOP("train_fields", "Beta (β)"), "number", NOOP("train_fields",
        "Weight of the KL term. Above 1 the dimensions get tidier and the faces blurrier; below 1 the faces get "
        "sharper and samples worse."), folded=False, step=0.1),
    Field("data.image_size", NOOP("train_fields", "Picture size"), "whole", NOOP("train_fields",
        "Side of the square that the model sees; a multiple of 16. Half the size trains about four times as fast."),
        unit=NOOP("train_fields", "px"), step=16),
    Field("data.mirror", NOOP("train_fields", "Mirror pictures"), "switch", NOOP("train_fields",
        "Shows each training picture mirrored half of the time. Helps with few pictures; switch it off where left "
        "and right differ.")),
    Field("batch_size", NOOP("train_fields", "Batch size"), "whole", NOOP("train_fields",
        "Pictures in one step. Smaller takes less memory and more steps; larger is steadier."),
        unit=NOOP("train_fields", "pictures"), step=16),
    Field("learning_rate", NOOP("train_fields", "Learning rate"), "number", NOOP("train_fields",
        "How far a step goes (Adam). Lower it when the curves jump or the loss stops being a number."), step=0),
    Field("lr_schedule", NOOP("train_fields", "Schedule"), "choice", NOOP("train_fields",
        "Constant keeps the learning rate; cosine lets it fall to a hundredth at the last epoch, which sharpens "
        "the end of a short run."), choices=(
        ("constant", NOOP("train_fields", "Constant")), ("cosine", NOOP("train_fields", "Cosine")))),
    Field("objective.likelihood", NOOP("train_fields", "Likelihood"), "choice", NOOP("train_fields",
        "How a pixel is thought to spread around its reconstruction. Gaussian suits photos, Bernoulli black-and- "
        "white drawings."),
        choices=(("gaussian", NOOP("train_fields", "Gaussian")), ("bernoulli", NOOP("train_fields", "Bernoulli")))),
    Field("objective.variance", NOOP("train_fields", "Variance"), "choice", NOOP("train_fields",
        "Of the Gaussian. Optimal follows the reconstruction error (sigma-VAE) and balances reconstruction and KL "
        "by itself; fixed is the classic one."),
        choices=(("optimal", NOOP("train_fields", "Optimal")), ("fixed", NOOP("train_fields", "Fixed"))),
        enabled=_is_gaussian),
    Field("objective.fixed_variance", NOOP("train_fields", "Fixed variance"), "number", NOOP("train_fields",
        "The variance of a pixel, on pixels scaled to variance 1. Smaller gives sharper faces and a larger KL."),
        step=0.1,
        enabled=_has_fixed_variance),
    Field("objective.beta_warmup_epochs", NOOP("train_fields", "Beta warm-up"), "number", NOOP("train_fields",
        "Beta grows from 0 over that many epochs. Keeps dimensions from going silent at the start; 0 starts with "
        "all of it."),
        unit=NOOP("train_fields", "epochs"), step=1),
    Field("model.dropout", NOOP("train_fields", "Dropout"), "number", NOOP("train_fields",
        "Share of channels left out at random in training. A little helps when validation gets worse than "
        "training."), step=0.05),
    Field("model.kernel_size", NOOP("train_fields", "Kernel size"), "choice", NOOP("train_fields",
        "Side of each convolution, in pixels. 4 avoids the chequered pattern that 3 can leave."),
        choices=(("4", "4 × 4"), ("3", "3 × 3"))),
    Field("precision", NOOP("train_fields", "Precision"), "choice", NOOP("train_fields",
        "Automatic takes bf16 where the processor has it, twice as fast and as good; fp32 is the exact one."),
        choices=(
        ("auto", NOOP("train_fields", "Automatic")), ("fp32", "fp32"), ("bf16", "bf16"))),
    Field("device", NOOP("train_fields", "Device"), "choice", NOOP("train_fields",
        "Where to compute. Automatic takes a graphics card where there is one."), choices=(
        ("auto", NOOP("train_fields", "Automatic")), ("cpu", NOOP("train_fields", "Processor (CPU)")),
        ("cuda", "NVIDIA (CUDA)"), ("mps", "Apple (MPS)"))),
    Field("threads", NOOP("train_fields", "Threads"), "whole", NOOP("train_fields",
        "How many of the processor's cores the run takes; 0 takes all. Fewer leave room for other work."),
        zero=NOOP("train_fields", "All cores")),
    Field("seed", NOOP("train_fields", "Seed"), "whole", NOOP("train_fields",
        "Where chance starts. The same seed, settings and threads give the same run again.")),
)
# fmt: on

PRESETS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "quick",
        NOOP("train_fields", "Quick"),
        NOOP("train_fields", "A good model in about 15 minutes on two cores. Start here."),
    ),
    (
        "table1",
        NOOP("train_fields", "Table 1"),
        NOOP("train_fields", "The course's network and settings, word for word. It takes hours."),
    ),
)


def tr(text: str) -> str:
    """A text of the tables in the person's language."""
    return QCoreApplication.translate(CONTEXT, text)


def value_text(field: Field, value: Any) -> str:
    """A value as people write it: "64 px", "Cosine", "on"."""
    if field.kind == "switch":
        return tr(NOOP("train_fields", "on")) if value else tr(NOOP("train_fields", "off"))
    if field.kind == "choice":
        return tr(dict(field.choices)[str(value)])
    if field.zero and value == 0:
        return tr(field.zero).lower()
    text = f"{value:,}" if field.kind == "whole" else f"{value:g}"
    return f"{text} {tr(field.unit)}" if field.unit else text


def tooltip(field: Field) -> str:
    """What the setting does, when one would change it, its range and its defaults."""
    texts = [tr(field.tooltip)]
    defaults = {name: value_text(field, get(preset(name), field.path)) for name, _, _ in PRESETS}
    if len(set(defaults.values())) == 1:
        texts.append(tr(NOOP("train_fields", "Default: {value}.")).format(value=next(iter(defaults.values()))))
    else:
        words = [
            tr(NOOP("train_fields", "{value} in {preset}")).format(value=defaults[name], preset=tr(title))
            for name, title, _ in PRESETS
        ]
        texts.append(tr(NOOP("train_fields", "Default: {values}.")).format(values=", ".join(words)))
    return " ".join(texts)


def problems(config: TrainConfig, training_pictures: int | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What speaks against a run with these settings.

    Args:
        config: the settings.
        training_pictures: how many there are; None while unknown.

    Returns:
        What can't be, and what is worth a thought: (path of the setting, sentence) each.
    """
    wrong: list[tuple[str, str]] = []
    doubtful: list[tuple[str, str]] = []
    size = config.data.image_size
    if size % 16:
        near = max(int(RANGES["data.image_size"][0]), round(size / 16) * 16)
        text = tr(NOOP("train_fields", "{size} is no multiple of 16; {near} is the nearest."))
        wrong.append(("data.image_size", text.format(size=size, near=near)))
    warmup = config.objective.beta_warmup_epochs
    if warmup >= config.epochs > 0 and warmup > 0:
        text = tr(NOOP("train_fields", "The run ends before beta has grown to its full value."))
        doubtful.append(("objective.beta_warmup_epochs", text))
    if training_pictures is not None and config.batch_size > training_pictures:
        text = tr(NOOP("train_fields", "There are only {count} training pictures: every epoch is a single step."))
        doubtful.append(("batch_size", text.format(count=f"{training_pictures:,}")))
    return wrong, doubtful
