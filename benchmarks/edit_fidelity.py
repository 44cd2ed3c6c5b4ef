"""Do edits do what they say, and nothing else, and do they look real? On held-out persons, by judges that know no latent.

All faces without the attribute are edited by 100 % ("smile"), those with it by -100 % ("-smile"). `photo` is the edit put onto the
photo, `model` the decoded face.

- `flip_rate`: the share that a classifier of pixels says has (has no longer) the attribute after it.
- `upper_face_psnr` (dB): rows 0 to 55 of 128 of the model's frame, before and after, from the mean squared error over all faces.
- `monotone_share`: faces whose score rises (falls) at each of 20, 40, 60, 80, 100 %.
- `detail_ratio`: detail at the mouth, median over the faces, over that of real faces of the wanted class.
- `photos_detail_ratio`: the same of photos at their own size, over the photo itself, in its own pixels.
- `told_apart`: how well a network that is trained for it tells them (`edited`) from real faces of the wanted class, on persons that
  it never saw; beside it the same for faces that nobody edited (`unedited`), and for `real` faces against real ones.
- `same_person`: the share of edited faces whose nearest other photo among all held-out ones, by a network that was trained to tell
  persons apart, is of the same person (`edited`), the same of unedited faces, and how much of that is kept (`share_kept`).
- `decoded_told`: of the unedited decoded faces with the attribute ("smile") and without it ("-smile"), the share that the judge
  tells rightly: how much of the attribute decoding keeps.
- `others_changed`: mean change of the judged probability of the other attributes.
- `slope`: how far the model finds the result moved along the direction, relative to what was asked (median over faces): what it
  sees of an edit put onto a photo, and of its own drawing.

`--pictures FILE` judges ready-made edits instead (`--list DIR` writes the faces that are to be edited).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import face_judge
import numpy as np
import person_judge
from common import note, parser, report
from edit_judges import TOLD_REPEATS, detail_ratio, photo_detail_ratio, told_apart
from edit_sheets import PhotoFace, photo_faces, write_blind, write_faces, write_photos
from edited_faces import Editor, Faces, held_out, read_pictures, write_list
from person_judge import PersonNet

from core import checkpoint
from core.checkpoint import Header
from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.data.eye_frame import measured_frame
from core.evaluate import load_data
from core.faces.alignment import Frame, frame_from
from core.latent.directions import from_dict
from core.latent.engine import LatentEngine

NAMES = ("smile", "male", "mouth_open", "eyeglasses")
UPPER = 56 / 128  # of the frame's rows
AMOUNTS = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
EPOCHS = 14
LOOKS = ("detail_ratio", "photos_detail_ratio", "told_apart", "same_person")
REPORTED = ("flip_rate", "upper_face_psnr", "monotone_share", *LOOKS, "others_changed", "slope")


def make_judge(data: FaceData, frame: Frame, other: str, epochs: int, file: str) -> face_judge.Judge:
    """The judge: kept from an earlier time, or trained on the training persons and another data set."""
    judge = face_judge.kept(Path(file), NAMES) if file else None
    if judge is not None:
        return judge
    parts = [face_judge.labelled(data, data.split.train, frame, NAMES)]
    if other:
        more = load(DataConfig(source=other, image_size=64))
        measured = frame_from(measured_frame(more))
        parts.append(face_judge.labelled(more, np.arange(len(more.images)), measured, NAMES))
    whole = face_judge.Labelled(np.concatenate([part.windows for part in parts]), np.concatenate([part.labels for part in parts]))
    judge = face_judge.train(whole, NAMES, epochs)
    if file:
        face_judge.keep(Path(file), judge)
    return judge


def make_person_net(header: Header, data: FaceData, other: str, epochs: int, file: str) -> PersonNet | None:
    """The network that tells persons apart: kept, or trained on the training persons and those of another data set.

    None where the data don't say who is in the pictures.
    """
    net = person_judge.kept(Path(file)) if file else None
    if net is not None or data.index.persons is None:
        return net
    faces, persons = [person_judge.windows(data.images[data.split.train])], [data.index.persons[data.split.train]]
    if other:
        more = load_data(header, other, lambda *_: None)
        if more.index.persons is None:
            raise SystemExit(f"{other} doesn't say who is in its pictures: it needs a column `person` in its labels.")
        faces.append(person_judge.windows(more.images[:]))
        persons.append(more.index.persons + data.index.persons.max() + 1)  # other people, numbered on
    net = person_judge.train(np.concatenate(faces), np.concatenate(persons), epochs)
    if file:
        person_judge.keep(Path(file), net)
    return net


def judged(judge: face_judge.Judge, frame: Frame, series: Sequence[np.ndarray], wanted: bool) -> dict[str, Any]:
    """What the classifier says of faces at rising amounts, (N, S, S, C) each, the unedited ones first."""
    logits = np.stack(
        [judge.logits(np.stack([face_judge.window(one, frame) for one in pictures])) for pictures in series], axis=1
    )  # (N, amounts, names)
    score = logits[..., 0] if wanted else -logits[..., 0]
    chance = 1.0 / (1.0 + np.exp(-logits))
    rows = round(UPPER * series[0].shape[1])
    difference = series[-1][:, :rows].astype(np.float32) - series[0][:, :rows]
    square = float(np.square(difference / 255.0).mean(dtype=np.float64))
    rises = len(series) > 2
    return {
        "flip_rate": round(float((score[:, -1] > 0).mean()), 4),
        "upper_face_psnr": round(float(-10 * np.log10(max(square, 1e-12))), 2),
        "monotone_share": round(float((np.diff(score, axis=1) > 0).all(axis=1).mean()), 4) if rises else None,
        "others_changed": {
            name: round(float(np.abs(chance[:, -1, place] - chance[:, 0, place]).mean()), 4)
            for place, name in enumerate(NAMES)
            if place
        },
        "faces": len(score),
    }


def looks(edited: np.ndarray, faces: Faces, real: Faces, repeats: int, compared: bool) -> dict[str, dict[str, float | None]]:
    """How real edited faces look beside real ones of the wanted class: `detail_ratio` and `told_apart`.

    Args:
        edited: faces after the edit.
        faces: the same before it.
        real: of the wanted class.
        repeats: see `told_apart`.
        compared: whether to say the same of unedited and of real faces, which takes three times as long.
    """
    reals = (real.pictures, real.persons)
    detailed = {"edited": detail_ratio(edited, real.pictures), "unedited": detail_ratio(faces.pictures, real.pictures)}
    told = {"edited": told_apart(edited, faces.persons, *reals, repeats)}
    if compared:
        some = np.random.default_rng(0).random(len(real.pictures)) < 0.5
        halves = [values[chosen] for chosen in (some, ~some) for values in reals]
        told["unedited"] = told_apart(faces.pictures, faces.persons, *reals, repeats)
        told["real"] = told_apart(halves[0], halves[1], halves[2], halves[3], repeats)
    return {
        "detail_ratio": {key: round(value, 3) for key, value in detailed.items()},
        "told_apart": {key: None if math.isnan(value) else round(value, 3) for key, value in told.items()},
    }


def same_person(net: PersonNet, edited: np.ndarray, faces: Faces, real: Faces) -> dict[str, float]:
    """Shares of edited and of unedited faces whose nearest other photo, among all, is of the same person, and their ratio."""
    features = net.features(faces.pictures)
    gallery, persons = np.concatenate([features, net.features(real.pictures)]), np.concatenate([faces.persons, real.persons])
    places = np.arange(len(features))
    shares = [person_judge.share_found(one, places, gallery, persons) for one in (net.features(edited), features)]
    values = {"share_kept": shares[0] / max(shares[1], 1e-6), "edited": shares[0], "unedited": shares[1]}
    return {key: round(value, 4) for key, value in values.items()}


def decoded_told(editor: Editor, faces: Faces, judge: face_judge.Judge, has_it: bool) -> float:
    """How many of the unedited decoded faces the judge tells rightly."""
    frame = frame_from(editor.engine.header.data.get("frame"))
    windows = [face_judge.window(one, frame) for one in editor.decoded(faces.pictures, 0.0)]
    sign = 1.0 if has_it else -1.0
    return round(float((sign * judge.logits(np.stack(windows))[:, 0] > 0).mean()), 4)


def photos_detail(editor: Editor, photos: Sequence[PhotoFace], sign: float) -> dict[str, float] | None:
    """`detail_ratio` of photos at their own size, against the photo itself: the median over them and the least tenth's."""
    size = editor.engine.header.image_shape[1]
    ratios = []
    for one in photos:
        edited = editor.edited_photo(one.photo, one.eyes, sign * 100.0)
        ratio = photo_detail_ratio(edited, one.photo.pixels, one.matrix, size)
        if ratio is not None:
            ratios.append(ratio)
    if not ratios:
        return None
    low, middle = np.percentile(ratios, [10, 50])
    return {"median": round(float(middle), 3), "p10": round(float(low), 3), "photos": len(ratios)}


def main() -> None:
    """Run it."""
    options = parser("Do edits do what they say, and nothing else, and do they look real?")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default (with --data), else `drawn`")
    options.add_argument("--data", default="", metavar="SOURCE", help="what the model was trained on; drawn faces by default")
    options.add_argument("--judge-data", default="", metavar="SOURCE", help="another labelled data set for the judge")
    options.add_argument("--judge", default="", metavar="FILE", help="keep the judge there, and use it again")
    options.add_argument("--persons", default="", metavar="SOURCE", help="other persons, by whom to learn to tell persons apart")
    options.add_argument(
        "--person-judge", default="", metavar="FILE", help="keep the network that tells persons apart, and use it again"
    )
    options.add_argument("--limit", type=int, default=0, metavar="N", help="of held-out faces each way; all by default")
    options.add_argument("--photos", default="", metavar="DIR", help="also measure the detail of photos at their own size")
    options.add_argument("--sheets", default="", metavar="DIR", help="also write contact sheets there, to look at")
    options.add_argument(
        "--list", default="", metavar="DIR", help="only write the faces that are edited, and the names of their files"
    )
    options.add_argument("--pictures", default="", metavar="FILE", help="judge these edits of them (.npy) instead of the program's")
    options.add_argument("--wanted", choices=("smile", "-smile"), default="smile", help="what --pictures were to show")
    given = options.parse_args()
    engine = LatentEngine.load(checkpoint.find(given.checkpoint or ("faces" if given.data else "drawn")))
    source, limit = given.data or "demo", given.limit or (20 if given.quick else 0)
    data = load_data(engine.header, source, lambda *_: None)
    if given.quick:
        few = np.random.default_rng(0).permutation(data.split.train)[:1200]
        data = replace(data, split=replace(data.split, train=np.sort(few)))
    without, having = (held_out(data, "smile", has_it, limit) for has_it in (False, True))
    kinds = {"smile": (without, having), "-smile": (having, without)}
    if given.list:
        for name, (faces, _) in kinds.items():
            write_list(Path(given.list), name, faces)
        return
    ready = read_pictures(Path(given.pictures), kinds[given.wanted][0]) if given.pictures else None
    frame = frame_from(engine.header.data.get("frame"))
    judge = make_judge(data, frame, given.judge_data, 3 if given.quick else EPOCHS, given.judge)
    net = None
    if ready is None or given.person_judge:  # ready-made edits are judged in passing
        net = make_person_net(engine.header, data, given.persons, 2 if given.quick else person_judge.EPOCHS, given.person_judge)
    editor = Editor(engine, from_dict(next(values for values in engine.header.directions if values["name"] == "smile")))
    photos = judged_photos(Path(given.photos), engine.header, judge, 6 if given.quick else 0) if given.photos else []
    found: dict[str, dict[str, Any]] = {}
    repeats = 1 if given.quick else TOLD_REPEATS
    for name, (faces, real) in kinds.items():
        if ready is not None and name != given.wanted:
            continue
        begun = time.perf_counter()
        sign = 1.0 if name == "smile" else -1.0
        series = {"photo": [faces.pictures, *ready]} if ready is not None else edits(editor, faces.pictures, sign)
        found[name] = {}
        for size, pictures in series.items():
            values = judged(judge, frame, pictures, sign > 0)
            asked = editor.asked(faces.pictures, sign * 100.0)
            values["slope"] = round(float(np.median(editor.seen(pictures[0], pictures[-1]) / asked)), 3)
            for key, value in values.items():
                found[name].setdefault(key, {})[size] = value
        found[name] |= looks(series["photo"][-1], faces, real, repeats, ready is None)
        here = [one for one, smiles in photos if smiles == (sign < 0)]
        found[name]["photos_detail_ratio"] = photos_detail(editor, here, sign) if ready is None else None
        if given.sheets:
            write_sheets(Path(given.sheets), name, series["photo"][-1], (faces, real), here, editor if ready is None else None)
        found[name]["same_person"] = None if net is None else same_person(net, series["photo"][-1], faces, real)
        note(f"{name}: {len(faces.pictures)} faces, {time.perf_counter() - begun:.0f} s")
    result: dict[str, Any] = {
        "judge_accuracy": face_judge.accuracy(judge, face_judge.labelled(data, data.split.valid, frame, NAMES)),
        "faces": {name: len(kinds[name][0].pictures) for name in found},
    }
    if ready is None:
        result["decoded_told"] = {
            "smile": decoded_told(editor, having, judge, True),
            "-smile": decoded_told(editor, without, judge, False),
        }
    for key in REPORTED:
        result[key] = {name: values[key] for name, values in found.items()}
    report(result, given.json)


def judged_photos(folder: Path, header: Header, judge: face_judge.Judge, limit: int) -> list[tuple[PhotoFace, bool]]:
    """The faces of photos, and whether they smile as the judge sees it: nobody has said so."""
    faces = photo_faces(folder, header, limit)
    frame = frame_from(header.data.get("frame"))
    return [(one, bool(judge.logits(face_judge.window(one.framed, frame)[None])[0, 0] > 0)) for one in faces]


def write_sheets(
    folder: Path, name: str, edited: np.ndarray, kinds: tuple[Faces, Faces], photos: Sequence[PhotoFace], editor: Editor | None
) -> None:
    """All contact sheets of one direction of the edit; without an editor the one of ready-made edits alone."""
    way = "less" if name.startswith("-") else "more"
    faces, real = kinds
    write_blind(folder, f"blind-{way}", edited, faces, real)
    if editor is None:
        return
    sign = -1.0 if way == "less" else 1.0
    write_faces(folder, f"faces-{way}", faces, editor, sign)
    if photos:
        write_photos(folder, f"photos-{way}", photos, editor, sign)


def edits(editor: Editor, pictures: np.ndarray, sign: float) -> dict[str, list[np.ndarray]]:
    """Faces at AMOUNTS, put onto the photo and decoded."""
    amounts = [sign * amount for amount in AMOUNTS]
    return {
        "model": [editor.decoded(pictures, amount) for amount in amounts],
        "photo": [pictures, *(editor.edited(pictures, amount) for amount in amounts[1:])],
    }


if __name__ == "__main__":
    main()
