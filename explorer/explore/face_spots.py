"""On the canvas, while all of a photo of several people is shown: a click on a face edits that one, which is framed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF

from explorer.actions import keys_of
from explorer.document.document import Document
from explorer.explore.faces.opener import PictureOpener, faces_in_turn, found_in_turn
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.zoom.spots import Spot


class FaceSpots(QObject):
    """Offers the faces that were found in the photo; from face to face without a mouse: see `FaceTurner`."""

    def __init__(self, canvas: FaceCanvas, document: Document, opener: PictureOpener) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._document = document
        canvas.spots.chosen.connect(opener.choose_face)
        document.session_changed.connect(self._show)
        document.photo_kept.connect(self._show)
        document.gesture_changed.connect(canvas.spots.hide_current)  # a frame would be in the way of what a slider does
        self._show()

    def _show(self) -> None:
        anchor = self._document.session.anchor
        photo = self._document.photo(anchor)
        if photo is None or anchor is None or len(photo.faces) < 2:
            self._canvas.spots.set_spots((), (0, 0))
            self._describe("")
            return
        faces = found_in_turn(photo)
        tip = self.tr("Edit this face ({n} of {all})")
        spots = [Spot(QRectF(*face.box), tip.format(n=n, all=len(faces))) for n, face in enumerate(faces, 1)]
        height, width = photo.photo.pixels.shape[:2]
        self._canvas.spots.set_spots(spots, (width, height), faces_in_turn(photo, anchor)[1])
        words = self.tr("A photo of {all} faces. {before} and {after} choose another one.")
        keys = {"before": keys_of("previous_face"), "after": keys_of("next_face")}
        self._describe(words.format(all=len(faces), **keys))

    def _describe(self, text: str) -> None:
        if text != self._canvas.accessibleDescription():
            self._canvas.setAccessibleDescription(text)
