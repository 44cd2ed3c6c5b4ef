"""The Explore tab's column of sliders: directions, latent dimensions, and what the main direction changes."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollBar, QVBoxLayout, QWidget

from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.explore.dimension_sliders import DimensionSliders
from explorer.explore.direction_menu import DirectionMenu
from explorer.explore.direction_sliders import DirectionSliders
from explorer.explore.trust_card import strongest, title
from explorer.look.theme import GROUP
from explorer.messages import Messenger
from explorer.widgets.bar_chart import DimensionBars
from explorer.widgets.room.column import ScrollColumn
from explorer.widgets.section import Section
from explorer.widgets.slider.latent_slider import LatentSlider


class SlidersColumn(QWidget):
    """Shows the session's edits and asks the document to change them."""

    def __init__(
        self,
        document: Document,
        decoding: DecodeService,
        directions_menu: DirectionMenu,
        messenger: Messenger,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.directions = DirectionSliders(document, directions_menu, self)
        self.dimensions = DimensionSliders(document, decoding, messenger, self)
        self._bars_section = Section(self.tr("What it changes"), self)
        self._bars = DimensionBars(self)
        self._bars.setToolTip(
            self.tr(
                "The latent dimensions in which the mean codes of pictures with and without it differ most, in units of z "
                "(the prior's standard deviation is 1). Click a bar to find its slider."
            )
        )
        self._bars_section.body_layout().addWidget(self._bars)
        self._scroll = ScrollColumn(GROUP, self)
        for widget in (self.directions, self.dimensions, self._bars_section):
            self._scroll.add(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        self._bars.dimension_clicked.connect(self.dimensions.reveal)
        self.dimensions.shown.connect(self._on_dimensions_shown)
        document.model_changed.connect(self._on_document_model_changed)
        document.directions_changed.connect(self._show_bars)
        for changed in (document.model_changed, document.directions_changed, self.dimensions.added):
            changed.connect(lambda *_: self._scroll.put_in_order())
        self._scroll.put_in_order()
        self._show_bars()

    @property
    def main_slider(self) -> LatentSlider | None:
        """The slider on top."""
        return self.directions.main_slider

    def dimension_slider(self, dim: int) -> LatentSlider | None:
        """The slider of a dimension, where it is shown."""
        return self.dimensions.slider(dim)

    @property
    def scroll_bar(self) -> QScrollBar:
        """Of the column."""
        return self._scroll.verticalScrollBar()

    def _on_document_model_changed(self) -> None:
        """Another model is shown from the top: its smile first."""
        self._show_bars()
        self.scroll_bar.setValue(0)

    def _show_bars(self, *_: object) -> None:
        main = self._document.main_direction
        self._bars_section.setVisible(main is not None)
        if main is not None:
            self._bars_section.set_title(self.tr("What {name} changes").format(name=title(main).lower()))
            self._bars.set_bars(strongest(main))

    def _on_dimensions_shown(self, slider: LatentSlider) -> None:
        QTimer.singleShot(0, slider, lambda: self._scroll.ensureWidgetVisible(slider, 0, 3 * GROUP))
        slider.setFocus(Qt.FocusReason.OtherFocusReason)
