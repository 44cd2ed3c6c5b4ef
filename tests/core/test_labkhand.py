"""The door for notebooks and scripts: what it gives, and what it says to what can't be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import labkhand as lk
from core.data.dataset import FaceData
from core.export.images import save_picture
from core.latent.direction_file import write_direction
from tests.helpers.commands import ROOT
from tests.helpers.runs import shared_run, toy_folder

VQ = {"grid": 4, "codebook_size": 16, "hidden": 8, "epochs": 1, "batch_size": 8, "threads": 1, "precision": "fp32"}
VQ |= {"prior_epochs": 0}


@pytest.fixture(scope="module")
def vae() -> lk.Model:
    return lk.load(shared_run())


@pytest.fixture(scope="module")
def vq(tmp_path_factory: pytest.TempPathFactory) -> lk.Model:
    folder = tmp_path_factory.mktemp("vq") / "run"
    return lk.train(toy_folder(), folder, "codes", VQ | {"data.image_size": 32})


def toy(model: lk.Model) -> FaceData:
    return lk.load_data(model, toy_folder())


def test_importing_it_loads_nothing_large_and_no_commands() -> None:
    code = "import sys, labkhand; print({'torch', 'PySide6', 'matplotlib', 'cv2', 'core.commands'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "set()"), done.stderr


def test_every_name_has_a_docstring_with_an_example() -> None:
    for name in lk.__all__:
        if name != "CoreError":
            assert "Example:\n        >>> " in (getattr(lk, name).__doc__ or ""), name
    assert all(part in (lk.encode.__doc__ or "") for part in ("Args:", "Returns:", "Raises:"))


def test_there_and_back(vae: lk.Model) -> None:
    pictures = lk.read_pictures(vae, toy_folder() / "smile")
    codes = lk.encode(vae, pictures)
    assert codes.dtype == np.float32
    assert lk.decode(vae, codes).shape == pictures.shape == (len(codes), *vae.image_shape)
    assert lk.decode(vae, codes[:0]).shape == (0, *vae.image_shape)
    assert "vae" in repr(vae)
    assert "sample" in repr(vae)


def test_samples_are_the_same_for_the_same_seed(vae: lk.Model) -> None:
    assert np.array_equal(lk.sample(vae, 70, seed=3)[:5], lk.sample(vae, 70, seed=3)[:5])
    assert lk.decode(vae, lk.sample(vae, 70)).shape == (70, *vae.image_shape)  # more than are decoded at once


def test_directions_by_object_by_name_and_by_file(vae: lk.Model, tmp_path: Path) -> None:
    data = lk.load_data(vae, toy_folder())
    told: list[str] = []
    smile = lk.fit_direction(vae, data, "smile", progress=lambda what, done, total: told.append(what))
    assert told
    codes = lk.sample(vae, 3)
    moved = lk.edit(vae, codes, {smile: 100})
    assert (smile.position(moved) > smile.position(codes)).all()
    write_direction(tmp_path / "d.json", smile)
    assert np.allclose(lk.edit(vae, codes, {str(tmp_path / "d.json"): 100}), moved, atol=1e-5)  # a file keeps seven decimals
    assert vae.directions == ("smile",)
    assert not np.array_equal(lk.edit(vae, codes, {"smile": 100}), codes)
    assert np.array_equal(lk.edit(vae, codes, {}), codes)
    with pytest.raises(lk.CoreError, match="another model"):
        lk.edit(lk.load("drawn"), codes, {smile: 100})


def test_an_edit_on_a_framed_picture_has_its_size(tmp_path: Path) -> None:
    model = lk.load("drawn")
    face = lk.decode(model, lk.sample(model, 1, seed=4))[0]
    save_picture(tmp_path / "face.png", face)
    edited = lk.edit_photo(model, tmp_path / "face.png", {"smile": 100}, framed=True)
    assert edited.shape == face.shape
    assert not np.array_equal(edited, face)
    with_eyes = lk.edit_photo(model, tmp_path / "face.png", {"smile": 100}, eyes=(48, 60, 80, 60))
    assert with_eyes.shape == face.shape


@pytest.mark.long
def test_a_run_and_its_numbers(tmp_path: Path) -> None:
    told: list[str] = []
    settings = {"epochs": 1, "data.image_size": 32, "model.latent_dim": 4, "threads": 1, "precision": "fp32"}
    model = lk.train(toy_folder(), tmp_path / "run", settings=settings, on_event=lambda event: told.append(type(event).__name__))
    assert {"RunStarted", "EpochFinished", "RunFinished"} <= set(told)
    assert len(model.checkpoint.header.history) == 1
    assert json.loads((tmp_path / "run" / "config.json").read_text())["epochs"] == 1
    numbers = lk.evaluate(model, lk.load_data(model, toy_folder()))
    assert numbers["images"] > 0
    assert np.isfinite(numbers["elbo"])
    with pytest.raises(lk.CoreError, match="already holds a run"):
        lk.train(toy_folder(), tmp_path / "run", settings=settings)


def test_a_model_of_another_family(vq: lk.Model) -> None:
    assert vq.can == {"encode", "decode", "move"}
    data = lk.load_data(vq, toy_folder(), limit=12)
    assert len(data.images) == 12
    grids = lk.encode(vq, data.images[:3])
    assert (grids.shape, grids.dtype) == ((3, 4, 4), np.int64)
    assert lk.decode(vq, grids).shape == (3, 32, 32, 3)
    assert {"images", "psnr", "ssim"} <= set(lk.evaluate(vq, data))


def test_codes_of_a_codebook_move_along_a_direction(vq: lk.Model) -> None:
    data = lk.load_data(vq, toy_folder())
    smile = lk.fit_direction(vq, data, "smile", method="logistic")
    grids = lk.encode(vq, data.images[:3])
    moved = lk.edit(vq, grids, {smile: 200})
    assert (moved.shape, moved.dtype) == (grids.shape, np.int64)
    assert (moved != grids).any()
    np.testing.assert_array_equal(lk.edit(vq, grids, {smile: 0}), grids)
    assert lk.edit(vq, grids[:0], {smile: 50}).shape == (0, *grids.shape[1:])
    assert lk.decode(vq, moved).shape == (3, 32, 32, 3)
    picture = sorted((toy_folder() / "smile").iterdir())[0]
    assert lk.edit_photo(vq, picture, {smile: -100}, framed=True).ndim == 3


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (lambda vae, vq: lk.sample(vq, 2), "can't be sampled"),
        (lambda vae, vq: lk.edit(vq, np.zeros((1, 4, 4), int), {"smile": 1}), "no direction 'smile'"),
        (lambda vae, vq: lk.edit(vq, np.zeros((1, 4, 5), int), {}), "N × 4 × 4"),
        (lambda vae, vq: lk.edit_photo(vq, "a.png", {"smile": 1}), "no direction 'smile'"),
        (lambda vae, vq: lk.fit_direction(vq, toy(vq), "hat"), "hat"),
        (lambda vae, vq: lk.encode(vae, np.zeros(vae.image_shape, np.uint8)), "A single picture x is x"),
        (lambda vae, vq: lk.encode(vae, np.zeros((1, *vae.image_shape))), "of float64"),
        (lambda vae, vq: lk.encode(vae, np.uint8(3)), "of uint8"),
        (lambda vae, vq: lk.encode(vae, np.zeros((1, 8, 8, 3), np.uint8)), "the model sees"),
        (lambda vae, vq: lk.decode(vae, np.zeros((1, 4, 4), int)), "of numbers"),
        (lambda vae, vq: lk.decode(vae, np.full((1, lk.sample(vae, 1).size), np.nan)), "of numbers"),
        (lambda vae, vq: lk.decode(vq, np.full((1, 4, 4), 16)), "whole numbers from 0 to 15"),
        (lambda vae, vq: lk.decode(vq, np.zeros((1, 4, 5), int)), "N × 4 × 4"),
        (lambda vae, vq: lk.decode(vae, lk.sample(vae, 1), "smile"), "isn't conditional"),
        (lambda vae, vq: lk.sample(vae, 0), "count is 0"),
        (lambda vae, vq: lk.sample(vae, 1, seed=-1), "seed is -1"),
        (lambda vae, vq: lk.edit(vae, lk.sample(vae, 1), {"grin": 1}), "no direction 'grin'"),
        (lambda vae, vq: lk.edit(vae, lk.sample(vae, 1), {"smile": float("nan")}), "nan is no amount"),
        (lambda vae, vq: lk.fit_direction(vae, toy(vae), "smile", method="mean", balance="x"), "balances nothing"),
        (lambda vae, vq: lk.edit_photo(vae, "a.png", {}, eyes=(1, 2, 1, 2)), "The eyes are"),
        (lambda vae, vq: lk.load("nobody"), "no checkpoint 'nobody'"),
        (lambda vae, vq: lk.read_pictures(vae, []), "No picture files"),
        (lambda vae, vq: lk.read_pictures(vae, ["nowhere.png"]), "nowhere.png"),
        (lambda vae, vq: lk.load_data(vae, "nowhere"), "nowhere"),
        (lambda vae, vq: lk.train("nowhere", "run"), "nowhere"),
        (lambda vae, vq: lk.train("demo", "run", settings={"epoch": 1}), "Did you mean epochs"),
        (lambda vae, vq: lk.train("demo", "run", "quickest"), "no preset named 'quickest'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_sentence(
    vae: lk.Model,
    vq: lk.Model,
    wish: Callable[[lk.Model, lk.Model], object],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(lk.CoreError, match=sentence):
        wish(vae, vq)


def test_a_sheet_is_a_figure_that_notebooks_show() -> None:
    rows = np.zeros((3, 8, 8, 3), np.uint8), np.full((2, 8, 8, 1), 200, np.uint8)
    figure = lk.sheet(*rows, labels="abc", row_labels=["first", "second"], title="Two rows")
    assert figure._repr_png_().startswith(b"\x89PNG")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    assert lk.sheet(list(rows[0])).axes[0].images[0].get_array().shape == lk.sheet(rows[0]).axes[0].images[0].get_array().shape
    for wrong in ((), (rows[0][0],), (rows[0], np.zeros((1, 9, 9, 3), np.uint8)), (rows[0][:0],), (rows[0] / 2,)):
        with pytest.raises(lk.CoreError):
            lk.sheet(*wrong)
    with pytest.raises(lk.CoreError, match="2 labels for 3 columns"):
        lk.sheet(rows[0], labels="ab")
