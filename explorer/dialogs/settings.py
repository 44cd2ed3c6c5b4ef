"""The program's settings: appearance, where runs go, and the picture cache. It stays open beside the window."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.files import printable
from core.runs.listing import default_runs_folder
from explorer.dialogs.settings_cache import CacheBox
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.messages import Messenger
from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.settings.values import ThemeChoice, UiSettings
from explorer.widgets.room.dialog import fitting_height, let_scroll
from explorer.widgets.section import Section
from explorer.widgets.segmented import Segmented

THEMES: Final[tuple[ThemeChoice, ...]] = ("system", "light", "dark")
_WIDTH = 560


class SettingsDialog(QDialog):
    """Each change applies at once; there is no OK button."""

    theme_chosen = Signal(str)
    """A `ThemeChoice`."""

    def __init__(self, settings: SettingsStore, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(self.tr("Settings"))
        self.theme = Segmented([self.tr("Follow the system"), self.tr("Light"), self.tr("Dark")], self.tr("Appearance"), self)
        self.runs_field = QLineEdit(self)
        self.choose_button = QPushButton(self.tr("Choose…"), self)
        self.usual_button = QPushButton(self.tr("Use the usual folder"), self)
        self.cache = CacheBox(messenger, self)
        self._build()
        self.theme.choice_changed.connect(lambda index: self.theme_chosen.emit(THEMES[index]))
        self.choose_button.clicked.connect(lambda _checked=False: self.choose_runs_folder())
        self.usual_button.clicked.connect(lambda _checked=False: self._settings.update(runs_folder=""))
        settings.changed.connect(self._on_settings_changed)
        self._on_settings_changed(settings.value)

    def refresh(self) -> None:
        """Update what others may have changed, while the dialog is visible."""
        if self.isVisible():
            self.cache.refresh()

    def choose_runs_folder(self) -> None:
        """Ask where new runs go."""
        before = str(self._settings.runs_place)
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for runs"), before)
        if folder:
            self._settings.update(runs_folder="" if Path(folder) == default_runs_folder() else folder)

    def _on_settings_changed(self, value: UiSettings) -> None:
        self.theme.set_choice(THEMES.index(value.theme))
        folder = printable(str(self._settings.runs_place))
        self.runs_field.setText(folder)
        self.runs_field.setCursorPosition(0)
        self.runs_field.setToolTip(folder)
        self.usual_button.setVisible(bool(value.runs_folder))

    def _build(self) -> None:
        self.runs_field.setReadOnly(True)
        self.runs_field.setAccessibleName(self.tr("Folder for runs"))
        self.usual_button.setProperty("link", True)
        about = QLabel(self.tr("New runs go there. Runs that are elsewhere stay where they are."), self)
        about.setWordWrap(True)
        about.setProperty("muted", True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.runs_field, 1)
        row.addWidget(self.choose_button)
        looks = Section(self.tr("Appearance"), self, collapsible=False)
        looks.body_layout().addWidget(self.theme, 0, Qt.AlignmentFlag.AlignLeading)
        runs = Section(self.tr("Folder for runs"), self, collapsible=False)
        runs.add_to_header(self.usual_button)
        runs.body_layout().addWidget(about)
        runs.body_layout().addLayout(row)
        cache = Section(self.tr("Picture cache"), self, collapsible=False)
        cache.body_layout().addWidget(self.cache)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, GROUP)
        layout.setSpacing(GROUP)
        for index, section in enumerate((looks, runs, cache)):
            if index:
                layout.addWidget(self._line())
            layout.addWidget(section)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setFixedWidth(_WIDTH)
        let_scroll(self)

    def _line(self) -> QFrame:
        line = QFrame(self)
        line.setProperty("hairline", True)
        return line

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.WindowActivate):
            self.cache.refresh()
        elif event.type() == QEvent.Type.LayoutRequest:  # a question appeared or disappeared
            self.setFixedHeight(fitting_height(self, _WIDTH))
        return super().event(event)
