"""Explore's page for a colouriser: a photo of one's own, its colours by the model, how strong and how saturated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSlider, QToolButton, QVBoxLayout, QWidget

from core.progress import Progress
from core.wording import percent, sides
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
    from core.families.colouriser.photo import Coloured, PhotoColours

FULL, MOST_SATURATION = 100, 300  # percent
SEEN = (1, 2, 4)  # times as large as the model's pictures
LONGEST = 1600  # pixels of the longer side of what the canvas shows
WIDTH = 320
TOPIC = "colourise"


@dataclass(frozen=True, slots=True, eq=False)
class ColouredPhoto:
    """An opened photo with the colours that a model gives it, n times as large as the model's pictures.

    Attributes:
        model: that gave them.
        photo: at its own size.
        seen: n.
        whole: gives pictures of the photo's own size.
        small: the same for what the canvas shows.
        before: that without the model's colours, uint8 (h, w, 3).
        kept: what keeps the file, such as a folder of pasted pictures.
    """

    model: LoadedModel
    photo: Photo
    seen: int
    whole: PhotoColours
    small: PhotoColours
    before: np.ndarray
    kept: object = None


@dataclass(frozen=True, slots=True)
class ToSave:
    """What a page offers to be saved: a picture that is made in a worker, its name and recipe, and the photo that it is of."""

    picture: Any
    name: str
    recipe: dict[str, Any]
    photo: Photo


def coloured_photo(model: LoadedModel, photo: Photo, seen: int, kept: object = None) -> ColouredPhoto:
    """Let a model colour a photo. For a worker thread.

    Raises:
        DataError: the photo is smaller than the model wants to see it.
    """
    from core.families.colouriser.photo import PhotoColours, reduced  # noqa: PLC0415 - imports torch

    engine: Any = model.engine
    whole = PhotoColours(photo, engine, model.header.image_shape[1] * seen)
    small = reduced(photo, LONGEST)
    return ColouredPhoto(model, photo, seen, whole, whole.on(small), small.opaque, kept)


class ColourPage(QWidget):
    """The photo on a canvas, before and after, and beside it what is done to it."""

    open_requested = Signal()
    """The person wants to open a photo."""
    save_requested = Signal()

    def __init__(self, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._model: LoadedModel | None = None
        self._opened: ColouredPhoto | None = None
        self._shown: Coloured | None = None
        self._waiting: tuple[tuple[str, ...], object] | None = None  # photos to open once there is a model
        self.canvas = FaceCanvas(self)
        self._progress = ProgressStrip(self, slim=True)
        self._opening = LatestWork(self._progress, self._on_failed, self)
        self._colouring = LatestWork(self._unseen_strip(), self._on_failed, self)
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
        return self._shown.picture if self._shown is not None else None

    @property
    def is_busy(self) -> bool:
        """Whether a photo is being opened or coloured."""
        return self._opening.is_busy or self._colouring.is_busy

    @property
    def seen(self) -> int:
        """How many times as large as its own pictures the model sees the photo."""
        return SEEN[self.seen_choice.choice]

    def set_model(self, model: LoadedModel | None) -> None:
        """Colour with another model; None while one of another family is in use: the photo stays for when this one is back."""
        self._model = model
        self._opening.forget()
        if model is not None and self._opened is not None and self._opened.model.generation != model.generation:
            self._colour_anew(self._opened)
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
                self.tr("One photo at a time is coloured here. Many are coloured by the command: {command}").format(
                    command=f"main.py colourise --checkpoint {self._model.path} --input FOLDER --out DIR"
                )
            )
        model, path, seen = self._model, Path(paths[0]), self.seen

        def work(progress: Progress) -> ColouredPhoto:
            from core.data.photo import open_photo  # noqa: PLC0415 - loads OpenCV

            return coloured_photo(model, open_photo(path), seen, kept)

        self._messenger.settle(TOPIC)
        self._opening.start(self.tr("Opening {name}").format(name=path.name), work, self._on_opened, "open photo to colour")

    def toggle_before(self) -> None:
        """Show the photo as it was, or no longer."""
        if self.before.isEnabled():
            self.before.toggle()

    def to_save(self) -> ToSave | None:
        """The coloured photo at its own size; None without one."""
        opened = self._opened
        if opened is None or self._model is None or opened.model.generation != self._model.generation:
            return None
        strength, saturation = self.strength.value(), self.saturation.value()

        def make(progress: Progress) -> np.ndarray:
            return opened.whole.picture(strength / 100.0, saturation / 100.0, progress).picture

        from core.version import VERSION  # noqa: PLC0415

        recipe = {
            "what": "colourise",
            "program": VERSION,
            "checkpoint": opened.model.id,
            "strength": strength,
            "saturation": saturation,
        }
        if opened.seen != SEEN[0]:
            recipe["side"] = opened.model.header.image_shape[1] * opened.seen
        return ToSave(make, file_name(Path(opened.photo.name).stem, "coloured"), recipe, opened.photo)

    def _unseen_strip(self) -> ProgressStrip:
        """A strip that is never seen: a step of a slider takes a tenth of a second."""
        strip = ProgressStrip(self, slim=True)
        strip.setMaximumHeight(0)
        return strip

    # -- building

    def _build_panel(self) -> QWidget:
        panel = QWidget(self)
        panel.setFixedWidth(WIDTH)
        title = QLabel(self.tr("Colourise a photo"), panel)
        title.setFont(section_font())
        about = QLabel(
            self.tr(
                "Lightness stays the photo's own, at its full size; only the colours come from the model. They are a guess, made "
                "from what its training pictures showed: a model of faces paints all else like faces."
            ),
            panel,
        )
        about.setWordWrap(True)
        about.setProperty("muted", True)
        self.open_button = QPushButton(icon("photo"), self.tr("Open a photo…"), panel)
        self.open_button.setToolTip(
            with_keys(self.tr("A grey photo, or one whose colours are to be replaced ({keys})"), "open_photo")
        )
        self.strength, strength_box = self._slider(
            FULL,
            self.tr("Strength"),
            self.tr("<p>0 % is the photo as it was, 100 % has the model's colours alone. Default 100</p>"),
        )
        self.saturation, saturation_box = self._slider(
            MOST_SATURATION,
            self.tr("Saturation"),
            self.tr(
                "<p>How much of the chroma that the model gives, in percent. Models that learned by mean errors are duller than "
                "real photos; more is livelier, and no nearer to the truth. Default 100</p>"
            ),
        )
        self.seen_choice = Segmented([f"{times}×" for times in SEEN], self.tr("Seen at"), panel)
        self.seen_choice.set_tooltips([""] * len(SEEN))
        self.note = QLabel(panel)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.save_button = QPushButton(icon("save"), self.tr("Save…"), panel)
        self.save_button.setToolTip(
            with_keys(self.tr("Save the photo at its own size, with these colours ({keys})"), "save_picture")
        )
        rows = QGridLayout()
        rows.setSpacing(SPACE)
        for number, (name, slider, box) in enumerate(
            ((self.tr("Strength"), self.strength, strength_box), (self.tr("Saturation"), self.saturation, saturation_box))
        ):
            label = QLabel(name, panel)
            label.setBuddy(box)
            rows.addWidget(label, number, 0)
            rows.addWidget(slider, number, 1)
            rows.addWidget(box, number, 2)
        rows.addWidget(QLabel(self.tr("Seen at"), panel), 2, 0)
        rows.addWidget(self.seen_choice, 2, 1, 1, 2, Qt.AlignmentFlag.AlignLeading)
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
        self.strength.valueChanged.connect(self._recolour)
        self.saturation.valueChanged.connect(self._recolour)
        self.seen_choice.choice_changed.connect(self._on_seen_choice_changed)
        return panel

    def _slider(self, most: int, name: str, tip: str) -> tuple[QSlider, WholeBox]:
        slider, box = QSlider(Qt.Orientation.Horizontal, self), WholeBox(self)
        for field in (slider, box):
            field.setRange(0, most)
            field.setValue(FULL)
            field.setAccessibleName(name)
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

    def _show(self) -> None:
        """Show what there is, and what can be done with it."""
        opened = self._opened
        has_photo = opened is not None
        for widget in (self.before, self.split, self.save_button):
            widget.setEnabled(has_photo)
        if self._model is not None:
            side = self._model.header.image_shape[1]
            self.seen_choice.set_tooltips(
                [
                    self.tr(
                        "<p>The photo's shorter side as the model sees it: {side} pixels. Larger shows it finer details, as where "
                        "a face fills only a part of the photo. 1× is the size of its training pictures</p>"
                    ).format(side=side * times)
                    for times in SEEN
                ]
            )
        if opened is None:
            self.canvas.set_placeholder(self.tr("Open a photo, drop it here, or paste it"))
            self._caption.setText("")
            self.note.setText("")
            return
        height, width = opened.photo.pixels.shape[:2]
        self._caption.setText(self.tr("{name}, {size} pixels").format(name=opened.photo.name, size=sides(width, height)))

    def _colour_anew(self, opened: ColouredPhoto) -> None:
        """Let the model in use colour the opened photo, as large as is chosen."""
        model, seen = self._model, self.seen
        if model is None:
            return
        self._messenger.settle(TOPIC)
        self._opening.start(
            self.tr("Colouring {name}").format(name=opened.photo.name),
            lambda progress: coloured_photo(model, opened.photo, seen, opened.kept),
            self._on_opened,
            "colour photo anew",
        )

    def _recolour(self) -> None:
        """Show the photo with the strength and the saturation that are chosen."""
        opened = self._opened
        if opened is None:
            return
        strength, saturation = self.strength.value() / 100.0, self.saturation.value() / 100.0
        self._colouring.start("", lambda progress: opened.small.picture(strength, saturation), self._on_recoloured, "colour photo")

    def _on_opened(self, opened: ColouredPhoto) -> None:
        is_other = self._opened is None or self._opened.photo is not opened.photo
        self._opened = opened
        height, width = opened.photo.pixels.shape[:2]
        self.canvas.set_before(opened.before, (width, height))
        if is_other:
            self.before.setChecked(False)
            self.canvas.fit()
        self._recolour()
        self._show()

    def _on_recoloured(self, coloured: Coloured) -> None:
        assert self._opened is not None
        height, width = self._opened.photo.pixels.shape[:2]
        self._shown = coloured
        self.canvas.set_image(coloured.picture, object(), (width, height))
        self.note.setText(
            self.tr("{share} of the pixels would have a colour that no screen shows, and got the nearest one that it does.").format(
                share=percent(100.0 * coloured.outside)
            )
            if coloured.outside >= 0.005
            else ""
        )

    def _on_seen_choice_changed(self) -> None:
        if self._opened is not None:
            self._colour_anew(self._opened)

    def _on_failed(self, error: BaseException) -> None:
        if self._opened is not None and self._opened.seen != self.seen:  # the photo is too small to be seen so large
            self.seen_choice.set_choice(SEEN.index(self._opened.seen))
        self._messenger.report(error, TOPIC)


def page(messenger: Messenger, parent: QWidget) -> ColourPage:
    """What Explore shows for models of this family in place of all else."""
    return ColourPage(messenger, parent)
