"""The form of a run's settings: what matters in sight, the rest folded away, what can't be said at its field."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from core.config import DataConfig, TrainConfig, from_dict, get, preset, to_dict, with_values
from core.data.sources import epochs_for, settings_for
from core.data.sprites import COUNT
from explorer.panels.train_field import GROUPS
from explorer.panels.train_fields import Field, fields_of, presets_of, tr
from explorer.panels.train_inputs import WheelGuard, make_input, show_value
from explorer.panels.train_origin import Origin
from explorer.panels.train_rules import problems, tooltip
from explorer.panels.train_start import StartChoice
from explorer.theme import SPACE, UNIT
from explorer.widgets.section import Section, labelled

_START = "start_from"


class TrainSettings(QWidget):
    """Edits a TrainConfig; the data comes from elsewhere, but for the two settings of it that belong to training."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = TrainConfig()
        self._config = preset(presets_of(self._config.family)[0][0])
        self._data = DataConfig()  # the opened one
        self._pictures = COUNT  # that it has
        self._origin = Origin()
        self._training_pictures: int | None = None
        self._data_size = self._config.data.image_size
        self._wheel_guard = WheelGuard(self)
        self._widgets: dict[str, QWidget] = {}
        self._rows: dict[str, QWidget] = {}
        self._notes: dict[str, QLabel] = {}
        self._wholes: dict[str, QWidget] = {}
        """Row and note."""
        self._preset = QComboBox(self)
        for name, title, _ in presets_of(self._config.family):
            self._preset.addItem(title, name)
        self._preset.currentIndexChanged.connect(self._on_preset_chosen)
        self._about = QLabel(self)
        self._about.setWordWrap(True)
        self._about.setProperty("muted", True)
        self.reset_button = QPushButton(self.tr("Back to the preset"), self)
        """Belongs into the row of the form's title."""
        self.reset_button.setProperty("link", True)
        self.reset_button.clicked.connect(self._on_reset_clicked)
        self.start_choice = StartChoice(self)
        self.start_choice.start_chosen.connect(self._on_start_choice_start_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        guarded = self._wheel_guard.guard(self._preset)
        layout.addWidget(labelled(self.tr("Preset"), guarded, self.tr("A set of settings to start from.")))
        layout.addWidget(self._about)
        layout.addWidget(self._make_start_row())
        for field in self._fields:
            if not field.folded:
                layout.addWidget(self._make_row(field))
        self._more = Section(self.tr("More settings"), self, is_open=False, quiet=True)
        self._more.toggled.connect(self._fill_more)
        layout.addWidget(self._more)
        self._show()

    @property
    def config(self) -> TrainConfig:
        """The settings as they stand; the data part is only half of the truth, see `config_for`."""
        return self._config

    @property
    def _fields(self) -> tuple[Field, ...]:
        return fields_of(self._config.family)

    @property
    def more(self) -> Section:
        """The foldable part."""
        return self._more

    @property
    def is_valid(self) -> bool:
        """Whether a run with these settings can start."""
        return not self._problems()[0]

    def config_for(self, data: DataConfig) -> TrainConfig:
        """The settings for a run on some data."""
        tree = to_dict(self._config)
        kept = ("image_size", "mirror", "channels") if self._config.start_from else ("image_size", "mirror")
        tree["data"] = {**to_dict(data), **{key: tree["data"][key] for key in kept}}
        return from_dict(TrainConfig, tree)

    def config_to_keep(self) -> TrainConfig:
        """The settings as a later start of the window takes them up: without a model to start from, and without data."""
        config = self._origin.without(self._config)
        usual = {path: now for path, (was, now) in self._followed(DataConfig(), COUNT).items() if get(config, path) == was}
        config = with_values(config, {path: value for path, value in usual.items() if not path.startswith("data.image")})
        return replace(config, data=replace(DataConfig(), image_size=config.data.image_size, mirror=config.data.mirror))

    def set_training_pictures(self, count: int | None) -> None:
        """How many pictures the training part has, to judge the batch size."""
        self._training_pictures = count
        self._show_notes()

    def set_data(self, data: DataConfig, pictures: int = COUNT) -> None:
        """The opened data: the settings that follow from their kind and number change, unless the person set them."""
        for path, (was, now) in self._followed(data, pictures).items():
            if not self._config.start_from and get(self._config, path) == was:
                self._set(path, now)
        self._data, self._pictures = data, pictures
        self.set_image_size(data.image_size)

    def _followed(self, data: DataConfig, pictures: int) -> dict[str, tuple[Any, Any]]:
        """What follows from the opened data, and would from other: dotted path -> both values."""
        name, batch_size = self._config.preset, self._config.batch_size
        old, new = _preset_for(name, self._data, self._pictures, batch_size), _preset_for(name, data, pictures, batch_size)
        paths = {**settings_for(self._data.source), **settings_for(data.source)}
        return {path: (get(old, path), get(new, path)) for path in paths}

    def _suggested_epochs(self) -> int:
        return epochs_for(self._config.preset, self._data, self._config.batch_size, self._pictures)

    def set_image_size(self, size: int) -> None:
        """The size that the opened data was prepared for; a model to start from knows its own."""
        self._data_size = size
        if not self._config.start_from:
            self._set("data.image_size", size)
        self._show()

    def set_config(self, config: TrainConfig) -> None:
        """Show other settings; what they start from is read."""
        self._config = self._origin.take(config)
        self._show()
        self.changed.emit()

    def set_values(self, values: dict[str, Any]) -> None:
        """Change some settings by their dotted paths. Raises ConfigError for one that doesn't exist or fit."""
        self.set_config(with_values(self._config, values))

    def start_from(self, path: str) -> None:
        """Let the next run begin with the weights of a checkpoint's file, and with its settings; "" is nothing.

        What can't be read, or doesn't fit, is said at the field.
        """
        config = self._origin.take(self._origin.without(self._config))
        if path:
            config = self._origin.begin(config, path)
        else:
            config = with_values(config, {"data.image_size": self._data_size})
        self._config = config
        self._show()
        self.changed.emit()

    def offer_model(self, path: str, name: str) -> None:
        """The model in use, to start from; an empty path means that none is."""
        self.start_choice.offer(path, name)
        if path and path == self._config.start_from:  # a run that goes on has written a better one
            self._origin.read()
            self._show_notes()

    def widget(self, path: str) -> QWidget:
        """The field of a setting, for tests and tours."""
        if path not in self._widgets:
            self._fill_more()
        return self._widgets[path]

    # -- building

    def _fill_more(self) -> None:
        """Make the folded fields; only now that somebody looks, since most never do."""
        if all(field.path in self._widgets for field in self._fields):
            return
        column = self._more.body_layout()
        for group, title in GROUPS.items():
            if column.count():
                column.addSpacing(SPACE)
            column.addWidget(_heading(tr(title)))
            for field in self._fields:
                if field.group == group:
                    column.addWidget(self._make_row(field))
        self._show()

    def _make_row(self, field: Field) -> QWidget:
        changed = partial(self._on_field_changed, field.path)
        self._widgets[field.path] = make_input(field, changed, self._wheel_guard, self)
        return self._with_note(field.path, labelled(tr(field.label), self._widgets[field.path], tooltip(field)))

    def _make_start_row(self) -> QWidget:
        tip = self.tr(
            "Nothing is random weights: the usual way. A model's weights are the way to a model of a few pictures of your own "
            "(fine-tuning): they keep what they have learned. Its sizes and its loss are taken over, the learning rate is a "
            "third, and the latent's axes aren't turned. Default: nothing."
        )
        return self._with_note(_START, labelled(self.tr("Start from"), self._wheel_guard.guard(self.start_choice), tip))

    def _with_note(self, path: str, row: QWidget) -> QWidget:
        note = QLabel(self)
        note.setWordWrap(True)
        note.hide()
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addWidget(row)
        column.addWidget(note)
        self._rows[path] = row
        self._notes[path] = note
        self._wholes[path] = whole
        return whole

    # -- showing

    def _show(self) -> None:
        """Put the settings into the fields."""
        names = [name for name, _, _ in presets_of(self._config.family)]
        with QSignalBlocker(self._preset):
            self._preset.setCurrentIndex(names.index(self._config.preset))
        self.start_choice.show_start(self._config.start_from)
        for path, widget in self._widgets.items():
            with QSignalBlocker(widget):
                show_value(widget, get(self._config, path))
        self._show_notes()

    def _show_notes(self) -> None:
        """Say what is wrong at its field, and which fields have no effect."""
        about = next(text for name, _, text in presets_of(self._config.family) if name == self._config.preset)
        usual = self._usual()
        self._about.setText(about)
        self.reset_button.setVisible(any(get(self._config, field.path) != get(usual, field.path) for field in self._fields))
        for field in self._fields:
            if field.path in self._rows:
                is_given = field.path in self._origin.fixed
                is_open = not is_given or get(self._config, field.path) != get(usual, field.path)
                self._rows[field.path].setEnabled(field.enabled(self._config) and is_open)
                self._wholes[field.path].setVisible(field.shown(self._config))
        wrong, doubtful = self._problems()
        said = {path: (text, "problem") for path, text in wrong}
        said |= {path: (text, "muted") for path, text in doubtful if path not in said}
        for path, note in self._notes.items():
            text, kind = said.get(path, ("", ""))
            note.setText(text)
            note.setVisible(bool(text))
            for name in ("problem", "muted"):
                note.setProperty(name, name == kind)
            note.style().polish(note)
        folded = {field.path for field in self._fields if field.folded}
        if any(path in folded for path, _ in wrong):
            self._more.set_open(True)

    def _problems(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        wrong, doubtful = problems(self._config, self._training_pictures)
        own_wrong, own_doubtful = self._origin.problems(self._config)
        return wrong + own_wrong, doubtful + own_doubtful

    def _usual(self) -> TrainConfig:
        """What the preset says, and the model to start from."""
        return self._origin.over(_preset_for(self._config.preset, self._data, self._pictures))

    def _set(self, path: str, value: Any) -> None:
        tree = to_dict(self._config)
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node[parent]
        node[leaf] = value
        self._config = from_dict(TrainConfig, tree)

    def _on_field_changed(self, path: str, value: Any) -> None:
        are_suggested = self._config.epochs == self._suggested_epochs()
        self._set(path, type(get(self._config, path))(value))  # a choice comes as text
        if path == "batch_size" and are_suggested and (epochs := self._suggested_epochs()) != self._config.epochs:
            self._set("epochs", epochs)
            self._show()
        self._show_notes()
        self.changed.emit()

    def _on_preset_chosen(self, _: int) -> None:
        name = self._preset.currentData()
        self.set_config(self._origin.over(_preset_for(name, self._data, self._pictures)))

    def _on_reset_clicked(self) -> None:
        self.set_config(self._usual())

    def _on_start_choice_start_chosen(self, path: str) -> None:
        self.start_from(path)


def _preset_for(name: str, data: DataConfig, pictures: int, batch_size: int = 0) -> TrainConfig:
    """A preset with the settings that follow from the data; its epochs by the preset's batch size, or another one."""
    config = with_values(preset(name), settings_for(data.source, name))
    return replace(config, epochs=epochs_for(name, data, batch_size or config.batch_size, pictures))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label
