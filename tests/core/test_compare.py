"""Runs side by side: the report's parts, its figures, and what can't be compared."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from core import checkpoint, evaluate
from core.cli import run
from core.commands.terminal import ProgressBar
from core.compare import comparison as compare_report
from core.compare.comparison import Comparison
from core.compare.measures import measures_of
from core.compare.runs import align, clouds_of, colours_of, compared_codes, open_runs, plane_of, traversals
from core.config import DataConfig, preset
from core.data.columns import check_attribute
from core.data.dataset import load
from core.errors import DataError
from core.export import figures
from core.export.drawn import WHITE
from core.export.paper import HUES
from core.export.report import SHEET_WIDTH, Paragraph, Report, Table
from core.families.registry import family
from core.families.vae import measures
from core.latent.code import NOTHING, Code
from core.latent.engine import LatentEngine
from core.latent.plane import prior_quantiles
from tests.helpers.digits import write_digits
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import shared_run, tiny, toy_folder, trained


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run like the shared one, but for beta, the latent's size and the pictures' size."""
    config = tiny(epochs=1, model__latent_dim=3, objective__beta=4.0, data__image_size=64)
    return trained(config, tmp_path_factory.mktemp("runs") / "beta-4")


@pytest.mark.long
def test_the_report_holds_all_of_it_and_needs_no_other_file(
    other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, figures = tmp_path / "report.html", tmp_path / "figures"
    words = ["compare", "--runs", str(shared_run()), str(other), "--data", str(toy_folder()), "--out", str(out)]
    assert run([*words, "--figures", str(figures), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["runs"]] == [shared_run().name, "beta-4"]
    assert {"elbo", "reconstruction", "kl", "psnr", "ssim", "active_units"} <= found["runs"][0].keys()
    text = out.read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:)', text)  # nothing is fetched from anywhere
    assert "<tr><th>run</th><th>latent size</th><th>beta</th>" in text
    assert "<tr><td>run</td><td>6</td><td>1</td>" in text
    assert "<tr><td>beta-4</td><td>3</td><td>4</td>" in text
    assert "latent size" in text
    assert "objective." not in text
    assert "model of epoch" in text
    assert family("vae").best.meaning in text
    bounds = re.findall(r"<tr><td>[^<]+</td>((?:<td[^>]*>-?[\d.,−]+</td>){3})</tr>", text.split("The ELBO is a lower bound")[1])
    rows = [[float(cell.replace(",", "").replace("−", "-")) for cell in re.findall(r">([^<]+)</td>", row)] for row in bounds[:2]]
    assert len(rows) == 2
    assert all(elbo < eight < many for elbo, eight, many in rows)
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    files = sorted(figures.glob("figure-*.png"))
    assert len(pictures) == len(files) == 7
    assert [base64.b64decode(one) for one in pictures] == [file.read_bytes() for file in files]
    captions = (figures / "captions.txt").read_text(encoding="utf-8").splitlines()
    assert [caption.split(".")[0] for caption in captions] == [f"Figure {number}" for number in range(1, 8)]
    assert all(caption.split(". ", 1)[1] in text.replace("&#x27;", "'") for caption in captions)
    with Image.open(figures / "figure-2-reconstructions.png") as sheet:
        height = 3 * (64 + 4) + 4  # the originals and both runs, at the larger size
        assert sheet.height % height == 0
        assert sheet.height > height  # small pictures are enlarged by whole numbers
        assert SHEET_WIDTH / 2 < sheet.width < 1.2 * SHEET_WIDTH  # with the rows' names before them


@pytest.mark.long
def test_runs_on_pictures_with_known_factors_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--data", "sprites", "--image-size", "32", "--epochs", "1", "--threads", "1", "--set", "data.limit=60"]
    runs = [str(tmp_path / name) for name in ("beta-1", "beta-4")]
    for out, beta in zip(runs, ("1", "4"), strict=True):
        assert run([*words, "--out", out, "--latent-dim", "4", "--beta", beta]) == 0
    capsys.readouterr()
    out = tmp_path / "report.html"
    compare = ["compare", "--runs", *runs, "--data", "sprites", "--out", str(out), "--color", "pos_x", "--json"]
    assert run([*compare, "--measures", "mig,factor_vae_score"]) == 0
    found = json.loads(capsys.readouterr().out)["runs"]
    assert all(0.0 <= one["mig"] <= 1.0 for one in found)
    text = out.read_text(encoding="utf-8")
    assert "mutual information gap as in disentanglement_lib" in text
    assert "coloured by pos_x" in text


def test_a_latent_of_two_dimensions_is_shown_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_digits(tmp_path / "digits")
    words = ["train", "--data", f"mnist:{folder}", "--latent-dim", "2", "--epochs", "1", "--threads", "1"]
    runs = [str(tmp_path / name) for name in ("flat", "told")]
    for out, name in zip(runs, ("mlp_vae", "conditional_vae"), strict=True):
        assert run([*words, "--out", out, "--set", f"model.name={name}", "--set", "model.hidden_units=16"]) == 0
    first, told = open_runs(runs, f"mnist:{folder}", ProgressBar())
    rows, codes = compared_codes([first, told], ProgressBar())
    points = clouds_of(codes)
    assert [cloud.axes for cloud in points] == [("z0", "z1")] * 2
    assert all((cloud.points == part.mean).all() for cloud, part in zip(points, codes, strict=True))  # not turned
    made, class_name = plane_of(first, first.latent)
    assert (made.shape, class_name) == ((8, 8, 32, 32, 1), "")
    corner = np.array([[prior_quantiles(8)[-1], prior_quantiles(8)[-1]]], np.float32)
    assert (made[0, 7] == first.engine.decode(corner)[0]).all()
    assert plane_of(told, told.latent)[1] == told.engine.classes[told.data.index.labels[rows[0]]]
    report = Comparison(runs, f"mnist:{folder}", ProgressBar()).report((), "", ProgressBar())
    captions = [figure.caption for figure in report.figures]
    assert "as they are, for the latent has two dimensions" in captions[4]
    assert sum("at the prior's quantiles" in caption for caption in captions) == 2
    assert f"class {plane_of(told, told.latent)[1]}" in captions[-1]
    same = [part.text for part in report.parts if isinstance(part, Paragraph) and part.text.startswith("The same in each")]
    assert "latent size 2, objective VAE (beta-VAE unless beta is 1)" in same[0]
    assert "model.name" not in same[0]
    capsys.readouterr()


def test_what_cannot_be_compared_is_said_in_a_sentence(other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = ["--runs", str(shared_run()), str(other)]
    data, out = ["--data", str(toy_folder())], ["--out", str(tmp_path / "r.html")]
    for words, told in (
        (["--runs", *[str(other)] * 10, *data, *out], "--runs names 10"),
        ([*two, *data, "--out", str(tmp_path / "r.txt")], "ends in .html"),
        ([*two, *data, *out, "--measures", "mig"], "aren't known"),
        ([*two, *data, *out, "--measures", "gini"], "no measure named"),
        ([*two, *data, *out, "--color", "hat"], "no attribute named hat"),
        (["--runs", str(other), str(tmp_path / "nothing"), *data, *out], "no checkpoint"),
    ):
        assert run(["compare", *words]) == 3, words
        assert told in capsys.readouterr().err
    assert not list(tmp_path.glob("r.*"))


def test_a_wrong_colour_is_said_before_the_pictures_are_read(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "new", per_class=3)  # not in the cache yet: reading them would be told
    words = [str(shared_run())] * 2
    for source, known in ((str(folder), "smile, non_smile, dark"), ("sprites", "orientation, pos_x")):
        told: list[str] = []
        with pytest.raises(DataError, match="no attribute named hat") as caught:
            Comparison(words, source, lambda what, done, total, told=told: told.append(what), color="hat")  # type: ignore[misc]
        assert known in caught.value.hint
        assert set(told) <= {"Listing pictures"}
    with pytest.raises(DataError, match="aren't known"):
        Comparison(words, str(folder), ProgressBar(), measures=("mig",))


@pytest.mark.long
def test_sizes_that_do_not_fit_are_said_before_the_pictures_are_read(tmp_path: Path) -> None:
    """Not after everything has been measured."""
    words = [str(shared_run()), str(trained(tiny(epochs=1, data__image_size=48), tmp_path / "runs" / "large"))]
    told: list[str] = []
    with pytest.raises(DataError, match="picture sizes 32 and 48 don't fit") as caught:
        Comparison(words, str(toy_folder()), lambda what, done, total: told.append(what))
    assert "multiples" in caught.value.hint
    assert told == []


def test_a_report_on_other_pictures_says_so_and_goes_by_their_own_split(tmp_path: Path) -> None:
    """The model's own settings would hold out other pictures, and so others than the window shows."""
    folder = draw_folder(tmp_path / "others", per_class=10)
    reading = DataConfig(source=str(folder), image_size=96, valid_fraction=0.5, limit=12)
    (one,) = open_runs([str(shared_run())], str(folder), ProgressBar(), reading=reading)
    shown = load(replace(reading, image_size=32))
    assert [shown.index.files[row] for row in shown.split.valid] == [one.data.index.files[row] for row in one.data.split.valid]
    assert one.data.images.shape[1:] == (32, 32, 3)
    report = Report("", "")
    compare_report._settings(report, [one])
    said = [part.text for part in report.parts if isinstance(part, Paragraph) and "trained on" in part.text]
    assert len(said) == 1
    assert said[0].startswith(f"{one.name} was trained on other pictures, those of {toy_folder().name}: ")


def test_a_report_on_another_split_of_its_own_pictures_says_so() -> None:
    reading = DataConfig(source=str(toy_folder()), image_size=32, split_seed=7)
    (one,) = open_runs([str(shared_run())], str(toy_folder()), ProgressBar(), reading=reading)
    report = Report("", "")
    compare_report._settings(report, [one])
    assert [part.text for part in report.parts if isinstance(part, Paragraph) and "trained on" in part.text] == [
        f"{one.name} was trained on another split of the pictures, so some of the validation pictures may be among those it "
        "learned from, and its numbers too good."
    ]


def test_several_runs_of_another_split_are_spoken_of_as_several() -> None:
    runs = open_runs([str(shared_run())] * 3, str(toy_folder()), ProgressBar())
    for one in runs[1:]:
        header = one.engine.header
        config = replace(header.config, data=replace(header.config.data, split_seed=9))
        one.engine.header = replace(header, config=config)  # type: ignore[misc]
    report = Report("", "")
    compare_report._settings(report, runs)
    (said,) = [part.text for part in report.parts if isinstance(part, Paragraph) and "another split" in part.text]
    assert said.endswith("were each trained on another split of the pictures, so some of these may be among those they learned "
                         "from, and their numbers too good.")  # fmt: skip


@pytest.mark.long
def test_a_run_that_split_the_pictures_otherwise_is_named(other: Path, tmp_path: Path) -> None:
    """Held out by the first run, its pictures may be what that one learned from."""
    split = trained(tiny(epochs=1, data__split_seed=5), tmp_path / "runs" / "own-split")
    report = Comparison([str(shared_run()), str(other), str(split)], str(toy_folder()), ProgressBar()).report((), "", ProgressBar())
    said = [part.text for part in report.parts if isinstance(part, Paragraph) and "learned from" in part.text]
    assert said == [
        f"The validation pictures are those that {shared_run().name} held out. own-split was trained on another split of the "
        "pictures, so some of these may be among those it learned from, and its numbers too good."
    ]


def test_a_run_on_other_pictures_is_said_to_be_that() -> None:
    run, copied, digits = open_runs([str(shared_run())] * 3, str(toy_folder()), ProgressBar())
    header = digits.engine.header
    digits.engine.header = replace(header, data=header.data | {"name": "mnist", "fingerprint": "other"})  # type: ignore[misc]
    report = Report("", "")
    compare_report._settings(report, [run, copied, digits])
    said = [part.text for part in report.parts if isinstance(part, Paragraph)]
    assert [text for text in said if "trained on" in text] == [
        f"{digits.name} was trained on other pictures, those of mnist: what stands here of it says how it does on pictures that it "
        "was not made for, and is no measure of how good it is."
    ]


def test_of_two_families_the_settings_are_few_and_no_name_stands_twice() -> None:
    runs = []
    for name in ("quick", "codes"):
        config = preset(name)
        header = SimpleNamespace(config=config, data={"name": "faces"}, epoch=3, history=[])
        data = SimpleNamespace(own_split=True, index=SimpleNamespace(name="faces"), fingerprint="", config=config.data)
        engine = SimpleNamespace(header=header)
        runs.append(SimpleNamespace(name=name, engine=engine, run_folder=None, family=family(config.family), data=data))
    report = Report("", "")
    compare_report._settings(report, cast(Any, runs))
    table = next(part for part in report.parts if isinstance(part, Table))
    titles = [row[0] for row in table.rows] if table.head[0] == "setting" else list(table.head)
    assert len(titles) == len(set(titles))
    assert len(titles) <= 15, titles
    assert {"model", "latent size", "beta"} <= set(titles)


@pytest.mark.long
def test_a_direction_may_be_named_like_a_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = compare_report.measure

    def measure(*given: Any) -> dict[str, Any]:
        return measured(*given) | {"directions": {"kl": {"auc": 0.9, "held_out": 3}}}

    comparison = Comparison([str(shared_run())] * 2, str(toy_folder()), ProgressBar())
    comparison.report((), "", ProgressBar())
    plain = comparison.numbers(())
    monkeypatch.setattr(compare_report, "measure", measure)
    other = Comparison([str(shared_run())] * 2, str(toy_folder()), ProgressBar())
    other.report((), "", ProgressBar())
    assert other.numbers(()) == plain


def test_names_are_checked_as_they_are_used() -> None:
    for source in ("sprites", "somewhere/dsprites.npz"):
        for name in ("shape", "pos_x", "shape_heart", "heart", "SCALE"):
            check_attribute(source, "", name)
    for name in ("digit", "digit_3", "3", "37"):  # 37: EMNIST's letters are numbered on
        check_attribute("mnist:nowhere", "", name)
    for name in ("smile", "dark", "class", "non_smile"):
        check_attribute(str(toy_folder()), "", name)
    for source, name in (("sprites", "digit"), ("mnist:nowhere", "shape"), (str(toy_folder()), "shape")):
        with pytest.raises(DataError, match=f"named {name}"):
            check_attribute(source, "", name)


def test_what_was_measured_is_not_measured_again() -> None:
    comparison = Comparison([str(shared_run())] * 2, str(toy_folder()), ProgressBar())
    assert comparison.names == [shared_run().name, f"{shared_run().name} (2)"]
    assert (comparison.colours, comparison.measures) == (("class", "dark"), ())
    first = comparison.report((), "", ProgressBar())
    told: list[str] = []
    second = comparison.report((), "dark", lambda what, done, total: told.append(what))
    assert told == []
    tables = [[part for part in one.parts if isinstance(part, Table)] for one in (first, second)]
    assert tables[0] == tables[1]
    assert "coloured by class" in first.figures[4].caption
    assert "coloured by dark" in second.figures[4].caption
    assert comparison.numbers(()) == comparison.numbers(("mig",))


def test_dimensions_are_matched_by_what_they_say_not_by_number(tmp_path: Path) -> None:
    copied = shutil.copytree(shared_run(), tmp_path / "again")
    first, again = open_runs([str(shared_run()), str(copied)], str(toy_folder()), ProgressBar())
    order = np.array([3, 0, 5, 1, 4, 2])
    signs = np.array([1, -1, 1, 1, -1, 1], np.float32)
    layer = again.engine.module
    with np.errstate(all="ignore"):
        weight, bias = layer.to_mean.weight.data, layer.to_mean.bias.data  # type: ignore[union-attr]
        scale = bias.new_tensor(signs)
        layer.to_mean.weight.data = weight[order.tolist()] * scale[:, None]  # type: ignore[union-attr]
        layer.to_mean.bias.data = bias[order.tolist()] * scale  # type: ignore[union-attr]
    mine, theirs = align(compared_codes([first, again], ProgressBar())[1])
    for a, b, match in zip(mine.dims, theirs.dims, theirs.matches, strict=True):
        assert order[b] == a
        assert match == pytest.approx(signs[b], abs=1e-3)
    assert traversals(first, first.latent, mine.dims[:2]).shape == (2, 9, 32, 32, 3)


def test_codes_are_coloured_by_class_or_by_what_is_asked_for() -> None:
    data = load(tiny().data)
    title, values, names = colours_of(data, "")
    assert (title, sorted(names)) == ("class", sorted(data.index.classes))
    assert [names[value] for value in values] == [data.index.classes[label] for label in data.index.labels]
    title, values, names = colours_of(data, "dark")
    assert names[:2] == ["not dark", "dark"]
    assert (values == 1).sum() == (data.attribute("dark") > 0.5).sum()


def drawn_clouds(cloud: figures.Cloud, values: list[int], names: list[str]) -> Figure:
    figure = figures.clouds([cloud], ["run"], np.array(values), names, "class")
    figure.canvas.draw()
    return figure


def test_the_legend_names_what_is_there_and_nothing_else() -> None:
    cloud = figures.Cloud(np.random.default_rng(0).normal(size=(4, 2)), ("z0", "z1"))

    def legend(values: list[int], names: list[str]) -> list[str]:
        return [text.get_text() for one in drawn_clouds(cloud, values, names).legends for text in one.get_texts()]

    assert legend([0, 1, 1, 0], ["non_smile", "smile", "No class"]) == ["non_smile", "smile"]
    assert legend([2, 1, 1, 1], ["non_smile", "_smile", "No class"]) == ["_smile", "No class"]
    assert legend([0, 0, 0, 0], [""]) == [], "unsorted pictures have no classes to name"


def test_two_pictures_have_short_numbers_at_their_axes() -> None:
    mean = np.random.default_rng(0).normal(size=(2, 8)).astype(np.float32) + 3.0
    (cloud,) = clouds_of([Code("z", mean, np.zeros_like(mean))])
    assert cloud.axes == ("component 1 (100\u00a0% of the variance)", "component 2 (0\u00a0%)")
    assert (cloud.points[:, 1] == 0.0).all()
    axes = drawn_clouds(cloud, [0, 0], [""]).axes[0]
    assert max(len(label.get_text()) for label in (*axes.get_xticklabels(), *axes.get_yticklabels())) <= 6


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0.0, 5e-7, "2·10⁻⁷"), (-4e-6, 4e-6, "−2·10⁻⁶"), (0.0, 4000.0, "2,000"), (0.0, 0.4, "0.20"), (0.5285054, 0.5285055, "0.5285")],
)
def test_numbers_at_axes_are_short(low: float, high: float, wanted: str) -> None:
    cloud = figures.Cloud(np.array([[low, 0.0], [high, 1.0]]), ("z0", "z1"))
    texts = [label.get_text() for label in drawn_clouds(cloud, [0, 0], [""]).axes[0].get_xticklabels()]
    assert wanted in texts
    assert max(map(len, texts)) <= figures.LONGEST_NUMBER


@pytest.mark.parametrize("classes", [("non_smile", "smile"), ("smile", "non_smile"), ("", "smile", "non_smile")])
def test_a_class_has_one_colour_whatever_others_there_are(classes: tuple[str, ...]) -> None:
    data = load(tiny().data)
    labels = np.arange(len(data.index.labels)) % len(classes)
    index = replace(data.index, classes=classes, labels=labels, positive="smile")
    _, values, names = colours_of(replace(data, index=index), "class")
    assert names == ["non_smile", "smile", "No class"][: len(classes)]
    assert [names[value] for value in values] == [classes[label] or "No class" for label in labels]
    scale = figures._scale_of(names, WHITE)
    assert [to_hex(scale(value)) for value in range(2)] == list(HUES[:2])
    assert len(classes) < 3 or to_hex(scale(2)) == HUES[6]


LONG_NAMES = [f"celeba-quick-latent-{number}" for number in range(8)]


def _drawn_texts(figure: Figure) -> tuple[list[Bbox], list[Bbox]]:
    """Where the texts of a figure's legends are, and those of its charts, once it is laid out."""
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    named = [text.get_window_extent(renderer) for legend in figure.legends for text in legend.get_texts()]
    shown = [axes for axes in figure.axes if axes.get_visible() and axes.axison]
    ticks = [
        (axis.get_view_interval(), tick) for axes in shown for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_major_ticks()
    ]
    labels = [tick.label1 for (low, high), tick in ticks if low <= tick.get_loc() <= high]  # the others aren't drawn
    titles = [text for axes in shown for text in (axes.title, axes._left_title, axes.xaxis.label)]  # type: ignore[attr-defined]
    return named, [text.get_window_extent(renderer) for text in (*labels, *titles) if text.get_text()]


@pytest.mark.long
@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("kind", ["bars", "curves", "clouds"])
def test_no_name_in_a_figure_covers_another_or_touches_its_edge(kind: str, count: int) -> None:
    from core.export.figures import Cloud, Curve, bars, clouds, curves

    names = LONG_NAMES[:count]
    if kind == "bars":
        titles = ("ELBO, nats", "VQ-VAE: Reconstruction, share of the variance", "VQ-VAE: Commitment, squared distance", "KL, nats")
        figure = bars({title: [-1691.0] * count for title in titles}, names)
    elif kind == "curves":
        line = Curve(np.arange(1, 4), np.array([3.0, 2.0, 1.0]), np.array([4.0, 3.0, 2.5]))
        figure = curves({"KL, nats": [line] * count}, names)
    else:
        cloud = Cloud(np.random.default_rng(0).normal(size=(20, 2)), ("component 1 (85 %)", "component 2 (6 %)"))
        figure = clouds([cloud] * count, names, np.arange(20) % 2, ["non_smile", "smile"], "class")
    named, others = _drawn_texts(figure)
    edges = figure.bbox.padded(-0.05 * figure.dpi)
    assert len(named) >= 2
    assert all(edges.x0 <= box.x0 and box.x1 <= edges.x1 and edges.y0 <= box.y0 and box.y1 <= edges.y1 for box in (*named, *others))
    boxes = [*named, *others]
    assert not [(a, b) for place, a in enumerate(boxes) for b in boxes[:place] if a.overlaps(b)]


def test_titles_of_bars_keep_apart_on_a_narrow_page() -> None:
    from core.export.figures import bars

    titles = ("Active units, dimensions", "SSIM", "Reconstruction, nats", "ELBO, nats")
    figure = bars({title: [17.4, 18.04] for title in titles}, ["a", "b"], replace(WHITE, size=(6.7, 2.4)))
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [axes._left_title.get_window_extent(renderer) for axes in figure.axes]  # type: ignore[attr-defined]
    assert all(right.x0 - left.x1 > 6 for left, right in pairwise(boxes))


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([17.4, 18.04], ["17.4", "18.0"]),
        ([5879.2, 6201.6], ["5,879", "6,202"]),
        ([46.0, 128.0], ["46", "128"]),
        ([0.318, 0.5], ["0.318", "0.500"]),
        ([9.87, 123.4], ["9.9", "123.4"]),
        ([-1691.0, float("nan"), 0.0], ["−1,691", "none", "0"]),
        ([float("nan"), 0.5], ["none", "0.500"]),
    ],
)
def test_numbers_above_bars_have_equal_decimals_and_separators_as_their_axis(numbers: list[float], told: list[str]) -> None:
    from core.export.figures import bars

    figure = bars({"measure": numbers}, ["a", "b", "c"][: len(numbers)])
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == told
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert all(re.fullmatch(r"−?\d{1,3}(,\d{3})*(\.\d+)?", tick) for tick in ticks), ticks
    assert any("," in tick for tick in ticks) == any("," in text for text in told)


def test_where_fewer_pictures_bound_log_p_the_caption_says_why_its_elbo_is_another() -> None:
    run = SimpleNamespace(name="a", data=SimpleNamespace(split=SimpleNamespace(valid=np.arange(60))))
    for count, said in ((60, "over 32 of the 60 validation pictures"), (20, "over 64 samples z of each")):
        run.data.split.valid = np.arange(count)
        report = Report("", "")
        report.table(["measure", "a"], [["ELBO", 6422.1]], "All on the validation pictures.")
        compare_report._bounds(report, cast(Any, [run]), [np.array([6201.6, 6283.3, 6327.6])])
        caption = cast(Table, report.parts[-1]).caption
        assert said in caption
        assert "not that of table 1" in caption
        assert ("all of them" in caption) == (count > 32)


def test_one_run_has_its_numbers_in_a_table_and_no_bars_beside() -> None:
    comparison = Comparison([str(shared_run())], str(toy_folder()), ProgressBar())
    report = comparison.report((), "", ProgressBar())
    assert any(isinstance(part, Table) and part.head[0] == "measure" for part in report.parts)
    assert "measures" not in [figure.name for figure in report.figures]


def test_of_two_families_only_what_both_have_stands_as_bars() -> None:
    report = Report("", "")
    runs = [SimpleNamespace(name=name, family=family(name)) for name in ("vae", "vq_vae")]
    numbers = [{"psnr": 20.0, "ssim": 0.4, "kl": 90.0, "reconstruction": -7000.0}, {"psnr": 21.0, "ssim": 0.5, "perplexity": 60.0}]
    compare_report._measures(report, cast(Any, runs), numbers, [(), ()])
    (table,) = [part for part in report.parts if isinstance(part, Table)]
    assert len(table.rows) == 5
    (figure,) = report.figures
    drawn = {axes.get_title(loc="left") for axes in figure.draw(WHITE).axes if axes.get_visible()}
    assert drawn == {"PSNR, dB", "SSIM"}


def test_many_settings_stand_below_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    configs = {name: preset(family(name).presets[0].name) for name in ("vae", "vq_vae")}
    framed = SimpleNamespace(config=SimpleNamespace(crop="center"))
    runs = [SimpleNamespace(name=name, family=family(name), data=framed) for name in configs]
    monkeypatch.setattr(compare_report, "config_of", lambda run: configs[run.name])
    monkeypatch.setattr(compare_report, "epochs_of", lambda run: ["3", "2"])
    monkeypatch.setattr(compare_report, "kept_out", lambda one, data: True)
    monkeypatch.setattr(compare_report, "learned_from", lambda one, data: True)
    report = Report("", "")
    compare_report._settings(report, cast(Any, runs))
    (table,) = [part for part in report.parts if isinstance(part, Table)]
    assert table.head == ("setting", "vae", "vq_vae")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["grid"] == ("–", "16")
    assert rows["trained epochs"] == ("3", "3")
    assert rows["epochs planned"] == tuple(str(config.epochs) for config in configs.values())
    for name, config in configs.items():
        configs[name] = replace(config, epochs=3 + len(name))
    monkeypatch.setattr(compare_report, "epochs_of", lambda run: [str(configs[run.name].epochs), "2"])
    report = Report("", "")
    compare_report._settings(report, cast(Any, runs))
    (table,) = [part for part in report.parts if isinstance(part, Table)]
    names = [row[0] for row in table.rows]
    assert "epochs planned" not in names, "they were all trained, which is said once"
    assert "trained epochs" in names


def test_titles_of_curves_have_room_whatever_their_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Reconstruction, nats per picture" beside "KL, nats per picture" nearly touched."""
    from core.export.figures import Curve, curves

    line = Curve(np.arange(1, 4), np.ones(3), np.ones(3))
    figure = curves({f"{name}, nats per picture": [line] for name in ("Reconstruction", "KL", "ELBO")} | {"SSIM": [line]}, ["a"])
    charts = [(axes.get_title(loc="left"), axes.get_ylabel()) for axes in figure.axes if axes.lines]
    unit = "nats per picture"
    assert charts == [("Reconstruction", unit), ("KL", unit), ("ELBO", unit), ("SSIM", "")]
    figure.canvas.draw()
    boxes = [axes._left_title.get_window_extent() for axes in figure.axes[:3]]
    assert all(other.x0 - one.x1 > 10 for one, other in pairwise(boxes))


def test_training_is_solid_and_validation_dashed_as_in_all_charts() -> None:
    from core.export.figures import Curve, curves

    line = Curve(np.arange(1, 4), np.array([3.0, 2.0, 1.0]), np.array([4.0, 3.0, 2.5]))
    styles = {tuple(drawn.get_ydata()): drawn.get_linestyle() for drawn in curves({"KL, nats": [line]}, ["a"]).axes[0].lines}
    assert (styles[3.0, 2.0, 1.0], styles[4.0, 3.0, 2.5]) == ("-", "--")


def test_texts_in_a_report_are_text() -> None:
    report = Report("<b>& title", "a `code <i>` in words")
    report.table(["run", "x"], [["<script>", float("nan")], ["b", 12345.678]], "a < b")
    text = report.text()
    assert "<b>" not in text
    assert "<script>" not in text
    assert "<code>code &lt;i&gt;</code>" in text
    assert '<td class="number">–</td>' in text
    assert "12,345.7" in text
    assert "Table 1. a &lt; b" in text


def test_log_p_is_bounded_on_pictures_from_all_of_the_validation_part(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []

    def noted(*given: Any) -> np.ndarray:
        seen.append(given[4])
        return np.zeros((1, len(given[4])))

    monkeypatch.setattr(measures, "evidence_bounds", noted)
    saved = checkpoint.load(checkpoint.find("drawn"))
    rows = np.arange(100, 200)
    data = SimpleNamespace(split=SimpleNamespace(valid=rows), images=None)
    monkeypatch.setattr(measures, "given_by", lambda *_: NOTHING)
    evaluate.likelihood_bounds(LatentEngine(saved), saved, cast(Any, data), 5, (1,), lambda *_: None)
    assert list(seen[0]) == [100, 124, 149, 174, 199]  # the first ones are alike where pictures come in order


def test_each_familys_numbers_keep_their_own_meaning() -> None:
    vae, codes = family("vae"), family("vq_vae")
    alone = {one.key: one.title for one in measures_of([vae])}
    assert alone["reconstruction"] == "Reconstruction, nats"
    both = measures_of([vae, codes, vae])
    titles = [one.title for one in both]
    assert len(set(titles)) == len(titles)
    assert {"VAE: Reconstruction, nats", "VQ-VAE: Reconstruction, share of the variance", "VAE: KL, nats", "PSNR, dB"} <= set(
        titles
    )
    assert [one.is_of(codes) for one in both if one.key == "reconstruction"] == [False, True]
    assert [one.title for one in both if one.key == "psnr"] == ["PSNR, dB"]
    assert all(one.meaning for one in both)


def test_none_beside_a_negative_bar_stands_below_the_title() -> None:
    from core.export.figures import bars

    figure = bars({"reconstruction": [float("nan"), -1691.0], "elbo": [float("nan"), 1658.0]}, ["a", "b"])
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes:
        label = next(text for text in axes.texts if text.get_text() == "none")
        title = axes.title if axes.title.get_text() else axes._left_title
        assert title.get_text()
        assert label.get_window_extent(renderer).y1 < title.get_window_extent(renderer).y0
    assert figure.axes[1].get_ylim()[0] == 0.0
