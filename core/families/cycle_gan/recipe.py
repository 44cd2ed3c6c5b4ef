"""How a CycleGAN learns: one step of all four networks, its validation, and all state to resume exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.checkpoint import Checkpoint
from core.config import TrainConfig
from core.data.dataset import FaceData, Rows
from core.data.dataset import batch as read_batch
from core.data.lazy_rows import Pictures
from core.data.split import spread
from core.device import Compute
from core.errors import ConfigError
from core.families.cycle_gan.family import FAMILY, FLIPS
from core.families.cycle_gan.hidden import through_jpeg
from core.families.cycle_gan.instrument import CycleGanInstrument, as_input, as_pixels
from core.families.cycle_gan.looks import difference_map
from core.families.cycle_gan.losses import adversarial, discriminating, distance, forward_pass, total
from core.families.cycle_gan.networks import CycleGan
from core.families.cycle_gan.pool import Pool
from core.metrics.reconstruction import psnr
from core.metrics.side_reader import SideReader
from core.progress import Progress, silent
from core.team import Team
from core.training.batches import to_input
from core.training.ema import WeightAverage
from core.training.measures import measure_judged
from core.training.one_network import OneNetwork, arrays_of, begun, part_of
from core.training.optim import Adam, descend
from core.training.recipe import JUDGING, Batch, Interrupted, Judgement, Moment
from core.training.summaries import PREVIEWED

BETAS = (0.5, 0.999)  # of both Adams
JUDGED = 128  # held-out pictures of each side that an epoch is judged on, evenly spread
READ = 1500  # training pictures of each side that the reader learns from
AT_ONCE = 16  # pictures that are judged together
DISCRIMINATORS = "discriminators."  # in a checkpoint: their optimizer's state
POOL_A, POOL_B, STEPS = "pool.a", "pool.b", "pool.steps"


@dataclass(kw_only=True)
class CycleGanRecipe(OneNetwork[CycleGan]):
    """Four networks, two optimizers, two pools, and perhaps the weights' average."""

    data: FaceData
    discriminators: Adam  # the optimizer of both; `optimizer` is that of the generators
    cycle_weight: float
    identity_weight: float
    seed: int
    pool_a: Pool
    pool_b: Pool
    steps: int = 0

    def step(self, pictures: Batch, now: Moment, others: Batch | None = None) -> Mapping[str, Tensor]:
        """See Recipe. The first half of the pictures is of side A."""
        model = self.model
        model.train()
        self.optimizer.learning_rate = self.discriminators.learning_rate = now.learning_rate
        a, b = as_input(to_input(pictures.images, self.compute.device)).chunk(2)
        self.steps += 1
        learn(model, generators=True)
        with self.compute.autocast():
            terms, as_b, as_a = forward_pass(model, a, b, has_identity=self.identity_weight > 0.0)
        loss = total(terms, self.cycle_weight, self.identity_weight)
        self.clipped = descend(self.optimizer, loss, model.generator_weights(), self.team, self.gradient_clip)
        learn(model, generators=False)
        chance = np.random.default_rng([self.seed, self.steps])
        seen_a, seen_b = self.pool_a.exchanged(as_a, chance), self.pool_b.exchanged(as_b, chance)
        with self.compute.autocast():
            of_a = discriminating(model.real_a(a), model.real_a(seen_a))
            of_b = discriminating(model.real_b(b), model.real_b(seen_b))
        judges = model.discriminator_weights()
        self.clipped |= descend(self.discriminators, of_a + of_b, judges, self.team, self.gradient_clip)
        if self.average:
            self.average.update(model)
        return {"loss": loss, **terms, "discriminator_a": of_a, "discriminator_b": of_b}

    def judge(
        self, images: Pictures, rows: np.ndarray, now: Moment, cancelled: Callable[[], bool], progress: Progress = silent
    ) -> Judgement:
        """See Recipe. Of each side at most 128 of the rows are looked at, always the same ones."""
        assert self.data.sides is not None
        model = self.shown.eval()
        sides = [spread(self.data.sides.rows(rows, side), JUDGED) for side in (0, 1)]
        done, count = 0, sum(map(len, sides))
        numbers: dict[str, float] = {}
        halves = {"a": 0.0, "b": 0.0}  # of each discriminator's loss: what real and what translated pictures add
        rightly = 0
        for side, own, goal in ((0, "a", "b"), (1, "b", "a")):
            there, back = (model.to_b, model.to_a) if side == 0 else (model.to_a, model.to_b)
            of_own, of_goal = (model.real_a, model.real_b) if side == 0 else (model.real_b, model.real_a)
            sums: defaultdict[str, float] = defaultdict(float)
            for x, pictures in self._parts(images, sides[side]):
                if cancelled():
                    raise Interrupted
                with torch.inference_mode(), self.compute.autocast():
                    goal_x = there(x)
                    returned = back(goal_x)
                    scores, own_scores = of_goal(goal_x), of_own(x)
                    same = back(x) if self.identity_weight > 0.0 else None
                    levels = as_levels(goal_x)
                    rounded, small = (back(as_input(to_input(one, self.compute.device))) for one in (levels, through_jpeg(levels)))
                terms = {
                    f"gan_{own}{goal}": adversarial(scores),
                    f"cycle_{own}": distance(returned, x),
                    f"changed_{own}": distance(goal_x, x),
                    f"psnr_{own}": psnr(as_pixels(x), as_pixels(returned)).mean(),
                    f"levels_{own}": psnr(as_pixels(x), as_pixels(rounded)).mean(),
                    f"jpeg_{own}": psnr(as_pixels(x), as_pixels(small)).mean(),
                } | ({f"identity_{own}": distance(same, x)} if same is not None else {})
                for key, value in terms.items():
                    sums[key] += len(x) * float(value)
                halves[goal] += 0.5 * len(x) * float(scores.square().mean()) / len(sides[side])
                halves[own] += 0.5 * len(x) * float((own_scores - 1.0).square().mean()) / len(sides[side])
                sums[f"flip_{own}{goal}"] += 100.0 * float((self.reader.of_second(levels) != bool(side)).sum())
                rightly += int((self.reader.of_second(pictures) == bool(side)).sum())
                done += len(x)
                progress(JUDGING, done, count)
            numbers |= {key: value / len(sides[side]) for key, value in sums.items()}
        numbers |= {f"discriminator_{side}": value for side, value in halves.items()}
        numbers |= {FLIPS: (numbers["flip_ab"] + numbers["flip_ba"]) / 2.0, "read_right": 100.0 * rightly / count}
        return Judgement({"loss": self._loss_of(numbers)} | numbers)

    @cached_property
    def reader(self) -> SideReader:
        """Tells the sides apart, by the training pictures alone."""
        assert self.data.sides is not None
        train = [spread(self.data.sides.rows(self.data.split.train, side), READ) for side in (0, 1)]
        return SideReader(*(read_batch(self.data.images, rows) for rows in train))

    def tensors(self) -> dict[str, np.ndarray]:
        """See Recipe."""
        pools = {POOL_A: self.pool_a.tensor(), POOL_B: self.pool_b.tensor()}
        judges = {DISCRIMINATORS + name: value for name, value in self.discriminators.tensors(self.model).items()}
        return super().tensors() | arrays_of(pools | judges | {STEPS: torch.tensor(self.steps)})

    def load_state(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Restore what `tensors` gave. Raises RuntimeError or KeyError where they don't fit."""
        super().load_state(tensors)
        self.discriminators.load_tensors(self.model, part_of(tensors, DISCRIMINATORS))
        for pool, name in ((self.pool_a, POOL_A), (self.pool_b, POOL_B)):
            pool.load(torch.from_numpy(np.array(tensors[name])).to(self.compute.device))
        self.steps = int(tensors[STEPS])

    def _parts(self, images: Pictures, rows: Rows) -> Iterator[tuple[Tensor, np.ndarray]]:
        """Pictures, some at a time: in [-1, 1] on the device, and as they are."""
        for start in range(0, len(rows), AT_ONCE):
            pictures = read_batch(images, rows[start : start + AT_ONCE])
            yield as_input(to_input(pictures, self.compute.device)), pictures

    def _loss_of(self, numbers: Mapping[str, float]) -> float:
        """The generators' loss from its terms."""
        return float(total({key: torch.tensor(value) for key, value in numbers.items()}, self.cycle_weight, self.identity_weight))


def learn(model: CycleGan, *, generators: bool) -> None:
    """Let gradients flow into the generators' weights alone, or into the discriminators' alone."""
    for weight in model.generator_weights():
        weight.requires_grad_(generators)
    for weight in model.discriminator_weights():
        weight.requires_grad_(not generators)


def as_levels(x: Tensor) -> np.ndarray:
    """Pictures (n, C, H, W) in [-1, 1] as those of a file: uint8 (n, H, W, C)."""
    levels = as_pixels(x).mul(255.0).round_().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).cpu().numpy())


def make_recipe(
    config: TrainConfig, data: FaceData, compute: Compute, start: Checkpoint | None = None, team: Team | None = None
) -> CycleGanRecipe:
    """See `core.training.recipe.Home`."""
    if team is not None and team.size > 1:
        raise ConfigError("A CycleGAN trains in one process.", "Start it without torchrun.")
    torch.manual_seed(config.seed)
    own = config.settings
    model = begun(CycleGan(own, config.data.channels), compute, start)
    return CycleGanRecipe(
        model=model,
        optimizer=Adam(model.generator_weights(), config.learning_rate, BETAS),
        discriminators=Adam(model.discriminator_weights(), config.learning_rate, BETAS),
        compute=compute,
        team=team or Team(),
        gradient_clip=config.gradient_clip,
        average=WeightAverage(model, config.ema_decay) if config.ema_decay else None,
        data=data,
        cycle_weight=own.cycle_weight,
        identity_weight=own.identity_weight,
        seed=config.seed,
        pool_a=Pool(own.pool),
        pool_b=Pool(own.pool),
    )


def open_instrument(checkpoint: Checkpoint, compute: Compute | None = None) -> CycleGanInstrument:
    """A trained CycleGAN. Raises CheckpointError where its weights don't fit."""
    return CycleGanInstrument(checkpoint, compute)


def preview(instrument: CycleGanInstrument, data: FaceData) -> Mapping[str, np.ndarray]:
    """Some validation pictures of each side, the same at every epoch: as they are, translated, and back, and what changed."""
    assert data.sides is not None
    held_out = [data.sides.rows(data.split.valid, side) for side in (0, 1)]
    count = min(PREVIEWED, *map(len, held_out))
    rows: list[np.ndarray] = []
    for side, to in ((0, "B"), (1, "A")):
        originals = read_batch(data.images, spread(held_out[side], count))
        there, back = instrument.there_and_back(originals, to)
        rows += [originals, there, back, difference_map(originals, there)]
    return dict(zip(FAMILY.rows, rows, strict=True))


def measure(
    instrument: CycleGanInstrument,
    checkpoint: Checkpoint,
    data: FaceData,
    progress: Progress = silent,
    *,
    importance_samples: int = 0,
) -> dict[str, Any]:
    """Its metrics over the validation part; the reader learns from the training part."""
    recipe = make_recipe(checkpoint.header.config, data, instrument.compute, checkpoint)
    return measure_judged(FAMILY, recipe, instrument, data, progress)
