"""Several runs over each other in the Train tab: read by a worker, named by their settings, followed while they go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.config import preset, to_dict, with_values
from core.events import RunStarted, encode
from core.files import write_json
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.view import TrainView
from tests.helpers.fake_train import epoch_event


def make_run(folder: Path, epochs: int, **values: object) -> Path:
    config = with_values(preset("quick"), {name.replace("__", "."): value for name, value in values.items()})
    write_json(folder / "config.json", to_dict(config))
    events = [RunStarted(str(folder), to_dict(config), {}, "cpu", "fp32", 1, 1, 0, 1)]
    text = "".join(encode(event, 1.0) + "\n" for event in [*events, *(epoch_event(n, epochs) for n in range(1, epochs + 1))])
    (folder / "events.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    betas = (1.0, 2.0, 4.0)
    return [make_run(tmp_path / f"faces-{n}", 3 + n, objective__beta=beta) for n, beta in enumerate(betas, start=1)]


@pytest.fixture
def view(qtbot: QtBot) -> TrainView:
    made = TrainView(Messenger(), SettingsStore(UiSettings()))
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def shown(view: TrainView) -> list[tuple[str, str, int]]:
    return [(run.name, run.about, len(run.history)) for run in view.chart.runs]


def test_runs_lie_over_the_shown_one_and_say_what_differs(qtbot: QtBot, view: TrainView, runs: list[Path]) -> None:
    view.show_folder(runs[0])
    view.describe("faces", "")
    view.set_compared(runs)  # the shown one among them is no other run
    assert view.compared == tuple(runs[1:])
    expected = [("faces-1", "beta 1", 4), ("faces-2", "beta 2", 5), ("faces-3", "beta 4", 6)]
    qtbot.waitUntil(lambda: shown(view) == expected, timeout=5000)
    view.set_compared(runs[:2])
    assert [name for name, _, _ in shown(view)] == ["faces-1", "faces-2"]
    view.set_compared([])
    assert shown(view) == [("faces-1", "", 4)]


def test_another_run_can_take_the_front(qtbot: QtBot, view: TrainView, runs: list[Path]) -> None:
    view.show_folder(runs[0])
    view.set_compared(runs)
    qtbot.waitUntil(lambda: len(view.chart.runs) == 3, timeout=5000)
    view.show_folder(runs[1])
    view.describe("faces", "")
    expected = [("faces-2", "beta 2", 5), ("faces-1", "beta 1", 4), ("faces-3", "beta 4", 6)]
    qtbot.waitUntil(lambda: shown(view) == expected, timeout=5000)


def test_curves_are_never_named_after_another_run(qtbot: QtBot, view: TrainView, runs: list[Path]) -> None:
    """From the table back to the curves, the title was one run's and the curves another's until they were read."""
    view.show_folder(runs[0])
    view.describe("faces", "")
    qtbot.waitUntil(lambda: shown(view) == [("faces-1", "", 4)], timeout=5000)
    view.show_folder(runs[1])
    view.describe("others", "")
    assert view.is_reading
    assert shown(view) == [("faces-1", "", 4)]
    assert (view.chart._title.text(), view.chart._subtitle.text()) == ("faces-1", "faces")
    qtbot.waitUntil(lambda: shown(view) == [("faces-2", "", 5)], timeout=5000)
    assert (view.chart._title.text(), view.chart._subtitle.text()) == ("faces-2", "others")
    view.show_new(runs[2])
    view.describe("new", "")
    assert view.chart._title.text() == "faces-3", "it has no curves that could be another's"


def test_a_new_run_is_drawn_over_those_that_are_compared(qtbot: QtBot, view: TrainView, runs: list[Path], tmp_path: Path) -> None:
    view.set_compared(runs)
    new = tmp_path / "faces-9"
    write_json(new / "config.json", to_dict(with_values(preset("quick"), {"objective.beta": 9})))
    view.show_new(new)
    view.describe("faces", "")
    qtbot.waitUntil(lambda: len(view.chart.runs) == 4, timeout=5000)
    view.follow(new, epoch_event(1, 5))
    assert shown(view)[0] == ("faces-9", "beta 9", 1)


def test_a_compared_run_that_goes_on_is_followed(qtbot: QtBot, view: TrainView, runs: list[Path]) -> None:
    view.show_folder(runs[0])
    view.set_compared(runs)
    qtbot.waitUntil(lambda: [len(run.history) for run in view.chart.runs] == [4, 5, 6], timeout=5000)
    for folder in runs[1:]:
        with open(folder / "events.jsonl", "a", encoding="utf-8") as file:
            file.write(encode(epoch_event(7, 9)) + "\n")
    view._compared._timer.timeout.emit()
    qtbot.waitUntil(lambda: [len(run.history) for run in view.chart.runs] == [4, 6, 7], timeout=5000)
    view.hide()
    assert not view._compared._timer.isActive()
    view.show()
    assert view._compared._timer.isActive()


def test_a_run_that_has_gone_draws_nothing(qtbot: QtBot, view: TrainView, runs: list[Path], tmp_path: Path) -> None:
    view.show_folder(runs[0])
    view.set_compared([tmp_path / "nowhere", runs[1]])
    qtbot.waitUntil(lambda: len(view.chart.runs) == 3, timeout=5000)
    qtbot.waitUntil(lambda: view.chart.is_up_to_date and view.chart.plot.picture is not None, timeout=20_000)
    assert view.chart.plot.drawing is not None
    assert [run.name for run in view.chart.plot.drawing.runs][1:] == ["faces-2"]
