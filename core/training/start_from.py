"""Fine-tuning: a new run that begins with the weights of an existing model. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from core import checkpoint
from core.checkpoint import Checkpoint, Header
from core.config import TrainConfig, all_settings, get, with_values
from core.errors import CheckpointError, ConfigError
from core.families.registry import family
from core.files import expanded

SLOWER = 3.0  # times slower than a preset: large steps destroy what the weights have learned, small ones don't reach new faces


def fixed_by(header: Header) -> dict[str, str]:
    """Settings that a model's weights fix, since another value would mean another network: dotted path -> its name."""
    return {path: known.fixed for path, known in all_settings(header.config.family).items() if known.fixed}


def settings_of(header: Header, learning_rate: float) -> dict[str, Any]:
    """What a fine-tuning run takes from the model that it starts from, unless a person says otherwise.

    Args:
        header: of that model.
        learning_rate: of a run from scratch.

    Returns:
        Dotted path -> value: what the weights fix, what they were trained with (the best guess), and their family's
        settings for fine-tuning.
    """
    known = all_settings(header.config.family)
    its = {path: get(header.config, path) for path in known}
    values = {path: its[path] for path, one in known.items() if one.fixed or one.inherited or its[path] in one.lasting}
    slower = float(f"{learning_rate / SLOWER:.2g}")
    return values | {"learning_rate": slower} | dict(family(header.config.family).fine_tuning)


def adopt(config: TrainConfig, name: str, given: Collection[str]) -> TrainConfig:
    """The settings of a run that starts from a checkpoint.

    Args:
        config: the settings otherwise.
        name: CHECKPOINT of the command line.
        given: dotted paths of the settings that a person gave.

    Raises:
        CheckpointError: there is no such checkpoint, or it can't be read.
        ConfigError: a setting that was given contradicts it.
    """
    path = checkpoint.find(name).resolve()
    header = checkpoint.read_header(path)
    _must_be_of_its_family(config, header)
    taken = {key: value for key, value in settings_of(header, config.learning_rate).items() if key not in given}
    new_config = with_values(config, taken | {"start_from": str(path)})
    return _recorded(new_config, header)


def load_weights(config: TrainConfig) -> tuple[TrainConfig, Checkpoint]:
    """The checkpoint that `config.start_from` names, and the settings with its id in them.

    Raises:
        CheckpointError: it is gone, damaged, or another one than the settings mean.
        ConfigError: the settings contradict it.
    """
    path = checkpoint.find(config.start_from).resolve()
    saved = checkpoint.load(path)
    return _recorded(replace(config, start_from=str(path)), saved.header), saved


def _recorded(config: TrainConfig, header: Header) -> TrainConfig:
    """The settings with the id, if they fit the model."""
    if config.start_from_id not in ("", header.id):
        raise CheckpointError(
            f"{config.start_from} holds another model than the one that the settings name.",
            "Leave out start_from_id to start from the model that is there now.",
        )
    _must_be_of_its_family(config, header)
    for path, words in fixed_by(header).items():
        own, its = get(config, path), get(header.config, path)
        if own != its:
            raise ConfigError(
                f"{path} is {own}, but the model to start from has the {words} {its}.",
                "Leave that setting out, or start from another model.",
            )
    return replace(config, start_from_id=header.id)


def _must_be_of_its_family(config: TrainConfig, header: Header) -> None:
    own, its = family(config.family), family(header.config.family)
    if own is not its:
        raise ConfigError(
            f"The model to start from is {its.one}, and this run is one of {own.one}.",
            f"Start from another model, or use --family {its.name}.",
        )


def is_same(name: str, config: TrainConfig) -> bool:
    """Whether a run started from CHECKPOINT of the command line; the file may be gone by now."""
    try:
        path = checkpoint.find(name)
    except CheckpointError:
        path = expanded(name)
    return str(path.resolve()) == config.start_from
