"""The Explore tab, driven with the mouse and the keyboard; what counts is what Document says."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.config import DataConfig
from core.data.dataset import load
from core.latent.session import Anchor
from core.metrics.latent import active_units
from core.training.batches import rounded
from core.wording import sides
from explorer.document.direction_keeper import write
from explorer.document.loading import active_dimensions
from explorer.explore.dimension_sliders import SHOWN_FIRST
from explorer.explore.direction_menu import TOPIC
from explorer.explore.direction_sliders import MOST_LABEL
from explorer.explore.faces.column import OPENED, SAMPLES, VALIDATION
from explorer.explore.faces.samples import IN_SIGHT
from explorer.explore.trust_card import strongest
from explorer.look.icons import icon
from explorer.messages import Message
from explorer.tasks import running_tasks
from explorer.widgets.slider.latent_slider import LatentSlider
from explorer.widgets.strip_view import StripView
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.explorer.test_teach import write_model
from tests.helpers.fake_engine import LATENT_DIM, fake_model
from tests.helpers.tiny_faces import write_faces


@pytest.fixture
def bench(empty_bench: Bench) -> Bench:
    """Here the tests open the model themselves."""
    return empty_bench


def click_at(slider: LatentSlider, value: float) -> None:
    QTest.mouseClick(
        slider,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(round(slider.position_of(value)), slider.height() * 3 // 4),
    )


def drag(slider: LatentSlider, values: list[float]) -> None:
    y = slider.height() * 3 // 4
    places = [QPoint(round(slider.position_of(value)), y) for value in values]
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[0])
    for place in places[1:]:
        QTest.mouseMove(slider, place)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[-1])


def test_before_a_model_it_says_what_to_do(bench: Bench) -> None:
    assert bench.document.model is None
    assert not bench.panel.canvas.has_image
    assert bench.panel.sliders.main_slider is None
    assert not bench.panel.strip.save_picture.isEnabled()


def test_a_model_brings_a_face_at_once(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.panel.face_painted):
        bench.open_model()
    anchor = bench.document.session.anchor
    assert anchor is not None
    assert anchor.kind == "sample"
    expected = bench.document.model.engine.decode(np.asarray(anchor.z, np.float32)[None])[0]
    np.testing.assert_array_equal(bench.panel.picture, expected)
    qtbot.waitUntil(lambda: all(image is not None for image in bench.panel.strip.view.images))


def test_dragging_the_smile_is_one_undo_and_paints_the_last_position(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    slider = bench.panel.sliders.main_slider
    drag(slider, [0.0, 20.0, 40.0, 80.0])
    assert bench.document.session.weight("direction", "smile") == pytest.approx(80.0, abs=2.0)
    assert bench.document.undo_stack.count() == 1
    expected = bench.document.model.engine.decode(bench.document.edited_code()[None])[0]
    qtbot.waitUntil(lambda: bench.panel.picture is not None and np.array_equal(bench.panel.picture, expected))
    bench.document.undo_stack.undo()
    assert slider.value == 0.0


def test_a_moving_slider_lays_nothing_out_anew(qtbot: QtBot, bench: Bench) -> None:
    """A text that is set though it stays the same asked for a new layout of the whole tab with every step: 4 ms of 7."""

    class Layouts(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.LayoutRequest
            return False

    bench.open_model()
    slider = bench.panel.sliders.main_slider
    assert slider is not None
    drag(slider, [10.0])  # undo, reset, and before are offered from now on
    qtbot.waitUntil(lambda: all(image is not None for image in bench.panel.strip.view.images))
    QApplication.processEvents()
    layouts = Layouts()
    tools = (
        bench.panel.tools
    )  # the row that is told of each step; what goes on elsewhere, such as the strip's pictures, isn't its doing
    for part in (tools, *tools.findChildren(QWidget)):
        part.installEventFilter(layouts)
    drag(slider, [20.0, 35.0, 60.0])
    QApplication.sendPostedEvents()
    assert bench.document.session.weight("direction", "smile") > 50.0
    assert layouts.count == 0


def test_percent_texts_have_a_real_minus(bench: Bench) -> None:
    bench.open_model()
    slider = bench.panel.sliders.main_slider
    bench.document.set_edit("direction", "smile", -73.0)
    assert slider.text == "−73\u00a0%"
    bench.document.set_edit("direction", "smile", -0.3)
    assert slider.text == "0\u00a0%"
    bench.panel.strip._from.setValue(-100)
    assert bench.panel.strip.labels[0] == "−100\u00a0%"
    for typed, value in (("−20 %", -20.0), ("-35", -35.0), ("40%", 40.0)):
        QTest.keyClick(slider, Qt.Key.Key_Return)
        editor = slider.findChild(QLineEdit)
        editor.setText(typed)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert bench.document.session.weight("direction", "smile") == value


def test_a_dimension_shows_its_value_and_double_click_resets_it(bench: Bench) -> None:
    bench.open_model()
    slider = bench.panel.sliders.dimension_slider(0)
    home = bench.document.session.anchor.z[0]
    assert slider.value == pytest.approx(home, abs=0.01)
    click_at(slider, 1.5)
    assert home + bench.document.session.weight("dimension", "0") == pytest.approx(1.5, abs=0.1)
    QTest.mouseDClick(
        slider,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(round(slider.position_of(1.5)), slider.height() * 3 // 4),
    )
    assert bench.document.session.weight("dimension", "0") == pytest.approx(0.0, abs=0.01)


def test_keys_move_a_dimension_in_its_steps(bench: Bench) -> None:
    bench.open_model()
    slider = bench.panel.sliders.dimension_slider(1)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert bench.document.session.weight("dimension", "1") == pytest.approx(0.1, abs=0.02)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert bench.document.undo_stack.count() == 1  # within 400 ms: one gesture


@pytest.mark.parametrize("of", ["main", "dimension"])
def test_another_model_shows_the_column_from_its_top(qtbot: QtBot, bench: Bench, of: str) -> None:
    bench.panel.resize(1240, 420)
    bench.open_model()
    sliders = bench.panel.sliders
    bar = sliders.scroll_bar
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    (sliders.main_slider if of == "main" else sliders.dimension_slider(3)).setFocus()
    bar.setValue(bar.maximum())
    bench.open_model()
    assert bar.maximum() > 0
    assert bar.value() == 0
    assert sliders.main_slider.hasFocus() if of == "main" else bench.panel.canvas.hasFocus()


def test_a_new_direction_leaves_the_focus_on_its_slider(bench: Bench) -> None:
    bench.open_model()
    bench.panel.sliders.main_slider.setFocus()
    bench.document.set_direction(replace(direction(), method="visible"))
    QApplication.sendPostedEvents()  # the new sliders get their places
    assert bench.panel.sliders.main_slider.hasFocus()


def test_the_useful_dimensions_come_first_and_the_rest_on_request(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    shown = [dim for dim in range(LATENT_DIM) if bench.panel.sliders.dimension_slider(dim) is not None]
    assert shown == list(range(min(SHOWN_FIRST, LATENT_DIM)))


def test_active_dimensions_are_counted_as_in_training(bench: Bench) -> None:
    codes = np.random.default_rng(1).normal(size=(50, LATENT_DIM)) * np.linspace(0.0, 0.3, LATENT_DIM)
    model = fake_model()
    header = replace(model.header, latent={"code_std": list(rounded(codes.std(axis=0)))})
    count = active_dimensions(header)
    assert count == active_units(codes)
    assert 0 < count < LATENT_DIM
    assert active_dimensions(replace(header, latent={})) is None
    bench.document.set_model(replace(model, active=count))
    section = bench.panel.sliders.dimensions._section
    assert section._header.text() == f"Dimensions, {count} of {LATENT_DIM} active"
    assert "1509.00519" in section._header.toolTip()
    bench.document.set_model(replace(model, active=None))
    assert (section._header.text(), section._header.toolTip()) == ("Dimensions", "")


def test_holding_space_shows_the_face_before(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    bench.document.set_edit("direction", "smile", 100.0)
    bench.panel.canvas.setFocus()
    qtbot.waitUntil(lambda: bench.panel.picture is not None)
    QTest.keyPress(bench.panel.canvas, Qt.Key.Key_Space)
    assert bench.panel.canvas.shows_before
    QTest.keyRelease(bench.panel.canvas, Qt.Key.Key_Space)
    assert not bench.panel.canvas.shows_before


def test_a_step_of_the_strip_goes_there(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    bench.panel.strip.set_steps(6)
    view = bench.panel.strip.view
    qtbot.waitUntil(lambda: all(image is not None for image in view.images))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, view.cell(3).center())
    assert bench.document.session.weight("direction", "smile") == 60.0


def test_the_strip_of_another_face_is_dimmed_until_the_new_one_is_there(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    bench.panel.strip.set_steps(6)
    view = bench.panel.strip.view
    qtbot.waitUntil(lambda: all(image is not None for image in view.images) and not view.stale)
    before = list(view.images)
    bench.panel.faces._grid.face_activated.emit((bench.panel.faces.shown_index + 1) % IN_SIGHT)
    assert view.stale == [0, 1, 2, 3, 4, 5]
    assert view.passing.isActive()
    qtbot.waitUntil(lambda: not view.stale)
    assert not any(np.array_equal(old, new) for old, new in zip(before, view.images, strict=True))
    bench.document.set_edit("direction", "smile", 40.0)
    assert view.stale == [], "the same face"


def test_another_persons_face_isnt_left_under_the_percentages_while_drawing_takes_its_time(qtbot: QtBot) -> None:
    view = StripView()
    qtbot.addWidget(view)
    view.set_labels(["0 %", "50 %", "100 %"])
    old, new = (np.full((8, 8, 3), shade, np.uint8) for shade in (40, 200))
    view.set_original("Original", old)
    for place in range(3):
        view.set_image(place, old)
    view.set_stale()
    view.set_image(0, new)
    view.passing.timeout.emit()
    first, *others = view.images
    assert first is new
    assert others == [None, None]
    assert view.original is None
    assert view.stale == []


def test_a_sample_has_no_original_which_is_said(bench: Bench) -> None:
    bench.open_model()
    assert not bench.panel.strip.original.isEnabled()
    assert "A sample was read from no picture." in bench.panel.strip.original.toolTip()


@pytest.mark.parametrize("steps", [4, 6, 11])
def test_the_strip_has_as_many_steps_as_asked(qtbot: QtBot, bench: Bench, steps: int) -> None:
    bench.open_model()
    bench.panel.strip.set_steps(steps)
    assert len(bench.panel.strip.labels) == steps
    assert bench.panel.strip.percentages[0] == 0.0
    assert bench.panel.strip.percentages[-1] == 100.0
    qtbot.waitUntil(
        lambda: len(bench.panel.strip.view.images) == steps and all(i is not None for i in bench.panel.strip.view.images)
    )


def test_without_a_direction_it_offers_to_fit_one(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.open_model(with_smile=False)
    assert bench.panel.sliders.main_slider is None
    assert "Open labelled pictures" in bench.panel.sliders.directions._missing.text()
    assert bench.panel.menu.choices() == []
    config = bench.document.model.header.config.data
    source = write_faces(tmp_path / "faces", {"smile": 20, "non_smile": 20})
    bench.document.set_data(load(replace(config, source=str(source))))
    assert bench.panel.menu.choices() == ["smile"]
    assert "on the data set" in bench.panel.sliders.directions._missing.text()
    with qtbot.waitSignal(bench.document.directions_changed, timeout=20_000):
        bench.panel.menu.fit("smile")
    assert bench.panel.sliders.main_slider is not None
    assert bench.document.main_direction.checkpoint_id == bench.document.model.id
    bench.panel.menu.rename("smile", "grin")
    first = bench.document.main_direction
    assert bench.panel.menu.why_not_again(first) == ""
    with qtbot.waitSignal(bench.document.directions_changed, timeout=20_000):
        bench.panel.menu.fit_again(first, ())
    assert bench.document.main_direction is not first
    assert (bench.document.main_direction.name, bench.document.main_direction.shown_name) == ("smile", "grin")


def test_a_fit_in_place_of_another_keeps_its_progress_and_cancel(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = {name: threading.Event() for name in ("smile", "calm")}

    def slow_fit(_engine: object, _data: object, name: str, *, progress: Callable[[str, int, int], None], **_: object) -> None:
        while True:  # until it is cancelled
            gates[name].wait(10)
            progress("Encoding", 1, 2)

    monkeypatch.setattr("core.metrics.direction_quality.fit_and_score", slow_fit)
    bench.open_model(with_smile=False)
    config = bench.document.model.header.config.data
    source = write_faces(tmp_path / "faces", {"smile": 4, "calm": 4})
    bench.document.set_data(load(replace(config, source=str(source))))
    strip, menu = bench.panel._progress, bench.panel.menu
    menu.fit("smile")
    (first,) = (task for task in running_tasks() if task.name == "fit direction")
    menu.fit("calm")
    with qtbot.waitSignal(first.finished, timeout=10_000):
        gates["smile"].set()
    assert strip.isVisible()
    assert strip._what.text() == "Fitting “calm”"
    cancel = strip.findChild(QPushButton)
    assert cancel is not None
    with qtbot.waitSignal(menu.ended, timeout=10_000):
        QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
        gates["calm"].set()
    assert strip.isHidden()


def test_the_difference_of_class_means_is_one_click_that_can_be_taken_back(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    other = replace(direction(), method="visible")
    bench.document.set_model(fake_model(directions={"smile": other}))
    button = bench.panel.sliders.directions.plain_button
    assert button.isHidden()  # there are no pictures
    config = bench.document.model.header.config.data
    source = write_faces(tmp_path / "faces", {"smile": 20, "non_smile": 20})
    bench.document.set_data(load(replace(config, source=str(source))))
    assert not button.isHidden()
    assert (button.text(), button.isChecked()) == ("Smile from class means", False)
    slider = bench.panel.sliders.main_slider
    assert slider is not None
    assert slider.caption == "Logistic regression"
    said: list[Message] = []
    bench.messenger.message_posted.connect(said.append)
    settled: list[str] = []
    bench.messenger.settled.connect(settled.append)
    with qtbot.waitSignal(bench.document.directions_changed, timeout=20_000):
        button.click()
    fitted = bench.document.directions["smile"]
    assert fitted.method == "mean"
    np.testing.assert_allclose(fitted.unit, fitted.difference / np.linalg.norm(fitted.difference), atol=1e-6)
    assert (button.isHidden(), button.isChecked()) == (False, True), "it stays, and says what the slider follows"
    slider = bench.panel.sliders.main_slider
    assert slider is not None
    assert slider.caption == "Difference of the class means"
    qtbot.waitUntil(lambda: bool(said))
    assert said[-1].text == "The slider “smile” follows the class means now."
    assert said[-1].action is not None
    assert said[-1].action[0] == "Put the earlier one back"
    with qtbot.waitSignal(bench.document.directions_changed, timeout=20_000):
        said[-1].action[1]()
    assert bench.document.directions["smile"] is other
    assert (button.isHidden(), button.isChecked()) == (False, False)
    assert settled == [TOPIC, TOPIC]
    assert said[-1].text == "The slider “smile” follows its earlier direction again."
    with qtbot.waitSignal(bench.document.directions_changed, timeout=20_000):
        button.click()
    assert "put its earlier direction back: Logistic regression, focused" in button.toolTip()
    settled.clear()
    button.click()  # the way back is where the way there was
    assert bench.document.directions["smile"] is other
    assert not button.isChecked()
    bench.open_model()
    assert settled[-1:] == [TOPIC], "another model's slider follows something else"


def test_where_the_model_itself_has_the_class_means_a_click_says_so(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.document.set_model(fake_model(directions={"smile": replace(direction(), method="mean")}))
    config = bench.document.model.header.config.data
    source = write_faces(tmp_path / "faces", {"smile": 20, "non_smile": 20})
    bench.document.set_data(load(replace(config, source=str(source))))
    button = bench.panel.sliders.directions.plain_button
    said: list[Message] = []
    bench.messenger.message_posted.connect(said.append)
    assert (button.isChecked(), button.icon().cacheKey()) == (True, icon("check").cacheKey())
    button.click()
    assert (button.isChecked(), [message.is_quiet for message in said]) == (True, [True])
    assert said[0].text.startswith("The slider “smile” follows the class means already.")
    assert bench.document.undo_stack.count() == 0


def test_undo_brings_back_the_direction_that_was_replaced_and_its_edit(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "run" / "checkpoints" / "best.safetensors"
    own_id = write_model(path)
    other = replace(direction(own_id), method="visible")
    write(path, own_id, {"smile": other})
    model = fake_model(directions={"smile": other})
    model.engine.header = replace(model.header, id=own_id)  # type: ignore[misc]
    bench.document.set_model(replace(model, path=str(path)))
    bench.panel.choose_first_face()
    config = model.header.config.data
    source = write_faces(tmp_path / "faces", {"smile": 20, "non_smile": 20})
    bench.document.set_data(load(replace(config, source=str(source))))
    document, stack = bench.document, bench.document.undo_stack
    document.set_edit("direction", "smile", 60.0)
    with qtbot.waitSignal(document.directions_changed, timeout=20_000):
        bench.panel.sliders.directions.plain_button.click()
    fitted = document.directions["smile"]
    document.set_edit("direction", "smile", 80.0)

    def kept() -> list[str]:
        return [values["method"] for values in checkpoint.read_header(path).directions]

    assert kept() == ["mean"]
    said: list[Message] = []
    bench.messenger.message_posted.connect(said.append)
    stack.undo()
    assert (document.directions["smile"], document.session.weight("direction", "smile")) == (fitted, 60.0)
    assert stack.undoText() == "Fit smile"
    stack.undo()
    assert (document.directions["smile"], document.session.weight("direction", "smile")) == (other, 60.0)
    assert said[-1].text == "The slider “smile” follows its earlier direction again."
    assert not bench.panel.sliders.directions.plain_button.isHidden()
    qtbot.waitUntil(lambda: kept() == ["visible"])
    stack.redo()
    stack.redo()
    assert (document.directions["smile"], document.session.weight("direction", "smile")) == (fitted, 80.0)
    qtbot.waitUntil(lambda: kept() == ["mean"])


def test_undo_takes_back_a_slider_that_is_new(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.open_model(with_smile=False)
    config = bench.document.model.header.config.data
    source = write_faces(tmp_path / "faces", {"smile": 20, "non_smile": 20})
    bench.document.set_data(load(replace(config, source=str(source))))
    with qtbot.waitSignal(bench.document.directions_changed, timeout=20_000):
        bench.panel.menu.fit("smile")
    bench.document.set_edit("direction", "smile", 80.0)
    bench.document.undo_stack.undo()
    bench.document.undo_stack.undo()
    assert bench.document.directions == {}
    assert bench.panel.sliders.main_slider is None
    bench.document.undo_stack.redo()
    bench.document.undo_stack.redo()
    assert bench.panel.sliders.main_slider.value == 80.0


def test_pictures_of_a_single_class_offer_no_direction(bench: Bench, tmp_path: Path) -> None:
    bench.open_model(with_smile=False)
    config = bench.document.model.header.config.data
    bench.document.set_data(load(replace(config, source=str(write_faces(tmp_path / "faces", {"smile": 6})))))
    assert bench.panel.menu.choices() == []
    assert "two" in bench.panel.menu.why_none()
    bench.open_model(with_smile=False)  # builds the sliders again
    assert bench.panel.menu.why_none() in bench.panel.sliders.directions._missing.text()
    assert bench.panel.sliders.directions._no_plain.isHidden()
    bench.open_model()
    directions = bench.panel.sliders.directions
    assert directions.plain_button.isHidden()
    assert not directions._no_plain.isHidden()
    assert directions._no_plain.text().startswith("Smile from class means isn't offered. ")
    assert directions._no_plain.text().endswith(". Press + for what helps.")
    assert bench.panel.menu.why_none() in directions._no_plain.text()
    bench.document.set_data(None)
    assert directions._no_plain.isHidden()


def test_a_validation_picture_is_encoded_and_edited(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.open_model()
    config = bench.document.model.header.config.data
    source = write_faces(tmp_path / "faces", {"smile": 10, "non_smile": 10})
    bench.document.set_data(load(replace(config, source=str(source))))
    bench.panel.faces.set_source(VALIDATION)
    bench.document.set_edit("direction", "smile", 40.0)
    with qtbot.waitSignal(bench.document.session_changed):
        bench.panel.faces._grid.face_activated.emit(0)
    anchor = bench.document.session.anchor
    assert anchor.kind == "data"
    assert bench.document.original(anchor) is not None
    assert bench.document.session.weight("direction", "smile") == 40.0  # the same change on another face


def test_dimensions_have_their_end_pictures_once_they_are_seen_and_nothing_moves_then(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    bench.panel.hide()  # another tab is open
    bench.open_model()
    slider = bench.panel.sliders.dimension_slider(0)
    assert slider is not None
    qtbot.waitUntil(lambda: not bench.panel.sliders.dimensions._ends_timer.isActive())
    assert slider.end_images == (None, None), "nobody sees them"
    size, groove = slider.sizeHint(), slider.look.groove_rect()
    bench.panel.show()
    qtbot.waitUntil(lambda: all(image is not None for image in slider.end_images))
    assert (slider.sizeHint(), slider.look.groove_rect().left()) == (size, groove.left())


def test_only_what_a_models_own_training_kept_out_is_called_unseen(bench: Bench, tmp_path: Path) -> None:
    source = write_faces(tmp_path / "faces", {"smile": 10, "non_smile": 10})
    config = DataConfig(source=str(source), image_size=64)
    data = load(config)
    faces = bench.panel.faces
    faces.set_source(VALIDATION)
    assert "never saw" not in faces.note
    bench.document.set_data(data)
    bench.document.set_model(fake_model(data=config, header_data={"fingerprint": data.fingerprint}))
    assert "training never saw" in faces.note
    bench.document.set_model(fake_model(data=config, header_data={"fingerprint": "of other pictures"}))
    assert "may have seen some" in faces.note
    assert "Validation pictures of faces" in faces.note
    split = replace(config, split_seed=config.split_seed + 1)
    bench.document.set_model(fake_model(data=split, header_data={"fingerprint": data.fingerprint}))
    assert "may have seen some" in faces.note


def test_a_picture_file_is_opened_and_a_broken_one_is_said(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.open_model()
    path = tmp_path / "portrait.png"
    Image.new("RGB", (64, 64), (200, 30, 30)).save(path)
    with qtbot.waitSignal(bench.document.session_changed):
        bench.panel.faces.open_file(str(path))
    anchor: Anchor = bench.document.session.anchor
    assert (anchor.kind, anchor.label) == ("file", "portrait.png")
    assert bench.panel.faces.source == OPENED
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    with qtbot.waitSignal(bench.messenger.message_posted) as posted:
        bench.panel.faces.open_file(str(broken))
    assert "broken.jpg" in posted.args[0].text
    assert bench.document.session.anchor == anchor


def test_strongest_dimensions_come_first() -> None:
    found = strongest(direction())
    assert found[0] == (0, 2.0)
    assert len(found) == min(16, LATENT_DIM)


def test_where_validation_pictures_are_missing_a_button_brings_them(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.open_model()
    faces = bench.panel.faces
    faces.set_source(VALIDATION)
    remedy = faces.findChild(QPushButton, "remedy")
    assert remedy is not None
    with qtbot.waitSignal(faces.data_requested):
        QTest.mouseClick(remedy, Qt.MouseButton.LeftButton)
    source = write_faces(tmp_path / "faces", {"smile": 6, "non_smile": 6})
    other_size = 2 * fake_model().header.image_shape[1]
    bench.document.set_data(load(DataConfig(source=str(source), image_size=other_size)))
    size = fake_model().header.image_shape[1]
    assert f"Data then has them at {sides(size, size)} pixels, and the next training uses that" in remedy.toolTip()
    with qtbot.waitSignal(faces.reframe_requested) as asked:
        QTest.mouseClick(remedy, Qt.MouseButton.LeftButton)
    assert asked.args[1] == fake_model().header.image_shape[1]
    faces.set_source(SAMPLES)
    assert not remedy.isVisible()


def test_names_of_directions_have_the_room_that_they_need(bench: Bench) -> None:
    bench.open_model()
    sliders = bench.panel.sliders.directions
    assert sliders._none.isVisibleTo(bench.panel)  # no empty place under the heading
    for name in ("Bright smile", "A name that is far too long to stand beside its slider"):
        bench.document.set_direction(replace(direction(), name=name))
    assert not sliders._none.isVisibleTo(bench.panel)
    bright, far = (sliders.slider(name) for name in list(bench.document.directions)[1:])
    assert bright is not None
    assert far is not None
    assert bright.fontMetrics().horizontalAdvance("Bright smile") < bright.look.label_rect().width() == MOST_LABEL
    assert far.look.label_rect().width() == MOST_LABEL  # and the grooves stand in line
    bench.document.remove_direction(far.label)
    bright = sliders.slider("Bright smile")
    assert bright is not None
    assert bright.fontMetrics().horizontalAdvance(bright.label) <= bright.look.label_rect().width() <= MOST_LABEL


def test_the_icon_of_the_primary_button_has_the_colour_of_its_text(bench: Bench) -> None:
    button = bench.panel.strip.save_picture
    assert button.property("primary")
    assert button.icon().cacheKey() == icon("save", "accent_text").cacheKey()


def test_the_strip_says_what_it_waits_for(bench: Bench) -> None:
    strip = bench.panel.strip
    bench.open_model(with_smile=False)
    assert "Fit one" in strip.view.accessibleDescription()
    assert not strip._steps.isEnabled()
    bench.document.set_direction(direction())
    assert strip.view.accessibleDescription() == ""
    assert strip._steps.isEnabled()


@pytest.mark.parametrize("reference", ["gallery/12/3", "12/3"])  # the second as earlier versions saved it
def test_a_sample_of_the_gallery_is_none_of_these(qtbot: QtBot, bench: Bench, reference: str) -> None:
    bench.open_model()
    faces, model = bench.panel.faces, bench.document.model
    faces.choose(3)
    own = bench.document.session.anchor
    assert faces.shown_index == 3
    z = model.engine.sample(32, 12)[3]
    bench.document.set_anchor(Anchor("sample", "Sample 4", reference, tuple(map(float, z))))
    assert not np.allclose(z, own.z)
    assert (faces.shown_index, faces._grid.selected_index) == (-1, -1)
    bench.document.undo_stack.undo()
    assert (faces.shown_index, faces._grid.selected_index) == (3, 3)
    bench.document.set_anchor(replace(own, reference="12/x"))  # as a file may say
    assert faces.shown_index == -1


def test_tab_goes_through_the_sliders_column_as_it_is_read(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    column = bench.panel.sliders
    bench.document.set_direction(replace(direction(LATENT_DIM), name="glasses"))
    column.directions.show_trust()

    def stops() -> list[QWidget]:
        assert column.main_slider is not None
        column.main_slider.setFocus(Qt.FocusReason.TabFocusReason)
        seen: list[QWidget] = []
        while True:
            one = QApplication.focusWidget()
            if one in seen or not column.isAncestorOf(one):
                return seen
            seen.append(one)
            QTest.keyClick(one, Qt.Key.Key_Tab)

    def is_reached(name: str) -> bool:
        return name in [one.accessibleName() for one in stops()]

    qtbot.waitUntil(lambda: is_reached("Other directions"))
    reached = stops()
    tops = [one.mapTo(bench.panel, QPoint()).y() for one in reached]
    assert all(low > high - 8 for high, low in itertools.pairwise(tops)), "downwards; what stands in one row is of other heights"
    assert is_reached("How far to trust it")
    assert isinstance(reached[2], QPushButton | QToolButton), "the +"
    for wanted in (column.directions.slider("glasses"), column.dimension_slider(0)):
        assert wanted in reached
    assert reached[-1] is not column.dimension_slider(0), "what it changes comes last"


def test_work_leaves_the_picture_as_large_as_it_is(qtbot: QtBot, bench: Bench) -> None:
    bench.open_model()
    bench.panel.resize(1240, 640)
    before = bench.panel.canvas.size()
    bench.panel.menu.started.emit("Looking at the pictures")
    bench.panel.menu.progressed.emit("Fitting it again, to see how steady it is", 9, 20)
    qtbot.wait(1)  # what is laid out anew
    strip = bench.panel._progress
    assert strip.isVisible()
    assert strip.rect().contains(strip.childrenRect())
    assert bench.panel.canvas.size() == before
    bench.panel.menu.ended.emit()
    assert bench.panel.canvas.size() == before
