"""How well a CycleGAN translates: on held-out pictures, by readers that it never met, and by what comes back of them.

For each way, A to B and B to A:

- `flips`: percent of the translated pictures that a reader of the training part takes for the other side; `others_flips`: by one
  that learned on `--judge-data`, other pictures framed alike. `right`, `others_right`: originals that they read rightly.
- `psnr`: of pictures translated and translated back, in dB: as the numbers that the first generator gave (`float`), rounded to
  levels (`levels`), and through JPEG of quality 75 (`jpeg`).
- `mouth`, `elsewhere`: mean absolute change of a translation, in levels of 255, in the mouth's box and outside of it.
- `colour`: the largest change of a channel's mean over all pictures, in levels: near 0 where colours don't turn.

    python benchmarks/translations.py --checkpoint RUN --data SOURCE [--judge-data OTHER --judge-crop L,T,R,B] [--json]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from common import note, parser, report

from core import checkpoint
from core.config import DataConfig
from core.data.dataset import FaceData, batch, load
from core.data.split import spread
from core.evaluate import load_data
from core.families.cycle_gan.family import LETTERS
from core.families.cycle_gan.hidden import cycle_psnrs
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.latent.instrument import open_instrument
from core.metrics.side_reader import SideReader
from core.training.unpaired import with_sides

MOUTH = (0.62, 0.92, 0.28, 0.72)  # rows and columns of the frame, as shares: from, to
LEARNED = 1500  # pictures of each side that a reader learns from
QUICK, ALL = 64, 400  # held-out pictures of each side


def reader_of(data: FaceData) -> SideReader:
    """One that learned on the training part of pictures of two sides."""
    assert data.sides is not None
    rows = [spread(data.sides.rows(data.split.train, side), LEARNED) for side in (0, 1)]
    return SideReader(*(batch(data.images, one) for one in rows))


def one_way(model: CycleGanInstrument, originals: np.ndarray, goal: int, readers: dict[str, SideReader]) -> dict[str, Any]:
    """All numbers of one way, from held-out pictures, uint8 (N, S, S, C), of the other side."""
    made = model.translate(originals, LETTERS[goal])
    change = np.abs(made.astype(np.float32) - originals)
    top, bottom, left, right = (round(share * originals.shape[1]) for share in MOUTH)
    inside = np.zeros(originals.shape[1:3], bool)
    inside[top:bottom, left:right] = True
    means = made.astype(np.float64).mean(axis=(0, 1, 2)) - originals.astype(np.float64).mean(axis=(0, 1, 2))
    numbers: dict[str, Any] = {}
    for name, reader in readers.items():
        numbers[f"{name}flips"] = 100.0 * float((reader.of_second(made) == bool(goal)).mean())
        numbers[f"{name}right"] = 100.0 * float((reader.of_second(originals) != bool(goal)).mean())
    return numbers | {
        "psnr": cycle_psnrs(model, originals, LETTERS[goal]),
        "mouth": float(change[:, inside].mean()),
        "elsewhere": float(change[:, ~inside].mean()),
        "colour": float(np.abs(means).max()),
        "pictures": len(originals),
    }


def main() -> None:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--checkpoint", required=True)
    arguments.add_argument("--data", required=True, help="the pictures that it was trained on")
    arguments.add_argument("--judge-data", help="other pictures of the same two sides, for a second reader")
    arguments.add_argument("--judge-crop", default="center", help="how those are framed, as `data.crop`")
    given = arguments.parse_args()
    saved = checkpoint.load(checkpoint.find(given.checkpoint))
    model = open_instrument(saved)
    assert isinstance(model, CycleGanInstrument), "the model is no CycleGAN"
    data = load_data(saved.header, given.data)
    assert data.sides is not None
    note("A reader learns the sides.")
    readers = {"": reader_of(data)}
    if given.judge_data:
        size, channels = saved.header.image_shape[1], saved.header.image_shape[0]
        others = load(DataConfig(source=given.judge_data, image_size=size, channels=channels, crop=given.judge_crop))
        readers["others_"] = reader_of(with_sides(others, model.sides))
    result: dict[str, Any] = {"model": model.id, "epoch": saved.header.epoch, "sides": list(model.sides)}
    for own, goal in ((0, 1), (1, 0)):
        rows = spread(data.sides.rows(data.split.valid, own), QUICK if given.quick else ALL)
        note(f"{len(rows)} pictures of {model.sides[own]} as {model.sides[goal]}.")
        result[f"to {model.sides[goal]}"] = one_way(model, batch(data.images, rows), goal, readers)
    report(result, given.json)


if __name__ == "__main__":
    main()
