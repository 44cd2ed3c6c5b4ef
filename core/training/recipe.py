"""The training loop's interface to a family: each family defines its training step and what its numbers mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import numpy as np
from torch import Tensor, nn

from core.checkpoint import Checkpoint
from core.config import TrainConfig
from core.data.dataset import FaceData
from core.data.lazy_rows import Pictures
from core.device import Compute
from core.families.base import Elapsed
from core.families.registry import home
from core.progress import Progress, silent
from core.team import Share, Team


class Interrupted(Exception):  # noqa: N818 - ends a validation that nobody waits for any more
    """The run was asked to stop."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures for a step."""

    images: np.ndarray  # uint8 (B, H, W, C)
    labels: np.ndarray | None = None  # (B,) their classes, for a conditional model
    share: Share | None = None  # which part of the whole batch they are, where processes work together


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of a step or a validation within the run."""

    progress: Elapsed
    learning_rate: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A validation's results: the metrics that the model's family declares, on held-out pictures."""

    valid: Mapping[str, float]
    whole: Mapping[str, float] = field(default_factory=dict)  # of the model, once an epoch
    per_axis: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    latent: Mapping[str, Any] = field(default_factory=dict)  # statistics of the codes for a checkpoint's header


JUDGING = "Evaluating"  # what progress is told meanwhile


class Recipe(Protocol):
    """Networks, optimizers and all other state that a checkpoint needs to resume exactly.

    Attributes:
        phase: the name of the phase that it is in.
        labels: (N,) class of every picture, for a conditional model.
        wants_others: whether a step needs a second batch.
        clipped: whether the last step's gradient was shortened.
    """

    compute: Compute
    team: Team
    phase: str
    labels: np.ndarray | None
    clipped: bool

    @property
    def wants_others(self) -> bool: ...

    @property
    def parameters(self) -> int:
        """How many weights are trained, in all phases."""
        ...

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """All networks that must stay finite."""
        ...

    def begin(self, phase: str) -> None:
        """Begin a phase: with its own optimizers, other parts frozen."""
        ...

    def take_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Go back to the model of an earlier epoch of this run, before a phase begins. Raises CheckpointError."""
        ...

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """One step: every forward, backward and optimizer.

        Args:
            pictures: the batch, or this process's part of it.
            now: of the run.
            others: a second batch, if needed; None: the same pictures.

        Returns:
            Scalars before the update, means over the whole batch: `loss`, and the family's metrics.
        """
        ...

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        """Validate the model as it is now on held-out rows, and tell after each batch how many pictures are done.

        Raises:
            Interrupted: `cancelled` returned true.
        """
        ...

    def tensors(self) -> dict[str, np.ndarray]:
        """Everything that training changes, by its name in a checkpoint."""
        ...

    def load_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore the state from `tensors`, in the same phase.

        Raises:
            CheckpointError: tensors are missing or of other shapes.
        """
        ...


class TurningRecipe(Recipe, Protocol):
    """Of a model that can TURN_AXES."""

    def turn_axes(self, data: FaceData, epoch: int, is_last: bool) -> bool:
        """Turn the axes after an epoch's last step, before validation, if that is due. True where they were turned."""
        ...


class Home(Protocol):
    """The module with a family's torch code."""

    def make_recipe(
        self, config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
    ) -> Recipe:
        """A fresh recipe, in its first phase; with the weights of `start`, where there is one.

        Raises:
            CheckpointError: the weights of `start` don't fit.
            ConfigError: the model can't be made for these pictures.
        """
        ...

    def open_instrument(self, checkpoint: Checkpoint, compute: Compute | None = None) -> Any:
        """A trained model as viewers use it (`core.latent.instrument`)."""
        ...

    def preview(self, instrument: Any, data: FaceData) -> Mapping[str, np.ndarray]:
        """The rows of an epoch's sheet: name of each row -> its pictures, uint8 (n, H, W, C)."""
        ...

    def complete(self, saved: Checkpoint, instrument: Any, data: FaceData, progress: Progress = silent) -> Checkpoint:
        """What a finished run's model learns apart from its weights, once they stay: the checkpoint with it.

        Asked only where `Family.completes` says that there is something: other families leave it out.

        Raises:
            DataError: these pictures can't teach it; the model stays as it is.
            Cancelled: by `progress`.
        """
        ...

    def measure(
        self, instrument: Any, checkpoint: Checkpoint, data: FaceData, progress: Progress = silent, *, importance_samples: int = 0
    ) -> dict[str, Any]:
        """What the command `evaluate` says of a finished model, over the validation part.

        Args:
            instrument: as `open_instrument` gives it.
            checkpoint: what it was opened from.
            data: as `core.evaluate.load_data` gives it.
            progress: told how far; may raise Cancelled.
            importance_samples: of a picture, to estimate log p(x); 0: it isn't estimated. Only where it has a LIKELIHOOD.

        Returns:
            `images`, how many there were; the family's metrics; and what else it has to say. A number that can't be measured
            on these pictures is NaN; `notes`, where there are any, are sentences that say which, and which of the others mean
            nothing.
        """
        ...

    def bounds(
        self,
        instrument: Any,
        checkpoint: Checkpoint,
        data: FaceData,
        pictures: int,
        samples: Sequence[int],
        progress: Progress = silent,
    ) -> np.ndarray:
        """Bounds of log p(x) by numbers of samples, means over evenly spaced validation pictures: (len(samples),) nats.

        Asked only where it has a LIKELIHOOD.
        """
        ...


def home_of(name: str) -> Home:
    """Where a family's torch code is."""
    return cast(Home, home(name))
