"""The Gallery's section of a VQ-VAE: the grid of codes of a picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import held_out
from explorer.gallery.encoded import EncodedSection
from explorer.gallery.grids.codebook import CodebookSection
from explorer.gallery.reconstructions import psnr
from explorer.gallery.section import Export, GallerySection
from explorer.gallery.valid_faces import EncodedFaces, ValidFaces
from explorer.look.pixels import to_qimage
from explorer.look.theme import GROUP, SPACE, colors, small_font
from explorer.qt import override
from explorer.saving.ask_path import file_name

SHOWN = 8  # pictures
NUMBERS_FROM = 24.0  # pixels: cells from this width on show their codes' numbers


class CodeMap(QWidget):
    """A picture, or the colours of its codes, under the grid of its codes; the cells of one code are marked in all maps at once."""

    code_hovered = Signal(int, int)
    """Row and column under the mouse; -1, -1: none."""

    def __init__(self, name: str, parent: QWidget | None = None, *, shows_numbers: bool = False, at_left: bool = False) -> None:
        super().__init__(parent)
        self._picture: np.ndarray | None = None
        self._codes = np.zeros((1, 1), np.int64)
        self._marked = -1
        self._shows_numbers = shows_numbers
        self._at_left = at_left  # aligned left in its area; else right, so that two maps are close together
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_content(self, picture: np.ndarray | None, codes: np.ndarray) -> None:
        """Show a picture, uint8 (H, W, C), or nothing, with the codes (grid, grid) of it."""
        self._picture, self._codes = picture, codes
        self.update()

    def mark(self, code: int) -> None:
        """Mark every cell of a code; -1: none."""
        if code != self._marked:
            self._marked = code
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def _area(self) -> QRectF:
        side = float(min(self.width(), self.height()))
        left = 0.0 if self._at_left else self.width() - side
        return QRectF(left, (self.height() - side) / 2.0, side, side)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self._area()
        if self._picture is None:
            painter.fillRect(area, colors().panel)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._picture.shape[0] > len(self._codes))
        painter.drawImage(area, to_qimage(self._picture))
        cells = len(self._codes)
        side = area.width() / cells
        painter.setPen(QPen(QColor(0, 0, 0, 60), 0))
        for line in range(1, cells):
            at = line * side
            painter.drawLine(QPointF(area.left() + at, area.top()), QPointF(area.left() + at, area.bottom()))
            painter.drawLine(QPointF(area.left(), area.top() + at), QPointF(area.right(), area.top() + at))
        if self._shows_numbers and side >= NUMBERS_FROM:
            self._paint_numbers(painter, area, side)
        if self._marked >= 0:
            painter.setPen(QPen(colors().accent, 2))
            for row, column in np.argwhere(self._codes == self._marked):
                painter.drawRect(QRectF(area.left() + column * side, area.top() + row * side, side, side).adjusted(1, 1, -1, -1))

    def _paint_numbers(self, painter: QPainter, area: QRectF, side: float) -> None:
        assert self._picture is not None
        painter.setFont(small_font())
        for row in range(len(self._codes)):
            for column in range(len(self._codes)):
                light = float(self._picture[row, column].mean()) > 127.0
                painter.setPen(QColor(0, 0, 0) if light else QColor(255, 255, 255))
                cell = QRectF(area.left() + column * side, area.top() + row * side, side, side)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(int(self._codes[row, column])))

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area, cells = self._area(), len(self._codes)
        place = event.position() - area.topLeft()
        row, column = int(place.y() // (area.height() / cells)), int(place.x() // (area.width() / cells))
        inside = 0 <= row < cells and 0 <= column < cells and self._picture is not None
        self.code_hovered.emit(row if inside else -1, column if inside else -1)

    @override
    def leaveEvent(self, event: object) -> None:
        self.code_hovered.emit(-1, -1)


class CodesSection(EncodedSection):
    """Validation pictures, their reconstructions, and the grid of codes in between."""

    family = "vq_vae"

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, valid, parent, single_row=True)
        self._hues: np.ndarray | None = None
        self._hovered = (-1, -1)
        self.sheet.setMaximumHeight(240)
        self.picture_map = CodeMap(self.tr("The reconstruction, under its grid"), self)
        self.code_map = CodeMap(self.tr("The codes of the picture"), self, shows_numbers=True, at_left=True)
        self.picture_map.setToolTip(
            self.tr("<p>The reconstruction. Each cell is drawn from one code and its neighbours'. Point at a cell.</p>")
        )
        self.code_map.setToolTip(
            self.tr(
                "<p>The number of each cell's code. Codes of similar colours are similar: their vectors lie close together.</p>"
            )
        )
        maps = QHBoxLayout()
        maps.setSpacing(GROUP)
        maps.addWidget(self.picture_map, 1)
        maps.addWidget(self.code_map, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.sheet, 1)
        layout.addLayout(maps, 2)
        self.sheet.selection_changed.connect(self._on_sheet_selection_changed)
        for one in (self.picture_map, self.code_map):
            one.code_hovered.connect(self._on_map_code_hovered)

    @property
    @override
    def no_data_text(self) -> str:
        return self.tr("Pictures that training never sees appear here, with the grid of codes that each becomes.")

    @property
    def caption(self) -> str:
        faces, codes = self._faces, self._codes()
        if faces is None or codes is None:
            return ""
        space, side = faces.model.space, faces.model.header.image_shape[1]
        text = self.tr(
            "{grid} × {grid} codes, {different} different ones of {all}; each stands for {pixels} × {pixels} pixels. Model: {model}"
        ).format(
            grid=len(codes),
            different=len(np.unique(codes)),
            all=f"{space.entries:,}",
            pixels=side // len(codes),
            model=faces.model.name,
        )
        returned = self.sheet.picture(self.sheet.selected_index, 1)
        if returned is not None:
            quality = psnr(faces.originals[self.sheet.selected_index], returned)
            text = self.tr("{text}. PSNR of this reconstruction: {psnr} dB").format(text=text, psnr=f"{quality:.1f}")
        row, column = self._hovered
        if row < 0:
            return text
        code = int(codes[row, column])
        here = self.tr("Row {row}, column {column}: code {code}, {count} times in this picture").format(
            row=row + 1, column=column + 1, code=code, count=int((codes == code).sum())
        )
        counts = faces.model.header.latent.get("code_counts")
        if isinstance(counts, list) and len(counts) == space.entries and sum(counts):
            share = 100.0 * counts[code] / sum(counts)
            here = self.tr("{here}, {share} % of all cells of the validation pictures").format(here=here, share=f"{share:.2g}")
        return f"{here}. {text}"

    def _show_faces(self, faces: EncodedFaces, before: EncodedFaces | None) -> None:
        if before is None or before.model.id != faces.model.id:
            self._hues = _hues(faces.model.engine.codebook())  # type: ignore[attr-defined]
        count = min(SHOWN, len(faces.originals))
        self.sheet.set_pictures([list(faces.originals[:count]), [None] * count], self._label)
        self.sheet.set_selected_index(max(0, min(self.sheet.selected_index, count - 1)))
        self._show_maps()
        self.ask(faces.z[:count])

    @override
    def clear(self) -> None:
        super().clear()
        self._hovered = (-1, -1)
        self.sheet.set_pictures([[], []])
        for one in (self.picture_map, self.code_map):
            one.set_content(None, np.zeros((1, 1), np.int64))

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        self.sheet.set_picture(place, image, 1)
        if place == self.sheet.selected_index:
            self._show_maps()

    def export(self) -> Export | None:
        faces, count = self._faces, self.sheet.count
        returned = [picture for i in range(count) if (picture := self.sheet.picture(i, 1)) is not None]
        if faces is None or self._hues is None or not self.is_complete or len(returned) != count:
            return None
        side = faces.model.header.image_shape[1]
        maps = [self._map(codes) for codes in self._grids(faces)[:count]]
        enlarged = np.stack([one.repeat(side // len(one), axis=0).repeat(side // len(one), axis=1) for one in maps])
        originals = faces.originals[:count]
        if originals.shape[3] == 1:
            enlarged = enlarged[..., :1]
        recipe = {"what": "codes", "checkpoint": faces.model.id, "seed": faces.seed}
        rows = [originals, np.stack(returned), enlarged]
        text = self.tr(
            "Validation pictures, their reconstructions and their codes: similar colours are similar codes. Model: {model}"
        )
        if not held_out(faces.model, faces.data):
            text = self.tr(
                "Pictures of {data}, not the model's own validation pictures, their reconstructions and their codes: similar "
                "colours are similar codes. Model: {model}"
            )
        text = text.format(model=faces.model.name, data=source_title(faces.data.config.source, faces.data.index.name))
        return Export(rows, text, (), recipe, file_name(faces.model.name, "codes", str(count)))

    def _grids(self, faces: EncodedFaces) -> np.ndarray:
        """The codes of all pictures, (n, grid, grid) int64."""
        return faces.z.astype(np.int64).reshape(len(faces.z), *faces.model.space.shape)

    def _codes(self) -> np.ndarray | None:
        """The codes (grid, grid) of the selected picture."""
        faces, index = self._faces, self.sheet.selected_index
        return None if faces is None or not 0 <= index < len(faces.z) else self._grids(faces)[index]

    def _map(self, codes: np.ndarray) -> np.ndarray:
        """The colours of codes, uint8 (grid, grid, 3)."""
        assert self._hues is not None
        return self._hues[codes]

    def _show_maps(self) -> None:
        codes = self._codes()
        if codes is None:
            return
        self.picture_map.set_content(self.sheet.picture(self.sheet.selected_index, 1), codes)
        self.code_map.set_content(self._map(codes), codes)

    def _on_sheet_selection_changed(self, index: int) -> None:
        self._show_maps()
        self.changed.emit()

    def _on_map_code_hovered(self, row: int, column: int) -> None:
        codes = self._codes()
        if codes is None or (row, column) == self._hovered:
            return
        self._hovered = (row, column)
        code = int(codes[row, column]) if row >= 0 else -1
        self.picture_map.mark(code)
        self.code_map.mark(code)
        self.changed.emit()


def _hues(codebook: np.ndarray) -> np.ndarray:
    """A colour for each code, uint8 (K, 3): its coordinates on the codebook's first three principal axes, equalised."""
    centred = codebook.astype(np.float64) - codebook.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:3]
    places = centred @ axes.T
    ranks = np.argsort(np.argsort(places, axis=0, kind="stable"), axis=0, kind="stable") / max(len(codebook) - 1, 1)
    shades = np.full((len(codebook), 3), 0.5)
    shades[:, : ranks.shape[1]] = ranks
    return np.rint(40.0 + 200.0 * shades).astype(np.uint8)


def sections() -> list[tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]]:
    """The Gallery's sections for this family only: title, tip, and class of each."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("CodesSection", text)

    return [
        (tr("Codes"), tr("Which code of the codebook stands where in a picture"), CodesSection),
        (tr("Codebook"), tr("All codes: what each draws, how much it is used, and where pictures have it"), CodebookSection),
    ]
