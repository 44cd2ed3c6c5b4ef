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
    """What it is called in the form; "" = the form doesn't show it."""
    help: str = ""
    """What it does, and when one would change it; unit and default are added where it is shown."""
    group: str = FRONT
    """Under which heading it is folded away."""
    unit: str = ""
    low: float = -math.inf
    """The least value, inclusive."""
    high: float = math.inf
    """The largest value, inclusive."""
    step: float = 1
    """By how much a click changes it; 0 = by a factor."""
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The words (or numbers, as words) that it may be -> how each reads."""
    zero: str = ""
    """What to show in place of 0."""
    option: str = ""
    """Its own option of the command line, for example "--epochs"; every setting can be said with --set."""
    enabled: Callable[[Any], bool] = lambda config: True
    """Of the whole TrainConfig: whether it has an effect beside the other settings."""
    shown: Callable[[Any], bool] = lambda config: True
    """Of the whole TrainConfig: whether it belongs to what was chosen at all; otherwise the form leaves it out."""
    fixed: str = ""
    """What the weights fix is named here ("latent size"): a run that starts from a model has that model's value."""
    inherited: bool = False
    """A run that starts from a model takes that model's value, unless a person says otherwise."""
    telling: bool = False
    """It tells much of a run, and is said of each in a comparison."""


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
