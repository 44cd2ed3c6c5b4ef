"""How a picture is saved: its format, the quality where that loses something, what of the camera's notes stays in it, and whether
it shows that it was edited."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QSpinBox, QVBoxLayout, QWidget

from explorer.look.theme import EDGE, SPACE
from explorer.settings.store import SettingsStore
from explorer.widgets.section import inset_text
from explorer.widgets.segmented import Segmented

ENDINGS = (".png", ".jpg", ".webp")
LEAST_QUALITY = 30


class PictureFormat(QWidget):
    """PNG, JPEG or WebP. What is chosen is remembered once `remember` is called.

    Args:
        settings: what was chosen the last time.
        recipe: whether a PNG carries how it came to be.
        is_transparent: the picture has transparent parts.
    """

    ending_changed = Signal(str)
    """The person chose another format: its ending."""

    def __init__(
        self, settings: SettingsStore, parent: QWidget | None = None, *, recipe: bool = True, is_transparent: bool = False
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._recipe = recipe
        self._transparent = is_transparent
        value = settings.value
        self.format = Segmented(["PNG", "JPEG", "WebP"], self.tr("Format"), self)
        self.quality = QSlider(Qt.Orientation.Horizontal, self)
        self._number = QSpinBox(self)
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
        self.set_ending(value.save_ending)

    @property
    def ending(self) -> str:
        """One of `ENDINGS`."""
        return ENDINGS[self.format.choice]

    @property
    def keep(self) -> str:
        """What of the camera's notes is wanted: one of `core.data.camera_data.KEEPS`."""
        if not (self.camera.isEnabled() and self.camera.isChecked()):
            return "none"
        return "all" if self.place.isEnabled() and self.place.isChecked() else "camera"

    @property
    def marks(self) -> bool:
        """Whether the picture is to show that it was edited."""
        return self._edited and self.mark.isChecked()

    def set_edited(self, edited: bool) -> None:
        """Whether the picture was changed by a model; one that wasn't gets no mark."""
        self._edited = edited
        self.mark.setVisible(edited)

    def set_ending(self, ending: str) -> None:
        """Choose a format, without a signal; another ending than those of `ENDINGS` changes nothing."""
        if ending in ENDINGS:
            self.format.set_choice(ENDINGS.index(ending))
        self._show()

    def set_camera(self, is_there: bool, has_place: bool) -> None:
        """Whether the photo says anything of its camera, and where it was taken."""
        self._has_camera, self._has_place = is_there, has_place
        self._show_camera()

    def remember(self) -> None:
        """For the next time. A box that could not be used keeps what it was."""
        changes: dict[str, object] = {"save_ending": self.ending, "save_quality": self._number.value()}
        if self._edited:
            changes["mark_edits"] = self.mark.isChecked()
        if self.camera.isEnabled():
            changes["keep_camera"] = self.camera.isChecked()
        if self.place.isEnabled():
            changes["keep_place"] = self.place.isChecked()
        self._settings.update(**changes)

    def _show(self) -> None:
        is_png = self.ending == ".png"
        for widget in (self._quality_label, self.quality, self._number):
            widget.setVisible(not is_png)
        self.note.setText(self._explanation())
        self._show_camera()

    def _explanation(self) -> str:
        if self.ending == ".png":
            text = self.tr("Every pixel stays as it is.")
            if self._recipe:
                text += " " + self.tr("It keeps the edit: dropped on this window, face and sliders come back.")
            return text
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
            else self.tr("This picture says nothing of a camera")
        )  # fmt: skip
        self.place.setToolTip(
            self.tr("The place that the camera noted (GPS). Off by default")
            if self._has_place
            else self.tr("This picture doesn't say where it was taken")
        )

    def _on_format_choice_changed(self) -> None:
        self._show()
        self.ending_changed.emit(self.ending)
