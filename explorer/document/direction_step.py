"""A direction that was fitted, opened or put back, as a step of undo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from core.latent.directions import Direction
from explorer.document.document import Document
from explorer.qt import override


class ReplaceDirection(QUndoCommand):
    """The loaded model's direction of one name becomes another one. Its slider stays where it is.

    Args:
        document: whose direction it is.
        after: what it becomes.
        text: what happened, for menus.
        turned: is told when undo or redo has changed the direction: what it was, and what it is now; None: there is none.
    """

    def __init__(
        self,
        document: Document,
        after: Direction,
        text: str,
        turned: Callable[[Direction | None, Direction | None], object],
    ) -> None:
        super().__init__(text)
        self._document = document
        self._before = document.directions.get(after.name)
        self._after = after
        self._turned = turned
        self._is_first = True

    @override
    def redo(self) -> None:
        self._document.set_direction(self._after)
        if not self._is_first:
            self._turned(self._before, self._after)
        self._is_first = False

    @override
    def undo(self) -> None:
        if self._before is None:
            self._document.remove_direction(self._after.name)
        else:
            self._document.set_direction(self._before)
        self._turned(self._after, self._before)
