"""Explore with a CycleGAN: a photo is opened, translated, compared with what it was, and saved; what can't be gets a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image
from pytestqt.qtbot import QtBot

from core.data.photo import open_photo
from core.families.cycle_gan.photo import PhotoTranslation, Wanted
from explorer.document.loading import LoadedModel
from explorer.explore.families.cycle_gan import TranslatePage
from explorer.messages import Message
from explorer.windows.main_window import EXPLORE, MainWindow
from tests.explorer.explore_bench import Bench
from tests.explorer.photo_page_bench import (
    draw_noise,
    draw_photo,
    messages,
    name_in_front,
    opened,
    recipe_in,
    save_all,
    saved_by_window,
    shown_in_window,
    wait,
)
from tests.explorer.test_document import direction
from tests.explorer.test_main_window import services, window
from tests.helpers.fake_engine import fake_model

__all__ = ["messages", "services", "window"]  # fixtures


@pytest.fixture
def model(translator: LoadedModel) -> LoadedModel:
    return translator


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return draw_photo(tmp_path / "hills.png", "RGB")


@pytest.fixture
def page(empty_bench: Bench, model: LoadedModel) -> TranslatePage:
    empty_bench.document.set_model(model)
    page = empty_bench.panel.page
    assert isinstance(page, TranslatePage)
    return page


def expected(model: LoadedModel, path: Path, to: str, area: str, strength: float = 1.0) -> np.ndarray:
    return PhotoTranslation(open_photo(path), path, model.engine, Wanted(to, area)).picture(strength)  # type: ignore[arg-type]


def test_the_page_takes_the_place_of_all_else(empty_bench: Bench, page: TranslatePage, messages: list[Message]) -> None:
    panel = empty_bench.panel
    assert page.isVisible()
    assert not panel.columns.isVisible()
    assert not page.panel.save_button.isEnabled()
    assert page.to_save() is None
    assert [button.text() for button in page.panel.to_choice.segments] == ["non_smile", "smile"]
    assert page.panel.to_choice.choice == 1
    empty_bench.document.set_model(fake_model())
    assert not page.isVisible()
    assert panel.columns.isVisible()
    assert messages == []


def test_a_photo_is_translated_as_the_command_does(
    qtbot: QtBot, page: TranslatePage, model: LoadedModel, photo: Path, messages: list[Message]
) -> None:
    np.testing.assert_array_equal(opened(qtbot, page, photo), expected(model, photo, "smile", "whole"))
    assert "The whole picture is translated" in page.panel.note.text()
    assert "hills.png, 120" in page._caption.text()
    page.panel.strength.setValue(40)
    wait(qtbot, page)
    np.testing.assert_array_equal(page.picture, expected(model, photo, "smile", "whole", 0.4))
    page.panel.to_choice.segments[0].click()
    wait(qtbot, page)
    np.testing.assert_array_equal(page.picture, expected(model, photo, "non_smile", "whole", 0.4))
    assert page.canvas._before is not None
    np.testing.assert_array_equal(page.canvas._before.pixels, open_photo(photo).pixels)
    assert messages == []


def test_a_face_is_translated_alone(qtbot: QtBot, page: TranslatePage, model: LoadedModel, tmp_path: Path) -> None:
    path = tmp_path / "Grace Hopper.jpg"
    path.write_bytes(Path(str(get_sample_data("grace_hopper.jpg", asfileobj=False))).read_bytes())
    page.panel.area_choice.segments[1].click()
    np.testing.assert_array_equal(opened(qtbot, page, path), expected(model, path, "smile", "face"))
    assert "Its face is translated" in page.panel.note.text()


def test_where_no_face_is_the_choice_goes_back(qtbot: QtBot, page: TranslatePage, photo: Path, messages: list[Message]) -> None:
    before = opened(qtbot, page, photo)
    page.panel.area_choice.segments[1].click()
    wait(qtbot, page)
    assert "No face was found in hills.png" in messages[-1].text
    assert page.panel.area_choice.choice == 0
    assert page.picture is before


def test_many_photos_are_translated_alike(
    qtbot: QtBot, empty_bench: Bench, page: TranslatePage, model: LoadedModel, photo: Path, tmp_path: Path
) -> None:
    second, text = draw_noise(photo.with_name("second.png"), 50, 60, 3), photo.with_name("text.png")
    text.write_text("no picture")
    opened(qtbot, page, photo)
    assert not page.panel.save_all_button.isVisible()
    opened(qtbot, page, photo, second, text)
    assert "Save all 3" in page.panel.save_all_button.text()
    page.panel.to_choice.segments[0].click()
    wait(qtbot, page)
    page.panel.strength.setValue(40)
    page.next.click()
    wait(qtbot, page)
    assert name_in_front(page) == "second.png"
    np.testing.assert_array_equal(page.picture, expected(model, second, "non_smile", "whole", 0.4))
    folder = tmp_path / "out"
    said = save_all(qtbot, page, empty_bench, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["hills-non_smile.png", "second-non_smile.png"]
    assert "2 of 3 pictures are saved" in said.text
    assert "text.png" in said.text
    for one in (photo, second):
        saved = folder / f"{one.stem}-non_smile.png"
        np.testing.assert_array_equal(open_photo(saved).pixels, expected(model, one, "non_smile", "whole", 0.4))
        recipe = recipe_in(saved)
        assert (recipe["what"], recipe["strength"], recipe["to"], recipe["area"]) == ("translate", 40.0, "non_smile", "whole")


def test_the_window_saves_it(qtbot: QtBot, window: MainWindow, model: LoadedModel, photo: Path, tmp_path: Path) -> None:
    page = shown_in_window(qtbot, window, model, photo)
    page.panel.strength.setValue(150)
    path = tmp_path / "out.png"
    recipe = saved_by_window(qtbot, window, page, path)
    assert (recipe["what"], recipe["strength"], recipe["to"], recipe["checkpoint"]) == ("translate", 150.0, "smile", model.id)
    with Image.open(path) as image:
        assert image.size == (120, 90)


def test_undo_takes_nothing_back_that_is_not_seen(qtbot: QtBot, window: MainWindow, model: LoadedModel, photo: Path) -> None:
    document = window._services.document
    document.set_model(fake_model(directions={"smile": direction()}))
    window.show_tab(EXPLORE)
    document.set_edit("direction", "smile", 40.0)
    assert window.actions_by_id["undo"].isEnabled()
    shown_in_window(qtbot, window, model, photo)
    assert not window.actions_by_id["undo"].isEnabled()
    steps = document.undo_stack.index()
    window.undo()
    assert document.undo_stack.index() == steps
