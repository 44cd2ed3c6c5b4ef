"""How good are a model's faces, rebuilt and invented? On persons that took no part; several models are measured on the same ones.

- `psnr` (dB): of the decoded posterior mean, the mean over the faces.
- `detail`: root mean square of a difference of Gaussians (0.7 and 2.0 pixels) over the face (rows 16 to 111 and columns 20 to 107
  of the 128x128 frame), of rebuilt faces over that of their photos; `correlation` of the two: an unsharp mask raises
  `detail` alone.
- `told_apart`: how well a network that is trained for it tells rebuilt from real faces, whole frames, on persons that it never saw;
  `real` is real against real.
- `distance`: squared MMD (Gretton et al., JMLR 2012, unbiased, a Gaussian kernel as wide as the median distance of real faces) to
  the real faces, times 1,000, on the features of a network that was trained to tell other persons apart: of `rebuilt` faces, of
  samples of N(0, I) at `--spread` of its width (`normal`), and of samples as the program draws them (`samples`). `real` is one half
  of the faces against the other.
- `sample_detail`: detail of the samples as the program draws them, over that of the photos.
- `decode_ms`: a decode of one face, the median, taken in turns with the other models.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import person_judge
import torch
from common import note, parser, report
from edit_fidelity import make_person_net
from edit_judges import told_apart, whole_frames
from edited_faces import Faces, faces_of
from person_judge import PersonNet

from core import checkpoint
from core.evaluate import load_data
from core.latent.engine import LatentEngine
from core.latent.instrument import typical_samples
from core.metrics.fine_detail import DetailSums, FineDetail

FACE = (16, 112, 20, 108)  # rows and columns of the 128x128 frame: from, to (the last one is left out)
SAMPLES = 1000
TOLD_REPEATS = 1  # whole frames take ten times as long as lower faces
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


def distance(features: np.ndarray, real: np.ndarray, width: float) -> float:
    """Squared maximum mean discrepancy of features (N, F) and of real ones (M, F), unbiased, times 1,000.

    Args:
        features: of pictures that a model made.
        real: of real ones.
        width: of the Gaussian kernel.
    """

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2.0 * a @ b.T
        return np.asarray(np.exp(-squares / (2.0 * width**2)))

    def without_itself(a: np.ndarray) -> float:
        return float((kernel(a, a).sum() - len(a)) / (len(a) * (len(a) - 1)))

    return 1000.0 * (without_itself(features) + without_itself(real) - 2.0 * float(kernel(features, real).mean()))


def kernel_width(features: np.ndarray) -> float:
    """The median distance of features (N, F) from each other."""
    squares = np.square(features).sum(1)[:, None] + np.square(features).sum(1) - 2.0 * features @ features.T
    return float(np.sqrt(np.median(squares[np.triu_indices(len(features), 1)])))


def decoded(engine: LatentEngine, codes: np.ndarray) -> np.ndarray:
    """Pictures of codes, some at a time: uint8 (N, S, S, C)."""
    return np.concatenate([engine.decode(codes[start : start + BATCH]) for start in range(0, len(codes), BATCH)])


def faces_made(engine: LatentEngine, real: np.ndarray, spread: float, count: int) -> dict[str, np.ndarray]:
    """What the model makes: real faces rebuilt, and samples both ways."""
    codes = np.concatenate([engine.encode(real[start : start + BATCH]).mean for start in range(0, len(real), BATCH)])
    normal = np.random.default_rng(0).standard_normal((count, codes.shape[1])).astype(np.float32)
    return {
        "rebuilt": decoded(engine, codes),
        "normal": decoded(engine, spread * normal),
        "samples": decoded(engine, typical_samples(engine, count, 0)),
    }


def measured(made: dict[str, np.ndarray], faces: Faces, net: PersonNet | None) -> dict[str, Any]:
    """The numbers of one model."""
    real = faces.pictures
    squares = np.square(made["rebuilt"].astype(np.float32) / 255.0 - real / np.float32(255.0)).mean((1, 2, 3))
    fine = face_detail(made["rebuilt"], real)
    count = min(len(real), len(made["samples"]))
    told = told_apart(made["rebuilt"], faces.persons, real, faces.persons, TOLD_REPEATS, whole_frames)
    values: dict[str, Any] = {
        "psnr": round(float(-10 * np.log10(squares).mean()), 2),
        "detail": round(fine.ratio, 3),
        "correlation": round(fine.correlation, 3),
        "told_apart": round(told, 3),
        "sample_detail": round(face_detail(made["samples"][:count], real[:count]).ratio, 3),
    }
    if net is not None:
        features = net.features(real)
        width = kernel_width(features)
        values["distance"] = {name: round(distance(net.features(one), features, width), 2) for name, one in made.items()}
    return values


def between_real(faces: Faces, net: PersonNet | None) -> dict[str, float]:
    """What the judges say of one half of the real faces against the other."""
    some = np.random.default_rng(0).random(len(faces.pictures)) < 0.5
    halves = [(faces.pictures[chosen], faces.persons[chosen]) for chosen in (some, ~some)]
    values = {"told_apart": round(told_apart(*halves[0], *halves[1], TOLD_REPEATS, whole_frames), 3)}
    if net is not None:
        first, second = (net.features(pictures) for pictures, _ in halves)
        values["distance"] = round(distance(first, second, kernel_width(net.features(faces.pictures))), 2)
    return values


def decode_times(engines: dict[str, LatentEngine]) -> dict[str, float]:
    """Milliseconds of decoding one face, the median of each model; in turns."""
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(TURNS):
        for name, engine in engines.items():
            code = typical_samples(engine, 1, 0)
            begun = time.perf_counter()
            engine.decode(code)
            times[name].append(1000.0 * (time.perf_counter() - begun))
    return {name: round(float(np.median(values)), 2) for name, values in times.items()}


def main() -> None:
    """Run it."""
    options = parser("How good are a model's faces, rebuilt and invented?")
    options.add_argument("checkpoints", nargs="*", metavar="C", help="models to measure; by default the shipped one")
    options.add_argument("--data", default="", metavar="SOURCE", help="pictures; the first model's split says who was held out")
    options.add_argument("--persons", default="", metavar="SOURCE", help="other persons, by whom to learn to tell persons apart")
    options.add_argument(
        "--person-judge", default="", metavar="FILE", help="keep the network that tells persons apart, and use it again"
    )
    options.add_argument("--spread", type=float, default=0.65, help="width of the plain normal samples; 0.65 by default")
    given = options.parse_args()
    names = given.checkpoints or ["faces" if given.data else "drawn"]
    engines = {name: LatentEngine.load(checkpoint.find(name)) for name in names}
    header = engines[names[0]].header
    data = load_data(header, given.data or "demo", lambda *_: None)
    rows = data.split.valid[:80] if given.quick else data.split.valid
    faces = faces_of(data, np.asarray(rows))
    net = make_person_net(header, data, given.persons, 2 if given.quick else person_judge.EPOCHS, given.person_judge)
    result: dict[str, Any] = {"pictures": len(faces.pictures), "persons": len(np.unique(faces.persons))}
    for name, engine in engines.items():
        begun = time.perf_counter()
        made = faces_made(engine, faces.pictures, given.spread, 80 if given.quick else SAMPLES)
        result[Path(name).stem] = measured(made, faces, net)
        note(f"{name}: {time.perf_counter() - begun:.0f} s")
    result["real"] = between_real(faces, net)
    result["decode_ms"] = {Path(name).stem: value for name, value in decode_times(engines).items()}
    report(result, given.json)


if __name__ == "__main__":
    main()
