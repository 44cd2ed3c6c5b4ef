"""How large a brush for cells is, and whether their borders are drawn."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QWidget

from explorer.look.theme import SPACE
from explorer.widgets.codes.brush import CellBrush
from explorer.widgets.segmented import Segmented

SIZES = (1, 2, 3)  # cells a side


class BrushRow(QWidget):
    """A row of controls for one brush."""

    def __init__(self, brush: CellBrush, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.size_choice = Segmented([str(size) for size in SIZES], self.tr("Size of the brush"), self)
        self.size_choice.set_tooltips([self.tr("{n} × {n} cells").format(n=size) for size in SIZES])
        self.grid_box = QCheckBox(self.tr("Grid"), self)
        self.grid_box.setToolTip(self.tr("Show the borders of the cells over the picture"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(QLabel(self.tr("Brush"), self))
        row.addWidget(self.size_choice)
        row.addStretch(1)
        row.addWidget(self.grid_box)
        self.size_choice.choice_changed.connect(lambda choice: brush.set_size(SIZES[choice]))
        self.grid_box.toggled.connect(brush.show_grid)
