"""Large WebPs, which another process makes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.errors import Cancelled, CoreError
from core.export import images, webp_process
from core.export.images import save_picture


@pytest.fixture(autouse=True)
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "LARGE_PIXELS", 0)


def noisy(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_it_is_what_pillow_makes_of_it(tmp_path: Path) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0110] = "a camera"
    pixels, alpha = noisy(300, 70), noisy(300, 70)[..., 0]
    save_picture(tmp_path / "a.webp", pixels, icc=icc, alpha=alpha, exif=exif.tobytes(), quality=80)
    plain = Image.fromarray(pixels)
    plain.putalpha(Image.fromarray(alpha))
    plain.save(tmp_path / "b.webp", quality=80, method=2, icc_profile=icc, exif=exif.tobytes())
    assert (tmp_path / "a.webp").read_bytes() == (tmp_path / "b.webp").read_bytes()


def test_it_can_be_given_up_while_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(b"old")
    bands = -(-1500 // 256)
    calls = 0

    def watch() -> None:
        nonlocal calls
        calls += 1
        if calls > bands:  # all is sent: it is at work
            raise Cancelled

    with pytest.raises(Cancelled):
        save_picture(path, noisy(1500, 1500), watch=watch)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(CoreError, match=r"The disk is full: .*a\.webp was not written"):
            save_picture(tmp_path / "a.webp", noisy(64, 64))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def test_a_process_that_ends_early_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webp_process, "IMPORTED_FROM", tmp_path)  # where it finds no program
    with pytest.raises(CoreError, match="its process ended with exit code 1"):
        save_picture(tmp_path / "a.webp", noisy(64, 64))
