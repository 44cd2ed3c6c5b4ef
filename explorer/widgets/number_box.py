"""Fields for numbers, which show the minus sign of print and take the hyphen that a keyboard has."""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

from core.wording import with_minus
from explorer.qt import override

_Validated = tuple[QValidator.State, str, int]
MINUS: Final = "\N{MINUS SIGN}"


def _typed(text: str) -> str:
    """As Qt reads numbers."""
    return text.replace(MINUS, "-")


class WholeBox(QSpinBox):
    """A whole number."""

    @override
    def textFromValue(self, value: int) -> str:
        return with_minus(super().textFromValue(value))

    @override
    def valueFromText(self, text: str) -> int:
        return super().valueFromText(_typed(text))

    @override
    def validate(self, text: str, place: int) -> _Validated:  # type: ignore[override]
        return _shown(super().validate(_typed(text), place))


class RealBox(QDoubleSpinBox):
    """A number with decimals."""

    @override
    def textFromValue(self, value: float) -> str:
        return with_minus(super().textFromValue(value))

    @override
    def valueFromText(self, text: str) -> float:
        return super().valueFromText(_typed(text))

    @override
    def validate(self, text: str, place: int) -> _Validated:  # type: ignore[override]
        return _shown(super().validate(_typed(text), place))


def _shown(validated: object) -> _Validated:
    """What Qt says of a text, with the minus sign of print: what is typed turns into it at once."""
    state, text, place = cast(_Validated, validated)  # so it is in PySide, whatever its stub says
    return state, with_minus(text), place
