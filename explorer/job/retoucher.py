"""The child process that trains a retoucher, `main.py retoucher --events -`: its progress, and stopping without loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.job.command import CommandJob
from explorer.job.process import StopTimes
from explorer.qt import override

STATE_SUFFIX = ".retoucher-state"


@dataclass(frozen=True, slots=True)
class RetoucherOrder:
    """What to train.

    Attributes:
        checkpoint: the model's file, which gets the retoucher.
        source: the labelled pictures.
        attribute: the direction.
        pictures: how many faces are looked at.
        preview: a picture file that is updated in training.
    """

    checkpoint: Path
    source: str
    attribute: str
    pictures: int
    preview: Path

    @property
    def state(self) -> Path:
        """The file with the state to resume from: beside the model, deleted once training is done."""
        return self.checkpoint.with_name(f"{self.checkpoint.stem}-{self.attribute}{STATE_SUFFIX}")


class RetoucherJob(CommandJob):
    """Trains one retoucher at a time. If it is stopped, what it learned is kept.

    Signals:
        previewed(str): the preview's file was written anew.
    """

    previewed = Signal(str)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] | None = None, times: StopTimes | None = None) -> None:
        super().__init__(parent, command, times)
        self._order: RetoucherOrder | None = None
        self.finished.connect(self._forget_state)

    def start(self, order: RetoucherOrder) -> None:
        """Begin, or go on where an earlier one of the same direction was stopped."""
        self._order = order
        words = ["retoucher", "--checkpoint", str(order.checkpoint), "--data", order.source, "--attribute", order.attribute]
        words += ["--pictures", str(order.pictures), "--state", str(order.state), "--preview", str(order.preview)]
        self.run(words)

    @override
    def _take_event(self, event: dict[str, Any]) -> None:
        if event.get("event") == "preview":
            self.previewed.emit(str(event.get("file", "")))
        else:
            super()._take_event(event)

    def _forget_state(self) -> None:
        """It is done, so there is nothing to go on with."""
        if self._order is not None:
            self._order.state.unlink(missing_ok=True)
