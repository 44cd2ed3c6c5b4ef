"""The numbers of `benchmarks/face_quality.py` say what they are to say."""

from __future__ import annotations

import importlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"


@pytest.fixture
def quality(monkeypatch: pytest.MonkeyPatch):
    """The script, which is no package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("face_quality")


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """(24, 128, 128, 3)."""
    rng = np.random.default_rng(3)
    return np.stack([np.asarray(draw_face(sample_parameters(rng), 128)) for _ in range(24)])


def test_blur_takes_detail_and_an_unsharp_mask_gives_it_without_making_it_truer(quality, drawn: np.ndarray) -> None:
    soft = np.stack([cv2.GaussianBlur(one, (0, 0), 1.5) for one in drawn])
    masked = np.clip(soft + 3.0 * (soft.astype(float) - [cv2.GaussianBlur(one, (0, 0), 2.0) for one in soft]), 0, 255).astype(
        np.uint8
    )
    same, softened, sharpened = (quality.face_detail(one, drawn) for one in (drawn, soft, masked))
    assert (same.ratio, same.correlation) == (pytest.approx(1.0), pytest.approx(1.0))
    assert softened.ratio < 0.6
    assert sharpened.ratio > 1.5 * softened.ratio
    assert sharpened.correlation == pytest.approx(softened.correlation, abs=0.1)


def test_only_the_face_counts(quality, drawn: np.ndarray) -> None:
    around = drawn.copy()
    around[:, :10] = 0
    around[:, :, :12] = 255
    assert quality.face_detail(around, drawn).ratio == pytest.approx(1.0, abs=0.02)


def test_the_distance_is_unbiased_and_grows_with_the_shift(quality) -> None:
    rng = np.random.default_rng(0)
    real, other = rng.standard_normal((400, 8)), rng.standard_normal((400, 8))
    width = quality.kernel_width(real)
    assert width == pytest.approx(np.sqrt(2 * 8), rel=0.1)
    assert abs(quality.distance(other, real, width)) < 3.0  # by chance below 0, too
    assert 0 < quality.distance(other + 0.3, real, width) < quality.distance(other + 0.6, real, width)
