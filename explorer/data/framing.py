"""How pictures are framed before anything looks at them: the centre square, a box or the face, and the size they are read at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.config import CENTER, FACE, DataConfig, parse_crop
from core.data.dataset import FaceData
from core.data.natural_size import framed_side
from core.data.photo import MOST_PIXELS
from core.data.pictures import read_bytes, whole
from core.errors import ConfigError
from core.wording import sides
from explorer.data.crop_picture import Box, CropPicture
from explorer.look.icons import icon
from explorer.look.theme import SPACE, UNIT, small_font
from explorer.tasks import Task, run_task
from explorer.widgets.number_box import WholeBox
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

SIZES = (32, 64, 96, 128, 256)
FRUIT_SIDE = 100  # of Fruits-360's pictures, and of the network of the course's report on them
CELEBA_BOXES = {
    (178, 218): "25,52,153,180",
    (89, 109): "12,26,76,90",
}  # by size: as published, and half
_LARGEST = 99_999
_SQUARE, _BOX, _FACE = range(3)  # choices


class FramingBox(QWidget):
    """Shows the framing of the pictures in use, and lets the person choose another.

    Signals:
        choice_changed(): the person has changed the framing or the size.
        typed(): the person types, and has not entered it yet.
    """

    choice_changed = Signal()
    typed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sizes: tuple[int, ...] = SIZES
        self._celeba = QPushButton(icon("faces"), self.tr("Use CelebA's usual box"), self)
        shapes = [self.tr("Centre square"), self.tr("Box"), self.tr("By the face")]
        self._shape = Segmented(shapes, self.tr("Framing"), self, fill=True)
        self._shape.set_tooltips(
            [
                self.tr(
                    "<p>The largest square in the middle of each picture. Right for pictures that are framed already. Default.</p>"
                ),
                self.tr(
                    "<p>The same box out of every picture, in pixels of the upright picture. For pictures of one "
                    "size in which the faces are aligned, such as CelebA's.</p>"
                ),
                self.tr(
                    "<p>The face in each picture is found, and turned, scaled and shifted so that the eyes are in the same "
                    "place in all pictures. Right for photos of any kind. Pictures without a face are left out and "
                    "listed.</p>"
                ),
            ]
        )
        edges = (self.tr("Left"), self.tr("Top"), self.tr("Right"), self.tr("Bottom"))
        self._fields = [self._make_field(name) for name in edges]
        self._box = self._make_box()
        self.picture = CropPicture(self)
        self.picture.box_dragged.connect(self._on_picture_box_dragged)
        self.picture.box_chosen.connect(self._tell_choice)
        self.other_button = QPushButton(icon("dice"), self.tr("Another picture"), self)
        self.other_button.setProperty("link", True)
        self.other_button.setToolTip(self.tr("Look at the box on another picture"))
        self.other_button.clicked.connect(self._on_other_button_clicked)
        self._centre: Box = (0, 0, 0, 0)
        self._data: FaceData | None = None
        self._row = 0
        self._shown_row = -1  # of the picture; -1: none of these yet
        self._task: Task | None = None
        self._size = Segmented([str(side) for side in SIZES], self.tr("Picture size"), self, fill=True)
        self._size.setToolTip(
            self.tr(
                "<p>Width and height in pixels of the picture that the model sees. Half the size trains about four times as "
                "fast, twice the size shows more. A model works with one size only. Default: 128, or what the pictures have "
                "where that is less.</p>"
            )
        )
        self._enlarges = QLabel(self)
        self._enlarges.setProperty("muted", True)
        self._enlarges.setWordWrap(True)
        self._problem = QLabel(self)
        self._problem.setProperty("problem", True)
        self._problem.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._celeba)
        layout.addWidget(self._shape)
        layout.addWidget(self.picture)
        layout.addWidget(self.other_button, 0, Qt.AlignmentFlag.AlignTrailing)
        layout.addWidget(self._box)
        layout.addWidget(QLabel(self.tr("Picture size, in pixels"), self))
        layout.addWidget(self._size)
        layout.addWidget(self._enlarges)
        layout.addWidget(self._problem)
        self._shape.choice_changed.connect(self._tell_choice)
        self._size.choice_changed.connect(self._tell_choice)
        for field in self._fields:
            field.valueChanged.connect(self._on_field_changed)
            field.lineEdit().textEdited.connect(self.typed)
        self._celeba.clicked.connect(self._on_celeba_clicked)
        self._celeba_box = ""  # where these are such pictures
        self._show_state()

    @property
    def crop(self) -> str:
        """The framing that the fields name, as `data.crop` has it."""
        if self._shape.choice == _BOX:
            return ",".join(str(field.value()) for field in self._fields)
        return FACE if self._shape.choice == _FACE else CENTER

    @property
    def image_size(self) -> int:
        """The size that is chosen."""
        return self._sizes[max(0, self._size.choice)]

    @property
    def problem(self) -> str:
        """Why pictures can't be framed as chosen, in a sentence; empty if they can."""
        try:
            parse_crop(self.crop)
        except ConfigError:
            return self.tr("Right must exceed left, and bottom must exceed top.")
        return ""

    def chosen(self, config: DataConfig) -> dict[str, str | int]:
        """The choices that differ from how pictures were read, as settings of the data."""
        changes: dict[str, str | int] = {}
        if self.image_size != config.image_size:
            changes["image_size"] = self.image_size
        is_centre = config.crop == CENTER and self._shape.choice == _BOX and self._is_centre  # not moved yet
        if not self._shape.isHidden() and self.crop != config.crop.replace(" ", "") and not is_centre:
            changes["crop"] = self.crop
        return changes

    def choose(self, crop: str, image_size: int) -> None:
        """Choose a framing and a size for the person."""
        self._show_choice(crop, image_size)
        self._tell_choice()

    @property
    def enlarges(self) -> str:
        """That the pictures are smaller than the chosen size, in a sentence; empty where they aren't."""
        if self._data is None or self.problem:
            return ""
        width, height = (int(side) for side in np.median(self._data.sizes, axis=0))
        side = framed_side(width, height, self.crop)
        if side is None or side >= self.image_size:
            return ""
        if self._shape.choice == _BOX:
            text = self.tr("The box is {side} pixels wide: {size} only enlarges it.")
        else:
            text = self.tr("The pictures are {side} pixels wide: {size} only enlarges them.")
        return text.format(side=side, size=self.image_size)

    def take_typed(self) -> None:
        """Let what is typed but not yet entered count; a field that is empty just now is left to the person."""
        for field in self._fields:
            if field.hasAcceptableInput():
                field.interpretText()

    def show_data(self, data: FaceData) -> None:
        """Take over the framing that pictures were read with."""
        is_new = self._data is None or self._data.index.root != data.index.root
        if is_new:
            self._row, self._shown_row = 0, -1
        waits_for_box = not is_new and self._shape.choice == _BOX and self._is_centre and data.config.crop == CENTER
        self._data = data
        self._shape.setVisible(data.shows_faces)  # drawn pictures, and those in a single file, are framed already
        width, height = (int(side) for side in np.median(data.sizes, axis=0))
        crop = data.config.crop
        self._celeba_box = CELEBA_BOXES.get((width, height), "") if data.shows_faces else ""
        if self._celeba_box:
            left, _, right, _ = map(int, self._celeba_box.split(","))
            tip = self.tr(
                "<p>These pictures are of CelebA's size or half of it. The box {box} cuts out the faces at {side} unscaled.</p>"
            )
            self._celeba.setToolTip(tip.format(box=self._celeba_box.replace(",", ", "), side=sides(right - left, right - left)))
        if self.picture.is_held:  # an earlier choice was read while the next is made
            return
        self._centre = _middle(width, height)
        self._set_box(self._centre)
        self._show_choice(crop, data.config.image_size)
        if waits_for_box:  # chosen while an earlier choice was read
            self._shape.set_choice(_BOX)
        self._show_state()

    @property
    def _is_centre(self) -> bool:
        """Whether the box is where it lies before anybody moves it."""
        return self.picture.box == self._centre

    def _show_choice(self, crop: str, image_size: int) -> None:
        sizes = tuple(sorted({*SIZES, image_size, *self._own_size(crop)}))
        if sizes != self._sizes:
            self._sizes = sizes
            self._size.set_texts([str(side) for side in sizes])
        self._size.set_choice(sizes.index(image_size))
        box = parse_crop(crop)
        self._shape.set_choice(_FACE if crop == FACE else _SQUARE if box is None else _BOX)
        if box is not None:
            self._set_box(box)

    def _own_size(self, crop: str) -> tuple[int, ...]:
        """The size of the pictures in use, where that is one of a few that networks are made for."""
        if self._data is None:
            return ()
        width, height = (int(side) for side in np.median(self._data.sizes, axis=0))
        side = framed_side(width, height, crop)
        return (FRUIT_SIDE,) if side == FRUIT_SIDE else ()

    def _set_box(self, box: tuple[int, int, int, int]) -> None:
        for field, value in zip(self._fields, box, strict=True):
            if field.value() == value:  # setting it would take away what is being typed
                continue
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)
        self.picture.set_box(box)

    def _make_field(self, name: str) -> WholeBox:
        field = WholeBox(self)
        field.setRange(0, _LARGEST)
        field.setAccessibleName(name)
        field.setKeyboardTracking(False)
        tip = self.tr("<p>{side} edge of the box, in pixels from the picture's top left corner.</p>")
        field.setToolTip(tip.format(side=name))
        inset_text(field)
        return field

    def _make_box(self) -> QWidget:
        box = QWidget(self)
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(UNIT)
        for place, field in enumerate(self._fields):
            label = QLabel(field.accessibleName(), box)
            label.setBuddy(field)
            label.setProperty("muted", True)
            label.setFont(small_font())
            row = QVBoxLayout()
            row.setSpacing(2)
            row.addWidget(label)
            row.addWidget(field)
            grid.addLayout(row, place // 2, place % 2)
        return box

    def _show_state(self) -> None:
        is_box = self._shape.choice == _BOX and not self._shape.isHidden()
        for widget in (self._box, self.picture, self.other_button):
            widget.setVisible(is_box)
        if is_box:
            self._show_picture()
        self._problem.setText(self.problem)
        self._problem.setVisible(bool(self.problem))
        self._enlarges.setText(self.enlarges)
        self._enlarges.setVisible(bool(self._enlarges.text()))
        self._celeba.setVisible(bool(self._celeba_box))
        self._celeba.setEnabled(self.crop != self._celeba_box)  # it keeps its place, so that nothing moves while a box is dragged

    def _show_picture(self) -> None:
        """Read one of the pictures, whole, off the window's thread."""
        data, row = self._data, self._row
        if data is None or row == self._shown_row:
            return
        if self._task is not None:
            self._task.drop()
        path = data.index.root / data.index.files[row]
        self._shown_row = row

        def done(picture: tuple[np.ndarray, tuple[int, int]]) -> None:
            self._task = None
            self.picture.show_picture(*picture)

        def failed(_: BaseException) -> None:  # it is gone meanwhile; reading all of them says so
            self._task = None

        self._task = run_task(self, lambda _: _whole_picture(path), done=done, failed=failed, name="picture to crop")

    def _on_other_button_clicked(self) -> None:
        if self._data is not None:
            self._row = (self._row + _NEXT) % len(self._data.index.files)
            self._show_picture()

    def _on_picture_box_dragged(self, box: Box) -> None:
        self._set_box(box)
        self._problem.hide()

    def _on_field_changed(self) -> None:
        left, top, right, bottom = (field.value() for field in self._fields)
        self.picture.set_box((left, top, right, bottom))
        self._tell_choice()

    def _tell_choice(self) -> None:
        self._show_state()
        self.choice_changed.emit()

    def _on_celeba_clicked(self) -> None:
        self.choose(self._celeba_box, self.image_size)


_NEXT = 7919  # a prime, so that all pictures come in turn, of all classes
_SHOWN_SIDE = 512  # pixels


def _whole_picture(path: Path) -> tuple[np.ndarray, tuple[int, int]]:
    """A picture, upright and small enough for the screen, and its own width and height. Raises BadPicture."""
    pixels, _, _ = whole(read_bytes(path), MOST_PIXELS)
    height, width = pixels.shape[:2]
    image = Image.fromarray(pixels)
    image.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE))
    return np.asarray(image), (width, height)


def _middle(width: int, height: int) -> tuple[int, int, int, int]:
    """The box of the centre square."""
    side = max(1, min(width, height))
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side
