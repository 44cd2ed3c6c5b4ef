"""Fields for numbers, which show the minus sign of print, take the hyphen that a keyboard has, and say what they allow.

Qt drops a digit, sign or point that would lead out of what a field allows as if nobody had typed it, and all of a number that is
too small. Here such a number can be typed; once it is entered, the nearest allowed one takes its place, and a note at the field
says why.
"""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

from core.wording import with_minus
from explorer.qt import override
from explorer.widgets.field_note import FieldNote
from explorer.widgets.keyboard.wheel import WheelNeedsFocus

_Validated = tuple[QValidator.State, str, int]
MINUS: Final = "\N{MINUS SIGN}"


def _typed(text: str) -> str:
    """As Qt reads numbers."""
    return text.replace(MINUS, "-")


class _Corrected:
    """What both kinds of fields have in common: what they make of numbers that they don't allow."""

    _note: FieldNote | None = None

    def _corrected(self, text: str) -> str:
        """The allowed number next to a typed one, and why it took its place at the field; "" where none was typed."""
        assert isinstance(self, WholeBox | RealBox)
        value = _number(self, text)
        if value is None:
            return ""
        allowed, why_not = _nearest(self, value)
        if why_not:
            self._note = self._note or FieldNote(self)
            self._note.say(why_not.format(typed=with_minus(_bare(self, text))))
        return f"{self.prefix()}{self.textFromValue(allowed)}{self.suffix()}"  # type: ignore[arg-type]


class WholeBox(WheelNeedsFocus, _Corrected, QSpinBox):
    """A whole number."""

    @override
    def textFromValue(self, value: int) -> str:
        return with_minus(super().textFromValue(value))

    @override
    def valueFromText(self, text: str) -> int:
        return super().valueFromText(_typed(text))

    @override
    def validate(self, text: str, place: int) -> _Validated:  # type: ignore[override]
        return _validated(self, super().validate(_typed(text), place))

    @override
    def fixup(self, text: str) -> str:  # type: ignore[override]
        return self._corrected(text) or super().fixup(text) or text


class RealBox(WheelNeedsFocus, _Corrected, QDoubleSpinBox):
    """A number with decimals."""

    @override
    def textFromValue(self, value: float) -> str:
        return with_minus(super().textFromValue(value))

    @override
    def valueFromText(self, text: str) -> float:
        return super().valueFromText(_typed(text))

    @override
    def validate(self, text: str, place: int) -> _Validated:  # type: ignore[override]
        return _validated(self, super().validate(_typed(text), place))

    @override
    def fixup(self, text: str) -> str:  # type: ignore[override]
        return self._corrected(text) or super().fixup(text) or text


def _validated(box: WholeBox | RealBox, validated: object) -> _Validated:
    """What Qt says of a text, with the minus sign of print: what is typed turns into it at once. Numbers may be out of range."""
    state, text, place = cast(_Validated, validated)  # so it is in PySide, whatever its stub says
    if state == QValidator.State.Invalid and (_number(box, text) is not None or _bare(box, text) == "-"):
        state = QValidator.State.Intermediate
    return state, with_minus(text), place


def _bare(box: WholeBox | RealBox, text: str) -> str:
    """What is typed, without what the field shows around it."""
    return _typed(text).removeprefix(box.prefix()).removesuffix(box.suffix()).strip()


def _number(box: WholeBox | RealBox, text: str) -> float | None:
    """The number in a text, whether it is allowed or not; None: there is none."""
    value, is_number = box.locale().toDouble(_bare(box, text))
    return value if is_number else None


def _nearest(box: WholeBox | RealBox, value: float) -> tuple[float, str]:
    """The allowed number next to a typed one, and why that isn't possible, with `{typed}`; "" where it is."""
    if value < box.minimum():
        words = QCoreApplication.translate("NumberBox", "{typed} isn't possible: at least {least}.")
        return box.minimum(), words.replace("{least}", box.textFromValue(box.minimum()))  # type: ignore[arg-type]
    if value > box.maximum():
        words = QCoreApplication.translate("NumberBox", "{typed} isn't possible: at most {most}.")
        return box.maximum(), words.replace("{most}", box.textFromValue(box.maximum()))  # type: ignore[arg-type]
    if isinstance(box, WholeBox) and value != round(value):
        return round(value), QCoreApplication.translate("NumberBox", "{typed} isn't possible: whole numbers only.")
    return (round(value) if isinstance(box, WholeBox) else value), ""
