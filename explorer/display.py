"""Whether a window can be opened at all: checked before Qt does, and Qt's own errors turned into sentences."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import UNUSABLE, CoreError, for_terminal
from core.places import COMMAND

HINT = (
    f"Start it on a desktop, log in with ssh -X, or use the subcommands: {COMMAND} --help. "
    "(For pictures without a screen set QT_QPA_PLATFORM=offscreen.)"
)
LIBRARIES = (
    "Install what Qt needs: pip install -r requirements.txt; on Debian and Ubuntu also the system libraries that the README names."
)
FIRST_TCP_PORT = 6000  # of X displays: number n listens on port 6000 + n
TCP_SECONDS = 5.0  # a computer that doesn't answer would hold Qt up for minutes

_X_DISPLAY = re.compile(r"([^/]*?):(\d+)(?:\.\d+)?")  # other forms, such as a socket's path, are left to Qt
_UNLOADED = re.compile(r'Could not load the Qt platform plugin "([\w-]+)"')
_UNHELPFUL = ("Could not load the Qt platform plugin", "From 6.5.0")  # Qt prints the second whichever library is missing


def check_display() -> None:
    """Raise an error if there is no display, before Qt is loaded and fails with its own.

    Raises:
        CoreError: there is none, or none that answers.
    """
    if not sys.platform.startswith("linux"):
        return
    asked = {word.partition(":")[0] for word in os.environ.get("QT_QPA_PLATFORM", "").split(";")} - {""}
    if asked and not all(word == "xcb" or word.startswith("wayland") for word in asked):
        return  # it may need no display; if it can't be used either, Qt says why
    reasons = []
    if asked != {"xcb"}:
        if _wayland_answers():
            return
        if name := os.environ.get("WAYLAND_DISPLAY"):
            reasons.append(f"The Wayland display {name} doesn't answer.")
    if not asked or "xcb" in asked:
        display = os.environ.get("DISPLAY", "")
        if display and _x_answers(display):
            return
        if display:
            reasons.append(f"The display {display} doesn't answer.")
    raise CoreError(" ".join(reasons) or "There is no display to open a window on.", HINT)


@contextmanager
def said_by_qt() -> Iterator[None]:
    """For making Qt's application: where Qt can't, it would abort with a core dump; here the program says why and exits."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler  # noqa: PLC0415

    from explorer.messages import log_qt_message  # noqa: PLC0415

    messages: list[tuple[QtMsgType, QMessageLogContext, str]] = []

    def on_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        messages.append((kind, context, text))
        if kind == QtMsgType.QtFatalMsg:  # Qt aborts once this returns
            print(for_terminal(why_not([text for _, _, text in messages])), file=sys.stderr)
            sys.stderr.flush()
            os._exit(UNUSABLE)

    before = qInstallMessageHandler(on_message)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
    for one in messages:
        log_qt_message(*one)


def why_not(messages: list[str]) -> CoreError:
    """Why Qt opened no window.

    Args:
        messages: Qt's messages, the last one being the fatal one.
    """
    missing = {library for text in messages for name in _UNLOADED.findall(text) if (library := _unusable_library(name))}
    if missing:
        them = " and ".join(sorted(missing))
        what = f"library {them} is" if len(missing) == 1 else f"libraries {them} are"
        return CoreError(f"Qt can't open a window: the system {what} missing or damaged.", LIBRARIES)
    if any("could not connect to display" in text for text in messages):
        return CoreError(f"The display {os.environ.get('DISPLAY', '')} doesn't answer.", HINT)
    reason = next((text for text in messages if not text.startswith(_UNHELPFUL)), messages[-1])
    return CoreError(f"Qt can't open a window: {reason.strip().splitlines()[0].rstrip('.')}.", HINT)


def _unusable_library(plugin: str) -> str:
    """The missing library that keeps one of Qt's platform plugins from being loaded; "" where it can be."""
    from PySide6.QtCore import QLibraryInfo  # noqa: PLC0415

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    try:
        ctypes.CDLL(str(folder / f"libq{plugin.partition('-')[0]}.so"))  # wayland-egl and wayland-brcm lie in libqwayland.so
    except OSError as error:
        return Path(str(error).partition(":")[0]).name  # "libxcb-icccm.so.4: cannot open shared object file: ..."
    return ""


def _wayland_answers() -> bool:
    """Whether a Wayland compositor listens, by the rules of libwayland."""
    if os.environ.get("WAYLAND_SOCKET"):  # a connection that the compositor opened for this program
        return True
    place = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / os.environ.get("WAYLAND_DISPLAY", "wayland-0")
    return place.is_absolute() and _listens(str(place))


def _x_answers(display: str) -> bool:
    """Whether an X server listens, as far as that can be told without talking to it; True for unknown forms."""
    match = _X_DISPLAY.fullmatch(display)
    if match is None:
        return True
    host, number = match[1], int(match[2])
    if host in ("", "unix") and any(_listens(f"{start}/tmp/.X11-unix/X{number}") for start in ("\0", "")):
        return True
    try:
        address = (host.strip("[]") or "localhost", FIRST_TCP_PORT + number)
        socket.create_connection(address, timeout=TCP_SECONDS).close()
    except (OSError, OverflowError, UnicodeError):
        return False
    return True


def _listens(path: str) -> bool:
    """Whether a process listens on a local socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(path)
        except OSError:  # also a path that is longer than a socket's may be
            return False
    return True
