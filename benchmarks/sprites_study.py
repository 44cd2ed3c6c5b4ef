"""What objectives reach on sprites: each is trained with each seed by the preset `dsprites`, and measured on its last weights.

`main.py train` trains, so a run can be looked at in the window, and `--out` keeps them all: what is trained already is not trained
again, and a study that was broken off goes on where it was. By objective:

- `mig`, `mig_chen`, `factor_vae_score`, `sap` (and others by `--measures`): mean, least and most over the seeds;
- `reconstruction`, `kl`, `elbo`, `active_units`: likewise, on the validation pictures, nats per image;
- `steps` and `pictures` that each run learned from, and `minutes` that a run took, of which `--at-once` share the processor.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from common import ROOT, note, parser, report, table

from core.evaluate import check_measures
from core.events import RunStarted
from core.metrics.disentanglement import MEASURES
from core.runs.events_log import EVENTS_NAME, recorded
from core.runs.listing import read_summary

OBJECTIVES = "beta_vae:1,beta_vae:4,beta_tcvae:6"
EPOCHS = 3  # of all pictures: 32,832 steps of 64
QUICK = {"objectives": "beta_vae:1,beta_tcvae:6", "seeds": "0,1", "epochs": 1, "limit": 600, "image_size": 32}
SAID = ("reconstruction", "kl", "elbo", "active_units")
SLOW = ("dci",)  # minutes a run


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the study."""

    objective: str
    beta: str
    seed: str
    folder: Path

    @property
    def label(self) -> str:
        return f"{self.objective}, beta {self.beta}"


def train(plan: Plan, settings: Sequence[str], threads: int) -> None:
    """Train it, or what of it is left. Raises SystemExit."""
    summary = read_summary(plan.folder)
    if summary.state == "finished":
        return
    command = [sys.executable, str(ROOT / "main.py"), "train", "--out", str(plan.folder), "--threads", str(threads)]
    if summary.has_model:
        command.append("--resume")
    else:
        command += ["--preset", "dsprites", "--data", "sprites", "--set", f"objective.name={plan.objective}", "--beta", plan.beta]
        command += ["--seed", plan.seed, *settings]
    note(f"training {plan.folder.name}")
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"{plan.folder.name}: {done.stderr.strip()}")


def measured(plan: Plan, measures: str) -> dict[str, Any]:
    """What `evaluate` says of its last weights, and what it learned from. Raises SystemExit."""
    last = plan.folder / "checkpoints" / "last.safetensors"
    command = [sys.executable, str(ROOT / "main.py"), "evaluate", "--checkpoint", str(last), "--data", "sprites"]
    done = subprocess.run([*command, "--measures", measures, "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{plan.folder.name}: {done.stderr.strip()}")
    said = json.loads(done.stdout)
    summary = read_summary(plan.folder)
    assert summary.config is not None
    began = next(event for _, event in recorded(plan.folder / EVENTS_NAME) if isinstance(event, RunStarted))
    pictures = int(began.data["train"])
    found = {name: said[name] for name in SAID} | {name: said["measures"][name] for name in measures.split(",")}
    steps = summary.epoch * math.ceil(pictures / summary.config.batch_size)
    found |= {"steps": steps, "pictures": pictures, "minutes": summary.seconds / 60.0}
    note(f"{plan.folder.name}: {found}")
    return found


def over_seeds(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean, least and most of each number; steps and pictures are the same for all."""
    found: dict[str, Any] = {}
    for name, value in runs[0].items():
        if isinstance(value, dict):
            found[name] = over_seeds([run[name] for run in runs])
        elif name in ("steps", "pictures"):
            found[name] = value
        else:
            values = [float(run[name]) for run in runs]
            found[name] = {"mean": round(mean(values), 4), "least": round(min(values), 4), "most": round(max(values), 4)}
    return found


def markdown(found: dict[str, dict[str, Any]], measures: Sequence[str]) -> str:
    """The table of docs/measures.md."""

    def cell(value: dict[str, float], digits: int) -> str:
        middle = f"{value['mean']:.{digits}f}"
        same = value["least"] == value["most"]
        return middle if same else f"{middle} ({value['least']:.{digits}f} to {value['most']:.{digits}f})"

    shown = [name for name in measures if name not in SLOW]
    head = ["objective", "seeds", "steps", "minutes", *shown, "reconstruction", "KL", "active units"]
    rows = []
    for label, values in found.items():
        row: list[Any] = [label, values["seeds"], f"{values['steps']:,}", cell(values["minutes"], 0)]
        row += [cell(values[name], 3) for name in shown]
        rows.append([*row, cell(values["reconstruction"], 1), cell(values["kl"], 1), cell(values["active_units"], 1)])
    return table(head, rows)


def main() -> None:
    """Run it."""
    options = parser("What objectives reach on sprites.")
    options.add_argument("--out", default="", metavar="DIR", help="where the runs lie and stay; a temporary folder by default")
    options.add_argument("--objectives", default=OBJECTIVES, metavar="NAME:BETA,...", help=f"by default {OBJECTIVES}")
    options.add_argument("--seeds", default="0", metavar="N,...", help="0 by default")
    options.add_argument("--epochs", type=int, default=EPOCHS, help=f"{EPOCHS} by default")
    options.add_argument("--limit", type=int, default=0, metavar="N", help="a seeded sample of so many pictures; all by default")
    options.add_argument("--image-size", type=int, default=64, help="64 by default, as published, or 32: a quarter of the work")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="another setting of all runs")
    options.add_argument("--at-once", type=int, default=1, metavar="N", help="runs that share the processor; 1 by default")
    options.add_argument(
        "--measures",
        default=",".join(name for name in MEASURES if name not in SLOW),
        metavar="NAME,...",
        help="all but dci by default",
    )
    options.add_argument("--markdown", action="store_true", help="print the table of docs/measures.md")
    given = options.parse_args()
    if given.quick:
        options.set_defaults(**QUICK)
        given = options.parse_args()
    measures = check_measures(given.measures)
    settings = ["--epochs", str(given.epochs), "--image-size", str(given.image_size), "--set", f"data.limit={given.limit}"]
    settings += [word for setting in given.set for word in ("--set", setting)]
    threads = max(1, (os.cpu_count() or 1) // given.at_once)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as temporary:
        root = Path(given.out or temporary)
        plans = [
            Plan(objective, beta, seed, root / f"{objective}-{beta}-seed{seed}")
            for objective, beta in (word.split(":") for word in given.objectives.split(","))
            for seed in given.seeds.split(",")
        ]
        with ThreadPoolExecutor(given.at_once) as pool:
            list(pool.map(lambda plan: train(plan, settings, threads), plans))
        by_label: dict[str, list[dict[str, Any]]] = {}
        for plan in plans:
            by_label.setdefault(plan.label, []).append(measured(plan, ",".join(measures)))
    found = {label: {"seeds": len(runs)} | over_seeds(runs) for label, runs in by_label.items()}
    if given.markdown:
        print(markdown(found, measures))
    else:
        report(found, given.json)


if __name__ == "__main__":
    main()
