"""Runs of a second family in the Train tab: its own charts, columns, rows and phases, alone and beside runs of a VAE."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from core.config import preset, to_dict, with_values
from core.errors import CoreError
from core.events import CheckpointSaved, RunFinished, RunStarted, encode
from core.export.images import grid, save_picture
from core.families.base import Chart, Family, Metric
from core.families.vae.family import SHARPENING
from core.files import write_json
from core.runs.history import RunHistory, history_of
from core.runs.listing import read_summary
from core.runs.previews import preview_name
from explorer.chart.chart import TrainingChart
from explorer.chart.drawing import ChartOptions, ChartRun, drawing_of, stretches
from explorer.chart.figure import Picture, build
from explorer.chart.places import View, areas
from explorer.chart.plot import rectangle, to_place
from explorer.chart.style import screen_style
from explorer.messages import Messenger
from explorer.runs.model import RunsModel
from explorer.runs.progress import ProgressEstimate
from explorer.runs.shelf import RunShelf
from explorer.runs.table import RunsTable
from explorer.runs.texts import quality_text
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.preview.preview import Preview
from explorer.train.preview.sheet import SIDES, SIDES_UNMAPPED, Shown, arrangements
from explorer.train.view import TrainView, phase_titles
from explorer.widgets.status_line import StatusLine
from tests.explorer.train_bench import make_bench
from tests.helpers import codes_family as codes
from tests.helpers.codes_family import codes_epoch, codes_history, two_phases, write_codes_run
from tests.helpers.fake_train import epoch_event

pytestmark = pytest.mark.usefixtures("themed_app", "codes_family")
codes_family = codes.codes_family
TITLES = {codes.CODEBOOK: "The codebook", codes.PRIOR: "A prior over codes"}


@pytest.fixture
def chart(qtbot: QtBot) -> TrainingChart:
    widget = TrainingChart()
    qtbot.addWidget(widget)
    widget.resize(800, 400)
    widget.show()
    widget.set_run("codes-1")
    return widget


def vae(epochs: int) -> RunHistory:
    return history_of([epoch_event(n, epochs) for n in range(1, epochs + 1)])


def drawn(qtbot: QtBot, chart: TrainingChart) -> Picture:
    qtbot.waitUntil(lambda: chart.is_up_to_date and chart.plot.picture is not None, timeout=20_000)
    assert chart.plot.picture is not None
    return chart.plot.picture


def offered(chart: TrainingChart) -> list[str]:
    return [segment.text() for segment in chart.controls.kinds.segments if segment.isVisible()]


def figure(runs: list[ChartRun], chart: str, view: View = View()) -> Figure:  # noqa: B008
    return build(drawing_of(runs, ChartOptions(chart)), screen_style(QSize(820, 300), 1.0), view).figure


# -- charts


def test_the_charts_are_those_of_the_family(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(codes_history(20))
    drawn(qtbot, chart)
    assert offered(chart) == ["Commitment", "Codebook", "PSNR", "Use per code", "Speed"]
    assert chart.controls.kinds.segments[1].toolTip() == "How evenly the codes are used, and how many are"
    QTest.mouseClick(chart.controls.kinds.segments[1], Qt.MouseButton.LeftButton)
    picture = drawn(qtbot, chart)
    assert [(axis.label, axis.role) for axis in picture.drawing.axes] == [("Perplexity, codes", 0), ("Codes used, codes", 1)]
    assert picture.areas[0].box == picture.areas[1].box
    assert [(series.role, series.is_validation) for series in picture.drawing.series] == [(0, True), (1, True)]
    np.testing.assert_array_equal(picture.drawn[0], 1 + 0.25 * np.arange(1, 21))
    made = figure([ChartRun("codes-1", codes_history(20))], "codebook")
    assert made.axes[1].get_ylim()[0] == 0
    assert all(tick == int(tick) for tick in made.axes[1].get_yticks())


def test_an_axis_from_zero_reaches_as_far_as_its_numbers(codes_family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = tuple(replace(one, from_zero=True) if one.key == "commitment" else one for one in codes_family.metrics)
    monkeypatch.setattr(codes, "FAMILY", replace(codes_family, metrics=metrics))
    low, high = figure([ChartRun("codes-1", codes_history(20))], "commitment").axes[0].get_ylim()
    assert low == 0
    assert 0.1 < high < 0.3  # the numbers are 0.24 at most


def test_its_numbers_are_read_by_their_names(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(codes_history(20))
    picture = drawn(qtbot, chart)
    expected = {
        "commitment": "Epoch 20   Commitment training 0.0300, validation 0.0330   PSNR 30.00 dB",
        "codebook": "Epoch 20   Perplexity 6.000 codes   Codes used 4 of 4 codes",
        "psnr": "Epoch 20   PSNR 30.00 dB",
        "use_per_code": "Epoch 20   Use 100.00 % over 4 codes",
        "speed": "Epoch 20   Speed 80.0 pictures/s   Time 2.0 s",
    }
    assert set(chart.controls.offered) == set(expected)
    for key, text in expected.items():
        chart.controls.choose(key)
        picture = drawn(qtbot, chart)
        assert chart._readout.text() == text
    assert "PSNR" not in chart._readout.toolTip()
    chart.controls.choose("psnr")
    drawn(qtbot, chart)
    assert chart._readout.toolTip().endswith("PSNR is of the validation pictures")
    chart.controls.choose("use_per_code")
    picture = drawn(qtbot, chart)
    box = rectangle(picture.areas[0])
    qtbot.mouseMove(chart.plot, QPoint(round(to_place(picture, picture.areas[0], 12, 1.0).x()), round(box.top() + 5)))
    assert chart._readout.text() == "Epoch 12   Code 1, number 1 by final use   60.000 %"


def test_a_heat_map_is_called_what_its_metric_is() -> None:
    main, bar = figure([ChartRun("codes-1", codes_history(20))], "use_per_code").axes
    assert main.get_ylabel() == "Codes, by final use"
    assert bar.get_ylabel() == "Use, %"


def test_what_is_best_is_marked_where_something_gets_better() -> None:
    marked = {}
    for key in ("commitment", "codebook", "psnr", "speed"):
        marked[key] = [text.get_text() for text in figure([ChartRun("codes-1", codes_history(20))], key).axes[0].texts]
    assert marked == {"commitment": ["best 20"], "codebook": [], "psnr": ["best 20"], "speed": []}


def test_what_was_chosen_comes_back_with_the_family(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(vae(20))
    chart.controls.choose("kl_per_dim")
    drawn(qtbot, chart)
    chart.set_history(codes_history(20))
    qtbot.waitUntil(lambda: chart.controls.options.chart == "commitment", timeout=5000)
    assert chart.controls.kinds.choice == 0
    assert chart.controls.smoothing.isEnabled()
    chart.set_history(vae(20))
    qtbot.waitUntil(lambda: chart.controls.options.chart == "kl_per_dim", timeout=5000)
    assert drawn(qtbot, chart).drawing.heat is not None
    assert offered(chart) == ["Loss", "ELBO", "KL per dimension", "Active units", "Speed"]


def test_a_zoomed_view_ends_with_its_axes(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(vae(20))
    drawn(qtbot, chart)
    chart.plot.set_view(View((3.0, 9.0), ((1000.0, 2000.0), None)))
    drawn(qtbot, chart)
    chart.set_history(vae(19))
    drawn(qtbot, chart)
    qtbot.waitUntil(lambda: chart.plot.drawing is not None and chart.plot.drawing.epochs == (1, 19), timeout=5000)
    assert not chart.plot.view.is_whole
    chart.set_history(codes_history(20))
    qtbot.waitUntil(lambda: chart.plot.drawing is not None and chart.plot.drawing.kind.name == codes.NAME, timeout=5000)
    assert chart.plot.view.is_whole


def test_each_metric_of_three_has_an_area(codes_family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    three = Chart("three", "Three", "All of them", ("perplexity", "codes_used", "psnr"))
    monkeypatch.setattr(codes, "FAMILY", replace(codes_family, charts=(three,)))
    built = build(drawing_of([ChartRun("a", codes_history(9))], ChartOptions()), screen_style(QSize(900, 300), 1.0), View())
    one, two, last = (rectangle(area) for area in built.areas)
    assert one.right() < two.left() < two.right() < last.left()
    assert [axes.get_ylabel() for axes in built.figure.axes] == ["Perplexity, codes", "Codes used, codes", "PSNR, dB"]
    low = areas(400, 600, 20, 12, [30, 20, 20], shares_area=False)
    assert low[0].bottom < low[1].top < low[1].bottom < low[2].top


# -- phases


def test_curves_of_a_phase_are_where_it_is_and_lines_say_where_it_begins() -> None:
    history = replace(codes_history(two_phases(12, 8)), best_epoch=20)  # the prior's
    run = ChartRun("codes-1", history, phase_titles=TITLES)
    assert [(one.title, one.first, one.last) for one in stretches(run)] == [
        ("The codebook", 1, 12),
        ("A prior over codes", 13, 20),
    ]
    axes = figure([run], "psnr").axes[0]
    assert [text.get_text() for text in axes.texts] == ["The codebook", "A prior over codes"]
    curve, line = axes.lines
    assert np.isfinite(curve.get_ydata()).tolist() == 12 * [True] + 8 * [False]
    assert line.get_xdata() == [12.5, 12.5]
    axes = figure([run], "surprise").axes[0]
    assert np.isfinite(axes.lines[0].get_ydata()).tolist() == 12 * [False] + 8 * [True]
    assert "best 20" in [text.get_text() for text in axes.texts]
    near = figure([run], "psnr", View((14.0, 16.0))).axes[0]
    assert [text.get_text() for text in near.texts] == ["A prior over codes"]
    assert [text.get_text() for text in figure([run], "use_per_code").axes[0].texts] == ["The codebook", "A prior over codes"]
    unnamed = stretches(ChartRun("codes-1", codes_history(two_phases(2, 2))))
    assert [one.title for one in unnamed] == ["Codebook", "Prior"]
    assert stretches(ChartRun("faces-1", vae(5))) == ()


@pytest.mark.parametrize("best", [1, 13])
@pytest.mark.parametrize("view", [View(), View((14.0, 16.0)), View((0.0, 13.0))])
def test_the_names_of_phases_lie_on_no_curve_and_not_on_each_other(view: View, best: int) -> None:
    history = replace(codes_history(two_phases(12, 8)), best_epoch=best)
    drawn = figure([ChartRun("codes-1", history, phase_titles=TITLES)], "psnr", view)
    axes = drawn.axes[0]
    named = [text.get_window_extent() for text in axes.texts if text.get_text() == f"best {best}"]
    names = [text.get_window_extent() for text in axes.texts if text.get_text() in TITLES.values()]
    assert names
    for number, place in enumerate(names):
        assert place.y0 >= axes.bbox.y1, "above the curves"
        assert place.x1 <= drawn.bbox.x1
        assert place.y1 <= drawn.bbox.y1
        assert not any(place.overlaps(other) for other in names[:number])
        for other in [*named, *(text.get_window_extent() for text in drawn.texts)]:  # the best epoch, and the legend
            assert not place.overlaps(other)


def test_runs_whose_phases_begin_together_name_them_once() -> None:
    runs = [ChartRun(f"codes-{n}", codes_history(two_phases(12, n)), phase_titles=TITLES) for n in (5, 8)]
    texts = [text.get_text() for text in figure(runs, "psnr").axes[0].texts]
    assert texts.count("The codebook") == texts.count("A prior over codes") == 1


def test_the_chart_of_a_phase_is_offered_when_it_begins(qtbot: QtBot, chart: TrainingChart) -> None:
    rows = two_phases(3, 2)
    chart.set_history(codes_history(rows[:3]))
    drawn(qtbot, chart)
    assert "surprise" not in chart.controls.offered
    chart.append(rows[3])
    qtbot.waitUntil(lambda: "surprise" in chart.controls.offered, timeout=5000)
    assert offered(chart)[-1] == "Surprise"
    drawn(qtbot, chart)
    assert chart._readout.text().startswith("Epoch 3 ")  # the last that has a commitment
    chart.controls.choose("surprise")
    drawn(qtbot, chart)
    assert chart._readout.text() == "Epoch 4   Surprise training 0.2500, validation 0.2500"
    chart.set_history(codes_history(3))
    qtbot.waitUntil(chart._nothing.isVisible, timeout=5000)
    assert chart._nothing._title.text() == "No surprise"


def test_progress_names_the_phase(qtbot: QtBot) -> None:
    titles = phase_titles(with_values(preset("codes_quick"), {"prior_epochs": 2}))
    assert titles == TITLES
    estimate = ProgressEstimate("codes-1", phases=titles)
    progress = estimate.epoch(two_phases(3, 2)[3])
    assert progress.phase == "A prior over codes"
    assert ProgressEstimate("faces-1", phases=phase_titles(preset("quick"))).epoch(epoch_event(1, 2)).phase == ""
    line = StatusLine()
    qtbot.addWidget(line)
    line.set_run("codes-1", 4, 5, None, None, 0.8, progress.phase)
    assert "A prior over codes" in " ".join(label.text() + label.toolTip() for label in line.findChildren(QLabel))  # or elided


# -- beside runs of another family


def test_a_run_that_lacks_the_numbers_is_left_out_and_said(qtbot: QtBot, chart: TrainingChart, tmp_path: Path) -> None:
    chart.set_history(codes_history(20))
    chart.set_compared([ChartRun("faces-1", vae(40)), ChartRun("codes-2", codes_history(9))])
    drawing = drawn(qtbot, chart).drawing
    assert [run.name for _, run in drawing.drawn_runs] == ["codes-1", "codes-2"]
    assert drawing.epochs == (1, 20)  # not those of the run that isn't drawn
    assert {series.role for series in drawing.series} == {0, 2}  # each run keeps its hue in all charts
    runs = list(chart.runs)
    said = [text.get_text() for text in figure(runs, "commitment").texts]
    assert said == ["codes-1", "codes-2", "training", "validation", "faces-1 isn't shown: it doesn't have these numbers"]
    assert [text.get_text() for text in figure(runs, "psnr").texts] == ["codes-1", "faces-1", "codes-2", "validation"]
    more = [*runs, ChartRun("faces-2", vae(3))]
    assert figure(more, "commitment").texts[-1].get_text() == "2 runs aren't shown: they don't have these numbers"
    with qtbot.waitSignal(chart.saved, timeout=20_000):
        chart.save(tmp_path / "numbers.csv")
    with open(tmp_path / "numbers.csv", newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == ["run", "epoch", "train_commitment", "valid_commitment", "valid_psnr"]
    assert [row["run"] for row in table] == 20 * ["codes-1"] + 9 * ["codes-2"]
    assert float(table[19]["valid_psnr"]) == 30.0


def test_a_vae_beside_it_decides_the_charts_when_it_is_the_chosen_one(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(vae(20))
    chart.set_compared([ChartRun("codes-1", codes_history(20))])
    drawing = drawn(qtbot, chart).drawing
    assert drawing.chart.key == "loss"
    assert drawing.left_out == (1,)
    assert chart._readout.text() == "Point at the curves to read them"
    chart.controls.choose("speed")
    assert len(drawn(qtbot, chart).drawing.drawn_runs) == 2


def test_the_same_name_in_another_unit_is_another_number(codes_family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Metric("psnr", "PSNR", "bels", lower_is_better=False, chooses_best=True)
    metrics = tuple(other if metric.key == "psnr" else metric for metric in codes_family.metrics)
    runs = [ChartRun("codes-1", codes_history(9)), ChartRun("faces-1", vae(9))]
    assert drawing_of(runs, ChartOptions("psnr")).left_out == ()
    monkeypatch.setattr(codes, "FAMILY", replace(codes_family, metrics=metrics))
    assert drawing_of(runs, ChartOptions("psnr")).left_out == (1,)


# -- the list and the table


def write_vae_run(folder: Path, epochs: int) -> Path:
    config = with_values(preset("quick"), {"epochs": epochs})
    write_json(folder / "config.json", to_dict(config))
    events = [RunStarted(str(folder), to_dict(config), {}, "cpu", "fp32", 1, 1, 0, 1)]
    events += [epoch_event(n, epochs) for n in range(1, epochs + 1)]  # type: ignore[misc]
    events += [CheckpointSaved("", True, epochs), RunFinished(False, epochs, 1.0)]  # type: ignore[list-item]
    (folder / "events.jsonl").write_text("".join(encode(event, 1000.0) + "\n" for event in events), encoding="utf-8")
    return folder


def heads(table: RunsTable) -> list[str]:
    model = table.model()
    return [model.headerData(section, Qt.Orientation.Horizontal) for section in range(model.columnCount())]


def cells(table: RunsTable, key: str) -> list[str]:
    source = table.model().sourceModel()
    assert isinstance(source, RunsModel)
    return [table.model().index(row, source.section(key)).data() for row in range(table.model().rowCount())]


def test_the_columns_are_those_of_the_families_that_are_listed(qtbot: QtBot, tmp_path: Path) -> None:
    vae_run = read_summary(write_vae_run(tmp_path / "faces-1", 5))
    codes_run = read_summary(write_codes_run(tmp_path / "codes-1", [codes_epoch(n, 6) for n in range(1, 7)]))
    model = RunsModel({})
    table = RunsTable(model)
    qtbot.addWidget(table)
    always = ["Name", "Data", "What differs"], ["Started", "Took", "State"]
    model.set_runs([codes_run])
    assert heads(table) == [*always[0], "PSNR (dB)", *always[1]]
    tip = table.model().headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip == "The best validation PSNR, in dB; higher is better. Comparable among runs on the same pictures."
    table.horizontalHeader().resizeSection(3, 137)
    table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    model.set_runs([vae_run, codes_run])
    assert heads(table) == [*always[0], "ELBO (nats)", "PSNR (dB)", *always[1]]
    assert cells(table, "psnr") == ["23.00", "16.50"]  # still sorted by it
    assert cells(table, "elbo") == ["", "−1,788.0"]
    assert table.horizontalHeader().sectionSize(4) == 137
    assert table.horizontalHeader().sortIndicatorSection() == 4
    assert "latent size" not in "".join(cells(table, "settings"))  # of a run that has none
    assert [quality_text(run) for run in (vae_run, codes_run)] == ["16.5 dB", "23.0 dB"]


def test_a_run_says_how_good_its_codebook_got_while_its_prior_is_trained(tmp_path: Path) -> None:
    run = read_summary(write_codes_run(tmp_path / "codes-1", two_phases(4, 3), epochs=4, prior_epochs=3))
    assert (run.epoch, run.epochs, run.best_epoch) == (7, 7, 7)
    assert (run.best["psnr"], run.best["surprise"]) == (22.0, pytest.approx(1 / 7))
    assert quality_text(run) == "22.0 dB"
    assert read_summary(write_codes_run(tmp_path / "codes-2", [], epochs=4, prior_epochs=3)).epochs == 7


def test_the_run_of_this_window_is_listed_by_its_family(qtbot: QtBot, tmp_path: Path) -> None:
    shelf = RunShelf(lambda: tmp_path)
    shelf.set_own(tmp_path / "codes-1", with_values(preset("codes_quick"), {"epochs": 4, "prior_epochs": 3}))
    assert shelf.own is not None
    assert shelf.own.epochs == 7
    for row, is_best in zip([replace(codes_epoch(9, 7), epoch=1), *two_phases(4, 3)[1:]], (1, 0, 0, 0, 1, 0, 1), strict=True):
        shelf.update_own(row)
        if is_best:
            shelf.update_own(CheckpointSaved("best.safetensors", True, row.epoch))
        shelf.update_own(CheckpointSaved("last.safetensors", False, row.epoch))
    assert (shelf.own.epoch, shelf.own.best_epoch, shelf.own.best["psnr"]) == (7, 7, 24.5)
    assert shelf.own.best["surprise"] == pytest.approx(1 / 7)


def test_the_run_of_this_window_is_listed_by_the_model_that_it_saved_last_as_the_best(qtbot: QtBot, tmp_path: Path) -> None:
    """Sharpening lowers the ELBO while the detail gets better: the list kept the numbers of a model that was no longer there."""
    shelf = RunShelf(lambda: tmp_path)
    shelf.set_own(tmp_path / "sharp-1", with_values(preset("sharp"), {"epochs": 1, "sharpen_epochs": 2}))
    assert shelf.own is not None
    row = epoch_event(9, 3)
    for epoch, phase, worse in ((1, "", 0.0), (2, SHARPENING, 100.0), (3, SHARPENING, 50.0)):
        valid = row.valid | {"reconstruction": 1000.0 + worse, "kl": 50.0}
        shelf.update_own(replace(row, epoch=epoch, phase=phase, valid=valid))
        if epoch < 3:
            shelf.update_own(CheckpointSaved("best.safetensors", True, epoch))
    assert (shelf.own.epoch, shelf.own.best_epoch) == (3, 2)
    assert shelf.own.best["elbo"] == -1150.0


# -- previews


def write_sheet(folder: Path, epoch: int, rows: tuple[str, ...]) -> Path:
    """A sheet that says its rows, each of another grey."""
    path = folder / preview_name(epoch)
    save_picture(
        path,
        grid([np.full((4, 16, 16, 3), min(40 * place, 250) + epoch, np.uint8) for place, _ in enumerate(rows)]),
        {"rows": list(rows)},
    )
    return path


def test_the_rows_of_a_preview_are_what_its_sheet_says(qtbot: QtBot, tmp_path: Path) -> None:
    rows = ("originals", "without_colour", "colours", "samples")
    preview = Preview(SettingsStore(UiSettings()))
    qtbot.addWidget(preview)
    preview.resize(820, 260)
    preview.show()
    preview.clear(rows[:3])
    assert preview._caption.text() == "Validation pictures, without colour and colours appear here after the first epoch"
    preview.set_previews({1: write_sheet(tmp_path / "a", 1, rows[:3])}, rows[:3])
    qtbot.waitUntil(lambda: preview.epoch == 1, timeout=5000)
    assert preview._caption.text() == "Validation pictures, without colour, colours, epoch 1"
    assert not preview._rows.isVisible()
    tops = [preview._sheet.rect_of(row, 0).top() for row in rows[:3]]
    assert tops == sorted(tops)
    assert len(set(tops)) == 3
    assert preview._sheet.rect_of("samples", 0).isEmpty()
    preview.add(2, write_sheet(tmp_path / "a", 2, rows))  # a later phase draws samples, too
    qtbot.waitUntil(lambda: preview.epoch == 2, timeout=5000)
    assert [segment.text() for segment in preview._rows.segments] == ["Both", "Colours", "Samples"]
    assert preview._caption.text() == "Validation pictures, without colour, colours (from the top), and samples"
    assert not preview._sheet.rect_of("samples", 0).isEmpty()
    asked: list[tuple[str, ...]] = []
    preview.film.ask = lambda previews, rows, run: asked.append(tuple(rows))  # type: ignore[method-assign]
    for choice in (Shown.TOGETHER, Shown.SAMPLES):
        QTest.mouseClick(preview._rows.segments[choice], Qt.MouseButton.LeftButton)
        preview._film_action.trigger()
    assert asked == [rows[:3], ("samples",)]


def test_a_film_takes_rows_by_what_they_are(qtbot: QtBot, tmp_path: Path) -> None:
    from PIL import Image

    files = [(1, write_sheet(tmp_path, 1, ("a", "b"))), (2, write_sheet(tmp_path, 2, ("b", "a")))]
    preview = Preview(SettingsStore(UiSettings()))
    qtbot.addWidget(preview)
    with qtbot.waitSignal(preview.film.saved, timeout=8000):
        preview.film.save(tmp_path / "film.gif", files, ("b",))
    greys = []
    with Image.open(tmp_path / "film.gif") as film:
        for frame in range(2):
            film.seek(frame)
            greys.append(film.convert("L").getpixel((10, 10)))
    assert greys == pytest.approx([41, 2], abs=3)


def test_rows_that_stand_alone_go_below_or_beside() -> None:
    names = ("a", "b", "c", "samples")
    for way in arrangements(names, 7):
        assert len(set(way.cells.values())) == len(way.cells) == 28
        assert max(row for _, row in way.cells.values()) < way.rows
        assert max(column for column, _ in way.cells.values()) < way.columns
    below, beside = arrangements(names, 7)
    assert (below.rows, below.split_row, beside.rows, beside.columns) == (4, 3, 3, 10)
    alone = arrangements(("a", "b", "c"), 7)[0]
    assert (alone.rows, alone.columns, alone.split_row) == (3, 7, 0)


def test_originals_over_reconstructions_fold_where_the_area_is_high() -> None:
    ways = arrangements(("original", "rebuilt"), 8)
    for way in ways:
        assert len(set(way.cells.values())) == 16
        assert way.size(way.side(700, 500)).height() <= 500
        assert way.size(way.side(700, 500)).width() <= 700
        pairs = [(way.cells["original", n], way.cells["rebuilt", n]) for n in range(8)]
        assert all((a[0], a[1] + 1) == b for a, b in pairs)  # each over its own
    flat, high, wide = ways[0].side(700, 500), max(way.side(700, 500) for way in ways), max(way.side(1400, 300) for way in ways)
    assert high > 1.4 * flat
    assert wide == ways[0].side(1400, 300)


@pytest.mark.parametrize("names", [SIDES, SIDES_UNMAPPED])
def test_the_sides_of_a_cyclegan_stand_over_or_beside_each_other(names: tuple[str, ...]) -> None:
    beside, over = arrangements(names, 8)
    half = len(names) // 2
    for way in (beside, over):
        assert len(set(way.cells.values())) == 8 * len(names)
        for side in (names[:half], names[half:]):  # each picture over its translation, that over its way back, and what changed
            for n in range(8):
                places = [way.cells[name, n] for name in side]
                assert places == [(places[0][0], places[0][1] + row) for row in range(half)]
    assert (beside.rows, beside.columns, over.rows, over.columns) == (half, 16, 2 * half, 8)
    assert beside.side(860, 140) > 2 * over.side(860, 140) - 1
    assert over.side(400, 500) > beside.side(400, 500)


def test_previews_of_before_there_was_a_difference_map_still_show(qtbot: QtBot, tmp_path: Path) -> None:
    preview = Preview(SettingsStore(UiSettings()))
    qtbot.addWidget(preview)
    preview.resize(820, 560)
    preview.show()
    preview.clear(SIDES)
    assert preview._caption.text().startswith("Validation pictures of both sides")
    old = {1: write_sheet(tmp_path, 1, SIDES_UNMAPPED)}
    preview.set_previews(old, SIDES)
    qtbot.waitUntil(lambda: preview.epoch == 1, timeout=5000)
    assert preview._caption.text() == "Validation pictures of A (top), as B, and back; the same of B, as A, and back, epoch 1"
    assert not any(preview._sheet.rect_of(row, 0).isEmpty() for row in SIDES_UNMAPPED)
    assert preview._sheet.rect_of("a_changed", 0).isEmpty()
    preview.set_previews(old | {2: write_sheet(tmp_path, 2, SIDES)}, SIDES)  # the run goes on with a newer version
    qtbot.waitUntil(lambda: preview.epoch == 2, timeout=5000)
    assert "what changed (grey: nothing)" in preview._caption.text()
    places = [preview._sheet.rect_of(row, 0) for row in SIDES]
    for side in (places[:4], places[4:]):
        assert [place.top() for place in side] == sorted({place.top() for place in side})
        assert len({place.left() for place in side}) == 1


# -- the whole view


def test_a_run_is_shown_by_its_family_from_before_its_first_epoch(qtbot: QtBot, tmp_path: Path) -> None:
    view = TrainView(Messenger(), SettingsStore(UiSettings()))
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    vae_folder = write_vae_run(tmp_path / "faces-1", 5)
    view.show_folder(vae_folder)
    qtbot.waitUntil(lambda: view.chart.epochs_shown == 5, timeout=5000)
    folder = tmp_path / "codes-1"
    rows = two_phases(2, 2)
    write_codes_run(folder, [], epochs=2, prior_epochs=2)
    view.show_new(folder)
    assert view.preview._caption.text().startswith("Validation pictures and their reconstructions appear")
    for row in rows:
        view.follow(folder, row)
    qtbot.waitUntil(lambda: view.chart.controls.options.chart == "commitment", timeout=5000)
    [run] = view.chart.runs
    assert [one.title for one in stretches(run)] == list(TITLES.values())
    assert run.history.family_name == codes.NAME
    write_codes_run(folder, rows, epochs=2, prior_epochs=2)
    view.show_folder(folder)
    qtbot.waitUntil(lambda: not view.is_reading, timeout=5000)
    assert view.chart.runs[0].history.phases == (codes.CODEBOOK, codes.CODEBOOK, codes.PRIOR, codes.PRIOR)
    view.set_compared([folder, vae_folder])
    qtbot.waitUntil(lambda: len(view.chart.runs) == 2, timeout=5000)
    assert drawing_of(view.chart.runs, ChartOptions("commitment")).left_out == (1,)
    QApplication.processEvents()


def test_a_resumed_run_says_its_phases(qtbot: QtBot, tmp_path: Path) -> None:
    rows = two_phases(2, 2)
    write_codes_run(tmp_path / "runs" / "codes-1", [*rows[:3], RunFinished(True, 3, 1.0)], epochs=2, prior_epochs=2)
    bench = make_bench(qtbot, tmp_path, "normal")
    with qtbot.waitSignal(bench.panel.run_ended, timeout=8000):
        bench.panel.runs.resume_requested.emit(bench.panel.runs.list.runs[0], 0)
        estimate = bench.panel._following._estimate
        assert estimate is not None
        assert estimate.epoch(rows[3]).phase == TITLES[codes.PRIOR]


def test_what_couldnt_be_saved_is_forgotten_once_it_could(qtbot: QtBot) -> None:
    messenger = Messenger()
    view = TrainView(messenger, SettingsStore(UiSettings()))
    qtbot.addWidget(view)
    for part in (view.chart, view.preview):
        with qtbot.waitSignal(messenger.message_posted) as posted:
            part.failed.emit(CoreError("The folder is full.", "Choose another one."))
        assert posted.args[0].kind == "error"
        with qtbot.waitSignal(messenger.settled) as settled:
            part.saved.emit(Path("chart.png"))
        assert settled.args == [posted.args[0].topic]
