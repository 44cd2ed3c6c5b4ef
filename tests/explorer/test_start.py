"""Where no window can be, one sentence says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import CoreError
from explorer.start import check_display

MAIN = Path(__file__).resolve().parents[2] / "main.py"


def run_main(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, str(MAIN), *arguments], env=kept | environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has programs without a display")
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":4711"}])
def test_without_a_display_the_exit_code_is_3(environment: dict[str, str]) -> None:
    ended = run_main(**environment)
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert "display" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 2  # the sentence and the hint


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
