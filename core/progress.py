"""How long tasks report their progress."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much is done, and of how much (0: unknown). May raise core.errors.Cancelled."""
SECONDS_BETWEEN_REPORTS = 0.05


class Reporter:
    """Passes progress on a few times a second: a call for each picture would be too much for a window."""

    def __init__(self, progress: Progress | None, what: str, total: int = 0) -> None:
        self._progress, self._what, self._total = progress, what, total
        self._last = 0.0

    def __call__(self, done: int, final: bool = False) -> None:
        now = time.perf_counter()
        if self._progress is not None and (final or now - self._last >= SECONDS_BETWEEN_REPORTS):
            self._last = now
            self._progress(self._what, done, self._total)


def silent(what: str, done: int, total: int) -> None:
    """A progress callback that does nothing."""
