"""Problems with a run's settings, defined once: the form shows them at its fields, the command line raises them as errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with one setting, in one sentence."""

    path: str
    """Dotted path of the setting at which it is shown."""
    text: str
    """The sentence, with `{names}` of `values` to fill in."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Name in the sentence -> text; a choice is given by its value in the setting ("burgess_vae")."""
    hint: str = ""
    """What to do on the command line."""

    @property
    def sentence(self) -> str:
        """The sentence with its values in it."""
        return self.text.format(**self.values)

    @property
    def error(self) -> ConfigError:
        """The problem as an error that names the setting, for where its field isn't shown."""
        return ConfigError(self.sentence, self.hint)


@dataclass(frozen=True, slots=True)
class Problems:
    """Problems of a run's settings, the most important first."""

    wrong: tuple[Problem, ...] = ()
    """Errors."""
    doubtful: tuple[Problem, ...] = ()
    """Warnings."""

    def __add__(self, others: Problems) -> Problems:
        return Problems(self.wrong + others.wrong, self.doubtful + others.doubtful)


def problems_of_every_run(config: Any, training_pictures: int | None = None) -> Problems:
    """Problems with the settings that every run has.

    Args:
        config: the whole TrainConfig.
        training_pictures: how many there are; None while unknown.
    """
    doubtful = []
    if config.lr_warmup_epochs >= config.epochs:
        text = "The run ends before the learning rate has risen to its full value."
        doubtful.append(Problem("lr_warmup_epochs", text))
    if config.early_stopping >= config.epochs:
        doubtful.append(Problem("early_stopping", "The run ends before so many epochs can have passed."))
    if training_pictures is not None and config.batch_size > training_pictures:
        text = "There are only {count} training pictures: every epoch is a single step."
        doubtful.append(Problem("batch_size", text, {"count": f"{training_pictures:,}"}))
    return Problems(doubtful=tuple(doubtful))
