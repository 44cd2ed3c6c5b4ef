"""How many cores and GPUs there are; apart from core.device, so that asking doesn't load torch."""

from __future__ import annotations

import os
from pathlib import Path

DRIVER = Path("/proc/driver/nvidia/gpus")  # where NVIDIA's Linux driver lists them


def gpus() -> int:
    """NVIDIA GPUs that this process may use, as far as the driver tells without CUDA's being started."""
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
