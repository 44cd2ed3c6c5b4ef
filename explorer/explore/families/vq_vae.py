"""Explore's pane for a VQ-VAE: one page to paint with its codes, one to move them along directions."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from explorer.document.loading import LoadedModel
from explorer.explore.families.code_directions import CodeDirections
from explorer.explore.families.code_painter import CodePainter
from explorer.explore.families.own import PaneParts
from explorer.look.theme import GROUP
from explorer.widgets.segmented import Segmented

PAINTING, DIRECTIONS = range(2)


class CodesPane(QWidget):
    """Two pages, of which one is seen; what lies over the picture belongs to that one."""

    def __init__(self, parts: PaneParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page_choice = Segmented(
            (self.tr("Codes"), self.tr("Directions")), self.tr("How the codes are changed"), self, fill=True
        )
        self.page_choice.set_tooltips(
            (
                self.tr("Paint with codes, copy and swap cells, draw them anew"),
                self.tr("Sliders for the smile and others, and which cells they change"),
            )
        )
        self.painter = CodePainter(parts, self)
        self.directions = CodeDirections(parts, self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.painter)
        self._pages.addWidget(self.directions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self.page_choice)
        layout.addWidget(self._pages, 1)
        self.page_choice.choice_changed.connect(self._show_page)
        self._show_page(PAINTING)

    def set_model(self, model: LoadedModel | None) -> None:
        """Change faces of this model; None: it is no VQ-VAE."""
        self.painter.set_model(model)
        self.directions.set_model(model)

    def refresh(self) -> None:
        """What the canvas shows has changed."""
        self.painter.refresh()
        self.directions.refresh()

    def show_page(self, page: int) -> None:
        """Bring a page to the front."""
        self.page_choice.set_choice(page)
        self._show_page(page)

    def _show_page(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self.painter.set_open(page == PAINTING)
        self.directions.set_open(page == DIRECTIONS)


def pane(parts: PaneParts, parent: QWidget) -> CodesPane:
    """Explore's pane for models of this family, in place of sliders."""
    return CodesPane(parts, parent)
