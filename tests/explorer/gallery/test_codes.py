"""The Gallery's scatter of codes and its matrix of class by style, and the files that both become."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.compare import runs
from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.errors import DataError
from core.latent import data_codes
from core.latent.code import Given
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.gallery.classes import STYLES
from explorer.gallery.scatter import DOTS, DotsView
from explorer.gallery.tab import CLASSES, CODES, GalleryPanel
from explorer.messages import Message
from explorer.settings.values import UiSettings
from explorer.tasks import running_tasks
from tests.helpers.fake_engine import FakeEngine, fake_model
from tests.helpers.panels import gallery_panel
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 60_000  # a worker imports torch and matplotlib


@pytest.fixture(autouse=True)
def nothing_but_files_is_said(messages: list[Message]) -> Iterator[None]:
    yield
    assert not [message for message in messages if not message.text.startswith("Saved")]


def told_model() -> LoadedModel:
    model = fake_model(name="told")
    engine = FakeEngine(model.engine.header)
    engine.classes = ("non_smile", "smile")
    return replace(model, engine=cast(Any, engine))


def show(qtbot: QtBot, panel: GalleryPanel, section: int) -> None:
    panel.section_choice.segments[section].click()
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)


@pytest.mark.long
def test_of_one_picture_there_is_no_scatter(qtbot: QtBot, panel: GalleryPanel, document: Document, tmp_path: Path) -> None:
    folder = write_faces(tmp_path / "faces", {"smile": 3, "non_smile": 3})
    few = load(DataConfig(source=str(folder), image_size=64))
    assert len(few.split.valid) == 1
    document.set_data(few)
    document.set_model(fake_model(data=few.config))
    panel.section_choice.segments[CODES].click()
    qtbot.waitUntil(lambda: "There is one picture only" in panel.section.shown.note.text(), timeout=TIMEOUT)


@pytest.mark.long
def test_codes_are_scattered_and_coloured_by_what_is_chosen(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData, tmp_path: Path
) -> None:
    segment = panel.section_choice.segments[CODES]
    assert not segment.isVisible()
    document.set_data(data)
    document.set_model(fake_model(data=data.config))
    assert segment.isVisible()
    show(qtbot, panel, CODES)
    assert "not the model's own validation pictures" in panel.caption
    document.set_model(fake_model(data=data.config, header_data={"fingerprint": data.fingerprint}))
    show(qtbot, panel, CODES)
    held_out = len(data.split.valid)
    assert panel.caption.startswith(f"Codes (posterior means) of {held_out} validation pictures, coloured by class, on their first")
    assert [panel.codes.colour.itemData(n) for n in range(panel.codes.colour.count())] == ["class", *data.index.attributes]
    view = panel.codes.shown.view
    assert view is not None
    qtbot.waitUntil(lambda: view.pixmap is not None, timeout=TIMEOUT)
    for size in (QSize(1100, 700), QSize(700, 480)):  # it fills the area there is, with letters of one size
        panel.resize(size)
        qtbot.waitUntil(
            lambda: view.pixmap is not None and view.pixmap.deviceIndependentSize().toSize() == panel.codes.shown.size(),
            timeout=TIMEOUT,
        )
        assert view.geometry() == panel.codes.shown.rect()
        assert view.look is not None
        assert view.look.paper.dpi == DOTS
    export = panel.section.export()
    assert export is not None
    for ending, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")):
        export.write(tmp_path / f"codes{ending}")
        assert (tmp_path / f"codes{ending}").read_bytes().startswith(start)
    export.write(tmp_path / "narrow.png", 10.0)
    with Image.open(tmp_path / "narrow.png") as narrow:
        assert narrow.width == pytest.approx(10.0 / 2.54 * 144, abs=2)


def test_a_dot_shows_its_picture_and_opens_it(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData, tmp_path: Path
) -> None:
    document.set_data(data)
    document.set_model(fake_model(data=data.config))
    show(qtbot, panel, CODES)
    view = panel.codes.shown.view
    assert view is not None
    qtbot.waitUntil(lambda: len(view.places()) > 0, timeout=TIMEOUT)
    rows = data.split.valid
    places = view.places()
    assert len(places) == len(rows)
    assert view.rect().contains(places[:, 0].astype(int).min(), places[:, 1].astype(int).min())
    image = view.pixmap.toImage()
    dot = QPointF(*places[3])
    ratio = view.devicePixelRatioF()
    ground = image.pixelColor(0, 0)
    assert image.pixelColor((dot * ratio).toPoint()) != ground, "there is a dot"
    QTest.mouseMove(view, dot.toPoint())
    qtbot.waitUntil(lambda: view.current >= 0)
    index = view.current
    assert np.hypot(*(places[index] - places[3])) < 2
    assert view.rect().contains(view.card_rect())
    assert Path(data.index.files[rows[index]]).name in view.accessibleDescription()
    assert ("smile" in view.accessibleDescription()) == ("smile" in data.index.files[rows[index]])
    chosen: list[Any] = []
    panel.face_chosen.connect(lambda anchor, original, _name: chosen.append((anchor, original)))
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=dot.toPoint())
    anchor, original = chosen[0]
    assert anchor.reference == data.index.files[rows[index]]
    assert np.array_equal(original, data.images[rows[index]])
    QTest.mouseMove(view, QPoint(1, 1))
    qtbot.waitUntil(lambda: view.current == -1)
    assert view.card_rect().isEmpty()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(view, key)
    second = int(np.argsort(places[:, 0], kind="stable")[1])
    assert chosen[1][0].reference == data.index.files[rows[second]], "by keys, from the left"


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("labelled"), {"smile": 40, "non_smile": 40})
    rows = [f"{kind}/{n:03d}.png,{n % 2}" for kind in ("smile", "non_smile") for n in range(40)]
    (folder / "labels.csv").write_text("\n".join(["file,glasses", *rows]), encoding="utf-8")
    return load(DataConfig(source=str(folder), image_size=64))


def test_the_colour_chosen_last_is_shown(
    qtbot: QtBot, panel: GalleryPanel, document: Document, labelled: FaceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.set_data(labelled)
    document.set_model(fake_model(data=labelled.config))
    show(qtbot, panel, CODES)
    gates = {"class": threading.Event(), "glasses": threading.Event()}
    colours_of = runs.colours_of

    def slowly(data: FaceData, wanted: str) -> Any:
        gates[wanted].wait(TIMEOUT / 1000)
        return colours_of(data, wanted)

    monkeypatch.setattr(runs, "colours_of", slowly)
    panel.codes.colour.setFocus()
    QTest.keyClick(panel.codes.colour, Qt.Key.Key_Down)
    (first,) = (task for task in running_tasks() if task.name == "draw the scatter")
    assert panel.section.export() is None  # what is shown isn't what is chosen
    assert not panel.save_button.isEnabled()
    QTest.keyClick(panel.codes.colour, Qt.Key.Key_Up)
    gates["class"].set()
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    with qtbot.waitSignal(first.finished, timeout=TIMEOUT):
        gates["glasses"].set()
    assert "coloured by class" in panel.caption
    assert panel.save_button.isEnabled()


@pytest.mark.long
def test_a_colour_chosen_while_pictures_are_encoded_is_that_of_their_codes(
    qtbot: QtBot, panel: GalleryPanel, document: Document, labelled: FaceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.set_data(labelled)
    document.set_model(fake_model(data=labelled.config, name="earlier"))
    show(qtbot, panel, CODES)
    gate, encode_rows = threading.Event(), data_codes.encode_rows

    def slowly(*arguments: Any) -> Any:
        gate.wait(TIMEOUT / 1000)
        return encode_rows(*arguments)

    monkeypatch.setattr(data_codes, "encode_rows", slowly)
    document.set_model(fake_model(data=labelled.config, name="later"))
    panel.codes.colour.setFocus()
    QTest.keyClick(panel.codes.colour, Qt.Key.Key_Down)
    gate.set()
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not running_tasks(), timeout=TIMEOUT)
    assert "coloured by glasses" in panel.caption
    assert panel.caption.endswith("Model: later")


@pytest.mark.long
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("x and y must be the same size"), "Something went wrong."),
        (DataError("There is no glasses."), "There is no glasses."),
    ],
)
def test_where_drawing_fails_it_says_so_in_words_and_shows_no_earlier_drawing(
    qtbot: QtBot, document: Document, labelled: FaceData, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fails(*_: object) -> None:
        raise error

    messages: list[Message] = []
    with gallery_panel(qtbot, document, messages) as panel:
        document.set_data(labelled)
        document.set_model(fake_model(data=labelled.config))
        show(qtbot, panel, CODES)
        monkeypatch.setattr(runs, "colours_of", fails)
        panel.codes.colour.setFocus()
        QTest.keyClick(panel.codes.colour, Qt.Key.Key_Down)
        qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
        assert panel.codes.shown.note.text() == said
        assert panel.codes.shown.note.isVisible()
        assert panel.codes.shown.view is None
        assert not any(view.isVisible() for view in panel.codes.shown.findChildren(DotsView))
        assert panel.caption == ""
        assert not panel.save_button.isEnabled()


def test_a_model_told_the_class_draws_each_class_in_each_style(
    qtbot: QtBot, panel: GalleryPanel, document: Document, tmp_path: Path
) -> None:
    document.set_model(fake_model())
    assert not panel.section_choice.segments[CLASSES].isVisible()
    model = told_model()
    document.set_model(model)
    show(qtbot, panel, CLASSES)
    sheet = panel.classes.sheet
    assert sheet.count == 2 * STYLES
    codes = model.engine.sample(STYLES, 0)
    wanted = model.engine.decode(codes, Given(np.ones(STYLES, int)))
    assert all(np.array_equal(sheet.picture(STYLES + n), wanted[n]) for n in range(STYLES))
    chosen: list[str] = []
    panel.face_chosen.connect(lambda _anchor, _original, name: chosen.append(name))
    sheet.picture_opened.emit(STYLES + 2)
    assert chosen == ["smile"]
    export = panel.section.export()
    assert export is not None
    assert export.row_labels == ("non_smile", "smile")
    export.write(tmp_path / "classes.png")
    export.write(tmp_path / "print.png", 20.0)
    export.write(tmp_path / "classes.svg")
    with Image.open(tmp_path / "classes.png") as plain, Image.open(tmp_path / "print.png") as printed:
        assert printed.width > 2 * plain.width
        assert printed.width / printed.info["dpi"][0] * 2.54 == pytest.approx(20.0, rel=0.01)
    assert "non_smile" in (tmp_path / "classes.svg").read_text(encoding="utf-8")


def test_the_width_in_print_and_the_caption_are_chosen_and_remembered(
    qtbot: QtBot, panel: GalleryPanel, document: Document, tmp_path: Path
) -> None:
    document.set_model(told_model())
    show(qtbot, panel, CLASSES)
    export = panel.section.export()
    assert export is not None

    def saved(name: str) -> tuple[tuple[int, int], float]:
        panel.save_to(tmp_path / name, export)
        qtbot.waitUntil(lambda: (tmp_path / name).exists(), timeout=TIMEOUT)
        with Image.open(tmp_path / name) as image:
            return image.size, image.info.get("dpi", (0.0, 0.0))[0]

    plain, dpi = saved("plain.png")
    assert dpi == 0.0
    next(entry for entry in panel.save_options.widths.actions() if entry.data() == 120).trigger()
    panel.save_options.captioned.trigger()
    size, dpi = saved("print.png")
    assert size[0] / dpi * 2.54 == pytest.approx(12.0, rel=0.01)
    assert size[1] / size[0] < plain[1] / plain[0]  # no caption
    values = UiSettings.load()
    assert (values.sheet_width, values.sheet_caption) == (120, False)


def test_other_styles_are_those_of_the_next_seed(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    document.set_model(told_model())
    show(qtbot, panel, CLASSES)
    before = panel.classes.sheet.pictures()
    panel.classes.reroll_button.click()
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    assert "seed 1" in panel.caption
    assert not np.array_equal(before, panel.classes.sheet.pictures())
