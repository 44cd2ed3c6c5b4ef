"""Directions that are turned to where their attribute is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.checkpoint import find
from core.data.dataset import load
from core.errors import Cancelled
from core.latent.direction_fit import fit
from core.latent.directions import Direction
from core.latent.engine import LatentEngine
from core.latent.looks import look_at
from core.latent.visible import Looks
from tests.helpers.runs import shared_run, tiny

SIDE = 12
DIMS = 5


def drawn(mirrored: bool = False, count: int = 4000) -> tuple[np.ndarray, np.ndarray, Looks]:
    """Codes, labels, and the looks of pictures that a linear decoder made of the codes.

    The first dimension opens the mouth, the second darkens the hair, the third the chin; the rest is seen nowhere. A smile moves
    the first by much, the second by little.
    """
    rng = np.random.default_rng(3)
    changes = np.zeros((DIMS, SIDE, SIDE, 1))
    changes[0, 8:10, 4:8] = 0.2
    changes[1, 0:5] = 0.4
    changes[2, 10:12] = 0.2
    smile = rng.random(count) < 0.5
    z = rng.standard_normal((count, DIMS))
    z[:, 0] += 1.5 * smile
    z[:, 1] += 0.3 * smile
    seen = np.tensordot(z, changes[..., 0], 1) + rng.normal(0.0, 0.2, (count, SIDE, SIDE))
    other = z + rng.normal(0.0, 0.2, z.shape) if mirrored else None
    return z.astype(np.float32), smile, Looks(seen.astype(np.float32), changes, None if other is None else other.astype(np.float32))


def changed(direction: Direction, looks: Looks, rows: slice) -> float:
    """By how much a step along a direction changes some rows of the picture."""
    return float(np.linalg.norm(np.tensordot(direction.unit, looks.changes, 1)[rows]))


@pytest.mark.parametrize("mirrored", [False, True])
def test_it_changes_less_where_the_attribute_is_not_seen(mirrored: bool) -> None:
    z, smile, looks = drawn(mirrored)
    plain = fit(z, smile, "smile", method="logistic")
    seen = fit(z, smile, "smile", method="visible", looks=looks)
    assert seen.method == "visible"
    assert changed(seen, looks, slice(0, 5)) < 0.5 * changed(plain, looks, slice(0, 5))
    assert changed(seen, looks, slice(8, 10)) > changed(plain, looks, slice(8, 10))
    assert seen.mean_with > seen.mean_without
    np.testing.assert_allclose(seen.difference, plain.difference)  # --coefficient means the same for all


def test_mirror_images_count_as_pictures() -> None:
    z, smile, looks = drawn(count=200)
    turned_away = Looks(looks.pictures, looks.changes, z + 3.0 * smile[:, None] * np.eye(DIMS, dtype=np.float32)[3])
    alone = fit(z, smile, "smile", method="visible", looks=looks)
    both = fit(z, smile, "smile", method="visible", looks=turned_away)
    assert both.unit[3] > alone.unit[3] + 0.2


def test_pictures_of_unknown_kind_are_left_out_with_their_looks() -> None:
    z, smile, looks = drawn(count=300)
    labels = smile.astype(np.float32)
    labels[::3] = np.nan
    known = np.flatnonzero(~np.isnan(labels))
    found = fit(z, labels, "smile", method="visible", looks=looks)
    np.testing.assert_allclose(
        found.unit, fit(z[known], smile[known], "smile", method="visible", looks=looks.of(known)).unit, atol=1e-5
    )


def test_a_decoder_that_changes_nothing_leaves_the_direction_as_it_is() -> None:
    z, smile, looks = drawn(count=300)
    dead = Looks(looks.pictures, np.zeros_like(looks.changes))
    found, plain = fit(z, smile, "smile", method="visible", looks=dead), fit(z, smile, "smile", method="logistic")
    np.testing.assert_allclose(found.unit, plain.unit, atol=1e-5)


@pytest.fixture
def images() -> np.ndarray:
    return np.array(load(tiny().data).images)


@pytest.mark.parametrize("mirror", [False, True])
def test_mirror_images_are_looked_at_where_the_model_knows_them(images: np.ndarray, mirror: bool) -> None:
    engine = LatentEngine.load(find(str(shared_run())))
    config = engine.header.config
    engine.header = replace(engine.header, config=replace(config, data=replace(config.data, mirror=mirror)))
    rows = np.array([4, 1, 2])
    means = engine.encode(images[rows]).mean
    told: list[str] = []
    looks = look_at(engine, images, rows, means, lambda text, done, total: told.append(text))
    assert looks.pictures.shape[0] == 3
    assert looks.changes.shape[0] == engine.spec.latent_dim
    assert np.abs(looks.changes).max() > 0
    assert "Studying what the model draws" in told
    assert ("Encoding mirror images" in told) == mirror
    if mirror:
        assert looks.mirrored is not None
        np.testing.assert_allclose(looks.mirrored, engine.encode(images[rows][:, :, ::-1]).mean, atol=1e-4)

    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        look_at(engine, images, rows, means, stop)
