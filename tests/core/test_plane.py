"""The plane over two latent dimensions: where its codes lie, and what `traverse --plane` writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.checkpoint import find
from core.cli import run
from core.errors import CoreError
from core.export.images import GAP, captioned, grid, read_recipe
from core.latent.engine import LatentEngine
from core.latent.plane import even_values, plane, prior_quantiles
from tests.helpers.runs import shared_run


def test_quantiles_cut_the_prior_into_equally_probable_parts() -> None:
    values = prior_quantiles(8)
    np.testing.assert_allclose(values, -values[::-1], atol=1e-6)
    assert values[-1] == pytest.approx(1.534121, abs=1e-5)  # of 15/16, from a table
    drawn = np.random.default_rng(0).standard_normal(100_000)
    for place, value in enumerate(values):
        assert (drawn < value).mean() == pytest.approx((place + 0.5) / 8, abs=0.006)


def test_even_values_reach_both_ends() -> None:
    np.testing.assert_allclose(even_values(2.0, 5), [-2, -1, 0, 1, 2])


def test_a_plane_lies_like_a_scatter() -> None:
    """The one dimension grows to the right, the other upwards; the others stay."""
    z = np.array([9.0, 5.0, 9.0, -4.0], np.float32)
    codes = plane(z, 2, 0, np.array([-1.0, 0.0, 1.0], np.float32))
    assert codes.shape == (3, 3, 4)
    assert codes.dtype == np.float32
    np.testing.assert_array_equal(codes[0, :, 2], [-1, 0, 1])
    np.testing.assert_array_equal(codes[:, 1, 0], [1, 0, -1])  # from the top
    assert (codes[..., 1] == 5.0).all()
    assert (codes[..., 3] == -4.0).all()
    np.testing.assert_array_equal(z, [9, 5, 9, -4])


def test_dimensions_that_span_no_plane() -> None:
    values = even_values(1.0, 2)
    for across, up in ((0, 2), (-1, 0)):
        with pytest.raises(CoreError, match="no dimension"):
            plane(np.zeros(2, np.float32), across, up, values)
    with pytest.raises(CoreError, match="two dimensions"):
        plane(np.zeros(2, np.float32), 1, 1, values)


def test_labels_stand_before_their_rows() -> None:
    sheet = grid([np.zeros((2, 40, 40, 3), np.uint8)] * 2)
    plain, labelled = captioned(sheet, "", ["a", "b"]), captioned(sheet, "", ["a", "b"], row_labels=["+1.00", "−1.00"])
    before = labelled.shape[1] - plain.shape[1]
    assert before > 0
    assert labelled.shape[0] == plain.shape[0]
    assert (labelled[:, before:] == plain).all()
    inked = np.flatnonzero((labelled[:, :before] < 128).any(axis=(1, 2))) - (plain.shape[0] - sheet.shape[0])
    assert ((inked < GAP + 40).any(), (inked > 2 * GAP + 40).any()) == (True, True)


@pytest.mark.parametrize(("words", "steps", "reach"), [([], 8, None), (["--range", "2", "--steps", "3"], 3, 2.0)])
def test_traverse_writes_a_plane(tmp_path: Path, words: list[str], steps: int, reach: float | None) -> None:
    out = tmp_path / "plane.png"
    assert run(["traverse", "--checkpoint", str(shared_run()), "--dims", "1,0", "--plane", *words, "--out", str(out)]) == 0
    recipe = read_recipe(out)
    assert recipe is not None
    assert (recipe["what"], recipe["dims"], recipe["steps"], recipe["range"]) == ("plane", [1, 0], steps, reach)
    engine = LatentEngine.load(find(str(shared_run())))
    values = prior_quantiles(steps) if reach is None else even_values(reach, steps)
    corner = np.zeros((1, engine.spec.latent_dim), np.float32)
    corner[0, 1], corner[0, 0] = values[-1], values[-1]  # right and up
    wanted = engine.decode(corner)[0].astype(int)
    with Image.open(out) as image:
        made = np.asarray(image).astype(int)
    size = wanted.shape[0]
    right = made[:, made.shape[1] - GAP - size : made.shape[1] - GAP]
    assert min(np.abs(right[top : top + size] - wanted).max() for top in range(3 * GAP + size)) <= 1


@pytest.mark.long
@pytest.mark.parametrize("words", [["--dims", "0"], ["--dims", "0,1,2"], ["--dims", "0,0"], ["--dims", "0,1", "--steps", "65"]])
def test_planes_that_cannot_be(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plane.png"
    assert run(["traverse", "--checkpoint", str(shared_run()), "--plane", *words, "--out", str(out)]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert not out.exists()
