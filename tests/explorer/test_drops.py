"""What is dropped on Explore: pictures are opened, and for everything else one sentence says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer import tasks
from explorer.explore.drops import Dropped, dropped
from explorer.messages import Message
from tests.explorer.explore_bench import Bench

pytestmark = pytest.mark.filterwarnings("ignore:.*QDragEnterEvent:DeprecationWarning")  # Qt has no other way to make one


@pytest.fixture
def told(bench: Bench) -> list[Message]:
    """What the person was told."""
    messages: list[Message] = []
    bench.messenger.message_posted.connect(messages.append)
    return messages


@pytest.fixture
def files(tmp_path: Path) -> dict[str, QUrl]:
    """Two pictures, a text, and a folder."""
    for name, colour in (("a.png", "brown"), ("Me & you.PNG", "navy")):
        Image.new("RGB", (64, 64), colour).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "faces.png").mkdir()
    return {path.name: QUrl.fromLocalFile(str(path)) for path in tmp_path.iterdir()}


def drop(qtbot: QtBot, bench: Bench, *urls: QUrl) -> None:
    """Drop things on the canvas, the way Qt does it: whoever takes drops among the widgets around the place gets them."""
    mime = QMimeData()
    mime.setUrls(list(urls))
    target: QWidget = bench.panel.canvas
    while not target.acceptDrops():
        target = target.parentWidget()
    copy, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, buttons, keys)
    QApplication.sendEvent(target, enter)
    bench.panel.canvas.grab()
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(9, 9), copy, mime, buttons, keys))
    qtbot.waitUntil(
        lambda: not bench.panel.faces.opener.is_busy and not bench.panel.faces.adder.is_busy and not tasks.running_tasks(),
        timeout=20_000,
    )


def names(bench: Bench) -> list[str]:
    return [picture.anchor.label for picture in bench.panel.faces.opened]


def test_what_cant_be_reached_is_no_folder(tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/" + "x" * 300), QUrl.fromLocalFile(str(tmp_path))])
    assert dropped(mime) == Dropped((), (str(tmp_path),), ("/" + "x" * 300,))


def test_pictures_are_opened_and_the_rest_is_named(qtbot: QtBot, bench: Bench, files: dict[str, QUrl], told: list[Message]) -> None:
    drop(qtbot, bench, files["a.png"])
    assert (names(bench), told) == (["a.png"], [])
    bench.document.set_edit("direction", "smile", 60.0)
    drop(qtbot, bench, files["notes.txt"], files["Me & you.PNG"], files["faces.png"])
    assert names(bench) == ["Me & you.PNG", "a.png"]
    assert bench.document.session.edits == ()
    assert [message.text for message in told] == ["Left out, as no pictures: faces.png, notes.txt."]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notes.txt", "Only pictures can be edited here, such as JPEG or PNG files: notes.txt is none."),
        ("faces.png", "faces.png is a folder: drop its pictures here to edit them, or open it on the Data tab to train on them."),
    ],
)
def test_one_sentence_says_what_to_do(
    qtbot: QtBot, bench: Bench, files: dict[str, QUrl], told: list[Message], name: str, words: str
) -> None:
    before = bench.document.session
    drop(qtbot, bench, files[name])
    assert [message.text for message in told] == [words]
    assert bench.document.session == before
    if told[0].action is not None:
        with qtbot.waitSignal(bench.panel.folder_requested) as wanted:
            told[0].action[1]()
        assert Path(wanted.args[0]).name == name


def test_a_picture_on_the_web_and_a_model(qtbot: QtBot, bench: Bench, tmp_path: Path, told: list[Message]) -> None:
    drop(qtbot, bench, QUrl("https://example.org/a.png"))
    model = tmp_path / "best.safetensors"
    model.write_bytes(b"")
    drop(qtbot, bench, QUrl.fromLocalFile(str(model)))
    web, own = (message.text for message in told)
    assert "on the web" in web
    assert own == "best.safetensors is a model: open it from the menu at the top (Ctrl+M)."


def test_the_canvas_is_marked_while_a_picture_hovers(bench: Bench, files: dict[str, QUrl]) -> None:
    def hovered(name: str) -> bool:
        plain = bench.panel.canvas.grab().toImage()
        mime = QMimeData()
        mime.setUrls([files[name]])
        copy, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(bench.panel, QDragEnterEvent(QPoint(9, 9), copy, mime, buttons, keys))
        marked = bench.panel.canvas.grab().toImage() != plain
        QApplication.sendEvent(bench.panel, QDragLeaveEvent())
        assert bench.panel.canvas.grab().toImage() == plain
        return marked

    bench.panel.canvas.set_image(None)
    assert hovered("a.png")
    assert not hovered("notes.txt")
