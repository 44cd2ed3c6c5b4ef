"""How fast this machine learns: some steps of the very run that is to come, which nobody keeps. How many epochs its time allows."""

from __future__ import annotations

import time

from core import device
from core.config import TrainConfig, with_values
from core.data.dataset import FaceData
from core.families.base import Elapsed
from core.progress import Progress, silent
from core.runs.expected import fit_into
from core.team import Team
from core.training.batches import EpochBatches, StepOrder
from core.training.recipe import Moment, home_of
from core.training.usable import load_for

WARM_UP = 2  # steps that don't count: in the first ones memory is got, and ways to multiply are chosen
LEAST_STEPS, LEAST_SECONDS, MOST_SECONDS = 4, 3.0, 20.0  # of measuring


def images_per_second(config: TrainConfig, data: FaceData) -> float:
    """Training pictures a second of a run's steps in its first phase, in one process.

    On processors it is what they do for this process: other programs that happen to compute meanwhile make it no slower.

    Args:
        config: of the run.
        data: its pictures.
    """
    threads = device.set_threads(config.threads)
    compute = device.choose(config.device, config.precision)
    recipe = home_of(config.family).make_recipe(config, data, compute, None, Team())
    batches = EpochBatches(config, data, 0)
    moment = Moment(Elapsed(0.0, float(config.epochs)), config.learning_rate)
    steps, pictures, begun, used = 0, 0, time.perf_counter(), time.process_time()
    while True:
        numbers = batches.step(recipe, StepOrder(0, steps % batches.steps, moment))
        next(iter(numbers.values())).detach().item()  # a graphics card is done only then
        steps += 1
        if steps <= WARM_UP:
            begun, used = time.perf_counter(), time.process_time()
            continue
        pictures += batches.size((steps - 1) % batches.steps)
        seconds = time.perf_counter() - begun
        if seconds >= MOST_SECONDS or (seconds >= LEAST_SECONDS and steps >= WARM_UP + LEAST_STEPS):
            busy = (time.process_time() - used) / threads if compute.device.type == "cpu" else seconds
            return pictures / min(seconds, busy)


def for_its_time(config: TrainConfig, minutes: float, progress: Progress = silent, processes: int = 1) -> tuple[TrainConfig, float]:
    """The settings with as many epochs as fit into a time, by the pictures and by this machine's speed.

    Args:
        config: the settings.
        minutes: see `core.runs.expected.has_its_time`.
        progress: told how far the pictures are read.
        processes: that train together, each as fast as this one.

    Returns:
        The settings, and the measured speed in pictures a second.

    Raises:
        DataError: the pictures can't be used.
    """
    data = load_for(config, progress)
    speed = images_per_second(config, data) * processes
    return with_values(config, fit_into(config, minutes, len(data.split.train), speed)), speed
