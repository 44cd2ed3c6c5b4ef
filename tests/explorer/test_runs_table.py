"""All runs as a table: sorted, found, compared, renamed, deleted, duplicated; and folders watched from elsewhere."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from core.config import preset, to_dict, with_values
from core.errors import CoreError
from core.events import CheckpointSaved, RunFailed, RunFinished, RunStarted, encode
from core.files import write_json
from core.locks import RunLock
from core.runs.listing import RunSummary
from explorer.runs import actions as run_actions
from explorer.runs.list import RunsList
from explorer.runs.model import LEAST_DIFFERING, NAME, SETTINGS, STARTED, STATE, TOOK, RunsModel
from explorer.runs.table import RunsTable
from explorer.runs.texts import state_text, took_text, when_text
from explorer.settings.values import UiSettings
from explorer.train.settings.names import setting_names
from tests.explorer.test_train_panel import make_run
from tests.explorer.train_bench import TrainBench, make_bench
from tests.helpers.fake_train import epoch_event


def click(widget: object) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> TrainBench:
    """Three runs: a with 3 epochs, b with 5 and beta 4, c failed after 2; the newest is c."""
    for name, epochs, at in (("a-1", 3, 10.0), ("b-1", 5, 20.0)):
        make_run(tmp_path / "runs" / name, epochs, at)
    beta = with_values(preset("quick"), {"data.source": "/pictures/faces", "epochs": 5, "objective.beta": 4})
    write_json(tmp_path / "runs" / "b-1" / "config.json", to_dict(beta))
    make_run(tmp_path / "runs" / "c-1", 2, 30.0, RunFailed("The disk is full.", "Free some space."))
    made = make_bench(qtbot, tmp_path)
    click(made.panel.runs.table_button)
    return made


def section_of(bench: TrainBench, key: str) -> int:
    """Where the column of a metric, of STATE or TOOK is."""
    model = bench.panel.stage.table.table.model().sourceModel()
    assert isinstance(model, RunsModel)
    return model.section(key)


def column(bench: TrainBench, which: int | str) -> list[str]:
    model = bench.panel.stage.table.table.model()
    section = section_of(bench, which) if isinstance(which, str) else which
    return [model.index(row, section).data() for row in range(model.rowCount())]


def select(bench: TrainBench, *names: str) -> None:
    """Click the rows, with Ctrl from the second on."""
    table = bench.panel.stage.table.table
    for n, name in enumerate(names):
        row = column(bench, NAME).index(name)
        keys = Qt.KeyboardModifier.ControlModifier if n else Qt.KeyboardModifier.NoModifier
        place = table.visualRect(table.model().index(row, NAME)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, keys, place)


def test_it_says_what_each_run_was_and_became(bench: TrainBench) -> None:
    table = bench.panel.stage.table
    assert table.isVisible()
    assert column(bench, NAME) == ["c-1", "b-1", "a-1"]
    assert column(bench, SETTINGS) == ["epochs 2, beta 1", "beta 4, epochs 5", "epochs 3, beta 1"]
    assert column(bench, STATE) == ["Failed: The disk is full.", "Finished, 5 epochs", "Finished, 3 epochs"]
    assert column(bench, "psnr") == ["16.20", "16.50", "16.30"]
    assert column(bench, "elbo")[1] == "−1,788.0"
    assert column(bench, TOOK) == ["3 s", "8 s", "4 s"]


def test_what_matters_most_stands_first_and_in_sight(qtbot: QtBot) -> None:
    quick = with_values(preset("quick"), {"data.source": "faces"})
    sharp = with_values(
        preset("sharp"), {"data.source": "faces", "sharpen_epochs": 3, "epochs": 2, "objective.beta": 4.0, "seed": 7}
    )
    table1 = with_values(preset("table1"), {"data.source": "faces", "model.latent_dim": 64})
    runs = [RunSummary(Path(f"run-{n}"), f"run-{n}", "finished", config=one) for n, one in enumerate((quick, sharp, table1))]
    model = RunsModel(setting_names())
    table = RunsTable(model)
    qtbot.addWidget(table)
    table.resize(612, 300)  # as in a window of 1024 pixels
    table.show()
    model.set_runs(runs)
    cells = [model.index(row, SETTINGS) for row in range(3)]
    assert cells[1].data().startswith("epochs for sharpening 3, Sharp, beta 4, epochs 2, seed 7, latent size 128, ")
    assert cells[0].data().startswith("Quick, latent size 128, beta 1, epochs 25, ")
    assert "network Convolutional, " in cells[2].data()
    assert "network Convolutional (Table 1 of the course), " in cells[2].data(Qt.ItemDataRole.ToolTipRole)
    header = table.horizontalHeader()
    for section in (NAME, model.section(STATE), SETTINGS):
        assert header.sectionViewportPosition(section) + header.sectionSize(section) <= table.viewport().width()
    assert header.sectionSize(SETTINGS) >= LEAST_DIFFERING
    for width in (700, 760, 820, 870):
        table.resize(width, 300)
        ends = [header.sectionViewportPosition(section) + header.sectionSize(section) for section in range(header.count())]
        assert table.viewport().width() in ends, "no column is cut at the edge"
    table.resize(1600, 300)
    assert header.length() == table.viewport().width(), "what differs takes the rest"
    codes = RunSummary(Path("codes"), "codes", "finished", config=preset("codes"))
    for listed in (runs[:2], [*runs, codes], [codes], runs):
        model.set_runs(listed)
        keys = [model.columns[header.logicalIndex(place)].key for place in range(header.count())]
        first = ["name", STATE, "settings"]
        assert keys == [*first, *(column.key for column in model.columns if column.key not in first)]


def test_all_columns_are_in_sight_and_what_differs_is_whole_in_a_window_of_1280_pixels(qtbot: QtBot) -> None:
    quick = with_values(preset("quick"), {"data.source": "faces", "epochs": 6, "batch_size": 32})
    other = with_values(quick, {"epochs": 2, "batch_size": 64, "model.latent_dim": 64, "learning_rate": 0.0005})
    best = {"elbo": -6277.2, "psnr": 17.66}
    runs = [
        RunSummary(Path(f"faces-{n}"), f"faces-{n}", "finished", 6, 6, config=one, best=best, started=1.7e9, seconds=57.0)
        for n, one in enumerate((quick, with_values(quick, {"objective.beta": 4.0}), other))
    ]
    model = RunsModel(setting_names())
    table = RunsTable(model)
    qtbot.addWidget(table)
    table.resize(870, 300)
    table.show()
    model.set_runs(runs)
    header = table.horizontalHeader()
    assert header.length() == table.viewport().width()
    font = table.fontMetrics()
    for section in range(header.count()):
        longest = max(font.horizontalAdvance(model.index(row, section).data()) for row in range(3))
        lines = table.rowHeight(0) // font.lineSpacing() if section == SETTINGS else 1
        assert longest < lines * header.sectionSize(section), model.columns[section].title
    took = model.section(TOOK)
    header.resizeSection(took, 200)
    model.set_runs(runs[:2])
    assert header.sectionSize(took) == 200, "as the person has it"


def test_titles_and_states_are_whole_also_once_they_change(qtbot: QtBot) -> None:
    quick, codes = (RunSummary(Path(name), name, "queued", 0, 6, config=preset(name)) for name in ("quick", "codes"))
    model = RunsModel(setting_names())
    table = RunsTable(model)
    qtbot.addWidget(table)
    table.resize(870, 300)
    table.show()
    model.set_runs([quick, codes])
    header, state = table.horizontalHeader(), model.section(STATE)
    for section in range(header.count()):
        title = model.columns[section].title
        longest = max(header.fontMetrics().horizontalAdvance(line) for line in title.split("\n"))
        assert header.sectionSize(section) >= longest + 16, title
    assert any("\n(share of the variance)" in column.title for column in model.columns)
    narrow = header.sectionSize(state)
    ended = replace(quick, state="finished", epoch=1234, epochs=1234)
    model.set_runs([ended, codes])
    text = model.index(0, state).data()
    qtbot.waitUntil(lambda: header.sectionSize(state) > narrow)
    assert table.fontMetrics().horizontalAdvance(text) < header.sectionSize(state)


def test_a_number_stands_in_the_column_of_its_own_family_alone() -> None:
    """Two families have a number of the same name, in different units."""
    quick = RunSummary(Path("a"), "a", "finished", config=preset("quick"), best={"reconstruction": -3166.2, "psnr": 15.0})
    codes = RunSummary(Path("b"), "b", "finished", config=preset("codes"), best={"reconstruction": 1.073, "psnr": 15.2})
    model = RunsModel({})
    model.set_runs([quick, codes])
    at = model.section("reconstruction")
    assert "share of the variance" in model.columns[at].title
    assert [model.index(row, at).data() for row in (0, 1)] == ["", "1.073"]
    assert [model.index(row, model.section("psnr")).data() for row in (0, 1)] == ["15.00", "15.20"]


def test_a_click_on_a_column_sorts_by_its_numbers(bench: TrainBench) -> None:
    table = bench.panel.stage.table.table
    header = table.horizontalHeader()

    def click_header() -> None:
        place = QPoint(header.sectionViewportPosition(section_of(bench, "elbo")) + 20, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)

    click_header()
    assert column(bench, NAME) == ["c-1", "a-1", "b-1"]
    click_header()
    assert column(bench, NAME) == ["b-1", "a-1", "c-1"]
    click_header()  # a third time: the order of the list again
    assert column(bench, NAME) == ["c-1", "b-1", "a-1"]


def test_words_find_runs(bench: TrainBench) -> None:
    table = bench.panel.stage.table
    QTest.keyClicks(table.filter, "BETA 4 faces")
    assert column(bench, NAME) == ["b-1"]
    assert table._count.text() == "1 of 3"
    for text in ("beta 1", "beta 40", "beta 0.4"):
        table.filter.setText(text)
        assert "b-1" not in column(bench, NAME), text
    assert table._nothing.isVisible()
    for text in ("b-1 4", "4 b-1", "faces 5", "5 faces", "beta 4 5", "epochs 5 4", "bet 4"):  # no setting is called "faces"
        table.filter.setText(text)
        assert column(bench, NAME) == ["b-1"], text
    table.filter.setText("full")
    assert column(bench, NAME) == ["c-1"]


def test_a_number_belongs_to_the_whole_name_before_it(qtbot: QtBot) -> None:
    quick = with_values(preset("quick"), {"data.source": "faces"})
    small = with_values(quick, {"data.image_size": 64, "model.latent_dim": 32})
    tight = with_values(quick, {"data.image_size": 128, "model.latent_dim": 64})
    named = (("small", small), ("tight", tight))
    model = RunsModel(setting_names())
    table = RunsTable(model)
    qtbot.addWidget(table)
    model.set_runs([RunSummary(Path(name), name, "finished", config=config) for name, config in named])
    for text, names in (("latent size 64", ["tight"]), ("picture size 64", ["small"]), ("size 64", ["small", "tight"])):
        table.set_filter(text)
        assert [run.name for run in table.runs] == names, text


def test_what_is_selected_stays_so_while_runs_are_looked_for(bench: TrainBench) -> None:
    """The table had nothing selected afterwards, the list all."""
    table, runs = bench.panel.stage.table, bench.panel.runs.list
    select(bench, "a-1", "b-1")
    for text, seen in (("c-1", set()), ("a-1", {"a-1"}), ("c-1", set()), ("", {"a-1", "b-1"}), ("-1", {"a-1", "b-1"})):
        table.filter.setText(text)
        assert {run.name for run in table.table.selected} == seen, text
        assert {run.name for run in runs.selected} == {"a-1", "b-1"}, text
        assert table.overlay_button.isEnabled() == (len(seen) > 1), text
    table.filter.setText("c-1")
    select(bench, "c-1")
    table.filter.clear()
    assert [run.name for run in table.table.selected] == [run.name for run in runs.selected] == ["c-1"]


def test_the_curves_of_several_are_laid_together(bench: TrainBench) -> None:
    stage = bench.panel.stage
    assert stage.table.compare_button.text() == "Report"
    assert not stage.table.overlay_button.isEnabled()
    select(bench, "a-1", "b-1")
    assert stage.table.compare_button.text() == "Compare 2 runs"
    click(stage.table.overlay_button)
    assert stage.view.isVisible()
    assert {stage.view.folder, *stage.view.compared} == {bench.root / "a-1", bench.root / "b-1"}
    assert {run.name for run in bench.panel.runs.list.selected} == {"a-1", "b-1"}


@pytest.mark.long
def test_the_list_compares_with_ctrl(qtbot: QtBot, bench: TrainBench) -> None:
    click(bench.panel.runs.table_button)
    runs, view = bench.panel.runs.list, bench.panel.view

    def click_row(name: str, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        index = runs.model().index(bench.names.index(name), 0)
        runs.scrollTo(index)
        QTest.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, keys, runs.visualRect(index).center())

    click_row("c-1")
    assert (view.folder, view.compared) == (bench.root / "c-1", ())
    click_row("a-1", Qt.KeyboardModifier.ControlModifier)
    assert view.folder == bench.root / "a-1"
    assert view.compared == (bench.root / "c-1",)
    with qtbot.waitSignal(bench.panel.runs.refreshed, timeout=5000):
        bench.panel.runs.refresh()
    assert len(runs.selected) == 2  # reading the list again lets go of nothing
    click_row("b-1")
    assert (view.folder, view.compared) == (bench.root / "b-1", ())


def test_enter_opens_and_escape_goes_back(bench: TrainBench) -> None:
    table = bench.panel.stage.table.table
    select(bench, "c-1")
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert bench.panel.view.isVisible()
    assert bench.panel.shown_run == bench.root / "b-1"
    click(bench.panel.runs.table_button)
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert bench.panel.view.isVisible()


def test_f2_renames_the_folder(qtbot: QtBot, bench: TrainBench) -> None:
    panel, table = bench.panel, bench.panel.stage.table.table
    panel.show_run(bench.root / "a-1")
    click(panel.runs.table_button)
    select(bench, "a-1")
    QTest.keyClick(table, Qt.Key.Key_F2)
    editor = table.viewport().findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.setText("best one")
    with qtbot.waitSignal(panel.run_moved, timeout=5000) as moved:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert moved.args == [bench.root / "a-1", bench.root / "best one"]
    assert (bench.root / "best one" / "events.jsonl").is_file()
    assert "best one" in column(bench, NAME)
    assert panel.shown_run == bench.root / "best one"
    qtbot.waitUntil(lambda: panel.view.chart.epochs_shown == 3, timeout=5000)


def test_a_renamed_run_stays_selected_and_says_what_differs(qtbot: QtBot, bench: TrainBench) -> None:
    """It wasn't the run whose curves are shown, and no row was selected any more."""
    panel, table = bench.panel, bench.panel.stage.table.table
    select(bench, "a-1", "b-1")
    differs = column(bench, SETTINGS)
    for how in ("rename", "undo"):
        with qtbot.waitSignal(panel.run_moved, timeout=5000):
            if how == "undo":
                panel.undo()
            else:
                panel._actions.rename(table.selected[0], "best")
        names = {"a-1", "best" if how == "rename" else "b-1"}
        for view in (table, panel.runs.list):
            assert {run.name for run in view.selected} == names
        assert column(bench, SETTINGS) == differs
        assert panel.stage.table.overlay_button.isEnabled()
    assert panel.shown_run == bench.root / "c-1"


def test_a_run_stays_selected_however_often_it_is_renamed(qtbot: QtBot) -> None:
    """Renamed a second time by a name that it had before, it was lost each time that other runs came."""
    model = RunsModel({})
    shown = RunsList(model)
    qtbot.addWidget(shown)

    def list_runs(*names: str) -> None:
        model.set_runs([RunSummary(Path(name), name, "finished") for name in names])

    def select(name: str) -> None:
        shown.select([Path(name)], Path(name))

    def selected() -> list[str]:
        return [run.name for run in shown.selected]

    list_runs("a", "c")
    for chosen, old, new in (("a", "a", "b"), ("c", "b", "a"), ("a", "a", "b")):
        select(chosen)
        list_runs(new, "c")
        shown.follow(Path(old), Path(new))
        assert selected() == [new if chosen == old else chosen]
    list_runs("b", "c", "d")
    assert selected() == ["b"]
    shown.follow(Path("b"), Path("e"))  # listed by that name only after it has another one again
    shown.follow(Path("e"), Path("f"))
    assert selected() == ["b"]
    list_runs("c", "d", "f")
    assert selected() == ["f"]


@pytest.mark.long
def test_list_and_table_have_one_model_and_one_selection(qtbot: QtBot, bench: TrainBench, tmp_path: Path) -> None:
    table, runs = bench.panel.stage.table.table, bench.panel.runs.list
    assert runs.model() is table.model().sourceModel()
    select(bench, "c-1", "a-1")
    assert [run.name for run in runs.selected] == ["c-1", "a-1"]
    announced: list[object] = []
    runs.run_chosen.connect(announced.append)
    runs.selection_changed.connect(lambda: announced.append("selection"))
    make_run(tmp_path / "runs" / "d-1", 2, 40.0)
    bench.panel.runs.refresh()
    qtbot.waitUntil(lambda: column(bench, NAME) == ["d-1", "c-1", "b-1", "a-1"], timeout=5000)
    assert bench.names == ["d-1", "c-1", "b-1", "a-1"]
    for view in (runs, table):
        assert [run.name for run in view.selected] == ["c-1", "a-1"]
    assert runs.chosen is not None
    assert runs.chosen.name == "a-1"
    assert announced == []


@pytest.mark.long
def test_back_at_the_curves_the_run_selected_in_the_table_is_shown(qtbot: QtBot, bench: TrainBench) -> None:
    panel = bench.panel
    assert panel.shown_run == bench.root / "c-1"
    assert not panel.runs.open_button.isVisible(), "the table's own buttons act on the selection"
    select(bench, "b-1")
    assert panel.runs.list.chosen is not None
    assert panel.runs.list.chosen.name == "b-1"
    click(panel.stage.table.close_button)
    assert panel.shown_run == bench.root / "b-1"
    assert [run.name for run in panel.runs.list.selected] == ["b-1"]
    assert panel.runs.open_button.isVisible()
    qtbot.waitUntil(lambda: panel.view.chart.epochs_shown == 5, timeout=5000)
    click(panel.runs.table_button)
    select(bench, "a-1", "b-1")
    click(panel.runs.table_button)
    assert set(panel.view.compared) == {bench.root / "a-1"}


def test_a_row_of_the_list_speaks_for_the_run_and_a_cell_for_itself(bench: TrainBench) -> None:
    row, cell = bench.panel.runs.list.model().index(0, NAME), bench.panel.stage.table.table.model().index(0, NAME)
    spoken, tip = Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole
    assert row.data(spoken) == "c-1, Failed, epoch 2 of 2: The disk is full., 16.2 dB"
    assert row.data(tip).splitlines()[1:] == ["The disk is full.", str(bench.root / "c-1")]
    assert (row.data(), cell.data()) == ("c-1", "c-1")
    assert (cell.data(spoken), cell.data(tip)) == (None, str(bench.root / "c-1"))


@pytest.mark.long
@pytest.mark.parametrize("where", ["list", "table"])
def test_other_runs_wait_while_a_name_is_written(qtbot: QtBot, bench: TrainBench, tmp_path: Path, where: str) -> None:
    view = bench.panel.stage.table.table if where == "table" else bench.panel.runs.list
    view.select([bench.root / "b-1"], bench.root / "b-1")
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_F2)
    editor = view.viewport().findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "half a na")
    make_run(tmp_path / "runs" / "d-1", 2, 40.0)
    with qtbot.waitSignal(bench.panel.runs.refreshed, timeout=5000):
        bench.panel.runs.refresh()
    assert editor.text() == "half a na"
    assert bench.names == column(bench, NAME) == ["c-1", "b-1", "a-1"]
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bench.names == column(bench, NAME) == ["d-1", "c-1", "b-1", "a-1"], timeout=5000)
    assert (bench.root / "b-1").is_dir()


def test_a_name_that_is_taken_is_refused_in_a_sentence(qtbot: QtBot, bench: TrainBench) -> None:
    model = bench.panel.runs.list.model()
    assert not model.setData(model.index(0, NAME), "a-1")
    qtbot.waitUntil(lambda: bool(bench.messages), timeout=5000)
    assert "There is a run named a-1 already." in bench.messages[-1].text
    assert (bench.root / "c-1").is_dir()


def test_delete_puts_it_into_the_trash_and_undo_brings_it_back(
    qtbot: QtBot, bench: TrainBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_ = tmp_path / "Trash" / "files"
    bin_.mkdir(parents=True)

    def to_bin(folder: Path) -> Path:
        return folder.rename(bin_ / folder.name)

    monkeypatch.setattr(run_actions, "move_to_trash", to_bin)
    bench.panel.show_run(bench.root / "a-1")
    click(bench.panel.runs.table_button)
    select(bench, "a-1", "c-1")
    QTest.keyClick(bench.panel.stage.table.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: column(bench, NAME) == ["b-1"], timeout=5000)
    assert bench.panel.shown_run == bench.root / "b-1"  # the next one, where the shown one is gone
    assert bench.messages[-1].action is not None
    text, undo = bench.messages[-1].action
    assert text == "Undo"
    assert bench.panel.can_undo
    bench.panel.undo()  # Ctrl+Z
    qtbot.waitUntil(lambda: column(bench, NAME) == ["c-1", "b-1", "a-1"], timeout=5000)
    assert not bench.panel.can_undo
    count = len(bench.messages)
    undo()  # its runs are back already: nothing happens
    assert [message.kind for message in bench.messages[count:]] == []


def test_undo_takes_back_another_name_and_says_so(qtbot: QtBot, bench: TrainBench) -> None:
    panel = bench.panel
    panel.show_run(bench.root / "a-1")
    run = next(run for run in panel.runs.list.runs if run.name == "a-1")
    for name in ("best", "worst"):
        assert isinstance(run, RunSummary)
        with qtbot.waitSignal(panel.run_moved, timeout=5000):
            panel._actions.rename(run, name)
        run = next(run for run in panel.runs.list.runs if run.name == name)
    assert bench.messages[-1].text == "best is called worst now."
    assert bench.messages[-1].action is not None
    assert bench.messages[-1].action[0] == "Undo"
    for name, said in (("best", "worst is called best again."), ("a-1", "best is called a-1 again.")):
        assert panel.can_undo
        with qtbot.waitSignal(panel.run_moved, timeout=5000):
            panel.undo()
        assert (bench.root / name).is_dir()
        assert panel.shown_run == bench.root / name
        assert bench.messages[-1].text == said
    assert not panel.can_undo
    assert set(bench.names) == {"a-1", "b-1", "c-1"}


def test_a_name_that_is_taken_by_now_can_be_taken_back_once_it_is_free(qtbot: QtBot, bench: TrainBench) -> None:
    panel = bench.panel
    with qtbot.waitSignal(panel.run_moved, timeout=5000):
        panel._actions.rename(next(run for run in panel.runs.list.runs if run.name == "a-1"), "best")
    (bench.root / "a-1").mkdir()
    panel.undo()
    qtbot.waitUntil(lambda: bench.messages[-1].kind == "error", timeout=5000)
    assert bench.messages[-1].text == "There is a run named a-1 already. Rename that one, then undo again."
    assert panel.can_undo
    (bench.root / "a-1").rmdir()
    with qtbot.waitSignal(panel.run_moved, timeout=5000) as moved:
        panel.undo()
    assert moved.args == [bench.root / "best", bench.root / "a-1"]
    assert not panel.can_undo


def test_an_older_name_is_offered_only_until_there_is_a_newer_one_or_the_run_is_gone(
    qtbot: QtBot, bench: TrainBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its button found no such run, and what it left couldn't be taken back at all any more."""
    (bin_ := tmp_path / "bin").mkdir()
    monkeypatch.setattr(run_actions, "move_to_trash", lambda folder: folder.rename(bin_ / folder.name))
    panel, settled = bench.panel, list[str]()
    panel._actions._messenger.settled.connect(settled.append)
    topics = []
    for old, new in (("a-1", "best"), ("best", "worst")):
        assert settled == []
        with qtbot.waitSignal(panel.run_moved, timeout=5000):
            panel._actions.rename(next(run for run in panel.runs.list.runs if run.name == old), new)
        topics.append(bench.messages[-1].topic)
    assert settled == topics[:1]
    panel._actions.remove([run for run in panel.runs.list.runs if run.name == "worst"])
    qtbot.waitUntil(lambda: "worst" not in bench.names, timeout=5000)
    assert topics[1] in settled
    for name in ("worst", "best", "a-1"):
        panel.undo()
        qtbot.waitUntil(lambda name=name: name in bench.names, timeout=5000)  # type: ignore[misc]
    assert not panel.can_undo


def test_a_run_that_is_gone_gets_no_name_back(qtbot: QtBot, bench: TrainBench) -> None:
    panel = bench.panel
    with qtbot.waitSignal(panel.run_moved, timeout=5000):
        panel._actions.rename(next(run for run in panel.runs.list.runs if run.name == "a-1"), "best")
    shutil.rmtree(bench.root / "best")
    panel.undo()
    qtbot.waitUntil(lambda: bench.messages[-1].kind == "error", timeout=5000)
    assert bench.messages[-1].text == "There is no run best any more: its folder is gone."
    assert not panel.can_undo


def test_curves_in_one_chart_say_what_they_need(bench: TrainBench) -> None:
    table = bench.panel.stage.table
    for names, is_possible in (([], False), (["a-1"], False), (["a-1", "b-1"], True)):
        table.table.select([bench.root / name for name in names])
        assert table.overlay_button.isEnabled() == is_possible
        assert table.overlay_button.toolTip().startswith("Show the curves" if is_possible else "Select several runs")


@pytest.mark.long
def test_runs_that_cant_come_back_from_the_trash_keep_no_others_there(
    qtbot: QtBot, bench: TrainBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bin_ := tmp_path / "bin").mkdir()
    monkeypatch.setattr(run_actions, "move_to_trash", lambda folder: folder.rename(bin_ / folder.name))
    click(bench.panel.run_box.queue_button)
    click(bench.panel.run_box.queue_button)
    qtbot.waitUntil(lambda: column(bench, NAME)[:2] == ["celeba-1", "celeba-2"], timeout=5000)
    select(bench, "celeba-1", "celeba-2", "b-1", "a-1")
    QTest.keyClick(bench.panel.stage.table.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: column(bench, NAME) == ["c-1"], timeout=5000)
    (bench.root / "b-1").mkdir()  # another run has the name by now
    bench.panel.undo()
    qtbot.waitUntil(lambda: set(column(bench, NAME)) >= {"a-1", "celeba-1", "celeba-2"}, timeout=5000)
    assert [folder.name for folder in bench.panel.queue.planned] == ["celeba-1", "celeba-2"]
    (error,) = (message for message in bench.messages if message.kind == "error")
    assert error.text.startswith("b-1 can't come back from the trash: there is another one of that name now.")
    assert bench.panel.can_undo
    (bench.root / "b-1").rmdir()
    bench.panel.undo()  # it is tried again
    qtbot.waitUntil(lambda: (bench.root / "b-1" / "config.json").exists(), timeout=5000)
    assert not bench.panel.can_undo


@pytest.mark.long
def test_runs_that_are_no_longer_in_the_trash_dont_stand_in_the_way_of_others(
    qtbot: QtBot, bench: TrainBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bin_ := tmp_path / "bin").mkdir()
    monkeypatch.setattr(run_actions, "move_to_trash", lambda folder: folder.rename(bin_ / folder.name))
    for name in ("a-1", "b-1"):
        select(bench, name)
        QTest.keyClick(bench.panel.stage.table.table, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda name=name: name not in column(bench, NAME), timeout=5000)  # type: ignore[misc]
    shutil.rmtree(bin_ / "b-1")
    bench.panel.undo()
    qtbot.waitUntil(lambda: bench.messages[-1].kind == "error", timeout=5000)
    assert bench.messages[-1].text.startswith("b-1 isn't in the trash any more.")
    bench.panel.undo()
    qtbot.waitUntil(lambda: column(bench, NAME) == ["c-1", "a-1"], timeout=5000)
    assert not bench.panel.can_undo


def test_where_one_run_cant_be_deleted_the_others_are_gone_all_the_same(
    qtbot: QtBot, bench: TrainBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_actions, "move_to_trash", lambda folder: None)
    monkeypatch.setattr(run_actions.RunActions, "ask_delete", lambda *_: True)
    deleted = run_actions.delete_for_good

    def fails_for_c(folder: Path) -> None:
        if folder.name == "c-1":
            raise CoreError("c-1 can't be deleted.")
        deleted(folder)

    monkeypatch.setattr(run_actions, "delete_for_good", fails_for_c)
    select(bench, "c-1", "b-1", "a-1")
    QTest.keyClick(bench.panel.stage.table.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: column(bench, NAME) == ["c-1"], timeout=5000)
    texts = [message.text for message in bench.messages]
    assert any(text.startswith("c-1 can't be deleted.") for text in texts)
    assert "Deleted: b-1, a-1." in texts


@pytest.mark.long
def test_a_compared_run_that_is_deleted_leaves_the_chart_and_the_undo_its_message(
    qtbot: QtBot, bench: TrainBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_actions, "move_to_trash", lambda folder: folder.rename(tmp_path / folder.name))
    settled: list[str] = []
    bench.panel._messenger.settled.connect(settled.append)
    select(bench, "a-1", "b-1")
    click(bench.panel.stage.table.overlay_button)
    shown = bench.panel.shown_run
    (other,) = bench.panel.view.compared
    click(bench.panel.runs.table_button)
    select(bench, other.name)
    QTest.keyClick(bench.panel.stage.table.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: other.name not in bench.names, timeout=5000)
    qtbot.waitUntil(lambda: "trash" in bench.messages[-1].text, timeout=5000)
    assert (bench.panel.shown_run, bench.panel.view.compared) == (shown, ())
    topic = bench.messages[-1].topic
    assert topic not in settled
    bench.panel.undo()  # Ctrl+Z
    assert topic in settled
    qtbot.waitUntil(lambda: other.name in bench.names, timeout=5000)
    assert [run.folder for run in bench.panel.runs.list.selected] == [shown]
    assert bench.panel.view.compared == ()


def test_the_table_marks_what_was_selected_in_the_list_since(bench: TrainBench) -> None:
    stage, runs = bench.panel.stage, bench.panel.runs.list

    def click_row(name: str, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        index = runs.model().index(bench.names.index(name), 0)
        runs.scrollTo(index)
        QTest.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, keys, runs.visualRect(index).center())

    def marked() -> set[str]:
        return {run.name for run in stage.table.table.selected}

    click(bench.panel.runs.table_button)
    click_row("c-1")
    click_row("a-1", Qt.KeyboardModifier.ControlModifier)
    click(bench.panel.runs.table_button)
    assert marked() == {"a-1", "c-1"}
    assert stage.table.compare_button.text() == "Compare 2 runs"
    assert stage.table.overlay_button.isEnabled()
    select(bench, "a-1", "b-1", "c-1")
    click(bench.panel.runs.table_button)
    click(bench.panel.runs.table_button)
    assert marked() == {"a-1", "b-1", "c-1"}  # nothing else was selected in the list


def test_where_there_is_no_trash_it_asks(qtbot: QtBot, bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_actions, "move_to_trash", lambda folder: None)
    asked: list[list[str]] = []
    answers = iter([False, True])

    def answer(self: object, runs: list) -> bool:
        asked.append([run.name for run in runs])
        return next(answers)

    monkeypatch.setattr(run_actions.RunActions, "ask_delete", answer)
    select(bench, "a-1")
    click(bench.panel.stage.table.trash_button)
    qtbot.waitUntil(lambda: asked == [["a-1"]], timeout=5000)
    assert (bench.root / "a-1").is_dir()
    click(bench.panel.stage.table.trash_button)
    qtbot.waitUntil(lambda: not (bench.root / "a-1").exists(), timeout=5000)
    qtbot.waitUntil(lambda: column(bench, NAME) == ["c-1", "b-1"], timeout=5000)


def test_rows_stay_under_the_mouse(qtbot: QtBot, bench: TrainBench) -> None:
    """A run that is planned, or gets better, moves no row that the person is about to click; what is gone goes."""
    bench.panel.stage.show_table(False)
    view, shelf = bench.panel.runs.list, bench.panel.runs._shelf
    QTest.mouseMove(view.viewport(), QPoint(30, 60))
    config = with_values(preset("quick"), {"epochs": 9})
    (folder,) = bench.panel.queue.add([("z", config)])
    shelf.add_planned(folder, config)
    assert bench.names == ["c-1", "b-1", "a-1"]
    shelf.forget(bench.root / "a-1")
    assert bench.names == ["z", "c-1", "b-1"]
    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
    QTest.mouseMove(view.viewport(), QPoint(30, 61))
    shelf.set_own(bench.root / "b-1", config)
    assert bench.names == ["z", "c-1", "b-1"]
    assert view.runs[2].state == "running"  # what a row says is true at once
    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: bench.names == ["b-1", "z", "c-1"], timeout=5000)


def test_the_time_at_which_a_queued_run_began_stays_as_it_is(qtbot: QtBot, bench: TrainBench) -> None:
    """Getting ready took a minute, and once it had ended another time stood there."""
    shelf, config = bench.panel.runs._shelf, with_values(preset("quick"), {"epochs": 2})
    folder = bench.root / "z"
    write_json(folder / "config.json", to_dict(config))
    shelf.add_planned(folder, config)
    shelf.set_queue([folder])

    def started() -> str:
        return column(bench, STARTED)[column(bench, NAME).index("z")]

    assert started() == ""
    shelf.set_queue([])
    assert started() == ""  # it isn't queued any longer, and hasn't begun
    shelf.set_own(folder, config)
    assert started() == ""  # it is getting ready
    lines = [RunStarted(str(folder), to_dict(config), {}, "cpu", "fp32", 1, 1, 0, 1), epoch_event(1, 2), RunFinished(False, 1, 1.0)]
    (folder / "events.jsonl").write_text(encode(lines[0], 5_000_000.0) + "\n", encoding="utf-8")
    shelf.set_going(is_paused=False)
    assert started() == when_text(5_000_000.0)
    shelf.set_going(is_paused=True)
    shelf.update_own(epoch_event(1, 2))
    assert started() == when_text(5_000_000.0)
    (folder / "events.jsonl").write_text("".join(encode(line, 5_000_000.0) + "\n" for line in lines), encoding="utf-8")
    with qtbot.waitSignal(shelf.refreshed):
        shelf.clear_own()
    assert started() == when_text(5_000_000.0)


def test_sorted_rows_stay_under_the_mouse(qtbot: QtBot, bench: TrainBench) -> None:
    table, shelf = bench.panel.stage.table.table, bench.panel.runs._shelf
    shelf.set_own(bench.root / "a-1", None)
    table.sortByColumn(section_of(bench, "psnr"), Qt.SortOrder.DescendingOrder)
    assert column(bench, NAME) == ["b-1", "a-1", "c-1"]
    for place in (QPoint(90, 40), QPoint(30, 40)):  # the mouse of an earlier test may be there, and that is no move
        QTest.mouseMove(table.viewport(), place)
    shelf.update_own(epoch_event(9, 9))
    shelf.update_own(CheckpointSaved("best.safetensors", True, 9))
    assert column(bench, "psnr") == ["16.50", "16.90", "16.20"]
    QApplication.sendEvent(table.viewport(), QEvent(QEvent.Type.Leave))
    assert column(bench, NAME) == ["a-1", "b-1", "c-1"]


def test_a_run_that_is_watched_again_leaves_nothing_to_undo(qtbot: QtBot, bench: TrainBench, tmp_path: Path) -> None:
    far = tmp_path / "far-1"
    make_run(far, 2, 40.0)
    settled: list[str] = []
    bench.panel._messenger.settled.connect(settled.append)
    bench.panel.watching.add(far)
    qtbot.waitUntil(lambda: "far-1" in bench.names, timeout=5000)
    bench.panel.watching.remove(far)
    topic = bench.messages[-1].topic
    settled.clear()
    bench.panel.watching.add(far)
    qtbot.waitUntil(lambda: topic in settled, timeout=5000)


def test_a_running_run_is_neither_deleted_nor_renamed(qtbot: QtBot, bench: TrainBench) -> None:
    with RunLock(bench.root / "a-1"):
        with qtbot.waitSignal(bench.panel.runs.refreshed, timeout=5000):
            bench.panel.runs.refresh()
        select(bench, "a-1")
        QTest.keyClick(bench.panel.stage.table.table, Qt.Key.Key_Delete)
        assert "a-1 is running and can't be deleted" in bench.messages[-1].text
        model = bench.panel.stage.table.table.model()
        assert not model.setData(model.index(0, NAME), "new")
        assert "stop it before you rename it" in bench.messages[-1].text
    assert (bench.root / "a-1").is_dir()


def test_its_settings_come_back_into_the_form(qtbot: QtBot, bench: TrainBench) -> None:
    select(bench, "b-1")
    with qtbot.waitSignal(bench.panel.pictures_requested) as wanted:
        click(bench.panel.stage.table.duplicate_button)
    assert wanted.args[0].source == "/pictures/faces"
    assert bench.panel.settings_form.config.settings.objective.beta == 4


@pytest.mark.long
def test_the_pictures_of_a_run_that_was_moved_with_them_are_read(qtbot: QtBot, bench: TrainBench) -> None:
    (bench.root.parent / "faces").mkdir()
    select(bench, "b-1")
    with qtbot.waitSignal(bench.panel.pictures_requested) as wanted:
        click(bench.panel.stage.table.duplicate_button)
    assert wanted.args[0].source == str(bench.root.parent / "faces")


@pytest.mark.long
@pytest.mark.parametrize("width", [620, 860, 904, 1200])
@pytest.mark.parametrize("names", [("b-1",), ("a-1", "b-1")])
def test_no_button_under_the_table_is_cut(qtbot: QtBot, bench: TrainBench, width: int, names: tuple[str, ...]) -> None:
    table = bench.panel.stage.table
    select(bench, *names)
    bench.panel.resize(bench.panel.width() - table.width() + width, bench.panel.height())
    qtbot.waitUntil(lambda: table.width() == width, timeout=5000)
    buttons = [*table._bottom, *([table._hint] if table._hint.isVisible() else [])]
    qtbot.waitUntil(lambda: all(one.width() == one.sizeHint().width() for one in buttons), timeout=5000)


def test_a_folder_elsewhere_is_watched_and_remembered(qtbot: QtBot, bench: TrainBench, tmp_path: Path) -> None:
    far = make_run(tmp_path / "mount" / "far-1", 4, time.time())
    lines = (far / "events.jsonl").read_text().splitlines(keepends=True)
    (far / "events.jsonl").write_text("".join(lines[:-1]))  # no ending: another machine writes it, whose lock isn't seen
    bench.panel.watching.add(far)
    qtbot.waitUntil(lambda: bench.states().get("far-1") == "running", timeout=5000)
    assert UiSettings.load().watched_runs == (str(far),)
    far.rename(far.with_name("away"))
    bench.panel.runs._timer.timeout.emit()
    qtbot.waitUntil(lambda: bench.states()["far-1"] == "unreachable", timeout=5000)
    assert "can't be reached" in column(bench, STATE)[column(bench, NAME).index("far-1")]
    select(bench, "far-1")
    QTest.keyClick(bench.panel.stage.table.table, Qt.Key.Key_Delete)
    assert "far-1" not in column(bench, NAME)
    assert UiSettings.load().watched_runs == ()
    assert far.with_name("away").is_dir()


def test_a_folder_of_runs_is_watched_run_by_run_and_another_one_is_refused(qtbot: QtBot, bench: TrainBench, tmp_path: Path) -> None:
    for name in ("x-1", "x-2"):
        make_run(tmp_path / "server" / name, 1)
    bench.panel.watching.add(tmp_path / "server")
    qtbot.waitUntil(lambda: {"x-1", "x-2"} <= set(bench.names), timeout=5000)
    (tmp_path / "photos").mkdir()
    bench.panel.watching.add(tmp_path / "photos")
    qtbot.waitUntil(lambda: "no run folder" in bench.messages[-1].text, timeout=5000)
    assert len(bench.settings.watched_runs) == 2


def test_times_are_said_as_people_say_them() -> None:
    assert [took_text(seconds) for seconds in (0, 45, 200, 7500, 97_200)] == ["", "45 s", "3 min 20 s", "2 h 5 min", "1 d 3 h"]
    assert when_text(time.time()).startswith("Today, ") or time.localtime().tm_hour == 0
    assert when_text(time.mktime((2021, 3, 4, 9, 12, 0, 0, 0, -1))) == "4 Mar 2021"


def test_names_that_differ_at_their_end_show_it_and_what_all_of_a_family_have_isnt_told(qtbot: QtBot) -> None:
    quick = with_values(preset("quick"), {"data.source": "faces", "epochs": 2})
    codes = with_values(preset("codes"), {"data.source": "faces", "epochs": 2, "prior_epochs": 1})
    configs = {"celeba_small-beta-4": with_values(quick, {"objective.beta": 4.0}), "celeba_small-beta-1": quick, "codes-1": codes}
    runs = [
        RunSummary(Path(name), name, "finished", epoch=3 if name == "codes-1" else 2, config=one) for name, one in configs.items()
    ]
    model = RunsModel(setting_names())
    table = RunsTable(model)
    qtbot.addWidget(table)
    table.resize(612, 300)
    table.show()
    model.set_runs(runs)
    said = {run.name: model.index(row, SETTINGS).data() for row, run in enumerate(runs)}
    assert said["celeba_small-beta-4"] == "beta 4, VAE"
    assert said["celeba_small-beta-1"] == "beta 1, VAE"
    assert "VQ-VAE" in said["codes-1"]
    option = QStyleOptionViewItem()
    option.widget = table  # type: ignore[attr-defined]
    table.itemDelegate().initStyleOption(option, table.model().index(0, NAME))
    assert option.textElideMode == Qt.TextElideMode.ElideMiddle  # type: ignore[attr-defined]
    assert state_text(runs[2]).startswith("Finished, 2 + 1 epochs, ")
    assert model.index(2, model.section(STATE)).data() == "Finished, 2 + 1 epochs"
    assert model.index(0, model.section(STATE)).data() == "Finished, 2 epochs"
