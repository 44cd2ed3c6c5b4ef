"""The Explore tab's bottom row: the face at N percentages of a direction, and saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.latent.session import Anchor, Session
from core.wording import percent
from explorer.document.decoding import Decoded, DecodeService
from explorer.document.document import Document
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE
from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.widgets.number_box import WholeBox
from explorer.widgets.room.wrap import WrapLayout
from explorer.widgets.section import inset_text
from explorer.widgets.strip_view import ORIGINAL, StripView

if TYPE_CHECKING:
    from explorer.document.photos import PhotoPreview

DELAY_MS = 100  # between strips while a slider moves
LOWEST, HIGHEST, MOST_STEPS = -200, 200, 16


class StripBar(QWidget):
    """The strip with its settings and the buttons that save."""

    save_strip_requested = Signal()
    save_picture_requested = Signal()

    def __init__(self, document: Document, decoding: DecodeService, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._decoding = decoding
        self._settings = settings
        self._request = 0
        self._firsts: dict[int, int] = {}  # by request: where its first picture stands, ORIGINAL or the first step
        self._preview: PhotoPreview | None = None
        self._moves = True  # whether there are directions to make steps along
        self._is_low = False
        self._anchor: Anchor | None = None
        self._last_of_other = 0  # the last request for another face's pictures
        self._asked: tuple[int, bytes] | None = None  # the model and the codes whose pictures are shown or requested
        self.view = StripView(self)
        self._steps = WholeBox(self)
        self._steps.setRange(2, MOST_STEPS)
        self._steps.setValue(settings.value.strip_steps)
        self._steps.setToolTip(self.tr("How many pictures in the strip (the assignments ask for 4 and 6; default 6)"))
        self._from, self._to = WholeBox(self), WholeBox(self)
        for box, value, tip in (
            (self._from, 0, self.tr("The first picture's percentage (0 = the picture as it is)")),
            (self._to, 100, self.tr("The last picture's percentage (100 = where the average picture with the attribute lies)")),
        ):
            box.setRange(LOWEST, HIGHEST)
            box.setSingleStep(10)
            box.setSuffix(" %")
            box.setValue(value)
            box.setToolTip(tip)
        self.original = QCheckBox(self.tr("Original first"), self)
        self.original.setChecked(settings.value.strip_original)
        self.original.toggled.connect(self._on_original_toggled)
        self.more = QToolButton(self)
        self.more.setIcon(icon("more"))
        self.more.setToolTip(self.tr("Before and after, a film of the change, copy, and the same edit on other pictures"))
        self.more.setAccessibleName(self.tr("More to save"))
        self.more.setAutoRaise(True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.save_strip = QPushButton(icon("strip"), self.tr("Save strip…"), self)
        self.save_picture = QPushButton(icon("save", "accent_text"), self.tr("Save picture…"), self)
        self.save_picture.setProperty("primary", True)

        self.fold = QToolButton(self)
        self.fold.setText(self.tr("Strip"))
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setToolTip(self.tr("Show the strip and its steps, or fold them so that the picture has their room"))
        self.fold.setAccessibleName(self.tr("Show the strip"))
        self.fold.setAutoRaise(True)
        self.fold.setCheckable(True)
        self.fold.setProperty("disclosure", True)
        self.fold.hide()
        self.fold.toggled.connect(self._show_fold)

        self._form = QWidget(self)
        form = WrapLayout(self._form)
        for text, box in ((self.tr("Steps"), self._steps), (self.tr("From"), self._from), (self.tr("to"), self._to)):
            label = QLabel(text, self)
            label.setBuddy(box)
            inset_text(box)
            pair = QWidget(self)  # stay together where the form takes two lines
            beside = QHBoxLayout(pair)
            beside.setContentsMargins(0, 0, 0, 0)
            beside.setSpacing(SPACE)
            beside.addWidget(label)
            beside.addWidget(box)
            form.addWidget(pair)
        form.addWidget(self.original)
        self._buttons = QWidget(self)
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.fold)
        buttons.addWidget(self.save_strip)
        buttons.addWidget(self.save_picture)
        buttons.addWidget(self.more)
        self._controls = QWidget(self)
        controls = QVBoxLayout(self._controls)
        controls.setContentsMargins(0, 0, 0, 0)
        controls.setSpacing(SPACE)
        controls.addWidget(self._form)
        controls.addWidget(self._buttons)
        side = QVBoxLayout()
        side.addStretch(1)
        side.addWidget(self._controls)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self.view, 1)
        self._beside = QWidget(self)  # keeps the buttons at the right where there is no strip
        layout.addWidget(self._beside, 1)
        layout.addLayout(side)

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self._show_fold()
        for box in (self._steps, self._from, self._to):
            box.valueChanged.connect(self._on_box_value_changed)
        self.view.step_chosen.connect(self._on_view_step_chosen)
        self.save_strip.clicked.connect(self.save_strip_requested)
        self.save_picture.clicked.connect(self.save_picture_requested)
        decoding.decoded.connect(self._on_decoding_decoded)
        document.session_changed.connect(self._on_document_session_changed)
        document.directions_changed.connect(self._on_document_session_changed)
        self._on_box_value_changed()
        self._on_document_session_changed()

    @property
    def is_folded(self) -> bool:
        """Whether only its buttons are seen, because the window is low."""
        return not self.fold.isHidden() and not self.fold.isChecked()

    def set_moves(self, moves: bool) -> None:
        """Whether the model's codes move along directions; where they don't, only what saves the picture is seen."""
        if moves != self._moves:
            self._moves = moves
            self._show_fold()

    def set_low(self, is_low: bool) -> None:
        """Fold the strip where the window has little height, until somebody unfolds it."""
        if is_low != self._is_low:
            self._is_low = is_low
            self.view.set_low(is_low)
            self._show_fold()

    @property
    def percentages(self) -> list[float]:
        """The percentage of each step."""
        return [float(value) for value in np.linspace(self._from.value(), self._to.value(), self._steps.value())]

    @property
    def labels(self) -> list[str]:
        """The percentages as texts."""
        return [percent(value) for value in self.percentages]

    def set_steps(self, steps: int) -> None:
        """So many faces."""
        self._steps.setValue(steps)

    def set_preview(self, preview: PhotoPreview | None) -> None:
        """Set what draws the photo with each edit; None to show the model's own pictures."""
        if preview is not self._preview:
            self._preview = preview
            self._asked = None
            self._timer.start()  # even for the same codes: the photo of a reopened edit may come later

    def codes(self) -> np.ndarray | None:
        """The codes (steps, D) of the strip; None without a face or a direction."""
        direction = self._document.main_direction
        session: Session = self._document.session
        if direction is None or session.anchor is None:
            return None
        codes = [self._document.code_with(session.with_edit("direction", direction.name, one).edits) for one in self.percentages]
        return np.stack([code for code in codes if code is not None])

    @property
    def _original(self) -> np.ndarray | None:
        """The picture (H, W, C) that the strip begins with; None: it begins with its steps."""
        return self._document.original(self._document.session.anchor) if self._settings.value.strip_original else None

    def _on_original_toggled(self, is_on: bool) -> None:
        self._settings.update(strip_original=is_on)
        self._timer.start()

    def _show_fold(self) -> None:
        self.fold.setVisible(self._is_low and self._moves)
        self.save_strip.setVisible(self._moves)
        self._beside.setVisible(not self._moves)
        self.fold.setIcon(icon("chevron-right" if self.is_folded else "chevron-down"))
        for part in (self.view, self._form):
            part.setVisible(self._moves and not self.is_folded)
        self._timer.start()

    def _ask(self) -> None:
        codes, model, original = self.codes(), self._document.model, self._original
        if codes is None:
            self.view.clear()
            self.view.set_original("")
            self._asked = None
            return
        before = self._document.code_with(())
        if original is None:
            self.view.set_original("")
        elif self._preview is None:
            self.view.set_original(self.tr("Original"), original)
        elif before is not None:  # the photo itself, seen as its steps are
            is_other = self._request == self._last_of_other
            self.view.set_original(self.tr("Original"), None if is_other else self.view.original)
            codes = np.concatenate([before[None], codes])
        if self.view.isVisible() and model is not None:
            asked = (model.generation, codes.tobytes())
            if asked != self._asked:  # moving this direction itself changes none of its steps
                draw = None if self._preview is None else self._preview.on_strip
                self._request = self._decoding.request("strip", codes, draw, space=self._document.space)
                self._firsts[self._request] = len(self.percentages) - len(codes)
                self._asked = asked if self._request else None

    def _offer_original(self, is_there: bool) -> None:
        """Let the strip begin with the face's own picture, where it has one, or say why it can't."""
        self.original.setEnabled(is_there)
        tip = self.tr(
            "The strip begins with the picture that the face was read from, before the model's own, here and where it is saved. "
            "Off by default."
        )
        anchor = self._document.session.anchor
        if not is_there and anchor is not None and anchor.kind == "sample":
            tip += " " + self.tr("A sample was read from no picture.")
        self.original.setToolTip(f"<p>{tip}</p>")

    def _on_document_session_changed(self) -> None:
        anchor = self._document.session.anchor
        if anchor != self._anchor:
            self._anchor, self._asked, self._last_of_other = anchor, None, self._request
            self.view.set_stale()
        has_face = self._document.session.anchor is not None
        self.save_picture.setEnabled(has_face)
        has_direction = self._document.main_direction is not None
        self.save_strip.setEnabled(has_face and has_direction)
        for box in (self._steps, self._from, self._to):
            box.setEnabled(has_direction or self._document.model is None)
        self._offer_original(self._document.original(self._document.session.anchor) is not None)
        nothing = self._document.model is not None and not has_direction
        self.view.set_words(
            self.tr("Steps along a direction appear here once this model has one. Fit one at the right.") if nothing else ""
        )
        if not self._timer.isActive():
            self._timer.start()

    def _on_box_value_changed(self) -> None:
        self.view.set_labels(self.labels)
        self._settings.update(strip_steps=self._steps.value())
        self._timer.start()

    def _on_decoding_decoded(self, decoded: Decoded) -> None:
        if decoded.channel == "strip" and decoded.id > self._last_of_other:
            for place, image in enumerate(decoded.images, self._firsts.get(decoded.id, 0) + decoded.start):
                if place == ORIGINAL:
                    self.view.set_original(self.tr("Original"), image)
                else:
                    self.view.set_image(place, image)
            if decoded.complete:
                self._firsts = {request: first for request, first in self._firsts.items() if request > decoded.id}

    def _on_view_step_chosen(self, place: int) -> None:
        direction = self._document.main_direction
        if direction is not None:
            self._document.set_edit("direction", direction.name, round(self.percentages[place], 1))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
