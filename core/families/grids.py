"""Which grids of codes a square picture can have. Without torch, since the settings' form and checks use it, too."""

from __future__ import annotations

from typing import Any

from core.errors import ConfigError
from core.problems import Problem, Problems

EACH_CODE = "each code stands for a square of 2, 4, 8 or more pixels a side"


def possible_grids(side: int) -> tuple[int, ...]:
    """The grids, codes a side, that a picture of `side` pixels a side can have: it halved again and again, the finest first."""
    grids = []
    while side > 1 and side % 2 == 0:
        side //= 2
        grids.append(side)
    return tuple(grids)


def halvings(side: int, grid: int) -> int:
    """How often a picture of `side` pixels a side is halved on the way to `grid` codes a side.

    Raises:
        ConfigError: no number of halvings leads there.
    """
    grids = possible_grids(side)
    if not grids:
        raise ConfigError(
            f"Pictures of {side} pixels a side have no grid of codes: {EACH_CODE}.",
            "Choose a picture size that 2 or, better, 4 divides, such as 64.",
        )
    if grid not in grids:
        raise ConfigError(
            f"A grid of {grid} codes a side doesn't fit pictures of {side} pixels a side: {EACH_CODE}.",
            f"Choose a grid of {_listed(grids)}, or another picture size.",
        )
    return grids.index(grid) + 1


def grid_problems(config: Any) -> Problems:
    """For the TrainConfig of a family with a grid: whether it fits the pictures."""
    try:
        halvings(config.data.image_size, config.settings.grid)
    except ConfigError as error:
        return Problems((Problem("grid", error.message, hint=error.hint),))
    return Problems()


def _listed(numbers: tuple[int, ...]) -> str:
    """ "32, 16 or 8"."""
    *first, last = map(str, numbers)
    return f"{', '.join(first)} or {last}" if first else last
