"""Runs of several families side by side: what they share, how large their codes are, what each makes up."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from core.cli import run
from core.compare import comparison as compare_report
from core.compare import judged
from core.compare.code_size import code_size
from core.compare.comparison import Comparison
from core.compare.measures import measures_of
from core.compare.runs import curves_of, open_runs, reconstructed, samples_of
from core.config import preset
from core.data.sets.drawn.faces import write_demo
from core.data.split import spread
from core.export.report import Heading, Paragraph, Report, Table
from core.families.base import SPARSE, TOKENS, VECTOR, Can, CodeSpace
from core.families.registry import family
from core.latent.instrument import Translator, drawn
from tests.helpers.cycle_gans import translating_run
from tests.helpers.runs import family_runs, toy_folder


def text_of(report: Report) -> str:
    return " ".join(part.text for part in report.parts if isinstance(part, Paragraph))


@pytest.mark.long
def test_three_families_are_compared_on_the_same_faces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = family_runs()
    out = tmp_path / "report.html"
    words = ["--runs", *map(str, runs), "--data", str(toy_folder()), "--out", str(out)]
    assert run(["compare", *words, "--figures", str(tmp_path / "figures"), "--json"]) == 0
    vae, codes, sparse = json.loads(capsys.readouterr().out)["runs"]
    assert all({"psnr", "ssim"} <= one.keys() for one in (vae, codes, sparse))
    assert (vae["numbers"], codes["code_bits"]) == (6.0, 16 * 4.0)
    assert vae["code_prior_bits"] == pytest.approx(vae["kl"] / math.log(2.0))
    assert codes["code_prior_bits"] == pytest.approx(16 * codes["prior_bits"])
    assert 0 < sparse["numbers"] < 4 * 4 * 16
    assert "numbers" not in codes
    assert not {"code_bits", "code_prior_bits"} & sparse.keys()
    text = out.read_text(encoding="utf-8")
    assert "(VQ-VAE) and sparse (SC-VAE) have none." in text
    assert "sparse (SC-VAE) has learned no prior to draw samples from." in text
    captions = (tmp_path / "figures" / "captions.txt").read_text(encoding="utf-8")
    assert f"rows: {runs[0].name}, codes." in captions, "the SC-VAE makes up nothing"
    shared = next(line for line in captions.splitlines() if "Mean PSNR of these" in line)
    assert all(one.name in shared for one in runs)
    assert captions.startswith("Figure 1. What all of them measure, and the loss terms of each, by epoch")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Drawn faces, of which enough are held out to be judged."""
    folder = tmp_path_factory.mktemp("many")
    write_demo(folder, 500)
    return str(folder)


@pytest.mark.long
def test_judges_say_how_far_from_real_each_familys_pictures_are(
    many: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged, "FEWEST_JUDGED", 40)
    out = tmp_path / "report.html"
    words = ["compare", "--runs", *map(str, family_runs()), "--data", many, "--out", str(out), "--json"]
    assert run([*words, "--judge"]) == 0
    vae, codes, sparse = json.loads(capsys.readouterr().out)["runs"]
    for one in (vae, codes, sparse):
        assert one["distance_rebuilt"] > 5 * max(one["distance_chance"], one["distance_real"]), "an epoch makes fog"
        assert 0.0 <= one["told_apart"] <= 1.0
    assert all(one["distance_samples"] > 5 * one["distance_chance"] for one in (vae, codes))
    assert "distance_samples" not in sparse, "it has no prior"
    assert vae["distance_real"] == codes["distance_real"], "the same halves of the same pictures"
    text = out.read_text(encoding="utf-8")
    assert "Feature distance, samples" in text
    assert "Told apart" in text
    assert "Feature distances are of 32 px" in text
    assert run(words) == 0
    assert all("told_apart" not in one for one in json.loads(capsys.readouterr().out)["runs"]), "only where it is asked for"


@pytest.mark.long
def test_a_judge_that_is_not_wanted_any_more_is_not_shown_and_not_trained_again(monkeypatch: pytest.MonkeyPatch, many: str) -> None:
    monkeypatch.setattr(judged, "FEWEST_JUDGED", 40)
    comparison = Comparison([str(family_runs()[0])], many)
    comparison.report((), "", judge=True)
    monkeypatch.setattr(judged, "told", lambda *_: pytest.fail("trained again"))
    first, without, again = (comparison.numbers((), judge=judge)[0] for judge in (True, False, True))
    assert first["told_apart"] == again["told_apart"]
    assert "told_apart" not in without
    assert "distance_rebuilt" not in first, "of a run alone it has nothing to be compared with"
    assert "Told apart" in [
        row[0] for part in comparison.report((), "", judge=True).parts if isinstance(part, Table) for row in part.rows
    ]


@pytest.mark.long
def test_the_curves_of_all_have_psnr_and_each_its_own() -> None:
    opened = open_runs([str(one) for one in family_runs()], str(toy_folder()))
    for one in (opened, [cast(Any, SimpleNamespace(family=each.family, name=each.name, run_folder=None, engine=each.engine))
                         for each in opened]):  # fmt: skip
        charts = curves_of(one)
        assert next(iter(charts)) == "PSNR, dB"
        assert all(len(line.epoch) == len(line.valid) > 0 and line.train is None for line in charts["PSNR, dB"])
        share = charts["VQ-VAE and SC-VAE: Reconstruction, share of the variance"]
        assert [len(line.epoch) > 0 for line in share] == [False, True, True]
        assert "VAE: Reconstruction, nats per picture" in charts
        assert [len(line.epoch) > 0 for line in charts["KL, nats per picture"]] == [True, False, False]


@pytest.mark.long
def test_samples_are_those_of_each_runs_own_prior() -> None:
    opened = open_runs([str(one) for one in family_runs()], str(toy_folder()))
    told: list[str] = []
    vae, codes, sparse = samples_of(opened, 3, lambda what, *_: told.append(what))
    assert sparse is None
    for one, pictures in zip(opened[:2], (vae, codes), strict=True):
        assert pictures is not None
        assert (pictures == one.engine.decode(drawn(one.engine, 3, 0))).all()
    assert "Drawing samples" in told


@pytest.mark.long
def test_the_quality_said_of_the_pictures_shown_is_theirs() -> None:
    opened = open_runs([str(one) for one in family_runs()], str(toy_folder()))
    _, rebuilt = reconstructed(opened, 8)
    originals = opened[0].data.images[spread(opened[0].data.split.valid, 8)] / 255.0
    wanted = [float(np.mean(-10 * np.log10(np.square(one / 255.0 - originals).mean((1, 2, 3))))) for one in rebuilt]
    told = compare_report._qualities(opened, rebuilt)
    assert list(told) == [one.name for one in opened]
    assert list(told.values()) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.long
def test_samples_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = Comparison([str(one) for one in family_runs()], str(toy_folder()))
    first = comparison.report((), "")
    monkeypatch.setattr(compare_report, "samples_of", lambda *_: pytest.fail("drawn again"))
    again = comparison.report((), "dark")
    assert [part.text for part in first.parts if isinstance(part, Heading)] == [
        part.text for part in again.parts if isinstance(part, Heading)
    ]


def test_a_codes_size_counts_numbers_or_bits() -> None:
    assert code_size({"z": CodeSpace(VECTOR, (256,))}, {"kl": 90.0}) == {
        "numbers": 256.0, "code_prior_bits": pytest.approx(129.84, abs=0.01)
    }  # fmt: skip
    tokens = {"codes": CodeSpace(TOKENS, (8, 8), 256)}
    assert code_size(tokens, {}) == {"code_bits": 512.0}
    assert code_size(tokens, {"prior_bits": 5.5}) == {"code_bits": 512.0, "code_prior_bits": 352.0}
    sparse = {"coefficients": CodeSpace(SPARSE, (8, 8, 128))}
    assert code_size(sparse, {"numbers": 2140.0}) == {}, "the family counts those that aren't 0"
    assert code_size({}, {"psnr": 20.0}) == {}, "a colouriser has no codes"


def test_losses_of_several_families_are_never_one_number() -> None:
    """The bits of a VQ-VAE's prior stood beside the variance that an SC-VAE loses, as bars of one measure."""
    codes, sparse = family("vq_vae"), family("sc_vae")
    both = {(one.title, one.families) for one in measures_of([codes, sparse]) if one.key == "loss"}
    assert both == {("VQ-VAE: Loss", ("vq_vae",)), ("SC-VAE: Loss", ("sc_vae",))}
    assert [one.title for one in measures_of([codes]) if one.key == "loss"] == ["Loss"]
    lost = [one for one in measures_of([codes, sparse]) if one.key == "reconstruction"]
    assert [one.families for one in lost] == [()], "both mean the same by it"


def test_the_number_of_numbers_stands_once_and_of_one_family_no_size_is_said() -> None:
    kinds = [family(name) for name in ("vae", "vq_vae", "sc_vae")]
    keys = [one.key for one in measures_of(kinds)]
    assert keys.count("numbers") == keys.count("code_bits") == keys.count("code_prior_bits") == 1
    assert not {"code_bits", "code_prior_bits"} & {one.key for one in measures_of(kinds[:1])}
    assert [one.title for one in measures_of(kinds[2:]) if one.key == "numbers"] == ["Numbers, a picture"]
    titles = [one.title for one in measures_of(kinds)]
    assert len(titles) == len(set(titles))
    assert titles[0] == "PSNR, dB", "what can be compared comes first"
    own = [bool(one.families) for one in measures_of(kinds)]
    assert own.index(True) > keys.index("code_prior_bits")


def _made(count: int, side: int, classes: tuple[str, ...] = ()) -> tuple[Any, np.ndarray]:
    engine = SimpleNamespace(classes=classes, can=frozenset({Can.SAMPLE}))
    return engine, np.full((count, side, side, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("able", "said", "figures"),
    [
        ((True, True, True), "", 1),
        ((True, False, False), "b (SC-VAE) and c (SC-VAE) have learned no prior to draw samples from.", 1),
        ((False, False, False), "", 0),
    ],
)
def test_who_makes_up_nothing_is_named(able: tuple[bool, ...], said: str, figures: int) -> None:
    several, invented = [], []
    for name, can, side in zip("abc", able, (32, 64, 32), strict=True):
        engine, pictures = _made(8, side)
        several.append(SimpleNamespace(name=name, family=family("sc_vae"), engine=engine))
        invented.append(pictures if can else None)
    report = Report("", "")
    compare_report._samples(report, cast(Any, several), invented)
    assert text_of(report) == said
    assert len(report.figures) == figures
    if all(able):
        assert report.figures[0].row_names == ("a", "b", "c")
        assert report.figures[0].sheet is not None
        assert report.figures[0].sheet((0, 0, 0)).shape[0] == 3 * 68 + 4, "small ones are enlarged to the size of the largest"


def test_the_table_has_what_several_families_share_as_bars() -> None:
    report = Report("", "")
    kinds = [SimpleNamespace(name=name, family=family(name)) for name in ("vae", "vq_vae", "sc_vae")]
    numbers = [{"psnr": 20.0, "numbers": 128.0, "code_prior_bits": 130.0}, {"psnr": 22.0, "code_bits": 512.0, "loss": 5.8,
               "code_prior_bits": 370.0}, {"psnr": 25.0, "numbers": 2140.0, "loss": 0.05}]  # fmt: skip
    compare_report._measures(report, cast(Any, kinds), numbers, [(), (), ()])
    (table,) = [part for part in report.parts if isinstance(part, Table)]
    rows = {row[0]: row[1:4] for row in table.rows}
    assert rows["Numbers, a picture"][0] == 128.0
    assert math.isnan(cast(float, rows["Numbers, a picture"][1]))
    assert math.isnan(cast(float, rows["VQ-VAE: Loss"][2]))
    (figure,) = report.figures
    assert figure.draw is not None
    from core.export.paper import WHITE

    drawn_titles = {axes.get_title(loc="left").replace("\n", " ") for axes in figure.draw(WHITE).axes if axes.get_visible()}
    assert drawn_titles == {"PSNR, dB", "Numbers, a picture", "Bits beyond the prior, a picture"}


def test_of_one_family_the_curves_are_its_own() -> None:
    histories: Callable[..., Any] = lambda: SimpleNamespace(header=SimpleNamespace(history=[]))  # noqa: E731
    two = [SimpleNamespace(name=name, family=family("vae"), run_folder=None, engine=histories()) for name in "ab"]
    assert "PSNR, dB" not in curves_of(cast(Any, two))


@pytest.mark.parametrize(("names", "said"), [("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_names_are_listed_as_one_says_them(names: str, said: str) -> None:
    assert compare_report._listed(list(names)) == said


def test_who_sees_the_pictures_in_another_frame_is_named() -> None:
    """Originals that were a larger part of each photo stood above faces that were cut closely."""
    header = SimpleNamespace(config=preset("codes"), data={"name": "faces"}, epoch=3)
    runs = []
    for name, crop in (("a", "12,26,76,90"), ("b", "center"), ("c", "12,26,76,90")):
        config = SimpleNamespace(crop=crop)
        data = SimpleNamespace(own_split=True, index=SimpleNamespace(name="faces"), fingerprint="", config=config)
        runs.append(SimpleNamespace(name=name, engine=SimpleNamespace(header=header), run_folder=None, data=data))
    report = Report("", "")
    compare_report._origins(report, cast(Any, runs))
    assert text_of(report).startswith("b (center) sees the pictures in another frame than a (12,26,76,90), more or less of each")
    report = Report("", "")
    compare_report._origins(report, cast(Any, runs[::2]))
    assert text_of(report) == ""


@pytest.mark.long
def test_a_model_of_two_sides_turns_each_picture_into_the_other_and_no_psnr_is_told(tmp_path: Path) -> None:
    first = translating_run(tmp_path / "first")
    opened = open_runs([str(first)], str(toy_folder()))
    (one,) = opened
    sides = one.data.sides
    assert sides is not None
    rows = spread(one.data.split.valid, 6)
    assert {0, 1} == set(sides.of[rows].tolist()), "of both sides"
    originals, (made,) = reconstructed(opened, 6)
    for original, picture, side in zip(originals, made, sides.of[rows], strict=True):
        goal = cast(Translator, one.engine).translate(original[None], sides.names[1 - side])
        assert (picture == goal[0]).all()
    second = translating_run(tmp_path / "second")
    for runs in ([first], [first, second]):
        out, figures = tmp_path / f"{len(runs)}.html", tmp_path / f"figures-{len(runs)}"
        words = ["--data", str(toy_folder()), "--out", str(out), "--figures", str(figures)]
        assert run(["compare", "--runs", *map(str, runs), *words]) == 0
        captions = (figures / "captions.txt").read_text(encoding="utf-8")
        assert "ean PSNR" not in captions, "a copy would be the best"
        assert "the other side" in captions
