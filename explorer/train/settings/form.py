"""The form of a run's settings: the important ones visible, the rest folded away, problems shown at their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from core.config import DataConfig, TrainConfig, all_paths, all_settings, get, preset, problems, replaced, with_values
from core.data.sets.sprites import COUNT
from core.data.sources import epochs_for, kind_of, settings_for
from core.errors import DataError
from core.families.registry import DEFAULT, families, family
from core.runs.differences import COMMON
from core.runs.expected import fit_into, has_its_time, speed_key
from core.training.new_config import further_epochs
from explorer.look.theme import SPACE, UNIT, small_font
from explorer.train.settings.fields import Field, fields_of, groups_of, presets_of, tr
from explorer.train.settings.inputs import (
    FIELD_WIDTH,
    make_input,
    of_form_width,
    offer_names,
    sentence,
    show_value,
    tooltip,
    value_text,
)
from explorer.train.settings.names import setting_name
from explorer.train.settings.origin import Origin
from explorer.train.start import StartChoice, model_file_name
from explorer.widgets.elided_label import SENTENCES, ElidedLabel
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.section import Section, labelled

_ANY_WIDTH = 16_777_215  # QWIDGETSIZE_MAX
_FRONT_WIDTH = 80
_START = "start_from"
_MIRROR = "data.mirror"  # the one setting of the data that belongs to training
_GIVEN = ("family", "preset", _START, "start_from_id")  # set by the choices above the fields
Said = list[tuple[str, str]]


class TrainSettings(QWidget):
    """Edits a TrainConfig. Size, number and framing of the pictures come from the opened data, everything else from the form.

    Whatever differs from the preset for such pictures counts as set by the person, and is in `differences`.

    Signals:
        changed(): the settings have changed.
        size_requested(int): read the data set at another size.
        problem_unfolded(): the folded settings were opened, since one of them can't be used.
        settings_dropped(str): what the person had set doesn't suit the pictures opened now, or another preset was chosen; a
            sentence says what it is again.
    """

    changed = Signal()
    size_requested = Signal(int)
    problem_unfolded = Signal()
    settings_dropped = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = preset(family(DEFAULT).presets[0].name)
        self._data: DataConfig | None = None  # the opened one
        self._pictures = COUNT  # number of its pictures
        self._speeds: dict[str, float] = {}
        self._meant: DataConfig | None = None  # the data that loaded settings were made for, until pictures are opened
        self._origin = Origin()
        self._training_pictures: int | None = None
        self._names: tuple[str, ...] = ()  # of the opened pictures' classes and columns
        self._dropped = ""
        self._kept: dict[str, _Kept] = {}  # by the kinds of model that were chosen before
        self._widgets: dict[str, QWidget] = {}
        self._rows: dict[str, QWidget] = {}
        self._notes: dict[str, QLabel] = {}
        self._wholes: dict[str, QWidget] = {}
        """Row and note."""
        self._model = ChoiceBox(self)
        for one in families():
            self._model.addItem(tr(one.title), one.name)
            self._model.setItemData(self._model.count() - 1, tr(one.help), Qt.ItemDataRole.ToolTipRole)
        self._model.currentIndexChanged.connect(self._on_model_chosen)
        self._preset = ChoiceBox(self)
        self._preset.currentIndexChanged.connect(self._on_preset_chosen)
        self._about = ElidedLabel(self, lines=2, between=SENTENCES)  # as much as two lines hold: nothing moves by what is chosen
        self._about.setFont(small_font())
        self._about.setProperty("muted", True)
        self.reset_button = QPushButton(self.tr("Back to the preset"), self)
        self.reset_button.setProperty("link", True)
        self.reset_button.clicked.connect(self._on_reset_clicked)
        self.start_choice = StartChoice(self)
        self.start_choice.start_chosen.connect(self._on_start_choice_start_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        self._choices = self._make_choices()
        layout.addWidget(self._choices)
        layout.addWidget(self._about)
        layout.addWidget(self._make_start_row())
        self._front = QHBoxLayout()  # beside each other, so that low windows show them all
        self._front.setSpacing(SPACE)
        layout.addLayout(self._front)
        self._front_notes = QVBoxLayout()
        self._front_notes.setSpacing(UNIT)
        layout.addLayout(self._front_notes)
        self._more = Section(self.tr("More settings"), self, is_open=False, quiet=True)
        self._more.add_to_header(self.reset_button)  # a row of its own would push it out of view
        self._more.toggled.connect(self._fill_more)
        layout.addWidget(self._more)
        self._built = ""
        """The family whose fields these are."""
        self._show()

    @property
    def config(self) -> TrainConfig:
        """The settings as they stand, with the opened data."""
        return self._config

    @property
    def _fields(self) -> tuple[Field, ...]:
        return fields_of(self._config.family)

    @property
    def more(self) -> Section:
        """The foldable part."""
        return self._more

    def set_about_lines(self, lines: int) -> None:
        """How many lines what the preset is takes."""
        self._about.set_lines(lines)

    def front_height(self) -> int:
        """How high it is folded and without notes."""
        about = self._about.sizeHint().height()
        rows = [self._choices, self._rows[_START]]
        heights = [row.sizeHint().height() for row in rows]
        heights += [about, self._front.sizeHint().height(), self._more.header_height]
        return sum(heights) + self._spacing() * (len(heights) - 1)

    def set_dense(self, is_dense: bool) -> None:
        """Set the rows closer together, where there is little height."""
        layout = self.layout()
        assert layout is not None
        layout.setSpacing(UNIT if is_dense else SPACE)

    def _spacing(self) -> int:
        layout = self.layout()
        assert layout is not None
        return layout.spacing()

    def row_ends(self) -> list[int]:
        """Where its rows end, from the top; the head of what is unfolded is a row, too."""
        layout = self.layout()
        assert layout is not None
        rows = (layout.itemAt(place) for place in range(layout.count()))
        ends = [row.geometry().bottom() + 1 for row in rows if row is not None and not row.isEmpty()]
        return sorted({*ends, self._more.y() + self._more.header_height})

    @property
    def is_valid(self) -> bool:
        """Whether a run with these settings can start."""
        return not self._problems()[0]

    @property
    def differences(self) -> str:
        """What differs from the preset, as a sentence: "Differs from Quick: beta 4, latent size 64"; empty where nothing does."""
        config = self._config
        phrases = [self.tr("starts from {name}").format(name=model_file_name(config.start_from))] if config.start_from else []
        phrases += [self._phrase(path, value) for path, value in self._own(self._usual()).items()]
        if not phrases:
            return ""
        title = next(title for name, title, _ in presets_of(config.family) if name == config.preset)
        return self.tr("Differs from {preset}: {settings}").format(preset=title, settings=", ".join(phrases))

    @property
    def dropped(self) -> str:
        """What the pictures or a preset have changed of the person's settings, as a sentence; empty once anything is set again."""
        return self._dropped

    def _say_dropped(self, dropped: dict[str, Any], sentence: str = "") -> None:
        """Say what these values of the person's were replaced by, in a sentence with `{settings}`; by default what pictures do."""
        phrases = []
        for path, value in dropped.items():
            now = get(self._config, path)
            if value != now:
                before = value_text(self._known(path), value)
                phrases.append(self.tr("{setting} instead of {value}").format(setting=self._phrase(path, now), value=before))
        sentence = sentence or self.tr("Set back to suit these pictures: {settings}.")
        self._dropped = sentence.replace("{settings}", ", ".join(phrases)) if phrases else ""

    def _known(self, path: str) -> Field:
        family_name = self._config.family
        fields = {field.path: field for field in self._fields}
        return fields.get(path) or Field(path, all_paths(family_name)[path], all_settings(family_name)[path])

    def _phrase(self, path: str, value: Any) -> str:
        """ "latent size 64"."""
        return f"{setting_name(path, self._config.family)} {value_text(self._known(path), value)}"

    def take_typed(self) -> None:
        """Let what is typed into a field but not yet entered count."""
        for field in self.findChildren(QAbstractSpinBox):
            field.interpretText()

    def config_for(self, data: DataConfig) -> TrainConfig:
        """The settings for a run on some data."""
        return self._on(self._config, data)

    def config_to_keep(self) -> TrainConfig:
        """The settings to remember for the next start of the window: without a model to start from.

        They record the data that they were made for, so that nothing specific to it stays when others are opened.
        """
        config = self._without_start() if self._config.start_from else self._config
        return replace(config, data=self._made_for())

    def set_names(self, names: Sequence[str]) -> None:
        """Offer these names of kinds of pictures, for settings that want one."""
        self._names = tuple(names)
        for field in self._fields:
            if field.kind == "name" and field.path in self._widgets:
                offer_names(self._widgets[field.path], self._names)

    def set_training_pictures(self, count: int | None) -> None:
        """How many pictures the training part has, to judge the batch size."""
        self._training_pictures = count
        self._show_notes()

    def set_data(self, data: DataConfig, pictures: int = COUNT) -> None:
        """Other data were opened: the form takes the settings that suit them, except those that the person has set.

        Where the preset has different values for the earlier data and for these, the person's value was for the former
        and is dropped, which `dropped` says.
        """
        before = self._meant or self._data
        own = self._own(self._usual(self._config.batch_size, before))
        others = _suited_otherwise(before, data, self._config.preset)
        dropped = {path: own.pop(path) for path in others if path in own}
        for path in others:
            self._origin.forget(path)
        self._data, self._pictures, self._meant = data, pictures, None
        self._config = _with_own(self._usual(self._config.batch_size), own)
        self._show()
        if dropped or before is None or before.source != data.source:
            self._say_dropped(dropped)
        self.changed.emit()
        if dropped and self._dropped:
            self.settings_dropped.emit(self._dropped)

    def set_config(self, config: TrainConfig) -> None:
        """Show other settings, such as an earlier run's, and read the model that they start from. The opened data stay.

        If they name their data, opening other data next takes the settings that suit those.
        """
        self._meant = _usable(config.data) or self._meant
        if self._data is not None and self._meant is not None and self._meant.source == self._data.source:
            self._meant = None
        self._keep(config.family)
        config = self._origin.take(config)
        data = replace(config.data, source="") if self._data is None else self._data
        self._config = self._on(config, data)
        self._dropped = ""
        self._show()
        self.changed.emit()

    def set_values(self, values: dict[str, Any]) -> None:
        """Change some settings by their dotted paths. Raises ConfigError for one that doesn't exist or fit.

        The data set's picture size isn't changed at once, but requested.
        """
        config = with_values(self._config, self._what_follows(values) | values)
        if config.data.image_size != self._config.data.image_size and self._data is not None:
            self.size_requested.emit(config.data.image_size)
        self.set_config(config)

    def set_family(self, name: str) -> None:
        """Choose another kind of model: with what the person set for it before, else its first preset for the opened data.

        What was set for data that need other values is dropped, which `dropped` says.
        """
        kept = self._kept.get(name)
        if kept is None:
            self.set_config(self._preset_for(family(name).presets[0].name))
            return
        usual, own = self._preset_for(kept.preset), dict(kept.own)
        others = _suited_otherwise(_usable(kept.data), self._data or self._meant or kept.data, kept.preset)
        dropped = {path: own.pop(path) for path in others if path in own}
        if own.get("batch_size", usual.batch_size) != usual.batch_size:
            usual = self._preset_for(kept.preset, own["batch_size"])
        self._take(_with_own(usual, own), dropped)

    def _keep(self, family_name: str) -> None:
        """Keep what the person set for the kind of model, if another is to be shown."""
        if family_name != self._config.family:
            own = self._own(self._usual(self._config.batch_size))
            self._kept[self._config.family] = _Kept(self._config.preset, own, self._made_for())

    def _take(self, config: TrainConfig, dropped: dict[str, Any], sentence: str = "") -> None:
        """Show other settings, and say what they replaced of the person's."""
        with QSignalBlocker(self):
            self.set_config(config)
        self._say_dropped(dropped, sentence)
        self.changed.emit()
        if self._dropped:
            self.settings_dropped.emit(self._dropped)

    def start_from(self, path: str) -> None:
        """Let the next run begin with the weights of a checkpoint's file, and with its settings; "" is nothing.

        If it can't be read, or doesn't fit, the field says so.
        """
        without = self._without_start()
        config = self._origin.take(without)
        if path:
            config = self._origin.begin(config, path, self._preset_for(config.preset))
        self._dropped = ""
        self._config = self._on(config, self._data or config.data)
        self._show()
        self.changed.emit()

    def offer_model(self, path: str, name: str) -> None:
        """Offer the model in use, to start from; an empty path means that there is none."""
        self.start_choice.offer(path, name)
        if path and path == self._config.start_from:  # a running run has written a better one
            self._origin.read()
            self._show_notes()

    def widget(self, path: str) -> QWidget:
        """The field of a setting, for tests and tours."""
        if path not in self._widgets:
            self._fill_more()
        return self._widgets[path]

    def set_speeds(self, speeds: Mapping[str, float]) -> None:
        """Choose the epochs of presets that have a time by how fast this computer is, unless the person chose them.

        Args:
            speeds: training pictures a second of a run's steps, by `core.runs.expected.speed_key`.
        """
        own = self._own(self._usual(self._config.batch_size))
        self._speeds = dict(speeds)
        config = _with_own(self._usual(self._config.batch_size), own)
        if config != self._config:
            self._config = config
            self._show()
        self.changed.emit()

    @property
    def timed(self) -> TrainConfig | None:
        """The preset for the opened data, if its epochs go by this computer's speed; None where they don't."""
        if self._data is None:
            return None
        config = self._preset_for(self._config.preset)
        return config if has_its_time(config) else None

    # -- what follows from what

    def _preset_for(self, name: str, batch_size: int = 0, data: DataConfig | None = None) -> TrainConfig:
        """A preset for some data, by default the opened ones.

        Its epochs depend on its own batch size, or on a given one.
        """
        data = data or self._data or self._meant
        config = preset(name)
        if data is None:
            return config
        config = replaced(config, settings_for(data.source, name))
        pictures = self._pictures if data is self._data else data.limit or COUNT
        epochs = epochs_for(name, data, batch_size or config.batch_size, pictures)
        config = replace(config, epochs=epochs, data=replace(data, mirror=config.data.mirror))
        if (minutes := has_its_time(config)) and (speed := self._speeds.get(speed_key(config), 0.0)):
            config = with_values(config, fit_into(config, minutes, round(pictures * (1.0 - data.valid_fraction)), speed))
        return self._on(config, self._data or replace(data, source=""))

    def _usual(self, batch_size: int = 0, data: DataConfig | None = None) -> TrainConfig:
        """The preset's settings for the data and for the model to start from."""
        config = self._origin.over(self._preset_for(self._config.preset, batch_size, data))
        return self._on(config, self._data or config.data)

    def _own(self, usual: TrainConfig) -> dict[str, Any]:
        """The settings that differ from the usual ones, of whose epochs further phases have their share: dotted path -> value."""
        usual = replaced(usual, further_epochs(usual, self._config.epochs))
        paths = [path for path in all_paths(self._config.family) if not path.startswith("data.") and path not in _GIVEN]
        paths.sort(key=lambda path: path in COMMON)  # its family's first
        return {path: get(self._config, path) for path in [*paths, _MIRROR] if get(self._config, path) != get(usual, path)}

    def _what_follows(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What else changes with some settings, except what the person has set: path -> value.

        The epochs of further phases, where those of the first become others; and what the family says that a setting implies, which
        is the preset's again where it no longer does.
        """
        usual = self._usual(self._config.batch_size)
        own = self._own(usual)
        implies = family(self._config.family).implies
        before, now = implies({path: get(self._config, path) for path in values}), implies(values)
        still = {path: value for path, value in before.items() if get(self._config, path) == value}
        following = {path: value for path, value in now.items() if path not in own or path in still}
        following |= {path: get(usual, path) for path in still if path not in now}
        if "epochs" in values:
            following |= {path: value for path, value in further_epochs(usual, values["epochs"]).items() if path not in own}
        return following

    def _on(self, config: TrainConfig, data: DataConfig) -> TrainConfig:
        """Settings with these data; a model to start from fixes size and channels."""
        its = self._origin.header.config.data if config.start_from and self._origin.header is not None else data
        return replace(config, data=replace(data, mirror=config.data.mirror, image_size=its.image_size, channels=its.channels))

    def _made_for(self) -> DataConfig:
        """The data that the settings are for; `limit` holds their number of pictures."""
        if self._data is None:
            return replace(self._meant or self._config.data, mirror=self._config.data.mirror)
        return replace(self._data, limit=self._pictures, mirror=self._config.data.mirror)

    def _without_start(self) -> TrainConfig:
        """The settings without the model to start from, with those that its own had replaced."""
        return self._origin.without(self._config, self._preset_for(self._config.preset, self._config.batch_size))

    # -- building

    def _build(self) -> None:
        """The fields of the chosen kind of model, in place of another one's."""
        self._built = self._config.family
        for layout in (self._front, self._front_notes, self._more.body_layout()):
            while (item := layout.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
        for known in (self._rows, self._notes, self._wholes, self._widgets):
            for path in [path for path in known if path != _START]:
                del known[path]
        with QSignalBlocker(self._model), QSignalBlocker(self._preset):
            self._model.setCurrentIndex(self._model.findData(self._built))
            self._preset.clear()
            for name, title, _ in presets_of(self._built):
                self._preset.addItem(title, name)
        last: QWidget = self.start_choice
        for field in self._fields:
            if not field.folded:
                self._make_front(field)
                self.setTabOrder(last, last := self._widgets[field.path])
        if self._more.is_open:
            self._fill_more()

    def _fill_more(self) -> None:
        """Make the folded fields; only when they are first shown, since most people never look."""
        if all(field.path in self._widgets for field in self._fields):
            return
        column = self._more.body_layout()
        for group, title in groups_of(self._config.family).items():
            fields = [field for field in self._fields if field.group == group]
            if not fields:
                continue
            if column.count():
                column.addSpacing(SPACE)
            column.addWidget(_heading(tr(title)))
            for field in fields:
                column.addWidget(self._make_row(field))
        self._show()

    def _make_front(self, field: Field) -> None:
        """A field under its name, beside the other important ones; its note is under them all."""
        row = self._make_row(field, above=True)
        self._widgets[field.path].setMinimumWidth(_FRONT_WIDTH)
        self._widgets[field.path].setMaximumWidth(_ANY_WIDTH)
        self._front.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
        self._front_notes.addWidget(self._notes[field.path])

    def _make_row(self, field: Field, *, above: bool = False) -> QWidget:
        changed = partial(self._on_field_changed, field.path)
        widget = self._widgets[field.path] = make_input(field, changed, self)
        if field.kind == "name":
            offer_names(widget, self._names)
        widget.ensurePolished()
        if isinstance(widget, QComboBox) and widget.sizeHint().width() > FIELD_WIDTH:  # beside its name its choices would be cut
            above = True
            widget.setMaximumWidth(_ANY_WIDTH)
        return self._with_note(
            field.path,
            labelled(tr(field.label), widget, tooltip(field, self._config.family), above=above),
        )

    def _make_choices(self) -> QWidget:
        """The preset; with several kinds of model, the kind replaces the preset's label, to save a row."""
        preset_tip = self.tr("A set of settings to start from.")
        for widget in (self._model, self._preset):
            of_form_width(widget)
        if self._model.count() == 1:
            self._model.hide()
            return labelled(self.tr("Preset"), self._preset, preset_tip)
        model_tip = self.tr("The kind of model; each has presets and settings of its own.")
        names_and_tips = ((self.tr("Model"), model_tip), (self.tr("Preset"), preset_tip))
        row = QWidget(self)
        side_by_side = QHBoxLayout(row)
        side_by_side.setContentsMargins(0, 0, 0, 0)
        side_by_side.setSpacing(SPACE)
        for widget, (name, tip) in zip((self._model, self._preset), names_and_tips, strict=True):
            widget.setAccessibleName(name)
            widget.setToolTip(f"<p>{name}: {tip}</p>")
            widget.setMinimumWidth(_FRONT_WIDTH)
            widget.setMaximumWidth(_ANY_WIDTH)
            side_by_side.addWidget(widget, 1)
        return row

    def _make_start_row(self) -> QWidget:
        tip = self.tr(
            "Random weights: the usual way. A model: its weights are trained further (fine-tuning), which suits a few "
            "pictures of your own. Its sizes and the way it was trained are taken over, and the learning rate is a third. "
            "Default: random weights."
        )
        return self._with_note(_START, labelled(self.tr("Start from"), of_form_width(self.start_choice), tip))

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
        if self._built != self._config.family:
            self._build()
        with QSignalBlocker(self._preset):
            self._preset.setCurrentIndex(self._preset.findData(self._config.preset))
        self.start_choice.show_start(self._config.start_from)
        for path, widget in self._widgets.items():
            with QSignalBlocker(widget):
                show_value(widget, get(self._config, path))
        self._show_notes()

    def _show_notes(self) -> None:
        """Show problems at their fields, and disable fields without effect."""
        about = next(text for name, _, text in presets_of(self._config.family) if name == self._config.preset)
        usual = self._usual()
        self._about.set_text(about)
        self.reset_button.setVisible(bool(self._own(usual)))
        wrong, doubtful = self._problems()
        in_the_way = {path for path, _ in wrong}
        for field in self._fields:
            if field.path in self._rows:
                is_given = field.path in self._origin.fixed
                is_open = not is_given or get(self._config, field.path) != get(usual, field.path)
                self._rows[field.path].setEnabled(field.enabled(self._config) and is_open)
                self._wholes[field.path].setVisible(field.shown(self._config) or field.path in in_the_way)
        self._show_phases()
        notes = {path: (text, "problem") for path, text in wrong}
        notes |= {path: (text, "muted") for path, text in doubtful if path not in notes}
        for path, note in self._notes.items():
            text, kind = notes.get(path, ("", ""))
            note.setText(text)
            note.setVisible(bool(text))
            for name in ("problem", "muted"):
                note.setProperty(name, name == kind)
            note.style().polish(note)
        folded = {field.path for field in self._fields if field.folded}
        if in_the_way & folded and not self._more.is_open:
            self._more.set_open(True)
            self.problem_unfolded.emit()

    def _show_phases(self) -> None:
        """Behind the epochs, show how many come after them in further phases, which a run counts on: "25 + 12"."""
        phases = family(self._config.family).phases(self._config)
        first, *further = phases
        field = self._widgets.get(first.setting)
        if not isinstance(field, QSpinBox):
            return
        field.setSuffix("".join(f" + {phase.epochs:,}" for phase in further))
        tips = [tooltip(self._known(first.setting), self._config.family)]
        in_all = sum(each.epochs for each in phases)
        one = self.tr("Then comes 1 epoch for {phase}, as set under More settings: {all} in all.")
        several = self.tr("Then come {epochs} epochs for {phase}, as set under More settings: {all} in all.")
        for phase in further:
            after = one if phase.epochs == 1 else several
            tips.append(after.format(epochs=f"{phase.epochs:,}", phase=tr(phase.title), all=f"{in_all:,}"))
        field.setToolTip(f"<p>{' '.join(tips)}</p>")

    def _problems(self) -> tuple[Said, Said]:
        """Errors and warnings: (path, sentence) each."""
        issues = problems(self._config, self._training_pictures)
        wrong, doubtful = (
            [(one.path, sentence(one, self._config.family)) for one in part] for part in (issues.wrong, issues.doubtful)
        )
        own_wrong, own_doubtful = self._origin.problems(self._config)
        return wrong + own_wrong, doubtful + own_doubtful

    def _on_field_changed(self, path: str, value: Any) -> None:
        self._dropped = ""
        are_suggested = self._config.epochs == self._usual(self._config.batch_size).epochs
        value = type(get(self._config, path))(value)  # a choice arrives as text
        following = self._what_follows({path: value})
        self._config = replaced(self._config, following | {path: value})
        if following:
            self._show()
        if path == "batch_size" and are_suggested:
            epochs = self._usual(self._config.batch_size).epochs
            if epochs != self._config.epochs:
                self._config = replaced(self._config, self._what_follows({"epochs": epochs}) | {"epochs": epochs})
                self._show()
        self._show_notes()
        self.changed.emit()

    def _on_model_chosen(self, _: int) -> None:
        self.set_family(self._model.currentData())

    def _on_preset_chosen(self, _: int) -> None:
        own = self._own(self._usual(self._config.batch_size))
        sentence = self.tr("The preset {preset} has replaced your settings: {settings}.").replace(
            "{preset}", self._preset.currentText()
        )
        self._take(self._origin.over(self._preset_for(self._preset.currentData())), own, sentence)

    def _on_reset_clicked(self) -> None:
        self.set_config(self._usual())

    def _on_start_choice_start_chosen(self, path: str) -> None:
        self.start_from(path)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a person had set for a kind of model before another was chosen."""

    preset: str
    own: dict[str, Any]  # dotted path -> value
    data: DataConfig  # for which it was set


def _with_own(usual: TrainConfig, own: Mapping[str, Any]) -> TrainConfig:
    """The usual settings with the person's; the epochs of further phases follow those of the first."""
    return replaced(usual, further_epochs(usual, own.get("epochs", usual.epochs)) | dict(own))


def _suited_otherwise(before: DataConfig | None, data: DataConfig, preset_name: str) -> list[str]:
    """The settings for which a preset has different values for earlier data and for these."""
    if before is None:
        return []
    was, now = settings_for(before.source, preset_name), settings_for(data.source, preset_name)
    plain = preset(preset_name)
    return [path for path in {**was, **now} if was.get(path, get(plain, path)) != now.get(path, get(plain, path))]


def _usable(data: DataConfig) -> DataConfig | None:
    """The data settings if they name a possible source; otherwise None."""
    try:
        kind_of(data.source)
    except DataError:
        return None
    return data if data.source else None


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label
