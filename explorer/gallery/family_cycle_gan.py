"""The Gallery's section of a CycleGAN: pictures translated and back, left as they are, and as the discriminators see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.data.dataset import FaceData, batch
from core.export.images import wrapped
from core.families.base import Can
from core.families.cycle_gan.family import LETTERS, sides_in
from core.files import printable
from core.progress import Progress
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import fits, held_out
from explorer.document.loading import LoadedModel
from explorer.gallery.section import EXPORT_COLUMNS, Export, GallerySection
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.valid_faces import COUNT, COUNTS, ValidFaces, put_choice_of_pictures
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.tasks import Task, run_task
from explorer.widgets.segmented import Segmented

TO_B, TO_A, IDENTITY, SCORES = range(4)  # what is shown


@dataclass(frozen=True, slots=True, eq=False)
class Translations:
    """Validation pictures and what a model makes of them, n of them.

    Attributes:
        model: that translated them.
        data: that they are of.
        seed: of the choice.
        view: TO_B, TO_A, IDENTITY or SCORES.
        rows: (n,) in the data.
        tiers: uint8 (n, H, W, C) each, one under the other.
        numbers: (n,) of each picture: PSNR of the cycle or of the identity in dB, or the mean score of its translation.
    """

    model: LoadedModel
    data: FaceData
    seed: int
    view: int
    rows: np.ndarray
    tiers: tuple[np.ndarray, ...]
    numbers: np.ndarray


def translations(model: LoadedModel, data: FaceData, seed: int, view: int, progress: Progress) -> Translations:
    """Choose validation pictures of a side, and let a model translate them. For a worker thread.

    Raises:
        DataError: these pictures don't have the model's two sides.
    """
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
    there, back = engine.there_and_back(originals, goal)
    if view == SCORES:
        real, made = engine.scores(originals, LETTERS[own]), engine.scores(there, goal)
        tiers = (originals, heat(originals, real), there, heat(there, made))
        return Translations(model, data, seed, view, rows, tiers, made.mean(axis=(1, 2)))
    tiers = (originals, there, back, difference_map(originals, there))
    return Translations(model, data, seed, view, rows, tiers, psnrs(originals, back))


def psnrs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """PSNR of each of some pictures, uint8 (n, H, W, C), in dB: (n,)."""
    errors = np.square(first.astype(np.float64) - second).mean(axis=(1, 2, 3)) / 255.0**2
    return np.asarray(-10.0 * np.log10(np.maximum(errors, 1e-10)))


class TranslationsSection(GallerySection):
    """8 or 32 validation pictures, one under the other: as they are, translated, translated back, and what changed."""

    needs = frozenset({Can.TRANSLATE})
    family = "cycle_gan"
    needs_data = True

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, parent)
        self._report = valid.report
        self._seed = 0
        self._shown: Translations | None = None
        self._task: Task | None = None
        self.sheet = PictureSheet(self)
        self.count_choice = put_choice_of_pictures(self)
        self.view_choice = Segmented(("A → B", "B → A", self.tr("Identity"), self.tr("Scores")), self.tr("What is shown"), self)
        self.view_choice.choice_changed.connect(self.invalidate)
        controls = self.controls.layout()
        assert controls is not None
        controls.addWidget(self.view_choice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sheet)

    @property
    @override
    def no_data_text(self) -> str:
        return self.tr("Pictures that training never sees appear here: as they are, translated, and translated back.")

    @property
    def count(self) -> int:
        """How many pictures are shown: 8 or 32, or all where there are fewer."""
        wanted = COUNTS[self.count_choice.choice]
        return wanted if self._shown is None else min(wanted, len(self._shown.rows))

    @property
    def caption(self) -> str:
        shown = self._shown
        if shown is None or not self.is_complete:
            return ""
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
            number = self.tr("cycle PSNR {value} dB")
        where = source_title(shown.data.config.source, shown.data.index.name)
        if held_out(shown.model, shown.data):
            where = self.tr("the validation pictures")
        digits = 2 if shown.view == SCORES else 1
        value = number.format(value=f"{shown.numbers[: self.count].mean():.{digits}f}")
        described = text.format(own=printable(own), goal=printable(goal), data=where)
        return self.tr("{text}; {number}. Model: {model}").format(text=described, number=value, model=shown.model.name)

    def reroll(self) -> None:
        """Other validation pictures."""
        self._seed += 1
        self.invalidate()

    def refresh(self) -> None:
        model, data = self.model, self.document.data
        if model is None or data is None or not fits(model, data):
            return
        self._name_views(model)
        shown, seed, view = self._shown, self._seed, self.view_choice.choice
        if shown is not None and (shown.model.generation, shown.data, shown.seed, shown.view) == (
            model.generation,
            data,
            seed,
            view,
        ):
            self._show(shown)
            return
        if self._task is not None:
            self._task.drop()
        self._task = run_task(
            self,
            lambda progress: translations(model, data, seed, view, progress),
            done=self._on_task_done,
            failed=self._report,
            name="translate validation pictures",
        )

    def clear(self) -> None:
        self._shown = None
        self.sheet.set_pictures([[]])

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """Nothing is ever asked of the decode service: there are no codes."""

    def export(self) -> Export | None:
        shown, count = self._shown, self.count
        if shown is None or not self.is_complete or not count:
            return None
        tiers = [wrapped(pictures[:count], EXPORT_COLUMNS) for pictures in shown.tiers]
        rows = [row for together in zip(*tiers, strict=True) for row in together]
        recipe = {
            "what": "validation pictures translated",
            "view": ("a to b", "b to a", "identity", "scores")[shown.view],
            "checkpoint": shown.model.id,
            "data": shown.data.fingerprint,
            "split_seed": shown.data.config.split_seed,
            "rows": shown.rows[:count].tolist(),
        }
        name = ("to-b", "to-a", "identity", "scores")[shown.view]
        return Export(rows, self.caption, (), recipe, file_name(shown.model.name, name, str(count)), together=len(tiers))

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

    def _show(self, shown: Translations) -> None:
        self._shown = shown
        count = self.count
        self.sheet.set_pictures([list(pictures[:count]) for pictures in shown.tiers], self._label)
        self._complete = True
        self.changed.emit()

    def _label(self, index: int) -> str:
        shown = self._shown
        if shown is None:
            return ""
        file = printable(shown.data.index.files[int(shown.rows[index])])
        if shown.view == SCORES:
            return self.tr("{file}: mean score of its translation {value}").format(file=file, value=f"{shown.numbers[index]:.2f}")
        return self.tr("{file}: PSNR {value} dB").format(file=file, value=f"{shown.numbers[index]:.1f}")

    def _on_task_done(self, shown: Translations) -> None:
        model = self.model
        if model is None or (shown.model.generation, shown.data, shown.seed, shown.view) != (
            model.generation,
            self.document.data,
            self._seed,
            self.view_choice.choice,
        ):
            return
        self._show(shown)


def sections() -> list[tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]]:
    """The Gallery's section for this family only: title, tip, and class."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("TranslationsSection", text)

    return [(tr("Translations"), tr("Pictures of one side as ones of the other, and translated back"), TranslationsSection)]
