"""What validation says after each of the first epochs, by how BatchNorm's running averages are kept.

A run trains the same whatever they are, so one run of each seed serves all ways: torch's momentum of 0.1, a plain mean over all
batches, the last batch alone, and the program's own (`core.families.networks.norm_momentum`). `exact` are the averages over the
whole training part by the weights as they are: what all of them are estimates of. `worst_gap` is how far above it each way was at
worst, after any epoch of any seed. Losses are in nats per image, the lower the better; the axes aren't turned.
"""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from common import draw_pictures, note, own_places, parser, report
from torch import nn

from core import device
from core.config import TrainConfig, preset, with_values
from core.data import dataset
from core.data.dataset import FaceData
from core.families.base import Elapsed
from core.families.networks.norm_momentum import USUAL, momentum_after
from core.families.vae.recipe import VaeRecipe, make_recipe
from core.training import state as schedule
from core.training.batches import EpochBatches, StepOrder, to_input
from core.training.recipe import Moment

WAYS: dict[str, Callable[[int], float]] = {  # the next batch's share, after so many batches
    "torch": lambda batches: USUAL,
    "mean": lambda batches: 1.0 / (batches + 1.0),
    "last_batch": lambda batches: 1.0,
    "program": momentum_after,
}
Averages = list[tuple[torch.Tensor, torch.Tensor]]  # mean and variance of each BatchNorm


class Followers:
    """The running averages of one network, in all ways at once."""

    def __init__(self, network: nn.Module) -> None:
        self.norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
        self.by_way = {way: [(n.running_mean.clone(), n.running_var.clone()) for n in self.norms] for way in WAYS}
        self._seen = [0] * len(self.norms)
        for place, norm in enumerate(self.norms):
            norm.register_forward_pre_hook(lambda layer, given, place=place: self._see(place, layer, given[0].detach()))

    def _see(self, place: int, layer: nn.Module, x: torch.Tensor) -> None:
        if layer.training:
            variance, mean = torch.var_mean(x, dim=(0, 2, 3))
            for way, momentum in WAYS.items():
                for kept, new in zip(self.by_way[way][place], (mean, variance), strict=True):
                    kept.lerp_(new, momentum(self._seen[place]))
            self._seen[place] += 1

    def show(self, network: nn.Module, way: str) -> nn.Module:
        """A copy of the network with one way's averages."""
        shown = copy.deepcopy(network)
        put(shown, self.by_way[way])
        return shown


def put(network: nn.Module, averages: Averages) -> None:
    """Give a network's BatchNorms these averages."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm, (mean, variance) in zip(norms, averages, strict=True):
        norm.running_mean, norm.running_var = mean.clone(), variance.clone()


@torch.no_grad()
def exact(recipe: VaeRecipe, data: FaceData, batches: int) -> Any:
    """A copy of the network whose averages are those of all training pictures by its weights."""
    shown = copy.deepcopy(recipe.model)
    for layer in shown.modules():
        layer._forward_pre_hooks.clear()
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None
    shown.train()
    generator = torch.Generator().manual_seed(0)
    for number in range(batches):
        x = to_input(data.images[data.split.train[number::batches]], recipe.compute.device)
        shown.decode_raw(shown.encode(x).sample(generator))
    return shown


def losses_of(config: TrainConfig, data: FaceData) -> list[dict[str, float]]:
    """The validation loss of each epoch, by way."""
    recipe = make_recipe(config, data, device.choose("cpu", "fp32"))
    followers = Followers(recipe.model)
    rows = []
    for epoch in range(config.epochs):
        batches = EpochBatches(config, data, epoch)
        for step in range(batches.steps):
            done = epoch + step / batches.steps
            rate = schedule.learning_rate(config, done, config.epochs)
            batches.step(recipe, StepOrder(epoch, step, Moment(Elapsed(done, config.epochs), rate)))
        trained, row = recipe.model, {"epoch": epoch + 1.0, "steps": float(batches.steps)}
        shown = {way: followers.show(trained, way) for way in WAYS} | {"exact": exact(recipe, data, batches.steps)}
        for way, network in shown.items():
            recipe.model = network
            now = Moment(Elapsed(epoch + 1.0, config.epochs))
            row[way] = round(recipe.judge(data.images, data.split.valid, now, lambda: False).valid["loss"], 1)
        recipe.model = trained
        rows.append(row)
        note(f"seed {config.seed}: {row}")
    return rows


def main() -> None:
    """Run it."""
    options = parser("Validation after the first epochs, by how BatchNorm's running averages are kept.")
    options.add_argument("--data", default="", help="a folder of pictures; drawn faces by default")
    options.add_argument("--limit", type=int, default=0, help="pictures; 80 by default (--quick: 40)")
    options.add_argument("--image-size", type=int, default=0, help="64 by default (--quick: 32)")
    options.add_argument("--batch-size", type=int, default=8)
    options.add_argument("--epochs", type=int, default=0, help="8 by default (--quick: 2)")
    options.add_argument("--seeds", type=int, default=0, help="3 by default (--quick: 1)")
    given = options.parse_args()
    limit = given.limit or (40 if given.quick else 80)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ |= own_places(Path(own))
        if not given.data:
            draw_pictures(Path(own) / "pictures", limit)
        values = {
            "data.source": given.data or str(Path(own) / "pictures"),
            "data.limit": limit,
            "data.image_size": given.image_size or (32 if given.quick else 64),
            "batch_size": given.batch_size,
            "epochs": given.epochs or (2 if given.quick else 8),
            "whiten_every": 0,
            "threads": 1,
        }
        config = with_values(preset("quick"), values)
        device.set_threads(1)
        runs: list[dict[str, Any]] = []
        for seed in range(given.seeds or (1 if given.quick else 3)):
            chosen = with_values(config, {"seed": seed, "data.split_seed": seed})
            runs.append({"seed": seed, "epochs": losses_of(chosen, dataset.load(chosen.data))})
    rows = [row for run in runs for row in run["epochs"]]
    gaps = {way: round(max(row[way] - row["exact"] for row in rows), 1) for way in WAYS}
    report({"worst_gap": gaps, "runs": runs}, given.json)


if __name__ == "__main__":
    main()
