"""Saving a picture: its name, the folder, the format, and what stays in the file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.data.camera_data import CameraData
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.qt import override
from explorer.saving.ask_path import free_path, save_folder
from explorer.saving.format import ENDINGS, PictureFormat
from explorer.settings.store import SettingsStore

_WIDTH = 540
_SAME = {".jpeg": ".jpg"}


class SavePicture(QDialog):
    """Asks for everything at once. Saving over a file that is there takes a button that says so.

    Args:
        name: proposed, without its ending; a number is added where it is taken.
        settings: the last folder and choices.
        camera: what the photo says of its camera.
        is_transparent: the picture has transparent parts.
        is_edit: the picture is one face with its edits, which a PNG's recipe brings back.
        edited: a model changed something in it.
    """

    def __init__(
        self,
        name: str,
        settings: SettingsStore,
        parent: QWidget | None = None,
        *,
        camera: CameraData | None = None,
        is_transparent: bool = False,
        is_edit: bool = True,
        edited: bool = True,
    ) -> None:
        super().__init__(parent)
        self._folder = save_folder(settings.value.last_save_folder)
        self.setWindowTitle(self.tr("Save the picture"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.format = PictureFormat(settings, self, recipe=is_edit, is_transparent=is_transparent)
        self.format.set_camera(camera is not None, camera is not None and bool(camera.with_place))
        self.format.set_edited(edited)
        for box in (self.format.camera, self.format.place):
            box.setVisible(is_edit)
        self.name = QLineEdit(free_path(self._folder, name + self.format.ending).name, self)
        self._place = QLabel(self)
        self._place.setTextFormat(Qt.TextFormat.PlainText)
        self._place.setMinimumWidth(120)
        self._change = QPushButton(self.tr("Change…"), self)
        self._change.setToolTip(self.tr("Save into another folder"))
        self.warning = QLabel(self)
        self.warning.setWordWrap(True)
        self.warning.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox(self)
        self.save_button = QPushButton(self)
        self.save_button.setProperty("primary", True)
        self.save_button.setDefault(True)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)

        form = QGridLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(SPACE)
        form.setColumnStretch(1, 1)
        for row, (text, widget) in enumerate(((self.tr("Name"), self.name), (self.tr("Folder"), self._place))):
            label = QLabel(text, self)
            label.setBuddy(widget)
            form.addWidget(label, row, 0)
            form.addWidget(widget, row, 1, 1, 2 if widget is self.name else 1)
        form.addWidget(self._change, 1, 2)
        label = QLabel(self.tr("Format"), self)
        form.addWidget(label, 2, 0, Qt.AlignmentFlag.AlignTop)
        label.setFixedHeight(self.format.format.height())
        form.addWidget(self.format, 2, 1, 1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addLayout(form)
        layout.addWidget(self.warning)
        layout.addWidget(buttons)
        self._layout = layout
        self.setFixedWidth(_WIDTH)
        self.name.textEdited.connect(self._on_name_text_edited)
        self.format.ending_changed.connect(self._on_format_ending_changed)
        self._change.clicked.connect(lambda _checked=False: self._ask_folder())
        self._show()
        self.name.setFocus()
        self.name.setSelection(0, len(Path(self.name.text()).stem))

    @property
    def path(self) -> Path:
        """The file to write; its ending is always one of ours."""
        name = self.name.text().strip()
        typed = Path(name).suffix.lower()
        fits = _SAME.get(typed, typed) == self.format.ending
        return self._folder / (name if fits else name + self.format.ending)

    def set_folder(self, folder: Path) -> None:
        """Save into another one."""
        self._folder = folder
        self._show()

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder for the picture"), str(self._folder))
        if chosen:
            self.set_folder(Path(chosen))

    def _show(self) -> None:
        """The folder, and whether the name can be used there."""
        name, path = self.name.text().strip(), self.path
        self._place.setText(self.fontMetrics().elidedText(str(self._folder), Qt.TextElideMode.ElideMiddle, _WIDTH - 230))
        self._place.setToolTip(str(self._folder))
        bad = not name.removesuffix(path.suffix) or any(mark in name for mark in "/\\\0")
        taken = not bad and path.exists()
        text = ""
        if bad and name:
            text = self.tr("A name has no slashes.")
        elif taken:
            text = self.tr("{name} is there already; saving replaces it.").format(name=path.name)
        self.warning.setText(text)
        self.warning.setVisible(bool(text))
        self.save_button.setEnabled(not bad and not path.is_dir())
        self.save_button.setText(self.tr("Replace") if taken else self.tr("Save"))

    def _on_name_text_edited(self) -> None:
        typed = Path(self.name.text().strip()).suffix.lower()
        self.format.set_ending(_SAME.get(typed, typed))
        self._show()

    def _on_format_ending_changed(self, ending: str) -> None:
        name = Path(self.name.text().strip())
        stem = name.stem if _SAME.get(name.suffix.lower(), name.suffix.lower()) in ENDINGS else name.name
        self.name.setText(stem + ending)
        self._show()

    @override
    def accept(self) -> None:
        """What was chosen is remembered."""
        self.format.remember()
        super().accept()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a text came, went or is longer
            self.setFixedHeight(self._layout.totalHeightForWidth(_WIDTH))
        return super().event(event)
