"""When the coach finds fault with the pictures, and what a run says of how its classes look."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.coach.advise import advise_run
from core.coach.data import brightness, copies, few_pictures, near_copies, rare_class, sharpness
from core.config import DataConfig, preset
from core.data import statistics
from core.data.dataset import load
from core.data.statistics import brightness_and_sharpness, class_looks, copies_across_split
from core.events import RunStarted
from tests.helpers.coach_runs import SMILES, facts_of, falling, made_up
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import run_events, tiny


def about(data: dict[str, Any], **settings: Any):
    curve = falling(3)
    return facts_of(made_up(25, train=curve, valid=curve), SMILES | data, **settings)


def looking(**smile: float) -> dict[str, Any]:
    looks = SMILES["class_looks"]
    return {"class_looks": looks | {"smile": looks["smile"] | smile}}


def test_few_pictures_for_many_dimensions() -> None:
    advice = few_pictures(about({"train": 160}, data__mirror=False))
    assert advice is not None
    assert advice.sentence == "There are only 160 training pictures for 128 dimensions."
    assert advice.change == {"data.mirror": True}
    assert few_pictures(about({"train": 160})).change == {}  # quick mirrors already
    assert few_pictures(about({"train": 160}, model__latent_dim=32)) is None
    assert few_pictures(about({"train": 99}, model__latent_dim=8)) is not None
    assert few_pictures(about({"train": 256})) is None
    assert few_pictures(about({"train": 0})) is None  # an old run that says nothing


def test_a_rare_class() -> None:
    advice = rare_class(about({"images": 1000, "train": 800, "classes": {"smile": 100, "non_smile": 900}}))
    assert advice is not None
    assert advice.sentence == "Only 100 of 1,000 pictures are of the class smile."
    enough = {"images": 10_000, "train": 8000, "classes": {"smile": 1000, "non_smile": 9000}}
    assert rare_class(about(enough)) is None  # rare, but many
    even = {"images": 200, "train": 160, "classes": {"smile": 80, "non_smile": 120}}
    assert rare_class(about(even)) is None  # few, but not rare
    assert rare_class(about(even | {"classes": {"a": 1, "b": 9, "c": 190}})) is None
    assert rare_class(about({"images": 1000, "train": 800, "classes": {"a": 100, "b": 900}, "positive": ""})) is None


def test_light_matters_only_to_models_with_directions() -> None:
    facts = about(looking(brightness=130.4, sharpness=2.0 * SMILES["class_looks"]["smile"]["sharpness"]))
    assert brightness(facts) is not None
    assert sharpness(facts) is not None
    history = replace(facts.history, family_name="vq_vae")
    codes = replace(facts, history=history, config=preset("codes"))
    assert brightness(codes) is None
    assert sharpness(codes) is None


def test_classes_in_different_light() -> None:
    advice = brightness(about(looking(brightness=130.4)))
    assert advice is not None
    assert advice.sentence == "The classes differ in brightness by 14 %: the smile direction will move it too."
    assert "Pictures of smile are brighter" in advice.reason
    assert "are darker" in brightness(about(looking(brightness=95.0))).reason
    assert brightness(about({})) is None  # 3 % of CelebA
    assert brightness(about(looking(brightness=130.4) | {"positive": ""})) is None


def test_a_difference_must_be_sure() -> None:
    assert brightness(about(looking(brightness=130.4, brightness_spread=200.0))) is None
    assert brightness(about(looking(brightness=130.4, pictures=10))) is None
    assert brightness(about({"class_looks": {"smile": SMILES["class_looks"]["smile"]}})) is None


def test_classes_from_different_sources() -> None:
    advice = sharpness(about(looking(sharpness=10.0)))
    assert advice is not None
    assert advice.sentence == "The classes differ in sharpness by 51 %: the smile direction will move it too."
    assert sharpness(about(looking(sharpness=15.0))) is None


def test_other_classes_count_together() -> None:
    look = SMILES["class_looks"]["smile"]
    looks = {"smile": look, "sad": look | {"brightness": 100.0}, "calm": look | {"brightness": 136.8}}
    assert brightness(about({"class_looks": looks})) is None  # on the whole they are as bright


def test_copies_on_both_sides() -> None:
    advice = copies(about({"copies_across_split": 40}))
    assert advice is not None
    assert advice.sentence == "40 of 900 validation pictures are in the training part too."
    assert copies(about({"copies_across_split": 8})) is None
    assert copies(about({"copies_across_split": 1, "valid": 10})).sentence.startswith("1 of 10 validation pictures is in")


def test_neighbouring_views_on_both_sides() -> None:
    advice = near_copies(about({"near_copies_across_split": 300}))
    assert advice is not None
    assert advice.sentence == "300 of 900 validation pictures are neighbouring views of training pictures."
    assert "neighbours stay on one side" in advice.reason
    assert near_copies(about({"near_copies_across_split": 8})) is None
    assert near_copies(about({})) is None  # runs of earlier versions say nothing of it


# -- what is measured


def test_brightness_is_luma_and_sharpness_the_laplacian() -> None:
    flat = np.full((1, 8, 8, 3), (10, 100, 200), np.uint8)
    levels, edges = brightness_and_sharpness(flat)
    assert levels[0] == pytest.approx(0.299 * 10 + 0.587 * 100 + 0.114 * 200, abs=1e-3)
    assert edges[0] == pytest.approx(0.0, abs=1e-3)
    checks = np.indices((8, 8)).sum(axis=0)[None, ..., None] % 2 * 100
    levels, edges = brightness_and_sharpness(checks.astype(np.uint8))
    assert (levels[0], edges[0]) == (50.0, 400.0)


def shaded_folder(folder: Path) -> Path:
    """Smiling faces a fifth darker, and a validation part full of copies."""
    draw_folder(folder, per_class=30)
    for path in (folder / "smile").iterdir():
        with Image.open(path) as image:
            darker = image.point(lambda value: int(value * 0.8))
        darker.save(path)
    return folder


def test_the_looks_of_classes_are_those_of_their_training_pictures(tmp_path: Path) -> None:
    data = load(DataConfig(source=str(shaded_folder(tmp_path / "faces")), image_size=32))
    looks = class_looks(data)
    rows = data.split.train[data.class_mask()[data.split.train]]
    luma = data.images[rows] @ np.array([0.299, 0.587, 0.114])
    assert looks["smile"]["pictures"] == len(rows) == 24
    assert looks["smile"]["brightness"] == pytest.approx(luma.mean(), abs=0.01)
    assert looks["smile"]["brightness_spread"] == pytest.approx(luma.mean(axis=(1, 2)).std(), abs=0.01)
    assert looks["smile"]["brightness"] < 0.9 * looks["non_smile"]["brightness"]


def test_the_looks_come_from_a_seeded_sample_and_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = load(DataConfig(source=str(draw_folder(tmp_path / "faces", per_class=30, seed=7)), image_size=32))
    monkeypatch.setattr(statistics, "SAMPLE", 20)
    looks = class_looks(data)
    assert [look["pictures"] for look in looks.values()] == [10, 10]
    monkeypatch.setattr(statistics, "batch", lambda *_: pytest.fail("looked at again"))
    assert class_looks(data) == looks


def test_one_class_has_nothing_to_compare(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "faces", per_class=4)
    assert class_looks(load(DataConfig(source=str(folder / "smile"), image_size=32))) == {}


def test_copies_are_counted_across_the_split_only(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "faces", per_class=20, seed=3)
    assert copies_across_split(load(DataConfig(source=str(folder), image_size=32))) == 0
    for name in ("smile", "non_smile"):
        for number in range(20):
            shutil.copy(folder / name / f"{name}_{number:03d}.png", folder / name / f"copy_{number:03d}.png")
    (folder / "labels.csv").unlink()
    data = load(DataConfig(source=str(folder), image_size=32))
    files = data.index.files
    in_valid = {files[row] for row in data.split.valid}
    twins = {file: file.replace("copy_", f"{file.split('/', maxsplit=1)[0]}_") for file in files if "copy_" in file}
    expected = sum((copy in in_valid) != (twin in in_valid) for copy, twin in twins.items())
    assert copies_across_split(data) == expected > 0


def test_a_real_run_on_pictures_in_different_light_hears_it(tmp_path: Path) -> None:
    events = run_events(tiny(shaded_folder(tmp_path / "faces"), epochs=1), tmp_path / "run")
    started = next(event for event in events if isinstance(event, RunStarted))
    assert started.data["class_looks"].keys() == {"smile", "non_smile"}
    keys = [advice.key for advice in advise_run(tmp_path / "run")]
    assert "brightness" in keys
