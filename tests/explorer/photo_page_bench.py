"""What tests of Explore's pages of photos share: models, photos, waiting, and saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from core.config import preset, with_values
from core.export.images import read_recipe
from explorer.document.loading import LoadedModel, load_model
from explorer.explore.families.photo_page import PhotoPage
from explorer.explore.tab import ExplorePanel
from explorer.messages import Message, Messenger
from explorer.saving.save_many import SaveMany
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip
from explorer.windows.main_window import EXPLORE, MainWindow
from tests.explorer.explore_bench import Bench
from tests.helpers.cycle_gans import translating_run
from tests.helpers.runs import run_events, toy_folder

TIMEOUT = 20_000

Page = PhotoPage[Any, Any]


@pytest.fixture
def messages(empty_bench: Bench) -> list[Message]:
    """All that is said."""
    return heard(empty_bench.messenger)


def heard(messenger: Messenger) -> list[Message]:
    """All that is said from now on."""
    said: list[Message] = []
    messenger.message_posted.connect(said.append)
    return said


def a_colouriser(folder: Path, kind: str = "colour", **values: object) -> LoadedModel:
    """One that learned a little from drawn faces."""
    given = {
        "data.source": str(toy_folder()), "data.image_size": 32, "batch_size": 8, "epochs": 12, "threads": 1, "precision": "fp32",
        "device": "cpu",
    }  # fmt: skip
    run_events(with_values(preset(kind), given | values), folder)
    return best_of(folder)


def a_translator(folder: Path) -> LoadedModel:
    """A CycleGAN that learned a little from drawn faces."""
    return best_of(translating_run(folder))


def best_of(run: Path) -> LoadedModel:
    """The model of a run's best epoch."""
    return load_model(run / "checkpoints" / "best.safetensors")


def draw_photo(path: Path, mode: str) -> Path:
    """Write a picture of 120 x 90 pixels without a face, all of it grey, in a mode of Pillow's."""
    y, x = np.mgrid[0:90, 0:120]
    grey = (120 + 60 * np.sin(x / 9.0) * np.cos(y / 13.0)).astype(np.uint8)
    Image.fromarray(grey).convert(mode).save(path)
    return path


def draw_noise(path: Path, *shape: int) -> Path:
    """Write a picture of random pixels."""
    Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, np.uint8)).save(path)
    return path


def second_of(photo: Path) -> Path:
    """Write a copy beside a photo."""
    second = photo.with_name("second.png")
    second.write_bytes(photo.read_bytes())
    return second


def wait(qtbot: QtBot, page: Page) -> None:
    """Until nothing is opened or drawn any more."""
    qtbot.waitUntil(lambda: not page.is_busy, timeout=TIMEOUT)


def opened(qtbot: QtBot, page: Page, *paths: Path) -> np.ndarray:
    """Open photos, and give what is shown of the first one."""
    page.open_files([str(path) for path in paths])
    wait(qtbot, page)
    assert page.picture is not None
    return page.picture


def name_in_front(page: Page) -> str:
    """Of the photo that is shown."""
    assert page.photo is not None
    return page.photo.name


def drop(panel: ExplorePanel, *files: Path) -> None:
    """Drop files on Explore."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    where, none = QPointF(20, 20), Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none))


def save_all(qtbot: QtBot, page: Page, bench: Bench, folder: Path) -> Message:
    """Save all opened photos in a new folder; gives what is said of it."""
    many = page.to_save_many()
    assert many is not None
    messenger = Messenger()
    said = heard(messenger)
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    folder.mkdir()
    SaveMany(bench.settings, messenger, LongWork(lambda: strip, messenger, page), page).save(many, folder)
    qtbot.waitUntil(lambda: bool(said), timeout=TIMEOUT)
    return said[-1]


def shown_in_window(qtbot: QtBot, window: MainWindow, model: LoadedModel, photo: Path) -> Any:
    """The page of a model in the window, with a photo."""
    window._services.document.set_model(model)
    window.show_tab(EXPLORE)
    window._on_files_pictures_chosen([str(photo)])
    page = window.explore.page
    assert page is not None
    qtbot.waitUntil(lambda: page.picture is not None, timeout=TIMEOUT)
    return page


def saved_by_window(qtbot: QtBot, window: MainWindow, page: Page, path: Path) -> dict[str, Any]:
    """Save what a page offers, and give the file's recipe."""
    ready = page.to_save()
    assert ready is not None
    window.files._saver.save(ready.picture, path, ready.recipe, ready.photo)
    qtbot.waitUntil(path.exists, timeout=TIMEOUT)
    return recipe_in(path)


def recipe_in(path: Path) -> dict[str, Any]:
    """How a saved picture was made, as it says itself."""
    recipe = read_recipe(path)
    assert recipe is not None
    return cast(dict[str, Any], recipe)
