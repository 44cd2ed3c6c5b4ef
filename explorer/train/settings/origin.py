"""The model that a run starts from, for the form: read once, its settings applied and removed again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.checkpoint import Header, read_header
from core.config import TrainConfig, all_settings, get, preset, replaced
from core.errors import CoreError
from core.families.registry import family
from core.setting import FRONT
from core.training.start_from import fixed_by, settings_of
from explorer.train.settings.fields import tr
from explorer.train.settings.names import setting_name

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP


class Origin:
    """No model at first. The settings of a run name the model's file; its id is found when the run begins."""

    def __init__(self) -> None:
        self.header: Header | None = None  # None: no model, or it can't be read
        self._path = ""
        self._family = ""
        self._error = ""
        self._before: dict[str, Any] = {}  # the settings that the model's own replaced

    def begin(self, config: TrainConfig, path: str, usual: TrainConfig) -> TrainConfig:
        """The settings with a model's applied; the person's own come back when the model is removed."""
        config = self.take(replace(config, start_from=path))
        taken = self._taken(config)
        self._before = {key: get(config, key) for key in taken if get(config, key) != get(usual, key)}
        return replaced(config, taken)

    def forget(self, key: str) -> None:
        """Don't bring back an earlier setting, which doesn't suit other data."""
        self._before.pop(key, None)

    def take(self, config: TrainConfig) -> TrainConfig:
        """Read the model that loaded settings start from, if any, without changing the settings."""
        self._path, self._family, self._before = config.start_from, config.family, {}
        self.read()
        return replace(config, start_from_id="")

    def read(self) -> None:
        """Read the model's header, for example after its file was rewritten."""
        self.header, self._error = None, ""
        if self._path:
            try:
                self.header = read_header(Path(self._path))
            except CoreError as error:
                self._error = error.message

    @property
    def fixed(self) -> dict[str, str]:
        """The settings that the model's weights fix: dotted path -> its name."""
        return fixed_by(self.header) if self.header is not None and self.header.config.family == self._family else {}

    def without(self, config: TrainConfig, usual: TrainConfig) -> TrainConfig:
        """The settings as before the model's were applied, except for later changes; the model stays known.

        Args:
            config: with the model's settings.
            usual: the settings without a model and without changes.
        """
        if not config.start_from:
            return config
        taken = self._taken(config)
        mine = [key for key, value in taken.items() if key in self.fixed or get(config, key) == value]
        back = {key: self._before.get(key, get(usual, key)) for key in mine}
        return replaced(config, back | {"start_from": ""})

    def over(self, usual: TrainConfig) -> TrainConfig:
        """A preset with the model's settings applied; the preset itself where there is no model."""
        return replaced(usual, self._taken(usual) | {"start_from": self._path})

    def problems(self, config: TrainConfig) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Errors and warnings: (path of the setting, sentence) each."""
        if self._error:
            return [("start_from", self._error)], []
        if self.header is None:
            return [], []
        its = family(self.header.config.family)
        if its.name != config.family:
            text = tr(QT_TRANSLATE_NOOP("train", "That model is a {its}; these settings are for a {own}."))
            return [("start_from", text.format(its=tr(its.title), own=tr(family(config.family).title)))], []
        wrong = []
        for path in self.fixed:
            value = get(self.header.config, path)
            if get(config, path) != value:
                text = tr(QT_TRANSLATE_NOOP("train", "The model to start from has {value}."))
                wrong.append((path, text.format(value=value)))
        words = [
            tr(QT_TRANSLATE_NOOP("train", "Epoch {epoch}")).format(epoch=self.header.epoch),
            tr(QT_TRANSLATE_NOOP("train", "{size} px")).format(size=self.header.config.data.image_size),
        ]
        front = [path for path, known in all_settings(its.name).items() if known.fixed and known.label and known.group == FRONT]
        words += [f"{setting_name(path, its.name)} {get(self.header.config, path)}" for path in front]
        text = tr(QT_TRANSLATE_NOOP("train", "{what}. Its sizes stay what they are.")).format(what=", ".join(words))
        return wrong, [("start_from", text)]

    def _taken(self, config: TrainConfig) -> dict[str, Any]:
        if self.header is None or self.header.config.family != config.family:
            return {}
        return settings_of(self.header, preset(config.preset).learning_rate)
