"""Saving a picture or a film: its name, the folder, the format, and the metadata."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from core.data.camera_data import CameraData
from core.export.sheet_file import VECTOR
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.qt import override
from explorer.saving.ask_path import free_path, obstacle, usual_folder
from explorer.settings.store import SettingsStore
from explorer.widgets.number_box import WholeBox
from explorer.widgets.room.dialog import fitting_height, let_scroll
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

ENDINGS = (".png", ".jpg", ".webp")
_NAMES = {".png": "PNG", ".jpg": "JPEG", ".webp": "WebP", ".pdf": "PDF", ".svg": "SVG", ".gif": "GIF", ".mp4": "MP4"}
LEAST_QUALITY = 30


class PictureFormat(QWidget):
    """PNG, JPEG or WebP. The choices are saved when `remember` is called.

    Args:
        settings: the last choices.
        recipe: whether a PNG contains its recipe.
        is_transparent: the picture has transparent parts.
        vector: PDF and SVG are offered, too.
        film: the endings of a film that are offered instead; it has no other choices.
    """

    ending_changed = Signal(str)
    """The person chose another format: its ending."""

    def __init__(
        self,
        settings: SettingsStore,
        parent: QWidget | None = None,
        *,
        recipe: bool = True,
        is_transparent: bool = False,
        vector: bool = False,
        film: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._is_film = bool(film)
        self._recipe = recipe
        self._transparent = is_transparent
        value = settings.value
        self.endings = tuple(film) or ((*ENDINGS, *VECTOR) if vector else ENDINGS)
        self.format = Segmented([_NAMES[ending] for ending in self.endings], self.tr("Format"), self)
        self.quality = QSlider(Qt.Orientation.Horizontal, self)
        self._number = WholeBox(self)
        for field in (self.quality, self._number):
            field.setRange(LEAST_QUALITY, 100)
            field.setValue(value.save_quality)
            field.setAccessibleName(self.tr("Quality"))
            field.setToolTip(self.tr("<p>Of 100: higher keeps more of each pixel and makes a larger file. Default 95</p>"))
        inset_text(self._number)
        self._quality_label = QLabel(self.tr("Quality"), self)
        self._quality_label.setBuddy(self._number)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.camera = QCheckBox(self.tr("Keep camera data (date, camera)"), self)
        self.place = QCheckBox(self.tr("and where it was taken"), self)
        self.mark = QCheckBox(self.tr("Write “Edited with AI” into the corner"), self)
        self.mark.setToolTip(
            self.tr("<p>Small, at the lower right, for everybody to see. The file's notes say it anyway. Off by default</p>")
        )
        self.mark.setChecked(value.mark_edits)
        self.camera.setChecked(value.keep_camera)
        self.place.setChecked(value.keep_place)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.format, 0, Qt.AlignmentFlag.AlignLeading)
        row.addSpacing(SPACE)
        row.addWidget(self._quality_label)
        row.addWidget(self.quality, 1)
        row.addWidget(self._number)
        beneath = QHBoxLayout()
        beneath.addSpacing(EDGE)
        beneath.addWidget(self.place, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addWidget(self.camera)
        layout.addLayout(beneath)
        layout.addWidget(self.mark)
        self.format.choice_changed.connect(self._on_format_choice_changed)
        self.quality.valueChanged.connect(self._number.setValue)
        self._number.valueChanged.connect(self.quality.setValue)
        self.camera.toggled.connect(lambda _: self._show_camera())
        self._has_camera, self._has_place, self._edited = True, True, True
        self.set_ending(self.endings[0] if film else value.save_ending)

    @property
    def ending(self) -> str:
        """One of `endings`."""
        return self.endings[self.format.choice]

    @property
    def keep(self) -> str:
        """Which of the camera's metadata to keep: one of `core.data.camera_data.KEEPS`."""
        if not (self.camera.isEnabled() and self.camera.isChecked()):
            return "none"
        return "all" if self.place.isEnabled() and self.place.isChecked() else "camera"

    @property
    def marks(self) -> bool:
        """Whether the picture is to show that it was edited."""
        return self._edited and self.ending not in VECTOR and self.mark.isChecked()

    def set_edited(self, edited: bool) -> None:
        """Whether the picture was changed by a model; one that wasn't gets no mark."""
        self._edited = edited
        self.mark.setVisible(edited)

    def set_ending(self, ending: str) -> None:
        """Choose a format, without a signal; another ending than those of `endings` changes nothing."""
        if ending in self.endings:
            self.format.set_choice(self.endings.index(ending))
        self._show()

    def set_camera(self, is_there: bool, has_place: bool) -> None:
        """Set whether the photo has camera data, and a place."""
        self._has_camera, self._has_place = is_there, has_place
        self._show_camera()

    def remember(self) -> None:
        """Remember the choices for the next time. Boxes that were disabled keep their earlier value."""
        if self._is_film:
            return
        changes: dict[str, object] = {"save_quality": self._number.value()}
        if self.ending in ENDINGS:
            changes["save_ending"] = self.ending
        if self._edited:
            changes["mark_edits"] = self.mark.isChecked()
        if self.camera.isEnabled():
            changes["keep_camera"] = self.camera.isChecked()
        if self.place.isEnabled():
            changes["keep_place"] = self.place.isChecked()
        self._settings.update(**changes)

    def _show(self) -> None:
        for widget in (self._quality_label, self.quality, self._number):
            widget.setVisible(self.ending in (".jpg", ".webp") and not self._is_film)
        self.mark.setVisible(self._edited and self.ending not in VECTOR)  # there the caption says it
        self.note.setText(self._explanation())
        self._show_camera()

    def _explanation(self) -> str:
        if self._is_film:
            return {
                ".gif": self.tr("Plays everywhere, with 256 colours."),
                ".webp": self.tr("All colours. Browsers play it."),
                ".mp4": self.tr("Any player of films plays it."),
            }[self.ending]
        if self.ending == ".png":
            text = self.tr("Every pixel stays as it is.")
            if self._recipe:
                text += " " + self.tr("It keeps the edit: drop the file on this window, and you can go on editing.")
            return text
        if self.ending in VECTOR:
            return self.tr("For print, 16 cm wide, with a caption: words stay words, and pictures keep their pixels.")
        if self.ending == ".jpg":
            text = self.tr("A smaller file that every program reads.")
            if self._transparent:
                text += " " + self.tr("Transparent parts become white.")
        else:
            text = self.tr("Smaller than JPEG for the same look.")
        return text + (" " + self.tr("It doesn't keep the edit; only PNG does.") if self._recipe else "")

    def _show_camera(self) -> None:
        self.camera.setEnabled(self._has_camera)
        self.place.setEnabled(self._has_camera and self._has_place and self.camera.isChecked())
        self.camera.setToolTip(
            self.tr("<p>When the photo was taken, with which camera, lens and settings. Names, serial numbers and the small "
                    "preview of the unedited photo are never copied. Off by default</p>")
            if self._has_camera
            else self.tr("This picture has no camera data")
        )  # fmt: skip
        self.place.setToolTip(
            self.tr("The place that the camera noted (GPS). Off by default")
            if self._has_place
            else self.tr("This picture doesn't say where it was taken")
        )

    def _on_format_choice_changed(self) -> None:
        self._show()
        self.ending_changed.emit(self.ending)


_WIDTH = 540
_SAME = {".jpeg": ".jpg"}


class SavePicture(QDialog):
    """A dialog that asks for everything at once. Overwriting a file takes a button that says so.

    Args:
        name: proposed, without its ending; a number is added where it is taken.
        settings: the last folder and choices.
        camera: the photo's camera data.
        is_transparent: the picture has transparent parts.
        is_edit: the picture is one face with its edits, which a PNG's recipe can restore.
        edited: a model changed something in it.
        folder: proposed; None = the last one.
        vector: it can become PDF or SVG, too.
        film: the endings that are offered for a film.
        title: of the dialog; "" = "Save the picture".
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
        folder: Path | None = None,
        vector: bool = False,
        film: Sequence[str] = (),
        title: str = "",
    ) -> None:
        super().__init__(parent)
        self._folder = folder or usual_folder(settings.value.last_save_folder)
        self.setWindowTitle(title or self.tr("Save the picture"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.format = PictureFormat(settings, self, recipe=is_edit, is_transparent=is_transparent, vector=vector, film=film)
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
        self.setFixedWidth(_WIDTH)
        let_scroll(self)
        self.name.textEdited.connect(self._on_name_text_edited)
        self.format.ending_changed.connect(self._on_format_ending_changed)
        self._change.clicked.connect(lambda _checked=False: self._ask_folder())
        self._show()
        self.name.setFocus()
        self.name.setSelection(0, len(Path(self.name.text()).stem))

    @property
    def path(self) -> Path:
        """The file to write; its ending is always one of ours. A typed path counts from the folder, or as a whole."""
        name = os.path.expanduser(self.name.text().strip())
        typed = Path(name).suffix.lower()
        fits = _SAME.get(typed, typed) == self.format.ending
        return self._folder / (name if fits else name + self.format.ending)

    def set_folder(self, folder: Path) -> None:
        """Save into another folder."""
        self._folder = folder
        self._show()

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder to save in"), str(self._folder))
        if chosen:
            self.set_folder(Path(chosen))

    def _show(self) -> None:
        """The folder, and whether the name can be used there."""
        name, path = self.name.text().strip(), self.path
        self._place.setText(self.fontMetrics().elidedText(str(path.parent), Qt.TextElideMode.ElideMiddle, _WIDTH - 230))
        self._place.setToolTip(str(path.parent))
        unnamed = not Path(name).name.removesuffix(path.suffix) or name.endswith(("/", os.sep)) or "\0" in name
        text = self.tr("The file's own name is missing.") if unnamed else obstacle(path, self)
        is_bad = bool(text)
        taken = not is_bad and os.path.lexists(path)
        if taken:
            text = self.tr("{name} is there already; saving replaces it.").format(name=path.name)
        self.warning.setText(text)
        self.warning.setVisible(bool(text and name))
        self.save_button.setEnabled(not is_bad)
        self.save_button.setText(self.tr("Replace") if taken else self.tr("Save"))

    def _on_name_text_edited(self) -> None:
        typed = Path(self.name.text().strip()).suffix.lower()
        self.format.set_ending(_SAME.get(typed, typed))
        self._show()

    def _on_format_ending_changed(self, ending: str) -> None:
        name = Path(self.name.text().strip())
        stem = name.stem if _SAME.get(name.suffix.lower(), name.suffix.lower()) in self.format.endings else name.name
        self.name.setText(str(name.with_name(stem + ending)) if name.name else ending)
        self._show()

    @override
    def accept(self) -> None:
        """Accept, and remember the choices."""
        self.format.remember()
        super().accept()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a text appeared, disappeared or got longer
            self.setFixedHeight(fitting_height(self, _WIDTH))
        return super().event(event)
