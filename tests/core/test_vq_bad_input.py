"""What people give a VQ-VAE by mistake: a sentence, exit code 3, and what was there stays."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.checkpoint import MODEL, PRIOR, load, save
from core.cli import run
from core.errors import CoreError
from core.latent.instrument import load_instrument
from tests.helpers.runs import toy_folder

WORDS = {
    "data.image_size": 32, "grid": 4, "codebook_size": 16, "code_dim": 4, "hidden": 8, "epochs": 1, "prior_epochs": 1,
    "batch_size": 8, "threads": 1, "precision": "fp32", "device": "cpu",
}  # fmt: skip


def train(out: Path, **changes: object) -> int:
    words = WORDS | {key.replace("__", "."): value for key, value in changes.items()}
    line = ["train", "--family", "vq_vae", "--data", str(toy_folder()), "--out", str(out)]
    return run([*line, *(f"--set={path}={value}" for path, value in words.items())])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its file, with a prior; nobody writes there."""
    folder = tmp_path_factory.mktemp("bad") / "run"
    assert train(folder) == 0
    return folder / "checkpoints" / "best.safetensors"


CODES, KERNEL, HEAD = MODEL + "codebook.codes", MODEL + "decoder.0.weight", PRIOR + "head.weight"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({CODES: np.zeros((9, 4), np.float32)}, "codebook doesn't fit its model: it has 9 codes instead of 16"),
        ({CODES: np.zeros((16, 3), np.float32)}, "codebook.codes is 16 × 3 instead of 16 × 4"),
        ({KERNEL: np.zeros((2, 2), np.float32)}, "decoder.0.weight is 2 × 2 instead of 8 × 4 × 1 × 1"),
        ({KERNEL: None}, "decoder.0.weight is missing"),
        ({MODEL + "more": np.zeros(1, np.float32)}, "it has no more"),
        ({MODEL + "pixel_mean": np.full(3, 0.25, np.float32)}, "was learned for the codes of other weights"),
        ({HEAD: np.zeros((16, 5), np.float32)}, "The prior in the model's file doesn't fit its model: head.weight is 16 × 5"),
        ({HEAD: None}, "doesn't fit its model: head.weight is missing"),
        ({PRIOR + "places": None}, "doesn't fit its model: its width is 0"),
        ({PRIOR + "places": np.zeros((16, 50), np.float32)}, "doesn't fit its model: its width is 50"),
    ],
)
def test_a_file_whose_parts_do_not_fit(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, np.ndarray | None], said: str
) -> None:
    saved = load(model)
    tensors = {name: value for name, value in (saved.tensors | changed).items() if value is not None}
    save(tmp_path / "wrong.safetensors", saved.header, tensors)
    before = (tmp_path / "wrong.safetensors").read_bytes()
    picture, out = next((toy_folder() / "smile").iterdir()), tmp_path / "codes.npz"
    assert run(["encode", "--checkpoint", str(tmp_path / "wrong.safetensors"), "--input", str(picture), "--out", str(out)]) == 3
    error = capsys.readouterr().err
    assert said in error
    assert "copy" in error
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) == 2  # the sentence, and what to do
    assert not out.exists()
    assert (tmp_path / "wrong.safetensors").read_bytes() == before


def test_settings_of_another_grid_than_the_files(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = load(model)
    config = replace(saved.header.config, settings=replace(saved.header.settings, grid=8))
    save(tmp_path / "wrong.safetensors", replace(saved.header, config=config), saved.tensors)
    line = ["sample", "--checkpoint", str(tmp_path / "wrong.safetensors"), "--count", "1"]
    assert run([*line, "--out", str(tmp_path / "sample.png")]) == 3
    assert "fit its model" in capsys.readouterr().err


def test_too_few_pictures_for_the_codebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert train(out, codebook_size=4096, data__limit=40) == 3
    said = capsys.readouterr()
    assert "4 × 4 cells can't use a codebook of 4,096 codes" in said.err + said.out
    assert "or more pictures" in said.err + said.out
    assert not list(out.glob("checkpoints/*"))
    shutil.rmtree(out, ignore_errors=True)
    assert train(out, prior_epochs=0) == 0  # the same folder, once the settings fit


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (np.zeros((1, 16, 32, 3), np.uint8), "32x16 with 3 channels; the model sees 32x32 with 3"),
        (np.zeros((1, 32, 32, 1), np.uint8), "with 1 channels; the model sees 32x32 with 3"),
        (np.zeros((1, 32, 32, 3), np.float32), "of uint8 for this model"),
        (np.zeros((32, 32, 3), np.uint8), "an array"),
    ],
)
def test_pictures_of_another_size_or_number_of_channels(model: Path, pictures: np.ndarray, said: str) -> None:
    opened = load_instrument(model)
    for one in (opened, opened.in_vectors()):  # type: ignore[attr-defined]
        with pytest.raises(CoreError, match=said):
            one.encode(pictures)


def test_vectors_of_another_length_and_codes_out_of_range(model: Path) -> None:
    opened = load_instrument(model)
    vectors = opened.in_vectors()  # type: ignore[attr-defined]
    (size,) = next(iter(vectors.spaces.values())).shape
    assert vectors.decode(np.zeros((2, size), np.float32)).shape == (2, 32, 32, 3)
    with pytest.raises(CoreError, match="64 numbers for this model"):
        vectors.decode(np.zeros((2, size - 1), np.float32))
    with pytest.raises(CoreError, match="whole number from 0 to 15"):
        opened.decode(np.full((1, 4, 4), 16))
