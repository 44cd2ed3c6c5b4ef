"""Which of the canvas's views a decoded picture belongs to: it may come when another view was chosen already."""

from __future__ import annotations

Size = tuple[int, int]
KEPT = 8  # changes of view that may be on their way at once


class ViewSizes:
    """Remembers from which request on the canvas shows pictures that stand for larger ones, and how large those are."""

    def __init__(self) -> None:
        self._changes: list[tuple[int, Size | None]] = []

    def asked(self, request: int, size: Size | None) -> None:
        """A picture was requested that stands for one of this width and height; None: for itself."""
        if not self._changes or self._changes[-1][1] != size:
            self._changes = [*self._changes[1 - KEPT :], (request, size)]

    def of(self, request: int) -> Size | None:
        """What the picture of a request stands for."""
        return next((size for first, size in reversed(self._changes) if first <= request), None)
