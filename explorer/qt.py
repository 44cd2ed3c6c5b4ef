"""Small helpers that every file of the window side shares."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLayout, QWidget

if TYPE_CHECKING:
    from typing_extensions import override
else:

    def override(method):
        """Mark a method that overrides one of Qt's; a note for readers and mypy, nothing at run time."""
        return method


class AbstractQtMeta(type(QObject), ABCMeta):  # type: ignore[misc]
    """The metaclass of Qt classes with abstract methods, which mypy then checks."""


def tab_in_reading_order(before: QWidget, area: QWidget) -> QWidget:
    """Let Tab go from one widget on through what an area's layouts hold, as it is read, whenever each of them was made.

    Gives the last one that it stops at.
    """
    stops = (before, *_stops(area))
    for one, next_one in pairwise(stops):
        QWidget.setTabOrder(one, next_one)
    return stops[-1]


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """What Tab stops at in a widget; the widget itself, if it does there."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    else:
        layout = widget.layout()
        if layout is not None:
            yield from _stops_in(layout)


def _stops_in(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget, inner = (None, None) if item is None else (item.widget(), item.layout())
        if widget is not None:
            yield from _stops(widget)
        elif inner is not None:
            yield from _stops_in(inner)


__all__ = ["AbstractQtMeta", "override", "tab_in_reading_order"]
