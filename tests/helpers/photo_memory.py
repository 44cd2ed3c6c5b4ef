"""Opens the photos of a folder in the real window, one after another, and prints its process's own memory in MB after each.

python -m tests.helpers.photo_memory FOLDER
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def own_memory() -> float:
    """What this process holds that no other shares, in MB. Linux only."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    return sum(int(fields[name].split()[0]) for name in ("Private_Clean", "Private_Dirty")) / 1024.0


def main(folder: Path) -> None:
    """Open, edit and look at each photo."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from explorer import tasks
    from explorer.app import App

    qt = QApplication([sys.argv[0]])
    app = App(qt)

    def wait(is_done: Callable[[], bool]) -> None:
        while not is_done():
            qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)  # garbage is looked for all the time, so some come

    app.start("faces")
    wait(lambda: app.document.model is not None and not tasks.running_tasks())
    explore = app.window.explore
    for path in sorted(folder.iterdir()):
        explore.faces.open_file(str(path))
        wait(lambda: not explore.faces.opener.is_busy and not tasks.running_tasks())
        for percent in (30.0, 120.0):
            app.document.set_edit("direction", "smile", percent)
            wait(lambda: explore.is_up_to_date)
        wait(lambda: all(image is not None for image in explore.strip.view.images))
        print(round(own_memory(), 1), flush=True)
    app.close()


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        os.environ["LABKHAND_SETTINGS"] = str(Path(home) / "settings.ini")
        main(Path(sys.argv[1]))
