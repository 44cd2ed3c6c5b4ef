"""Lines that a run says, cut out of whatever arrives and told as events; of its many steps only the latest."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from core.events import Step, decode

_STEP_MARK = b'"event": "step"'
_STEP_MS = 34  # 30 a second at most
_LINE_LIMIT = 16 << 20  # bytes without a line's end: no event is that long


class JobLines(QObject):
    """Takes bytes, gives events.

    Signals:
        event_arrived(Event): every event but Step, in order.
        step_arrived(Step): the latest, 30 a second at most.
    """

    event_arrived = Signal(object)
    step_arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = b""
        self._step: bytes | None = None
        self._timer = QTimer(self, singleShot=True, interval=_STEP_MS)
        self._timer.timeout.connect(self._on_timer_timed_out)

    def feed(self, data: bytes) -> None:
        """More of what the run says."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LINE_LIMIT:
            self._rest = b""
        for line in lines:
            self._take(line)

    def finish(self) -> None:
        """The run says no more: a last line without an end counts."""
        rest, self._rest = self._rest, b""
        if rest:
            self._take(rest)
        self.clear()

    def clear(self) -> None:
        """Forget what isn't told yet."""
        self._rest = b""
        self.drop_step()
        self._timer.stop()

    def drop_step(self) -> None:
        """A step that waits is overtaken by what has come since."""
        self._step = None

    def _take(self, line: bytes) -> None:
        """Handle one line; a step is only kept, since most are never looked at."""
        if _STEP_MARK in line[:64]:
            self._keep_step(line)
            return
        event = decode(line.decode("utf-8", "replace"))
        if isinstance(event, Step):
            self._keep_step(line)
        elif event is not None:
            self.event_arrived.emit(event)

    def _keep_step(self, line: bytes) -> None:
        self._step = line
        if not self._timer.isActive():
            self._timer.start()

    def _on_timer_timed_out(self) -> None:
        line, self._step = self._step, None
        if line is None:
            return
        step = decode(line.decode("utf-8", "replace"))
        if isinstance(step, Step):
            self.step_arrived.emit(step)
