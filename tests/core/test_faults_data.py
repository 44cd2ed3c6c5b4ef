"""Pictures, and the file of decoded ones, that vanish or change while a run goes on or between two of its parts."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from core.events import RunFailed, RunFinished, Step
from tests.helpers.faults import assert_whole, child, finished, last, tiny_words
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import assert_same_checkpoint


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_folder(tmp_path / "pictures")


def cache(folder: Path) -> dict[str, str]:
    return {"LABKHAND_CACHE": str(folder)}


@pytest.mark.long
def test_the_folder_vanishes_in_mid_run(tmp_path: Path, pictures: Path) -> None:
    """What is decoded is decoded: the run comes to its end. Going on later takes the pictures again."""
    words = [*tiny_words(pictures), "--out", tmp_path / "run"]
    with child(*words, env=cache(tmp_path / "cache")) as running:
        running.wait_for_kind(Step)
        pictures.rename(tmp_path / "away")
        assert running.end() == 0, running.errors
    assert isinstance(running.events[-1], RunFinished)
    more = ["--out", tmp_path / "run", "--resume", "--epochs", "5"]
    refused = finished(*more, env=cache(tmp_path / "cache"))
    assert refused.process.returncode == 3
    assert f"neither at {pictures}" in refused.errors
    (tmp_path / "away").rename(pictures)
    assert finished(*more, env=cache(tmp_path / "cache")).process.returncode == 0


@pytest.mark.long
def test_a_picture_changes_in_mid_run(tmp_path: Path, pictures: Path) -> None:
    """The part that goes on keeps to what it began with; to resume it with other pictures is refused."""
    words = [*tiny_words(pictures), "--out", tmp_path / "run"]
    one, other = sorted((pictures / "smile").iterdir())[:2]
    before = one.read_bytes()
    whole = finished(*tiny_words(pictures), "--out", tmp_path / "whole", env=cache(tmp_path / "cache"))
    assert whole.process.returncode == 0
    with child(*words, env=cache(tmp_path / "cache")) as running:
        running.wait_for_kind(Step)
        shutil.copyfile(other, one)
        running.wait_for_kind(Step, 2)
        running.process.send_signal(signal.SIGTERM)
        running.end()
    saved = last(tmp_path / "run").read_bytes()
    refused = finished("--out", tmp_path / "run", "--resume", env=cache(tmp_path / "cache"))
    assert refused.process.returncode == 3
    assert isinstance(refused.events[-1], RunFailed)
    assert "not those that this run began with" in refused.events[-1].message
    assert last(tmp_path / "run").read_bytes() == saved
    one.write_bytes(before)
    assert finished("--out", tmp_path / "run", "--resume", env=cache(tmp_path / "cache")).process.returncode == 0
    assert_same_checkpoint(last(tmp_path / "whole"), last(tmp_path / "run"))


@pytest.mark.long
def test_the_decoded_pictures_vanish_or_are_cut_off(tmp_path: Path, pictures: Path) -> None:
    """Removed in mid-run: it goes on. Cut off between two parts: they are decoded anew. The end is the same each time."""
    decoded = tmp_path / "cache"
    assert finished(*tiny_words(pictures), "--out", tmp_path / "whole", env=cache(decoded)).process.returncode == 0
    folder = tmp_path / "run"
    with child(*tiny_words(pictures), "--out", folder, env=cache(decoded)) as running:
        running.wait_for_kind(Step)
        shutil.rmtree(decoded, ignore_errors=sys.platform == "win32")  # there what is open stays, whoever removes it
        running.wait_for_kind(Step, 2)
        running.kill()
    with child("--out", folder, "--resume", env=cache(decoded)) as running:
        running.wait_for_kind(Step, 2)
        running.kill()
    [rows] = decoded.glob("*.pixels")
    size = rows.stat().st_size
    os.truncate(rows, size // 2)
    assert finished("--out", folder, "--resume", env=cache(decoded)).process.returncode == 0
    assert rows.stat().st_size == size
    assert_same_checkpoint(last(tmp_path / "whole"), last(folder))


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps mapped files from being cut off")
def test_the_decoded_pictures_are_cut_off_in_mid_run(tmp_path: Path, pictures: Path) -> None:
    """The system ends a process that reads a mapped page which is gone; all that was saved stays, and it can be resumed."""
    decoded, folder = tmp_path / "cache", tmp_path / "run"
    with child(*tiny_words(pictures), "--out", folder, env=cache(decoded)) as running:
        running.wait_for_kind(Step, 2)
        [rows] = decoded.glob("*.pixels")
        os.truncate(rows, 0)
        assert running.end() == -signal.SIGBUS
    assert_whole(folder)
    done = finished("--out", folder, "--resume", env=cache(decoded))
    assert done.process.returncode == 0, done.errors
    assert isinstance(done.events[-1], RunFinished)
