"""Whether training in bf16 ends where fp32 ends: the validation ELBO of both, for a few seeds.

The same run twice for each seed, on drawn faces: same pictures, weights to begin with, noise and order; only the precision
differs. `worst_difference` is the largest |bf16 - fp32| over |fp32|, of the ELBO after the last epoch, in fp32 nats per image;
`seed_spread` is how far apart fp32's own seeds end, over their mean, which says what such a difference means.

Where the hardware doesn't multiply bf16 it is computed all the same, rounded as hardware rounds it, but slowly (`seconds`
tell): the default setting is small (64x64 pixels). `--device cuda` takes the assignment's 128x128.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from common import draw_pictures, note, own_places, parser, report, table

from core import device
from core.config import TrainConfig, preset, with_values
from core.events import EpochFinished, RunFailed
from core.training.loop import train

WANTED = 0.01


def end_of(config: TrainConfig, folder: Path) -> tuple[float, float]:
    """The validation ELBO after the last epoch in nats per image, and the seconds that the run took."""
    elbo, begin = float("nan"), time.perf_counter()
    for event in train(config, folder):
        if isinstance(event, RunFailed):
            raise SystemExit(f"{event.message} {event.hint}")
        if isinstance(event, EpochFinished):
            elbo = -(event.valid["reconstruction"] + event.valid["kl"])
    return elbo, time.perf_counter() - begin


def compare(config: TrainConfig, seeds: int, folder: Path) -> list[dict[str, Any]]:
    """Both precisions from each seed."""
    rows = []
    for seed in range(seeds):
        row: dict[str, Any] = {"seed": seed}
        for precision in ("fp32", "bf16"):
            chosen = with_values(config, {"seed": seed, "precision": precision})
            elbo, seconds = end_of(chosen, folder / f"{precision}-{seed}")
            row |= {f"{precision}_elbo": round(elbo, 2), f"{precision}_seconds": round(seconds, 1)}
        row["difference"] = round(abs(row["bf16_elbo"] - row["fp32_elbo"]) / abs(row["fp32_elbo"]), 5)
        note(f"seed {seed}: {row}")
        rows.append(row)
    return rows


def main() -> None:
    """Run it."""
    options = parser("The validation ELBO that bf16 and fp32 end at.")
    options.add_argument("--markdown", action="store_true", help="print the table of docs/performance.md")
    options.add_argument("--device", default="cpu", choices=("cpu", "cuda", "mps"))
    options.add_argument("--image-size", type=int, default=0, help="64 by default on a processor, else 128 (--quick: 32)")
    options.add_argument("--epochs", type=int, default=0, help="12 by default (--quick: 6)")
    options.add_argument("--seeds", type=int, default=0, help="3 by default (--quick: 1)")
    options.add_argument("--pictures", type=int, default=0, help="800 by default (--quick: 40)")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ |= own_places(Path(own))
        draw_pictures(Path(own) / "pictures", given.pictures or (40 if given.quick else 800))
        values = {
            "data.source": str(Path(own) / "pictures"),
            "data.image_size": given.image_size or (32 if given.quick else 64 if given.device == "cpu" else 128),
            "epochs": given.epochs or (6 if given.quick else 12),
            "device": given.device,
        }
        config = with_values(preset("quick"), values)
        device.keep_freed_memory()
        rows = compare(config, given.seeds or (1 if given.quick else 3), Path(own))
    ends = [row["fp32_elbo"] for row in rows]
    worst = max(row["difference"] for row in rows)
    result = {
        "worst_difference": worst,
        "within_one_percent": worst <= WANTED,
        "seed_spread": round((max(ends) - min(ends)) / abs(sum(ends) / len(ends)), 5),
        "runs": rows,
        "image_size": config.data.image_size,
        "epochs": config.epochs,
        "bf16_in_hardware": device.has_bf16(given.device),
    }
    if given.markdown:
        head = ["seed", "ELBO with fp32", "its seconds", "ELBO with bf16", "its seconds", "difference"]
        print(table(head, [list(row.values()) for row in rows]))
    else:
        report(result, given.json)


if __name__ == "__main__":
    main()
