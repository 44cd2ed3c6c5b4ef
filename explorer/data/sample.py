"""How many of very many pictures are used: a sample trains in minutes where all would take hours."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.data.sources import SHOWN_SAMPLE
from explorer.look.icons import icon
from explorer.look.theme import SPACE
from explorer.widgets.section import inset_text

_LARGEST = 10_000_000
_STEP = 1000


class SampleBox(QWidget):
    """Shows how many pictures are used at most, and offers to take another number."""

    sample_requested = Signal(int)
    """As `data.limit`: 0 is all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limit = 0
        self.field = QSpinBox(self)
        self.field.setRange(0, _LARGEST)
        self.field.setSingleStep(_STEP)
        self.field.setGroupSeparatorShown(True)
        self.field.setSpecialValueText(self.tr("All"))
        self.field.setKeyboardTracking(False)
        inset_text(self.field)
        label = QLabel(self.tr("Pictures to use"), self)
        label.setBuddy(self.field)
        tip = self.tr(
            "<p>A random sample of that many, the same each time, with each class's share kept. Fewer pictures make shorter "
            "epochs. Default: {sample} of drawn shapes and dSprites, else all.</p>"
        ).format(sample=f"{SHOWN_SAMPLE:,}")
        for widget in (label, self.field):
            widget.setToolTip(tip)
        self.button = QPushButton(icon("refresh"), self.tr("Use that many"), self)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.field, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self.button)
        self.field.valueChanged.connect(self._show_button)
        self.button.clicked.connect(self._on_button_clicked)
        self._show_button()

    def show_data(self, data: FaceData) -> None:
        """Take over how many are in use; folders of faces are used as they are."""
        self._limit = data.config.limit
        self.field.setValue(self._limit)
        self.setVisible(not data.shows_faces)
        self._show_button()

    def _show_button(self) -> None:
        self.button.setVisible(self.field.value() != self._limit)

    def _on_button_clicked(self) -> None:
        self.field.interpretText()
        self.sample_requested.emit(self.field.value())
