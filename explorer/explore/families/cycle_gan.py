"""Explore's page for a CycleGAN: a photo of one's own as one of the other side, its face or the whole, and how strongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSlider, QToolButton, QVBoxLayout, QWidget

from core.families.cycle_gan.family import LETTERS, sides_in
from core.files import printable
from core.progress import Progress
from core.wording import sides
from explorer.actions import with_keys
from explorer.document.loading import LoadedModel
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, section_font
from explorer.messages import Messenger
from explorer.saving.ask_path import file_name
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.long_work import LatestWork
from explorer.widgets.number_box import WholeBox
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

if TYPE_CHECKING:
    from core.data.photo import Photo
    from core.families.cycle_gan.photo import PhotoTranslation

FULL, MOST = 100, 200  # percent
AREAS = ("auto", "face", "whole")  # of `core.families.cycle_gan.photo`, which loads torch
LONGEST = 1600  # pixels of the longer side of what the canvas shows
WIDTH = 320
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


@dataclass(frozen=True, slots=True)
class ToSave:
    """What a page offers to be saved: a picture that is made in a worker, its name and recipe, and the photo that it is of."""

    picture: Callable[[Progress], np.ndarray]
    name: str
    recipe: dict[str, Any]
    photo: Photo


def translated_photo(model: LoadedModel, photo: Photo, path: Path, to: int, area: int, kept: object = None) -> TranslatedPhoto:
    """Let a model translate a photo. For a worker thread.

    Raises:
        DataError: no face was found where one is wanted, or the photo is smaller than the model's pictures.
    """
    import cv2  # noqa: PLC0415 - loads OpenCV

    from core.data.photo import Photo  # noqa: PLC0415
    from core.families.cycle_gan.photo import PhotoTranslation, Wanted  # noqa: PLC0415 - imports torch

    engine: Any = model.engine
    whole = PhotoTranslation(photo, path, engine, Wanted(LETTERS[to], AREAS[area]))
    height, width = photo.pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    small = photo
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = Photo(photo.name, cv2.resize(photo.opaque, size, interpolation=cv2.INTER_AREA))
    return TranslatedPhoto(model, photo, path, to, area, whole, whole.on(small), small.opaque, kept)


class TranslatePage(QWidget):
    """The photo on a canvas, before and after, and beside it what is done to it."""

    open_requested = Signal()
    """The person wants to open a photo."""
    save_requested = Signal()

    def __init__(self, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._model: LoadedModel | None = None
        self._opened: TranslatedPhoto | None = None
        self._shown: np.ndarray | None = None
        self._waiting: tuple[tuple[str, ...], object] | None = None  # photos to open once there is a model
        self.canvas = FaceCanvas(self)
        self._progress = ProgressStrip(self, slim=True)
        unseen = ProgressStrip(self, slim=True)  # a step of the slider takes a tenth of a second
        unseen.setMaximumHeight(0)
        self._opening = LatestWork(self._progress, self._on_failed, self)
        self._mixing = LatestWork(unseen, self._on_failed, self)
        self._caption = QLabel(self)
        self._caption.setProperty("muted", True)
        self.before = self._tool("before", self.tr("Before"), with_keys(self.tr("Show the photo as it was ({keys})"), "before"))
        self.split = self._tool(
            "before-after",
            self.tr("Split"),
            with_keys(self.tr("Before and after on both sides of a divider that can be dragged ({keys})"), "split"),
        )
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(self._caption, 1)
        below.addWidget(self.before)
        below.addWidget(self.split)
        middle = QVBoxLayout()
        middle.setSpacing(SPACE)
        middle.addWidget(self.canvas, 1)
        middle.addLayout(below)
        middle.addWidget(self._progress)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addLayout(middle, 1)
        layout.addWidget(self._build_panel())
        self.before.toggled.connect(self.canvas.keep_before)
        self.split.toggled.connect(self.canvas.set_split)
        self._show()

    @property
    def photo(self) -> Photo | None:
        """The opened photo."""
        return self._opened.photo if self._opened is not None else None

    @property
    def picture(self) -> np.ndarray | None:
        """What the canvas shows, uint8 (h, w, 3)."""
        return self._shown

    @property
    def is_busy(self) -> bool:
        """Whether a photo is being opened or translated."""
        return self._opening.is_busy or self._mixing.is_busy

    def set_model(self, model: LoadedModel | None) -> None:
        """Translate with another model; None while one of another family is in use: the photo stays for when this one is back."""
        self._model = model
        self._opening.forget()
        if model is not None:
            self._name_sides(model)
            if self._opened is not None and self._opened.model.generation != model.generation:
                self._translate_anew(self._opened)
        self._show()
        if model is not None and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.open_files(*waiting)

    def open_files(self, paths: Sequence[str], kept: object = None) -> None:
        """Open a photo, the first of these; a reference to `kept` keeps its file while it may be read."""
        if not paths:
            return
        if self._model is None:  # it comes in a moment
            self._waiting = (tuple(paths), kept)
            return
        if len(paths) > 1:
            self._messenger.info(
                self.tr("One photo at a time is translated here. Many are translated by the command: {command}").format(
                    command=f"main.py translate --checkpoint {self._model.path} --input FOLDER --out DIR"
                )
            )
        model, path, to, area = self._model, Path(paths[0]), self.to_choice.choice, self.area_choice.choice

        def work(progress: Progress) -> TranslatedPhoto:
            from core.data.photo import open_photo  # noqa: PLC0415 - loads OpenCV

            return translated_photo(model, open_photo(path), path, to, area, kept)

        self._messenger.settle(TOPIC)
        self._opening.start(self.tr("Opening {name}").format(name=path.name), work, self._on_opened, "open photo to translate")

    def toggle_before(self) -> None:
        """Show the photo as it was, or no longer."""
        if self.before.isEnabled():
            self.before.toggle()

    def to_save(self) -> ToSave | None:
        """The translated photo at its own size; None without one."""
        opened = self._opened
        if opened is None or self._model is None or opened.model.generation != self._model.generation:
            return None
        strength = self.strength.value()

        def make(progress: Progress) -> np.ndarray:
            return opened.whole.picture(strength / 100.0)

        from core.version import VERSION  # noqa: PLC0415

        where = {"to": opened.whole.to, "strength": float(strength), "area": opened.whole.area}
        recipe = {"what": "translate", "program": VERSION, "checkpoint": opened.model.id, **where}
        return ToSave(make, file_name(Path(opened.photo.name).stem, opened.whole.to), recipe, opened.photo)

    # -- building

    def _build_panel(self) -> QWidget:
        panel = QWidget(self)
        panel.setFixedWidth(WIDTH)
        title = QLabel(self.tr("Translate a photo"), panel)
        title.setFont(section_font())
        about = QLabel(
            self.tr(
                "The model sees the photo as small as its training pictures. What it changes there is put onto the photo at its "
                "full size; all else stays the photo's own."
            ),
            panel,
        )
        about.setWordWrap(True)
        about.setProperty("muted", True)
        self.open_button = QPushButton(icon("photo"), self.tr("Open a photo…"), panel)
        self.open_button.setToolTip(with_keys(self.tr("A photo of one of the model's two sides ({keys})"), "open_photo"))
        self.to_choice = Segmented(LETTERS, self.tr("Turn into"), panel)
        self.to_choice.set_choice(1)
        self.area_choice = Segmented(
            (self.tr("Automatic"), self.tr("Face"), self.tr("Whole")), self.tr("What of it is translated"), panel
        )
        self.area_choice.set_tooltips(
            (
                self.tr("The face, if the model learned from faces and one is found; else the whole picture"),
                self.tr("The face alone: it is found by its eyes, and the change is put back into the photo"),
                self.tr("The whole picture, seen at the size of the training pictures: for styles, landscapes and the like"),
            )
        )
        self.strength, box = self._slider()
        self.note = QLabel(panel)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.save_button = QPushButton(icon("save"), self.tr("Save…"), panel)
        self.save_button.setToolTip(with_keys(self.tr("Save the translated photo at its own size ({keys})"), "save_picture"))
        rows = QGridLayout()
        rows.setSpacing(SPACE)
        start = Qt.AlignmentFlag.AlignLeading
        for number, (name, choice) in enumerate(((self.tr("Turn into"), self.to_choice), (self.tr("Area"), self.area_choice))):
            rows.addWidget(QLabel(name, panel), number, 0)
            rows.addWidget(choice, number, 1, 1, 2, start)
        label = QLabel(self.tr("Strength"), panel)
        label.setBuddy(box)
        rows.addWidget(label, 2, 0)
        rows.addWidget(self.strength, 2, 1)
        rows.addWidget(box, 2, 2)
        rows.setColumnStretch(1, 1)
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(title)
        layout.addWidget(about)
        layout.addWidget(self.open_button)
        layout.addLayout(rows)
        layout.addWidget(self.note)
        layout.addWidget(self.save_button)
        layout.addStretch(1)
        self.open_button.clicked.connect(self.open_requested)
        self.save_button.clicked.connect(self.save_requested)
        self.strength.valueChanged.connect(self._mix)
        for choice in (self.to_choice, self.area_choice):
            choice.choice_changed.connect(self._on_choice_changed)
        return panel

    def _slider(self) -> tuple[QSlider, WholeBox]:
        slider, box = QSlider(Qt.Orientation.Horizontal, self), WholeBox(self)
        tip = self.tr(
            "<p>0 % is the photo as it was, 100 % what the model makes of it. More goes further the same way, and looks less and "
            "less like a photo. Default 100</p>"
        )
        for field in (slider, box):
            field.setRange(0, MOST)
            field.setValue(FULL)
            field.setAccessibleName(self.tr("Strength"))
            field.setToolTip(tip)
        slider.setPageStep(10)
        box.setSuffix(" %")
        inset_text(box)
        slider.valueChanged.connect(box.setValue)
        box.valueChanged.connect(slider.setValue)
        return slider, box

    def _tool(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setAutoRaise(True)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    # -- showing

    def _name_sides(self, model: LoadedModel) -> None:
        """Call the goals as the model's sides are called."""
        choice = max(0, self.to_choice.choice)
        names = [printable(name) for name in sides_in(model.header.data)]
        self.to_choice.set_texts(names)
        self.to_choice.set_tooltips([self.tr("Turn the photo into one of {side}").format(side=name) for name in names])
        self.to_choice.set_choice(choice)

    def _show(self) -> None:
        """Show what there is, and what can be done with it."""
        opened = self._opened
        for widget in (self.before, self.split, self.save_button):
            widget.setEnabled(opened is not None)
        if opened is None:
            self.canvas.set_placeholder(self.tr("Open a photo, drop it here, or paste it"))
            self._caption.setText("")
            self.note.setText("")
            return
        height, width = opened.photo.pixels.shape[:2]
        self._caption.setText(self.tr("{name}, {size} pixels").format(name=opened.photo.name, size=sides(width, height)))
        is_face = opened.whole.area == AREAS[1]
        what = self.tr("Its face is translated.") if is_face else self.tr("The whole picture is translated.")
        self.note.setText(opened.whole.note or what)

    def _translate_anew(self, opened: TranslatedPhoto) -> None:
        """Let the model in use translate the opened photo as is chosen."""
        model, to, area = self._model, self.to_choice.choice, self.area_choice.choice
        if model is None:
            return
        self._messenger.settle(TOPIC)
        self._opening.start(
            self.tr("Translating {name}").format(name=opened.photo.name),
            lambda progress: translated_photo(model, opened.photo, opened.path, to, area, opened.kept),
            self._on_opened,
            "translate photo anew",
        )

    def _mix(self) -> None:
        """Show the photo with the strength that is chosen."""
        opened = self._opened
        if opened is not None:
            strength = self.strength.value() / 100.0
            self._mixing.start("", lambda progress: opened.small.picture(strength), self._on_mixed, "mix translated photo")

    def _on_opened(self, opened: TranslatedPhoto) -> None:
        is_other = self._opened is None or self._opened.photo is not opened.photo
        self._opened = opened
        height, width = opened.photo.pixels.shape[:2]
        self.canvas.set_before(opened.before, (width, height))
        if is_other:
            self.before.setChecked(False)
            self.canvas.fit()
        self._mix()
        self._show()

    def _on_mixed(self, picture: np.ndarray) -> None:
        assert self._opened is not None
        height, width = self._opened.photo.pixels.shape[:2]
        self._shown = picture
        self.canvas.set_image(picture, object(), (width, height))

    def _on_choice_changed(self) -> None:
        if self._opened is not None:
            self._translate_anew(self._opened)

    def _on_failed(self, error: BaseException) -> None:
        if self._opened is not None:  # what is shown is what was asked for before
            self.area_choice.set_choice(self._opened.area)
            self.to_choice.set_choice(self._opened.to)
        self._messenger.report(error, TOPIC)


def page(messenger: Messenger, parent: QWidget) -> TranslatePage:
    """What Explore shows for models of this family in place of all else."""
    return TranslatePage(messenger, parent)
