"""How a photo is coloured, as a file keeps it: strength, saturation, the size that the model sees, colour points, and edges."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError, DataError

WHAT = "colourise"  # of the pictures' recipes
FULL, MOST_SATURATION = 100.0, 300.0  # percent
MOST_POINTS = 100
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class GivenColour:
    """A colour point, as a person gives it.

    Attributes:
        x, y: the place, as shares of the photo's width and height, from 0 to 1.
        colour: "#rrggbb", of which the photo takes all but how light it is.

    Raises:
        ConfigError: the place lies outside, or the colour isn't one.
    """

    x: float
    y: float
    colour: str

    def __post_init__(self) -> None:
        if not (0.0 <= self.x <= 1.0 and 0.0 <= self.y <= 1.0):  # NaN, too, is refused
            raise ConfigError(
                f"A colour point lies at {100 * self.x:g} %, {100 * self.y:g} %, outside the photo.", "Both go from 0 to 100 %."
            )
        if not _COLOUR.fullmatch(self.colour):
            raise ConfigError(f"{self.colour!r} is no colour.", "Write six digits, red, green and blue: #c04030, for example.")

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red, green, blue


@dataclass(frozen=True, slots=True)
class ColourEdit:
    """What is done to a photo.

    Attributes:
        strength: percent; 0 is the photo as it was, 100 has the model's colours alone.
        saturation: percent of the chroma that the model gives, at most 300.
        side: the photo's shorter side as the model sees it, in pixels; 0 = as the model's training pictures.
        points: colours that a person gives, later ones over earlier ones.
        edges: the colours keep to the photo's edges. Files from before there was a choice have colours that are only enlarged.
    """

    strength: float = FULL
    saturation: float = FULL
    side: int = 0
    points: tuple[GivenColour, ...] = ()
    edges: bool = True

    def to_dict(self) -> dict[str, Any]:
        """For the recipe of a picture."""
        points = [{"x": round(one.x, 5), "y": round(one.y, 5), "colour": one.colour} for one in self.points]
        more: dict[str, Any] = ({"side": self.side} if self.side else {}) | ({"points": points} if points else {})
        more |= {"edges": True} if self.edges else {}
        return {"strength": self.strength, "saturation": self.saturation} | more


def read_edit(recipe: Mapping[str, Any] | None, name: str) -> ColourEdit:
    """The edit that a picture's recipe keeps.

    Args:
        recipe: as `core.export.images.read_recipe` gives it.
        name: of the file, for the sentence.

    Raises:
        DataError: there is none, or it is damaged.
    """
    if recipe is None or recipe.get("what") != WHAT:
        raise DataError(f"{name} keeps no colours that were given to a photo.", "Choose a PNG that was saved after colouring.")
    try:
        points = tuple(GivenColour(_number(one["x"]), _number(one["y"]), str(one["colour"])) for one in recipe.get("points", ()))
        amounts = _number(recipe["strength"]), _number(recipe["saturation"])
        edit = ColourEdit(*amounts, int(_number(recipe.get("side", 0))), points, _answer(recipe.get("edges", False)))
    except (KeyError, TypeError, ValueError, ConfigError):
        edit = None
    fits = edit is not None and 0.0 <= edit.strength <= FULL and 0.0 <= edit.saturation <= MOST_SATURATION
    if edit is None or not fits or not 0 <= edit.side <= 2**16 or len(edit.points) > MOST_POINTS:
        raise DataError(f"What {name} says of its colours is damaged.", "Choose another picture.")
    return edit


def _answer(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)
