"""The page of a VQ-VAE's pane with the brush: paint with codes, copy or swap cells of two faces, draw cells anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from PySide6.QtGui import QHideEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.families.base import Can
from core.families.grid_atlas import by_use
from core.families.vq_vae.atlas import swatches
from core.latent.instrument import HOTTEST
from core.latent.session import Anchor, Session
from explorer.document.decoding import Decoded
from explorer.document.face_edits import same_face
from explorer.document.loading import LoadedModel
from explorer.explore.families.own import PaneParts
from explorer.look.pixels import to_qimage
from explorer.look.theme import SPACE, section_font
from explorer.qt import override
from explorer.widgets.codes.atlas import CodeAtlas
from explorer.widgets.codes.brush import CellBrush
from explorer.widgets.codes.brush_row import BrushRow
from explorer.widgets.codes.layer import Cell
from explorer.widgets.long_work import LatestWork
from explorer.widgets.number_box import RealBox
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

PAINT, COPY, SWAP, DRAW = range(4)
THUMBNAIL = 72  # units: side of the other face


@dataclass(frozen=True, slots=True, eq=False)
class OtherFace:
    """The face that cells are taken from or swapped with."""

    anchor: Anchor
    codes: np.ndarray
    """(cells,) as they were when it was chosen."""


class CodePainter(QWidget):
    """What the brush on the canvas does, and the codes to paint with."""

    def __init__(self, parts: PaneParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        document = self._document = parts.document
        self._shows_model = parts.shows_model
        self._model: LoadedModel | None = None
        self._codes = np.zeros(0, np.int64)
        self._is_open = True
        self._other: OtherFace | None = None
        self._other_request = 0
        self._swapped: set[Cell] = set()  # in the stroke: none is swapped back
        self._region: dict[Cell, None] = {}  # the cells of the stroke, to be drawn anew
        self._seed = 0
        self._canvas = parts.canvas
        self.brush = CellBrush(parts.canvas)
        title = QLabel(self.tr("Paint with codes"), self)
        title.setFont(section_font())
        self.code_words = QLabel(self)
        self.code_words.setProperty("muted", True)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.code_words)
        self.tool = Segmented(
            (self.tr("Paint"), self.tr("Copy"), self.tr("Swap"), self.tr("Draw anew")), self.tr("What the brush does"), self
        )
        self.tool.set_tooltips(
            (
                self.tr("Brush the chosen code onto cells of the picture"),
                self.tr("Brush cells of another face onto this one"),
                self.tr("Brush over cells: this face and another one exchange them"),
                self.tr("Brush over cells, and the prior invents them to go with the others"),
            )
        )
        self.brush_row = BrushRow(self.brush, self)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setProperty("muted", True)
        self.keep_button = QPushButton(self)
        self.other_picture = QLabel(self)
        self.other_picture.setFixedSize(THUMBNAIL, THUMBNAIL)
        self.other_picture.setScaledContents(True)
        self.other_name = QLabel(self)
        self.other_name.setWordWrap(True)
        self._other_row = QWidget(self)
        beside = QHBoxLayout(self._other_row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(SPACE)
        beside.addWidget(self.other_picture)
        beside.addWidget(self.other_name, 1)
        self.temperature_box = RealBox(self)
        self.temperature_box.setRange(0.0, HOTTEST)
        self.temperature_box.setSingleStep(0.1)
        self.temperature_box.setDecimals(2)
        self.temperature_box.setValue(1.0)
        self.temperature_box.setAccessibleName(self.tr("Temperature"))
        self.temperature_box.setToolTip(
            self.tr("<p>How freely cells are drawn: less than 1 gives likelier ones, 0 the likeliest. Default: 1.</p>")
        )
        inset_text(self.temperature_box)
        self._temperature = QWidget(self)
        row = QHBoxLayout(self._temperature)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        label = QLabel(self.tr("Temperature"), self._temperature)
        label.setBuddy(self.temperature_box)
        row.addWidget(label)
        row.addWidget(self.temperature_box)
        row.addStretch(1)
        self.atlas = CodeAtlas(self)
        self.progress = ProgressStrip(self, narrow=True)
        self._tiling = LatestWork(self.progress, parts.decoding.failed.emit, self)
        self._drawing = LatestWork(self.progress, parts.decoding.failed.emit, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        layout.addWidget(self.tool)
        layout.addWidget(self.brush_row)
        layout.addWidget(self.words)
        layout.addWidget(self.keep_button)
        layout.addWidget(self._other_row)
        layout.addWidget(self._temperature)
        layout.addWidget(self.atlas, 1)
        layout.addWidget(self.progress)
        self.tool.choice_changed.connect(lambda _choice: self._show())
        self.keep_button.clicked.connect(self._on_keep_button_clicked)
        self.atlas.chosen.connect(self._on_atlas_chosen)
        self.atlas.hovered.connect(self._on_atlas_hovered)
        self.brush.began.connect(self._on_brush_began)
        self.brush.touched.connect(self._on_brush_touched)
        self.brush.ended.connect(self._on_brush_ended)
        self.brush.picked.connect(self._on_brush_picked)
        self.brush.hovered.connect(self._on_brush_hovered)
        parts.decoding.decoded.connect(self._on_decoding_decoded)
        document.session_changed.connect(self._on_document_session_changed)
        self._decoding = parts.decoding
        self._show()

    def set_model(self, model: LoadedModel | None) -> None:
        """Paint on faces of this model; None: it is no VQ-VAE, and nothing is painted."""
        self._model = model
        self._tiling.forget()
        self._drawing.forget()
        self._other = None
        QWidget.setTabOrder(self._canvas, self.brush)
        if model is not None:
            counts = model.header.latent.get("code_counts")
            known = isinstance(counts, list) and len(counts) == model.space.entries
            self._codes = by_use(np.asarray(counts) if known else np.ones(model.space.entries))
            self.atlas.set_codes(self._codes, None)
            self.atlas.set_choice(int(self._codes[0]))
            engine, codes, grid = cast(Any, model.engine), self._codes, model.space.shape[0]
            self._tiling.start(
                self.tr("Drawing the codebook"),
                lambda progress: swatches(engine, codes, grid, progress),
                self._on_tiled,
                "draw codes",
            )
        self._show()

    def set_open(self, is_open: bool) -> None:
        """Whether this page is the one in use; the brush is out of the way of another one."""
        self._is_open = is_open
        self._show()

    def refresh(self) -> None:
        """What the canvas shows has changed: only on the model's own picture the cells are where they seem to be."""
        self._show()

    @property
    def can_draw(self) -> bool:
        """Whether the model has a prior to draw cells from."""
        return self._model is not None and Can.TEMPERATURE in self._model.can

    @property
    def is_drawing(self) -> bool:
        """Whether cells are being drawn anew."""
        return self._drawing.is_busy

    def _grid_codes(self) -> np.ndarray | None:
        """The codes of the face as edited, (cells,); None without a face."""
        code = self._document.edited_code() if self._model is not None else None
        return None if code is None else code.astype(np.int64)

    def _show(self) -> None:
        """Show what belongs to the tool, and whether there is something to paint on."""
        tool, has_face = self.tool.choice, self._grid_codes() is not None
        self._show_other()
        self._temperature.setVisible(tool == DRAW and self.can_draw)
        has_cells = has_face and self._shows_model()
        paints = not (tool == COPY and self._other is None) and not (tool == DRAW and not self.can_draw)
        self.brush.set_paints(paints and not (tool == SWAP and (self._other is None or self._is_same)))
        self.brush.set_grid(self._model.space.shape[0] if self._is_open and has_cells and self._model is not None else 0)
        self.brush_row.grid_box.setEnabled(has_cells)
        self._say()
        self._name()

    @property
    def _is_same(self) -> bool:
        """Whether the face on the canvas is the other one itself."""
        return self._other is not None and same_face(self._document.session.anchor, self._other.anchor)

    def _show_other(self) -> None:
        """Show the face that cells are taken from, as it was, or the one that they are swapped with, as it is now."""
        tool, other = self.tool.choice, self._other
        uses = tool in (COPY, SWAP)
        self.keep_button.setVisible(uses)
        self.keep_button.setEnabled(self._grid_codes() is not None)
        self.keep_button.setText(self.tr("Copy from this face") if tool == COPY else self.tr("Swap with this face"))
        self.keep_button.setToolTip(
            self.tr("Cells are taken from the face as it is now; then choose the face that gets them")
            if tool == COPY
            else self.tr("Cells are exchanged with the face on the left now; then choose the other one")
        )
        self._other_row.setVisible(uses and other is not None)
        if not uses or other is None:
            return
        codes = other.codes if tool == COPY else self._document.code_of(other.anchor)
        words = self.tr("Cells come from {name}") if tool == COPY else self.tr("Cells are swapped with {name}")
        self.other_name.setText(words.format(name=other.anchor.label))
        if codes is not None:
            self._other_request = self._decoding.request("other", codes)

    def _name(self, code: int = -1) -> None:
        """Name the code under the mouse, or else the chosen one; in a line of its own, so that nothing moves meanwhile."""
        code = self.atlas.choice if code < 0 and self.tool.choice == PAINT else code
        self.code_words.setText(self.tr("Code {code}").format(code=code) if code >= 0 else "")

    def _say(self) -> None:
        """Say what the brush does."""
        tool = self.tool.choice
        if self._grid_codes() is None:
            text = self.tr("Choose a picture to paint on.")
        elif not self._shows_model():
            text = self.tr("Choose Model's view, the cube under the picture, to paint on the face as the model draws it.")
        elif tool == PAINT:
            text = self.tr(
                "Choose a code below and brush it onto the picture. A click with Ctrl held takes the code of a cell. "
                "Without a mouse: Tab to the picture, arrow keys, Space."
            )
        elif tool == COPY and self._other is None:
            text = self.tr("Choose the face that cells are taken from, press Copy from this face, and then choose another face.")
        elif tool == COPY:
            text = self.tr("Brush over cells of this face: they become those of the face that you copied from.")
        elif tool == SWAP and self._other is None:
            text = self.tr("Choose one of two faces, press Swap with this face, and then choose the other one.")
        elif tool == SWAP and self._is_same:
            text = self.tr("Now choose the other face: cells that you brush over there are exchanged with this one.")
        elif tool == SWAP:
            text = self.tr("Brush over cells: the two faces exchange them. Both keep that, and undo takes it back in both.")
        elif self.can_draw:
            text = self.tr("Brush over cells: when you let go, the prior invents them anew to go with all others.")
        else:
            text = self.tr(
                "This model has learned no prior, so it can't draw cells. Its run can learn one: choose it on the Train tab "
                "and press Train on."
            )
        self.words.setText(text)

    def _on_tiled(self, tiles: np.ndarray) -> None:
        self.atlas.set_codes(self._codes, tiles)

    def _on_keep_button_clicked(self) -> None:
        anchor, codes = self._document.session.anchor, self._grid_codes()
        self._other = OtherFace(anchor, codes) if anchor is not None and codes is not None else None
        self._show()

    def _on_atlas_chosen(self, code: int) -> None:
        self.tool.set_choice(PAINT)
        self._show()

    def _on_atlas_hovered(self, code: int) -> None:
        self._name(code)

    def _on_brush_hovered(self, row: int, column: int) -> None:
        codes = self._grid_codes()
        code = int(codes[self._number((row, column))]) if codes is not None and row >= 0 else -1
        self._name(code)
        self.brush.set_cell_words(self.tr("code {code}").format(code=code) if code >= 0 else "")

    def _on_brush_picked(self, row: int, column: int) -> None:
        codes = self._grid_codes()
        if codes is not None:
            self.atlas.set_choice(int(codes[self._number((row, column))]))
            self.tool.set_choice(PAINT)
            self._show()

    def _number(self, cell: Cell) -> int:
        """A cell's number in the row of all."""
        return cell[0] * self.brush.grid + cell[1]

    def _on_brush_began(self) -> None:
        self._region, self._swapped = {}, set()
        if self.tool.choice != DRAW:
            self._document.begin_gesture()

    def _on_brush_touched(self, cells: tuple[Cell, ...]) -> None:
        tool = self.tool.choice
        if tool == DRAW:
            self._region.update(dict.fromkeys(cells))
            self.brush.mark(self._region)
        elif tool == PAINT:
            code = self.atlas.choice
            self._document.paint_cells({self._number(cell): code for cell in cells}, self.tr("Paint with code {n}").format(n=code))
        elif tool == SWAP and self._other is not None:
            fresh = [cell for cell in cells if cell not in self._swapped]
            self._swapped.update(fresh)
            text = self.tr("Swap cells with {name}").format(name=self._other.anchor.label)
            self._document.exchange_cells([self._number(cell) for cell in fresh], self._other.anchor, text)
        elif tool == COPY and self._other is not None:
            other = self._other.codes
            taken = {self._number(cell): int(other[self._number(cell)]) for cell in cells}
            self._document.paint_cells(taken, self.tr("Copy cells"))

    def _on_brush_ended(self) -> None:
        if self._document.in_gesture:
            self._document.end_gesture()
        if self.tool.choice == DRAW and self._region:
            self._draw_region()

    def _draw_region(self) -> None:
        model, codes, anchor = self._model, self._grid_codes(), self._document.session.anchor
        if model is None or codes is None:
            return
        grid = model.space.shape[0]
        region = np.zeros((grid, grid), bool)
        region[tuple(np.array(list(self._region)).T)] = True
        self._seed += 1
        engine, seed, temperature = cast(Any, model.engine), self._seed, round(self.temperature_box.value(), 2)

        def done(drawn: np.ndarray) -> None:
            self.brush.mark(())
            if self._document.session.anchor == anchor and self._document.model is model:
                cells = np.flatnonzero(region)
                drawn_codes = {int(cell): int(drawn.flat[cell]) for cell in cells}
                self._document.paint_cells(drawn_codes, self.tr("Draw cells anew"))

        self._drawing.start(
            self.tr("Drawing codes"),
            lambda progress: engine.draw_region(codes.reshape(grid, grid), region, seed, temperature, progress),
            done,
            "draw cells",
            lambda: self.brush.mark(()),
        )

    def _on_document_session_changed(self, session: Session) -> None:
        if self._model is None:
            return
        has_face = session.anchor is not None
        if has_face != (self.brush.grid > 0) or not has_face or self.tool.choice == SWAP:
            self._show()
        if self.brush.hasFocus():
            self._on_brush_hovered(*self.brush.cell)

    def _on_decoding_decoded(self, decoded: Decoded) -> None:
        if decoded.channel == "other" and decoded.id == self._other_request:
            self.other_picture.setPixmap(QPixmap.fromImage(to_qimage(decoded.images[0])))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._drawing.forget()
        self.brush.mark(())
