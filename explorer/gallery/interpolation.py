"""The Gallery's interpolation: the straight way from one face to another through the latent space, and the choice of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.families.base import Can
from core.files import printable
from core.latent.session import Anchor
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import held_out
from explorer.gallery.section import Export, GallerySection, anchor_code
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.valid_faces import COUNT, ValidFaces
from explorer.look.icons import icon
from explorer.look.pixels import Pixels
from explorer.look.theme import EDGE, GROUP, SPACE, section_font
from explorer.saving.ask_path import file_name
from explorer.settings.store import SettingsStore
from explorer.widgets.grid.face_grid import FaceGrid
from explorer.widgets.number_box import WholeBox
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

VALIDATION, SAMPLES = range(2)
_THUMBNAIL = 56


class EndChooser(QWidget):
    """A title, where faces come from, and a small grid of them."""

    choice_changed = Signal()
    """The person took another face, or other faces."""

    def __init__(self, title: str, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._index = index
        self._was_asked = False  # whether the person chose the source
        self.source_choice = Segmented(
            [self.tr("Validation pictures"), self.tr("Samples")], self.tr("Where the pictures come from"), self
        )
        self.source_choice.set_choice(SAMPLES)
        self.grid = FaceGrid(self)
        self.grid.set_thumbnail_size(_THUMBNAIL)
        self.grid.setMinimumHeight(2 * _THUMBNAIL + SPACE)
        label = QLabel(title, self)
        label.setFont(section_font())
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(label)
        top.addStretch(1)
        top.addWidget(self.source_choice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self.grid, 1)
        self.source_choice.choice_changed.connect(self._on_source_choice_changed)
        self.grid.selection_changed.connect(self._on_grid_selection_changed)

    @property
    def source(self) -> int:
        """VALIDATION or SAMPLES."""
        return self.source_choice.choice

    @property
    def index(self) -> int:
        """Which face of the source."""
        return self._index

    def set_choice(self, source: int, index: int) -> None:
        """Take another face without a signal; `show_faces` comes next."""
        self._was_asked = True
        self.source_choice.set_choice(source)
        self._index = index

    def offer_validation(self, available: bool, about: str, *, is_own: bool = True) -> None:
        """Whether there are validation pictures to choose from; they are the default until the person chooses.

        Args:
            available: whether there are.
            about: why there are none, or which they are.
            is_own: whether the model's training kept them out; else they are some pictures.
        """
        segment = self.source_choice.segments[VALIDATION]
        segment.setText(self.tr("Validation pictures") if is_own else self.tr("Pictures"))
        segment.setEnabled(available)
        segment.setToolTip(about)
        if not available:
            self.source_choice.set_choice(SAMPLES)
        elif not self._was_asked:
            self.source_choice.set_choice(VALIDATION)

    def show_faces(self, count: int, fetch: Callable[[int], Pixels | None], caption: Callable[[int], str]) -> None:
        """Offer other faces; the face of the same number stays chosen."""
        self.grid.set_source(count, fetch, caption)
        self._index = min(self._index, max(0, count - 1))
        self.grid.set_selected_index(self._index)

    def _on_source_choice_changed(self) -> None:
        self._was_asked = True
        self.choice_changed.emit()

    def _on_grid_selection_changed(self, index: int) -> None:
        if index >= 0:
            self._index = index
            self.choice_changed.emit()


_LEAST_STEPS, _MOST_STEPS, _STEPS = 3, 24, 8


class InterpolationSection(GallerySection):
    """Two faces and the strip between them."""

    needs = frozenset({Can.DIRECTIONS})

    def __init__(
        self,
        document: Document,
        decode_service: DecodeService,
        settings_store: SettingsStore,
        valid: ValidFaces,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, decode_service, parent)
        self._settings = settings_store
        self._valid = valid
        self._samples: list[Pixels | None] = [None] * COUNT
        self._sample_codes = np.zeros((COUNT, 1), np.float32)
        self._samples_of = (0, 0)  # the model's generation and the seed that they are of
        self._asked: list[int] = []  # samples in the last request, after the strip
        self._codes = np.zeros((0, 1), np.float32)
        self.sheet = PictureSheet(self, single_row=True)
        self.first = EndChooser(self.tr("From"), 0, self)
        self.second = EndChooser(self.tr("To"), 1, self)
        self.steps_box = WholeBox(self.controls)
        self.steps_box.setRange(_LEAST_STEPS, _MOST_STEPS)
        self.steps_box.setValue(_STEPS)
        self.steps_box.setMinimumWidth(72)
        self.steps_box.setAccessibleName(self.tr("Steps"))
        self.steps_box.setToolTip(self.tr("<p>Pictures in the strip, both ends included. Default: 8.</p>"))
        inset_text(self.steps_box)
        label = QLabel(self.tr("Steps"), self.controls)
        label.setBuddy(self.steps_box)
        self.swap_button = QPushButton(icon("compare"), self.tr("Swap"), self.controls)
        self.swap_button.setToolTip(self.tr("Go the other way round"))
        self.put_controls(label, self.steps_box, self.swap_button)
        ends = QHBoxLayout()
        ends.setSpacing(EDGE)
        ends.addWidget(self.first, 1)
        ends.addWidget(self.second, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self.sheet, 5)
        layout.addLayout(ends, 6)
        self.steps_box.valueChanged.connect(self.invalidate)
        self.swap_button.clicked.connect(self._on_swap_button_clicked)
        for end in (self.first, self.second):
            end.choice_changed.connect(self.invalidate)
        self.sheet.picture_opened.connect(self._on_sheet_picture_opened)
        valid.changed.connect(self.invalidate)

    @property
    def steps(self) -> int:
        """Pictures in the strip."""
        return self.steps_box.value()

    @property
    def caption(self) -> str:
        return self._caption(*(self._end_name(end) for end in (self.first, self.second)))

    def _caption(self, first: str, second: str) -> str:
        if self.model is None or len(self._codes) == 0:
            return ""
        text = self.tr("From {first} to {second}: {count} pictures at equal distances in the latent space. Model: {model}")
        return text.format(first=first, second=second, count=len(self._codes), model=self.drawn_by)

    def refresh(self) -> None:
        model = self.model
        assert model is not None
        seed = self._settings.value.gallery_seed
        if self._samples_of != (model.generation, seed):
            if self._samples_of[1] != seed:
                self._samples = [None] * COUNT
            self._samples_of = (model.generation, seed)
            self._sample_codes = model.engine.sample(COUNT, seed)
            self._asked = list(range(COUNT))
        about, is_own = self.tr("Open pictures of the model's size in the Data tab"), True
        data = self.document.data
        if self._valid.available and data is not None:
            is_own = held_out(model, data)
            about = "" if is_own else self.tr("Pictures of {data}, not the model's own validation pictures")
            about = about.format(data=source_title(data.config.source, data.index.name))
        for end in (self.first, self.second):
            end.offer_validation(self._valid.available, about, is_own=is_own)
            self._fill(end)
        if VALIDATION in (self.first.source, self.second.source) and self._valid.current is None:
            self._valid.ensure()
            return
        self._codes = model.arithmetic().between(self._code(self.first), self._code(self.second), self.steps)
        kept = [self.sheet.picture(i) if i < self.sheet.count else None for i in range(self.steps)]
        self.sheet.set_pictures([kept], self._label)
        self._asked = [i for i in range(COUNT) if i in self._asked or self._samples[i] is None]
        self.ask(np.concatenate([self._codes, self._sample_codes[self._asked]]))

    def clear(self) -> None:
        self._codes, self._asked = np.zeros((0, 1), np.float32), []
        self._samples, self._samples_of = [None] * COUNT, (0, 0)
        self.sheet.set_pictures([[None] * self.steps])
        for end in (self.first, self.second):
            self._fill(end)

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        if place < len(self._codes):
            self.sheet.set_picture(place, image)
            return
        index = self._asked[place - len(self._codes)]
        self._samples[index] = image
        for end in (self.first, self.second):
            if end.source == SAMPLES:
                end.grid.refresh(index)
        if place == len(self._codes) + len(self._asked) - 1:
            self._asked = []

    def export(self) -> Export | None:
        pictures = self.sheet.pictures()
        if self.model is None or not self.is_complete or pictures is None:
            return None
        recipe = {
            "what": "interpolation",
            "checkpoint": self.model.id,
            "steps": self.steps,
            "from": self._end_recipe(self.first),
            "to": self._end_recipe(self.second),
        } | self.class_recipe
        labels = tuple(self._percent(i) for i in range(len(pictures)))
        name = file_name(self.model.name, "interpolation", str(self.steps))
        caption = self._caption(*(self._end_name(end, own=False) for end in (self.first, self.second)))
        return Export([pictures], caption, labels, recipe, name)

    # -- the ends

    def _fill(self, end: EndChooser) -> None:
        faces = self._valid.current
        if end.source == SAMPLES:
            end.show_faces(COUNT, lambda i: self._samples[i], self._sample_name)
        elif faces is not None:
            files = faces.data.index.files
            end.show_faces(len(faces.rows), lambda i: faces.originals[i], lambda i: printable(files[faces.rows[i]]))
        else:
            end.grid.clear()

    def _code(self, end: EndChooser) -> np.ndarray:
        faces = self._valid.current
        if end.source == VALIDATION and faces is not None:
            return np.asarray(faces.z[end.index])
        return np.asarray(self._sample_codes[end.index])

    def _end_name(self, end: EndChooser, own: bool = True) -> str:
        """What a face is called; without the name of the person's file unless `own`, for pictures that leave the program."""
        faces = self._valid.current
        if end.source == VALIDATION and faces is not None:
            if not own:
                text = self.tr("a validation picture") if held_out(faces.model, faces.data) else self.tr("a picture of {data}")
                return text.format(data=source_title(faces.data.config.source, faces.data.index.name))
            return PurePosixPath(printable(faces.data.index.files[faces.rows[end.index]])).name
        return self.tr("sample {n} of seed {seed}").format(n=end.index + 1, seed=self._samples_of[1])

    def _end_recipe(self, end: EndChooser) -> dict[str, Any]:
        faces = self._valid.current
        if end.source == VALIDATION and faces is not None:
            return {"data": faces.data.fingerprint, "row": int(faces.rows[end.index])}
        return {"seed": self._samples_of[1], "sample": end.index}

    # -- words

    def _sample_name(self, index: int) -> str:
        return self.tr("Sample {n}").format(n=index + 1)

    def _percent(self, index: int) -> str:
        return self.tr("{n} %").format(n=f"{100 * index / max(1, len(self._codes) - 1):.0f}")

    def _label(self, index: int) -> str:
        return self.tr("{percent} of the way").format(percent=self._percent(index))

    def _on_swap_button_clicked(self) -> None:
        first, second = (self.first.source, self.first.index), (self.second.source, self.second.index)
        self.first.set_choice(*second)
        self.second.set_choice(*first)
        self.invalidate()

    def _on_sheet_picture_opened(self, index: int) -> None:
        if index >= len(self._codes):  # the pictures of both ends are being encoded
            return
        label = self.tr("{percent} of an interpolation").format(percent=self._percent(index))
        ends = "/".join(f"{end.source}-{end.index}" for end in (self.first, self.second))
        reference = f"{ends}/{self._samples_of[1]}/{index}/{self.steps}"
        self.choose(Anchor("blend", label, reference, anchor_code(self._codes[index])))
