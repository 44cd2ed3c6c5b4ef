"""Factors as labels: what they are called, what their columns hold, and that other attributes' users can live on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.data.sets import sprites
from core.data.sets.factors import Factor
from core.errors import DataError
from core.metrics.confounds import confound_names
from tests.helpers.digits import write_digits


@pytest.fixture(scope="module")
def shapes() -> FaceData:
    return load(DataConfig(source="sprites", image_size=64, channels=1, limit=2000))


def test_names_are_columns_and_not_classes(shapes: FaceData) -> None:
    assert shapes.attribute_names() == (
        "shape_square", "shape_ellipse", "shape_heart", "scale", "orientation", "pos_x", "pos_y",
    )  # fmt: skip
    assert shapes.class_attribute == ""
    assert shapes.summary()["factors"]["scale"] == list(sprites.SCALES)


def test_kinds_are_one_against_the_rest(shapes: FaceData) -> None:
    assert shapes.factors is not None
    heart = shapes.attribute("shape_heart")
    assert heart.dtype == np.float32
    assert np.array_equal(heart, (shapes.factors[:, 0] == 2).astype(np.float32))
    assert np.array_equal(shapes.attribute("heart"), heart)  # the class's name will do
    assert shapes.attribute_called("heart") == shapes.attribute_called("Shape_Heart") == "shape_heart"
    together = sum(shapes.attribute(f"shape_{name}") for name in sprites.SHAPES)
    assert np.array_equal(together, np.ones(len(heart)))


def test_numbers_run_from_0_to_1(shapes: FaceData) -> None:
    assert shapes.factors is not None
    for column, (name, most) in enumerate((("scale", 5), ("orientation", 39), ("pos_x", 31), ("pos_y", 31)), start=1):
        assert np.allclose(shapes.attribute(name), shapes.factors[:, column] / most)
        assert 0.2 < (shapes.attribute(name) > 0.5).mean() < 0.8  # a direction has two sides


def test_position_is_where_the_light_is(shapes: FaceData) -> None:
    lit = shapes.images[:][..., 0] > 0
    across = (lit.sum(axis=1) * np.arange(64)).sum(axis=1) / lit.sum(axis=(1, 2))
    down = (lit.sum(axis=2) * np.arange(64)).sum(axis=1) / lit.sum(axis=(1, 2))
    assert np.corrcoef(across, shapes.attribute("pos_x"))[0, 1] > 0.99
    assert np.corrcoef(down, shapes.attribute("pos_y"))[0, 1] > 0.99
    assert np.corrcoef(lit.sum(axis=(1, 2)), shapes.attribute("scale"))[0, 1] > 0.8


def test_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    data = load(DataConfig(source=f"mnist:{write_digits(tmp_path / 'digits')}", image_size=32, channels=1))
    assert data.attribute_names() == tuple(f"digit_{digit}" for digit in range(10))
    assert data.attribute("digit_3").sum() == data.attribute("3").sum() == 8
    with pytest.raises(DataError, match="no attribute named digit_12"):
        data.attribute("digit_12")


def test_kinds_of_one_factor_are_no_confounds_of_each_other(shapes: FaceData) -> None:
    assert confound_names(shapes, "shape_heart") == ["brightness", "sharpness", "scale", "orientation", "pos_x", "pos_y"]
    assert "shape_heart" in confound_names(shapes, "scale")


def test_folders_have_none() -> None:
    assert Factor("only", (1.0,)).column("only", np.zeros(3, int)).tolist() == [0.0, 0.0, 0.0]
    assert FaceData.__dataclass_fields__["factors"].default is None
