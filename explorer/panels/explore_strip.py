"""The Explore tab's bottom row: the face at N percentages of a direction, and saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSpinBox, QToolButton, QVBoxLayout, QWidget

from core.latent.session import Session
from explorer.decoding import Decoded, DecodeService
from explorer.document import Document
from explorer.icons import icon
from explorer.pixels import to_pixmap
from explorer.qt import override
from explorer.settings_store import SettingsStore
from explorer.theme import GROUP, SPACE, UNIT, colors, small_font

if TYPE_CHECKING:
    from explorer.photos import PhotoPreview

DELAY_MS = 100  # between strips while a slider moves
LOWEST, HIGHEST, MOST_STEPS = -200, 200, 16
GAP = 4
HEIGHT = 132


class StripView(QWidget):
    """Faces in a row, each under its percentage."""

    step_chosen = Signal(int)
    """The person clicked a face: its place in the row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: list[str] = []
        self._images: list[np.ndarray | None] = []
        self._pixmaps: dict[int, tuple[int, QPixmap]] = {}
        self._hovered = -1
        self._focused = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Strip of percentages"))
        self.setToolTip(self.tr("The same face at equal steps of this direction. Click one to go there."))

    @property
    def images(self) -> list[np.ndarray | None]:
        """What is shown; None where a picture is still to come."""
        return list(self._images)

    def set_labels(self, labels: list[str]) -> None:
        """Other steps; pictures of places that stay are kept until new ones come."""
        self._labels = labels
        self._images = (self._images + [None] * len(labels))[: len(labels)]
        self._pixmaps.clear()
        self.update()

    def set_image(self, place: int, image: np.ndarray) -> None:
        """The picture (H, W, C) of one step."""
        if place < len(self._images):
            self._images[place] = image
            self._pixmaps.pop(place, None)
            self.update()

    def clear(self) -> None:
        """No pictures."""
        self._images = [None] * len(self._labels)
        self._pixmaps.clear()
        self.update()

    def cell(self, place: int) -> QRect:
        """Where a step's face is drawn."""
        count = max(len(self._labels), 1)
        text = self.fontMetrics().height() + UNIT
        side = min(self.height() - text, (self.width() - GAP * (count - 1)) // count)
        shown = count - 1 - place if self.isRightToLeft() else place
        start = 0 if not self.isRightToLeft() else self.width() - count * side - (count - 1) * GAP
        return QRect(start + shown * (side + GAP), text, side, side)

    def _place_at(self, event: QMouseEvent) -> int:
        for place in range(len(self._labels)):
            if self.cell(place).contains(event.position().toPoint()):
                return place
        return -1

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        c = colors()
        for place, label in enumerate(self._labels):
            area = self.cell(place)
            above = QRect(area.left() - GAP, 0, area.width() + 2 * GAP, area.top())
            painter.setPen(c.text if place == self._hovered else c.muted_text)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, label)
            image = self._images[place]
            if image is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(c.canvas)
                painter.drawRoundedRect(QRectF(area), 4, 4)
                continue
            painter.drawPixmap(area, self._scaled(place, image, area.width()))
            if place == self._hovered or (self.hasFocus() and place == self._focused):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(c.accent, 2))
                painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 4, 4)

    def _scaled(self, place: int, image: np.ndarray, side: int) -> QPixmap:
        pixels = round(side * self.devicePixelRatioF())
        kept = self._pixmaps.get(place)
        if kept is None or kept[0] != pixels:
            smooth = Qt.TransformationMode.SmoothTransformation
            pixmap = to_pixmap(image).scaled(pixels, pixels, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            self._pixmaps[place] = kept = (pixels, pixmap)
        return kept[1]

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._place_at(event)
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._hovered >= 0 else Qt.CursorShape.ArrowCursor)
        self.update()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event)
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._focused = place
            self.step_chosen.emit(place)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        forward = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._labels:
            step = 1 if event.key() == forward else -1
            self._focused = min(max(self._focused + step, 0), len(self._labels) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._labels:
            self.step_chosen.emit(self._focused)
        else:
            super().keyPressEvent(event)


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
        self._preview: PhotoPreview | None = None
        self._asked: tuple[int, bytes] | None = None  # the model and the codes whose pictures are here or on their way
        self.view = StripView(self)
        self._steps = QSpinBox(self)
        self._steps.setRange(2, MOST_STEPS)
        self._steps.setValue(settings.value.strip_steps)
        self._steps.setToolTip(self.tr("How many faces in the strip (the assignments ask for 4 and 6; default 6)"))
        self._from, self._to = QSpinBox(self), QSpinBox(self)
        for box, value, tip in (
            (self._from, 0, self.tr("The first face's percentage (0 = the face as it is)")),
            (self._to, 100, self.tr("The last face's percentage (100 = where the average smiling face lies)")),
        ):
            box.setRange(LOWEST, HIGHEST)
            box.setSingleStep(10)
            box.setSuffix(" %")
            box.setValue(value)
            box.setToolTip(tip)
        self.more = QToolButton(self)
        self.more.setIcon(icon("more"))
        self.more.setToolTip(self.tr("Before and after, a film of the change, copy, and the same edit on other pictures"))
        self.more.setAccessibleName(self.tr("More to save"))
        self.more.setAutoRaise(True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.save_strip = QPushButton(icon("strip"), self.tr("Save strip…"), self)
        self.save_picture = QPushButton(icon("save"), self.tr("Save picture…"), self)
        self.save_picture.setProperty("primary", True)

        form = QHBoxLayout()
        form.setSpacing(SPACE)
        for text, box in ((self.tr("Steps"), self._steps), (self.tr("From"), self._from), (self.tr("to"), self._to)):
            label = QLabel(text, self)
            label.setBuddy(box)
            form.addWidget(label)
            form.addWidget(box)
        form.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.save_strip)
        buttons.addWidget(self.save_picture)
        buttons.addWidget(self.more)
        side = QVBoxLayout()
        side.setSpacing(SPACE)
        side.addStretch(1)
        side.addLayout(form)
        side.addLayout(buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self.view, 1)
        layout.addLayout(side)

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._ask)
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
    def percentages(self) -> list[float]:
        """The percentage of each step."""
        return [float(value) for value in np.linspace(self._from.value(), self._to.value(), self._steps.value())]

    @property
    def labels(self) -> list[str]:
        """The percentages as texts."""
        return [f"{value:.0f} %" for value in self.percentages]

    def set_steps(self, steps: int) -> None:
        """So many faces."""
        self._steps.setValue(steps)

    def set_preview(self, preview: PhotoPreview | None) -> None:
        """What puts each decoded face onto a photo; None to show the model's own."""
        self._preview = preview
        self._asked = None

    def codes(self) -> np.ndarray | None:
        """The codes (steps, D) of the strip; None without a face or a direction."""
        direction = self._document.main_direction
        session: Session = self._document.session
        if direction is None or session.anchor is None:
            return None
        found = [
            self._document.code_with(session.with_edit("direction", direction.name, percent).edits) for percent in self.percentages
        ]
        return np.stack([code for code in found if code is not None])

    def _ask(self) -> None:
        codes, model = self.codes(), self._document.model
        if codes is None:
            self.view.clear()
            self._asked = None
        elif self.isVisible() and model is not None:
            asked = (model.generation, codes.tobytes())
            if asked != self._asked:  # moving this very direction changes none of its steps
                if self._preview is None:
                    self._request = self._decoding.request("strip", codes)
                else:
                    self._request = self._decoding.request("strip", self._preview.codes(codes), self._preview.on_strip)
                self._asked = asked if self._request else None

    def _on_document_session_changed(self) -> None:
        has_face = self._document.session.anchor is not None
        self.save_picture.setEnabled(has_face)
        self.save_strip.setEnabled(has_face and self._document.main_direction is not None)
        if not self._timer.isActive():
            self._timer.start()

    def _on_box_value_changed(self) -> None:
        self.view.set_labels(self.labels)
        self._settings.update(strip_steps=self._steps.value())
        self._timer.start()

    def _on_decoding_decoded(self, made: Decoded) -> None:
        if made.channel == "strip":
            for place, image in enumerate(made.images, made.start):
                self.view.set_image(place, image)

    def _on_view_step_chosen(self, place: int) -> None:
        direction = self._document.main_direction
        if direction is not None:
            self._document.set_edit("direction", direction.name, round(self.percentages[place], 1))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
