"""What the program adds to a training step: each family's step beside a bare loop of the same network, in turns.

- bare: the network, its loss written out, backward, `torch.optim.Adam`, in the same precision; its batch is a float tensor that
  lies ready. For a VQ-VAE the codebook's plain moving averages, for an SC-VAE its atoms' length, for a colouriser the conversion to
  Lab, for a CycleGAN its pool of 50, and nothing else. A CycleGAN's networks are called as in the authors' code, one term after the
  other.
- program: the recipe's `step`, from uint8 pictures on.

`ratio` is the median over the rounds of program over bare, in images a second: at least 0.9 is wanted. Random pictures: the
arithmetic is the same whatever they show. By the processor's time of one thread, which other programs hardly disturb.
"""

from __future__ import annotations

import copy
import math
import os
import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from common import clock_of, note, own_places, parser, report
from torch import Tensor
from train_step import write_pictures

from core import device
from core.config import TrainConfig, preset, with_values
from core.data.dataset import FaceData, load
from core.device import Compute
from core.families.base import Elapsed
from core.families.colouriser.lab import AB_RANGE, rgb_to_lab
from core.families.colouriser.recipe import ColouriserRecipe
from core.families.cycle_gan.family import FAMILY as CYCLE_GAN
from core.families.cycle_gan.recipe import BETAS as GAN_BETAS
from core.families.cycle_gan.recipe import CycleGanRecipe
from core.families.sc_vae.recipe import ScVaeRecipe
from core.families.vae.recipe import VaeRecipe
from core.families.vq_vae.family import PRIOR_PHASE
from core.families.vq_vae.prior_phase import BETAS
from core.families.vq_vae.recipe import VqVaeRecipe
from core.training.batches import to_input
from core.training.recipe import Batch, Moment, home_of
from core.training.unpaired import with_sides

WANTED = 0.9
SMALL: Mapping[str, Any] = {"data.image_size": 32, "batch_size": 8}
KINDS: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "vq_vae": ("codes", {}, {"grid": 8, "hidden": 16}),
    "vq_vae_prior": ("codes", {}, {"grid": 4, "hidden": 16}),
    "sc_vae": ("atoms", {}, {"grid": 4, "hidden": 16, "code_dim": 16, "atoms": 32}),
    "vamp_prior": (
        "quick",
        {"data.image_size": 64, "prior": "vamp", "whiten_every": 0, "pseudo_inputs": 32, "pseudo_inputs_start": "noise"},
        {"pseudo_inputs": 4},
    ),
    "fruit": ("fruit", {}, {"model.latent_dim": 64}),
    "colouriser": ("colour", {"data.image_size": 128}, {}),
    "cycle_gan": ("cyclegan", {}, {"width": 4, "blocks": 1, "judge_width": 4, "judge_layers": 1, "batch_size": 4}),
}
"""Name -> a preset, what else is set, and what makes it small for --quick."""


def bare_vq_vae(recipe: VqVaeRecipe, x: Tensor) -> Callable[[], object]:
    """The paper's loss, and the codes as plain moving averages of their vectors."""
    model, adam, compute = _own(recipe.model, recipe.compute)
    target, decay = model.standardise(x), model.codebook.decay
    counts, sums = torch.ones(len(model.codebook.codes)), model.codebook.codes.clone()

    def step() -> None:
        model.train()
        with compute.autocast():
            done = model(x)
        loss = F.mse_loss(done.reconstruction, target) + recipe.commitment * done.commitment
        _descend(adam, loss)
        with torch.no_grad():
            indices = done.indices.flatten()
            counts.mul_(decay).add_(torch.bincount(indices, minlength=len(counts)), alpha=1 - decay)
            sums.mul_(decay).add_(torch.zeros_like(sums).index_add_(0, indices, done.vectors.float()), alpha=1 - decay)
            model.codebook.codes.copy_(sums / counts.clamp_min(1e-5)[:, None])

    return step


def bare_code_prior(recipe: VqVaeRecipe, x: Tensor) -> Callable[[], object]:
    """Pictures to codes, and the cross entropy of the next code."""
    assert recipe.prior is not None
    model, compute, prior = recipe.prior.model, recipe.compute, copy.deepcopy(recipe.prior.prior)
    adam = torch.optim.Adam(prior.parameters(), 0.001, BETAS)

    def step() -> None:
        prior.train()
        with torch.no_grad(), compute.autocast():
            indices = model.encode(x)
        with compute.autocast():
            loss = prior.surprise(indices).mean()
        _descend(adam, loss)

    return step


def bare_sc_vae(recipe: ScVaeRecipe, x: Tensor) -> Callable[[], object]:
    """The loss, and atoms of length 1."""
    model, adam, compute = _own(recipe.model, recipe.compute)
    target, atoms = model.standardise(x), model.dictionary.atoms

    def step() -> None:
        model.train()
        with compute.autocast():
            done = model(x)
        loss = F.mse_loss(done.reconstruction, target) + recipe.dictionary_weight * done.left_out
        _descend(adam, loss)
        with torch.no_grad():
            atoms.div_(atoms.norm(dim=1, keepdim=True))

    return step


def bare_vae(recipe: VaeRecipe, x: Tensor) -> Callable[[], object]:
    """Summed squared error by its variance, and the KL: from N(0, I) in closed form, or by one sample from pseudo-inputs' codes."""
    model, adam, compute = _own(recipe.model, recipe.compute)
    target = (x - model.pixel_mean[:, None, None]) / model.pixel_std[:, None, None]
    variance = float(recipe.objective.log_variance.exp())

    def log_normal(z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
        return -0.5 * (math.log(2 * math.pi) + log_var + (z - mean).square() * torch.exp(-log_var)).sum(-1)

    def step() -> None:
        model.train()
        with compute.autocast():
            q = model.encode(x)
            z = q.mean + torch.exp(0.5 * q.log_var) * torch.randn_like(q.mean)
            decoded = model.decode_raw(z)
        loss = 0.5 * (decoded.float() - target).square().sum() / variance
        if model.pseudo_inputs is None:
            loss = loss + 0.5 * (q.mean.square() + q.log_var.exp() - 1 - q.log_var).sum()
        else:
            model.eval()
            with compute.autocast():
                u = model.encode(model.pseudo_inputs.pixels)
            mixed = torch.logsumexp(log_normal(z[:, None], u.mean, u.log_var), dim=1) - math.log(len(u.mean))
            loss = loss + (log_normal(z, q.mean, q.log_var) - mixed).sum()
        _descend(adam, loss / len(x))
        if model.pseudo_inputs is not None:
            with torch.no_grad():
                model.pseudo_inputs.pixels.clamp_(0, 1)

    return step


def bare_colouriser(recipe: ColouriserRecipe, x: Tensor) -> Callable[[], object]:
    """Pictures to L* and what a* and b* the network says for it, and their squared error as shares of 110."""
    model, adam, compute = _own(recipe.model, recipe.compute)

    def step() -> None:
        model.train()
        lab = rgb_to_lab(x)
        with compute.autocast():
            ab = model.colours_of(model.given(lab[:, :1], None))
        _descend(adam, F.mse_loss(ab / AB_RANGE, lab[:, 1:] / AB_RANGE))

    return step


def bare_cycle_gan(recipe: CycleGanRecipe, x: Tensor) -> Callable[[], object]:
    """The generators' six terms, then both discriminators on the translations of a pool, each with an Adam of its own."""
    model, compute, chance = copy.deepcopy(recipe.model).requires_grad_(True), recipe.compute, random.Random(0)
    generators, discriminators = model.generator_weights(), model.discriminator_weights()
    adam, judging = (torch.optim.Adam(weights, 2e-4, GAN_BETAS) for weights in (generators, discriminators))
    a, b = (2.0 * x - 1.0).chunk(2)
    pools: tuple[list[Tensor], list[Tensor]] = ([], [])

    def pooled(pool: list[Tensor], made: Tensor) -> Tensor:
        given = []
        for picture in made.detach():
            if len(pool) < 50:
                pool.append(picture.clone())
            elif chance.random() < 0.5:
                place = chance.randrange(50)
                given.append(pool[place])
                pool[place] = picture.clone()
                continue
            given.append(picture)
        return torch.stack(given)

    def step() -> None:
        model.train()
        for weight in discriminators:
            weight.requires_grad_(False)
        with compute.autocast():
            as_b, as_a = model.to_b(a), model.to_a(b)
            loss = (model.real_b(as_b) - 1.0).square().mean() + (model.real_a(as_a) - 1.0).square().mean()
            loss = loss + recipe.cycle_weight * (F.l1_loss(model.to_a(as_b), a) + F.l1_loss(model.to_b(as_a), b))
            loss = loss + recipe.identity_weight * (F.l1_loss(model.to_a(a), a) + F.l1_loss(model.to_b(b), b))
        _descend(adam, loss)
        for weight in discriminators:
            weight.requires_grad_(True)
        seen_a, seen_b = pooled(pools[0], as_a), pooled(pools[1], as_b)
        with compute.autocast():
            of_a = 0.5 * ((model.real_a(a) - 1.0).square().mean() + model.real_a(seen_a).square().mean())
            of_b = 0.5 * ((model.real_b(b) - 1.0).square().mean() + model.real_b(seen_b).square().mean())
        _descend(judging, of_a + of_b)

    return step


def _descend(adam: torch.optim.Adam, loss: Tensor) -> None:
    """The optimizer's step, and nothing else."""
    adam.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    adam.step()


def _own(network: Any, compute: Compute) -> tuple[Any, torch.optim.Adam, Compute]:
    """A copy of a network with an optimizer of its own."""
    model = copy.deepcopy(network)
    return model, torch.optim.Adam(model.parameters(), 0.001), compute


BARE: Mapping[str, Callable[[Any, Tensor], Callable[[], object]]] = {
    "vq_vae": bare_vq_vae,
    "vq_vae_prior": bare_code_prior,
    "sc_vae": bare_sc_vae,
    "vamp_prior": bare_vae,
    "fruit": bare_vae,
    "colouriser": bare_colouriser,
    "cycle_gan": bare_cycle_gan,
}


def steps_of(name: str, config: TrainConfig, data: FaceData) -> tuple[Callable[[], object], Callable[[], object]]:
    """The program's step and the bare one, from the same weights."""
    recipe = cast(Any, home_of(config.family).make_recipe(config, data, device.choose("cpu", config.precision)))
    pictures, now = np.array(data.images[: config.batch_size]), Moment(Elapsed(0.0), config.learning_rate)

    def program() -> None:
        recipe.step(Batch(pictures), now)

    program()  # a codebook begins with the first batch
    if name == "vq_vae_prior":
        recipe.begin(PRIOR_PHASE)
    return program, BARE[name](recipe, to_input(pictures, recipe.compute.device).contiguous())


def measured(name: str, config: TrainConfig, data: FaceData, rounds: int, steps: int) -> dict[str, Any]:
    """Images a second of both, and the median of their ratios."""
    ways, clock = steps_of(name, config, data), clock_of("cpu")
    rates: list[list[float]] = []
    for number in range(rounds + 1):
        row = []
        for way in ways if number % 2 else ways[::-1]:
            begun = clock()
            for _ in range(steps if number else 1):
                way()
            row.append(steps * config.batch_size / (clock() - begun))
        if number:  # the first round only warms up
            rates.append(row if number % 2 else row[::-1])
    program, bare = (median(row[place] for row in rates) for place in (0, 1))
    ratio = median(row[0] / row[1] for row in rates)
    note(f"{name}: program {program:.1f}, bare {bare:.1f} images/s, ratio {ratio:.3f}")
    return {"images_per_second": round(program, 1), "bare_images_per_second": round(bare, 1), "ratio": round(ratio, 3)}


def main() -> None:
    """Run it."""
    options = parser("Images a second of each family's step, beside a bare loop of the same network.")
    options.add_argument("--only", default="", metavar="NAME,...", help=f"of {', '.join(KINDS)}; all by default")
    options.add_argument("--rounds", type=int, default=0, help="9 by default (--quick: 2)")
    options.add_argument("--steps", type=int, default=0, help="in each round: 4 by default (--quick: 2)")
    options.add_argument("--precision", default="auto", choices=("auto", "fp32", "bf16"))
    given = options.parse_args()
    wanted = [name for name in given.only.split(",") if name] or list(KINDS)
    device.set_threads(1)
    device.keep_freed_memory()  # as the training process does; the bare loop gains by it too
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ |= own_places(Path(own))
        for name in wanted:
            preset_name, also, small = KINDS[name]
            values = {**also, **({**SMALL, **small} if given.quick else {}), "precision": given.precision, "threads": 1}
            config = with_values(preset(preset_name), values)
            folder = Path(own) / f"pictures-{config.data.image_size}"
            if not folder.is_dir():
                write_pictures(folder, 64, config.data.image_size)
            data = load(with_values(config, {"data.source": str(folder)}).data)
            if config.family == CYCLE_GAN.name:
                data = with_sides(data, ("", ""))
            rounds, steps = given.rounds or (2 if given.quick else 9), given.steps or (2 if given.quick else 4)
            result[name] = measured(name, config, data, rounds, steps)
    report(result | {"wanted": WANTED, "precision": given.precision, "torch": torch.__version__}, given.json)


if __name__ == "__main__":
    main()
