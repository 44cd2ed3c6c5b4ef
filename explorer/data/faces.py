"""The faces themselves: all of them or one class, in a random order, as a grid that scrolls."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.files import printable
from explorer.look.icons import icon
from explorer.look.pixels import Pixels
from explorer.look.theme import SPACE, small_font
from explorer.widgets.elided_label import ElidedLabel
from explorer.widgets.grid.face_grid import FaceGrid
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.room.wrap import WrapLayout
from explorer.widgets.segmented import Segmented

_MOST_SEGMENTS = 4  # all, two classes, and the pictures without one
_LONGEST_SEGMENTS = 36  # characters of all segments together


class FacesView(QWidget):
    """A grid of random pictures of the data."""

    shuffled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: FaceData | None = None
        self._numbers: list[int | None] = [None]  # of the classes in the filter; None is all of them
        self._rows = np.zeros(0, np.int64)
        self._seed = 0
        name = self.tr("Pictures to show")
        self._segments = Segmented([""] * _MOST_SEGMENTS, name, self)
        self._combo = ChoiceBox(self)
        self._combo.setAccessibleName(name)
        self._note = ElidedLabel(self)
        self._note.setProperty("muted", True)
        self._note.setFont(small_font())
        self.reshuffle_button = QPushButton(icon("dice"), self.tr("Reshuffle"), self)
        self.reshuffle_button.setToolTip(self.tr("Show the pictures in another random order"))
        self.grid = FaceGrid(self)
        top = WrapLayout()
        top.addWidget(self._segments)
        top.addWidget(self._combo)
        top.push_rest()
        top.addWidget(self.reshuffle_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self._note)
        self._segments.choice_changed.connect(self._on_filter_changed)
        self._combo.activated.connect(self._on_filter_changed)
        self.reshuffle_button.clicked.connect(lambda _checked=False: self.reshuffle())
        self.grid.selection_changed.connect(self._show_note)

    @property
    def rows(self) -> np.ndarray:
        """The data's rows in the order in which the grid shows them."""
        return self._rows

    def set_thumbnail_size(self, pixels: int) -> None:
        """The least side of a face."""
        self.grid.set_thumbnail_size(pixels)

    def show_data(self, data: FaceData) -> None:
        """Show these, all classes; the same source keeps its order, and the class that is chosen if it still has it."""
        chosen = self._class
        if self._data is None or self._data.config.source != data.config.source:
            self._seed, chosen = 0, None
        self._data = data
        index = data.index
        counts = np.bincount(index.labels, minlength=len(index.classes))
        present = [int(number) for number in np.flatnonzero(counts)]
        self._numbers = [None, *(present if len(present) > 1 else [])]
        texts = [self.tr("All"), *(printable(index.classes[n]) or self.tr("No class") for n in self._numbers if n is not None)]
        few = len(texts) <= _MOST_SEGMENTS and sum(map(len, texts)) <= _LONGEST_SEGMENTS
        self._segments.set_texts(texts if few else [])
        self._segments.setVisible(few and len(texts) > 1)
        self._combo.clear()
        self._combo.addItems(texts)
        self._combo.setVisible(not few)
        kept = chosen is not None and chosen in (index.classes[n] for n in self._numbers if n is not None)
        self.show_class(chosen if kept else None)

    def show_class(self, name: str | None) -> None:
        """Show one class, or all of them (None)."""
        assert self._data is not None
        choice = self._numbers.index(None if name is None else self._data.index.classes.index(name))
        self._segments.set_choice(choice)
        self._combo.setCurrentIndex(choice)
        self._show_rows()

    def reshuffle(self) -> None:
        """Another random order, the next of a fixed row of them."""
        self._seed += 1
        self._show_rows()
        self.shuffled.emit()

    @property
    def _number(self) -> int | None:
        """Of the class in the filter; None: all."""
        choice = self._segments.choice if not self._segments.isHidden() else max(0, self._combo.currentIndex())
        return self._numbers[choice] if choice >= 0 else None

    @property
    def _class(self) -> str | None:
        """The class in the filter; None: all."""
        return None if self._data is None or self._number is None else self._data.index.classes[self._number]

    def _show_rows(self) -> None:
        data = self._data
        if data is None:
            return
        number = self._number
        rows = np.arange(len(data.index.files)) if number is None else np.flatnonzero(data.index.labels == number)
        self._rows = np.random.default_rng(self._seed).permutation(rows)
        self.grid.set_source(len(rows), self._fetch, self._caption)
        self._show_note()

    def _fetch(self, place: int) -> Pixels | None:
        return None if self._data is None else np.asarray(self._data.images[self._rows[place]])

    def _caption(self, place: int) -> str:
        return "" if self._data is None else printable(self._data.index.files[self._rows[place]])

    def _show_note(self) -> None:
        chosen = self.grid.selected_index
        count = len(self._rows)
        faces = self._data is None or self._data.are_called_faces
        if chosen >= 0 and self._data is not None:
            width, height = self._data.sizes[self._rows[chosen]]
            text = self.tr("{file}, {width} × {height} pixels")
            text = text.format(file=self._caption(chosen), width=width, height=height)
        elif count == 1:
            text = self.tr("1 face, as the model sees it") if faces else self.tr("1 picture, as the model sees it")
        else:
            shown = self.tr("{n} faces in random order, as the model sees them")
            text = (shown if faces else self.tr("{n} pictures in random order, as the model sees them")).format(n=f"{count:,}")
        self._note.set_text(text)

    def _on_filter_changed(self) -> None:
        self._show_rows()
