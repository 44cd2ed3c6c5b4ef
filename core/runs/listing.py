"""What a runs folder holds: a summary of each run, read from files that may be half written."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import platformdirs

from core.config import TrainConfig, loads
from core.data.sources import spoken_name
from core.errors import ConfigError, NewerError
from core.events import CheckpointSaved, EpochFinished, Log, RunFailed, RunFinished, RunStarted, count_or, newer_program
from core.families.base import WHOLE, Family, number, planned_epochs
from core.families.registry import DEFAULT, family
from core.files import printable
from core.locks import is_locked
from core.runs.control import GOING_ON, PAUSED
from core.runs.differences import choice
from core.runs.events_log import EVENTS_NAME, best_of, recorded
from core.runs.history import family_in
from core.version import UPDATE, written_by_newer

CONFIG_NAME = "config.json"
LARGEST_CONFIG = 1 << 20  # bytes
State = Literal["running", "finished", "stopped", "failed", "unknown", "queued", "unreachable", "newer"]
"""`queued` comes from the queue, `unreachable` is for watched folders; the others follow from the files alone."""
SILENCE = 15 * 60.0
"""Seconds without a word after which a run of another machine, whose lock can't be seen, counts as ended. A live one saves every
5 minutes at least."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list of runs. Numbers are NaN, and epochs 0, until the run has reported them."""

    folder: Path
    name: str
    state: State
    epoch: int = 0  # epochs done
    epochs: int = 0
    best_epoch: int = 0
    best: Mapping[str, float] = field(default_factory=dict)  # metrics over the validation part at its best epoch
    started: float = math.nan  # seconds since the epoch
    seconds: float = 0.0  # of training, over all times that the run was resumed
    closing_seconds: float = math.nan  # after its last epoch, such as learning its prior; NaN unless that was done to its end
    config: TrainConfig | None = None
    about: str = ""  # the settings in a few words
    message: str = ""  # why it failed, or why something of it can't be shown
    has_model: bool = False  # when the summary was read; `checkpoint` checks the disk
    position: int = 0  # in the queue, 1 is next; 0 = not queued
    is_watched: bool = False  # it lies outside the runs folder
    is_paused: bool = False  # it is running, and waits
    is_starting: bool = False  # it is running, but reads pictures and builds its model; known only to who started it

    @property
    def data_name(self) -> str:
        """What it was trained on, by name; empty where the settings aren't known."""
        return "" if self.config is None else _source_name(self.config)

    @property
    def checkpoint(self) -> Path | None:
        """The file that "open the model" opens: the best epoch, else the last; None before the first is saved."""
        for name in ("best", "last"):
            path = self.folder / "checkpoints" / f"{name}.safetensors"
            if path.is_file():
                return path
        return None


def default_runs_folder() -> Path:
    """The default folder for runs: `LABKHAND_RUNS`, or a folder among the user's data."""
    folder = os.environ.get("LABKHAND_RUNS")
    return Path(folder) if folder else Path(platformdirs.user_data_dir("labkhand", appauthor=False)) / "runs"


def next_run_folder(runs_folder: Path, stem: str) -> Path:
    """The first free `STEM-N` after the largest existing N; the folder is not made.

    Args:
        runs_folder: may be missing.
        stem: a name for people; characters that a file name can't have become hyphens.
    """
    safe = name_of_folder(stem)
    taken = re.compile(re.escape(safe) + r"-(\d{1,9})", re.IGNORECASE)
    numbers = [int(match[1]) for name in _names(Path(runs_folder)) if (match := taken.fullmatch(name))]
    return Path(runs_folder) / f"{safe}-{max(numbers, default=0) + 1}"


def name_of_folder(name: str) -> str:
    """What a run's folder can be called for a name that a person wrote: what a file name can't have becomes a hyphen."""
    return re.sub(r"[^\w.]+", "-", name, flags=re.UNICODE).strip("-._") or "run"


def is_run(folder: Path) -> bool:
    """Whether the folder is one that a run has written."""
    return (Path(folder) / CONFIG_NAME).is_file() or (Path(folder) / EVENTS_NAME).is_file()


def list_runs(folder: Path) -> list[RunSummary]:
    """The runs in a runs folder, the newest first. A missing folder holds none."""
    root = Path(folder)
    runs = [read_summary(root / name) for name in _names(root) if is_run(root / name)]
    return sorted(runs, key=lambda run: (run.started if run.started == run.started else 0.0, run.name), reverse=True)


def read_summary(folder: Path, elsewhere: bool = False) -> RunSummary:
    """The summary of one run; whatever can't be read is left out.

    Args:
        folder: of the run.
        elsewhere: another machine may train there, whose lock this one can't see: an unfinished run counts as going on
            while its files change.
    """
    folder = Path(folder)
    events = folder / EVENTS_NAME
    try:
        status = events.stat()
        record = _summarise(events, status.st_size, status.st_mtime_ns)
    except OSError:
        record = _Said()
    config, newer = _read_config(folder)
    goes_on = is_locked(folder)
    began = record.started == record.started
    if elsewhere and not goes_on and began and record.state == "unknown":
        goes_on = time.time() - _last_word(folder) < SILENCE
    state: State = "running" if goes_on else record.state
    message = record.message
    if state == "unknown" and began:
        state, message = "failed", "It ended unexpectedly: its process was killed, or the computer was switched off."
    elif state == "newer":
        message = f"{written_by_newer('It', record.program)} {UPDATE}"
    elif newer and not message:
        message = newer
    return RunSummary(
        folder=folder,
        name=printable(folder.name),
        state=state,
        epoch=record.epoch,
        epochs=record.epochs if config is None or record.is_told else planned_epochs(family(config.family), config),
        best_epoch=record.best_epoch,
        best=record.best,
        started=record.started if began else _modified(folder / CONFIG_NAME),
        seconds=record.seconds,
        closing_seconds=record.closing_seconds,
        config=config,
        about=about(config),
        message="" if goes_on else message,
        has_model=any((folder / "checkpoints" / f"{name}.safetensors").is_file() for name in ("best", "last")),
        is_watched=elsewhere,
        is_paused=goes_on and record.is_paused,
    )


def read_watched(folder: Path) -> RunSummary:
    """The summary of a run folder anywhere, which another machine may write and which may be out of reach."""
    folder = Path(folder)
    if is_run(folder):
        return read_summary(folder, elsewhere=True)
    return unreachable(folder)


def unreachable(folder: Path) -> RunSummary:
    """The summary of a watched run whose folder can't be read now."""
    message = f"{folder} can't be reached: it is gone, or its drive isn't connected."
    return RunSummary(Path(folder), Path(folder).name or str(folder), "unreachable", message=message, is_watched=True)


def read_config(folder: Path) -> TrainConfig | None:
    """The settings of a run, or None where the file is missing, broken or another version's."""
    return _read_config(Path(folder))[0]


def _read_config(folder: Path) -> tuple[TrainConfig | None, str]:
    """The settings, or None and, where a newer version wrote them, the sentence that says so."""
    path = folder / CONFIG_NAME
    try:
        status = path.stat()
        return _config(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return None, ""


@lru_cache(maxsize=4096)
def _config(path: Path, size: int, modified: int) -> tuple[TrainConfig | None, str]:
    """Parse once for each size and time of the file: a list of hundreds is read again every few seconds."""
    if size > LARGEST_CONFIG:
        return None, ""
    try:
        return loads(path.read_text(encoding="utf-8")), ""
    except NewerError as error:
        return None, str(error)
    except (UnicodeDecodeError, ConfigError):
        return None, ""


def about(config: TrainConfig | None) -> str:
    """The settings in a few words: "celeba, Quick, 128 px, latent 128, beta 1"."""
    if config is None:
        return ""
    words = (
        _source_name(config),
        choice("preset", config.preset, [config]),
        f"{config.data.image_size} px",
        *family(config.family).about(config.settings),
    )
    return ", ".join(word for word in words if word)


def _source_name(config: TrainConfig) -> str:
    """What the run learns from, by name."""
    return spoken_name(config.data.source, printable(Path(config.data.source).name or config.data.source))


@dataclass(slots=True)
class _Said:
    """A summary of the events alone, without the other files."""

    state: State = "unknown"
    epoch: int = 0
    epochs: int = 0
    best_epoch: int = 0
    best: dict[str, float] = field(default_factory=dict)
    started: float = math.nan
    seconds: float = 0.0
    closing_seconds: float = math.nan
    message: str = ""
    is_paused: bool = False
    is_told: bool = False  # `epochs` is what the run said since it began or was resumed; early stopping can shorten a phase
    program: str = ""  # the newer version that wrote it, where the state is "newer" and it says so


@lru_cache(maxsize=4096)
def _summarise(path: Path, size: int, modified: int) -> _Said:
    """Read the events once for each size and time of the file: a list of finished runs costs nothing to show again."""
    record = _Said()
    scores: dict[int, dict[str, float]] = {}  # epoch -> its validation numbers
    seconds: dict[int, float] = {}
    phases: dict[int, str] = {}
    best, kind, trained = 0, family(DEFAULT), math.nan
    for at, event in recorded(path, without_axes=True):
        if isinstance(event, RunStarted):
            kind, trained, record.closing_seconds = family(family_in(event.config)), math.nan, math.nan
            record.started = at if record.started != record.started else record.started
            record.state, record.message, record.epoch, record.is_paused = "unknown", "", event.epoch, False
            record.epochs, record.is_told = count_or(event.config.get("epochs"), record.epochs), False
            scores = {epoch: score for epoch, score in scores.items() if epoch <= event.epoch}
            seconds = {epoch: took for epoch, took in seconds.items() if epoch <= event.epoch}
        elif isinstance(event, EpochFinished):
            record.epoch, record.epochs, record.is_told, trained = event.epoch, event.epochs, True, at
            scores[event.epoch], phases[event.epoch] = event.valid, event.phase
            seconds[event.epoch] = event.seconds
        elif isinstance(event, CheckpointSaved) and event.best:
            best = event.epoch
        elif isinstance(event, Log) and event.message in (PAUSED, GOING_ON):
            record.is_paused = event.message == PAUSED
        elif isinstance(event, RunFinished):
            record.state, record.message = "stopped" if event.stopped else "finished", ""
            if not event.stopped and not event.note:
                record.closing_seconds = max(0.0, at - trained)
        elif isinstance(event, RunFailed):
            record.state, record.message = "failed", printable(event.message)
    if record.started != record.started and not scores:
        record.state, record.program = _newer(path)
    if best not in scores:
        last = phases[max(scores)] if scores else ""
        best = best_of({epoch: kind.score(valid) for epoch, valid in scores.items() if phases[epoch] == last})
    record.best_epoch = best
    record.best = valid_numbers(kind, scores.get(best, {}))
    if phases.get(best):  # a phase with numbers of its own doesn't report the family's
        earlier = best_of({epoch: kind.score(valid) for epoch, valid in scores.items()})
        record.best = valid_numbers(kind, scores.get(earlier, {})) | {k: v for k, v in record.best.items() if not math.isnan(v)}
    record.seconds = sum(took for took in seconds.values() if not math.isnan(took))
    return record


def valid_numbers(kind: Family, valid: Mapping[str, float]) -> dict[str, float]:
    """An epoch's validation numbers that the family declares, computed ones included."""
    return {one.key: number(one, valid) for one in kind.metrics if one.where != WHOLE and not one.per_axis} if valid else {}


def _newer(path: Path) -> tuple[State, str]:
    """The state of a run without readable events: begun by a newer version, which may say which, or not begun."""
    try:
        with open(path, "rb") as file:
            program = newer_program(file.readline(LARGEST_CONFIG).decode("utf-8", "replace"))
    except OSError:
        return "unknown", ""
    return ("unknown", "") if program is None else ("newer", program)


def _names(folder: Path) -> list[str]:
    """The names of the folders within, or nothing."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_folder(entry))
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder; False for a link to itself, without an error."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _last_word(folder: Path) -> float:
    """When the run last wrote a file that it writes regularly; seconds since the epoch."""
    written = (_modified(folder / name) for name in (EVENTS_NAME, "metrics.csv", "checkpoints/last.safetensors"))
    return max((at for at in written if not math.isnan(at)), default=0.0)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("nan")
