"""The cache as a whole: its size, its bound, what goes first, what stays, what is cleared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.config import DataConfig
from core.data.cache import decoded as cache
from core.data.cache import limit as cache_limit
from core.data.cache import rows
from core.data.cache import store as cache_store
from core.data.cache.limit import GB
from core.data.cache.store import usage
from core.data.index import demo_folder, scan
from core.errors import ConfigError
from tests.helpers.tiny_faces import write_faces

CONFIG = DataConfig(image_size=32)
ROW = 32 * 32 * 3
needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="Windows itself keeps open files from being deleted")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LABKHAND_CACHE_LIMIT", raising=False)
    return tmp_path / "cache"


def imported(tmp_path: Path, name: str, age: float = 0.0, count: int = 4) -> cache_store.Store:
    """A store of pictures that were last used some seconds ago."""
    root = write_faces(tmp_path / name, {"smile": count}, seed=len(name))
    cache.build(scan(str(root)), CONFIG)
    (store,) = [store for store in cache_store.stores() if store.name == name]
    at = time.time() - age
    os.utime(store.path.with_suffix(".json"), (at, at))
    return store


def names() -> list[str]:
    return [store.name for store in cache_store.stores()]


def bound(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(cache_store, "read_limit", lambda held: (size, False))


def test_an_empty_cache_has_a_limit(folder: Path) -> None:
    now = usage()
    assert (now.bytes, now.stores, now.fixed, now.folder) == (0, (), False, folder)
    assert 0 < now.limit <= 20 * GB
    assert now.limit <= now.free
    assert not folder.exists(), "asking makes nothing"


def test_stores_say_what_they_hold(tmp_path: Path) -> None:
    imported(tmp_path, "older", age=100)
    imported(tmp_path, "newer")
    newer, older = usage().stores
    assert (newer.name, newer.images, newer.image_size, newer.root) == ("newer", 4, 32, str((tmp_path / "newer").resolve()))
    assert older.name == "older"
    on_disk = sum(file.stat().st_size for file in (tmp_path / "cache").iterdir())
    assert usage().bytes == usage().clearable == on_disk >= 2 * 4 * ROW


def test_the_longest_unused_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, age in (("aa", 300), ("bbb", 100), ("cccc", 200)):
        imported(tmp_path, name, age)
    bound(monkeypatch, usage().bytes)
    imported(tmp_path, "fresh")
    assert names() == ["fresh", "bbb", "cccc"]


def test_opening_counts_as_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(tmp_path, "aa", age=300)
    imported(tmp_path, "bbb", age=200)
    cache.build(scan(str(tmp_path / "aa")), CONFIG)  # as a second opening does
    assert names() == ["aa", "bbb"]
    bound(monkeypatch, usage().bytes)
    imported(tmp_path, "cccc")
    assert sorted(names()) == ["aa", "cccc"]


@needs_locks
def test_what_is_open_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(tmp_path, "open", age=300)
    imported(tmp_path, "closed", age=100)
    opened = cache.build(scan(str(tmp_path / "open")), CONFIG)
    part = opened.images[1:2]
    os.utime(usage().stores[0].path.with_suffix(".json"), (1, 1))
    del opened
    assert [(store.name, store.in_use) for store in usage().stores] == [("closed", False), ("open", True)]
    bound(monkeypatch, 0)
    imported(tmp_path, "new")
    assert sorted(names()) == ["new", "open"]
    cleared = cache_store.clear()
    assert names() == ["open"]
    assert cleared.freed > 0
    assert cleared.kept == usage().bytes > 0
    assert usage().clearable == 0
    assert part.any()
    del part
    assert cache_store.clear().kept == 0
    assert names() == []


@needs_locks
def test_what_another_process_has_open_stays(tmp_path: Path) -> None:
    store = imported(tmp_path, "faces")
    program = (
        "import sys; from pathlib import Path; from core.data.cache.rows import open_rows\n"
        f"images = open_rows(Path({str(store.path)!r}), (4, 32, 32, 3)); print(images.sum(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert int(other.stdout.readline()) > 0
        assert usage().stores[0].in_use
        assert cache_store.clear().freed == 0
        other.kill()
    assert not usage().stores[0].in_use, "it ended, however it did"
    assert cache_store.clear().freed == store.bytes


def test_a_limit_is_remembered_and_drops_what_is_too_much(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(tmp_path, "aa", age=300)
    second = imported(tmp_path, "bbb")
    assert cache_store.set_limit(7.5) == 0
    assert (usage().limit, usage().fixed) == (7_500_000_000, False)
    monkeypatch.setattr(cache_limit, "LEAST_LIMIT", 1)
    assert cache_store.set_limit((second.bytes + 10) / GB) > 0
    assert names() == ["bbb"]
    (folder / "limit.json").write_text("[")
    assert usage().limit <= 20 * GB, "a broken file is none"


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "much", "1e9"])
def test_a_limit_is_a_size(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE_LIMIT", value)
    with pytest.raises(ConfigError, match="LABKHAND_CACHE_LIMIT"):
        usage()
    with pytest.raises(ConfigError, match="limit of the cache"):
        cache_store.set_limit(float(value) if value != "much" else float("nan"))


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    cache_store.set_limit(5)
    monkeypatch.setenv("LABKHAND_CACHE_LIMIT", "0.5")
    assert (usage().limit, usage().fixed) == (GB // 2, True)


def test_the_default_follows_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    for free, expected in ((8 * GB, 2 * GB), (1000 * GB, 20 * GB), (0, GB // 10)):
        monkeypatch.setattr(cache_limit, "free_bytes", lambda free=free: free)
        assert cache_limit.read_limit(0) == (expected, False)
    monkeypatch.setattr(cache_limit, "free_bytes", lambda: 4 * GB)
    assert cache_limit.read_limit(4 * GB) == (2 * GB, False), "what the cache holds is as good as free"


def test_a_full_disk_costs_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE_LIMIT", "1")  # or it would follow the disk, which other tests write to
    for name, age in (("aa", 300), ("bbb", 100)):
        imported(tmp_path, name, age)
    whole, limit = usage().bytes, usage().limit
    monkeypatch.setattr(cache_store, "free_bytes", lambda: limit - sum(store.bytes for store in cache_store.stores()))
    assert cache_store.make_room(limit // 2 - whole, "They")
    assert names() == ["bbb", "aa"], "there is room enough"
    monkeypatch.setattr(cache_store, "RESERVE", 0)
    assert cache_store.make_room(limit - whole + 10, "They")
    assert names() == ["bbb"]


def test_what_a_killed_import_left_is_cleaned(tmp_path: Path, folder: Path) -> None:
    store = imported(tmp_path, "faces")
    old, new = folder / f".{'0' * 32}.abcdefgh.pixels", folder / f".{'1' * 32}.abcdefgh.pixels"
    orphan, foreign = folder / f"{'2' * 32}.json", folder / "mine.json"
    half = folder / ".demo-4000-128.xyz" / "demo-4000-128" / "smile"
    half.mkdir(parents=True)
    for path in (old, new, orphan, foreign, half / "00001.png"):
        path.write_bytes(b"1")
    for path in (old, half, half.parent, half.parent.parent):
        os.utime(path, (1, 1))
    cache_store.clean_leftovers()
    left = {path.name for path in folder.iterdir()}
    assert left == {store.path.name, f"{store.path.stem}.json", new.name, foreign.name}


@needs_locks
def test_what_is_being_written_is_no_leftover(folder: Path) -> None:
    folder.mkdir()
    path = folder / f".{'0' * 32}.abcdefgh.pixels"
    with open(path, "wb") as file:
        rows.hold(file.fileno(), shared=False)
        os.utime(path, (1, 1))
        cache_store.clean_leftovers()
        assert path.exists()
    cache_store.clean_leftovers()
    assert not path.exists()


@needs_locks
def test_drawn_faces_are_counted_and_stay_while_they_are_open(folder: Path) -> None:
    write_faces(demo_folder(), {"smile": 5, "non_smile": 4})
    (demo_folder() / "labels.csv").write_text("file,smile\n" + "".join(f"smile/{n:03d}.png,1\n" for n in range(5)))
    index = scan("demo")
    (drawn,) = usage().stores
    assert (drawn.drawn, drawn.images, drawn.in_use) == (True, 9, False)
    opened = cache.build(index, CONFIG)
    assert {(store.drawn, store.in_use) for store in usage().stores} == {(True, True), (False, True)}
    cache_store.clear()
    assert demo_folder().is_dir()
    del opened
    cache_store.clear()
    assert usage().stores == ()
    assert not demo_folder().exists()


def test_foreign_notes_make_a_nameless_store(folder: Path, tmp_path: Path) -> None:
    store = imported(tmp_path, "faces")
    for text in ("", "[]", json.dumps({"images": "many"}), "{", "é"):
        store.path.with_suffix(".json").write_text(text, encoding="latin-1")
        (found,) = usage().stores
        assert (found.name, found.images) == ("", 0)
        assert found.bytes >= 4 * ROW


def test_memory_is_given_back_after_a_lot_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "RESIDENT_BYTES", 3 * ROW)
    advised: list[int] = []
    monkeypatch.setattr(rows._Map, "madvise", lambda self, advice: advised.append(advice), raising=False)
    opened = cache.build(scan(str(write_faces(tmp_path / "faces", {"": 4}))), CONFIG)
    before = np.array(opened.images)
    for _ in range(2):
        rows.give_back(opened.images, 2 * ROW)
    rows.give_back(before, 100 * ROW)
    assert len(advised) == (0 if sys.platform == "win32" else 1)
    assert (opened.images == before).all()


def test_sizes_for_people() -> None:
    texts = [cache_limit.size_text(size) for size in (0, 1, 120_000_000, 999_900_000, 9_830_000_000, 120 * GB)]
    assert texts == ["0 MB", "1 MB", "120 MB", "1.0 GB", "9.8 GB", "120 GB"]
