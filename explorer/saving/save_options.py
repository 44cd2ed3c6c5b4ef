"""How sheets of pictures are saved: as wide as their own pixels or for print, and with their caption or without."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from explorer.look.icons import icon
from explorer.settings.store import SettingsStore

WIDTHS = (0, 85, 120, 160, 250)  # millimetres in print; 0 = own pixels


class SaveChoices(QObject):
    """The choices in a menu; they are remembered.

    Args:
        settings: holds the choices.
        menu: gets an entry for each of them, each time it opens as they are then.
    """

    def __init__(self, settings: SettingsStore, menu: QMenu) -> None:
        super().__init__(menu)
        self._settings = settings
        self.widths = QActionGroup(menu)
        for width in WIDTHS:
            entry = menu.addAction(self._words(width))
            entry.setCheckable(True)
            entry.setData(width)
            self.widths.addAction(entry)
        menu.addSeparator()
        self.captioned = menu.addAction(self.tr("With its caption"))
        self.captioned.setCheckable(True)
        self._show()
        menu.aboutToShow.connect(self._show)  # they may have been made elsewhere
        self.widths.triggered.connect(lambda entry: settings.update(sheet_width=int(entry.data())))
        self.captioned.triggered.connect(lambda on: settings.update(sheet_caption=on))

    @property
    def width_in_print(self) -> float | None:
        """Centimetres; None = as wide as its own pixels."""
        return self._settings.value.sheet_width / 10 or None

    @property
    def with_caption(self) -> bool:
        """Whether the caption stands under it."""
        return self._settings.value.sheet_caption

    def _show(self) -> None:
        for entry in self.widths.actions():
            entry.setChecked(entry.data() == self._settings.value.sheet_width)
        self.captioned.setChecked(self._settings.value.sheet_caption)

    def _words(self, width: int) -> str:
        if not width:
            return self.tr("PNG with the pictures' own pixels; PDF and SVG 16 cm wide")
        known = {85: self.tr("a column"), 160: self.tr("the text of an A4 page"), 250: self.tr("an A4 page on its side")}
        text = self.tr("{width} cm wide in print").format(width=f"{width / 10:g}")
        return f"{text} ({known[width]})" if width in known else text


class SaveOptions(QToolButton):
    """A small button that opens the choices.

    Args:
        settings: holds the choices.
    """

    def __init__(self, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon("settings"))
        self.setAutoRaise(True)
        self.setToolTip(self.tr("How it is saved: its width in print, and its caption"))
        self.setAccessibleName(self.tr("How it is saved"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.choices = SaveChoices(settings, menu)
        self.widths, self.captioned = self.choices.widths, self.choices.captioned
        self.setMenu(menu)

    @property
    def width_in_print(self) -> float | None:
        """Centimetres; None = as wide as its own pixels."""
        return self.choices.width_in_print

    @property
    def with_caption(self) -> bool:
        """Whether the caption stands under it."""
        return self.choices.with_caption
