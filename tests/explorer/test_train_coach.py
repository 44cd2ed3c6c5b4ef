"""The coach's box: what it shows, what a click asks for, what stays dismissed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.coach.base import Advice, Severity
from core.config import all_paths, to_dict, with_values
from core.events import EpochFinished, RunStarted, encode
from core.files import write_json
from core.runs.listing import read_config
from explorer.job.training import TrainingJob
from explorer.look.theme import apply_theme, theme_colors
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train import coach as train_coach
from explorer.train.coach import CoachBox, change_in_words
from explorer.train.tab import TrainPanel
from tests.helpers.coach_runs import settings_of
from tests.helpers.fake_train import epoch_event
from tests.helpers.painted import pixel

COLLAPSE = Advice("collapse", "3 of 128 dimensions carry information.", "Lower beta.", Severity.PROBLEM, {"objective.beta": 0.5})
LIGHT = Advice("brightness", "The classes differ in brightness by 14 %.", "Take both in the same light.", Severity.WARNING)
LONGER = Advice("still_improving", "It was still improving.", "More epochs would help.", Severity.TIP, {"epochs": 1500})
SLOW = Advice("speed", "Training runs at 12 pictures/s.", "bf16 isn't available.", Severity.TIP, {"data.image_size": 64})


@pytest.fixture
def outer(qtbot: QtBot) -> QWidget:
    """A column whose upper part takes what room is left, as in the Train tab."""
    outer = QWidget()
    outer.resize(700, 400)
    QVBoxLayout(outer).addWidget(QLabel("curves", outer), 1)
    qtbot.addWidget(outer)
    return outer


@pytest.fixture
def box(outer: QWidget) -> CoachBox:
    """Its lower part."""
    box = CoachBox(outer)
    outer.layout().addWidget(box)
    outer.show()
    return box


def open_all(qtbot: QtBot, box: CoachBox) -> None:
    qtbot.mouseClick(rows(box)[0].more_button, Qt.MouseButton.LeftButton)


def rows(box: CoachBox) -> list[train_coach._Row]:
    """As they stand from top to bottom."""
    QApplication.processEvents()
    return sorted((row for row in box.findChildren(train_coach._Row) if row.isVisible()), key=lambda row: row.y())


def test_without_advice_it_takes_no_room(box: CoachBox) -> None:
    assert not box.isVisible()
    box.set_advice([COLLAPSE])
    assert box.isVisible()
    box.set_advice([])
    assert not box.isVisible()


def test_it_says_the_most_important_and_on_a_click_two_more(qtbot: QtBot, box: CoachBox) -> None:
    box.set_advice([COLLAPSE, LIGHT, LONGER, SLOW])
    assert [row.sentence.text() for row in rows(box)] == [COLLAPSE.sentence]
    assert rows(box)[0].more_button.text() == "2 more"
    height = box.height()
    open_all(qtbot, box)
    shown = rows(box)
    assert [row.sentence.text() for row in shown] == [COLLAPSE.sentence, LIGHT.sentence, LONGER.sentence]
    assert [row.reason.text() for row in shown] == [COLLAPSE.reason, LIGHT.reason, LONGER.reason]
    assert [row.change_button.isVisible() for row in shown] == [True, False, True]
    assert shown[2].change_button.text() == "Use 1,500 epochs next time"
    assert [row.more_button.isVisible() for row in shown] == [True, False, False]
    box.set_advice([LIGHT, LONGER])  # the next epoch
    assert [row.sentence.text() for row in rows(box)] == [LIGHT.sentence, LONGER.sentence]
    assert rows(box)[0].more_button.text() == "Fewer"
    open_all(qtbot, box)
    assert [row.sentence.text() for row in rows(box)] == [LIGHT.sentence]
    assert box.height() <= height
    box.set_advice([LIGHT])
    assert not rows(box)[0].more_button.isVisible()


def test_no_word_is_cut(qtbot: QtBot, box: CoachBox) -> None:
    long = Advice("a", "A sentence of some length. " * 8, "And a reason of some length. " * 12, Severity.TIP, {"epochs": 5})
    box.set_advice([long, LIGHT])
    open_all(qtbot, box)
    for row in rows(box):
        for label in (row.sentence, row.reason):
            assert label.height() >= label.heightForWidth(label.width())
    assert rows(box)[1].geometry().bottom() <= box.height()
    assert box.geometry().bottom() <= box.parentWidget().height()


def test_a_click_asks_for_the_change(qtbot: QtBot, box: CoachBox) -> None:
    box.set_advice([COLLAPSE, LONGER])
    open_all(qtbot, box)
    asked: list[dict] = []
    box.change_requested.connect(asked.append)
    qtbot.mouseClick(rows(box)[0].change_button, Qt.MouseButton.LeftButton)
    rows(box)[1].change_button.setFocus()
    qtbot.keyClick(rows(box)[1].change_button, Qt.Key.Key_Space)
    assert asked == [{"objective.beta": 0.5}, {"epochs": 1500}]


def test_what_is_dismissed_stays_so_for_that_run(qtbot: QtBot, box: CoachBox) -> None:
    box.set_advice([COLLAPSE, LIGHT, LONGER, SLOW], "run-1")
    open_all(qtbot, box)
    qtbot.mouseClick(rows(box)[1].close_button, Qt.MouseButton.LeftButton)
    assert [advice.key for advice in box.shown] == ["collapse", "still_improving", "speed"]
    box.set_advice([COLLAPSE, LIGHT], "run-1")  # the next epoch says it again
    assert [advice.key for advice in box.shown] == ["collapse"]
    box.set_advice([COLLAPSE, LIGHT], "run-2")
    assert [advice.key for advice in box.shown] == ["collapse", "brightness"]
    box.set_advice([LIGHT], "run-1")
    assert not box.isVisible()


def test_the_keyboard_reaches_all_and_stays_when_numbers_change(qtbot: QtBot, box: CoachBox) -> None:
    box.set_advice([COLLAPSE, LONGER])
    open_all(qtbot, box)
    first, second = rows(box)
    first.change_button.setFocus()
    box.window().activateWindow()
    order = []
    for _ in range(5):
        order.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert order == [first.change_button, first.more_button, first.close_button, second.change_button, second.close_button]
    second.change_button.setFocus()
    fewer = Advice("collapse", "2 of 128 dimensions carry information.", "Lower beta.", Severity.PROBLEM, {"objective.beta": 0.5})
    box.set_advice([LIGHT, fewer, LONGER])
    assert QApplication.focusWidget() is second.change_button
    assert [row.sentence.text() for row in rows(box)] == [LIGHT.sentence, fewer.sentence, LONGER.sentence]
    second.close_button.setFocus()
    qtbot.keyClick(second.close_button, Qt.Key.Key_Space)
    assert QApplication.focusWidget() is rows(box)[1].close_button


def test_everything_has_a_name_to_be_read_aloud(box: CoachBox) -> None:
    box.set_advice([COLLAPSE])
    [row] = rows(box)
    assert box.accessibleName() == "Advice on this run"
    assert row.accessibleName() == COLLAPSE.sentence
    assert row.accessibleDescription() == COLLAPSE.reason
    assert row.change_button.accessibleName() == f"Use beta 0.5 next time: {COLLAPSE.sentence}"
    assert row.close_button.accessibleName() == f"Dismiss: {COLLAPSE.sentence}"


@pytest.mark.long
def test_the_mark_follows_the_theme(qtbot: QtBot, box: CoachBox, themed_app: QApplication) -> None:
    box.set_advice([COLLAPSE, LONGER])
    open_all(qtbot, box)
    for theme, dark in (("light", False), ("dark", True)):
        apply_theme(themed_app, theme)
        warning, info = (painted(row._mark) for row in rows(box))
        assert near(theme_colors(dark).warning) in {near_of(color) for color in warning}
        assert near(theme_colors(dark).muted_text) in {near_of(color) for color in info}


def painted(mark: QWidget) -> set[tuple[int, int, int]]:
    return {pixel(mark, x, y) for x in range(mark.width()) for y in range(mark.height())}


def near(color) -> tuple[int, int, int]:
    return near_of((color.red(), color.green(), color.blue()))


def near_of(color: tuple[int, int, int]) -> tuple[int, int, int]:
    return color[0] // 24, color[1] // 24, color[2] // 24


def test_changes_in_words() -> None:
    assert change_in_words({"objective.beta": 1.0}) == "beta 1"
    assert change_in_words({"learning_rate": 0.0005}) == "learning rate 0.0005"
    assert change_in_words({"objective.beta_warmup_epochs": 5.0}) == "a beta warm-up of 5 epochs"
    assert change_in_words({"data.mirror": True}) == "mirrored pictures"
    assert change_in_words({"threads": 0}) == "all cores"
    assert change_in_words({"model.latent_dim": 256, "seed": 3}) == "latent size 256, seed 3"
    assert train_coach._WORDS.keys() <= all_paths().keys()


# -- judging a run


def write_run(folder: Path, epochs: int, train: int = 10, beta: float = 1.0, active: int = 100) -> Path:
    folder.mkdir(parents=True)
    config = to_dict(with_values(settings_of(epochs=40), {"objective.beta": beta}))
    write_json(folder / "config.json", config)
    data = {"train": train, "valid": 2, "images": train + 2}
    events: list[RunStarted | EpochFinished] = [RunStarted("", config, data, "cpu", "bf16", 1, 2, 0, 1)]
    events += [replace(epoch_event(epoch, 40), numbers={"active_units": active, "beta": beta}) for epoch in range(1, epochs + 1)]
    (folder / "events.jsonl").write_text("".join(encode(event, 1.0) + "\n" for event in events), encoding="utf-8")
    return folder


def test_it_judges_a_run_by_its_folder(qtbot: QtBot, box: CoachBox, tmp_path: Path) -> None:
    box.consult(write_run(tmp_path / "few", 2))
    assert not box.isVisible()  # it is judged elsewhere
    qtbot.waitUntil(box.isVisible)
    assert [advice.key for advice in box.shown] == ["few_pictures"]
    box.consult(write_run(tmp_path / "enough", 2, train=3600))
    assert not box.isVisible()  # what was said of another run is gone at once
    qtbot.waitUntil(lambda: not box._consulting)
    assert box.shown == ()


def test_what_comes_while_it_judges_is_judged_too(qtbot: QtBot, box: CoachBox, tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "first", 2), write_run(tmp_path / "second", 2, train=11)
    box.consult(first)
    box.consult(first)
    box.consult(second)
    qtbot.waitUntil(lambda: bool(box.shown))
    assert "11 training pictures" in box.shown[0].sentence
    box.consult(second)
    box.clear()
    qtbot.waitUntil(lambda: not box._consulting)
    assert box.shown == ()


def test_a_rule_that_breaks_is_reported(qtbot: QtBot, box: CoachBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> list[Advice]:
        raise ValueError("kaputt")

    monkeypatch.setattr(train_coach, "advise_run", broken)
    with qtbot.waitSignal(box.failed) as caught:
        box.consult(tmp_path)
    assert str(caught.args[0]) == "kaputt"
    monkeypatch.undo()
    box.consult(write_run(tmp_path / "run", 1))
    qtbot.waitUntil(lambda: bool(box.shown))


# -- in the Train tab


class EmptyDocument(QObject):
    """A document without pictures, as far as the panel asks."""

    data_changed = Signal()
    data_pending_changed = Signal(str)
    data_pending = ""
    model_changed = Signal(object)
    data = None
    model = None


def test_a_click_in_the_train_tab_changes_the_form(qtbot: QtBot, tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs" / "faces-1", 6, beta=50.0, active=3)
    messenger, messages = Messenger(), list[Message]()
    messenger.message_posted.connect(messages.append)
    settings = SettingsStore(UiSettings(runs_folder=str(tmp_path / "runs")))
    panel = TrainPanel(EmptyDocument(), TrainingJob(command=["none"]), settings, messenger)
    qtbot.addWidget(panel)
    panel.resize(1280, 700)
    panel.show()
    panel.show_run(run)
    qtbot.waitUntil(panel.view.coach.isVisible)
    assert [advice.key for advice in panel.view.coach.shown] == ["collapse"]
    panel.settings_form.set_values({"objective.beta": 50.0})
    qtbot.mouseClick(rows(panel.view.coach)[0].change_button, Qt.MouseButton.LeftButton)
    assert panel.settings_form.config.settings.objective.beta == 1.0
    assert messages[-1].text == "The next run will use beta 1."
    assert read_config(run).settings.objective.beta == 50.0
    panel.settings_form.set_family("vq_vae")  # which has no beta
    qtbot.mouseClick(rows(panel.view.coach)[0].change_button, Qt.MouseButton.LeftButton)
    assert panel.settings_form.config.family == "vae"
    assert panel.settings_form.config.settings.objective.beta == 1.0
    assert messages[-1].text == "The next run will use beta 1."
    panel.view.show_nothing()
    assert not panel.view.coach.isVisible()
