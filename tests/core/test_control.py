"""How a run listens."""

from __future__ import annotations

import os
import threading

import pytest

from core.runs.control import Control


def test_commands_as_lines() -> None:
    control = Control()
    for line in ('{"command": "pause"}', "", "  \n", '{"command": "snapshot"}', '{"command": "threads", "n": 3}'):
        control.send_line(line)
    assert control.paused
    assert not control.stopping
    assert (control.take_snapshot(), control.take_snapshot()) == (True, False)
    assert (control.take_threads(), control.take_threads()) == (3, None)
    control.send_line('{"command": "resume"}')
    assert not control.paused
    control.send_line('{"command": "stop"}')
    assert control.stopping
    assert not control.interrupted
    assert control.take_refused() == []


@pytest.mark.parametrize(
    "line",
    [
        "stop",
        "{}",
        "[]",
        "5",
        '"stop"',
        '{"command": "explode"}',
        '{"command": null}',
        '{"command": "threads"}',
        '{"command": "threads", "n": 0}',
        '{"command": "threads", "n": -2}',
        '{"command": "threads", "n": "many"}',
        '{"command": "threads", "n": 1e999}',
        '{"command": "threads", "n": NaN}',
        '{"command": "threads", "n": null}',
        "[" * 100_000,
        "\x00\udcff",
    ],
)
def test_what_is_not_understood_is_said_and_does_nothing(line: str) -> None:
    control = Control()
    control.send_line(line)
    assert len(control.take_refused()) == 1
    assert control.take_refused() == []
    assert not control.stopping
    assert not control.paused
    assert not control.take_snapshot()
    assert control.take_threads() is None


def test_a_stream_of_commands_and_its_end() -> None:
    control = Control()
    thread = control.listen([b'{"command": "snapshot"}\n', b"\xff\xfe\n", b'{"command": "threads", "n": 2}'])
    thread.join(10)
    assert control.take_snapshot()
    assert control.take_threads() == 2
    assert len(control.take_refused()) == 1
    assert not control.stopping


def test_a_pipe_of_commands() -> None:
    reader, writer = os.pipe()
    control = Control()
    with open(reader, "rb", buffering=0) as stream:
        thread = control.listen(stream)
        os.write(writer, b'{"comm')
        os.write(writer, b'and": "stop"}\n')
        os.close(writer)
        thread.join(10)
    assert control.stopping


@pytest.mark.parametrize("how", ["resume", "stop", "signal"])
def test_a_paused_run_waits_until_it_may_go_on(how: str) -> None:
    control = Control()
    control.send("pause")
    waiting, done = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        control.wait_while_paused()
        done.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert waiting.wait(10)
    assert not done.is_set()
    if how == "signal":
        control.stop(interrupted=True)
    else:
        control.send(how)
    assert done.wait(10)
    thread.join(10)
    assert control.interrupted is (how == "signal")


def test_stop_from_a_signal_handler_never_waits_for_the_lock() -> None:
    control = Control()
    with control._changed:  # as the loop's own thread may hold it when the signal comes
        control.stop(interrupted=True)
    assert control.stopping
    assert control.interrupted
