"""How long a photo's edit takes: at its own size, and as it is shown while a slider moves.

The photo is a drawn face that fills it, the worst case: every pixel is computed. Reading and writing the file is left out.

- `full_seconds`: both faces decoded, their motion found, and the change put onto a photo of `--megapixels`.
- `preview_ms`: the same for one position of the slider on the part that the window shows (`explorer.document.photos`).
- `copies`: `full_seconds` in units of one copy of the pixels, measured in turns with it.
- `find_seconds`: faces and eyes found in the photo.
- `retoucher_ms`, `retoucher_decodes`: what the retoucher answers once a face, a direction and a sign, and that in units of one
  decode, measured in turns with it; null for a model without one.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from common import find_model, parser, report, spread

from core.data.photo import Photo
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.finder import find_faces
from core.latent.directions import move
from explorer.document.loading import load_model
from explorer.document.photos import OpenedPhoto, PhotoPreview, full_size


def seconds(work: Callable[[], object], times: int) -> list[float]:
    """How long each of several calls takes."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return found


def main() -> None:
    """Run it."""
    options = parser("How long a photo's edit takes.")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default")
    options.add_argument("--megapixels", type=float, default=0.0, help="50 by default (--quick: 4)")
    given = options.parse_args()
    megapixels = given.megapixels or (4 if given.quick else 50)
    times = 2 if given.quick else 7
    side = round((megapixels * 1e6) ** 0.5)
    face = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 1024))
    pixels = np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC))
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        model = load_model(Path(find_model(given.checkpoint, Path(own))), "model")
    begin = time.perf_counter()
    faces = find_faces(pixels)
    find_seconds = time.perf_counter() - begin
    opened = OpenedPhoto(Photo("drawn", pixels), tuple(faces), "drawn#0", pixels, 1.0, pixels)
    anchor, _ = opened.anchored(opened.first_eyes, model)
    z = np.asarray(anchor.z, np.float32)
    direction = next(iter(model.directions.values()))
    preview = PhotoPreview(opened, anchor, model)
    preview.on_canvas(z[None])  # the first time prepares the part that is shown
    amounts = iter(np.linspace(20.0, 150.0, 60))
    shown = seconds(lambda: preview.on_canvas(move(z, direction, next(amounts))[None]), 10 if given.quick else 50)
    full, copies = [], []
    for _ in range(times):
        full += seconds(lambda: full_size(opened, anchor, model, move(z, direction, 100.0)), 1)
        copies += seconds(pixels.copy, 3)
    engine = model.engine
    plain, edited = (engine.decode(code[None])[0] for code in (z, move(z, direction, 100.0)))
    decodes, answers = [], []
    for _ in range(0 if engine.retoucher is None else 5 if given.quick else 50):
        decodes += seconds(lambda: engine.decode(z[None]), 1)
        answers += seconds(lambda: engine.retoucher.layers(plain, plain, edited), 1)
    result = {
        "full_seconds": round(median(full), 3),
        "full_seconds_max": round(max(full), 3),
        "copies": round(median(full) / median(copies), 1),
        "preview_ms": spread(1000 * value for value in shown),
        "find_seconds": round(find_seconds, 3),
        "retoucher_ms": round(1000 * median(answers), 1) if answers else None,
        "retoucher_decodes": round(median(answers) / median(decodes), 1) if answers else None,
        "megapixels": round(side * side / 1e6, 1),
        "found": len(faces),
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
