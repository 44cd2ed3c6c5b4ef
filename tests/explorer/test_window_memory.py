"""The window's process doesn't grow: what was freed goes back to the system, and a closed comparison leaves nothing behind."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer import freed_memory
from explorer.compare.window import ComparisonWindow
from explorer.freed_memory import FreedMemory
from tests.helpers.photo_memory import own_memory
from tests.helpers.runs import shared_run, toy_folder

ROOT = Path(__file__).resolve().parents[2]
TIMES, ALLOWED = 4, 20  # comparisons with a report each; MB from the second one to the last
linux = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells a process's own memory")


@pytest.fixture
def freed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FreedMemory]]:
    made: list[FreedMemory] = []
    monkeypatch.setattr(freed_memory, "CHECK_MS", 1)

    def make(is_busy: Callable[[], bool] = lambda: False) -> FreedMemory:
        made.append(FreedMemory(is_busy))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@linux
@pytest.mark.long
def test_freed_memory_goes_back_after_work(qtbot: QtBot, freed: Callable[..., FreedMemory]) -> None:
    before = own_memory()
    parts = [np.ones(2_000, np.uint8) for _ in range(100_000)]
    kept = parts[::100]  # so that what is freed lies between things that are still there
    del parts
    held = own_memory()
    assert held - before > 100  # MB; otherwise there would be nothing to give back
    freed()
    end = time.process_time() + 2 * freed_memory.WORKED_SECONDS
    while time.process_time() < end:
        pass
    qtbot.waitUntil(lambda: own_memory() < before + 30, timeout=10_000)
    assert len(kept) == 1_000


def test_an_idle_window_and_a_moving_slider_leave_memory_alone(
    qtbot: QtBot, freed: Callable[..., FreedMemory], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    now, moving = [0.0], [True]
    monkeypatch.setattr(freed_memory.time, "process_time", lambda: now[0])
    keeper = freed(lambda: moving[0])
    monkeypatch.setattr(keeper, "_trim", asked.append)
    now[0] = 10.0
    keeper._on_timer_timed_out()
    assert asked == []
    moving[0] = False
    qtbot.waitUntil(lambda: asked == [0])
    for _ in range(3):
        keeper._on_timer_timed_out()
    now[0] = 20.0
    qtbot.waitUntil(lambda: asked == [0, 0])  # and not five times


@pytest.mark.long
def test_a_closed_report_lets_go_of_models_and_pictures_without_the_collector(qtbot: QtBot) -> None:
    """The collector may have passed over the window while it was open, and then never finds it."""
    window = ComparisonWindow([shared_run()], str(toy_folder()))
    window.show()
    qtbot.waitUntil(lambda: window.report is not None and window.page.is_whole and window.painter.is_done, timeout=120_000)
    held = [weakref.ref(one) for one in (window._comparison, window.report, *window.report.figures)]
    gc.disable()
    try:
        window.close()
        qtbot.waitUntil(lambda: not any(reference() is not None for reference in held), timeout=10_000)
    finally:
        gc.enable()


@linux
@pytest.mark.long
def test_comparing_and_reporting_again_and_again_takes_no_more_memory(tmp_path: Path) -> None:
    words = [str(toy_folder()), str(tmp_path), str(TIMES), str(shared_run()), str(shared_run())]
    script = [sys.executable, "-m", "tests.helpers.report_memory", *words]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    held = [float(line) for line in done.stdout.split()]
    assert len(held) == TIMES
    assert held[-1] - held[1] < ALLOWED, f"MB after each: {held}"
