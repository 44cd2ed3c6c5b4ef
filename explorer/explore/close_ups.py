"""Close-ups for the canvas: a zoomed photo with its edit, sharp, made off the window's thread once the picture rests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPixmap

from core.progress import Progress
from explorer.document.document import Document
from explorer.look.pixels import edges, shows_plain_pixels, to_large_qimage
from explorer.messages import Messenger
from explorer.tasks import Task, run_task
from explorer.widgets.canvas import CloseUpWish, FaceCanvas

if TYPE_CHECKING:
    import numpy as np

    from explorer.document.photos import PhotoPreview


class CloseUpMaker(QObject):
    """Grants the canvas's wishes, one at a time; of those that come meanwhile only the last."""

    def __init__(self, canvas: FaceCanvas, document: Document, messenger: Messenger) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._document = document
        self._messenger = messenger
        self._preview: PhotoPreview | None = None
        self._opened: PhotoPreview | None = None
        self._shows_whole = False
        self._next: CloseUpWish | None = None
        self._task: Task | None = None
        canvas.close_up_wanted.connect(self._on_canvas_close_up_wanted)

    def set_photo(self, preview: PhotoPreview | None, whole: bool, opened: PhotoPreview | None = None) -> None:
        """The canvas shows this photo, the whole of it or the part around its face; None: no photo.

        Args:
            preview: with the edits of other faces.
            whole: all of the photo is shown, so that before them it was `opened`.
            opened: without those edits.
        """
        self._preview, self._shows_whole, self._next = preview, whole, None
        self._opened = opened if whole else preview
        self._canvas.forget_close_up()

    def _on_canvas_close_up_wanted(self, wish: CloseUpWish) -> None:
        self._next = wish
        if self._task is None:
            self._start()

    def _start(self) -> None:
        wish, preview, opened = self._next, self._preview, self._opened or self._preview
        after, before = self._document.edited_code(), self._document.code_with(())
        self._next = None
        if wish is None or preview is None or opened is None or after is None or before is None:
            return
        left, top = preview.box(self._shows_whole)[:2]
        x1, y1, x2, y2 = edges(wish.part)
        x, y, right, bottom = preview.changing()
        changing = QRectF(x - left, y - top, right - x, bottom - y)
        part = (left + x1, top + y1, left + x2, top + y2)
        size = (wish.size.width(), wish.size.height())
        is_plain = shows_plain_pixels() and wish.size.width() > wish.part.width()

        def work(progress: Progress) -> tuple[QImage, QImage]:
            def drawn(photo: PhotoPreview, code: np.ndarray) -> QImage:
                if is_plain:
                    return _with_plain_pixels(photo, code, part, wish.size)
                return to_large_qimage(photo.close_up(code, part, size))

            edited = drawn(preview, after)
            progress("", 1, 2)
            is_same = opened is preview and (after == before).all()
            return edited, edited if is_same else drawn(opened, before)

        def done(pictures: tuple[QImage, QImage]) -> None:
            self._task = None
            edited, unedited = map(QPixmap.fromImage, pictures)
            self._canvas.set_close_up(wish.number, edited, unedited, changing)
            self._start()

        def failed(error: BaseException) -> None:
            self._task = None
            self._messenger.report(error)

        self._task = run_task(self, work, done=done, failed=failed, name="close-up")


def _with_plain_pixels(preview: PhotoPreview, code: np.ndarray, part: tuple[float, float, float, float], size: QSize) -> QImage:
    """A close-up in which each pixel of the photo is a rectangle."""
    left, top, right, bottom = part
    width, height = preview.box(whole=True)[2:]
    right, bottom = min(right, width), min(bottom, height)  # a side in pixels of the screen is rounded, perhaps up
    first, low = math.floor(left), math.floor(top)
    last, high = math.ceil(right), math.ceil(bottom)
    pixels = to_large_qimage(preview.close_up(code, (first, low, last, high), (last - first, high - low)))
    picture = QImage(size, QImage.Format.Format_RGB888)
    painter = QPainter(picture)
    painter.drawImage(
        QRectF(0, 0, size.width(), size.height()), pixels, QRectF(left - first, top - low, right - left, bottom - top)
    )
    painter.end()
    return picture
