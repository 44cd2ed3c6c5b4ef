"""What a column of labels means: numbers, or two words of which one means yes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.data.labels.names import folded
from core.data.labels.table import counts_rows

Values = npt.NDArray[np.float32]

SMILE_WORDS = frozenset((
    "smile", "smiles", "smiling", "smiled", "smiley", "happy", "happiness", "joy", "joyful", "laugh", "laughing",
    "laughter", "grin", "grinning", "لبخند", "خندان",
))  # fmt: skip
YES_WORDS = frozenset(("with", "positive", "pos", "yes", "true", "on", "1", "با", "بله"))
NO_WORDS = frozenset(("non", "not", "no", "without", "negative", "neg", "false", "off", "0", "none", "never", "بدون", "خیر"))
LETTERS = {"y": "n", "t": "f"}  # yes and no in one letter, where both occur

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "?", "-"))  # what stands where nothing is known
INDEX_NAMES = ("", "unnamed: 0", "index", "id", "#", "no", "nr", "row")  # of a column that numbers the rows
_TRUTH = {"true": 1.0, "yes": 1.0, "y": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "n": 0.0, "f": 0.0}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_SHOWN_WORDS = 3
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column as it was understood, or why it wasn't."""

    values: Values | None  # one for each row, NaN where nothing is said; None where it can't be used
    words: tuple[str, str] | None = None  # what became 1 and what became 0, where that isn't 1 and 0 by itself
    reason: str = ""  # why it can't be used


def words_of(name: str) -> frozenset[str]:
    """`Non-Smiling`, `non_smiling`, `NonSmiling`, `nonsmiling` -> {non, smiling}."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = []
    for word in re.split(r"[\W_]+", folded(spaced)):
        glued = re.fullmatch(r"(non|not|no|un|without)(.+)", word)
        words += ["non", glued[2]] if glued and glued[2] in SMILE_WORDS else [word] if word else []
    return frozenset(words)


def says_smile(name: str) -> bool:
    """Whether a name says that somebody smiles."""
    words = words_of(name)
    return bool(SMILE_WORDS & words) and not NO_WORDS & words


def yes_of_two(pair: Sequence[str]) -> str:
    """Which of two names is the one *with* the attribute; "" where they don't tell."""
    for name, other in (tuple(pair), tuple(reversed(pair))):
        with_it, without = words_of(name), words_of(other)
        if LETTERS.get(folded(name)) == folded(other):
            return name
        if NO_WORDS & with_it:
            continue
        smiles = says_smile(name) and not says_smile(other)
        answers = bool(YES_WORDS & with_it) and bool(NO_WORDS & without)
        negated = bool(NO_WORDS & without) and bool(with_it) and without - NO_WORDS == with_it
        if smiles or answers or negated:
            return name
    return ""


def read_column(name: str, cells: Sequence[str]) -> Column:
    """What a column of a table says.

    Numbers are taken as they are, with a decimal point or comma; of -1 and 1, of 1 and 2, and of 0 and any whole number the
    larger is 1. Of two words, the one that means yes or repeats the column's name becomes 1, else the second in
    alphabetical order.

    Args:
        name: the column's.
        cells: one for each row.
    """
    if folded(name) in INDEX_NAMES and counts_rows(list(cells)):
        return Column(None, reason="it numbers the rows")
    if not name:
        return Column(None, reason="it has no name")
    present = [cell for cell in cells if folded(cell) not in MISSING]
    if not present:
        return Column(None, reason="it is empty")
    kinds: dict[str, str] = {}  # folded -> as it is written first
    for cell in present:
        kinds.setdefault(folded(cell), cell)
    numbers = {kind: _number(kind) for kind in kinds}
    if any("," in kind for kind in kinds if numbers[kind] is not None) and any("." in kind for kind in kinds):
        return Column(None, reason="it mixes decimal points and decimal commas")
    if None not in numbers.values():
        return _of_numbers(cells, kinds, {kind: value for kind, value in numbers.items() if value is not None})
    if len(kinds) == 2:
        pair = sorted(kinds)
        one = _yes_word(name, pair)
        zero = next(kind for kind in pair if kind != one)
        values = _filled(cells, {one: 1.0, zero: 0.0})
        return Column(values, (kinds[one], kinds[zero]))
    shown = ", ".join(list(kinds.values())[:_SHOWN_WORDS]) + (", ..." if len(kinds) > _SHOWN_WORDS else "")
    if len(kinds) == 1:
        rest = "or nothing" if len(present) < len(cells) else "in every row"
        return Column(None, reason=f"it says {shown} {rest}; write 1 and 0")
    if any(value is not None for value in numbers.values()):
        return Column(None, reason=f"it mixes numbers and words ({shown})")
    return Column(None, reason=f"it has {len(kinds):,} different words ({shown}); two words would become 0 and 1")


def _of_numbers(cells: Sequence[str], kinds: dict[str, str], numbers: dict[str, float]) -> Column:
    finite = {kind: value for kind, value in numbers.items() if abs(value) <= _LARGEST}  # leaves out NaN as well
    distinct = sorted(set(finite.values()))
    values = _filled(cells, finite)
    if not distinct:
        return Column(None, reason="it holds no finite number")
    low, high = distinct[0], distinct[-1]
    if low == -1 and set(distinct) <= {-1.0, 1.0}:
        values[values == -1] = 0
        return Column(values)
    spelled = sorted(finite, key=lambda kind: finite[kind])
    if (low, high) == (0.0, 1.0) and len(finite) == 2:
        plain = all(_TRUTH.get(kind) is None for kind in kinds)
        return Column(values, None if plain else (kinds[spelled[1]], kinds[spelled[0]]))
    if len(distinct) == 2 and high == int(high) and (low == 0 or (low, high) == (1.0, 2.0)) and high != 1:
        return Column(
            np.where(np.isnan(values), values, values == high).astype(np.float32), (kinds[spelled[-1]], kinds[spelled[0]])
        )
    return Column(values)


def _yes_word(name: str, pair: Sequence[str]) -> str:
    """Which of two words, folded and sorted, is the 1 of a column of that name."""
    title = words_of(name)
    repeated = [
        word for word in pair if words_of(word) and (words_of(word) == title or (words_of(word) <= title and not NO_WORDS & title))
    ]
    initials = [word for word in pair if len(word) == 1 and word in {part[0] for part in title}]  # f and m, of a column "female"
    own = repeated if len(repeated) == 1 else initials
    if len(own) == 1:
        return own[0]
    if yes_word := yes_of_two(pair):
        return yes_word
    yes = [word for word in pair if (YES_WORDS | {"y"}) & words_of(word) or says_smile(word)]
    no = [word for word in pair if NO_WORDS & words_of(word)]
    if len(yes) == 1 and yes != no:
        return yes[0]
    return next(word for word in pair if word not in no) if len(no) == 1 else pair[1]


def _number(cell: str) -> float | None:
    if cell in _TRUTH:
        return _TRUTH[cell]
    try:
        return float(cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell)
    except ValueError:
        return None


def _filled(cells: Sequence[str], meaning: dict[str, float]) -> Values:
    return np.array([meaning.get(folded(cell), math.nan) for cell in cells], np.float32)
