"""Many files are read at the same time, but never so many that they fill the memory."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from core.config import DataConfig
from core.data import reading
from core.data.index import scan
from tests.helpers.tiny_faces import write_faces

CONFIG = DataConfig(image_size=32)


def test_the_pictures_come_in_order(tmp_path: Path) -> None:
    index = scan(str(write_faces(tmp_path, {"smile": 30, "non_smile": 30})))
    (tmp_path / "smile" / "007.png").write_bytes(b"no picture")
    rows = np.arange(0, 60, 2)
    reads = [read for read in reading.read_all(index, rows, CONFIG) if read is not None]
    assert [read.row for read in reads] == rows.tolist()
    bad = [index.files[read.row] for read in reads if read.pixels is None]
    assert bad == [file for file in index.files[::2] if file == "smile/007.png"]


def test_what_is_under_way_at_once_is_bounded_however_slowly_it_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = scan(str(write_faces(tmp_path, {"": 200}, size=(8, 8))))
    begun, taken, most = 0, 0, 0
    lock = threading.Lock()
    read = reading._read_chunk

    def counted(*arguments: object) -> object:
        nonlocal begun, most
        with lock:
            begun += 1
            most = max(most, begun - taken // reading.CHUNK)
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_read_chunk", counted)
    for one in reading.read_all(index, np.arange(200), CONFIG):
        taken += one is not None
    assert begun == 25
    assert most <= 2 * reading.threads() + 2


def test_closing_ends_it(tmp_path: Path) -> None:
    index = scan(str(write_faces(tmp_path, {"": 400}, size=(8, 8))))
    before = threading.active_count()
    reads = reading.read_all(index, np.arange(400), CONFIG)
    assert next(read for read in reads if read is not None).row == 0
    assert threading.active_count() > before
    reads.close()
    assert threading.active_count() == before
