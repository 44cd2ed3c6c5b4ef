"""`direction` and `evaluate`, and the whole way to an edited face."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.checkpoint import find, load, read_header, save
from core.cli import run
from core.data.dataset import load as load_data
from core.latent import directions
from core.latent.engine import LatentEngine
from core.locks import RunLock
from core.metrics.direction_quality import auc
from tests.helpers.pictures import draw_folder
from tests.helpers.real_data import real_source
from tests.helpers.runs import shared_run, tiny, toy_folder, trained


@pytest.fixture
def own_run(tmp_path: Path) -> Path:
    """A copy of the shared run, to be changed."""
    return Path(shutil.copytree(shared_run(), tmp_path / "run"))


def said_json(capsys: pytest.CaptureFixture[str], words: list[Any]) -> dict[str, Any]:
    assert run([*map(str, words), "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert isinstance(found, dict)
    return found


def test_a_direction_is_stored_and_replaced(own_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["direction", "--checkpoint", own_run, "--data", toy_folder(), "--attribute"]
    before = load(find(str(own_run)), training_state=True)
    dark = said_json(capsys, [*words, "dark"])
    assert {"attribute", "method", "auc", "held_out", "mean_with", "mean_without", "unit", "checkpoint_id"} <= dark.keys()
    assert (dark["attribute"], dark["method"], dark["checkpoint_id"]) == ("dark", "mean", before.header.id)
    smile = said_json(capsys, [*words, "Smile", "--balance", "dark"])  # as the data spell it: it replaces `smile`
    assert (smile["attribute"], smile["method"], smile["balance"]) == ("smile", "balanced", "dark")
    said_json(capsys, [*words, "dark"])
    after = load(find(str(own_run)), training_state=True)
    assert [values["name"] for values in after.header.directions] == ["smile", "dark"]
    assert after.header.id == before.header.id
    assert all((after.tensors[name] == value).all() for name, value in before.tensors.items())
    assert read_header(own_run / "checkpoints" / "last.safetensors").directions[0]["method"] == "mean"  # RUN is its best


def test_the_held_out_score_is_of_the_validation_part(own_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said_json(capsys, ["direction", "--checkpoint", own_run, "--data", toy_folder(), "--attribute", "smile"])
    data, engine = load_data(tiny().data), LatentEngine.load(find(str(own_run)))
    rows = data.split.valid
    codes = engine.encode(np.asarray(data.images[rows])).mean
    direction = directions.from_dict(engine.header.directions[0])
    assert found["held_out"] == len(rows)
    assert found["auc"] == pytest.approx(auc(direction.position(codes), data.attribute("smile")[rows] > 0.5))


@pytest.mark.long
def test_words_for_people(own_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["direction", "--checkpoint", str(own_run), "--data", str(toy_folder()), "--attribute", "smile"]) == 0
    assert "held-out AUC" in capsys.readouterr().out
    assert run(["evaluate", "--checkpoint", str(own_run), "--data", str(toy_folder())]) == 0
    out = capsys.readouterr().out
    assert "PSNR" in out
    assert "direction smile: AUC" in out


def test_evaluate_says_what_training_said(capsys: pytest.CaptureFixture[str]) -> None:
    found = said_json(capsys, ["evaluate", "--checkpoint", shared_run(), "--data", toy_folder()])
    header = read_header(find(str(shared_run())))
    row = header.history[-1]
    assert {"reconstruction", "kl", "elbo", "psnr", "ssim", "active_units"} <= found.keys()
    for key in ("reconstruction", "kl", "elbo", "psnr"):
        assert found[key] == pytest.approx(row[f"valid_{key}"], rel=1e-3), key
    assert found["active_units"] == row["active_units"]
    assert found["elbo"] == pytest.approx(-(found["reconstruction"] + found["kl"]))
    assert 0 < found["ssim"] < 1
    assert found["checkpoint_id"] == header.id
    assert found["directions"]["smile"]["held_out"] == 6


def test_evaluate_estimates_log_p_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "--checkpoint", shared_run(), "--data", toy_folder()]
    plain = said_json(capsys, words)
    assert not {"log_likelihood", "importance_samples"} & plain.keys()
    few, many = (said_json(capsys, [*words, "--importance-samples", samples]) for samples in (2, 100))
    assert (few["importance_samples"], many["importance_samples"]) == (2, 100)
    assert {key: value for key, value in many.items() if key not in ("log_likelihood", "importance_samples")} == plain
    assert plain["elbo"] < few["log_likelihood"] < many["log_likelihood"]
    assert run([*map(str, words), "--importance-samples", "2"]) == 0
    assert f"log p(x) {few['log_likelihood']:.1f} nats per image from 2 importance samples" in capsys.readouterr().out
    for number in ("-1", "100001"):
        assert run([*map(str, words), f"--importance-samples={number}"]) == 3
        assert "at least 0 and at most 100,000" in capsys.readouterr().err


def test_refused_while_the_run_trains(own_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = find(str(own_run)).read_bytes()
    with RunLock(own_run):
        for checkpoint in (own_run, own_run / "checkpoints" / "last.safetensors"):
            assert run(["direction", "--checkpoint", str(checkpoint), "--data", str(toy_folder()), "--attribute", "smile"]) == 3
            assert "is being trained right now" in capsys.readouterr().err
    assert find(str(own_run)).read_bytes() == before


def test_weights_that_changed_meanwhile_get_no_direction(
    own_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.commands import direction

    path, real = find(str(own_run)), direction.fit_and_score

    def slow(*given: Any, **more: Any) -> Any:
        found = real(*given, **more)
        old = load(path, training_state=True)
        save(path, old.header, {**old.tensors, "model.pixel_mean": old.tensors["model.pixel_mean"] + 1})
        return found

    monkeypatch.setattr(direction, "fit_and_score", slow)
    assert run(["direction", "--checkpoint", str(own_run), "--data", str(toy_folder()), "--attribute", "dark"]) == 3
    assert [values["name"] for values in read_header(path).directions] == ["smile"]
    assert "was rewritten meanwhile" in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--attribute", "hat"], "no attribute named hat"),
        (["--attribute", "smile", "--balance", "hat"], "no attribute named hat"),
        (["--attribute", "smile", "--method", "mean", "--balance", "dark"], "balances nothing"),
        (["--attribute", "smile", "--method", "balanced"], "needs a column"),
    ],
)
def test_what_cannot_be_fitted_exits_with_3(words: list[str], part: str, own_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["direction", "--checkpoint", str(own_run), "--data", str(toy_folder()), *words]) == 3
    err = capsys.readouterr().err
    assert part in err
    assert len(err.splitlines()) == 2


@pytest.mark.long
def test_pictures_of_another_size_are_taken_as_framed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that cut a box out of its files: in other files, that box would lie anywhere, or outside."""
    wide = draw_folder(tmp_path / "wide", size=64)
    run_folder = trained(tiny(wide, epochs=1, data__crop="16,16,48,48"), tmp_path / "run")
    for size in (40, 96):
        other = draw_folder(tmp_path / str(size), size=size)
        found = said_json(capsys, ["evaluate", "--checkpoint", run_folder, "--data", other])
        assert found["images"] == 6
    boxed = said_json(capsys, ["evaluate", "--checkpoint", run_folder, "--data", wide])
    assert boxed["psnr"] == pytest.approx(read_header(find(str(run_folder))).history[0]["valid_psnr"], rel=1e-3)


@pytest.mark.long
@pytest.mark.parametrize("pictures", [pytest.param(None, id="drawn"), real_source("smile1203")])
def test_an_edit_moves_the_decoded_face_along_the_direction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pictures: Path | None
) -> None:
    """Through the command line alone."""
    source = pictures or draw_folder(tmp_path / "drawn", per_class=60)
    folder, out = tmp_path / "run", tmp_path / "out"
    words = [
        "train", "--data", source, "--out", folder, "--epochs", 6, "--batch-size", 16, "--latent-dim", 16, "--image-size", 32,
        "--threads", 1, "--precision", "fp32", "--learning-rate", 0.002, "--set", "data.limit=600",
    ]  # fmt: skip
    assert run([*map(str, words)]) == 0
    capsys.readouterr()
    found = said_json(capsys, ["direction", "--checkpoint", folder, "--data", source, "--attribute", "smile"])
    assert found["auc"] > 0.55
    unsmiling = sorted((source / "non_smile").iterdir())[:20]
    positions = {}
    for amount in (-100, 0, 100):
        where = out / str(amount)
        edit = ["edit", "--checkpoint", folder, "--input", *unsmiling, "--attribute", "smile", "--amount", amount, "--out", where]
        edited = said_json(capsys, [*edit, "--size", "model", "--align", "none"])
        edited_pictures = np.stack([np.asarray(Image.open(pair["output"])) for pair in edited["edited"]])
        engine = LatentEngine.load(find(str(folder)))
        direction = directions.from_dict(engine.header.directions[0])
        positions[amount] = direction.position(engine.encode(edited_pictures).mean)
    with_it, without = found["mean_with"], found["mean_without"]
    assert (positions[100] > positions[0]).mean() > 0.9
    assert (positions[0] > positions[-100]).mean() > 0.9
    assert (positions[100] - positions[-100]).mean() > 0.3 * (with_it - without)


def test_a_direction_can_be_kept_from_things_and_go_into_a_file(
    own_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["direction", "--checkpoint", own_run, "--data", toy_folder(), "--attribute", "smile"]
    path = tmp_path / "smile.json"
    before = find(str(own_run)).read_bytes()
    found = said_json(capsys, [*words, "--method", "logistic", "--balance", "dark", "--keep", "brightness,pose", "--out", path])
    assert (found["method"], found["balance"], found["kept"]) == ("logistic", "dark", ["brightness", "pose"])
    assert found["shares"]["brightness"] == pytest.approx(0.0, abs=1e-4)
    seen = said_json(capsys, [*words, "--method", "visible", "--balance", "dark", "--out", path.with_name("seen.json")])
    assert (seen["method"], seen["balance"]) == ("visible", "dark")
    assert 0.0 < seen["stability"] <= 1.0
    assert 0.0 < found["stability"] <= 1.0
    assert find(str(own_run)).read_bytes() == before
    picture = next((toy_folder() / "smile").iterdir())
    edit = ["edit", "--checkpoint", str(own_run), "--input", str(picture), "--amount", "80", "--align", "none"]
    assert run([*edit, "--attribute", str(path), "--out", str(tmp_path / "out")]) == 0
    assert len(list((tmp_path / "out").iterdir())) == 1
    values = json.loads(path.read_text())
    values["direction"]["checkpoint_id"] = "0" * 64
    path.write_text(json.dumps(values))
    assert run([*edit, "--attribute", str(path), "--out", str(tmp_path / "none")]) == 3
    assert "belongs to another model" in capsys.readouterr().err
    assert run([str(word) for word in [*words, "--out", tmp_path / "smile.txt"]]) == 3
    assert run([str(word) for word in [*words, "--keep", "hat"]]) == 3
    assert "no 'hat' to keep" in capsys.readouterr().err
