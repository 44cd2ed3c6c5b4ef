"""As many face files as somebody wants, of CelebA's size and kind: a few drawn faces, each cut and compressed in its own way.

Drawing one takes 40 times as long as compressing it, so few are drawn; what reads the files can't tell. They are JPEG,
178x218, in two class folders of which one smiles, as `benchmarks/ingest.py` and the docs' numbers for large data use them:

    python benchmarks/many_faces.py FOLDER COUNT
"""

from __future__ import annotations

import io
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import common  # noqa: F401 - makes core importable
import numpy as np

from core.data.sets.drawn.faces import draw_face, sample_parameters
from core.device_count import available_cores

WIDTH, HEIGHT = 178, 218  # of CelebA's aligned pictures
DRAWN_SIDE = 256
DRAWN = 400  # faces; every other file is a variant
SMILES_ABOVE = 0.15


def draw(folder: Path, count: int, drawn: int = DRAWN) -> None:
    """Write `count` pictures below the folder, no two of the same bytes."""
    for name in ("smile", "non_smile"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    drawn = min(drawn, count)
    with ProcessPoolExecutor(available_cores(), multiprocessing.get_context("spawn")) as pool:
        for done in [pool.submit(_draw_variants, folder, face, drawn, count) for face in range(drawn)]:
            done.result()


def _draw_variants(folder: Path, face: int, drawn: int, count: int) -> None:
    rng = np.random.default_rng([7, face])
    parameters = sample_parameters(rng)
    name = "smile" if parameters.smile > SMILES_ABOVE else "non_smile"
    whole = draw_face(parameters, DRAWN_SIDE)
    for number in range(face, count, drawn):
        left, top = int(rng.integers(DRAWN_SIDE - WIDTH)), int(rng.integers(DRAWN_SIDE - HEIGHT))
        picture = whole.crop((left, top, left + WIDTH, top + HEIGHT))
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=int(rng.integers(88, 97)), comment=str(number))
        (folder / name / f"{number + 1:06d}.jpg").write_bytes(data.getvalue())


if __name__ == "__main__":
    draw(Path(sys.argv[1]), int(sys.argv[2]))
