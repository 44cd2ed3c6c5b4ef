"""What a setting's tooltip says, and what speaks against a run with some settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config import TrainConfig, all_settings, get, preset
from core.families.registry import DEFAULT
from core.model_abilities import abilities
from core.objective_abilities import objective_abilities
from explorer.panels.train_fields import Field, presets_of, tr

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP


def value_text(field: Field, value: Any) -> str:
    """A value as people write it: "64 px", "Cosine", "on"."""
    if field.kind == "switch":
        return tr(QT_TRANSLATE_NOOP("train", "on")) if value else tr(QT_TRANSLATE_NOOP("train", "off"))
    if field.kind == "choice":
        return tr(dict(field.choices)[str(value)])
    if field.zero and value == 0:
        return tr(field.zero).lower()
    text = f"{value:,}" if field.kind == "whole" else f"{value:g}"
    return f"{text} {tr(field.unit)}" if field.unit else text


def tooltip(field: Field, family: str = DEFAULT) -> str:
    """What the setting does, when one would change it, its range and its defaults."""
    texts = [tr(field.tooltip)]
    defaults = {name: value_text(field, get(preset(name), field.path)) for name, _, _ in presets_of(family)}
    if len(set(defaults.values())) == 1:
        texts.append(tr(QT_TRANSLATE_NOOP("train", "Default: {value}.")).format(value=next(iter(defaults.values()))))
    else:
        words = [
            tr(QT_TRANSLATE_NOOP("train", "{value} in {preset}")).format(value=defaults[name], preset=title)
            for name, title, _ in presets_of(family)
        ]
        texts.append(tr(QT_TRANSLATE_NOOP("train", "Default: {values}.")).format(values=", ".join(words)))
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
        near = max(int(all_settings(config.family)["data.image_size"].low), round(size / 16) * 16)
        text = tr(QT_TRANSLATE_NOOP("train", "{size} is no multiple of 16; {near} is the nearest."))
        wrong.append(("data.image_size", text.format(size=size, near=near)))
    sizes = abilities(config.settings.model.name).sizes
    if sizes and size not in sizes and not size % 16:
        text = tr(QT_TRANSLATE_NOOP("train", "The chosen network is for pictures of {sizes} px."))
        wrong.append(("data.image_size", text.format(sizes=tr(QT_TRANSLATE_NOOP("train", " or ")).join(map(str, sizes)))))
    objective = objective_abilities(config.settings.objective.name)
    if config.settings.whiten_every and objective.still_axes:
        text = tr(QT_TRANSLATE_NOOP("train", "The chosen objective gives each axis its meaning: turn the axes never."))
        wrong.append(("whiten_every", text))
    if config.settings.objective.free_bits and not objective.free_bits:
        text = tr(QT_TRANSLATE_NOOP("train", "The chosen objective has no KL term of which a part could be free."))
        wrong.append(("objective.free_bits", text))
    is_cyclical = config.settings.objective.beta_schedule == "cyclical"
    if not is_cyclical and config.settings.objective.beta_warmup_epochs >= config.epochs:
        text = tr(QT_TRANSLATE_NOOP("train", "The run ends before beta has grown to its full value."))
        doubtful.append(("objective.beta_warmup_epochs", text))
    if config.lr_warmup_epochs >= config.epochs:
        text = tr(QT_TRANSLATE_NOOP("train", "The run ends before the learning rate has risen to its full value."))
        doubtful.append(("lr_warmup_epochs", text))
    cycle = config.epochs / config.settings.objective.beta_cycles
    if is_cyclical and cycle < 2:
        text = tr(QT_TRANSLATE_NOOP("train", "A cycle lasts less than two epochs: take fewer cycles or more epochs."))
        doubtful.append(("objective.beta_cycles", text))
    if config.early_stopping >= config.epochs:
        text = tr(QT_TRANSLATE_NOOP("train", "The run ends before so many epochs can have passed."))
        doubtful.append(("early_stopping", text))
    elif is_cyclical and 0 < config.early_stopping < cycle:
        text = tr(QT_TRANSLATE_NOOP("train", "A cycle of beta lasts {cycle} epochs: the run may end within one."))
        doubtful.append(("early_stopping", text.format(cycle=f"{cycle:.3g}")))
    if training_pictures is not None and config.batch_size > training_pictures:
        text = tr(QT_TRANSLATE_NOOP("train", "There are only {count} training pictures: every epoch is a single step."))
        doubtful.append(("batch_size", text.format(count=f"{training_pictures:,}")))
    return wrong, doubtful
