"""Where a message can lie without covering anything that can be pressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QTabBar,
    QWidget,
)

from explorer.look.theme import UNIT

CELL = UNIT  # pixels: how finely places are looked for
_SURFACE = 160  # pixels: what has the focus and is at least as large both ways is a picture or a chart rather than a control
_PICTURE, _LIST = 60, 300  # as bad as so many cells of distance from the corner: to cover a picture or a grid all over
EDITED = "edited"
"""A property of a picture that is being edited, in which the lower part is looked at: mouth and eyes."""
_LOOKED_AT = 0.7  # of its height, from below
_CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)


@dataclass(frozen=True, slots=True)
class Taken:
    """A part of the window that someone may want to press."""

    rect: QRect
    is_control: bool
    """A button, a slider, the rows of a list or the like; never to be covered."""
    is_list: bool = False
    """A grid or a long text; anything else that is no control is a picture or a chart."""
    is_edited: bool = False
    """The part of an edited picture that is looked at: rather than this, any other picture is covered, however far away."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message may lie."""

    corner: QPoint
    """Its upper left corner."""
    is_free: bool
    """It covers no control there."""


def taken_in(parent: QWidget, message: QWidget) -> list[Taken]:
    """What can be pressed in a widget, as far as it is in sight.

    Args:
        parent: is looked through; places are those within it.
        message: a child that is passed over.
    """
    return list(_taken(parent, QPoint(), parent.rect(), message))


def _taken(widget: QWidget, origin: QPoint, sight: QRect, message: QWidget) -> Iterator[Taken]:
    for child in widget.children():
        if not isinstance(child, QWidget) or child is message or child.isWindow() or not child.isVisible():
            continue
        corner = origin + child.pos()
        rect = QRect(corner, child.size()) & sight
        if rect.isEmpty():
            continue
        if isinstance(child, _CONTROLS):
            yield Taken(rect, is_control=True)
            continue
        if isinstance(child, QAbstractItemView):
            yield from _rows(child, corner, rect)
        elif child.focusPolicy() & Qt.FocusPolicy.TabFocus:
            is_small = min(child.width(), child.height()) < _SURFACE
            is_list = isinstance(child, QAbstractScrollArea)
            yield Taken(rect, is_control=is_small and not is_list, is_list=is_list)
            if child.property(EDITED):
                low = QRect(corner, child.size())
                low.setTop(low.bottom() - int(low.height() * _LOOKED_AT))
                yield Taken(low & sight, is_control=False, is_edited=True)
        yield from _taken(child, corner, rect, message)


def _rows(view: QAbstractItemView, corner: QPoint, sight: QRect) -> Iterator[Taken]:
    """The rows of a list or a table, as if they were buttons; what is below them is free."""
    count = view.model().rowCount() if view.model() is not None else 0
    if count:
        last = view.visualRect(view.model().index(count - 1, 0)).bottom() + view.viewport().y()
        rows = QRect(corner, QSize(view.width(), last + 1)) & sight
        if not rows.isEmpty():
            yield Taken(rows, is_control=True)


def find_place(room: QRect, size: QSize, taken: Sequence[Taken], right_to_left: bool = False, gap: int = 0) -> Place:
    """The place that covers no control, hides least of pictures and lists, and is nearest to the lower corner.

    Args:
        room: where messages may lie.
        size: of what is to be placed.
        taken: what can be pressed, in the same coordinates as the room.
        right_to_left: the corner is the left one.
        gap: pixels to leave between it and a control.

    Returns:
        The place; where each one would cover a control, the one that covers least of them.
    """
    columns, rows = max(1, room.width() // CELL), max(1, room.height() // CELL)
    wide, high = min(columns, -(-size.width() // CELL)), min(rows, -(-size.height() // CELL))
    controls = np.zeros((rows, columns), np.int64)  # counted from the lower corner, where messages should be
    pictures, lists, edited = (np.zeros((rows, columns), np.int64) for _ in range(3))
    for one in taken:
        rect = one.rect.adjusted(-gap, -gap, gap, gap) if one.is_control else one.rect
        left, right = rect.left() - room.left(), rect.right() - room.left()
        if not right_to_left:
            left, right = room.width() - 1 - right, room.width() - 1 - left
        bottom, top = room.bottom() - rect.bottom(), room.bottom() - rect.top()
        if right >= 0 and top >= 0:
            cells = controls if one.is_control else lists if one.is_list else edited if one.is_edited else pictures
            cells[max(0, bottom) // CELL : top // CELL + 1, max(0, left) // CELL : right // CELL + 1] = 1
    covered = _sums(controls, high, wide)
    far = rows + columns + _PICTURE  # more than any distance to a place over another part of a picture
    weighed = ((_PICTURE, pictures), (_LIST, lists), (far, edited))
    hidden = sum((weight * _sums(cells, high, wide) for weight, cells in weighed), np.zeros(())) / (high * wide)
    distance = np.arange(rows - high + 1)[:, None] + np.arange(columns - wide + 1)[None, :]
    cost = covered * (far + rows + columns + _PICTURE + _LIST) + hidden + distance
    row, column = (int(index) for index in np.unravel_index(int(np.argmin(cost)), cost.shape))
    x = room.left() + column * CELL if right_to_left else room.right() + 1 - column * CELL - size.width()
    y = room.bottom() + 1 - row * CELL - size.height()
    return Place(QPoint(max(room.left(), x), max(room.top(), y)), not covered[row, column])


def is_free(rect: QRect, taken: Sequence[Taken]) -> bool:
    """Whether a rectangle covers no control."""
    return not any(one.is_control and one.rect.intersects(rect) for one in taken)


def _sums(cells: np.ndarray, high: int, wide: int) -> np.ndarray:
    """How many cells are taken in each window of `high` rows and `wide` columns."""
    total = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.int64)
    total[1:, 1:] = cells.cumsum(0).cumsum(1)
    return np.asarray(total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide] + total[:-high, :-wide])
