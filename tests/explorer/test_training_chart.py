"""The chart through its real matplotlib figure: what is drawn, when, and how it takes a theme."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backend_bases import MouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.training.run_history import history_of
from explorer.theme import apply_theme, colors
from explorer.widgets.training_chart import TrainingChart
from explorer.widgets.training_plot import TrainingPlot
from tests.helpers.fake_train import epoch_event

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def chart(qtbot: QtBot, qapp: QApplication) -> Iterator[TrainingChart]:
    apply_theme(qapp, "light")
    widget = TrainingChart()
    qtbot.addWidget(widget)
    widget.resize(800, 400)
    widget.show()
    yield widget
    apply_theme(qapp, "light")


def history(epochs: int, first: int = 1):
    return history_of([epoch_event(n, epochs) for n in range(first, epochs + 1)])


def drawn(qtbot: QtBot, chart: TrainingChart) -> TrainingPlot:
    """The plot once nothing is left to draw."""
    qtbot.waitUntil(lambda: chart._plot is not None and not chart._dirty, timeout=10_000)
    assert chart._plot is not None
    return chart._plot


def test_the_module_leaves_matplotlib_for_later() -> None:
    code = "import sys, explorer.panels.train; sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_an_empty_chart_says_what_will_be_here(qtbot: QtBot, chart: TrainingChart) -> None:
    assert chart.epochs_shown == 0
    assert chart._empty.isVisible()
    chart.set_first_epoch(0.349)
    assert "34 %" in chart._empty._text.text()


def test_a_history_becomes_four_lines_and_a_mark(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(40))
    chart.set_best(30)
    plot = drawn(qtbot, chart)
    assert not chart._empty.isVisible()
    assert plot._lines["train_kl"].get_xydata().shape == (40, 2)
    assert plot._lines["train_kl"].get_marker() in ("", "None", None)
    assert plot._best_text.get_text() == "best 30"
    assert plot._left.get_ylabel() == "Reconstruction, nats per image"
    assert plot._right.get_ylabel() == "KL, nats per image"
    assert plot._lines["valid_kl"].get_linestyle() != plot._lines["train_kl"].get_linestyle()


def test_one_epoch_is_visible(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.append(epoch_event(1, 40))
    plot = drawn(qtbot, chart)
    assert plot._lines["valid_reconstruction"].get_marker() == "o"
    low, high = plot._left.get_ylim()
    assert low < 4900 < high


def test_epochs_are_appended_and_done_over(qtbot: QtBot, chart: TrainingChart) -> None:
    for n in (1, 2, 3, 4):
        chart.append(epoch_event(n, 40))
    chart.append(epoch_event(3, 40))
    assert chart.epochs_shown == 3
    plot = drawn(qtbot, chart)
    assert plot._lines["train_kl"].get_xdata().tolist() == [1, 2, 3]
    chart.clear()
    assert chart.epochs_shown == 0
    assert chart._empty.isVisible()


def test_redraws_are_few_and_only_for_eyes(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.append(epoch_event(1, 200))
    plot = drawn(qtbot, chart)
    draws: list[float] = []
    plot._canvas.mpl_connect("draw_event", lambda _: draws.append(time.perf_counter()))
    for n in range(2, 60):
        chart.append(epoch_event(n, 200))
        QApplication.processEvents()
    drawn(qtbot, chart)
    assert len(draws) <= 3
    chart.hide()
    chart.append(epoch_event(60, 200))
    draws.clear()
    chart._timer.timeout.emit()
    assert chart._dirty
    assert not draws
    chart.show()
    drawn(qtbot, chart)
    assert plot._lines["train_kl"].get_xdata()[-1] == 60


def test_a_redraw_is_cheap(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(300))
    plot = drawn(qtbot, chart)
    assert plot._curves is not None
    spent = []
    for _ in range(5):
        start = time.process_time()
        plot.show_curves(plot._curves)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.1  # 40 ms on the machine it was written on


def test_the_theme_is_taken_live(qtbot: QtBot, qapp: QApplication, chart: TrainingChart) -> None:
    chart.set_history(history(5))
    plot = drawn(qtbot, chart)
    light = plot._lines["train_kl"].get_color()
    apply_theme(qapp, "dark")
    drawn(qtbot, chart)
    assert plot._lines["train_kl"].get_color() == colors().series_kl.name() != light
    corner = plot._canvas.grab().toImage().pixelColor(2, plot._canvas.height() - 2)
    assert corner.name() == colors().panel.name()


def test_a_zoomed_view_stays_until_home(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    plot = drawn(qtbot, chart)
    plot.toolbar.push_current()
    plot._left.set_xlim(5, 8)
    plot.toolbar.push_current()
    chart.append(epoch_event(21, 40))
    drawn(qtbot, chart)
    assert plot._left.get_xlim() == (5, 8)
    plot.toolbar.home()
    assert plot._left.get_xlim()[1] > 21


def test_outliers_of_the_first_epochs_do_not_flatten_the_rest(qtbot: QtBot, chart: TrainingChart) -> None:
    rows = [epoch_event(n, 100) for n in range(1, 101)]
    rows[0].train["reconstruction"] = 1e6
    chart.set_history(history_of(rows))
    plot = drawn(qtbot, chart)
    assert plot._left.get_ylim()[1] < 1e5


def test_numbers_that_are_none_leave_gaps(qtbot: QtBot, chart: TrainingChart) -> None:
    rows = [epoch_event(n, 3) for n in (1, 2, 3)]
    rows[1].valid["kl"] = float("nan")
    for row in rows:
        row.train["kl"] = float("nan")
    chart.set_history(history_of(rows))
    plot = drawn(qtbot, chart)
    assert np.isnan(plot._lines["valid_kl"].get_ydata()[1])


def test_hovering_reads_the_nearest_epoch(qtbot: QtBot, chart: TrainingChart) -> None:
    chart.set_history(history(20))
    plot = drawn(qtbot, chart)
    assert plot._readout.text().startswith("Epoch 20 ")
    x = plot._left.transData.transform((7.3, 0))[0]
    place = MouseEvent("motion_notify_event", plot._canvas, x, plot._left.bbox.y0 + 20)
    plot._canvas.callbacks.process("motion_notify_event", place)
    assert plot._readout.text().startswith("Epoch 7 ")
    assert "PSNR 16.70 dB" in plot._readout.text()
    assert plot._overlay._x is not None
    plot._canvas.callbacks.process("figure_leave_event", place)
    assert plot._readout.text().startswith("Epoch 20 ")


def test_saving(qtbot: QtBot, chart: TrainingChart, tmp_path: Path) -> None:
    chart.set_history(history(5))
    drawn(qtbot, chart)
    with qtbot.waitSignal(chart.saved) as saved:
        chart.save(tmp_path / "curves")
    assert saved.args[0] == tmp_path / "curves.png"
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    with qtbot.waitSignal(chart.failed):
        chart.save(tmp_path / "missing" / "curves.png")
