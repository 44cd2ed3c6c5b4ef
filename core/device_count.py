"""How many cores and GPUs there are, and how they are shared; apart from core.device, so that asking doesn't load torch."""

from __future__ import annotations

import os
from pathlib import Path

SPIN = "5000"  # iterations of a spin loop: microseconds
DRIVER = Path("/proc/driver/nvidia/gpus")  # where NVIDIA's Linux driver lists them


def gpus() -> int:
    """NVIDIA GPUs that this process may use, as far as the driver tells without starting CUDA."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    try:
        there = len(list(DRIVER.iterdir()))
    except OSError:
        return 0
    return there if named is None else min(there, len([name for name in named.split(",") if name.strip() not in ("", "-1")]))


def available_cores() -> int:
    """Cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def give_cores_away() -> None:
    """Limit how long torch's threads spin while they wait for each other. To be called before torch is loaded.

    GNU's OpenMP lets them spin for milliseconds. Where another program uses one of the cores, each of the hundred waits
    of a training step costs that much, and two threads are many times slower than one. OMP_WAIT_POLICY or
    GOMP_SPINCOUNT set by the user take precedence.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN)
