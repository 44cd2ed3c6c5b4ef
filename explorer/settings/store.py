"""The only store of what the window remembers; panels read its value and ask it to change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.runs.listing import default_runs_folder
from explorer.settings.values import UiSettings


class SettingsStore(QObject):
    """Holds the settings and writes each change to the disk."""

    changed = Signal(object)
    """The new `UiSettings`."""

    def __init__(self, value: UiSettings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._value = value or UiSettings()

    @property
    def value(self) -> UiSettings:
        """The settings now."""
        return self._value

    @property
    def runs_folder(self) -> str:
        """Where runs go; "" is the default place."""
        return self._value.runs_folder

    @property
    def watched_runs(self) -> tuple[str, ...]:
        """Run folders elsewhere that are listed too."""
        return self._value.watched_runs

    @property
    def train_settings(self) -> str:
        """The training form's last state, as JSON; "" is the preset."""
        return self._value.train_settings

    @property
    def runs_place(self) -> Path:
        """The folder for runs, in full even if it is the default one."""
        return Path(self._value.runs_folder) if self._value.runs_folder else default_runs_folder()

    def update(self, **changes: Any) -> None:
        """Change some of them."""
        value = replace(self._value, **changes)
        if value != self._value:
            self._value = value
            value.save()
            self.changed.emit(value)
