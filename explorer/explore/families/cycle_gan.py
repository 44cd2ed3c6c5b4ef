"""Explore's page for a CycleGAN: photos of one's own as ones of the other side, their face or the whole, and how strongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.families.cycle_gan.family import LETTERS, sides_in
from core.files import printable
from core.progress import Progress
from explorer.document.loading import LoadedModel
from explorer.explore.families.photo_page import LONGEST, PhotoPage, ToSave
from explorer.explore.families.photo_panel import FULL, PhotoPanel
from explorer.look.theme import SPACE
from explorer.messages import Messenger
from explorer.saving.ask_path import file_name
from explorer.saving.into_folder import Made
from explorer.widgets.segmented import Segmented

if TYPE_CHECKING:
    from core.data.photo import Photo
    from core.families.cycle_gan.photo import PhotoTranslation

MOST = 200  # percent
AREAS = ("auto", "face", "whole")  # of `core.families.cycle_gan.photo`, which loads torch
TOPIC = "translate"


@dataclass(frozen=True, slots=True, eq=False)
class TranslatedPhoto:
    """An opened photo with what a model makes of it.

    Attributes:
        model: that translated it.
        photo: at its own size.
        path: its file.
        to: the number of the side that it becomes.
        area: that was asked for, a number in AREAS.
        whole: gives pictures of the photo's own size.
        small: the same for what the canvas shows.
        before: that as it was, uint8 (h, w, 3).
        kept: what keeps the file, such as a folder of pasted pictures.
    """

    model: LoadedModel
    photo: Photo
    path: Path
    to: int
    area: int
    whole: PhotoTranslation
    small: PhotoTranslation
    before: np.ndarray
    kept: object = None


def translated_photo(model: LoadedModel, photo: Photo, path: Path, to: int, area: int, kept: object = None) -> TranslatedPhoto:
    """Let a model translate a photo. For a worker thread.

    Raises:
        DataError: no face was found where one is wanted, or the photo is smaller than the model's pictures.
    """
    from core.families.cycle_gan.photo import PhotoTranslation, Wanted  # noqa: PLC0415 - imports torch

    engine: Any = model.engine
    whole = PhotoTranslation(photo, path, engine, Wanted(LETTERS[to], AREAS[area]))
    small = photo.reduced(LONGEST)
    return TranslatedPhoto(model, photo, path, to, area, whole, whole.on(small), small.opaque, kept)


def translated_file(model: LoadedModel, path: Path, to: int, area: int, kept: object = None) -> TranslatedPhoto:
    """The same of a file. Raises DataError as above, and where the file is no picture."""
    from core.data.photo import open_photo  # noqa: PLC0415 - loads OpenCV

    return translated_photo(model, open_photo(path), path, to, area, kept)


class TranslatePanel(PhotoPanel):
    """The fields: into what, what of it, and how strongly."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_about(
            self.tr("Translate a photo"),
            self.tr(
                "The model sees the photo as small as its training pictures. What it changes there is put onto the photo at its "
                "full size; all else stays the photo's own."
            ),
        )
        self.set_tips(
            self.tr("A photo of one of the model's two sides; several at once, too ({keys})"),
            self.tr("Save the translated photo at its own size ({keys})"),
            self.tr("Translate all opened photos as is chosen here, and save them in a folder, as PNGs"),
        )
        self.to_choice = Segmented(LETTERS, self.tr("Turn into"), self)
        self.to_choice.set_choice(1)
        self.area_choice = Segmented(
            (self.tr("Automatic"), self.tr("Face"), self.tr("Whole")), self.tr("What of it is translated"), self
        )
        self.area_choice.set_tooltips(
            (
                self.tr("The face, if the model learned from faces and one is found; else the whole picture"),
                self.tr("The face alone: it is found by its eyes, and the change is put back into the photo"),
                self.tr("The whole picture, seen at the size of the training pictures: for styles, landscapes and the like"),
            )
        )
        self.strength, box = self.percents(
            MOST,
            self.tr("Strength"),
            self.tr(
                "<p>0 % is the photo as it was, 100 % what the model makes of it. More goes further the same way, and looks less "
                "and less like a photo. Default 100</p>"
            ),
        )
        rows = QGridLayout()
        rows.setSpacing(SPACE)
        start = Qt.AlignmentFlag.AlignLeading
        for number, (name, choice) in enumerate(((self.tr("Turn into"), self.to_choice), (self.tr("Area"), self.area_choice))):
            rows.addWidget(QLabel(name, self), number, 0)
            rows.addWidget(choice, number, 1, 1, 2, start)
        self.add_percents(rows, 2, self.strength, box)
        rows.setColumnStretch(1, 1)
        self.lay_out(rows)

    def name_sides(self, names: Sequence[str]) -> None:
        """Call the goals as a model's sides are called."""
        choice = max(0, self.to_choice.choice)
        self.to_choice.set_texts(names)
        self.to_choice.set_tooltips([self.tr("Turn the photo into one of {side}").format(side=name) for name in names])
        self.to_choice.set_choice(choice)


class TranslatePage(PhotoPage[TranslatedPhoto, TranslatedPhoto]):
    """The photo on a canvas, and beside it what it is turned into."""

    def __init__(self, messenger: Messenger, parent: QWidget | None = None) -> None:
        panel = TranslatePanel()
        super().__init__(messenger, panel, TOPIC, parent)
        self.panel = panel
        panel.strength.valueChanged.connect(self._redraw)
        for choice in (panel.to_choice, panel.area_choice):
            choice.choice_changed.connect(self._on_choice_changed)

    def _take_model(self, model: LoadedModel) -> None:
        self.panel.name_sides([printable(name) for name in sides_in(model.header.data)])
        if self._opened is not None and self._opened.model.generation != model.generation:
            self._translate_anew(self._opened)

    def _reader(self, model: LoadedModel, path: Path, kept: object) -> Callable[[], TranslatedPhoto]:
        return partial(translated_file, model, path, self.panel.to_choice.choice, self.panel.area_choice.choice, kept)

    def _take_file(self, asked: Path, file: TranslatedPhoto, left: Path | None) -> None:
        self._take_opened(file)

    def _redraw(self) -> None:
        opened = self._opened
        if opened is None:
            return
        is_face = opened.whole.area == AREAS[1]
        what = self.tr("Its face is translated.") if is_face else self.tr("The whole picture is translated.")
        self.panel.note.setText(opened.whole.note or what)
        strength = self.panel.strength.value() / FULL
        self._drawing.start("", lambda progress: opened.small.picture(strength), self._show_picture, "mix translated photo")

    def _offer(self, opened: TranslatedPhoto) -> ToSave:
        strength = self.panel.strength.value()

        def make(progress: Progress) -> np.ndarray:
            return opened.whole.picture(strength / FULL)

        return ToSave(make, _saved_name(opened), _recipe(opened, strength), opened.photo)

    def _maker(self, model: LoadedModel, opened: TranslatedPhoto) -> Callable[[Path, Progress], Made]:
        to, area, strength = opened.to, opened.area, self.panel.strength.value()

        def make(file: Path, progress: Progress) -> Made:
            one = translated_file(model, file, to, area)
            return Made(one.whole.picture(strength / FULL), _saved_name(one), _recipe(one, strength), one.photo)

        return make

    def _go_back(self) -> None:
        if self._opened is not None:  # what is shown is what was asked for before
            self.panel.area_choice.set_choice(self._opened.area)
            self.panel.to_choice.set_choice(self._opened.to)

    def _translate_anew(self, opened: TranslatedPhoto) -> None:
        """Let the model in use translate the opened photo as is chosen."""
        model, to, area = self._model, self.panel.to_choice.choice, self.panel.area_choice.choice
        if model is not None:
            text = self.tr("Translating {name}").format(name=opened.photo.name)
            make = partial(translated_photo, model, opened.photo, opened.path, to, area, opened.kept)
            self._make_anew(text, make, "translate photo anew")

    def _on_choice_changed(self) -> None:
        if self._opened is not None:
            self._translate_anew(self._opened)


def _saved_name(opened: TranslatedPhoto) -> str:
    return file_name(Path(opened.photo.name).stem, opened.whole.to)


def _recipe(opened: TranslatedPhoto, strength: int) -> dict[str, Any]:
    """What a saved picture says of how it was made."""
    from core.version import VERSION  # noqa: PLC0415

    where = {"to": opened.whole.to, "strength": float(strength), "area": opened.whole.area}
    return {"what": "translate", "program": VERSION, "checkpoint": opened.model.id, **where}


def page(messenger: Messenger, parent: QWidget) -> TranslatePage:
    """What Explore shows for models of this family in place of all else."""
    return TranslatePage(messenger, parent)
