"""How fast this computer trains: measured once for each kind of run by a child process, and remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core.config import TrainConfig
from core.runs.expected import speed_key
from explorer.job.command import CommandJob
from explorer.settings.store import SettingsStore

REST_MS = 1500  # after the last wish: what was opened is shown first
MOST_KEPT = 50
_OF_DATA = ("source", "image_size", "channels", "crop", "limit", "valid_fraction")


class PaceMeter(QObject):
    """Knows training pictures a second by the kind of run.

    Args:
        settings: remembers them.
        parent: Qt's owner.
        command: what comes before the subcommand; by default this program.

    Signals:
        measured(): one more is known.
    """

    measured = Signal()

    def __init__(self, settings: SettingsStore, parent: QObject | None = None, command: Sequence[str] | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._known = _read(settings.value.speeds)
        self._wanted: TrainConfig | None = None
        self._key = ""
        """Of what is being measured."""
        self._failed: set[str] = set()
        self._job = CommandJob(self, command)
        self._job.finished.connect(self._on_job_finished)
        self._job.failed.connect(self._on_job_failed)
        self._job.stopped.connect(self._on_job_stopped)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._begin)

    @property
    def speeds(self) -> Mapping[str, float]:
        """Training pictures a second of a run's steps, by `core.runs.expected.speed_key`."""
        return self._known

    def ask(self, config: TrainConfig) -> None:
        """Measure soon how fast such a run is, unless that is known; the latest wish counts."""
        key = speed_key(config)
        if key not in self._known and key not in self._failed and not (self._job.is_running and key == self._key):
            self._wanted = config
            self._rest.start()

    def stop(self) -> None:
        """Measure nothing now: a run begins, and both would be slow. What is still wanted is measured when asked for again."""
        self._rest.stop()
        self._wanted = None
        self._job.stop()

    def close(self) -> None:
        """The program ends."""
        self._rest.stop()
        self._job.close()

    def _begin(self) -> None:
        config, self._wanted = self._wanted, None
        if config is None or self._job.is_running:
            self._wanted = config  # its turn comes when the other one is done
            return
        self._key = speed_key(config)
        data = [f"--set=data.{name}={getattr(config.data, name)}" for name in _OF_DATA if name != "source"]
        self._job.run(["pace", "--data", config.data.source, "--preset", config.preset, *data])

    def _on_job_finished(self, summary: dict[str, Any]) -> None:
        speed = summary.get("images_per_second")
        if isinstance(speed, int | float) and speed > 0:
            self._known = dict([*self._known.items(), (self._key, float(speed))][-MOST_KEPT:])
            self._settings.update(speeds=json.dumps(self._known))
            self.measured.emit()
        self._go_on()

    def _on_job_failed(self, _reason: str) -> None:
        self._failed.add(self._key)  # the run itself will say what is wrong, where there is something
        self._go_on()

    def _on_job_stopped(self) -> None:
        self._go_on()

    def _go_on(self) -> None:
        if self._wanted is not None:
            self._rest.start()


def _read(text: str) -> dict[str, float]:
    """Remembered speeds; none where the text is damaged."""
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(values, dict):
        return {}
    return {key: float(value) for key, value in values.items() if isinstance(value, int | float) and value > 0}
