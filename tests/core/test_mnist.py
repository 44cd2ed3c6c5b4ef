"""`mnist:FOLDER`: idx files read as they are, their parts as the split, and damaged or lying ones refused in a sentence."""

from __future__ import annotations

import gzip
import shutil
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import run
from core.config import DataConfig
from core.data.dataset import FaceData, batch, load
from core.data.sets.idx import read_blocks, read_header, read_labels
from core.errors import ConfigError, DataError
from tests.helpers.digits import digit_pictures, idx_bytes, write_digits
from tests.helpers.real_data import SHARED

PICTURES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.fixture(autouse=True)
def folder_of_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))


def read(folder: Path, size: int = 32, **changed: object) -> FaceData:
    return load(DataConfig(source=f"mnist:{folder}", image_size=size, channels=1, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("zipped", [True, False])
def test_pictures_stand_in_the_middle_and_the_parts_are_the_split(tmp_path: Path, zipped: bool) -> None:
    data = read(write_digits(tmp_path / "digits", zipped=zipped))
    first, labels = digit_pictures(60)
    second, more = digit_pictures(20, seed=1)
    assert data.images.shape == (80, 32, 32, 1)
    everything = batch(data.images, np.arange(80))[..., 0]
    assert np.array_equal(everything[:, 2:-2, 2:-2], np.concatenate([first, second]))
    assert everything.sum() == first.sum() + second.sum()  # nothing around
    assert data.split.train.tolist() == list(range(60))
    assert data.split.valid.tolist() == list(range(60, 80))
    assert data.own_split
    assert data.factor_names == ("digit",)
    assert data.factors is not None
    assert data.factors[:, 0].tolist() == [*labels, *more]
    assert data.counts() == {str(digit): 8 for digit in range(10)}
    assert data.index.files[3] == "digit 3, number 3"
    assert data.sizes.tolist() == [[28, 28]] * 80


def test_other_sizes_are_scaled_from_the_padded_picture(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "digits", 10, 0)
    small = read(folder).images[:][..., 0]
    large = read(folder, 64).images[:][..., 0]
    for picture, wanted in zip(large, small, strict=True):
        library = np.asarray(Image.fromarray(wanted).resize((64, 64), Image.Resampling.BILINEAR))
        assert np.abs(picture.astype(int) - library).max() <= 1


def test_one_part_alone_is_split_like_any_pictures(tmp_path: Path) -> None:
    data = read(write_digits(tmp_path / "digits", 100, 0), valid_fraction=0.3)
    assert (len(data.split.train), len(data.split.valid)) == (70, 30)
    assert not data.own_split


def test_a_sample_keeps_the_shares_of_parts_and_digits(tmp_path: Path) -> None:
    data = read(write_digits(tmp_path / "digits", 200, 100), limit=60)
    assert (len(data.split.train), len(data.split.valid)) == (40, 20)
    assert set(data.counts().values()) == {6}
    assert data.fingerprint == read(tmp_path / "digits", limit=60).fingerprint != read(tmp_path / "digits", limit=61).fingerprint


@pytest.mark.parametrize("below", ["raw", "MNIST/raw"])
def test_files_may_lie_where_others_put_them(tmp_path: Path, below: str) -> None:
    write_digits(tmp_path / "digits" / below, 20, 0)
    assert len(read(tmp_path / "digits").images) == 20


def test_the_other_spelling_is_known(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "digits", 20, 0, zipped=False)
    for path in list(folder.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert len(read(folder).images) == 20


def test_labels_beyond_nine_are_kinds_too(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "letters", 30, 0, zipped=False)
    (folder / LABELS).write_bytes(idx_bytes(np.arange(30) % 26 + 1))
    data = read(folder)
    assert len(data.index.classes) == 27
    assert "digit_26" in data.attribute_names()


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "digits", 20, 0)
    before = read(folder)
    write_digits(folder, 30, 0)
    after = read(folder)
    assert (len(before.images), len(after.images)) == (20, 30)
    assert before.fingerprint != after.fingerprint


@pytest.mark.real_data("mnist")
def test_the_real_one() -> None:
    assert read_labels(read_header(SHARED / "mnist" / "train-labels-idx1-ubyte.gz", 1))[:5].tolist() == [5, 0, 4, 1, 9]
    data = read(SHARED / "mnist")
    assert data.images.shape == (70_000, 32, 32, 1)
    assert (len(data.split.train), len(data.split.valid)) == (60_000, 10_000)
    assert data.counts()["1"] == 6742 + 1135
    five = data.images[0]
    assert five.shape == (32, 32, 1)
    assert int(five.sum()) == 27_525  # of the first picture of MNIST, a five


def test_only_the_centre_square_makes_sense(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="framed already"):
        read(write_digits(tmp_path / "digits", 10, 0), crop="face")


HUGE = bytes((0, 0, 8, 3)) + struct.pack(">3I", 2**32 - 1, 512, 512)


@pytest.mark.parametrize("content", [HUGE, gzip.compress(HUGE + bytes(10_000))], ids=["plain", "gzipped"])
def test_a_header_that_claims_a_lot_is_refused_without_making_room(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "huge").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="more than it can hold"):
            read_header(tmp_path / "huge", 3)
        assert tracemalloc.get_traced_memory()[1] < 2 * 2**20
    finally:
        tracemalloc.stop()


def test_a_header_that_claims_a_bit_more_is_found_out_while_reading(tmp_path: Path) -> None:
    pictures, _ = digit_pictures(40)
    lying = bytes((0, 0, 8, 3)) + struct.pack(">3I", 4000, 28, 28) + pictures.tobytes()
    (tmp_path / "lying.gz").write_bytes(gzip.compress(lying))
    header = read_header(tmp_path / "lying.gz", 3)
    with pytest.raises(DataError, match="claims 4,000 entries and ends after 40"):
        list(read_blocks(header))


def test_labels_that_unpack_to_a_lot_are_refused_by_their_number(tmp_path: Path) -> None:
    """32 KB of them are 32 MB: of that many none is read, since there are only 20 pictures."""
    folder = write_digits(tmp_path / "digits", 20, 0)
    bomb = bytes((0, 0, 8, 1)) + struct.pack(">I", 2**25) + bytes(2**25)
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(bomb))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="has 20 pictures and train-labels-idx1-ubyte.gz 33,554,432 labels"):
            read(folder)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


WRONG: dict[str, tuple[str, bytes, str]] = {
    "text": (PICTURES, b"these are no pictures", "is no idx file"),
    "empty": (PICTURES, b"", "is no idx file"),
    "short": (PICTURES, bytes((0, 0, 8, 3)) + b"\0\0", "ends within its header"),
    "other_type": (PICTURES, bytes((0, 0, 13, 3)) + bytes(2000), "type 13"),
    "labels_for_pictures": (PICTURES, idx_bytes(np.zeros(20)), "in 1 dimensions"),
    "nothing": (PICTURES, bytes((0, 0, 8, 3)) + struct.pack(">3I", 0, 28, 28), "claims sizes of 0 x 28 x 28"),
    "wide": (PICTURES, bytes((0, 0, 8, 3)) + struct.pack(">3I", 1, 28, 9999) + bytes(28 * 9999), "claims sizes of 1 x 28 x 9999"),
    "cut": (PICTURES, idx_bytes(digit_pictures(20)[0])[:-100], "more than it can hold"),
    "longer": (PICTURES, idx_bytes(digit_pictures(20)[0]) + b"x", "goes on after the 20"),
    "few_labels": (LABELS, idx_bytes(np.zeros(19)), "20 pictures and train-labels-idx1-ubyte 19 labels"),
    "truncated_gzip": (PICTURES, gzip.compress(idx_bytes(digit_pictures(20)[0]))[:-2000], "is damaged"),
    "flipped_gzip": (PICTURES, gzip.compress(idx_bytes(digit_pictures(20)[0]))[:-6] + b"??????", "is damaged"),
    "half_a_gzip_header": (PICTURES, b"\x1f\x8b\x08", "is damaged"),
}


@pytest.mark.parametrize("case", WRONG)
def test_damaged_files_are_one_sentence_and_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    name, content, sentence = WRONG[case]
    folder = write_digits(tmp_path / "digits", 20, 0, zipped=False)
    (folder / name).write_bytes(content)
    assert run(["data", f"mnist:{folder}"]) == 3
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.startswith("labkhand: ")
    assert len(said.err.splitlines()) == 2
    assert not list((tmp_path / "cache").glob("*.pixels"))


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_digits(tmp_path / "digits", 20, 0, zipped=False)
    assert run(["data", str(folder)]) == 3  # as a folder of pictures
    assert f"Write mnist:{folder}." in capsys.readouterr().err
    (folder / LABELS).unlink()
    (tmp_path / "nothing").mkdir()
    for source, sentence in (
        (f"mnist:{folder}", "has no labels beside it"),
        (f"mnist:{tmp_path / 'nothing'}", "holds none of MNIST's files"),
        (f"mnist:{tmp_path / 'gone'}", "There is no folder"),
        ("mnist:", "names no folder"),
        ("mnist", "names no folder"),
        ("sprites:large", "has something after sprites"),
    ):
        assert run(["data", source]) == 3
        assert sentence in capsys.readouterr().err


def test_two_sizes_do_not_mix(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "digits", 20, 0)
    write_digits(tmp_path / "larger", 0, 20, side=30)
    for path in (tmp_path / "larger").iterdir():
        shutil.copy(path, folder)
    with pytest.raises(DataError, match="of two sizes"):
        read(folder)
