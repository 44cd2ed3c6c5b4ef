"""What the program wrote before it knew families of models (0.2.0, commit 4e484bc) still opens, and a run of then goes on exactly.

`tests/fixtures/version_1` holds drawn pictures, a run on them that was stopped in its third epoch of three, an edited picture,
and the weights (`whole.npz`) that the program of then reached at the end of the same run without a stop.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.checkpoint import load, read_header
from core.cli import run
from core.config import loads
from core.events import EpochFinished, RunFinished, RunStarted, decode
from core.export.images import read_recipe
from core.latent.arithmetic import arithmetic
from core.latent.directions import from_dict
from core.latent.engine import LatentEngine
from core.latent.session import from_json
from core.runs.films import save_film
from core.runs.folder import RunFolder, columns
from core.runs.history import read_history
from core.runs.history_table import charts_of, history_csv
from core.runs.listing import list_runs
from core.runs.previews import read_preview

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "version_1"
BEST_ID = "67d280734a164fde1f507b960a2331396d43fb9bbf32a2cfc087930cec874afd"  # of the run, after its second epoch
WHOLE_ID = "7dd41fe406bd0e55d5b065f8c0bd00c0399d70aa2c33b9a91c0d81e1d87fe0bc"  # of the run without a stop, at its end
MADE_BY = ("2.13.0", "AVX2")  # torch and processor that made them: others round otherwise


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The run and the pictures beside it, to be changed."""
    return Path(shutil.copytree(FIXTURES, tmp_path / "old")) / "run"


def test_the_run_is_listed_with_what_it_said(old: Path) -> None:
    (summary,) = list_runs(old.parent)
    assert (summary.name, summary.state, summary.epoch, summary.epochs) == ("run", "stopped", 2, 3)
    assert summary.best_epoch == 2
    assert summary.best["elbo"] == -7.65248566865921
    assert summary.best["psnr"] == 12.689202308654785
    assert summary.about == "pictures, Quick, 32 px, latent 6, beta 1"
    assert summary.checkpoint == old / "checkpoints" / "best.safetensors"
    assert summary.config is not None
    assert (summary.config.family, summary.config.settings.model.name, summary.config.settings.whiten_every) == (
        "vae",
        "mlp_vae",
        1,
    )


def test_its_settings_lose_nothing(old: Path) -> None:
    text = (old / "config.json").read_text(encoding="utf-8")
    RunFolder(old).write_config(loads(text))
    before, after = json.loads(text), json.loads((old / "config.json").read_text(encoding="utf-8"))
    assert after.pop("family") == "vae"
    off = {"sharpen_epochs": 0, "prior": "normal", "save_minutes": 0.0}  # what it doesn't know
    assert {key: after.pop(key) for key in off} == off
    assert {key for key in after if key not in before} == {"pseudo_inputs", "pseudo_inputs_start"}, "of a prior that is off"
    for key in ("pseudo_inputs", "pseudo_inputs_start"):
        after.pop(key)
    assert {key for key in before if before[key] != after[key]} <= {"program"}
    assert after.keys() == before.keys()


def test_its_history_is_that_of_its_table(old: Path) -> None:
    history = read_history(old)
    assert (history.epoch.tolist(), history.epochs, history.best_epoch, history.family_name) == ([1, 2], 3, 2, "vae")
    with open(old / "metrics.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name in rows[0]:
        if name in ("train_clipped", "beta", "active_units") or name.startswith(("train_", "valid_")):
            written = [float(row[name] or "nan") for row in rows]
            np.testing.assert_array_equal(history.column(name), written, err_msg=name)
    assert history.train("elbo").tolist() == [-(325.43634047875037 + 527.6112729952886), -(5.785980811485877 + 6.0849528312683105)]
    assert history.per_axis("kl_per_dim").tolist() == [[2.74926, 0.70208, 0, 0, 0, 0], [2.03851, 0.25826, 0, 0, 0, 0]]
    assert sorted(history.previews) == [1, 2]


def test_each_of_its_charts_has_its_numbers(old: Path) -> None:
    history = read_history(old)
    said = {
        chart.key: list(csv.DictReader(io.StringIO(history_csv([("run", history)], chart.key))))
        for chart in charts_of(history.family)
    }
    assert all(len(rows) == 2 for rows in said.values())
    assert [row["valid_elbo"] for row in said["elbo"]] == ["-99.42588973045494", "-7.65248566865921"]
    assert [row["active_units"] for row in said["active_units"]] == ["2", "2"]
    assert [row["kl_0"] for row in said["kl_per_dim"]] == ["2.74926", "2.03851"]
    assert {value for row in said["total_correlation"] for value in list(row.values())[2:]} == {""}
    assert said.keys() >= {"loss", "speed"}


def test_its_previews_are_cut_into_their_rows(old: Path, tmp_path: Path) -> None:
    path = old / "previews" / "epoch_00002.png"
    sheet = read_preview(path)
    assert list(sheet) == ["originals", "reconstructions", "samples"]
    assert {pictures.shape for pictures in sheet.values()} == {(3, 32, 32, 3)}
    with Image.open(FIXTURES / "pictures" / "smile" / "smile_000.png") as image:
        held_out = [np.asarray(Image.open(found).convert("L")) for found in sorted((FIXTURES / "pictures").rglob("*.png"))]
        assert image.size == (32, 32)
    for picture in sheet["originals"]:  # they are the pictures that the run held out
        assert any(np.array_equal(picture[..., 0], one) for one in held_out)
    assert save_film(tmp_path / "film.webp", [(1, old / "previews" / "epoch_00001.png"), (2, path)], (0, 1, 2), str) == 2


def test_its_model_opens_with_its_direction(old: Path) -> None:
    engine = LatentEngine.load(old / "checkpoints" / "best.safetensors")
    assert engine.id == BEST_ID == load(old / "checkpoints" / "best.safetensors").header.id
    assert engine.header.epoch == 2
    assert [found["name"] for found in engine.header.directions] == ["smile"]
    assert [row["valid_psnr"] for row in engine.header.history] == [12.376083374023438, 12.689202308654785]


def test_its_edited_picture_is_decoded_again_to_the_same_pixels(old: Path) -> None:
    path = FIXTURES / "edit" / "non_smile_000.png"
    recipe = read_recipe(path)
    assert recipe is not None
    session = from_json(json.dumps(recipe["session"]))
    engine = LatentEngine.load(old / "checkpoints" / "best.safetensors")
    assert session.checkpoint_id == engine.id
    directions = {found["name"]: from_dict(found) for found in engine.header.directions}
    assert session.anchor is not None
    own = arithmetic(engine.spaces, session.anchor.space)
    decoded = engine.decode(own.edited(np.asarray(session.anchor.z, np.float32), session.edits, directions)[None])[0]
    with Image.open(path) as image:
        saved = np.asarray(image.convert("L")).astype(int)
    assert np.abs(saved - decoded[..., 0].astype(int)).max() <= 1


def test_the_same_edit_gives_the_same_picture(old: Path, tmp_path: Path) -> None:
    words = ["--attribute", "smile", "--amount", "100", "--size", "model", "--align", "none", "--out", str(tmp_path / "out")]
    picture = old.parent / "pictures" / "non_smile" / "non_smile_000.png"
    assert run(["edit", "--checkpoint", str(old), "--input", str(picture), *words]) == 0
    with Image.open(tmp_path / "out" / picture.name) as now, Image.open(FIXTURES / "edit" / picture.name) as then:
        assert np.abs(np.asarray(now).astype(int) - np.asarray(then).astype(int)).max() <= 1


def test_the_run_goes_on_to_the_weights_of_the_program_of_then(old: Path) -> None:
    last = old / "checkpoints" / "last.safetensors"
    assert (read_header(last).epoch, read_header(last).training["step"]) == (2, 2)
    assert run(["train", "--out", str(old), "--resume"]) == 0  # the pictures are found beside it
    saved = load(last, training_state=True)
    assert saved.header.epoch == 3
    with np.load(FIXTURES / "whole.npz") as whole:
        assert saved.part("model.").keys() == {name.removeprefix("model.") for name in whole.files}
        for name in whole.files:
            np.testing.assert_allclose(saved.tensors[name], whole[name], rtol=1e-3, atol=1e-4, err_msg=name)
    if (torch.__version__.partition("+")[0], torch.backends.cpu.get_cpu_capability()) == MADE_BY:
        assert saved.header.id == WHOLE_ID
    (summary,) = list_runs(old.parent)
    assert (summary.state, summary.epoch, summary.best_epoch) == ("finished", 3, 3)


def test_what_is_added_to_its_files_fits_them(old: Path) -> None:
    before = read_history(old)
    assert run(["train", "--out", str(old), "--resume"]) == 0
    lines = [decode(line) for line in (old / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert None not in lines
    assert [event.epoch for event in lines if isinstance(event, EpochFinished)] == [1, 2, 3]
    assert [event.epoch for event in lines if isinstance(event, RunStarted)] == [0, 2]
    assert isinstance(lines[-1], RunFinished)
    history = read_history(old)
    assert len(history) == 3
    for name in before.columns:
        np.testing.assert_array_equal(history.column(name)[:2], before.column(name), err_msg=name)
        assert np.isfinite(history.column(name)[2]), name
    with open(old / "metrics.csv", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        assert tuple(reader.fieldnames or ()) == columns(history.family)
    assert [row["valid_elbo"] for row in rows[:2]] == ["-99.42588973045494", "-7.65248566865921"]
    assert sorted(history.previews) == [1, 2, 3]
    assert list(read_preview(history.previews[3])) == ["originals", "reconstructions", "samples"]
