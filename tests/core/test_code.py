"""Codes of named spaces, and the conditions that go with them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import CoreError
from core.families.base import NO_CODES, TOKENS, VECTOR, CodeSpace
from core.latent.code import NOTHING, Given, space_named
from core.latent.instrument import DECODED_AT_ONCE, decode_in_parts

SPACES = {"z": CodeSpace(VECTOR, (8,)), "w": CodeSpace(VECTOR, (16,)), "codes": CodeSpace(TOKENS, (2, 2), 4)}


def test_a_space_is_known_by_its_name_and_the_first_is_the_usual_one() -> None:
    assert space_named(SPACES) == SPACES["z"]
    assert space_named(SPACES, "w") == SPACES["w"]
    assert space_named({}) == NO_CODES
    with pytest.raises(CoreError, match="no codes called 'v'") as caught:
        space_named(SPACES, "v")
    assert caught.value.hint == "It has z, w, codes."


def test_conditions_follow_their_rows() -> None:
    grey = np.arange(3 * 2 * 2, dtype=np.uint8).reshape(3, 2, 2, 1)
    given = Given(np.array([4, 5, 6]), grey, "painting")
    some = given.at(np.array([2, 0]))
    assert some.classes is not None
    assert some.pictures is not None
    assert some.classes.tolist() == [6, 4]
    np.testing.assert_array_equal(some.pictures, grey[[2, 0]])
    assert some.domain == "painting"
    twice = given.repeated(2)
    assert twice.classes is not None
    assert twice.pictures is not None
    assert twice.classes.tolist() == [4, 4, 5, 5, 6, 6]
    np.testing.assert_array_equal(twice.pictures, grey[[0, 0, 1, 1, 2, 2]])
    pictures_alone = Given(pictures=grey).at(slice(1, 2))
    assert pictures_alone.classes is None
    assert pictures_alone.pictures is not None
    np.testing.assert_array_equal(pictures_alone.pictures, grey[1:2])
    assert NOTHING.at(slice(0, 1)) is NOTHING
    assert NOTHING.repeated(5) is NOTHING


def test_each_code_is_decoded_onto_its_own_picture() -> None:
    """A model that colours grey pictures: a code is the tint, and what is given the lightness."""
    asked: list[int] = []

    def decode(values: np.ndarray, given: Given) -> np.ndarray:
        asked.append(len(values))
        assert given.pictures is not None
        assert len(given.pictures) == len(values)
        return (given.pictures.astype(int) + values[:, None, None, :].astype(int)).astype(np.uint8)

    count = DECODED_AT_ONCE + 6
    grey = np.random.default_rng(0).integers(0, 100, (count, 2, 2, 1), dtype=np.uint8)
    tints = np.random.default_rng(1).integers(0, 100, (count, 3)).astype(np.float32)
    pictures = decode_in_parts(SimpleNamespace(decode=decode), tints, Given(pictures=grey))  # type: ignore[arg-type]
    assert asked == [DECODED_AT_ONCE, 6]
    np.testing.assert_array_equal(pictures, grey + tints.astype(np.uint8)[:, None, None, :])
