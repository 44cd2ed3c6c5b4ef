"""The form of a run's settings: what matters in sight, the rest folded away, what can't be said at its field."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QLocale, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.config import RANGES, DataConfig, TrainConfig, from_dict, get, preset, to_dict, with_values
from explorer.panels.train_fields import FIELDS, PRESETS, Field, tr
from explorer.panels.train_rules import problems, tooltip
from explorer.qt import override
from explorer.theme import SPACE, UNIT
from explorer.widgets.section import Section, labelled

_FIELD_WIDTH = 148
_QT_MAXIMUM = 2**31 - 1


class NumberBox(QDoubleSpinBox):
    """A number without idle zeros ("0.001", "1"), however small."""

    def __init__(self, step: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())
        self.setDecimals(8)
        if step:
            self.setSingleStep(step)
        else:
            self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)

    @override
    def textFromValue(self, value: float) -> str:
        return f"{value:.8f}".rstrip("0").rstrip(".") if value < 1e6 else f"{value:g}"


class WheelGuard(QObject):
    """Lets the wheel turn a field only while it has the focus; otherwise the panel scrolls."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class TrainSettings(QWidget):
    """Edits a TrainConfig; the data comes from elsewhere, but for the two settings of it that belong to training."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = preset(PRESETS[0][0])
        self._training_pictures: int | None = None
        self._wheel_guard = WheelGuard(self)
        self._widgets: dict[str, QWidget] = {}
        self._rows: dict[str, QWidget] = {}
        self._notes: dict[str, QLabel] = {}
        self._preset = QComboBox(self)
        for name, title, _ in PRESETS:
            self._preset.addItem(tr(title), name)
        self._preset.currentIndexChanged.connect(self._on_preset_chosen)
        self._about = QLabel(self)
        self._about.setWordWrap(True)
        self._about.setProperty("muted", True)
        self._reset = QPushButton(self.tr("Back to the preset"), self)
        self._reset.setProperty("link", True)
        self._reset.clicked.connect(self._on_reset_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        row = labelled(self.tr("Preset"), self._prepared(self._preset), self.tr("A set of settings to start from."))
        layout.addWidget(row)
        about_row = QVBoxLayout()
        about_row.setSpacing(0)
        about_row.addWidget(self._about)
        link = QHBoxLayout()
        link.addWidget(self._reset)
        link.addStretch(1)
        about_row.addLayout(link)
        layout.addLayout(about_row)
        for field in FIELDS:
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
    def more(self) -> Section:
        """The foldable part."""
        return self._more

    @property
    def is_valid(self) -> bool:
        """Whether a run with these settings can start."""
        return not problems(self._config, self._training_pictures)[0]

    def config_for(self, data: DataConfig) -> TrainConfig:
        """The settings for a run on some data."""
        tree = to_dict(self._config)
        own = tree["data"]
        tree["data"] = {**to_dict(data), "image_size": own["image_size"], "mirror": own["mirror"]}
        return from_dict(TrainConfig, tree)

    def set_training_pictures(self, count: int | None) -> None:
        """How many pictures the training part has, to judge the batch size."""
        self._training_pictures = count
        self._show_notes()

    def set_image_size(self, size: int) -> None:
        """The size that the opened data was prepared for."""
        self._set("data.image_size", size)
        self._show()

    def set_config(self, config: TrainConfig) -> None:
        """Show other settings."""
        self._config = config
        self._show()
        self.changed.emit()

    def set_values(self, values: dict[str, Any]) -> None:
        """Change some settings by their dotted paths. Raises ConfigError for one that doesn't exist or fit."""
        self.set_config(with_values(self._config, values))

    def widget(self, path: str) -> QWidget:
        """The field of a setting, for tests and tours."""
        if path not in self._widgets:
            self._fill_more()
        return self._widgets[path]

    # -- building

    def _prepared(self, widget: QWidget) -> QWidget:
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self._wheel_guard)
        widget.setFixedWidth(_FIELD_WIDTH)
        return widget

    def _fill_more(self) -> None:
        """Make the folded fields; only now that somebody looks, since most never do."""
        missing = [field for field in FIELDS if field.path not in self._widgets]
        for field in missing:
            self._more.body_layout().addWidget(self._make_row(field))
        if missing:
            self._show()

    def _make_row(self, field: Field) -> QWidget:
        widget = self._make_widget(field)
        self._widgets[field.path] = widget
        row = labelled(tr(field.label), widget, tooltip(field))
        note = QLabel(self)
        note.setWordWrap(True)
        note.hide()
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addWidget(row)
        column.addWidget(note)
        self._rows[field.path] = row
        self._notes[field.path] = note
        return whole

    def _make_widget(self, field: Field) -> QWidget:
        path = field.path
        if field.kind == "switch":
            box = QCheckBox(self)
            box.toggled.connect(lambda on: self._on_field_changed(path, on))
            box.setFixedWidth(_FIELD_WIDTH)
            return box
        if field.kind == "choice":
            combo = QComboBox(self)
            for value, text in field.choices:
                combo.addItem(tr(text), value)
            combo.currentIndexChanged.connect(lambda _: self._on_choice_changed(path, combo))
            return self._prepared(combo)
        low, high = RANGES[path]
        spin: QSpinBox | NumberBox
        if field.kind == "whole":
            spin = QSpinBox(self)
            spin.setRange(int(low), int(min(high, _QT_MAXIMUM)))
            spin.setSingleStep(int(field.step))
            spin.setGroupSeparatorShown(True)
            spin.setLocale(QLocale.c())
        else:
            spin = NumberBox(field.step, self)
            spin.setRange(low, high)
        spin.setKeyboardTracking(False)
        if field.unit:
            spin.setSuffix(f" {tr(field.unit)}")
        if field.zero:
            spin.setSpecialValueText(tr(field.zero))
        spin.valueChanged.connect(lambda value: self._on_field_changed(path, value))
        return self._prepared(spin)

    # -- showing

    def _show(self) -> None:
        """Put the settings into the fields."""
        names = [name for name, _, _ in PRESETS]
        with QSignalBlocker(self._preset):
            self._preset.setCurrentIndex(names.index(self._config.preset))
        for path, widget in self._widgets.items():
            value = get(self._config, path)
            with QSignalBlocker(widget):
                if isinstance(widget, QCheckBox):
                    widget.setChecked(value)
                elif isinstance(widget, QComboBox):
                    widget.setCurrentIndex(max(0, widget.findData(str(value))))
                elif isinstance(widget, QSpinBox):
                    widget.setValue(min(value, _QT_MAXIMUM))
                elif isinstance(widget, QDoubleSpinBox):
                    widget.setValue(value)
        self._show_notes()

    def _show_notes(self) -> None:
        """Say what is wrong at its field, and which fields have no effect."""
        _, _, about = PRESETS[[name for name, _, _ in PRESETS].index(self._config.preset)]
        is_changed = any(get(self._config, field.path) != get(preset(self._config.preset), field.path) for field in FIELDS)
        self._about.setText(tr(about))
        self._reset.setVisible(is_changed)
        for field in FIELDS:
            if field.path in self._rows:
                self._rows[field.path].setEnabled(field.enabled(self._config))
        wrong, doubtful = problems(self._config, self._training_pictures)
        said = {path: (text, "problem") for path, text in wrong}
        said |= {path: (text, "muted") for path, text in doubtful if path not in said}
        for path, note in self._notes.items():
            text, kind = said.get(path, ("", ""))
            note.setText(text)
            note.setVisible(bool(text))
            for name in ("problem", "muted"):
                note.setProperty(name, name == kind)
            note.style().polish(note)
        folded = {field.path for field in FIELDS if field.folded}
        if any(path in folded for path, _ in wrong):
            self._more.set_open(True)

    def _set(self, path: str, value: Any) -> None:
        tree = to_dict(self._config)
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node[parent]
        node[leaf] = value
        self._config = from_dict(TrainConfig, tree)

    def _on_field_changed(self, path: str, value: Any) -> None:
        self._set(path, value)
        self._show_notes()
        self.changed.emit()

    def _on_choice_changed(self, path: str, combo: QComboBox) -> None:
        text = combo.currentData()
        self._on_field_changed(path, type(get(self._config, path))(text))

    def _on_preset_chosen(self, _: int) -> None:
        self.set_config(preset(self._preset.currentData()))

    def _on_reset_clicked(self) -> None:
        self.set_config(preset(self._config.preset))
