"""The window's dialogs: settings, an edit for many pictures, sorting, teaching, what a model learns later, the help, about."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.checkpoint import SUFFIX
from core.data.sources import Kind, kind_of
from core.files import cannot_write
from core.latent.session import Edit
from explorer.document.decoding import DecodeService
from explorer.document.direction_keeper import DirectionKeeper
from explorer.document.document import Document
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, file_name
from explorer.settings.store import SettingsStore

if TYPE_CHECKING:
    from explorer.help.window import HelpWindow


class WindowDialogs(QObject):
    """Opens them beside the window, which stays usable.

    Signals:
        theme_chosen(str): "system", "light" or "dark", in the settings.
        model_changed(str): a model's file was changed and is to be opened again.
        labelled(str, str): SOURCE whose labels are other ones now, and the folder of pictures that was sorted, which is another
            one where it can't be written.
    """

    theme_chosen = Signal(str)
    model_changed = Signal(str)
    labelled = Signal(str, str)

    def __init__(self, document: Document, settings: SettingsStore, messenger: Messenger, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._messenger = messenger
        self._window = window

    def show_settings(self) -> None:
        """Appearance, the folder for runs, the picture cache."""
        from explorer.dialogs.settings import SettingsDialog  # noqa: PLC0415 - not needed for the first picture

        dialog = self._window.findChild(SettingsDialog)
        if dialog is None:
            dialog = SettingsDialog(self._settings, self._messenger, self._window)
            dialog.theme_chosen.connect(self.theme_chosen)
            self._document.data_changed.connect(dialog.refresh)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def show_apply_edit(self, edits: tuple[Edit, ...]) -> None:
        """One edit on many pictures; there is only one such dialog, and it goes on working while it is closed."""
        from explorer.saving.apply_edit import ApplyEdit  # noqa: PLC0415

        dialog = self._window.findChild(ApplyEdit)
        if dialog is None:
            dialog = ApplyEdit(self._document, self._settings, self._messenger, self._window)
        dialog.set_edits(edits)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def show_teach(self, decoding: DecodeService, keeper: DirectionKeeper) -> None:
        """Teach a direction by examples; it continues with the earlier marks."""
        from explorer.teach.dialog import TeachDialog  # noqa: PLC0415

        dialog = self._window.findChild(TeachDialog)
        if dialog is None:
            dialog = TeachDialog(self._document, decoding, self._messenger, keeper, self._window)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def show_sort(self) -> None:
        """Sort pictures into two classes: those of the folder in use, or of one that is asked for."""
        from explorer.label.dialog import LabelDialog  # noqa: PLC0415

        dialog = self._window.findChild(LabelDialog)
        if dialog is None:
            dialog = LabelDialog(self._settings, self._messenger, self._window)
            dialog.labelled.connect(self.labelled)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        data = self._document.data
        if data is not None and kind_of(data.config.source) is Kind.FOLDER:
            dialog.open_folder(data.config.source)
        else:
            dialog.choose_folder()

    def show_retouch(self) -> None:
        """Train what makes edits of photos sharper; it goes on working while it is closed."""
        from explorer.dialogs.retouch import RetouchDialog  # noqa: PLC0415

        dialog = self._window.findChild(RetouchDialog)
        if dialog is None:
            dialog = RetouchDialog(self._document, self._messenger, self._window)
            dialog.retouched.connect(self.model_changed)
            dialog.copy_requested.connect(self._on_copy_requested)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def show_prior(self, path: str = "") -> None:
        """Learn a prior for a run's model, by its file, or for the one in use; it goes on working while it is closed."""
        from explorer.dialogs.prior import PriorDialog  # noqa: PLC0415

        dialog = self._window.findChild(PriorDialog)
        if dialog is None:
            dialog = PriorDialog(self._document, self._messenger, self._window)
            dialog.learned.connect(self._on_prior_learned)
            dialog.copy_requested.connect(self._on_copy_requested)
        dialog.choose(path)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _on_prior_learned(self, path: str) -> None:
        """Open the model again if it is the one in use, so that its samples are drawn from there."""
        model = self._document.model
        if model is not None and Path(model.path) == Path(path):
            self.model_changed.emit(path)

    def _on_copy_requested(self) -> None:
        """Save a copy of the model in use where the person says, and open that."""
        model = self._document.model
        if model is None:
            return
        title, kinds = self.tr("Save a copy of the model"), self.tr("Models (*{suffix})").format(suffix=SUFFIX)
        path = ask_save_path(self._window, title, str(Path.home()), f"{file_name(model.name, 'copy')}{SUFFIX}", kinds)
        if path is not None:
            self.copy_model(path)

    def copy_model(self, path: Path) -> None:
        """Copy the model in use to a file and open that."""
        model = self._document.model
        if model is None:
            return
        try:
            shutil.copyfile(model.path, path)
        except OSError as error:
            self._messenger.report(cannot_write(path, error))
            return
        self.model_changed.emit(str(path))

    def show_about(self) -> None:
        """Show what the program is."""
        from explorer.dialogs.about import AboutDialog  # noqa: PLC0415

        dialog = AboutDialog(self._window)
        dialog.help_requested.connect(self.show_help)
        dialog.open()

    def show_help(self, anchor: str = "") -> None:
        """Show the page about the window's tabs, at a heading; the others are listed beside it."""
        self._help().show_page(anchor=anchor)

    def show_shortcuts(self) -> None:
        """Show a sheet of all keys."""
        self._help().show_shortcuts()

    def _help(self) -> HelpWindow:
        from explorer.help.window import HelpWindow  # noqa: PLC0415

        return self._window.findChild(HelpWindow) or HelpWindow(self._window.actions(), self._messenger, self._window)
