"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.files import cannot_write, fingerprint, to_json, write_json, write_text, write_whole
from tests.helpers.commands import ROOT


def test_a_new_file_and_its_folder_appear(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "لبخند")
    assert path.read_text(encoding="utf-8") == "لبخند"
    assert [p.name for p in path.parent.iterdir()] == ["c.txt"]
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_whoever_reads_the_old_file_reads_it_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    write_text(path, "old " * 10_000)
    with open(path, encoding="utf-8") as reader:
        assert reader.read(4) == "old "
        write_text(path, "new")
        assert reader.read() == "old " * 9_999
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), ValueError("a bug"), KeyboardInterrupt()])
def test_the_old_file_stays_when_writing_fails(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")

    def fail(beside: Path) -> None:
        assert beside.parent == path.parent
        beside.write_text("half")
        raise error

    with pytest.raises(CoreError if isinstance(error, OSError) else type(error)):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.name != "settings.ini"] == ["x.txt"]


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from core import checkpoint
from core.config import DataConfig, TrainConfig
from core.errors import CoreError
from core.files import write_text
from core.export.images import save_picture
folder = Path(sys.argv[1])
header = checkpoint.Header("", TrainConfig(data=DataConfig(image_size=32)), (3, 32, 32))
small = {"model.a": np.zeros(10, np.float32)}
write_text(folder / "a.txt", "old")
checkpoint.save(folder / "c.safetensors", header, small)
save_picture(folder / "p.png", np.zeros((4, 4, 3), np.uint8))
before = {p.name: p.read_bytes() for p in folder.iterdir()}
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
for write in (
    lambda: write_text(folder / "a.txt", "x" * 100_000),
    lambda: checkpoint.save(folder / "c.safetensors", header, {"model.a": np.zeros(100_000, np.float32)}),
    lambda: save_picture(folder / "p.png", noise),
):
    try:
        write()
    except CoreError as error:
        assert "disk is full" in error.message and error.hint, error
    else:
        sys.exit("no error")
assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
"""


def test_a_full_disk_leaves_texts_checkpoints_and_pictures_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    done = subprocess.run([sys.executable, "-c", FULL, folder], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(CoreError, match="can't be written"):
        write_text(tmp_path / "a" / "b.txt", "x")


def test_a_name_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".txt")
    write_text(path, "x")
    assert path.read_text() == "x"


def test_each_refusal_has_its_sentence(tmp_path: Path) -> None:
    for number, word in ((errno.ENOSPC, "full"), (errno.EACCES, "permission"), (errno.EIO, "Input/output")):
        error = cannot_write(tmp_path, OSError(number, os.strerror(number)))
        assert word in error.message
        assert error.hint


def test_json_holds_names_that_are_no_valid_text(tmp_path: Path) -> None:
    value = {"a": ["لبخند", "\udcff", 1.5, None]}
    write_json(tmp_path / "x.json", value)
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == value
    assert "لبخند" in to_json(value)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_fingerprints_of_different_lists_differ(one: list[str], other: list[str]) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
    assert len(fingerprint(one)) == 64
