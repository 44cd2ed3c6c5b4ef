"""How long a photo at its own size takes to be coloured and to be translated, in each of the ways that the window offers.

The photo is a drawn face that fills it, the worst case: every pixel is computed. Reading and writing the file is left out. Each way
is given as the median over the rounds, in seconds and in units of one copy of the photo's pixels, measured in turns with it:

- `colourise`: the model asked, and its colours put onto the photo; `colourise_to_edges`: the same, kept to the photo's edges.
- `recolour`: what the release of a slider takes, since the model isn't asked again.
- `translate_whole`, `translate_face`: the same of a CycleGAN, for the whole picture and for its face with the eyes given.
- `retranslate`: another strength of the face.
- `find`: faces and eyes found, which opening a photo takes once.

    python benchmarks/photo_families.py [--megapixels 50] [--clock wall|cpu] [--json]
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from common import clock_of, note, parser, report

from core import checkpoint, device
from core.config import preset
from core.data.photo import Photo
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.finder import find_faces
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.photo import PhotoColours
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.families.cycle_gan.networks import CycleGan
from core.families.cycle_gan.photo import FACE, WHOLE, PhotoTranslation, Wanted

WANTED = 3.0  # seconds at 50 megapixels
NOWHERE = Path("drawn")


def colouriser(name: str) -> ColouriserInstrument:
    """The model that is measured, the shipped `colours` by default."""
    return ColouriserInstrument(checkpoint.load(checkpoint.find(name or "colours")))


def cycle_gan(name: str) -> CycleGanInstrument:
    """The same of a CycleGAN; by default the preset's network with random weights, on whose values speed doesn't depend."""
    if name:
        return CycleGanInstrument(checkpoint.load(checkpoint.find(name)))
    torch.manual_seed(0)
    config = preset("cyclegan")
    model = CycleGan(config.settings, config.data.channels)
    tensors = {checkpoint.MODEL + key: value.numpy() for key, value in model.state_dict().items()}
    size = config.data.image_size
    return CycleGanInstrument(checkpoint.Checkpoint(checkpoint.Header("", config, (3, size, size)), tensors))


def main() -> None:
    """Run it."""
    options = parser("How long colouring and translating a photo takes at its own size.")
    options.add_argument("--colouriser", default="", metavar="C", help="the shipped `colours` by default")
    options.add_argument("--cyclegan", default="", metavar="C", help="one of the preset's size by default")
    options.add_argument("--megapixels", type=float, default=0.0, help="50 by default (--quick: 2)")
    options.add_argument("--rounds", type=int, default=0, help="5 by default (--quick: 2)")
    options.add_argument(
        "--clock", default="wall", choices=("wall", "cpu"), help="cpu: of one thread, which other programs disturb less"
    )
    given = options.parse_args()
    megapixels, rounds = given.megapixels or (2.0 if given.quick else 50.0), given.rounds or (2 if given.quick else 5)
    clock = clock_of(given.clock)
    if given.clock == "cpu":
        device.set_threads(1)
        cv2.setNumThreads(1)
    side = round((megapixels * 1e6) ** 0.5)
    face = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 1024))
    pixels = np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC))
    photo, colours, gan = Photo("drawn", pixels), colouriser(given.colouriser), cycle_gan(given.cyclegan)
    eyes = find_faces(photo.opaque)[0].eyes
    of_face, of_whole = Wanted(area=FACE, eyes=eyes), Wanted(area=WHOLE)
    coloured, translated = PhotoColours(photo, colours), PhotoTranslation(photo, NOWHERE, gan, of_face)
    ways: dict[str, Callable[[], object]] = {
        "colourise": lambda: PhotoColours(photo, colours).picture(),
        "colourise_to_edges": lambda: PhotoColours(photo, colours).picture(to_edges=True),
        "recolour": lambda: coloured.picture(0.8, 1.3),
        "translate_whole": lambda: PhotoTranslation(photo, NOWHERE, gan, of_whole).picture(),
        "translate_face": lambda: PhotoTranslation(photo, NOWHERE, gan, of_face).picture(),
        "retranslate": lambda: translated.picture(1.4),
        "find": lambda: find_faces(photo.opaque),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    copies: list[float] = []
    for number in range(rounds + 1):
        for name, way in {"": pixels.copy, **ways}.items():
            begun = clock()
            way()
            if number:  # the first round only warms up
                (taken[name] if name else copies).append(clock() - begun)
        note(f"round {number} of {rounds}")
    copy = median(copies)
    result = {name: {"seconds": round(median(some), 3), "copies": round(median(some) / copy, 1)} for name, some in taken.items()}
    more = {
        "wanted_seconds": WANTED,
        "megapixels": round(side * side / 1e6, 1),
        "clock": given.clock,
        "copy_ms": round(1e3 * copy, 2),
    }
    report(result | more, given.json)


if __name__ == "__main__":
    main()
