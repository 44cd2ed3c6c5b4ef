"""Whether runs on few sprites with the suggested settings learn more than the mean picture, by seed.

`main.py train --data sprites --set data.limit=N --seed S` trains, with whatever `--set` says besides; `--out` keeps the runs, and
what is trained already is not trained again. A run that knows the mean picture alone tells nothing in its latent: its KL stays
near 0. Of each run, on the validation pictures, in nats per image: `kl` and `elbo` at the end, `active_units`, and `learned_after`,
the steps after which the KL was first above 1 at an epoch's end (null: never). `collapsed` is how many runs ended below that.
"""

from __future__ import annotations

import csv
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common import ROOT, note, parser, report

from core.events import RunStarted
from core.runs.events_log import EVENTS_NAME, recorded
from core.runs.listing import read_summary

LEAST_KL = 1.0  # nats; one that learned nothing has 0.02


def train(folder: Path, settings: Sequence[str]) -> None:
    """Train it, unless it is trained. Raises SystemExit."""
    if read_summary(folder).state == "finished":
        return
    note(f"training {folder.name}")
    command = [sys.executable, str(ROOT / "main.py"), "train", "--data", "sprites", "--out", str(folder), *settings]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"{folder.name}: {done.stderr.strip()}")


def ended(folder: Path) -> dict[str, Any]:
    """How a run ended."""
    config = read_summary(folder).config
    assert config is not None
    began = next(event for _, event in recorded(folder / EVENTS_NAME) if isinstance(event, RunStarted))
    steps = math.ceil(int(began.data["train"]) / config.batch_size)  # an epoch
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    last = rows[-1]
    learned = (int(row["epoch"]) * steps for row in rows if float(row["valid_kl"]) > LEAST_KL)
    found = {"seed": config.seed, "epochs": len(rows), "steps": len(rows) * steps, "kl": round(float(last["valid_kl"]), 3)}
    found |= {"elbo": round(float(last["valid_elbo"]), 1), "active_units": int(last["active_units"])}
    return found | {"learned_after": next(learned, None)}


def main() -> None:
    """Run it."""
    options = parser("Whether runs on few sprites with the suggested settings learn more than the mean picture.")
    options.add_argument("--out", default="", metavar="DIR", help="where the runs lie and stay; a temporary folder by default")
    options.add_argument("--limit", type=int, default=0, metavar="N", help="pictures; 2,000 by default (--quick: 80)")
    options.add_argument("--seeds", default="", metavar="N,...", help="0,1,2 by default (--quick: 0)")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="another setting of all runs")
    given = options.parse_args()
    settings = ["--threads", "1", *(["--epochs", "2"] if given.quick else [])]
    settings += ["--set", f"data.limit={given.limit or (80 if given.quick else 2000)}"]
    settings += [word for setting in given.set for word in ("--set", setting)]
    runs = []
    with tempfile.TemporaryDirectory(prefix="labkhand-") as temporary:
        for seed in (given.seeds or ("0" if given.quick else "0,1,2")).split(","):
            folder = Path(given.out or temporary) / f"seed{seed}"
            train(folder, ["--seed", seed, *settings])
            runs.append(ended(folder))
            note(f"{runs[-1]}")
    report({"collapsed": sum(run["kl"] < LEAST_KL for run in runs), "runs": runs}, given.json)


if __name__ == "__main__":
    main()
