"""What families declare alike that turn pictures into pictures, without codes in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.families.base import Can, CodeSpace, Shape


def no_spaces(settings: Any, shape: Shape) -> Mapping[str, CodeSpace]:
    """No spaces of codes (`Family.spaces`)."""
    return {}


def only_translates(settings: Any, shape: Shape) -> frozenset[Can]:
    """All that one can do with such a model (`Family.can`)."""
    return frozenset({Can.TRANSLATE})


def refused(instead: str) -> Mapping[Can, str]:
    """What is said where something is asked that takes codes (`Family.without`).

    Args:
        instead: what the family does, and how, in a sentence.
    """
    return dict.fromkeys((Can.ENCODE, Can.DECODE, Can.SAMPLE, Can.TEMPERATURE, Can.DIRECTIONS), instead)
