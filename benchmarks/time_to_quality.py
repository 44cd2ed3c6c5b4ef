"""How long it takes until a model is good: this program's presets and what they are made of, and pythae's trainer.

Two aims, both on persons (or pictures) that nothing trained on:

- psnr: that reconstructions reach `--psnr` dB;
- peer_elbo: that the ELBO is as high as the one that pythae's own trainer (`peer_pythae.py`) reached in `--peer-epochs` epochs with
  the same network on the same pictures, standardised alike, with the batch size and learning rate of the course's Table 2.

Each way trains in a process of its own, one after the other, until both aims are reached or its epochs are over. Seconds are
those from the moment that the pictures lie ready until the epoch in question was validated and saved, without importing torch
and the pictures. So nothing else should run meanwhile.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import draw_pictures, note, own_places, parser, report, table

from core.config import TrainConfig, from_dict, preset, to_dict, with_values

PEER = "pythae"
NO_PEER = "pythae isn't installed in this Python, so its ELBO is no aim here: pip install -r benchmarks/requirements.txt"
OWN_RATE = {"batch_size": 128, "learning_rate": 0.0005}  # of Table 2
TORCH_MOMENTUM = "torch_momentum"
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "quick": ("quick", {}),
    "table1": ("table1", {}),
    "quick, Table 2's batch and rate": ("quick", OWN_RATE | {"lr_schedule": "constant"}),
    "quick, constant rate": ("quick", {"lr_schedule": "constant"}),
    "quick, batches of 128": ("quick", {"batch_size": 128}),
    "quick, axes not turned": ("quick", {"whiten_every": 0}),
    "quick, linear way": ("quick", {"model.name": "skip_vae"}),
    f"quick, {TORCH_MOMENTUM}": ("quick", {}),
}
"""Name -> preset and what is otherwise. The last one keeps BatchNorm's averages as PyTorch does."""
Epoch = dict[str, float]


def train_ours(config: TrainConfig, folder: Path, torch_momentum: bool, tell: Callable[[Epoch], None]) -> None:
    """The program's own training; tells each epoch's seconds since the pictures were ready, PSNR in dB and ELBO in nats."""
    from core import device
    from core.events import CheckpointSaved, EpochFinished, RunFailed, RunStarted
    from core.families.networks import norm_momentum
    from core.training.loop import train

    if torch_momentum:
        norm_momentum.momentum_after = lambda batches: norm_momentum.USUAL
    device.keep_freed_memory()
    begin, last = time.perf_counter(), Epoch()
    for event in train(config, folder):
        if isinstance(event, RunFailed):
            raise SystemExit(event.message)
        if isinstance(event, RunStarted):
            begin = time.perf_counter()
        elif isinstance(event, EpochFinished):
            last = {"psnr": event.valid["psnr"], "elbo": -event.valid["reconstruction"] - event.valid["kl"]}
        elif isinstance(event, CheckpointSaved) and not event.best and last:
            tell(last | {"seconds": time.perf_counter() - begin})
            last = {}


def train_peer(config: TrainConfig, folder: Path, tell: Callable[[Epoch], None]) -> None:
    """pythae's; each epoch is judged as ours are, which isn't counted."""
    from peer_pythae import train_on

    from core.data.dataset import load
    from core.device import choose
    from core.families.base import Elapsed
    from core.families.vae.recipe import make_recipe
    from core.training.recipe import Moment

    def judge(seconds: float) -> None:
        was_training = recipe.model.training
        judged = recipe.judge(data.images, data.split.valid, Moment(Elapsed(1.0, 1.0)), lambda: False).valid
        recipe.model.train(was_training)
        tell({"seconds": seconds, "psnr": judged["psnr"], "elbo": -judged["reconstruction"] - judged["kl"]})

    data = load(config.data)
    recipe = make_recipe(config, data, choose("cpu", "fp32"))
    train_on(config, recipe.model, data, folder, judge)


def be_worker(settings: Path) -> None:
    """Train one way, and print a line for each epoch."""
    given = json.loads(settings.read_text())
    out, config = os.fdopen(os.dup(1), "w"), from_dict(TrainConfig, given["config"])
    os.dup2(2, 1)  # whatever the libraries print must not come between
    from core import device

    device.set_threads(config.threads)
    is_peer, folder = given["way"] == PEER, settings.parent / "run"

    def tell(epoch: Epoch) -> None:
        out.write(json.dumps(epoch) + "\n")
        out.flush()

    if is_peer:
        train_peer(config, folder, tell)
    else:
        train_ours(config, folder, TORCH_MOMENTUM in given["way"], tell)


def run(way: str, config: TrainConfig, aims: dict[str, float]) -> list[Epoch]:
    """One way's epochs, until all aims are reached; without aims until its epochs are over. Raises SystemExit."""
    epochs: list[Epoch] = []
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        settings = Path(folder) / "settings.json"
        settings.write_text(json.dumps({"way": way, "config": to_dict(config)}))
        command = [sys.executable, __file__, "--worker", str(settings)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"TQDM_DISABLE": "1"})
        assert process.stdout is not None
        try:
            for line in process.stdout:
                epochs.append(json.loads(line))
                last = epochs[-1]
                note(f"{way}: epoch {len(epochs)}, {last['seconds']:.0f} s, {last['psnr']:.2f} dB, ELBO {last['elbo']:,.0f}")
                if len(epochs) >= config.epochs or (aims and all(last[key] >= aim for key, aim in aims.items())):
                    break
            else:
                if process.wait():
                    raise SystemExit(f"The process of {way} ended with {process.returncode}; what it said stands above.")
        finally:
            process.kill()
            process.wait()
    return epochs


def minutes_to(epochs: list[Epoch], key: str, aim: float) -> float | None:
    """When a way first reached an aim; None: it didn't."""
    return next((round(epoch["seconds"] / 60, 4) for epoch in epochs if epoch[key] >= aim), None)


def main() -> None:
    """Run it."""
    options = parser("Minutes until a model is good, by preset and by part, and pythae's.")
    options.add_argument("--data", default="", help="a folder of pictures; drawn faces by default")
    options.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="of all ways, such as data.crop=25,52,153,180"
    )
    options.add_argument("--ways", default="", help="some of them, separated by semicolons; all by default")
    options.add_argument("--psnr", type=float, default=0.0, help="the aim in dB; 21 by default (--quick: 10)")
    options.add_argument("--epochs", type=int, default=0, help="at most so many of each way; by default the preset's, --quick: 2")
    options.add_argument("--peer-epochs", type=int, default=0, help="30 by default (--quick: 1)")
    options.add_argument("--threads", type=int, default=0, help="0 = all cores")
    options.add_argument("--markdown", action="store_true", help="print a table in Markdown rather than numbers")
    given = options.parse_args()
    ways = [name.strip() for name in given.ways.split(";") if name.strip()] or list(WAYS)
    if unknown := [name for name in ways if name not in WAYS]:
        options.error(f"there is no way {unknown[0]!r}; there are: {'; '.join(WAYS)}")
    has_peer = importlib.util.find_spec("pythae") is not None
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ |= own_places(Path(own))
        common: dict[str, Any] = {"data.source": given.data or str(Path(own) / "pictures"), "threads": given.threads}
        if not given.data:
            draw_pictures(Path(own) / "pictures", 60 if given.quick else 2000)
        if given.quick:
            common |= {"data.image_size": 32, "model.latent_dim": 8}
        common |= dict(pair.partition("=")[::2] for pair in given.set)
        aims = {"psnr": given.psnr or (10.0 if given.quick else 21.0)}
        epochs_of: dict[str, list[Epoch]] = {}
        if has_peer:
            epochs = given.peer_epochs or (1 if given.quick else 30)
            small = {"batch_size": 16} if given.quick else {}
            own_network = {"model.dropout": 0.0, "precision": "fp32", "whiten_every": 0, "epochs": epochs}
            epochs_of[PEER] = run(PEER, with_values(preset("table1"), common | OWN_RATE | own_network | small), {})
            aims["elbo"] = epochs_of[PEER][-1]["elbo"]
        else:
            note(NO_PEER)
        for way in ways:
            name, otherwise = WAYS[way]
            small = (
                {"epochs": 2} | ({"batch_size": 16} if otherwise.get("batch_size") or name == "table1" else {})
                if given.quick
                else {}
            )
            most = {"epochs": given.epochs} if given.epochs else {}
            epochs_of[way] = run(way, with_values(preset(name), common | otherwise | small | most), aims)
    rows = [
        {
            "way": way,
            "epochs": len(epochs),
            "minutes": round(epochs[-1]["seconds"] / 60, 4),
            "psnr": round(epochs[-1]["psnr"], 2),
            "elbo": round(epochs[-1]["elbo"], 1),
            "minutes_to_psnr": minutes_to(epochs, "psnr", aims["psnr"]),
            "minutes_to_peer_elbo": minutes_to(epochs, "elbo", aims["elbo"]) if has_peer else None,
        }
        for way, epochs in epochs_of.items()
    ]
    if given.markdown:
        names = {"minutes_to_psnr": f"minutes to {aims['psnr']:g} dB", "minutes_to_peer_elbo": "minutes to pythae's ELBO"}
        print(table([names.get(key, key) for key in rows[0]], [list(row.values()) for row in rows]))
    else:
        report({"psnr_aim": aims["psnr"], "peer": PEER if has_peer else None, "ways": rows}, given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        with contextlib.suppress(BrokenPipeError):
            be_worker(Path(sys.argv[2]))
    else:
        main()
