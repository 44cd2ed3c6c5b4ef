"""Saving what Explore shows: with descriptive names and recipes in the files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from core.export.images import captioned, grid, save_picture
from core.export.sheet_file import VECTOR, SheetFile
from core.latent.session import Session
from core.progress import Progress
from core.version import VERSION
from explorer.look.pixels import to_large_qimage
from explorer.messages import Messenger
from explorer.saving.ask_path import file_name, percent_in_name, show_in_folder
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip

if TYPE_CHECKING:
    from core.data.photo import Photo

Picture = np.ndarray | Callable[[Progress], np.ndarray]
"""uint8 (H, W, C), or a function that makes it in a worker, which may take a while."""


class Saver(QObject):
    """Asks where to save, writes off the window's thread, and tells where it was saved.

    Args:
        strip: gives where progress is shown.
    """

    def __init__(self, settings: SettingsStore, messenger: Messenger, strip: Callable[[], ProgressStrip], window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._messenger = messenger
        self._window = window
        self._chosen: dict[Path, Path] = {}  # where edits of the photos of a folder were saved last
        self.work = LongWork(strip, messenger, self)

    def ask_and_save(
        self,
        picture: Picture,
        name: str,
        recipe: dict[str, Any],
        photo: Photo | None = None,
        *,
        is_edit: bool = True,
        edited: bool = True,
        sheet: Callable[[Progress], SheetFile] | None = None,
        saved: Callable[[], None] | None = None,
        title: str = "",
    ) -> None:
        """Ask for name, folder and format, and write it.

        Args:
            picture: what to save.
            name: proposed, without an ending.
            recipe: how it was made; only PNG can store it.
            photo: whose colour profile, transparency and camera data belong to the picture.
            is_edit: it is one face with its edits, which the recipe can restore.
            edited: a model changed something in it, which the file says.
            sheet: makes the same as rows with a caption, so that PDF and SVG are offered, too.
            saved: is called once the picture is on the disk.
            title: of the dialog; "" = "Save the picture".
        """
        from explorer.saving.ask_picture import SavePicture  # noqa: PLC0415 - not needed for the first picture

        dialog = SavePicture(
            name,
            self._settings,
            self._window,
            camera=photo.camera if photo is not None else None,
            is_transparent=photo is not None and photo.alpha is not None,
            is_edit=is_edit,
            edited=edited,
            folder=self.proposed_folder(photo),
            vector=sheet is not None,
            title=title,
        )

        def on_accepted() -> None:
            if photo is not None and photo.folder is not None:
                self._chosen[photo.folder] = dialog.path.parent
            if sheet is not None and dialog.path.suffix in VECTOR:
                self.save_sheet(sheet, dialog.path)
                return
            kind = dialog.format
            self.save(picture, dialog.path, recipe, photo, keep=kind.keep, edited=edited, mark=kind.marks, saved=saved)

        dialog.accepted.connect(on_accepted)
        dialog.open()

    def proposed_folder(self, photo: Photo | None) -> Path | None:
        """The photo's own folder, or the one last chosen for its edits; None where it has none that can be written."""
        if photo is None or photo.folder is None or photo.folder.parent == Path(tempfile.gettempdir()):  # pasted pixels
            return None
        folder = self._chosen.get(photo.folder, photo.folder)
        return folder if os.path.isdir(folder) and os.access(folder, os.W_OK) else None

    def save(
        self,
        picture: Picture,
        path: Path,
        recipe: dict[str, Any],
        photo: Photo | None = None,
        *,
        keep: str = "none",
        edited: bool = True,
        mark: bool = False,
        saved: Callable[[], None] | None = None,
    ) -> None:
        """Write a picture, with a message; see `ask_and_save`.

        Args:
            keep: which of the photo's camera data to keep, one of `core.data.camera_data.KEEPS`.
            edited: as of `ask_and_save`.
            mark: it is also written into the picture's corner.
            saved: as of `ask_and_save`.
        """
        what = self.tr("Saving {name}").format(name=path.name)
        quality = self._settings.value.save_quality
        camera = photo.camera if photo is not None else None

        def work(progress: Progress) -> None:
            pixels = _made(picture, progress)
            save_picture(
                path,
                pixels,
                recipe,
                icc=photo.icc if photo is not None else None,
                alpha=photo.alpha if photo is not None else None,
                exif=camera.kept(keep) if camera is not None else None,
                quality=quality,
                edited=edited,
                mark=mark,
                watch=lambda: progress(what, 0, 0),
            )

        def done(_: None) -> None:
            self.on_saved(path)
            if saved is not None:
                saved()

        self.work.start(what, work, done, "save picture")

    def save_sheet(self, sheet: Callable[[Progress], SheetFile], path: Path) -> None:
        """Write rows of pictures with their caption as PDF or SVG, with a message."""

        def work(progress: Progress) -> None:
            sheet(progress).write(path)

        self.work.start(self.tr("Saving {name}").format(name=path.name), work, lambda _: self.on_saved(path), "save picture")

    def copy(self, picture: Picture, photo: Photo | None = None) -> None:
        """Put a picture on the clipboard, with its colour profile and transparency."""

        def work(progress: Progress) -> QImage:
            icc, alpha = (photo.icc, photo.alpha) if photo is not None else (None, None)
            return to_large_qimage(_made(picture, progress), alpha, icc)

        self.work.start(self.tr("Copying the picture"), work, self._on_copied, "copy picture")

    def on_saved(self, path: Path) -> None:
        """A file was written: remember the folder and say so."""
        self._settings.update(last_save_folder=str(path.parent))
        show = (self.tr("Show in folder"), lambda: show_in_folder(path))
        self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=show)

    def _on_copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        size = {"width": image.width(), "height": image.height()}
        self._messenger.success(self.tr("The picture is on the clipboard: {width} × {height} pixels.").format(**size))


def _made(picture: Picture, progress: Progress) -> np.ndarray:
    return picture(progress) if callable(picture) else picture


def picture_name(session: Session, shown_name: Callable[[str], str] = str, *, others: int = 0) -> str:
    """`astronaut-smile-60`, `astronaut-smile-minus-60`: the face and its moved directions, each as `shown_name` calls it.

    Args:
        session: the face.
        shown_name: what people see of a direction.
        others: how many other faces of the photo have edits, too. One face's percentages would say them of all then:
            `group-2-faces-edited`.
    """
    label = session.anchor.label if session.anchor else "face"
    parts = [Path(label).stem if session.anchor and session.anchor.kind in ("file", "data", "photo") else label]
    if others:
        edited = others + bool(session.edits)
        return file_name(*parts, "1 face" if edited == 1 else f"{edited} faces", "edited")
    parts += [f"{shown_name(edit.key)} {percent_in_name(edit.weight)}" for edit in session.edits if edit.kind == "direction"]
    if any(edit.kind != "direction" for edit in session.edits):
        parts.append("edited")
    return file_name(*parts)


def strip_name(session: Session, direction: str, percentages: list[float]) -> str:
    """`astronaut-smile-0-to-100-in-6-steps`, `astronaut-smile-minus-50-to-100-in-6-steps`."""
    steps = f"{percent_in_name(percentages[0])}-to-{percent_in_name(percentages[-1])}-in-{len(percentages)}-steps"
    return file_name(picture_name(session.without_edits()), direction, steps)


def strip_picture(images: Sequence[np.ndarray], labels: Sequence[str], caption: str = "") -> np.ndarray:
    """Pictures of one size side by side, each under its label, over a caption."""
    return captioned(grid([np.stack(images)]), caption, labels)


def session_recipe(session: Session, what: str) -> dict[str, Any]:
    """The recipe of a picture; it has the anchor's name, never its folder."""
    return {"what": what, "program": VERSION, "checkpoint": session.checkpoint_id, "session": session.to_dict()}
