"""Compares runs and reports on one in the real window, again and again, and prints its process's own memory in MB after each time.

python -m tests.helpers.report_memory SOURCE FOLDER TIMES RUN...
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from tests.helpers.photo_memory import own_memory

SETTLES = 7.0  # seconds until freed memory has gone back
PATIENCE = 300.0


def main(source: str, folder: Path, times: int, runs: list[Path]) -> None:
    """Open, read, close; report; and wait."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from explorer import tasks
    from explorer.app import App
    from explorer.compare.model_report import ReportPictures
    from explorer.compare.window import ComparisonWindow
    from explorer.windows.main_window import GALLERY

    qt = QApplication([sys.argv[0]])
    app = App(qt)

    def wait(is_done: Callable[[], bool]) -> None:
        begun = perf_counter()
        while not is_done():
            assert perf_counter() < begun + PATIENCE
            qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)  # garbage is looked for all the time, so some come

    app.open_model(str(runs[0]))
    app.window.show()
    app.window.show_tab(GALLERY)
    wait(lambda: app.document.model is not None and not tasks.running_tasks())
    for _ in range(times):
        dialog = ComparisonWindow(runs, source, app.window)
        dialog.show()
        wait(lambda dialog=dialog: dialog.report is not None and dialog.page.is_whole)
        for figure in dialog.page.figures:
            dialog.page.ensureWidgetVisible(figure, 0, 0)
        wait(lambda dialog=dialog: dialog.painter.is_done)
        dialog.close()
        del dialog
        reports = app.window.panel(GALLERY).report
        reports.write(ReportPictures(source, "pictures"), (folder / "report.pdf", folder / "report.html"))
        wait(lambda reports=reports: not reports.work.is_busy)
        settled = perf_counter() + SETTLES
        wait(lambda settled=settled: perf_counter() > settled)
        print(round(own_memory(), 1), flush=True)
    app.close()


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        os.environ["LABKHAND_SETTINGS"] = str(Path(home) / "settings.ini")
        main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), [Path(word) for word in sys.argv[4:]])
