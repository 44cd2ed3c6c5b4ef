"""The settings of a run as the form shows them, made from what `core.config` and the families know of each."""

from __future__ import annotations

from functools import cache

from core.config import all_paths, all_settings
from core.device_count import gpus
from core.families.registry import family
from core.setting import FRONT
from explorer.train.settings.field import Field, groups_of, tr

__all__ = ["Field", "fields_of", "presets_of", "tr"]

_SEVERAL_GPUS = "processes"  # offered where there are several


@cache
def fields_of(family_name: str, gpu_count: int | None = None) -> tuple[Field, ...]:
    """The settings of a family's runs in the form's order: those in front, then by heading.

    Args:
        family_name: of the family.
        gpu_count: how many GPUs the machine has; None: it is asked.
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
    """Name, title and what it is for of each preset."""
    return tuple((one.name, tr(one.title), tr(one.help)) for one in family(family_name).presets)
