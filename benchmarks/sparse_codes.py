"""What sparse codes cost: an SC-VAE beside the same network as a plain autoencoder, on held-out pictures.

Both have the same encoder, BatchNorm and decoder, settings and seed, and see the same batches; the plain one gives its decoder the
encoder's vectors themselves. `gap` is how many dB the sparse one is behind: the wish is 1.5 at 5 to 30 % non-zeros. Runs lie in
--runs, where a run that was stopped goes on and a finished one is left as it is. Held out are whole persons, where the data say who
is who.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common import note, own_places, parser, report
from torch import Tensor

from core import checkpoint
from core.config import TrainConfig, preset, with_values
from core.errors import ConfigError
from core.events import EpochFinished, RunFailed
from core.families.sc_vae import recipe
from core.families.sc_vae.network import SCVAE, Coding
from core.training.loop import train

KINDS = ("sparse", "plain")
WANTED_GAP, WANTED_NONZEROS = 1.5, (0.05, 0.30)  # dB; the share of non-zeros


class PlainAutoencoder(SCVAE):
    """The same network with nothing between encoder and decoder; its atoms are never used."""

    def forward(self, x: Tensor) -> Coding:
        """As SCVAE's; the vectors are their own codes."""
        vectors = self.vectors(x)
        unused = 0.0 * self.dictionary.atoms.sum()  # so that every weight has a gradient
        return Coding(self._decoded(vectors), vectors, vectors, unused)


@contextmanager
def plain_networks() -> Iterator[None]:
    """Within it, new SC-VAEs are plain autoencoders."""
    usual = recipe.network_of

    def network_of(config: TrainConfig, image_shape: tuple[int, int, int]) -> SCVAE:
        model = usual(config, image_shape)
        model.__class__ = PlainAutoencoder
        return model

    recipe.network_of = network_of  # type: ignore[assignment]
    try:
        yield
    finally:
        recipe.network_of = usual  # type: ignore[assignment]


def trained(config: TrainConfig, folder: Path, name: str) -> dict[str, Any]:
    """Train it, or go on with it, and give the validation numbers of its best epoch."""
    for event in train(config, folder, resume=folder.is_dir()):
        if isinstance(event, RunFailed):
            raise ConfigError(event.message, event.hint)
        if isinstance(event, EpochFinished):
            note(f"{name}: epoch {event.epoch}, PSNR {event.valid['psnr']:.2f} dB, {event.images_per_second:.0f} images/s")
    header = checkpoint.read_header(folder / "checkpoints" / "best.safetensors")
    (row,) = [row for row in header.history if row["epoch"] == header.epoch]
    keys = ("psnr", "nonzeros", "numbers", "hoyer", "dead_atoms", "spread", "left_out")
    valid = {key: round(float(row[f"valid_{key}"]), 4) for key in keys}
    return {"epoch": header.epoch, "pictures": header.data.get("valid", 0)} | valid


def main() -> None:
    """Run it."""
    options = parser("An SC-VAE beside the same network as a plain autoencoder.")
    options.add_argument("--data", default="", help="a folder of pictures; drawn faces with --quick")
    options.add_argument("--crop", default="center", help="the box that is used, as left,top,right,bottom; the middle by default")
    options.add_argument("--limit", type=int, default=0, help="pictures, training and validation together; all by default")
    options.add_argument("--epochs", type=int, default=0, help="8 by default (--quick: 1)")
    options.add_argument("--threshold", type=float, default=0.0, help="of sparse coding; the preset's by default")
    options.add_argument("--runs", type=Path, default=None, help="where the runs lie; nowhere that stays by default")
    options.add_argument("--only", choices=KINDS, default=None, help="train this one and stop")
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    if not given.data and not given.quick:
        raise ConfigError("No pictures were named.", "Add --data FOLDER, or --quick.")
    values: dict[str, Any] = {
        "data.source": given.data or "sprites",
        "data.limit": given.limit or (40 if given.quick else 0),
        "data.crop": given.crop,
        "epochs": given.epochs or (1 if given.quick else 8),
        "threads": given.threads,
    }
    values |= {"threshold": given.threshold} if given.threshold else {}
    values |= {"data.image_size": 32, "grid": 4, "hidden": 16, "code_dim": 16, "atoms": 32} if given.quick else {}
    sparse = with_values(preset("atoms"), values)
    plain = with_values(sparse, {"atoms": sparse.settings.code_dim, "dictionary_weight": 0.0})
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ |= own_places(Path(own))
        runs = given.runs or Path(own) / "runs"
        found: dict[str, Any] = {}
        if given.only != "plain":
            found["sparse"] = trained(sparse, runs / "sparse", "sparse")
        if given.only != "sparse":
            with plain_networks():
                psnr = trained(plain, runs / "plain", "plain")
            found["plain"] = {key: psnr[key] for key in ("epoch", "pictures", "psnr")}
    if len(found) == len(KINDS):
        found["gap"] = {"dB": round(found["plain"]["psnr"] - found["sparse"]["psnr"], 2), "wanted": WANTED_GAP}
    report({"epochs": sparse.epochs, "threshold": sparse.settings.threshold, **found}, given.json)


if __name__ == "__main__":
    main()
