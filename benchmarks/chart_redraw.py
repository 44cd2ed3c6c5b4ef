"""How long the Train tab's charts hold the window up: 8 runs of 10,000 epochs and 128 dimensions over each other.

The real chart in a window of 1280 x 800 (in memory where there is no display), redrawn as a live run makes it: one epoch
more, one drawing. A worker draws the picture; the window's thread says what to draw, takes the picture and paints it.

- redraw_ms: all that a redraw costs the window's thread: an epoch joined, the drawing put together, the picture taken over,
  the widget painted.
- picture_ms: from the begin of a redraw until the new picture is on the screen.
- hover_ms: the mouse moves on the curves: reading the epoch, painting line, dots and table.
- window_stall_ms: the time between two beats of a 5 ms timer on the window's thread while pictures are drawn without a
  pause, faster than the window ever asks for them (so 5 means that nothing held it up).
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from common import note, own_places, parser, report, spread, use_screen
from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

SIZE = (872, 400)  # of the chart, in a window of 1280 x 800
RUNS, EPOCHS, DIMENSIONS = 8, 10_000, 128
BEAT_MS = 5


def made_up(number: int, epochs: int) -> object:
    """A run as noisy as real ones are."""
    from core.runs.history import RunHistory

    rng = np.random.default_rng(number)
    epoch = np.arange(1, epochs + 1)
    progress = epoch / epochs * 200
    reconstruction = 900 + 60 * number + 4000 / (1 + progress) + 25 * rng.standard_normal(epochs)
    kl = 60 * (1 - np.exp(-progress / 20)) + 5 + number + 0.6 * rng.standard_normal(epochs)
    wakes = rng.uniform(0, 120, DIMENSIONS)
    per_dimension = rng.gamma(0.7, 1.2, DIMENSIONS) / (1 + np.exp((wakes - progress[:, None]) / 6))
    return RunHistory(
        epoch=epoch,
        epochs=2 * epochs,
        columns={
            "train_reconstruction": reconstruction,
            "valid_reconstruction": 1.03 * reconstruction + 20 * rng.standard_normal(epochs),
            "train_kl": kl,
            "valid_kl": 1.05 * kl,
            "train_loss": reconstruction + kl,
            "valid_loss": reconstruction + kl,
            "valid_psnr": 16 + np.log(epoch),
            "active_units": (per_dimension > 0.1).sum(axis=1).astype(np.float64),
        },
        axes={"kl_per_dim": per_dimension},
        seconds=np.full(epochs, 60.0),
        images_per_second=110 + 6 * rng.standard_normal(epochs),
        best_epoch=epochs * 4 // 5,
        phases=("",) * epochs,
    )


def one_more(epoch: int) -> object:
    """The next epoch of the live run."""
    from core.events import EpochFinished

    part = {"reconstruction": 905.0, "kl": 64.0, "loss": 969.0}
    kls = tuple(0.5 for _ in range(DIMENSIONS))
    numbers, per_axis = {"active_units": 100.0, "beta": 1.0}, {"kl_per_dim": kls}
    return EpochFinished(epoch, 2 * epoch, 60.0, 112.0, part, {**part, "psnr": 22.0}, 0.001, "", numbers, per_axis)


class Bench:
    """One chart, and what its redraws took."""

    def __init__(self, epochs: int) -> None:
        from explorer.chart.chart import TrainingChart
        from explorer.chart.drawing import ChartRun

        self.chart = TrainingChart()
        self.chart.resize(*SIZE)
        self.chart.set_run("run-1")
        self.chart.set_history(made_up(0, epochs))  # type: ignore[arg-type]
        others = [ChartRun(f"run-{n + 1}", made_up(n, epochs), f"beta {n + 1}") for n in range(1, RUNS)]  # type: ignore[arg-type]
        self.chart.set_compared(others, "beta 1")
        self._epoch = epochs
        self.chart.show()
        self._wait_for_picture()
        self.gaps: list[float] = []

    def _wait_for_picture(self) -> None:
        loop = QEventLoop()
        self.chart.plot.painted.connect(loop.quit)
        while not self.chart.is_up_to_date:
            QTimer.singleShot(50, loop.quit)
            loop.exec()
        self.chart.plot.painted.disconnect(loop.quit)

    def redraw(self) -> tuple[float, float]:
        """One epoch more. Milliseconds on the window's thread, and until the picture is there."""
        chart, plot = self.chart, self.chart.plot
        chart._timer.stop()  # of its own accord it draws four times a second
        spent: list[float] = []
        taking = plot._on_picture_painted
        loop = QEventLoop()

        def take(picture: object) -> None:
            begun = time.perf_counter()
            taking(picture)  # type: ignore[arg-type]
            plot.repaint()
            spent.append(time.perf_counter() - begun)
            loop.quit()

        plot._on_picture_painted = take  # type: ignore[method-assign, assignment]
        self._epoch += 1
        begun = time.perf_counter()
        chart.append(one_more(self._epoch))  # type: ignore[arg-type]
        chart._timer.stop()
        chart._draw()
        spent.append(time.perf_counter() - begun)
        loop.exec()
        whole = time.perf_counter() - begun
        del plot._on_picture_painted
        return 1000 * sum(spent), 1000 * whole

    def hover(self, times: int) -> list[float]:
        """Milliseconds of each move of the mouse over the curves."""
        plot = self.chart.plot
        found = []
        for number in range(times):
            place = QPointF(100 + (plot.width() - 200) * number / times, plot.height() / 2)
            none = Qt.MouseButton.NoButton
            event = QMouseEvent(
                QMouseEvent.Type.MouseMove, place, plot.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier
            )
            begun = time.perf_counter()
            QApplication.sendEvent(plot, event)
            plot.repaint()
            found.append(1000 * (time.perf_counter() - begun))
        return found

    def beat(self, redraws: int) -> list[float]:
        """Milliseconds between the beats of a timer while redraws follow one another without a pause."""
        gaps: list[float] = []
        last = [time.perf_counter()]

        def on_beat() -> None:
            now = time.perf_counter()
            gaps.append(1000 * (now - last[0]))
            last[0] = now

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(on_beat)
        timer.start(BEAT_MS)
        for _ in range(redraws):
            self.redraw()
        timer.stop()
        return gaps


def main() -> None:
    """Run it."""
    given = parser("How long the Train tab's charts hold the window up.").parse_args()
    redraws = 3 if given.quick else 25
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        os.environ |= own_places(Path(folder))
        platform = use_screen(os.environ)  # type: ignore[arg-type]
        from explorer.look.theme import apply_theme

        app = QApplication(["chart_redraw"])
        apply_theme(app, "light")
        bench = Bench(EPOCHS)
        result: dict[str, object] = {"redraw_ms": {}, "picture_ms": {}, "hover_ms": {}, "window_stall_ms": {}}
        everything: list[float] = []
        for chart in bench.chart.controls.offered:
            note(chart)
            bench.chart.controls.choose(chart)
            bench._wait_for_picture()
            took = [bench.redraw() for _ in range(redraws)]
            everything += [on_thread for on_thread, _ in took]
            for key, values in (
                ("redraw_ms", [on_thread for on_thread, _ in took]),
                ("picture_ms", [whole for _, whole in took]),
                ("hover_ms", bench.hover(10 * redraws)),
                ("window_stall_ms", bench.beat(redraws)),
            ):
                result[key][chart] = spread(values)  # type: ignore[index]
        result |= {"all_redraws_ms": spread(everything), "best_redraw_ms": round(min(everything), 2)}
        result |= {"runs": RUNS, "epochs": EPOCHS, "dimensions": DIMENSIONS, "platform": platform}
        bench.chart.close()
    report(result, given.json)


if __name__ == "__main__":
    main()
