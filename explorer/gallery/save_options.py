"""How the Gallery saves: as wide as the pictures' own pixels or for print, and with its caption or without."""

from __future__ import annotations

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from explorer.look.icons import icon
from explorer.settings.store import SettingsStore

WIDTHS = (0, 85, 120, 160, 250)  # millimetres in print; 0 = own pixels


class SaveOptions(QToolButton):
    """A small button that opens the choices; they are remembered.

    Args:
        settings: holds the choices.
    """

    def __init__(self, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setIcon(icon("settings"))
        self.setAutoRaise(True)
        self.setToolTip(self.tr("How it is saved: its width in print, and its caption"))
        self.setAccessibleName(self.tr("How it is saved"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.widths = QActionGroup(menu)
        for width in WIDTHS:
            entry = menu.addAction(self._words(width))
            entry.setCheckable(True)
            entry.setChecked(width == settings.value.sheet_width)
            entry.setData(width)
            self.widths.addAction(entry)
        menu.addSeparator()
        self.captioned = menu.addAction(self.tr("With its caption"))
        self.captioned.setCheckable(True)
        self.captioned.setChecked(settings.value.sheet_caption)
        self.setMenu(menu)
        self.widths.triggered.connect(lambda entry: settings.update(sheet_width=int(entry.data())))
        self.captioned.toggled.connect(lambda on: settings.update(sheet_caption=on))

    @property
    def width_in_print(self) -> float | None:
        """Centimetres; None = as wide as its own pixels."""
        return self._settings.value.sheet_width / 10 or None

    @property
    def with_caption(self) -> bool:
        """Whether the caption stands under it."""
        return self._settings.value.sheet_caption

    def _words(self, width: int) -> str:
        if not width:
            return self.tr("PNG with the pictures' own pixels; PDF and SVG 16 cm wide")
        known = {85: self.tr("a column"), 160: self.tr("the text of an A4 page"), 250: self.tr("an A4 page on its side")}
        text = self.tr("{width} cm wide in print").format(width=f"{width / 10:g}")
        return f"{text} ({known[width]})" if width in known else text
