"""Everything known about pictures apart from their pixels, as columns of numbers: factors, classes, labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.data.dataset import FaceData, Rows
from core.data.index import SMILE, scan
from core.data.labels.names import folded
from core.data.sets import sprites
from core.data.sets.factors import Factor
from core.data.sources import Kind, kind_of
from core.errors import DataError
from core.progress import Progress

CLASS = "class"  # name of the column that holds several classes
NO_CLASS, NOT_LABELLED = "No class", "Not labelled"  # what is shown of pictures of which it says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is known of N pictures.

    Attributes:
        names: K, all different.
        unordered: K, whether a column's numbers have no order: categories (shape, digit, class) or an angle, whose ends
            meet.
        values: (N, K) float64; NaN where the labels say nothing.
    """

    names: tuple[str, ...]
    unordered: tuple[bool, ...]
    values: npt.NDArray[np.float64]


def has_columns(data: FaceData) -> bool:
    """Whether anything is known of the pictures; read no picture to tell."""
    return bool(data.factor_kinds) or len(data.index.named_classes) > 1 or bool(data.index.attributes)


def has_factors(source: str) -> bool:
    """Whether the pictures of a SOURCE were made by known factors, told by its name alone. Raises DataError as `kind_of`."""
    return not kind_of(source).has_files


def check_attribute(source: str, positive: str, name: str, progress: Progress | None = None) -> None:
    """Raise an error for a name that is no attribute, factor or `class` of a SOURCE, before any picture is read.

    A folder is listed, and its labels are read. For digits, names that only their label files could tell are accepted.

    Args:
        source: the pictures.
        positive: the class *with* the attribute; "" = told by the names.
        name: as `FaceData.attribute` takes it, or a factor's own name.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: there is none of that name; or the source can't be used.
    """
    kind = kind_of(source)
    if kind in (Kind.SPRITES, Kind.DSPRITES):
        known = _factor_words(sprites.FACTORS)
    elif kind is Kind.MNIST:
        known = _factor_words((Factor("digit", tuple(str(value) for value in range(10))),))
        if name.lower().removeprefix("digit_").isdigit():  # some sets have letters too, numbered after the digits
            return
    else:
        index = scan(source, positive, progress)
        classes = index.named_classes if len(index.classes) > 1 else ()
        smile = (SMILE,) if index.positive or index.smile_column else ()
        known = tuple(dict.fromkeys((CLASS, *smile, *classes, *index.attributes)))
    if folded(name) not in (folded(one) for one in known):
        raise DataError(f"These pictures have no attribute named {name}.", f"There are: {', '.join(known)}.")


def _factor_words(factors: tuple[Factor, ...]) -> tuple[str, ...]:
    """All names for factors: their own, their columns', and the classes', which are the first factor's values."""
    columns = (name for factor in factors for name in (factor.name, *factor.columns()))
    return tuple(dict.fromkeys((*columns, *map(str, factors[0].values))))


def known_columns(data: FaceData, rows: Rows) -> Columns:
    """What is known of some pictures.

    Factors tell more than the classes made of them, so those are left out where factors are known. Two classes are one
    column, of the class *with* the attribute or else of the second one.

    Args:
        data: the data set.
        rows: (N,) which pictures.
    """
    columns: dict[str, tuple[bool, npt.NDArray[np.float64]]] = {}
    if data.factors is not None:
        for place, factor in enumerate(data.factor_kinds):
            columns[factor.name] = (factor.is_named or factor.is_periodic, data.factors[rows, place].astype(np.float64))
    elif len(data.index.named_classes) == 2:
        with_it = data.index.positive or data.index.named_classes[1]
        columns[data.class_attribute or with_it] = (False, data.class_values(with_it, rows).astype(np.float64))
    elif len(data.index.named_classes) > 2:
        labels = data.index.labels[rows].astype(np.float64)
        labels[np.isnan(data.class_values(data.index.named_classes[0], rows))] = np.nan
        columns[CLASS] = (True, labels)
    for name, values in data.index.attributes.items():
        columns[name] = (False, values[rows].astype(np.float64))
    table = np.stack([column for _, column in columns.values()], axis=1) if columns else np.empty((len(rows), 0))
    return Columns(tuple(columns), tuple(unordered for unordered, _ in columns.values()), table)
