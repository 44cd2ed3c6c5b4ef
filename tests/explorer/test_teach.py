"""Teaching by examples, with the mouse and the keyboard; what counts is which directions Document has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.config import DataConfig, preset
from core.data.dataset import load
from core.latent.direction_file import read_direction, shown_names, write_direction
from core.latent.directions import move
from core.latent.face_regions import ANYWHERE, EYES
from explorer.document import direction_keeper
from explorer.document.decoding import DecodeService
from explorer.document.direction_keeper import DirectionKeeper
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.explore.direction_menu import DirectionMenu
from explorer.explore.direction_sliders import DirectionSliders
from explorer.look.theme import colors
from explorer.messages import Message, Messenger
from explorer.saving.direction_files import directions_folder
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.teach.dialog import TeachDialog
from explorer.teach.example_learner import PICTURES, SAMPLES
from explorer.teach.name_field import free_name
from explorer.windows.dialogs import WindowDialogs
from tests.explorer.test_document import anchor, direction
from tests.helpers.fake_engine import fake_model
from tests.helpers.fake_vq import fake_vq_model
from tests.helpers.painted import pixel
from tests.helpers.tiny_faces import write_faces

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Bench:
    """A dialog with everything that it needs."""

    def __init__(self) -> None:
        self.document = Document()
        self.decoding = DecodeService()
        self.document.model_changed.connect(self.decoding.set_model)
        self.messenger = Messenger()
        self.window = QWidget()
        self.keeper = DirectionKeeper(self.messenger, self.window)
        self.dialogs = WindowDialogs(self.document, SettingsStore(UiSettings()), self.messenger, self.window)
        self.document.set_model(fake_model(directions={"smile": direction()}))
        self.document.open_anchor(anchor())

    def open(self, qtbot: QtBot) -> TeachDialog:
        self.dialogs.show_teach(self.decoding, self.keeper)
        dialog = self.window.findChild(TeachDialog)
        assert dialog is not None
        qtbot.waitUntil(lambda: dialog.learner.is_ready)
        return dialog

    def names(self) -> list[str]:
        return [direction.shown_name for direction in self.document.directions.values()]


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench()
    qtbot.addWidget(made.window)
    made.window.show()
    yield made
    made.decoding.close()


@pytest.fixture
def dialog(qtbot: QtBot, bench: Bench) -> TeachDialog:
    return bench.open(qtbot)


@pytest.fixture
def sliders(bench: Bench) -> DirectionMenu:
    """What Explore's sliders ask for."""
    return DirectionMenu(bench.document, bench.messenger, bench.window)


def click(dialog: TeachDialog, place: int, button: Qt.MouseButton = LEFT) -> None:
    grid = dialog.faces.grid
    QTest.mouseClick(grid.viewport(), button, Qt.KeyboardModifier.NoModifier, grid.cell_rect(place).center())


def press(button: QPushButton) -> None:
    assert button.isEnabled()
    QTest.mouseClick(button, LEFT)


def write_name(dialog: TeachDialog, name: str) -> None:
    field = dialog.name_field.field
    field.selectAll()
    QTest.keyClicks(field, name)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_it_works_at_the_first_start_without_any_data(bench: Bench, dialog: TeachDialog) -> None:
    assert dialog.faces.grid.count == SAMPLES
    assert dialog.learner.asked is not None
    assert bench.names() == ["smile"]
    assert not dialog.save_button.isEnabled()
    assert not dialog.isModal()


def test_a_click_marks_and_the_slider_is_there_at_once(bench: Bench, dialog: TeachDialog) -> None:
    click(dialog, 3)
    assert bench.names() == ["smile", "My direction"]
    found = bench.document.directions["My direction"]
    assert (found.method, found.checkpoint_id) == ("examples", bench.document.model.id)
    click(dialog, 5, RIGHT)
    assert dialog.learner.marked.with_it == [3]
    assert dialog.learner.marked.without == [5]
    assert bench.document.directions["My direction"].source == "1 picture with it, 1 without"
    click(dialog, 3)  # again: without
    assert dialog.learner.marked.without == [5, 3]
    click(dialog, 3)  # once more: no mark
    click(dialog, 5, RIGHT)
    assert bench.names() == ["smile"]  # nothing is marked: nothing is taught


def test_two_quick_clicks_are_two(dialog: TeachDialog) -> None:
    click(dialog, 3)
    viewport, place = dialog.faces.grid.viewport(), QPointF(dialog.faces.grid.cell_rect(3).center())
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):  # as systems report the second one
        where = place, QPointF(viewport.mapToGlobal(place))
        QApplication.sendEvent(viewport, QMouseEvent(kind, *where, LEFT, LEFT, Qt.KeyboardModifier.NoModifier))
    assert (dialog.learner.marked.with_it, dialog.learner.marked.without) == ([], [3]), "with it, then without"


def test_keys_mark_the_chosen_face(bench: Bench, dialog: TeachDialog) -> None:
    grid, marked = dialog.faces.grid, dialog.learner.marked
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Plus)  # nothing is chosen yet
    assert bench.names() == ["smile"]
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Plus)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Minus)
    assert (marked.with_it, marked.without) == ([0], [1])
    assert "without" in grid.accessibleDescription()
    QTest.keyClick(grid, Qt.Key.Key_Return)  # what a click does: from − to no mark
    assert marked.without == []
    QTest.keyClick(grid, Qt.Key.Key_Left)
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    assert marked.with_it == []
    assert bench.names() == ["smile"]


def test_marks_are_seen_without_colours(dialog: TeachDialog) -> None:
    click(dialog, 2)
    click(dialog, 4, RIGHT)
    grid = dialog.faces.grid
    grid.set_selected_index(-1)
    for place, ground, ink in ((2, colors().accent, colors().accent_text), (4, colors().text, colors().panel)):
        area = grid.cell_rect(place)
        badge = QPoint(area.right() - 13, area.bottom() - 13)
        assert pixel(grid.viewport(), area.left() + 1, area.center().y()) == ground.getRgb()[:3]
        row = [pixel(grid.viewport(), badge.x() + x, badge.y()) for x in range(-4, 5)]
        assert ink.getRgb()[:3] in row  # the bar of both signs


def test_it_asks_and_takes_answers(bench: Bench, dialog: TeachDialog) -> None:
    first = dialog.learner.asked
    assert "Does this picture" in dialog.question.title
    press(dialog.question.yes)
    second = dialog.learner.asked
    assert dialog.learner.marked.with_it == [first]
    assert "least sure" in dialog.question.title
    assert second != first
    press(dialog.question.skip)
    third = dialog.learner.asked
    assert third not in (first, second)
    press(dialog.question.no)
    assert dialog.learner.marked.without == [third]
    assert bench.document.directions["My direction"].source == "1 picture with it, 1 without"
    press(dialog.undo_button)
    assert dialog.learner.asked == third  # it may be asked about again
    assert dialog.learner.marked.mark_of(second) is None


def test_a_mark_can_be_taken_back(bench: Bench, dialog: TeachDialog) -> None:
    for place in (1, 2):
        click(dialog, place)
    before = bench.document.directions["My direction"]
    click(dialog, 7, RIGHT)
    press(dialog.undo_button)
    np.testing.assert_allclose(bench.document.directions["My direction"].unit, before.unit)
    assert dialog.faces.grid.selected_index == 7
    dialog.faces.grid.setFocus()
    QTest.keyClick(dialog.faces.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(dialog.faces.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert bench.names() == ["smile"]
    assert not dialog.undo_button.isEnabled()


def test_the_preview_shows_what_was_learned_and_leads_there(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    click(dialog, 1)
    click(dialog, 2, RIGHT)
    qtbot.waitUntil(lambda: all(image is not None for image in dialog.preview.images))
    found = bench.document.directions["My direction"]
    base = dialog.learner.marked.faces.background.mean(axis=0)  # whatever face is edited, which may show nothing of it
    for image, percent in zip(dialog.preview.images, (-100.0, 0.0, 100.0), strict=True):
        np.testing.assert_array_equal(image, bench.document.model.engine.decode(move(base, found, percent)[None])[0])
    QTest.mouseClick(dialog.preview, LEFT, Qt.KeyboardModifier.NoModifier, dialog.preview.cell(2).center())
    assert bench.document.session.weight("direction", "My direction") == 100.0


def test_the_name_can_change_and_the_slider_stays_where_it_is(bench: Bench, dialog: TeachDialog) -> None:
    click(dialog, 1)
    bench.document.set_edit("direction", "My direction", 40.0)
    write_name(dialog, "  wide   grin ")
    assert bench.names() == ["smile", "wide grin"]
    assert bench.document.session.weight("direction", "My direction") == 40.0
    bench.document.undo_stack.undo()  # to before the move; redo brings an edit back whose direction has another name
    bench.document.undo_stack.redo()
    assert bench.document.edited_code() is not None
    write_name(dialog, " ")
    assert bench.names() == ["smile", "My direction"]


def test_a_rename_outlives_what_the_dialog_does_to_the_direction(bench: Bench, dialog: TeachDialog, sliders: DirectionMenu) -> None:
    click(dialog, 1)
    sliders.rename("My direction", "Shine")
    assert dialog.name_field.field.text() == "Shine"
    write_name(dialog, "Bright")
    bench.document.undo_stack.undo()
    assert (bench.names(), dialog.name_field.field.text()) == (["smile", "My direction"], "My direction")
    bench.document.undo_stack.redo()
    assert (bench.names(), dialog.name_field.field.text()) == (["smile", "Shine"], "Shine")
    press(dialog.undo_button)
    assert bench.names() == ["smile"]
    bench.document.undo_stack.undo()
    assert bench.names() == ["smile"]
    click(dialog, 2)
    assert bench.names() == ["smile", "Shine"]


def test_a_removed_direction_goes_on_by_undo_or_by_the_next_mark(bench: Bench, dialog: TeachDialog, sliders: DirectionMenu) -> None:
    click(dialog, 1)
    write_name(dialog, "Shine")
    sliders.remove("My direction")
    assert (bench.names(), dialog.save_button.isEnabled()) == (["smile"], False)
    bench.document.undo_stack.undo()
    assert (bench.names(), dialog.save_button.isEnabled()) == (["smile", "Shine"], True)
    assert dialog.name_field.name == "Shine"
    assert dialog.name_field.remark == ""
    click(dialog, 2)
    assert bench.names() == ["smile", "Shine"], "no second one"
    sliders.remove("My direction")
    click(dialog, 3)
    newer = bench.document.directions["My direction"]
    assert dialog.learner.direction is newer
    bench.document.undo_stack.undo()
    assert bench.document.directions["My direction"] is newer
    assert dialog.learner.direction is newer
    assert bench.names() == ["smile", "Shine"]


def test_another_direction_gets_a_name_of_its_own(
    bench: Bench, dialog: TeachDialog, sliders: DirectionMenu, tmp_path: Path
) -> None:
    click(dialog, 1)
    shine = bench.document.directions["My direction"]
    sliders.rename("My direction", "Shine")
    press(dialog.again_button)
    click(dialog, 2)
    click(dialog, 1, RIGHT)
    assert bench.names() == ["smile", "Shine", "My direction 2"]
    write_name(dialog, "glow")
    sliders.remove("My direction")
    press(dialog.again_button)
    click(dialog, 3)
    assert bench.names() == ["smile", "glow", "My direction"]
    write_direction(tmp_path / "shine.json", shine.shown_as("Shine"))
    sliders.open_file(str(tmp_path / "shine.json"))
    assert bench.names() == ["smile", "glow", "My direction", "Shine"], "it takes no other one's place"
    sliders.rename("My direction", "gleam")
    write_direction(tmp_path / "mine.json", bench.document.directions["My direction"].shown_as("My direction"))
    sliders.open_file(str(tmp_path / "mine.json"))
    assert len(bench.names()) == 4, "it is the same one, saved before it was renamed"


def test_a_name_that_is_taken_is_said_and_another_one_offered(bench: Bench, dialog: TeachDialog) -> None:
    smile = bench.document.directions["smile"]
    QTest.keyClicks(dialog.name_field.field, "Smile")
    assert "Smile 2" in dialog.name_field.remark
    assert dialog.name_field.isVisible()
    click(dialog, 1)
    assert bench.names() == ["smile", "Smile 2"]
    assert bench.document.directions["smile"] is smile
    write_name(dialog, "grin")
    assert dialog.name_field.remark == ""
    assert bench.names() == ["smile", "grin"]
    assert free_name("a_b", ["A b", "a b 2"]) == "a_b 3"


def test_to_say_the_part_teaches_anew(bench: Bench, dialog: TeachDialog) -> None:
    for place in range(4):
        click(dialog, place, LEFT if place % 2 else RIGHT)
    before = bench.document.directions["My direction"].unit
    press(dialog.part_choice.segments[1])
    assert dialog.learner.marked.part == EYES
    assert not np.allclose(bench.document.directions["My direction"].unit, before)


def test_likeliest_first_brings_what_looks_like_it(dialog: TeachDialog) -> None:
    assert not dialog.faces.likeliest_button.isEnabled()
    click(dialog, 9)
    press(dialog.faces.likeliest_button)
    marked = dialog.learner.marked
    likeliest = np.argsort(-dialog.learner.direction.position(marked.faces.codes))[:2]
    for place in (0, 1):
        click(dialog, place, RIGHT)  # what is marked is the face that is shown there
    assert marked.without == [int(face) for face in likeliest]


def test_other_faces_come_and_marked_ones_stay(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    click(dialog, 4)
    click(dialog, 6, RIGHT)
    before = dialog.learner.marked
    kept = before.faces.pictures[[4, 6]]
    learnt = bench.document.directions["My direction"].unit
    with qtbot.waitSignal(dialog.learner.marks_changed):
        press(dialog.faces.others_button)
    after = dialog.learner.marked
    assert (after.with_it, after.without) == ([0], [1])
    np.testing.assert_array_equal(after.faces.pictures[:2], kept)
    assert not np.array_equal(after.faces.pictures[2], before.faces.pictures[0])
    np.testing.assert_array_equal(bench.document.directions["My direction"].unit, learnt)
    press(dialog.undo_button)
    assert (after.with_it, after.without) == ([0], [])


def test_the_opened_pictures_are_there_to_mark(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    source = write_faces(tmp_path / "faces", {"smile": 12, "non_smile": 12})
    config = replace(bench.document.model.header.config.data, source=str(source))
    data = load(config)
    bench.document.set_data(data)
    dialog = bench.open(qtbot)
    marked = dialog.learner.marked
    assert not marked.faces.are_samples
    assert len(marked.faces.names) == min(24, PICTURES)
    row = list(data.index.files).index(marked.faces.names[0])
    np.testing.assert_array_equal(marked.faces.pictures[0], data.images[row])
    bench.document.set_data(load(DataConfig(source=str(source), image_size=32)))  # of another size than the model's
    qtbot.waitUntil(lambda: dialog.learner.is_ready and dialog.learner.marked.faces.are_samples)


def test_data_that_come_later_replace_samples_only_where_nothing_is_marked(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot)
    click(dialog, 1)
    source = write_faces(tmp_path / "faces", {"": 8})
    data = load(replace(bench.document.model.header.config.data, source=str(source)))
    bench.document.set_data(data)
    assert dialog.learner.marked.with_it == [1]
    with qtbot.waitSignal(dialog.learner.marks_changed):
        press(dialog.faces.others_button)
    assert len(dialog.learner.marked.faces.codes) == 9  # the marked sample, and the pictures


def test_another_model_is_taught_the_same(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    for place in range(6):
        click(dialog, place, LEFT if place % 2 else RIGHT)
    other = fake_model()
    bench.document.set_model(other)
    assert bench.names() == []
    assert not dialog.learner.is_ready
    click(dialog, 6, RIGHT)  # the pictures are there to mark, though their codes aren't yet
    assert len(dialog.learner.marked.without) == 4
    qtbot.waitUntil(lambda: bench.names() == ["My direction"])
    assert bench.document.directions["My direction"].checkpoint_id == other.id
    assert (len(dialog.learner.marked.with_it), len(dialog.learner.marked.without)) == (3, 4)
    dialog.close()
    bench.document.set_model(fake_model(image_size=32))
    assert bench.names() == []  # nobody looks: nothing is taught
    bench.open(qtbot)
    assert dialog.learner.marked.with_it == []  # the faces of before don't fit


def test_it_starts_anew_on_a_model_that_was_opened_while_it_was_closed(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    write_name(dialog, "Dark hair")
    dialog.part_choice.segments[3].click()
    click(dialog, 1)
    assert bench.names() == ["smile", "Dark hair"]
    dialog.close()
    bench.document.set_model(fake_model())
    bench.open(qtbot)
    assert (dialog.name_field.name, dialog.name_field.field.text()) == ("My direction", "")
    assert dialog.part_choice.choice == 0
    assert dialog.learner.marked.with_it == []
    assert dialog.learner.marked.part == ANYWHERE
    assert bench.names() == [], "nobody has taught this one anything"
    click(dialog, 1)
    assert bench.names() == ["My direction"]


def test_it_starts_anew_where_the_pictures_do_not_fit(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    write_name(dialog, "Dark hair")
    click(dialog, 1)
    bench.document.set_model(fake_model(image_size=32))
    qtbot.waitUntil(lambda: dialog.learner.is_ready)
    assert (dialog.name_field.name, dialog.learner.marked.with_it) == ("My direction", [])


@pytest.mark.parametrize("between", [fake_model, fake_vq_model])
def test_it_goes_on_when_its_model_is_opened_again(
    qtbot: QtBot, bench: Bench, dialog: TeachDialog, between: Callable[[], LoadedModel]
) -> None:
    model = replace(bench.document.model)
    write_name(dialog, "Dark hair")
    click(dialog, 1)
    dialog.close()
    bench.document.set_model(replace(between(), path="another.safetensors"))
    bench.document.set_model(model)
    assert bench.names() == ["smile", "Dark hair"]
    bench.open(qtbot)
    assert dialog.name_field.name == "Dark hair"
    assert (dialog.learner.marked.with_it, dialog.learner.is_ready) == ([1], True)
    click(dialog, 2, RIGHT)
    assert bench.names() == ["smile", "Dark hair"]
    assert bench.document.directions["Dark hair"].source == "1 picture with it, 1 without"


def test_beside_an_open_dialog_each_model_has_one_of_it(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    first, other = replace(bench.document.model), fake_model(name="another")
    click(dialog, 1)
    for model, names in ((other, ["My direction"]), (first, ["smile", "My direction"]), (replace(other), ["My direction"])):
        with qtbot.waitSignal(dialog.learner.taught):
            bench.document.set_model(model)
        qtbot.waitUntil(lambda: dialog.learner.is_ready)
        assert bench.names() == names


def test_fetching_can_be_cancelled(qtbot: QtBot, bench: Bench) -> None:
    bench.dialogs.show_teach(bench.decoding, bench.keeper)
    dialog = bench.window.findChild(TeachDialog)
    cancel = next(button for button in dialog.faces.progress.findChildren(QPushButton))
    write_name(dialog, "grin")
    assert cancel.isEnabled()  # Enter has pressed no button
    with qtbot.waitSignal(dialog.learner.work_ended):
        press(cancel)
    assert dialog.learner.marked is None
    assert not dialog.faces.progress.isVisible()
    with qtbot.waitSignal(dialog.learner.marks_changed):
        press(dialog.faces.others_button)
    assert dialog.faces.grid.count == SAMPLES


def test_marks_outlive_a_cancelled_change_of_the_model(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    click(dialog, 1)
    click(dialog, 2, RIGHT)
    bench.document.set_model(fake_model())
    cancel = next(button for button in dialog.faces.progress.findChildren(QPushButton))
    with qtbot.waitSignal(dialog.learner.work_ended):
        press(cancel)
    click(dialog, 3)  # its code is of the other model: nothing can be learned from it yet
    assert bench.names() == []
    press(dialog.faces.others_button)
    qtbot.waitUntil(lambda: bench.names() == ["My direction"])
    assert (dialog.learner.marked.with_it, dialog.learner.marked.without) == ([1, 3], [2])


def test_a_model_without_directions_closes_it(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    said: list[Message] = []
    bench.messenger.message_posted.connect(said.append)
    click(dialog, 1)
    bench.document.set_model(fake_vq_model())
    assert not dialog.isVisible()
    assert [message.text for message in said] == ["A VQ-VAE has no directions to teach."]
    assert not dialog.learner.is_ready
    bench.document.set_model(fake_model())
    assert bench.open(qtbot) is dialog


def test_closing_keeps_the_slider_and_opening_goes_on(qtbot: QtBot, bench: Bench, dialog: TeachDialog) -> None:
    click(dialog, 1)
    press(dialog.close_button)
    assert not dialog.isVisible()
    assert "My direction" in bench.names()
    assert bench.open(qtbot) is dialog
    click(dialog, 2, RIGHT)
    assert bench.document.directions["My direction"].source == "1 picture with it, 1 without"
    press(dialog.again_button)
    assert dialog.learner.marked.with_it == []
    click(dialog, 5)
    assert bench.names() == ["smile", "My direction", "My direction 2"]
    assert bench.document.directions["My direction"].source == "1 picture with it, 1 without"


def test_it_can_be_saved_to_a_file(qtbot: QtBot, bench: Bench, dialog: TeachDialog, tmp_path: Path) -> None:
    click(dialog, 1)
    assert dialog.save_button.isEnabled()
    with qtbot.waitSignal(bench.messenger.message_posted) as posted:
        dialog.save_file(str(tmp_path / "mine.json"))
    assert posted.args[0].kind == "success"
    assert str(tmp_path) in posted.args[0].text
    assert posted.args[0].action[0] == "Show in folder"
    assert read_direction(tmp_path / "mine.json", bench.document.model.id).name == "My direction"
    assert dialog.said.isVisible()
    assert dialog.said.text() == f"Saved mine.json in {tmp_path}.", "the window's message is behind the dialog"
    with qtbot.waitSignal(bench.messenger.message_posted) as posted:
        dialog.save_file(str(tmp_path / "mine.json" / "inside a file.json"))
    assert posted.args[0].kind == "error"
    assert dialog.said.text() == posted.args[0].text
    click(dialog, 2, RIGHT)
    assert not dialog.said.isVisible(), "it was said of another direction"


def test_directions_have_a_folder_of_their_own(
    qtbot: QtBot, bench: Bench, dialog: TeachDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "labkhand" / "runs"))
    click(dialog, 1)
    asked: list[str] = []

    def accept() -> None:
        chooser = QApplication.activeModalWidget()
        assert isinstance(chooser, QFileDialog)
        asked.append(chooser.directory().absolutePath())
        chooser.accept()

    QTimer.singleShot(0, dialog, accept)
    with qtbot.waitSignal(bench.messenger.message_posted):
        press(dialog.save_button)
    assert asked == [str(tmp_path / "labkhand" / "directions")]
    assert (tmp_path / "labkhand" / "directions" / "My direction.json").is_file()


def test_a_saved_direction_is_offered_for_its_model_again(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "labkhand" / "runs"))
    window, document = QWidget(), Document()
    qtbot.addWidget(window)
    window.show()
    model = fake_model()
    folder = directions_folder()
    for name, owner in (("long_hair", model.id), ("of another", "f" * 64)):
        write_direction(folder / f"{name}.json", replace(direction(owner), name=name))
    (folder / "notes.json").write_text("no direction")
    menu = DirectionMenu(document, Messenger(), window)
    button = menu.button()

    def offered() -> list[QAction]:
        menu.popup_at(button)
        popup = button.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]
        saved = [action.menu() for action in popup.actions() if action.text() == "Saved for this model"]
        popup.close()
        return [action for one in saved for action in one.actions()]

    assert offered() == [], "there is no model"
    document.set_model(model)
    (only,) = offered()
    assert only.text() == "Long hair"
    only.trigger()
    assert list(document.directions) == ["long_hair"]
    assert offered() == [], "it is a slider already"
    QApplication.sendPostedEvents()


def test_saved_directions_are_offered_where_none_is_open(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "labkhand" / "runs"))
    window, document = QWidget(), Document()
    qtbot.addWidget(window)
    sliders = DirectionSliders(document, DirectionMenu(document, Messenger(), window), window)
    document.set_model(fake_model(directions={"smile": direction()}))
    assert sliders.saved_button.isHidden()
    model = fake_model(directions={"smile": direction()})
    for name in ("blond", "long_hair"):
        write_direction(directions_folder() / f"{name}.json", replace(direction(model.id), name=name))
    document.set_model(model)
    assert not sliders.saved_button.isHidden()
    assert sliders.saved_button.text() == "Open 2 saved for this model"
    sliders.saved_button.click()
    assert set(document.directions) == {"smile", "blond", "long_hair"}
    assert sliders.saved_button.isHidden()


def write_model(path: Path) -> str:
    """A checkpoint of next to nothing; gives its id."""
    tensors = {checkpoint.MODEL + "weight": np.ones(3, np.float32)}
    path.parent.mkdir(parents=True, exist_ok=True)
    return checkpoint.save(path, checkpoint.Header("", preset("quick"), (3, 128, 128)), tensors).id


def test_it_is_kept_in_the_file_of_a_persons_own_model(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "run" / "checkpoints" / "best.safetensors"
    own_id = write_model(path)
    model = fake_model()
    model.engine.header = replace(model.header, id=own_id)  # type: ignore[misc]
    bench.document.set_model(replace(model, path=str(path)))
    dialog = bench.open(qtbot)

    def kept() -> list[str]:
        return shown_names(checkpoint.read_header(path))

    click(dialog, 1)
    assert dialog.learner.is_kept
    dialog.close()  # writes at once
    qtbot.waitUntil(lambda: kept() == ["My direction"])
    bench.open(qtbot)
    write_name(dialog, "grin")
    dialog.close()
    qtbot.waitUntil(lambda: kept() == ["grin"])
    bench.open(qtbot)
    press(dialog.undo_button)
    dialog.close()
    qtbot.waitUntil(lambda: kept() == [])


def test_a_shipped_model_and_a_changed_file_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shipped" / "faces.safetensors"
    own_id = write_model(path)
    direction_keeper.write(path, "another", {"x": replace(direction("another"), name="x")})
    assert checkpoint.read_header(path).directions == []
    monkeypatch.setattr(checkpoint, "SHIPPED_FOLDER", path.parent)
    assert not direction_keeper.is_kept_in(path)
    direction_keeper.write(path, own_id, {"smile": direction(own_id)})
    assert checkpoint.read_header(path).directions == []


def names_in(path: Path) -> set[str]:
    """Of the directions in a model's file."""
    return {values["name"] for values in checkpoint.read_header(path).directions}


def test_several_directions_that_wait_for_a_file_are_all_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run" / "checkpoints" / "best.safetensors"
    own_id = write_model(path)
    is_begun, may_go_on, write = threading.Event(), threading.Event(), direction_keeper.write

    def slow(*given: object) -> None:
        is_begun.set()
        assert may_go_on.wait(10)
        write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(direction_keeper, "write", slow)
    owner = QObject()
    keeper = DirectionKeeper(Messenger(), owner)
    smile = direction(own_id)
    for name in ("first", "second", "third", "fourth"):
        keeper.keep(str(path), own_id, replace(smile, name=name))
        keeper.flush()
        assert is_begun.wait(10)
    keeper.keep(str(path), own_id, None, before="second")
    keeper.keep(str(path), own_id, replace(smile, name="fifth"), before="fourth")
    keeper.flush()
    may_go_on.set()
    qtbot.waitUntil(lambda: names_in(path) == {"first", "third", "fifth"}, timeout=10_000)


def test_directions_that_are_written_at_once_are_all_kept(tmp_path: Path) -> None:
    """A fit writes its direction itself while the learner and undo write theirs: each rewrites the whole file."""
    path = tmp_path / "run" / "checkpoints" / "best.safetensors"
    own_id = write_model(path)
    names = {f"direction {n}" for n in range(8)}
    with ThreadPoolExecutor(len(names)) as pool:
        for name in names:
            pool.submit(direction_keeper.write, path, own_id, {name: replace(direction(own_id), name=name)})
    assert names_in(path) == names


def test_the_menu_offers_it_once_there_is_a_model(qtbot: QtBot) -> None:
    window, document = QWidget(), Document()
    qtbot.addWidget(window)
    menu = DirectionMenu(document, Messenger(), window)
    button = menu.button()
    window.show()

    def entry() -> object:
        menu.popup_at(button)
        popup = button.findChildren(QMenu)[-1]
        action = next(action for action in popup.actions() if "Teach" in action.text())
        return popup, action

    popup, action = entry()
    assert not action.isEnabled()
    popup.close()
    document.set_model(fake_model())
    popup, action = entry()
    with qtbot.waitSignal(menu.teach_requested):
        QTest.mouseClick(popup, LEFT, Qt.KeyboardModifier.NoModifier, popup.actionGeometry(action).center())
    QApplication.sendPostedEvents()
