"""The Gallery's scatter: the codes of validation pictures in two dimensions, coloured by class, label or factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.export.report import Figure, Report
from core.families.base import Can
from explorer.compare.page import FigurePainter, FigureView, Look, screen_look
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.gallery.section import Export, GallerySection
from explorer.look.theme import SPACE, theme_notifier
from explorer.messages import Messenger
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.tasks import Progress, Task, run_task

if TYPE_CHECKING:
    from core.latent.code import Code

_COMBO_WIDTH = 140
DOTS = 112.0  # units of the screen in an inch of the drawing: its letters are as large as the window's


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Codes of validation pictures of one model, and what can colour them."""

    model: LoadedModel
    data: FaceData
    rows: np.ndarray  # (N,) in the data
    codes: Code
    colours: tuple[str, ...]


class FilledView(FigureView):
    """A drawing that fills its widget, whatever that's proportions are; its letters stay as large."""

    @override
    def picture_rect(self) -> QRect:
        return self.rect()

    @override
    def _wanted_look(self) -> Look:
        ratio = self.devicePixelRatioF()
        look = screen_look(self.width(), ratio)
        size = (max(1, self.width()) / DOTS, max(1, self.height()) / DOTS)
        return replace(look, paper=replace(look.paper, size=size, dpi=DOTS * ratio))


class FilledFigure(QWidget):
    """A drawn figure on all of this widget."""

    def __init__(self, painter: FigurePainter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painter = painter
        self.view: FilledView | None = None
        theme_notifier().changed.connect(self._on_theme_notifier_changed)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)

    def set_figure(self, figure: Figure | None) -> None:
        """Show another figure; None = nothing."""
        if self.view is not None:
            self.view.hide()
            self.view.deleteLater()
        self._painter.forget()
        self.view = None if figure is None else FilledView(figure, self._painter, self)
        if self.view is not None:
            self.view.setGeometry(self.rect())
            self.view.show()

    def _on_theme_notifier_changed(self) -> None:
        if self.view is not None:
            self.view.refresh()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.view is not None:
            self.view.setGeometry(self.rect())


class CodesSection(GallerySection):
    """A scatter plot of codes: a latent of two dimensions as it is, of larger ones the first two principal components."""

    needs = frozenset({Can.DIRECTIONS})
    needs_data = True
    opens = False

    def __init__(
        self, document: Document, decode_service: DecodeService, messenger: Messenger, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, decode_service, parent)
        self._messenger = messenger
        self._encoded: Encoded | None = None
        self._figure: Figure | None = None
        self._task: Task | None = None
        self.painter = FigurePainter(messenger.report, self)
        self.shown = FilledFigure(self.painter, self)
        self._note = QLabel(self)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setWordWrap(True)
        self._note.setProperty("muted", True)
        self.colour = QComboBox(self.controls)
        self.colour.setMinimumWidth(_COMBO_WIDTH)
        self.colour.setToolTip(self.tr("The class, label or factor whose values colour the codes. Default: the first one."))
        label = QLabel(self.tr("Colour by"), self.controls)
        label.setBuddy(self.colour)
        row = QHBoxLayout(self.controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.colour)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._note, 1)
        layout.addWidget(self.shown, 1)
        self.colour.activated.connect(lambda _index: self._draw())

    @property
    @override
    def available(self) -> bool:
        """Whether the model in use has codes of numbers."""
        return self.model is not None and super().available

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
        self._note.setText(self.tr("Encoding validation pictures…"))

        def work(progress: Progress) -> Encoded:
            from core.compare.runs import colour_names, shown_rows  # noqa: PLC0415 - imports torch, which is loaded by now
            from core.latent.data_codes import encode_rows, given_by  # noqa: PLC0415

            rows = shown_rows(data)
            codes = encode_rows(model.engine, data.images, rows, progress, given_by(model.engine, data))
            return Encoded(model, data, rows, codes, colour_names(data))

        self._task = run_task(self, work, done=self._on_encoded, failed=self._on_failed, name="encode for the scatter")

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

        def work(_: Progress) -> Figure | str:
            from core.compare.runs import clouds_of, colours_of, vary  # noqa: PLC0415
            from core.export import figures  # noqa: PLC0415 - imports matplotlib

            if not vary(encoded.codes):
                return self.tr("All of these pictures have the same code, so there is nothing to lay out.")
            (cloud,) = clouds_of([encoded.codes])
            title, values, names = colours_of(encoded.data, wanted)
            report = Report("")
            draw = partial(figures.clouds, [cloud], [encoded.model.name], values[encoded.rows], names, title)
            report.drawing("codes", draw, figures.clouds_height(1), self._caption(encoded, title))
            return report.figures[0]

        self._task = run_task(self, work, done=self._on_drawn, failed=self._on_failed, name="draw the scatter")

    def _caption(self, encoded: Encoded, title: str) -> str:
        how = (
            self.tr("as they are, for the latent has two dimensions")
            if encoded.codes.mean.shape[1] <= 2
            else self.tr("on their first two principal components")
        )
        text = self.tr("Codes (posterior means) of {count} validation pictures, coloured by {title}, {how}. Model: {model}")
        return text.format(count=f"{len(encoded.rows):,}", title=title, how=how, model=encoded.model.name)

    def _show(self, figure: Figure | None) -> None:
        self._figure = figure
        self._complete = figure is not None
        self._note.setVisible(figure is None)
        self.shown.setVisible(figure is not None)
        self.shown.set_figure(figure)
        self.changed.emit()

    def _on_encoded(self, encoded: Encoded) -> None:
        self._task = None
        self._encoded = encoded
        before = self.colour.currentData()
        self.colour.clear()
        for name in encoded.colours:
            self.colour.addItem(name.replace("_", " "), name)
        self.colour.setCurrentIndex(max(0, self.colour.findData(before)))
        self.colour.setEnabled(len(encoded.colours) > 1)
        self._draw()

    def _on_drawn(self, figure_or_why: Figure | str) -> None:
        self._task = None
        if isinstance(figure_or_why, str):
            self._note.setText(figure_or_why)
            self._show(None)
            return
        self._show(figure_or_why)

    def _on_failed(self, error: BaseException) -> None:
        self._task = None
        self._note.setText(self._messenger.reason(error))
        self._show(None)
        self._messenger.report(error)
