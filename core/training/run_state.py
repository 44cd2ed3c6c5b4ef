"""What a run is made of and where it is, and how that goes into checkpoints and comes back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from core import checkpoint
from core.checkpoint import MODEL, OBJECTIVE, Checkpoint, Header
from core.config import TrainConfig
from core.data.dataset import FaceData
from core.data.sources import short_name
from core.errors import TrainingError
from core.events import CheckpointSaved
from core.latent.engine import LatentEngine
from core.objectives.base import Progress
from core.training import schedule, stopping
from core.training.by_products import data_summary
from core.training.control import Control
from core.training.finite import weights_must_be_finite
from core.training.position import Position
from core.training.run_folder import RunFolder
from core.training.step import Learner


@dataclass(slots=True)
class RunState:
    """One process's part of a run, between two steps."""

    config: TrainConfig
    run: RunFolder
    control: Control
    data: FaceData
    learner: Learner
    at: Position
    history: list[dict[str, Any]] = field(default_factory=list)  # one dict an epoch
    directions: list[dict[str, Any]] = field(default_factory=list)
    latent: dict[str, Any] = field(default_factory=dict)
    mark: float = field(default_factory=time.perf_counter)  # until when `at` counts the time

    def spent(self) -> Position:
        """The position with the time since the last mark added; the mark moves to now."""
        now = time.perf_counter()
        self.at.seconds += now - self.mark
        self.at.epoch_seconds += now - self.mark
        self.mark = now
        return self.at

    def progress(self, epochs_done: float) -> Progress:
        """What the objective's schedules go by."""
        return Progress(epochs_done, float(self.at.schedule_epochs))

    def learning_rate(self, epochs_done: float) -> float:
        """The learning rate after so many epochs."""
        return schedule.learning_rate(self.config, epochs_done, self.at.schedule_epochs)

    def engine(self) -> LatentEngine:
        """The model as it is now, for what works on a loaded one."""
        return LatentEngine(Checkpoint(self.header(), self.learner.tensors()), self.learner.compute)

    def header(self) -> Header:
        """What a checkpoint would say now, but for its training state."""
        return Header(
            id="",
            config=replace(self.config, data=replace(self.config.data, source=short_name(self.config.data.source))),
            image_shape=self.learner.model.spec.image_shape,
            data=data_summary(self.data, self.config.data),
            epoch=self.at.epoch,
            history=self.history,
            latent=self.latent,
            directions=self.directions,
        )

    def save(self, *, best: bool = False) -> CheckpointSaved:
        """Write the last checkpoint, or the best, which holds no optimizer state: it is for use, not for going on.

        Raises:
            TrainingError: the weights are no longer finite; the old file stays.
            CoreError: the file can't be written.
        """
        self.weights_must_be_finite()
        tensors = self.learner.tensors()
        if best:
            tensors = {name: value for name, value in tensors.items() if name.startswith((MODEL, OBJECTIVE))}
        fitted = [] if self.at.step else self.directions  # within an epoch the weights are others already
        ident = checkpoint.weights_id(tensors)
        header = replace(
            self.header(),
            directions=[{**values, "checkpoint_id": ident} for values in fitted],
            training={} if best else self.spent().to_dict(),
        )
        path = self.run.best if best else self.run.last
        checkpoint.save(path, header, tensors)
        return CheckpointSaved(str(path.resolve()), best, self.at.epoch)

    def weights_must_be_finite(self) -> None:
        """Raises TrainingError where they aren't. The average of weights is finite as long as they are."""
        for network in (self.learner.model, self.learner.objective):
            weights_must_be_finite(network, self.run)

    def go_back(self) -> None:
        """Load the last checkpoint and forget what was recorded after it.

        Raises:
            CheckpointError: it can't be continued.
            TrainingError: the run began with other pictures.
        """
        saved = checkpoint.load(self.run.last, training_state=True)
        if saved.header.data.get("fingerprint") != self.data.fingerprint:
            raise TrainingError(
                "The pictures are not those that this run began with.",
                "Put them back as they were, or start a new run (it can't be continued exactly).",
            )
        split = {"train": len(self.data.split.train), "valid": len(self.data.split.valid)}
        if self.data.own_split and any(saved.header.data.get(part, count) != count for part, count in split.items()):
            raise TrainingError(
                f"The run began with another split of these pictures than {self.data.index.part_from or 'they came with'}.",
                "Start a new run (it can't be continued exactly).",
            )
        self.learner.load_tensors(saved.tensors)
        self.at = Position.from_dict(saved.header.training)
        self.at.epoch = saved.header.epoch
        stopping.go_on(self.at, saved.header.config, self.config)
        self.history = saved.header.history
        self.directions = saved.header.directions
        self.latent = saved.header.latent
        self.at.closed = False
        self.run.rewind(self.at.epoch, self.history)
        self.run.write_config(self.config)
