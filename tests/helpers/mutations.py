"""Run folders as accidents, other programs and newer versions leave them: healthy ones, changed at random by a seed."""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.config import preset, to_dict, with_values
from core.events import CheckpointSaved, Event, Log, RunFailed, RunFinished, RunStarted, encode
from core.files import write_json
from tests.helpers.fake_train import epoch_event

DEFAULT, VARIABLE = 60, "LABKHAND_MUTATED_RUNS"
EPOCHS = 12
CONFIG = with_values(preset("quick"), {"data.source": "/pictures/celeba", "epochs": EPOCHS})
FILES = ("config.json", "events.jsonl", "metrics.csv", ".lock", ".window", "commands.jsonl")

ODD_TEXTS = (
    "", "x", "12", "1e3", "NaN", "\0", "\ud800", "\udcff", "\u202eابج", "a\nb\tc", "لبخند", "x" * 6000, "../..", "/", "$x_{1$", "٣",
)  # fmt: skip
KEYS = ("v", "event", "time", "epoch", "epochs", "train", "valid", "seconds", "kl_per_dim", "preview", "config", "data")
ODD_NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 7, 1.5, -0.0, 1e-320, 1e300, -1e308, 2**31, 2**63, 10**30, 10**400, math.nan, math.inf, -math.inf,
)  # fmt: skip
ODD: tuple[Any, ...] = (None, True, False, [], {}, [1], [None, "x", {}], {"a": 1}, [[[]]], *ODD_NUMBERS, *ODD_TEXTS)


def wanted_count() -> int:
    """How many mutated folders a test looks at: a quick share, or as many as the variable says."""
    return int(os.environ.get(VARIABLE, DEFAULT))


def healthy_run(folder: Path) -> Path:
    """A run of a few epochs, resumed once, as the program leaves it; gives the folder."""
    write_json(folder / "config.json", to_dict(CONFIG))
    (folder / "previews").mkdir()
    events: list[Event] = [started(folder, 0), Log("hello")]
    for epoch in range(1, EPOCHS + 1):
        preview = folder / "previews" / f"epoch_{epoch:05d}.png"
        preview.touch()
        events += [epoch_event(epoch, EPOCHS, str(preview)), CheckpointSaved("last.safetensors", epoch == 5, epoch)]
        if epoch == 6:
            events += [RunFailed("The disk is full.", "Free some space."), started(folder, epoch)]
    events.append(RunFinished(False, EPOCHS, 30.0))
    lines = [encode(event, 1.7e9 + number) + "\n" for number, event in enumerate(events)]
    (folder / "events.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "metrics.csv").write_text("epoch,seconds\n1,2.0\n2,2.0\n", encoding="utf-8")
    (folder / ".lock").write_text("4242 somewhere", encoding="utf-8")
    return folder


def started(folder: Path, epoch: int) -> RunStarted:
    """The event of a process that begins, with all that a run says of its pictures."""
    look = {"pictures": 50, "brightness": 99.0, "brightness_spread": 5.0, "sharpness": 9.0, "sharpness_spread": 1.0}
    data = {
        "name": "celeba",
        "images": 120,
        "train": 96,
        "valid": 24,
        "classes": {"smile": 60, "non_smile": 60},
        "positive": "smile",
        "class_looks": {"smile": look, "non_smile": look | {"brightness": 150.0}},
        "copies_across_split": 3,
    }
    return RunStarted(str(folder), to_dict(CONFIG), data, "cpu", "fp32", 1000, 2, epoch, 1)


def mutated_run(folder: Path, seed: int) -> list[str]:
    """A healthy run at `folder`, changed in one to four ways; the same for the same seed.

    Returns:
        What was done, for whoever has to find out why a test failed.
    """
    rng = random.Random(seed)
    healthy_run(folder)
    return [rng.choices(_WAYS, _WEIGHTS)[0](folder, rng) for _ in range(rng.randint(1, 4))]


# -- ways to change a run; each says what it did


def _values(folder: Path, rng: random.Random) -> str:
    """Odd values in the place of some in one to three events."""
    lines = _lines(folder)
    told = []
    for _ in range(rng.randint(1, 3)):
        number = rng.randrange(len(lines)) if lines else 0
        told.append(f"line {number}: {_change(lines, number, rng)}")
    _write_lines(folder, lines)
    return "; ".join(told)


def _everywhere(folder: Path, rng: random.Random) -> str:
    """The same odd value under one key in all events that have it: another program's habit."""
    key = rng.choice(KEYS)
    missing, odd = rng.random() < 0.3, rng.choice(ODD)
    lines = []
    for line in _lines(folder):
        with contextlib.suppress(ValueError, RecursionError):
            values = json.loads(line)
            if isinstance(values, dict) and key in values:
                if missing:
                    del values[key]
                else:
                    values[key] = odd
                line = json.dumps(values).encode()  # noqa: PLW2901 - the line as it is written
        lines.append(line)
    _write_lines(folder, lines)
    return f"{key} {'missing' if missing else _short(odd)} everywhere"


def _dimensions(folder: Path, rng: random.Random) -> str:
    """Other numbers of dimensions from epoch to epoch."""
    lines = []
    for line in _lines(folder):
        with contextlib.suppress(ValueError, RecursionError):
            values = json.loads(line)
            if isinstance(values, dict) and "kl_per_dim" in values:
                values["kl_per_dim"] = [rng.choice((0.1, 3.0, *ODD[:24])) for _ in range(rng.choice((0, 1, 3, 5000)))]
                line = json.dumps(values).encode()  # noqa: PLW2901
        lines.append(line)
    _write_lines(folder, lines)
    return "dimensions that come and go"


def _order(folder: Path, rng: random.Random) -> str:
    lines = _lines(folder)
    rng.shuffle(lines)
    _write_lines(folder, lines + lines[: rng.randint(0, 5)])
    return "events in another order"


def _newer(folder: Path, rng: random.Random) -> str:
    """As a newer version might write: another number, more events, more keys."""
    version = rng.choice((2, 17, "2", 1.5))
    lines = []
    for line in _lines(folder):
        with contextlib.suppress(ValueError, RecursionError):
            values = json.loads(line)
            if isinstance(values, dict):
                line = json.dumps(values | {"v": version, "more": rng.choice(ODD)}).encode()  # noqa: PLW2901
        lines.append(line)
    _write_lines(folder, lines)
    return f"version {version!r}"


def _settings(folder: Path, rng: random.Random) -> str:
    path = folder / "config.json"
    try:
        values = json.loads(path.read_bytes())
        told = ", ".join(_changed(values, rng) for _ in range(rng.randint(1, 3)))
        path.write_text(json.dumps(values))
    except (OSError, ValueError, RecursionError):
        return "no settings to change"
    return f"settings: {told}"


def _bytes(folder: Path, rng: random.Random) -> str:
    """Bytes of a file changed, put in, cut out or cut off; or other bytes altogether."""
    path = folder / rng.choice(FILES[:4])
    data = bytearray(path.read_bytes()) if path.is_file() else bytearray()
    way = rng.choice(("flip", "insert", "cut out", "cut off", "empty", "noise", "utf-16", "mark", "nested", "windows"))
    place = rng.randrange(len(data)) if data else 0
    if way == "flip":
        for _ in range(rng.randint(1, 20)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
    elif way == "insert":
        data[place:place] = rng.choice((b"\0", b"\xff\xfe", b"\r", b"\n\n", b"\xed\xa0\x80", b"{", b'"', b"\x1b[2J", bytes(4096)))
    elif way == "cut out":
        del data[place : place + rng.randint(1, 400)]
    elif way == "cut off":
        del data[place:]
    elif way == "empty":
        data = bytearray()
    elif way == "noise":
        data = bytearray(rng.randbytes(rng.choice((1, 100, 5000))))
    elif way == "utf-16":
        data = bytearray(data.decode("utf-8", "replace").encode("utf-16"))
    elif way == "mark":
        data = bytearray(b"\xef\xbb\xbf") + data
    elif way == "nested":
        data[place:place] = rng.choice((b"[", b'{"a":')) * 20_000
    else:
        data = bytearray(bytes(data).replace(b"\n", b"\r\n"))
    with contextlib.suppress(OSError):  # a folder lies there by now, or a link that leads nowhere
        path.write_bytes(data)
    return f"{path.name}: {way} at {place}"


def _files(folder: Path, rng: random.Random) -> str:
    """A file gone, a folder in its place, or a link that leads nowhere or to itself."""
    name = rng.choice((*FILES, "previews"))
    path = folder / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    way = rng.choice(("gone", "a folder", "a broken link", "a link to itself", "another file's copy"))
    if way == "a folder":
        path.mkdir()
    elif way == "a broken link":
        path.symlink_to(folder / "nowhere")
    elif way == "a link to itself":
        path.symlink_to(path)
    elif way == "another file's copy":
        other = folder / rng.choice(FILES[:3])
        if other.is_file():
            path.write_bytes(other.read_bytes())
    return f"{name}: {way}"


_WAYS: tuple[Callable[[Path, random.Random], str], ...] = (
    _values, _everywhere, _dimensions, _order, _newer, _settings, _bytes, _files,
)  # fmt: skip
_WEIGHTS = (6, 3, 1, 1, 1, 3, 3, 2)


def _lines(folder: Path) -> list[bytes]:
    path = folder / "events.jsonl"
    return path.read_bytes().split(b"\n") if path.is_file() else []


def _write_lines(folder: Path, lines: list[bytes]) -> None:
    with contextlib.suppress(OSError):  # a folder lies there by now, or a link that leads nowhere
        (folder / "events.jsonl").write_bytes(b"\n".join(lines))


def _change(lines: list[bytes], number: int, rng: random.Random) -> str:
    """One odd thing in one event."""
    try:
        values = json.loads(lines[number])
    except (IndexError, ValueError, RecursionError):
        return "no event"
    if rng.random() < 0.05 or not isinstance(values, dict):
        values = rng.choice(ODD)
        told = "no object"
    else:
        told = _changed(values, rng)
    lines[number] = json.dumps(values, ensure_ascii=True).encode()
    return told


def _changed(values: Any, rng: random.Random) -> str:
    """One odd value somewhere in nested dicts and lists, or a key gone or too much; says where."""
    path = []
    while True:
        keys = list(values) if isinstance(values, dict) else list(range(len(values))) if isinstance(values, list) else []
        if not keys:
            return "nothing to change"
        key = rng.choice(keys)
        path.append(str(key)[:20])
        inner = values[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.6:
            values = inner
            continue
        way = rng.random()
        if way < 0.2:
            del values[key]
            return f"{'.'.join(path)} gone"
        if way < 0.3 and isinstance(values, dict):
            odd = rng.choice(ODD_TEXTS)
            values[odd] = rng.choice(ODD)
            return f"{_short(odd)} beside {'.'.join(path)}"
        values[key] = odd = rng.choice(ODD)
        return f"{'.'.join(path)} = {_short(odd)}"


def _short(value: Any) -> str:
    return repr(value)[:40] if not isinstance(value, int) or abs(value) < 10**40 else "a huge number"
