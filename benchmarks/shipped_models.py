r"""How the shipped models are made out of a finished run: fit the smile where codes can be added, strip, measure, write.

python main.py train --data runs/faces-data/pictures --set data.crop=25,52,153,180 --set data.valid_fraction=0.25 \
    --set model.name=skip_vae --latent-dim 256 --epochs 40 --set sharpen_epochs=6 --set prior=normal --out runs/faces
python benchmarks/shipped_models.py runs/faces faces --data ../shared/data/celeba --method visible --balance male
# for `faces`, as checkpoints/faces.md says: before it comes faces_data.py, after it the other directions, the prior, the retoucher

python main.py train --data demo --epochs 25 --out runs/drawn
python benchmarks/shipped_models.py runs/drawn drawn --data demo

python main.py train --family vq_vae --data ../shared/data/celeba_small ... --out runs/codes  # as checkpoints/codes.md says
python benchmarks/shipped_models.py runs/codes codes --data ../shared/data/celeba_small --method visible --balance male

python main.py train --family colouriser ... --out runs/colours  # as checkpoints/colours.md says
python benchmarks/shipped_models.py runs/colours colours --data ../shared/data/celeba_small --calmer 0.5 --temperature 1

python main.py train --family sc_vae --data ../shared/data/celeba_small ... --out runs/sparse  # as checkpoints/sparse.md says
python benchmarks/shipped_models.py runs/sparse sparse --data ../shared/data/celeba_small
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core import checkpoint
from core.checkpoint import SHIPPED_FOLDER, SUFFIX, Checkpoint
from core.commands.terminal import ProgressBar
from core.evaluate import load_data, measure
from core.families.base import Can
from core.latent.direction_file import read_direction
from core.latent.direction_fit import METHODS
from core.latent.instrument import open_instrument
from core.latent.looked_up import VECTORS
from core.metrics.direction_quality import fit_and_score

LICENCES = dict.fromkeys(("faces", "codes", "colours", "sparse"), "non-commercial research only (CelebA)") | {"drawn": "MIT"}


def calmer(saved: Checkpoint, share: float, temperature: float) -> Checkpoint:
    """A colouriser of classes whose rare colours count less again, exactly: scores less a share of the weights' logarithms.

    See docs/theory.md, section 15. Those are constants, so they go into the last layer's bias.
    """
    weights = saved.tensors["model.weights"]
    (bias,) = (name for name, value in saved.tensors.items() if name.startswith("model.layers.") and value.shape == weights.shape)
    settings = saved.header.settings
    settings = replace(settings, temperature=temperature or settings.temperature)
    header = replace(saved.header, config=replace(saved.header.config, settings=settings))
    changed = (saved.tensors[bias] - share * np.log(weights)).astype(np.float32)
    return checkpoint.Checkpoint(header, dict(saved.tensors) | {bias: changed})


def main() -> None:
    """Ship one run's best model and print what it reaches on its validation part."""
    parser = argparse.ArgumentParser(description="Ship a run's best model.")
    parser.add_argument("run", help="a finished run's folder, or a checkpoint file")
    parser.add_argument("name", choices=sorted(LICENCES))
    parser.add_argument("--data", required=True, help="the pictures that it was trained on")
    parser.add_argument("--method", choices=METHODS, default="mean", help="of the smile's direction")
    parser.add_argument("--balance", default="", help="the column that the smile must leave alone")
    parser.add_argument("--keep", default="", metavar="NAME,...", help="what else the smile must leave alone")
    parser.add_argument("--direction", default="", metavar="FILE", help="of the smile, fitted already: `direction --out` wrote it")
    parser.add_argument("--calmer", type=float, default=0.0, metavar="SHARE", help="of a colouriser's rebalancing, to take back")
    parser.add_argument(
        "--temperature", type=float, default=0.0, metavar="T", help="of a colouriser of classes, instead of its own"
    )
    given = parser.parse_args()
    saved = checkpoint.load(checkpoint.find(given.run))
    if given.calmer or given.temperature:
        saved = calmer(saved, given.calmer, given.temperature)
    engine = open_instrument(saved)
    bar = ProgressBar()
    data = load_data(engine.header, given.data, bar)
    found = None
    if given.direction:
        found = read_direction(Path(given.direction), engine.id)
    elif Can.DIRECTIONS in engine.can or VECTORS in engine.spaces:  # names of vectors move over these
        kept = [name for name in given.keep.split(",") if name]
        found = fit_and_score(
            engine, data, "smile", method=given.method, balance=given.balance, keep=kept, thorough=True, progress=bar
        )
    config = replace(saved.header.config, start_from=Path(saved.header.config.start_from).name)  # elsewhere the path says nothing
    header = replace(saved.header, directions=[found.to_dict()] if found else [], config=config)
    small = checkpoint.strip(checkpoint.Checkpoint(header, saved.tensors))
    licensed = replace(small.header, data=small.header.data | {"licence": LICENCES[given.name]})
    path = SHIPPED_FOLDER / f"{given.name}{SUFFIX}"
    checkpoint.save(path, licensed, small.tensors)
    shipped = checkpoint.load(path)
    numbers = measure(open_instrument(shipped), shipped, data, bar)
    bar.close()
    print(json.dumps(numbers | {"epoch": header.epoch, "megabytes": round(path.stat().st_size / 1e6, 2)}, indent=1))


if __name__ == "__main__":
    main()
