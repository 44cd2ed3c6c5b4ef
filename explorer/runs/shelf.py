"""The runs that the window knows of: those of the runs folder, those watched elsewhere, its own one and the planned ones.

Everything is read in workers, so that a folder on a hanging drive holds up nothing else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.config import TrainConfig
from core.events import CheckpointSaved, EpochFinished
from core.families.base import planned_epochs
from core.families.registry import DEFAULT, family
from core.runs.events_log import EVENTS_NAME, began_at
from core.runs.listing import RunSummary, about, list_runs, read_watched, unreachable, valid_numbers
from explorer.tasks import run_task

POLL_MS = 5000
PATIENCE = 8.0  # seconds that a watched folder may take to answer before it counts as out of reach


class RunShelf(QObject):
    """The listed runs, in their order.

    Signals:
        changed(): other runs, or something about one.
        refreshed(): the runs folder was read again.
        failed(Exception): it could not be read.
    """

    changed = Signal()
    refreshed = Signal()
    failed = Signal(object)

    def __init__(self, folder: Callable[[], Path], parent: QObject | None = None) -> None:
        """An empty shelf.

        Args:
            folder: gives the runs folder.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._folder = folder
        self._found: list[RunSummary] = []
        self._watched: dict[Path, RunSummary | None] = {}
        self._asked: dict[Path, float] = {}  # watched folders that haven't answered yet, and since when
        self._own: RunSummary | None = None  # the run of this window's job, which knows more than the files
        self._own_epoch: EpochFinished | None = None  # its last one
        self._ended: set[Path] = set()  # what this window has trained, which stays above the queue
        self._queue: tuple[Path, ...] = ()
        self._runs: tuple[RunSummary, ...] = ()
        self._reading = False
        self._again = False
        self._outdated = False  # what is being read was changed by the window meanwhile
        self.timer = QTimer(self, interval=POLL_MS)
        self.timer.timeout.connect(self._on_timer_timed_out)

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """The listed runs: running ones first, then those that ended here just now, then planned ones, then the newest."""
        return self._runs

    @property
    def own(self) -> RunSummary | None:
        """The run of this window's job."""
        return self._own

    def run_of(self, folder: Path | None) -> RunSummary | None:
        """The run of a folder."""
        return next((run for run in self._runs if run.folder == folder), None)

    def refresh(self) -> None:
        """Read all runs again."""
        self._read_watched()
        if self._reading:
            self._again = True
            return
        self._reading, self._again, self._outdated = True, False, False
        folder = self._folder()
        run_task(self, lambda _: list_runs(folder), done=self._on_runs_read, failed=self._on_reading_failed, name="runs")

    def set_own(self, folder: Path, config: TrainConfig | None) -> None:
        """This window runs that folder now: it is listed at once, as getting ready until `set_going` says that it goes on."""
        run = self.run_of(folder) or RunSummary(folder, folder.name, "running", started=time.time())
        if config is not None:
            run = replace(run, config=config, about=about(config), epochs=planned_epochs(family(config.family), config))
        if run.epoch == 0:
            run = replace(run, started=time.time())
        self._own = replace(run, state="running", message="", position=0, is_paused=False, is_starting=True)
        self._own_epoch = None
        self._arrange()

    def update_own(self, event: EpochFinished | CheckpointSaved) -> None:
        """Update this window's run after an epoch, or once its model was saved: its best epoch is that of the best model."""
        own = self._own
        if own is None:
            return
        if isinstance(event, EpochFinished):
            self._own_epoch = event
            seconds = 0.0 if math.isnan(event.seconds) else event.seconds
            own = replace(
                own, epoch=event.epoch, epochs=event.epochs, seconds=own.seconds + seconds, has_model=True, is_starting=False
            )
        elif event.best and self._own_epoch is not None and self._own_epoch.epoch == event.epoch:
            kind = family(own.config.family if own.config is not None else DEFAULT)
            numbers = valid_numbers(kind, self._own_epoch.valid)
            if self._own_epoch.phase:  # a phase with numbers of its own doesn't report the family's
                numbers = {**own.best, **{key: value for key, value in numbers.items() if not math.isnan(value)}}
            own = replace(own, best_epoch=event.epoch, best=numbers)
        self._own = own
        self._arrange()

    def set_going(self, *, is_paused: bool) -> None:
        """This window's run isn't getting ready any longer: it goes on, or waits."""
        own = self._own
        if own is not None:
            if own.is_starting and not own.epoch:
                began = began_at(own.folder / EVENTS_NAME)  # what will be read of it later, too
                own = replace(own, started=time.time() if math.isnan(began) else began)
            self._own = replace(own, is_paused=is_paused, is_starting=False)
            self._arrange()

    def clear_own(self) -> None:
        """This window's run has ended; from now on its files are read. It stays where it is seen, before the planned ones."""
        if self._own is not None:
            self._ended.add(self._own.folder)
        self._own = None
        self.refresh()

    def set_queue(self, folders: Sequence[Path]) -> None:
        """These are planned, the next one first."""
        self._queue = tuple(folders)
        self._arrange()

    def add_planned(self, folder: Path, config: TrainConfig) -> None:
        """List a run that was planned just now, before all is read again."""
        epochs = planned_epochs(family(config.family), config)
        run = RunSummary(folder, folder.name, "unknown", epochs=epochs, config=config, about=about(config))
        self._found = [replace(run, started=time.time()), *(old for old in self._found if old.folder != folder)]
        self._outdated = self._reading
        self._arrange()

    def move(self, old: Path, new: Path) -> None:
        """Rename a listed run, before all is read again."""
        self._found = [replace(run, folder=new, name=new.name) if run.folder == old else run for run in self._found]
        self._ended = {new if folder == old else folder for folder in self._ended}
        self._outdated = self._reading
        self._arrange()

    def forget(self, folder: Path) -> None:
        """Remove a run that is gone, before the folder is read again."""
        self._found = [run for run in self._found if run.folder != folder]
        self._outdated = self._reading
        self._arrange()

    def set_watched(self, folders: Sequence[Path]) -> None:
        """List these folders, wherever they lie, beside the runs folder's own."""
        self._watched = {folder: self._watched.get(folder) for folder in folders}
        self._read_watched()
        self._arrange()

    def _arrange(self) -> None:
        """Put all of it together, each folder once."""
        watched = [run or RunSummary(folder, folder.name, "unknown", is_watched=True) for folder, run in self._watched.items()]
        inside = {run.folder for run in self._found}
        runs = [*self._found, *(run for run in watched if run.folder not in inside)]
        if self._own is not None:
            own = self._own
            runs = [own, *(run for run in runs if run.folder != own.folder)]
        places = {folder: position for position, folder in enumerate(self._queue, 1)}
        runs = [replace(run, state="queued", position=places[run.folder]) if run.folder in places else run for run in runs]
        arranged = tuple(sorted(runs, key=self._rank))
        if arranged != self._runs:
            self._runs = arranged
            self.changed.emit()

    def _rank(self, run: RunSummary) -> tuple[int, int, float, str]:
        newest = -run.started if not math.isnan(run.started) else 0.0
        if run.state == "queued":
            return 3, run.position, 0.0, ""
        if run.state == "running":
            return int(run is not self._own), 0, newest, run.name
        return (2 if run.folder in self._ended else 4), 0, newest, run.name

    # -- reading

    def _read_watched(self) -> None:
        now = time.perf_counter()
        for folder in self._watched:
            since = self._asked.get(folder)
            if since is None:
                self._asked[folder] = now
                run_task(
                    self,
                    lambda _, folder=folder: read_watched(folder),  # type: ignore[misc]
                    done=partial(self._on_watched_read, folder),
                    failed=partial(self._on_watched_failed, folder),
                    name="watched run",
                )
            elif now - since > PATIENCE:
                self._put_watched(folder, unreachable(folder))

    def _put_watched(self, folder: Path, run: RunSummary) -> None:
        if folder not in self._watched:
            return  # no longer watched
        known = self._watched[folder]
        if run.state == "unreachable" and known is not None:  # its last known state stays visible
            run = replace(known, state="unreachable", message=run.message)
        self._watched[folder] = run
        self._arrange()

    def _on_watched_read(self, folder: Path, run: RunSummary) -> None:
        self._asked.pop(folder, None)
        self._put_watched(folder, run)

    def _on_watched_failed(self, folder: Path, error: BaseException) -> None:
        self._asked.pop(folder, None)
        self._put_watched(folder, replace(unreachable(folder), message=str(error)))

    def _on_runs_read(self, runs: list[RunSummary]) -> None:
        self._reading = False
        if self._outdated:  # the folder was listed before the window planned, renamed or deleted a run
            self.refresh()
            return
        self._found = runs
        self._arrange()
        self.refreshed.emit()
        if self._again:
            self.refresh()

    def _on_reading_failed(self, error: BaseException) -> None:
        self._reading = False
        self.failed.emit(error)

    def _on_timer_timed_out(self) -> None:
        """Read again, to follow runs of other processes through their files."""
        own = self._own.folder if self._own is not None else None
        if any(run.state == "running" and run.folder != own and not run.is_watched for run in self._runs):
            self.refresh()
        else:
            self._read_watched()
