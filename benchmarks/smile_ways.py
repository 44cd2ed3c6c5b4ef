"""The same faces made to smile, and to stop, in three ways, judged alike: a direction of a VAE, its retoucher, and a CycleGAN.

- `direction`: the change of the decoded face, carried over to the photo.
- `retoucher`: what the program does where a model has one.
- `cyclegan`: the change of the translation, carried over to the photo likewise, at strengths of 20 to 100 %.

Held-out faces in the frame of `--checkpoint`, 128x128; the numbers and their judges are those of `edit_fidelity`, and no way was
trained by any of them. The CycleGAN must have been trained on other persons, framed alike. `flip_rate`, `upper_face_psnr` (dB) and
`monotone_share`; `detail_ratio`; `told_apart`; `same_person`. `unedited` stands beside them: the faces as they are.

`--sheet FILE` draws some of them below each other, each as it is and in the three ways, at twice the size. It shows real people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from common import note, parser, report
from edit_fidelity import AMOUNTS, EPOCHS, judged, looks, make_judge, make_person_net, same_person
from edit_judges import TOLD_REPEATS
from edit_sheets import chosen, labelled, larger
from edited_faces import Editor, held_out
from person_judge import EPOCHS as PERSON_EPOCHS
from PIL import Image

from core import checkpoint
from core.errors import ConfigError
from core.evaluate import load_data
from core.faces.alignment import frame_from
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.latent.directions import from_dict
from core.latent.engine import LatentEngine
from core.latent.instrument import open_instrument
from core.photo.transfer import find_change, put_on

Way = Callable[[np.ndarray, float], np.ndarray]  # faces (N, S, S, C), percent: the faces edited
SHOWN = 10  # faces of a sheet
NUMBERS = ("flip_rate", "upper_face_psnr", "monotone_share")


def translated(model: CycleGanInstrument, pictures: np.ndarray, percent: float) -> np.ndarray:
    """Faces as a CycleGAN's side B (percent above 0) or A, put onto them as onto a photo; uint8 as `pictures`.

    Args:
        model: whose frame is that of the pictures, at any size.
        pictures: uint8 (N, S, S, 3).
        percent: how strongly, -100 to 100.
    """
    side, own = pictures.shape[1], model.header.image_shape[1]
    scale = own / side
    matrix = np.array([[scale, 0.0, 0.5 * scale - 0.5], [0.0, scale, 0.5 * scale - 0.5]])
    small = np.stack([cv2.resize(one, (own, own), interpolation=cv2.INTER_AREA) for one in pictures])
    made = model.translate(small, "B" if percent > 0.0 else "A")
    wanted = small + np.float32(abs(percent) / 100.0) * (made.astype(np.float32) - small)
    after = np.clip(np.rint(wanted), 0.0, 255.0).astype(np.uint8)
    return np.stack(
        [
            put_on(picture, matrix, find_change(before, then, before))
            for picture, before, then in zip(pictures, small, after, strict=True)
        ]
    )


def ways_of(name: str, model: CycleGanInstrument) -> tuple[LatentEngine, dict[str, Way]]:
    """The VAE of that name and the three ways."""
    saved = checkpoint.find(name)
    retouching, plain = LatentEngine.load(saved), LatentEngine.load(saved)
    direction = from_dict(next(values for values in plain.header.directions if values["name"] == "smile"))
    ways: dict[str, Way] = {"direction": Editor(plain, direction).edited}
    plain.retoucher = None
    if retouching.retoucher is not None:
        ways["retoucher"] = Editor(retouching, direction).edited
    return retouching, ways | {"cyclegan": lambda pictures, percent: translated(model, pictures, percent)}


def cycle_gan(path: str) -> CycleGanInstrument:
    """The CycleGAN of a run, whose side B is the smiling one. Raises ConfigError."""
    model = open_instrument(checkpoint.load(checkpoint.find(path)))
    if not isinstance(model, CycleGanInstrument):
        raise ConfigError("The model is no CycleGAN.", "Give the run of one as --cyclegan.")
    if model.sides[1] != "smile":
        raise ConfigError(f"Its side B is {model.sides[1]!r}.", "It must be `smile`: train with --set side_b=smile.")
    return model


def sheet(columns: Sequence[tuple[str, np.ndarray]]) -> np.ndarray:
    """Some faces below each other in several versions, at twice the size; uint8 (h, w, 3)."""
    rows = chosen(len(columns[0][1]), SHOWN)
    return np.concatenate(
        [np.concatenate([labelled(larger(pictures[row]), name) for name, pictures in columns], axis=1) for row in rows]
    )


def main() -> None:
    """Run it."""
    options = parser("A direction, a retoucher and a CycleGAN on the same faces, by the same judges")
    options.add_argument("--checkpoint", default="", metavar="C", help="the VAE: the shipped `faces` with --data, else `drawn`")
    options.add_argument("--cyclegan", required=True, metavar="RUN")
    options.add_argument("--data", default="", metavar="SOURCE", help="what the VAE was trained on; drawn faces by default")
    options.add_argument("--judge-data", default="", metavar="SOURCE", help="another labelled data set for the judge")
    options.add_argument("--judge", default="", metavar="FILE", help="keep the judge there, and use it again")
    options.add_argument("--persons", default="", metavar="SOURCE", help="other persons, by whom to learn to tell persons apart")
    options.add_argument("--person-judge", default="", metavar="FILE", help="keep that network, and use it again")
    options.add_argument("--limit", type=int, default=200, metavar="N", help="of faces each way")
    options.add_argument("--sheet", default="", metavar="FILE", help="draw some for smile there, and for -smile beside it")
    given = options.parse_args()
    engine, ways = ways_of(given.checkpoint or ("faces" if given.data else "drawn"), cycle_gan(given.cyclegan))
    data = load_data(engine.header, given.data or "demo", lambda *_: None)
    frame = frame_from(engine.header.data.get("frame"))
    judge = make_judge(data, frame, given.judge_data, 3 if given.quick else EPOCHS, given.judge)
    net = make_person_net(engine.header, data, given.persons, 2 if given.quick else PERSON_EPOCHS, given.person_judge)
    without, having = (held_out(data, "smile", has_it, 20 if given.quick else given.limit) for has_it in (False, True))
    result: dict[str, Any] = {}
    for goal, faces, real, sign in (("smile", without, having, 1.0), ("-smile", having, without, -1.0)):
        columns = [("", faces.pictures)]
        for name, way in ways.items():
            series = [faces.pictures, *(way(faces.pictures, sign * amount) for amount in AMOUNTS[1:])]
            columns.append((name, series[-1]))
            found = looks(series[-1], faces, real, 1 if given.quick else TOLD_REPEATS, name == "cyclegan")
            values = judged(judge, frame, series, sign > 0)
            result[f"{goal}, {name}"] = {key: values[key] for key in NUMBERS} | {
                "detail_ratio": found["detail_ratio"]["edited"],
                "told_apart": found["told_apart"]["edited"],
                "same_person": same_person(net, series[-1], faces, real)["share_kept"] if net is not None else None,
            }
            note(f"{goal}, {name}: {result[f'{goal}, {name}']}")
        result[f"{goal}, unedited"] = {key: found[key]["unedited"] for key in ("detail_ratio", "told_apart")}
        if given.sheet:
            path = Path(given.sheet)
            Image.fromarray(sheet(columns)).save(path.with_stem(f"{path.stem}{'' if sign > 0 else '-less'}"))
    report(result, given.json)


if __name__ == "__main__":
    main()
