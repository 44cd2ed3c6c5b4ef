"""Questions in a box: their buttons keep their whole texts."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox


def keep_buttons_whole(box: QMessageBox) -> None:
    """Let no button be narrower than its text: the box is as wide as its sentences, and would squeeze three of them."""
    for button in box.buttons():
        button.setMinimumWidth(button.sizeHint().width())
