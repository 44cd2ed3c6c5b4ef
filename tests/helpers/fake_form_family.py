"""A second family of models with a few settings, for tests of what must know none; nothing can be trained with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from core.config import all_paths, all_settings
from core.families import registry
from core.families.base import TOKENS, VALID, Can, Chart, CodeSpace, Family, Metric, Preset, Shape
from core.problems import Problem, Problems
from core.setting import setting
from explorer.train.settings.fields import fields_of

NAME = "fake_form"


@dataclass(frozen=True, slots=True)
class FakeSettings:
    """A few of each kind."""

    grid: int = setting(
        16, "Grid", "How many codes a picture has on each side; more keep finer detail.", low=4, high=64, fixed="grid", telling=True
    )
    codebook_size: int = setting(
        256,
        "Codebook size",
        "How many codes there are to choose from. More tell finer differences, fewer are all used.",
        group="codebook",
        low=2,
        high=8192,
        step=64,
        fixed="codebook size",
    )
    update: str = setting(
        "average",
        "Codebook update",
        "How the codebook follows what the encoder says; averages are the steadier way.",
        group="codebook",
        choices={"average": "Moving average", "gradient": "Gradient"},
    )


def _problems(config: Any) -> Problems:
    size, grid = config.data.image_size, config.settings.grid
    if size % grid == 0:
        return Problems()
    text = "Pictures of {size} px can't be cut into {grid} parts a side."
    return Problems((Problem("grid", text, {"size": f"{size}", "grid": f"{grid}"}, "Use --set grid=16."),))


def _suits(kind: str, preset: str) -> Mapping[str, Any]:
    return {"grid": 8} if kind == "mnist" and preset == "fake_quick" else {}


FAMILY = Family(
    name=NAME,
    title="Fake",
    help="Pictures become a grid of codes.",
    settings=FakeSettings,
    presets=(
        Preset("fake_quick", "Fast codes", "A model of codes in minutes.", {"epochs": 12, "batch_size": 32}),
        Preset("fake_long", "Long codes", "The same for longer.", {"epochs": 300, "codebook_size": 512}),
    ),
    metrics=(
        Metric("error", "Error", "", lower_is_better=True, chooses_best=True),
        Metric("codes_used", "Codes used", "%", where=VALID, from_zero=True),
    ),
    charts=(Chart("error", "Error", "What is minimised", ("error",)),),
    rows=("originals", "reconstructions"),
    home="tests.helpers.fake_form_family",
    spaces=lambda settings, shape: {"codes": CodeSpace(TOKENS, (settings.grid, settings.grid), settings.codebook_size)},
    can=lambda settings, shape: _can(shape),
    problems=_problems,
    suits=_suits,
    groups={"codebook": "Codes"},
)


def _can(shape: Shape) -> frozenset[Can]:
    return frozenset({Can.ENCODE, Can.DECODE})


@contextmanager
def fake_family() -> Iterator[Family]:
    """While it lasts the family is registered, after the program's own."""
    with patch.dict(registry.PLACES, {NAME: __name__}):
        try:
            yield FAMILY
        finally:
            for known in (all_paths, all_settings, fields_of):
                known.cache_clear()
