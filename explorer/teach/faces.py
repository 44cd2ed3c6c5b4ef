"""The faces of a lesson in a grid: where they come from, their order, how far fetching them is."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.look.icons import icon
from explorer.look.pixels import Pixels
from explorer.look.theme import SPACE
from explorer.teach.mark_grid import MarkGrid
from explorer.teach.marked_faces import Lesson
from explorer.widgets.progress_strip import ProgressStrip

THUMBNAIL = 72


class FacesToMark(QWidget):
    """Shows a lesson and asks for marks; faces go by their numbers in the lesson, in whatever order they are shown."""

    mark_requested = Signal(int, object)
    """A face, and what the person wants on it: True, False, or None for no mark."""
    others_requested = Signal()
    order_requested = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lesson: Lesson | None = None
        self._order = np.zeros(0, np.int64)
        self._source = QLabel(self)
        self._source.setProperty("muted", True)
        self.likeliest_button = QPushButton(self.tr("Likeliest first"), self)
        self.likeliest_button.setToolTip(self.tr("Put the pictures in order: those most likely to have it come first"))
        self.others_button = QPushButton(icon("dice"), self.tr("Other pictures"), self)
        self.others_button.setToolTip(self.tr("Show others to mark; the marked ones stay, at the front"))
        self.grid = MarkGrid(self)
        self.grid.set_thumbnail_size(THUMBNAIL)
        self.grid.setAccessibleName(self.tr("Pictures to mark"))
        self.grid.set_mark_of(self._mark_at)
        self.progress = ProgressStrip(self)
        self._hint = QLabel(
            self.tr("Click: with it (+). Again: without (−). Once more: no mark. Or press + and − on the chosen picture."), self
        )
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._source, 1)
        for button in (self.likeliest_button, self.others_button):
            row.addWidget(button)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # else Enter in the dialog's field of the name would press one
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self._hint)
        self.grid.mark_requested.connect(self._on_grid_mark_requested)
        self.likeliest_button.clicked.connect(lambda _checked=False: self.order_requested.emit())
        self.others_button.clicked.connect(lambda _checked=False: self.others_requested.emit())
        self.progress.cancelled.connect(self.cancelled)
        self.show_lesson(None)

    def show_lesson(self, lesson: Lesson | None) -> None:
        """Show the faces of a lesson as they come, from the top."""
        self._lesson = lesson
        self._source.setText(self._source_text(lesson))
        self.set_order(np.arange(len(lesson.faces.codes) if lesson is not None else 0))

    def set_order(self, order: np.ndarray) -> None:
        """Show the faces in another order: their numbers, (N,)."""
        self._order = order
        self.grid.set_source(len(order), self._picture_at, lambda index: self.caption(int(self._order[index])))

    def go_to(self, face: int) -> None:
        """Choose a face and bring it into view."""
        place = int(np.flatnonzero(self._order == face)[0])
        self.grid.set_selected_index(place)
        self.grid.scroll_to(place)

    def caption(self, face: int) -> str:
        """A face in words."""
        if self._lesson is None:
            return ""
        name = self._lesson.faces.names[face]
        text = self.tr("Sample {n}").format(n=name) if self._lesson.faces.are_samples else name
        mark = {True: self.tr("with it"), False: self.tr("without")}.get(self._lesson.mark_of(face))  # type: ignore[arg-type]
        return f"{text}, {mark}" if mark else text

    # -- work that brings faces

    def begin_work(self) -> None:
        """Faces are being fetched."""
        self.grid.set_empty_text("")
        self.others_button.setEnabled(False)
        self.progress.start(self.tr("Fetching pictures"))

    def end_work(self) -> None:
        """They are here, or won't come."""
        self.grid.set_empty_text(self.tr("No pictures yet. “Other pictures” fetches some."))
        self.others_button.setEnabled(True)
        self.progress.finish()

    def _source_text(self, lesson: Lesson | None) -> str:
        if lesson is None:
            return ""
        count = len(lesson.faces.codes)
        if lesson.faces.are_samples:
            return self.tr("{n} samples of the model's own").format(n=count)
        return self.tr("{n} of the opened pictures").format(n=count)

    def _picture_at(self, index: int) -> Pixels | None:
        return self._lesson.faces.pictures[int(self._order[index])] if self._lesson is not None else None

    def _mark_at(self, index: int) -> bool | None:
        return self._lesson.mark_of(int(self._order[index])) if self._lesson is not None else None

    def _on_grid_mark_requested(self, index: int, has_it: bool | None) -> None:
        self.mark_requested.emit(int(self._order[index]), has_it)
