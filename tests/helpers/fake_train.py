"""Stands in for `main.py train`: speaks the protocol, trains nothing, needs nothing.

Run as `python fake_train.py MODE train --config FILE --out RUN --events -`. Modes: normal (epochs as fast as they go),
slow (waits for commands between epochs), crash, refuse (exit code 3), deaf (ignores stop and SIGTERM), hang (ignores
stop alone), garbage, flood (very many steps), silent (exit 0 without a word), killed (by SIGKILL), interrupted (exit code 130).
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from core.events import (
    CheckpointSaved,
    EpochFinished,
    Event,
    Log,
    RunFinished,
    RunStarted,
    Step,
    decode,
    encode,
)

STEPS = 3
PARTS = {"reconstruction": 950.0, "kl": 50.0}  # of the loss of a step


def epoch_event(epoch: int, epochs: int, preview: str = "") -> EpochFinished:
    """An epoch that is a little better than the one before."""
    reconstruction, kl = 900.0 + 4000.0 / epoch, 60.0 - 30.0 / epoch
    return EpochFinished(
        epoch=epoch,
        epochs=epochs,
        seconds=1.5,
        images_per_second=112.0,
        train={"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl},
        valid={
            "loss": reconstruction * 1.02 + kl,
            "reconstruction": reconstruction * 1.02,
            "kl": kl,
            "psnr": 16 + epoch * 0.1,
        },
        learning_rate=0.001,
        preview=preview,
        numbers={"active_units": float(min(40, 10 + epoch)), "beta": 1.0},
        per_axis={"kl_per_dim": (3.0, 2.0, 0.01, 0.0)},
    )


def main() -> int:
    mode, *options = sys.argv[1:]
    assert options[0] == "train"
    assert options[-2:] == ["--events", "-"], options
    folder = Path(options[options.index("--out") + 1])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    changes = dict(word.split("=", 1) for before, word in pairwise(options) if before == "--set")
    epochs = int(changes.get("epochs", config["epochs"]))
    done = 0
    log = folder / "events.jsonl"
    if "--resume" in options and log.is_file():
        old = [decode(line) for line in log.read_text(encoding="utf-8").splitlines()]
        done = max((event.epoch for event in old if isinstance(event, EpochFinished)), default=0)

    def say(event: Event) -> None:
        line = encode(event)
        print(line, flush=True)
        if not isinstance(event, Step):
            with open(log, "a", encoding="utf-8") as file:
                file.write(line + "\n")

    if mode == "silent":
        return 0
    if mode == "interrupted":
        return 130
    if mode == "refuse":
        print("The folder /nowhere is missing.\nChoose another folder.", file=sys.stderr)
        return 3
    if mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    commands: queue.Queue[dict] = queue.Queue()
    threading.Thread(target=lambda: [commands.put(json.loads(line)) for line in sys.stdin], daemon=True).start()
    data = {"images": 100, "classes": {"smile": 50, "non_smile": 50}, "train": 80, "valid": 20, "fingerprint": "f"}
    say(RunStarted(str(folder), config, data, "cpu", "fp32", 1000, 2, done, os.getpid()))
    if mode in ("deaf", "hang"):
        while True:
            time.sleep(60)
    if mode == "crash":
        print("x" * 100_000, file=sys.stderr)
        print("Traceback (most recent call last):\nRuntimeError: kaputt", file=sys.stderr)
        return 1
    if mode == "garbage":
        half = encode(Log("Größe: هنا"))
        sys.stdout.buffer.write(b'\xff\xfe nonsense\n{"v": 1}\n{"v": 99, "event": "log"}\nnull\n\n[1, 2\n')
        sys.stdout.buffer.write(half.encode()[:31])
        sys.stdout.flush()
        time.sleep(0.05)
        sys.stdout.buffer.write(half.encode()[31:] + b"\n")
        sys.stdout.flush()
        sys.stdout.write(encode(RunFinished(False, 0, 0.1)))  # no newline at the end
        sys.stdout.flush()
        return 0
    if mode == "flood":
        sys.stdout.write("".join(encode(Step(1, 1, n, 20_000, 1.0, 100.0, PARTS)) + "\n" for n in range(1, 20_001)))
        sys.stdout.flush()

    for epoch in range(done + 1, epochs + 1):
        if mode == "slow":
            if epoch == done + 1:
                say(Step(epoch, epochs, 1, STEPS, 1000.0, 111.0, PARTS))
            while True:
                command = commands.get()
                say(Log(json.dumps(command)))
                if command["command"] == "stop":
                    say(RunFinished(True, epoch - 1, 2.0))
                    return 0
                if command["command"] == "snapshot":  # the tests' word for "one epoch more"
                    break
        for step in range(1, STEPS + 1):
            say(Step(epoch, epochs, step, STEPS, 1000.0, 111.0, PARTS))
        say(epoch_event(epoch, epochs))
        say(CheckpointSaved(str(folder / "checkpoints" / "best.safetensors"), True, epoch))
    say(RunFinished(False, epochs, 3.0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
