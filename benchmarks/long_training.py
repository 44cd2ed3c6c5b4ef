"""How long the window is ever held up while a run trains in it for half an hour and a person uses the other tabs.

Opens the real app as `ui_latency` does, on drawn faces or on a SOURCE of yours, starts a run that outlasts the visit (or one of
`--set epochs=N`, with which the visit ends), and goes round: watches the curves, looks at each chart and at the table of runs,
reshuffles the data, rolls new samples, drags the smile. Meanwhile a 5 ms timer beats on the window's thread.

With `--betas 1,4,8` it plans those runs as a series, goes round until all are trained, compares them in a window, and saves the
report as `comparison.html` beside the runs: the experiment from nothing to report.

- window_stall_ms: the time between two beats (so 5 means that nothing held it), from the moment on that the model is ready.
- longest_stalls_ms: the longest by what was going on.
- canvas_ms_while_training: from a mouse event that moves the smile to the painted picture.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from common import draw_pictures, find_model, note, own_places, parser, report, spread, use_screen
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui_latency import LOADING, SIZE, FirstPaint, Hands, Heart

if TYPE_CHECKING:
    from explorer.app import App

PICTURES = 2000
MINUTES = 30.0
COMPARE_SECONDS = 900.0  # three runs on 60,000 pictures were seen to take three minutes
QUICK_PICTURES, QUICK_MINUTES = 60, 0.2
SETTINGS = {"epochs": "1000", "batch_size": "32"}  # of a single run, which outlasts the visit
PICTURE_SETTING = "data."  # begins the name of a setting that the Data tab holds


class Visit:
    """A person in front of a window in which a run trains."""

    def __init__(self, app: App, model: str, source: str, settings: dict[str, str], betas: str) -> None:
        self._app, self._window, self._model, self._source, self._settings = app, app.window, model, source, settings
        self._betas = betas  # of a series; "" = a single run
        self.heart = Heart()
        self.hands = Hands(app)
        self.canvas: list[float] = []
        self.rounds = 0
        self.epochs = 0
        self.minutes = 0.0
        self._end = 0.0  # of the visit
        self._ended: list[object] = []  # how runs ended

    def go(self, minutes: float, report_to: Path) -> None:
        """Open, train, go round for so long or until all is trained, stop; compare a series."""
        self._open()
        self._start()
        begun = time.perf_counter()
        self._end = begun + 60 * minutes
        while not self._is_over():
            self._go_round()
            self.rounds += 1
            note(f"round {self.rounds}, epoch {self.epochs}")
        self.minutes = (time.perf_counter() - begun) / 60
        if not self._is_trained:
            self._phase("stopping the run", self._stop)
        elif self._betas:
            self._phase("comparing the runs", lambda: self._compare(report_to))

    @property
    def _is_trained(self) -> bool:
        return len(self._ended) == (len(self._betas.split(",")) if self._betas else 1)

    def _is_over(self) -> bool:
        return self._is_trained or time.perf_counter() > self._end

    def _phase(self, name: str, act: Callable[[], None]) -> None:
        self.heart.phase = name
        act()
        self.heart.phase = "at rest"

    def _open(self) -> None:
        done: list[str] = []
        self._window.resize(*SIZE)
        FirstPaint(self._window, self.heart.start)
        self._app.settled.connect(lambda: done.append("settled"))
        self._app.ready.connect(lambda: setattr(self.heart, "phase", "building the other tabs"))
        self._app.start(self._model)
        self.hands.wait_for(lambda: bool(done) and self._window.explore.picture is not None, "the model")

    def _start(self) -> None:
        from core.config import DataConfig, preset, with_values
        from core.data.sources import settings_for
        from core.events import EpochFinished
        from explorer.windows.main_window import DATA, TRAIN

        window, job, app = self._window, self._app.job, self._app
        steps: list[object] = []

        def count(event: object) -> None:
            self.epochs += isinstance(event, EpochFinished)

        def read() -> None:
            window.show_tab(DATA)
            pictures = {path: value for path, value in self._settings.items() if path.startswith(PICTURE_SETTING)}
            usual = {path: value for path, value in settings_for(self._source).items() if path.startswith(PICTURE_SETTING)}
            base = replace(preset("quick"), data=DataConfig(source=self._source))
            if pictures:
                window.panel(DATA).open_config(with_values(base, usual | pictures).data)
            else:
                window.panel(DATA).open_source(self._source)
            self.hands.wait_for(lambda: app.document.data is not None, "the pictures")

        def begin() -> None:
            window.show_tab(TRAIN)
            own = {path: value for path, value in self._settings.items() if not path.startswith(PICTURE_SETTING)}
            panel = window.panel(TRAIN)
            panel.settings_form.set_values(own)
            if self._betas:
                QTest.mouseClick(panel.run_box.series_button, Qt.MouseButton.LeftButton)
                panel.run_box.series.values.setText(self._betas)
                QTest.mouseClick(panel.run_box.series.plan_button, Qt.MouseButton.LeftButton)
            else:
                panel.toggle_start()
            self.hands.wait_for(lambda: job.folder is not None and len(steps) > 0, "the first step")

        job.event_received.connect(count)
        job.step_reported.connect(steps.append)
        job.ended.connect(self._ended.append)
        self._phase("reading pictures", read)
        self._phase("waiting for the first step", begin)

    def _go_round(self) -> None:
        from explorer.windows.main_window import DATA, EXPLORE, GALLERY, TRAIN

        window, hands = self._window, self.hands
        train, data, gallery = (window.panel(index) for index in (TRAIN, DATA, GALLERY))
        acts: list[tuple[str, int, Callable[[], None]]] = [
            ("watching the curves", TRAIN, lambda: hands.wait(6.0)),
            *(
                (f"the chart {key}", TRAIN, lambda key=key: train.view.chart.controls.choose(key))
                for key in train.view.chart.controls.offered
            ),
            ("the curves again", TRAIN, lambda: train.view.chart.controls.choose("loss")),
            ("the table of runs", TRAIN, lambda: train.stage.show_table(True)),
            ("back from the table", TRAIN, lambda: train.stage.show_table(False)),
            ("reshuffling the data", DATA, data.faces.reshuffle),
            *((f"gallery section {n}", GALLERY, lambda n=n: gallery.show_section(n)) for n in range(3)),
            ("new samples", GALLERY, lambda: (gallery.show_section(1), gallery.reroll())),
            ("dragging the smile", EXPLORE, self._drag),
            ("new faces to explore", EXPLORE, window.explore.faces.reroll),
        ]
        for name, tab, act in acts:
            if self._is_over():
                return

            def do(tab: int = tab, act: Callable[[], None] = act) -> None:
                window.show_tab(tab)
                act()
                hands.wait(2.0)

            self._phase(name, do)

    def _drag(self) -> None:
        slider = self._window.explore.sliders.main_slider
        assert slider is not None, "the model has no direction"
        self.canvas += self.hands.drag(slider, 2.0).latencies()

    def _stop(self) -> None:
        self._app.job.stop()
        ended = len(self._ended)
        self.hands.wait_for(lambda: len(self._ended) > ended, "the run's end")

    def _compare(self, report_to: Path) -> None:
        from core.export.report_file import write_report
        from explorer.compare.window import ComparisonWindow
        from explorer.windows.main_window import TRAIN

        hands, stage = self.hands, self._window.panel(TRAIN).stage
        self._window.show_tab(TRAIN)
        stage.show_table(True)
        table = stage.table.table
        hands.wait_for(lambda: sum(run.has_model for run in table.runs) >= len(self._ended), "the runs in the table")
        table.select([run.folder for run in table.runs])
        QTest.mouseClick(stage.table.compare_button, Qt.MouseButton.LeftButton)
        dialog = self._window.findChild(ComparisonWindow)
        hands.wait_for(lambda: dialog.report is not None and dialog.page.is_whole, "the comparison", COMPARE_SECONDS)
        hands.wait(2.0)
        write_report(dialog.report, report_to)
        dialog.close()


def main() -> None:
    """Run it."""
    options = parser("How long the window is held up while a run trains in it and a person uses the other tabs.")
    options.add_argument("--minutes", type=float, default=0.0, metavar="M", help=f"{MINUTES:g} by default")
    options.add_argument("--data", default="", metavar="SOURCE", help=f"{PICTURES:,} drawn faces by default")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the run, as for `train`")
    options.add_argument("--betas", default="", metavar="N,N,...", help="train a series instead, one run a beta, and compare them")
    options.add_argument("--runs", default="", metavar="DIR", help="where runs and report are kept; nowhere by default")
    given = options.parse_args()
    settings = ({} if given.betas else SETTINGS) | dict(word.split("=", 1) for word in given.set)
    minutes = given.minutes or (QUICK_MINUTES if given.quick else MINUTES)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        own = Path(folder)
        os.environ |= own_places(own) | ({"LABKHAND_RUNS": given.runs} if given.runs else {})
        platform = use_screen(os.environ)  # type: ignore[arg-type]
        model = find_model(given.checkpoint, own)
        source = given.data or str(own / "pictures")
        if not given.data:
            draw_pictures(Path(source), QUICK_PICTURES if given.quick else PICTURES)
        from explorer.app import App

        qt = QApplication(["long_training"])
        app = App(qt)
        visit = Visit(app, model, source, settings, given.betas)
        try:
            visit.go(minutes, Path(os.environ["LABKHAND_RUNS"]) / "comparison.html")
        finally:
            app.close()
            app.window.close()
    gaps = visit.heart.gaps
    result = {
        "minutes": round(visit.minutes, 2),
        "window_stall_ms": spread(gap for phase, some in gaps.items() if phase != LOADING for gap in some),
        "longest_stalls_ms": {phase: spread(some)["max"] for phase, some in gaps.items()},
        "canvas_ms_while_training": spread(visit.canvas),
        "rounds": visit.rounds,
        "epochs": visit.epochs,
        "platform": platform,
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
