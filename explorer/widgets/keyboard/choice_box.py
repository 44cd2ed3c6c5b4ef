"""A list that folds open, and begins at what is chosen, also after it was left with Escape.

Qt's own begins at the entry that the keys had reached when it was left.
"""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from explorer.qt import override
from explorer.widgets.keyboard.wheel import WheelNeedsFocus


class ChoiceBox(WheelNeedsFocus, QComboBox):
    """A combo box of the window."""

    @override
    def showPopup(self) -> None:
        self.view().setCurrentIndex(self.model().index(self.currentIndex(), self.modelColumn(), self.rootModelIndex()))
        super().showPopup()
