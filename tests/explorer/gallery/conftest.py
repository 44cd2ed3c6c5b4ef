"""What the Gallery's tests share: a tab that is seen, a document, and pictures of drawn faces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData, load
from explorer.document.document import Document
from explorer.gallery.section import GallerySection
from explorer.gallery.tab import GalleryPanel
from explorer.messages import Message
from tests.helpers.panels import gallery_panel
from tests.helpers.tiny_faces import write_faces


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def messages() -> list[Message]:
    """What the tab told the person."""
    return []


@pytest.fixture
def panel(qtbot: QtBot, document: Document, messages: list[Message]) -> Iterator[GalleryPanel]:
    with gallery_panel(qtbot, document, messages) as panel:
        yield panel


@pytest.fixture
def nothing_is_said(messages: list[Message]) -> Iterator[None]:
    """For tests in which there is nothing to tell the person."""
    yield
    assert not messages


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("faces"), {"smile": 40, "non_smile": 40})
    return load(DataConfig(source=str(folder), image_size=64))


def section_of(panel: GalleryPanel, kind: type[GallerySection]) -> int:
    """Which of the tab's sections is of this kind."""
    (place,) = (place for place, section in enumerate(panel.sections) if type(section) is kind)
    return place
