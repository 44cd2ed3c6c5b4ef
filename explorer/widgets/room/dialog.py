"""Dialogs that fit any screen: where one needs more room than there is, all of it scrolls."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QBoxLayout, QDialog, QVBoxLayout, QWidget

from explorer.widgets.room.page import ScrollPage
from explorer.widgets.room.screen import keep_on_screen, room_for


def let_scroll(dialog: QDialog) -> None:
    """Put what a dialog shows onto a page that scrolls where the screen is too small; call it once its layout is complete.

    The last row of its layout, which has the buttons, stays in sight below the page.
    """
    layout = dialog.layout()
    assert isinstance(layout, QBoxLayout)
    around, gap = layout.contentsMargins(), layout.spacing()
    last = layout.takeAt(layout.count() - 1)
    assert last is not None
    content = QWidget(dialog)
    content.setLayout(layout)  # takes it from the dialog, with all widgets in it
    layout.setContentsMargins(around.left(), around.top(), around.right(), 0)
    page = ScrollPage(content, dialog, most=lambda: room_for(dialog) - QSize(0, foot.sizeHint().height()))
    foot = QVBoxLayout()
    foot.setSpacing(gap)  # rows in it without a spacing of their own take it
    foot.setContentsMargins(around.left(), gap, around.right(), around.bottom())
    row, widget = last.layout(), last.widget()
    if row is not None:
        foot.addLayout(row)
    elif widget is not None:
        foot.addWidget(widget)
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.setSpacing(0)
    outer.addWidget(page, 1)
    outer.addLayout(foot)
    page.lower()  # under messages that float above everything
    keep_on_screen(dialog)


def fitting_height(dialog: QDialog, width: int) -> int:
    """The height that a dialog's texts need at a width, or all that its screen has."""
    page = dialog.findChild(ScrollPage)
    assert page is not None
    layout = page.content.layout()
    assert layout is not None
    outer = dialog.layout()
    foot = outer.itemAt(outer.count() - 1) if outer is not None else None
    assert foot is not None
    return min(layout.totalHeightForWidth(width) + foot.sizeHint().height(), room_for(dialog).height())
