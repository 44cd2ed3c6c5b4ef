"""Whether the faces of a data set fill their pictures as those of a model's training do: looked at in a worker, and in words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from core.data.dataset import FaceData
from core.faces.alignment import USUAL_FRAME, Frame, frame_from
from core.progress import Progress
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.messages import Messenger
from explorer.tasks import Task, run_task

LARGER, SMALLER = 1.2, 0.83  # times as far apart: eyes from which on a model draws the faces badly


class FrameCheck(QObject):
    """How large the data's faces are beside those that the model in use was trained on, once it is asked and known.

    `of` gives the one of a document.
    """

    changed = Signal()
    """It is known now."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._known: tuple[FaceData, Frame | None] | None = None
        self._task: Task | None = None
        self._asked: FaceData | None = None

    @classmethod
    def of(cls, document: Document, messenger: Messenger) -> FrameCheck:
        """The document's one, which all who ask share: it looks at hundreds of pictures."""
        return document.findChild(cls) or cls(document, messenger, document)

    def ensure(self) -> None:
        """Look at the data's faces, if that makes sense and wasn't done; `changed` says when it is done."""
        model, data = self._document.model, self._document.data
        if model is None or data is None or not fits(model, data) or _frame_of(model) is None or not data.shows_faces:
            return
        if _is_its_own(model, data) or self._asked is data:
            return
        if self._task is not None:
            self._task.drop()
        self._asked = data

        def work(_: Progress) -> Frame | None:
            from core.data.eye_frame import measured_frame  # noqa: PLC0415 - loads OpenCV

            values = measured_frame(data)
            return None if values is None else frame_from(values)

        def done(frame: Frame | None) -> None:
            self._known = data, frame
            self.changed.emit()

        self._task = run_task(self, work, done=done, failed=self._messenger.report, name="look at the faces' places")

    @property
    def times(self) -> float:
        """How many times as large as the model's own the data's faces are; 1.0 while nothing is known."""
        model, data = self._document.model, self._document.data
        if model is None or data is None or self._known is None or self._known[0] is not data or _is_its_own(model, data):
            return 1.0
        own, theirs = _frame_of(model), self._known[1]
        return 1.0 if own is None or theirs is None else _apart(theirs) / _apart(own)

    def words(self) -> str:
        """What follows from it; "" where the faces are about as large."""
        if self.times >= LARGER:
            return self.tr(
                "The faces fill more of these pictures than of those that the model was trained on ({times} times as large), so it "
                "draws them badly. Open pictures with more room around the face, or train a model on these."
            ).format(times=f"{self.times:.1f}")
        if self.times <= SMALLER:
            return self.tr(
                "The faces fill less of these pictures than of those that the model was trained on ({times} times as large), so it "
                "draws them badly. Framed by their faces, they come out better."
            ).format(times=f"{self.times:.1f}")
        return ""

    @property
    def is_mended_by_faces(self) -> bool:
        """Whether to frame the pictures by their faces (`data.crop=face`) makes them like the model's own."""
        model = self._document.model
        own = None if model is None else _frame_of(model)
        return self.times <= SMALLER and own is not None and SMALLER < _apart(own) / _apart(USUAL_FRAME) < LARGER


def _frame_of(model: LoadedModel) -> Frame | None:
    """Where the eyes stand in the model's own pictures; None where nobody knows."""
    values: Any = model.header.data.get("frame")
    return None if values is None else frame_from(values)


def _is_its_own(model: LoadedModel, data: FaceData) -> bool:
    return model.header.data.get("fingerprint") == data.fingerprint


def _apart(frame: Frame) -> float:
    return frame.right[0] - frame.left[0]
