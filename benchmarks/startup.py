"""How long the app takes from nothing to a window, and to a face on its canvas.

Starts the program afresh several times, each time in a new process with settings of its own, by the very way that
`python main.py` goes. Watched are, from the moment before the process is made:

- window: the window has been painted for the first time,
- ready: the first face has been painted on the canvas (the model is loaded, a code decoded),
- settled: all tabs are built.

The first start only warms the system's file cache up and isn't counted. Nothing in the app knows of it: the started
process wraps `App.__init__` before it hands over to `main.main`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from common import ROOT, find_model, note, own_places, parser, report, use_screen

PATIENCE_SECONDS = 120
STARTED_AT = "LABKHAND_BENCHMARK_STARTED_AT"
TIMES = "LABKHAND_BENCHMARK_TIMES"


def watched() -> int:
    """Be the app, write down when what is there, and quit once all is."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    import main
    from explorer import app as app_module

    begin = float(os.environ[STARTED_AT])
    times: dict[str, float] = {}

    class Watch(QObject):
        def __init__(self, app: app_module.App) -> None:
            super().__init__(app)
            self._app = app
            app.window.installEventFilter(self)
            app.window.explore.face_painted.connect(lambda _: self.mark("ready"))
            app.settled.connect(lambda: self.mark("settled"))

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Type.Paint:
                self._app.window.removeEventFilter(self)
                QTimer.singleShot(0, self, lambda: self.mark("window"))  # once this round of painting is over
            return False

        def mark(self, name: str) -> None:
            times.setdefault(name, time.time() - begin)
            if len(times) == 3:
                Path(os.environ[TIMES]).write_text(json.dumps(times))
                times["written"] = 0.0
                QTimer.singleShot(0, QApplication.instance(), QApplication.quit)

    build = app_module.App.__init__

    def build_and_watch(self: app_module.App, qt: QApplication) -> None:
        build(self, qt)
        Watch(self)

    app_module.App.__init__ = build_and_watch  # type: ignore[method-assign]
    return main.main(sys.argv[2:])


def start_once(model: str, folder: Path) -> dict[str, float]:
    """Start the app in a process of its own; gives seconds since then."""
    times = folder / "times.json"
    environment = os.environ | own_places(folder) | {TIMES: str(times)}
    use_screen(environment)
    environment[STARTED_AT] = repr(time.time())
    command = [sys.executable, __file__, "--watched", "--checkpoint", model]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr, timeout=PATIENCE_SECONDS)
    return json.loads(times.read_text())


def main() -> None:
    """Run it."""
    options = parser("Seconds from the start of the program to its window and to the first face.")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default")
    options.add_argument("--runs", type=int, default=0, help="starts that count; 9 by default (--quick: 2)")
    given = options.parse_args()
    runs = given.runs or (2 if given.quick else 9)
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        model = find_model(given.checkpoint, Path(own))
        for number in range(runs + 1):
            (Path(own) / str(number)).mkdir()
            times = start_once(model, Path(own) / str(number))
            shown = "  ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items())
            note(shown if number else f"{shown}  (warm-up)")
            if number:
                found.append(times)
    result: dict[str, object] = {}
    for name in ("window", "ready", "settled"):
        seconds = [times[name] for times in found]
        result[f"{name}_seconds"] = round(median(seconds), 3)
        result[f"{name}_seconds_max"] = round(max(seconds), 3)
    result |= {"runs": runs, "platform": use_screen(dict(os.environ)), "model": Path(model).stem}
    report(result, given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--watched"]:
        sys.exit(watched())
    main()
