"""The colour of the next point, or of the chosen one: a few that photos often have, and any other."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QButtonGroup, QColorDialog, QGridLayout, QToolButton, QWidget

from explorer.look.theme import colors, theme_notifier

SIDE = 18  # units, of a swatch
ACROSS = 6


def _named() -> tuple[tuple[str, str], ...]:
    def tr(text: str) -> str:
        return QCoreApplication.translate("ColourChoice", text)

    return (
        ("#e0ac8a", tr("Light skin")),
        ("#8a5a3c", tr("Dark skin, brown hair")),
        ("#d8b25a", tr("Blond")),
        ("#c03a32", tr("Red")),
        ("#d8762a", tr("Orange")),
        ("#c8b432", tr("Yellow")),
        ("#5a9640", tr("Green")),
        ("#2f9a96", tr("Turquoise")),
        ("#3f78c8", tr("Blue")),
        ("#7a4fb4", tr("Violet")),
        ("#d0648e", tr("Pink")),
        ("#808080", tr("Grey, no colour")),
    )


class ColourChoice(QWidget):
    """Swatches, one of which is taken, and a dialog for others."""

    colour_chosen = Signal(str)
    """The person took a colour, "#rrggbb"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dialog: QColorDialog | None = None
        self._own = ""
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self.swatches: dict[str, QToolButton] = {}
        for number, (colour, name) in enumerate(_named()):
            button = self._swatch(name)
            self.swatches[colour] = button
            layout.addWidget(button, number // ACROSS, number % ACROSS)
            button.clicked.connect(lambda _checked=False, colour=colour: self._choose(colour))
        self.other = self._swatch(self.tr("Another colour…"))
        self.other.setCheckable(True)
        self.other.clicked.connect(lambda _checked=False: self._ask())
        layout.addWidget(self.other, 0, ACROSS, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.setColumnStretch(ACROSS + 1, 1)
        self._colour = next(iter(self.swatches))
        theme_notifier().changed.connect(self._paint)
        self.set_colour(self._colour)

    @property
    def colour(self) -> str:
        """The one that is taken, "#rrggbb"."""
        return self._colour

    def set_colour(self, colour: str) -> None:
        """Show that a colour is taken; says nothing."""
        self._colour = colour
        if colour not in self.swatches:
            self._own = colour
        self.swatches.get(colour, self.other).setChecked(True)
        self._paint()

    def _swatch(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setIconSize(QSize(SIDE, SIDE))
        button.setToolTip(name)
        button.setAccessibleName(name)
        self._group.addButton(button)
        return button

    def _ask(self) -> None:
        self.set_colour(self._colour)  # it stays until another one is chosen
        dialog = self._dialog = QColorDialog(QColor(self._colour), self)
        dialog.setWindowTitle(self.tr("Colour of the point"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(self._on_dialog_color_selected)
        dialog.open()

    def _choose(self, colour: str) -> None:
        self.set_colour(colour)
        self.colour_chosen.emit(colour)

    def _on_dialog_color_selected(self, color: QColor) -> None:
        self._choose(color.name())

    def _paint(self) -> None:
        for colour, button in self.swatches.items():
            button.setIcon(self._disc(colour))
        self.other.setIcon(self._disc(self._own, is_other=True))

    def _disc(self, colour: str, is_other: bool = False) -> QIcon:
        """A disc of a colour; of another colour, before one was chosen, a ring with a plus."""
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(QSize(round(SIDE * ratio), round(SIDE * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors().text, 1.0))
        if colour:
            painter.setBrush(QColor(colour))
        painter.drawEllipse(1, 1, SIDE - 2, SIDE - 2)
        if is_other:
            middle = SIDE / 2.0
            light = not colour or QColor(colour).lightnessF() > 0.5
            painter.setPen(QPen(colors().text if not colour else QColor("#000000" if light else "#ffffff"), 1.5))
            painter.drawLine(int(middle) - 4, int(middle), int(middle) + 4, int(middle))
            painter.drawLine(int(middle), int(middle) - 4, int(middle), int(middle) + 4)
        painter.end()
        return QIcon(pixmap)
