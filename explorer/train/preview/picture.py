"""Saving what a preview shows as a picture: as PNG, PDF or SVG with its caption, or on the clipboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMenu, QWidget

from core.export.sheet_file import SheetFile
from core.progress import Progress
from explorer.look.pixels import to_array, to_large_qimage
from explorer.saving.ask_path import ask_save_path
from explorer.saving.save_options import SaveChoices
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task
from explorer.train.preview.shelf import Sheet


def sheet_file(sheet: Sheet, rows: tuple[str, ...], caption: str) -> SheetFile:
    """Some rows of a sheet with a caption, to be written."""
    pictures = dict(zip(sheet.names, sheet.rows, strict=True))
    return SheetFile([np.stack([to_array(image) for image in pictures[row]]) for row in rows if row in pictures], caption)


class PictureSaver(QObject):
    """Writes or copies sheets off the window's thread.

    Args:
        settings: hold the width in print, whether there is a caption, and the last folder.
        parent: of the dialog.

    Attributes:
        options: a menu of the choices.

    Signals:
        saved(Path): a picture is written.
        copied(QSize): a picture of so many pixels is on the clipboard.
        failed(Exception): it couldn't be done.
    """

    saved = Signal(object)
    copied = Signal(object)
    failed = Signal(object)

    def __init__(self, settings: SettingsStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._settings = settings
        self.options = QMenu(self.tr("How a picture is saved"), parent)
        self.choices = SaveChoices(settings, self.options)

    def ask(self, sheet: SheetFile, recipe: dict[str, Any], name: str) -> None:
        """Ask for the file and write it.

        Args:
            sheet: the pictures and their caption.
            recipe: how they came to be, for a PNG.
            name: proposed, without its ending.
        """
        kinds = ";;".join((self.tr("PNG picture (*.png)"), self.tr("PDF document (*.pdf)"), self.tr("SVG drawing (*.svg)")))
        folder = self._settings.value.last_save_folder
        path = ask_save_path(self._window, self.tr("Save the picture"), folder, f"{name}.png", kinds)
        if path is not None:
            self.save(path, sheet, recipe)

    def save(self, path: Path, sheet: SheetFile, recipe: dict[str, Any]) -> None:
        """Write it as the file's ending says."""
        sheet, width = self._as_chosen(sheet), self.choices.width_in_print

        def work(progress: Progress) -> Path:
            sheet.write(path, recipe, width)
            return path

        run_task(self, work, done=self._on_saved, failed=self.failed.emit, name="save preview")

    def copy(self, sheet: SheetFile) -> None:
        """Put it on the clipboard as it would be saved as a PNG."""
        sheet, width = self._as_chosen(sheet), self.choices.width_in_print

        def work(progress: Progress) -> QImage:
            return to_large_qimage(sheet.pixels(width))

        run_task(self, work, done=self._on_copied, failed=self.failed.emit, name="copy preview")

    def _as_chosen(self, sheet: SheetFile) -> SheetFile:
        return sheet if self.choices.with_caption else replace(sheet, caption="")

    def _on_saved(self, path: Path) -> None:
        self._settings.update(last_save_folder=str(path.parent))
        self.saved.emit(path)

    def _on_copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.copied.emit(image.size())
