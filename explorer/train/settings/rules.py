"""What a setting's tooltip says, and how values and problems of settings read in the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config import all_settings, get, preset
from core.problems import Problem
from explorer.train.settings.fields import Field, presets_of, tr

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
    text = f"{value:,}" if field.type is int else f"{value:g}"
    return f"{text} {tr(field.unit)}" if field.unit else text


def tooltip(field: Field, family: str) -> str:
    """What the setting does, when one would change it, and its default in each of a family's presets."""
    texts = [tr(field.tooltip)]
    if field.kind == "fact":
        return " ".join([*texts, tr(QT_TRANSLATE_NOOP("train", "The Data tab decides it."))])
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


def sentence(problem: Problem, family: str) -> str:
    """A problem as the form says it: choices by the words that the form has for them."""
    words = {value: text for known in all_settings(family).values() for value, text in known.choices.items()}
    return tr(problem.text).format(**{name: tr(words.get(value, value)) for name, value in problem.values.items()})
