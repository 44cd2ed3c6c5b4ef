"""The page of a VQ-VAE's pane with sliders: directions over the vectors of its codes, and which cells each of them changes."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.data.split import spread
from core.latent.cell_changes import MOST, changed_shares
from core.latent.directions import Direction
from core.latent.instrument import arithmetic_of
from core.wording import percent
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.explore.direction_sliders import DirectionSliders
from explorer.explore.families.own import PaneParts
from explorer.explore.trust_card import title
from explorer.look.theme import GROUP
from explorer.qt import override
from explorer.tasks import Progress
from explorer.widgets.codes.shares import CellShares
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.long_work import LatestWork
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.column import ScrollColumn
from explorer.widgets.section import Section

NAMED = 3  # cells that the caption names

_Key = tuple[int, str, bytes, int]  # model, direction and its numbers, pictures


class CodeDirections(QWidget):
    """One slider a direction, and over the picture the cells that a direction changes."""

    def __init__(self, parts: PaneParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        document = self._document = parts.document
        self._shows_model = parts.shows_model
        self._model: LoadedModel | None = None
        self._menu = parts.menu
        self._is_open = False
        self._counted: tuple[_Key, np.ndarray, int] | None = None  # shares (cells,) over so many faces
        self.sliders: DirectionSliders | None = None
        self.overlay = CellShares(parts.canvas)
        self.cells = Section(self.tr("Which cells change"), self)
        self.cells.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # its caption has many lines
        self.choice = ChoiceBox(self)
        self.choice.setAccessibleName(self.tr("Direction whose cells are shown"))
        self.shown = QCheckBox(self.tr("Show them on the picture"), self)
        self.shown.setToolTip(
            self.tr("<p>How often each cell's code is another one with it than without it, counted over validation pictures</p>")
        )
        self.caption = QLabel(self)
        self.caption.setWordWrap(True)
        self.caption.setProperty("muted", True)
        self.progress = ProgressStrip(self, narrow=True)
        self._counting = LatestWork(self.progress, parts.decoding.failed.emit, self)
        for widget in (self.choice, self.shown, self.caption, self.progress):
            self.cells.body_layout().addWidget(widget)
        self._scroll = ScrollColumn(GROUP, self)
        self._scroll.add(self.cells)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._scroll)
        self.shown.toggled.connect(lambda _on: self._show())
        self.choice.activated.connect(lambda _index: self._show())
        document.directions_changed.connect(self._on_document_directions_changed)
        document.session_changed.connect(lambda _session: self._frame())
        document.data_changed.connect(lambda _data: self._show())

    def set_model(self, model: LoadedModel | None) -> None:
        """Move faces of this model; None: it is of another family."""
        self._model = model
        self._counting.forget()
        if model is not None and self.sliders is None:
            self.sliders = DirectionSliders(self._document, self._menu, self)
            self._scroll.rows.insertWidget(0, self.sliders)
        self._on_document_directions_changed()

    def set_open(self, is_open: bool) -> None:
        """Whether this page is the one in use."""
        self._is_open = is_open
        self._show()

    def refresh(self) -> None:
        """What the canvas shows has changed."""
        self._show()

    @property
    def direction(self) -> Direction | None:
        """The one whose cells are shown; None where there is none."""
        return self._document.directions.get(str(self.choice.currentData())) if self._model is not None else None

    @property
    def is_counting(self) -> bool:
        """Whether changes are being counted."""
        return self._counting.is_busy

    def _on_document_directions_changed(self) -> None:
        known = self._document.directions if self._model is not None else {}
        chosen = self.choice.currentData()
        self.choice.clear()
        for name, one in known.items():
            self.choice.addItem(title(one), name)
        self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)) if known else -1)
        self.choice.setVisible(len(known) > 1)
        self.cells.setVisible(bool(known))
        self._scroll.put_in_order()  # when the sliders have been made anew
        self._show()

    def _show(self) -> None:
        """Show the cells of the chosen direction, and count first where that wasn't done."""
        model, direction = self._model, self.direction
        shows = self._is_open and self.shown.isChecked() and direction is not None and self._shows_model()
        self.overlay.set_grid(model.space.shape[0] if shows and model is not None else 0)
        shares = self._shares()
        self.overlay.set_shares(shares.reshape(model.space.shape) if shares is not None and model is not None else None)
        self._frame()
        self._say()
        if shows and shares is None and model is not None and direction is not None:
            self._count(model, direction)

    def _pictures(self) -> FaceData | None:
        """The pictures to count over; None where there are none that the model sees."""
        data = self._document.data
        return data if data is not None and self._model is not None and fits(self._model, data) else None

    def _key(self, model: LoadedModel, direction: Direction, data: FaceData) -> _Key:
        return model.generation, direction.name, direction.unit.tobytes(), id(data)

    def _shares(self) -> np.ndarray | None:
        """What was counted, (cells,); None where nothing was for this direction, or on these pictures."""
        model, direction, data = self._model, self.direction, self._pictures()
        if model is None or direction is None or data is None or self._counted is None:
            return None
        return self._counted[1] if self._counted[0] == self._key(model, direction, data) else None

    def _count(self, model: LoadedModel, direction: Direction) -> None:
        data = self._pictures()
        if data is None:
            return
        key, engine = self._key(model, direction, data), cast(Any, model.engine)
        rows = spread(data.split.valid, MOST)

        def work(progress: Progress) -> np.ndarray:
            codes = []
            for start in range(0, len(rows), 64):
                progress(self.tr("Looking at the pictures"), start, len(rows))
                codes.append(engine.encode(np.asarray(data.images[rows[start : start + 64]])).flat)
            return changed_shares(arithmetic_of(engine), np.concatenate(codes), direction, progress)

        def done(shares: np.ndarray) -> None:
            self._counted = key, shares, len(rows)
            self._show()

        words = self.tr("Counting the cells that change")
        self._counting.start(words, work, done, "count cells", lambda: self.shown.setChecked(False))

    def _frame(self) -> None:
        """Frame the cells whose code is another one than before the edit."""
        if self.overlay.grid == 0:
            return
        before, after = self._document.code_with(()), self._document.edited_code()
        if before is None or after is None:
            self.overlay.frame(())
            return
        changed = np.argwhere((before != after).reshape(self.overlay.grid, self.overlay.grid))
        self.overlay.frame((int(row), int(column)) for row, column in changed)

    def _say(self) -> None:
        """Say what the tint means, and which cells it is about, for those who can't see it."""
        direction, model = self.direction, self._model
        self.caption.setVisible(self.shown.isChecked())
        if direction is None or model is None or not self.shown.isChecked():
            return
        name, shares = title(direction).lower(), self._shares()
        parts = []
        if not self._shows_model():
            parts.append(self.tr("Choose Model's view, the cube under the picture, to see them."))
        if shares is not None and self._counted is not None:
            text = self.tr(
                "Tint and number: in how many of {n} validation pictures the code of the cell differs between −100 % and 100 % of "
                "“{name}”. {mean:.0f} of {all} cells do so in the average picture."
            )
            parts.append(text.format(n=f"{self._counted[2]:,}", name=name, mean=shares.sum(), all=shares.size))
            grid = model.space.shape[1]
            most = [int(cell) for cell in np.argsort(-shares, kind="stable")[:NAMED] if shares[cell] > 0]
            named = ", ".join(
                self.tr("row {row}, column {column} ({share})").format(
                    row=cell // grid + 1, column=cell % grid + 1, share=percent(100.0 * shares[cell])
                )
                for cell in most
            )
            if named:
                parts.append(self.tr("Most often: {cells}.").format(cells=named))
        elif self._pictures() is None:
            parts.append(
                self.tr("How often each cell changes can be counted once pictures for this model are open in the Data tab.")
            )
        parts.append(self.tr("Framed: cells of this picture that have another code now than before its edit."))
        self.caption.setText(" ".join(parts))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._counting.forget()
