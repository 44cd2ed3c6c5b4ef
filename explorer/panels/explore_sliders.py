"""The Explore tab's sliders: the smile on top, other directions, and the latent dimensions, the useful ones first."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from core.latent.directions import percent_at
from core.latent.session import Session
from explorer.decoding import Decoded, DecodeService
from explorer.document import Document
from explorer.loading import LoadedModel
from explorer.panels.direction_words import describe, strongest, title
from explorer.panels.explore_directions import DirectionMenu
from explorer.panels.trust_card import TrustCard
from explorer.theme import GROUP, SPACE, UNIT
from explorer.widgets.bar_chart import DimensionBars
from explorer.widgets.latent_slider import LatentSlider
from explorer.widgets.section import Section

SHOWN_FIRST = 12  # dimensions with sliders from the start; the rest is folded
BUILT_AT_ONCE = 8  # sliders made in one go when the rest unfolds, so that the window keeps moving
REACH = 4.0  # of a dimension's slider, in units of z
PERCENT_REACH = 200.0
LABEL_WIDTH = 28  # pixels, for the number of a dimension
ENDS_DELAY_MS = 120


class SlidersColumn(QWidget):
    """Shows the session's edits and asks the document to change them."""

    def __init__(
        self, document: Document, decoding: DecodeService, directions_menu: DirectionMenu, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._decoding = decoding
        self._menu = directions_menu
        self._direction_sliders: dict[str, LatentSlider] = {}
        self._dimension_sliders: dict[int, LatentSlider] = {}
        self._ends_request = 0
        self._ends_dims: list[int] = []
        self._low_end: np.ndarray | None = None  # waits for its other end
        self._anchor_z: tuple[float, ...] | None = None

        self._main_area = QVBoxLayout()
        self._main_area.setSpacing(SPACE)
        self._missing = QLabel(self)
        self._missing.setWordWrap(True)
        self._missing.setProperty("muted", True)
        self._fit = QPushButton(self.tr("Fit a direction…"), self)
        self._fit.clicked.connect(lambda: self._menu.popup_at(self._fit))

        self._others = Section(self.tr("Other directions"), self)
        self._others.add_to_header(self._menu.button())
        self._bars_section = Section(self.tr("What it changes"), self)
        self._bars = DimensionBars(self)
        self._bars.setToolTip(
            self.tr(
                "The latent dimensions in which the mean codes of pictures with and without it differ most, in units of z "
                "(the prior's standard deviation is 1). Click a bar to find its slider."
            )
        )
        self._bars_section.body_layout().addWidget(self._bars)
        self._trust = Section(self.tr("How far to trust it"), self, is_open=False)
        self.trust_card = TrustCard(document, directions_menu.fit_again, directions_menu.why_not_again, self)
        self._trust.body_layout().addWidget(self.trust_card)
        self._dims = Section(self.tr("Dimensions"), self)
        self._dims_hint = QLabel(self)
        self._dims_hint.setWordWrap(True)
        self._dims_hint.setProperty("muted", True)
        self._dims.body_layout().addWidget(self._dims_hint)
        self._dims.body_layout().setSpacing(UNIT)
        self._more = QPushButton(self)
        self._more.setFlat(True)
        self._more.clicked.connect(self._on_more_clicked)

        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, SPACE, 0)
        layout.setSpacing(GROUP)
        layout.addLayout(self._main_area)
        layout.addWidget(self._missing)
        layout.addWidget(self._fit, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(self._others)
        layout.addWidget(self._trust)
        layout.addWidget(self._dims)
        layout.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(self._bars_section)
        layout.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

        self._ends_timer = QTimer(self)
        self._ends_timer.setSingleShot(True)
        self._ends_timer.setInterval(ENDS_DELAY_MS)
        self._ends_timer.timeout.connect(self._request_ends)
        self._build_timer = QTimer(self)
        self._build_timer.setInterval(0)
        self._build_timer.timeout.connect(self._build_some)
        self._bars.dimension_clicked.connect(self._on_bars_dimension_clicked)
        decoding.decoded.connect(self._on_decoding_decoded)
        document.model_changed.connect(self._on_document_model_changed)
        document.directions_changed.connect(self._on_document_directions_changed)
        document.session_changed.connect(self._on_document_session_changed)
        self._on_document_model_changed(document.model)

    @property
    def main_slider(self) -> LatentSlider | None:
        """The slider on top."""
        direction = self._document.main_direction
        return self._direction_sliders.get(direction.name) if direction else None

    def dimension_slider(self, dim: int) -> LatentSlider | None:
        """The slider of a dimension, where it is shown."""
        return self._dimension_sliders.get(dim)

    # -- building -----------------------------------------------------------------------------------------------

    def _rebuild_directions(self) -> None:
        for slider in self._direction_sliders.values():
            slider.setParent(None)
            slider.deleteLater()
        self._direction_sliders = {}
        main = self._document.main_direction
        for direction in self._document.directions.values():
            is_main = main is not None and direction.name == main.name
            slider = LatentSlider(title(direction), self, prominent=is_main)
            slider.set_range(-PERCENT_REACH, PERCENT_REACH)
            slider.set_format(lambda value: f"{value:.0f} %", lambda text: float(text.strip().rstrip("%")))
            slider.set_steps(5.0, 1.0)
            slider.setToolTip(describe(direction))
            self._connect(slider, "direction", direction.name)
            self._direction_sliders[direction.name] = slider
            (self._main_area if is_main else self._others.body_layout()).addWidget(slider)
        has_model = self._document.model is not None
        self._missing.setVisible(has_model and main is None)
        self._fit.setVisible(has_model and main is None)
        self._missing.setText(
            self.tr("This model has no smile direction yet. Open labelled pictures in the Data tab, then fit one.")
            if self._document.data is None
            else self.tr("This model has no smile direction yet. Fit one on the opened pictures.")
            if self._menu.has_choices()
            else self.tr("This model has no smile direction yet. {why}.").format(why=self._menu.why_none())
        )
        self._fit.setEnabled(self._menu.has_choices())
        self._others.setVisible(main is not None)
        self._trust.setVisible(main is not None)
        self._bars_section.setVisible(main is not None)
        if main is not None:
            self._bars_section.set_title(self.tr("What {name} changes").format(name=title(main).lower()))
            self._bars.set_bars(strongest(main))
        self._set_zones()

    def _rebuild_dimensions(self, model: LoadedModel | None) -> None:
        self._build_timer.stop()
        for slider in self._dimension_sliders.values():
            slider.setParent(None)
            slider.deleteLater()
        self._dimension_sliders = {}
        self._dims.setVisible(model is not None)
        self._more.setVisible(model is not None)
        if model is None:
            return
        size = len(model.order)
        self._dims.set_title(self.tr("Dimensions, {n} of {all} in use").format(n=model.useful, all=size))
        self._dims_hint.setText(self.tr("Ordered by how much each tells of a picture (KL, in nats)."))
        for dim in model.order[:SHOWN_FIRST]:
            self._add_dimension(model, dim)
        self._show_more_text()

    def _add_dimension(self, model: LoadedModel, dim: int) -> None:
        slider = LatentSlider(str(dim), self)
        slider.set_label_width(LABEL_WIDTH)
        mean, std = float(model.code_mean[dim]), float(model.code_std[dim])
        slider.set_zone(mean - 2 * std, mean + 2 * std)
        slider.setToolTip(
            self.tr(
                "Dimension {dim}: its value z, in standard deviations of the prior. It carries {kl:.2f} nats per picture. "
                "The marked zone holds 95 % of real faces."
            ).format(dim=dim, kl=float(model.kl_per_dim[dim]))
        )
        self._connect(slider, "dimension", str(dim))
        self._dimension_sliders[dim] = slider
        self._dims.body_layout().addWidget(slider)
        self._set_dimension(slider, dim)

    def _connect(self, slider: LatentSlider, kind: str, key: str) -> None:
        slider.gesture_started.connect(self._document.begin_gesture)
        slider.gesture_finished.connect(self._document.end_gesture)
        slider.value_changed.connect(partial(self._on_slider_value_changed, kind, key))

    def _build_some(self) -> None:
        """Make a few more sliders; called again while there are some to make."""
        model = self._document.model
        missing = [dim for dim in model.order if dim not in self._dimension_sliders] if model else []
        if model is None or not missing:
            self._build_timer.stop()
            self._show_more_text()
            self._ends_timer.start()
            return
        for dim in missing[:BUILT_AT_ONCE]:
            self._add_dimension(model, dim)

    def _show_more_text(self) -> None:
        model = self._document.model
        left = len(model.order) - len(self._dimension_sliders) if model else 0
        self._more.setVisible(left > 0)
        self._more.setText(self.tr("Show the other {n} dimensions").format(n=left))

    # -- showing ------------------------------------------------------------------------------------------------

    def _set_zones(self) -> None:
        """Where real faces lie along each direction, in percent of this face."""
        anchor = self._document.session.anchor
        for name, slider in self._direction_sliders.items():
            direction = self._document.directions.get(name)
            if direction is None:
                continue
            if anchor is None:
                slider.set_zone(-100.0, 100.0)
                continue
            z = np.asarray(anchor.z, np.float32)
            slider.set_zone(percent_at(z, direction, direction.low), percent_at(z, direction, direction.high))

    def _set_dimension(self, slider: LatentSlider, dim: int) -> None:
        session = self._document.session
        home = session.anchor.z[dim] if session.anchor else 0.0
        reach = max(REACH, float(np.ceil(abs(home))) + 1.0)
        if slider.range != (-reach, reach):
            slider.set_range(-reach, reach)
            slider.set_steps(0.1, 0.02)
        value = home + session.weight("dimension", str(dim))
        if slider.home != home:  # whatever is set is painted anew: while one slider moves, the others must rest
            slider.set_home(home)
        if slider.value != value:
            slider.set_value(value)

    def _request_ends(self) -> None:
        """Ask for the small pictures at both ends of the dimensions' sliders."""
        z = self._document.code_with(())
        if z is None or not self.isVisible():
            return
        self._ends_dims = list(self._dimension_sliders)
        codes = np.repeat(z[None], 2 * len(self._ends_dims), axis=0)
        for place, dim in enumerate(self._ends_dims):
            codes[2 * place, dim], codes[2 * place + 1, dim] = -REACH, REACH
        self._ends_request = self._decoding.request("ends", codes)

    def _on_decoding_decoded(self, made: Decoded) -> None:
        if made.channel != "ends" or made.id != self._ends_request:
            return
        for place, image in enumerate(made.images, made.start):
            if place % 2 == 0:
                self._low_end = image
                continue
            slider = self._dimension_sliders.get(self._ends_dims[place // 2])
            if slider is not None and self._low_end is not None:
                slider.set_end_images(self._low_end, image)

    def _on_slider_value_changed(self, kind: str, key: str, value: float) -> None:
        if self._document.session.anchor is None:
            return
        home = self._document.session.anchor.z[int(key)] if kind == "dimension" else 0.0
        self._document.set_edit(kind, key, value - home)

    def _on_document_session_changed(self, session: Session) -> None:
        for name, slider in self._direction_sliders.items():
            if slider.value != session.weight("direction", name):
                slider.set_value(session.weight("direction", name))
        z = session.anchor.z if session.anchor else None
        if z != self._anchor_z:
            self._anchor_z = z
            self._set_zones()
            self._ends_timer.start()
        for dim, slider in self._dimension_sliders.items():
            self._set_dimension(slider, dim)

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        self._anchor_z = None
        self._rebuild_directions()
        self._rebuild_dimensions(model)

    def _on_document_directions_changed(self) -> None:
        self._rebuild_directions()
        self._on_document_session_changed(self._document.session)

    def _on_more_clicked(self) -> None:
        self._more.setVisible(False)
        self._build_timer.start()

    def _on_bars_dimension_clicked(self, dim: int) -> None:
        model = self._document.model
        if model is not None and dim not in self._dimension_sliders:
            self._add_dimension(model, dim)
            self._show_more_text()
            self._ends_timer.start()
        self._dims.set_open(True)
        slider = self._dimension_sliders[dim]
        QTimer.singleShot(0, slider, lambda: self._scroll.ensureWidgetVisible(slider, 0, 3 * GROUP))
        slider.setFocus(Qt.FocusReason.OtherFocusReason)
