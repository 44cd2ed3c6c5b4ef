"""The Gallery's samples: faces that the model makes up from noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from core.export.images import wrapped
from core.families.base import Can
from core.latent import mixture_prior
from core.latent.instrument import HOTTEST, OF_WHOLE_PRIOR, WHOLE_COUNT, drawn
from core.latent.session import Anchor
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.section import EXPORT_COLUMNS, Export, GallerySection, anchor_code
from explorer.gallery.sheet import PictureSheet
from explorer.look.icons import icon
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LatestWork
from explorer.widgets.number_box import RealBox, WholeBox
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

COUNTS = (8, WHOLE_COUNT)
LARGEST_SEED = 999_999


class SamplesSection(GallerySection):
    """8 or 32 faces sampled from the prior, the same for the same seed."""

    needs = frozenset({Can.SAMPLE, Can.DECODE})

    def __init__(
        self,
        document: Document,
        decode_service: DecodeService,
        settings_store: SettingsStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, decode_service, parent)
        self._settings = settings_store
        self._codes = np.zeros((0, 1), np.float32)
        self._gave_up = False  # whether the person cancelled what was drawn last
        self.sheet = PictureSheet(self)
        self.progress = ProgressStrip(self)
        self._drawing = LatestWork(self.progress, decode_service.failed.emit, self)
        self.count_choice = Segmented([str(count) for count in COUNTS], self.tr("How many"), self.controls)
        self.count_choice.set_choice(1)
        self.seed_box = WholeBox(self.controls)
        self.seed_box.setRange(0, LARGEST_SEED)
        self.seed_box.setValue(settings_store.value.gallery_seed)
        self.seed_box.setKeyboardTracking(False)
        self.seed_box.setMinimumWidth(88)
        self.seed_box.setAccessibleName(self.tr("Seed"))
        self.seed_box.setToolTip(
            self.tr(
                "<p>Number of the noise. The same seed gives the same noise with every model, so that models can be compared "
                "picture by picture. Default: 0.</p>"
            )
        )
        inset_text(self.seed_box)
        label = QLabel(self.tr("Seed"), self.controls)
        label.setBuddy(self.seed_box)
        self.reroll_button = QPushButton(icon("dice"), self.tr("New pictures"), self.controls)
        self.reroll_button.setToolTip(self.tr("Use the next seed"))
        self.temperature_box = RealBox(self.controls)
        self.temperature_box.setRange(0.0, HOTTEST)
        self.temperature_box.setSingleStep(0.1)
        self.temperature_box.setDecimals(2)
        self.temperature_box.setValue(1.0)
        self.temperature_box.setKeyboardTracking(False)
        self.temperature_box.setAccessibleName(self.tr("Temperature"))
        self.temperature_box.setToolTip(
            self.tr(
                "<p>How freely codes are drawn. 1 draws them as the prior expects them; less gives likelier pictures that are "
                "more alike, more gives stranger ones, and 0 takes the likeliest code each time. Default: 1.</p>"
            )
        )
        inset_text(self.temperature_box)
        self._temperature_label = QLabel(self.tr("Temperature"), self.controls)
        self._temperature_label.setBuddy(self.temperature_box)
        self.put_controls(
            self.count_choice, None, label, self.seed_box, self.reroll_button, None, self._temperature_label, self.temperature_box
        )
        for widget in (self._temperature_label, self.temperature_box):
            widget.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sheet)
        layout.addWidget(self.progress)
        self.count_choice.choice_changed.connect(self.invalidate)
        self.seed_box.valueChanged.connect(self._on_seed_box_value_changed)
        self.reroll_button.clicked.connect(lambda _checked=False: self.reroll())
        self.temperature_box.valueChanged.connect(self.invalidate)
        self.sheet.picture_opened.connect(self._on_sheet_picture_opened)

    @property
    def count(self) -> int:
        """8 or 32."""
        return COUNTS[self.count_choice.choice]

    @property
    def seed(self) -> int:
        """Of the noise."""
        return self.seed_box.value()

    @property
    def temperature(self) -> float | None:
        """At which codes are drawn; None where the model has none."""
        has_one = self.model is not None and Can.TEMPERATURE in self.model.can
        return round(self.temperature_box.value(), 2) if has_one else None

    def reroll(self) -> None:
        """The next seed."""
        self.seed_box.setValue(0 if self.seed >= LARGEST_SEED else self.seed + 1)

    @property
    def caption(self) -> str:
        if self.model is None:
            return ""
        text = self.tr("{count} samples from the prior, seed {seed}. Model: {model}")
        if self.temperature is not None and self._gave_up:
            text = self.tr("Nothing was drawn, as it was cancelled. New pictures draws others. Model: {model}")
        elif self.temperature is not None and self._drawing.is_busy:
            text = self.tr(
                "Drawing {count} samples from the prior over codes, seed {seed}, temperature {temperature}. Model: {model}"
            )
        elif self.temperature is not None:
            text = self.tr("{count} samples from the prior over codes, seed {seed}, temperature {temperature}. Model: {model}")
        elif mixture_prior.of(self.model.engine) is not None:
            text = self.tr("{count} samples from the VampPrior, seed {seed}. Model: {model}")
        elif self.model.engine.draws_typical:
            text = self.tr("{count} samples from the prior learned after training, seed {seed}. Model: {model}")
        return text.format(count=self.count, model=self.drawn_by, seed=self.seed, temperature=f"{self.temperature or 0.0:g}")

    @override
    def invalidate(self) -> None:
        self._drawing.forget()
        self._gave_up = False
        self._offer_temperature()
        super().invalidate()

    def refresh(self) -> None:
        assert self.model is not None
        self._offer_temperature()
        temperature = self.temperature
        if temperature is None:
            self._show(self.model.engine.sample(self.count, self.seed))
            return
        self.clear()
        self._gave_up = False
        engine, count, seed = self.model.engine, self.count, self.seed
        self._drawing.start(
            self.tr("Drawing codes"),
            lambda progress: drawn(engine, count, seed, temperature, progress),
            lambda codes: self._show(codes.reshape(len(codes), -1).astype(np.float32)),
            "draw samples",
            self._on_cancelled,
        )

    def clear(self) -> None:
        self._codes = np.zeros((0, 1), np.float32)
        self.sheet.set_pictures([[None] * self.count], self._label)

    def _on_cancelled(self) -> None:
        self._gave_up = True
        self.changed.emit()

    def _offer_temperature(self) -> None:
        for widget in (self._temperature_label, self.temperature_box):
            widget.setVisible(self.temperature is not None)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._drawing.forget()
        super().hideEvent(event)

    def _show(self, codes: np.ndarray) -> None:
        self._codes = codes
        old = [self.sheet.picture(i) if i < self.sheet.count else None for i in range(self.count)]
        self.sheet.set_pictures([old], self._label)  # the old faces stay until the new ones arrive, so that nothing flashes
        self.ask(self._codes)

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        self.sheet.set_picture(place, image)

    def export(self) -> Export | None:
        pictures = self.sheet.pictures()
        if self.model is None or not self.is_complete or pictures is None:
            return None
        recipe: dict[str, Any] = {
            "what": "samples from the learned prior" if self.model.engine.draws_typical else "samples from the prior",
            "checkpoint": self.model.id,
            "count": self.count,
            "seed": self.seed,
        } | self.class_recipe
        recipe |= {} if self.temperature is None else {"temperature": self.temperature}
        name = file_name(self.model.name, "samples", "seed", str(self.seed))
        return Export(wrapped(pictures, EXPORT_COLUMNS), self.caption, (), recipe, name)

    def _label(self, index: int) -> str:
        return self.tr("Sample {n}").format(n=index + 1)

    def _on_seed_box_value_changed(self, seed: int) -> None:
        self._settings.update(gallery_seed=seed)
        self.invalidate()

    def _on_sheet_picture_opened(self, index: int) -> None:
        if index >= len(self._codes):  # they are being drawn
            return
        anchor = Anchor("sample", self._label(index), f"{OF_WHOLE_PRIOR}/{self.seed}/{index}", anchor_code(self._codes[index]))
        self.choose(anchor)
