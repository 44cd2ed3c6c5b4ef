"""Names of settings within a sentence: "beta", "latent size", "learning rate"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.config import all_settings
from core.families.registry import families
from explorer.train.settings.fields import tr

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

_WITHOUT_FIELD: Final = {
    "family": QT_TRANSLATE_NOOP("train", "model"),
    "preset": QT_TRANSLATE_NOOP("train", "preset"),
    "start_from": QT_TRANSLATE_NOOP("train", "start from"),
    "data.source": QT_TRANSLATE_NOOP("train", "data"),
    "data.crop": QT_TRANSLATE_NOOP("train", "crop"),
    "data.limit": QT_TRANSLATE_NOOP("train", "pictures"),
    "data.positive": QT_TRANSLATE_NOOP("train", "positive class"),
    "data.valid_fraction": QT_TRANSLATE_NOOP("train", "validation part"),
    "data.split_seed": QT_TRANSLATE_NOOP("train", "split seed"),
    "data.channels": QT_TRANSLATE_NOOP("train", "channels"),
}


def setting_names() -> dict[str, str]:
    """Name of each setting of all families by its dotted path; for others, the path is the name."""
    names = {path: tr(name) for path, name in _WITHOUT_FIELD.items()}
    for one in families():
        names |= {path: _within(known.label) for path, known in all_settings(one.name).items() if known.label}
    return names


def setting_name(path: str, family: str) -> str:
    """Name of one setting of a family's runs."""
    label = all_settings(family)[path].label
    return _within(label) if label else tr(_WITHOUT_FIELD.get(path, path))


def _within(label: str) -> str:
    """A field's label, as it reads within a sentence."""
    name = tr(label).partition(" (")[0]
    return name[:1].lower() + name[1:] if name[1:2].islower() else name  # "KL weight" keeps its capitals
