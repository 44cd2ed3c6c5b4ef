"""What the loaded model's dimensions correlate with in the data set: computed in a worker, kept, and put into words."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from core.data.columns import has_columns
from core.data.dataset import FaceData
from core.errors import CoreError
from core.progress import Progress
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.messages import Messenger
from explorer.tasks import Task, run_task
from explorer.widgets.progress_strip import ProgressStrip

if TYPE_CHECKING:
    from core.metrics.correlates import Correlate, Correlates


def tr(text: str) -> str:
    """Texts that people read."""
    return QCoreApplication.translate("Correlates", text)


def caption(correlates: Correlates, dim: int) -> str:
    """ "goes with pos x (r = −0.97)"; "" where it correlates with nothing."""
    one = correlates.of(dim)
    return tr("goes with {name} ({how})").format(name=_name(one), how=_how(one)) if one is not None else ""


def explanation(correlates: Correlates, dim: int) -> str:
    """The caption in full, as rich text for a tooltip: the pictures, and what the number means."""
    one = correlates.of(dim)
    if one is None:
        return tr("Over {n} pictures it is related to no label or factor beyond chance.").format(n=f"{correlates.images:,}")
    if one.measure == "r":
        text = tr(
            "Of all labels and factors, its mean is most closely related to <b>{name}</b>, over {n} pictures: {how} "
            "(Pearson's correlation; 1 or −1 = fully, 0 = not at all)."
        )
    else:
        text = tr(
            "Of all labels and factors, its mean is most closely related to <b>{name}</b>, over {n} pictures: {how} "
            "(correlation ratio, the root of the share of its variance that the values of {name} explain; 1 = fully, 0 = not "
            "at all)."
        )
    return text.format(name=escape(_name(one)), n=f"{correlates.images:,}", how=_how(one))


def about_labels(correlates: Correlates) -> str:
    """The text under the sliders."""
    if (correlates.best < 0).all():
        return tr("None is related to a label of the data set beyond chance.")
    text = (
        tr("Under each: the label or factor that it is most closely related to, over {n} pictures.")
        if (correlates.best >= 0).all()
        else tr("Under some: the label or factor that they are most closely related to, over {n} pictures.")
    )
    return text.format(n=f"{correlates.images:,}")


def _name(one: Correlate) -> str:
    return one.name.replace("_", " ")


def _how(one: Correlate) -> str:
    """ "r = −0.97": a real minus, and no 1.00 that isn't one."""
    symbol = "r" if one.measure == "r" else "η"
    near = min(abs(one.value), 0.99) if abs(one.value) < 0.9995 else 1.0
    return f"{symbol} = {'−' if one.value < 0 else ''}{near:.2f}"


KEPT = 16  # pairs of a model and pictures that are remembered
REST_MS = 300  # after a model or pictures were opened, since showing the face comes first
_LOOK_UP = 0.1  # seconds
PATIENCE_MS = 700  # most small sets are done by then, so that no strip flashes up


class CorrelateFinder(QObject):
    """Computes the correlations anew whenever the document has another model or other pictures.

    Args:
        document: has both.
        strip: shows progress, and cancels.
        messenger: told of faults of the program; anything else stands in `why_not`, since nobody asked for the result.
        wanted: whether the result would be visible; `look` is called once it would be.

    Signals:
        changed(): `result` is something else now.
    """

    changed = Signal()

    def __init__(self, document: Document, strip: ProgressStrip, messenger: Messenger, wanted: Callable[[], bool]) -> None:
        super().__init__(strip)
        self._document = document
        self._strip = strip
        self._messenger = messenger
        self._wanted = wanted
        self._result: Correlates | None = None
        self._why_not = ""
        self._about: tuple[str, FaceData] | None = None  # the model's id and the pictures of the present or coming result
        self._known: OrderedDict[str, Correlates] = OrderedDict()
        self._task: Task | None = None
        self._free = threading.Event()  # set while no slider is moved, so that decoding has the CPU to itself
        self._free.set()
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.look)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(strip.show)
        strip.cancelled.connect(self._on_strip_cancelled)
        document.model_changed.connect(self._on_document_changed)
        document.data_changed.connect(self._on_document_changed)
        document.gesture_changed.connect(self._on_document_gesture_changed)
        self._rest.start()

    @property
    def result(self) -> Correlates | None:
        """What the dimensions correlate with; None where nothing is known of the pictures, or not yet."""
        return self._result

    @property
    def why_not(self) -> str:
        """Why nothing could be computed of these pictures, in a sentence or two; empty where it was, or wasn't tried."""
        return self._why_not

    @property
    def is_busy(self) -> bool:
        """Whether it is being computed."""
        return self._task is not None

    def look(self) -> None:
        """Compute it, if there are a model and fitting labelled pictures, and the result would be visible."""
        model, data = self._document.model, self._document.data
        if not self._wanted() or model is None or data is None or not _usable(model, data):
            return
        if self._about is not None and self._about[0] == model.id and self._about[1] is data:
            return
        self._about = (model.id, data)
        known, free = self._known, self._free

        def work(progress: Progress) -> tuple[str, Correlates]:
            from core.metrics.correlates import measure_correlates  # noqa: PLC0415 - reads what only this needs

            def report(what: str, done: int, total: int) -> None:
                progress(what, done, total)
                while not free.wait(_LOOK_UP):
                    progress(what, done, total)  # cancelled meanwhile?

            key = _key(model, data)
            return key, known.get(key) or measure_correlates(model.engine, data, report)

        self._strip.start(self.tr("How dimensions relate to labels"))
        self._strip.hide()
        self._patience.start()
        self._task = run_task(
            self,
            work,
            done=self._on_measured,
            failed=self._on_failed,
            progress=lambda _, done, total: self._strip.update_progress(self.tr("How dimensions relate to labels"), done, total),
            cancelled=self._end,
            name="correlates",
        )

    def _end(self) -> None:
        self._task = None
        self._patience.stop()
        self._strip.finish()

    def _on_measured(self, answer: tuple[str, Correlates]) -> None:
        self._end()
        key, self._result = answer
        self._known[key] = self._result
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.changed.emit()

    def _on_failed(self, error: BaseException) -> None:
        self._end()
        self._why_not = self._messenger.reason(error)
        if not isinstance(error, CoreError):
            self._messenger.report(error)
        self.changed.emit()

    def _on_strip_cancelled(self) -> None:
        """The person cancelled it; other pictures or another model start it again."""
        if self._task is not None:
            self._task.cancel()

    def _on_document_gesture_changed(self, is_moving: bool) -> None:
        if is_moving:
            self._free.clear()
        else:
            self._free.set()

    def _on_document_changed(self, _: object) -> None:
        model, data = self._document.model, self._document.data
        same = self._about is not None and model is not None and self._about[0] == model.id and self._about[1] is data
        if same:  # a conditional model that draws another class: its codes are the same
            self.changed.emit()
            return
        if self._task is not None:
            self._task.drop()
            self._end()
        self._about, self._result, self._why_not = None, None, ""
        self.changed.emit()
        self._rest.start()


def _usable(model: LoadedModel, data: FaceData) -> bool:
    """Whether the model can read these pictures and something is known of them."""
    classes = model.engine.classes
    return fits(model, data) and has_columns(data) and (not classes or set(data.index.classes) <= set(classes))


def _key(model: LoadedModel, data: FaceData) -> str:
    """A key for a model and pictures with their labels; it keeps neither the pictures nor their open file."""
    digest = hashlib.sha256(f"{model.id} {data.fingerprint} {data.index.classes} {data.index.positive}".encode())
    digest.update(np.ascontiguousarray(data.index.labels).tobytes())
    for name, values in data.index.attributes.items():
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
