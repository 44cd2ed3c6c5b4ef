"""What a run leaves on the disk, readable by anyone at any moment. `docs/run-folder.md` says it in full."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from core.config import TrainConfig, loads, to_file
from core.errors import TrainingError
from core.events import CheckpointSaved, EpochFinished, Event, Step, decode, encode
from core.export.images import grid, save_picture
from core.files import append_line, cannot_write, remove_leftovers, write_json, write_text
from core.training.command_file import CommandFile
from core.training.control import Control
from core.training.lock import RunLock
from core.training.previews import preview_name, thin_out

COLUMNS = (
    "epoch", "seconds", "images_per_second", "beta", "learning_rate", "active_units",
    "train_loss", "train_reconstruction", "train_kl",
    "valid_loss", "valid_reconstruction", "valid_kl", "valid_elbo", "valid_psnr",
    "train_clipped", "train_total_correlation", "valid_total_correlation",
)  # fmt: skip


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

    @contextmanager
    def held(self, control: Control) -> Iterator[None]:
        """Hold the folder as the one process that trains there, rid of what a killed one left; listen for commands in it.

        Raises:
            TrainingError: another process trains there.
            CoreError: the folder can't be written.
        """
        with RunLock(self.folder):
            previews = self.preview_file(0).with_name("epoch_*.png")
            for path in (self.last, self.best, self.config_file, self.events_file, self.metrics_file, previews):
                remove_leftovers(path)
            with CommandFile(self.folder, control):
                yield

    def preview_file(self, epoch: int) -> Path:
        """Where the preview of an epoch stands."""
        return self.folder / "previews" / preview_name(epoch)

    def write_config(self, config: TrainConfig) -> None:
        """Keep the settings. Raises CoreError where the folder can't be written."""
        write_json(self.config_file, to_file(config))

    def begin(self, config: TrainConfig) -> None:
        """Start the files anew: what an attempt that never reached a checkpoint left is no part of this run."""
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
            head = "" if begun else ",".join(COLUMNS) + "\n"
            append_line(self.metrics_file, head + _row(epoch_numbers(event)).rstrip("\n"))

    def rewind(self, epoch: int, history: list[dict[str, Any]]) -> None:
        """Take back what was recorded after a checkpoint of `epoch`, whose run is about to go on from there."""
        kept = []
        if self.events_file.exists():
            for line in self.events_file.read_text(encoding="utf-8", errors="replace").split("\n"):
                event = decode(line)
                if isinstance(event, EpochFinished | CheckpointSaved) and event.epoch > epoch:
                    continue
                if event is not None:
                    kept.append(line + "\n")
        write_text(self.events_file, "".join(kept))
        write_text(self.metrics_file, ",".join(COLUMNS) + "\n" + "".join(_row(numbers) for numbers in history))

    def write_preview(self, epoch: int, originals: np.ndarray, decoded: np.ndarray, samples: np.ndarray, best: int = 0) -> Path:
        """Write the preview of an epoch, and thin out the older ones.

        Args:
            epoch: from 1.
            originals: uint8 (n, H, W, C), as the others.
            decoded: their reconstructions.
            samples: from noise.
            best: the best epoch so far, whose preview stays; 0 = none.

        Returns:
            The file.
        """
        path = self.preview_file(epoch)
        save_picture(path, grid([originals, decoded, samples]), {"what": "preview", "epoch": epoch})
        thin_out(path.parent, epoch, best)
        return path


def epoch_numbers(event: EpochFinished) -> dict[str, Any]:
    """An epoch's numbers as one flat dict: a row of `metrics.csv` and an entry of a checkpoint's history."""
    valid = event.valid
    return {
        "epoch": event.epoch,
        "seconds": round(event.seconds, 3),
        "images_per_second": round(event.images_per_second, 2),
        "beta": event.beta,
        "learning_rate": event.learning_rate,
        "active_units": event.active_units,
        **{f"train_{key}": value for key, value in event.train.items()},
        **{f"valid_{key}": value for key, value in valid.items()},
        "valid_elbo": -(valid["reconstruction"] + valid["kl"]),
    }


def _row(numbers: dict[str, Any]) -> str:
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n").writerow(numbers)
    return text.getvalue()
