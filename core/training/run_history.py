"""All the epochs of a run as arrays, from an events file that may be half written."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from core.events import CheckpointSaved, EpochFinished, RunStarted
from core.training.run_events import EVENTS_NAME, best_of, recorded


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
    train_total_correlation: np.ndarray  # (E,) nats, NaN where the objective estimates none
    valid_total_correlation: np.ndarray
    active_units: np.ndarray  # (E,) int64
    kl_per_dim: np.ndarray  # (E, D) nats, validation
    best_epoch: int  # 0 before the first
    previews: dict[int, Path] = field(default_factory=dict)  # epoch -> picture that is there

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def train_elbo(self) -> np.ndarray:
        """(E,) -(reconstruction + KL), nats per image, whatever beta is."""
        return -(self.train_reconstruction + self.train_kl)

    @property
    def valid_elbo(self) -> np.ndarray:
        """(E,) the same of the validation pictures."""
        return -(self.valid_reconstruction + self.valid_kl)


def extended(history: RunHistory, rows: list[EpochFinished], best_epoch: int = 0) -> RunHistory:
    """A history with epochs added at its end; those that they or an earlier resume made void go away.

    Args:
        history: what is there; may be empty.
        rows: in the order in which they came.
        best_epoch: what the run said; 0 = what the history says.
    """
    done: dict[int, EpochFinished] = {}
    kept_until = math.inf
    for row in rows:
        done = {epoch: old for epoch, old in done.items() if epoch < row.epoch} | {row.epoch: row}
        kept_until = min(kept_until, row.epoch)
    added = history_of(list(done.values()))
    kept = int(np.count_nonzero(history.epoch < kept_until))  # rows are in rising order
    joined: dict[str, np.ndarray] = {}
    for item in fields(RunHistory):
        old, new = getattr(history, item.name), getattr(added, item.name)
        if not isinstance(old, np.ndarray):
            continue
        if old.ndim == 2 and old.shape[1] != new.shape[1]:
            width = max(old.shape[1], new.shape[1])
            old, new = (np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=np.nan) for part in (old, new))
        joined[item.name] = np.concatenate([old[:kept], new])
    previews = {epoch: path for epoch, path in history.previews.items() if epoch < kept_until}
    return replace(
        added if rows else history,
        **joined,  # type: ignore[arg-type]
        best_epoch=best_epoch or history.best_epoch,
        previews=previews | added.previews,
    )


def read_history(run_folder: Path) -> RunHistory:
    """All epochs of a run. Half lines, garbage and epochs that a resumed run did over are passed over.

    Args:
        run_folder: with an `events.jsonl`, or without (an empty history).
    """
    folder = Path(run_folder)
    done: dict[int, EpochFinished] = {}
    best = 0
    for _, event in recorded(folder / EVENTS_NAME):
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
        values = (getattr(row, read).get(part, math.nan) if part else getattr(row, read) for row in rows)
        return np.array(list(values), dtype=np.float64)

    train = {part: column("train", part) for part in ("reconstruction", "kl", "loss", "total_correlation")}
    valid = {part: column("valid", part) for part in ("reconstruction", "kl", "loss", "psnr", "total_correlation")}
    epoch = np.array([row.epoch for row in rows], dtype=np.int64)
    width = max((len(row.kl_per_dim) for row in rows), default=0)
    kl_per_dim = np.full((len(rows), width), np.nan)
    for index, row in enumerate(rows):
        kl_per_dim[index, : len(row.kl_per_dim)] = row.kl_per_dim
    if best_epoch not in epoch:
        elbo = -(valid["reconstruction"] + valid["kl"])
        best_epoch = best_of(dict(zip(epoch.tolist(), elbo.tolist(), strict=True)))
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
        train_total_correlation=train["total_correlation"],
        valid_total_correlation=valid["total_correlation"],
        active_units=np.array([row.active_units for row in rows], dtype=np.int64),
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
    return next((place for place in places if os.path.isfile(place)), None)  # False as well for what can't be a file's name
