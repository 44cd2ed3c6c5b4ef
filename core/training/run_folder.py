"""What a run leaves on the disk, readable by anyone at any moment. `docs/run-folder.md` says it in full."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from core.config import TrainConfig, loads, to_dict
from core.errors import TrainingError
from core.events import CheckpointSaved, EpochFinished, Event, Step, decode, encode
from core.export.images import grid, save_picture
from core.files import cannot_write, write_json, write_text

COLUMNS = (
    "epoch", "seconds", "images_per_second", "beta", "learning_rate", "active_units",
    "train_loss", "train_reconstruction", "train_kl",
    "valid_loss", "valid_reconstruction", "valid_kl", "valid_elbo", "valid_psnr",
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

    def preview_file(self, epoch: int) -> Path:
        """Where the preview of an epoch stands."""
        return self.folder / "previews" / f"epoch_{epoch:05d}.png"

    def write_config(self, config: TrainConfig) -> None:
        """Keep the settings. Raises CoreError where the folder can't be written."""
        write_json(self.config_file, to_dict(config))

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
        self._append(self.events_file, encode(event) + "\n")
        if isinstance(event, EpochFinished):
            head = "" if self.metrics_file.exists() else ",".join(COLUMNS) + "\n"
            self._append(self.metrics_file, head + _row(epoch_numbers(event)))

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

    def write_preview(self, epoch: int, originals: np.ndarray, decoded: np.ndarray) -> Path:
        """Originals over reconstructions, each uint8 (n, H, W, C)."""
        path = self.preview_file(epoch)
        save_picture(path, grid([originals, decoded]))
        return path

    def _append(self, path: Path, text: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8") as opened:
                opened.write(text)
        except OSError as error:
            raise cannot_write(path, error) from error


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
