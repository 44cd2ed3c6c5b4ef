"""The Gallery's codebook of a VQ-VAE: each code alone, how much it is used, and where pictures have it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.export.images import wrapped
from core.families.base import Can
from core.families.vq_vae.atlas import by_use, in_context, places, swatches
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.section import Export, GallerySection
from explorer.gallery.valid_faces import EncodedFaces, ValidFaces
from explorer.look.pixels import to_qimage
from explorer.look.theme import GROUP, RADIUS, SPACE, colors, section_font
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.widgets.codes.atlas import CodeAtlas
from explorer.widgets.long_work import LatestWork
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.segmented import Segmented

FAMILY = "vq_vae"
EXAMPLES = 8  # places in which a code is shown
ENLARGED = 4  # times, in a saved sheet
ACROSS = 16  # codes in a row of a saved sheet
BY_USE, BY_BRIGHTNESS = range(2)


class InContext(QWidget):
    """Parts of pictures around cells, each with its cell framed, in two columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[tuple[np.ndarray, tuple[int, int], int]] = []
        self.setAccessibleName(self.tr("The code in pictures"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_parts(self, parts: list[tuple[np.ndarray, tuple[int, int], int]]) -> None:
        """Show parts: the picture, the row and column of its cell, and how many cells it has a side."""
        self._parts = parts
        self.update()

    @property
    def count(self) -> int:
        """How many are shown."""
        return len(self._parts)

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, 400)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rows = EXAMPLES // 2
        side = float(max(8, min((self.width() - SPACE) // 2, (self.height() - (rows - 1) * SPACE) // rows)))
        for number, (part, (row, column), cells) in enumerate(self._parts):
            down, right = divmod(number, 2)
            area = QRectF(right * (side + SPACE), down * (side + SPACE), side, side)
            painter.drawImage(area, to_qimage(part))
            cell = side / cells
            painter.setPen(QPen(colors().accent, 2))
            painter.drawRect(QRectF(area.left() + column * cell, area.top() + row * cell, cell, cell))


class Swatch(QWidget):
    """One code, large."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: np.ndarray | None = None
        self.setFixedSize(96, 96)

    def set_picture(self, picture: np.ndarray | None) -> None:
        """Show a picture, uint8 (H, W, C)."""
        self._picture = picture
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors().panel)
            painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), to_qimage(self._picture))


class CodebookSection(GallerySection):
    """All codes at once; the one that is pointed at or chosen is shown in pictures that have it."""

    needs = frozenset({Can.ENCODE, Can.DECODE})

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, parent)
        self._valid = valid
        self._codes = np.zeros(0, np.int64)  # in the order of their use
        self._tiles: np.ndarray | None = None
        self._shares: np.ndarray | None = None
        self._shown = -1
        self._gave_up = False  # whether the person cancelled drawing it
        self.atlas = CodeAtlas(self)
        self.order_choice = Segmented((self.tr("By use"), self.tr("By brightness")), self.tr("Order of the codes"), self.controls)
        self.order_choice.set_tooltips(
            (self.tr("The codes that most cells of the validation pictures have come first"), self.tr("Dark codes come first"))
        )
        row = QHBoxLayout(self.controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.order_choice)
        self.progress = ProgressStrip(self)
        self._drawing = LatestWork(self.progress, decode_service.failed.emit, self)
        self.swatch = Swatch(self)
        self.title = QLabel(self)
        self.title.setFont(section_font())
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setProperty("muted", True)
        self.context = InContext(self)
        details = QWidget(self)
        details.setFixedWidth(224)
        column = QVBoxLayout(details)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.title)
        column.addWidget(self.swatch)
        column.addWidget(self.words)
        column.addWidget(self.context, 1)
        across = QHBoxLayout()
        across.setSpacing(GROUP)
        across.addWidget(self.atlas, 1)
        across.addWidget(details)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(across, 1)
        layout.addWidget(self.progress)
        self.order_choice.choice_changed.connect(lambda _choice: self._show_tiles())
        self.atlas.hovered.connect(self._on_atlas_hovered)
        self.atlas.chosen.connect(self._show_code)
        valid.changed.connect(self._on_valid_changed)

    @property
    @override
    def available(self) -> bool:
        """Whether the model in use is a VQ-VAE."""
        return self.model is not None and super().available and self.model.family.name == FAMILY

    @property
    @override
    def hint(self) -> str:
        return self.tr("Point at a code to see it in pictures")

    @property
    def caption(self) -> str:
        if self.model is None or not len(self._codes):
            return ""
        if self._gave_up:
            text = self.tr("Nothing was drawn, as it was cancelled. Codebook draws it once it is chosen again. Model: {model}")
            return text.format(model=self.model.name)
        text = self.tr("{count} codes, each drawn as it looks with itself all around. Model: {model}")
        counts = self._counts()
        if counts is not None:
            text = self.tr(
                "{used} of {all} codes are used by the validation pictures; the bar says how often. Each is drawn as it looks "
                "with itself all around. Model: {model}"
            )
        if len(self._codes) < self.model.space.entries:
            text = self.tr("The {count} most used codes of {all}, each drawn as it looks with itself all around. Model: {model}")
        used = int((counts > 0).sum()) if counts is not None else 0
        return text.format(
            count=f"{len(self._codes):,}", used=f"{used:,}", all=f"{self.model.space.entries:,}", model=self.model.name
        )

    @override
    def invalidate(self) -> None:
        self._drawing.forget()
        super().invalidate()

    def refresh(self) -> None:
        model = self.model
        assert model is not None
        self._valid.ensure()
        counts = self._counts()
        self._codes = by_use(np.ones(model.space.entries) if counts is None else counts)
        self._shares = None if counts is None else counts[self._codes] / max(1, counts.sum())
        self._tiles, self._gave_up = None, False
        self._show_tiles()
        self._show_code(-1)
        engine, codes, grid = cast(Any, model.engine), self._codes, model.space.shape[0]
        self._drawing.start(
            self.tr("Drawing the codebook"),
            lambda progress: swatches(engine, codes, grid, progress),
            self._on_drawn,
            "draw codebook",
            self._on_cancelled,
        )

    def clear(self) -> None:
        self._codes, self._tiles, self._shares = np.zeros(0, np.int64), None, None
        self._show_tiles()
        self._show_code(-1)

    def _on_cancelled(self) -> None:
        self._gave_up = True
        self.changed.emit()

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """Nothing is asked of the decoding service."""

    def export(self) -> Export | None:
        if self.model is None or not self.is_complete or self._tiles is None:
            return None
        tiles = self._tiles[self._order()].repeat(ENLARGED, axis=1).repeat(ENLARGED, axis=2)
        recipe = {"what": "codebook", "checkpoint": self.model.id, "codes": [int(code) for code in self._codes[self._order()]]}
        return Export(wrapped(tiles, ACROSS), self.caption, (), recipe, file_name(self.model.name, "codebook"))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._drawing.forget()
        super().hideEvent(event)

    def _counts(self) -> np.ndarray | None:
        """How often each code stands in the validation pictures that the model was judged on; None where its file doesn't say."""
        if self.model is None:
            return None
        counts = self.model.header.latent.get("code_counts")
        fits = isinstance(counts, list) and len(counts) == self.model.space.entries and sum(counts) > 0
        return np.asarray(counts, np.int64) if fits else None

    def _order(self) -> np.ndarray:
        """The places of the codes in the chosen order."""
        if self._tiles is None or self.order_choice.choice == BY_USE:
            return np.arange(len(self._codes))
        return np.argsort(self._tiles.reshape(len(self._tiles), -1).mean(axis=1), kind="stable")

    def _show_tiles(self) -> None:
        order = self._order()
        tiles = None if self._tiles is None else self._tiles[order]
        self.atlas.set_codes(self._codes[order], tiles, None if self._shares is None else self._shares[order])

    def _show_code(self, code: int) -> None:
        """Show a code large and in pictures; -1: none."""
        self._shown = code
        place = int(np.flatnonzero(self._codes == code)[0]) if code >= 0 else -1
        self.swatch.set_picture(self._tiles[place] if self._tiles is not None and place >= 0 else None)
        for widget in (self.title, self.swatch):
            widget.setVisible(code >= 0)
        self.title.setText(self.tr("Code {code}").format(code=code) if code >= 0 else "")
        self.words.setText(self._words(code, place))
        self.context.set_parts(self._parts(code) if code >= 0 else [])

    def _words(self, code: int, place: int) -> str:
        if code < 0:
            return self.tr("Point at a code, or choose one with a click or the arrow keys.")
        faces, parts = self._valid.current, []
        if self._shares is not None:
            share = 100.0 * self._shares[place]
            none = self.tr("No cell of the validation pictures has it.")
            parts.append(
                self.tr("{share} % of all cells of the validation pictures have it.").format(share=f"{share:.2g}")
                if share
                else none
            )
        if faces is None:
            parts.append(self.tr("Pictures that have it appear here once pictures are open that fit the model."))
        elif not places(self._grids(faces), code, 1):
            parts.append(self.tr("None of the pictures at hand has it."))
        return " ".join(parts)

    def _parts(self, code: int) -> list[tuple[np.ndarray, tuple[int, int], int]]:
        faces = self._valid.current
        if faces is None:
            return []
        grid, parts = faces.model.space.shape[0], []
        for number, row, column in places(self._grids(faces), code, EXAMPLES):
            part, cell = in_context(faces.originals[number], grid, row, column)
            parts.append((part, cell, part.shape[0] * grid // faces.originals.shape[1]))
        return parts

    def _grids(self, faces: EncodedFaces) -> np.ndarray:
        """The codes of the pictures at hand, (n, grid, grid) int64."""
        return faces.z.astype(np.int64).reshape(len(faces.z), *faces.model.space.shape)

    def _on_drawn(self, tiles: np.ndarray) -> None:
        self._tiles = tiles
        self._complete = True
        self._show_tiles()
        self._show_code(self._shown)
        self.changed.emit()

    def _on_atlas_hovered(self, code: int) -> None:
        self._show_code(code if code >= 0 else self.atlas.choice)

    def _on_valid_changed(self) -> None:
        if self.isVisible():
            self._show_code(self._shown)
