"""The inputs of the settings form, one kind per type of setting, with their tooltips and messages about values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QSpinBox, QWidget

from core.config import all_settings, get, preset
from core.files import printable
from core.problems import Problem
from core.wording import with_minus
from explorer.qt import override
from explorer.train.settings.fields import Field, presets_of, tr
from explorer.train.settings.file_input import FileInput
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.number_box import RealBox, WholeBox

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP
OPEN = "takes_names"  # a property of choices to which names may be added


def value_text(field: Field, value: Any) -> str:
    """A value as people write it: "64 px", "Cosine", "on"."""
    if field.kind == "switch":
        return tr(QT_TRANSLATE_NOOP("train", "on")) if value else tr(QT_TRANSLATE_NOOP("train", "off"))
    if field.kind == "choice":
        return tr(dict(field.choices)[str(value)])
    if field.kind == "name":
        return str(value) or tr(field.empty)
    if field.kind == "file":
        return printable(Path(value).name) if value else tr(QT_TRANSLATE_NOOP("train", "none"))
    if field.zero and value == 0:
        return tr(field.zero).lower()
    text = f"{value:,}" if field.type is int else f"{value:g}"
    return f"{text} {unit_text(field.unit, value)}" if field.unit else text


_ONE = {
    "epochs": QT_TRANSLATE_NOOP("train", "epoch"),
    "pictures": QT_TRANSLATE_NOOP("train", "picture"),
    "channels": QT_TRANSLATE_NOOP("train", "channel"),
    "units": QT_TRANSLATE_NOOP("train", "unit"),
    "codes": QT_TRANSLATE_NOOP("train", "code"),
    "numbers": QT_TRANSLATE_NOOP("train", "number"),
    "nats": QT_TRANSLATE_NOOP("train", "nat"),
}
"""Units of a single one."""


def unit_text(unit: str, value: float) -> str:
    """A unit behind a value: "epochs", and "epoch" behind 1."""
    return tr(_ONE.get(unit, unit) if value == 1 else unit)


def tooltip(field: Field, family: str) -> str:
    """What the setting does, when one would change it, and its default in each of a family's presets."""
    texts = [tr(field.tooltip)]
    if field.kind == "fact":
        return " ".join([*texts, tr(QT_TRANSLATE_NOOP("train", "The Data tab decides it."))])
    defaults = {name: value_text(field, get(preset(name), field.path)) for name, _, _ in presets_of(family)}
    if len(set(defaults.values())) == 1:
        texts.append(tr(QT_TRANSLATE_NOOP("train", "Default: {value}.")).format(value=next(iter(defaults.values()))))
    else:
        words = [
            tr(QT_TRANSLATE_NOOP("train", "{value} in {preset}")).format(value=defaults[name], preset=title)
            for name, title, _ in presets_of(family)
        ]
        texts.append(tr(QT_TRANSLATE_NOOP("train", "Default: {values}.")).format(values=", ".join(words)))
    return " ".join(texts)


def sentence(problem: Problem, family: str) -> str:
    """A problem as the form shows it, with choices in the form's words."""
    words = {value: text for known in all_settings(family).values() for value, text in known.choices.items()}
    return tr(problem.text).format(**{name: tr(words.get(value, value)) for name, value in problem.values.items()})


FIELD_WIDTH = 148
QT_MAXIMUM = 2**31 - 1


class NumberBox(RealBox):
    """A number without trailing zeros ("0.001", "1"), however small."""

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
        return with_minus(f"{value:.8f}".rstrip("0").rstrip(".") if value < 1e6 else f"{value:g}")


class Fact(QLabel):
    """A setting that is decided outside the form."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self.setProperty("muted", True)
        self.setFixedWidth(FIELD_WIDTH)

    def show_value(self, value: Any) -> None:
        """Show it with its unit."""
        self.setText(value_text(self._field, value))


def of_form_width(widget: QWidget) -> QWidget:
    """A field, as wide as those of the form are."""
    widget.setFixedWidth(FIELD_WIDTH)
    return widget


def make_input(field: Field, changed: Callable[[Any], None], parent: QWidget) -> QWidget:
    """The widget for a setting.

    Args:
        field: which.
        changed: called with each new value as the widget has it (a choice as text).
        parent: Qt's owner.
    """
    if field.kind == "fact":
        return Fact(field, parent)
    if field.kind == "switch":
        box = QCheckBox(parent)
        box.toggled.connect(changed)
        return of_form_width(box)
    if field.kind == "choice":
        combo = ChoiceBox(parent)
        for value, text in field.choices:
            combo.addItem(tr(text), value)
        combo.currentIndexChanged.connect(lambda _: changed(combo.currentData()))
        return of_form_width(combo)
    if field.kind == "name":
        names = ChoiceBox(parent)
        names.addItem(tr(field.empty), "")
        names.setProperty(OPEN, True)
        names.currentIndexChanged.connect(lambda _: changed(names.currentData()))
        return of_form_width(names)
    if field.kind == "file":
        return of_form_width(FileInput(field.setting.file, tr(field.label), changed, parent))
    low, high = field.setting.low, field.setting.high
    spin: QSpinBox | NumberBox
    if field.kind == "whole":
        spin = WholeBox(parent)
        spin.setRange(int(low), int(min(high, QT_MAXIMUM)))
        spin.setSingleStep(int(field.step))
        spin.setGroupSeparatorShown(True)
        spin.setLocale(QLocale.c())
    else:
        spin = NumberBox(field.step, parent)
        spin.setRange(low, high)
    spin.setKeyboardTracking(False)
    if field.unit:
        spin.setProperty("unit", field.unit)
        spin.valueChanged.connect(lambda _: _show_unit(spin))
        _show_unit(spin)
    if field.zero:
        spin.setSpecialValueText(tr(field.zero))
    spin.valueChanged.connect(changed)
    return of_form_width(spin)


def offer_names(widget: QWidget, names: Sequence[str]) -> None:
    """Offer names to choose from, behind the empty one; what is chosen stays."""
    assert isinstance(widget, QComboBox)
    chosen = widget.currentData()
    with QSignalBlocker(widget):
        while widget.count() > 1:
            widget.removeItem(1)
        for name in names:
            widget.addItem(printable(name), name)
        show_value(widget, chosen)


def show_value(widget: QWidget, value: Any) -> None:
    """Put a setting's value into its widget; a name that isn't offered is added."""
    if isinstance(widget, Fact):
        widget.show_value(value)
    elif isinstance(widget, FileInput):
        widget.show_path(value)
    elif isinstance(widget, QCheckBox):
        widget.setChecked(value)
    elif isinstance(widget, QComboBox):
        if widget.findData(str(value)) < 0 and widget.property(OPEN):
            widget.addItem(printable(str(value)), str(value))
        widget.setCurrentIndex(max(0, widget.findData(str(value))))
    elif isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        widget.setValue(min(value, QT_MAXIMUM))
        _show_unit(widget)


def _show_unit(spin: QSpinBox | QDoubleSpinBox) -> None:
    """Show the unit behind a number, where it has one."""
    unit = spin.property("unit")
    if unit:
        spin.setSuffix(f" {unit_text(unit, spin.value())}")
