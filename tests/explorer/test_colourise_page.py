"""Explore with a colouriser: a photo is opened, coloured, compared with what it was, and saved; what can't be gets a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from core.export.images import save_picture
from core.families.colouriser.edit import read_edit
from core.families.colouriser.photo import PhotoColours
from core.latent.session import Session
from explorer.document.loading import LoadedModel
from explorer.explore.families.colouriser import ColourPage
from explorer.messages import Message
from explorer.windows.main_window import EXPLORE, MainWindow
from tests.explorer.explore_bench import Bench
from tests.explorer.photo_page_bench import (
    TIMEOUT,
    a_colouriser,
    draw_noise,
    draw_photo,
    messages,
    name_in_front,
    opened,
    recipe_in,
    save_all,
    saved_by_window,
    second_of,
    shown_in_window,
    wait,
)
from tests.explorer.test_main_window import services, window
from tests.helpers.fake_engine import fake_model

__all__ = ["messages", "services", "window"]  # fixtures


@pytest.fixture
def model(colouriser: LoadedModel) -> LoadedModel:
    return colouriser


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A grey one."""
    return draw_photo(tmp_path / "grandma.png", "L")


@pytest.fixture
def page(empty_bench: Bench, model: LoadedModel) -> ColourPage:
    empty_bench.document.set_model(model)
    page = empty_bench.panel.page
    assert isinstance(page, ColourPage)
    return page


def test_the_page_takes_the_place_of_all_else(empty_bench: Bench, page: ColourPage, messages: list[Message]) -> None:
    panel = empty_bench.panel
    assert page.isVisible()
    assert not panel.columns.isVisible()
    assert not panel.strip.isVisible()
    assert not page.panel.save_button.isEnabled()
    assert page.to_save() is None
    empty_bench.document.set_model(fake_model())
    assert panel.page is None
    assert not page.isVisible()
    assert panel.columns.isVisible()
    panel.choose_first_face()
    assert empty_bench.document.session.anchor is not None
    assert messages == []


def test_a_model_without_codes_has_no_face(bench: Bench, model: LoadedModel) -> None:
    """One of another family was in use, with a face and an edit."""
    document = bench.document
    document.set_model(model)
    assert document.session == Session(checkpoint_id=model.id)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.session.anchor is None
    assert bench.panel.page.isVisible()


def test_a_photo_is_coloured_as_the_command_does(qtbot: QtBot, page: ColourPage, model: LoadedModel, photo: Path) -> None:
    from core.data.photo import open_photo

    picture = opened(qtbot, page, photo)
    expected = PhotoColours(open_photo(photo), model.engine).picture(to_edges=True)  # type: ignore[arg-type]
    np.testing.assert_array_equal(picture, expected.picture)
    assert np.ptp(picture.astype(int), axis=-1).max() > 1
    assert "grandma.png, 120" in page._caption.text()
    page.panel.strength.setValue(40)
    page.panel.saturation.setValue(220)
    wait(qtbot, page)
    assert page.picture is not None
    expected = PhotoColours(open_photo(photo), model.engine).picture(0.4, 2.2, to_edges=True)  # type: ignore[arg-type]
    np.testing.assert_array_equal(page.picture, expected.picture)
    assert page.canvas._before is not None
    np.testing.assert_array_equal(page.canvas._before.pixels, open_photo(photo).pixels)


def test_colours_keep_to_edges_or_run_over_them(qtbot: QtBot, page: ColourPage, model: LoadedModel, photo: Path) -> None:
    from core.data.photo import open_photo

    first = opened(qtbot, page, photo).copy()
    assert page.panel.edges.isChecked()
    page.panel.edges.click()
    wait(qtbot, page)
    expected = PhotoColours(open_photo(photo), model.engine).picture()  # type: ignore[arg-type]
    assert page.picture is not None
    np.testing.assert_array_equal(page.picture, expected.picture)
    ready = page.to_save()
    assert ready is not None
    np.testing.assert_array_equal(ready.picture(lambda what, done, total: None), expected.picture)
    assert not read_edit(ready.recipe, "x").edges
    page.undo_stack.undo()
    wait(qtbot, page)
    assert page.panel.edges.isChecked()
    np.testing.assert_array_equal(page.picture, first)


def test_it_is_seen_larger(qtbot: QtBot, page: ColourPage, photo: Path, messages: list[Message]) -> None:
    first = opened(qtbot, page, photo).copy()
    page.panel.seen_choice.segments[1].click()
    wait(qtbot, page)
    assert page.picture is not None
    assert not np.array_equal(page.picture, first)
    ready = page.to_save()
    assert ready is not None
    assert ready.recipe["side"] == 64
    assert messages == []
    page.panel.seen_choice.segments[2].click()  # 128 pixels of 90
    wait(qtbot, page)
    assert "120 x 90 pixels" in messages[-1].text
    assert page.panel.seen == 2
    assert page.to_save() is not None


def test_the_window_saves_it(qtbot: QtBot, window: MainWindow, model: LoadedModel, photo: Path, tmp_path: Path) -> None:
    page = shown_in_window(qtbot, window, model, photo)
    page.panel.saturation.setValue(150)
    path = tmp_path / "out.png"
    recipe = saved_by_window(qtbot, window, page, path)
    assert (recipe["what"], recipe["saturation"], recipe["checkpoint"]) == ("colourise", 150, model.id)
    with Image.open(path) as image:
        assert image.size == (120, 90)


EDITS = (
    "save_strip", "save_before_after", "save_film", "copy_picture", "copy_edit", "paste_edit", "apply_edit", "next_face",
    "show_photo", "take_away", "reset", "reroll", "whole_photo", "before", "split", "undo", "redo", "zoom_in", "zoom_fit",
    "save_picture",
)  # fmt: skip


@pytest.mark.parametrize("has_photo", [False, True], ids=["no photo", "a photo"])
def test_no_action_of_faces_breaks_anything(
    qtbot: QtBot, window: MainWindow, model: LoadedModel, photo: Path, has_photo: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is about faces and their edits says what is missing, or does nothing."""
    window._services.document.set_model(model)
    window.show_tab(EXPLORE)
    asked: list[str] = []
    monkeypatch.setattr(window.files._saver, "ask_and_save", lambda picture, name, *_more, **_kept: asked.append(name))
    if has_photo:
        window._on_files_pictures_chosen([str(photo)])
        qtbot.waitUntil(lambda: window.explore.page.picture is not None, timeout=TIMEOUT)
    said: list[Message] = []
    window._services.messenger.message_posted.connect(said.append)
    handlers = window._handlers()
    for name in EDITS:
        if name == "copy_picture" and has_photo:
            continue
        handlers[name]()
    assert sum("no codes" in message.text for message in said) == 6
    assert not [message.text for message in said if "slider" in message.text]
    assert all(message.kind != "error" for message in said), said
    assert asked == (["grandma-coloured"] if has_photo else [])
    assert window.explore.page.isVisible()
    assert window._services.document.session.anchor is None


# -- many photos, colour points, undo


@pytest.fixture(scope="module")
def pointed(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """A model that takes colour points."""
    return a_colouriser(tmp_path_factory.mktemp("pointed") / "run", "colour_vivid", epochs=2, network="small", loss="mse")


@pytest.fixture
def points_page(qtbot: QtBot, empty_bench: Bench, pointed: LoadedModel, photo: Path) -> ColourPage:
    empty_bench.document.set_model(pointed)
    page = empty_bench.panel.page
    assert isinstance(page, ColourPage)
    opened(qtbot, page, photo)
    return page


def at(page: ColourPage, x: float, y: float) -> QPoint:
    """A place of the photo on the canvas."""
    view = page.canvas.view
    return view.to_widget(QPointF(x * view.width, y * view.height)).toPoint()


def click(qtbot: QtBot, page: ColourPage, x: float, y: float) -> None:
    qtbot.mouseClick(page.canvas, Qt.MouseButton.LeftButton, pos=at(page, x, y))
    wait(qtbot, page)


def test_points_are_placed_coloured_moved_and_taken_away(qtbot: QtBot, points_page: ColourPage) -> None:
    page = points_page
    assert page.picture is not None
    plain = page.picture.copy()
    click(qtbot, page, 0.5, 0.5)  # a click without a colour does nothing
    assert page.edit.points == ()
    page.panel.colours.swatches["#c03a32"].click()
    assert page.panel.placing.isChecked()
    click(qtbot, page, 0.25, 0.5)
    (point,) = page.edit.points
    assert (point.x, point.y) == (pytest.approx(0.25, abs=0.02), pytest.approx(0.5, abs=0.02))
    assert point.colour == "#c03a32"
    assert not np.array_equal(page.picture, plain)
    red = page.picture.copy()
    click(qtbot, page, 0.25, 0.5)  # chooses it
    assert page.marks.current == 0
    assert "Point 1 of 1" in page.panel.points_note.text()
    page.panel.colours.swatches["#3f78c8"].click()
    wait(qtbot, page)
    assert page.edit.points[0].colour == "#3f78c8"
    assert not np.array_equal(page.picture, red)
    qtbot.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=at(page, 0.25, 0.5))
    qtbot.mouseMove(page.canvas, at(page, 0.7, 0.3))
    qtbot.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=at(page, 0.7, 0.3))
    wait(qtbot, page)
    assert (page.edit.points[0].x, page.edit.points[0].y) == (pytest.approx(0.7, abs=0.02), pytest.approx(0.3, abs=0.02))
    qtbot.keyClick(page.canvas, Qt.Key.Key_Left)
    wait(qtbot, page)
    assert page.edit.points[0].x == pytest.approx(0.69, abs=0.02)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Delete)
    wait(qtbot, page)
    assert page.edit.points == ()
    np.testing.assert_array_equal(page.picture, plain)
    for _ in range(5):
        page.undo_stack.undo()
    wait(qtbot, page)
    assert page.edit.points == ()
    assert not page.undo_stack.canUndo()
    np.testing.assert_array_equal(page.picture, plain)
    page.undo_stack.redo()
    wait(qtbot, page)
    np.testing.assert_array_equal(page.picture, red)
    assert page.marks.points == page.edit.points


def test_points_by_keys_alone(qtbot: QtBot, points_page: ColourPage) -> None:
    page = points_page
    qtbot.keyClick(page.canvas, Qt.Key.Key_Return)
    assert page.edit.points == ()
    page.panel.placing.setChecked(True)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Return)
    assert (page.marks.current, page.edit.points[0].x, page.edit.points[0].y) == (0, 0.5, 0.5)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Up)
    assert page.edit.points[0].y == pytest.approx(0.49)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert page.marks.current == -1
    qtbot.keyClick(page.canvas, Qt.Key.Key_Delete)
    assert len(page.edit.points) == 1
    wait(qtbot, page)


def test_the_picture_is_what_the_command_makes(qtbot: QtBot, points_page: ColourPage, pointed: LoadedModel, photo: Path) -> None:
    from core.data.photo import open_photo

    page = points_page
    page.panel.colours.swatches["#5a9640"].click()
    click(qtbot, page, 0.5, 0.25)
    page.panel.saturation.setValue(180)
    wait(qtbot, page)
    expected = PhotoColours(open_photo(photo), pointed.engine, 0, page.edit.points).picture(1.0, 1.8, to_edges=True)  # type: ignore[arg-type]
    assert page.picture is not None
    np.testing.assert_array_equal(page.picture, expected.picture)
    ready = page.to_save()
    assert ready is not None
    np.testing.assert_array_equal(ready.picture(lambda what, done, total: None), expected.picture)
    assert read_edit(ready.recipe, "x") == page.edit


def test_a_saved_picture_brings_its_edit_back(
    qtbot: QtBot, points_page: ColourPage, photo: Path, tmp_path: Path, messages: list[Message]
) -> None:
    page = points_page
    page.panel.colours.swatches["#5a9640"].click()
    click(qtbot, page, 0.5, 0.25)
    page.panel.strength.setValue(60)
    wait(qtbot, page)
    edit, ready, picture = page.edit, page.to_save(), page.picture
    assert ready is not None
    saved = tmp_path / "coloured.png"
    save_picture(saved, ready.picture(lambda what, done, total: None), ready.recipe, edited=True)
    second = second_of(photo)
    opened(qtbot, page, second)
    assert page.edit.points == ()
    opened(qtbot, page, saved)
    assert page.edit.points[0].colour == "#5a9640"
    assert page.edit.strength == 60
    assert page.panel.strength.value() == 60
    assert page.edit.points[0].x == pytest.approx(edit.points[0].x, abs=1e-4)
    assert name_in_front(page) == "grandma.png"  # it lies beside it
    assert "is there again" in messages[-1].text
    assert page.picture is not None
    assert np.abs(page.picture.astype(int) - picture).mean() < 0.5
    photo.unlink()
    opened(qtbot, page, second)
    opened(qtbot, page, saved)
    assert page.photo.name == "coloured.png"
    assert "isn't beside it" in messages[-1].text
    assert page.edit.strength == 60


def test_steps_of_one_slider_are_taken_back_together(qtbot: QtBot, page: ColourPage, photo: Path) -> None:
    first = opened(qtbot, page, photo).copy()
    assert not page.undo_stack.canUndo()
    for value in (90, 80, 70):
        page.panel.strength.setValue(value)
    page.panel.saturation.setValue(200)
    wait(qtbot, page)
    assert page.undo_stack.count() == 2
    page.undo_stack.undo()
    page.undo_stack.undo()
    wait(qtbot, page)
    assert (page.panel.strength.value(), page.panel.saturation.value()) == (100, 100)
    assert page.panel._strength_box.value() == 100
    assert page.picture is not None
    np.testing.assert_array_equal(page.picture, first)
    page.undo_stack.redo()
    wait(qtbot, page)
    assert page.panel.strength.value() == 70


def test_the_size_that_is_seen_is_taken_back(qtbot: QtBot, page: ColourPage, photo: Path) -> None:
    first = opened(qtbot, page, photo).copy()
    page.panel.seen_choice.segments[1].click()
    wait(qtbot, page)
    page.undo_stack.undo()
    wait(qtbot, page)
    assert page.panel.seen == 1
    assert page.picture is not None
    np.testing.assert_array_equal(page.picture, first)
    page.panel.seen_choice.segments[2].click()  # the photo is too small
    wait(qtbot, page)
    assert page.panel.seen == 1
    assert not page.undo_stack.canUndo()


def test_a_model_without_points_says_so(qtbot: QtBot, page: ColourPage, photo: Path) -> None:
    opened(qtbot, page, photo)
    assert page.panel.no_points.isVisible()
    assert not page.panel.colours.isVisible()
    assert not page.panel.placing.isVisible()


def test_many_photos_each_with_its_own_points(
    qtbot: QtBot, points_page: ColourPage, photo: Path, tmp_path: Path, empty_bench: Bench
) -> None:
    page = points_page
    second = draw_noise(photo.with_name("second.png"), 50, 60)
    text = photo.with_name("text.png")
    text.write_text("no picture")
    opened(qtbot, page, photo, second, text)
    page.panel.colours.swatches["#c03a32"].click()
    click(qtbot, page, 0.5, 0.5)
    page.next.click()
    wait(qtbot, page)
    assert name_in_front(page) == "second.png"
    assert page.edit.points == ()
    page.panel.saturation.setValue(150)
    wait(qtbot, page)
    page.previous.click()
    wait(qtbot, page)
    assert len(page.edit.points) == 1
    assert page.edit.saturation == 150
    folder = tmp_path / "out"
    said = save_all(qtbot, page, empty_bench, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["grandma-coloured.png", "second-coloured.png"]
    assert "2 of 3 pictures are saved" in said.text
    assert "text.png" in said.text
    recipes = [recipe_in(folder / f"{name}-coloured.png") for name in ("grandma", "second")]
    assert [len(recipe.get("points", [])) for recipe in recipes] == [1, 0]
    assert [recipe["saturation"] for recipe in recipes] == [150, 150]


def test_the_windows_undo_is_the_pages(qtbot: QtBot, window: MainWindow, model: LoadedModel, photo: Path) -> None:
    page = shown_in_window(qtbot, window, model, photo)
    assert not window.actions_by_id["undo"].isEnabled()
    page.panel.strength.setValue(30)
    assert window.actions_by_id["undo"].isEnabled()
    window.undo()
    assert page.panel.strength.value() == 100
    assert window.actions_by_id["redo"].isEnabled()
    window.redo()
    assert page.panel.strength.value() == 30
    window._services.document.set_model(fake_model())
    assert not window.actions_by_id["undo"].isEnabled()


def test_how_colourful_it_became_is_said(qtbot: QtBot, page: ColourPage, photo: Path, tmp_path: Path) -> None:
    opened(qtbot, page, photo)
    assert page.panel.note.text().startswith("Mean chroma: ")
    assert "of the photo's own" not in page.panel.note.text()
    opened(qtbot, page, draw_noise(tmp_path / "coloured.png", 50, 60, 3))
    assert "% of the photo's own" in page.panel.note.text()
