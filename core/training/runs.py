"""What a runs folder holds: a summary of each run, and the whole history of one, read from files that may be half written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import platformdirs

from core.config import TrainConfig, loads
from core.errors import ConfigError
from core.events import CheckpointSaved, EpochFinished, Event, RunFailed, RunFinished, RunStarted, decode
from core.training.lock import is_locked

CONFIG_NAME = "config.json"
EVENTS_NAME = "events.jsonl"
State = Literal["running", "finished", "stopped", "failed", "unknown"]
_TIME = re.compile(rb'"time":\s*([0-9.]+)')
_KL_PER_DIM = re.compile(rb'("kl_per_dim":\s*)\[[^\]]*\]')


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list of runs. Numbers are NaN, and epochs 0, where the run hasn't said them yet."""

    folder: Path
    name: str
    state: State
    epoch: int = 0  # epochs done
    epochs: int = 0
    best_epoch: int = 0
    best_elbo: float = np.nan  # nats per image, validation, of the best epoch
    best_psnr: float = np.nan  # dB, validation, of the best epoch
    started: float = np.nan  # seconds since the epoch
    seconds: float = 0.0  # of training, over all times that the run was resumed
    config: TrainConfig | None = None
    about: str = ""  # the settings in a few words
    message: str = ""  # why it failed

    @property
    def checkpoint(self) -> Path | None:
        """The file that "open the model" opens: the best epoch, else the last; None before the first is saved."""
        for name in ("best", "last"):
            path = self.folder / "checkpoints" / f"{name}.safetensors"
            if path.is_file():
                return path
        return None


@dataclass(frozen=True, slots=True, eq=False)
class RunHistory:
    """All epochs of a run, one row each in rising order; nats per image, float64, NaN where a number wasn't finite."""

    epoch: np.ndarray  # (E,) int64
    epochs: int
    train_reconstruction: np.ndarray  # (E,)
    valid_reconstruction: np.ndarray
    train_kl: np.ndarray
    valid_kl: np.ndarray
    train_loss: np.ndarray
    valid_loss: np.ndarray
    psnr: np.ndarray  # (E,) dB, validation
    seconds: np.ndarray  # (E,) that the epoch took
    images_per_second: np.ndarray
    active_units: np.ndarray  # (E,) int64
    kl_per_dim: np.ndarray  # (E, D) nats, validation
    best_epoch: int  # 0 before the first
    previews: dict[int, Path] = field(default_factory=dict)  # epoch -> picture that is there

    def __len__(self) -> int:
        return len(self.epoch)


def default_runs_folder() -> Path:
    """Where runs go unless somebody says otherwise: `LABKHAND_RUNS`, or a folder among the user's data."""
    said = os.environ.get("LABKHAND_RUNS")
    return Path(said) if said else Path(platformdirs.user_data_dir("labkhand", appauthor=False)) / "runs"


def next_run_folder(runs_folder: Path, stem: str) -> Path:
    """The first free `STEM-N`, counted on from the largest N there is; the folder is not made.

    Args:
        runs_folder: may be missing.
        stem: a name for people; what a file name can't hold becomes a hyphen.
    """
    safe = re.sub(r"[^\w.]+", "-", stem, flags=re.UNICODE).strip("-._") or "run"
    taken = re.compile(re.escape(safe) + r"-(\d{1,9})", re.IGNORECASE)
    numbers = [int(match[1]) for name in _names(Path(runs_folder)) if (match := taken.fullmatch(name))]
    return Path(runs_folder) / f"{safe}-{max(numbers, default=0) + 1}"


def is_run(folder: Path) -> bool:
    """Whether the folder is one that a run has written."""
    return (Path(folder) / CONFIG_NAME).is_file() or (Path(folder) / EVENTS_NAME).is_file()


def list_runs(folder: Path) -> list[RunSummary]:
    """The runs in a runs folder, the newest first. A missing folder holds none."""
    root = Path(folder)
    runs = [read_summary(root / name) for name in _names(root) if is_run(root / name)]
    return sorted(runs, key=lambda run: (run.started if run.started == run.started else 0.0, run.name), reverse=True)


def read_summary(folder: Path) -> RunSummary:
    """The summary of one run; whatever can't be read stays unsaid."""
    folder = Path(folder)
    events = folder / EVENTS_NAME
    try:
        status = events.stat()
        said = _summarise(events, status.st_size, status.st_mtime_ns)
    except OSError:
        said = _Said()
    config = read_config(folder)
    locked = is_locked(folder)
    state: State = "running" if locked else said.state
    message = said.message
    if state == "unknown" and said.started == said.started:
        state, message = "failed", "It ended without a word: its process was killed or the computer went off."
    return RunSummary(
        folder=folder,
        name=folder.name,
        state=state,
        epoch=said.epoch,
        epochs=config.epochs if config is not None and config.epochs > said.epochs else said.epochs,
        best_epoch=said.best_epoch,
        best_elbo=said.best_elbo,
        best_psnr=said.best_psnr,
        started=said.started if said.started == said.started else _modified(folder / CONFIG_NAME),
        seconds=said.seconds,
        config=config,
        about=about(config),
        message="" if locked else message,
    )


def read_config(folder: Path) -> TrainConfig | None:
    """The settings of a run, or None where the file is missing or another version's."""
    try:
        return loads((Path(folder) / CONFIG_NAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ConfigError):
        return None


def about(config: TrainConfig | None) -> str:
    """The settings in a few words: "celeba, quick, 128 px, latent 128, beta 1"."""
    if config is None:
        return ""
    source = Path(config.data.source).name or config.data.source
    words = (
        source,
        config.preset,
        f"{config.data.image_size} px",
        f"latent {config.model.latent_dim}",
        f"beta {config.objective.beta:g}",
    )
    return ", ".join(word for word in words if word)


def read_history(run_folder: Path) -> RunHistory:
    """All epochs of a run. Half lines, garbage and epochs that a resumed run did over are passed over.

    Args:
        run_folder: with an `events.jsonl`, or without (an empty history).
    """
    folder = Path(run_folder)
    done: dict[int, EpochFinished] = {}
    best = 0
    for _, event in _events(folder / EVENTS_NAME):
        if isinstance(event, RunStarted):
            done = {epoch: old for epoch, old in done.items() if epoch <= event.epoch}
        elif isinstance(event, EpochFinished):
            done[event.epoch] = event
        elif isinstance(event, CheckpointSaved) and event.best:
            best = event.epoch
    rows = [done[epoch] for epoch in sorted(done)]
    return history_of(rows, best, folder)


def history_of(rows: list[EpochFinished], best_epoch: int = 0, folder: Path | None = None) -> RunHistory:
    """A history from epochs in rising order.

    Args:
        rows: one an epoch.
        best_epoch: what the run said; 0 = the one of the highest ELBO.
        folder: the run folder, to find previews in after it has moved.
    """

    def column(read: str, part: str = "") -> np.ndarray:
        values = (getattr(row, read).get(part) if part else getattr(row, read) for row in rows)
        return np.array([_number(value) for value in values], dtype=np.float64)

    train = {part: column("train", part) for part in ("reconstruction", "kl", "loss")}
    valid = {part: column("valid", part) for part in ("reconstruction", "kl", "loss", "psnr")}
    epoch = np.array([row.epoch for row in rows], dtype=np.int64)
    width = max((len(row.kl_per_dim) for row in rows), default=0)
    kl_per_dim = np.full((len(rows), width), np.nan)
    for index, row in enumerate(rows):
        kl_per_dim[index, : len(row.kl_per_dim)] = [np.nan if kl is None else kl for kl in row.kl_per_dim]
    if best_epoch not in epoch:
        best_epoch = _argbest(epoch, -(valid["reconstruction"] + valid["kl"]))
    return RunHistory(
        epoch=epoch,
        epochs=rows[-1].epochs if rows else 0,
        train_reconstruction=train["reconstruction"],
        valid_reconstruction=valid["reconstruction"],
        train_kl=train["kl"],
        valid_kl=valid["kl"],
        train_loss=train["loss"],
        valid_loss=valid["loss"],
        psnr=valid["psnr"],
        seconds=column("seconds"),
        images_per_second=column("images_per_second"),
        active_units=np.array([row.active_units or 0 for row in rows], dtype=np.int64),
        kl_per_dim=kl_per_dim,
        best_epoch=int(best_epoch),
        previews={row.epoch: path for row in rows if (path := preview_path(row.preview, folder)) is not None},
    )


def preview_path(preview: str, folder: Path | None) -> Path | None:
    """Where an event's preview lies now: as it says, within the run folder, or under its name in `previews`."""
    if not preview:
        return None
    said = Path(preview)
    places = [said] if folder is None else [folder / said, folder / "previews" / said.name]
    return next((place for place in places if place.is_file()), None)


@dataclass(slots=True)
class _Said:
    """What the events say, without the files around them."""

    state: State = "unknown"
    epoch: int = 0
    epochs: int = 0
    best_epoch: int = 0
    best_elbo: float = np.nan
    best_psnr: float = np.nan
    started: float = np.nan
    seconds: float = 0.0
    message: str = ""


@lru_cache(maxsize=512)
def _summarise(path: Path, size: int, modified: int) -> _Said:
    """Read the events once for each size and time of the file: a list of finished runs costs nothing to show again."""
    said = _Said()
    scores: dict[int, tuple[float, float]] = {}  # epoch -> ELBO, PSNR
    seconds: dict[int, float] = {}
    best = 0
    for at, event in _events(path, without_kl_per_dim=True):
        if isinstance(event, RunStarted):
            said.started = at if said.started != said.started else said.started
            said.state, said.message, said.epoch = "unknown", "", event.epoch
            said.epochs = int(event.config.get("epochs", said.epochs))
            scores = {epoch: score for epoch, score in scores.items() if epoch <= event.epoch}
            seconds = {epoch: took for epoch, took in seconds.items() if epoch <= event.epoch}
        elif isinstance(event, EpochFinished):
            said.epoch, said.epochs = event.epoch, event.epochs
            nats = [_number(event.valid.get(part)) for part in ("reconstruction", "kl")]
            scores[event.epoch] = -sum(nats), _number(event.valid.get("psnr"))
            seconds[event.epoch] = _number(event.seconds)
        elif isinstance(event, CheckpointSaved) and event.best:
            best = event.epoch
        elif isinstance(event, RunFinished):
            said.state = "stopped" if event.stopped else "finished"
        elif isinstance(event, RunFailed):
            said.state, said.message = "failed", event.message
    if best not in scores:
        best = _argbest(np.array(list(scores)), np.array([elbo for elbo, _ in scores.values()]))
    said.best_epoch = best
    said.best_elbo, said.best_psnr = scores.get(best, (np.nan, np.nan))
    said.seconds = float(np.nansum(list(seconds.values()))) if seconds else 0.0
    return said


def _events(path: Path, without_kl_per_dim: bool = False) -> Iterator[tuple[float, Event]]:
    """(seconds since the epoch or NaN, event) of each whole line that is one."""
    try:
        file = open(path, "rb")
    except OSError:
        return
    with file:
        for line in file:
            if without_kl_per_dim:
                line = _KL_PER_DIM.sub(rb"\1[]", line)  # the bulk of a line, and the summary needs none of it
            event = decode(line.decode("utf-8", "replace"))
            if event is None or not _sound(event):
                continue
            at = _TIME.search(line)
            yield (_number(at[1]) if at else np.nan), event


def _sound(event: Event) -> bool:
    """Whether the fields that are looked into are of the right kind: the file may come from anywhere."""
    if isinstance(event, EpochFinished):
        return (
            isinstance(event.train, dict)
            and isinstance(event.valid, dict)
            and isinstance(event.epoch, int)
            and isinstance(event.epochs, int)
        )
    if isinstance(event, RunStarted):
        return isinstance(event.config, dict) and isinstance(event.epoch, int)
    return True


def _number(value: Any) -> float:
    """A number, or NaN for what JSON holds in its place."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _argbest(epoch: np.ndarray, score: np.ndarray) -> int:
    """The epoch of the highest finite score, or 0."""
    if not len(epoch) or np.all(np.isnan(score)):
        return 0
    return int(epoch[np.nanargmax(score)])


def _names(folder: Path) -> list[str]:
    """The names of the folders within, or nothing."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("nan")
