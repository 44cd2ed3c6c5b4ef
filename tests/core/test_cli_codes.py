"""`encode` and `decode` with what people give them by mistake: a sentence, exit code 3, nothing written."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.cli import run
from tests.helpers.runs import shared_run, tiny_words, toy_folder


@pytest.fixture(scope="module")
def vq_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VQ-VAE of 4x4 codes that saw 32 pictures."""
    folder = tmp_path_factory.mktemp("vq") / "run"
    words = ["train", "--family", "vq_vae", "--data", str(toy_folder()), "--out", str(folder), "--image-size", "32"]
    settings = {"grid": 4, "codebook_size": 16, "hidden": 8, "epochs": 1, "batch_size": 8, "threads": 1, "precision": "fp32"}
    settings |= {"prior_epochs": 0}
    assert run([*words, *(f"--set={path}={value}" for path, value in settings.items())]) == 0
    return folder


def decode(model: Path, codes: Path, out: Path, *more: str) -> int:
    return run(["decode", "--checkpoint", str(model), "--codes", str(codes), "--out", str(out), *more])


def test_there_and_back_is_what_reconstruct_says(vq_run: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, file in enumerate(sorted((toy_folder() / "smile").glob("*.png"))[:3]):
        shutil.copy(file, pictures / f"face{number}.png")
    codes = tmp_path / "codes.npz"
    assert run(["encode", "--checkpoint", str(vq_run), "--input", str(pictures), "--out", str(codes)]) == 0
    with np.load(codes) as opened:
        assert opened["codes"].shape == (3, 4, 4)
        assert opened["codes"].dtype == np.int64
        assert [Path(str(name)).name for name in opened["files"]] == ["face0.png", "face1.png", "face2.png"]
    assert decode(vq_run, codes, tmp_path / "decoded") == 0
    assert run(["reconstruct", "--checkpoint", str(vq_run), "--input", str(pictures), "--out", str(tmp_path / "rebuilt")]) == 0
    for name in ("face0.png", "face1.png", "face2.png"):
        assert picture(tmp_path / "decoded" / name) == picture(tmp_path / "rebuilt" / name)
    assert decode(vq_run, codes, tmp_path / "all.npz", "--float") == 0
    with np.load(tmp_path / "all.npz") as opened:
        assert opened["images"].dtype == np.float32
        assert opened["images"].min() < 0.0  # standardised pixels, which 8 bits can't hold


def picture(path: Path) -> bytes:
    from PIL import Image

    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"z": np.zeros((2, 6), np.float32)}, "holds no codes for this model, but z"),
        ({"codes": np.zeros((2, 8, 8), np.int64)}, "must be N × 4 × 4 of whole numbers from 0 to 15"),
        ({"codes": np.full((2, 4, 4), 16)}, "whole numbers from 0 to 15"),
        ({"codes": np.full((2, 4, 4), -1)}, "whole numbers from 0 to 15"),
        ({"codes": np.zeros((2, 4, 4), np.float32)}, "whole numbers from 0 to 15"),
        ({"codes": np.array([{"a": 1}], dtype=object)}, "can't be read as codes"),  # a pickle is never opened
    ],
)
def test_what_are_no_codes_of_this_model(
    vq_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arrays: dict[str, np.ndarray], said: str
) -> None:
    np.savez(tmp_path / "codes.npz", **arrays)  # type: ignore[arg-type]
    assert decode(vq_run, tmp_path / "codes.npz", tmp_path / "out") == 3
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_files_that_are_none(vq_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 and no more")
    for name in ("cut.npz", "gone.npz", "codes.txt"):
        assert decode(vq_run, tmp_path / name, tmp_path / "out") == 3
        assert name in capsys.readouterr().err
    np.savez(tmp_path / "codes.npz", codes=np.zeros((1, 4, 4), np.int64))
    assert decode(vq_run, tmp_path / "codes.npz", tmp_path / "out", "--float") == 3
    assert "--float is for arrays" in capsys.readouterr().err
    assert decode(vq_run, tmp_path / "codes.npz", tmp_path / "out", "--class", "smile") == 3
    assert "isn't conditional" in capsys.readouterr().err
    assert (
        run(["encode", "--checkpoint", str(vq_run), "--input", str(toy_folder() / "smile"), "--out", str(tmp_path / "c.zip")]) == 3
    )


def test_codes_of_another_model_are_decoded_with_a_word(vq_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "codes.npz", codes=np.zeros((1, 4, 4), np.int64), checkpoint=np.array("0123456789abcdef"))
    assert decode(vq_run, tmp_path / "codes.npz", tmp_path / "out.npz") == 0
    assert "made with another model (0123456789ab)" in capsys.readouterr().err
    np.savez(tmp_path / "codes.npz", codes=np.zeros((1, 4, 4), np.int64))
    assert decode(vq_run, tmp_path / "codes.npz", tmp_path / "out.npz") == 0
    assert "another model" not in capsys.readouterr().err


def test_no_codes_are_no_pictures_of_the_same_kind(vq_run: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "codes.npz", codes=np.zeros((0, 4, 4), np.int64))
    for words, kind in (((), np.uint8), (("--float",), np.float32)):
        assert decode(vq_run, tmp_path / "codes.npz", tmp_path / "out.npz", *words) == 0
        with np.load(tmp_path / "out.npz") as opened:
            assert opened["images"].shape == (0, 32, 32, 3)
            assert opened["images"].dtype == kind


@pytest.mark.parametrize(
    "words",
    [
        ["sample", "--out", "{out}"],
        ["interpolate", "--input", "a.png", "b.png", "--out", "{out}"],
        ["traverse", "--dims", "0", "--out", "{out}"],
        ["retoucher", "--data", "{data}"],
        ["evaluate", "--data", "{data}", "--importance-samples", "4"],
        ["evaluate", "--data", "{data}", "--correlates"],
    ],
)
def test_what_a_grid_of_codes_cant_do_is_refused(
    vq_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    filled = [word.format(out=tmp_path / "out.png", data=toy_folder()) for word in words]
    assert run([filled[0], "--checkpoint", str(vq_run), *filled[1:]]) == 3
    error = capsys.readouterr().err
    assert "VQ-VAE" in error
    assert "Traceback" not in error
    assert not (tmp_path / "out.png").exists()


def test_a_run_of_one_family_goes_on_as_no_other(vq_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--out", str(vq_run), "--resume", "--family", "vae"]) == 3
    assert "vq_vae" in capsys.readouterr().err
    assert run([*tiny_words(tmp_path / "own"), "--start-from", str(vq_run)]) == 3
    assert "VQ-VAE" in capsys.readouterr().err
    words = ["train", "--family", "vq_vae", "--data", str(toy_folder()), "--out", str(tmp_path / "vq"), "--image-size", "32"]
    assert run([*words, "--set=grid=4", "--start-from", str(shared_run())]) == 3
    assert "--family vae" in capsys.readouterr().err


def test_fine_tuning_takes_the_grid_of_its_model(vq_run: Path, tmp_path: Path) -> None:
    words = ["train", "--family", "vq_vae", "--data", str(toy_folder()), "--out", str(tmp_path / "tuned")]
    words.append("--set=prior_epochs=0")
    assert run([*words, "--start-from", str(vq_run), "--epochs", "1", "--threads", "1", "--batch-size", "8"]) == 0
    from core.checkpoint import find, read_header

    header = read_header(find(str(tmp_path / "tuned")))
    assert (header.config.settings.grid, header.config.settings.codebook_size, header.config.data.image_size) == (4, 16, 32)
    assert header.config.start_from_id == read_header(find(str(vq_run))).id
