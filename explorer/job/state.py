"""What a training job is doing, and how long it is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class JobState(Enum):
    """What the run's process is doing."""

    IDLE = "idle"
    STARTING = "starting"  # until it says that the run has started
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class StopTimes:
    """How long each rung of the stop ladder waits, in milliseconds: a big model on a slow disk takes seconds to save."""

    terminate_ms: int = 10_000  # after the stop command
    kill_ms: int = 5_000  # after terminate
