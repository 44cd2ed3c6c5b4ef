"""How many of the pictures are used, and which share of them is held out for validation."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.config import DataConfig
from core.data.dataset import FaceData
from core.data.sources import SHOWN_SAMPLE
from explorer.look.theme import SPACE
from explorer.widgets.number_box import WholeBox
from explorer.widgets.section import inset_text

_LARGEST = 10_000_000
_STEP = 1000
_FEW_STEP = 100
"""Where there are fewer than a few thousand pictures."""
_LEAST_SHARE, _LARGEST_SHARE = 1, 90  # %, as `data.valid_fraction` allows


class AmountBox(QWidget):
    """Shows the number and the share in use, and lets the person change them.

    Signals:
        choice_changed(): the person has changed one of them.
        typed(): the person types, and has not entered it yet.
    """

    choice_changed = Signal()
    typed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = WholeBox(self)
        self.number.setRange(0, _LARGEST)
        self.number.setGroupSeparatorShown(True)
        self.number.setSpecialValueText(self.tr("All"))
        self.share = WholeBox(self)
        self.share.setRange(_LEAST_SHARE, _LARGEST_SHARE)
        self.share.setSuffix(self.tr("\u00a0%"))
        self._share_label = QLabel(self.tr("For validation"), self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        number_tip = self.tr(
            "<p>A random sample of that many, the same each time, with each class's share kept. Fewer pictures make shorter "
            "epochs. Default: {sample} of drawn shapes and dSprites, else all.</p>"
        ).format(sample=f"{SHOWN_SAMPLE:,}")
        share_tip = self.tr(
            "<p>The share of the pictures that training never sees: the validation curve, the best epoch and the pictures that "
            "are shown beside their reconstructions are of these. All pictures of a person are on one side. Default: 20 %.</p>"
        )
        number_label = QLabel(self.tr("Pictures to use"), self)
        rows = ((number_label, self.number, number_tip), (self._share_label, self.share, share_tip))
        for row, (label, field, tip) in enumerate(rows):
            label.setBuddy(field)
            for widget in (label, field):
                widget.setToolTip(tip)
            field.setKeyboardTracking(False)
            field.setAccessibleName(label.text())
            field.valueChanged.connect(self.choice_changed)
            field.lineEdit().textEdited.connect(self.typed)
            inset_text(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)

    def chosen(self, config: DataConfig) -> dict[str, int | float]:
        """The choices that differ from what is in use, as settings of the data."""
        changes: dict[str, int | float] = {}
        if self.number.value() != config.limit:
            changes["limit"] = self.number.value()
        if self.share.value() != _percent(config):
            changes["valid_fraction"] = self.share.value() / 100
        return changes

    def take_typed(self) -> None:
        """Let what is typed but not yet entered count; a field that is empty just now is left to the person."""
        for field in (self.number, self.share):
            if field.hasAcceptableInput():
                field.interpretText()

    def show_data(self, data: FaceData) -> None:
        """Take over what is in use. Pictures that came with their two parts have no share to choose."""
        for field, value in ((self.number, data.config.limit), (self.share, _percent(data.config))):
            if field.value() == value:  # setting it would take away what is being typed
                continue
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)
        step = _STEP if len(data.index.files) > 2 * _STEP else _FEW_STEP
        if step != self.number.singleStep():  # setting it, too
            self.number.setSingleStep(step)
        for widget in (self._share_label, self.share):
            widget.setVisible(not data.own_split)


def _percent(config: DataConfig) -> int:
    return min(max(round(100 * config.valid_fraction), _LEAST_SHARE), _LARGEST_SHARE)
