"""The Gallery's plane: pictures over both dimensions of a two-dimensional latent, laid out like a scatter plot of codes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.families.base import Can
from core.latent import mixture_prior
from core.latent.plane import even_values, plane, prior_quantiles
from core.latent.session import Anchor
from core.wording import rounded
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.section import Export, GallerySection, anchor_code
from explorer.gallery.sheet import PictureSheet
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.widgets.number_box import WholeBox
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

_LEAST_STEPS, _MOST_STEPS, _STEPS = 3, 24, 8
QUANTILES, EVEN = range(2)
REACH = 3.0  # of the even spacing, in standard deviations of the prior


class PlaneSection(GallerySection):
    """A square of pictures over both dimensions; only for a latent of two, where there is nothing to choose."""

    needs = frozenset({Can.DIRECTIONS})

    def __init__(self, document: Document, decode_service: DecodeService, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, parent)
        self._values = np.zeros(0, np.float32)
        self._codes = np.zeros((0, 2), np.float32)
        self.sheet = PictureSheet(self, columns=_STEPS)
        self.sheet.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # a plot's axis grows to the right in every language
        self.spacing_choice = Segmented([self.tr("Quantiles"), self.tr("Even")], self.tr("Spacing"), self.controls)
        self.spacing_choice.set_tooltips(
            [
                self.tr("<p>At the prior's quantiles: each step is equally probable, so common pictures get the most room</p>"),
                self.tr("<p>At equal distances from −3 to 3 standard deviations of the prior: rare pictures are shown, too</p>"),
            ]
        )
        self.steps_box = WholeBox(self.controls)
        self.steps_box.setRange(_LEAST_STEPS, _MOST_STEPS)
        self.steps_box.setValue(_STEPS)
        self.steps_box.setKeyboardTracking(False)
        self.steps_box.setMinimumWidth(72)
        self.steps_box.setAccessibleName(self.tr("Steps"))
        self.steps_box.setToolTip(self.tr("<p>Pictures in a row and in a column. Default: 8.</p>"))
        inset_text(self.steps_box)
        label = QLabel(self.tr("Steps"), self.controls)
        label.setBuddy(self.steps_box)
        self.put_controls(self.spacing_choice, None, label, self.steps_box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sheet)
        self.spacing_choice.choice_changed.connect(self.invalidate)
        self.steps_box.valueChanged.connect(self.invalidate)
        self.sheet.picture_opened.connect(self._on_sheet_picture_opened)

    @property
    @override
    def available(self) -> bool:
        """Whether the model in use has two latent dimensions."""
        return self.model is not None and super().available and self.model.size == 2

    @property
    def steps(self) -> int:
        """Pictures in a row."""
        return self.steps_box.value()

    @property
    def caption(self) -> str:
        if self.model is None or not len(self._values):
            return ""
        even = self.tr(
            "z0 grows to the right, z1 upwards: {count} values each, at equal distances from {low} to {high} standard "
            "deviations of the prior. Model: {model}"
        )
        quantiles = self.tr(
            "z0 grows to the right, z1 upwards: {count} values each, at the prior's quantiles (equally probable steps), from "
            "{low} to {high} standard deviations. Model: {model}"
        )
        text = even if self.spacing_choice.choice == EVEN else quantiles
        low, high = _number(self._values[0]), _number(self._values[-1])
        return text.format(count=len(self._values), low=low, high=high, model=self.drawn_by)

    def refresh(self) -> None:
        if not self.available:
            return
        is_even = self.spacing_choice.choice == EVEN
        self._values = even_values(REACH, self.steps) if is_even else prior_quantiles(self.steps)
        in_deviations = plane(np.zeros(2, np.float32), 0, 1, self._values).reshape(-1, 2)
        self._codes = mixture_prior.placed(self.model.engine, in_deviations) if self.model is not None else in_deviations
        same = self.sheet.count == len(self._codes)
        old = [self.sheet.picture(i) if same else None for i in range(len(self._codes))]  # stay until the new ones arrive
        self.sheet.set_columns(self.steps)
        self.sheet.set_pictures([old], self._label)
        self.ask(self._codes)

    def clear(self) -> None:
        self.sheet.set_pictures([[None] * len(self._codes)], self._label)

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        self.sheet.set_picture(place, image)

    def export(self) -> Export | None:
        pictures = self.sheet.pictures()
        if self.model is None or not self.is_complete or pictures is None:
            return None
        reach = REACH if self.spacing_choice.choice == EVEN else None
        recipe = {
            "what": "plane",
            "checkpoint": self.model.id,
            "dims": [0, 1],
            "range": reach,
            "steps": len(self._values),
        } | self.class_recipe
        rows = list(pictures.reshape(len(self._values), len(self._values), *pictures.shape[1:]))
        words = tuple(_number(float(value)) for value in self._values)
        name = file_name(self.model.name, "plane", str(len(self._values)))
        return Export(rows, self.caption, words, recipe, name, words[::-1])

    def _label(self, index: int) -> str:
        across, up = self._codes[index]
        return self.tr("z0 {across}, z1 {up}").format(across=_number(across), up=_number(up))

    def _on_sheet_picture_opened(self, index: int) -> None:
        across, up = self._codes[index]
        self.choose(Anchor("sample", self._label(index), f"plane/{across:.4f}/{up:.4f}", anchor_code(self._codes[index])))


def _number(value: float) -> str:
    """A place on an axis, with the true minus sign."""
    return rounded(value, 2, signed=True)
