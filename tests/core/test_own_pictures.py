"""Pictures that the program wrote itself are told by what stands in them, and are no data."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.data import own_pictures
from core.data.cache.store import clean_leftovers, clear
from core.data.index import holds_data, scan
from core.data.own_pictures import OWN, OWN_XMP, is_own
from core.errors import DataError
from core.export.animation import save_animation
from core.export.images import LARGE_PIXELS, save_picture

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 24, 3)).astype(np.uint8)
RECIPE = {"what": "edit"}


@pytest.fixture(autouse=True)
def folder_of_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_saved_edits_are_told_from_other_pictures(tmp_path: Path, ending: str) -> None:
    edit, plain = tmp_path / f"edit{ending}", tmp_path / f"plain{ending}"
    save_picture(edit, PICTURE, RECIPE, exif=Image.Exif().tobytes())
    save_picture(plain, PICTURE)
    assert is_own(edit)
    assert not is_own(plain)
    renamed = edit.rename(tmp_path / "renamed.jpeg")  # what counts is what it is
    assert is_own(renamed)


def test_a_large_edit_and_films(tmp_path: Path) -> None:
    side = round(LARGE_PIXELS**0.5) + 10
    save_picture(tmp_path / "large.webp", np.zeros((side, side, 3), np.uint8), RECIPE)
    assert is_own(tmp_path / "large.webp")
    for name in ("film.gif", "film.webp"):
        save_animation(tmp_path / name, [PICTURE, PICTURE[::-1]], [100, 100])
        assert is_own(tmp_path / name)


def test_notes_of_other_programs_are_no_sign(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_itxt("Title", "Labkhand 0.1.0")  # a name like any other
    image = Image.fromarray(PICTURE)
    image.save(tmp_path / "a.png", pnginfo=texts)
    image.save(tmp_path / "b.jpg", xmp=OWN_XMP.replace(b"Labkhand", b"Aftaband"), comment=b"Labkhand 0.1.0")
    image.save(tmp_path / "c.webp", xmp=OWN_XMP.replace(b"Labkhand 0", b"Labkhand v0"))
    image.save(tmp_path / "d.gif", comment=b"labkhand")
    image.convert("L").save(tmp_path / "e.webp", lossless=True)
    assert not any(is_own(path) for path in tmp_path.glob("*.*"))
    assert not is_own(tmp_path / "missing.png")


BEGINNINGS = (b"\xff\xd8\xff\xe1", b"RIFF\0\0\0\0WEBPVP8X", b"GIF89a\0\0\0\0\xff", b"\x89PNG\r\n\x1a\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=80))
def test_damaged_files_get_an_answer(tmp_path: Path, start: bytes, rest: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(start + rest)
    assert not is_own(path)


def test_a_gif_whose_comments_never_end(tmp_path: Path) -> None:
    path = tmp_path / "endless.gif"
    path.write_bytes(b"GIF89a" + bytes(7) + b"!\xfe" + struct.pack("B", 255) + b"a" * 10)
    assert not is_own(path)


def faces(root: Path, count: int = 2) -> Path:
    for name in ("smile", "non_smile"):
        for number in range(count):
            save_picture(root / name / f"{number}.png", PICTURE)
    return root


def test_they_are_no_data_wherever_they_lie(tmp_path: Path) -> None:
    root = faces(tmp_path / "data")
    before = scan(str(root))
    save_picture(root / "edited" / "0.jpg", PICTURE, RECIPE)
    save_picture(root / "smile" / "0-smile-60.png", PICTURE, RECIPE)
    after = scan(str(root))
    assert (after.files, after.classes, after.positive) == (before.files, before.classes, "smile")
    assert [(entry.place, entry.count, entry.reason) for entry in after.passed_over] == [(".", 2, OWN)]
    with pytest.raises(DataError, match=r"no pictures that can be used: 1 is passed over \(written by Labkhand\)"):
        scan(str(root / "edited"))


def test_of_large_folders_the_answer_is_kept(tmp_path: Path, folder_of_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_pictures, "_REMEMBERED_FROM", 4)
    root = faces(tmp_path / "data", count=3)
    save_picture(root / "smile" / "edit.png", PICTURE, RECIPE)
    looked_at: list[Path] = []

    def look(path: Path) -> bool:
        looked_at.append(path)
        return is_own(path)

    monkeypatch.setattr(own_pictures, "is_own", look)
    first = scan(str(root))
    assert (len(looked_at), len(first.files)) == (7, 6)
    assert scan(str(root)).files == first.files
    assert len(looked_at) == 7
    (memo,) = folder_of_cache.rglob("*.own")
    for damaged in ("nonsense", '["elsewhere.png"]', "{}"):
        memo.write_text(damaged)
        assert scan(str(root)).files == first.files
    assert len(looked_at) == 28
    save_picture(root / "smile" / "another.png", PICTURE, RECIPE)
    assert scan(str(root)).files == first.files
    assert len(looked_at) == 28 + 8


def test_the_kept_answers_go_with_the_cache(tmp_path: Path, folder_of_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_pictures, "_REMEMBERED_FROM", 1)
    scan(str(faces(tmp_path / "data")))
    clean_leftovers()
    assert list(folder_of_cache.rglob("*.own"))
    clear()
    assert not list(folder_of_cache.rglob("*.own"))


def test_a_folder_that_holds_data(tmp_path: Path) -> None:
    root = faces(tmp_path / "data")
    assert holds_data(root / "smile", str(root))
    save_picture(root / "out" / "sheet.png", PICTURE, RECIPE)
    for outside in (root / "out", root / "new", root, tmp_path / "elsewhere"):
        assert not holds_data(outside, str(root))
    assert not holds_data(root / "smile", str(root / "non_smile"))
    assert not holds_data(root / "smile", "demo")
