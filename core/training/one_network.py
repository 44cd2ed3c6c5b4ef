"""What the recipes of families with one network share: its step, the pictures it is judged on, and all state to resume exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from core.checkpoint import MODEL, Checkpoint
from core.data.dataset import FaceData, standardisation
from core.data.dataset import batch as read_batch
from core.data.lazy_rows import Pictures
from core.device import Compute
from core.errors import CheckpointError
from core.families.networks.grid_trunk import GridNetwork
from core.progress import Progress
from core.team import Team, batch_mean
from core.training.batches import BATCH, to_input
from core.training.ema import WeightAverage
from core.training.optim import Optimizer, descend
from core.training.recipe import JUDGING, Interrupted

OPTIMIZER = "optimizer."
LIVE = "live."  # the weights that are trained, where `model.` holds their average
AVERAGED_STEPS = "average.steps"
N = TypeVar("N", bound=nn.Module)


@dataclass
class OneNetwork(Generic[N]):
    """A network, its optimizer, and perhaps its weights' average. A family's recipe adds its steps and its judgement."""

    model: N
    optimizer: Optimizer
    compute: Compute
    team: Team
    gradient_clip: float = 0.0
    average: WeightAverage[N] | None = None
    clipped: bool = False
    phase: str = ""
    labels: np.ndarray | None = None

    @property
    def shown(self) -> N:
        """The network that is judged, shown and kept."""
        return self.average.model if self.average else self.model

    @property
    def wants_others(self) -> bool:
        """No second batch."""
        return False

    @property
    def parameters(self) -> int:
        """Weights that are trained."""
        return sum(one.numel() for one in self.model.parameters())

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See Recipe."""
        return {"model": self.model}

    def begin(self, phase: str) -> None:
        """There is one phase."""
        self.phase = phase

    def take_weights(self, tensors: Mapping[str, np.ndarray]) -> None:
        """See Recipe."""
        self.shown.load_state_dict(part_of(tensors, MODEL))

    def descend(self, loss: Tensor) -> None:
        """A step of the optimizer, along the whole team's gradient."""
        self.clipped = descend(self.optimizer, loss, list(self.model.parameters()), self.team, self.gradient_clip)

    def over_team(self, numbers: Tensor, pictures: int) -> Tensor:
        """Means over this process's pictures (n,) as means over the whole batch; with a gradient."""
        if self.team.size == 1:
            return numbers
        return batch_mean(numbers.expand(pictures, -1), over_team=True)

    def judged(self, images: Pictures, rows: np.ndarray, cancelled: Callable[[], bool], progress: Progress) -> Iterator[Tensor]:
        """The pictures that a model is judged on, some at a time: x (n, C, H, W) in [0, 1] on the device; see Recipe.judge."""
        for start in range(0, len(rows), BATCH):
            if cancelled():
                raise Interrupted
            yield to_input(read_batch(images, rows[start : start + BATCH], None), self.compute.device)
            progress(JUDGING, min(start + BATCH, len(rows)), len(rows))

    def tensors(self) -> dict[str, np.ndarray]:
        """See Recipe."""
        return arrays_of(self.network_tensors() | self.optimizer_tensors())

    def load_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        """See Recipe."""
        try:
            self.load_state(tensors)
        except (RuntimeError, KeyError) as error:
            raise CheckpointError(f"The checkpoint can't be continued: {error}.", "Start a new run.") from None

    def load_state(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore what `tensors` gave. Raises RuntimeError or KeyError where they don't fit."""
        self.load_network(tensors)
        self.load_optimizer(tensors)

    def network_tensors(self) -> dict[str, Tensor]:
        """The weights, and their average where there is one."""
        tensors: dict[str, Tensor] = {MODEL + name: value for name, value in self.shown.state_dict().items()}
        if self.average:
            tensors |= {LIVE + name: value for name, value in self.model.state_dict().items()}
            tensors[AVERAGED_STEPS] = torch.tensor(self.average.steps)
        return tensors

    def optimizer_tensors(self) -> dict[str, Tensor]:
        """The optimizer's state."""
        return {OPTIMIZER + name: value for name, value in self.optimizer.tensors(self.model).items()}

    def load_network(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore what `network_tensors` gave. Raises RuntimeError or KeyError where they don't fit."""
        self.shown.load_state_dict(part_of(tensors, MODEL))
        if self.average:
            self.model.load_state_dict(part_of(tensors, LIVE))
            self.average.steps = int(tensors[AVERAGED_STEPS])

    def load_optimizer(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore what `optimizer_tensors` gave. Raises RuntimeError or KeyError where they don't fit."""
        self.optimizer.load_tensors(self.model, part_of(tensors, OPTIMIZER))


def part_of(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, without it."""
    return {k.removeprefix(prefix): torch.from_numpy(np.array(v)) for k, v in tensors.items() if k.startswith(prefix)}


def arrays_of(tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Tensors for a checkpoint."""
    return {name: value.detach().cpu().contiguous().numpy() for name, value in tensors.items()}


def begun(model: N, compute: Compute, start: Checkpoint | None) -> N:
    """A new network where it is trained, with the weights to start from, if there are any.

    Raises:
        CheckpointError: the weights of `start` don't fit.
    """
    if start is not None:
        try:
            model.load_state_dict(part_of(start.tensors, MODEL))
        except RuntimeError as error:
            raise CheckpointError(f"The weights to start from don't fit the model: {error}.", "Start from another one.") from None
    return model.to(compute.device)


def scale_to(model: GridNetwork, data: FaceData) -> None:
    """Give a new network the scale of the training pictures."""
    mean, std = standardisation(data.images, data.split.train)
    model.set_standardisation(torch.from_numpy(mean), torch.from_numpy(std))
