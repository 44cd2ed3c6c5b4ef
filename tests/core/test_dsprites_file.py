"""The published dSprites file: read as it is laid out, never unpickled, damaged ones refused in a sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.cli import run
from core.config import DataConfig
from core.data.dataset import FaceData, batch, load
from core.data.sets import sprites
from core.errors import DataError
from tests.helpers.digits import write_dsprites

ROWS = np.sort(np.random.default_rng(0).permutation(sprites.COUNT)[:200])


@pytest.fixture(autouse=True)
def folder_of_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))


def read(path: Path, limit: int = 0) -> FaceData:
    return load(DataConfig(source=str(path), image_size=64, channels=1, limit=limit))


def test_pictures_and_factors_are_those_of_the_grid(tmp_path: Path) -> None:
    trace = tmp_path / "unpickled"
    path = write_dsprites(tmp_path / "dsprites.npz", ROWS, trace)
    data = read(path)
    assert not trace.exists()
    assert data.factors is not None
    assert np.array_equal(data.factors, sprites.factor_table(ROWS))
    assert data.factor_names == ("shape", "scale", "orientation", "pos_x", "pos_y")
    assert np.array_equal(batch(data.images, np.arange(200)[::-1]), sprites.SpriteRows(ROWS)[np.arange(200)[::-1]])
    assert sum(file.stat().st_size for file in (tmp_path / "cache").glob("*.pixels")) == 200 * 512  # a bit a pixel


def test_the_second_time_it_comes_out_of_the_cache(tmp_path: Path) -> None:
    path = write_dsprites(tmp_path / "dsprites.npz", ROWS)
    first = read(path, limit=50)
    (store,) = (tmp_path / "cache").glob("*.pixels")
    written = store.stat().st_mtime_ns
    again = read(path, limit=50)
    assert store.stat().st_mtime_ns == written
    assert first.fingerprint == again.fingerprint
    assert len(again.images) == 50


def test_a_torn_cache_is_read_anew(tmp_path: Path) -> None:
    path = write_dsprites(tmp_path / "dsprites.npz", ROWS)
    wanted = read(path).images[:]
    (store,) = (tmp_path / "cache").glob("*.pixels")
    store.write_bytes(bytes(store.stat().st_size))
    assert np.array_equal(read(path).images[:], wanted)


def arrays(**changed: np.ndarray) -> dict[str, np.ndarray]:
    table = sprites.factor_table(ROWS)
    usual = {
        "imgs": sprites.SpriteRows(ROWS)[:][..., 0] // 255,
        "latents_classes": np.concatenate([np.zeros((len(ROWS), 1), np.int64), table], axis=1),
    }
    return usual | changed


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"imgs": np.zeros((200, 32, 32), np.uint8)}, "not dSprites' layout"),
        ({"imgs": np.zeros((199, 64, 64), np.uint8)}, "not dSprites' layout"),
        ({"imgs": np.zeros((200, 64, 64), np.float32)}, "not dSprites' layout"),
        ({"imgs": np.full((200, 64, 64), 2, np.uint8)}, "more than two levels"),
        ({"imgs": np.array([{"a": 1}], object)}, "not dSprites' layout"),
        ({"latents_classes": np.zeros((200, 5), np.int64)}, "not dSprites' layout"),
        ({"latents_classes": np.full((200, 6), 7, np.int64)}, "not those of dSprites"),
        ({"latents_classes": np.full((200, 6), -1, np.int64)}, "not those of dSprites"),
        ({"latents_classes": np.zeros((0, 6), np.int64)}, "not those of dSprites"),
    ],
)
def test_other_layouts_are_refused(tmp_path: Path, changed: dict[str, np.ndarray], sentence: str) -> None:
    np.savez_compressed(tmp_path / "other.npz", **arrays(**changed))  # type: ignore[arg-type]
    with pytest.raises(DataError, match=sentence):
        read(tmp_path / "other.npz")


@pytest.mark.parametrize("name", ["imgs", "latents_classes"])
def test_a_header_that_claims_a_lot_is_refused_without_making_room(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hostile.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for array, values in arrays().items():
            with archive.open(f"{array}.npy", "w") as member:
                shape = (10**15, *values.shape[1:]) if array == name else values.shape
                np.lib.format.write_array_header_1_0(
                    member, {"descr": np.lib.format.dtype_to_descr(values.dtype), "fortran_order": False, "shape": shape}
                )
                member.write(np.ascontiguousarray(values).tobytes())
    with pytest.raises(DataError, match="not dSprites' layout"):
        read(path)


def test_pictures_that_end_early_leave_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "short.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for array, values in arrays().items():
            with archive.open(f"{array}.npy", "w") as member:
                np.lib.format.write_array_header_1_0(
                    member, {"descr": np.lib.format.dtype_to_descr(values.dtype), "fortran_order": False, "shape": values.shape}
                )
                member.write(np.ascontiguousarray(values if array != "imgs" else values[:150]).tobytes())
    with pytest.raises(DataError, match="claims 200 pictures and ends after 150"):
        read(path)
    assert not list((tmp_path / "cache").glob("*.pixels"))


@pytest.mark.parametrize(("place", "value"), [(8, 1), (10, 97)], ids=["locked", "packed in another way"])
def test_what_zipfile_cannot_unpack_is_said(tmp_path: Path, place: int, value: int) -> None:
    path = tmp_path / "locked.npz"
    content = bytearray(write_dsprites(path, ROWS).read_bytes())
    directory = content.index(b"PK\x01\x02")
    while directory >= 0:  # of each member: the flags or the method of its entry in the directory, and in front of it
        front = int.from_bytes(content[directory + 42 : directory + 46], "little")
        content[directory + place] = content[front + place - 2] = value
        directory = content.find(b"PK\x01\x02", directory + 4)
    path.write_bytes(content)
    with pytest.raises(DataError, match="can't be unpacked"):
        read(path)


def with_header(path: Path, header: bytes) -> Path:
    """A file whose first array begins with another header of the same version."""
    with zipfile.ZipFile(path, "w") as archive, archive.open("latents_classes.npy", "w") as member:
        member.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path


HEADERS = {
    "unfinished": b"{'descr': '<i8', 'fortran_order': False, 'shape': (200, 6\n",
    "indented": b"{\n}\n  1\n 2\n",
    "deep": b"-" * 9000 + b"1\n",
    "empty": b"",
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_is_no_header_is_said(tmp_path: Path, case: str) -> None:
    with pytest.raises(DataError, match="is damaged: .+") as caught:
        read(with_header(tmp_path / "odd.npz", HEADERS[case]))
    assert "\n" not in str(caught.value)


def test_a_directory_that_zipfile_does_not_know_is_said(tmp_path: Path) -> None:
    path = tmp_path / "odd.npz"
    whole = write_dsprites(path, ROWS).read_bytes()
    place = whole.index(b"PK\x01\x02")
    for offset, value, sentence in ((6, 255, "can't be unpacked"), (46, 0xB5, "is damaged")):  # version; first letter
        content = bytearray(whole)
        content[place + offset] = value
        content[place + 9] |= 8  # names are UTF-8
        path.write_bytes(content)
        with pytest.raises(DataError, match=sentence):
            read(path)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "text", "empty", "missing", "no_imgs"])
def test_a_broken_file_is_one_sentence_and_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    path = tmp_path / "dsprites.npz"
    if damage == "no_imgs":
        np.savez(path, latents_classes=arrays()["latents_classes"])
    elif damage != "missing":
        content = bytearray(write_dsprites(path, ROWS).read_bytes())
        if damage == "flipped":  # a byte within the pictures' packed ones
            with zipfile.ZipFile(path) as archive:
                content[archive.getinfo("imgs.npy").header_offset + 600] ^= 0xFF
        path.write_bytes({"truncated": content[: len(content) // 2], "text": b"no archive", "empty": b""}.get(damage, content))
    assert run(["data", str(path)]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("labkhand: ")
    assert len(said.err.splitlines()) == 2
    assert "Traceback" not in said.err
