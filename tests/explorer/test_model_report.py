"""The report on the model in use: one click in the Gallery, two files, progress that can be cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.data.dataset import load
from core.runs.listing import read_config
from explorer.compare import model_report
from explorer.compare.model_report import run_of
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.gallery.tab import GalleryPanel
from explorer.messages import Message
from tests.helpers.fake_engine import fake_model
from tests.helpers.panels import gallery_panel
from tests.helpers.runs import shared_run

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


@pytest.mark.long
def test_a_checkpoint_knows_its_run(tmp_path: Path) -> None:
    assert run_of(checkpoint.find(str(shared_run()))) == shared_run()
    assert run_of(tmp_path / "checkpoints" / "best.safetensors") is None
    assert run_of(tmp_path / "faces.safetensors") is None
