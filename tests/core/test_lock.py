"""The lock of a run folder: one live process, and nothing left of a dead one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import CoreError, TrainingError
from core.locks import RunLock, holder, is_locked

ROOT = Path(__file__).resolve().parent.parent.parent
HOLDER = """
import sys
from pathlib import Path
from core.locks import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_held_lock_is_seen_and_let_go(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with RunLock(tmp_path):
        assert is_locked(tmp_path)
        found = holder(tmp_path)
        assert found is not None
        assert (found.pid, found.is_here) == (os.getpid(), True)
    assert not is_locked(tmp_path)
    with RunLock(tmp_path):  # the file that stayed behind locks nobody out
        assert is_locked(tmp_path)


def test_the_second_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with RunLock(tmp_path), pytest.raises(TrainingError, match=str(os.getpid())):
        RunLock(tmp_path).acquire()


def test_a_lock_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline().strip() == b"held"
        assert is_locked(tmp_path)
        with pytest.raises(TrainingError):
            RunLock(tmp_path).acquire()
        holder.kill()
        holder.wait()
    assert not is_locked(tmp_path)
    with RunLock(tmp_path):
        pass


def test_a_missing_folder_is_made_and_an_impossible_one_named(tmp_path: Path) -> None:
    with RunLock(tmp_path / "new"):
        assert is_locked(tmp_path / "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(CoreError, match="file"):
        RunLock(tmp_path / "file").acquire()
    assert not is_locked(tmp_path / "file")


def test_releasing_twice_is_harmless(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()
