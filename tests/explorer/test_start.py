"""Where no window can be, one sentence says so."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import CoreError
from explorer.display import FIRST_TCP_PORT, check_display, why_not

MAIN = Path(__file__).resolve().parents[2] / "main.py"


def run_main(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, str(MAIN), *arguments], env=kept | environment, capture_output=True, text=True, timeout=60, check=False
    )


linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has programs without a display")


def refused(**environment: str) -> str:
    """The one sentence that the window is refused with."""
    ended = run_main(**environment)
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout == ""
    sentence, hint = ended.stderr.strip().splitlines()  # and nothing else
    assert sentence.startswith("labkhand: ")
    assert hint
    return sentence


@linux_only
@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DISPLAY": ":4711"},
        {"DISPLAY": "localhost:4711.0"},  # as ssh -X leaves it behind
        {"WAYLAND_DISPLAY": "nobody-here", "XDG_RUNTIME_DIR": "/tmp"},
        {"WAYLAND_DISPLAY": "nobody-here", "XDG_RUNTIME_DIR": "/tmp", "DISPLAY": "localhost:4711.0"},
        {"QT_QPA_PLATFORM": "wayland"},
    ],
    ids=str,
)
def test_without_a_display_the_exit_code_is_3(environment: dict[str, str]) -> None:
    sentence = refused(**environment)
    assert "display" in sentence
    assert all(environment[name] in sentence for name in ("DISPLAY", "WAYLAND_DISPLAY") if name in environment)


@linux_only
def test_a_wayland_socket_that_nobody_listens_on(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "wayland-7"))
    assert (tmp_path / "wayland-7").is_socket()
    assert "wayland-7" in refused(WAYLAND_DISPLAY="wayland-7", XDG_RUNTIME_DIR=str(tmp_path))


@pytest.fixture
def hanging_up() -> Iterator[str]:
    """A display where every connection is taken and ended at once, as ssh does whose other end has no display any more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            with contextlib.suppress(OSError):  # the server is closed
                while True:
                    server.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1] - FIRST_TCP_PORT}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.long
@linux_only
def test_whatever_keeps_qt_from_opening_a_window_is_said(hanging_up: str) -> None:
    assert "nonsense" in refused(QT_QPA_PLATFORM="nonsense")
    assert "can't" in refused(DISPLAY=hanging_up) or hanging_up in refused(DISPLAY=hanging_up)  # with or without Qt's libraries


@pytest.mark.long
@linux_only
def test_a_system_library_that_is_missing_is_named(hanging_up: str, tmp_path: Path) -> None:
    (tmp_path / "libxcb-icccm.so.4").write_text("no library")  # the loader takes it and fails
    sentence = refused(DISPLAY=hanging_up, LD_LIBRARY_PATH=str(tmp_path))
    assert "libxcb-icccm.so.4" in sentence


@linux_only
def test_a_display_that_listens_is_tried(hanging_up: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for display in (hanging_up, "/tmp/launched/by:0"):  # a form that isn't known is left to Qt
        monkeypatch.setenv("DISPLAY", display)
        check_display()
    monkeypatch.setenv("DISPLAY", ":4711")
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "w"))
        compositor.listen()
        monkeypatch.setenv("WAYLAND_DISPLAY", str(tmp_path / "w"))
        check_display()
        monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")  # which can't use it
        with pytest.raises(CoreError, match="4711"):
            check_display()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["could not connect to display localhost:10.0", "This application failed to start because ..."], "doesn't answer"),
        (["Could not initialize egl display"], "can't open a window: Could not initialize egl display."),
        (["From 6.5.0, xcb-cursor0 is needed", "No plugin at all.\n\nAvailable: none."], "can't open a window: No plugin at all."),
    ],
)
def test_qt_s_reason_in_a_sentence(said: list[str], reason: str) -> None:
    assert reason in why_not(said).message


def test_a_wrong_option_is_wrong_usage() -> None:
    ended = run_main("--no-such-option", QT_QPA_PLATFORM="offscreen")
    assert ended.returncode == 2
    assert "--no-such-option" in ended.stderr


def test_offscreen_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    check_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    if sys.platform.startswith("linux"):
        with pytest.raises(CoreError, match="no display"):
            check_display()


def test_the_window_opens_without_torch_and_matplotlib() -> None:
    code = (
        "import sys; sys.argv=['x']; from PySide6.QtWidgets import QApplication; from explorer.app import App; "
        "qt = QApplication([]); app = App(qt); app.window.show(); qt.processEvents(); "
        "print(sorted({'torch', 'matplotlib', 'torchvision'} & set(sys.modules))); app.close()"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=MAIN.parent, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "[]"


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_an_idle_window(number: signal.Signals) -> None:
    code = (
        "import os, signal, sys, threading, time; from PySide6.QtWidgets import QApplication; from explorer.start import "
        "_end_on_signals; signal.signal(signal.SIGINT, signal.default_int_handler); qt = QApplication([]); "
        f"_end_on_signals(qt); threading.Timer(0.3, os.kill, (os.getpid(), {int(number)})).start(); sys.exit(qt.exec())"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=MAIN.parent, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 130, ended.stderr
