"""The Gallery's section of a CycleGAN: pictures translated and back, left as they are, and as the discriminators see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.data.dataset import FaceData, batch
from core.families.cycle_gan.family import LETTERS, sides_in
from core.files import printable
from core.progress import Progress
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import held_out
from explorer.document.loading import LoadedModel
from explorer.gallery.section import GallerySection
from explorer.gallery.translated import TranslatedFaces, TranslatedSection
from explorer.gallery.valid_faces import COUNT, ValidFaces
from explorer.qt import override
from explorer.widgets.segmented import Segmented

TO_B, TO_A, IDENTITY, SCORES = range(4)  # what is shown


@dataclass(frozen=True, slots=True, eq=False)
class Translations(TranslatedFaces):
    """Validation pictures of a side and what a model makes of them, n of them; the view is TO_B, TO_A, IDENTITY or SCORES.

    Attributes:
        numbers: (n,) of each picture: PSNR of the cycle or of the identity in dB, or the mean score of its translation.
        rounded: (n,) of each cycle: its PSNR in dB if the translation is rounded to 8 bits in between; None in other views.
        compressed: the same through JPEG.
    """

    numbers: np.ndarray
    rounded: np.ndarray | None = None
    compressed: np.ndarray | None = None


def translations(model: LoadedModel, data: FaceData, seed: int, view: int, progress: Progress) -> Translations:
    """Choose validation pictures of a side, and let a model translate them. For a worker thread.

    Raises:
        DataError: these pictures don't have the model's two sides.
    """
    from core.families.cycle_gan.hidden import ways_back  # noqa: PLC0415 - loads OpenCV
    from core.families.cycle_gan.instrument import CycleGanInstrument  # noqa: PLC0415 - imports torch, loaded by now
    from core.families.cycle_gan.looks import difference_map, heat  # noqa: PLC0415 - loads OpenCV
    from core.training.unpaired import with_sides  # noqa: PLC0415

    engine = model.engine
    assert isinstance(engine, CycleGanInstrument)
    sided = with_sides(data, engine.sides)
    assert sided.sides is not None
    own = 1 if view in (TO_A, IDENTITY) else 0
    candidates = sided.sides.rows(sided.split.valid, own)
    rows = candidates[np.random.default_rng(seed).permutation(len(candidates))][:COUNT]
    originals = batch(data.images, rows)
    if view == IDENTITY:
        same = engine.translate(originals, LETTERS[own])
        return Translations(
            model, data, seed, view, rows, (originals, same, difference_map(originals, same)), psnrs(originals, same)
        )
    goal = LETTERS[1 - own]
    there = engine.translate(originals, goal)
    if view == SCORES:
        real, made = engine.scores(originals, LETTERS[own]), engine.scores(there, goal)
        tiers = (originals, heat(originals, real), there, heat(there, made))
        return Translations(model, data, seed, view, rows, tiers, made.mean(axis=(1, 2)))
    back = ways_back(engine, originals, goal)
    decibels = {way: psnrs(originals, pictures) for way, pictures in back.items()}
    tiers = (originals, there, back["float"], difference_map(originals, there))
    return Translations(model, data, seed, view, rows, tiers, decibels["float"], decibels["levels"], decibels["jpeg"])


def psnrs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """PSNR of each of some pictures, uint8 (n, H, W, C), in dB: (n,)."""
    errors = np.square(first.astype(np.float64) - second).mean(axis=(1, 2, 3)) / 255.0**2
    return np.asarray(-10.0 * np.log10(np.maximum(errors, 1e-10)))


class TranslationsSection(TranslatedSection[Translations]):
    """8 or 32 validation pictures, one under the other: as they are, translated, translated back, and what changed."""

    family = "cycle_gan"
    what = "validation pictures translated"
    work_name = "translate validation pictures"

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, valid, parent)
        self.view_choice = Segmented(("A → B", "B → A", self.tr("Identity"), self.tr("Scores")), self.tr("What is shown"), self)
        self.view_choice.choice_changed.connect(self.invalidate)
        controls = self.controls.layout()
        assert controls is not None
        controls.addWidget(self.view_choice)

    @property
    @override
    def no_data_text(self) -> str:
        return self.tr("Pictures that training never sees appear here: as they are, translated, and translated back.")

    @property
    @override
    def view(self) -> int:
        return self.view_choice.choice

    def _make(self, model: LoadedModel, data: FaceData, seed: int, view: int, progress: Progress) -> Translations:
        return translations(model, data, seed, view, progress)

    def _caption_of(self, shown: Translations, count: int) -> str:
        first, second = sides_in(shown.model.header.data)
        own, goal = (second, first) if shown.view in (TO_A, IDENTITY) else (first, second)
        if shown.view == IDENTITY:
            text = self.tr("{own} from {data} (top), what the model makes of them if asked for {own}, and the difference")
            number = self.tr("PSNR {value} dB")
        elif shown.view == SCORES:
            text = self.tr(
                "{own} from {data} (top) and as {goal}, each over what its discriminator sees: blue looks real, orange translated"
            )
            number = self.tr("mean score of the translations {value}, 1 is real")
        else:
            text = self.tr("{own} from {data} (top), as {goal}, translated back, and what the translation changed")
            number = self.tr("cycle PSNR {value} dB, {rounded} dB through 8 bits, {compressed} dB through JPEG")
        where = source_title(shown.data.config.source, shown.data.index.name)
        if held_out(shown.model, shown.data):
            where = self.tr("the validation pictures")
        digits = 2 if shown.view == SCORES else 1
        value = number.format(
            **{
                name: f"{values[:count].mean():.{digits}f}"
                for name, values in (("value", shown.numbers), ("rounded", shown.rounded), ("compressed", shown.compressed))
                if values is not None
            }
        )
        described = text.format(own=printable(own), goal=printable(goal), data=where)
        return self.tr("{text}; {number}. Model: {model}").format(text=described, number=value, model=shown.model.name)

    @property
    @override
    def caption_tip(self) -> str:
        if self._shown is None or self._shown.rounded is None:
            return ""
        tip = self.tr(
            "How close pictures come to themselves, translated and back: as the numbers that the model gave, with these rounded to "
            "the 256 levels of a file, and saved as JPEG of quality 75. Far less through either means that translations hide their "
            "originals in differences that nobody sees."
        )
        return f"<p>{tip}</p>"

    @override
    def refresh(self) -> None:
        if self.model is not None:
            self._name_views(self.model)
        super().refresh()

    def _file_word(self, shown: Translations) -> str:
        return ("to-b", "to-a", "identity", "scores")[shown.view]

    def _own_recipe(self, shown: Translations, count: int) -> dict[str, Any]:
        return {"view": ("a to b", "b to a", "identity", "scores")[shown.view]}

    def _name_views(self, model: LoadedModel) -> None:
        """Call the two ways by the model's own sides."""
        first, second = map(printable, sides_in(model.header.data))
        choice = max(0, self.view_choice.choice)
        self.view_choice.set_texts((f"{first} → {second}", f"{second} → {first}", self.tr("Identity"), self.tr("Scores")))
        self.view_choice.set_tooltips(
            (
                self.tr("Pictures of {own}, as {goal}, and translated back").format(own=first, goal=second),
                self.tr("Pictures of {own}, as {goal}, and translated back").format(own=second, goal=first),
                self.tr("Pictures that are {goal} already: the model should leave them as they are").format(goal=second),
                self.tr("Which patches the discriminators take for real, and which for translated"),
            )
        )
        self.view_choice.set_choice(choice)

    def _words(self, shown: Translations, index: int) -> str:
        file = shown.file(index)
        if shown.view == SCORES:
            return self.tr("{file}: mean score of its translation {value}").format(file=file, value=f"{shown.numbers[index]:.2f}")
        text = self.tr("{file}: PSNR {value} dB").format(file=file, value=f"{shown.numbers[index]:.1f}")
        if shown.rounded is None or shown.compressed is None:
            return text
        return self.tr("{text}, {rounded} dB through 8 bits, {compressed} dB through JPEG").format(
            text=text, rounded=f"{shown.rounded[index]:.1f}", compressed=f"{shown.compressed[index]:.1f}"
        )


def sections() -> list[tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]]:
    """The Gallery's section for this family only: title, tip, and class."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("TranslationsSection", text)

    return [(tr("Translations"), tr("Pictures of one side as ones of the other, and translated back"), TranslationsSection)]
