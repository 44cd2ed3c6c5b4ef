"""Explore's pane for an SC-VAE: the atoms of the face at hand turned up and down, and a brush for atoms."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from core.families.grid_atlas import by_use
from core.families.sc_vae.atlas import strongest, swatches, use_of, usual_sizes
from core.latent.session import ATOM, Session
from core.wording import percent
from explorer.document.loading import LoadedModel
from explorer.explore.edits import connect_edit
from explorer.explore.families.own import PaneParts
from explorer.look.theme import SPACE, UNIT, section_font
from explorer.widgets.codes.atlas import CodeAtlas
from explorer.widgets.codes.brush import Cell, CellBrush
from explorer.widgets.codes.brush_row import BrushRow
from explorer.widgets.long_work import LatestWork
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.column import ScrollColumn
from explorer.widgets.segmented import Segmented
from explorer.widgets.slider.latent_slider import LatentSlider

SLIDERS, BRUSH = range(2)
MOST_SLIDERS = 24
LOW, HIGH = -100.0, 400.0  # percent by which an atom is turned down and up; the first takes it out
STRENGTH, STRONGEST = 4.0, 10.0  # of the brush, in times an atom's usual size
NAMED = 3  # atoms of a cell that are named


class AtomPane(QWidget):
    """Sliders for the strongest atoms of the face, or the atoms to paint with."""

    def __init__(self, parts: PaneParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        document = self._document = parts.document
        self._shows_model = parts.shows_model
        self._model: LoadedModel | None = None
        self._atoms = np.zeros(0, np.int64)  # by use
        self._sizes = np.zeros(0, np.float32)
        self._anchor_z: tuple[float, ...] | None = None
        self._sliders: dict[int, LatentSlider] = {}
        self._tiles: dict[int, np.ndarray] = {}  # what each atom adds to a picture, once they are drawn
        self.brush = CellBrush(parts.canvas)
        title = QLabel(self.tr("Atoms"), self)
        title.setFont(section_font())
        self.atom_words = QLabel(self)
        self.atom_words.setProperty("muted", True)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.atom_words)
        self.tool = Segmented((self.tr("Sliders"), self.tr("Brush")), self.tr("How atoms are changed"), self)
        self.tool.set_tooltips(
            (
                self.tr("Turn atoms of this face up and down, everywhere at once"),
                self.tr("Brush one atom onto places of the picture"),
            )
        )
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setProperty("muted", True)
        self.pages = QStackedWidget(self)
        self._column = ScrollColumn(UNIT, self)
        self.pages.addWidget(self._column)
        self.pages.addWidget(self._brush_page())
        self.progress = ProgressStrip(self, narrow=True)
        self._tiling = LatestWork(self.progress, parts.decoding.failed.emit, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        layout.addWidget(self.tool)
        layout.addWidget(self.words)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.progress)
        layout.addStretch()  # without a face the pages are hidden, and all else stays at the top
        self.tool.choice_changed.connect(lambda _choice: self._show())
        self.atlas.chosen.connect(lambda _atom: self._show())
        self.atlas.hovered.connect(self._name)
        self.brush.began.connect(document.begin_gesture)
        self.brush.touched.connect(self._on_brush_touched)
        self.brush.ended.connect(self._on_brush_ended)
        self.brush.picked.connect(self._on_brush_picked)
        self.brush.hovered.connect(self._on_brush_hovered)
        document.session_changed.connect(self._on_document_session_changed)
        self._show()

    def _brush_page(self) -> QWidget:
        page = QWidget(self)
        self.brush_row = BrushRow(self.brush, page)
        self.strength = LatentSlider(self.tr("Strength"), page)
        self.strength.set_range(-STRONGEST, STRONGEST)
        self.strength.set_steps(0.5, 0.1)
        self.strength.set_home(STRENGTH)
        self.strength.set_value(STRENGTH)
        self.strength.setToolTip(
            self.tr(
                "<p>How much of the atom the brush adds, in times its usual size; below 0 it takes away, and 0 undoes what was "
                "painted. Default: {strength:g}.</p>"
            ).format(strength=STRENGTH)
        )
        self.strength.value_changed.connect(self.strength.set_value)
        self.atlas = CodeAtlas(page)
        self.atlas.setAccessibleName(self.tr("Atoms"))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.brush_row)
        layout.addWidget(self.strength)
        layout.addWidget(self.atlas, 1)
        return page

    # -- the model and the face ---------------------------------------------------------------------------------

    def set_model(self, model: LoadedModel | None) -> None:
        """Change faces of this model; None: it is no SC-VAE, and nothing is shown."""
        self._model = model
        self._tiling.forget()
        self._anchor_z = None
        self._tiles = {}
        if model is not None:
            shape, latent = model.space.shape, model.header.latent
            use = use_of(latent, shape[-1])
            self._atoms = by_use(np.ones(shape[-1]) if use is None else use)
            self._sizes = usual_sizes(latent, shape[-1])
            self.atlas.set_codes(self._atoms, None)
            self.atlas.set_choice(int(self._atoms[0]))
            engine, atoms = cast(Any, model.engine), self._atoms
            self._tiling.start(
                self.tr("Drawing the atoms"),
                lambda progress: swatches(engine, atoms, shape, progress),
                self._on_tiled,
                "draw atoms",
            )
        self._rebuild()
        self._show()

    def refresh(self) -> None:
        """What the canvas shows has changed: only on the model's own picture the cells are where they seem to be."""
        self._show()

    def slider(self, atom: int) -> LatentSlider | None:
        """The slider of an atom, where it is shown."""
        return self._sliders.get(atom)

    @property
    def shown_atoms(self) -> tuple[int, ...]:
        """The atoms that have a slider, from the top."""
        return tuple(self._sliders)

    def _code(self, *, is_edited: bool = True) -> np.ndarray | None:
        """The face's code (grid, grid, atoms), as edited or its own; None without a face."""
        if self._model is None:
            return None
        code = self._document.edited_code() if is_edited else self._document.code_with(())
        return None if code is None else code.reshape(self._model.space.shape)

    def _rebuild(self) -> None:
        """Sliders for the strongest atoms of the face, and for those that are edited already."""
        session, own = self._document.session, self._code(is_edited=False)
        before, self._sliders = self._sliders, {}
        if own is not None:
            edited = [int(edit.key) for edit in session.edits if edit.kind == ATOM]
            wanted = list(dict.fromkeys([*(int(atom) for atom in strongest(own, MOST_SLIDERS)), *edited]))
            for place, atom in enumerate(wanted):
                slider = before.pop(atom, None) or self._new_slider(atom)
                self._column.rows.removeWidget(slider)
                self._column.rows.insertWidget(place, slider)
                self._show_tile(slider, atom, own)
                slider.setToolTip(self._tip(own, atom))
                self._sliders[atom] = slider
        for slider in before.values():
            slider.hide()  # else a layout that is about to show it would make a window of it
            slider.setParent(None)
            slider.deleteLater()
        self._column.put_in_order()
        self._show_values()

    def _show_tile(self, slider: LatentSlider, atom: int, code: np.ndarray) -> None:
        """At the upper end of a slider what more of its atom adds to this face, which may be its negative; at the lower, less."""
        tile = self._tiles.get(atom)
        if tile is not None:
            more, less = (tile, 255 - tile) if float(code[:, :, atom].sum()) >= 0.0 else (255 - tile, tile)
            slider.set_end_images(less, more)

    def _new_slider(self, atom: int) -> LatentSlider:
        slider = LatentSlider(self.tr("Atom {n}").format(n=atom + 1), self)
        slider.set_range(LOW, HIGH)
        slider.set_format(percent)
        slider.set_steps(10.0, 1.0)
        slider.reserve_end_images()
        connect_edit(slider, self._document, ATOM, str(atom))
        return slider

    def _tip(self, code: np.ndarray, atom: int) -> str:
        places = int(np.count_nonzero(code[:, :, atom]))
        share = float(np.square(code[:, :, atom]).sum() / max(1e-12, float(np.square(code).sum())))
        text = self.tr(
            "<p>Atom {n}: in {places} of this face's {all} places, {share} % of its code by squares. −100 % takes it out "
            "everywhere, 100 % makes it twice as strong. The small pictures show what more and less of it add around a place.</p>"
        )
        return text.format(n=atom + 1, places=places, all=code.shape[0] * code.shape[1], share=f"{100.0 * share:.2g}")

    def _show_values(self) -> None:
        session = self._document.session
        for atom, slider in self._sliders.items():
            weight = session.weight(ATOM, str(atom))
            if slider.value != weight:
                slider.set_value(weight)

    # -- words --------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show what belongs to the tool, and whether there is something to paint on."""
        tool, has_face = self.tool.choice, self._code() is not None
        self.pages.setCurrentIndex(tool)
        self.pages.setVisible(has_face or tool == BRUSH)
        paints = tool == BRUSH and has_face and self._shows_model()
        self.brush.set_grid(self._model.space.shape[0] if paints and self._model is not None else 0)
        self.words.setText(self._told())
        self._name()

    def _told(self) -> str:
        own = self._code(is_edited=False)
        if own is None:
            return self.tr("Choose a picture to change its atoms.")
        if self.tool.choice == BRUSH:
            if not self._shows_model():
                return self.tr("Choose Model's view, the cube under the picture, to paint on the face as the model draws it.")
            return self.tr(
                "Choose an atom below and brush it onto the picture. A click with Ctrl held takes the strongest atom of a place."
            )
        active = int(np.count_nonzero(np.abs(own).max(axis=(0, 1))))
        text = self.tr("{active} of {all} atoms are active in this face: the strongest, each turned up or down everywhere.")
        if active > MOST_SLIDERS:
            text = self.tr(
                "{active} of {all} atoms are active in this face. These are the {most} strongest, each turned up or down "
                "everywhere; all others can be brushed."
            )
        return text.format(active=active, all=own.shape[-1], most=MOST_SLIDERS)

    def _name(self, atom: int = -1) -> None:
        """Name the atom under the mouse, or else the one to paint with."""
        atom = self.atlas.choice if atom < 0 and self.tool.choice == BRUSH else atom
        self.atom_words.setText(self.tr("Atom {n}").format(n=atom + 1) if atom >= 0 else "")

    # -- painting -----------------------------------------------------------------------------------------------

    def _cell(self, row: int, column: int) -> np.ndarray | None:
        """The atoms of a cell, the strongest first, at most a few; None without a face."""
        code = self._code()
        return None if code is None or row < 0 else strongest(code[row : row + 1, column : column + 1], NAMED)

    def _on_brush_touched(self, cells: tuple[Cell, ...]) -> None:
        if self._model is None:
            return
        atom, (grid, _, atoms) = self.atlas.choice, self._model.space.shape
        amount = float(np.float32(self.strength.value * self._sizes[atom]))
        amounts = {(row * grid + column) * atoms + atom: amount for row, column in cells}
        self._document.paint_places(amounts, self.tr("Paint with atom {n}").format(n=atom + 1))

    def _on_brush_ended(self) -> None:
        if self._document.in_gesture:
            self._document.end_gesture()

    def _on_brush_picked(self, row: int, column: int) -> None:
        found = self._cell(row, column)
        if found is not None and len(found):
            self.atlas.set_choice(int(found[0]))
            self._show()

    def _on_brush_hovered(self, row: int, column: int) -> None:
        found = self._cell(row, column)
        if found is None or not len(found):
            self._name()
            return
        self.atom_words.setText(self.tr("Here: {atoms}").format(atoms=", ".join(str(int(atom) + 1) for atom in found)))

    def _on_tiled(self, tiles: np.ndarray) -> None:
        self.atlas.set_codes(self._atoms, tiles)
        self._tiles = {int(atom): tile for atom, tile in zip(self._atoms, tiles, strict=True)}
        own = self._code(is_edited=False)
        if own is not None:
            for atom, slider in self._sliders.items():
                self._show_tile(slider, atom, own)

    def _on_document_session_changed(self, session: Session) -> None:
        if self._model is None:
            return
        z = session.anchor.z if session.anchor is not None else None
        missing = any(edit.kind == ATOM and int(edit.key) not in self._sliders for edit in session.edits)
        if z != self._anchor_z or missing:
            self._anchor_z = z
            self._rebuild()
            self._show()
        else:
            self._show_values()


def pane(parts: PaneParts, parent: QWidget) -> AtomPane:
    """Explore's pane for models of this family, in place of sliders."""
    return AtomPane(parts, parent)
