"""A run's files on the disk, readable by anyone at any moment, and where its pictures lie now.

`docs/run-folder.md` says it in full.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoint import read_header
from core.config import TrainConfig, loads, to_file
from core.data.sources import located, resolved
from core.errors import CoreError, TrainingError
from core.events import CheckpointSaved, EpochFinished, Event, Step, decode, encode
from core.export.images import grid, save_picture
from core.families.base import BOTH, WHOLE, Family
from core.families.registry import DEFAULT, family
from core.files import append_line, cannot_write, remove_leftovers, write_json, write_text, write_whole
from core.locks import RunLock
from core.places import COMMAND
from core.runs.command_file import CommandFile
from core.runs.control import Control
from core.runs.history import TRAIN, VALID
from core.runs.history_table import columns_of
from core.runs.previews import preview_name, thin_out
from core.runs.train_progress import CLIPPED

ALWAYS = ("epoch", "seconds", "images_per_second", "learning_rate")


def columns(kind: Family) -> tuple[str, ...]:
    """The columns of `metrics.csv`: those of every run, then the family's, last those that only some settings report."""
    usual = [one for one in kind.metrics if not one.per_axis and not one.optional]
    rare = [one for one in kind.metrics if not one.per_axis and one.optional]
    return (
        *ALWAYS,
        *(one.key for one in usual if one.where == WHOLE),
        *(TRAIN + one.key for one in usual if one.where == BOTH),
        *(VALID + one.key for one in usual if one.where != WHOLE),
        TRAIN + CLIPPED,
        *(name for one in rare for name in columns_of(kind, one.key)),
    )


class RunFolder:
    """The files of one run.

    Args:
        folder: made if it isn't there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.last = self.folder / "checkpoints" / "last.safetensors"
        self.best = self.folder / "checkpoints" / "best.safetensors"
        self.config_file = self.folder / "config.json"
        self.events_file = self.folder / "events.jsonl"
        self.metrics_file = self.folder / "metrics.csv"

    @property
    def family(self) -> Family:
        """The family of the run's model, from its settings; the default where they can't be read."""
        try:
            return family(self.read_config().family)
        except CoreError:
            return family(DEFAULT)

    @contextmanager
    def held(self, control: Control) -> Iterator[None]:
        """Lock the folder as the one process that trains there, remove what a killed one left, and listen for commands in it.

        Raises:
            TrainingError: another process trains there.
            CoreError: the folder can't be written.
        """
        with RunLock(self.folder):
            kept = self.best.with_name("before-*.safetensors")
            previews = self.preview_file(0).with_name("epoch_*.png")
            for path in (self.last, self.best, kept, self.config_file, self.events_file, self.metrics_file, previews):
                remove_leftovers(path)
            with CommandFile(self.folder, control):
                yield

    def keep_before(self, phase: str, epoch: int) -> Path | None:
        """Keep a copy of the best model as it is before a phase, which looks for its own best; gives it, None where there is none.

        Args:
            phase: its name.
            epoch: epochs done. A best model of a later one was left by a process that was killed, and isn't kept.

        Raises:
            CoreError: it can't be read or written.
        """
        kept = self.best.with_name(f"before-{phase}.safetensors")
        if not self.best.exists() or read_header(self.best).epoch > epoch:
            return kept if kept.exists() else None

        def copy(path: Path) -> None:
            shutil.copyfile(self.best, path)

        write_whole(kept, copy)
        return kept

    def preview_file(self, epoch: int) -> Path:
        """The path of an epoch's preview."""
        return self.folder / "previews" / preview_name(epoch)

    def write_config(self, config: TrainConfig) -> None:
        """Keep the settings. Raises CoreError where the folder can't be written."""
        write_json(self.config_file, to_file(config))

    def begin(self, config: TrainConfig) -> None:
        """Start the files anew, without what an attempt that never reached a checkpoint left."""
        self.write_config(config)
        try:
            for path in (self.events_file, self.metrics_file):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error

    def read_config(self) -> TrainConfig:
        """The settings.

        Raises:
            TrainingError: this is no run folder.
            NewerError: a newer version wrote the file.
            ConfigError: the file is broken.
        """
        try:
            return loads(self.config_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise TrainingError(
                f"{self.folder} is no run folder: it has no readable config.json.", "Start a new run with --data."
            ) from None

    def record(self, event: Event) -> None:
        """Append an event to `events.jsonl`, and an epoch to `metrics.csv`. Steps are passed over."""
        if isinstance(event, Step):
            return
        append_line(self.events_file, encode(event))
        if isinstance(event, EpochFinished):
            begun = self.metrics_file.exists() and self.metrics_file.stat().st_size
            names = columns(self.family)
            head = "" if begun else ",".join(names) + "\n"
            append_line(self.metrics_file, head + _row(epoch_numbers(event), names).rstrip("\n"))

    def rewind(self, epoch: int, history: list[dict[str, Any]]) -> None:
        """Remove what was recorded after a checkpoint of `epoch`, from which the run is about to go on."""
        kept = []
        if self.events_file.exists():
            for line in self.events_file.read_text(encoding="utf-8", errors="replace").split("\n"):
                event = decode(line)
                if isinstance(event, EpochFinished | CheckpointSaved) and event.epoch > epoch:
                    continue
                if event is not None:
                    kept.append(line + "\n")
        write_text(self.events_file, "".join(kept))
        names = columns(self.family)
        write_text(self.metrics_file, ",".join(names) + "\n" + "".join(_row(numbers, names) for numbers in history))

    def write_preview(self, epoch: int, rows: Mapping[str, np.ndarray], best: int = 0) -> Path:
        """Write the preview of an epoch, and thin out the older ones.

        Args:
            epoch: from 1.
            rows: what each row is -> its pictures, uint8 (n, H, W, C) of one size.
            best: the best epoch so far, whose preview stays; 0 = none.

        Returns:
            The file, whose metadata says what its rows are.
        """
        path = self.preview_file(epoch)
        save_picture(path, grid(list(rows.values())), {"what": "preview", "epoch": epoch, "rows": list(rows)})
        thin_out(path.parent, epoch, best)
        return path


def epoch_numbers(event: EpochFinished) -> dict[str, Any]:
    """An epoch's numbers as one flat dict: a row of `metrics.csv` and an entry of a checkpoint's history."""
    return {
        "epoch": event.epoch,
        "seconds": round(event.seconds, 3),
        "images_per_second": round(event.images_per_second, 2),
        "learning_rate": event.learning_rate,
        **event.numbers,
        **{TRAIN + key: value for key, value in event.train.items()},
        **{VALID + key: value for key, value in event.valid.items()},
    } | ({"phase": event.phase} if event.phase else {})


def _row(numbers: dict[str, Any], names: Sequence[str]) -> str:
    text = io.StringIO()
    csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n").writerow(numbers)
    return text.getvalue()


def find_pictures(config: TrainConfig, run: RunFolder, resume: bool) -> tuple[TrainConfig, str]:
    """The settings of a run about to be trained, with their source in full.

    Args:
        config: its settings.
        run: its folder.
        resume: the run is continued. Where the pictures that its config.json names aren't there, they are looked for beside
            the run; a source that a person gave instead is taken as it is.

    Returns:
        The settings, and a sentence where the pictures have moved, else "".

    Raises:
        DataError: the pictures of a continued run are nowhere.
    """
    source, moved = config.data.source, ""
    if resume and run.config_file.is_file() and run.read_config().data.source == source:
        hint = f"Say where they are now: {COMMAND} train --out {run.folder} --resume --data SOURCE"
        place = located(source, run.folder, hint)
        if place != source:
            moved = f"The pictures of this run aren't at {source} any more; those at {place} are used."
        source = place
    return replace(config, data=replace(config.data, source=resolved(source))), moved
