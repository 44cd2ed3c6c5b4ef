"""Pictures that are made when they are asked for: indexing, and scaling to another size."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.data.lazy_rows import MadeRows, Pixels, Rows, resampling

PICTURES = np.random.default_rng(3).integers(0, 256, (7, 32, 32)).astype(np.uint8)


class Stored(MadeRows):
    def __init__(self, size: int = 32, channels: int = 1) -> None:
        super().__init__(len(PICTURES), 32, size, channels)

    def _make(self, rows: Rows) -> Pixels:
        return PICTURES[rows]


@pytest.mark.parametrize(
    "key", [3, -1, np.int64(2), slice(1, 6, 2), np.array([4, 0, 4]), np.array([-2]), PICTURES[:, 0, 0] > 100, np.zeros(0, np.int64)]
)
def test_indexing_is_that_of_an_array(key: object) -> None:
    assert np.array_equal(Stored()[key], PICTURES[..., None][key])  # type: ignore[call-overload]


@pytest.mark.parametrize("key", [7, -8, np.array([0, 7]), np.array([-8]), np.zeros((2, 2), np.int64)])
def test_what_is_not_there_is_refused(key: object) -> None:
    with pytest.raises(IndexError):
        Stored()[key]


def test_grey_becomes_three_channels_where_they_are_wanted() -> None:
    made = Stored(channels=3)[np.array([1, 2])]
    assert made.shape == (2, 32, 32, 3)
    assert all(np.array_equal(made[..., channel], PICTURES[1:3]) for channel in range(3))


@pytest.mark.parametrize("size", [16, 48, 64, 80])
def test_other_sizes_are_those_of_an_image_library(size: int) -> None:
    made = Stored(size)[:][..., 0]
    for picture, wanted in zip(made, PICTURES, strict=True):
        library = np.asarray(Image.fromarray(wanted).resize((size, size), Image.Resampling.BILINEAR))
        assert np.abs(picture.astype(int) - library).max() <= 1


@pytest.mark.parametrize(("before", "after"), [(32, 64), (64, 48), (28, 96), (64, 64)])
def test_resampling_keeps_a_flat_picture_flat(before: int, after: int) -> None:
    assert np.allclose(resampling(before, after).sum(axis=1), 1.0)
    if before == after:
        assert np.allclose(resampling(before, after), np.eye(before))
