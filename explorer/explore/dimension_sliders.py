"""The latent dimensions' sliders, those that tell the most first, each with small pictures of its ends."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from core.latent.session import Session
from core.metrics.latent import ACTIVE_VARIANCE
from explorer.chart.drawing import axis_words
from explorer.document.decoding import Decoded, DecodeService
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.explore.correlates import CorrelateFinder, about_labels, caption, explanation
from explorer.explore.edits import connect_edit
from explorer.look.theme import GROUP, UNIT
from explorer.messages import Messenger
from explorer.qt import override
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.section import Section
from explorer.widgets.slider.latent_slider import LatentSlider

SHOWN_FIRST = 12  # dimensions with sliders from the start; the rest is folded
BUILT_AT_ONCE = 8  # sliders made in one go when the rest unfolds, so that the window keeps moving
REACH = 4.0  # of a dimension's slider, in units of z
LABEL_WIDTH = 28  # pixels, for the number of a dimension
ENDS_DELAY_MS = 120


class DimensionSliders(QWidget):
    """One slider a dimension of the loaded model's latent, in units of z.

    Signals:
        shown(LatentSlider): a requested slider was made, and should be scrolled to.
        added(): there are more sliders than before.
    """

    shown = Signal(object)
    added = Signal()

    def __init__(self, document: Document, decoding: DecodeService, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._decoding = decoding
        self._sliders: dict[int, LatentSlider] = {}
        self._built_for: LoadedModel | None = None
        self._ends_request = 0
        self._ends_are_wanted = False  # of another face than is drawn at the ends, as soon as the sliders can be seen
        self._ends_dims: list[int] = []
        self._low_end: np.ndarray | None = None  # waits for its other end
        self._anchor_z: tuple[float, ...] | None = None
        self._moved: set[int] = set()  # the dimensions that the last session seen edits
        self._section = Section(self.tr("Dimensions"), self)
        self._hint = QLabel(self)
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        self._section.body_layout().addWidget(self._hint)
        self.progress = ProgressStrip(self, narrow=True)
        self._section.body_layout().addWidget(self.progress)
        self.correlates = CorrelateFinder(document, self.progress, messenger, self.isVisible)
        self.correlates.changed.connect(self._on_correlates_changed)
        self._section.body_layout().setSpacing(UNIT)
        self._more = QPushButton(self)
        self._more.setFlat(True)
        self._more.clicked.connect(self._on_more_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self._section)
        layout.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeading)
        self._ends_timer = QTimer(self)
        self._ends_timer.setSingleShot(True)
        self._ends_timer.setInterval(ENDS_DELAY_MS)
        self._ends_timer.timeout.connect(self._request_ends)
        self._build_timer = QTimer(self)
        self._build_timer.setInterval(0)
        self._build_timer.timeout.connect(self._build_some)
        decoding.decoded.connect(self._on_decoding_decoded)
        document.model_changed.connect(self._on_document_model_changed)
        document.session_changed.connect(self._on_document_session_changed)
        self._on_document_model_changed(document.model)

    def slider(self, dim: int) -> LatentSlider | None:
        """The slider of a dimension, where it is shown."""
        return self._sliders.get(dim)

    def reveal(self, dim: int) -> None:
        """Bring a dimension's slider into sight; it is made if need be."""
        model = self._document.model
        if model is not None and dim not in self._sliders:
            self._add(model, dim)
            self._show_more_text()
            self._want_ends()
        self._section.set_open(True)
        self.shown.emit(self._sliders[dim])

    # -- building -----------------------------------------------------------------------------------------------

    def _rebuild(self, model: LoadedModel | None) -> None:
        self._build_timer.stop()
        for slider in self._sliders.values():
            slider.hide()  # else a layout that is about to show it would make a window of it
            slider.setParent(None)
            slider.deleteLater()
        self._sliders = {}
        self._built_for = model
        self._section.setVisible(model is not None)
        self._more.setVisible(model is not None)
        if model is None:
            return
        active = self.tr("Dimensions, {n} of {all} active").format(n=model.active, all=len(model.order))
        tip = self.tr(
            "<p>Active: its mean code varies over the validation pictures, with a variance above {variance:g} (Burda et al., "
            "arXiv 1509.00519). Train's chart “Active units” counts the same.</p>"
        )
        if model.active is None:
            self._section.set_title(self.tr("Dimensions"))
        else:
            self._section.set_title(active, tip.format(variance=ACTIVE_VARIANCE))
        self._show_hint()
        for dim in model.order[:SHOWN_FIRST]:
            self._add(model, dim)
        self._show_more_text()

    def _add(self, model: LoadedModel, dim: int) -> None:
        slider = LatentSlider(str(dim), self)
        slider.set_label_width(LABEL_WIDTH)
        slider.reserve_end_images()
        mean, std = float(model.code_mean[dim]), float(model.code_std[dim])
        slider.set_zone(mean - 2 * std, mean + 2 * std)
        self._show_words(slider, model, dim)
        connect_edit(slider, self._document, "dimension", str(dim))
        self._sliders[dim] = slider
        self._section.body_layout().addWidget(slider)
        self._set_value(slider, dim)
        self.added.emit()

    def _show_words(self, slider: LatentSlider, model: LoadedModel, dim: int) -> None:
        """Show a dimension's caption, and what it correlates with where that is known."""
        correlates = self.correlates.result
        tip = self.tr(
            "Dimension {dim}: its value z, in standard deviations of the prior. The marked zone holds 95 % of real pictures."
        ).format(dim=dim)
        metric = model.family.axis_metric
        if metric is not None:
            name, _ = axis_words(metric)
            amount = f"{float(model.per_axis[dim]):.2f} {metric.unit}".rstrip()
            tip += " " + self.tr("It tells {amount} about a picture ({name}).").format(amount=amount, name=name)
        slider.setToolTip(f"<p>{tip}</p>" + ("" if correlates is None else f"<p>{explanation(correlates, dim)}</p>"))
        slider.set_caption("" if correlates is None else caption(correlates, dim))

    def _show_hint(self) -> None:
        metric = None if self._document.model is None else self._document.model.family.axis_metric
        order = ""
        if metric is not None:
            measure = ", ".join(part for part in (axis_words(metric)[0], metric.unit and f"in {metric.unit}") if part)
            order = self.tr("Ordered by how much each tells about a picture ({measure}).").format(measure=measure)
        correlates = self.correlates.result
        about = self.correlates.why_not if correlates is None else about_labels(correlates)
        self._hint.setText(f"{order} {about}".strip())

    def _build_some(self) -> None:
        """Make a few more sliders; called again while there are some to make."""
        model = self._document.model
        missing = [dim for dim in model.order if dim not in self._sliders] if model else []
        if model is None or not missing:
            self._build_timer.stop()
            self._show_more_text()
            self._want_ends()
            return
        for dim in missing[:BUILT_AT_ONCE]:
            self._add(model, dim)

    def _show_more_text(self) -> None:
        model = self._document.model
        left = len(model.order) - len(self._sliders) if model else 0
        self._more.setVisible(left > 0)
        self._more.setText(self.tr("Show the other {n} dimensions").format(n=left))

    # -- showing ------------------------------------------------------------------------------------------------

    def _set_value(self, slider: LatentSlider, dim: int) -> None:
        session = self._document.session
        home = session.anchor.z[dim] if session.anchor else 0.0
        reach = max(REACH, float(np.ceil(abs(home))) + 1.0)
        if slider.range != (-reach, reach):
            slider.set_range(-reach, reach)
            slider.set_steps(0.1, 0.02)
        value = home + session.weight("dimension", str(dim))
        if slider.home != home:  # setting it repaints; while one slider moves, the others must not
            slider.set_home(home)
        if slider.value != value:
            slider.set_value(value)

    def _want_ends(self) -> None:
        """Ask for the small pictures at both ends of the sliders in a moment, or when they are shown again."""
        self._ends_are_wanted = True
        self._ends_timer.start()

    def _request_ends(self) -> None:
        z = self._document.code_with(())
        if z is None or not self.isVisible():
            return
        self._ends_are_wanted = False
        self._ends_dims = list(self._sliders)
        codes = np.repeat(z[None], 2 * len(self._ends_dims), axis=0)
        for place, dim in enumerate(self._ends_dims):
            codes[2 * place, dim], codes[2 * place + 1, dim] = -REACH, REACH
        self._ends_request = self._decoding.request("ends", codes, space=self._document.space)

    def _on_decoding_decoded(self, decoded: Decoded) -> None:
        if decoded.channel != "ends" or decoded.id != self._ends_request:
            return
        for place, image in enumerate(decoded.images, decoded.start):
            if place % 2 == 0:
                self._low_end = image
                continue
            slider = self._sliders.get(self._ends_dims[place // 2])
            if slider is not None and self._low_end is not None:
                slider.set_end_images(self._low_end, image)

    def _on_document_session_changed(self, session: Session) -> None:
        z = session.anchor.z if session.anchor else None
        if z != self._anchor_z:
            self._anchor_z = z
            self._want_ends()
            self._moved = set(self._sliders)
        # One slider moves at a time, many times a second: the others, which may be hundreds, are left alone.
        edited = {int(edit.key) for edit in session.edits if edit.kind == "dimension"}
        for dim in self._moved | edited:
            if dim in self._sliders:
                self._set_value(self._sliders[dim], dim)
        self._moved = edited

    def _on_correlates_changed(self) -> None:
        model = self._built_for
        if model is None or model is not self._document.model:  # they are about to be built anew
            return
        self._show_hint()
        for dim, slider in self._sliders.items():
            self._show_words(slider, model, dim)

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        self._anchor_z = None
        self._rebuild(model)

    def _on_more_clicked(self) -> None:
        self._more.setVisible(False)
        self._build_timer.start()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.correlates.look()
        if self._ends_are_wanted:
            self._ends_timer.start()
