"""A family of two phases, as small as one can be, for tests of what the program does for every family. Imports no torch.

It rebuilds coarse pictures from a few numbers (phase `first`), and then learns how these numbers spread, with the rest of the
network frozen (phase `second`). What learns is in `tests.helpers.fake_recipe`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from core.families import registry
from core.families.base import (
    VALID,
    VECTOR,
    WHOLE,
    Can,
    Chart,
    CodeSpace,
    Family,
    Metric,
    Phase,
    Preset,
    Shape,
)
from core.setting import setting

NAME, TITLE = "fake", "Two-phase model"
SPACE = "numbers"
FIRST, SECOND = "first", "second"


@dataclass(frozen=True, slots=True)
class FakeSettings:
    """All of them."""

    width: int = setting(4, "Width", "How many numbers describe a picture.", low=1, high=64, fixed="width", telling=True)
    second_epochs: int = setting(
        2, "Second phase", "How long the second phase takes.", unit="epochs", low=0, high=1000, may_change=True
    )
    directions: bool = setting(False, "Directions", "Whether its numbers can be added.", fixed="codes")


def _phases(config: Any) -> tuple[Phase, ...]:
    second = Phase(SECOND, "the second phase", config.settings.second_epochs, best="surprise", setting="second_epochs")
    return (Phase(FIRST, "the first phase", config.epochs), *((second,) if second.epochs else ()))


def _spaces(settings: FakeSettings, shape: Shape) -> Mapping[str, CodeSpace]:
    return {SPACE: CodeSpace(VECTOR, (settings.width,))}


def _can(settings: FakeSettings, shape: Shape) -> frozenset[Can]:
    always = {Can.ENCODE, Can.DECODE, Can.SAMPLE}
    return frozenset(always | ({Can.DIRECTIONS, Can.MOVE} if settings.directions else set()))


def _line(train: Mapping[str, float], valid: Mapping[str, float], whole: Mapping[str, float]) -> str:
    return f"loss {train['loss']:.3f} | {valid['loss']:.3f}  error {valid['error']:.4f}  used {whole['used']:.0f}"


FAMILY = Family(
    name=NAME,
    title=TITLE,
    help="For tests alone.",
    settings=FakeSettings,
    presets=(Preset("fake", "Fake", "For tests alone.", {"data.image_size": 32, "epochs": 2, "batch_size": 8}),),
    metrics=(
        Metric("loss", "Loss", lower_is_better=True),
        Metric("error", "Error", "of 1", lower_is_better=True, chooses_best=True, meaning="mean squared error; lower is nearer"),
        Metric("doubled", "Error, doubled", lower_is_better=True, of=lambda part: 2.0 * part["error"]),
        Metric("psnr", "PSNR", "dB", lower_is_better=False, where=VALID),
        Metric("surprise", "Surprise", "nats", lower_is_better=True, optional=True, meaning="nats of a code under the prior"),
        Metric("used", "Used numbers", where=WHOLE, from_zero=True, whole_numbers=True),
        Metric("spread_per_axis", "Spread", where=VALID, per_axis=True),
    ),
    charts=(
        Chart("error", "Error", "How far pictures are from what they were", ("error",), ("psnr",)),
        Chart("surprise", "Surprise", "How odd the numbers are to the second phase", ("surprise",)),
        Chart("spread_per_axis", "Spread", "How far each number spreads", ("spread_per_axis",)),
    ),
    rows=("originals", "rebuilt"),
    home="tests.helpers.fake_recipe",
    spaces=_spaces,
    can=_can,
    phases=_phases,
    line=_line,
    about=lambda settings: (f"width {settings.width}",),
)


@pytest.fixture
def fake_family(monkeypatch: pytest.MonkeyPatch) -> Family:
    """The family, registered for as long as a test takes."""
    monkeypatch.setitem(registry.PLACES, NAME, __name__)
    return FAMILY
