"""How long a whole epoch takes, from pictures to weights: ours, a tutorial's loop, and pythae's trainer, in turns.

All train the same network (Table 1) on the same JPEG files with the same threads, each in a process of its own:

- ours: `core.training.loop.train` as `main.py train` runs it. The first epoch imports the pictures into the cache; each one
  ends with validation, a preview, the smile's direction, and checkpoints.
- plain: a tutorial's loop over a float tensor that lies ready: shuffled batches, a validation pass, weights saved.
- peer: pythae's own trainer (`peer_pythae.py`) on a float array that lies ready; and lazily, on files opened when wanted.

With `--network burgess` it is the small network of the papers on disentangling, on grey pictures of 64x64 with Bernoulli pixels and
batches of 64, as the preset `dsprites` has it; then nothing is measured but ours and pythae's.

The first epoch counts by itself, with what each needs to get at its pictures; the rates are medians of the later ones.
Then the step alone, by turns with matrix products: which part of the machine's rate it reaches, and where the rest goes.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from common import clock_of, note, own_places, parser, report, table
from PIL import Image
from turns import Turns, Worker

from core.config import TrainConfig, from_dict, preset, to_dict, with_values

Clock = Callable[[], float]
VALID_FRACTION = 0.2
CELEBA_SIZE = (178, 218)  # pixels
NAMES = {"ours": "Labkhand", "plain": "plain loop", "peer": "pythae", "peer_lazy": "pythae, files opened when wanted"}
NO_PEER = "pythae isn't installed in this Python, so nothing is compared with it: pip install -r benchmarks/requirements.txt"


def write_pictures(folder: Path, count: int) -> None:
    """Blurred noise of CelebA's size as JPEG, in two classes: to decode it costs what a photo costs."""
    rng = np.random.default_rng(0)
    for index in range(count):
        place = folder / ("smile" if index % 2 else "non_smile")
        place.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (28, 22, 3), np.uint8))
        coarse.resize(CELEBA_SIZE, Image.Resampling.BICUBIC).save(place / f"{index:06d}.jpg", quality=90)


def work_ours(config: TrainConfig, folder: Path, clock: Clock) -> None:
    """An epoch of the program a turn."""
    from core import device
    from core.events import CheckpointSaved, RunFailed, RunStarted, Step
    from core.training.loop import train

    device.keep_freed_memory()  # as `main.py train` does
    turns = Turns()
    turns.wait()
    begin = ready = clock()
    trained, pictures = 0.0, 0
    for event in train(with_values(config, {"epochs": 1_000_000}), folder):
        now = clock()
        if isinstance(event, RunFailed):
            raise SystemExit(event.message)
        if isinstance(event, RunStarted):
            ready, pictures = now, int(event.data["train"])
        elif isinstance(event, Step):
            trained = now
        elif isinstance(event, CheckpointSaved) and not event.best:
            told = {"seconds": now - begin, "import_seconds": ready - begin, "training_seconds": trained - ready}
            turns.tell(told | {"pictures": pictures})
            turns.wait()
            begin = ready = clock()


def work_plain(config: TrainConfig, files: Sequence[Path], valid: int, folder: Path, clock: Clock) -> None:
    """An epoch of a tutorial's loop a turn: everything is as PyTorch has it by default."""
    import torch
    import torch.nn.functional as F
    from torch.utils.data import DataLoader, TensorDataset
    from train_step import PlainVAE

    from core.families.vae.networks.base import LatentSpec

    def loss_of(x: torch.Tensor) -> torch.Tensor:
        decoded, mean, log_var = model(x)
        kl = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
        return (F.mse_loss(decoded, x, reduction="sum") + kl) / len(x)

    turns = Turns()
    turns.wait()
    begin = clock()
    size = config.data.image_size
    pixels = torch.stack([torch.from_numpy(read_square(file, size)).permute(2, 0, 1) for file in files]).float().div(255)
    pixels = (pixels - pixels.mean(dim=(0, 2, 3), keepdim=True)) / pixels.std(dim=(0, 2, 3), keepdim=True)
    parts = TensorDataset(pixels[:-valid]), TensorDataset(pixels[-valid:])
    loaders = [DataLoader(part, config.batch_size, shuffle=part is parts[0]) for part in parts]
    torch.manual_seed(config.seed)
    model = PlainVAE(config, LatentSpec(config.settings.model.latent_dim, (3, size, size)))
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    ready = clock()
    while True:
        model.train()
        for (x,) in loaders[0]:
            loss = loss_of(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        trained = clock()
        model.eval()
        with torch.no_grad():
            sum(loss_of(x).item() * len(x) for (x,) in loaders[1])
        torch.save(model.state_dict(), folder / "weights.pt")
        told = {"seconds": clock() - begin, "import_seconds": ready - begin, "training_seconds": trained - ready}
        turns.tell(told | {"pictures": len(parts[0])})
        turns.wait()
        begin = ready = clock()


def read_square(path: Path, size: int) -> np.ndarray:
    """A picture's middle square, (size, size, 3) uint8."""
    with Image.open(path) as image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
        return np.array(image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS, box=box))


def be_worker(name: str, settings: Path) -> None:
    """What a child process does: `settings` says with what."""
    from core import device

    given = json.loads(settings.read_text())
    config = from_dict(TrainConfig, given["config"])
    device.set_threads(config.threads)
    clock = clock_of(given["clock"])
    folder = settings.parent / name
    folder.mkdir()
    files = sorted(Path(config.data.source).glob("*/*.jpg"), key=lambda file: file.name)
    valid = round(VALID_FRACTION * len(files))
    if name == "ours":
        work_ours(config, folder, clock)
    elif name == "plain":
        work_plain(config, files, valid, folder, clock)
    else:
        from peer_pythae import work

        work(config, files, valid, folder, name == "peer_lazy", clock)


def measure(settings: Path, names: Sequence[str], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """The epochs of each, the first one included, taking turns."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    # pythae's progress bars cost nothing, and nobody looks at them here.
    quiet = {"TQDM_DISABLE": "1"}
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(Worker(NAMES[name], [__file__, "--worker", name, str(settings)], quiet)) for name in names
        }
        for worker in workers.values():
            worker.ready()
        for number in range(rounds + 1):
            for name, worker in workers.items():
                found[name].append(epoch := worker.turn())
                rate = epoch["pictures"] / epoch["seconds"]
                what = f"round {number}" if number else "first epoch"
                note(f"{what}: {NAMES[name]} {epoch['seconds']:.1f} s, {rate:.1f} images/s")
    return found


def rates(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The medians, and ratios round by round; None where nothing was measured."""
    result: dict[str, Any] = {}
    for name in NAMES:
        own = "" if name == "ours" else f"{name}_"
        epochs = found.get(name)
        later = [epoch["pictures"] / epoch["seconds"] for epoch in epochs[1:]] if epochs else None
        training = [epoch["pictures"] / epoch["training_seconds"] for epoch in epochs[1:]] if epochs else None
        ours = [epoch["pictures"] / epoch["seconds"] for epoch in found["ours"][1:]]
        ours_training = [epoch["pictures"] / epoch["training_seconds"] for epoch in found["ours"][1:]]
        result[f"{own}images_per_second"] = round(median(later), 1) if later else None
        result[f"{own}training_images_per_second"] = round(median(training), 1) if training else None
        result[f"{own}first_epoch_seconds"] = round(epochs[0]["seconds"], 2) if epochs else None
        result[f"{own}import_seconds"] = round(epochs[0]["import_seconds"], 2) if epochs else None
        if name != "ours":
            key = "ratio" if name == "plain" else f"{own}ratio"
            result[key] = round(median(a / b for a, b in zip(ours, later, strict=True)), 3) if later else None
            both = zip(ours_training, training, strict=True) if training else ()
            result[key.replace("ratio", "training_ratio")] = round(median(a / b for a, b in both), 3) if training else None
    return result


def show(result: dict[str, Any]) -> None:
    """The tables of docs/performance.md."""
    rows = []
    for name, title in NAMES.items():
        own = "" if name == "ours" else f"{name}_"
        ratio = result["ratio" if name == "plain" else f"{own}ratio"] if own else 1.0
        if result[f"{own}images_per_second"] is not None:
            keys = ("images_per_second", "training_images_per_second", "first_epoch_seconds", "import_seconds")
            rows.append([title, *(result[own + key] for key in keys), ratio])
    head = ["", "images/s, epoch", "images/s, its training part", "first epoch, s", "of that the import, s", "ours against it"]
    print(table(head, rows))
    shares = [[k, result[f"matmul_gflops_{k}"], result[f"step_gflops_{k}"], result[f"matmul_share_{k}"]] for k in ("fp32", "bf16")]
    print(table(["precision", "matrix products, GFLOP/s", "the step, GFLOP/s", "share"], shares))
    print(table(["kind of operator", "ms a step", "share"], [list(row.values()) for row in result["step_by_kind"]]))
    print(
        table(
            ["layer", "what", "GFLOP", "forward, ms", "GFLOP/s", "backward, ms", "GFLOP/s"],
            [list(row.values()) for row in result["step_by_layer"]],
        )
    )


def main() -> None:
    """Run it."""
    options = parser("Images a second of a whole epoch: ours, a plain loop's, pythae's; and the step's share of the matrix rate.")
    options.add_argument("--markdown", action="store_true", help="print the tables of docs/performance.md")
    options.add_argument("--network", default="table1", choices=("table1", "burgess"), help="which network (default table1)")
    options.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="where (default cpu)")
    options.add_argument("--precision", default="fp32", choices=("auto", "fp32", "bf16"), help="of ours (default fp32, as pythae)")
    options.add_argument("--batch-size", type=int, default=0, help="128 by default, burgess 64, as published (--quick: 16)")
    options.add_argument("--rounds", type=int, default=0, help="epochs that count; 3 by default (--quick: 1)")
    options.add_argument("--steps", type=int, default=0, help="of an epoch; 16 by default (--quick: 2)")
    options.add_argument("--threads", type=int, default=0, help="0 = all cores")
    options.add_argument("--clock", default="wall", choices=("wall", "cpu"), help="cpu: for a busy machine, with --threads 1")
    given = options.parse_args()
    is_table1 = given.network == "table1"
    batch = given.batch_size or (16 if given.quick else 128 if is_table1 else 64)
    rounds, steps = given.rounds or (1 if given.quick else 3), given.steps or (2 if given.quick else 16)
    has_peer = importlib.util.find_spec("pythae") is not None
    if not has_peer:
        note(NO_PEER)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ |= own_places(Path(own))
        source = Path(own) / "pictures"
        values = {
            "data.source": str(source),
            "data.valid_fraction": VALID_FRACTION,
            "batch_size": batch,
            "precision": given.precision,
            "device": given.device,
            "threads": given.threads,
        }
        config = with_values(preset("table1" if is_table1 else "dsprites"), values)
        write_pictures(source, round(batch * steps / (1 - VALID_FRACTION)))
        settings = Path(own) / "settings.json"
        settings.write_text(json.dumps({"config": to_dict(config), "clock": given.clock}))
        names = [name for name in (NAMES if is_table1 else ("ours", "peer")) if has_peer or not name.startswith("peer")]
        found = measure(settings, names, rounds)
    result = rates(found)
    if is_table1:
        from step_share import step_share  # torch isn't needed earlier, and what it holds would be in the way

        result |= step_share(config, 2 if given.quick else 6, clock_of(given.clock))
    result |= {
        "network": given.network,
        "device": given.device,
        "precision": given.precision,
        "peer": _peer_version(),
        "batch_size": batch,
        "pictures": found["ours"][0]["pictures"],
        "rounds": rounds,
        "clock": given.clock,
    }
    if given.markdown and is_table1:
        show(result)
    else:
        report(result, given.json)


def _peer_version() -> str | None:
    return f"pythae {importlib.metadata.version('pythae')}" if importlib.util.find_spec("pythae") else None


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        be_worker(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
