"""All that is known of some pictures beside their pixels, as columns of numbers: factors, classes, labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.data.dataset import FaceData, Rows

CLASS = "class"  # what several classes are called together


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is known of N pictures.

    Attributes:
        names: K, all different.
        unordered: K, whether a column's numbers are kinds (shape, digit, class) or an angle, whose ends meet: there more and
            less mean nothing.
        values: (N, K) float64; NaN where the labels say nothing.
    """

    names: tuple[str, ...]
    unordered: tuple[bool, ...]
    values: npt.NDArray[np.float64]


def has_columns(data: FaceData) -> bool:
    """Whether anything is known of the pictures; told without reading any."""
    return bool(data.factor_kinds) or len(data.index.classes) > 1 or bool(data.index.attributes)


def known_columns(data: FaceData, rows: Rows) -> Columns:
    """What is known of some pictures.

    Factors tell more than the classes made of them, so those are left out where factors are known. Two classes are one
    column, of the class *with* the attribute or else of the second one.

    Args:
        data: the data set.
        rows: (N,) which pictures.
    """
    found: dict[str, tuple[bool, npt.NDArray[np.float64]]] = {}
    if data.factors is not None:
        for place, factor in enumerate(data.factor_kinds):
            found[factor.name] = (factor.is_named or factor.is_periodic, data.factors[rows, place].astype(np.float64))
    elif len(data.index.classes) == 2:
        name = data.class_attribute or data.index.classes[1]
        with_it = data.index.classes.index(data.index.positive or data.index.classes[1])
        found[name] = (False, (data.index.labels[rows] == with_it).astype(np.float64))
    elif len(data.index.classes) > 2:
        found[CLASS] = (True, data.index.labels[rows].astype(np.float64))
    for name, values in data.index.attributes.items():
        found[name] = (False, values[rows].astype(np.float64))
    table = np.stack([column for _, column in found.values()], axis=1) if found else np.empty((len(rows), 0))
    return Columns(tuple(found), tuple(unordered for unordered, _ in found.values()), table)
