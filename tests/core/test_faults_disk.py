"""A disk that fills up while a run saves or logs, logs that were torn, and folders that can't be written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.checkpoint import load
from core.events import EpochFinished, RunFailed, RunFinished, decode
from core.files import append_line
from tests.helpers.faults import Child, assert_whole, best, finished, last, recorded_epochs, tiny_words, wrapper
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, tiny, trained

needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a process's files (RLIMIT_FSIZE)")
needs_users = pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't go by a folder's mode")

LIMITED = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))"


def stopped_run(folder: Path) -> Path:
    """A run that was stopped in its second epoch."""
    run_events(tiny(), folder, until=at_step(2, 2))
    return folder


@pytest.mark.long
@needs_limits
def test_a_disk_that_is_full_when_it_saves(tmp_path: Path) -> None:
    folder = stopped_run(tmp_path / "run")
    before = last(folder).read_bytes()
    short = wrapper(tmp_path / "short.py", LIMITED.format(bytes=len(before) // 2))
    full = finished("--out", folder, "--resume", script=short)
    assert full.process.returncode == 3
    failed = full.events[-1]
    assert isinstance(failed, RunFailed)
    assert failed.message.startswith("The disk is full: ")
    assert failed.hint
    assert full.errors.splitlines() == [f"labkhand: {failed.message}", f"  {failed.hint}"]
    assert last(folder).read_bytes() == before
    load(last(folder), training_state=True)
    assert assert_whole(folder) == 0  # nothing half-written was left behind
    events = run_events(tiny(), folder, resume=True)  # there is space again
    assert isinstance(events[-1], RunFinished)
    assert_same_checkpoint(last(trained(tiny(), tmp_path / "whole")), last(folder))


@pytest.mark.long
@needs_limits
def test_a_disk_that_is_full_when_it_logs(tmp_path: Path) -> None:
    folder = stopped_run(tmp_path / "run")
    before = (folder / "events.jsonl").read_bytes()
    short = wrapper(tmp_path / "short.py", LIMITED.format(bytes=len(before) + 40))
    full = finished("--out", folder, "--resume", script=short)
    assert full.process.returncode == 3
    assert isinstance(full.events[-1], RunFailed)
    assert "events.jsonl was not written" in full.events[-1].message
    assert (folder / "events.jsonl").read_bytes() == before  # not half a line
    assert isinstance(run_events(tiny(), folder, resume=True)[-1], RunFinished)
    assert recorded_epochs(folder) == ([1, 2], [1, 2])


def test_torn_lines_make_way_also_where_nothing_is_rewound(tmp_path: Path) -> None:
    folder = stopped_run(tmp_path / "run")
    whole = (folder / "events.jsonl").read_bytes()
    for name in ("events.jsonl", "metrics.csv"):  # as a kill within a write leaves it
        with open(folder / name, "ab") as opened:
            opened.write((folder / name).read_bytes().splitlines()[-1][:30])
    refused = run_events(tiny(draw_folder(tmp_path / "other", seed=5)), folder, resume=True)
    assert isinstance(refused[-1], RunFailed)
    lines = (folder / "events.jsonl").read_bytes()
    assert lines.startswith(whole)
    assert decode(lines[len(whole) :].decode()) == refused[-1]
    assert isinstance(run_events(tiny(), folder, resume=True)[-1], RunFinished)
    assert recorded_epochs(folder) == ([1, 2], [1, 2])


def test_a_line_goes_to_the_end_of_the_last_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for before, after in (
        (b"", b"new\n"),
        (b"torn", b"new\n"),
        (b"a\nb\n", b"a\nb\nnew\n"),
        (b"a\n" + b"t" * 200_000, b"a\nnew\n"),
    ):
        path.write_bytes(before)
        append_line(path, "new")
        assert path.read_bytes() == after


# Root may write anywhere; without its capabilities it may do what its files' permissions say, as anybody (man 7 capabilities).
UNPRIVILEGED = """
import ctypes, os
if os.getuid() == 0:
    version_3 = (ctypes.c_uint32 * 2)(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None, use_errno=True).capset(version_3, none) == 0, os.strerror(ctypes.get_errno())
"""


@pytest.fixture
def closing() -> Iterator[Callable[[Path], None]]:
    """Takes the right to write a folder from its owner, and gives it back in the end."""
    closed: list[Path] = []

    def close(folder: Path) -> None:
        closed.append(folder)
        folder.chmod(0o555)

    yield close
    for folder in reversed(closed):
        folder.chmod(0o755)


def refused(done: Child) -> str:
    """The one sentence that an unprivileged child ended with."""
    assert done.process.returncode == 3, done.errors
    sentence, hint = done.errors.splitlines()
    assert hint
    assert "no permission" in sentence
    return sentence


@pytest.mark.long
@needs_users
def test_folders_that_an_unprivileged_child_cannot_write(
    tmp_path: Path, closing: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = wrapper(tmp_path / "unprivileged.py", UNPRIVILEGED)
    folder = tmp_path / "runs" / "run"
    folder.mkdir(parents=True)
    closing(folder.parent)
    closing(folder)
    assert str(folder) in refused(finished(*tiny_words(), "--out", folder, script=program))
    refused(finished(*tiny_words(), "--out", folder.parent / "new", script=program))
    assert not list(folder.iterdir())

    kept = stopped_run(tmp_path / "kept")
    before = {path: path.read_bytes() for path in (last(kept), best(kept), kept / "config.json")}
    for path in (kept, kept / "checkpoints", kept / "previews"):
        closing(path)
    assert str(kept) in refused(finished("--out", kept, "--resume", script=program))
    assert {path: path.read_bytes() for path in before} == before

    shut = tmp_path / "shut"
    shut.mkdir()
    closing(shut)
    monkeypatch.setenv("LABKHAND_CACHE", str(shut / "cache"))
    assert "shut" in refused(finished(*tiny_words(), "--out", tmp_path / "other", script=program))


@pytest.mark.long
@needs_users
def test_a_folder_that_turns_read_only_in_mid_run(tmp_path: Path) -> None:
    turned = (
        "import core.checkpoint as c\nreal = c.save\n"
        "def save(path, *more):\n    made = real(path, *more)\n    path.parent.chmod(0o555)\n    return made\nc.save = save\n"
    )
    folder = tmp_path / "run"
    done = finished(*tiny_words(), "--out", folder, script=wrapper(tmp_path / "turned.py", UNPRIVILEGED + turned))
    (folder / "checkpoints").chmod(0o755)
    assert "last.safetensors" in refused(done)
    assert [event.epoch for event in done.events if isinstance(event, EpochFinished)] == [1]
    assert assert_whole(folder) == 0
