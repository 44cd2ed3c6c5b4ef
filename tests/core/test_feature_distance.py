"""How far crowds of pictures lie apart, and whether a network tells them apart: answers that are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import pytest
import torch

from core.compare import judged
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.errors import Cancelled
from core.metrics.feature_distance import PatchFeatures, brought_to, by_chance, distance, kernel_width
from core.metrics.told_apart import told_apart


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """(240, 32, 32, 3)."""
    rng = np.random.default_rng(4)
    return np.stack([np.asarray(draw_face(sample_parameters(rng), 32)) for _ in range(240)])


@pytest.fixture(scope="module")
def features(drawn: np.ndarray) -> PatchFeatures:
    return PatchFeatures(drawn[:80])


def soft(pictures: np.ndarray, sigma: float) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(one, (0, 0), sigma) for one in pictures])


def test_real_pictures_are_as_near_as_chance_makes_them_and_blurred_ones_far(drawn: np.ndarray, features: PatchFeatures) -> None:
    first, second = drawn[80:160], drawn[160:]
    real = features(np.concatenate([first, second]))
    width, others = kernel_width(real), real[80:]
    chance = by_chance(real, width, 80)
    assert distance(real[:80], others, width) < 1.5 * chance
    little, much = (distance(features(soft(first, sigma)), others, width) for sigma in (0.5, 1.0))
    assert chance < little < much
    noise = np.clip(first + np.random.default_rng(0).normal(0.0, 8.0, first.shape), 0, 255).astype(np.uint8)
    assert distance(features(noise), others, width) > 2 * chance
    tinted = np.clip(first.astype(int) + [40, 0, -40], 0, 255).astype(np.uint8)
    assert distance(features(tinted), others, width) > 2 * chance


def test_a_single_sample_repeated_is_far_though_it_looks_real(drawn: np.ndarray, features: PatchFeatures) -> None:
    """A collapsed prior: each picture is good, and all are the same."""
    real = features(drawn[80:])
    width = kernel_width(real)
    same = features(np.repeat(drawn[80:81], 60, axis=0))
    assert distance(same, real[60:], width) > 10 * by_chance(real, width, 60)


def test_chance_is_told_of_as_many_pictures_as_there_are() -> None:
    rng = np.random.default_rng(0)
    real = rng.standard_normal((200, 8))
    width = kernel_width(real)
    few, many = by_chance(real, width, 20), by_chance(real, width, 100)
    assert 0 < many < few
    found = [distance(rng.standard_normal((100, 8)), rng.standard_normal((100, 8)), width) for _ in range(100)]
    assert 0.02 <= np.mean(np.array(found) > many) <= 0.1


def test_features_are_the_same_each_time_and_of_grey_pictures_too(drawn: np.ndarray, features: PatchFeatures) -> None:
    np.testing.assert_array_equal(PatchFeatures(drawn[:80])(drawn[80:90]), features(drawn[80:90]))
    grey = drawn[..., :1]
    assert np.isfinite(PatchFeatures(grey[:40])(grey[40:50])).all()
    flat = np.full((4, 32, 32, 3), 255, np.uint8)
    assert np.isfinite(PatchFeatures(flat)(flat)).all(), "pictures that don't vary divide by nothing"


def test_looking_can_be_cancelled(drawn: np.ndarray, features: PatchFeatures) -> None:
    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        features(drawn[:40], stop)
    with pytest.raises(Cancelled):
        told_apart(drawn[:40], drawn[40:80], np.arange(40) < 20, progress=stop)


@pytest.mark.long
def test_a_network_tells_blurred_faces_and_not_the_same_ones(drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.metrics.told_apart.teach.__defaults__", (8, lambda *_: None))  # so few make too few steps otherwise
    half = np.arange(120) < 60
    state = torch.random.get_rng_state()
    told: list[tuple[str, int, int]] = []
    assert told_apart(soft(drawn[:120], 1.5), drawn[:120], half, progress=lambda *words: told.append(words)) > 0.9
    assert 0.35 < told_apart(drawn[120:], drawn[:120], half) < 0.65
    assert torch.equal(state, torch.random.get_rng_state()), "what others draw at random stays what it was"
    assert told[-1][:1] == ("Training a judge",)
    assert told[-1][1] == told[-1][2] > 0


def _run(persons: np.ndarray | None, count: int, sides: object = None) -> Any:
    index = SimpleNamespace(persons=persons, near_copies=None)
    data = SimpleNamespace(index=index, split=SimpleNamespace(valid=np.arange(count)), sides=sides)
    return cast(Any, SimpleNamespace(data=data))


def test_no_person_is_in_both_halves() -> None:
    persons = np.random.default_rng(0).integers(0, 30, 200)
    rows, first = judged.halved(_run(persons, 200), 150)
    assert len(rows) == len(first) == 150
    assert not set(persons[rows[first]]) & set(persons[rows[~first]])
    assert 60 <= first.sum() <= 90
    rows, first = judged.halved(_run(None, 200), 1000)
    assert (len(rows), first.sum()) == (200, 100)


def test_what_cannot_be_judged_is_said_in_a_sentence() -> None:
    few, one_person, enough = _run(None, 79), _run(np.zeros(300, int), 300), _run(None, 300)
    assert "fewer than 40 each" in judged.why_no_distance(few)
    assert "fewer than 40 each" in judged.why_no_distance(one_person), "all of one person: no halves"
    assert judged.why_no_distance(enough) == judged.why_not_judged(enough, 32) == ""
    assert "there are 79;" in judged.why_not_judged(few, 32)
    assert judged.why_not_judged(enough, 8)
    sided = _run(None, 300, object())
    assert "the other side" in judged.why_no_distance(sided)
    assert "the other side" in judged.why_not_judged(sided, 32)


def test_larger_pictures_are_looked_at_small(drawn: np.ndarray) -> None:
    assert brought_to(16, drawn[:2]).shape == (2, 16, 16, 3)
    headers = [SimpleNamespace(engine=SimpleNamespace(header=SimpleNamespace(image_shape=(3, side, side)))) for side in (128, 96)]
    assert judged.side_of(cast(Any, headers)) == 64
