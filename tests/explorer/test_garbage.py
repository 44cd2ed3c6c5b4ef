"""Garbage with widgets in it is collected on the window's thread, whoever makes it."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from explorer.garbage import GarbageCollector


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


@pytest.mark.long
def test_what_takes_long_to_look_at_and_stays_is_looked_at_once(qtbot: QtBot) -> None:
    parent = QObject()
    collector = GarbageCollector(parent)
    collector.start()
    limits = gc.get_threshold()
    library = [[number] for number in range(600_000)]
    gc.set_threshold(10, 1, 1)
    try:
        frozen = gc.get_freeze_count()
        made: list[list[list[int]]] = []

        def is_passed_over() -> bool:
            made.append([[] for _ in range(100)])  # so that the collector is due
            return gc.get_freeze_count() >= frozen + len(library)

        qtbot.waitUntil(is_passed_over)
    finally:
        gc.set_threshold(*limits)
        collector.stop()
        gc.disable()
    assert gc.get_freeze_count() == 0


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
