"""The training step beside the machine's matrix products, for `train_epoch.py`: the share of the rate, and the breakdown."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from matmul import by_kind, by_layer, layers_of, matmul_rate, watch

from core import device
from core.config import TrainConfig
from core.device import Compute
from core.families.base import Elapsed
from core.families.networks.folding import hold_idle_biases
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.registry import create
from core.families.vae.objectives.registry import create as create_objective
from core.families.vae.recipe import VaeRecipe
from core.training.optim import Adam
from core.training.recipe import Batch, Moment

SEED = 0


def make_step(config: TrainConfig, compute: Compute) -> tuple[VaeRecipe, Callable[[], object]]:
    """A recipe without a data set, and a step of it on random pictures (the arithmetic is the same)."""
    torch.manual_seed(SEED)
    size, channels = config.data.image_size, config.data.channels
    model = create(
        config.settings.model,
        LatentSpec(config.settings.model.latent_dim, (channels, size, size)),
        config.settings.objective.likelihood,
    )
    hold_idle_biases(model)
    model = model.to(compute.device)
    objective = create_objective(config.settings.objective, model).to(compute.device)
    generator = torch.Generator(compute.device).manual_seed(SEED)
    recipe = VaeRecipe(model, objective, Adam(model.parameters(), config.learning_rate), generator, compute)
    shape = (config.batch_size, size, size, channels)
    images = np.random.default_rng(SEED).integers(0, 256, shape, np.uint8)

    def step() -> None:
        numbers = recipe.step(Batch(images), Moment(Elapsed(0.0), config.learning_rate))
        numbers["loss"].item()  # as the loop does

    return recipe, step


def step_share(config: TrainConfig, rounds: int, clock: Callable[[], float]) -> dict[str, Any]:
    """The share for fp32, and for bf16 where the hardware has it; with where the fp32 step's time goes."""
    device.keep_freed_memory()
    threads = device.set_threads(config.threads)
    result: dict[str, Any] = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        measured = name == "fp32" or device.has_bf16(config.device)
        share = _share(config, dtype, rounds, clock) if measured else (None, None, None)
        result |= dict(zip((f"matmul_gflops_{name}", f"step_gflops_{name}", f"matmul_share_{name}"), share, strict=True))
    recipe, step = make_step(config, device.choose(config.device, "fp32"))
    layers = layers_of(recipe.model, step)
    steps = 2 if rounds < 3 else 5
    events = watch(step, steps)
    return result | {
        "matmul_share": result["matmul_share_fp32"],
        "gflop_per_image": round(sum(x.forward_flops + x.backward_flops for x in layers) / config.batch_size / 1e9, 3),
        "step_by_kind": by_kind(events, steps),
        "step_by_layer": by_layer(events, layers, steps),
        "threads": threads,
    }


def _share(config: TrainConfig, dtype: torch.dtype, rounds: int, clock: Callable[[], float]) -> tuple[float, float, float]:
    """GFLOP/s of matrix products and of the step, and their ratio; medians over rounds that take turns."""
    recipe, step = make_step(config, device.choose(config.device, "bf16" if dtype is torch.bfloat16 else "fp32"))
    flops = sum(layer.forward_flops + layer.backward_flops for layer in layers_of(recipe.model, step))
    products, steps = [], []
    for _ in range(rounds):
        products.append(matmul_rate(dtype, recipe.compute.device, clock))
        started = clock()
        step()
        step()
        steps.append(2 * flops / (clock() - started) / 1e9)
    share = median(b / a for a, b in zip(products, steps, strict=True))
    return round(median(products), 1), round(median(steps), 1), round(share, 3)
