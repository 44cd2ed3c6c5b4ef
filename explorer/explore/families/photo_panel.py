"""What a page of photos has beside the canvas: what it is about, buttons that open and save, and the fields of its family."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from explorer.actions import with_keys
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, section_font
from explorer.widgets.number_box import WholeBox
from explorer.widgets.section import inset_text

WIDTH = 320
FULL = 100  # percent


class PhotoPanel(QWidget):
    """The parts that all such panels have; a family's own names them, and puts its fields among them by `lay_out`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._title = self.words("", is_muted=False)
        self._title.setFont(section_font())
        self._about = self.words("")
        self.open_button = QPushButton(icon("photo"), self.tr("Open photos…"), self)
        self.note = self.words("")
        self.save_button = QPushButton(icon("save"), self.tr("Save…"), self)
        self.save_all_button = QPushButton(self.tr("Save all…"), self)

    def set_about(self, title: str, about: str) -> None:
        """Say what the page does, as a heading, and what the person should know of it."""
        self._title.setText(title)
        self._about.setText(about)

    def set_tips(self, to_open: str, to_save: str, to_save_all: str) -> None:
        """Say what the buttons do; keys are added."""
        self.open_button.setToolTip(with_keys(to_open, "open_photo"))
        self.save_button.setToolTip(with_keys(to_save, "save_picture"))
        self.save_all_button.setToolTip(to_save_all)

    def lay_out(self, *fields: QBoxLayout | QGridLayout) -> None:
        """Put the fields between the button that opens and the note."""
        saving = QHBoxLayout()
        saving.setSpacing(SPACE)
        saving.addWidget(self.save_button, 1)
        saving.addWidget(self.save_all_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        for widget in (self._title, self._about, self.open_button):
            layout.addWidget(widget)
        for field in fields:
            layout.addLayout(field)
        layout.addWidget(self.note)
        layout.addLayout(saving)
        layout.addStretch(1)

    def percents(self, most: int, name: str, tip: str) -> tuple[QSlider, WholeBox]:
        """A slider from 0 to `most` percent, and a box with the same number; both begin at 100 %."""
        slider, box = QSlider(Qt.Orientation.Horizontal, self), WholeBox(self)
        for field in (slider, box):
            field.setRange(0, most)
            field.setValue(FULL)
            field.setAccessibleName(name)
            field.setToolTip(tip)
        slider.setPageStep(10)
        box.setSuffix(" %")
        inset_text(box)
        slider.valueChanged.connect(box.setValue)
        box.valueChanged.connect(slider.setValue)
        return slider, box

    def add_percents(self, rows: QGridLayout, number: int, slider: QSlider, box: WholeBox) -> None:
        """Put such a slider with its name and its box into a row."""
        label = QLabel(slider.accessibleName(), self)
        label.setBuddy(box)
        for column, widget in enumerate((label, slider, box)):
            rows.addWidget(widget, number, column)

    def words(self, text: str, *, is_muted: bool = True) -> QLabel:
        """A text of as many lines as it takes."""
        label = QLabel(text, self)
        label.setWordWrap(True)
        if is_muted:
            label.setProperty("muted", True)
        return label
