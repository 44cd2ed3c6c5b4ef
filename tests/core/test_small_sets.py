"""Few pictures, pictures that are all alike, and codes that tell nothing: numbers are left out in words, never wrong."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.cli import run
from core.compare.runs import Aligned, align, clouds_of, vary
from core.families.vae import measures
from core.latent.code import Code
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import LEARNS, shared_run, tiny, toy_folder, trained

ALONE = "One picture alone varies in nothing"
SAME = "pictures are the same"
COLLAPSED = "the run has collapsed, or these pictures look alike to it"


@pytest.fixture(scope="module")
def collapsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose KL term leaves its codes nothing to say."""
    config = tiny(**LEARNS | {"epochs": 2, "objective__beta": 100_000.0, "model__latent_dim": 4})
    return trained(config, tmp_path_factory.mktemp("runs") / "collapsed")


def few(folder: Path, count: int) -> Path:
    """A flat folder of so many drawn faces."""
    folder.mkdir()
    for number, file in enumerate(sorted(toy_folder().glob("*/*.png"))[-count:]):
        shutil.copy(file, folder / f"{number}.png")
    return folder


def alike(folder: Path, count: int = 10) -> Path:
    """A folder of two classes that hold the same grey square again and again."""
    for number in range(count):
        file = folder / ("smile" if number % 2 else "non_smile") / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (90, 90, 90)).save(file)
    return folder


def evaluated(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """What `evaluate` says, as JSON and to people."""
    capsys.readouterr()
    assert run(["evaluate", *words, "--json"]) == 0, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    assert run(["evaluate", *words]) == 0
    text = capsys.readouterr().out
    assert "nan" not in text.lower().split()
    assert "by -" not in text
    assert all(note in text for note in found["notes"])
    return found, text


@pytest.mark.parametrize("count", [1, 2, *(pytest.param(count, marks=pytest.mark.long) for count in (3, 4, 5, 6, 7))])
def test_a_handful_of_pictures_is_evaluated(count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = few(tmp_path / "few", count)
    found, text = evaluated(["--checkpoint", str(shared_run()), "--data", str(source), "--importance-samples", "3"], capsys)
    assert found["images"] == 1
    assert found["active_units"] is None
    assert "active units" not in text
    assert text.startswith("1 validation picture\n")
    assert [note.split(":")[0] for note in found["notes"]] == [ALONE]


@pytest.mark.long
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_handful_of_pictures_is_compared(count: int, collapsed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = few(tmp_path / "few", count), tmp_path / "report.html"
    words = ["compare", "--data", str(source), "--out", str(out), "--json", "--runs", str(shared_run())]
    for runs in ([], [str(collapsed)]):
        assert run([*words, *runs]) == 0, capsys.readouterr().err
        found = json.loads(capsys.readouterr().out)["runs"]
        assert all(one["active_units"] is None and ALONE in one["notes"][0] for one in found)
        text = out.read_text(encoding="utf-8")
        assert "The code of one picture alone shows nothing of how codes lie: it is left out here." in text
        assert "Active dimensions" not in text
        assert "1 validation picture of few" in text
        assert "nan" not in re.sub(r'"data:[^"]*"', "", text).lower().split()
        assert ("These pictures are too few, or their codes too alike" in text) == bool(runs)
        assert "correlation" not in text.replace("Total correlation", "")


@pytest.mark.long
def test_pictures_that_are_all_alike(collapsed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = alike(tmp_path / "alike", 20)
    words = ["--checkpoint", str(shared_run()), "--data", str(source), "--importance-samples", "2", "--correlates"]
    found, _ = evaluated(words, capsys)
    assert (found["images"], found["active_units"]) == (4, 0)
    assert SAME in found["notes"][0]
    out = tmp_path / "report.html"
    assert run(["compare", "--runs", str(shared_run()), str(collapsed), "--data", str(source), "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "All pictures have the same code, which shows nothing of how codes lie" in text
    assert SAME in text
    assert "(+0.00)" not in text


def test_held_out_pictures_of_one_class_have_no_auc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "classes"
    draw_folder(source, per_class=2)
    found, text = evaluated(["--checkpoint", str(shared_run()), "--data", str(source)], capsys)
    assert found["directions"]["smile"] == {"auc": None, "held_out": 1}
    assert "The direction smile has no AUC here" in found["notes"][-1]
    assert "AUC nan" not in text


@pytest.mark.long
def test_a_collapsed_run_says_that_its_measures_mean_nothing(
    collapsed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, text = evaluated(["--checkpoint", str(collapsed), "--data", str(toy_folder())], capsys)
    assert found["kl"] < 0.5
    assert COLLAPSED in found["notes"][0]
    assert "means nothing" in text
    healthy, _ = evaluated(["--checkpoint", str(shared_run()), "--data", str(toy_folder())], capsys)
    assert healthy["notes"] == []
    out = tmp_path / "report.html"
    assert run(["compare", "--runs", str(shared_run()), str(collapsed), "--data", str(toy_folder()), "--out", str(out)]) == 0
    notes = re.findall(r"<p>(collapsed: [^<]*)</p>", out.read_text(encoding="utf-8"))
    assert len(notes) == 1
    assert COLLAPSED in notes[0]


@pytest.mark.parametrize(("above", "said"), [(3.2, "from below, by 3.2"), (-0.1, "can't be told"), (0.02, "can't be told")])
def test_the_elbo_is_no_bound_by_less_than_nothing(
    above: float, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--checkpoint", str(shared_run()), "--data", str(toy_folder())]
    elbo = evaluated(words, capsys)[0]["elbo"]
    monkeypatch.setattr(measures, "evidence_bounds", lambda *_: np.array([[elbo + above]]))
    _, text = evaluated([*words, "--importance-samples", "5"], capsys)
    assert said in text


@pytest.mark.long
def test_measures_that_few_pictures_cannot_give_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--data", "sprites", "--image-size", "32", "--epochs", "1", "--threads", "1", "--latent-dim", "2"]
    for count in (2, 3):
        out = str(tmp_path / str(count))
        assert run([*words, "--out", out, "--set", f"data.limit={count}", "--set", "batch_size=2"]) == 0
        asked = ["--checkpoint", out, "--data", "sprites", "--measures", "mig,mig_chen,factor_vae_score,sap", "--correlates"]
        found, text = evaluated(asked, capsys)
        left_out = [note.split()[0] for note in found["notes"] if " is left out. " in note]
        assert "factor_vae_score" in left_out
        assert "notes" not in found["measures"]
        assert "factor_vae_score:" not in text
        report = tmp_path / f"{count}.html"
        compare = ["compare", "--runs", out, "--data", "sprites", "--out", str(report), "--measures", "mig,factor_vae_score"]
        assert run(compare) == 0
        assert "factor_vae_score is left out." in report.read_text(encoding="utf-8")


def test_codes_of_two_pictures_or_that_never_vary_match_nothing() -> None:
    rng = np.random.default_rng(0)
    varied = Code("z", rng.normal(size=(5, 3)).astype(np.float32), np.zeros((5, 3), np.float32))
    constant = Code("z", np.full((5, 3), 0.5, np.float32), np.zeros((5, 3), np.float32))
    two = Code("z", varied.mean[:2], varied.log_var[:2])
    assert align([varied, varied])[1].matches == pytest.approx((1.0, 1.0, 1.0))
    assert align([varied, constant])[1].matches == ()
    assert align([constant, varied])[1].matches == ()
    assert align([two, two])[1] == Aligned(align([two])[0].dims, ())
    assert (vary(varied), vary(constant), vary(two)) == (True, False, True)
    assert clouds_of([two])[0].points.shape == (2, 2)


@pytest.mark.long
def test_correlations_over_few_pictures_are_called_chance(collapsed: Path, tmp_path: Path) -> None:
    source, out = draw_folder(tmp_path / "faces", per_class=10), tmp_path / "report.html"
    assert run(["compare", "--runs", str(shared_run()), str(collapsed), "--data", str(source), "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "On 4 validation pictures of faces." in text
    assert "Over 4 pictures high correlations come about by chance." in text
