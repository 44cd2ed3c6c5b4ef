"""What a VampPrior is worth: the bound of log p(x) of held-out pictures, black and white, with N(0, I) and with pseudo-inputs.

Same fully connected network, epochs, learning rate and seeds; pixels above half are white, the others black, the same in every
epoch. Bounds are in nats per image, by importance sampling, over the same pictures with the same number of samples; `gain` is the
VampPrior's minus that of N(0, I), and the wish is half a nat. `active` counts dimensions that vary, for N(0, I) to be judged by.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import note, own_places, parser, report

from core import device
from core.config import TrainConfig, preset, with_values
from core.data import dataset
from core.data.dataset import FaceData, batch
from core.data.split import spread
from core.errors import ConfigError
from core.families.base import Elapsed
from core.families.vae.evaluate import evaluate, evidence_bounds
from core.families.vae.recipe import make_recipe
from core.training import state as schedule
from core.training.batches import EpochBatches, StepOrder
from core.training.recipe import Moment

PRIORS = ("normal", "vamp")
WANTED = 0.5  # nats


def black_and_white(data: FaceData) -> FaceData:
    """The same pictures with every pixel black or white."""
    pictures = batch(data.images, np.arange(len(data.images)))
    return replace(data, images=np.where(pictures > 127, np.uint8(255), np.uint8(0)))


def measured(config: TrainConfig, data: FaceData, pictures: int, samples: int) -> dict[str, float]:
    """Train a model and bound log p(x) of validation pictures."""
    recipe, begun = make_recipe(config, data, device.choose("cpu", "fp32")), time.process_time()
    for epoch in range(config.epochs):
        batches = EpochBatches(config, data, epoch)
        for step in range(batches.steps):
            done = epoch + step / batches.steps
            now = Moment(Elapsed(done, config.epochs), schedule.learning_rate(config, done, config.epochs))
            batches.step(recipe, StepOrder(epoch, step, now))
    spent, rows = time.process_time() - begun, spread(data.split.valid, pictures)
    late = Elapsed(float(config.epochs), float(config.epochs))
    said = evaluate(recipe.model, recipe.objective, recipe.compute, data.images, rows, progress=late)
    (bounds,) = evidence_bounds(recipe.model, recipe.objective, recipe.compute, data.images, rows, [samples])
    found = {"bound": bounds.mean(), "elbo": said.elbo, "kl": said.kl, "active": said.active_units, "cpu_seconds": spent}
    return {key: round(float(value), 2) for key, value in found.items()}


def main() -> None:
    """Run it."""
    options = parser("The bound of log p(x) with N(0, I) and with a VampPrior.")
    options.add_argument("--data", default="", help="mnist:FOLDER, or other pictures; drawn sprites with --quick")
    options.add_argument("--limit", type=int, default=0, help="pictures, training and validation together; all by default")
    options.add_argument("--epochs", type=int, default=0, help="50 by default (--quick: 2)")
    options.add_argument("--pseudo-inputs", type=int, default=0, help="500 by default, as in the paper (--quick: 10)")
    options.add_argument("--start", choices=["pictures", "noise"], default="pictures", help="how pseudo-inputs begin")
    options.add_argument("--seeds", type=int, default=0, help="3 by default (--quick: 1)")
    options.add_argument("--test-pictures", type=int, default=0, help="1000 by default (--quick: 20)")
    options.add_argument("--samples", type=int, default=0, help="500 by default (--quick: 5)")
    given = options.parse_args()
    if not given.data and not given.quick:
        raise ConfigError("No pictures were named.", "Add --data mnist:FOLDER, or --quick.")
    values: dict[str, Any] = {
        "data.source": given.data or "sprites",
        "data.limit": given.limit or (200 if given.quick else 0),
        "data.image_size": 32,
        "data.channels": 1,
        "data.mirror": False,
        "model.name": "mlp_vae",
        "model.latent_dim": 40,
        "model.hidden_units": 300,
        "objective.likelihood": "bernoulli",
        "batch_size": 100,
        "epochs": given.epochs or (2 if given.quick else 50),
        "learning_rate": 0.001,
        "lr_schedule": "cosine",
        "objective.beta_warmup_epochs": 1.0 if given.quick else 5.0,
        "whiten_every": 0,
        "pseudo_inputs": given.pseudo_inputs or (10 if given.quick else 500),
        "pseudo_inputs_start": given.start,
        "threads": 1,
    }
    pictures, samples = given.test_pictures or (20 if given.quick else 1000), given.samples or (5 if given.quick else 500)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ |= own_places(Path(own))
        device.set_threads(1)
        config = with_values(preset("quick"), values | {"prior": "normal"})
        data = black_and_white(dataset.load(config.data))
        runs: list[dict[str, Any]] = []
        for seed in range(given.seeds or (1 if given.quick else 3)):
            row: dict[str, Any] = {"seed": seed}
            for prior in PRIORS:
                row[prior] = measured(with_values(config, {"prior": prior, "seed": seed}), data, pictures, samples)
            row["gain"] = round(row["vamp"]["bound"] - row["normal"]["bound"], 2)
            note(f"{row}")
            runs.append(row)
    gains = [row["gain"] for row in runs]
    result = {
        "pictures": {"training": len(data.split.train), "judged": min(pictures, len(data.split.valid)), "samples": samples},
        "epochs": config.epochs,
        "pseudo_inputs": config.settings.pseudo_inputs,
        "torch": torch.__version__,
        "runs": runs,
        "gain": {"mean": round(float(np.mean(gains)), 2), "least": min(gains), "wanted": WANTED},
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
