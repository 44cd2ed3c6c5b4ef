"""A model's inputs and outputs other than pictures, whatever its family: codes of a named space, and conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import CoreError, DataError
from core.families.base import NO_CODES, TOKENS, CodeSpace, Shape


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """Codes of B pictures.

    Attributes:
        space: the name of the space that they lie in, as the family names it ("z", "codes").
        values: (B, *shape): float32 for a Gaussian space (posterior means), int64 for tokens.
        spread: (B, *shape) float32, the logarithm of each value's variance; None where codes have none.
    """

    space: str
    values: np.ndarray
    spread: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> np.ndarray:
        """The values of a Gaussian space: posterior means (B, D)."""
        return self.values

    @property
    def log_var(self) -> np.ndarray:
        """Logarithms of the variances of a Gaussian space, (B, D)."""
        assert self.spread is not None
        return self.spread

    @property
    def flat(self) -> np.ndarray:
        """(B, D) float32: codes as sessions store them, whatever their shape."""
        return self.values.reshape(len(self.values), -1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Conditions for B pictures or codes. Each family takes those that its `takes` names, and passes over the others.

    Attributes:
        classes: (B,) int64, the number of each one's class; None: a conditional model takes the class chosen for all.
        pictures: (B, H, W, C) uint8, what each result is made from besides its code, such as a grey picture to be coloured.
        domain: where pictures are translated to, for all of them.
    """

    classes: np.ndarray | None = None
    pictures: np.ndarray | None = None
    domain: str = ""

    def at(self, rows: np.ndarray | slice) -> Given:
        """The conditions of some rows."""
        return self._each(lambda values: values[rows])

    def repeated(self, count: int) -> Given:
        """The conditions with each row repeated `count` times."""
        return self._each(lambda values: np.repeat(values, count, axis=0))

    def _each(self, change: Callable[[np.ndarray], np.ndarray]) -> Given:
        if self.classes is None and self.pictures is None:
            return self
        classes, pictures = (None if values is None else change(values) for values in (self.classes, self.pictures))
        return Given(classes, pictures, self.domain)


NOTHING = Given()


def space_named(spaces: Mapping[str, CodeSpace], name: str = "") -> CodeSpace:
    """A model's space of that name; by default its first, NO_CODES where it has none.

    Raises:
        CoreError: it has none of that name.
    """
    if not name:
        return next(iter(spaces.values()), NO_CODES)
    if name not in spaces:
        raise CoreError(f"This model has no codes called {name!r}.", f"It has {', '.join(spaces)}." if spaces else "It has none.")
    return spaces[name]


def values_in(codes: Code | np.ndarray, space: str) -> np.ndarray:
    """The values of codes that must lie in this space; bare values are taken to lie in it.

    Raises:
        CoreError: they lie in another one.
    """
    if not isinstance(codes, Code):
        return codes
    if codes.space != space:
        raise CoreError(
            f"These codes are called {codes.space!r}; the model decodes those called {space!r}.", "Encode a picture with it."
        )
    return codes.values


def must_be_pictures(pictures: np.ndarray, image_shape: Shape) -> None:
    """Check that an array holds pictures as a model sees them, uint8 (B, H, W, C).

    Args:
        pictures: the array.
        image_shape: the model's channels, height and width.

    Raises:
        CoreError: it has other dimensions, another size or another type.
    """
    channels, height, width = image_shape
    if pictures.ndim != 4 or pictures.dtype != np.uint8:
        raise CoreError(
            f"Pictures are an array (N, {height}, {width}, {channels}) of uint8 for this model, "
            f"not {pictures.shape} of {pictures.dtype}.",
            "A single picture x is x[None]; numbers from 0 to 1 are times 255.",
        )
    if pictures.shape[1:] != (height, width, channels):
        raise CoreError(
            f"The pictures are {pictures.shape[2]}x{pictures.shape[1]} with {pictures.shape[3]} channels; "
            f"the model sees {width}x{height} with {channels}."
        )


def must_be_codes(values: np.ndarray, space: CodeSpace, what: str = "This") -> None:
    """Check that an array holds codes of a space, (N, *shape).

    Args:
        values: the array.
        space: where they are to lie.
        what: name of the array in the error.

    Raises:
        DataError: it has another shape or type, or values outside the space.
    """
    if values.shape[1:] == space.shape and values.ndim == len(space.shape) + 1 and _fits(values, space):
        return
    shape = " × ".join(map(str, space.shape))
    kind = "numbers" if space.kind != TOKENS else f"whole numbers from 0 to {space.entries - 1}"
    raise DataError(f"{what} is an array {values.shape} of {values.dtype}.", f"It must be N × {shape} of {kind}.")


def _fits(values: np.ndarray, space: CodeSpace) -> bool:
    """Whether all values are valid in the space."""
    if space.kind != TOKENS:
        return bool(np.issubdtype(values.dtype, np.floating) and np.isfinite(values).all())
    is_whole = np.issubdtype(values.dtype, np.integer)
    return bool(is_whole and (not values.size or 0 <= values.min() <= values.max() < space.entries))
