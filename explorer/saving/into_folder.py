"""Pictures that are made and written one after another, into one folder, as PNGs; one that fails is left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import CoreError
from core.export.images import save_picture
from core.progress import Progress
from explorer.saving.ask_path import free_path, usual_folder
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LongWork

if TYPE_CHECKING:
    from core.data.photo import Photo

NAMED = 3  # pictures that a message names

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A picture to write.

    Attributes:
        pixels: uint8 (H, W, C).
        name: of its file, without the ending.
        recipe: how it was made.
        photo: whose colour profile, transparency and camera data belong to it; None: a model drew all of it.
    """

    pixels: np.ndarray
    name: str
    recipe: dict[str, Any]
    photo: Photo | None


@dataclass(frozen=True, slots=True, eq=False)
class Batch(Generic[T]):
    """What is to be written.

    Attributes:
        what: the work, for people.
        topic: of an error that ends it.
        orders: what to make a picture of, each.
        name: how an order is called, for people.
        make: makes the picture of an order, in a worker; may raise CoreError, and then that one is left out.
    """

    what: str
    topic: str
    orders: Sequence[T]
    name: Callable[[T], str]
    make: Callable[[T, Progress], Made]


@dataclass(frozen=True, slots=True, eq=False)
class Course(Generic[T]):
    """How it went.

    Attributes:
        written: the orders that are on the disk, and where.
        failures: those that couldn't be made or written, and why.
    """

    written: list[tuple[T, Path]] = field(default_factory=list)
    failures: list[tuple[T, CoreError]] = field(default_factory=list)


class IntoFolder(QObject):
    """Asks for the folder and writes pictures there; nothing there is overwritten.

    Args:
        work: runs it, and shows how far it is.
        window: over which it asks.
    """

    def __init__(self, settings: SettingsStore, work: LongWork, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._work = work
        self._window = window

    def ask(self, title: str, beside: Path | None) -> Path | None:
        """Ask for the folder; None if the person cancelled.

        Args:
            title: of the dialog.
            beside: the folder to propose, where files can be written there; else it is the last one.
        """
        can_write = beside is not None and os.access(beside, os.W_OK)
        proposed = beside if can_write else usual_folder(self._settings.value.last_save_folder)
        chosen = QFileDialog.getExistingDirectory(self._window, title, str(proposed))
        return Path(chosen) if chosen else None

    def write(
        self, batch: Batch[T], folder: Path, done: Callable[[Course[T]], None], unfinished: Callable[[Course[T]], None]
    ) -> None:
        """Make and write the pictures; `done` is called at the end, `unfinished` if it was cancelled before or failed."""
        settings = self._settings.value
        course: Course[T] = Course()
        keep = "none" if not settings.keep_camera else "all" if settings.keep_place else "camera"

        def write_one(order: T, say: Callable[[], None]) -> Path:
            made = batch.make(order, partial(_said, say))
            photo = made.photo
            path = free_path(folder, f"{made.name}.png")
            save_picture(
                path,
                made.pixels,
                made.recipe,
                icc=photo.icc if photo is not None else None,
                alpha=photo.alpha if photo is not None else None,
                exif=photo.camera.kept(keep) if photo is not None and photo.camera is not None else None,
                edited=True,
                mark=settings.mark_edits,
                watch=say,
            )
            return path

        def work(progress: Progress) -> None:
            for number, order in enumerate(batch.orders):
                text = self.tr("Saving {name}").format(name=batch.name(order))
                say = partial(progress, text, number, len(batch.orders))
                say()
                try:
                    course.written.append((order, write_one(order, say)))
                except CoreError as error:
                    course.failures.append((order, error))

        def ended(tell: Callable[[Course[T]], None]) -> None:
            if course.written:
                self._settings.update(last_save_folder=str(folder))
            tell(course)

        self._work.start(batch.what, work, lambda _result: ended(done), batch.topic, lambda _reason: ended(unfinished))


def _said(say: Callable[[], None], _what: str, _done: int, _total: int) -> None:
    """How far one picture is: only that it may be cancelled."""
    say()
