"""How a run that was asked to stop is made to: it is waited for, then terminated, then killed."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QProcess, QTimer

from explorer.job.state import StopTimes

_GONE_MS = 1_000  # until a killed process is gone


class Run(Protocol):
    """What can be ended: a child process, or a run that is followed."""

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class StopLadder(QObject):
    """Waits for one run at a time, and ends it if it doesn't end by itself.

    Args:
        times: how long each rung waits.
        parent: Qt's owner.
    """

    def __init__(self, times: StopTimes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._times = times
        self._run: Run | None = None
        self._forced = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_timer_timed_out)

    @property
    def is_waiting(self) -> bool:
        """Whether a run is waited for."""
        return self._timer.isActive()

    @property
    def forced(self) -> bool:
        """Whether the run was terminated, for it did not stop by itself."""
        return self._forced

    def reset(self) -> None:
        """Another run begins."""
        self.leave()
        self._forced = False

    def wait_for(self, run: Run) -> None:
        """Wait for a run that was asked to stop; terminate and then kill it if it takes too long."""
        self._run = run
        self._timer.start(self._times.terminate_ms)

    def leave(self) -> None:
        """The run is gone, or goes on for others."""
        self._run = None
        self._timer.stop()

    def wait_here(self, process: QProcess) -> None:
        """The same for a child process, holding up the caller until it is gone."""
        self.leave()
        if not process.waitForFinished(self._times.terminate_ms):
            self._forced = True
            process.terminate()
            if not process.waitForFinished(self._times.kill_ms):
                process.kill()
                process.waitForFinished(_GONE_MS)

    def _on_timer_timed_out(self) -> None:
        """The next rung: terminate, then kill."""
        if self._run is None:
            return
        if self._forced:
            self._run.kill()
            return
        self._forced = True
        self._run.terminate()
        self._timer.start(self._times.kill_ms)
