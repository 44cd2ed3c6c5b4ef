"""One-shot work off the window's thread."""

from __future__ import annotations

import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, CoreError
from core.progress import Progress
from explorer.tasks import PROGRESS_INTERVAL_MS, Task, run_task, running_tasks


def _unexpected(error: BaseException) -> None:
    raise AssertionError(error)


def test_the_result_comes_back_on_the_windows_thread(qtbot: QtBot) -> None:
    parent = QObject()
    seen: list[tuple[int, bool]] = []
    here = QThread.currentThread()
    there: list[bool] = []

    def work(progress: Progress) -> int:
        there.append(threading.current_thread() is threading.main_thread())
        return 6 * 7

    def done(value: int) -> None:
        seen.append((value, QThread.currentThread() == here))

    task = run_task(parent, work, done=done, failed=_unexpected, name="answer")
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(42, True)]
    assert there == [False]
    assert not task.is_running
    assert task not in running_tasks()


@pytest.mark.parametrize("error", [CoreError("The folder is empty.", "Choose another."), RuntimeError("bug")])
def test_every_failure_reaches_failed(qtbot: QtBot, error: Exception) -> None:
    parent = QObject()
    seen: list[BaseException] = []

    def work(progress: Progress) -> None:
        raise error

    run_task(parent, work, done=lambda _: _unexpected(AssertionError("done")), failed=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [error]
    assert seen[0].__traceback__ is not None


def test_a_failure_that_nobody_takes_is_logged(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    parent = QObject()

    def work(progress: Progress) -> None:
        raise RuntimeError("nobody listens")

    with caplog.at_level(logging.ERROR):
        task = run_task(parent, work, done=lambda _: None, name="lonely")
        qtbot.waitUntil(lambda: not task.is_running)
    assert "lonely" in caplog.text


def _until_cancelled(started: threading.Event) -> Callable[[Progress], None]:
    def work(progress: Progress) -> None:
        started.set()
        while True:
            progress("Counting", 1, 2)
            time.sleep(0.001)

    return work


def test_cancel_raises_inside_the_work_and_calls_neither_done_nor_failed(qtbot: QtBot) -> None:
    parent = QObject()
    started = threading.Event()
    calls: list[str] = []
    task = run_task(
        parent,
        _until_cancelled(started),
        done=lambda _: calls.append("done"),
        failed=lambda _: calls.append("failed"),
        cancelled=lambda: calls.append("cancelled"),
    )
    assert started.wait(5)
    with qtbot.waitSignal(task.finished):
        task.cancel()
    assert calls == ["cancelled"]
    assert task.is_cancelled


def test_a_result_that_comes_after_cancel_is_thrown_away(qtbot: QtBot) -> None:
    parent = QObject()
    go = threading.Event()
    calls: list[str] = []
    task = run_task(parent, lambda progress: go.wait(5), done=lambda _: calls.append("done"), cancelled=lambda: calls.append("off"))
    task.cancel()
    with qtbot.waitSignal(task.finished):
        go.set()
    assert calls == ["off"]


def test_progress_is_coalesced_and_ends_with_the_last_step(qtbot: QtBot) -> None:
    parent = QObject()
    steps: list[tuple[str, int, int]] = []
    order: list[str] = []
    total = 20_000

    def work(progress: Progress) -> float:
        start = time.perf_counter()
        for i in range(1, total + 1):
            progress("Reading", i, total)
        return time.perf_counter() - start

    spent: list[float] = []

    def on_done(seconds: float) -> None:
        spent.append(seconds)
        order.append("done")

    def on_progress(what: str, done: int, of: int) -> None:
        steps.append((what, done, of))
        order.append("step")

    task = run_task(
        parent,
        work,
        done=on_done,
        failed=_unexpected,
        progress=on_progress,
    )
    with qtbot.waitSignal(task.finished):
        pass
    assert steps[-1] == ("Reading", total, total)
    assert order[-1] == "done"
    assert len(steps) <= 3 + spent[0] * 1000 / PROGRESS_INTERVAL_MS
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)


def test_a_parent_that_goes_away_is_no_special_case(qtbot: QtBot) -> None:
    calls: list[str] = []
    started = threading.Event()
    parent = QObject()
    task = run_task(
        parent,
        _until_cancelled(started),
        done=lambda _: calls.append("done"),
        failed=lambda _: calls.append("failed"),
        progress=lambda *_: calls.append("progress"),
        cancelled=lambda: calls.append("cancelled"),
    )
    assert started.wait(5)
    parent.deleteLater()
    with qtbot.waitSignal(task.finished):
        pass
    assert "done" not in calls
    assert "failed" not in calls
    assert "cancelled" not in calls


def test_nobody_needs_to_keep_the_task(qtbot: QtBot) -> None:
    parent = QObject()
    seen: list[int] = []
    for i in range(30):
        run_task(parent, lambda progress, i=i: i, done=seen.append, failed=_unexpected)  # type: ignore[misc]
    gc.collect()
    qtbot.waitUntil(lambda: len(seen) == 30)
    assert sorted(seen) == list(range(30))


def test_an_error_in_a_callback_still_ends_the_task(qtbot: QtBot) -> None:
    parent = QObject()

    def done(value: object) -> None:
        raise RuntimeError("in the window")

    with qtbot.captureExceptions() as caught:
        task = run_task(parent, lambda progress: 1, done=done)
        with qtbot.waitSignal(task.finished):
            pass
        qtbot.waitUntil(lambda: bool(caught))
    assert not task.is_running


def test_tasks_are_named(qtbot: QtBot) -> None:
    parent = QObject()
    names: list[str] = []
    task = run_task(parent, lambda progress: threading.current_thread().name, done=names.append, name="encode-faces")
    assert isinstance(task, Task)
    qtbot.waitUntil(lambda: bool(names))
    assert names == ["encode-faces"]
    assert issubclass(Cancelled, Exception)


@pytest.mark.long
def test_the_last_reference_to_a_task_is_never_the_threads_own(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is slow to end, after its letter has been handed on, must hold nothing that belongs to the window."""
    from explorer import tasks

    handled, gone = threading.Event(), threading.Event()
    where: list[bool] = []
    real = tasks._Mailbox.post

    def slow(self: tasks._Mailbox, letter: tasks._Letter) -> None:
        real(self, letter)
        del letter
        assert handled.wait(10.0)
        assert gone.wait(10.0)

    monkeypatch.setattr(tasks._Mailbox, "post", slow)
    known = QObject()  # as a widget that the work knows

    def start() -> None:
        owner = QObject()

        def work(progress: Progress) -> list[int]:
            return [id(owner)]

        task = run_task(known, work, done=lambda _: handled.set())
        for thing in (task, owner):
            weakref.finalize(thing, lambda: where.append(threading.current_thread() is threading.main_thread()))

    start()
    qtbot.waitUntil(handled.is_set, timeout=5000)
    qtbot.waitUntil(lambda: bool(gc.collect() + 1) and len(where) == 2, timeout=5000)
    gone.set()
    assert where == [True, True]
