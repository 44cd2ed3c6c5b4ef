"""Explore with a CycleGAN: a photo is opened, translated, compared with what it was, and saved; what can't be gets a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from core.data.photo import open_photo
from core.export.images import read_recipe
from core.families.cycle_gan.photo import PhotoTranslation, Wanted
from explorer.document.loading import LoadedModel, load_model
from explorer.explore.families.cycle_gan import LONGEST, TranslatePage
from explorer.messages import Message, Messenger
from explorer.saving.save_many import SaveMany
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip
from explorer.windows.main_window import EXPLORE, MainWindow
from tests.explorer.explore_bench import Bench
from tests.explorer.test_main_window import services, window
from tests.helpers.cycle_gans import translating_run
from tests.helpers.fake_engine import fake_model

__all__ = ["services", "window"]  # fixtures

TIMEOUT = 20_000


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = translating_run(tmp_path_factory.mktemp("cyclegan") / "run")
    return load_model(folder / "checkpoints" / "best.safetensors")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of 120 x 90 pixels without a face."""
    y, x = np.mgrid[0:90, 0:120]
    grey = (120 + 60 * np.sin(x / 9.0) * np.cos(y / 13.0)).astype(np.uint8)
    path = tmp_path / "hills.png"
    Image.fromarray(grey).convert("RGB").save(path)
    return path


@pytest.fixture
def messages(empty_bench: Bench) -> list[Message]:
    said: list[Message] = []
    empty_bench.messenger.message_posted.connect(said.append)
    return said


@pytest.fixture
def page(empty_bench: Bench, model: LoadedModel) -> Iterator[TranslatePage]:
    empty_bench.document.set_model(model)
    return empty_bench.panel.page


def wait(qtbot: QtBot, page: TranslatePage) -> None:
    qtbot.waitUntil(lambda: not page.is_busy, timeout=TIMEOUT)


def opened(qtbot: QtBot, page: TranslatePage, path: Path) -> np.ndarray:
    page.open_files([str(path)])
    wait(qtbot, page)
    assert page.picture is not None
    return page.picture


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


def test_before_and_after(qtbot: QtBot, empty_bench: Bench, page: TranslatePage, photo: Path) -> None:
    assert not page.before.isEnabled()
    empty_bench.panel.toggle_before()
    assert not page.before.isChecked()
    opened(qtbot, page, photo)
    empty_bench.panel.toggle_before()
    assert page.canvas._keeps_before
    empty_bench.panel.toggle_before()
    empty_bench.panel.toggle_split()
    assert page.canvas.shows_split


def test_a_large_photo_is_shown_small_and_saved_whole(qtbot: QtBot, page: TranslatePage, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 2 * LONGEST, 3), np.uint8)).save(path)
    assert opened(qtbot, page, path).shape == (20, LONGEST, 3)
    ready = page.to_save()
    assert ready is not None
    assert ready.picture(lambda what, done, total: None).shape == (40, 2 * LONGEST, 3)
    assert ready.name == "large-smile"


@pytest.mark.parametrize("name", ["small.png", "text.jpg", "none.png"])
def test_what_cannot_be_translated_gets_a_sentence(
    qtbot: QtBot, page: TranslatePage, photo: Path, messages: list[Message], tmp_path: Path, name: str
) -> None:
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(tmp_path / "small.png")
    (tmp_path / "text.jpg").write_text("no picture")
    before = opened(qtbot, page, photo)
    page.open_files([str(tmp_path / name)])
    wait(qtbot, page)
    assert name in messages[-1].text
    assert page.picture is before
    assert page.photo is not None
    assert page.photo.name == "hills.png"


def test_photos_come_by_every_way(
    qtbot: QtBot, empty_bench: Bench, page: TranslatePage, photo: Path, messages: list[Message]
) -> None:
    panel = empty_bench.panel
    panel.faces.open_file(str(photo))
    wait(qtbot, page)
    second = photo.with_name("second.png")
    second.write_bytes(photo.read_bytes())
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(second)), QUrl.fromLocalFile(str(photo))])
    where, none = QPointF(20, 20), Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none))
    qtbot.waitUntil(lambda: page.photo is not None and page.photo.name == "second.png", timeout=TIMEOUT)
    assert messages == []
    assert page.next.isVisible()
    assert "1 of 2" in page._caption.text()


def test_many_photos_are_translated_alike(
    qtbot: QtBot, empty_bench: Bench, page: TranslatePage, model: LoadedModel, photo: Path, tmp_path: Path
) -> None:
    second, text = photo.with_name("second.png"), photo.with_name("text.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)).save(second)
    text.write_text("no picture")
    opened(qtbot, page, photo)
    assert page.to_save_many() is None
    assert not page.panel.save_all_button.isVisible()
    page.open_files([str(photo), str(second), str(text)])
    wait(qtbot, page)
    assert "Save all 3" in page.panel.save_all_button.text()
    assert not page.previous.isEnabled()
    page.panel.to_choice.segments[0].click()
    wait(qtbot, page)
    page.panel.strength.setValue(40)
    page.next.click()
    wait(qtbot, page)
    assert page.photo is not None
    assert page.photo.name == "second.png"
    np.testing.assert_array_equal(page.picture, expected(model, second, "non_smile", "whole", 0.4))
    many = page.to_save_many()
    assert many is not None
    said: list[Message] = []
    messenger = Messenger()
    messenger.message_posted.connect(said.append)
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    saver = SaveMany(empty_bench.settings, messenger, LongWork(lambda: strip, messenger, page), page)
    folder = tmp_path / "out"
    folder.mkdir()
    saver.save(many, folder)
    qtbot.waitUntil(lambda: bool(said), timeout=TIMEOUT)
    assert sorted(path.name for path in folder.iterdir()) == ["hills-non_smile.png", "second-non_smile.png"]
    assert "2 of 3 pictures are saved" in said[-1].text
    assert "text.png" in said[-1].text
    for one in (photo, second):
        saved = folder / f"{one.stem}-non_smile.png"
        np.testing.assert_array_equal(open_photo(saved).pixels, expected(model, one, "non_smile", "whole", 0.4))
        recipe = read_recipe(saved)
        assert recipe is not None
        assert (recipe["what"], recipe["strength"], recipe["to"], recipe["area"]) == ("translate", 40.0, "non_smile", "whole")


def test_another_model_translates_the_same_photo(
    qtbot: QtBot, empty_bench: Bench, page: TranslatePage, model: LoadedModel, photo: Path
) -> None:
    opened(qtbot, page, photo)
    empty_bench.document.set_model(fake_model())
    assert page.to_save() is None
    empty_bench.document.set_model(load_model(Path(model.path)))
    wait(qtbot, page)
    assert page.isVisible()
    assert page.to_save() is not None


def test_the_window_saves_it(qtbot: QtBot, window: MainWindow, model: LoadedModel, photo: Path, tmp_path: Path) -> None:
    window._services.document.set_model(model)
    window.show_tab(EXPLORE)
    window._on_files_pictures_chosen([str(photo)])
    page = window.explore.page
    qtbot.waitUntil(lambda: page.picture is not None, timeout=TIMEOUT)
    page.panel.strength.setValue(150)
    ready = page.to_save()
    path = tmp_path / "out.png"
    window.files._saver.save(ready.picture, path, ready.recipe, ready.photo)
    qtbot.waitUntil(path.exists, timeout=TIMEOUT)
    recipe = read_recipe(path)
    assert recipe is not None
    assert (recipe["what"], recipe["strength"], recipe["to"], recipe["checkpoint"]) == ("translate", 150.0, "smile", model.id)
    with Image.open(path) as image:
        assert image.size == (120, 90)
