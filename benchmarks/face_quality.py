"""How good are a model's faces, rebuilt and invented? On persons that took no part; several models are measured on the same ones.

Models of any family with codes. Taken are the faces that all of them held out, of those that were trained on these pictures, framed
as the first model's were. Each model sees them at its own size; what it makes is compared at the smallest one.

- `psnr` (dB), `ssim`: of faces decoded from their codes (a VAE's posterior mean), the mean over the faces.
- `code`: how large a face's code is. `numbers` (of a sparse code those that aren't 0), `code_bits` in a file, `code_prior_bits`
  beyond what the prior expects.
- `detail`: root mean square of a difference of Gaussians (0.7 and 2.0 pixels) over the face (rows 16 to 111 and columns 20 to 107
  of the 128x128 frame), of rebuilt faces over that of their photos; `correlation` of the two: an unsharp mask raises
  `detail` alone.
- `told_apart`: how well a network that is trained for it tells rebuilt from real faces, whole frames, on persons that it never saw;
  `real` is real against real. Left out of fewer than 400 faces.
- `distance`: squared MMD (Gretton et al., JMLR 2012, unbiased, a Gaussian kernel as wide as the median distance of real faces) to
  the real faces, times 1,000, on the features of a network that was trained to tell other persons apart: of `rebuilt` faces, of
  samples of N(0, I) at `--spread` of its width (`normal`, of a VAE), and of samples as the program draws them (`samples`, of a
  model with a prior). `real` is one half of the faces against the other.
- `sample_detail`: detail of the samples as the program draws them, over that of the photos.
- `decode_ms`: a decode of one face, the median, taken in turns with the other models.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import person_judge
import torch
from common import note, parser, report
from edit_fidelity import make_person_net
from edit_judges import told_apart, whole_frames
from edited_faces import Faces, faces_of
from person_judge import PersonNet

from core import checkpoint
from core.compare.code_size import code_size
from core.compare.measures import NUMBERS
from core.data.dataset import FaceData, batch, load
from core.data.split import spread
from core.errors import ConfigError
from core.evaluate import load_data
from core.families.base import SPARSE, TOKENS, VECTOR, Can
from core.families.vq_vae.instrument import VqInstrument
from core.latent.code import Code, space_named
from core.latent.instrument import Instrument, decode_in_parts, load_instrument, typical_samples
from core.metrics.feature_distance import brought_to, distance, kernel_width
from core.metrics.fine_detail import DetailSums, FineDetail
from core.metrics.reconstruction import ssim

FACE = (16, 112, 20, 108)  # rows and columns of the 128x128 frame: from, to (the last one is left out)
SAMPLES = 1000
TOLD_REPEATS = 1  # whole frames take ten times as long as lower faces
FEWEST_TOLD = 400  # faces of either kind: by half of fewer the network learns nothing, and says 0.5 of anything
TURNS = 60
BATCH = 64


def face_detail(pictures: np.ndarray, real: np.ndarray) -> FineDetail:
    """Fine structure of faces (N, 128, 128, C) over the face, beside that of real ones (N, 128, 128, C)."""
    top, bottom, left, right = (value * real.shape[1] // 128 for value in FACE)
    sums = DetailSums()
    for start in range(0, len(real), BATCH):
        both = [
            torch.from_numpy(np.ascontiguousarray(one[start : start + BATCH, top:bottom, left:right])).permute(0, 3, 1, 2) / 255.0
            for one in (pictures, real)
        ]
        sums.add(*both)
    return sums.result()


def encoded(model: Instrument, pictures: np.ndarray) -> list[Code]:
    """Codes of pictures (N, S, S, C), some at a time."""
    return [model.encode(pictures[start : start + BATCH]) for start in range(0, len(pictures), BATCH)]


def faces_made(model: Instrument, codes: list[Code], spread: float, count: int) -> dict[str, np.ndarray]:
    """What the model makes: faces rebuilt from their codes, and samples in each way that it has; uint8 (N, S, S, C)."""
    made = {"rebuilt": np.concatenate([model.decode(part) for part in codes])}
    space = space_named(model.spaces)
    if space.adds:
        normal = np.random.default_rng(0).standard_normal((count, *space.shape)).astype(np.float32)
        made["normal"] = decode_in_parts(model, spread * normal)
    if Can.SAMPLE in model.can:
        made["samples"] = decode_in_parts(model, typical_samples(model, count, 0))
    return made


def size_of(model: Instrument, codes: list[Code]) -> dict[str, float]:
    """How large the code of a face is: the mean over the faces, by the keys of `code_size`."""
    space, numbers = space_named(model.spaces), dict[str, float]()
    if space.kind == SPARSE:
        return {NUMBERS.key: round(float(np.mean([np.count_nonzero(one) for part in codes for one in part.values])), 1)}
    if space.kind == TOKENS and Can.SAMPLE in model.can:
        bits = [cast(VqInstrument, model).surprise(part.values).mean(axis=(1, 2)) for part in codes]
        numbers["prior_bits"] = float(np.concatenate(bits).mean())
    if space.kind == VECTOR and codes[0].spread is not None:
        each = [0.5 * (np.square(part.mean) + np.exp(part.log_var) - 1.0 - part.log_var).sum(axis=1) for part in codes]
        numbers["kl"] = float(np.concatenate(each).mean())
    return {key: round(value, 1) for key, value in code_size(model.spaces, numbers).items()}


def likeness(made: np.ndarray, real: np.ndarray) -> float:
    """The mean SSIM of pictures (N, S, S, C)."""
    found = []
    for start in range(0, len(real), BATCH):
        x, y = (torch.from_numpy(one[start : start + BATCH]).permute(0, 3, 1, 2) / 255.0 for one in (real, made))
        found.append(ssim(x, y).flatten())
    return float(torch.cat(found).mean())


def told(made: np.ndarray, persons: np.ndarray, real: np.ndarray, real_persons: np.ndarray) -> float | None:
    """How well a fresh network tells made faces (N, S, S, C) from real ones; None where both are too few to learn from."""
    if len(made) + len(real) < 2 * FEWEST_TOLD:
        return None
    return round(told_apart(made, persons, real, real_persons, TOLD_REPEATS, whole_frames), 3)


def measured(made: dict[str, np.ndarray], faces: Faces, net: PersonNet | None) -> dict[str, Any]:
    """The numbers of one model."""
    real = faces.pictures
    squares = np.square(made["rebuilt"].astype(np.float32) / 255.0 - real / np.float32(255.0)).mean((1, 2, 3))
    fine = face_detail(made["rebuilt"], real)
    values: dict[str, Any] = {
        "psnr": round(float(-10 * np.log10(squares).mean()), 2),
        "ssim": round(likeness(made["rebuilt"], real), 3),
        "detail": round(fine.ratio, 3),
        "correlation": round(fine.correlation, 3),
        "told_apart": told(made["rebuilt"], faces.persons, real, faces.persons),
    }
    if "samples" in made:
        count = min(len(real), len(made["samples"]))
        values["sample_detail"] = round(face_detail(made["samples"][:count], real[:count]).ratio, 3)
    if net is not None:
        features = net.features(real)
        width = kernel_width(features)
        values["distance"] = {name: round(distance(net.features(one), features, width), 2) for name, one in made.items()}
    return values


def held_out_by_all(models: Sequence[Instrument], source: str) -> tuple[list[FaceData], np.ndarray]:
    """The same pictures as each model sees them, and the rows that all that learned from them held out.

    Raises:
        ConfigError: one takes grey pictures and another colours, or no picture is left.
    """
    if len({model.header.image_shape[0] for model in models}) > 1:
        raise ConfigError("Some of these models take grey pictures, others colours.", "Measure them one by one.")
    data = load_data(models[0].header, source, lambda *_: None)
    rows, seen = np.asarray(data.split.valid), [data]
    for model in models[1:]:
        if model.header.data.get("name") == data.index.name:
            rows = np.intersect1d(rows, load_data(model.header, source, lambda *_: None).split.valid)
        side = model.header.image_shape[1]
        seen.append(data if side == data.images.shape[1] else load(replace(data.config, image_size=side)))
    if not len(rows):
        raise ConfigError("There is no picture that all of these models held out.", "Measure them one by one.")
    return seen, rows


def between_real(faces: Faces, net: PersonNet | None) -> dict[str, float | None]:
    """What the judges say of one half of the real faces against the other."""
    some = np.random.default_rng(0).random(len(faces.pictures)) < 0.5
    halves = [(faces.pictures[chosen], faces.persons[chosen]) for chosen in (some, ~some)]
    values: dict[str, float | None] = {"told_apart": told(*halves[0], *halves[1])}
    if net is not None:
        first, second = (net.features(pictures) for pictures, _ in halves)
        values["distance"] = round(distance(first, second, kernel_width(net.features(faces.pictures))), 2)
    return values


def decode_times(models: dict[str, Instrument], faces: dict[str, np.ndarray]) -> dict[str, float]:
    """Milliseconds of decoding one face, the median of each model; in turns."""
    times: dict[str, list[float]] = {name: [] for name in models}
    codes = {name: model.encode(faces[name]) for name, model in models.items()}
    for _ in range(TURNS):
        for name, model in models.items():
            begun = time.perf_counter()
            model.decode(codes[name])
            times[name].append(1000.0 * (time.perf_counter() - begun))
    return {name: round(float(np.median(values)), 2) for name, values in times.items()}


def main() -> None:
    """Run it."""
    options = parser("How good are a model's faces, rebuilt and invented?")
    options.add_argument("checkpoints", nargs="*", metavar="C", help="models to measure; by default the shipped one")
    options.add_argument("--data", default="", metavar="SOURCE", help="pictures; the models' splits say who was held out")
    options.add_argument("--persons", default="", metavar="SOURCE", help="other persons, by whom to learn to tell persons apart")
    options.add_argument(
        "--person-judge", default="", metavar="FILE", help="keep the network that tells persons apart, and use it again"
    )
    options.add_argument("--spread", type=float, default=0.65, help="width of the plain normal samples; 0.65 by default")
    options.add_argument("--samples", type=int, default=0, help="1000 by default (--quick: 80)")
    options.add_argument("--pictures", type=int, default=0, help="held-out faces at most; all by default (--quick: 80)")
    given = options.parse_args()
    names = given.checkpoints or ["faces" if given.data else "drawn"]
    models = {_short(name): load_instrument(checkpoint.find(name)) for name in names}
    first = next(iter(models.values()))
    seen, rows = held_out_by_all(list(models.values()), given.data or "demo")
    few = given.pictures or (80 if given.quick else 0)
    rows = spread(rows, few) if few else rows
    data = min(seen, key=lambda one: one.images.shape[1])
    faces, side = faces_of(data, rows), data.images.shape[1]
    net = make_person_net(first.header, data, given.persons, 2 if given.quick else person_judge.EPOCHS, given.person_judge)
    result: dict[str, Any] = {"pictures": len(faces.pictures), "persons": len(np.unique(faces.persons))}
    for (name, model), pictures in zip(models.items(), seen, strict=True):
        begun = time.perf_counter()
        codes = encoded(model, batch(pictures.images, rows))
        made = faces_made(model, codes, given.spread, given.samples or (80 if given.quick else SAMPLES))
        made = {kind: brought_to(side, one) for kind, one in made.items()}
        result[name] = measured(made, faces, net) | {"code": size_of(model, codes)}
        note(f"{name}: {time.perf_counter() - begun:.0f} s")
    result["real"] = between_real(faces, net)
    firsts = {name: batch(pictures.images, rows[:1]) for name, pictures in zip(models, seen, strict=True)}
    result["decode_ms"] = decode_times(models, firsts)
    report(result, given.json)


def _short(word: str) -> str:
    """A model's name: of its file, or of its run's folder."""
    return Path(word).name.removesuffix(checkpoint.SUFFIX)


if __name__ == "__main__":
    main()
