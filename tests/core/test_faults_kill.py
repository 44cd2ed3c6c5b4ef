"""SIGKILL at random moments: every file stays whole, and the end is the uninterrupted run's, bit for bit."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest

from core.checkpoint import read_header
from core.events import EpochFinished, RunFinished, RunStarted
from tests.helpers.faults import (
    Child,
    assert_whole,
    best,
    finished,
    kill_at_start,
    kill_in_epoch,
    kill_in_save,
    last,
    recorded_epochs,
    tiny_words,
    wrapper,
)
from tests.helpers.runs import assert_same_checkpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")

KILLS, EPOCHS = 6, 4


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = finished(*tiny_words(), "--out", folder)
    assert done.process.returncode == 0, done.errors
    return folder


@pytest.mark.long
def test_killed_again_and_again_it_ends_bit_for_bit_the_same(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = int(os.environ.get("LABKHAND_KILLS") or KILLS)
    epochs = EPOCHS if kills <= KILLS else 12
    seed = int(os.environ.get("LABKHAND_KILL_SEED") or random.SystemRandom().randrange(1_000_000))
    dice = random.Random(seed)
    said = [f"LABKHAND_KILL_SEED={seed}"]
    if epochs != EPOCHS:
        whole = tmp_path / "whole"
        assert finished(*tiny_words(epochs=epochs), "--out", whole).process.returncode == 0
    folder = tmp_path / "run"
    counts: Counter[str] = Counter()
    for number in range(kills):
        words = ["--resume"] if (folder / "config.json").is_file() else tiny_words(epochs=epochs)
        running = Child(*words, "--out", folder)
        epoch = 1 + number * (epochs - 1) // kills  # evenly over the run
        kind = ("start", "epoch", "save")[number % 3]
        if kind == "start":
            moment = kill_at_start(running, dice)
        elif kind == "epoch":
            moment = kill_in_epoch(running, dice, epoch)
        else:
            moment = kill_in_save(running, dice, epoch)
        code = running.kill()
        assert code == -9, (said, moment, running.errors)
        left = assert_whole(folder)
        counts[kind] += 1
        counts["temporary file left"] += left > 0
        said.append(f"{number + 1}: {kind}, {moment}: {left} temporary files")
    end = finished("--out", folder, "--resume")
    said.append(f"{dict(counts)}, {len(end.events)} events to the end")
    with capsys.disabled() if kills > KILLS else nullcontext():
        print("\n" + "\n".join(said))
    assert end.process.returncode == 0, (said, end.errors)
    assert isinstance(end.events[-1], RunFinished)
    assert not end.events[-1].stopped
    assert assert_whole(folder) == 0, said
    assert_same_checkpoint(last(whole), last(folder))
    assert_same_checkpoint(best(whole), best(folder))
    assert recorded_epochs(folder) == ([*range(1, epochs + 1)], [*range(1, epochs + 1)])


IN_WRITE = """
import os, signal
from pathlib import Path
name, moment, count = {name!r}, {moment!r}, {count}
def die(path):
    global count
    if Path(path).name.startswith(name):
        count -= 1
        if not count:
            os.kill(os.getpid(), signal.SIGKILL)
if moment == "half":
    from core import checkpoint  # whose files are written piece by piece
    class Halved:
        def __init__(self, path, mode):
            self.path, self.file, self.pieces = Path(path), open(path, mode), 0
        def __enter__(self):
            return self
        def __exit__(self, *_):
            self.file.close()
        def write(self, piece):
            self.pieces += 1
            if self.pieces == 8:
                if self.path.name.startswith(name) and count == 1:
                    self.file.write(bytes(piece)[: len(piece) // 2])
                    self.file.flush()
                die(self.path)
            self.file.write(piece)
    checkpoint.open = Halved
else:
    real = os.replace
    def replace(source, target):
        if moment == "after" and Path(source).name.startswith(name):
            done = real(source, target)
            die(source)
            return done
        die(source)
        return real(source, target)
    os.replace = replace
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "moment", "left"),
    [(".last.", "half", 1), (".best.", "before", 1), (".last.", "before", 1), (".last.", "after", 0), (".events.", "before", 1)],
)
def test_killed_within_a_write(whole: Path, tmp_path: Path, name: str, moment: str, left: int) -> None:
    """Half of the file written; all of it, but not yet in place; just put in place; and the log that is being rewound."""
    folder = tmp_path / "run"
    killer = wrapper(tmp_path / "killer.py", IN_WRITE.format(name=name, moment=moment, count=1 if name == ".events." else 2))
    words: list[str | Path] = [*tiny_words(), "--out", folder]
    if name == ".events.":
        with_some = Child(*words)
        with_some.wait_for_kind(EpochFinished, 2)
        with_some.kill()
        words = ["--out", folder, "--resume"]
    killed = finished(*words, script=killer)
    assert killed.process.returncode == -9, killed.errors
    assert assert_whole(folder) >= left
    before = read_header(last(folder)).epoch
    resumed = finished("--out", folder, "--resume")
    assert resumed.process.returncode == 0, resumed.errors
    started = next(event for event in resumed.events if isinstance(event, RunStarted))
    assert started.epoch == before
    assert assert_whole(folder) == 0
    assert_same_checkpoint(last(whole), last(folder))
