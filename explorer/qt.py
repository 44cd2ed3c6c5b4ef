"""Small helpers that every file of the window side shares."""

from __future__ import annotations

from abc import ABCMeta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from typing_extensions import override
else:

    def override(method):
        """Mark a method that overrides one of Qt's; a note for readers and mypy, nothing at run time."""
        return method


class AbstractQtMeta(type(QObject), ABCMeta):  # type: ignore[misc]
    """The metaclass of Qt classes with abstract methods, which mypy then checks."""


__all__ = ["AbstractQtMeta", "override"]
