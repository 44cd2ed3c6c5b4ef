"""The data set as training sees it: split, order, batches, standardisation, attributes, summary."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.config import DataConfig
from core.data import dataset
from core.data.cache.decoded import sample
from core.data.columns import check_attribute, known_columns
from core.data.dataset import FaceData, batch, epoch_order, load, make_split, standardisation
from core.data.folders import TRAIN, VALID
from core.data.index import Index
from core.data.split import own_split
from core.data.statistics import class_looks
from core.errors import DataError
from tests.helpers.real_data import real_source
from tests.helpers.tiny_faces import write_faces


@pytest.fixture(autouse=True)
def folder_of_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))


def an_index(labels: list[int], persons: list[int] | None = None, parts: list[int] | None = None) -> Index:
    """An index of pictures that nobody reads."""
    classes = tuple(f"c{number}" for number in range(max(labels) + 1))
    return Index(
        source="x",
        name="x",
        root=Path(),
        files=tuple(f"{number:06d}.png" for number in range(len(labels))),
        classes=classes,
        labels=np.array(labels, np.int16),
        positive="",
        attributes={},
        persons=None if persons is None else np.array(persons, np.int32),
        stamps=((0, 0),) * len(labels),
        part=None if parts is None else np.array(parts, np.int8),
        part_from="" if parts is None else "a list",
    )


def check_parts(count: int, split: dataset.Split) -> None:
    assert (np.diff(split.train) > 0).all()
    assert (np.diff(split.valid) > 0).all()
    if count > 1:
        assert len(split.train)
        assert len(split.valid)
        assert sorted([*split.train, *split.valid]) == list(range(count))


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=200), st.floats(0.01, 0.9), st.integers(0, 2**32 - 1))
def test_split_keeps_the_shares_of_the_classes(labels: list[int], fraction: float, seed: int) -> None:
    index = an_index(labels)
    split = make_split(index, fraction, seed)
    check_parts(len(labels), split)
    again = make_split(index, fraction, seed)
    assert split.valid.tolist() == again.valid.tolist()
    counts = np.bincount(index.labels)
    if counts[counts > 0].min() > 5:
        wanted = min(max(round(len(labels) * fraction), 1), len(labels) - 1)
        assert len(split.valid) == wanted
        assert np.abs(np.bincount(index.labels[split.valid], minlength=len(counts)) - wanted * counts / len(labels)).max() < 1.01
    elif (counts > 1).any():
        assert set(index.labels[split.train]) == set(index.labels)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), min_size=2, max_size=150), st.integers(0, 999))
def test_no_person_is_on_both_sides(pictures: list[tuple[int, int]], seed: int) -> None:
    labels, persons = (list(column) for column in zip(*pictures, strict=True))
    split = make_split(an_index(labels, persons), 0.2, seed)
    check_parts(len(labels), split)
    if len(set(persons)) > 1:
        assert not {persons[row] for row in split.train} & {persons[row] for row in split.valid}


def test_split_by_person_stays_near_the_wanted_shares() -> None:
    rng = np.random.default_rng(3)
    persons = np.repeat(np.arange(150), rng.integers(5, 60, 150))
    habit = rng.beta(1, 1, 150)  # some always smile, some never
    labels = (rng.random(len(persons)) < habit[persons]).astype(int)
    for seed in range(5):
        split = make_split(an_index(labels.tolist(), persons.tolist()), 0.2, seed)
        assert abs(len(split.valid) / len(persons) - 0.2) < 0.01
        assert abs(labels[split.valid].mean() - labels.mean()) < 0.01
    first, second = (make_split(an_index(labels.tolist(), persons.tolist()), 0.2, seed) for seed in (0, 1))
    assert first.valid.tolist() != second.valid.tolist()


def test_tiny_splits() -> None:
    one = make_split(an_index([0]), 0.2, 0)
    assert one.train.tolist() == one.valid.tolist() == [0]
    two_people = make_split(an_index([0, 1] * 50, [0] * 50 + [1] * 50), 0.2, 0)
    assert len(two_people.train) == len(two_people.valid) == 50
    one_person = make_split(an_index([0, 1] * 50, [4] * 100), 0.2, 0)
    assert (len(one_person.train), len(one_person.valid)) == (80, 20)


def test_the_split_that_came_with_the_pictures_wins() -> None:
    index = an_index([0, 1, 0, 1, 0], parts=[TRAIN, VALID, TRAIN, TRAIN, VALID])
    for fraction, seed in ((0.2, 0), (0.8, 5)):
        split = make_split(index, fraction, seed)
        assert (split.train.tolist(), split.valid.tolist()) == ([0, 2, 3], [1, 4])
    without = index.subset(np.array([0, 2, 3]))  # no picture is left to validate on
    assert own_split(without) is None
    check_parts(3, make_split(without, 0.2, 0))


def test_a_sample_keeps_the_shares_of_the_parts() -> None:
    index = an_index([0, 1] * 50, parts=[TRAIN] * 80 + [VALID] * 20)
    sampled = index.subset(sample(index, 10, seed=1))
    assert sampled.part is not None
    assert [(sampled.part == part).sum() for part in (TRAIN, VALID)] == [8, 2]
    assert sampled.labels.tolist().count(0) == 5


def test_the_split_is_the_same_everywhere() -> None:
    """Fixed numbers: a checkpoint that names a split's seed must find the same split on every machine and version."""
    assert make_split(an_index([0, 1] * 10), 0.2, 7).valid.tolist() == [0, 5, 9, 16]
    persons = [number // 4 for number in range(20)]
    assert make_split(an_index([0, 1] * 10, persons), 0.4, 7).valid.tolist() == [0, 1, 2, 3, 8, 9, 10, 11]
    assert epoch_order(np.arange(8), 3, 2).tolist() == [1, 7, 4, 0, 2, 6, 3, 5]


def test_epoch_order() -> None:
    train = np.array([3, 5, 8, 9, 12, 20])
    orders = [epoch_order(train, 1, epoch).tolist() for epoch in (1, 2, 1)]
    assert orders[0] == orders[2] != orders[1]
    assert all(sorted(order) == train.tolist() for order in orders)
    assert epoch_order(train, 2, 1).tolist() != orders[0]


@pytest.mark.parametrize("channels", [1, 3])
def test_standardisation(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (300, 16, 16, channels), dtype=np.uint8)
    rows = rng.permutation(300)[:257]
    mean, std = standardisation(images, rows)
    assert mean.dtype == std.dtype == np.float32
    assert mean.shape == std.shape == (channels,)
    values = images[rows].astype(np.float64) / 255
    np.testing.assert_allclose(mean, values.mean(axis=(0, 1, 2)), atol=1e-6)
    np.testing.assert_allclose(std, values.std(axis=(0, 1, 2)), atol=1e-6)
    flat = standardisation(np.full((2, 16, 16, channels), 51, np.uint8), np.arange(2))
    np.testing.assert_allclose(flat[0], 0.2, atol=1e-6)
    np.testing.assert_allclose(flat[1], 1e-3)
    monkeypatch.setattr(dataset, "STANDARDISATION_ROWS", 200)
    sampled = standardisation(images, rows)
    assert not np.array_equal(sampled[0], mean)
    np.testing.assert_allclose(sampled[0], mean, atol=0.01)


@pytest.mark.parametrize("channels", [1, 3])
def test_batch(channels: int) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (50, 16, 16, channels), dtype=np.uint8)
    images.flags.writeable = False
    rows, flip = rng.integers(0, 50, 12), rng.random(12) < 0.5
    plain = batch(images, rows, None)
    assert (plain == images[rows]).all()
    assert plain.flags.c_contiguous
    assert plain.flags.writeable
    mirrored = batch(images, rows, flip)
    for at, row in enumerate(rows):
        assert (mirrored[at] == (images[row][:, ::-1] if flip[at] else images[row])).all()
    assert (batch(images, rows, np.zeros(12, bool)) == plain).all()
    assert mirrored.flags.c_contiguous
    assert mirrored.dtype == np.uint8


def drawn(root: Path, each: int = 12, size: tuple[int, int] = (178, 218)) -> Path:
    """Pictures in the shape of shared/data/celeba, labels included."""
    rng = np.random.default_rng(0)
    lines = ["class,file,person,male,mouth_open,eyeglasses"]
    for number in range(2 * each):
        folder = "smile" if number % 2 else "non_smile"
        (root / folder).mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / folder / f"{number:06d}.jpg")
        lines.append(f"{folder},{number:06d}.jpg,celeb_{number // 3},{number // 3 % 2},{number % 2},0")
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.mark.parametrize("folder", [pytest.param(None, id="drawn"), real_source("celeba")])
def test_load_a_folder_like_celeba(tmp_path: Path, folder: Path | None) -> None:
    source, limit = (folder, 200) if folder else (drawn(tmp_path / "data"), 0)
    data = load(DataConfig(source=str(source), image_size=64, crop="25,52,153,180", limit=limit))
    count = limit or 24
    assert data.images.shape == (count, 64, 64, 3)
    assert data.bad == ()
    assert (data.sizes == (178, 218)).all()
    assert data.index.positive == "smile"
    assert data.attribute_names() == (
        "smile",
        "non_smile",
        "male",
        "mouth_open",
        "eyeglasses",
    )
    mask = data.class_mask()
    assert mask is not None
    assert (data.attribute("smile") == mask).all()
    assert (data.attribute("non_smile") == ~mask).all()
    assert set(data.attribute("MALE")) == {0.0, 1.0}
    some = data.split.valid[::-2]
    for name in ("smile", "non_smile", "male"):
        np.testing.assert_array_equal(data.attribute(name, some), data.attribute(name)[some])
    assert data.index.persons is not None
    assert not set(data.index.persons[data.split.train]) & set(data.index.persons[data.split.valid])
    assert len(data.split.valid) == pytest.approx(0.2 * count, abs=0.05 * count)
    first = data.index.root / data.index.files[0]
    with Image.open(first) as image:
        by_hand = image.convert("RGB").resize((64, 64), Image.Resampling.LANCZOS, box=(25, 52, 153, 180))
        assert (np.asarray(by_hand) == data.images[0]).all()


def test_summary(tmp_path: Path) -> None:
    root = drawn(tmp_path / "data", size=(60, 50))
    (root / "smile" / "bad.jpg").touch()
    shutil.copyfile(root / "smile" / "000001.jpg", root / "smile" / "zz.jpg")
    Image.new("RGB", (20, 30)).save(root / "smile" / "small.jpg")
    data = load(DataConfig(source=str(root), image_size=32))
    said = json.loads(json.dumps(data.summary()))
    assert said["images"] == 26
    assert said["classes"] == {"non_smile": 12, "smile": 14} == data.counts()
    assert said["bad"] == [{"file": "smile/bad.jpg", "reason": "empty file"}]
    assert said["duplicates"] == [["smile/000001.jpg", "smile/zz.jpg"]]
    assert said["attributes"] == {"male": 12, "mouth_open": 12, "eyeglasses": 0}
    assert said["sizes"] == {"smallest": [20, 30], "largest": [60, 50]}
    assert said["split"] == {"train": len(data.split.train), "valid": len(data.split.valid), "persons": True}
    assert said["source"] == str(root)
    assert said["positive"] == "smile"
    assert said["fingerprint"] == data.fingerprint
    assert len(data.index.files) == len(data.index.labels) == len(data.images) == len(data.sizes) == 26


def test_unknown_attributes_name_the_known_ones(tmp_path: Path) -> None:
    data = load(DataConfig(source=str(drawn(tmp_path / "data", each=3, size=(40, 40))), image_size=32))
    with pytest.raises(DataError, match=r"no attribute named beard.*smile, non_smile, male"):
        data.attribute("beard")


def test_a_single_class_has_no_smile(tmp_path: Path) -> None:
    root = drawn(tmp_path / "data", each=2, size=(40, 40))
    shutil.rmtree(root / "non_smile")
    (root / "labels.csv").unlink()
    data = load(DataConfig(source=str(root), image_size=32))
    assert data.class_mask() is None
    assert data.attribute_names() == ()
    assert data.class_attribute == ""
    assert (len(data.split.train), len(data.split.valid)) == (1, 1)
    with pytest.raises(DataError, match="neither two classes nor labels"):
        data.attribute("smile")


def test_a_class_without_usable_pictures_has_no_opposite(tmp_path: Path) -> None:
    root = drawn(tmp_path / "data", each=2, size=(40, 40))
    for file in (root / "smile").iterdir():
        file.write_bytes(b"")
    data = load(DataConfig(source=str(root), image_size=32))
    assert data.counts() == {"non_smile": 2, "smile": 0}
    assert data.class_mask() is None
    assert len(data.bad) == 2


def with_positive(root: Path, positive: str) -> FaceData:
    return load(DataConfig(source=str(root), image_size=32, positive=positive))


def test_smile_means_the_chosen_class(tmp_path: Path) -> None:
    root = drawn(tmp_path / "data", each=4, size=(40, 40))
    (root / "smile").rename(root / "glasses")
    (root / "labels.csv").unlink()
    assert with_positive(root, "").class_mask() is None
    chosen = with_positive(root, "glasses")
    assert (chosen.attribute("smile") == chosen.attribute("glasses")).all()
    assert chosen.class_attribute == "glasses"
    (root / "labels.csv").write_text("file,smile\n000001.jpg,1\n000000.jpg,0\n")
    assert np.nansum(with_positive(root, "glasses").attribute("smile")) == 1  # the labels know better
    (root / "glasses").rename(root / "smile")
    upside_down = with_positive(root, "non_smile")
    assert (upside_down.attribute("smile") == ~np.array(upside_down.class_mask())).all()
    with pytest.raises(DataError, match="no class named hat"):
        with_positive(root, "hat")


def test_grey_pictures(tmp_path: Path) -> None:
    root = drawn(tmp_path / "data", each=2, size=(40, 40))
    data = load(DataConfig(source=str(root), image_size=32, channels=1))
    assert data.images.shape == (4, 32, 32, 1)
    assert batch(data.images, data.split.train, np.ones(len(data.split.train), bool)).shape[1:] == (32, 32, 1)


def test_a_column_says_who_smiles_where_no_class_does(tmp_path: Path) -> None:
    root = write_faces(tmp_path / "flat", {"": 6}, size=(32, 32))
    (root / "labels.csv").write_text("file,Smiling,male\n000.png,yes,1\n001.png,no,0\n002.png,yes,0\n")
    data = load(DataConfig(source=str(root), image_size=32))
    assert (data.class_attribute, data.own_attribute, data.smile_by_column) == ("", "smile", "Smiling")
    assert data.attribute_names() == ("smile", "Smiling", "male")
    np.testing.assert_array_equal(data.attribute("smile"), np.array([1, 0, 1, *[np.nan] * 3], np.float32))
    assert data.why_no_attribute == ""
    assert (data.summary()["attribute"], data.summary()["labels"]["smile_column"]) == ("smile", "Smiling")
    check_attribute(str(root), "", "SMILE")


def test_three_classes_of_which_one_smiles(tmp_path: Path) -> None:
    root = write_faces(tmp_path / "three", {"angry": 3, "happy": 3, "neutral": 3}, size=(32, 32))
    data = load(DataConfig(source=str(root), image_size=32))
    assert (data.index.positive, data.own_attribute) == ("happy", "happy")
    assert data.attribute("smile").tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0]  # that one against the rest
    assert not data.asks_which_class


def test_three_classes_that_do_not_tell(tmp_path: Path) -> None:
    root = write_faces(tmp_path / "abc", {"a": 2, "b": 2, "c": 2}, size=(32, 32))
    data = load(DataConfig(source=str(root), image_size=32))
    assert data.asks_which_class
    assert data.why_no_attribute == "The names of the classes a, b, c don't tell which one is with the attribute."
    chosen = load(DataConfig(source=str(root), image_size=32, positive="b"))
    assert (chosen.asks_which_class, chosen.own_attribute) == (False, "b")


def test_pictures_of_no_class_are_neither_with_nor_without(tmp_path: Path) -> None:
    root = write_faces(tmp_path / "column", {"": 6}, size=(32, 32))
    (root / "labels.csv").write_text("file,class\n000.png,happy\n001.png,sad\n002.png,happy\n")
    data = load(DataConfig(source=str(root), image_size=32))
    assert data.counts() == {"": 3, "happy": 2, "sad": 1}
    np.testing.assert_array_equal(data.attribute("happy"), np.array([1, 0, 1, *[np.nan] * 3], np.float32))
    assert data.attribute_names() == ("smile", "happy", "sad")
    columns = known_columns(data, np.arange(6))
    assert columns.names == ("happy",)
    np.testing.assert_array_equal(columns.values[:, 0], [1, 0, 1, *[np.nan] * 3])
    assert "" not in class_looks(data)
