"""The charts through their real pictures: what is drawn, when, how it is read, zoomed and saved, and how it takes a theme."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from core.events import EpochFinished
from core.runs.history import RunHistory, history_of
from explorer.chart.chart import TrainingChart
from explorer.chart.drawing import ChartOptions, ChartRun, drawing_of
from explorer.chart.figure import Picture, build
from explorer.chart.places import View
from explorer.chart.plot import rectangle, to_place
from explorer.look.theme import apply_theme, colors
from tests.helpers.codes_family import codes_epoch
from tests.helpers.fake_train import epoch_event
from tests.helpers.painted import pixel

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def chart(qtbot: QtBot, qapp: QApplication) -> Iterator[TrainingChart]:
    apply_theme(qapp, "light")
    widget = TrainingChart()
    qtbot.addWidget(widget)
    widget.resize(800, 400)
    widget.show()
    widget.set_run("faces-1")
    yield widget
    apply_theme(qapp, "light")


def rows(epochs: int, first: int = 1) -> list[EpochFinished]:
    return [epoch_event(n, epochs) for n in range(first, epochs + 1)]


def history(epochs: int, first: int = 1) -> RunHistory:
    return history_of(rows(epochs, first))


def drawn(qtbot: QtBot, chart: TrainingChart) -> Picture:
    """The picture once nothing is left to draw."""
    qtbot.waitUntil(lambda: chart.is_up_to_date and chart.plot.picture is not None, timeout=20_000)
    assert chart.plot.picture is not None
    return chart.plot.picture


def point_at(qtbot: QtBot, chart: TrainingChart, epoch: float, share: float = 0.5) -> None:
    """Move the mouse to an epoch, so far down in the first area."""
    picture = drawn(qtbot, chart)
    box = rectangle(picture.areas[0])
    x = to_place(picture, picture.areas[0], epoch, 1.0).x()
    qtbot.mouseMove(chart.plot, QPoint(round(x), round(box.top() + share * box.height())))


# -- what is shown, and when


@pytest.mark.long
def test_the_module_leaves_matplotlib_for_later() -> None:
    code = "import sys, explorer.train.tab; sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_an_empty_chart_says_what_will_be_here(chart: TrainingChart) -> None:
    assert chart.epochs_shown == 0
    assert chart._empty.isVisible()
    assert not chart.controls.isVisible()
    assert not chart.tools.isVisible()
    chart.set_first_epoch(0.349)
    assert "34 %" in chart._empty._text.text()


def test_epochs_are_appended_and_done_over(qtbot: QtBot, chart: TrainingChart) -> None:
    for n in (1, 2, 3, 4):
        chart.append(epoch_event(n, 40))
    chart.append(epoch_event(3, 40))
    assert chart.epochs_shown == 3
    assert [len(series.epoch) for series in drawn(qtbot, chart).drawing.series] == [3] * 4
    assert chart.controls.isVisible()
    chart.clear()
    assert chart.epochs_shown == 0
    assert chart._empty.isVisible()
    assert not chart.tools.isVisible()


def test_redraws_are_few_and_only_for_eyes(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.append(epoch_event(1, 200))
    drawn(qtbot, chart)
    pictures: list[float] = []
    chart.plot.painted.connect(lambda: pictures.append(time.perf_counter()))
    begun = time.perf_counter()
    for n in range(2, 60):
        chart.append(epoch_event(n, 200))
        QApplication.processEvents()
    drawn(qtbot, chart)
    assert len(pictures) <= 2 + 4 * (time.perf_counter() - begun)
    chart.hide()
    pictures.clear()
    chart.append(epoch_event(60, 200))
    chart._timer.timeout.emit()
    assert chart._dirty
    assert not pictures
    chart.show()
    assert drawn(qtbot, chart).drawing.epochs == (1, 60)


def test_the_last_wish_is_drawn(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    drawn(qtbot, chart)
    for kind in chart.controls.offered:
        chart.controls.choose(kind)
    assert not chart.plot.is_up_to_date
    chart.controls.choose("elbo")
    assert drawn(qtbot, chart).drawing.options.chart == "elbo"


@pytest.mark.long
def test_drawing_costs_the_window_nothing(qtbot: QtBot, chart: TrainingChart) -> None:
    """8 runs of 10,000 epochs; see benchmarks/chart_redraw.py for what it takes by the clock."""
    rng = np.random.default_rng(0)
    base = history(10_000)
    names = ("train_reconstruction", "valid_reconstruction", "train_kl", "valid_kl")
    noisy = [{name: base.column(name) + rng.normal(size=10_000) for name in names} for _ in range(8)]
    runs = [replace(base, columns={**base.columns, **some}) for some in noisy]
    chart.set_history(runs[0])
    chart.set_compared([ChartRun(f"faces-{n}", runs[n]) for n in range(1, 8)])
    drawn(qtbot, chart)
    spent = []
    for n in range(3):
        chart.append(epoch_event(10_001 + n, 20_000))
        chart._timer.stop()
        begun = time.thread_time()
        chart._draw()
        spent.append(time.thread_time() - begun)
        picture = drawn(qtbot, chart)
        begun = time.thread_time()
        chart.plot.repaint()
        spent[-1] += time.thread_time() - begun
    assert min(spent) < 0.05
    assert picture.drawing.epochs == (1, 10_003)
    assert len(picture.drawing.series) == 32


# -- kinds and options


def test_one_run_has_two_axes_on_one_area(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    chart.set_best(30)
    picture = drawn(qtbot, chart)
    assert [axis.label for axis in picture.drawing.axes] == ["Reconstruction, nats per picture", "KL, nats per picture"]
    assert picture.areas[0].box == picture.areas[1].box
    assert [(s.role, s.is_validation) for s in picture.drawing.series] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]
    assert chart.best_epoch == 30


def test_each_kind_shows_its_numbers(qtbot: QtBot, chart: TrainingChart) -> None:
    shown = history(40)
    chart.set_history(shown)
    expected = {
        "elbo": -(shown.train("reconstruction") + shown.train("kl")),
        "active_units": shown.whole("active_units"),
        "speed": shown.images_per_second,
    }
    for kind, values in expected.items():
        chart.controls.choose(kind)
        picture = drawn(qtbot, chart)
        np.testing.assert_array_equal(picture.drawn[0], values)
        assert len(picture.areas) == 1
    chart.controls.choose("kl_per_dim")
    heat = drawn(qtbot, chart).drawing.heat
    assert heat is not None
    assert heat.order.tolist() == [0, 1, 2, 3]
    assert not chart.controls.smoothing.isEnabled()
    assert "KL" in chart._readout.text()
    assert "4 dimensions" in chart._readout.text()


@pytest.mark.long
def test_total_correlation_has_a_chart_where_a_run_has_it(qtbot: QtBot, chart: TrainingChart) -> None:
    segment = chart.controls.kinds.segments[5]
    chart.set_history(history(40))
    drawn(qtbot, chart)
    assert not segment.isVisible()
    assert "total_correlation" not in chart.controls.offered
    parts = [{"total_correlation": 3.0 / epoch} for epoch in range(1, 41)]
    told = [replace(row, train=row.train | part, valid=row.valid | part) for row, part in zip(rows(40), parts, strict=True)]
    chart.set_history(history_of(told))
    drawn(qtbot, chart)
    assert segment.isVisible()
    qtbot.mouseClick(segment, Qt.MouseButton.LeftButton)
    picture = drawn(qtbot, chart)
    assert picture.drawing.axes[0].label == "Total correlation, nats"
    for values in picture.drawn:
        np.testing.assert_array_equal(values, [part["total_correlation"] for part in parts])
    assert "Total correlation training 0.07" in chart._readout.text()
    chart.set_history(history(40))
    qtbot.waitUntil(lambda: chart._nothing.isVisible())
    chart.controls.choose("loss")
    drawn(qtbot, chart)
    assert not segment.isVisible()


def test_the_choice_is_made_with_the_mouse(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    drawn(qtbot, chart)
    qtbot.mouseClick(chart.controls.kinds.segments[3], Qt.MouseButton.LeftButton)
    assert drawn(qtbot, chart).drawing.options.chart == "active_units"
    qtbot.mouseClick(chart.controls.log, Qt.MouseButton.LeftButton, pos=QPoint(8, chart.controls.log.height() // 2))
    chart.controls.smoothing.setValue(90)
    options = drawn(qtbot, chart).drawing.options
    assert (options.log, options.smoothing) == (True, 0.9)


def test_a_run_without_dimensions_says_so(qtbot: QtBot, chart: TrainingChart) -> None:
    told = rows(3)
    chart.set_history(history_of([replace(row, per_axis={}) for row in told]))
    drawn(qtbot, chart)
    chart.controls.choose("kl_per_dim")
    assert chart._nothing.isVisible()
    assert not chart.tools.isVisible()
    chart.controls.choose("loss")
    drawn(qtbot, chart)
    assert chart.plot.isVisible()


@pytest.mark.long
def test_one_epoch_is_in_sight_in_every_chart(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.append(epoch_event(1, 40))
    for log in (False, True):
        chart.controls.log.setChecked(log)
        for kind in chart.controls.offered:
            chart.controls.choose(kind)
            picture = drawn(qtbot, chart)
            assert picture.drawing.few
            for series, values in zip(picture.drawing.series, picture.drawn, strict=True):
                area = next(area for area in picture.areas if area.axis == series.axis)
                assert rectangle(area).contains(to_place(picture, area, 1, float(values[0])))


def test_outliers_of_the_first_epochs_do_not_flatten_the_rest(qtbot: QtBot, chart: TrainingChart) -> None:
    told = rows(100)
    told[0].train["reconstruction"] = 1e6
    chart.set_history(history_of(told))
    picture = drawn(qtbot, chart)
    assert to_place(picture, picture.areas[0], 50, 1e5).y() < rectangle(picture.areas[0]).top()


def test_numbers_below_zero_have_a_log_scale_too(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    chart.controls.log.setChecked(True)
    chart.controls.choose("elbo")
    picture = drawn(qtbot, chart)
    area = picture.areas[0]
    heights = [to_place(picture, area, 1, value).y() for value in (-1000, -2000, -4000)]
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], rel=0.01)  # equal factors, equal steps


def test_numbers_that_are_none_leave_gaps(qtbot: QtBot, chart: TrainingChart) -> None:
    told = rows(3)
    told[1].valid["kl"] = float("nan")
    for row in told:
        row.train["kl"] = float("nan")
    chart.set_history(history_of(told))
    picture = drawn(qtbot, chart)
    assert np.isnan(picture.drawn[3][1])
    assert np.isnan(picture.drawn[2]).all()


# -- several runs


@pytest.mark.long
def test_several_runs_have_a_chart_for_each_part_and_a_hue_each(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    chart.set_compared([ChartRun(f"faces-{n}", history(20 + n), f"beta {n}") for n in range(2, 10)], "beta 1")
    picture = drawn(qtbot, chart)
    one, other = (rectangle(area) for area in picture.areas)
    assert not one.intersects(other)
    assert one.height() == other.height()
    used = [picture.style.color(number) for number in range(9)]
    assert len(set(used)) == 9  # more than there are hues
    assert {series.role for series in picture.drawing.series} == set(range(9))
    assert chart._subtitle.text() == "compared with 8 other runs"
    chart.resize(420, 500)
    narrow = drawn(qtbot, chart)
    assert narrow.areas[0].box.bottom < narrow.areas[1].box.top  # one under the other
    chart.set_compared([])
    assert drawn(qtbot, chart).drawing.shares_area


def test_only_runs_that_are_drawn_are_counted(qtbot: QtBot, chart: TrainingChart) -> None:
    """A VQ-VAE has no KL: it isn't on the chart, and what stands over the curves doesn't count it."""
    codes = history_of([codes_epoch(n, 3) for n in (1, 2, 3)], family_name="vq_vae")
    chart.set_history(history(5))
    chart.set_compared([ChartRun("a", history(4)), ChartRun("codes", codes)])
    assert chart._subtitle.text() == "compared with 1 of 2 other runs"
    chart.set_compared([ChartRun("codes", codes)])
    assert chart._subtitle.text() == "the other run doesn't have these numbers"
    chart.set_compared([ChartRun("codes", codes), ChartRun("more", codes)])
    assert chart._subtitle.text() == "the other runs don't have these numbers"
    chart.set_compared([ChartRun("a", history(4)), ChartRun("b", history(4))])
    assert chart._subtitle.text() == "compared with 2 other runs"


def test_a_heat_map_is_of_the_chosen_run_alone_and_says_so(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    chart.set_compared([ChartRun("faces-2", history(20))])
    chart.controls.choose("kl_per_dim")
    assert [run.name for run in drawn(qtbot, chart).drawing.runs] == ["faces-1"]
    assert "this run only" in chart._subtitle.text()
    chart.controls.choose("speed")
    assert "faces-2" in chart._subtitle.text()


def test_pointing_reads_every_run_that_has_the_epoch(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    chart.set_compared([ChartRun("faces-2", history(20)), ChartRun("faces-3", history(40, first=5))])
    point_at(qtbot, chart, 30)
    mark = chart.plot.pointer.mark
    assert mark is not None
    assert [row.name for row in mark.reading.rows] == ["faces-1", "faces-3"]
    assert mark.reading.rows[0].texts == ("1,033.33 / 1,054.00", "59.000 / 59.000")
    assert len(mark.lines) == 2  # in each chart
    assert chart._readout.text() == "Epoch 30: training / validation"
    before = pixel(chart.plot, round(mark.lines[1][0]), round(mark.lines[1][2]) - 3)
    qtbot.mouseMove(chart.plot, QPoint(1, 1))
    assert chart.plot.pointer.mark is None
    assert pixel(chart.plot, round(mark.lines[1][0]), round(mark.lines[1][2]) - 3) != before
    assert "3 runs" in chart._readout.text()


def test_the_curves_of_others_show_before_the_first_epoch(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_compared([ChartRun("faces-2", history(20))])
    picture = drawn(qtbot, chart)
    assert [run.name for run in picture.drawing.runs] == ["faces-2"]
    assert chart.plot.isVisible()


# -- reading


def test_hovering_reads_the_nearest_epoch(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    drawn(qtbot, chart)
    assert chart._readout.text().startswith("Epoch 20 ")
    point_at(qtbot, chart, 7.3)
    assert chart._readout.text() == (
        "Epoch 7   Reconstruction training 1,471.43, validation 1,500.86   KL training 55.714, validation 55.714   PSNR 16.70 dB"
    )
    assert chart.plot.pointer.mark is not None
    assert len(chart.plot.pointer.mark.dots) == 4
    qtbot.mouseMove(chart.plot, QPoint(1, 1))
    assert chart._readout.text().startswith("Epoch 20 ")


def test_with_little_room_the_numbers_are_read_in_short(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    drawn(qtbot, chart)
    assert chart._readout.text().startswith("Epoch 20   Reconstruction training 1,")
    words = chart._readout.fontMetrics().horizontalAdvance(chart._readout.text())
    chart.resize(chart.width() - (chart._readout.width() - words) - 60, chart.height())
    assert chart._readout.text().startswith("Epoch 20, training / validation   Reconstruction 1,"), "they are told apart"
    metrics = chart._readout.fontMetrics()
    whole = chart._readout._reading.short.split("   ")
    twice = 0
    for width in range(chart.width() - 10, 200, -10):
        chart.resize(width, chart.height())
        text = chart._readout.text()
        assert all(metrics.horizontalAdvance(line) <= chart._readout.width() for line in text.split("\n"))
        if "\n" in text:
            twice += 1
            assert "PSNR" in text, "nothing is left out"
    assert twice > 5
    chart._readout.resize(150, chart._readout.height())
    text = chart._readout.text()
    assert metrics.horizontalAdvance(text) <= 150
    parts = text.split("  ")
    assert parts[:-1] == whole[: len(parts) - 1]
    assert parts[-1] == "…", "what doesn't fit is left out whole"
    assert "Training / validation" in chart._readout.toolTip()
    assert "Reconstruction: -log p(x|z), nats per picture: lower is closer" in chart._readout.toolTip()


def test_what_is_read_is_never_smoothed(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    chart.controls.smoothing.setValue(95)
    picture = drawn(qtbot, chart)
    assert picture.drawn[0][6] != picture.drawing.series[0].values[6]
    point_at(qtbot, chart, 7)
    assert "1,471.43" in chart._readout.text()
    mark = chart.plot.pointer.mark
    assert mark is not None
    assert mark.dots[0][0].y() == pytest.approx(to_place(picture, picture.areas[0], 7, picture.drawn[0][6]).y())


def test_a_cell_of_the_heat_map_is_read(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    chart.controls.choose("kl_per_dim")
    point_at(qtbot, chart, 12, share=0.3)
    assert chart._readout.text() == "Epoch 12   Dimension 1, number 2 by final KL   2.000 nats"


def test_arrows_go_from_epoch_to_epoch(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    drawn(qtbot, chart)
    qtbot.keyClick(chart.plot, Qt.Key.Key_Left)
    assert chart._readout.text().startswith("Epoch 19 ")
    qtbot.keyClick(chart.plot, Qt.Key.Key_Home)
    qtbot.keyClick(chart.plot, Qt.Key.Key_Right)
    assert chart._readout.text().startswith("Epoch 2 ")
    qtbot.keyClick(chart.plot, Qt.Key.Key_End)
    qtbot.keyClick(chart.plot, Qt.Key.Key_Right)
    assert chart._readout.text().startswith("Epoch 20 ")


# -- looking closer


def drag(qtbot: QtBot, chart: TrainingChart, start: QPointF, to: QPointF) -> None:
    qtbot.mousePress(chart.plot, Qt.MouseButton.LeftButton, pos=start.toPoint())
    qtbot.mouseMove(chart.plot, to.toPoint())
    qtbot.mouseRelease(chart.plot, Qt.MouseButton.LeftButton, pos=to.toPoint())


def test_a_frame_zooms_and_a_new_epoch_leaves_the_view(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    picture = drawn(qtbot, chart)
    box = rectangle(picture.areas[0])
    qtbot.mouseClick(chart.tools.zoom, Qt.MouseButton.LeftButton)
    drag(qtbot, chart, to_place(picture, picture.areas[0], 5, 1500), to_place(picture, picture.areas[0], 8, 1100))
    view = chart.plot.view
    assert view.x == pytest.approx((5, 8), abs=0.1)
    assert view.y[0] == pytest.approx((1100, 1500), rel=0.05)
    chart.append(epoch_event(21, 40))
    zoomed = drawn(qtbot, chart)
    assert zoomed.view == view
    assert to_place(zoomed, zoomed.areas[0], 5, 1100).x() == pytest.approx(rectangle(zoomed.areas[0]).left(), abs=3)
    drag(qtbot, chart, box.center(), box.center() + QPointF(2, 2))  # too small to be meant
    assert chart.plot.view == view
    qtbot.mouseClick(chart.tools.home, Qt.MouseButton.LeftButton)
    assert drawn(qtbot, chart).view == View()


def test_panning_moves_what_was_taken_along(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    picture = drawn(qtbot, chart)
    qtbot.mouseClick(chart.tools.zoom, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(chart.tools.pan, Qt.MouseButton.LeftButton)
    assert not chart.tools.zoom.isChecked()
    start = rectangle(picture.areas[0]).center()
    drag(qtbot, chart, start, start + QPointF(60, 20))
    moved = drawn(qtbot, chart)
    before = to_place(picture, picture.areas[1], 10, 50.0)
    after = to_place(moved, moved.areas[1], 10, 50.0)
    assert (after - before).x() == pytest.approx(60, abs=2)
    assert (after - before).y() == pytest.approx(20, abs=1)
    chart.controls.choose("elbo")  # another axis: the view would mean nothing there
    assert drawn(qtbot, chart).view.is_whole


def test_a_double_click_shows_all(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    drawn(qtbot, chart)
    chart.plot.set_view(View((3, 5)))
    drawn(qtbot, chart)
    qtbot.mouseDClick(chart.plot, Qt.MouseButton.LeftButton)
    assert drawn(qtbot, chart).view.is_whole


# -- how it looks


@pytest.mark.long
def test_the_theme_is_taken_live(qtbot: QtBot, qapp: QApplication, chart: TrainingChart) -> None:
    chart.set_history(history(5))
    light = drawn(qtbot, chart)
    assert light.style.hues[1] == colors().hues[1].name()
    apply_theme(qapp, "dark")
    dark = drawn(qtbot, chart)
    assert dark.style.hues[1] == colors().hues[1].name() != light.style.hues[1]
    assert dark.image.pixelColor(2, dark.image.height() - 2) == colors().panel
    at = to_place(dark, dark.areas[1], 3, float(dark.drawn[2][2])).toPoint()
    near = {dark.image.pixelColor(at.x() + dx, at.y() + dy).name() for dx in range(-5, 6) for dy in range(-5, 6)}
    assert colors().hues[1].name() in near


def test_a_picture_has_the_pixels_of_its_widget(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(5))
    drawn(qtbot, chart)
    chart.resize(640, 480)
    picture = drawn(qtbot, chart)
    ratio = chart.plot.devicePixelRatioF()
    assert picture.image.size() == chart.plot.size() * ratio
    assert picture.image.devicePixelRatio() == ratio


def test_scale_and_smoothing_go_below_where_there_is_no_room(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(5))
    drawn(qtbot, chart)
    assert chart.controls.log.mapTo(chart, QPoint()).y() < chart.controls.kinds.geometry().bottom() + chart.controls.y()
    chart.resize(460, 480)
    drawn(qtbot, chart)
    assert chart.controls._how.y() > chart.controls.kinds.y()
    assert chart.controls.kinds.segments[2].width() >= chart.controls.kinds.segments[2].sizeHint().width()


# -- saving


@pytest.mark.long
def test_pictures_are_saved_black_on_white(qtbot: QtBot, qapp: QApplication, chart: TrainingChart, tmp_path: Path) -> None:
    apply_theme(qapp, "dark")
    chart.set_history(history(5))
    drawn(qtbot, chart)
    for name, begin in (("curves", b"\x89PNG"), ("curves.svg", b"<?xml"), ("curves.pdf", b"%PDF")):
        with qtbot.waitSignal(chart.saved, timeout=20_000) as saved:
            chart.save(tmp_path / name)
        assert saved.args[0].read_bytes().startswith(begin)
    from PySide6.QtGui import QImage

    picture = QImage(str(tmp_path / "curves.png"))
    assert 4 < picture.width() - 2 * chart.plot.width() < 60, "an edge"
    above = picture.height() - 2 * chart.plot.height()
    assert 30 < above < 150, "its title, and an edge"
    assert picture.pixelColor(0, 0) == QColor("white")
    title = [picture.pixelColor(x, above // 2).lightness() for x in range(picture.width())]
    assert min(title) < 100
    with qtbot.waitSignal(chart.failed, timeout=20_000) as failed:
        chart.save(Path("/proc/nowhere/curves.png"))
    assert "/proc/nowhere/curves.png" in str(failed.args[0])


def test_the_numbers_of_all_runs_are_saved_whole(qtbot: QtBot, chart: TrainingChart, tmp_path: Path) -> None:
    chart.set_history(history(3000))
    chart.set_compared([ChartRun("faces-2", history(7))])
    chart.controls.smoothing.setValue(90)
    drawn(qtbot, chart)
    with qtbot.waitSignal(chart.saved, timeout=20_000):
        chart.save(tmp_path / "numbers.csv")
    with open(tmp_path / "numbers.csv", newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 3007
    assert table[-1]["run"] == "faces-2"
    assert float(table[1]["valid_reconstruction"]) == history(2).valid("reconstruction")[1]


def test_a_quantity_of_two_sides_has_one_axis(qtbot: QtBot, chart: TrainingChart) -> None:
    numbers = {"flip_ab": 0.0, "flip_ba": 0.0, "flips": 0.0, "read_right": 98.0}
    events = []
    for epoch in range(1, 6):
        valid = numbers | {"flip_ab": 4.0 * epoch, "flip_ba": 15.0 * epoch}
        events.append(replace(epoch_event(epoch, 5), train={"loss": 1.0}, valid=valid))
    chart.clear("cycle_gan")
    assert "adversarial" in chart._empty.findChildren(QLabel)[-1].text(), "it has no codes to speak of"
    chart.set_history(history_of(events, family_name="cycle_gan"))
    picture = drawn(qtbot, chart)
    assert chart._readout.text().startswith("Epoch 5   Read as B 20.0 %   Read as A 75.0 %")
    assert len({area.box for area in picture.areas}) == 1
    first, second = (to_place(picture, area, 3.0, 40.0) for area in picture.areas)
    assert (first.x(), first.y()) == (second.x(), second.y()), "40 % is at one height"
    figure = build(picture.drawing, picture.style, View()).figure
    assert [axes.get_ylabel() for axes in figure.axes] == ["Read as the other side, %"]
    low, high = figure.axes[0].get_ylim()
    assert low <= 0.0
    assert high >= 75.0
    others = drawing_of([ChartRun("a", history_of(events, family_name="cycle_gan"))] * 2, ChartOptions("flips"))
    assert others.common is None, "hues are runs there: each side has an area"
