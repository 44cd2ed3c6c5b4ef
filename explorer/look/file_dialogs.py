"""Qt's own file dialogs, which people see where the desktop has none: columns that show what is in them."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QFileDialog, QHeaderView, QToolButton, QTreeView

from explorer.look.icons import icon

WIDTH, HEIGHT = 860, 480  # units: at least, where the screen has them (the style sheet sees to that)
_FITTED = "labkhand_fitted"
_ARROWS = {"backButton": "chevron-left", "forwardButton": "chevron-right", "toParentButton": "chevron-up"}


def fit_file_dialogs(app: QApplication) -> None:
    """See to each file dialog once it is in front, wherever it comes from."""
    app.focusWindowChanged.connect(_on_focus_window_changed)


def _on_focus_window_changed(_window: QWindow | None) -> None:
    for dialog in QApplication.topLevelWidgets():
        if isinstance(dialog, QFileDialog) and dialog.isVisible() and not dialog.property(_FITTED):
            dialog.setProperty(_FITTED, True)
            fit(dialog)


def fit(dialog: QFileDialog) -> None:
    """Make a dialog and its columns as wide as their texts, and its arrows those of the theme.

    A desktop's own dialog has none of these.
    """
    for name, arrow in _ARROWS.items():
        button = dialog.findChild(QToolButton, name)
        if button is not None:
            button.setIcon(icon(arrow))
    table = dialog.findChild(QTreeView, "treeView")
    if table is None:
        return
    room, place = dialog.screen().availableGeometry(), dialog.geometry()
    centre = place.center()
    place.setSize(QSize(min(WIDTH, room.width()), min(HEIGHT, room.height())).expandedTo(place.size()))
    place.moveCenter(centre)
    dialog.setGeometry(place)
    header = table.header()
    for column in range(1, header.count()):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(False)
    header.setMinimumSectionSize(40)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
