"""What the coach says, and what it knows of a run when it judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from core.config import TrainConfig
from core.families.base import Can
from core.families.vae.objective_abilities import objective_abilities
from core.runs.history import RunHistory

NOTICED_NATS = 0.0005  # per channel value: 25 nats for a picture of 128 x 128, a tenth of what its code holds
HELD_FROM = 0.5  # of a cycle of beta; from there on beta stays at its full value (Fu et al., arXiv 1903.10145)


class Severity(IntEnum):
    """How much a piece of advice matters; the most important comes first."""

    TIP = 1  # the run is sound, the next one could be better
    WARNING = 2  # the result is less than it could be, or than it looks
    PROBLEM = 3  # the run isn't worth going on with as it is


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to say about a run, and perhaps one thing to change in the next."""

    key: str  # of the rule; what was dismissed once isn't said again under the same key
    sentence: str  # the fact
    reason: str  # why it matters and what helps
    severity: Severity
    change: Mapping[str, object] = field(default_factory=dict)  # setting path -> value for the next run; empty: none fits


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A run as the rules see it."""

    history: RunHistory
    config: TrainConfig
    data: Mapping[str, Any] = field(default_factory=dict)  # `data_summary` of the run; older runs say less
    device: str = ""  # what it computes on: "cpu", "cuda", "mps"; "" = unknown
    precision: str = ""  # what it computes in: "fp32", "bf16"; "" = unknown
    has_ended: bool = False  # by itself: after its last epoch, or by early stopping

    @property
    def is_complete(self) -> bool:
        """Whether no epoch of this run is still to come."""
        history = self.history
        return len(history) > 0 and (self.has_ended or int(history.epoch[-1]) >= history.epochs)

    @property
    def has_ended_early(self) -> bool:
        """Whether it ended by itself before its last planned epoch."""
        return self.has_ended and int(self.history.epoch[-1]) < self.history.epochs

    @property
    def of_first_phase(self) -> np.ndarray:
        """(E,) bool: epochs of the phase that trains the model; what follows it minimises something else."""
        phases = self.history.phases
        return np.array([phase == phases[0] for phase in phases], bool)

    @property
    def has_later_phase(self) -> bool:
        """Whether an epoch of another phase is done: the run's best epoch and its length are then not the training's."""
        return not self.of_first_phase.all()

    @property
    def settled(self) -> np.ndarray:
        """(E,) bool: epochs trained wholly with the full beta, or capacity, and whose numbers are finite.

        While beta or the capacity grows, the loss rises and the KL falls by themselves: no trend may be read from those epochs.
        """
        history = self.history
        if not len(history):
            return np.zeros(0, bool)
        kind = history.family
        numbers = [history.train("loss"), history.valid("loss"), history.valid(kind.best.key)]
        finite: np.ndarray = np.all([np.isfinite(column) for column in numbers], axis=0)
        if history.family_name != "vae":
            now = np.array([phase == history.phases[-1] for phase in history.phases], bool)
            return finite & now  # another phase minimises something else
        objective = self.config.settings.objective
        begun = history.epoch - 1.0  # epochs done when each began
        if objective_abilities(objective.name).capacity:
            full = begun >= objective.capacity_epochs
        elif objective.beta_schedule == "cyclical":
            cycles = objective.beta_cycles * begun / max(1, self.config.epochs)
            length = objective.beta_cycles / max(1, self.config.epochs)
            at = cycles % 1.0
            full = ((at >= HELD_FROM) & (at + length <= 1.0 + 1e-9)) | (cycles >= objective.beta_cycles)
        else:
            full = begun >= objective.beta_warmup_epochs
        settled: np.ndarray = finite & full & self.of_first_phase
        return settled

    @property
    def numbers_per_picture(self) -> int:
        """Channel values of one picture."""
        return self.config.data.image_size**2 * self.config.data.channels

    @property
    def least_noticed(self) -> float:
        """How much a loss in nats must change to mean anything, however quiet it is; 0 for losses in other units."""
        loss = self.history.family.metric("loss")
        return NOTICED_NATS * self.numbers_per_picture if loss is not None and loss.unit.startswith("nats") else 0.0

    def can(self, ability: Can) -> bool:
        """Whether such a model can do something, going by its settings."""
        size = self.config.data.image_size
        return ability in self.history.family.can(self.config.settings, (self.config.data.channels, size, size))

    def count(self, key: str) -> int:
        """A whole number from the data summary, 0 where it has none."""
        value = self.data.get(key)
        return value if isinstance(value, int) else 0
