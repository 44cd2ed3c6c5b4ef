"""Steps of undo about directions: one is fitted, opened or put back, is called something else, or goes."""

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

    is_of_model = True

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
    """People see a direction of the loaded model under another name. Its slider, and what is kept by its own name, stay.

    Nothing happens where there is no such direction: its marks may have been taken back meanwhile, which is no step of undo.

    Args:
        document: whose direction it is.
        name: its own, which stays.
        shown: that people see from now on, not taken by another one.
        text: what happened, for menus.
        renamed: is told each time, also of undo: the name that was seen before, and the one now.
    """

    is_of_model = True

    def __init__(self, document: Document, name: str, shown: str, text: str, renamed: Callable[[str, str], object]) -> None:
        super().__init__(text)
        self._document = document
        self._name = name
        self._before, self._after = "", shown
        self._renamed = renamed

    @override
    def redo(self) -> None:
        self._before = self._document.shown_name(self._name)
        self._show(self._after)

    @override
    def undo(self) -> None:
        self._show(self._before)

    def _show(self, shown: str) -> None:
        if self._name in self._document.directions:
            before = self._document.shown_name(self._name)
            self._document.rename_direction(self._name, shown)
            self._renamed(before, shown)


class RemoveDirection(QUndoCommand):
    """A direction of the loaded model goes, and with it the edit along it; undo brings both back to their places.

    Where there is one of its name again, because it was taught on, undo leaves that as it is.

    Args:
        document: whose direction it is.
        name: its name.
        text: what happened, for menus.
        turned: is told each time, also of undo: the direction before and after, one of them None.
    """

    is_of_model = True

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
        self._direction = self._document.directions.get(self._direction.name, self._direction)
        self._document.remove_direction(self._direction.name)
        self._turned(self._direction, None)

    @override
    def undo(self) -> None:
        there = self._document.directions.get(self._direction.name)
        if there is None:
            self._document.set_direction(self._direction, self._place)
        self._document.show_session(self._session)
        self._turned(None, there or self._direction)
