"""How much a model puts a picture into: numbers, or bits. Families differ in it, so their pictures are compared beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.compare.measures import CODE_BITS, NUMBERS, PRIOR_BITS
from core.families.base import TOKENS, VECTOR, CodeSpace

BIT = math.log(2.0)  # in nats


def code_size(spaces: Mapping[str, CodeSpace], numbers: Mapping[str, float]) -> dict[str, float]:
    """The size of a picture's code, by the keys of NUMBERS, CODE_BITS and PRIOR_BITS; those that it has.

    Real numbers take as many bits as one likes, so they are counted themselves: all of a vector, of a sparse code those that
    aren't 0, as its family reports them. What a code tells beyond what was to be expected is known of both kinds with a prior:
    -log2 p of a grid of codes, and the KL of q(z|x) from the prior, which is what bits-back coding takes (Hinton and van Camp,
    COLT 1993).

    Args:
        spaces: of the model's codes.
        numbers: what `evaluate` says of it.
    """
    size: dict[str, float] = {}
    for space in spaces.values():
        places = math.prod(space.shape)
        if space.kind == TOKENS:
            size[CODE_BITS.key] = places * math.log2(space.entries)
            if "prior_bits" in numbers:
                size[PRIOR_BITS.key] = places * numbers["prior_bits"]
        elif space.kind == VECTOR:
            size[NUMBERS.key] = float(places)
            if "kl" in numbers:
                size[PRIOR_BITS.key] = numbers["kl"] / BIT
    return size
