"""Opening and saving by way of a file dialog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.checkpoint import SUFFIX
from core.progress import Progress
from explorer.document.document import Document
from explorer.document.saved_edits import OTHERS
from explorer.explore.drops import dropped
from explorer.explore.faces.column import PICTURE_FILTER
from explorer.explore.families.photo_page import PhotoPage
from explorer.explore.tab import ExplorePanel
from explorer.messages import Messenger
from explorer.saving.ask_path import file_name, usual_folder
from explorer.saving.films import Exporter
from explorer.saving.pictures import Picture, Saver, picture_name, session_recipe
from explorer.saving.save_all import SaveAll
from explorer.saving.save_many import SaveMany
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task
from explorer.windows.clipboard import picture_in, written

if TYPE_CHECKING:
    from core.data.photo import Photo


class FileActions(QObject):
    """What the window's actions do with files.

    Args:
        explore: gives the Explore panel, whose face and strip are saved.
    """

    model_chosen = Signal(str)
    pictures_chosen = Signal(list)
    """Paths of picture files."""
    picture_pasted = Signal(str, object)
    """A file to edit, and an object that keeps it on the disk until it is read."""

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
        self._saver = Saver(settings, messenger, lambda: explore().exporting, window)
        self._all_saver = SaveAll(document, settings, messenger, self._saver.work, window)
        self._many_saver = SaveMany(settings, messenger, self._saver.work, window)
        self.exporter = Exporter(document, settings, messenger, self._saver, lambda: explore().shows_photo, window)

    def open_model(self) -> None:
        """Ask for a checkpoint's file."""
        chosen = self._ask(self.tr("Open a model"), self.tr("Labkhand models (*{s})").format(s=SUFFIX))
        if chosen:
            self.model_chosen.emit(chosen)

    def open_picture(self) -> None:
        """Ask for pictures to edit."""
        kinds = self.tr("Pictures ({patterns})").format(patterns=PICTURE_FILTER)
        folder = str(usual_folder(self._settings.value.last_open_folder))
        chosen, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Open pictures"), folder, kinds)
        if chosen:
            self._settings.update(last_open_folder=str(Path(chosen[0]).parent))
            self.pictures_chosen.emit(chosen)

    def paste_photo(self) -> None:
        """Edit the picture on the clipboard, like one that is opened."""
        copied = dropped(QGuiApplication.clipboard().mimeData()).pictures
        if len(copied) > 1:
            self.pictures_chosen.emit(list(copied))
            return
        pasted = picture_in(QGuiApplication.clipboard().mimeData())
        if pasted is None:
            self._messenger.info(self.tr("There is no picture on the clipboard. Copy one, or a picture's file, and paste again."))
            return
        name = self.tr("Pasted picture")
        run_task(
            self,
            lambda progress: written(pasted, name),
            done=lambda file_and_folder: self.picture_pasted.emit(*file_and_folder),
            failed=self._messenger.report,
            name="paste",
        )

    def save_picture(self) -> None:
        """Save the face on the canvas; a photo whole and at its own size."""
        page = self._explore().page
        if page is not None:
            self._save_page(page)
            return
        picture, session = self._explore().picture, self._document.session
        if self.exporter.awaits_photo():
            return
        if picture is None:
            self._messenger.info(self.tr("There is no picture to save yet."))
            return
        photo, to_save = self._full_size() or (None, picture)
        others = self._document.other_faces
        edited = photo is None or bool(session.edits or others)  # a photo without edits is unchanged
        recipe = session_recipe(session, "edit")
        if others:
            recipe[OTHERS] = [other.to_dict() for other in others]
        anchor, document = session.anchor, self._document
        edits = document.picture_edits(anchor) if anchor is not None else frozenset()

        is_drawing = photo is None and document.shown_photo is not None  # of a photo's face, as Model's view shows it

        def saved() -> None:
            if anchor is not None and not is_drawing:
                document.note_saved(anchor, edits)

        name = picture_name(session, document.shown_name, others=len(others))
        title = self.tr("Save the whole photo") if photo is not None else ""  # whatever part of it is on the canvas
        if is_drawing:
            name = file_name(name, "as drawn")
            title = self.tr("Save the face as the model draws it, not the photo")
        self._saver.ask_and_save(to_save, name, recipe, photo, edited=edited, saved=saved, title=title)

    def _save_page(self, page: PhotoPage[Any, Any]) -> None:
        """Save what a page of a model without codes shows."""
        ready = page.to_save()
        if ready is None:
            self._messenger.info(self.tr("There is no picture to save yet."))
        else:
            self._saver.ask_and_save(ready.picture, ready.name, ready.recipe, ready.photo, is_edit=False)

    def save_many(self) -> None:
        """Save all photos that a page of a model without codes has open."""
        page = self._explore().page
        many = page.to_save_many() if page is not None else None
        if many is not None:
            self._many_saver.ask_and_save(many)

    def save_all(self, then: Callable[[], None]) -> None:
        """Save all opened pictures whose edits are in no file; `then` is called once all are on the disk."""
        self._all_saver.ask_and_save(then)

    def copy_picture(self) -> None:
        """Copy the face on the canvas; a photo whole and at its own size."""
        page = self._explore().page
        if page is not None and (ready := page.to_save()) is not None:
            self._saver.copy(ready.picture, ready.photo)
            return
        picture = self._explore().picture if page is None else None
        if self.exporter.awaits_photo():
            return
        if picture is None:
            self._messenger.info(self.tr("There is no picture to copy yet."))
            return
        photo, to_copy = self._full_size() or (None, picture)
        self._saver.copy(to_copy, photo)

    def save_strip(self) -> None:
        """Save the strip with its percentages."""
        strip = self._explore().strip
        self.exporter.save_strip(strip.percentages, strip.labels)

    def _full_size(self) -> tuple[Photo, Picture] | None:
        """The session's photo and a function that makes the edited one, off the window's thread; None where no photo is shown."""
        document, session, model = self._document, self._document.session, self._document.model
        opened, code = document.shown_photo, document.edited_code()
        if opened is None or model is None or code is None or session.anchor is None or not self._explore().shows_photo:
            return None
        anchor, what = session.anchor, self.tr("Putting the edit onto the photo")

        def make(progress: Progress) -> np.ndarray:
            from explorer.document.photos import full_size  # noqa: PLC0415 - was loaded when the photo was opened

            progress(what, 0, 0)
            return full_size(opened, anchor, model, code)

        return opened.photo, make

    def _ask(self, title: str, kinds: str) -> str:
        """Ask for an existing file; "" if cancelled; the folder is remembered."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, title, self._settings.value.last_open_folder or str(Path.home()), kinds
        )
        if chosen:
            self._settings.update(last_open_folder=str(Path(chosen).parent))
        return chosen
