"""The settings of a new run: a preset's, those that its pictures ask for, and what a person says. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.config import TrainConfig, preset, with_values
from core.data.sets.dsprites import count_in
from core.data.sources import Kind, epochs_for, kind_of, place_of, preset_for
from core.families.base import Family
from core.families.registry import family


def new_config(preset_name: str, given: Mapping[str, Any]) -> TrainConfig:
    """The settings of a new run; epochs that aren't given are the number suggested for these pictures.

    Where they are given, those of the preset's further phases follow them, unless they are given, too.

    Args:
        preset_name: of any family.
        given: what a person says, dotted path -> value; `data.source` says which pictures.

    Raises:
        ConfigError: an unknown preset or setting, a value that doesn't fit, or a rule between settings that is broken.
        DataError: the source can't be one, or its file is damaged.
    """
    source = given.get("data.source")
    begun = preset_for(preset_name, source) if source else preset(preset_name)
    config = with_values(begun, with_implied(family(begun.family), given) if source else dict(given))
    if "epochs" not in given:
        return with_values(config, {"epochs": _epochs(config)})
    further = further_epochs(begun, config.epochs)
    return with_values(config, {path: epochs for path, epochs in further.items() if path not in given})


def further_epochs(usual: TrainConfig, epochs: int) -> dict[str, int]:
    """How many epochs the phases after the first one have, in proportion: setting -> epochs, at least 1.

    Args:
        usual: the preset's settings, which have the proportion.
        epochs: of the first phase.
    """
    first, *further = family(usual.family).phases(usual)
    return {phase.setting: max(1, round(phase.epochs * epochs / first.epochs)) for phase in further}


def with_implied(kind: Family, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given settings of a family with those that they ask for."""
    return dict(kind.implies(given)) | dict(given)


def _epochs(config: TrainConfig) -> int:
    """The suggested number of epochs. Raises DataError for a file of sprites that is damaged; one that is missing is met later."""
    source = config.data.source
    place = place_of(source)
    held = {"pictures": count_in(place)} if place is not None and kind_of(source) is Kind.DSPRITES and place.is_file() else {}
    return epochs_for(config.preset, config.data, config.batch_size, **held)
