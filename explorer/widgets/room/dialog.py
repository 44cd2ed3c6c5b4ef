"""Dialogs that fit any screen: where one needs more room than there is, all of it scrolls."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from explorer.widgets.room.page import ScrollPage
from explorer.widgets.room.screen import keep_on_screen, room_for


def let_scroll(dialog: QDialog) -> None:
    """Put all that a dialog shows onto a page that scrolls where the screen is too small; call it once its layout is complete."""
    layout = dialog.layout()
    assert layout is not None
    content = QWidget(dialog)
    content.setLayout(layout)  # takes it from the dialog, with all widgets in it
    page = ScrollPage(content, dialog, most=lambda: room_for(dialog))
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(page)
    page.lower()  # under messages that float above everything
    keep_on_screen(dialog)


def fitting_height(dialog: QDialog, width: int) -> int:
    """The height that a dialog's texts need at a width, or all that its screen has."""
    page = dialog.findChild(ScrollPage)
    assert page is not None
    layout = page.content.layout()
    assert layout is not None
    return min(layout.totalHeightForWidth(width), room_for(dialog).height())
