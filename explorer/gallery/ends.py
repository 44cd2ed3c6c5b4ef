"""One end of an interpolation: a face out of validation pictures or samples."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.look.pixels import Pixels
from explorer.look.theme import SPACE, section_font
from explorer.widgets.grid.face_grid import FaceGrid
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
        self._was_asked = False  # the person said where the faces shall come from
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

    def offer_validation(self, available: bool, why_not: str) -> None:
        """Whether there are validation pictures to choose from; they come first until the person says otherwise."""
        segment = self.source_choice.segments[VALIDATION]
        segment.setEnabled(available)
        segment.setToolTip("" if available else why_not)
        if not available:
            self.source_choice.set_choice(SAMPLES)
        elif not self._was_asked:
            self.source_choice.set_choice(VALIDATION)

    def show_faces(self, count: int, fetch: Callable[[int], Pixels | None], caption: Callable[[int], str]) -> None:
        """Offer these; the face of the same number stays chosen."""
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
