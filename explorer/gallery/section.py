"""What the Gallery's sections have in common: pictures decoded only while they are looked at, and their export."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core.export.report import Figure
from core.export.sheet_file import SheetFile
from core.families.base import Can
from core.files import printable
from core.latent.code import NOTHING, Given
from core.latent.session import Anchor
from explorer.document.decoding import Decoded, DecodeService
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.look.theme import GROUP, SPACE
from explorer.qt import AbstractQtMeta, override
from explorer.widgets.keyboard.choice_box import ChoiceBox

CHANNEL = "gallery"
EXPORT_COLUMNS = 8
_CHOICE_WIDTH = 140


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """A picture to save, before it is put together."""

    rows: list[np.ndarray]  # uint8 (n, H, W, C) each
    caption: str
    labels: tuple[str, ...]  # one a column, or none
    recipe: dict[str, Any]
    name: str  # of the file, without its ending
    row_labels: tuple[str, ...] = ()  # one a row, or none
    figure: Figure | None = None  # a drawing in place of rows
    together: int = 1  # so many rows belong together

    def write(self, path: Path, width: float | None = None, *, captioned: bool = True) -> None:
        """Write it, perhaps with its caption; see `SheetFile.write`. Raises CoreError."""
        caption = self.caption if captioned else ""
        if self.figure is None:
            SheetFile(self.rows, caption, self.labels, self.row_labels, self.together).write(path, self.recipe, width)
            return
        from core.export.drawn import write_drawn  # noqa: PLC0415 - imports matplotlib
        from core.export.figures import with_caption  # noqa: PLC0415

        assert self.figure.draw is not None
        write_drawn(path, with_caption(self.figure.draw, self.figure.size, caption, width))


class GallerySection(QWidget, metaclass=AbstractQtMeta):
    """One kind of pictures of the model in use.

    A section is out of date after `invalidate` and is refreshed when it becomes visible: hidden sections decode nothing.
    Pictures of another model go at once. Subclasses write `refresh`, `clear`, `show_decoded`, `caption` and `export`.
    """

    needs: ClassVar[frozenset[Can]] = frozenset()
    """What a model must be able to do for the section to be offered."""
    family: ClassVar[str] = ""
    """Whose models alone it is for; "" for those of any."""
    needs_data: ClassVar[bool] = False
    """Whether it shows the opened data's pictures."""
    changed = Signal()
    """The caption, or whether there is something to save."""
    face_chosen = Signal(object, object, str)
    """An `Anchor` to edit, the picture (H, W, C) it was read from or None, and the class that it is, "" where it doesn't say."""

    def __init__(self, document: Document, decode_service: DecodeService, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.controls = QWidget(parent)
        """Goes into the panel's top row while this section is in front."""
        self._decode_service = decode_service
        self._request = 0
        self._stale = True
        self._complete = False
        self._of: LoadedModel | None = None  # the model that `refresh` was called with last
        self._codes_of = 0  # the generation of the model whose codes were asked last
        decode_service.decoded.connect(self._on_decode_service_decoded)

    @property
    def available(self) -> bool:
        """Whether the model in use can show this; before there is a model, whether models usually can."""
        model = self.document.model
        if model is None:
            return not self.family
        return self.needs <= model.can and self.family in ("", model.family.name)

    @property
    def hint(self) -> str:
        """How a picture is opened in Explore."""
        return self.tr("Double-click a picture to edit it")

    @property
    def no_data_text(self) -> str:
        """What appears here once there are pictures, for a section that shows them."""
        return self.tr("Pictures that training never sees appear here, over their reconstructions.")

    @property
    def is_complete(self) -> bool:
        """Whether every picture is there."""
        return self._complete and not self._stale

    @property
    @abstractmethod
    def caption(self) -> str:
        """What the pictures are, with numbers and units."""

    @property
    def caption_tip(self) -> str:
        """What the caption's numbers mean, where they need it."""
        return ""

    @abstractmethod
    def refresh(self) -> None:
        """Bring the pictures up to date; only called with a model."""

    @abstractmethod
    def clear(self) -> None:
        """Let go of all pictures and codes: another model has come. A newer one of the same run replaces them one by one."""

    @abstractmethod
    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """A picture of the last `ask` has come."""

    @abstractmethod
    def export(self) -> Export | None:
        """What to save; None while it isn't complete."""

    def reroll(self) -> None:
        """Other faces, where that makes sense."""

    def invalidate(self) -> None:
        """The pictures are out of date: model, data or a setting changed."""
        self._stale = True
        self._complete = False
        model, before = self.document.model, self._of
        if before is not None and (model is None or model.path != before.path):
            self._of, self._codes_of, self._request = None, 0, 0
            self.clear()
        if self.isVisible():
            self._update()

    def put_controls(self, *widgets: QWidget | None) -> None:
        """Lay `controls` out, one beside the other; None is a gap between groups."""
        row = QHBoxLayout(self.controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for widget in widgets:
            if widget is None:
                row.addSpacing(GROUP - SPACE)
            else:
                row.addWidget(widget)

    def put_choice(self, text: str, tip: str) -> ChoiceBox:
        """Let `controls` be a list that folds open, beside what it chooses, which this gives."""
        choice = ChoiceBox(self.controls)
        choice.setMinimumWidth(_CHOICE_WIDTH)
        choice.setToolTip(tip)
        label = QLabel(text, self.controls)
        label.setBuddy(choice)
        self.put_controls(label, choice)
        return choice

    def ask(self, z: np.ndarray, given: Given = NOTHING) -> None:
        """Decode codes (n, D), perhaps each of a class of its own; `show_decoded` gets the pictures, by index."""
        self._complete = False
        self.note_codes(self.document.model)
        self._request = self._decode_service.request(CHANNEL, z, given=given)

    def note_codes(self, model: LoadedModel | None) -> None:
        """The codes that are shown from now on are this model's; `ask` does this by itself."""
        self._codes_of = model.generation if model is not None else 0

    def choose(self, anchor: Anchor, original: np.ndarray | None = None, class_name: str = "") -> None:
        """The person wants to edit a face. Nothing happens while codes of another model are still shown: they are none of this."""
        if self.model is not None and self.model.generation == self._codes_of:
            self.face_chosen.emit(anchor, original, class_name)

    @property
    def model(self) -> LoadedModel | None:
        """The model in use."""
        return self.document.model

    @property
    def drawn_by(self) -> str:
        """The model and its class, for captions."""
        model = self.document.model
        if model is None or not model.engine.class_name:
            return "" if model is None else model.name
        return self.tr("{model}, class {name}").format(model=model.name, name=printable(model.engine.class_name))

    @property
    def class_recipe(self) -> dict[str, str]:
        """For recipes: the class that the model draws; nothing where it isn't conditional."""
        model = self.document.model
        return {"class": model.engine.class_name} if model is not None and model.engine.class_name else {}

    def _update(self) -> None:
        if self._stale and self.document.model is not None and self.available:
            self._stale = False
            self._of = self.document.model
            self.refresh()
            self.changed.emit()

    def _on_decode_service_decoded(self, decoded: Decoded) -> None:
        if decoded.channel != CHANNEL or decoded.id != self._request or not self._request:
            return
        for place, image in enumerate(decoded.images, decoded.start):
            self.show_decoded(place, image)
        if decoded.complete:
            self._complete = True
            self.changed.emit()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._update()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not self._complete:  # another section may take over the channel, or the panel go away, and results be lost
            self._request = 0
            self._stale = True


def anchor_code(z: np.ndarray) -> tuple[float, ...]:
    """A code (D,) as an anchor holds it."""
    return tuple(float(value) for value in z)
