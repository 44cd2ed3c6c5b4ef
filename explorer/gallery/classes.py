"""The Gallery's classes: the same codes in each class of a conditional model, a row for each class."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from core.families.base import Can
from core.files import printable
from core.latent.code import Given
from core.latent.session import Anchor
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.section import Export, GallerySection, anchor_code
from explorer.gallery.sheet import PictureSheet
from explorer.look.icons import icon
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.settings.store import SettingsStore

STYLES = 8  # codes in a row


class ClassesSection(GallerySection):
    """Class by style as a matrix; only for a model that is told the class."""

    needs = frozenset({Can.DIRECTIONS, Can.SAMPLE})

    def __init__(
        self, document: Document, decode_service: DecodeService, settings_store: SettingsStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, decode_service, parent)
        self._settings = settings_store
        self._codes = np.zeros((0, 1), np.float32)  # one a cell, row by row
        self.sheet = PictureSheet(self, columns=STYLES)
        self.sheet.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # the matrix is saved as it is seen
        self.reroll_button = QPushButton(icon("dice"), self.tr("New styles"), self.controls)
        self.reroll_button.setToolTip(self.tr("Other codes: go on to the next seed"))
        self.put_controls(self.reroll_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sheet)
        self.reroll_button.clicked.connect(lambda _checked=False: self.reroll())
        self.sheet.picture_opened.connect(self._on_sheet_picture_opened)

    @property
    @override
    def available(self) -> bool:
        """Whether the model in use is told the class."""
        return self.model is not None and super().available and len(self.classes) > 0

    @property
    def classes(self) -> tuple[str, ...]:
        """Those that the model knows, one a row."""
        return () if self.model is None else tuple(self.model.engine.classes)

    @property
    def seed(self) -> int:
        """Of the codes."""
        return self._settings.value.gallery_seed

    def reroll(self) -> None:
        """The next seed."""
        self._settings.update(gallery_seed=self.seed + 1)
        self.invalidate()

    @property
    def caption(self) -> str:
        if self.model is None or not self.classes:
            return ""
        text = self.tr(
            "Rows, from the top: {classes}. Each column is one code from the prior, seed {seed}: what the class leaves to it. "
            "Model: {model}"
        )
        return text.format(classes=", ".join(map(printable, self.classes)), seed=self.seed, model=self.model.name)

    def refresh(self) -> None:
        if not self.available or self.model is None:
            return
        rows = len(self.classes)
        self._codes = np.tile(self.model.engine.sample(STYLES, self.seed), (rows, 1))
        same = self.sheet.count == len(self._codes)
        old = [self.sheet.picture(i) if same else None for i in range(len(self._codes))]  # stay until the new ones arrive
        self.sheet.set_pictures([old], self._label)
        self.ask(self._codes, Given(np.repeat(np.arange(rows), STYLES)))

    def clear(self) -> None:
        self.sheet.set_pictures([[]])

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        self.sheet.set_picture(place, image)

    def export(self) -> Export | None:
        pictures = self.sheet.pictures()
        if self.model is None or not self.is_complete or pictures is None:
            return None
        recipe = {"what": "class by style", "checkpoint": self.model.id, "seed": self.seed, "classes": list(self.classes)}
        rows = list(pictures.reshape(len(self.classes), STYLES, *pictures.shape[1:]))
        name = file_name(self.model.name, "classes", "seed", str(self.seed))
        return Export(rows, self.caption, (), recipe, name, row_labels=tuple(map(printable, self.classes)))

    def _label(self, index: int) -> str:
        row, style = divmod(index, STYLES)
        return self.tr("Class {name}, style {n}").format(name=printable(self.classes[row]), n=style + 1)

    def _on_sheet_picture_opened(self, index: int) -> None:
        reference = f"classes/{self.seed}/{index % STYLES}"
        anchor = Anchor("sample", self._label(index), reference, anchor_code(self._codes[index]))
        self.choose(anchor, None, self.classes[index // STYLES])
