"""Saving a run's previews as a film: asks where, writes off the window's thread, says how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from core.progress import Progress
from core.runs.films import save_film
from explorer.saving.ask_path import ask_save_path, file_name
from explorer.tasks import Task, run_task
from explorer.widgets.progress_strip import ProgressStrip

_PATIENCE_MS = 300  # a film of a few epochs is done by then, so that no strip flashes up


class FilmSaver(QObject):
    """Makes one film at a time.

    Signals:
        busy_changed(bool): a film has been in the making for a while, or is done; `strip` should be shown meanwhile.
        saved(Path): a film is written.
        failed(Exception): it couldn't be written.
    """

    busy_changed = Signal(bool)
    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, strip: ProgressStrip, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._strip = strip
        self._strip.cancelled.connect(self.cancel)
        self._task: Task | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_timed_out)
        self.save_folder = ""

    @property
    def is_busy(self) -> bool:
        """Whether a film is being made."""
        return self._task is not None

    def ask(self, previews: Sequence[tuple[int, Path]], rows: Sequence[str], run: str) -> None:
        """Ask for the file and write it: WebP, or GIF where the person wants that.

        Args:
            previews: epochs and their files, in order.
            rows: names of the wanted rows of a sheet.
            run: its name, for the file's.
        """
        kinds = self.tr("WebP animation (*.webp);;GIF animation (*.gif)")
        name = file_name(run, "epochs") + ".webp"
        path = ask_save_path(self._window, self.tr("Save the film"), self.save_folder, name, kinds)
        if path is not None:
            self.save(path, previews, rows)

    def save(self, path: Path, previews: Sequence[tuple[int, Path]], rows: Sequence[str]) -> None:
        """Write the film; emits `saved` or `failed`, or neither if cancelled."""
        if self._task is not None:
            return
        caption = self.tr("Epoch {epoch}")
        what = self.tr("Making the film {name}").format(name=path.name)

        def work(progress: Progress) -> Path:
            def drawn(_doing: str, done: int, total: int) -> None:
                progress(what, done, total)

            save_film(path, previews, rows, lambda epoch: caption.format(epoch=epoch), drawn)
            return path

        self._strip.start(what)
        self._strip.hide()
        self._patience.start()
        self._task = run_task(
            self,
            work,
            done=self._on_saved,
            failed=self._on_failed,
            progress=self._strip.update_progress,
            cancelled=self._end,
            name="film",
        )

    def cancel(self) -> None:
        """Give the film up."""
        if self._task is not None:
            self._task.cancel()

    def _on_patience_timed_out(self) -> None:
        if self._task is not None:
            self._strip.show()
            self.busy_changed.emit(True)

    def _end(self) -> None:
        self._task = None
        self._patience.stop()
        self._strip.finish()
        self.busy_changed.emit(False)

    def _on_saved(self, path: Path) -> None:
        self.save_folder = str(path.parent)
        self._end()
        self.saved.emit(path)

    def _on_failed(self, error: BaseException) -> None:
        self._end()
        self.failed.emit(error)
