"""Neighbouring views of one thing stay on one side of the split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.data.near_copies import NEIGHBOURS, near_copies
from core.data.split import make_split
from tests.helpers.real_data import real_source
from tests.helpers.turned import turned


def test_views_up_to_thirteen_degrees_apart_are_one_group() -> None:
    files = (
        "a/train_0_100.jpg",
        "a/test_8_100.jpg",
        "a/train_20_100.jpg",
        "a/33_100.jpg",
        "a/r_20_100.jpg",
        "b/21_100.jpg",
        "b/apple.jpg",
    )
    labels = np.array([0, 0, 0, 0, 0, 1, 1])
    assert near_copies(files[:6], labels[:6]).tolist() == [
        0,
        0,
        0,
        1,
        2,
        3,
    ]  # 8, 12 and 13 pictures further; another turn; another class
    many = (*files[:6], *(f"c/{100 * number}_100.jpg" for number in range(10)), files[6])
    groups = near_copies(many, np.array([*labels[:6], *[2] * 10, 1]))
    assert groups is not None
    assert (groups == groups[-1]).sum() == 1  # the one of another name is like no other


@pytest.mark.parametrize(
    "names",
    [
        ("000001.jpg", "000002.jpg", "000003.jpg"),
        ("smile_001.png", "smile_002.png"),
        ("1.jpg", "2.jpg", "3.jpg"),
        ("12345_100.jpg", "12346_100.jpg"),
        (),
    ],
)
def test_other_names_say_nothing(names: tuple[str, ...]) -> None:
    assert near_copies(names, np.zeros(len(names), np.int16)) is None


def neighbours_across(data: FaceData) -> int:
    """Held-out pictures with a view of the same turn in training whose number is at most NEIGHBOURS away, by the names alone."""

    def view(row: int) -> tuple[str, str, int]:
        kind, name = data.index.files[row].split("/")
        *_, turn, number, _ = ("_" + name.rpartition(".")[0]).split("_")
        return kind, "" if turn in ("train", "test") else turn, int(number)

    train = [view(row) for row in data.split.train]
    held_out = [view(row) for row in data.split.valid]
    return sum(any(a[:2] == b[:2] and abs(a[2] - b[2]) <= NEIGHBOURS for b in train) for a in held_out)


def test_no_held_out_picture_has_a_neighbour_in_training(tmp_path: Path) -> None:
    data = load(DataConfig(source=str(turned(tmp_path / "turned")), image_size=32))
    assert neighbours_across(data) == data.near_copies_across() == 0
    valid = np.bincount(data.index.labels[data.split.valid], minlength=4)
    assert len(data.split.valid) + len(data.split.train) == 160
    assert ((valid >= 5) & (valid <= 11)).all(), valid  # a fifth of each kind's 40, as near as whole groups allow
    by_chance = make_split(replace(data.index, near_copies=None), data.config.valid_fraction, data.config.split_seed)
    assert neighbours_across(replace(data, split=by_chance)) > 10  # what the groups are for
    assert data.summary()["near_copies"] is True


def test_a_split_that_came_with_the_pictures_is_kept_and_its_neighbours_are_counted(tmp_path: Path) -> None:
    folder = turned(tmp_path / "turned")
    for file in sorted(folder.glob("*/*.png")):
        part, _, rest = file.name.partition("_")
        there = folder / part / file.parent.name
        there.mkdir(parents=True, exist_ok=True)
        file.rename(there / rest)
    for empty in folder.glob("Kind*"):
        empty.rmdir()
    data = load(DataConfig(source=str(folder), image_size=32))
    assert data.own_split
    assert data.near_copies_across() > 10
    assert data.summary()["near_copies_across_split"] == data.near_copies_across()


@pytest.mark.long
@pytest.mark.parametrize("folder", [real_source("fruits")])
def test_the_fruits_are_split_between_views_not_through_them(folder: Path) -> None:
    data = load(DataConfig(source=str(folder), image_size=32))
    assert neighbours_across(data) == 0
    shares = np.bincount(data.index.labels[data.split.valid]) / np.bincount(data.index.labels)
    assert shares.min() > 0.1  # each kind is in both parts
    assert shares.max() < 0.3

    def nearest(split: object) -> float:
        small = data.images.reshape(len(data.images), 16, 2, 16, 2, 3).mean(axis=(2, 4)).reshape(len(data.images), -1) / 255.0
        train, valid = small[split.train], small[split.valid]  # type: ignore[attr-defined]
        squares = (valid**2).sum(1)[:, None] + (train**2).sum(1)[None] - 2.0 * valid @ train.T
        return float(np.median(np.sqrt(squares.clip(0.0).min(axis=1) / small.shape[1])))

    by_chance = make_split(replace(data.index, near_copies=None), 0.2, 0)
    assert nearest(data.split) > 2.0 * nearest(by_chance)  # pixels agree with the names
