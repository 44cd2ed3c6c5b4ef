"""The report on the model in use: one click in the Gallery, two files, progress that can be cancelled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.runs.listing import read_config
from explorer.compare import model_report
from explorer.compare.model_report import ModelReport, ReportPictures, ReportWriting
from explorer.document.document import Document
from explorer.document.framing import run_of
from explorer.document.loading import LoadedModel
from explorer.gallery.tab import GalleryPanel
from explorer.messages import Message
from tests.helpers.fake_engine import fake_model
from tests.helpers.panels import gallery_panel
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import shared_run, toy_folder

LONG = 60_000


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def messages() -> list[Message]:
    return []


@pytest.fixture
def panel(qtbot: QtBot, document: Document, messages: list[Message]) -> Iterator[GalleryPanel]:
    with gallery_panel(qtbot, document, messages) as panel:
        yield panel


def of_the_run() -> LoadedModel:
    """The shared run's model, as far as the window needs it here."""
    config = read_config(shared_run())
    assert config is not None
    return replace(fake_model(data=config.data), path=str(checkpoint.find(str(shared_run()))))


def answer(monkeypatch: pytest.MonkeyPatch, path: Path) -> list[str]:
    asked: list[str] = []
    monkeypatch.setattr(model_report, "ask_save_path", lambda _parent, _title, _folder, name, _kinds: asked.append(name) or path)
    return asked


@pytest.mark.long
def test_one_click_writes_pdf_and_html(
    qtbot: QtBot, panel: GalleryPanel, document: Document, messages: list[Message], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not panel.report_button.isVisible()  # no model yet
    document.set_model(of_the_run())
    config = read_config(shared_run())
    assert config is not None
    document.set_data(load(config.data))
    (tmp_path / "mine.html").write_text("something else")
    asked = answer(monkeypatch, tmp_path / "mine.pdf")
    panel.report_button.click()
    qtbot.waitUntil(lambda: bool(messages), timeout=LONG)
    assert asked == ["fake-report.pdf"]
    assert messages[-1].text == "Saved mine.pdf and mine-2.html."
    assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF")
    assert f"Report on {shared_run().name}" in (tmp_path / "mine-2.html").read_text(encoding="utf-8")
    assert (tmp_path / "mine.html").read_text() == "something else"
    assert not panel.progress.isVisible()


def test_it_can_be_cancelled(
    qtbot: QtBot, panel: GalleryPanel, document: Document, messages: list[Message], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.set_model(of_the_run())  # on the pictures that its run was trained on
    answer(monkeypatch, tmp_path / "mine.pdf")
    panel.report_button.click()
    assert panel.report.work.is_busy
    panel.progress.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: not panel.report.work.is_busy, timeout=LONG)
    assert not list(tmp_path.glob("mine*"))
    assert messages == []


def test_a_model_without_pictures_says_what_to_do(panel: GalleryPanel, document: Document, messages: list[Message]) -> None:
    document.set_model(fake_model())
    panel.report_button.click()
    assert messages[-1].text == "A report needs pictures. Open the pictures that the model was trained on in the Data tab."


@pytest.fixture
def others(tmp_path: Path) -> FaceData:
    """Pictures that no model here learned from."""
    folder = draw_folder(tmp_path / "others", per_class=10)
    return load(DataConfig(source=str(folder), image_size=32, valid_fraction=0.5))


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str, DataConfig | None]]:
    """The reports that were begun: of what, on which pictures, and how those are read."""
    reports: list[tuple[list[str], str, DataConfig | None]] = []
    monkeypatch.setattr(
        ReportWriting,
        "start",
        lambda _self, words, source, _paths, _what, reading=None: reports.append((words, source, reading)),
    )
    return reports


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[ReportPictures]:
    """The questions that were asked; each is answered with yes."""
    questions: list[ReportPictures] = []
    monkeypatch.setattr(ModelReport, "ask_others", lambda _self, pictures: questions.append(pictures) or True)
    answer(monkeypatch, tmp_path / "mine.pdf")
    return questions


Begun = list[tuple[list[str], str, DataConfig | None]]


def test_the_report_on_a_run_goes_by_its_own_pictures(
    panel: GalleryPanel, document: Document, others: FaceData, begun: Begun, asked: list[ReportPictures]
) -> None:
    """Not by whatever is open in Data: Train's table reports on the run's own, and the two reports look alike."""
    document.set_model(of_the_run())
    document.set_data(others)
    panel.report_button.click()
    assert begun == [([str(shared_run())], str(toy_folder()), None)]
    assert asked == []


def test_a_model_of_no_run_asks_before_it_is_judged_by_other_pictures(
    panel: GalleryPanel, document: Document, others: FaceData, begun: Begun, asked: list[ReportPictures]
) -> None:
    document.set_model(fake_model(image_size=32, name="faces", header_data={"name": "celeba", "fingerprint": "other"}))
    document.set_data(others)
    panel.report_button.click()
    assert [one.question for one in asked] == ["The model faces was not trained on others, the pictures that are open."]
    assert "not made for" in asked[0].consequence
    assert begun == [(["faces.safetensors"], others.config.source, others.config)], "split as the Gallery shows them"


def test_no_is_an_answer(
    panel: GalleryPanel, document: Document, others: FaceData, begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.set_model(fake_model(image_size=32))
    document.set_data(others)
    boxes: list[QMessageBox] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: boxes.append(box) or 0)
    panel.report_button.click()
    assert [button.text() for button in boxes[0].buttons()] == ["Make the report", "Cancel"]
    assert begun == []


def test_its_own_pictures_in_another_split_are_told_apart(
    panel: GalleryPanel, document: Document, others: FaceData, begun: Begun, asked: list[ReportPictures]
) -> None:
    config = replace(others.config, split_seed=9)
    document.set_model(fake_model(image_size=32, data=config, header_data={"fingerprint": others.fingerprint}))
    document.set_data(others)
    panel.report_button.click()
    assert [one.question for one in asked] == ["The model fake was trained on another split of others."]
    assert begun[0][2] == others.config
    document.set_model(fake_model(image_size=32, data=others.config, header_data={"fingerprint": others.fingerprint}))
    panel.report_button.click()
    assert len(asked) == 1, "these it kept out itself"
    assert begun[1][2] is None


def test_pictures_of_other_colours_begin_nothing(
    panel: GalleryPanel, document: Document, others: FaceData, begun: Begun, asked: list[ReportPictures], messages: list[Message]
) -> None:
    document.set_model(fake_model(image_size=32, name="faces"))
    document.set_data(replace(others, images=others.images[..., :1]))
    panel.report_button.click()
    assert begun == []
    assert asked == []
    assert messages[-1].text.startswith("There can be no report on faces with others: they are grey, and this model is for colour.")


def test_a_run_whose_pictures_are_gone_asks_about_the_opened_ones(
    panel: GalleryPanel, document: Document, others: FaceData, begun: Begun, asked: list[ReportPictures], tmp_path: Path,
    messages: list[Message],
) -> None:  # fmt: skip
    gone = shutil.copytree(shared_run(), tmp_path / "runs" / "gone")
    text = (gone / "config.json").read_text(encoding="utf-8")
    (gone / "config.json").write_text(text.replace(str(toy_folder()), "/nowhere/at/all"), encoding="utf-8")
    document.set_model(replace(of_the_run(), path=str(gone / "checkpoints" / "best.safetensors")))
    panel.report_button.click()
    assert messages[-1].text.startswith("The pictures of gone are neither at /nowhere/at/all nor beside the run.")
    document.set_data(others)
    panel.report_button.click()
    assert asked[0].question.startswith("The pictures of gone are neither at /nowhere/at/all nor beside the run. The model fake")
    assert begun[0][1] == others.config.source


@pytest.mark.long
def test_gallery_and_report_name_as_many_pictures(
    qtbot: QtBot, panel: GalleryPanel, document: Document, others: FaceData, asked: list[ReportPictures], messages: list[Message],
    tmp_path: Path,
) -> None:  # fmt: skip
    bare = tmp_path / "bare.safetensors"
    shutil.copy(checkpoint.find(str(shared_run())), bare)
    document.set_model(replace(of_the_run(), path=str(bare)))
    document.set_data(others)
    panel.report_button.click()
    qtbot.waitUntil(lambda: bool(messages), timeout=LONG)
    text = (tmp_path / "mine.html").read_text(encoding="utf-8")
    assert f"On {len(others.split.valid)} validation pictures of others." in text
    assert "bare was trained on other pictures" in text


@pytest.mark.long
def test_a_checkpoint_knows_its_run(tmp_path: Path) -> None:
    assert run_of(checkpoint.find(str(shared_run()))) == shared_run()
    assert run_of(tmp_path / "checkpoints" / "best.safetensors") is None
    assert run_of(tmp_path / "faces.safetensors") is None
