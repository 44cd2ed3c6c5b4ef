"""The families that there are: one table of names and places."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from core.errors import UnknownError
from core.families.base import Family

DEFAULT = "vae"  # of runs and checkpoints that are older than the other families
PLACES: dict[str, str] = {  # name -> module that holds its FAMILY
    "vae": "core.families.vae.family",
    "vq_vae": "core.families.vq_vae.family",
    "sc_vae": "core.families.sc_vae.family",
    "colouriser": "core.families.colouriser.family",
    "cycle_gan": "core.families.cycle_gan.family",
}


def family(name: str) -> Family:
    """The family of a name, without its torch code.

    Raises:
        UnknownError: there is none of that name.
    """
    if name not in PLACES:
        raise UnknownError(f"There is no family of models named {name!r}.", f"Choose one of: {', '.join(PLACES)}.")
    known: Family = import_module(PLACES[name]).FAMILY
    return known


def home(name: str) -> Any:
    """The module with a family's torch code (`core.training.recipe.Home`); imports torch."""
    return import_module(family(name).home)


def families() -> tuple[Family, ...]:
    """All of them, in the order in which people are offered them."""
    return tuple(family(name) for name in PLACES)


def family_of_preset(preset: str) -> Family:
    """The family to which a preset belongs.

    Raises:
        UnknownError: no family has a preset of that name.
    """
    for one in families():
        if any(preset == own.name for own in one.presets):
            return one
    names = [own.name for one in families() for own in one.presets]
    raise UnknownError(f"There is no preset named {preset!r}.", f"Choose one of: {', '.join(names)}.")
