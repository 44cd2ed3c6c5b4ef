"""The drawn grid of dSprites: its factors, its order, and what its pictures show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.config import DataConfig
from core.data.dataset import batch, load
from core.data.sets import sprites
from core.data.sets.sprites import GRID, SpriteRows, drawn_sprites, factor_table


def row(*numbers: int) -> int:
    return int(np.ravel_multi_index(numbers, GRID))


@pytest.fixture(scope="module")
def pictures() -> SpriteRows:
    return SpriteRows()


def test_the_grid_is_the_published_one(pictures: SpriteRows) -> None:
    assert pictures.shape == (737_280, 64, 64, 1)
    table = factor_table()
    assert table.shape == (737_280, 5)
    assert table.max(axis=0).tolist() == [2, 5, 39, 31, 31]
    # Position Y changes fastest, then position X, orientation, scale, shape.
    assert table[[0, 1, 32, 32 * 32, 40 * 32 * 32, 6 * 40 * 32 * 32]].tolist() == [
        [0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0],
    ]  # fmt: skip
    assert sprites.SHAPES == ("square", "ellipse", "heart")
    assert sprites.SCALES == (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert sprites.ORIENTATIONS[0] == 0.0
    assert sprites.ORIENTATIONS[-1] == pytest.approx(2 * math.pi)
    assert np.allclose(np.diff(sprites.ORIENTATIONS), 2 * math.pi / 39)


def test_pictures_have_two_levels_and_positions_move_by_a_pixel(pictures: SpriteRows) -> None:
    first = pictures[row(2, 3, 7, 4, 9)][..., 0]
    assert set(np.unique(first)) == {0, 255}
    assert np.array_equal(pictures[row(2, 3, 7, 5, 9)][..., 0], np.roll(first, 1, axis=1))  # position X: to the right
    assert np.array_equal(pictures[row(2, 3, 7, 4, 10)][..., 0], np.roll(first, 1, axis=0))  # position Y: downwards


def test_no_sprite_is_cut_anywhere(pictures: SpriteRows) -> None:
    sums = (drawn_sprites() > 0).sum(axis=(1, 2))
    for across, down in ((0, 0), (0, 31), (31, 0), (31, 31)):
        corner = np.arange(720) * 1024 + across * 32 + down
        assert np.array_equal((pictures[corner] > 0).sum(axis=(1, 2, 3)), sums)


def test_all_pictures_differ_but_for_the_full_turn() -> None:
    drawn = drawn_sprites().reshape(3, 6, 40, -1)
    assert np.array_equal(drawn[:, :, 0], drawn[:, :, 39])
    different = np.packbits(drawn[:, :, :39].reshape(-1, drawn.shape[-1]) > 0, axis=1)
    assert len(np.unique(different, axis=0)) == 3 * 6 * 39
    # Nor is one sprite another one moved: each has its own shape, wherever it stands.
    cut = {_cut(picture).tobytes() + bytes(_cut(picture).shape) for picture in drawn[:, :, :39].reshape(-1, 95, 95)}
    assert len(cut) == 3 * 6 * 39


def _cut(picture: np.ndarray) -> np.ndarray:
    down, across = np.nonzero(picture)
    return picture[down.min() : down.max() + 1, across.min() : across.max() + 1]


@pytest.mark.parametrize(
    ("shape", "area"),
    [(0, 22.0**2), (1, math.pi * 15.5 * 7.75), (2, 2 * 11.5**2 + math.pi * 11.5**2 / 2)],
    ids=["square", "ellipse", "heart"],
)
def test_areas_are_those_of_the_described_shapes(shape: int, area: float) -> None:
    drawn = (drawn_sprites().reshape(3, 6, 40, -1) > 0).sum(axis=3)[shape]
    for scale, areas in zip(sprites.SCALES, drawn, strict=True):
        assert areas.mean() == pytest.approx(area * scale**2, rel=0.03)


def test_it_turns_counterclockwise_and_the_heart_stands_upright(pictures: SpriteRows) -> None:
    heart = pictures[row(2, 5, 0, 16, 16)][..., 0] > 0
    lit = np.flatnonzero(heart.any(axis=1))
    widths = heart.sum(axis=1)[lit]
    assert widths[1:8].min() > 2 * widths[-3:].max()  # the tip is below
    turned = pictures[row(1, 5, 3, 16, 16)][..., 0] > 0  # the ellipse lies across at first, then its right end rises
    down, across = np.nonzero(turned)
    assert np.corrcoef(across, -down)[0, 1] > 0.3


def test_a_sample_is_seeded_and_keeps_the_shares_of_the_shapes() -> None:
    first = load(DataConfig(source="sprites", image_size=64, channels=1, limit=3000))
    again = load(DataConfig(source="sprites", image_size=64, channels=1, limit=3000))
    other = load(DataConfig(source="sprites", image_size=64, channels=1, limit=3000, split_seed=1))
    assert first.counts() == {"square": 1000, "ellipse": 1000, "heart": 1000}
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert first.factors is not None
    assert again.factors is not None
    assert np.array_equal(first.factors, again.factors)
    assert (len(first.split.train), len(first.split.valid)) == (2400, 600)
    # Each picture is the one that its factors say.
    rows = np.ravel_multi_index(tuple(first.factors.T), GRID)
    assert np.array_equal(batch(first.images, np.arange(50)), SpriteRows()[rows[:50]])
    assert len(set(rows.tolist())) == 3000


def test_the_whole_grid_is_a_data_set_without_a_list_of_its_pictures() -> None:
    data = load(DataConfig(source="sprites", image_size=64, channels=1))
    assert data.factors is not None
    assert data.factors.dtype.kind == "i"
    assert data.factor_names == ("shape", "scale", "orientation", "pos_x", "pos_y")
    assert data.summary()["classes"] == {"square": 245_760, "ellipse": 245_760, "heart": 245_760}
    assert (len(data.split.train), len(data.split.valid)) == (589_824, 147_456)
    assert len(data.index.files) == 737_280
    assert data.index.files[0] == "square, scale 0.5, orientation 0.00, x 0.00, y 0.00"
    assert data.index.files[-1] == "heart, scale 1.0, orientation 6.28, x 1.00, y 1.00"
    with pytest.raises(TypeError, match="aren't made all at once"):
        np.asarray(data.images)
