"""Which model belongs to the data set, where the one in use sees others: that of the newest run on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core import checkpoint
from core.data.dataset import FaceData
from core.errors import CoreError
from core.progress import Progress
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import model_name, space_of
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.tasks import Task, run_task

_MOST = 60  # runs that are looked at, the newest first


@dataclass(frozen=True, slots=True)
class Fitting:
    """A model that sees pictures as the opened ones are read."""

    path: str
    name: str
    adds: bool = True
    """Whether its codes can be added, so that it has sliders."""


def models_in(runs: Path) -> list[Path]:
    """The best models of the runs in a folder, the newest first."""
    dated: list[tuple[float, Path]] = []
    for path in runs.glob(f"*/checkpoints/best{checkpoint.SUFFIX}"):
        try:
            dated.append((path.stat().st_mtime, path))
        except OSError:  # it has gone meanwhile
            continue
    return [path for _, path in sorted(dated, reverse=True)[:_MOST]]


def model_for(data: FaceData, paths: Sequence[Path]) -> Fitting | None:
    """The first of these models that was trained on the same pictures at the same size, or else on any of their size."""
    height, width, channels = data.images.shape[1:]
    other: Fitting | None = None
    for path in paths:
        try:
            header = checkpoint.read_header(path)
        except CoreError:  # being written, cut off or of a newer version: opening it would say so
            continue
        if tuple(header.image_shape) != (channels, height, width):
            continue
        fitting = Fitting(str(path), model_name(path, header), space_of(header).adds)
        if header.config.data.source == data.config.source or header.data.get("fingerprint") == data.fingerprint:
            return fitting
        other = other or fitting
    return other


class FittingModel(QObject):
    """Looks for it in a worker, whenever pictures and model don't fit each other. `of` gives the one of a document.

    Args:
        document: has both.
        settings: say where runs are.
        messenger: takes what went wrong.
        parent: Qt's owner.

    Signals:
        changed(): another one was found, or none is wanted any more.
    """

    changed = Signal()

    def __init__(self, document: Document, settings: SettingsStore, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings
        self._messenger = messenger
        self._found: Fitting | None = None
        self._task: Task | None = None
        self._data: FaceData | None = None  # the pictures that it was looked for
        document.model_changed.connect(self._on_document_changed)
        document.data_changed.connect(self._on_document_changed)
        self.look()

    @classmethod
    def of(cls, document: Document, settings: SettingsStore, messenger: Messenger) -> FittingModel:
        """The document's one, which all who offer the model share: a search reads the headers of many runs."""
        return document.findChild(cls) or cls(document, settings, messenger, document)

    @property
    def found(self) -> Fitting | None:
        """The model; None where none is wanted or known, or it is still looked for."""
        return self._found

    def look(self) -> None:
        """Look again, since a run may have ended meanwhile."""
        self._look(again=True)

    def _look(self, again: bool) -> None:
        """Look for the model, unless it is being looked for; `again`: also if that was done for these pictures."""
        data, model = self._document.data, self._document.model
        wanted = None if data is None or model is None or fits(model, data) else data
        if wanted is not self._data:
            if self._task is not None:
                self._task.drop()
            self._data = wanted
            self._take(None)  # what was found is for other pictures
            again = True
        if wanted is None or self._task is not None or not again:
            return
        opened, runs = wanted, self._settings.runs_place

        def work(progress: Progress) -> Fitting | None:
            return model_for(opened, [*models_in(runs), *checkpoint.shipped().values()])

        self._task = run_task(self, work, done=self._take, failed=self._fail, name="fitting model")

    def _take(self, fitting: Fitting | None) -> None:
        self._task = None
        if fitting != self._found:
            self._found = fitting
            self.changed.emit()

    def _fail(self, error: BaseException) -> None:
        self._task = None
        self._messenger.report(error)

    def _on_document_changed(self) -> None:
        self._look(again=False)
