"""`cache`: seen, bounded, cleared; and what `data` says of a folder that is larger than the limit."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.helpers.commands import main_py
from tests.helpers.tiny_faces import write_faces


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LABKHAND_CACHE_LIMIT", raising=False)
    return tmp_path / "cache"


@pytest.mark.long
def test_it_is_seen_bounded_and_cleared(tmp_path: Path, folder: Path) -> None:
    faces = write_faces(tmp_path / "faces", {"smile": 3, "non_smile": 2})
    assert main_py("data", faces, "--set", "data.image_size=32").returncode == 0
    done = main_py("cache", "--limit", "5", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["folder"] == str(folder)
    assert (result["limit_bytes"], result["freed_bytes"]) == (5_000_000_000, 0)
    (entry,) = result["entries"]
    assert (entry["name"], entry["images"], entry["image_size"], entry["in_use"]) == ("faces", 5, 32, False)
    assert entry["bytes"] == result["bytes"] > 5 * 32 * 32 * 3
    text = main_py("cache").stdout
    assert "1 MB of at most 5.0 GB" in text
    assert "faces, 5 pictures of 32 px, used today" in text
    cleared = main_py("cache", "--clear")
    assert cleared.stderr == "1 MB freed.\n"
    assert "0 MB of at most 5.0 GB" in cleared.stdout
    assert os.listdir(folder) == ["limit.json"]


@pytest.mark.parametrize("limit", ["0", "-3", "nan"])
def test_a_limit_that_is_none_is_a_sentence(limit: str, folder: Path) -> None:
    done = main_py("cache", f"--limit={limit}")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("labkhand: The limit of the cache is ")
    assert not folder.exists()


def test_the_environment_bounds_every_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE_LIMIT", "much")
    done = main_py("data", write_faces(tmp_path / "faces", {"": 2}))
    assert (done.returncode, done.stdout) == (3, "")
    assert "LABKHAND_CACHE_LIMIT is 'much'." in done.stderr


@pytest.mark.long
def test_more_than_the_limit_is_read_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE_LIMIT", "0.1")
    faces = write_faces(tmp_path / "faces", {"": 130}, size=(16, 16))
    done = main_py("data", faces, "--set", "data.image_size=512", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["images"] == 130
    assert done.stderr == "These pictures take 103 MB in the cache, more than its limit of 100 MB; they are kept all the same.\n"
