"""The pictures of a source that a family can learn from and be judged on."""

from __future__ import annotations

from core.config import TrainConfig
from core.data import dataset
from core.data.dataset import FaceData
from core.families.registry import family
from core.progress import Progress, silent
from core.training.colours import without_grey
from core.training.unpaired import with_sides


def load_for(config: TrainConfig, progress: Progress = silent) -> FaceData:
    """The pictures that a run learns from and validates on. Raises as `core.data.dataset.load`, and as `usable`."""
    return usable(config, dataset.load(config.data, progress), progress)


def usable(config: TrainConfig, data: FaceData, progress: Progress = silent) -> FaceData:
    """The data set as its model's family can use it.

    Grey pictures are left out where it needs colours; pictures of neither side where it translates between two.

    Args:
        config: the settings of the run.
        data: its pictures.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: too few pictures are left.
        Cancelled: by `progress`.
    """
    kind = family(config.family)
    if kind.needs_colour:
        data = without_grey(data, progress)
    names = kind.sides(config.settings)
    return data if names is None else with_sides(data, names)
