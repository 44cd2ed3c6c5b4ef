"""The Gallery's scatter: the codes of validation pictures in two dimensions, coloured by class, label or factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.data.dataset import FaceData, batch
from core.export.report import Figure
from core.families.base import Can
from core.files import printable
from core.latent.code import Given
from core.latent.session import Anchor
from core.progress import Progress
from explorer.compare.page import FigurePainter
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import fits, held_out
from explorer.document.loading import LoadedModel
from explorer.gallery.scatter import Dots, Scatter, with_dots
from explorer.gallery.section import Export, GallerySection, anchor_code
from explorer.look.pixels import Pixels
from explorer.messages import Messenger
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.tasks import Task, run_task

if TYPE_CHECKING:
    from core.latent.code import Code


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Codes of validation pictures of one model, and what can colour them."""

    model: LoadedModel
    data: FaceData
    rows: np.ndarray  # (N,) in the data
    codes: Code
    given: Given  # the class of each, for a model that is told it
    colours: tuple[str, ...]

    def file(self, index: int) -> str:
        """The file of a picture, printable."""
        return printable(self.data.index.files[self.rows[index]])

    def picture(self, index: int) -> Pixels:
        """A picture as the model sees it, uint8 (H, W, C)."""
        return batch(self.data.images, self.rows[index : index + 1])[0]


def _name_of(encoded: Encoded, title: str, values: np.ndarray, names: Sequence[str], index: int) -> str:
    """A picture's file, and below it what colours its dot."""
    value = names[values[index]]
    return "\n".join(filter(None, (PurePosixPath(encoded.file(index)).name, value and f"{title}: {value}")))


class CodesSection(GallerySection):
    """A scatter plot of codes: a latent of two dimensions as it is, of larger ones the first two principal components."""

    needs = frozenset({Can.DIRECTIONS})
    needs_data = True

    def __init__(
        self, document: Document, decode_service: DecodeService, messenger: Messenger, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, decode_service, parent)
        self._messenger = messenger
        self._encoded: Encoded | None = None
        self._figure: Figure | None = None
        self._task: Task | None = None
        self.painter = FigurePainter(messenger.report, self)
        self.shown = Scatter(self.painter, self)
        self.shown.dot_opened.connect(self._on_shown_dot_opened)
        self.colour = self.put_choice(
            self.tr("Colour by"), self.tr("The class, label or factor whose values colour the codes. Default: the first one.")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.shown)
        self.colour.activated.connect(lambda _index: self._draw())

    @property
    @override
    def available(self) -> bool:
        """Whether the model in use has codes of numbers."""
        return self.model is not None and super().available

    @property
    @override
    def no_data_text(self) -> str:
        return self.tr("A dot for each picture that training never sees appears here, where its code lies.")

    @property
    @override
    def hint(self) -> str:
        return self.tr("Point at a dot to see its picture, double-click it to edit it")

    @property
    def caption(self) -> str:
        return "" if self._figure is None else self._figure.caption

    def refresh(self) -> None:
        model, data = self.model, self.document.data
        if self._task is not None:
            self._task.drop()
            self._task = None
        if model is None or data is None or not fits(model, data):
            return
        known = self._encoded
        if known is not None and known.model.generation == model.generation and known.data is data:
            self._draw()
            return
        self._encoded = None
        self._show(None)
        self.shown.note.setText(self.tr("Looking at the validation pictures…"))

        def work(progress: Progress) -> Encoded:
            from core.compare.runs import colour_names, shown_rows  # noqa: PLC0415 - imports torch, which is loaded by now
            from core.latent.data_codes import encode_rows, given_by  # noqa: PLC0415

            rows, given = shown_rows(data), given_by(model.engine, data)
            codes = encode_rows(model.engine, data.images, rows, progress, given)
            return Encoded(model, data, rows, codes, given.at(rows), colour_names(data))

        self._task = run_task(self, work, done=self._on_encoded, failed=self._on_failed, name="encode for the scatter")

    def clear(self) -> None:
        self._encoded = None
        self.shown.note.clear()
        self._show(None)

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """Nothing is decoded here."""

    def export(self) -> Export | None:
        figure, model = self._figure, self.model
        if figure is None or figure.draw is None or model is None or not self.is_complete:
            return None
        recipe = {"what": "codes of validation pictures", "checkpoint": model.id}
        return Export([], self.caption, (), recipe, file_name(model.name, "codes"), figure=figure)

    def _draw(self) -> None:
        """Draw the codes in the chosen colour; while pictures are encoded, this follows by itself."""
        encoded = self._encoded
        if encoded is None:
            return
        if self._task is not None:
            self._task.drop()  # the colour chosen last is the one that is shown
        self._complete = False
        self.changed.emit()
        wanted = str(self.colour.currentData() or "")

        def work(_: Progress) -> tuple[Figure, Dots] | str:
            from core.compare.runs import clouds_of, colours_of, vary  # noqa: PLC0415
            from core.export import figures  # noqa: PLC0415 - imports matplotlib

            if len(encoded.rows) == 1:
                return self.tr("There is one picture only, so there is nothing to lay out. Use more pictures for validation.")
            if not vary(encoded.codes):
                return self.tr("All of these pictures have the same code, so there is nothing to lay out.")
            (cloud,) = clouds_of([encoded.codes])
            title, values, names = colours_of(encoded.data, wanted)
            which = values[encoded.rows]
            return with_dots(
                "codes",
                lambda paper: figures.clouds([cloud], [encoded.model.name], which, names, title, paper),
                figures.clouds_height(1),
                self._caption(encoded, title),
                encoded.picture,
                partial(_name_of, encoded, title, which, names),
            )

        self._task = run_task(self, work, done=self._on_drawn, failed=self._on_failed, name="draw the scatter")

    def _caption(self, encoded: Encoded, title: str) -> str:
        how = (
            self.tr("as they are, for the latent has two dimensions")
            if encoded.codes.mean.shape[1] <= 2
            else self.tr("on their first two principal components")
        )
        text = self.tr("Codes (posterior means) of {count} validation pictures, coloured by {title}, {how}. Model: {model}")
        if not held_out(encoded.model, encoded.data):
            text = self.tr(
                "Codes (posterior means) of {count} pictures of {data}, not the model's own validation pictures, coloured by "
                "{title}, {how}. Model: {model}"
            )
        name = source_title(encoded.data.config.source, encoded.data.index.name)
        return text.format(count=f"{len(encoded.rows):,}", data=name, title=title, how=how, model=encoded.model.name)

    def _show(self, figure: Figure | None, dots: Dots | None = None) -> None:
        self._figure = figure
        self._complete = figure is not None
        self.shown.set_figure(figure, dots)
        self.changed.emit()

    def _on_encoded(self, encoded: Encoded) -> None:
        self._task = None
        self._encoded = encoded
        self.note_codes(encoded.model)
        before = self.colour.currentData()
        self.colour.clear()
        for name in encoded.colours:
            self.colour.addItem(name.replace("_", " "), name)
        self.colour.setCurrentIndex(max(0, self.colour.findData(before)))
        self.colour.setEnabled(len(encoded.colours) > 1)
        self._draw()

    def _on_drawn(self, drawn_or_why: tuple[Figure, Dots] | str) -> None:
        self._task = None
        if isinstance(drawn_or_why, str):
            self.shown.note.setText(drawn_or_why)
            self._show(None)
            return
        self._show(*drawn_or_why)

    def _on_shown_dot_opened(self, index: int) -> None:
        encoded = self._encoded
        if encoded is None or self.model is None or encoded.model.generation != self.model.generation:
            return
        file = encoded.file(index)
        anchor = Anchor("data", PurePosixPath(file).name, file, anchor_code(encoded.codes.mean[index]))
        classes = encoded.given.classes
        name = "" if classes is None else self.model.engine.classes[classes[index]]
        self.choose(anchor, encoded.picture(index), name)

    def _on_failed(self, error: BaseException) -> None:
        self._task = None
        self.shown.note.setText(self._messenger.reason(error))
        self._show(None)
        self._messenger.report(error)
