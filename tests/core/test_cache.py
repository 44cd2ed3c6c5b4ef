"""Pictures are decoded once: what is kept, what is left out and why, and what makes a cache be made anew."""

from __future__ import annotations

import errno
import json
import mmap
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import DataConfig
from core.data import pictures
from core.data.cache import decoded as cache
from core.data.cache import store as cache_store
from core.data.index import scan
from core.device_count import available_cores
from core.errors import Cancelled, CoreError, DataError

CONFIG = DataConfig(image_size=32)


@pytest.fixture(autouse=True)
def folder_of_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every picture that is decoded."""
    seen: list[int] = []
    frame = pictures.frame

    def counted(data: bytes, *rest: object) -> object:
        seen.append(len(data))
        return frame(data, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pictures, "frame", counted)
    return seen


def faces(root: Path, each: int = 10, size: int = 40) -> Path:
    """Two classes of `each` pictures of noise; a picture's number can be read off its red corner."""
    rng = np.random.default_rng(0)
    for number in range(2 * each):
        folder = root / ("smile" if number % 2 else "non_smile")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
        pixels[: size // 2, : size // 2] = (number, 0, 0)
        Image.fromarray(pixels).save(folder / f"{number:04d}.png")
    return root


def spoil(root: Path) -> dict[str, str]:
    """Broken files of every kind beside good ones: name -> what the reason must hold."""
    good = next((root / "smile").glob("*.png")).read_bytes()
    broken = {
        "smile/cut.png": (good[: len(good) // 2], "the file is cut off"),
        "smile/empty.jpg": (b"", "empty file"),
        "non_smile/text.jpg": (b"not a picture at all", "not a picture"),
        "non_smile/header.gif": (b"GIF89a", "damaged"),
        "non_smile/bomb.png": (good[:16] + (60_000).to_bytes(4, "big") * 2 + good[24:], ""),
    }
    for name, (data, _) in broken.items():
        (root / name).write_bytes(data)
    (root / "smile" / "gone.webp").symlink_to(root / "nowhere.webp")
    return {name: words for name, (_, words) in broken.items()} | {"smile/gone.webp": "can't be opened: no such file"}


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_rows_are_the_pictures_in_order(tmp_path: Path) -> None:
    index = scan(str(faces(tmp_path / "data")))
    made = cache.build(index, CONFIG)
    assert made.images.shape == (20, 32, 32, 3)
    assert made.images.dtype == np.uint8
    assert isinstance(made.images.base, mmap.mmap), "on disk until it is looked at"
    assert not made.images.flags.writeable
    assert made.images[:, 4, 4, 0].tolist() == [int(Path(file).stem) for file in index.files]
    assert made.kept.tolist() == list(range(20))
    assert made.bad == ()
    assert made.duplicates == ()
    assert (made.sizes == 40).all()
    assert made.sizes.shape == (20, 2)


def test_broken_files_are_named_and_left_out(tmp_path: Path) -> None:
    root = faces(tmp_path / "data")
    broken = spoil(root)
    index = scan(str(root))
    made = cache.build(index, CONFIG)
    assert {bad.file for bad in made.bad} == set(broken)
    for bad in made.bad:
        assert bad.reason, bad.file
        assert broken[bad.file] in bad.reason, bad
    assert [index.files[row] for row in made.kept] == [file for file in index.files if file not in broken]
    assert made.images[:, 4, 4, 0].tolist() == [int(Path(index.files[row]).stem) for row in made.kept]
    again = cache.build(index, CONFIG)
    assert (again.bad, again.fingerprint, again.kept.tolist()) == (made.bad, made.fingerprint, made.kept.tolist())


def test_nothing_is_decoded_twice(tmp_path: Path, decoded: list[int]) -> None:
    root = faces(tmp_path / "data")
    first = cache.build(scan(str(root)), CONFIG)
    assert len(decoded) == 20
    second = cache.build(scan(str(root)), CONFIG)
    assert len(decoded) == 20
    assert (second.images == first.images).all()
    assert (second.sizes == first.sizes).all()
    assert second.fingerprint == first.fingerprint
    assert second.bad == first.bad


@pytest.mark.parametrize(
    "config",
    [
        DataConfig(image_size=48),
        DataConfig(image_size=32, channels=1),
        DataConfig(image_size=32, crop="0,0,20,20"),
    ],
)
def test_other_framing_is_another_cache(tmp_path: Path, decoded: list[int], config: DataConfig) -> None:
    index = scan(str(faces(tmp_path / "data", each=3)))
    first = cache.build(index, CONFIG)
    other = cache.build(index, config)
    assert len(decoded) == 12
    assert other.fingerprint != first.fingerprint
    assert other.images.shape[1:] == (config.image_size, config.image_size, config.channels)


def test_a_changed_file_is_read_again(tmp_path: Path, decoded: list[int]) -> None:
    root = faces(tmp_path / "data", each=3)
    first = cache.build(scan(str(root)), CONFIG)
    Image.new("RGB", (40, 40), (7, 7, 7)).save(root / "smile" / "0001.png")
    second = cache.build(scan(str(root)), CONFIG)
    assert len(decoded) == 12
    assert first.fingerprint != second.fingerprint
    assert (second.images[3] == 7).all()


def test_a_copy_elsewhere_has_the_same_fingerprint(tmp_path: Path) -> None:
    root = faces(tmp_path / "data", each=3)
    shutil.copytree(root, tmp_path / "copy", copy_function=shutil.copyfile)
    first, second = (cache.build(scan(str(where)), CONFIG) for where in (root, tmp_path / "copy"))
    assert first.fingerprint == second.fingerprint
    (tmp_path / "copy" / "smile" / "0001.png").rename(tmp_path / "copy" / "non_smile" / "0001.png")
    assert cache.build(scan(str(tmp_path / "copy")), CONFIG).fingerprint != first.fingerprint


def cut(pixels: Path, notes: Path) -> None:
    pixels.write_bytes(pixels.read_bytes()[:-1])


def zero(pixels: Path, notes: Path) -> None:
    pixels.write_bytes(bytes(pixels.stat().st_size))


def lose_pixels(pixels: Path, notes: Path) -> None:
    pixels.unlink()


def lose_notes(pixels: Path, notes: Path) -> None:
    notes.unlink()


def garble_notes(pixels: Path, notes: Path) -> None:
    notes.write_bytes(notes.read_bytes()[:50])


def foreign_notes(pixels: Path, notes: Path) -> None:
    notes.write_text("[1, 2]")


def fewer_in_notes(pixels: Path, notes: Path) -> None:
    about, _, rest = notes.read_text().partition("\n")
    values = json.loads(rest)
    values["kept"] = cache._packed(cache._unpacked(values["kept"]).tolist()[:-1])
    notes.write_text(f"{about}\n{json.dumps(values)}")


@pytest.mark.parametrize(
    "damage",
    [cut, zero, lose_pixels, lose_notes, garble_notes, foreign_notes, fewer_in_notes],
    ids=lambda d: d.__name__,
)
def test_a_damaged_cache_is_made_anew(
    tmp_path: Path, folder_of_cache: Path, decoded: list[int], damage: Callable[[Path, Path], None]
) -> None:
    index = scan(str(faces(tmp_path / "data", each=3)))
    first = cache.build(index, CONFIG)
    expected = np.array(first.images)
    del first
    (pixels,), (notes,) = folder_of_cache.glob("*.pixels"), folder_of_cache.glob("*.json")
    damage(pixels, notes)
    again = cache.build(index, CONFIG)
    assert len(decoded) == 12
    assert (again.images == expected).all()
    cache.build(index, CONFIG)
    assert len(decoded) == 12


def test_what_could_not_be_opened_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = faces(tmp_path / "data", each=3)
    index = scan(str(root))
    read = pictures.read_bytes

    def locked(path: str) -> bytes:
        if path.endswith("0001.png"):
            raise pictures.UnreadableFile("can't be opened: permission denied")
        return read(path)

    monkeypatch.setattr(pictures, "read_bytes", locked)
    made = cache.build(index, CONFIG)
    assert made.bad == (cache.BadFile("smile/0001.png", "can't be opened: permission denied"),)
    monkeypatch.setattr(pictures, "read_bytes", read)
    assert cache.build(index, CONFIG).bad == ()


def test_cancel_leaves_nothing(tmp_path: Path, folder_of_cache: Path, decoded: list[int]) -> None:
    index = scan(str(faces(tmp_path / "data", each=60)))
    threads = threading.active_count()

    def cancel(what: str, done: int, total: int) -> None:
        assert (what, total) == ("Reading pictures", 120)
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        cache.build(index, CONFIG, cancel)
    assert files_in(folder_of_cache) == []
    assert threading.active_count() == threads
    assert len(cache.build(index, CONFIG).images) == 120


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    cache.build(scan(str(faces(tmp_path / "data"))), CONFIG, lambda *what: heard.append(what))
    assert heard[0] == ("Reading pictures", 0, 20)
    assert heard[-1] == ("Reading pictures", 20, 20)
    assert [done for _, done, _ in heard] == sorted({done for _, done, _ in heard})


def test_exact_duplicates_are_kept_and_named(tmp_path: Path) -> None:
    root = faces(tmp_path / "data", each=3)
    shutil.copyfile(root / "smile" / "0001.png", root / "non_smile" / "copy.png")
    for name in ("a.jpg", "b.jpg"):
        (root / "smile" / name).touch()  # the same, but no pictures
    made = cache.build(scan(str(root)), CONFIG)
    assert made.duplicates == (("non_smile/copy.png", "smile/0001.png"),)
    assert len(made.images) == 7
    assert len(made.bad) == 2


def test_no_usable_picture(tmp_path: Path, folder_of_cache: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / name).touch()
    with pytest.raises(DataError, match="None of the 2 pictures") as caught:
        cache.build(scan(str(tmp_path / "data")), CONFIG)
    assert "a.jpg: empty file" in caught.value.hint
    assert files_in(folder_of_cache) == []


def test_a_full_disk_is_a_sentence(tmp_path: Path, folder_of_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = scan(str(faces(tmp_path / "data", each=3)))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(cache, "_fill", full)
        with pytest.raises(CoreError, match="The disk is full"):
            cache.build(index, CONFIG)
    assert files_in(folder_of_cache) == []
    shutil.rmtree(folder_of_cache)
    folder_of_cache.parent.mkdir(exist_ok=True)
    folder_of_cache.write_text("a file where the folder should be")
    with pytest.raises(CoreError, match="can't be written"):
        cache.build(index, CONFIG)


def test_samples(tmp_path: Path, decoded: list[int]) -> None:
    root = faces(tmp_path / "data", each=20)
    for number in range(0, 30, 2):
        (root / "non_smile" / f"{number:04d}.png").unlink()
    index = scan(str(root))  # 5 without and 20 with the smile
    made = cache.build(index, DataConfig(image_size=32, limit=10))
    assert len(decoded) == 10
    assert len(made.images) == 10
    assert np.bincount(index.labels[made.kept]).tolist() == [2, 8]
    assert cache.build(index, DataConfig(image_size=32, limit=10)).kept.tolist() == made.kept.tolist()
    other = cache.sample(index, 10, seed=1)
    assert other.tolist() != made.kept.tolist()
    assert len(other) == 10
    assert cache.sample(index, 0, 0).tolist() == cache.sample(index, 99, 0).tolist() == list(range(25))


def test_names_that_are_no_valid_text(tmp_path: Path) -> None:
    root = faces(tmp_path / "data", each=2)
    odd = os.fsencode(root / "smile") + b"/caf\xe9.png"
    shutil.copyfile(os.fsencode(root / "smile" / "0001.png"), odd)
    index = scan(str(root))
    first, second = cache.build(index, CONFIG), cache.build(index, CONFIG)
    assert first.duplicates == second.duplicates
    assert len(first.duplicates) == 1


def test_what_is_larger_than_the_limit_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = scan(str(faces(tmp_path / "data", each=3)))
    monkeypatch.setattr(cache_store, "read_limit", lambda size: (6 * 32 * 32 * 3, False))  # the notes don't fit any more
    first = cache.build(index, CONFIG)
    assert first.over_limit
    assert len(first.images) == 6
    assert not cache.build(index, CONFIG).over_limit, "said once, when they are decoded"


def test_pictures_that_the_disk_has_no_room_for_are_not_begun(
    tmp_path: Path, folder_of_cache: Path, decoded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = scan(str(faces(tmp_path / "data", each=3)))
    monkeypatch.setattr(cache_store, "free_bytes", lambda: 20_000)
    with pytest.raises(DataError, match="6 pictures in .* take 1 MB in the cache, and its disk has 1 MB free") as caught:
        cache.build(index, CONFIG)
    assert "LABKHAND_CACHE" in caught.value.hint
    assert decoded == []
    assert files_in(folder_of_cache) == []


def test_a_slow_picture_does_not_hold_up_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress goes on, and may cancel, while all threads are busy with one picture each."""
    index = scan(str(faces(tmp_path / "data", each=60)))
    release, read = threading.Event(), pictures.read_bytes
    begun: list[str] = []

    def stuck(path: str) -> bytes:
        begun.append(path)
        assert release.wait(30)
        return read(path)

    def cancel(what: str, done: int, total: int) -> None:
        if begun:
            release.set()  # the pictures under way may end; no other is begun
            raise Cancelled

    monkeypatch.setattr(pictures, "read_bytes", stuck)
    with pytest.raises(Cancelled):
        cache.build(index, CONFIG, cancel)
    assert len(begun) <= 2 * available_cores()
