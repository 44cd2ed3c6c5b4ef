"""Messages to the person, and the nets under everything."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QThread, qWarning
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, CoreError
from explorer.messages import Message, Messenger, install_exception_hooks


@pytest.fixture
def messenger(qapp: object) -> Messenger:
    return Messenger()


@pytest.fixture
def posted(messenger: Messenger) -> list[Message]:
    seen: list[Message] = []
    messenger.message_posted.connect(seen.append)
    return seen


@pytest.fixture
def hooked(messenger: Messenger) -> Iterator[Messenger]:
    restore = install_exception_hooks(messenger)
    yield messenger
    restore()


def test_the_four_kinds(messenger: Messenger, posted: list[Message]) -> None:
    messenger.info("a")
    messenger.success("b", action=("Show in folder", lambda: None))
    messenger.warning("c", "more")
    messenger.error("d")
    assert [(m.text, m.kind, m.details) for m in posted] == [
        ("a", "info", ""),
        ("b", "success", ""),
        ("c", "warning", "more"),
        ("d", "error", ""),
    ]
    assert posted[1].action is not None


def test_a_core_error_is_said_in_its_own_sentences(messenger: Messenger, posted: list[Message]) -> None:
    messenger.report(CoreError("The folder holds no pictures.", "Choose another one."))
    assert posted == [Message("The folder holds no pictures. Choose another one.", "error")]


def test_anything_else_is_a_fault_with_its_traceback(
    messenger: Messenger, posted: list[Message], caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise KeyError("bug")
    except KeyError as error:
        messenger.report(error)
    assert posted[0].kind == "error"
    assert "bug" not in posted[0].text
    assert "KeyError: 'bug'" in posted[0].details
    assert "test_messages.py" in posted[0].details
    assert "unexpected KeyError" in caplog.text


def test_cancelled_is_not_an_error(messenger: Messenger, posted: list[Message]) -> None:
    messenger.report(Cancelled())
    assert posted == []


def test_from_another_thread_it_arrives_on_the_windows(qtbot: QtBot, messenger: Messenger) -> None:
    seen: list[bool] = []
    here = QThread.currentThread()
    messenger.message_posted.connect(lambda _: seen.append(QThread.currentThread() == here))
    thread = threading.Thread(target=messenger.info, args=("from afar",))
    thread.start()
    thread.join()
    assert seen == []
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [True]


def test_uncaught_exceptions_are_reported(hooked: Messenger, posted: list[Message]) -> None:
    error = CoreError("No room on the disk.")
    sys.excepthook(CoreError, error, None)
    assert posted[-1].text == "No room on the disk."


def test_uncaught_exceptions_of_threads_are_reported(qtbot: QtBot, hooked: Messenger, posted: list[Message]) -> None:
    def work() -> None:
        raise CoreError("Not in this thread.")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(posted))
    assert posted[-1].text == "Not in this thread."


def test_qt_warnings_go_to_the_log(hooked: Messenger, posted: list[Message], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "labkhand.qt"):
        qWarning("something about layouts")
    assert "something about layouts" in caplog.text
    assert posted == []


def test_the_hooks_can_be_put_back(messenger: Messenger) -> None:
    before = sys.excepthook, threading.excepthook
    restore = install_exception_hooks(messenger)
    assert sys.excepthook is not before[0]
    restore()
    assert (sys.excepthook, threading.excepthook) == before
