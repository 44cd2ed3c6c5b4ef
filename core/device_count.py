"""How many cores there are; apart from core.device, so that asking doesn't load torch."""

from __future__ import annotations

import os


def available_cores() -> int:
    """Cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
