"""A chart's figure itself: lines, legend, axes, heat map."""

from __future__ import annotations

import gc
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PySide6.QtCore import QSize

from core.config import preset, with_values
from core.families.registry import family
from core.files import write_json
from core.runs.history import RunHistory, history_of
from core.runs.history_table import charts_of
from explorer.chart.axis_numbers import exact_text, limits, log_tick_text, tick_texts
from explorer.chart.drawing import ChartOptions, ChartRun, drawing_of
from explorer.chart.figure import HeatScale, build, paint, ranks, save_chart, title_of
from explorer.chart.places import View, areas, legend
from explorer.chart.style import paper_style, screen_style
from explorer.train.compared import difference_words, read_run
from tests.helpers.fake_train import epoch_event

MOST_GARBAGE = 1000  # objects of some ten thousand in a chart
CHARTS = [chart.key for chart in charts_of(family("vae"))]

pytestmark = pytest.mark.usefixtures("themed_app")


def history(epochs: int) -> RunHistory:
    return history_of([epoch_event(n, epochs) for n in range(1, epochs + 1)])


def figure(runs: list[ChartRun], options: ChartOptions, view: View = View(), ratio: float = 1.0) -> Figure:  # noqa: B008
    return build(drawing_of(runs, options), screen_style(QSize(820, 300), ratio), view).figure


def texts(made: Figure) -> list[str]:
    return [text.get_text() for text in made.texts]


def test_a_run_alone_names_its_parts_and_marks_its_best_epoch() -> None:
    made = figure([ChartRun("a", history(40))], ChartOptions())
    assert texts(made) == ["Reconstruction", "KL", "training", "validation"]
    left, right = made.axes
    assert (left.get_ylabel(), right.get_ylabel()) == ("Reconstruction, nats per picture", "KL, nats per picture")
    solid, dashed = left.lines[0], left.lines[1]
    assert solid.get_linestyle() == "-"
    assert dashed.get_linestyle() == "--"
    assert solid.get_color() == dashed.get_color() == paper_style(QSize(1, 1), 1).hues[0]
    assert [text.get_text() for text in left.texts] == ["best 40"]
    assert solid.get_marker() in ("", "None", None)
    few = figure([ChartRun("a", history(1))], ChartOptions())
    assert few.axes[0].lines[0].get_marker() == "o"
    assert [tick for tick in few.axes[0].get_xticks() if 0.6 <= tick <= 1.4] == [1]


@pytest.mark.parametrize("log", [False, True])
def test_the_numbers_of_a_low_axis_do_not_lie_on_each_other(log: bool) -> None:
    runs = [ChartRun("a", history(4)), ChartRun("b", history(3))]
    for height in (110, 130, 150, 200):
        made = build(drawing_of(runs, ChartOptions(log=log)), screen_style(QSize(420, height), 1.0), View()).figure
        made.canvas.draw()
        for axes in made.axes:
            boxes = sorted(
                (label.get_window_extent() for label in axes.get_yticklabels() if label.get_text()), key=lambda box: box.y0
            )
            assert all(low.y1 <= high.y0 for low, high in pairwise(boxes)), height


@pytest.mark.parametrize("log", [False, True])
def test_points_of_two_metrics_do_not_lie_on_each_other(log: bool) -> None:
    """After an epoch or two each metric has a part of the area to itself, for each would fill its own axis."""
    for epochs in (1, 2):
        left, right = figure([ChartRun("a", history(epochs))], ChartOptions(log=log)).axes

        def heights(axes: Axes) -> list[float]:
            lines = [line for line in axes.lines if line.get_marker() == "o"]
            points = np.concatenate([line.get_xydata() for line in lines])
            return list(axes.transAxes.inverted().transform(axes.transData.transform(points))[:, 1])

        assert min(heights(left)) - max(heights(right)) > 0.05
        assert min(heights(right)) > 0
        assert max(heights(left)) < 1
    left, right = figure([ChartRun("a", history(3))], ChartOptions(log=log)).axes
    assert max(heights(right)) > 0.8, "curves have all of it"


def test_several_runs_are_named_with_what_sets_them_apart() -> None:
    runs = [ChartRun("a", history(40), "beta 1"), ChartRun("$b_1$ " + 80 * "long ", history(20), "beta 4")]
    made = figure(runs, ChartOptions())
    first, second, *rest = texts(made)
    assert first == "a  beta 1"
    assert second.startswith("$b_1$ long")
    assert second.endswith("…")
    assert rest == ["training", "validation"]
    left, right = made.axes
    rings = [line for line in left.lines if line.get_linestyle() == "None"]
    hues = {line.get_color() for line in left.lines if line not in rings}
    assert hues == {ring.get_markeredgecolor() for ring in rings}
    assert len(hues) == 2
    assert [ring.get_xdata().tolist() for ring in rings] == [[40], [20]]
    assert not left.texts
    assert not right.texts


def test_what_sets_runs_apart_is_whole_where_there_is_room() -> None:
    """Two runs had a third of the row left, and the beta that they were compared for was cut."""
    abouts = [f"beta {n}, epochs 6, pictures 600, latent size 32, seed {n}" for n in range(2)]
    runs = [ChartRun(f"faces-{n}", history(6), about) for n, about in enumerate(abouts)]
    for width in (860, 480):
        made = build(drawing_of(runs, ChartOptions()), screen_style(QSize(width, 330), 1.0), View())
        assert [text.get_text() for text in made.figure.texts[:2]] == [f"{run.name}  {run.about}" for run in runs]
    made = build(drawing_of(runs, ChartOptions()), screen_style(QSize(330, 330), 1.0), View())
    for run, text in zip(runs, made.figure.texts, strict=False):  # whole phrases, as many as there is room for
        first, _, rest = text.get_text().partition("  ")
        assert first == run.name
        assert rest.endswith(", …")
        assert run.about.startswith(rest.removesuffix("…"))


def test_the_legend_of_many_runs_leaves_the_curves_their_height() -> None:
    about = "beta 8, epochs 6, latent size 128, …"
    runs = [ChartRun(f"beta-number-{n}", history(6), about) for n in range(5)]
    shown = {}
    for height in (200, 330, 600):
        made = build(drawing_of(runs, ChartOptions()), screen_style(QSize(860, height), 1.0), View())
        words = [text.get_text() for text in made.figure.texts]
        assert [word.partition("  ")[0] for word in words[:5]] == [run.name for run in runs]
        assert not any(word.endswith("numb…") for word in words)
        assert made.areas[0].box.height > 0.5 * height
        shown[height] = words[0].partition("  ")[2]
    assert len(shown[200]) < len(shown[600]) == len(about)
    assert shown[200].startswith("beta 8, ")
    one, other = (build(drawing_of(runs[:2], ChartOptions()), screen_style(QSize(860, high), 1.0), View()) for high in (200, 600))
    assert one.figure.texts[0].get_text() == other.figure.texts[0].get_text() == f"beta-number-0  {about}"


def test_long_curves_are_drawn_with_few_points_and_zooming_shows_each_epoch() -> None:
    long = history(10_000)
    rough = replace(long, columns={**long.columns, "train_kl": np.tile([1.0, 2.0], 5000)})
    runs = [ChartRun("a", rough)]
    kl = figure(runs, ChartOptions()).axes[1].lines[0]
    assert 800 < len(kl.get_xdata()) < 4 * 820
    near = figure(runs, ChartOptions(), View((100, 110), (None, None))).axes[1].lines[0]
    assert near.get_xdata().tolist() == list(range(99, 112))
    assert figure(runs, ChartOptions(), ratio=2.0).bbox.size.tolist() == pytest.approx([1640, 600], abs=0.1)


def test_smoothing_leaves_the_measured_curve_behind_it() -> None:
    lines = figure([ChartRun("a", history(40))], ChartOptions(smoothing=0.9)).axes[0].lines
    faint = [line for line in lines if line.get_alpha() is not None]
    assert len(faint) == 2
    assert faint[0].get_ydata().tolist() == history(40).train("reconstruction").tolist()
    several = figure([ChartRun("a", history(40)), ChartRun("b", history(40))], ChartOptions(smoothing=0.9)).axes[0].lines
    assert not [line for line in several if line.get_alpha() is not None]


def test_a_log_scale_has_decades_where_there_are_some() -> None:
    told = [epoch_event(n, 50) for n in range(1, 51)]
    for n, row in enumerate(told):
        row.train["kl"] = row.valid["kl"] = 10 ** (n / 10 - 2)
    right = figure([ChartRun("a", history_of(told))], ChartOptions(log=True)).axes[1]
    assert right.get_yscale() == "log"
    shown = [label.get_text() for label in right.get_yticklabels()]
    assert {"0.01", "0.1", "1", "10", "100"} <= set(shown)
    units = figure([ChartRun("a", history(40))], ChartOptions("active_units")).axes[0]
    assert units.get_ylim()[0] == 0


def test_the_heat_map_orders_dimensions_by_their_last_kl() -> None:
    told = [epoch_event(n, 5) for n in range(1, 6)]
    for row in told:
        row.per_axis["kl_per_dim"] = (0.0, 0.5 * row.epoch, 2.0, np.nan)
    heat = drawing_of([ChartRun("a", history_of(told))], ChartOptions("kl_per_dim")).heat
    assert heat is not None
    assert heat.order.tolist() == [1, 2, 0, 3]
    for log in (False, True):
        made = figure([ChartRun("a", history_of(told))], ChartOptions("kl_per_dim", log=log))
        main, bar = made.axes
        cells = np.asarray(main.images[0].get_array())
        assert cells.shape == (4, 5, 4)
        assert (cells[3, :, 3] == 0).all()  # no number, no colour
        assert (cells[:3, :, 3] == 255).all()
        assert main.get_ylim() == (4.5, 0.5)  # the highest on top
        assert bar.get_ylabel() == "KL, nats"
        assert bar.get_ylim()[1] == 2.5
        brightness = cells[0, :, :3].sum(axis=1, dtype=int)
        assert (np.diff(brightness) < 0).all()  # on light ground more is darker


def test_the_colours_of_a_heat_map_follow_the_ground() -> None:
    nothing = np.zeros(1)
    assert HeatScale(1.0, False, True).colors(nothing)[0, :3].max() < 16
    assert HeatScale(1.0, False, False).colors(nothing)[0, :3].min() > 180
    assert HeatScale(10.0, True, True).ticks()[1] == ["0.001", "0.01", "0.1", "1", "10"]
    assert HeatScale(3.2, False, True).ticks()[1] == ["0", "1", "2", "3"]


def test_ranks_are_round_and_begin_with_the_first() -> None:
    assert ranks(128.5, 0.5) == [1, 16, 32, 48, 64, 80, 96, 112, 128]
    assert ranks(4.5, 0.5) == [1, 2, 3, 4]
    assert ranks(20.2, 9.8) == [10, 12, 14, 16, 18, 20]


def test_a_chart_without_runs_is_an_empty_sheet() -> None:
    for kind in CHARTS:
        made = build(drawing_of([], ChartOptions(kind)), screen_style(QSize(300, 200), 1.0), View())
        made.figure.canvas.draw()
        assert not made.drawn


@pytest.mark.long
@pytest.mark.parametrize("size", [(240, 120), (60, 40), (2000, 1500)])
def test_any_size_can_be_drawn(size: tuple[int, int]) -> None:
    runs = [ChartRun("a", history(40)), ChartRun("b", history(20))]
    for kind in CHARTS:
        for some in (runs, runs[:1]):
            built = build(drawing_of(some, ChartOptions(kind)), screen_style(QSize(*size), 1.0), View())
            built.figure.canvas.draw()
            assert all(area.box.width > 0 and area.box.height > 0 for area in built.areas)


def test_a_legend_wraps() -> None:
    places, height = legend([100] * 5, 400, 10)
    assert [round(place.y) for place in places] == [8, 8, 24, 24, 40]
    assert height == 48
    assert legend([], 400, 10) == ([], 0.0)
    assert legend([5000], 400, 10)[0][0].room < 400


def test_two_areas_lie_beside_or_under_each_other() -> None:
    wide = areas(800, 300, 20, 12, [30, 20], shares_area=False)
    assert wide[0].right < wide[1].left
    tall = areas(400, 300, 20, 12, [30, 20], shares_area=False)
    assert tall[0].bottom < tall[1].top
    shared = areas(800, 300, 20, 12, [30, 20], shares_area=True)
    assert shared[0] == shared[1]


@pytest.mark.parametrize("height", [130, 200, 400])
def test_words_at_areas_under_each_other_stay_beside_them(height: int) -> None:
    """Compared in a low window, "Reconstruction" ran over the legend and the next area's words."""
    runs = [ChartRun(name, history(9)) for name in ("a-1", "b-1")]
    built = build(drawing_of(runs, ChartOptions()), screen_style(QSize(500, height), 1.0), View())
    above, below = built.figure.axes
    assert (above.get_xlabel(), below.get_xlabel()) == ("", "Epoch")
    renderer = FigureCanvasAgg(built.figure).get_renderer()
    first, second = (axes.yaxis.label.get_window_extent(renderer) for axes in (above, below))
    assert first.y0 > second.y1
    boxes = [area.box for area in built.areas]
    assert boxes[0].top - (height - first.y1) < 16
    assert boxes[0].height == pytest.approx(boxes[1].height)
    assert boxes[0].height >= 0.5 * (height - boxes[0].top - 85)


def test_ticks_have_the_digits_that_tell_them_apart() -> None:
    assert tick_texts([0.0, 0.5, 1.0]) == ["0.0", "0.5", "1.0"]
    assert tick_texts([-2000.0, -1000.0, 0.0]) == ["−2,000", "−1,000", "0"]
    assert tick_texts([18.25, 18.5, 18.75]) == ["18.25", "18.50", "18.75"]
    assert tick_texts([]) == []
    assert [log_tick_text(value) for value in (0.001, 1, 20_000, -100, 0)] == ["0.001", "1", "20,000", "−100", "0"]
    assert [exact_text(value) for value in (0.01234, 3.0, 934.5, 12345.67, -2.5, float("nan"))] == [
        "0.0123",
        "3.000",
        "934.50",
        "12,345.7",
        "−2.500",
        "–",
    ]


def test_limits_of_nothing_and_of_one_number() -> None:
    assert limits([]) == (0.0, 1.0)
    assert limits([np.array([np.nan])]) == (0.0, 1.0)
    low, high = limits([np.array([5.0])])
    assert low < 5 < high


# -- the runs beside the shown one


@pytest.mark.parametrize("units", [[125, 118, 121, 126, 128, 128], [0, 0, 0, 3, 0, 0], [0, 0, 0, 0, 0, 0]])
def test_no_line_lies_on_the_edge_of_its_chart(units: list[int]) -> None:
    events = [replace(epoch_event(n, 6), numbers={"active_units": float(count)}) for n, count in enumerate(units, start=1)]
    made = figure([ChartRun("a", history_of(events))], ChartOptions(chart="active_units"))
    made.draw_without_rendering()
    axes = made.axes[0]
    low, high = axes.transData.transform([(1, min(units)), (1, max(units))])[:, 1]
    room = axes.get_window_extent()
    assert room.y1 - high > 4, "half a marker"
    assert low - room.y0 > 4 or min(units) > 0 or max(units) == 0
    assert "0" in [label.get_text() for label in axes.get_yticklabels()]


def test_runs_are_named_by_what_sets_them_apart() -> None:
    base = preset("quick")
    other = with_values(base, {"objective.beta": 4, "model.latent_dim": 64, "seed": 3, "epochs": 7, "preset": "table1"})
    assert difference_words([base, None, other]) == [
        "latent size 128, beta 1, epochs 25, seed 0",
        "",
        "latent size 64, beta 4, epochs 7, seed 3",
    ]
    assert difference_words([base, base]) == ["", ""]
    sweep = [with_values(base, {"objective.beta": beta, "epochs": 25 if beta == 1 else 3}) for beta in (1, 4)]
    words = difference_words([*sweep, preset("codes")])[:2]  # in one order for all, whatever each one's preset has
    starts = [f"beta {beta}, epochs {epochs}, latent size 128, " for beta, epochs in ((1, 25), (4, 3))]
    assert all(word.startswith(start) for word, start in zip(words, starts, strict=True))
    assert all(word.endswith(", VAE") for word in words)
    assert difference_words([None]) == [""]


def test_a_run_is_read_again_only_when_its_file_has_changed(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"epochs": 3})
    read = read_run(tmp_path, None)
    assert read is not None
    assert read.config is not None
    assert len(read.history) == 0
    assert read_run(tmp_path, read.stamp) is None
    (tmp_path / "events.jsonl").write_text("{}\n", encoding="utf-8")
    assert read_run(tmp_path, read.stamp) is not None


def test_a_drawn_chart_leaves_hardly_anything_to_the_collector_of_garbage(tmp_path: Path) -> None:
    """A chart is drawn anew up to four times a second while a run goes on, by thousands of objects that refer to each other."""
    drawing, style = drawing_of([ChartRun("a", history(40))], ChartOptions()), screen_style(QSize(820, 300), 1.0)
    for act in (lambda: paint(drawing, style, View()), lambda: save_chart(tmp_path / "chart.svg", drawing, style, View())):
        act()  # what is cached and imported
        gc.collect()
        act()
        assert gc.collect() < MOST_GARBAGE


def test_a_saved_chart_says_what_it_is_of() -> None:
    one, two = ChartRun("faces-1", history(5)), ChartRun("faces-2", history(5))
    assert title_of(drawing_of([one], ChartOptions())) == "Loss, faces-1"
    assert title_of(drawing_of([one, two], ChartOptions())) == "Loss", "the legend names them"
