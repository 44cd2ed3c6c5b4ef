"""An atlas in the Gallery: the codes of a codebook or the atoms of a dictionary, each alone, with its use and its places."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.export.images import wrapped
from core.families.base import Can
from core.families.grid_atlas import Place, by_use, in_context
from core.progress import Progress
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
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

EXAMPLES = 8  # places in which a code is shown
ENLARGED = 4  # times, in a saved sheet
ACROSS = 16  # codes in a row of a saved sheet
BY_USE, BY_BRIGHTNESS = range(2)


class InContext(QWidget):
    """Parts of pictures around cells, each with its cell framed, in two columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[tuple[np.ndarray, tuple[int, int], int]] = []
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


class AtlasSection(GallerySection):
    """All entries at once; the one that is pointed at or chosen is shown in pictures that have it. Subclasses say what they are."""

    needs = frozenset({Can.ENCODE, Can.DECODE})
    what: ClassVar[str]
    """It is, in recipes and names of files."""

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, parent)
        self._valid = valid
        self._codes = np.zeros(0, np.int64)  # in the order of their use
        self._tiles: np.ndarray | None = None
        self._shares: np.ndarray | None = None
        self._shown = -1
        self._gave_up = False  # whether the person cancelled drawing them
        self.atlas = CodeAtlas(self)
        self.order_choice = Segmented((self.tr("By use"), self.tr("By brightness")), self._order_name(), self.controls)
        self.order_choice.set_tooltips(self._order_tips())
        self.put_controls(self.order_choice)
        self.progress = ProgressStrip(self)
        self._drawing = LatestWork(self.progress, decode_service.failed.emit, self)
        self.swatch = Swatch(self)
        self.title = QLabel(self)
        self.title.setFont(section_font())
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setProperty("muted", True)
        self.context = InContext(self)
        self.context.setAccessibleName(self._context_name())
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

    # -- what subclasses say ------------------------------------------------------------------------------------

    @abstractmethod
    def _order_name(self) -> str:
        """The choice of the entries' order, for screen readers."""

    @abstractmethod
    def _order_tips(self) -> tuple[str, str]:
        """Tooltips of both orders."""

    @abstractmethod
    def _context_name(self) -> str:
        """The pictures that have an entry, for screen readers."""

    @abstractmethod
    def _given_up(self) -> str:
        """That nothing was drawn, as the person cancelled it; {model} is the model's name."""

    @abstractmethod
    def _caption_words(self, *, has_use: bool, has_all: bool) -> str:
        """What is shown: {count} entries of {all}, of which {used} are used, if anybody knows; {model} is the model's name."""

    @abstractmethod
    def _drawing_words(self) -> str:
        """That the entries are drawn now."""

    @abstractmethod
    def _name(self, code: int) -> str:
        """An entry's name."""

    @abstractmethod
    def _use(self, model: LoadedModel) -> np.ndarray | None:
        """How much each entry is used, as a share, (K,); None where the model's file doesn't say."""

    @abstractmethod
    def _entries(self, model: LoadedModel) -> int:
        """How many there are, K."""

    @abstractmethod
    def _tiles_of(self, model: LoadedModel, codes: np.ndarray, progress: Progress) -> np.ndarray:
        """What each of these entries draws, uint8 (n, h, h, C); not on the window's thread."""

    @abstractmethod
    def _places(self, faces: EncodedFaces, code: int, most: int) -> list[Place]:
        """Where the pictures at hand have an entry."""

    @abstractmethod
    def _words(self, code: int, share: float | None) -> str:
        """What there is to say about an entry, -1: none; its share is None where nobody knows."""

    # -- showing ------------------------------------------------------------------------------------------------

    @property
    def caption(self) -> str:
        model, count = self.model, len(self._codes)
        if model is None or not count:
            return ""
        if self._gave_up:
            return self._given_up().format(model=model.name)
        use, entries = self._use(model), self._entries(model)
        used = 0 if use is None else int((use > 0).sum())
        text = self._caption_words(has_use=use is not None, has_all=count >= entries)
        return text.format(count=f"{count:,}", used=f"{used:,}", all=f"{entries:,}", model=model.name)

    @override
    def invalidate(self) -> None:
        self._drawing.forget()
        super().invalidate()

    def refresh(self) -> None:
        model = self.model
        assert model is not None
        self._valid.ensure()
        use = self._use(model)
        self._codes = by_use(np.ones(self._entries(model)) if use is None else use)
        self._shares = None if use is None else use[self._codes]
        self._tiles, self._gave_up = None, False
        self._show_tiles()
        self._show_code(-1)
        codes = self._codes
        self._drawing.start(
            self._drawing_words(),
            lambda progress: self._tiles_of(model, codes, progress),
            self._on_drawn,
            f"draw {self.what}",
            self._on_cancelled,
        )

    def clear(self) -> None:
        self._codes, self._tiles, self._shares = np.zeros(0, np.int64), None, None
        self._show_tiles()
        self._show_code(-1)

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """Nothing is asked of the decoding service."""

    def export(self) -> Export | None:
        if self.model is None or not self.is_complete or self._tiles is None:
            return None
        tiles = self._tiles[self._order()].repeat(ENLARGED, axis=1).repeat(ENLARGED, axis=2)
        recipe = {"what": self.what, "checkpoint": self.model.id, "codes": [int(code) for code in self._codes[self._order()]]}
        return Export(wrapped(tiles, ACROSS), self.caption, (), recipe, file_name(self.model.name, self.what))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._drawing.forget()
        super().hideEvent(event)

    def _order(self) -> np.ndarray:
        """The places of the entries in the chosen order."""
        if self._tiles is None or self.order_choice.choice == BY_USE:
            return np.arange(len(self._codes))
        return np.argsort(self._tiles.reshape(len(self._tiles), -1).mean(axis=1), kind="stable")

    def _show_tiles(self) -> None:
        order = self._order()
        tiles = None if self._tiles is None else self._tiles[order]
        self.atlas.set_codes(self._codes[order], tiles, None if self._shares is None else self._shares[order])

    def _show_code(self, code: int) -> None:
        """Show an entry large and in pictures; -1: none."""
        self._shown = code
        place = int(np.flatnonzero(self._codes == code)[0]) if code >= 0 else -1
        self.swatch.set_picture(self._tiles[place] if self._tiles is not None and place >= 0 else None)
        for widget in (self.title, self.swatch):
            widget.setVisible(code >= 0)
        self.title.setText(self._name(code) if code >= 0 else "")
        known = self._shares is not None and place >= 0
        self.words.setText(self._words(code, float(self._shares[place]) if known and self._shares is not None else None))
        self.context.set_parts(self._parts(code) if code >= 0 else [])

    def _parts(self, code: int) -> list[tuple[np.ndarray, tuple[int, int], int]]:
        faces = self._valid.current
        if faces is None:
            return []
        grid, parts = faces.model.space.shape[0], []
        for number, row, column in self._places(faces, code, EXAMPLES):
            part, cell = in_context(faces.originals[number], grid, row, column)
            parts.append((part, cell, part.shape[0] * grid // faces.originals.shape[1]))
        return parts

    def _on_drawn(self, tiles: np.ndarray) -> None:
        self._tiles = tiles
        self._complete = True
        self._show_tiles()
        self._show_code(self._shown)
        self.changed.emit()

    def _on_cancelled(self) -> None:
        self._gave_up = True
        self.changed.emit()

    def _on_atlas_hovered(self, code: int) -> None:
        self._show_code(code if code >= 0 else self.atlas.choice)

    def _on_valid_changed(self) -> None:
        if self.isVisible():
            self._show_code(self._shown)
