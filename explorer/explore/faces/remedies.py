"""Where Explore has no validation pictures to show: why, and buttons that bring some."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from core.config import DataConfig
from core.wording import sides
from explorer.data.sources import source_title
from explorer.document.document import Document
from explorer.document.fitting_model import FittingModel
from explorer.document.framing import framing_of, offered_pictures, pictures_name, same_colours
from explorer.look.icons import icon
from explorer.look.theme import SPACE

_BUTTON_TEXT = 168  # pixels: as much as the narrowest column shows


class ValidationRemedies(QWidget):
    """The pictures in use, read for the model in use; other pictures; the model's own; or another model."""

    data_requested = Signal()
    """The person wants to choose pictures in the Data tab."""
    reframe_requested = Signal(str, int)
    """Read the pictures in use again: crop (as `data.crop`) and image size."""
    fitting_model_requested = Signal(str)
    """The person wants the model that sees pictures as they are read: its file."""
    own_pictures_requested = Signal(object)
    """Open the pictures that the model's run learned from: their `DataConfig`."""

    def __init__(self, document: Document, fitting: FittingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._fitting = fitting
        self._own: DataConfig | None = None  # that `_own_pictures` opens
        self._remedy = QPushButton(self)
        self._remedy.setObjectName("remedy")
        self._other_model = QPushButton(icon("model"), "", self)
        self._other_model.setObjectName("other_model")
        self._own_pictures = QPushButton(icon("faces"), "", self)
        self._own_pictures.setObjectName("own_pictures")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        self._buttons = (self._remedy, self._other_model, self._own_pictures)
        for button in self._buttons:
            layout.addWidget(button)
        self._remedy.clicked.connect(self._on_remedy_clicked)
        self._other_model.clicked.connect(self._on_other_model_clicked)
        self._own_pictures.clicked.connect(lambda _checked=False: self.own_pictures_requested.emit(self._own))
        self.withdraw()

    def withdraw(self) -> None:
        """Offer nothing: there are validation pictures, or others are shown."""
        for button in self._buttons:
            button.hide()  # by itself, so that it gives its focus on
        self.hide()

    def offer(self) -> str:
        """Show the buttons that help now; returns why there are no validation pictures."""
        data, model = self._document.data, self._document.model
        size = sides(*reversed(model.header.image_shape[1:])) if model is not None else ""
        button, tip = self.tr("Choose pictures…"), ""
        if data is None:
            why = self.tr("The validation pictures of the Data tab appear here.")
        elif model is None:
            why = self.tr("The validation pictures appear here once there is a model.")
        elif not same_colours(model, data):
            grey_model = self.tr("This model is for grey pictures, and those on the Data tab are in colour.")
            grey_data = self.tr("The pictures on the Data tab are grey, and this model is for colour.")
            why = grey_model if model.header.image_shape[0] == 1 else grey_data
        else:
            why = self.tr("The pictures on the Data tab have another size or framing than this model's.")
            button = self.tr("Read them for this model")
            tip = self.tr("<p>This changes no file. Data then has them at {size} pixels, and the next training uses that</p>")
        self._remedy.setText(button)
        self._remedy.setToolTip(tip.format(size=size))
        self._remedy.setVisible(data is None or model is not None)
        self._own = offered_pictures(model, data)
        name = source_title(self._own.source, pictures_name(self._own)) if self._own is not None else ""
        _offer(self._own_pictures, self.tr("Open {data}, its own pictures").format(data=name) if name else "")
        fitting = self._fitting.found
        _offer(self._other_model, self.tr("Use {name}").format(name=fitting.name) if fitting is not None else "")
        self.show()
        return why

    def _on_remedy_clicked(self) -> None:
        data, model = self._document.data, self._document.model
        if data is None or (model is not None and not same_colours(model, data)):
            self.data_requested.emit()
        elif model is not None:
            self.reframe_requested.emit(*framing_of(model, data))

    def _on_other_model_clicked(self) -> None:
        if self._fitting.found is not None:
            self.fitting_model_requested.emit(self._fitting.found.path)


def _offer(button: QPushButton, text: str) -> None:
    """Let a button say something that may be too long for it; hide it where there is nothing to say."""
    button.setVisible(bool(text))
    button.setText(button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, _BUTTON_TEXT))
    button.setToolTip(text)
