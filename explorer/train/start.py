"""The choice of what a run starts from: nothing, the model in use, or a model in a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.checkpoint import SUFFIX
from explorer.widgets.keyboard.choice_box import ChoiceBox

_FILE = "?"  # data of the item that opens a file dialog


class StartChoice(ChoiceBox):
    """Offers models by name; the form applies the choice.

    Signals:
        start_chosen(str): a checkpoint's file, or "" for nothing; the shown choice changes only by `show_start`.
    """

    start_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._in_use = ("", "")  # path and name of the model in use
        self._start = ""
        self.activated.connect(self._on_activated)
        self._fill()

    def offer(self, path: str, name: str) -> None:
        """Offer the model in use; an empty path means that there is none."""
        self._in_use = (path, name)
        self._fill()

    def show_start(self, path: str) -> None:
        """Show what the next run starts from; "" is nothing."""
        self._start = path
        self._fill()

    def _fill(self) -> None:
        path, name = self._in_use
        with QSignalBlocker(self):
            self.clear()
            self.addItem(self.tr("Random weights"), "")
            if path:
                self.addItem(self.tr("{name} (in use)").format(name=name), path)
            if self._start and self._start != path:
                self.addItem(model_file_name(self._start), self._start)
            self.addItem(self.tr("A file…"), _FILE)
            for index in range(1, self.count() - 1):
                self.setItemData(index, self.itemData(index), Qt.ItemDataRole.ToolTipRole)
            self.setCurrentIndex(self.findData(self._start))

    def _on_activated(self, index: int) -> None:
        chosen = self.itemData(index)
        if chosen == _FILE:
            chosen = self._ask()
            if not chosen:
                self._fill()  # the file dialog was cancelled: show the earlier choice again
                return
        if chosen != self._start:
            self.start_chosen.emit(chosen)

    def _ask(self) -> str:
        folder = str(Path(self._start or self._in_use[0]).parent)
        kinds = self.tr("Labkhand models (*{s})").format(s=SUFFIX)
        chosen, _ = QFileDialog.getOpenFileName(self.window(), self.tr("Start from a model"), folder, kinds)
        return chosen


def model_file_name(path: str) -> str:
    """A checkpoint's name for people: that of its run, or of its file."""
    file = Path(path)
    is_of_run = file.parent.name == "checkpoints" and file.stem in ("best", "last")
    return file.parent.parent.name if is_of_run else file.stem
