"""Where a message can lie without covering anything that can be pressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QStyle,
    QTabBar,
    QWidget,
)

from explorer.look.theme import UNIT

CELL = UNIT  # pixels: how finely places are looked for
_SURFACE = 160  # pixels: what has the focus and is at least as large both ways is a picture or a chart rather than a control
_TEXT, _PICTURE, _LIST = 60, 60, 300  # as bad as so many cells of distance from the corner: to cover all over
EDITED = "edited"
"""A property of a picture that is being edited: in a photo of a whole person the face may be anywhere."""
KEPT_CLEAR = "kept clear"
"""A property of what isn't pressed but must be seen while it stands there, such as how far work is."""
_CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)

Kind = Literal["control", "text", "picture", "list", "edited"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A part of the window that someone may want to press or to see."""

    rect: QRect
    kind: Kind
    """What it is:

    - control: a button, a slider, the rows of a list or the like; never to be covered.
    - text: a label.
    - picture: or a chart.
    - list: a grid or a long text.
    - edited: an edited picture: rather than this, any other picture is covered.
    """
    scrolls: bool = False
    """It lies on a page that scrolls, and so can be brought out from under a message."""


@runtime_checkable
class ShowsPictures(Protocol):
    """A widget of which only a part is pictures; the rest is blank."""

    def picture_rects(self) -> Sequence[QRect]:
        """Where they are, in its own coordinates."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message may lie."""

    corner: QPoint
    """Its upper left corner."""
    is_free: bool
    """It covers no control there."""
    cost: float
    """How bad it is there: the distance from the corner, and what of pictures, lists and text is hidden."""
    is_blank: bool
    """It covers nothing there."""


def taken_in(parent: QWidget, message: QWidget) -> list[Taken]:
    """What can be pressed or seen in a widget, as far as it is in sight.

    Args:
        parent: is looked through; places are those within it.
        message: a child that is passed over.
    """
    return list(_taken(parent, QPoint(), parent.rect(), message, scrolls=False))


def _taken(widget: QWidget, origin: QPoint, sight: QRect, message: QWidget, *, scrolls: bool) -> Iterator[Taken]:
    for child in widget.children():
        if not isinstance(child, QWidget) or child is message or child.isWindow() or not child.isVisible():
            continue
        corner = origin + child.pos()
        rect = QRect(corner, child.size()) & sight
        if rect.isEmpty():
            continue
        if isinstance(child, _CONTROLS) or child.property(KEPT_CLEAR):
            yield Taken(rect, "control", scrolls)
            continue
        is_page = isinstance(child, QScrollArea)
        if isinstance(child, QAbstractItemView):
            yield from _rows(child, corner, rect, scrolls=scrolls)
        elif isinstance(child, QLabel):
            words = _words(child).translated(corner) & sight
            if not words.isEmpty():
                yield Taken(words, "text", scrolls)
        elif not is_page and (isinstance(child, ShowsPictures) or child.focusPolicy() & Qt.FocusPolicy.TabFocus):
            yield from _seen(child, corner, rect, scrolls=scrolls)
        yield from _taken(child, corner, rect, message, scrolls=scrolls or is_page)


def _seen(child: QWidget, corner: QPoint, sight: QRect, *, scrolls: bool) -> Iterator[Taken]:
    """A picture, a chart, a grid, or an own control."""
    is_list = isinstance(child, QAbstractScrollArea)
    if isinstance(child, ShowsPictures):
        rects = [part.translated(corner) & sight for part in child.picture_rects()]
        yield from (Taken(part, "list" if is_list else "picture", scrolls) for part in rects if not part.isEmpty())
        if child.property(EDITED):
            yield from (Taken(part, "edited", scrolls) for part in rects if not part.isEmpty())
    else:
        is_small = min(child.width(), child.height()) < _SURFACE
        yield Taken(sight, "list" if is_list else "control" if is_small else "picture", scrolls)


def _words(label: QLabel) -> QRect:
    """Where a label's text is, in its own coordinates."""
    if not label.text():
        return QRect()
    room = label.contentsRect()
    size = label.sizeHint().boundedTo(room.size())
    if label.wordWrap():
        size = QSize(room.width(), min(room.height(), label.heightForWidth(label.width())))
    return QStyle.alignedRect(label.layoutDirection(), label.alignment(), size, room)


def _rows(view: QAbstractItemView, corner: QPoint, sight: QRect, *, scrolls: bool) -> Iterator[Taken]:
    """The rows of a list or a table, as if they were buttons; what is below them is free."""
    count = view.model().rowCount() if view.model() is not None else 0
    if count:
        last = view.visualRect(view.model().index(count - 1, 0)).bottom() + view.viewport().y()
        rows = QRect(corner, QSize(view.width(), last + 1)) & sight
        if not rows.isEmpty():
            yield Taken(rows, "control", scrolls)


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
    kinds: dict[Kind, np.ndarray] = {}  # cells counted from the lower corner, where messages should be
    for one in taken:
        rect = one.rect.adjusted(-gap, -gap, gap, gap) if one.kind == "control" else one.rect
        left, right = rect.left() - room.left(), rect.right() - room.left()
        if not right_to_left:
            left, right = room.width() - 1 - right, room.width() - 1 - left
        bottom, top = room.bottom() - rect.bottom(), room.bottom() - rect.top()
        if right >= 0 and top >= 0:
            cells = kinds.setdefault(one.kind, np.zeros((rows, columns), np.int64))
            cells[max(0, bottom) // CELL : top // CELL + 1, max(0, left) // CELL : right // CELL + 1] = 1
    distance = np.arange(rows - high + 1)[:, None] + np.arange(columns - wide + 1)[None, :]
    shares = {kind: _sums(cells, high, wide) / (high * wide) for kind, cells in kinds.items()}
    none = np.zeros(distance.shape)
    covers_pictures = np.maximum(shares.get("picture", none), shares.get("list", none)) > 0.0
    far = rows + columns  # more than any distance, so that no picture is covered while a place is blank
    cost = distance + _TEXT * shares.get("text", none)
    cost = cost + (far + _TEXT) * covers_pictures + _PICTURE * shares.get("picture", none) + _LIST * shares.get("list", none)
    most = 2 * (far + _TEXT) + _PICTURE + _LIST
    cost = cost + most * shares.get("edited", none) * high * wide
    covered = shares.get("control", none) * high * wide
    cost = cost + most * (high * wide + 1) * covered
    row, column = (int(index) for index in np.unravel_index(int(np.argmin(cost)), cost.shape))
    x = room.left() + column * CELL if right_to_left else room.right() + 1 - column * CELL - size.width()
    y = room.bottom() + 1 - row * CELL - size.height()
    is_blank = not any(share[row, column] for share in shares.values())
    corner = QPoint(max(room.left(), x), max(room.top(), y))
    return Place(corner, not covered[row, column], float(cost[row, column]), is_blank)


def is_free(rect: QRect, taken: Sequence[Taken]) -> bool:
    """Whether a rectangle covers no control."""
    return not any(one.kind == "control" and one.rect.intersects(rect) for one in taken)


def hidden(rect: QRect, taken: Sequence[Taken]) -> int:
    """Pixels of pictures and lists under a rectangle; what is edited counts twice."""
    under = (one.rect & rect for one in taken if one.kind in ("picture", "list", "edited"))
    return sum(part.width() * part.height() for part in under if not part.isEmpty())


def _sums(cells: np.ndarray, high: int, wide: int) -> np.ndarray:
    """How many cells are taken in each window of `high` rows and `wide` columns."""
    total = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.int64)
    total[1:, 1:] = cells.cumsum(0).cumsum(1)
    return np.asarray(total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide] + total[:-high, :-wide])
