"""What a slider shows: its label, value and range, the zone of real faces, and pictures at its ends. It has no looks yet."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractSlider, QWidget

from core.wording import rounded


def _signed(value: float) -> str:
    return rounded(value, 2, signed=True)


def first_number(text: str) -> float:
    """The first number in a text, with a point or a comma. Raises ValueError where there is none."""
    match = re.search(r"[-+]?\d+(?:[.,]\d+)?", text.replace("\N{MINUS SIGN}", "-"))
    if match is None:
        raise ValueError(text)
    return float(match.group().replace(",", "."))


class SliderContent(QAbstractSlider):
    """What a slider shows: its label, its value and range, pictures at its ends. The value that counts is a float.

    QAbstractSlider's integer is for screen readers.
    """

    def __init__(self, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label
        self._caption = ""
        self._low, self._high = -1.0, 1.0
        self._zone: tuple[float, float] | None = None
        self._home = 0.0
        self._value = 0.0
        self._format: Callable[[float], str] = _signed
        self._parse: Callable[[str], float] = first_number
        self._images: tuple[QPixmap | None, QPixmap | None] = (None, None)
        self._awaits_images = False
        self._drag_offset: float | None = None

    @property
    def value(self) -> float:  # type: ignore[override]
        """The value shown."""
        return self._value

    @property
    def home(self) -> float:
        """Where a double-click puts it."""
        return self._home

    @property
    def zone(self) -> tuple[float, float] | None:
        """Where real faces lie; None: unknown, the whole groove is plain."""
        return self._zone

    @property
    def label(self) -> str:
        """The label."""
        return self._label

    @property
    def caption(self) -> str:
        """The words under the groove."""
        return self._caption

    @property
    def range(self) -> tuple[float, float]:
        """The ends of the groove."""
        return self._low, self._high

    @property
    def end_images(self) -> tuple[QPixmap | None, QPixmap | None]:
        """The pictures at the low and the high end."""
        return self._images

    @property
    def is_dragging(self) -> bool:
        """Whether the person holds the handle."""
        return self._drag_offset is not None

    @property
    def text(self) -> str:
        """The value as it reads."""
        return self._format(self._value)

    @property
    def awaits_images(self) -> bool:
        """Whether there is room for pictures at both ends, though they may still be to come."""
        return self._awaits_images

    def _clamped(self, value: float) -> float:
        return min(max(value, self._low), self._high)
