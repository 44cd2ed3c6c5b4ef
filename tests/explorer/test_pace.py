"""How fast the computer is: measured once, remembered, and what epochs and times follow from it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.runs.expected import fit_into, speed_key
from explorer.job.training import TrainingJob
from explorer.look.theme import apply_theme
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.pace import PaceMeter
from explorer.train.settings.form import TrainSettings
from explorer.train.tab import TrainPanel
from tests.explorer.test_train_panel import FAKE, FakeDocument

PACE = Path(__file__).resolve().parent.parent / "helpers" / "fake_pace.py"
FACES = DataConfig(source="/pictures/celeba", image_size=128, crop="25,52,153,180")


@pytest.fixture
def form(qtbot: QtBot, qapp: QApplication) -> TrainSettings:
    apply_theme(qapp, "light")
    form = TrainSettings()
    qtbot.addWidget(form)
    form.set_data(FACES, 4500)
    return form


def test_epochs_follow_the_speed_of_this_computer(form: TrainSettings) -> None:
    assert form.config.epochs == 25
    timed = form.timed
    assert timed is not None
    form.set_speeds({speed_key(timed): 200.0})
    expected = fit_into(timed, 15.0, 3600, 200.0)["epochs"]
    assert expected > 30
    assert form.config.epochs == expected
    field = form.widget("epochs")
    assert isinstance(field, QSpinBox)
    assert field.value() == expected
    assert form.differences == "", "they are the preset's own"
    form.set_data(DataConfig(source="/pictures/celeba", image_size=64, crop="25,52,153,180"), 4500)
    assert form.config.epochs == 25, "nobody knows how fast it is at that size"


def test_what_a_person_chose_stays(form: TrainSettings) -> None:
    form.set_values({"epochs": 7})
    timed = form.timed
    assert timed is not None
    form.set_speeds({speed_key(timed): 200.0})
    assert form.config.epochs == 7
    assert form.differences == "Differs from Quick: epochs 7"


def test_presets_without_a_time_keep_their_epochs(form: TrainSettings) -> None:
    form.set_speeds({speed_key(form.timed): 200.0} if form.timed else {})
    form.set_values({"preset": "table1"})
    assert form.timed is None


@pytest.fixture
def make_panel(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[float], tuple[TrainPanel, SettingsStore]]]:
    apply_theme(qapp, "light")
    made: list[tuple[TrainingJob, PaceMeter]] = []

    def make(speed: float, speeds: str = "") -> tuple[TrainPanel, SettingsStore]:
        document = FakeDocument()
        document.open()
        job = TrainingJob(command=[sys.executable, str(FAKE), "slow"])
        store = SettingsStore(UiSettings(runs_folder=str(tmp_path / "runs"), speeds=speeds))
        panel = TrainPanel(document, job, store, Messenger())
        qtbot.addWidget(panel)
        panel.resize(1280, 690)
        meter = PaceMeter(store, panel, [sys.executable, str(PACE), str(tmp_path), str(speed)])
        made.append((job, meter))
        panel.measure_with(meter)
        return panel, store

    yield make
    for job, meter in made:
        meter.close()
        job.shutdown()


def words(tmp_path: Path) -> list[str]:
    file = tmp_path / "words.txt"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.mark.long
def test_the_speed_is_measured_once_the_tab_is_looked_at_and_kept(
    qtbot: QtBot, tmp_path: Path, make_panel: Callable[..., tuple[TrainPanel, SettingsStore]]
) -> None:
    panel, store = make_panel(200.0)
    assert words(tmp_path) == []
    with qtbot.waitSignal(panel._meter.measured, timeout=20_000):
        panel.show()
    (said,) = words(tmp_path)
    assert said.startswith("pace --data /pictures/celeba --preset quick --set=data.image_size=128")
    assert said.endswith("--events -")
    assert panel.settings_form.config.epochs > 30
    assert "About 15 min, by this computer's speed." in panel.run_box.difference.whole_text
    again, _ = make_panel(0.0, store.value.speeds)
    again.show()
    assert again.settings_form.config.epochs == panel.settings_form.config.epochs
    assert again._meter._rest.isActive() is False, "it is known"


@pytest.mark.long
def test_a_measurement_that_fails_changes_nothing_and_is_not_tried_again(
    qtbot: QtBot, tmp_path: Path, make_panel: Callable[..., tuple[TrainPanel, SettingsStore]]
) -> None:
    panel, store = make_panel(0.0)
    with qtbot.waitSignal(panel._meter._job.failed, timeout=20_000):
        panel.show()
    assert panel.settings_form.config.epochs == 25
    panel.settings_form.changed.emit()
    assert panel._meter._rest.isActive() is False
    assert store.value.speeds == ""


@pytest.mark.long
def test_nothing_is_measured_while_a_run_goes_on(
    qtbot: QtBot, tmp_path: Path, make_panel: Callable[..., tuple[TrainPanel, SettingsStore]]
) -> None:
    panel, _ = make_panel(-1.0)
    panel.show()
    qtbot.waitUntil(lambda: bool(words(tmp_path)), timeout=20_000)
    with qtbot.waitSignal(panel._meter._job.stopped, timeout=20_000):
        panel.run_box.start_button.click()
    assert panel._job.is_active
    assert panel._meter._rest.isActive() is False


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"a": "fast", "b": -1}'])
def test_damaged_speeds_are_forgotten(text: str, make_panel: Callable[..., tuple[TrainPanel, SettingsStore]]) -> None:
    panel, _ = make_panel(0.0, text)
    assert panel._meter.speeds == {}
