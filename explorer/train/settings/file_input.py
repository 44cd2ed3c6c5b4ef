"""The input of a setting that names a file: a button with the file's name, and one that takes it out again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QToolButton, QWidget

from core.files import printable
from explorer.look.icons import icon
from explorer.saving.ask_path import usual_folder


class FileInput(QWidget):
    """A path, or none.

    Args:
        patterns: names of such files, "*.pt *.pth".
        title: of the dialog, and of the button for screen readers.
        changed: called with the path that the person chose, "" for none.
        parent: Qt's owner.
    """

    def __init__(self, patterns: str, title: str, changed: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._patterns, self._title, self._changed = patterns, title, changed
        self._path = ""
        self.choose = QPushButton(self)
        self.choose.setAccessibleName(title)
        self.take_out = QToolButton(self)
        self.take_out.setIcon(icon("close"))
        self.take_out.setAutoRaise(True)
        self.take_out.setToolTip(self.tr("Without a file"))
        self.take_out.setAccessibleName(self.tr("Without a file"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.choose, 1)
        layout.addWidget(self.take_out)
        self.setFocusProxy(self.choose)
        self.choose.clicked.connect(lambda _checked=False: self._ask())
        self.take_out.clicked.connect(lambda _checked=False: self._take(""))
        self.show_path("")

    @property
    def path(self) -> str:
        """The file; "" for none."""
        return self._path

    def show_path(self, path: str) -> None:
        """Show a path; says nothing."""
        self._path = path
        name = printable(Path(path).name)
        room = self.fontMetrics().averageCharWidth() * 15
        self.choose.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room) if path else self.tr("Choose…"))
        self.take_out.setVisible(bool(path))

    def _ask(self) -> None:
        kinds = f"{self._title} ({self._patterns})"
        folder = Path(self._path).parent if self._path else usual_folder("")
        chosen, _ = QFileDialog.getOpenFileName(self, self._title, str(folder), kinds)
        if chosen:
            self._take(chosen)

    def _take(self, path: str) -> None:
        self.show_path(path)
        self._changed(path)
