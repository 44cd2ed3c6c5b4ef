"""The queue: runs planned from the form, trained one after another, held by a stop, kept for the next start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from core.config import preset, with_values
from core.locks import is_locked
from core.runs.listing import read_config
from core.runs.queue import LOCK_NAME, read_queue
from explorer.job.training import JobState
from explorer.runs.progress import RunProgress
from explorer.runs.texts import brief_state
from tests.explorer.train_bench import TrainBench, make_bench


def click(widget: object) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def plan_series(bench: TrainBench, values: str = "1, 4, 8") -> None:
    box = bench.panel.run_box
    click(box.series_button)
    box.series.values.clear()
    QTest.keyClicks(box.series.values, values)
    click(box.series.plan_button)


def test_a_series_is_trained_one_after_another(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path, "normal")
    bench.panel.settings_form.set_config(with_values(preset("quick"), {"epochs": 2}))
    said: list[RunProgress] = []
    begun: list[Path | None] = []
    bench.panel.run_progressed.connect(said.append)
    bench.job.state_changed.connect(lambda state: begun.append(bench.job.folder) if state is JobState.STARTING else None)
    plan_series(bench)
    assert bench.panel.is_running
    wanted = ["celeba-beta-1", "celeba-beta-4", "celeba-beta-8"]
    qtbot.waitUntil(lambda: [*bench.states().values()] == ["finished"] * 3, timeout=15_000)
    assert [folder.name for folder in begun if folder is not None] == wanted
    betas = {run.name: run.config.settings.objective.beta for run in bench.panel.runs.list.runs if run.config is not None}
    assert betas == dict(zip(wanted, (1.0, 4.0, 8.0), strict=True))
    names = list(dict.fromkeys(progress.name for progress in said))
    assert names == [f"{name} ({n} of 3)" for n, name in enumerate(wanted, 1)]
    assert bench.panel.queue.planned == ()
    assert read_queue(bench.root) == []


def test_one_click_plans_the_nine_models_of_the_report(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path, "slow")
    box = bench.panel.run_box.series
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        click(bench.panel.run_box.start_button)
    bench.panel.settings_form.set_config(with_values(preset("colour"), {"epochs": 2}))
    click(bench.panel.run_box.series_button)
    box.setting.setCurrentIndex(box.setting.findData("set:nine"))
    assert not box.values.isEnabled()
    assert "report" in box.setting.toolTip()
    assert box.plan_button.text() == "Add 9 runs to queue"
    click(box.plan_button)
    names = [folder.name for folder in read_queue(bench.root)]
    assert names[:4] == ["celeba-small-rmsprop", "celeba-small-rmsprop-fast", "celeba-small-adam", "celeba-small-sgd"]
    assert len(names) == 9
    configs = [read_config(bench.root / name) for name in names]
    assert {(one.family, one.epochs) for one in configs if one is not None} == {("colouriser", 2)}
    box.setting.setCurrentIndex(0)
    assert box.values.isEnabled()


@pytest.mark.long
def test_start_becomes_add_to_queue_while_a_run_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    panel = bench.panel
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        click(panel.run_box.start_button)
        assert bench.job.state is JobState.STARTING
        assert panel.run_box._facts.whole_text == "Getting ready…"
        assert brief_state(panel.runs.list.runs[0]) == "Getting ready"
    assert brief_state(panel.runs.list.runs[0]).startswith("Running, epoch 1 of ")
    assert not panel.run_box.start_button.isEnabled()
    epochs = panel.settings_form.widget("epochs")
    assert isinstance(epochs, QSpinBox)
    epochs.setValue(3)
    panel.run_box.name_edit.setText("after it")
    click(panel.run_box.queue_button)
    click(panel.run_box.queue_button)
    assert bench.names[:3] == ["celeba-1", "after-it", "celeba-2"]  # what goes on, then what is next
    assert [brief_state(run) for run in panel.runs.list.runs[1:3]] == ["Queued: next", "Queued: number 2"]
    assert not panel.runs.continue_button.isVisible()
    assert panel.queue.place == (1, 3)
    planned = panel.runs.list.runs[1].config
    assert planned is not None
    assert planned.epochs == 3


def test_the_order_changes_and_a_planned_run_is_taken_out(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    for _ in range(3):
        click(bench.panel.run_box.queue_button)
    assert not bench.panel.is_running  # planned with nothing going on, it waits
    queue = bench.panel.queue
    queue.move(bench.root / "celeba-3", -1)
    assert [folder.name for folder in queue.planned] == ["celeba-1", "celeba-3", "celeba-2"]
    assert bench.names == ["celeba-1", "celeba-3", "celeba-2"]
    queue.move(bench.root / "celeba-1", -1)  # it can come no sooner
    queue.remove(bench.root / "celeba-1")
    assert [folder.name for folder in read_queue(bench.root)] == ["celeba-3", "celeba-2"]
    queue.put_back(bench.root / "celeba-1", 2)  # as from the trash
    assert [folder.name for folder in read_queue(bench.root)] == ["celeba-3", "celeba-1", "celeba-2"]


@pytest.mark.long
def test_a_stop_holds_the_queue_until_it_is_continued(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    panel = bench.panel
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        plan_series(bench, "1, 4")
    with qtbot.waitSignals([panel.run_ended, panel.runs.refreshed], timeout=8000):
        click(panel.run_box.stop_button)
    qtbot.waitUntil(lambda: bench.states()["celeba-beta-1"] == "stopped", timeout=5000)
    assert not panel.is_running
    assert bench.states()["celeba-beta-4"] == "queued"
    assert panel.runs.continue_button.isVisible()
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        click(panel.runs.continue_button)
    assert bench.job.folder == bench.root / "celeba-beta-4"
    assert not panel.runs.continue_button.isVisible()


@pytest.mark.long
def test_a_failure_does_not_hold_the_queue(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path, "crash")
    plan_series(bench, "1, 4")
    qtbot.waitUntil(lambda: bench.states() == {"celeba-beta-1": "failed", "celeba-beta-4": "failed"}, timeout=15_000)
    assert sum(message.kind == "error" for message in bench.messages) == 2


def test_the_queue_outlives_the_window_and_begins_nothing_by_itself(qtbot: QtBot, tmp_path: Path) -> None:
    first = make_bench(qtbot, tmp_path)
    for _ in range(2):
        click(first.panel.run_box.queue_button)
    assert "2 queued runs stay in the queue" in first.panel.plans.closing_note
    first.panel.hide()
    again = make_bench(qtbot, tmp_path)
    assert [folder.name for folder in again.panel.queue.planned] == ["celeba-1", "celeba-2"]
    assert again.states() == {"celeba-1": "queued", "celeba-2": "queued"}
    assert not again.panel.is_running
    assert again.panel.runs.continue_button.isVisible()


def test_a_series_says_what_it_will_make_or_what_is_wrong(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    (bench.root / "celeba-beta-4").mkdir(parents=True)
    box = bench.panel.run_box
    click(box.series_button)
    assert not box.start_button.isVisible()
    assert "celeba-beta-1, celeba-beta-4-1, celeba-beta-8" in box.series._note.text()
    assert box.series.plan_button.text() == "Train 3 runs"
    box.series.values.setText("1, x")
    assert not box.series.plan_button.isEnabled()
    assert box.series._note.text().startswith("Beta (β) is 'x'")
    box.series.setting.setCurrentIndex(box.series.setting.findData("model.kernel_size"))
    assert box.series.values.text() == "4, 3"
    QTest.keyClick(box.series.values, Qt.Key.Key_Escape)
    assert box.start_button.isVisible()
    assert not box.series.isVisible()


@pytest.mark.long
def test_start_with_a_series_open_trains_the_series(qtbot: QtBot, tmp_path: Path) -> None:
    """Ctrl+Return while a series is put together: what is written there isn't dropped for a single run."""
    bench = make_bench(qtbot, tmp_path)
    box = bench.panel.run_box
    box.name_edit.setText("tries")
    click(box.series_button)
    box.series.values.setText("1, x")
    bench.panel.toggle_start()
    assert bench.messages[-1].text.startswith("Beta (β) is 'x'")
    assert not bench.panel.is_running
    box.series.values.setText("1, 4")
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        bench.panel.toggle_start()
    assert bench.names == ["tries-beta-1", "tries-beta-4"]
    assert box.run_name == ""  # the name was for these


def test_pictures_that_are_still_being_read_are_waited_for(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    panel, document = bench.panel, bench.document
    document.data_pending = "They are being read."
    document.data_pending_changed.emit(document.data_pending)
    assert not panel.run_box.start_button.isEnabled()
    assert not panel.run_box.queue_button.isEnabled()
    for begin in (panel.start, panel.plans.plan_one, panel.plans.plan_series):
        begin()
        assert bench.messages.pop().text == "They are being read."
    assert bench.names == []
    document.data_pending = ""
    document.data_pending_changed.emit("")
    assert panel.run_box.start_button.isEnabled()


@pytest.mark.long
def test_the_next_name_is_proposed_after_a_start(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    name = bench.panel.run_box.name_edit
    assert name.placeholderText() == "celeba-1"
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        click(bench.panel.run_box.start_button)
    assert (name.text(), name.placeholderText()) == ("", "celeba-2")


def test_a_typed_setting_counts_in_the_queue(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    epochs = bench.panel.settings_form.widget("epochs")
    assert isinstance(epochs, QSpinBox)
    epochs.lineEdit().selectAll()
    QTest.keyClicks(epochs.lineEdit(), "7")
    bench.panel.plans.plan_one()
    planned = bench.panel.runs.list.runs[0].config
    assert planned is not None
    assert planned.epochs == 7


@pytest.mark.long
def test_one_window_at_a_time_trains_the_planned_runs(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = make_bench(qtbot, tmp_path), make_bench(qtbot, tmp_path)
    with qtbot.waitSignal(first.job.step_reported, timeout=8000):
        plan_series(first, "1, 4")
    assert is_locked(first.root, LOCK_NAME)
    with qtbot.waitSignal(second.panel.runs.refreshed, timeout=8000):
        second.panel.runs.refresh()
    assert second.states()["celeba-beta-4"] == "queued"
    assert second.panel.runs._held_text.text() == "Another window trains the queued runs"
    assert not second.panel.runs.continue_button.isVisible()
    second.panel.queue.go_on()
    assert second.messages[-1].kind == "error"
    assert "Another window" in second.messages[-1].text
    assert not second.panel.is_running
    click(second.panel.run_box.queue_button)  # is trained by the other window, after its own
    first.panel.queue.prune()
    assert [folder.name for folder in first.panel.queue.planned] == ["celeba-beta-4", "celeba-1"]
    with qtbot.waitSignals([first.panel.run_ended, first.panel.runs.refreshed], timeout=8000):
        click(first.panel.run_box.stop_button)
    second.panel.queue.look()
    assert second.panel.runs.continue_button.isVisible()
    with qtbot.waitSignal(second.job.step_reported, timeout=8000):
        click(second.panel.runs.continue_button)
    assert second.job.folder == first.root / "celeba-beta-4"


@pytest.mark.long
def test_the_queue_is_not_offered_while_it_runs(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    runs = bench.panel.runs
    click(bench.panel.run_box.queue_button)
    assert (runs.continue_button.isVisible(), runs.continue_button.text()) == (True, "Continue queue")
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        click(bench.panel.run_box.start_button)
    assert runs.continue_button.text() == "Train after this run"
    runs.continue_button.setFocus()
    place = runs.list.mapTo(bench.panel, QPoint())
    click(runs.continue_button)
    QApplication.processEvents()
    assert not runs.continue_button.isVisible()
    assert runs.list.mapTo(bench.panel, QPoint()) == place, "what can be clicked stays under the mouse"
    assert QApplication.focusWidget() is runs.list


@pytest.mark.long
def test_what_is_planned_after_the_queue_is_done_waits_again(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path, "normal")
    bench.panel.settings_form.set_config(with_values(preset("quick"), {"epochs": 1}))
    plan_series(bench, "1, 4")
    qtbot.waitUntil(lambda: [*bench.states().values()] == ["finished"] * 2, timeout=15_000)
    qtbot.waitUntil(lambda: bench.panel.queue.is_held, timeout=5000)
    assert not is_locked(bench.root, LOCK_NAME)
    click(bench.panel.run_box.queue_button)
    assert bench.panel.runs.continue_button.isVisible()


@pytest.mark.long
def test_in_the_table_a_run_that_ends_stays_chosen_and_above_what_waits(qtbot: QtBot, tmp_path: Path) -> None:
    """Its row went from the first place to the last one, and the next run of the queue was chosen by itself."""
    bench = make_bench(qtbot, tmp_path, "normal")
    panel = bench.panel
    panel.settings_form.set_config(with_values(preset("quick"), {"epochs": 2}))
    orders: list[list[str]] = []
    bench.panel._shelf.changed.connect(lambda: orders.append([run.name for run in bench.panel._shelf.runs]))
    panel.stage.show_table(True)
    plan_series(bench)
    first = bench.root / "celeba-beta-1"
    panel.stage.table.table.select([first], first)
    panel.runs.select([first], first)
    qtbot.waitUntil(lambda: [*bench.states().values()] == ["finished"] * 3, timeout=15_000)
    assert [run.folder for run in panel.stage.table.table.selected] == [first]
    assert [run.folder for run in panel.runs.list.selected] == [first]
    assert ["celeba-beta-4", "celeba-beta-1", "celeba-beta-8"] in orders
    assert orders[-1] == ["celeba-beta-8", "celeba-beta-4", "celeba-beta-1"]
