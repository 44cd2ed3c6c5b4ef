"""The models that come with the program open, do what their cards say they are for, and are as small as they may be."""

from __future__ import annotations

import re
from typing import cast

import numpy as np
import pytest

from core.checkpoint import SHIPPED_FOLDER, read_header, shipped
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.families.base import Can
from core.families.registry import family
from core.latent.instrument import Translator, load_instrument

SMALL = 8_000_000  # bytes: of the examples of other families than the VAE


@pytest.mark.long
@pytest.mark.parametrize("name", list(shipped()))
def test_each_has_a_card_and_makes_a_face_of_a_face(name: str) -> None:
    path = shipped()[name]
    model = load_instrument(path)
    side, channels = model.header.image_shape[1], model.header.image_shape[0]
    face = np.asarray(draw_face(sample_parameters(np.random.default_rng(0)), side))[None, ..., :channels]
    made = model.decode(model.encode(face)) if model.spaces else cast(Translator, model).translate(face)
    error = np.abs(made.astype(float) - face).mean()
    assert error < 40.0, "levels of 255: a drawn face is no photo, but it is a face"
    assert error < 0.7 * np.abs(face.astype(float) - face.mean()).mean()
    card = (SHIPPED_FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert family(model.header.config.family).title.lower() in card.lower()
    assert model.header.data["licence"].partition(" ")[0] in card
    if model.header.config.family != "vae":
        assert path.stat().st_size < SMALL


def test_one_can_paint_with_codes_drawn_from_a_prior_and_brush_atoms_that_are_in_use() -> None:
    codes, sparse = load_instrument(shipped()["codes"]), read_header(shipped()["sparse"])
    assert {Can.SAMPLE, Can.TEMPERATURE, Can.MOVE} <= codes.can
    assert [one["name"] for one in codes.header.directions] == ["smile"]
    (best,) = [row for row in sparse.history if row["epoch"] == sparse.epoch]
    assert 0.05 <= best["valid_nonzeros"] <= 0.30
    assert best["valid_dead_atoms"] == 0.0


def test_what_cards_say_of_psnr_is_what_their_models_were_measured_at() -> None:
    for name in ("codes", "sparse"):
        header = read_header(shipped()[name])
        measured = max(row["valid_psnr"] for row in header.history if row["epoch"] <= header.epoch)
        card = (SHIPPED_FOLDER / f"{name}.md").read_text(encoding="utf-8")
        (said,) = re.findall(r"^\| PSNR of what comes back.*?\| \**([\d.]+) dB\** \|$", card, re.M)
        assert float(said) == pytest.approx(measured, abs=0.02)
