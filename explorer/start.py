"""From the command line to the window: its options, and what to say where no window can be."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.shared import DONE, INTERRUPTED, UNUSABLE, say_error
from core.errors import CoreError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

WITHOUT_SCREEN = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


def start(arguments: list[str]) -> int:
    """Open the window; gives the exit code."""
    parser = argparse.ArgumentParser(prog="main.py", description="Open the window.", allow_abbrev=False)
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
        say_error(error)
        return UNUSABLE


def check_display() -> None:
    """Qt ends the whole program where it finds no display, so look first.

    Raises:
        CoreError: there is none.
    """
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    if not sys.platform.startswith("linux") or platform in WITHOUT_SCREEN:
        return
    if platform != "xcb" and os.environ.get("WAYLAND_DISPLAY"):
        return
    display = os.environ.get("DISPLAY", "")
    hint = (
        "Start it on a desktop, log in with ssh -X, or use the subcommands: python main.py --help. "
        "(For pictures without a screen set QT_QPA_PLATFORM=offscreen.)"
    )
    if not display:
        raise CoreError("There is no display to open a window on.", hint)
    host, _, number = display.rpartition(":")
    if host in ("", "unix") and not _answers(number.split(".")[0]):
        raise CoreError(f"The display {display} doesn't answer.", hint)


def _answers(number: str) -> bool:
    """Whether a local X server listens under a display's number."""
    for address in (f"\0/tmp/.X11-unix/X{number}", f"/tmp/.X11-unix/X{number}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            try:
                connection.connect(address)
                return True
            except OSError:
                continue
    return False


def _open(given: argparse.Namespace) -> int:
    try:
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415
    except ImportError as error:
        raise CoreError(
            f"Qt can't be loaded: {error}.",
            "Install its parts: pip install -r requirements.txt; on Debian and Ubuntu also the system libraries that the "
            "README names.",
        ) from None
    from explorer.app import App  # noqa: PLC0415

    QApplication.setApplicationName("Labkhand")
    QApplication.setDesktopFileName("labkhand")
    qt = QApplication([sys.argv[0]])
    if given.screenshots:
        from explorer.screenshots import take_all  # noqa: PLC0415

        return take_all(qt, Path(given.screenshots), given.checkpoint)
    app = App(qt)
    _end_on_signals(qt)
    app.start(given.checkpoint, given.data, given.run)
    code = qt.exec()
    app.close()
    return code or DONE


def _end_on_signals(qt: QApplication) -> None:
    """Let Ctrl+C in the terminal, and SIGTERM, end the window as closing it does, unasked: a run is stopped and saved.

    Python handles a signal once it runs again, which inside of Qt's loop takes an event: the wake-up socket is one.
    """
    from PySide6.QtCore import QSocketNotifier  # noqa: PLC0415

    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, qt)
    notifier.activated.connect(lambda *_: (reader.recv(4096), writer))  # which keeps both alive
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as in the background of a shell
            signal.signal(number, lambda *_: qt.exit(INTERRUPTED))
