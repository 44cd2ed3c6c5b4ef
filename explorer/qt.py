"""Small helpers that every file of the window side shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import override
else:

    def override(method):
        """Mark a method that overrides one of Qt's; a note for readers and mypy, nothing at run time."""
        return method


__all__ = ["override"]
