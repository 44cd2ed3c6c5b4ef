"""Which face of a photo is meant, and where its eyes are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.faces.alignment import LEAST_EYES, Eyes
from core.photo.edit import are_swapped
from explorer.document.loading import LoadedModel
from explorer.document.photos import OpenedPhoto
from explorer.look.pixels import finely_scaled
from explorer.look.theme import EDGE, GROUP, SPACE, section_font
from explorer.qt import override
from explorer.widgets.eye_markers import EyeMarkers
from explorer.widgets.room.dialog import let_scroll

SEEN_SIDE = 176  # pixels: the face as the model sees it


class PlaceEyes(QDialog):
    """Shows the photo with two markers, and beside it the face as the model sees it.

    Args:
        opened: the photo.
        model: whose frame the face is brought to.
        eyes: where the markers are at first; by default on the most prominent face.
    """

    def __init__(self, opened: OpenedPhoto, model: LoadedModel, eyes: Eyes | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened = opened
        self._model = model
        self.setWindowTitle(self.tr("Place the eyes"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.markers = EyeMarkers(opened.reduced, opened.scale, [face.box for face in opened.faces], self, opened.opaque)
        self._seen = QLabel(self)
        self._seen.setFixedSize(SEEN_SIDE, SEEN_SIDE)
        self._seen.setAccessibleName(self.tr("The face as the model sees it"))
        title = QLabel(self.tr("As the model sees it"), self)
        title.setFont(section_font())
        self._note = QLabel(self._explanation(), self)
        self._note.setWordWrap(True)
        self._note.setProperty("muted", True)
        self._note.setFixedWidth(SEEN_SIDE)
        self._note.setObjectName("note")
        self._warning = QLabel(self)
        self._warning.setWordWrap(True)
        self._warning.setFixedWidth(SEEN_SIDE)
        self._warning.setObjectName("warning")
        self._swap = QPushButton(self.tr("Swap the markers"), self)
        self._swap.setAutoDefault(False)
        self._swap.setObjectName("swap")
        self._swap.clicked.connect(self._on_swap_clicked)
        self._bring = QPushButton(self.tr("Bring the markers here"), self)
        self._bring.setAutoDefault(False)
        self._bring.setObjectName("bring")
        self._bring.setToolTip(
            self.tr(
                "Put both markers into the middle of what is seen, to be moved onto the eyes from there: for a photo that is zoomed"
            )
        )
        self._bring.clicked.connect(self._on_bring_clicked)
        self._reason = QLabel(self)
        self._reason.setWordWrap(True)
        self._reason.setProperty("muted", True)
        self._reason.setObjectName("reason")
        buttons = QDialogButtonBox(self)
        self._use = QPushButton(self.tr("Use this face"), self)
        self._use.setProperty("primary", True)
        self._use.setDefault(True)
        buttons.addButton(self._use, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        side = QVBoxLayout()
        side.setSpacing(SPACE)
        for widget in (title, self._seen, self._warning, self._swap, self._note, self._bring):
            side.addWidget(widget)
        side.addStretch(1)
        upper = QHBoxLayout()
        upper.setSpacing(GROUP)
        frame = QFrame(self)
        inside = QHBoxLayout(frame)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.markers)
        upper.addWidget(frame, 1)
        upper.addLayout(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addLayout(upper, 1)
        lower = QHBoxLayout()
        lower.setSpacing(GROUP)
        lower.addWidget(self._reason, 1)
        lower.addWidget(buttons)
        layout.addLayout(lower)
        let_scroll(self)
        self.resize(QSize(920, 620))
        self.markers.eyes_changed.connect(self._show)
        self.markers.face_chosen.connect(self._on_markers_face_chosen)
        self.markers.view_changed.connect(self._on_markers_view_changed)
        is_one = eyes is not None or len(opened.faces) == 1  # so that there is nothing to choose in the whole photo
        self._looks_closer = is_one
        is_known = eyes is not None or bool(opened.faces)
        eyes = eyes or opened.first_eyes
        self.markers.set_eyes(eyes, self._face_with(eyes), is_known)
        self._on_markers_view_changed()
        self._show()
        self.markers.setFocus()

    @property
    def eyes(self) -> Eyes:
        """Where the markers are, in pixels of the photo."""
        return self.markers.eyes

    def _face_with(self, eyes: Eyes) -> int:
        """The number of the face that these eyes belong to; -1 for none."""
        return self._opened.place_of(eyes)

    def _explanation(self) -> str:
        count = len(self._opened.faces)
        if count == 0:
            instruction = self.tr("No face was found: put the markers onto the eyes.")
        elif count == 1:
            instruction = self.tr("Drag the markers onto the middle of each eye.")
        else:
            found = self.tr("{n} faces were found: click the one you mean, then drag the markers onto its eyes.")
            known = self.tr("{n} faces are known: click the one you mean, then drag the markers onto its eyes.")
            by_hand = any(face.by_hand for face in self._opened.faces)
            instruction = (known if by_hand else found).format(n=count)
        keys = self.tr("The arrow keys move a marker, Space goes to the other one.")
        zoom = self.tr("Zoom with Ctrl and the wheel, or a double-click; drag the photo to move it.")
        return f"{instruction} {keys} {zoom}"

    def _show(self) -> None:
        eyes = self.markers.eyes
        usable = eyes.distance >= LEAST_EYES
        self._warning.setVisible(usable and eyes.upside_down)
        self._swap.setVisible(usable and eyes.upside_down)
        if are_swapped(eyes, self._opened.faces):
            self._warning.setText(self.tr("The markers were swapped, so that the face isn't upside down."))
        else:
            self._warning.setText(self.tr("With these markers the face is upside down."))
        reason = ""
        if not self.markers.are_placed:
            reason = self.tr("Move both markers onto the eyes; then the face can be used.")
        elif not usable:
            reason = self.tr("The markers are too close together. Zoom in, and move each onto the middle of its eye.")
        self._use.setEnabled(not reason)
        self._use.setToolTip(reason)
        self._use.setAccessibleDescription(reason)
        self._reason.setText(reason)
        if usable:
            ratio = self.devicePixelRatioF()
            pixels = np.ascontiguousarray(self._opened.as_seen(eyes, self._model))
            side = round(SEEN_SIDE * ratio)
            pixmap = QPixmap.fromImage(finely_scaled(pixels, QSize(side, side)))
            pixmap.setDevicePixelRatio(ratio)
            self._seen.setPixmap(pixmap)

    def _on_swap_clicked(self) -> None:
        eyes = self.markers.eyes.swapped
        self.markers.set_eyes(eyes, self._face_with(eyes), self.markers.are_placed)
        self._show()
        self.markers.setFocus()

    def _on_bring_clicked(self) -> None:
        self.markers.bring_here()
        self.markers.setFocus()

    def _on_markers_view_changed(self) -> None:
        self._bring.setEnabled(self.markers.view.chosen is not None)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._looks_closer:
            self._looks_closer = False
            self.markers.look_closer()

    def _on_markers_face_chosen(self, number: int) -> None:
        self.markers.set_eyes(self._opened.faces[number].eyes, number)
        self._show()
