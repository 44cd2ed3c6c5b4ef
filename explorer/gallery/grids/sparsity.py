"""The Gallery's sparsity of an SC-VAE: what a lower or a higher threshold than the trained one makes of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.export.report import Figure
from core.families.sc_vae.atlas import FACTORS, TradeOff, trade_off
from core.progress import Progress
from explorer.compare.page import FigurePainter
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.encoded import EncodedSection
from explorer.gallery.scatter import Dots, Scatter, with_dots
from explorer.gallery.section import Export
from explorer.gallery.valid_faces import EncodedFaces, ValidFaces
from explorer.look.theme import SPACE
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.widgets.long_work import LatestWork
from explorer.widgets.progress_strip import ProgressStrip

SHOWN = 8  # pictures
TRAINED = FACTORS.index(1.0)
CURVE_HEIGHT = 3.2  # inches


class SparsitySection(EncodedSection):
    """A curve of non-zeros against PSNR by thresholds, and pictures under the one that is chosen."""

    family = "sc_vae"

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, valid, parent, single_row=True)
        self._found: TradeOff | None = None
        self._figure: Figure | None = None
        self.painter = FigurePainter(valid.report, self)
        self.curve = Scatter(self.painter, self)
        self.sheet.setMaximumHeight(300)
        self.progress = ProgressStrip(self)
        self._trying = LatestWork(self.progress, decode_service.failed.emit, self)
        self.choice = self.put_choice(
            self.tr("Threshold"),
            self.tr(
                "<p>The threshold with which the pictures below are encoded. Default: the one that the model was trained with.</p>"
            ),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.curve, 3)
        layout.addWidget(self.sheet, 2)
        layout.addWidget(self.progress)
        self.choice.activated.connect(lambda _index: self._show_pictures())
        self.curve.dot_opened.connect(self._on_curve_dot_opened)
        self.sheet.selection_changed.connect(lambda _index: self.changed.emit())
        self._show()

    @property
    @override
    def no_data_text(self) -> str:
        return self.tr("What a picture loses with fewer numbers appears here, as a curve over pictures that training never sees.")

    @property
    @override
    def available(self) -> bool:
        """Whether the model in use is an SC-VAE whose threshold can be changed by a factor."""
        return self.model is not None and super().available and self.model.header.settings.threshold > 0.0

    @property
    @override
    def hint(self) -> str:
        return self.tr("Point at a threshold to see a picture with it, double-click it to see all")

    @property
    def caption(self) -> str:
        found, faces, place = self._found, self._faces, self.choice.currentIndex()
        if found is None or faces is None or place < 0:
            return ""
        return self.tr(
            "Originals above, below them what comes back with the threshold {threshold}: {share} % of the coefficients aren't 0, "
            "PSNR {psnr} dB. The curve is over {count} validation pictures; the orange dot is how the model was trained. "
            "Model: {model}"
        ).format(
            threshold=_short(found.thresholds[place]),
            share=f"{100.0 * found.nonzeros[place]:.1f}",
            psnr=f"{found.psnr[place]:.1f}",
            count=found.pictures.shape[1],
            model=faces.model.name,
        )

    @override
    def invalidate(self) -> None:
        self._trying.forget()
        super().invalidate()

    def _show_faces(self, faces: EncodedFaces, before: EncodedFaces | None) -> None:
        if self._found is not None and before is faces:
            self._show()
            return
        self._found = self._figure = None
        self.curve.note.clear()
        self._show()
        engine, originals = cast(Any, faces.model.engine), faces.originals
        threshold = float(faces.model.header.settings.threshold)

        def work(progress: Progress) -> tuple[TradeOff, Figure, Dots]:
            found = trade_off(engine, originals, threshold, progress=progress)
            return found, *self._drawing_of(found)

        self._trying.start(self.tr("Trying thresholds"), work, self._on_tried, "try thresholds", self._on_cancelled)

    @override
    def clear(self) -> None:
        super().clear()
        self._found = self._figure = None
        self._show()

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """Nothing is asked of the decoding service."""

    def export(self) -> Export | None:
        figure, faces = self._figure, self._faces
        if figure is None or figure.draw is None or faces is None or not self.is_complete:
            return None
        recipe = {"what": "sparsity against quality", "checkpoint": faces.model.id, "seed": faces.seed}
        return Export([], self.caption, (), recipe, file_name(faces.model.name, "sparsity"), figure=figure)

    @override
    def hideEvent(self, event: Any) -> None:
        self._trying.forget()
        super().hideEvent(event)

    def _drawing_of(self, found: TradeOff) -> tuple[Figure, Dots]:
        """The curve and what stands behind its dots; not on the window's thread."""
        from core.export import figures  # noqa: PLC0415 - imports matplotlib

        names = (self.tr("non-zeros, % of the coefficients"), self.tr("PSNR, dB"))
        across, labels = [100.0 * share for share in found.nonzeros], [_short(one) for one in found.thresholds]
        return with_dots(
            "sparsity",
            lambda paper: figures.trade_off(across, found.psnr, names, labels, TRAINED, paper),
            CURVE_HEIGHT,
            self.tr("Non-zeros against PSNR, by threshold"),
            lambda dot: found.pictures[dot, 0],
            lambda dot: self._words(found, dot),
        )

    def _words(self, found: TradeOff, dot: int) -> str:
        return self.tr("Threshold {threshold}\n{share} %, {psnr} dB").format(
            threshold=_short(found.thresholds[dot]), share=f"{100.0 * found.nonzeros[dot]:.1f}", psnr=f"{found.psnr[dot]:.1f}"
        )

    def _show(self, dots: Dots | None = None) -> None:
        has_found = self._found is not None
        self.sheet.setVisible(has_found)
        self.choice.setEnabled(has_found)
        if dots is not None or not has_found:
            self.curve.set_figure(self._figure, dots)
        self._complete = has_found
        if has_found:
            self._show_pictures()

    def _show_pictures(self) -> None:
        found, faces, place = self._found, self._faces, self.choice.currentIndex()
        if found is None or faces is None or place < 0:
            return
        count = min(SHOWN, len(faces.originals))
        tiers: Sequence[Sequence[np.ndarray | None]] = [list(faces.originals[:count]), list(found.pictures[place, :count])]
        self.sheet.set_pictures(tiers, self._label)
        self.changed.emit()

    def _on_tried(self, tried: tuple[TradeOff, Figure, Dots]) -> None:
        self._found, self._figure, dots = tried
        before = self.choice.currentData()
        self.choice.clear()
        for place, one in enumerate(self._found.thresholds):
            trained = self.tr("{threshold}, as trained").format(threshold=_short(one))
            self.choice.addItem(trained if place == TRAINED else _short(one), place)
        self.choice.setCurrentIndex(TRAINED if before is None else int(before))
        self._show(dots)
        self.changed.emit()

    def _on_cancelled(self) -> None:
        self.curve.note.setText(self.tr("It was cancelled. Choose New pictures to try thresholds again."))

    def _on_curve_dot_opened(self, dot: int) -> None:
        self.choice.setCurrentIndex(dot)
        self._show_pictures()


def _short(threshold: float) -> str:
    return f"{threshold:.3g}"
