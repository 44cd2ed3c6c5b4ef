"""The Gallery's section of a VAE with a VampPrior: its pseudo-inputs, whose codes each stands for, and samples of one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.data.split import spread
from core.export.images import wrapped
from core.families.base import Can
from core.latent import mixture_prior
from core.latent.mixture_prior import MixturePrior
from core.latent.session import Anchor
from core.progress import Progress
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.gallery.section import EXPORT_COLUMNS, Export, GallerySection, anchor_code
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.valid_faces import ValidFaces
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, colors
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.tasks import Task, run_task
from explorer.widgets.segmented import Segmented

SHOWN = 64  # pseudo-inputs, those that stand for most pictures first
SAMPLES = 8
LOOKED_AT = 1000  # pictures whose codes say what each pseudo-input's share is
CHOSEN, MIXTURE = range(2)
BARS_HEIGHT = 36


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """The pseudo-inputs' shares of some pictures."""

    model: LoadedModel
    data: FaceData
    pictures: int
    values: np.ndarray  # (K,)


class ShareBars(QWidget):
    """A bar for each pseudo-input that is shown, as high as its share; the chosen one's is marked, and a click chooses another."""

    bar_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = np.zeros(0)
        self._marked = -1
        self.setFixedHeight(BARS_HEIGHT)
        self.setAccessibleName(self.tr("Each pseudo-input's share of the pictures"))

    def set_values(self, values: np.ndarray) -> None:
        """Show other shares; none: the bars are gone."""
        self._values = values
        self.setVisible(len(values) > 0)
        self.update()

    def mark(self, index: int) -> None:
        """Mark the bar of the chosen one."""
        self._marked = index
        self.update()

    def bar_rect(self, index: int) -> QRectF:
        """Where a bar is."""
        wide = self.width() / max(1, len(self._values))
        high = max(1.0, (self.height() - 1) * self._values[index] / max(1e-9, float(self._values.max())))
        return QRectF(index * wide, self.height() - high, max(1.0, min(wide - 2.0, wide * 0.8)), high)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index in range(len(self._values)):
            painter.fillRect(self.bar_rect(index), colors().accent if index == self._marked else colors().muted_text)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = int(event.position().x() * len(self._values) / max(1, self.width()))
        if event.button() == Qt.MouseButton.LeftButton and 0 <= index < len(self._values):
            self.bar_clicked.emit(index)


class PseudoInputsSection(GallerySection):
    """Pseudo-inputs over the pictures that they decode to, and samples of the chosen one or of all."""

    needs = frozenset({Can.SAMPLE, Can.DECODE})

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, parent)
        self._report = valid.report
        self._shares: Shares | None = None
        self._task: Task | None = None
        self._seed = 0
        self._generation = -1  # of the model whose pseudo-inputs are shown
        self._by_hand = False  # whether the person chose the selected one
        self._order: list[int] = []  # pseudo-inputs, in the sheet's order
        self._codes = np.zeros((0, 1), np.float32)  # of the samples
        self._asked: list[tuple[bool, int]] = []  # for each place of the last request: whether it is a sample, and its cell
        self.sheet = PictureSheet(self)
        self.sheet.setAccessibleName(self.tr("Pseudo-inputs, each over what it decodes to"))
        self.samples = PictureSheet(self, columns=2)
        self.samples.setAccessibleName(self.tr("Samples"))
        self.source = Segmented([self.tr("Chosen"), self.tr("All")], self.tr("Which samples"), self.controls)
        self.source.set_tooltips(
            (
                self.tr("Codes drawn about the pseudo-input that is selected at the left"),
                self.tr("Codes of the whole prior: each of a pseudo-input that chance chooses"),
            )
        )
        self.reroll_button = QPushButton(icon("dice"), self.tr("New samples"), self.controls)
        self.reroll_button.setToolTip(self.tr("Use the next seed"))
        self.put_controls(self.source, self.reroll_button)
        self._title = QLabel(self)
        self._title.setProperty("muted", True)
        self._title.setWordWrap(True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        right = QVBoxLayout()
        right.setSpacing(SPACE)
        right.addWidget(self._title)
        right.addWidget(self.samples, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        self.bars = ShareBars(self)
        self._bars_words = QLabel(self)
        self._bars_words.setProperty("muted", True)
        self._bars_words.setWordWrap(True)
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addWidget(self.sheet, 1)
        left.addWidget(self.bars)
        left.addWidget(self._bars_words)
        layout.addLayout(left, 3)
        layout.addLayout(right, 1)
        self.sheet.selection_changed.connect(lambda _index: self._on_chosen())
        self.bars.bar_clicked.connect(self._on_bars_bar_clicked)
        self.sheet.picture_opened.connect(self._on_sheet_picture_opened)
        self.samples.picture_opened.connect(self._on_samples_picture_opened)
        self.source.choice_changed.connect(lambda _choice: self._draw_samples())
        self.reroll_button.clicked.connect(lambda _checked=False: self.reroll())
        document.data_changed.connect(self.invalidate)

    @property
    @override
    def available(self) -> bool:
        """Whether the model in use has pseudo-inputs."""
        return self.model is not None and super().available and self._mixture is not None

    @property
    def seed(self) -> int:
        """Of the samples."""
        return self._seed

    @property
    def chosen(self) -> int:
        """The selected pseudo-input, counted from 0 in the model."""
        at = self.sheet.selected_index
        return self._order[at if 0 <= at < len(self._order) else 0]

    @property
    def caption(self) -> str:
        mixture, model = self._mixture, self.model
        if mixture is None or model is None or not self._order:
            return ""
        text = self.tr("{count} pseudo-inputs, each over what its code decodes to").format(count=len(mixture))
        if len(self._order) < len(mixture):
            text = self.tr("{count} of {all} pseudo-inputs, each over what its code decodes to").format(
                count=len(self._order), all=len(mixture)
            )
        if (shares := self._known_shares()) is not None:
            text = self.tr("{text}; those that stand for most of {n} pictures first").format(text=text, n=f"{shares.pictures:,}")
        return self.tr("{chosen}. {text}. Model: {model}").format(chosen=self._label(self.chosen), text=text, model=model.name)

    def reroll(self) -> None:
        """Other samples."""
        self._seed += 1
        self._draw_samples()

    def refresh(self) -> None:
        mixture, model = self._mixture, self.model
        if mixture is None or model is None:
            return
        shares = self._known_shares()
        order = np.arange(len(mixture)) if shares is None else np.argsort(-shares.values, kind="stable")
        is_same = self._generation == model.generation
        self._by_hand = self._by_hand and is_same
        chosen = self.chosen if self._by_hand else int(order[0])
        known = self._decoded() if is_same else {}
        self._generation, self._order = model.generation, [int(number) for number in order[:SHOWN]]
        shown = [mixture.pictures[number] for number in self._order]
        self.sheet.set_pictures([shown, [known.get(number) for number in self._order]], lambda at: self._label(self._order[at]))
        self.sheet.set_selected_index(self._order.index(chosen) if chosen in self._order else 0)
        self._show_shares(shares)
        self._draw_samples()
        if shares is None:
            self._look_at_data(model, mixture)

    def clear(self) -> None:
        self._generation, self._order = -1, []
        self.sheet.set_pictures([[], []])
        self.samples.set_pictures([[]])

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        is_sample, cell = self._asked[place]
        if is_sample:
            self.samples.set_picture(cell, image)
        else:
            self.sheet.set_picture(cell, image, 1)

    def export(self) -> Export | None:
        mixture, model, samples = self._mixture, self.model, self.samples.pictures()
        decoded = [picture for at in range(self.sheet.count) if (picture := self.sheet.picture(at, 1)) is not None]
        if mixture is None or model is None or samples is None or not self.is_complete or len(decoded) != self.sheet.count:
            return None
        rows = []
        for upper, lower in zip(
            wrapped(mixture.pictures[self._order], EXPORT_COLUMNS), wrapped(np.stack(decoded), EXPORT_COLUMNS), strict=True
        ):
            rows += [upper, lower]
        recipe = {"what": "pseudo-inputs", "checkpoint": model.id, "pseudo_inputs": [number + 1 for number in self._order]}
        return Export(rows, self.caption, (), recipe, file_name(model.name, "pseudo-inputs"), together=2)

    # -- what is shown

    @property
    def _mixture(self) -> MixturePrior | None:
        return None if self.model is None else mixture_prior.of(self.model.engine)

    def _decoded(self) -> dict[int, np.ndarray]:
        """What pseudo-inputs decode to, as far as it has come."""
        pictures = {number: self.sheet.picture(at, 1) for at, number in enumerate(self._order)}
        return {number: picture for number, picture in pictures.items() if isinstance(picture, np.ndarray)}

    def _draw_samples(self) -> None:
        """Ask for other samples, and for what is still missing of the sheet."""
        mixture = self._mixture
        if mixture is None or not self._order:
            return
        of_one = self.source.choice == CHOSEN
        self._codes = mixture.sample(SAMPLES, self._seed, self.chosen if of_one else None)
        old = [self.samples.picture(at) if at < self.samples.count else None for at in range(SAMPLES)]
        self.samples.set_pictures([old], lambda at: self.tr("Sample {n}").format(n=at + 1))
        self.bars.mark(self.sheet.selected_index)
        title = self.tr("Samples of pseudo-input {n}") if of_one else self.tr("Samples of the whole prior")
        self._title.setText(title.format(n=self.chosen + 1))
        missing = [at for at in range(self.sheet.count) if self.sheet.picture(at, 1) is None]
        self._asked = [*((True, at) for at in range(SAMPLES)), *((False, at) for at in missing)]
        means = mixture.code.mean[[self._order[at] for at in missing]]
        self.ask(np.concatenate([self._codes, means]))
        self.changed.emit()

    def _label(self, number: int) -> str:
        shares = self._known_shares()
        if shares is None:
            return self.tr("Pseudo-input {n}").format(n=number + 1)
        share = _percent(shares.values[number])
        return self.tr("Pseudo-input {n}: stands for {share} % of the pictures").format(n=number + 1, share=share)

    # -- what the data say

    def _known_shares(self) -> Shares | None:
        shares = self._shares
        if shares is None or self.model is None or shares.data is not self.document.data:
            return None
        return shares if shares.model.generation == self.model.generation else None

    def _look_at_data(self, model: LoadedModel, mixture: MixturePrior) -> None:
        """Encode pictures off the window's thread, if some are open that this model can see."""
        data = self.document.data
        if self._task is not None:
            self._task.drop()
            self._task = None
        if data is None or not fits(model, data):
            self._bars_words.setText(self.tr("Open pictures as this model sees them to learn each one's share of them."))
            return
        self._bars_words.setText(self.tr("Looking at the pictures…"))

        def work(progress: Progress) -> Shares:
            from core.latent.data_codes import encode_rows  # noqa: PLC0415 - imports torch, which is loaded by now

            rows = spread(np.arange(len(data.images)), LOOKED_AT)
            codes = encode_rows(model.engine, data.images, rows, progress)
            return Shares(model, data, len(rows), mixture.shares(codes))

        self._task = run_task(self, work, done=self._on_shares_known, failed=self._report, name="look at the prior's shares")

    def _show_shares(self, shares: Shares | None) -> None:
        """The bars, and what they are."""
        if shares is None:
            self.bars.set_values(np.zeros(0))
            return
        values = shares.values[self._order]
        self.bars.set_values(values)
        text = self.tr("The share of {n} pictures that each stands for, in the same order: from {high} to {low} %")
        high, low = _percent(values.max()), _percent(values.min())
        self._bars_words.setText(text.format(n=f"{shares.pictures:,}", high=high, low=low))

    def _on_bars_bar_clicked(self, index: int) -> None:
        self.sheet.set_selected_index(index)
        self._on_chosen()

    def _on_chosen(self) -> None:
        self._by_hand = True
        self._draw_samples()

    def _on_shares_known(self, shares: Shares) -> None:
        self._shares = shares
        if self._known_shares() is not None:
            self.invalidate()

    # -- hands

    def _on_sheet_picture_opened(self, index: int) -> None:
        mixture, number = self._mixture, self._order[index]
        if mixture is not None:
            self._choose(self.tr("Pseudo-input {n}").format(n=number + 1), f"pseudo-input/{number}", mixture.code.mean[number])

    def _on_samples_picture_opened(self, index: int) -> None:
        of = str(self.chosen) if self.source.choice == CHOSEN else "all"
        self._choose(self.tr("Sample {n}").format(n=index + 1), f"pseudo-input/{of}/{self._seed}/{index}", self._codes[index])

    def _choose(self, label: str, reference: str, code: np.ndarray) -> None:
        self.choose(Anchor("sample", label, reference, anchor_code(code)))


def _percent(share: float) -> str:
    """A share in percent, without the sign: "6.3", and "<0.01" for next to nothing."""
    return f"{100.0 * share:.2g}" if share >= 1e-4 else "<0.01"


def sections() -> list[tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]]:
    """The Gallery's sections for this family only: title, tip, and class of each."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("PseudoInputsSection", text)

    return [(tr("Pseudo-inputs"), tr("The made-up pictures whose codes are the prior, and samples of each"), PseudoInputsSection)]
