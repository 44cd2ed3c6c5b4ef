"""From the command line to the window: its options, and the error where no window can be opened."""

from __future__ import annotations

import argparse
import importlib
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DONE, INTERRUPTED, UNUSABLE, CoreError, for_terminal
from core.places import COMMAND, IS_INSTALLED
from explorer.display import HINT, LIBRARIES, check_display, said_by_qt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


def start(arguments: list[str]) -> int:
    """Open the window; gives the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND.removeprefix("python "), description="Open the window.", allow_abbrev=False)
    parser.add_argument("--checkpoint", default="", metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--data", default="", metavar="SOURCE", help="pictures to open")
    parser.add_argument("--run", default="", metavar="RUN", help="a run folder to show")
    parser.add_argument("--screenshots", default="", metavar="DIR", help="save a picture of every tab and dialog, and exit")
    try:
        given = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        check_display()
        return _open(given)
    except CoreError as error:
        print(for_terminal(error), file=sys.stderr)
        return UNUSABLE


def _open(given: argparse.Namespace) -> int:
    if given.screenshots and IS_INSTALLED:
        raise CoreError("--screenshots is part of Labkhand's source code, not of an installed copy.", "Start main.py there.")
    try:
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415
    except ImportError as error:
        raise CoreError(f"Qt can't be loaded: {error}.", LIBRARIES) from None
    from explorer.app import App  # noqa: PLC0415

    QApplication.setApplicationName("Labkhand")
    QApplication.setDesktopFileName("labkhand")
    with said_by_qt():
        qt = QApplication([sys.argv[0]])
    if not qt.screens():  # such as a missing framebuffer: the first window would abort
        raise CoreError("Qt finds no screen to open a window on.", HINT)
    if given.screenshots:
        tour = importlib.import_module("benchmarks.screenshots")
        return int(tour.take_all(qt, Path(given.screenshots), given.checkpoint))
    app = App(qt)
    app.measure_speed()
    _end_on_signals(qt)
    app.start(given.checkpoint, given.data, given.run)
    code = qt.exec()
    app.close()
    return code or DONE


def _end_on_signals(qt: QApplication) -> None:
    """Let Ctrl+C in the terminal, and SIGTERM, close the window without a question: a run is stopped and saved.

    Python handles a signal when it next runs Python code; in Qt's event loop the wake-up socket's event makes it do so.
    """
    from PySide6.QtCore import QSocketNotifier  # noqa: PLC0415

    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, qt)
    notifier.activated.connect(lambda *_: (reader.recv(4096), writer))  # keeps both sockets alive
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # ignored for background jobs of a shell
            signal.signal(number, lambda *_: qt.exit(INTERRUPTED))
