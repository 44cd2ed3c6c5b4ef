"""A batch costs what its pictures take, however many there are in all; and memory stays flat over an epoch."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from core.data.cache import rows
from core.data.cache.rows import open_rows
from core.data.dataset import batch, epoch_order

SIDE = 128
ROW = SIDE * SIDE * 3


def pictures(path: Path, count: int) -> np.ndarray:
    """So many pictures, black but for their number in the first pixel; the file takes next to no room on the disk."""
    with open(path, "wb") as file:
        for number in range(0, count, 97):
            file.seek(number * ROW)
            file.write(number.to_bytes(2, "little"))
        file.truncate(count * ROW)
    return open_rows(path, (count, SIDE, SIDE, 3))


def calls(images: np.ndarray, chosen: np.ndarray) -> int:
    """How many functions run while a batch is read."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        batch(images, chosen, np.ones(len(chosen), bool))
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.skipif(sys.platform == "win32", reason="a file with holes takes its whole size there")
def test_a_batch_takes_only_its_own_pictures(tmp_path: Path) -> None:
    images = pictures(tmp_path / "pixels", 20_000)  # 983 MB as an array
    chosen = np.array([97 * 200, 0, 97, 19_999])
    tracemalloc.start()
    try:
        read = batch(images, chosen)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [int(one[0, 0, 0]) + 256 * int(one[0, 0, 1]) for one in read] == [97 * 200, 0, 97, 0]
    assert peak < 3 * len(chosen) * ROW


def test_no_function_runs_for_each_picture(tmp_path: Path) -> None:
    images = pictures(tmp_path / "pixels", 600)
    assert 0 < calls(images, np.arange(512)) < 64


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says how much of a process is mapped files")
def test_memory_stays_flat_over_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mapped() -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssFile:")) * 1024

    monkeypatch.setattr(rows, "RESIDENT_BYTES", 8 * 2**20)
    images = pictures(tmp_path / "pixels", 4000)  # 197 MB
    before = mapped()
    order = epoch_order(np.arange(4000), seed=0, epoch=0)
    most = 0
    for part in np.array_split(order, 40):
        batch(images, part)
        most = max(most, mapped() - before)
    assert most < 64 * 2**20


def test_a_file_of_another_length_is_refused(tmp_path: Path) -> None:
    pictures(tmp_path / "pixels", 3)
    with pytest.raises(ValueError, match="doesn't hold 4 pictures"):
        open_rows(tmp_path / "pixels", (4, SIDE, SIDE, 3))
