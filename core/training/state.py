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
from core.families.base import Elapsed, Family, Phase, phase_at
from core.families.registry import family
from core.runs.control import Control
from core.runs.folder import RunFolder
from core.runs.position import Position
from core.training import schedule, stopping
from core.training.divergence import weights_must_be_finite
from core.training.recipe import Moment, Recipe, home_of
from core.training.summaries import data_summary


@dataclass(slots=True)
class RunState:
    """One process's part of a run, between two steps."""

    config: TrainConfig
    run: RunFolder
    control: Control
    data: FaceData
    recipe: Recipe
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

    @property
    def family(self) -> Family:
        """Of the model."""
        return family(self.config.family)

    @property
    def phase(self) -> Phase:
        """That the present epoch is in."""
        return phase_at(self.family, self.config, self.at.epoch)

    def moment(self, epochs_done: float) -> Moment:
        """What schedules go by after so many epochs of the run, and the learning rate then: each phase has its own schedules."""
        planned, done = self.at.schedule_epochs, epochs_done - self.at.phase_began
        return Moment(Elapsed(done, float(planned)), schedule.learning_rate(self.config, done, planned))

    def instrument(self) -> Any:
        """The model as it is now, for what works on a loaded one."""
        saved = Checkpoint(self.header(), self.recipe.tensors())
        return home_of(self.config.family).open_instrument(saved, self.recipe.compute)

    def header(self) -> Header:
        """What a checkpoint would say now, but for its training state."""
        return Header(
            id="",
            config=replace(self.config, data=replace(self.config.data, source=short_name(self.config.data.source))),
            image_shape=(self.data.images.shape[3], *self.data.images.shape[1:3]),
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
        tensors = self.recipe.tensors()
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
        """Raises TrainingError where they aren't."""
        for network in self.recipe.networks.values():
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
        self.at = Position.from_dict(saved.header.training)
        if self.recipe.phase != self.at.phase:
            self.recipe.begin(self.at.phase)
        self.recipe.load_tensors(saved.tensors)
        self.at.epoch = saved.header.epoch
        stopping.go_on(self.at, saved.header.config, self.config)
        self.history = saved.header.history
        self.directions = saved.header.directions
        self.latent = saved.header.latent
        self.at.closed = False
        self.run.rewind(self.at.epoch, self.history)
        self.run.write_config(self.config)
