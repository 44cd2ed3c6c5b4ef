"""A recipe is read out of a PNG without believing it: whatever the file says, there is an answer at once."""

from __future__ import annotations

import json
import struct
import warnings
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.data.own_pictures import RECIPE_KEY
from core.data.png_text import MOST_TEXT, SIGNATURE, read_text
from core.export.images import read_recipe

IHDR = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)


def chunk(kind: bytes, data: bytes, length: int | None = None, crc: int | None = None) -> bytes:
    sum_ = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data) if length is None else length) + kind + data + struct.pack(">I", sum_)


def itxt(text: bytes, packed: int = 0, method: int = 0, key: bytes = b"labkhand") -> bytes:
    return key + b"\0" + bytes([packed, method]) + b"en\0" + b"\0" + text


def png(path: Path, *chunks: bytes) -> Path:
    path.write_bytes(SIGNATURE + chunk(b"IHDR", IHDR) + b"".join(chunks) + chunk(b"IEND", b""))
    return path


def test_plain_and_packed_texts_are_read(tmp_path: Path) -> None:
    text = '{"name": "لبخند"}'
    for data in (itxt(text.encode()), itxt(zlib.compress(text.encode()), packed=1)):
        assert read_text(png(tmp_path / "a.png", chunk(b"tEXt", b"labkhand\0no"), chunk(b"iTXt", data)), RECIPE_KEY) == text
    info = PngInfo()
    info.add_itxt(RECIPE_KEY, text, zip=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "b.png", pnginfo=info)
    assert read_recipe(tmp_path / "b.png") == json.loads(text)


def test_a_damaged_text_is_none_and_a_whole_one_after_it_counts(tmp_path: Path) -> None:
    good = itxt(b'{"a": 1}')
    damaged = {
        "wrong checksum": chunk(b"iTXt", good, crc=7),
        "another keyword": chunk(b"iTXt", itxt(b"{}", key=b"other")),
        "no parts": chunk(b"iTXt", b"labkhand\0"),
        "one part": chunk(b"iTXt", b"labkhand\0\0\0en"),
        "unknown method": chunk(b"iTXt", itxt(zlib.compress(b"{}"), packed=1, method=9)),
        "unknown flag": chunk(b"iTXt", itxt(b"{}", packed=7)),
        "not packed at all": chunk(b"iTXt", itxt(b"nonsense", packed=1)),
        "packed and cut off": chunk(b"iTXt", itxt(zlib.compress(b"x" * 1000)[:-6], packed=1)),
        "not UTF-8": chunk(b"iTXt", itxt(b"\xff\xfe{}")),
        "too long": chunk(b"iTXt", itxt(b" " * (MOST_TEXT + 1))),
        "a bomb": chunk(b"iTXt", itxt(zlib.compress(bytes(20 * 2**20)), packed=1)),
        "a bomb elsewhere": chunk(b"zTXt", b"labkhand\0\0" + zlib.compress(bytes(5 * 2**20))),
    }
    for why, bad in damaged.items():
        assert read_text(png(tmp_path / "a.png", bad), RECIPE_KEY) is None, why
        assert read_text(png(tmp_path / "a.png", bad, chunk(b"iTXt", good)), RECIPE_KEY) == '{"a": 1}', why
    lies = chunk(b"iTXt", good, length=2**31)
    assert read_text(png(tmp_path / "a.png", lies), RECIPE_KEY) is None
    whole = png(tmp_path / "a.png", chunk(b"iTXt", good)).read_bytes()
    for end in range(len(whole) - 12):
        (tmp_path / "cut.png").write_bytes(whole[:end])
        assert read_text(tmp_path / "cut.png", RECIPE_KEY) in (None, '{"a": 1}')


def test_a_hundred_megabytes_and_a_million_chunks_end_soon(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.write(SIGNATURE + struct.pack(">I", 100 * 2**20) + b"iTXtlabkhand\0\0\0\0\0")
        file.truncate(100 * 2**20 + 20)
    assert read_text(tmp_path / "large.png", RECIPE_KEY) is None
    (tmp_path / "many.png").write_bytes(SIGNATURE + chunk(b"abCd", b"") * 500_000 + chunk(b"iTXt", itxt(b"{}")))
    assert read_text(tmp_path / "many.png", RECIPE_KEY) is None


def test_a_header_that_asks_for_the_largest_picture_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path.write_bytes(SIGNATURE + chunk(b"IHDR", header) + chunk(b"iTXt", itxt(b'{"a": 1}')) + chunk(b"IEND", b""))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_recipe(path) == {"a": 1}


@pytest.mark.parametrize("text", ["[" * 500_000, '{"a":' * 100_000, "1" * 10_000, '{"a": ' + "9" * 5000 + "}", "NaN", "[]", ""])
def test_what_is_no_json_object_is_no_recipe(tmp_path: Path, text: str) -> None:
    assert read_recipe(png(tmp_path / "a.png", chunk(b"iTXt", itxt(text.encode())))) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, 120))
def test_any_bytes_give_an_answer(tmp_path: Path, noise: bytes, place: int) -> None:
    whole = png(tmp_path / "a.png", chunk(b"iTXt", itxt(b'{"a": 1}'))).read_bytes()
    for data in (noise, SIGNATURE + noise, whole[:place] + noise, whole[:place] + noise + whole[place + len(noise) :]):
        (tmp_path / "noise.png").write_bytes(data)
        assert read_recipe(tmp_path / "noise.png") is None or isinstance(read_recipe(tmp_path / "noise.png"), dict)
