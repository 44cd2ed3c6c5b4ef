"""Directions of one's own that are in no file: they wait for their model, and quitting asks about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.errors import CoreError
from core.latent.direction_file import write_direction
from core.latent.directions import Direction
from explorer.document.document import Document, carried_over
from explorer.document.loading import LoadedModel
from explorer.explore.direction_menu import DirectionMenu
from explorer.job.training import TrainingJob
from explorer.messages import Message, Messenger
from explorer.saving import save_directions
from explorer.saving.direction_files import directions_folder, directions_of
from explorer.windows.main_window import MainWindow
from explorer.windows.services import Services
from tests.explorer.test_document import anchor, direction
from tests.explorer.test_main_window import open_model, services, window
from tests.explorer.test_save_all import choose, edit_two
from tests.helpers.fake_engine import fake_model

__all__ = ["services", "window"]  # fixtures


def taught(model: LoadedModel, name: str = "dark hair") -> Direction:
    return replace(direction(model.id), name=name, method="examples")


@pytest.fixture
def first() -> LoadedModel:
    return fake_model(name="first", directions={"smile": direction()})


@pytest.fixture
def other() -> LoadedModel:
    return fake_model(name="other", directions={"smile": direction()})


@pytest.fixture
def document(first: LoadedModel) -> Document:
    """With a direction that was taught, and an edit along it."""
    made = Document()
    made.set_model(first)
    made.open_anchor(anchor())
    made.set_direction(taught(first))
    made.set_edit("direction", "dark hair", 60.0)
    return made


def weights(document: Document) -> dict[str, float]:
    return {edit.key: edit.weight for edit in document.session.edits}


def use(document: Document, model: LoadedModel) -> None:
    """Use another model, and go on with the face, read from its picture anew."""
    before = document.session
    document.set_model(model, carried_over(before, model, document.original(before.anchor)))


def test_it_is_there_again_with_its_edit(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.set_edit("direction", "smile", 20.0)
    document.set_model(other)
    assert (list(document.directions), weights(document)) == (["smile"], {"smile": 20.0})
    document.set_edit("direction", "smile", 30.0)
    document.set_model(replace(first))
    assert list(document.directions) == ["smile", "dark hair"]
    assert weights(document) == {"smile": 30.0, "dark hair": 60.0}
    document.set_model(None)
    document.set_model(replace(first))
    assert weights(document) == {"dark hair": 60.0}


def test_each_face_has_its_edit_again(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    anna, ben = (replace(anchor("file"), label=name, reference=name) for name in ("anna.png", "ben.png"))
    picture = np.zeros((64, 64, 3), np.uint8)
    document.set_anchor(anna, picture)
    document.set_edit("direction", "dark hair", 40.0)
    document.set_anchor(ben, picture)
    document.set_edit("direction", "smile", 10.0)
    use(document, other)
    for face in (anna, ben):  # the other model takes from each what it has no slider for
        document.set_anchor(face, picture)
    use(document, replace(first))
    assert weights(document) == {"smile": 10.0}
    document.set_anchor(anna, picture)
    assert weights(document) == {"dark hair": 40.0}
    document.set_anchor(anchor())
    assert weights(document) == {"dark hair": 60.0}


def test_a_face_of_another_size_does_not_cost_the_edit(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.set_model(other)
    document._take(document.session.with_anchor(None))
    document.set_model(replace(first))
    document.open_anchor(anchor())
    assert weights(document) == {"dark hair": 60.0}


def test_what_was_removed_stays_so(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.set_model(other)
    document.set_model(replace(first))
    document.remove_direction("dark hair")
    document.set_model(other)
    document.set_model(replace(first))
    assert list(document.directions) == ["smile"]
    assert document.unsaved_directions == []


def test_a_fit_in_place_of_the_models_own_waits_too(first: LoadedModel, other: LoadedModel, document: Document) -> None:
    fitted = replace(direction(first.id), mean_with=3.0)
    document.set_direction(fitted)
    document.set_model(other)
    document.set_model(replace(first))
    assert document.directions["smile"] is fitted
    assert document.unsaved_directions == [fitted, document.directions["dark hair"]]


def test_what_the_models_file_holds_comes_from_there(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.note_direction_in_model(document.directions["dark hair"])
    assert document.unsaved_directions == []
    document.set_model(other)
    document.set_model(replace(first))
    assert list(document.directions) == ["smile"], "somebody has taken it out of the file meanwhile"


def test_a_run_that_overwrites_its_model_leaves_none_behind(document: Document, first: LoadedModel) -> None:
    document.set_model(replace(fake_model(), path=first.path))
    assert document.unsaved_directions == []


def test_it_is_unsaved_until_a_file_has_it(
    qtbot: QtBot, document: Document, first: LoadedModel, other: LoadedModel, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    menu = DirectionMenu(document, Messenger(), window)
    mine = document.directions["dark hair"]
    assert document.unsaved_directions == [mine]
    menu.save_file("dark hair", str(tmp_path / "mine.json"))
    assert document.unsaved_directions == []
    document.rename_direction("dark hair", "Raven")
    assert document.unsaved_directions == [], "it is the same one"
    document.set_direction(replace(mine, mean_with=2.0))  # another mark
    assert document.unsaved_directions == [document.directions["dark hair"]]
    write_direction(tmp_path / "theirs.json", replace(mine, name="beard"))
    menu.open_file(str(tmp_path / "theirs.json"))
    document.set_model(other)
    assert [one.name for one in document.unsaved_directions] == ["dark hair"]
    document.set_model(replace(first))
    assert list(document.directions) == ["smile", "dark hair", "beard"], "what was opened is a slider again, too"


def teach_two(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    """Two models have a direction that no file has; the second one is in use."""
    open_model(qtbot, window, services)
    document = services.document
    for name, following in (("dark hair", fake_model(name="other")), ("long/short hair", None)):
        document.set_direction(taught(document.model, name))
        if following is not None:
            document.set_model(following)


def close(window: MainWindow, answered: str) -> tuple[str, str, list[str]]:
    """Close the window and answer its question; gives what it said, and its buttons."""
    said: list[tuple[str, str, list[str]]] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append((box.text(), box.informativeText(), [button.text() for button in box.buttons()]))
        next(button for button in box.buttons() if button.text() == answered).click()

    QTimer.singleShot(0, window, answer)
    window.close()
    return said[0]


def saved_names() -> list[str]:
    return sorted(path.name for path in directions_folder().iterdir())


def test_quitting_names_them_and_saves_them_without_a_question(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    teach_two(qtbot, window, services)
    (directions_folder() / "dark hair.json").write_text("mine")
    text, remark, buttons = close(window, "Cancel")
    assert text == "The directions Dark hair of fake and Long/short hair aren't saved.", "that one's model isn't in use"
    assert remark == "A saved direction is offered by + in Explore whenever its model is open."
    assert "Save all" in buttons, "without dots: no dialog follows"
    assert window.isVisible()
    close(window, "Save all")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert saved_names() == ["dark hair-2.json", "dark hair.json", "long-short-hair.json"]
    assert (directions_folder() / "dark hair.json").read_text() == "mine", "nothing is overwritten"
    model = services.document.model
    assert [one.name for one in directions_of(model.id).values()] == ["long/short hair"]


def test_one_can_be_dropped(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    services.document.set_direction(taught(services.document.model))
    text, _, buttons = close(window, "Close without saving")
    assert text == "The direction Dark hair isn't saved."
    assert "Save" in buttons
    assert (saved_names(), window.isVisible()) == ([], False)


def test_edits_and_directions_are_one_question(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_two(qtbot, window, services)
    services.document.set_direction(taught(services.document.model))
    choose(monkeypatch, None)
    text, remark, _ = close(window, "Save all…")
    assert text == "The edits of anna.png and ben.png aren't saved. The direction Dark hair isn't saved."
    assert remark.startswith("Saved as PNG, a picture keeps its edit")
    assert remark.endswith("whenever its model is open.")
    assert (saved_names(), window.isVisible()) == ([], True), "no folder was chosen"
    choose(monkeypatch, tmp_path)
    close(window, "Save all…")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert saved_names() == ["dark hair.json"]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["anna-smile-60.png", "ben-smile-60.png"]


def test_one_that_cannot_be_written_keeps_the_window(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_two(qtbot, window, services)
    services.document.set_direction(taught(services.document.model))

    def full_disk(path: Path, _direction: Direction) -> None:
        raise CoreError(f"{path.name} can't be written: the disk is full.", "Make room.")

    monkeypatch.setattr(save_directions, "write_direction", full_disk)
    choose(monkeypatch, tmp_path)
    posted: list[Message] = []
    services.messenger.message_posted.connect(posted.append)
    close(window, "Save all…")
    qtbot.waitUntil(lambda: services.document.unsaved == [])
    (error,) = [message for message in posted if message.kind == "error"]
    assert "1 of 1 directions couldn't be saved: dark hair. dark hair.json can't be written: the disk is full." in error.text
    assert window.isVisible(), "the pictures are saved, the direction isn't"
    assert [one.name for one in services.document.unsaved_directions] == ["dark hair"]


def test_a_run_that_goes_on_does_not_hide_them(
    qtbot: QtBot, window: MainWindow, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_model(qtbot, window, services)
    services.document.set_direction(taught(services.document.model))
    monkeypatch.setattr(TrainingJob, "is_active", True)
    asked: list[bool] = []
    monkeypatch.setattr(window.closing, "ask", lambda: asked.append(True) or False)
    text, _, buttons = close(window, "Cancel")
    close(window, "Close without saving")
    monkeypatch.undo()
    assert text == "The direction Dark hair isn't saved."
    assert "Save" in buttons
    assert asked == [True], "the run is a question of its own, once it is known what becomes of the rest"
    assert window.isVisible()


def test_an_edit_along_it_is_asked_about_with_another_model_too(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.set_anchor(replace(anchor("file"), label="anna.png", reference="anna.png"), np.zeros((64, 64, 3), np.uint8))
    document.set_edit("direction", "dark hair", 40.0)
    use(document, other)
    assert document.unsaved == ["anna.png"]
    use(document, replace(first))
    assert weights(document) == {"dark hair": 40.0}
