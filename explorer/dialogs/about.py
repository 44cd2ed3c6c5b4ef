"""What this program is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from core.checkpoint import read_header, shipped
from core.version import VERSION
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE, number_font, theme_notifier
from explorer.qt import override
from explorer.widgets.room.dialog import fitting_height, let_scroll

WIDTH = 440


def _restricted() -> list[str]:
    """The models that come with the program and aren't as free as its code, by name."""
    licences = {name: str(read_header(path).data.get("licence", "")) for name, path in shipped().items()}
    return [name for name, licence in licences.items() if licence.startswith("non-commercial")]


class AboutDialog(QDialog):
    """Name, version, purpose, and the work that it builds on."""

    help_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Labkhand"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._mark = QLabel(self)
        self._mark.setObjectName("mark")
        self._paint_mark()
        theme_notifier().changed.connect(self._paint_mark)
        name = QLabel("Labkhand  لبخند", self)
        name.setFont(number_font())
        text = QLabel(
            self.tr(
                "Version {version}. Explore what generative models learn from faces: train them, watch them, and edit a smile. "
                "Everything runs on this machine; no picture ever leaves it.\n\n"
                "The code is under the MIT licence. The models {names} are for non-commercial research only, as the pictures of "
                "CelebA are that they were trained on; the card beside each says more."
            ).format(version=VERSION, names=", ".join(f"“{name}”" for name in _restricted())),
            self,
        )
        text.setWordWrap(True)
        text.setMinimumWidth(WIDTH - 2 * EDGE)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.help_button = QPushButton(icon("info"), self.tr("Open the help"), self)
        self.help_button.setAutoDefault(False)
        self.help_button.clicked.connect(self._on_help_button_clicked)
        buttons.addButton(self.help_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, GROUP)
        layout.setSpacing(SPACE)
        for widget in (self._mark, name):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(text)
        layout.addSpacing(SPACE)
        layout.addWidget(buttons)
        self.setMinimumWidth(WIDTH)
        let_scroll(self)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Make it as high as its texts: Qt limits a new dialog to two thirds of the screen's height, which may cut them off."""
        self.resize(WIDTH, fitting_height(self, WIDTH))
        super().showEvent(event)

    def _on_help_button_clicked(self) -> None:
        self.accept()
        self.help_requested.emit()

    def _paint_mark(self) -> None:
        """Paint the logo in the text colour of the current theme."""
        self._mark.setPixmap(icon("smile").pixmap(QSize(56, 56), self.devicePixelRatioF()))
