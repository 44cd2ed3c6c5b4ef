"""How soon the canvas follows a slider, and how long the window is ever held up.

Opens the real app (in memory where there is no display) in a window of 1280 x 800, in settings of its own, and does what
a person does: waits until the model is there, drags the smile and then a dimension, goes through the tabs, opens a model
again, reads pictures, starts a run, watches its curves, and drags again while it trains.

- canvas_ms: from a mouse event that moves the slider until a picture of that place, or of a later one, has been painted.
  Mouse events come 125 times a second, like a mouse's.
- window_stall_ms: the time between two beats of a 5 ms timer on the window's thread (so 5 means that nothing held it).
  From the moment on that the model is ready; before, from the first painted window on, it is window_stall_ms_while_loading.
"""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from common import draw_pictures, find_model, note, own_places, parser, report, spread, use_screen
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from explorer.app import App
    from explorer.widgets.slider.latent_slider import LatentSlider

SIZE = (1280, 800)
BEAT_MS = 5
MOUSE_MS = 8  # 125 Hz
SWEEP_SECONDS = 1.5  # from one end of the slider to the other and back
PATIENCE_SECONDS = 120.0
LOADING = "loading the model at the start"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done of what."""

    drag_seconds: float
    drags: int  # of each slider
    training_drags: int
    rounds: int  # through the tabs, and models opened again
    pictures: int
    epochs: int  # watched on the chart
    rest_seconds: float  # between drags while a run trains: longer than the 2 s after which it takes all cores again


FULL = Plan(drag_seconds=5.0, drags=4, training_drags=4, rounds=4, pictures=480, epochs=4, rest_seconds=2.5)
QUICK = Plan(drag_seconds=0.4, drags=1, training_drags=1, rounds=1, pictures=40, epochs=1, rest_seconds=0.2)


class Heart:
    """Beats on the window's thread, and keeps the time between beats, by what was going on."""

    def __init__(self) -> None:
        self.phase = LOADING
        self.gaps: dict[str, list[float]] = {}  # ms
        self._last = 0.0
        self._phase_then = self.phase
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_beat)

    def start(self) -> None:
        """Begin to beat."""
        self._last = time.perf_counter()
        self._timer.start(BEAT_MS)

    def _on_beat(self) -> None:
        now = time.perf_counter()
        self.gaps.setdefault(self._phase_then, []).append(1000 * (now - self._last))
        self._last, self._phase_then = now, self.phase


@dataclass(slots=True)
class Drag:
    """What was asked of the canvas, and what it painted."""

    asked: list[tuple[float, int]] = field(default_factory=list)  # when, the request's number
    painted: list[tuple[float, int]] = field(default_factory=list)

    def latencies(self) -> list[float]:
        """Milliseconds from each event to the first picture that is at least as new."""
        numbers = [number for _, number in self.painted]
        places = [bisect_left(numbers, number) for _, number in self.asked]
        return [1000 * (self.painted[place][0] - at) for (at, _), place in zip(self.asked, places, strict=True)]


class Hands:
    """Moves sliders with the mouse and waits, as a person does."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._drag: Drag | None = None
        self._newest = 0
        request = app.decoding.request

        def noticed(channel: str, *asked: object, **more: object) -> int:
            number = request(channel, *asked, **more)  # type: ignore[arg-type]
            if channel == "canvas":
                self._newest = number
            return number

        app.decoding.request = noticed  # type: ignore[method-assign, assignment]
        app.window.explore.face_painted.connect(self._on_face_painted)

    def wait(self, seconds: float) -> None:
        """Let the window live."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def wait_for(self, done: Callable[[], bool], what: str, patience: float = PATIENCE_SECONDS) -> None:
        """Let the window live until something is so, for so many seconds at most. Raises SystemExit."""
        end = time.perf_counter() + patience
        while not done():
            if time.perf_counter() > end:
                raise SystemExit(f"Waited {patience:.0f} s for {what} in vain.")
            self.wait(0.02)

    def drag(self, slider: LatentSlider, seconds: float) -> Drag:
        """Press, move to and fro, release; gives what became of it once the last place is on the screen."""
        groove = slider.look.groove_rect()
        y, middle, reach = groove.center().y(), groove.center().x(), 0.45 * groove.width()
        handle = QPointF(slider.position_of(slider.value), y)
        return self.sweep(slider, handle, lambda turn: QPointF(middle + reach * math.sin(2 * math.pi * turn), y), seconds)

    def sweep(self, widget: QWidget, start: QPointF, place: Callable[[float], QPointF], seconds: float) -> Drag:
        """As `drag`, on any widget: press at `start`, and move to where `place` says after so many times SWEEP_SECONDS."""
        self._drag = drag = Drag()
        begin = time.perf_counter()
        self._send(widget, QEvent.Type.MouseButtonPress, start)

        def move() -> None:
            before, at = self._newest, time.perf_counter()
            self._send(widget, QEvent.Type.MouseMove, place((at - begin) / SWEEP_SECONDS))
            if self._newest != before:
                drag.asked.append((at, self._newest))

        mouse = QTimer()
        mouse.setTimerType(Qt.TimerType.PreciseTimer)
        mouse.timeout.connect(move)
        mouse.start(MOUSE_MS)
        self.wait(seconds)
        mouse.stop()
        self._send(widget, QEvent.Type.MouseButtonRelease, start)
        last = drag.asked[-1][1]
        self.wait_for(lambda: bool(drag.painted) and drag.painted[-1][1] >= last, "the last picture of a drag")
        self._drag = None
        return drag

    def _send(self, widget: QWidget, kind: QEvent.Type, place: QPointF) -> None:
        moves = kind == QEvent.Type.MouseMove
        button = Qt.MouseButton.NoButton if moves else Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        event = QMouseEvent(kind, place, widget.mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(widget, event)

    def _on_face_painted(self, number: int) -> None:
        if self._drag is not None:
            self._drag.painted.append((time.perf_counter(), number))


class FirstPaint(QObject):
    """Tells when the window has been painted."""

    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then = then
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._then)
        return False


class Tour:
    """All that is done, with what it took."""

    def __init__(self, app: App, model: str, pictures: Path, plan: Plan) -> None:
        self._app, self._window, self._model, self._pictures, self._plan = app, app.window, model, pictures, plan
        self.heart = Heart()
        self.hands = Hands(app)
        self.canvas: list[float] = []
        self.canvas_while_training: list[float] = []
        self.pictures_per_second: list[float] = []

    def go(self) -> None:
        """Everything in turn."""
        self._open()
        self.canvas = self._drag_both("dragging", self._plan.drags, 0.3)
        self._switch_tabs()
        self._open_again()
        self._read()
        self._train()

    @contextlib.contextmanager
    def _doing(self, phase: str) -> Iterator[None]:
        note(phase)
        self.heart.phase = phase
        yield
        self.heart.phase = "at rest"

    def _open(self) -> None:
        app, hands = self._app, self.hands
        self._window.resize(*SIZE)
        FirstPaint(self._window, self.heart.start)
        done: list[str] = []
        app.settled.connect(lambda: done.append("settled"))
        with self._doing(LOADING):
            app.ready.connect(lambda: setattr(self.heart, "phase", "building the other tabs"))
            app.start(self._model)
            hands.wait_for(lambda: bool(done) and self._window.explore.picture is not None, "the model")
        hands.wait(1.0)

    def _drag_both(self, phase: str, drags: int, rest: float) -> list[float]:
        sliders, model = self._window.explore.sliders, self._app.document.model
        assert model is not None
        found: list[float] = []
        for _ in range(drags):
            for slider in (sliders.main_slider, sliders.dimension_slider(model.order[0])):
                assert slider is not None, "the model has no direction"
                with self._doing(phase):
                    drag = self.hands.drag(slider, self._plan.drag_seconds)
                found += drag.latencies()
                self.pictures_per_second.append(len(drag.painted) / self._plan.drag_seconds)
                self.hands.wait(rest)
        return found

    def _switch_tabs(self) -> None:
        with self._doing("switching tabs"):
            for _ in range(self._plan.rounds):
                for index in range(self._window.tabs.count()):
                    self._window.show_tab(index)
                    self.hands.wait(0.25)

    def _open_again(self) -> None:
        done: list[str] = []
        self._app.ready.connect(lambda: done.append("ready"))
        with self._doing("opening a model again"):
            for number in range(1, self._plan.rounds + 1):
                self._app.open_model(self._model)
                self.hands.wait_for(lambda number=number: len(done) >= number, "the model")
                self.hands.wait(0.5)

    def _read(self) -> None:
        from explorer.windows.main_window import DATA

        with self._doing("reading pictures"):
            self._window.show_tab(DATA)
            self._window.panel(DATA).open_source(str(self._pictures))
            self.hands.wait_for(lambda: self._app.document.data is not None, "the pictures")
            self.hands.wait(0.5)

    def _train(self) -> None:
        from core.events import EpochFinished
        from explorer.windows.main_window import EXPLORE, TRAIN

        job, hands, window = self._app.job, self.hands, self._window
        epochs: list[object] = []
        endings: list[object] = []
        job.event_received.connect(lambda event: epochs.append(event) if isinstance(event, EpochFinished) else None)
        job.ended.connect(endings.append)
        window.show_tab(TRAIN)
        hands.wait(0.3)
        panel = window.panel(TRAIN)
        panel.settings_form.set_values({"epochs": 1000, "batch_size": 32})
        with self._doing("watching a run's curves"):
            panel.toggle_start()
            hands.wait_for(lambda: len(epochs) >= self._plan.epochs or bool(endings), "an epoch")
            hands.wait(1.0)
        if endings:
            raise SystemExit(f"The run ended: {endings[0]}")
        window.show_tab(EXPLORE)
        hands.wait(1.0)
        self.canvas_while_training = self._drag_both(
            "dragging while a run trains", self._plan.training_drags, self._plan.rest_seconds
        )
        with self._doing("stopping a run"):
            job.stop()
            hands.wait_for(lambda: bool(endings), "the run's end")


def main() -> None:
    """Run it."""
    options = parser("How soon the canvas follows a slider, and how long the window is held up.")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default")
    given = options.parse_args()
    plan = QUICK if given.quick else FULL
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        own = Path(folder)
        os.environ |= own_places(own)
        platform = use_screen(os.environ)  # type: ignore[arg-type]
        model = find_model(given.checkpoint, own)
        draw_pictures(own / "pictures", plan.pictures)
        from explorer.app import App

        qt = QApplication(["ui_latency"])
        app = App(qt)
        tour = Tour(app, model, own / "pictures", plan)
        try:
            tour.go()
        finally:
            app.close()
            app.window.close()
    gaps = tour.heart.gaps
    ready = [gap for phase, some in gaps.items() if phase != LOADING for gap in some]
    result = {
        "canvas_ms": spread(tour.canvas),
        "canvas_ms_while_training": spread(tour.canvas_while_training),
        "window_stall_ms": spread(ready),
        "window_stall_ms_while_loading": spread(gaps[LOADING]),
        "longest_stalls_ms": {phase: spread(some)["max"] for phase, some in gaps.items()},
        "pictures_per_second": round(sum(tour.pictures_per_second) / len(tour.pictures_per_second), 1),
        "events": len(tour.canvas) + len(tour.canvas_while_training),
        "platform": platform,
        "model": Path(model).stem,
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
