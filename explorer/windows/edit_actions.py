"""What can be done with an edit as a whole: copied, pasted, put onto many pictures, and saved in other ways."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.latent.session import Edit
from explorer.document.document import Document
from explorer.document.edit_copies import EditCopies
from explorer.messages import Messenger

_MENU = ("save_before_after", "save_film", "copy_picture", "", "copy_edit", "paste_edit", "apply_edit")
_NEED_EDITS = ("copy_edit", "save_before_after", "save_film")


class EditActions(QObject):
    """Keeps the copied edit, and enables the actions that make sense.

    Args:
        show_batch: opens the dialog that puts edits onto pictures.
    """

    def __init__(
        self, document: Document, messenger: Messenger, show_batch: Callable[[tuple[Edit, ...]], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._show_batch = show_batch
        self.copies = EditCopies(document, messenger, self)

    def apply(self) -> None:
        """The copied edit, or else the present one, on many pictures."""
        edits = self.copies.to_apply()
        if edits:
            self._show_batch(edits)

    def update(self, actions: dict[str, QAction], sees_edits: bool) -> None:
        """Disable actions that have nothing to work on; `sees_edits`: Explore shows any, be it another face's."""
        has_edits, has_copy = bool(self._document.session.edits), self.copies.copied is not None
        for name in _NEED_EDITS:
            actions[name].setEnabled(has_edits)
        actions["reset"].setEnabled(sees_edits)
        actions["paste_edit"].setEnabled(has_copy)
        actions["apply_edit"].setEnabled(has_edits or has_copy)

    @staticmethod
    def menu(actions: dict[str, QAction], parent: QWidget) -> QMenu:
        """The menu beside Explore's buttons that save."""
        menu = QMenu(parent)
        for name in _MENU:
            if name:
                menu.addAction(actions[name])
            else:
                menu.addSeparator()
        return menu
