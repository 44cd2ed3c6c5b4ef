"""How a model learns, as the loop sees it. What is in a step, and what a family's numbers mean, is the family's own affair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from core.team import Share, Team


class Interrupted(Exception):  # noqa: N818 - ends a judgement that nobody waits for any more
    """The run was asked to stop."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pictures for a step."""

    images: np.ndarray  # uint8 (B, H, W, C)
    labels: np.ndarray | None = None  # (B,) their classes, for a conditional model
    share: Share | None = None  # which part of the whole batch they are, where processes work together


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step or a judgement happens."""

    progress: Elapsed
    learning_rate: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What a model is found to be on held-out pictures, by the metrics that its family declares."""

    valid: Mapping[str, float]
    whole: Mapping[str, float] = field(default_factory=dict)  # of the model, once an epoch
    per_axis: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    latent: Mapping[str, Any] = field(default_factory=dict)  # what a checkpoint's header keeps of the codes


class Recipe(Protocol):
    """Networks, optimizers and all that a checkpoint must hold to go on exactly.

    Attributes:
        phase: the name of the phase that it is in.
        labels: (N,) class of every picture, where the model is told of it.
        wants_others: whether a step is shown a second batch.
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
        """All that must stay finite."""
        ...

    def begin(self, phase: str) -> None:
        """Go over to a phase: its own optimizers, other parts frozen."""
        ...

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """One step: every forward, backward and optimizer.

        Args:
            pictures: the batch, or this process's part of it.
            now: of the run.
            others: a second batch, where it wants one; None: the same pictures.

        Returns:
            Scalars before the step, means over the whole batch: `loss`, and what the family declares.
        """
        ...

    def between(self, data: FaceData, epoch: int, is_last: bool) -> bool:
        """What is done to the model after an epoch's last step, before it is judged. True where it changed the model."""
        ...

    def judge(self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool]) -> Judgement:
        """The model as it is now over held-out rows. Raises Interrupted once `cancelled` says so."""
        ...

    def tensors(self) -> dict[str, np.ndarray]:
        """Everything that training changes, by its name in a checkpoint."""
        ...

    def load_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Go back to where `tensors` was taken, in the same phase.

        Raises:
            CheckpointError: tensors are missing or of other shapes.
        """
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
        """A trained model as viewers hold it (`core.latent.instrument`)."""
        ...

    def preview(self, instrument: Any, data: FaceData) -> Mapping[str, np.ndarray]:
        """What an epoch's sheet shows: what each row is -> its pictures, uint8 (n, H, W, C)."""
        ...


def home_of(name: str) -> Home:
    """Where a family's torch code is."""
    return cast(Home, home(name))
