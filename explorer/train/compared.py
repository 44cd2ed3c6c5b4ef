"""The runs overlaid on the shown one: their histories, read by a worker and read again when their files have grown."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.config import FAMILY, TrainConfig
from core.runs.differences import differing
from core.runs.events_log import EVENTS_NAME
from core.runs.history import RunHistory, read_history
from core.runs.listing import read_config
from explorer.runs.texts import differing_phrases
from explorer.tasks import run_task
from explorer.train.settings.names import setting_names

POLL_MS = 3000
_REST = 10  # least pause before the next look, in multiples of the last reading's time
_MOST = 8  # settings that the legend names where it has room for them

Stamp = tuple[int, int]
"""Size and time of an events file."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadRun:
    """The contents of a run folder when it was read."""

    folder: Path
    stamp: Stamp
    history: RunHistory
    config: TrainConfig | None


class ComparedRuns(QObject):
    """Keeps the histories of some run folders; reads only those that are new or have changed, one after the other."""

    changed = Signal()
    """A history was added, replaced or removed."""
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[Path, ...] = ()
        self._read: dict[Path, ReadRun] = {}
        self._round: list[Path] = []  # still to be looked at
        self._reading = False
        self._again = False
        self._begun = 0.0
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.refresh)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The wanted runs."""
        return self._folders

    @property
    def runs(self) -> list[ReadRun]:
        """Those of them that have been read, in their order."""
        return [self._read[folder] for folder in self._folders if folder in self._read]

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Set other runs; what is known of them shows at once."""
        wanted = tuple(dict.fromkeys(folders))
        if wanted == self._folders:
            return
        self._folders = wanted
        self._read = {folder: run for folder, run in self._read.items() if folder in wanted}
        self.changed.emit()
        self.refresh()

    def set_watching(self, on: bool) -> None:
        """Check from time to time whether a run has grown; only while visible."""
        if on and not self._timer.isActive():
            self._timer.start()
            self.refresh()
        elif not on:
            self._timer.stop()

    def refresh(self) -> None:
        """Read what is new or has grown since, each once."""
        if self._reading:
            self._again = True
            return
        self._again = False
        self._begun = time.perf_counter()
        self._round = sorted(self._folders, key=lambda folder: folder in self._read)  # the new ones first
        self._read_next()

    def _read_next(self) -> None:
        if not self._round:
            took = 1000 * (time.perf_counter() - self._begun)
            self._timer.setInterval(max(POLL_MS, round(_REST * took)))
            if self._again:
                self.refresh()
            return
        self._reading = True
        folder = self._round.pop(0)
        known = self._read[folder].stamp if folder in self._read else None
        run_task(
            self,
            lambda _: read_run(folder, known),
            done=self._on_run_read,
            failed=self._on_reading_failed,
            name="compared run",
        )

    def _on_run_read(self, run: ReadRun | None) -> None:
        self._reading = False
        if run is not None and run.folder in self._folders:
            self._read[run.folder] = run
            self.changed.emit()
        self._read_next()

    def _on_reading_failed(self, error: BaseException) -> None:
        self._reading = False
        self.failed.emit(error)
        self._read_next()


def read_run(folder: Path, known: Stamp | None) -> ReadRun | None:
    """A run folder's contents, None if unchanged; for a worker thread."""
    now = _stamp(folder)
    return None if now == known else ReadRun(folder, now, read_history(folder), read_config(folder))


def _stamp(folder: Path) -> Stamp:
    try:
        status = os.stat(folder / EVENTS_NAME)
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def difference_words(configs: Sequence[TrainConfig | None]) -> list[str]:
    """What distinguishes each run, in the words of a legend: "beta 4, latent size 64"; empty where nothing does.

    The settings come in the same order for all: what has more than one value first, the kind of model last.
    """
    known = [config for config in configs if config is not None]
    settings = differing(known)
    for each in settings:
        if len(each) > 1:
            each.pop("preset", None)  # the settings that it stands for say more
    names, each_of = setting_names(), iter(settings)
    words = []
    for config in configs:
        own = {} if config is None else next(each_of)
        if FAMILY in own:
            own[FAMILY] = own.pop(FAMILY)
        phrases = [] if config is None else [brief for brief, _ in differing_phrases(config, own, names)]
        words.append(", ".join(phrases[:_MOST]) + (", …" if len(phrases) > _MOST else ""))
    return words
