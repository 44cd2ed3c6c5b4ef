"""What Explore's pages of photos have in common, asked of each: opening by every way, before and after, several, saving."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from explorer.document.loading import LoadedModel, load_model
from explorer.explore.families.photo_page import LONGEST
from explorer.messages import Message
from tests.explorer.explore_bench import Bench
from tests.explorer.photo_page_bench import (
    TIMEOUT,
    Page,
    draw_noise,
    draw_photo,
    drop,
    messages,
    name_in_front,
    opened,
    second_of,
    wait,
)
from tests.helpers.fake_engine import fake_model

__all__ = ["messages"]  # a fixture


@dataclass(frozen=True)
class Kind:
    """A family with a page of photos.

    Attributes:
        model: the fixture that makes one.
        mode: of the photos that it is given, as Pillow calls it.
        channels: the end of the shape of pixels in that mode.
        ending: what a saved picture's name ends with.
    """

    model: str
    mode: str
    channels: tuple[int, ...]
    ending: str


KINDS = (
    Kind("colouriser", "L", (), "coloured"),
    Kind("translator", "RGB", (3,), "smile"),
)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.model)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def model(request: pytest.FixtureRequest, kind: Kind) -> LoadedModel:
    return request.getfixturevalue(kind.model)


@pytest.fixture
def photo(tmp_path: Path, kind: Kind) -> Path:
    return draw_photo(tmp_path / "hills.png", kind.mode)


@pytest.fixture
def page(empty_bench: Bench, model: LoadedModel) -> Page:
    empty_bench.document.set_model(model)
    page = empty_bench.panel.page
    assert page is not None
    return page


def test_before_and_after(qtbot: QtBot, empty_bench: Bench, page: Page, photo: Path) -> None:
    assert not page.before.isEnabled()
    empty_bench.panel.toggle_before()
    assert not page.before.isChecked()
    opened(qtbot, page, photo)
    empty_bench.panel.toggle_before()
    assert page.before.isChecked()
    assert page.canvas._keeps_before
    empty_bench.panel.toggle_before()
    empty_bench.panel.toggle_split()
    assert page.canvas.shows_split


def test_a_large_photo_is_shown_small_and_saved_whole(qtbot: QtBot, page: Page, kind: Kind, tmp_path: Path) -> None:
    path = draw_noise(tmp_path / "large.png", 40, 2 * LONGEST, *kind.channels)
    assert opened(qtbot, page, path).shape == (20, LONGEST, 3)
    ready = page.to_save()
    assert ready is not None
    assert ready.picture(lambda what, done, total: None).shape == (40, 2 * LONGEST, 3)
    assert ready.name == f"large-{kind.ending}"


@pytest.mark.parametrize("name", ["small.png", "text.jpg", "none.png"])
def test_what_cannot_be_opened_gets_a_sentence(
    qtbot: QtBot, page: Page, photo: Path, messages: list[Message], tmp_path: Path, name: str
) -> None:
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(tmp_path / "small.png")
    (tmp_path / "text.jpg").write_text("no picture")
    before = opened(qtbot, page, photo)
    page.open_files([str(tmp_path / name)])
    wait(qtbot, page)
    assert name in messages[-1].text
    assert page.picture is before
    assert name_in_front(page) == "hills.png"


def test_photos_come_by_every_way(qtbot: QtBot, empty_bench: Bench, page: Page, photo: Path, messages: list[Message]) -> None:
    panel = empty_bench.panel
    panel.faces.open_file(str(photo))
    wait(qtbot, page)
    assert name_in_front(page) == "hills.png"
    assert not page.next.isVisible()
    drop(panel, second_of(photo), photo)
    qtbot.waitUntil(lambda: page.photo is not None and page.photo.name == "second.png", timeout=TIMEOUT)
    assert messages == []
    assert page.next.isVisible()
    assert "1 of 2" in page._caption.text()


def test_several_photos_are_turned_like_pages(qtbot: QtBot, page: Page, photo: Path, messages: list[Message]) -> None:
    assert page.to_save_many() is None
    first = opened(qtbot, page, photo, draw_noise(photo.with_name("second.png"), 50, 60, 3))
    assert (page.previous.isEnabled(), page.next.isEnabled()) == (False, True)
    page.next.click()
    wait(qtbot, page)
    assert name_in_front(page) == "second.png"
    assert (page.previous.isEnabled(), page.next.isEnabled()) == (True, False)
    assert "2 of 2" in page._caption.text()
    page.previous.click()
    wait(qtbot, page)
    assert page.picture is not None
    np.testing.assert_array_equal(page.picture, first)
    many = page.to_save_many()
    assert many is not None
    assert [file.name for file in many.files] == ["hills.png", "second.png"]
    opened(qtbot, page, photo)
    assert page.to_save_many() is None
    assert messages == []


def test_a_photo_that_was_opened_before_the_model(qtbot: QtBot, empty_bench: Bench, model: LoadedModel, photo: Path) -> None:
    empty_bench.panel.faces.open_file(str(photo))
    empty_bench.document.set_model(model)
    page = empty_bench.panel.page
    assert page is not None
    qtbot.waitUntil(lambda: page.picture is not None, timeout=TIMEOUT)
    assert name_in_front(page) == "hills.png"


def test_another_model_takes_the_same_photo(qtbot: QtBot, empty_bench: Bench, page: Page, model: LoadedModel, photo: Path) -> None:
    opened(qtbot, page, photo)
    empty_bench.document.set_model(fake_model())
    assert page.to_save() is None
    empty_bench.document.set_model(load_model(Path(model.path)))
    wait(qtbot, page)
    assert page.isVisible()
    assert page.to_save() is not None
