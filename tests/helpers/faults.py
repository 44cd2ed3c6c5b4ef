"""Real training children that meet real faults: killed at chosen moments, short of space, memory or permission."""

from __future__ import annotations

import atexit
import csv
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from core import checkpoint
from core.config import loads
from core.events import EpochFinished, Event, RunStarted, Step, decode
from core.locks import LOCK_NAME, holder
from core.runs.folder import RunFolder, columns
from tests.helpers.commands import ROOT, command
from tests.helpers.runs import toy_folder

SECONDS = 90.0  # for anything that is waited for: the machine may be busy


def tiny_words(source: Path | None = None, epochs: int = 4) -> list[str]:
    """A few epochs of many short steps on tiny pictures, with all that randomness has a part in."""
    return [
        "--data", str(source or toy_folder()), "--epochs", str(epochs), "--batch-size", "2", "--latent-dim", "4",
        "--image-size", "32",
        "--seed", "3", "--learning-rate", "0.002", "--device", "cpu", "--precision", "fp32", "--threads", "1",
        "--set=data.mirror=true", "--set=model.dropout=0.1", "--set=lr_schedule=cosine",
    ]  # fmt: skip


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


def best(folder: Path) -> Path:
    return folder / "checkpoints" / "best.safetensors"


_STARTED: list[subprocess.Popen[str]] = []


@atexit.register
def _end_all() -> None:
    """What a failing test left running."""
    for process in _STARTED:
        if process.poll() is None:
            process.kill()
            process.wait()


class Child:
    """A real `main.py train ... --events -` whose events can be waited for.

    Args:
        words: of the command line, after `train`.
        script: a program that stands in for main.py.
        more: what else `Popen` knows, as `user`.
    """

    def __init__(self, *words: str | Path, script: Path | None = None, **more: Any) -> None:
        line = [*command("train", *words), "--events", "-"]
        if script is not None:
            line[1] = str(script)
        environment = os.environ | {"PYTHONUNBUFFERED": "1"} | more.pop("env", {})
        self.process = subprocess.Popen(
            line, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", env=environment, **more,
        )  # fmt: skip
        self.events: list[Event] = []
        self.errors = ""
        _STARTED.append(self.process)
        self._changed = threading.Condition()
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_events, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = decode(line)
            with self._changed:
                if event is not None:
                    self.events.append(event)
                self._changed.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    def wait_for(self, wanted: Callable[[Event], bool]) -> Event | None:
        """The first event that fits; None where the child ends without one."""
        deadline = time.perf_counter() + SECONDS
        seen = 0
        with self._changed:
            while True:
                for event in self.events[seen:]:
                    if wanted(event):
                        return event
                seen = len(self.events)
                if not self._readers[0].is_alive() and self.process.poll() is not None:
                    return None
                assert time.perf_counter() < deadline, "the child says nothing"
                self._changed.wait(0.05)

    def wait_for_kind(self, kind: type, epoch: int = 0) -> Any:
        """The first event of a kind, of an epoch or later."""
        found = self.wait_for(lambda event: isinstance(event, kind) and getattr(event, "epoch", epoch) >= epoch)
        assert found is not None, self.errors
        return found

    def kill(self) -> int:
        """SIGKILL, and the exit code."""
        self.process.kill()
        return self.end()

    def end(self) -> int:
        """Wait for its end; gives the exit code."""
        code = self.process.wait(timeout=SECONDS)
        for reader in self._readers:
            reader.join(timeout=SECONDS)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return code


@contextmanager
def child(*words: str | Path, **more: Any) -> Iterator[Child]:
    """A child that is gone when the block ends."""
    made = Child(*words, **more)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.kill()


def finished(*words: str | Path, **more: Any) -> Child:
    """A child that ran to its end."""
    made = Child(*words, **more)
    made.end()
    return made


def assert_whole(folder: Path) -> int:
    """Every file that stands under its name can be read in full; gives how many temporary files stand beside them.

    Of the two logs the last line may be torn, nothing else.
    """
    temporary = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name.startswith(".") and path.name != LOCK_NAME:
            temporary += 1
        elif path.suffix == ".safetensors":
            checkpoint.load(path, training_state=True)
        elif path.suffix == ".png":
            with Image.open(path) as image:
                image.load()
        elif path.name == "config.json":
            loads(path.read_text(encoding="utf-8"))
        elif path.name == "events.jsonl":
            whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
            assert all(decode(line) is not None for line in whole.splitlines())
        elif path.name == "metrics.csv":
            whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
            width = len(columns(RunFolder(folder).family))
            assert all(len(row) == width for row in csv.reader(whole.splitlines()))
        else:
            assert path.name == LOCK_NAME, path
    return temporary


def recorded_epochs(folder: Path) -> tuple[list[int], list[int]]:
    """The epochs in `events.jsonl` and in `metrics.csv`; every line of both must be whole."""
    events = [decode(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert None not in events
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as file:
        rows = [int(row["epoch"]) for row in csv.DictReader(file)]
    return [event.epoch for event in events if isinstance(event, EpochFinished)], rows


def wait_until(true: Callable[[], bool], running: Child) -> bool:
    """Look without a pause until it is true; False where the child ends first."""
    deadline = time.perf_counter() + SECONDS
    while not true():
        if running.process.poll() is not None:
            return False
        assert time.perf_counter() < deadline
    return True


def kill_at_start(running: Child, dice: random.Random) -> str:
    """While it reads the folder, takes back what was logged, and makes its model: before its second step."""
    folder = _folder(running)

    def is_held() -> bool:
        found = holder(folder)
        return found is not None and found.pid == running.process.pid

    wait_until(is_held, running)
    delay = dice.uniform(0, 0.5)
    end = time.perf_counter() + delay
    wait_until(lambda: time.perf_counter() > end or any(isinstance(event, Step) for event in running.events), running)
    return f"{delay:.3f} s after it took the lock, or at its first step"


def kill_in_epoch(running: Child, dice: random.Random, epoch: int) -> str:
    """Within a step, or after an epoch's last one while it validates and saves."""
    first = running.wait_for_kind(Step, epoch)
    step = dice.randint(1, first.steps)
    running.wait_for(lambda event: isinstance(event, Step) and event.epoch >= epoch and event.step == step)
    delay = dice.uniform(0, 0.2) if step == first.steps else dice.uniform(0, 0.01)
    time.sleep(delay)
    return f"{delay:.3f} s after step {step} of {first.steps} of epoch {epoch} or later"


def kill_in_save(running: Child, dice: random.Random, epoch: int) -> str:
    """Within the write of a checkpoint, a random moment after its temporary file appears."""
    running.wait_for_kind(Step, epoch)
    folder = last(_folder(running)).parent

    def is_written() -> bool:
        try:
            return any(entry.startswith(".") for entry in os.listdir(folder))
        except FileNotFoundError:
            return False

    wait_until(is_written, running)
    delay = dice.uniform(0, 0.012)
    end = time.perf_counter() + delay
    while time.perf_counter() < end:
        pass
    return f"{1000 * delay:.1f} ms after a temporary file appeared in epoch {epoch} or later"


def _folder(running: Child) -> Path:
    words = running.process.args
    assert isinstance(words, list)
    return Path(words[words.index("--out") + 1])


def run_pid(folder: Path) -> int:
    """The process of the last start that a run recorded."""
    events = [decode(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    return [event.pid for event in events if isinstance(event, RunStarted)][-1]


def wrapper(path: Path, code: str) -> Path:
    """A program that does something first and then is main.py."""
    text = (
        f"import sys\nsys.path.insert(0, {json.dumps(str(ROOT))})\n{code}\nfrom core.cli import run\nsys.exit(run(sys.argv[1:]))\n"
    )
    path.write_text(text, encoding="utf-8")
    return path


def python(code: str, *words: str | Path) -> list[str]:
    """A command line for a few lines of Python in the project's folder."""
    return [sys.executable, "-c", code, *map(str, words)]
