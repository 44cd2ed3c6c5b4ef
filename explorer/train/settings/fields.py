"""The settings of a run as the form shows them, made from their definitions in `core.config` and the families."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QCoreApplication

from core.config import TrainConfig, all_paths, all_settings
from core.device_count import gpus
from core.families.registry import family
from core.setting import FRONT, Setting

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

CONTEXT: Final = "train"
Kind = Literal["fact", "whole", "number", "choice", "name", "switch", "file"]

_FIRST: Final[dict[str, str]] = {  # headings under "More settings" that every family has, in this order
    "pictures": QT_TRANSLATE_NOOP("train", "Pictures"),
    "steps": QT_TRANSLATE_NOOP("train", "Steps"),
    "stopping": QT_TRANSLATE_NOOP("train", "Stopping"),
}
_LAST: Final[dict[str, str]] = {"machine": QT_TRANSLATE_NOOP("train", "Machine")}  # after the family's own
OF_DATA: Final = frozenset({"data.image_size"})
"""Settings that the data set decides; the form only shows them."""


def groups_of(family_name: str) -> dict[str, str]:
    """The headings under "More settings" in a family's form, in order: a setting's `group` -> heading."""
    return {**_FIRST, **family(family_name).groups, **_LAST}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    path: str
    """Dotted path."""
    type: type
    """int, float, bool or str."""
    setting: Setting
    """Its definition in `core`."""

    @property
    def kind(self) -> Kind:
        """The kind of input; a "fact" is decided elsewhere."""
        if self.path in OF_DATA:
            return "fact"
        if self.setting.choices:
            return "choice"
        if self.setting.empty:
            return "name"
        if self.setting.file:
            return "file"
        return "switch" if self.type is bool else "whole" if self.type is int else "number"

    @property
    def label(self) -> str:
        """Its name."""
        return self.setting.label

    @property
    def tooltip(self) -> str:
        """What it does, and when one would change it; unit and defaults are added."""
        return self.setting.help

    @property
    def group(self) -> str:
        """One of `groups_of`; FRONT is always visible."""
        return self.setting.group

    @property
    def unit(self) -> str:
        return self.setting.unit

    @property
    def step(self) -> float:
        return self.setting.step

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """(value, text)."""
        return tuple(self.setting.choices.items())

    @property
    def zero(self) -> str:
        """The text shown in place of 0."""
        return self.setting.zero

    @property
    def empty(self) -> str:
        """The text shown where a name is empty."""
        return self.setting.empty

    def enabled(self, config: TrainConfig) -> bool:
        """Whether it has an effect with the other settings."""
        return self.setting.enabled(config)

    def shown(self, config: TrainConfig) -> bool:
        """Whether it applies to what was chosen; otherwise the form leaves it out."""
        return self.setting.shown(config)

    @property
    def folded(self) -> bool:
        """Whether it is under "More settings"."""
        return self.group != FRONT


def tr(text: str) -> str:
    """A text of the tables in the person's language."""
    return QCoreApplication.translate(CONTEXT, text)


__all__ = ["Field", "fields_of", "presets_of", "tr"]

_SEVERAL_GPUS = "processes"  # offered where there are several


@cache
def fields_of(family_name: str, gpu_count: int | None = None) -> tuple[Field, ...]:
    """The settings of a family's runs in the form's order: those in front, then by heading.

    Args:
        family_name: of the family.
        gpu_count: how many GPUs the machine has; None: find out.
    """
    there = gpus() if gpu_count is None else gpu_count
    kinds = all_paths(family_name)
    fields = [
        Field(path, kinds[path], known)
        for path, known in all_settings(family_name).items()
        if known.label and (path != _SEVERAL_GPUS or there > 1)
    ]
    order = [FRONT, *groups_of(family_name)]
    return tuple(sorted(fields, key=lambda field: order.index(field.group)))


def presets_of(family_name: str) -> tuple[tuple[str, str, str], ...]:
    """Name, title and purpose of each preset."""
    return tuple((one.name, tr(one.title), tr(one.help)) for one in family(family_name).presets)
