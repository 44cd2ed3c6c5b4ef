"""One edit put onto many pictures, off the window's thread: what became of each comes as it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.export.images import save_picture
from core.export.names import OutputNames
from core.latent.session import Edit
from explorer.document.loading import LoadedModel
from explorer.saving.pictures import session_recipe
from explorer.tasks import Progress, Task, run_task

if TYPE_CHECKING:
    from core.photo.batch_edit import EditedFile, Outcome


@dataclass(frozen=True, slots=True, eq=False)
class BatchOrder:
    """All that a batch needs to know."""

    model: LoadedModel
    edits: tuple[Edit, ...]
    files: tuple[Path, ...]
    folder: Path
    ending: str
    quality: int
    keep: str  # of the camera's data, one of `core.data.camera_data.KEEPS`
    mark: bool  # whether the pictures show that they were edited


class BatchRun(QObject):
    """Runs one batch at a time."""

    progressed = Signal(str, int, int)
    """The file that is edited, how many are done, of how many."""
    outcome_arrived = Signal(object)
    """An `Outcome`, in order."""
    ended = Signal(bool)
    """The batch is over; True: it was cancelled."""
    failed = Signal(object)
    """An exception that ended it, such as a full disk; `ended` has been sent."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task: Task | None = None
        self._outcomes: list[Outcome] = []  # the worker appends, the window's thread takes from the front
        self._taken = 0

    @property
    def is_running(self) -> bool:
        """Whether a batch goes on."""
        return self._task is not None

    def start(self, order: BatchOrder) -> None:
        """Begin; nothing is ever overwritten."""
        outcomes: list[Outcome] = []
        self._outcomes, self._taken = outcomes, 0

        def work(progress: Progress) -> None:
            from core.photo.batch_edit import BatchEdit, edit_files  # noqa: PLC0415 - loads OpenCV

            name = OutputNames(order.folder, order.files, ending=order.ending, free=True)

            def save(file: Path, made: EditedFile) -> Path:
                path, photo = name(file), made.photo
                exif = photo.camera.kept(order.keep) if photo.camera is not None else None
                recipe = session_recipe(made.session, "edit")
                kept: dict[str, Any] = {"icc": photo.icc, "alpha": photo.alpha, "exif": exif}
                save_picture(path, made.picture, recipe, quality=order.quality, edited=True, mark=order.mark, **kept)
                return path

            job = BatchEdit(order.model.engine, order.edits, order.model.directions)
            for outcome in edit_files(job, order.files, save, progress):
                outcomes.append(outcome)

        self._task = run_task(
            self,
            work,
            done=lambda _: self._end(False),
            failed=self._on_failed,
            progress=self._on_progressed,
            cancelled=lambda: self._end(True),
            name="edit pictures",
        )

    def cancel(self) -> None:
        """Stop after the picture that is edited now; what is written stays."""
        if self._task is not None:
            self._task.cancel()

    def _take(self) -> None:
        while self._taken < len(self._outcomes):
            self._taken += 1
            self.outcome_arrived.emit(self._outcomes[self._taken - 1])

    def _on_progressed(self, name: str, done: int, total: int) -> None:
        self._take()
        self.progressed.emit(name, done, total)

    def _on_failed(self, error: BaseException) -> None:
        self._end(False)
        self.failed.emit(error)

    def _end(self, cancelled: bool) -> None:
        self._task = None
        self._take()
        self.ended.emit(cancelled)
