"""Fields for numbers, which show the minus sign of print, take the hyphen that a keyboard has, and say what they allow.

Qt drops a digit or sign that would lead out of a field's range as if nobody had typed it, and all of a number that is too
small. Here such a number can be typed; once it is entered, the nearest allowed one takes its place, and a tooltip says the range.
"""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QToolTip

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
        return _validated(self, super().validate(_typed(text), place))

    @override
    def fixup(self, text: str) -> str:  # type: ignore[override]
        return _nearest(self, text) or super().fixup(text) or text


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
        return _validated(self, super().validate(_typed(text), place))

    @override
    def fixup(self, text: str) -> str:  # type: ignore[override]
        return _nearest(self, text) or super().fixup(text) or text


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
    """The number in a text, whether it is in range or not; None: there is none."""
    value, is_number = box.locale().toDouble(_bare(box, text))
    if not is_number or (isinstance(box, WholeBox) and value != int(value)):
        return None
    return value


def _nearest(box: WholeBox | RealBox, text: str) -> str:
    """The allowed number next to a typed one that is out of range, which is said; "" where it isn't."""
    value = _number(box, text)
    if value is None or box.minimum() <= value <= box.maximum():
        return ""
    least, most = (box.textFromValue(bound) for bound in (box.minimum(), box.maximum()))  # type: ignore[arg-type]
    words = QCoreApplication.translate("NumberBox", "From {least} to {most}.").format(least=least, most=most)
    QToolTip.showText(box.mapToGlobal(QPoint(0, box.height())), words, box)
    return f"{box.prefix()}{least if value < box.minimum() else most}{box.suffix()}"
