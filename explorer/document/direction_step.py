"""Steps of undo about directions: one is fitted, opened or put back, gets another name, or goes."""

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


class RenameDirection(QUndoCommand):
    """A direction of the loaded model gets another name. Its slider stays where it is.

    Args:
        document: whose direction it is.
        name: that it has.
        new: that it gets, not taken by another one.
        text: what happened, for menus.
        renamed: is told each time, also of undo: the name before, and the one now.
    """

    def __init__(self, document: Document, name: str, new: str, text: str, renamed: Callable[[str, str], object]) -> None:
        super().__init__(text)
        self._document = document
        self._name, self._new = name, new
        self._renamed = renamed

    @override
    def redo(self) -> None:
        self._document.rename_direction(self._name, self._new)
        self._renamed(self._name, self._new)

    @override
    def undo(self) -> None:
        self._document.rename_direction(self._new, self._name)
        self._renamed(self._new, self._name)


class RemoveDirection(QUndoCommand):
    """A direction of the loaded model goes, and with it the edit along it; undo brings both back to their places.

    Args:
        document: whose direction it is.
        name: its name.
        text: what happened, for menus.
        turned: is told each time, also of undo: the direction before and after, one of them None.
    """

    def __init__(
        self,
        document: Document,
        name: str,
        text: str,
        turned: Callable[[Direction | None, Direction | None], object],
    ) -> None:
        super().__init__(text)
        self._document = document
        self._direction = document.directions[name]
        self._place = list(document.directions).index(name)
        self._session = document.session
        self._turned = turned

    @override
    def redo(self) -> None:
        self._session = self._document.session
        self._document.remove_direction(self._direction.name)
        self._turned(self._direction, None)

    @override
    def undo(self) -> None:
        self._document.set_direction(self._direction, self._place)
        self._document.show_session(self._session)
        self._turned(None, self._direction)
