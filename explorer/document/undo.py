"""Undo: one command that swaps the session, merged within a gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from core.latent.session import Session
from explorer.qt import override

if TYPE_CHECKING:
    from explorer.document.document import Document

MERGE_ID = 1


class ReplaceSession(QUndoCommand):
    """The session before and after a change.

    Args:
        document: whose session it is.
        before: the session to come back to on undo.
        after: the session to go to.
        text: what happened, for menus.
        gesture: changes with the same number (not 0) become one step.
    """

    def __init__(self, document: Document, before: Session, after: Session, text: str, gesture: int = 0) -> None:
        super().__init__(text)
        self._document = document
        self._before = before
        self._after = after
        self._gesture = gesture

    @override
    def id(self) -> int:
        return MERGE_ID if self._gesture else -1

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ReplaceSession) or other._gesture != self._gesture:
            return False
        self._after = other._after
        if self._after == self._before:
            self.setObsolete(True)
        return True

    @override
    def redo(self) -> None:
        self._document.show_session(self._after)

    @override
    def undo(self) -> None:
        self._document.show_session(self._before)
