"""How much memory the window's process holds after each of the things that one does with it, again and again.

Opens the real app offscreen, on drawn faces and runs trained on them, and goes round: pictures, models, the sections of the
Gallery, the help, a marked, a comparison with its reports and figures, the assignment report, an edited photo with its film; then
it opens `--photos` large photos in turn. With `--tabs MINUTES` it then starts a run and goes from tab to tab while that trains.

- first_round_mb: after the first round, when every library that is needed has been loaded.
- last_mb, grown_mb: at the end, and by how much that is more. Memory that leaks grows with each round.
- trimmed_mb: at the end, once the C library has given back all that is free.
- stages_mb: after each stage, a number a round.
- tabs_mb: while a run trains, after each minute; tabs_grown_mb: from the fifth minute (or the first) to the last.

The memory is the process's own, without libraries and files that the system maps into it (`RssAnon`). Linux only.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from common import ROOT, draw_pictures, find_model, note, own_places, parser, report
from photo_window import draw_photo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui_latency import SIZE, Hands

if TYPE_CHECKING:
    from explorer.app import App

ROUNDS, QUICK_ROUNDS = 6, 2
PICTURES, QUICK_PICTURES = 600, 60
PHOTOS, MEGAPIXELS = 20, 12.0
QUICK_PHOTOS, QUICK_MEGAPIXELS = 2, 1.0
SIDE = 64  # pixels of the runs' pictures
RUNS = (  # trained for an epoch each, and compared
    ("narrow", ["--latent-dim", "8"]),
    ("wide", ["--latent-dim", "32"]),
    ("beta", ["--set", "objective.beta=4"]),
    ("tokens", ["--family", "vq_vae"]),
)
QUICK_RUNS = 2
SETTLED = 5  # minutes after which a window that has a run trained holds what it needs
QUICK_MINUTE = 2.0  # seconds
PATIENCE = 600.0  # seconds for any one thing
STAGES = ("data", "models", "gallery", "help", "teach", "compare", "report", "film")
HELP_PAGES = ("window", "theory", "objectives", "settings", "measures", "architecture")


def memory_mb() -> float:
    """What this process holds that is in no file, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise SystemExit("This system doesn't say how much memory a process holds.")


def trim() -> None:
    """Let the C library give back all memory that is free."""
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give_back is not None:
        give_back(0)


def train_runs(folder: Path, source: str, count: int) -> list[Path]:
    """Small runs, trained by other processes."""
    made = []
    for name, settings in RUNS[:count]:
        note(f"training {name}")
        words = ["--data", source, "--out", str(folder / name), "--epochs", "1", "--batch-size", "32", *settings]
        command = [sys.executable, str(ROOT / "main.py"), "train", *words, "--set", f"data.image_size={SIDE}", "--threads", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr.strip()}")
        made.append(folder / name)
    return made


class Visit:
    """A person who does all that the window offers.

    Args:
        app: the window.
        model: that it opens with.
        source: pictures.
        runs: run folders trained on them.
        photo: a photo with a face.
        folder: where files are saved.
    """

    def __init__(self, app: App, model: str, source: str, runs: Sequence[Path], photo: Path, folder: Path) -> None:
        self._app, self._window, self._model = app, app.window, model
        self._source, self._runs, self._photo, self._folder = source, runs, photo, folder
        self._hands = Hands(app)
        self.stages: dict[str, list[float]] = {}

    def open(self) -> None:
        """Open the window."""
        done: list[str] = []
        self._window.resize(*SIZE)
        self._app.settled.connect(lambda: done.append("settled"))
        self._app.start(self._model)
        self._until(lambda: bool(done) and self._window.explore.picture is not None, "the model")
        self._take("start")

    def go_round(self, stages: Sequence[str] = STAGES) -> None:
        """Do everything once."""
        acts: dict[str, Callable[[], None]] = {
            "data": self._data, "models": self._models, "gallery": self._gallery, "help": self._help, "teach": self._teach,
            "compare": self._compare, "report": self._report, "film": self._film,
        }  # fmt: skip
        for name in stages:
            acts[name]()
            self._take(name)

    def open_photos(self, photos: Sequence[Path]) -> None:
        """Open photos in turn, and make each smile."""
        from explorer.windows.main_window import EXPLORE

        self._window.show_tab(EXPLORE)
        for path in photos:
            self._open_photo(path)
            self._take("photos")

    def watch_a_run(self, minutes: int, seconds: float) -> None:
        """Start a run, and go from tab to tab while it trains, moving a slider in Explore; a minute has so many seconds."""
        from explorer.windows.main_window import EXPLORE, TRAIN

        window, job = self._window, self._app.job
        endings: list[object] = []
        job.ended.connect(endings.append)
        window.show_tab(TRAIN)
        self._hands.wait(0.3)
        panel = window.panel(TRAIN)
        panel.settings_form.set_values({"epochs": 100_000, "batch_size": 32})
        panel.toggle_start()
        for _ in range(minutes):
            end = perf_counter() + seconds
            while perf_counter() < end:
                for index in range(window.tabs.count()):
                    window.show_tab(index)
                    self._hands.wait(1.5)
                    slider = window.explore.sliders.main_slider
                    if index == EXPLORE and slider is not None:
                        self._hands.drag(slider, 1.0)
            if endings:
                raise SystemExit(f"The run ended: {endings[0]}")
            self._take("tabs")
        job.stop()
        self._until(lambda: bool(endings), "the run's end")

    def _take(self, stage: str) -> None:
        self._hands.wait(1.0)
        self.stages.setdefault(stage, []).append(memory_mb())
        note(f"{stage:12} {self.stages[stage][-1]:7.1f} MB")

    def _until(self, done: Callable[[], bool], what: str) -> None:
        self._hands.wait_for(done, what, PATIENCE)

    def _rest(self, what: str) -> None:
        """Wait until nothing is being done."""
        from explorer.tasks import running_tasks

        self._hands.wait(0.3)
        self._until(lambda: not running_tasks(), what)
        self._hands.wait(0.2)

    # -- what one does

    def _data(self) -> None:
        from explorer.windows.main_window import DATA

        document = self._app.document
        self._window.show_tab(DATA)
        for side in (128, SIDE, 128):
            self._window.data.open_source(self._source, image_size=side)
            self._until(lambda side=side: document.data is not None and document.data.images.shape[1] == side, "the pictures")
            self._rest("the faces")

    def _open_model(self, path: Path | str) -> None:
        before = self._app.document.model
        self._app.open_model(str(path))
        self._until(lambda: self._app.document.model is not before, f"the model {path}")
        self._rest("its pictures")

    def _models(self) -> None:
        from explorer.windows.main_window import EXPLORE, GALLERY

        for run in self._runs:
            self._open_model(run)
            for tab in (GALLERY, EXPLORE):
                self._window.show_tab(tab)
                self._rest("the tab")
        self._open_model(self._model)

    def _gallery(self) -> None:
        from explorer.windows.main_window import GALLERY

        self._window.show_tab(GALLERY)
        gallery = self._window.panel(GALLERY)
        for model in (self._runs[0], self._model):
            self._open_model(model)
            for index, section in enumerate(gallery.sections):
                if section.available:
                    gallery.show_section(index)
                    self._rest("a section")
                    gallery.reroll()
                    self._rest("other pictures")

    def _help(self) -> None:
        from explorer.help.window import HelpWindow

        self._window.dialogs.show_help()
        (window,) = self._window.findChildren(HelpWindow)
        for name in HELP_PAGES:
            window.show_page(name)
            self._rest("the formulas")
        window.close()

    def _teach(self) -> None:
        from explorer.teach.dialog import TeachDialog
        from explorer.windows.main_window import EXPLORE

        self._window.show_tab(EXPLORE)
        self._window.explore.menu.teach_requested.emit()
        dialog = self._window.findChild(TeachDialog)
        self._until(lambda: dialog.learner.is_ready, "the faces to mark")
        dialog.learner.fetch_others()
        self._rest("other faces")
        for face in range(8):
            dialog.learner.mark(face, face % 2 == 0)
            self._hands.wait(0.1)
        self._rest("what it has learned")
        if dialog.learner.direction is not None:
            self._app.document.remove_direction(dialog.learner.direction.name)
        dialog.teach_another()
        dialog.close()

    def _compare(self) -> None:
        from explorer.compare.window import ComparisonWindow
        from explorer.windows.main_window import TRAIN

        self._window.show_tab(TRAIN)
        train = self._window.panel(TRAIN)
        table = train.stage.table.table
        train.stage.show_table(True)
        self._until(lambda: sum(run.has_model for run in table.runs) >= len(self._runs), "the runs")
        train.stage.reports.show([run for run in table.runs if run.has_model])
        (dialog,) = (one for one in self._window.findChildren(ComparisonWindow) if one.isVisible())
        self._until(lambda: dialog.report is not None and dialog.page.is_whole, "the comparison")
        for figure in dialog.page.figures:
            dialog.page.ensureWidgetVisible(figure, 0, 0)
            self._hands.wait(0.1)
        self._until(lambda: dialog.painter.is_done, "its figures")
        for ending in (".html", ".pdf"):
            dialog.saving.save_report(dialog.report, self._folder / f"compared{ending}")
            self._until(lambda: not dialog.work.is_busy, "the report's file")
        dialog.saving.save_figures(dialog.report, self._folder / "figures")
        self._until(lambda: not dialog.work.is_busy, "the figures' files")
        dialog.close()
        train.stage.show_table(False)

    def _report(self) -> None:
        from explorer.compare.model_report import ReportPictures
        from explorer.windows.main_window import GALLERY

        self._open_model(self._runs[0])
        self._window.show_tab(GALLERY)
        reports = self._window.panel(GALLERY).report
        reports.write(ReportPictures(self._source, "pictures"), (self._folder / "report.pdf", self._folder / "report.html"))
        self._until(lambda: not reports.work.is_busy, "the assignment report")
        self._open_model(self._model)

    def _open_photo(self, path: Path) -> None:
        explore, document = self._window.explore, self._app.document
        explore.faces.open_file(str(path))
        self._rest(f"the photo {path.name}")
        self._until(lambda: explore.shows_photo, "the photo on the canvas")
        for percent in (30.0, 120.0):
            document.set_edit("direction", "smile", percent)
            self._until(lambda: explore.is_up_to_date, "the edited photo")
        self._until(lambda: all(image is not None for image in explore.strip.view.images), "the strip")

    def _film(self) -> None:
        from explorer.windows.main_window import EXPLORE

        self._window.show_tab(EXPLORE)
        self._open_photo(self._photo)
        exporter = self._window.files.exporter
        snapshot = exporter._snapshot()
        assert snapshot is not None
        for ending in (".gif", ".webp"):
            exporter.write_film(snapshot, self._folder / f"film{ending}")
            self._rest("the film")
        del snapshot
        QTest.qWait(50)


def main() -> None:
    """Run it."""
    options = parser("How much memory the window's process holds after all that one does with it, again and again.")
    options.add_argument("--rounds", type=int, default=0, metavar="N", help=f"{ROUNDS} by default (--quick: {QUICK_ROUNDS})")
    options.add_argument("--stages", default=",".join(STAGES), metavar="A,B,...", help="what is done in a round; all by default")
    options.add_argument("--photos", type=int, default=-1, metavar="N", help=f"{PHOTOS} by default (--quick: {QUICK_PHOTOS})")
    options.add_argument(
        "--tabs", type=int, default=0, metavar="MINUTES", help="going from tab to tab while a run trains; 0 by default"
    )
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default")
    given = options.parse_args()
    rounds = given.rounds or (QUICK_ROUNDS if given.quick else ROUNDS)
    count = given.photos if given.photos >= 0 else (QUICK_PHOTOS if given.quick else PHOTOS)
    megapixels = QUICK_MEGAPIXELS if given.quick else MEGAPIXELS
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        own = Path(folder)
        os.environ |= own_places(own) | {"QT_QPA_PLATFORM": "offscreen"}
        model = find_model(given.checkpoint, own)
        draw_pictures(own / "pictures", QUICK_PICTURES if given.quick else PICTURES)
        runs = train_runs(own / "runs", str(own / "pictures"), QUICK_RUNS if given.quick else len(RUNS))
        photos = []
        for number in range(count + 1):
            photos.append(own / f"photo-{number}.jpg")
            draw_photo(photos[-1], megapixels)
        from explorer.app import App

        qt = QApplication(["memory"])
        app = App(qt)
        visit = Visit(app, model, str(own / "pictures"), runs, photos[0], own)
        try:
            visit.open()
            first = 0.0
            for number in range(rounds):
                note(f"round {number + 1}")
                visit.go_round(given.stages.split(","))
                first = first or memory_mb()
            visit.open_photos(photos[1:])
            if given.tabs > 0:
                visit.watch_a_run(given.tabs, QUICK_MINUTE if given.quick else 60.0)
            last = memory_mb()
            trim()
            trimmed = memory_mb()
        finally:
            app.close()
            app.window.closing.ask_unsaved = lambda: True  # type: ignore[method-assign] - nobody is there to be asked
            app.window.close()
    result: dict[str, object] = {
        "rounds": rounds,
        "photos": count,
        "first_round_mb": first,
        "last_mb": last,
        "grown_mb": round(last - first, 1),
        "trimmed_mb": trimmed,
        "stages_mb": visit.stages,
    }
    if tabs := visit.stages.get("tabs"):
        result |= {"tabs_mb": tabs, "tabs_grown_mb": round(tabs[-1] - tabs[min(SETTLED, len(tabs)) - 1], 1)}
    report(result, given.json)


if __name__ == "__main__":
    main()
