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
from core.latent.face_regions import reduced
from core.latent.looks import small_pictures as looks_module
from core.latent.looks.small_pictures import look_at, sampled
from core.latent.looks.visible import Looks
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


ROWS = np.array([4, 1, 2, 0, 9, 7])
POSITIVE = np.array([1.0, 0.0, np.nan, 0.0, 1.0, 0.0], np.float32)


def engine_that(mirror: bool) -> LatentEngine:
    engine = LatentEngine.load(find(str(shared_run())))
    config = engine.header.config
    engine.header = replace(engine.header, config=replace(config, data=replace(config.data, mirror=mirror)))
    return engine


@pytest.mark.parametrize("mirror", [False, True])
def test_mirror_images_are_looked_at_where_the_model_knows_them(images: np.ndarray, mirror: bool) -> None:
    engine = engine_that(mirror)
    means = engine.encode(images[ROWS]).mean
    told: list[tuple[str, int, int]] = []
    looks = look_at(engine, images, ROWS, means, POSITIVE, lambda *what: told.append(what))
    np.testing.assert_array_equal(looks.pictures, reduced(images[ROWS]).mean(axis=3).astype(np.float32))
    assert looks.places is None
    assert looks.changes.shape[0] == engine.spec.latent_dim
    assert np.abs(looks.changes).max() > 0
    assert ("Looking at pictures", 6, 6) in told
    assert "Studying what the model draws" in {text for text, _, _ in told}
    assert ("Looking at the pictures mirrored" in {text for text, _, _ in told}) == mirror
    if mirror:
        assert looks.mirrored is not None
        np.testing.assert_allclose(looks.mirrored, engine.encode(images[ROWS][:, :, ::-1]).mean, atol=1e-4)


@pytest.mark.parametrize("at", ["Studying what the model draws", "Looking at pictures", "Looking at the pictures mirrored"])
def test_each_part_of_looking_can_be_called_off(images: np.ndarray, at: str) -> None:
    engine = engine_that(mirror=True)

    def stop(doing: str, *_: int) -> None:
        if doing == at:
            raise Cancelled

    with pytest.raises(Cancelled):
        look_at(engine, images, ROWS, engine.encode(images[ROWS]).mean, POSITIVE, stop)


def test_of_very_many_pictures_some_are_looked_at(images: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_that(mirror=True)
    means = engine.encode(images[ROWS]).mean
    everything = look_at(engine, images, ROWS, means, POSITIVE)
    monkeypatch.setattr(looks_module, "MOST", 4)
    looks = look_at(engine, images, ROWS, means, POSITIVE)
    assert looks.places is not None
    assert len(looks.places) == 4
    assert {0, 4} < set(looks.places.tolist()) < {0, 1, 3, 4, 5}  # both with the attribute, none of which it isn't known
    np.testing.assert_array_equal(looks.pictures, everything.pictures[looks.places])
    np.testing.assert_array_equal(looks.changes, everything.changes)
    assert looks.mirrored is not None
    assert everything.mirrored is not None
    np.testing.assert_allclose(looks.mirrored, everything.mirrored[looks.places], atol=1e-5)
    np.testing.assert_array_equal(look_at(engine, images, ROWS, means, POSITIVE).places, looks.places)
    monkeypatch.setattr(looks_module, "MOST", 6)
    assert look_at(engine, images, ROWS, means, POSITIVE).places is None


def test_a_sample_has_all_of_a_rare_kind_and_fills_up_with_the_other() -> None:
    positive = np.zeros(1000, np.float32)
    positive[::100] = 1.0
    positive[1::2] = np.nan
    chosen = sampled(positive, 100)
    assert len(chosen) == len(set(chosen)) == 100
    assert (np.diff(chosen) > 0).all()
    assert (positive[chosen] == 1.0).sum() == 10
    assert (positive[chosen] == 0.0).sum() == 90
    np.testing.assert_array_equal((1.0 - positive)[sampled(1.0 - positive, 100)] == 0.0, positive[chosen] == 1.0)
    assert (positive[sampled(positive, 10)] == 1.0).sum() == 5


def test_a_direction_of_sampled_looks_is_that_of_those_pictures_with_everybodys_positions() -> None:
    z, smile, looks = drawn(mirrored=True, count=600)
    places = sampled(smile.astype(np.float32), 300)
    some = replace(looks.of(places), places=places)
    found = fit(z, smile, "smile", method="visible", looks=some)
    alone = fit(z[places], smile[places], "smile", method="visible", looks=looks.of(places))
    np.testing.assert_array_equal(found.unit, alone.unit)
    assert found.mean_with == pytest.approx(float((z @ found.unit)[smile].mean()), abs=1e-5)
    assert found.mean_with != alone.mean_with
    np.testing.assert_array_equal(found.difference, fit(z, smile, "smile").difference)
    other = fit(z, smile, "smile", method="logistic", looks=some)
    np.testing.assert_array_equal(other.unit, fit(z, smile, "smile", method="logistic").unit)


@pytest.mark.parametrize(
    ("mirrored", "unit"),
    [
        (False, [0.997698, 0.054803, 0.039472, -0.004469, 0.004134]),
        (True, [0.997247, 0.055184, 0.049399, -0.002587, 0.002294]),
    ],
)
def test_looks_at_all_pictures_give_the_direction_of_before_there_was_a_sample(mirrored: bool, unit: list[float]) -> None:
    z, smile, looks = drawn(mirrored, count=300)
    found = fit(z, smile, "smile", method="visible", looks=looks)
    np.testing.assert_allclose(found.unit, unit, atol=2e-6)  # as computed without a sample, on any machine
    everything = fit(z, smile, "smile", method="visible", looks=replace(looks, places=np.arange(300)))
    np.testing.assert_array_equal(everything.unit, found.unit)


def test_sampled_looks_follow_a_choice_of_codes() -> None:
    _, _, looks = drawn(mirrored=True, count=10)
    some = replace(looks.of(np.array([2, 3, 7])), places=np.array([2, 3, 7]))
    drawn_again = some.of(np.array([7, 0, 7, 2, 9]))
    assert drawn_again.places is not None
    assert drawn_again.places.tolist() == [0, 2, 3]
    np.testing.assert_array_equal(drawn_again.pictures, looks.pictures[[7, 7, 2]])
    assert drawn_again.mirrored is not None
    assert looks.mirrored is not None
    np.testing.assert_array_equal(drawn_again.mirrored, looks.mirrored[[7, 7, 2]])
    masked = some.of(np.arange(10) >= 3)
    assert masked.places is not None
    assert masked.places.tolist() == [0, 4]
    np.testing.assert_array_equal(masked.pictures, looks.pictures[[3, 7]])
