"""Garbage with widgets in it is collected on the window's thread, whoever makes it."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer import garbage
from explorer.garbage import FULL, GarbageCollector


class Knot:
    """Refers to itself, so that only the collector finds it; says in which thread it was found."""

    def __init__(self, found: list[threading.Thread]) -> None:
        self.itself = self
        self.found = found

    def __del__(self) -> None:
        self.found.append(threading.current_thread())


def test_garbage_of_a_worker_is_collected_on_the_windows_thread(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    # An app of a test before may be settled just now and pass over what there is: the knot would be passed over, too.
    monkeypatch.setattr(gc, "freeze", lambda: None)
    parent = QObject()
    collector = GarbageCollector(parent)
    collector.start()
    found: list[threading.Thread] = []
    limits = gc.get_threshold()
    gc.collect()
    gc.set_threshold(10, 1, 1)
    try:

        def work() -> None:
            Knot(found)
            _kept = [[number] for number in range(5000)]  # enough for the automatic collector to run many times

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        assert not found
        made: list[list[list[int]]] = []

        def is_found() -> bool:
            made.append([[] for _ in range(100)])  # each time, since what windows of earlier tests let go counts against it
            return bool(found)

        qtbot.waitUntil(is_found)
        assert found == [threading.main_thread()]
    finally:
        gc.set_threshold(*limits)
        collector.stop()
    assert gc.isenabled()
    gc.disable()


@pytest.fixture
def undisturbed(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What tests before have left changes nothing: objects that take half a second, and a worker that imports something.

    Nor does the collector of all tests, which would pass over what this one is to find.
    """
    monkeypatch.setattr(garbage, "REST", 2)
    monkeypatch.setattr(garbage, "sys", SimpleNamespace(modules=()))
    others = qapp.findChildren(GarbageCollector)
    for one in others:
        one._timer.stop()
    yield
    for one in others:
        one._timer.start(garbage.PAUSE_MS)


@pytest.fixture
def due_at_once() -> Iterator[Callable[[], None]]:
    """A collector that is due whenever this has been called."""
    parent = QObject()
    collector = GarbageCollector(parent)
    collector.start()
    limits = gc.get_threshold()
    gc.set_threshold(10, 1, 1)
    made: list[list[list[int]]] = []
    yield lambda: made.append([[] for _ in range(100)])
    gc.set_threshold(*limits)
    collector.stop()
    gc.disable()
    assert gc.get_freeze_count() == 0


@pytest.mark.long
def test_a_library_that_takes_long_to_look_at_is_looked_at_once(
    qtbot: QtBot, due_at_once: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = [[number] for number in range(600_000)]
    monkeypatch.setitem(sys.modules, "a_library", library)
    frozen = gc.get_freeze_count()

    def is_passed_over() -> bool:
        due_at_once()
        return gc.get_freeze_count() >= frozen + len(library)

    qtbot.waitUntil(is_passed_over)


@pytest.mark.long
def test_what_takes_long_to_look_at_and_is_dropped_later_is_found(
    qtbot: QtBot, undisturbed: None, due_at_once: Callable[[], None]
) -> None:
    """It was passed over for ever once: a window that compared runs grew by 60 MB with each report."""
    found: list[threading.Thread] = []
    full: list[int] = []

    def on_collected(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == FULL:
            full.append(len(found))

    held = [Knot(found), *([number] for number in range(600_000))]
    gc.callbacks.append(on_collected)
    try:

        def is_looked_at() -> bool:
            due_at_once()
            return bool(full)

        def is_found() -> bool:
            due_at_once()
            return bool(found)

        qtbot.waitUntil(is_looked_at)
        held.clear()
        qtbot.waitUntil(is_found, timeout=20_000)
    finally:
        gc.callbacks.remove(on_collected)


@pytest.mark.long
def test_full_collections_that_take_long_are_rare(qtbot: QtBot, due_at_once: Callable[[], None]) -> None:
    _held = [[number] for number in range(600_000)]
    begun: list[float] = []
    shares: list[float] = []

    def on_collected(phase: str, info: dict[str, int]) -> None:
        if info["generation"] == FULL:
            if phase == "start":
                begun.append(time.perf_counter())
            elif len(begun) > 1:
                shares.append((begun[-1] - begun[-2]) / (time.perf_counter() - begun[-1]))

    gc.callbacks.append(on_collected)
    try:

        def is_seen_again() -> bool:
            due_at_once()
            return bool(shares)

        qtbot.waitUntil(is_seen_again, timeout=30_000)
    finally:
        gc.callbacks.remove(on_collected)
    assert shares[0] > 10  # REST, had the first one taken as long


def test_it_begins_by_itself_where_the_start_doesnt_come_to_its_end(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.garbage.LATEST_MS", 1)
    parent = QObject()
    collector = GarbageCollector(parent)
    found: list[threading.Thread] = []
    limits = gc.get_threshold()
    gc.set_threshold(10, 1, 1)
    try:
        Knot(found)
        kept: list[list[list[int]]] = []

        def is_found() -> bool:
            kept.append([[] for _ in range(100)])
            return bool(found)

        qtbot.waitUntil(is_found)
    finally:
        gc.set_threshold(*limits)
        collector.stop()
        gc.disable()
