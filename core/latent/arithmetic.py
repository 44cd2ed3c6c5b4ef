"""Codes computed from codes: a session's edited face, the way between two faces, and traversals.

What can be computed depends on the space: vectors are added, while tokens can only be exchanged. A family's space says its
kind, and `arithmetic` gives what suits it; whatever holds codes (a document, a saved edit, a batch) asks that.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np

from core.errors import CoreError
from core.families.base import SPARSE, CodeSpace
from core.latent import looked_up
from core.latent.code import space_named
from core.latent.directions import Direction, Part, move, move_by, way
from core.latent.looked_up import VECTORS, Push
from core.latent.session import ATOM, CELL, PLACE, Edit

OTHER_FAMILY = "Use a model of another family, such as a VAE."
TYPICAL_SPREAD = 0.65  # of the prior's


class Arithmetic(Protocol):
    """What can be computed from codes of one space. A document holds a code in one row of D numbers, whatever its shape."""

    def edited(self, code: np.ndarray, edits: Sequence[Edit], directions: Mapping[str, Direction]) -> np.ndarray:
        """A code (D,) with edits. Raises CoreError for an edit that such codes or this model don't have."""
        ...

    def between(self, a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
        """Codes (steps, D) on the way from a to b, both ends included; `steps` is at least 2. Raises CoreError without a way."""
        ...

    def is_code(self, numbers: np.ndarray) -> bool:
        """Whether numbers from a file can be a code of the space."""
        ...

    def takes(self, edit: Edit) -> bool:
        """Whether an edit from a file can be one of such a code; one along a direction may need a direction that isn't there."""
        ...

    def vector(self, code: np.ndarray) -> np.ndarray:
        """The numbers of a code (D,) that directions move. Raises CoreError where they move none."""
        ...

    def moved(self, code: np.ndarray, parts: Sequence[Part]) -> np.ndarray:
        """A code (D,) moved by parts of an edit, each from there. Raises CoreError as `edited`."""
        ...


LARGEST_CODE = 1000.0  # of a coordinate: a face's are within a few units
LARGEST_WEIGHT = 100_000.0  # of an edit, as on the command line


class VectorArithmetic:
    """Of real numbers, which can be added.

    Args:
        space: its kind is VECTOR.
        names: by which directions call it; "" among them where it is the model's first.
    """

    def __init__(self, space: CodeSpace, names: Collection[str] = ("",)) -> None:
        self.size, self.names = math.prod(space.shape), names

    def edited(self, code: np.ndarray, edits: Sequence[Edit], directions: Mapping[str, Direction]) -> np.ndarray:
        """Dimension edits come first; each direction then moves from there, on its own, so that their order doesn't matter."""
        start = np.array(code, np.float32)
        for edit in edits:
            if edit.kind == "dimension":
                if not 0 <= int(edit.key) < start.size:
                    raise no_dimension(int(edit.key), start.size)
                start[int(edit.key)] += edit.weight
            elif edit.kind == CELL:
                raise CoreError("This edit paints cells of a grid of codes; this model has no grid.", "Use the model that made it.")
            elif edit.kind in (ATOM, PLACE):
                raise CoreError("This edit changes atoms of a dictionary; this model has none.", "Use the model that made it.")
        end = start.copy()
        for edit in edits:
            if edit.kind == "direction":
                direction = directions.get(edit.key)
                if direction is None:
                    raise CoreError(f"This model has no direction {edit.key!r}.", "Fit it, or remove that edit.")
                if direction.space not in self.names:
                    raise CoreError(
                        f"The direction {edit.key!r} moves {_called(direction.space)}, which these aren't.",
                        "Fit it on such codes, or remove that edit.",
                    )
                end += move(start, direction, edit.weight) - start
        return end

    def between(self, a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
        """Along a straight line."""
        shares = np.linspace(0.0, 1.0, steps, dtype=np.float32)[:, None]
        return np.asarray((1.0 - shares) * a + shares * b)

    def is_code(self, numbers: np.ndarray) -> bool:
        """D numbers of a size that a face's could have."""
        return numbers.shape == (self.size,) and bool(np.all(np.abs(numbers) <= LARGEST_CODE))  # NaN isn't either

    def takes(self, edit: Edit) -> bool:
        """A slider of a dimension that it has, or one along a direction."""
        own = edit.kind == "direction" or (edit.kind == "dimension" and _counts(edit.key, self.size))
        return own and abs(edit.weight) <= LARGEST_WEIGHT

    def vector(self, code: np.ndarray) -> np.ndarray:
        """They are the code itself."""
        return code

    def moved(self, code: np.ndarray, parts: Sequence[Part]) -> np.ndarray:
        """As the window's sliders move it."""
        return move_by(parts)(code)


class TokenArithmetic:
    """Of whole numbers that name entries of a codebook: nothing lies between two of them.

    Directions move the vectors that they stand for (`core.latent.looked_up`): each says by how much it pushes the face, which
    is quantised again after all pushes together, so that their order doesn't matter. What was painted lies over that.

    Args:
        space: its kind is TOKENS.
        codebook: (entries, D); None: it isn't at hand, and no direction moves anything.
    """

    def __init__(self, space: CodeSpace, codebook: np.ndarray | None = None) -> None:
        self.size, self.entries = math.prod(space.shape), space.entries
        self._codebook = codebook
        self._pushes: dict[str, tuple[bytes, Direction, Push]] = {}  # the last of each direction: a slider asks again and again

    def edited(self, code: np.ndarray, edits: Sequence[Edit], directions: Mapping[str, Direction]) -> np.ndarray:
        """Moved along directions, and then with other codes in the cells that were painted."""
        parts = []
        for edit in edits:
            if edit.kind == "direction" and self._codebook is not None:
                if edit.key not in directions:
                    raise CoreError(f"This model has no direction {edit.key!r}.", "Fit it, or remove that edit.")
                parts.append(Part(directions[edit.key], "amount", edit.weight))
            elif edit.kind != CELL:
                raise CoreError(f"Codes of a codebook can't be moved along {edit.key!r}.", OTHER_FAMILY)
        painted = self.moved(code, parts)
        for edit in edits:
            if edit.kind == CELL:
                self._must_be_cell(edit)
                painted[int(edit.key)] = edit.weight
        return painted

    def moved(self, code: np.ndarray, parts: Sequence[Part]) -> np.ndarray:
        """Pushed by all parts together, and quantised again."""
        codes = np.asarray(code).astype(np.int64)
        by: np.ndarray | float = 0.0
        for part in parts:
            self._must_move(part.direction)
            if part.kind == "coefficient":
                by = by + part.value * part.direction.difference
            elif part.value:
                push = self._push(codes, part.direction)
                position = push.position + float(way(np.asarray(push.position), part.direction, part.value))
                by = by + push.to(position) * part.direction.unit
        if self._codebook is None or not np.any(by):
            return np.asarray(codes, np.float32)
        return np.asarray(looked_up.pushed(codes, self._codebook, np.asarray(by)), np.float32)

    def vector(self, code: np.ndarray) -> np.ndarray:
        """The vectors that its codes stand for, in one row."""
        if self._codebook is None:
            raise CoreError("The vectors that these codes stand for aren't at hand.", "Use the model that made them.")
        return looked_up.vectors(code, self._codebook)

    def _push(self, codes: np.ndarray, direction: Direction) -> Push:
        key, known = codes.tobytes(), self._pushes.get(direction.name)
        if known is None or known[0] != key or known[1] is not direction:
            known = key, direction, Push(codes, self._must_move(direction), direction.unit)
            self._pushes[direction.name] = known
        return known[2]

    def _must_move(self, direction: Direction) -> np.ndarray:
        """The codebook, if a direction moves the vectors of its codes. Raises CoreError."""
        if self._codebook is None:
            raise CoreError(f"Codes of a codebook can't be moved along {direction.name!r}.", OTHER_FAMILY)
        if direction.space != VECTORS:
            raise CoreError(
                f"The direction {direction.name!r} moves {_called(direction.space)}, which these aren't.",
                "Fit it on such codes, or remove that edit.",
            )
        wanted = self.size * self._codebook.shape[1]
        if direction.unit.size != wanted:
            raise CoreError(
                f"The direction {direction.name!r} is for grids of {direction.unit.size:,} numbers; this model's have {wanted:,}.",
                "Fit it on this model.",
            )
        return self._codebook

    def _must_be_cell(self, edit: Edit) -> None:
        if not (0 <= int(edit.key) < self.size and edit.weight.is_integer() and 0 <= edit.weight < self.entries):
            known = f"the model has codes 0 to {self.entries - 1} and {self.size} cells"
            what = f"This edit puts code {edit.weight:g} into cell {int(edit.key) + 1}"
            raise CoreError(f"{what}; {known}.", "Another model made it.")

    def between(self, a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
        """There is no way."""
        raise CoreError("Nothing lies between two codes of a codebook.", OTHER_FAMILY)

    def is_code(self, numbers: np.ndarray) -> bool:
        """D whole numbers, each the place of an entry."""
        is_whole = numbers.shape == (self.size,) and bool(np.array_equal(numbers, np.rint(numbers)))
        return is_whole and bool(numbers.min(initial=0) >= 0 and numbers.max(initial=0) < self.entries)

    def takes(self, edit: Edit) -> bool:
        """A cell that it has with one of the codebook's codes, or a slider along a direction."""
        if edit.kind == "direction":
            return abs(edit.weight) <= LARGEST_WEIGHT
        is_cell = edit.kind == CELL and _counts(edit.key, self.size)
        return is_cell and edit.weight.is_integer() and 0.0 <= edit.weight < self.entries


class SparseArithmetic:
    """Of how much of each atom is in each place: atoms are turned up and down everywhere, and painted onto places.

    Args:
        space: its kind is SPARSE, its shape (grid, grid, atoms).
    """

    def __init__(self, space: CodeSpace) -> None:
        self.size, self.atoms = math.prod(space.shape), space.shape[-1]

    def edited(self, code: np.ndarray, edits: Sequence[Edit], directions: Mapping[str, Direction]) -> np.ndarray:
        """The face's own coefficients times their atoms' factors, plus what was painted: the edits' order doesn't matter."""
        places = np.array(code, np.float32).reshape(-1, self.atoms)
        painted = np.zeros_like(places)
        for edit in edits:
            if edit.kind not in (ATOM, PLACE):
                raise CoreError(f"Atoms of a dictionary can't be moved along {edit.key!r}.", OTHER_FAMILY)
            number = int(edit.key)
            if edit.kind == ATOM:
                if not 0 <= number < self.atoms:
                    raise CoreError(f"There is no atom {number + 1}; the model has {self.atoms}.", "Another model made it.")
                places[:, number] *= 1.0 + edit.weight / 100.0
            else:
                if not 0 <= number < self.size:
                    raise CoreError(
                        f"This edit paints coefficient {number + 1}; a code of the model has {self.size:,}.",
                        "Another model made it.",
                    )
                painted.flat[number] += edit.weight
        return (places + painted).reshape(-1)

    def between(self, a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
        """There is none that is as sparse as its ends."""
        raise CoreError("What lies between two sparse codes isn't sparse.", OTHER_FAMILY)

    def is_code(self, numbers: np.ndarray) -> bool:
        """As many numbers, of a size that a face's could have."""
        return numbers.shape == (self.size,) and bool(np.all(np.abs(numbers) <= LARGEST_CODE))

    def vector(self, code: np.ndarray) -> np.ndarray:
        """The code itself; there are no directions to move it."""
        return code

    def moved(self, code: np.ndarray, parts: Sequence[Part]) -> np.ndarray:
        """Nothing moves them."""
        raise CoreError("Atoms of a dictionary can't be moved along directions.", OTHER_FAMILY)

    def takes(self, edit: Edit) -> bool:
        """An atom, or a coefficient, that it has."""
        count = {ATOM: self.atoms, PLACE: self.size}.get(edit.kind, 0)
        return _counts(edit.key, count) and abs(edit.weight) <= LARGEST_WEIGHT


def arithmetic(spaces: Mapping[str, CodeSpace], name: str = "", codebook: np.ndarray | None = None) -> Arithmetic:
    """What can be computed from codes of one of a model's spaces.

    Args:
        spaces: of the model, by name.
        name: of one of them; by default the first.
        codebook: (entries, D), what tokens stand for; without it no direction moves them.

    Raises:
        CoreError: it has none of that name.
    """
    space = space_named(spaces, name)
    if space.kind == SPARSE:
        return SparseArithmetic(space)
    if not space.adds:
        return TokenArithmetic(space, codebook)
    first = next(iter(spaces))
    return VectorArithmetic(space, ("", first) if name in ("", first) else (name,))


def _counts(key: str, count: int) -> bool:
    """Whether an edit's key is one of the numbers below `count`, as they are written: a file may hold thousands of digits."""
    return key.isascii() and key.isdecimal() and len(key) <= len(str(count)) and str(int(key)) == key and int(key) < count


def _called(space: str) -> str:
    return f"codes called {space!r}" if space else "codes of the model's first space"


def normal(count: int, size: int, seed: int) -> np.ndarray:
    """Codes (count, size) float32 from N(0, I), the same for the same seed on every machine."""
    return np.random.default_rng(seed).standard_normal((count, size), dtype=np.float32)


def typical(z: np.ndarray) -> np.ndarray:
    """Codes (..., D) drawn from the prior, moved towards its mean: clearer faces, with less variety.

    The truncation trick of Brock et al. (arXiv 1809.11096), by scaling.
    """
    return np.asarray(TYPICAL_SPREAD * z, np.float32)


def traverse(z: np.ndarray, dims: Sequence[int], reach: float, steps: int) -> np.ndarray:
    """For each dimension, the code with that coordinate going from -reach to +reach.

    Args:
        z: (D,).
        dims: which.
        reach: in units of z (the prior's standard deviation is 1).
        steps: a row.

    Returns:
        (len(dims), steps, D).

    Raises:
        CoreError: a dimension that the latent doesn't have.
    """
    codes = np.repeat(z[None, None], len(dims), axis=0).repeat(steps, axis=1).astype(np.float32)
    for row, dim in enumerate(dims):
        if not 0 <= dim < z.size:
            raise no_dimension(dim, z.size)
        codes[row, :, dim] = np.linspace(-reach, reach, steps, dtype=np.float32)
    return codes


def no_dimension(dim: int, size: int) -> CoreError:
    """The error for a dimension that a latent of that size doesn't have."""
    return CoreError(f"There is no dimension {dim}.", f"They are numbered from 0 to {size - 1}.")
