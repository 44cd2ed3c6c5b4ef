"""What a comparison shows: by what its codes are coloured, and which measures of disentanglement are computed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, UNIT

_COMBO_WIDTH = 150


class ComparisonChoice(QWidget):
    """A row over the page. Nothing is computed before the button is pressed.

    Signals:
        again_requested(): compare with what is chosen now.
    """

    again_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[str, tuple[str, ...]] | None = None  # what the page shows
        self.colour = QComboBox(self)
        self.colour.setMinimumWidth(_COMBO_WIDTH)
        self.colour.setToolTip(self.tr("The label or factor whose values colour the codes. Default: the first one."))
        colour_label = QLabel(self.tr("Colour codes by"), self)
        colour_label.setBuddy(self.colour)
        self.boxes = {name: QCheckBox(text, self) for name, text in self._names().items()}
        for name, box in self.boxes.items():
            box.setToolTip(f"<p>{self._meanings()[name]}</p>")
            box.toggled.connect(self._show)
        self.again_button = QPushButton(icon("refresh"), self.tr("Compare again"), self)
        self.again_button.setToolTip(self.tr("What was measured already isn't measured again"))
        self.again_button.clicked.connect(self.again_requested)
        self.colour.currentIndexChanged.connect(self._show)
        self._note = QLabel(self)
        self._note.setProperty("muted", True)
        self._note.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(colour_label)
        row.addWidget(self.colour)
        row.addSpacing(GROUP)
        for box in self.boxes.values():
            row.addWidget(box)
            row.addSpacing(UNIT)
        row.addStretch(1)
        row.addWidget(self.again_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self._note)
        self.offer((), (), ())

    @property
    def color(self) -> str:
        """What colours the codes, by its name; "" = nothing can."""
        return str(self.colour.currentData() or "")

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of disentanglement, by their names on the command line."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked() and not box.isHidden())

    def offer(self, colours: Sequence[str], measures: Sequence[str], chosen: Sequence[str]) -> None:
        """What these runs' pictures allow; the first colour and some measures are chosen.

        Args:
            colours: names, none before the pictures are read.
            measures: none where the factors aren't known.
            chosen: of those.
        """
        self.colour.clear()
        for name in colours:
            self.colour.addItem(name.replace("_", " "), name)
        self.colour.setEnabled(len(colours) > 1)
        for name, box in self.boxes.items():
            box.setVisible(name in measures)
            box.setChecked(name in chosen)
        times = self.tr(
            "Measures of disentanglement: MIG, SAP and the FactorVAE score take about a second a run, Chen's MIG about ten, DCI "
            "minutes."
        )
        none = self.tr("Measures of disentanglement need pictures whose factors are known, such as Drawn shapes.")
        self._note.setText("" if not colours else times if measures else none)
        self._note.setVisible(bool(colours))
        self._show()

    def set_shown(self) -> None:
        """The page shows what is chosen now."""
        self._shown = (self.color, self.measures)
        self._show()

    def set_busy(self, is_busy: bool) -> None:
        """While a comparison is made nothing else can be asked for."""
        self.setEnabled(not is_busy)

    def _show(self) -> None:
        self.again_button.setEnabled(self._shown != (self.color, self.measures))

    def _names(self) -> dict[str, str]:
        return {
            "mig": self.tr("MIG"),
            "mig_chen": self.tr("MIG (Chen)"),
            "factor_vae_score": self.tr("FactorVAE score"),
            "sap": self.tr("SAP"),
            "dci": self.tr("DCI"),
        }

    def _meanings(self) -> dict[str, str]:
        return {
            "mig": self.tr(
                "Mutual information gap as in disentanglement_lib: by how much the best dimension tells more of a factor than the "
                "second best. 0 to 1. About a second a run. Default: on."
            ),
            "mig_chen": self.tr(
                "The gap as Chen et al. 2018 define it: of sampled codes, without the shape. 0 to 1. About ten seconds a run. "
                "Default: on."
            ),
            "factor_vae_score": self.tr(
                "How often the dimension that varies least names the factor that was held fixed (Kim & Mnih 2018). 0 to 1. "
                "About a second a run. Default: on."
            ),
            "sap": self.tr(
                "By how much one dimension alone predicts a factor better than the next one (Kumar et al. 2018). "
                "About a second a run. Default: on."
            ),
            "dci": self.tr(
                "Disentanglement, completeness and informativeness (Eastwood & Williams 2018), by gradient boosting. "
                "One to several minutes a run. Default: off."
            ),
        }
