"""The Train tab with a fake child: starting, following, pausing, stopping, opening and resuming runs."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QMenu,
    QScrollArea,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.checkpoint import Header
from core.config import DataConfig, TrainConfig, get, loads, preset, to_dict, with_values
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFinished, RunStarted, Step, encode
from core.export.images import grid, save_picture
from core.files import write_json
from core.locks import RunLock
from core.runs.expected import Expected
from core.runs.listing import list_runs
from core.setting import FRONT
from explorer.job.training import JobState, TrainingJob
from explorer.look.theme import apply_theme
from explorer.messages import Message, Messenger
from explorer.runs.progress import ProgressEstimate, RunProgress
from explorer.runs.texts import about_text, brief_state
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.memory import TrainMemory
from explorer.train.preview.preview import read_sheet
from explorer.train.run_box import RunBox
from explorer.train.settings.fields import fields_of, groups_of
from explorer.train.settings.form import TrainSettings
from explorer.train.settings.inputs import tooltip
from explorer.train.tab import TrainPanel
from explorer.widgets.field_note import FieldNote
from tests.helpers.fake_train import epoch_event

FAKE = Path(__file__).resolve().parent.parent / "helpers" / "fake_train.py"


class FakeDocument(QObject):
    """What the panel asks of Document."""

    data_changed = Signal()
    data_pending_changed = Signal(str)
    model_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.data_pending = ""
        self.data: SimpleNamespace | None = None
        self.model: SimpleNamespace | None = None

    def use(self, path: Path) -> None:
        """Load a model."""
        self.model = SimpleNamespace(path=str(path))
        self.model_changed.emit(self.model)

    def open(self, name: str = "celeba", pictures: int = 4500, image_size: int = 128) -> None:
        self.data = SimpleNamespace(
            config=DataConfig(source=f"/pictures/{name}", image_size=image_size, crop="25,52,153,180"),
            index=SimpleNamespace(name=name),
            images=np.empty((pictures, 1)),
            split=SimpleNamespace(train=np.arange(pictures * 4 // 5), valid=np.arange(pictures // 5)),
            kinds=lambda: ("non_smile", "smile"),
        )
        self.data_changed.emit()


@dataclass
class Bench:
    panel: TrainPanel
    document: FakeDocument
    job: TrainingJob
    messages: list[Message]
    root: Path


@pytest.fixture
def make_bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    apply_theme(qapp, "light")
    made: list[Bench] = []

    def make(mode: str = "slow", with_data: bool = True) -> Bench:
        document = FakeDocument()
        if with_data:
            document.open()
        job = TrainingJob(command=[sys.executable, str(FAKE), mode])
        messenger = Messenger()
        messages: list[Message] = []
        messenger.message_posted.connect(messages.append)
        panel = TrainPanel(document, job, SettingsStore(UiSettings(runs_folder=str(tmp_path / "runs"))), messenger)
        qtbot.addWidget(panel)
        panel.resize(1280, 690)
        with qtbot.waitSignal(panel.runs.refreshed, timeout=5000):
            panel.show()
        made.append(Bench(panel, document, job, messages, tmp_path / "runs"))
        return made[-1]

    yield make
    for bench in made:
        bench.job.shutdown()


def make_run(
    folder: Path, epochs: int = 5, at: float = 1000.0, ending: Event | None = None, config: TrainConfig | None = None
) -> Path:
    config = config or with_values(preset("quick"), {"data.source": "/pictures/faces", "epochs": epochs})
    write_json(folder / "config.json", to_dict(config))
    events: list[Event] = [RunStarted(str(folder), to_dict(config), {}, "cpu", "fp32", 1, 1, 0, 1)]
    for n in range(1, epochs + 1):
        picture = folder / "previews" / f"epoch_{n:05d}.png"
        save_picture(picture, grid([np.full((8, 16, 16, 3), 40 * row + n, np.uint8) for row in (1, 2)]))
        events += [epoch_event(n, epochs, str(picture)), CheckpointSaved("", True, n)]
    events.append(ending or RunFinished(False, epochs, 1.0))
    (folder / "events.jsonl").write_text("".join(encode(event, at) + "\n" for event in events), encoding="utf-8")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "best.safetensors").touch()
    return folder


def start(qtbot: QtBot, bench: Bench) -> None:
    """Press Start and wait until the run has said a step."""
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        qtbot.mouseClick(bench.panel.run_box.start_button, Qt.MouseButton.LeftButton)


def one_epoch(qtbot: QtBot, bench: Bench, epoch: int) -> None:
    def is_it(event: object) -> bool:
        return isinstance(event, CheckpointSaved) and event.epoch == epoch

    with qtbot.waitSignal(bench.job.event_received, timeout=8000, check_params_cb=is_it):
        bench.job._send("snapshot")


def test_without_data_it_leads_to_the_data(qtbot: QtBot, make_bench) -> None:
    bench = make_bench(with_data=False)
    assert not bench.panel.run_box.start_button.isEnabled()
    with qtbot.waitSignal(bench.panel.data_requested):
        qtbot.mouseClick(bench.panel._data.choose_button, Qt.MouseButton.LeftButton)
    bench.panel.toggle_start()
    assert not bench.panel.is_running
    assert "pictures" in bench.messages[-1].text
    bench.document.open("faces", 1200)
    assert bench.panel.run_box.start_button.isEnabled()
    assert bench.panel._data.text.text() == "faces, 1,200 pictures, 128 px"


def test_what_a_run_does_after_its_last_epoch_is_said(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    start(qtbot, bench)
    one_epoch(qtbot, bench, 1)
    box, epochs = bench.panel.run_box, preset("quick").epochs
    bench.job.event_received.emit(Log("Continuing with four threads."))
    assert box._facts.whole_text.startswith("epoch 2 of")
    bench.job.event_received.emit(epoch_event(epochs, epochs))
    bench.job.event_received.emit(Log("Learning where the pictures' codes lie."))
    assert box._facts.whole_text == "Learning where the pictures' codes lie."
    assert box._bar.maximum() == 0  # nobody knows how far it is


def test_what_matters_of_what_a_run_says_is_a_message(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    start(qtbot, bench)
    before = len(bench.messages)
    bench.job.event_received.emit(Log("Continuing with four threads."))
    assert len(bench.messages) == before
    bench.job.event_received.emit(Log("The best model has learned on.", matters=True))
    (message,) = bench.messages[before:]
    assert message.kind == "warning"
    assert message.text == f"{bench.job.folder.name}: The best model has learned on."


def test_a_run_from_start_to_stop(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    progress: list[RunProgress] = []
    bench.panel.run_progressed.connect(progress.append)
    start(qtbot, bench)
    panel = bench.panel
    assert panel.is_running
    assert panel.shown_run == bench.root / "celeba-1"
    assert panel.settings_form.isEnabled()  # for the runs that come after it
    assert panel.run_box.queue_button.isVisible()
    assert not panel.run_box.start_button.isEnabled()
    one_epoch(qtbot, bench, 1)
    one_epoch(qtbot, bench, 2)
    assert panel.view.chart.epochs_shown == 2
    assert panel.view.chart.best_epoch == 2
    assert [run.state for run in panel.runs.list.runs] == ["running"]
    assert panel.runs.list.runs[0].best["psnr"] == pytest.approx(16.2)
    assert progress[-1].name == "celeba-1"
    epochs = preset("quick").epochs
    assert (progress[-1].epoch, progress[-1].epochs) == (3, epochs)
    assert progress[-1].fraction == pytest.approx(2 / epochs)
    qtbot.mouseClick(panel.run_box.pause_button, Qt.MouseButton.LeftButton)
    assert bench.job.state is JobState.PAUSED
    assert (progress[-1].is_paused, progress[-1].seconds_left, progress[-1].images_per_second) == (True, None, None)
    assert brief_state(panel.runs.list.runs[0]) == f"Paused, epoch 3 of {epochs}"
    assert panel.run_box._facts.text() == f"Paused · epoch 3 of {epochs}"
    assert "pictures/s" not in panel.run_box._facts.text()
    assert panel.runs.resume_button.isEnabled()
    qtbot.mouseClick(panel.runs.resume_button, Qt.MouseButton.LeftButton)
    assert bench.job.state is JobState.RUNNING
    assert not panel.runs.resume_button.isEnabled()
    assert not progress[-1].is_paused
    assert brief_state(panel.runs.list.runs[0]) == f"Running, epoch 3 of {epochs}"
    with qtbot.waitSignals([panel.run_ended, panel.runs.refreshed], timeout=8000):
        qtbot.mouseClick(panel.run_box.stop_button, Qt.MouseButton.LeftButton)
    assert not panel.is_running
    assert panel.settings_form.isEnabled()
    assert "resumed" in bench.messages[-1].text
    assert bench.messages[-1].topic == str(panel.shown_run)  # it goes when the run goes on
    assert [run.state for run in panel.runs.list.runs] == ["stopped"]


def test_the_focus_stays_by_the_run_when_it_is_stopped(qtbot: QtBot, make_bench) -> None:
    """Else Qt gives it to whatever comes next, such as a link that leaves the tab."""
    bench = make_bench()
    panel, box = bench.panel, bench.panel.run_box
    panel.activateWindow()
    box.start_button.setFocus()
    start(qtbot, bench)
    assert QApplication.focusWidget() is box.card, "not on Add to queue"
    qtbot.waitUntil(lambda: bench.job.state is JobState.RUNNING, timeout=8000)
    box.stop_button.setFocus()
    with qtbot.waitSignals([panel.run_ended, panel.runs.refreshed], timeout=8000):
        qtbot.keyClick(box.stop_button, Qt.Key.Key_Space)
        assert QApplication.focusWidget() is box.card
    qtbot.waitUntil(lambda: panel.runs.resume_button.isEnabled(), timeout=5000)
    assert QApplication.focusWidget() is panel.runs.resume_button


def test_a_name_that_is_taken_says_what_the_run_will_be_called(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    bench = make_bench(with_data=False)
    box = bench.panel.run_box
    assert box.name_edit.placeholderText() == "Name of the run", "there are no pictures to name it after"
    for name in ("smiles", "smiles-1"):
        make_run(tmp_path / "runs" / name)
    qtbot.keyClicks(box.name_edit, "smile")
    assert box._name_note.isHidden()
    qtbot.keyClicks(box.name_edit, "s")
    assert box._name_note.text() == "There is a run called smiles already: this one will be called smiles-2."
    assert box._name_note.isVisible()
    qtbot.keyClick(box.name_edit, Qt.Key.Key_Return)
    assert box._name_note.isVisible()
    assert bench.panel.plans.new_folder().name == "smiles-2"
    box.name_edit.clear()
    assert box._name_note.isHidden()


def test_before_the_first_run_the_settings_have_the_room_of_the_runs(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    bench = make_bench(with_data=False)
    panel, form = bench.panel, bench.panel.settings_form
    form.more.set_open(True)
    runs, none = panel.runs, panel.runs._none
    qtbot.waitUntil(lambda: runs.height() < 2 * runs._section.height() + none.sizeHint().height(), timeout=2000)
    shown = next(area for area in panel.findChildren(QScrollArea) if area.isAncestorOf(form)).viewport().height()
    assert shown > form.more.mapTo(form, QPoint(0, 0)).y() + 200, "more than three lines of them"
    make_run(tmp_path / "runs" / "first")
    with qtbot.waitSignal(panel.runs.refreshed, timeout=5000):
        panel.runs.refresh()
    qtbot.waitUntil(lambda: runs.list.isVisible() and runs.height() > runs.list.row_height + 100, timeout=2000)


def test_what_was_set_last_stays_in_sight_when_the_first_run_is_listed(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    panel, form = bench.panel, bench.panel.settings_form
    panel.activateWindow()
    form.more.set_open(True)
    area = next(area for area in panel.findChildren(QScrollArea) if area.isAncestorOf(form))
    qtbot.waitUntil(lambda: area.height() > 400, timeout=2000)
    before = area.height()
    field = form.widget("early_stopping")
    field.setFocus()
    qtbot.waitUntil(lambda: field.isVisible() and field.width() > 0)
    area.verticalScrollBar().setValue(field.mapTo(area.widget(), QPoint(0, 0)).y() - area.viewport().height() + field.height() + 4)
    start(qtbot, bench)
    qtbot.waitUntil(lambda: area.height() < before - 50, timeout=3000)

    def is_in_sight() -> bool:
        top = field.mapTo(area.viewport(), QPoint(0, 0)).y()
        return top >= 0 and top + field.height() <= area.viewport().height()

    qtbot.waitUntil(is_in_sight, timeout=2000)


def test_the_curves_come_into_sight_when_a_run_starts(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    bench.panel.resize(640, 330)
    assert not bench.panel.view.isVisible()
    start(qtbot, bench)
    assert bench.panel.view.isVisible()
    (mark,) = (b for b in bench.panel.columns.findChildren(QAbstractButton) if b.accessibleName() == "Unfold: settings and runs")
    qtbot.mouseClick(mark, Qt.MouseButton.LeftButton)
    assert bench.panel.run_box.stop_button.isVisible()


def test_the_settings_reach_the_run(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    form = bench.panel.settings_form
    epochs = form.widget("epochs")
    assert isinstance(epochs, QSpinBox)
    epochs.setValue(7)
    likelihood = form.widget("objective.likelihood")
    assert isinstance(likelihood, QComboBox)
    likelihood.setCurrentIndex(1)
    assert not form.widget("objective.variance").isEnabled()
    bench.panel.run_box.name_edit.setText("my run")
    start(qtbot, bench)
    config = bench.panel.runs.list.runs[0].config
    assert config is not None
    assert (config.epochs, config.settings.objective.likelihood) == (7, "bernoulli")
    assert (config.data.source, config.data.crop) == ("/pictures/celeba", "25,52,153,180")
    assert bench.job.folder == bench.root / "my-run"


def said_at_fields(bench: Bench) -> list[str]:
    """What stands at fields just now."""
    return [note.text() for note in bench.panel.window().findChildren(FieldNote) if note.isVisible()]


@pytest.mark.parametrize(("typed", "name"), [("a/b*?", "a-b"), ("my run", "my-run"), ("beta 4.", "beta-4")])
def test_a_name_that_cannot_be_says_what_it_becomes(make_bench, typed: str, name: str) -> None:
    bench = make_bench()
    field = bench.panel.run_box.name_edit
    field.setFocus()
    QTest.keyClicks(field, typed)
    assert [text for text in said_at_fields(bench) if f"called {name}:" in text], "while it is typed"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == name
    assert [text for text in said_at_fields(bench) if f"called {name}:" in text]


def test_a_name_that_can_be_is_left_alone(make_bench) -> None:
    bench = make_bench()
    field = bench.panel.run_box.name_edit
    field.setFocus()
    for letter in "beta-4_x":
        QTest.keyClicks(field, letter)
        assert said_at_fields(bench) == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert (field.text(), said_at_fields(bench)) == ("beta-4_x", [])


@pytest.mark.parametrize(
    ("path", "typed", "value"), [("epochs", "0", 1), ("objective.beta", "-3", 0.0), ("model.latent_dim", "99999", None)]
)
def test_a_setting_that_cannot_be_says_so_at_its_field(make_bench, path: str, typed: str, value: float | None) -> None:
    bench = make_bench()
    field = bench.panel.settings_form.widget(path)
    assert isinstance(field, QSpinBox | QDoubleSpinBox)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, typed)
    bench.panel.run_box.name_edit.setFocus()
    assert field.value() == (field.maximum() if value is None else value) == get(bench.panel.settings_form.config, path)
    (said,) = said_at_fields(bench)
    assert said.startswith(f"{typed} isn't possible: at ".replace("-", "\N{MINUS SIGN}"))


def test_a_finished_run_offers_its_model(qtbot: QtBot, make_bench) -> None:
    bench = make_bench("normal")
    bench.panel.settings_form.set_config(with_values(preset("quick"), {"epochs": 2}))
    with qtbot.waitSignal(bench.panel.run_ended, timeout=8000):
        bench.panel.start()
    assert "finished" in bench.messages[-1].text
    assert bench.panel.view.chart.epochs_shown == 2


@pytest.mark.long
def test_a_failure_is_said(qtbot: QtBot, make_bench) -> None:
    bench = make_bench("refuse")
    with qtbot.waitSignal(bench.panel.run_ended, timeout=8000):
        bench.panel.start()
    assert bench.messages[-1].kind == "error"
    assert "/nowhere is missing" in bench.messages[-1].text
    assert bench.messages[-1].details == "Choose another folder."


def test_earlier_runs_are_listed_shown_and_opened(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    for name, epochs, at in (("a-1", 3, 10.0), ("b-1", 5, 20.0)):
        make_run(tmp_path / "runs" / name, epochs, at)
    panel = make_bench().panel
    assert [run.name for run in panel.runs.list.runs] == ["b-1", "a-1"]
    assert panel.shown_run == tmp_path / "runs" / "b-1"  # the newest, unasked
    qtbot.waitUntil(lambda: panel.view.chart.epochs_shown == 5 and panel.view.preview.epoch == 5, timeout=5000)
    panel.runs.list.setCurrentIndex(panel.runs.list.model().index(1, 0))
    qtbot.waitUntil(lambda: panel.view.chart.epochs_shown == 3 and panel.view.preview.epoch == 3, timeout=5000)
    panel.view.preview._slider.setValue(0)
    qtbot.waitUntil(lambda: panel.view.preview.epoch == 1, timeout=5000)
    with qtbot.waitSignal(panel.model_requested) as requested:
        qtbot.mouseClick(panel.runs.open_button, Qt.MouseButton.LeftButton)
    assert requested.args[0].endswith("best.safetensors")
    assert requested.args[1], "its codes can be edited"


def test_it_says_what_takes_a_minute_or_two_after_the_epochs(make_bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.train.tab.expected", lambda _config, _runs: Expected(240.0, "celeba-1", is_without_end=True))
    panel = make_bench().panel
    panel.settings_form.set_values({"prior": "learned"})
    text = "About 4 min, then 1 to 2 min for a prior for samples, going by celeba-1."
    assert panel.run_box.difference.whole_text.endswith(text)


def test_it_promises_no_prior_that_so_few_pictures_cannot_teach(make_bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.train.tab.expected", lambda _config, _runs: Expected(240.0, "celeba-1", is_without_end=True))
    bench = make_bench()
    bench.document.open(pictures=600)  # 480 to learn from
    bench.panel.settings_form.set_values({"prior": "learned"})
    text = "About 4 min, going by celeba-1. Without a prior for samples, which takes 500 training pictures."
    assert bench.panel.run_box.difference.whole_text.endswith(text)


def test_it_says_beforehand_how_long_a_run_will_take(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    bench = make_bench()
    form, box = bench.panel.settings_form, bench.panel.run_box
    assert box.difference.whole_text == ""
    like_it = form.config_for(bench.document.data.config)
    make_run(bench.root / "faces-1", epochs=5, config=replace(like_it, epochs=5))
    bench.panel.runs.refresh()
    one = epoch_event(1, 5, "").seconds
    qtbot.waitUntil(lambda: box.difference.whole_text == f"About {about_text(one * like_it.epochs)}, going by faces-1.")
    form.set_values({"epochs": 2 * like_it.epochs})
    assert box.difference.whole_text == (  # what differs first, since the line's end may be cut
        f"Differs from Quick: epochs {2 * like_it.epochs}. About {about_text(2 * one * like_it.epochs)}, going by faces-1."
    )
    form.set_values({"model.latent_dim": 7})
    assert "About" not in box.difference.whole_text


@pytest.mark.long
@pytest.mark.parametrize(
    ("values", "change"),
    [({"epochs": 5}, {"epochs": 15}), ({"epochs": 3, "sharpen_epochs": 2}, {"sharpen_epochs": 12})],
)
def test_more_epochs_are_those_of_the_last_phase(
    qtbot: QtBot, make_bench, monkeypatch: pytest.MonkeyPatch, values: dict[str, int], change: dict[str, int]
) -> None:
    bench = make_bench()
    config = with_values(bench.panel.settings_form.config_for(bench.document.data.config), values)
    make_run(bench.root / "faces-1", epochs=5, config=config)
    bench.panel.runs.refresh()
    qtbot.waitUntil(lambda: bool(bench.panel.runs.list.model().rowCount()))
    asked: list[Any] = []
    monkeypatch.setattr(bench.job, "resume", lambda folder, changes: asked.append(changes))
    menu = QMenu()
    (run,) = list_runs(bench.root)
    bench.panel._actions.fill_resume(menu, run)
    next(action for action in menu.actions() if action.text().startswith("10 more epochs, to 15")).trigger()
    assert asked == [change]


@pytest.mark.long
@pytest.mark.parametrize("prior", [0, 3])
def test_a_finished_run_is_given_what_it_left_out(qtbot: QtBot, make_bench, monkeypatch: pytest.MonkeyPatch, prior: int) -> None:
    bench = make_bench()
    make_run(bench.root / "codes-1", epochs=5 + prior, config=with_values(preset("codes"), {"epochs": 5, "prior_epochs": prior}))
    bench.panel.runs.refresh()
    qtbot.waitUntil(lambda: bool(bench.panel.runs.list.model().rowCount()))
    asked: list[Any] = []
    monkeypatch.setattr(bench.job, "resume", lambda folder, changes: asked.append(changes))
    menu = QMenu()
    (run,) = list_runs(bench.root)
    bench.panel._actions.fill_resume(menu, run)
    offered = [action for action in menu.actions() if "prior" in action.text()]
    assert len(offered) == (not prior)
    for action in offered:
        assert action.text() == "Learn a prior over its codes, in 8 epochs"
        action.trigger()
        assert asked == [{"prior_epochs": 8}]


def test_a_stopped_run_goes_on(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a-1", 3, ending=RunFinished(True, 3, 1.0))
    bench = make_bench("normal")
    bench.panel.runs.resume_requested.emit(bench.panel.runs.list.runs[0], 5)
    with qtbot.waitSignal(bench.panel.run_ended, timeout=8000):
        assert bench.panel.is_running
    qtbot.waitUntil(lambda: bench.panel.view.chart.epochs_shown == 5, timeout=5000)
    qtbot.waitUntil(lambda: bench.panel.runs.list.runs[0].state == "finished", timeout=5000)
    assert bench.panel.runs.resume_button.text() == "Train on"


def test_a_run_of_another_process_is_followed_and_left_alone(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs" / "a-1", 3)
    with RunLock(folder):
        panel = make_bench().panel
        assert panel.runs.list.runs[0].state == "running"
        assert not panel.runs.resume_button.isEnabled()
        qtbot.waitUntil(lambda: panel.view.chart.epochs_shown == 3, timeout=5000)
        with open(folder / "events.jsonl", "a", encoding="utf-8") as file:
            file.write(encode(epoch_event(4, 6)) + "\n")
        panel.runs._timer.timeout.emit()
        qtbot.waitUntil(lambda: panel.view.chart.epochs_shown == 4, timeout=5000)


def test_events_during_a_reading_are_not_lost(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs" / "a-1", 3)
    view = make_bench().panel.view
    qtbot.waitUntil(lambda: view.chart.epochs_shown == 3, timeout=5000)
    view.show_folder(folder)
    view.follow(folder, epoch_event(3, 5))  # already in the file
    view.follow(folder, epoch_event(4, 5))
    qtbot.waitUntil(lambda: not view.is_reading, timeout=5000)
    assert view.chart.epochs_shown == 4


def test_what_cannot_be_is_said_at_its_field(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.show()
    form.set_data(DataConfig(source="faces", image_size=100))
    assert not form.is_valid
    assert form.more.is_open
    assert form._notes["data.image_size"].text() == "100 px is no multiple of 16; 96 is the nearest."
    size = form.widget("data.image_size")
    assert isinstance(size, QLabel)  # the Data tab chooses it
    assert size.text() == "100 px"
    form.set_data(DataConfig(source="faces", image_size=112))
    assert form.is_valid
    assert not form._notes["data.image_size"].isVisible()
    assert size.text() == "112 px"
    form.set_training_pictures(10)
    assert "10 training pictures" in form._notes["batch_size"].text()
    assert form.is_valid


def test_presets_fill_the_form_and_bring_it_back(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form._preset.setCurrentIndex(form._preset.findData("table1"))
    assert form.config == preset("table1")
    rate = form.widget("learning_rate")
    assert isinstance(rate, QDoubleSpinBox)
    assert rate.text() == "0.0005"
    rate.setValue(0.002)
    assert form.config.learning_rate == 0.002
    form.reset_button.click()
    assert form.config == preset("table1")


def test_each_setting_has_a_tooltip_with_its_default() -> None:
    for field in fields_of("vae"):
        assert len(field.tooltip) > 40, field.path
        assert ("The Data tab decides it." if field.kind == "fact" else "Default: ") in tooltip(field, "vae")
    quick = preset("quick").epochs
    fruit = preset("fruit").epochs
    defaults = f"Default: {quick} in Quick, {quick} in Sharp, 1,000 in Table 1 (course), 28 in dSprites, {fruit} in Fruit (course)."
    assert defaults in tooltip(fields_of("vae")[0], "vae")


def test_the_estimate_leaves_pauses_out() -> None:
    now = [0.0]
    estimate = ProgressEstimate("faces-1", lambda: now[0])
    estimate.step(Step(1, 2, 1, 10, 1.0, 50.0))
    now[0] = 10.0
    progress = estimate.step(Step(1, 2, 6, 10, 1.0, 50.0))
    assert progress.seconds_left == pytest.approx(28.0)
    estimate.pause()
    assert estimate.step(Step(1, 2, 7, 10, 1.0, 50.0)).seconds_left is None  # one that was on its way
    assert estimate.latest is not None
    assert estimate.latest.is_paused
    now[0] = 1000.0
    estimate.unpause()
    assert estimate.step(Step(1, 2, 6, 10, 1.0, 50.0)).seconds_left == pytest.approx(28.0)


def test_the_estimate_says_what_a_run_does_when_it_does_not_train(qtbot: QtBot) -> None:
    """It said "0 s left" for half a minute at the end of the last epoch."""
    now = [0.0]
    estimate = ProgressEstimate("faces-1", lambda: now[0])
    assert estimate.starting(2).doing == "getting ready"
    estimate.step(Step(1, 2, 1, 10, 1.0, 50.0))
    now[0] = 9.0
    progress = estimate.step(Step(1, 2, 10, 10, 1.0, 50.0))
    assert (progress.doing, progress.seconds_left, progress.images_per_second) == ("validating", pytest.approx(10.0), None)
    now[0] = 10.0
    assert estimate.step(Step(2, 2, 1, 10, 1.0, 50.0)).doing == ""
    now[0] = 19.0
    progress = estimate.step(Step(2, 2, 10, 10, 1.0, 50.0))
    assert (progress.doing, progress.seconds_left) == ("validating", None)
    progress = estimate.epoch(replace(epoch_event(9, 2), epoch=2))
    assert (progress.doing, progress.seconds_left, progress.images_per_second) == ("finishing", None, None)
    box = RunBox()
    qtbot.addWidget(box)
    box.show_progress(progress)
    assert box._facts.whole_text == "epoch 2 of 2 · finishing"


def test_a_preview_is_cut_into_its_pictures(tmp_path: Path) -> None:
    rows = [np.full((5, 16, 16, 3), value, np.uint8) for value in (50, 200)]
    save_picture(tmp_path / "p.png", grid(rows))
    sheet = read_sheet(1, tmp_path / "p.png")
    assert [len(row) for row in sheet.rows] == [5, 5]
    assert isinstance(sheet.rows[1][4], QImage)
    assert sheet.rows[1][4].pixelColor(0, 0).red() == 200
    assert sheet.rows[0][0].pixelColor(15, 15).red() == 50
    assert read_sheet(1, tmp_path / "missing.png").rows == ()


def test_epoch_events_are_what_the_list_shows(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    bench.panel.runs.set_own(bench.root / "x-1", preset("quick"))
    event: EpochFinished = epoch_event(9, 40)
    bench.panel.runs.update_own(replace(event, epoch=3))
    bench.panel.runs.update_own(CheckpointSaved("best.safetensors", True, 3))
    bench.panel.runs.update_own(replace(epoch_event(3, 40), epoch=4, seconds=math.nan))  # worse, and no clock
    run = bench.panel.runs.list.runs[0]
    assert (run.best_epoch, run.seconds) == (3, 1.5)
    assert run.best["psnr"] == pytest.approx(16.9)
    assert run.best["elbo"] == -(event.valid["reconstruction"] + event.valid["kl"])
    assert "epoch 5 of 40" in bench.panel.runs.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_all_settings_of_the_table_stand_in_a_group_once(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.more.set_open(True)
    assert set(form._widgets) == {field.path for field in fields_of("vae")}
    assert len(fields_of("vae")) == len(form._widgets)
    assert {field.group for field in fields_of("vae")} == {FRONT, *groups_of("vae")}
    assert len({field.label for field in fields_of("vae")}) == len(fields_of("vae"))


def test_the_newer_settings_reach_the_config(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    number: QSpinBox | QDoubleSpinBox
    for path, value in (
        ("early_stopping", 5), ("ema_decay", 0.999), ("gradient_clip", 2000.0), ("objective.free_bits", 0.25),
        ("lr_warmup_epochs", 0.5),
    ):  # fmt: skip
        number = form.widget(path)  # type: ignore[assignment]
        assert number.text() in ("Off", "Never")
        number.setValue(value)  # type: ignore[arg-type]
        assert get(form.config, path) == value
    assert not form.widget("objective.beta_cycles").isEnabled()
    schedule = form.widget("objective.beta_schedule")
    assert isinstance(schedule, QComboBox)
    schedule.setCurrentIndex(schedule.findData("cyclical"))
    assert form.config.settings.objective.beta_schedule == "cyclical"
    assert form.widget("objective.beta_cycles").isEnabled()
    assert not form.widget("objective.beta_warmup_epochs").isEnabled()
    assert "6.25 epochs" in form._notes["early_stopping"].text()  # of a cycle: longer than the patience
    assert form.is_valid
    form.reset_button.click()
    assert form.config == preset("quick")


def choose(form: TrainSettings, path: str, value: str) -> None:
    box = form.widget(path)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))


def test_only_the_chosen_objectives_and_networks_settings_are_shown(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.show()
    form.more.set_open(True)

    def shown(prefix: str) -> set[str]:
        return {field.path for field in fields_of("vae") if field.path.startswith(prefix) and form.widget(field.path).isVisible()}

    plain = shown("objective.")
    assert shown("model.") == {"model.latent_dim", "model.name", "model.dropout", "model.kernel_size"}
    choose(form, "objective.name", "factor_vae")
    assert shown("objective.") - plain == {"objective.gamma", "objective.discriminator_units", "objective.discriminator_rate"}
    choose(form, "objective.name", "capacity_vae")
    assert shown("objective.") - plain == {"objective.capacity", "objective.capacity_epochs", "objective.capacity_weight"}
    assert not form.widget("objective.beta").isEnabled()
    choose(form, "model.name", "conditional_vae")
    assert shown("model.") == {"model.latent_dim", "model.name", "model.hidden_units", "model.hidden_layers"}


def test_what_objective_and_network_rule_out_is_said_at_its_field(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    choose(form, "objective.name", "beta_tcvae")
    text = "Beta-TCVAE gives each of the latent's axes its meaning, which turning them would destroy."
    assert form._notes["whiten_every"].text() == text
    assert not form.is_valid
    turns = form.widget("whiten_every")
    assert isinstance(turns, QSpinBox)
    turns.setValue(0)
    assert form.is_valid
    choose(form, "model.name", "burgess_vae")
    assert form._notes["data.image_size"].text() == "Burgess is made for pictures of 32 or 64 px, not of 128 px."
    form._preset.setCurrentIndex(form._preset.findData("dsprites"))
    assert form.config == preset("dsprites")
    assert form.is_valid


def checkpoint_file(path: Path, **values: object) -> Path:
    """A file that says of itself what a model's does; its only weight is none."""
    config = with_values(preset("table1"), {name.replace("__", "."): value for name, value in values.items()})
    size = config.data.image_size
    header = Header("", config, (config.data.channels, size, size), data={"name": "x"}, epoch=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(path, header, {"model.a": np.zeros(1, np.float32)})
    return path


def choose_start(form: TrainSettings, text: str) -> None:
    """Pick an item as a person does."""
    index = form.start_choice.findText(text)
    assert index >= 0, [form.start_choice.itemText(n) for n in range(form.start_choice.count())]
    form.start_choice.setCurrentIndex(index)
    form.start_choice.activated.emit(index)


@pytest.mark.long
def test_a_run_that_starts_from_the_model_in_use(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    path = checkpoint_file(tmp_path / "grey.safetensors", model__latent_dim=32, data__image_size=64, data__channels=1)
    bench = make_bench()
    form = bench.panel.settings_form
    form.set_values({"model.latent_dim": 96, "objective.beta": 2.0})
    bench.document.use(path)
    choose_start(form, "grey (in use)")
    assert form.config.start_from == str(path)
    assert (form.config.settings.model.latent_dim, form.config.data.image_size) == (32, 64)
    assert (form.config.learning_rate, form.config.settings.whiten_every, form.config.settings.objective.beta) == (0.0005, 0, 1.0)
    assert not form.widget("model.latent_dim").isEnabled()
    assert form.widget("learning_rate").isEnabled()
    assert "Epoch 7, 64 px, latent size 32" in form._notes["start_from"].text()
    bench.document.open("own", 12)  # framed for 128 px: the model keeps its own size
    assert form.config.data.image_size == 64
    start(qtbot, bench)
    config = bench.panel.runs.list.runs[0].config
    assert config is not None
    assert (config.start_from, config.data.channels, config.data.image_size) == (str(path), 1, 64)
    choose_start(form, "Random weights")
    assert (form.config.start_from, form.config.settings.model.latent_dim, form.config.settings.objective.beta) == ("", 96, 2.0)
    assert (form.config.learning_rate, form.config.data.image_size) == (preset("quick").learning_rate, 128)
    assert form.widget("model.latent_dim").isEnabled()


def test_what_was_changed_beside_the_model_stays_when_it_is_taken_out(qtbot: QtBot, tmp_path: Path) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.start_from(str(checkpoint_file(tmp_path / "a.safetensors")))
    form.set_values({"learning_rate": 0.0001, "epochs": 3})
    form._preset.setCurrentIndex(form._preset.findData("table1"))  # the model stays, with what it says of itself
    assert form.config.start_from == str(tmp_path / "a.safetensors")
    assert (form.config.learning_rate, form.config.epochs) == (0.00017, preset("table1").epochs)
    form.set_values({"learning_rate": 0.0001})
    form.start_from("")
    assert form.config == with_values(preset("table1"), {"learning_rate": 0.0001})


def test_a_model_to_start_from_that_is_gone_or_does_not_fit(qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    good = checkpoint_file(tmp_path / "runs" / "smiles-3" / "checkpoints" / "best.safetensors", model__latent_dim=16)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(good), ""))
    choose_start(form, "A file…")
    assert form.start_choice.currentText() == "smiles-3"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    choose_start(form, "A file…")  # and thought better of it
    assert form.start_choice.currentText() == "smiles-3"
    assert form.is_valid
    form.set_values({"model.latent_dim": 64})  # as a coach or an earlier run may say
    assert not form.is_valid
    assert form._notes["model.latent_dim"].text() == "The model to start from has 16."
    assert form.widget("model.latent_dim").isEnabled()
    form.reset_button.click()
    assert form.is_valid
    good.write_text("no model")
    form.set_config(form.config)
    assert not form.is_valid
    assert "is cut off or damaged" in form._notes["start_from"].text()
    choose_start(form, "Random weights")
    assert form.is_valid
    assert form.config.start_from == ""
    form.reset_button.click()
    assert form.config == preset("quick")


def test_the_form_is_remembered_without_data_and_model(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    path = checkpoint_file(tmp_path / "m.safetensors", model__latent_dim=32)
    first = make_bench().panel
    first.settings_form.set_values({"epochs": 77, "early_stopping": 6, "model.latent_dim": 96})
    first.settings_form.start_from(str(path))
    assert first.settings_form.config.settings.model.latent_dim == 32
    first.hide()  # the window is closed at once
    kept = UiSettings.load()
    assert kept.train_settings
    again = TrainPanel(FakeDocument(), TrainingJob(), SettingsStore(kept), Messenger())
    qtbot.addWidget(again)
    assert (again.settings_form.config.epochs, again.settings_form.config.early_stopping) == (77, 6)
    assert (again.settings_form.config.start_from, again.settings_form.config.settings.model.latent_dim) == ("", 96)
    assert again.settings_form.config.learning_rate == preset("quick").learning_rate
    broken = TrainPanel(FakeDocument(), TrainingJob(), SettingsStore(UiSettings(train_settings='{"epcohs": 3}')), Messenger())
    qtbot.addWidget(broken)
    assert broken.settings_form.config == preset("quick")


def test_a_file_of_few_sprites_gets_the_epochs_that_it_needs(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(with_data=False)
    bench.document.open("dsprites.npz", pictures=200, image_size=64)
    assert bench.panel.settings_form.config.epochs == 300  # of 5 steps, as on the command line


def test_a_change_is_written_a_moment_later(qtbot: QtBot) -> None:
    form, store = TrainSettings(), SettingsStore()
    qtbot.addWidget(form)
    TrainMemory(form, store)
    with qtbot.waitSignal(store.changed, timeout=5000):
        form.set_values({"epochs": 9})
    assert loads(UiSettings.load().train_settings).epochs == 9


@pytest.mark.long
def test_a_run_that_ended_early_says_so(qtbot: QtBot, make_bench) -> None:
    bench = make_bench()
    start(qtbot, bench)
    one_epoch(qtbot, bench, 1)
    bench.job.ended.emit(RunFinished(False, 1, 2.0))
    assert bench.messages[-1].text == "celeba-1 ended early, after epoch 1: the validation pictures had stopped getting better."


def test_settings_and_four_runs_are_in_sight_in_a_low_window(qtbot: QtBot, make_bench, tmp_path: Path) -> None:
    """In a window of 1024 x 675, as on a screen of 1024 x 700, also once a setting isn't the preset's any more."""
    for number in range(6):
        make_run(tmp_path / "runs" / f"run-{number}", 2, 10.0 + number)
    panel = make_bench().panel
    panel.settings_form.set_values({"model.latent_dim": 2})
    assert panel.settings_form.reset_button.isVisible()
    more = panel.settings_form.more
    area = next(bar for bar in panel.findChildren(QScrollArea) if bar.isAncestorOf(more))
    qtbot.waitUntil(lambda: len(panel.runs.list.runs) == 6, timeout=5000)
    panel.resize(1024, 602)
    fields = [panel.settings_form.widget(path) for path in ("epochs", "model.latent_dim", "objective.beta")]

    def in_sight() -> bool:
        runs = panel.runs.list
        return (
            runs.viewport().height() >= 4 * runs.row_height
            and all(area.viewport().rect().contains(QRect(part.mapTo(area.viewport(), QPoint()), part.size())) for part in fields)
            and more.mapTo(area.viewport(), QPoint(0, more.height() // 2)).y() <= area.viewport().height()
        )

    qtbot.waitUntil(in_sight, timeout=5000)
    panel.resize(1280, 900)
    assert panel.runs.list.row_height > 40, "with more height, rows and texts get their usual room"


@pytest.mark.parametrize("height", [420, 460, 500, 560])
def test_settings_in_front_are_in_sight_beside_runs_without_pictures(qtbot: QtBot, make_bench, tmp_path: Path, height: int) -> None:
    for number in range(3):
        make_run(tmp_path / "runs" / f"run-{number}", 2, 10.0 + number)
    panel = make_bench(with_data=False).panel
    area = next(bar for bar in panel.findChildren(QScrollArea) if bar.isAncestorOf(panel.settings_form))
    qtbot.waitUntil(lambda: len(panel.runs.list.runs) == 3, timeout=5000)
    panel.resize(960, height)
    fields = [panel.settings_form.widget(path) for path in ("epochs", "model.latent_dim", "objective.beta")]

    def in_sight() -> bool:
        parts = (QRect(part.mapTo(area.viewport(), QPoint()), part.size()) for part in fields)
        return all(area.viewport().rect().contains(part) for part in parts)

    qtbot.waitUntil(in_sight, timeout=2000)


def test_opening_more_settings_brings_them_into_sight(qtbot: QtBot, make_bench) -> None:
    panel = make_bench().panel
    more = panel.settings_form.more
    area = next(bar for bar in panel.findChildren(QScrollArea) if bar.isAncestorOf(more))
    more.set_open(True)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 300, timeout=5000)
    first = next(label for label in more.findChildren(QLabel) if label.text() == "Pictures")
    qtbot.waitUntil(lambda: first.mapTo(area.viewport(), QPoint(0, first.height())).y() <= area.viewport().height(), timeout=5000)
    assert area.verticalScrollBar().value() == 0, "a second click at the same place folds them again"
