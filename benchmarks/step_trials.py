"""What each way of making the training step faster gives: the step as it is, against itself with one thing changed.

Each change is measured beside the unchanged step in one process, in turns, and given as the median over the rounds of
changed over unchanged images/s: below 1 the program is right not to do it, or to do what the row takes away. Thread
placement and the allocator's thresholds are read when a process starts, so those have a process each (`turns.py`).

On a machine that does other things too, `--clock cpu` with `--threads 1` counts processor time instead.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from common import clock_of, note, parser, report, table
from step_share import make_step
from torch import Tensor, nn
from turns import Turns, Worker

from core import device
from core.config import TrainConfig, preset, with_values
from core.families.vae.recipe import VaeRecipe

Clock = Callable[[], float]
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "freed memory goes back to the system (glibc's default)": {"TRIAL_KEEPS_MEMORY": "0"},
    "threads bound to cores (OMP_PROC_BIND=true)": {"OMP_PROC_BIND": "true", "OMP_PLACES": "cores"},
    "threads spin while they wait (OMP_WAIT_POLICY=active)": {"OMP_WAIT_POLICY": "active"},
    "threads sleep while they wait (OMP_WAIT_POLICY=passive)": {"OMP_WAIT_POLICY": "passive"},
    "large pages (THP_MEM_ALLOC_ENABLE=1)": {"THP_MEM_ALLOC_ENABLE": "1"},
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One change."""

    name: str
    change: Callable[[VaeRecipe], Any]
    values: dict[str, Any] | None = None  # settings that differ; images/s are compared, so the batch size may


def contiguous(recipe: VaeRecipe) -> None:
    """PyTorch's default memory layout everywhere."""
    model = recipe.model
    model.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    for part in (model.encoder, model.decoder):
        part.register_forward_pre_hook(lambda _, given: (given[0].contiguous(),))


def dropout_by_number(recipe: VaeRecipe) -> None:
    """`nn.Dropout` in place of `nn.Dropout2d`."""
    for part in (recipe.model.encoder, recipe.model.decoder):
        for place, layer in enumerate(part):
            if isinstance(layer, nn.Dropout2d):
                part[place] = nn.Dropout(layer.p)


def relu_beside(recipe: VaeRecipe) -> None:
    """ReLU that writes beside its input."""
    for layer in recipe.model.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False


def adam(**options: bool) -> Callable[[VaeRecipe], None]:
    """Another of Adam's implementations."""

    def change(recipe: VaeRecipe) -> None:
        recipe.optimizer = torch.optim.Adam(recipe.model.parameters(), **options)

    return change


def biases_learn(recipe: VaeRecipe) -> None:
    """The biases that BatchNorm takes away again get a gradient, too (it is zero up to rounding)."""
    recipe.model.requires_grad_(True)


class LastAsConvolution(nn.Module):
    """The last transposed convolution as a 2x2 convolution to four times the channels, which are then interleaved."""

    def __init__(self, layer: nn.ConvTranspose2d) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 3, 2H, 2W)."""
        weight = self.layer.weight
        before, after = weight.shape[:2]
        kernel = weight.view(before, after, 2, 2, 2, 2).flip(2, 4).permute(1, 3, 5, 0, 2, 4).reshape(4 * after, before, 2, 2)
        made = nn.functional.conv2d(x, kernel, self.layer.bias.repeat_interleave(4), padding=1)
        return nn.functional.pixel_shuffle(made, 2)[:, :, 1:-1, 1:-1]


def last_as_convolution(recipe: VaeRecipe) -> None:
    """See LastAsConvolution."""
    recipe.model.decoder[-1] = LastAsConvolution(recipe.model.decoder[-1])


def compiled(recipe: VaeRecipe) -> None:
    """torch.compile of both halves; it fuses BatchNorm's, ReLU's and dropout's arithmetic."""
    recipe.model.encoder = torch.compile(recipe.model.encoder)
    recipe.model.decoder = torch.compile(recipe.model.decoder)


def nothing(recipe: VaeRecipe) -> None:
    """The step as it is."""


TRIALS = (
    Trial("the default memory layout instead of channels-last", contiguous),
    Trial("dropout of numbers instead of channels", dropout_by_number),
    Trial("no dropout at all", nothing, {"model.dropout": 0.0}),
    Trial("ReLU not in place", relu_beside),
    Trial("Adam as it is by default", adam()),
    Trial("Adam with foreach", adam(foreach=True)),
    Trial("biases before BatchNorm get a gradient", biases_learn),
    Trial("the last layer as a convolution", last_as_convolution),
    Trial("denormals flushed to zero", nothing),
    Trial("batches of 32", nothing, {"batch_size": 32}),
    Trial("batches of 64", nothing, {"batch_size": 64}),
    Trial("batches of 256", nothing, {"batch_size": 256}),
)
COMPILED = Trial("torch.compile", compiled)


def rate(step: Callable[[], object], config: TrainConfig, clock: Clock) -> float:
    """Images a second of one step."""
    started = clock()
    step()
    return config.batch_size / (clock() - started)


def compare(trial: Trial, config: TrainConfig, rounds: int, clock: Clock) -> dict[str, Any]:
    """A trial against the step as it is."""
    changed_config = with_values(config, trial.values or {})
    compute = device.choose("cpu", config.precision)
    _, plain = make_step(config, compute)
    recipe, changed = make_step(changed_config, compute)
    trial.change(recipe)
    flush = trial.name.startswith("denormals")
    plain()
    started = time.perf_counter()
    changed()  # torch.compile does its work in here
    first = time.perf_counter() - started
    ratios = []
    for _ in range(rounds):
        before = rate(plain, config, clock)
        torch.set_flush_denormal(flush)
        ratios.append(rate(changed, changed_config, clock) / before)
        torch.set_flush_denormal(False)
    return {"change": trial.name, "ratio": round(median(ratios), 3), "first_step_seconds": round(first, 1)}


def compare_environments(config: TrainConfig, rounds: int, cpu_clock: bool) -> list[dict[str, Any]]:
    """What is set when a process starts, each against a process as the program has it."""
    arguments = [__file__, "--worker", json.dumps([config.batch_size, config.threads, config.precision, cpu_clock])]
    found: dict[str, list[float]] = {name: [] for name in ENVIRONMENTS}
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(Worker("the step", arguments))
        workers = {name: stack.enter_context(Worker(name, arguments, environment)) for name, environment in ENVIRONMENTS.items()}
        for worker in (plain, *workers.values()):
            worker.ready()
        for _ in range(rounds):
            before = plain.turn()["rate"]
            for name, worker in workers.items():
                found[name].append(worker.turn()["rate"] / before)
    return [{"change": name, "ratio": round(median(ratios), 3)} for name, ratios in found.items()]


def be_worker(given: str) -> None:
    """Two steps a turn."""
    batch, threads, precision, cpu_clock = json.loads(given)
    if os.environ.get("TRIAL_KEEPS_MEMORY") != "0":
        device.keep_freed_memory()
    device.set_threads(threads)
    config = with_values(preset("table1"), {"batch_size": batch, "threads": threads, "precision": precision})
    _, step = make_step(config, device.choose("cpu", precision))
    clock = clock_of("cpu" if cpu_clock else "wall")
    step()
    turns = Turns()
    while True:
        turns.wait()
        turns.tell({"rate": rate(step, config, clock)})


def main() -> None:
    """Run it."""
    options = parser("What each way of making the training step faster gives.")
    options.add_argument("--markdown", action="store_true", help="print the table of docs/performance.md")
    options.add_argument("--batch-size", type=int, default=0, help="128 by default, as in the assignment (--quick: 8)")
    options.add_argument("--rounds", type=int, default=0, help="9 by default (--quick: 1)")
    options.add_argument("--precision", default="fp32", choices=("fp32", "bf16"))
    options.add_argument("--threads", type=int, default=0, help="0 = all cores")
    options.add_argument("--clock", default="wall", choices=("wall", "cpu"))
    given = options.parse_args()
    rounds, batch = given.rounds or (1 if given.quick else 9), given.batch_size or (8 if given.quick else 128)
    values = {"batch_size": batch, "threads": given.threads, "precision": given.precision}
    config = with_values(preset("table1"), values)
    clock = clock_of(given.clock)
    rows = compare_environments(config, rounds, given.clock == "cpu")
    device.keep_freed_memory()
    threads = device.set_threads(given.threads)
    has_compiler = any(shutil.which(name) for name in ("g++", "clang++", "c++"))
    if not has_compiler:
        note("No C++ compiler is found, which torch.compile needs on a processor: that row is left out.")
    for trial in (*TRIALS, *((COMPILED,) if has_compiler and not given.quick else ())):
        rows.append(found := compare(trial, config, rounds, clock))
        note(f"{found['change']}: {found['ratio']}")
        gc.collect()
    result = {"changes": rows, "batch_size": batch, "threads": threads, "precision": given.precision, "clock": given.clock}
    if given.markdown:
        print(table(["change", "images/s against the step as it is"], [[row["change"], row["ratio"]] for row in rows]))
        compiling = next((row["first_step_seconds"] for row in rows if row["change"] == COMPILED.name), None)
        if compiling is not None:
            print(f"torch.compile's first step took {compiling:g} s.")
    else:
        report(result, given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        be_worker(sys.argv[2])
    else:
        main()
