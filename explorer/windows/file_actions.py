"""Opening and saving by way of a file dialog."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.checkpoint import SUFFIX
from explorer.document import Document
from explorer.messages import Messenger
from explorer.panels.explore import ExplorePanel
from explorer.panels.explore_faces import PICTURE_FILTER
from explorer.saving import Saver, picture_name, session_recipe, strip_name, strip_picture
from explorer.settings_store import SettingsStore

if TYPE_CHECKING:
    from core.data.photo import Photo


class FileActions(QObject):
    """What the window's actions do with files.

    Args:
        explore: gives the Explore panel, whose face and strip are saved.
    """

    model_chosen = Signal(str)
    picture_chosen = Signal(str)

    def __init__(
        self,
        document: Document,
        settings: SettingsStore,
        messenger: Messenger,
        explore: Callable[[], ExplorePanel],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._messenger = messenger
        self._explore = explore
        self._window = window
        self._saver = Saver(settings, messenger, window)

    def open_model(self) -> None:
        """Ask for a checkpoint's file."""
        chosen = self._ask(self.tr("Open a model"), self.tr("Labkhand models (*{s})").format(s=SUFFIX))
        if chosen:
            self.model_chosen.emit(chosen)

    def open_picture(self) -> None:
        """Ask for a picture to edit."""
        chosen = self._ask(self.tr("Open a picture"), self.tr("Pictures ({patterns})").format(patterns=PICTURE_FILTER))
        if chosen:
            self.picture_chosen.emit(chosen)

    def save_picture(self) -> None:
        """Save the face on the canvas; a photo whole and at its own size."""
        picture, session = self._explore().picture, self._document.session
        if picture is None:
            self._messenger.info(self.tr("There is no face to save yet."))
            return
        full = self._full_size()
        recipe = session_recipe(session, "edit")
        if full is None:
            self._saver.ask_and_save(picture, picture_name(session), recipe)
        else:
            photo, make = full
            self._saver.ask_and_save(make, picture_name(session), recipe, icc=photo.icc, alpha=photo.alpha)

    def _full_size(self) -> tuple[Photo, Callable[[], np.ndarray]] | None:
        """The session's photo and what makes the edited one, off the window's thread; None for other faces."""
        document, session, model = self._document, self._document.session, self._document.model
        opened, code = document.photo(session.anchor), document.edited_code()
        if opened is None or model is None or code is None or session.anchor is None:
            return None
        from explorer.photos import full_size  # noqa: PLC0415 - was loaded when the photo was opened

        return opened.photo, partial(full_size, opened, session.anchor, model, code)

    def save_strip(self) -> None:
        """Save the strip with its percentages."""
        strip, session = self._explore().strip, self._document.session
        images = [image for image in strip.view.images if image is not None]
        direction = self._document.main_direction
        if direction is None or len(images) != len(strip.percentages):
            self._messenger.info(self.tr("There is no strip to save yet."))
            return
        recipe = session_recipe(session, "strip") | {"direction": direction.name, "percentages": strip.percentages}
        name = strip_name(session, direction.name, strip.percentages)
        self._saver.ask_and_save(strip_picture(images, strip.labels), name, recipe)

    def copy_picture(self) -> None:
        """Copy the face on the canvas; a photo whole and at its own size."""
        picture, full = self._explore().picture, self._full_size()
        if picture is not None:
            self._saver.copy(picture if full is None else full[1])

    def _ask(self, title: str, kinds: str) -> str:
        """A file that is there, or ""; the folder is remembered."""
        chosen, _ = QFileDialog.getOpenFileName(self._window, title, self._settings.value.last_open_folder, kinds)
        if chosen:
            self._settings.update(last_open_folder=str(Path(chosen).parent))
        return chosen
