"""The model that a run starts from, as the form knows it: read once, its settings put in and taken out again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.checkpoint import Header, read_header
from core.config import TrainConfig, get, preset, with_values
from core.errors import CoreError
from core.training.start_from import fixed_by, settings_of
from explorer.panels.train_field import tr

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP


class Origin:
    """Nothing at first. The settings of a run name the model's file; its id is found when the run begins."""

    def __init__(self) -> None:
        self.header: Header | None = None  # None: no model, or it can't be read
        self._path = ""
        self._error = ""
        self._before: dict[str, Any] = {}  # the settings that the model's own took the place of

    def begin(self, config: TrainConfig, path: str) -> TrainConfig:
        """The settings with a model's put in."""
        config = self.take(replace(config, start_from=path))
        taken = self._taken(config)
        self._before = {key: get(config, key) for key in taken}
        return with_values(config, taken)

    def take(self, config: TrainConfig) -> TrainConfig:
        """Settings that come with a start of their own, or without one: read that model, change nothing."""
        self._path, self._before = config.start_from, {}
        self.read()
        return replace(config, start_from_id="")

    def read(self) -> None:
        """Read the model's header, as after its file was written anew."""
        self.header, self._error = None, ""
        if self._path:
            try:
                self.header = read_header(Path(self._path))
            except CoreError as error:
                self._error = error.message

    @property
    def fixed(self) -> dict[str, str]:
        """The settings that the model's weights fix: dotted path -> what it is called."""
        return fixed_by(self.header) if self.header is not None else {}

    def without(self, config: TrainConfig) -> TrainConfig:
        """The settings as they were before the model's came in, but for what was changed since; the model stays known."""
        if not config.start_from:
            return config
        usual = preset(config.preset)
        taken = self._taken(config)
        mine = [key for key, value in taken.items() if key in self.fixed or get(config, key) == value]
        back = {key: self._before.get(key, get(usual, key)) for key in mine}
        return with_values(config, back | {"start_from": ""})

    def over(self, usual: TrainConfig) -> TrainConfig:
        """A preset with the model's settings put in; the preset itself where there is no model."""
        return with_values(usual, self._taken(usual) | {"start_from": self._path})

    def problems(self, config: TrainConfig) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """What can't be, and what is worth a thought: (path of the setting, sentence) each."""
        if self._error:
            return [("start_from", self._error)], []
        if self.header is None:
            return [], []
        wrong = []
        for path in self.fixed:
            its = get(self.header.config, path)
            if get(config, path) != its:
                text = tr(QT_TRANSLATE_NOOP("train", "The model to start from has {value}."))
                wrong.append((path, text.format(value=its)))
        said = tr(QT_TRANSLATE_NOOP("train", "Epoch {epoch}, {size} px, latent size {latent}. Its sizes stay what they are."))
        size, latent = self.header.config.data.image_size, self.header.settings.model.latent_dim
        return wrong, [("start_from", said.format(epoch=self.header.epoch, size=size, latent=latent))]

    def _taken(self, config: TrainConfig) -> dict[str, Any]:
        return settings_of(self.header, preset(config.preset).learning_rate) if self.header is not None else {}
