"""Which class a conditional model draws: a choice in the Gallery's and Explore's rows, hidden for every other model."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core.families.base import Can
from core.files import printable
from explorer.document.document import Document
from explorer.look.theme import SPACE
from explorer.widgets.keyboard.choice_box import ChoiceBox


class ClassChoice(QWidget):
    """Shows the document's class and asks for another."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._names: tuple[str, ...] = ()
        self.box = ChoiceBox(self)
        self.box.setAccessibleName(self.tr("Class"))
        tip = self.tr(
            "This model was trained with the class of each picture. It draws pictures of the class chosen here; the sliders "
            "change everything else. Default: the first class."
        )
        label = QLabel(self.tr("Class"), self)
        label.setBuddy(self.box)
        for widget in (self.box, label):
            widget.setToolTip(f"<p>{tip}</p>")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.box)
        self.box.activated.connect(self._on_box_activated)
        document.model_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        model = self._document.model
        names = model.engine.classes if model is not None and Can.CLASSES in model.engine.can else ()
        with QSignalBlocker(self.box):
            if names != self._names:
                self._names = names
                self.box.clear()
                self.box.addItems([printable(name) for name in names])
            if model is not None and names:
                self.box.setCurrentIndex(model.engine.class_number)
        self.setVisible(bool(names))

    def _on_box_activated(self, index: int) -> None:
        self._document.choose_class(self._names[index])
