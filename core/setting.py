"""A setting of a run, defined once: its name, what it does, its allowed values, and when it matters.

It is in the metadata of its config dataclass's field. Form, command line, checks, docs tables, fine-tuning and presets
are made from it. Imports neither torch nor Qt.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

KEY = "setting"  # in a field's metadata
FRONT = ""  # group of the settings that are always shown


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything about a setting except its type and default."""

    label: str = ""
    """Its name in the form; "" = the form doesn't show it."""
    help: str = ""
    """What it does, and when one would change it; unit and default are added where it is shown."""
    group: str = FRONT
    """The heading under which it is folded away."""
    unit: str = ""
    low: float = -math.inf
    """The least value, inclusive."""
    high: float = math.inf
    """The largest value, inclusive."""
    step: float = 1
    """The step of a click; 0 = by a factor."""
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Allowed values (as text) -> their names for people."""
    zero: str = ""
    """The text shown in place of 0."""
    empty: str = ""
    """Of a text that names a class or a column of the pictures' labels: what is shown where it names none."""
    option: str = ""
    """Its own option of the command line, for example "--epochs"; every setting can be given by --set."""
    enabled: Callable[[Any], bool] = lambda config: True
    """For the whole TrainConfig: whether it has an effect with the other settings."""
    shown: Callable[[Any], bool] = lambda config: True
    """For the whole TrainConfig: whether it applies to what was chosen; otherwise the form leaves it out."""
    fixed: str = ""
    """If a model's weights fix it, its name ("latent size"): a run that starts from a model has that model's value."""
    inherited: bool = False
    """A run that starts from a model takes that model's value, unless a person says otherwise."""
    may_change: bool = False
    """A run that is resumed may have another value than it began with."""
    lasting: tuple[str, ...] = ()
    """The choices that it can then neither take nor leave, and that a run which starts from a model takes from it."""
    paces: bool = False
    """It decides how long an epoch takes, though the weights don't fix it."""
    file: str = ""
    """It is the path of a file, "" for none: the patterns of names that such files have ("*.pt *.pth"). The header of a model that
    is given away has the name alone."""
    telling: bool = False
    """It is one of the most important settings, shown for each run in a comparison."""


def setting(default: Any, label: str = "", help: str = "", **more: Any) -> Any:
    """A dataclass field with its default and its `Setting`."""
    return dataclasses.field(default=default, metadata={KEY: Setting(label, help, **more)})


@cache
def settings_of(cls: type) -> Mapping[str, Setting]:
    """Each setting's dotted path within a config dataclass, and its `Setting`; nested dataclasses are included."""
    hints = typing.get_type_hints(cls)
    known: dict[str, Setting] = {}
    for one in dataclasses.fields(cls):
        kind = hints[one.name]
        if dataclasses.is_dataclass(kind):
            known |= {f"{one.name}.{path}": value for path, value in settings_of(typing.cast(type, kind)).items()}
        else:
            known[one.name] = one.metadata.get(KEY, Setting())
    return known
