"""A comparison as a report; what was measured is kept, so that another colour or another measure costs only itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.compare.runs import Compared, colour_names, colours_of, compared_codes, open_runs
from core.compare.sections import BOUNDED, DEFINED, SAMPLES, SHARED, compose, own_measures
from core.data.columns import check_attribute, has_factors
from core.errors import DataError
from core.evaluate import disentangled, measure, measure_bounds, measure_declared
from core.export.report import Report
from core.families.base import Can
from core.latent.code import Code
from core.metrics.disentanglement import MEASURES
from core.progress import Progress

SLOW = ("dci",)  # minutes a run
PARTS = {"dci": ("disentanglement", "completeness", "informativeness")}  # of measures that are several numbers


class Comparison:
    """Runs on the same pictures.

    Args:
        words: run folders or checkpoints.
        source: pictures to compare them on.
        told: told how far; may raise Cancelled.
        measures: of disentanglement, that will be asked for.
        color: likewise, what will colour the codes; both are checked before any picture is read, where that can be told.

    Raises:
        CoreError: a run or the pictures can't be used.
        DataError: the pictures have no attribute of that name, or no known factors to measure by.
    """

    def __init__(self, words: Sequence[str], source: str, told: Progress, *, measures: Sequence[str] = (), color: str = "") -> None:
        self.runs = open_runs(words, source, told, lambda positive: _check(source, positive, measures, color, told))
        self._found: list[dict[str, float]] = [{} for _ in self.runs]
        self._notes: list[dict[str, str]] = [{} for _ in self.runs]  # by the measure of disentanglement that each is about
        self._measured: list[set[str]] = [set() for _ in self.runs]
        self._bounds: dict[int, np.ndarray] = {}  # of a run, (len(SAMPLES),) nats per image
        self._codes: tuple[np.ndarray, list[Code]] | None = None

    @property
    def names(self) -> list[str]:
        """Of the runs, no two alike."""
        return [one.name for one in self.runs]

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of disentanglement that these pictures allow."""
        return MEASURES if self.runs[0].data.factors is not None else ()

    @property
    def quick_measures(self) -> tuple[str, ...]:
        """Those of them that take seconds."""
        return tuple(name for name in self.measures if name not in SLOW)

    @property
    def colours(self) -> tuple[str, ...]:
        """What can colour the codes, the first what does where nothing is said."""
        return colour_names(self.runs[0].data)

    def numbers(self, measures: Sequence[str]) -> list[dict[str, Any]]:
        """Of each run `name`, `checkpoint_id`, `notes` and the numbers found so far, of the measures of disentanglement only these.

        A number that there is none of is NaN; the notes say which, and which of the others mean nothing.
        """
        shown = [{name: found[name] for name in _numbers_of(found, measures)} for found in self._found]
        about = zip(self.runs, self._notes_on(measures), strict=True)
        known = [
            {"name": one.name, "family": one.family.name, "checkpoint_id": one.engine.id, "notes": notes} for one, notes in about
        ]
        plain = [{name.rpartition(".")[2]: value for name, value in numbers.items()} for numbers in shown]
        return [one | numbers for one, numbers in zip(known, plain, strict=True)]

    def report(self, measures: Sequence[str], color: str, told: Progress) -> Report:
        """Measure what isn't known yet, and put it all together.

        Args:
            measures: of disentanglement.
            color: what colours the codes; "" = the first there is.
            told: told how far; may raise Cancelled, and then what was found is kept.

        Raises:
            DataError: there is no attribute of that name, or the factors aren't known.
        """
        data = self.runs[0].data
        if measures and data.factors is None:
            raise _no_factors(data.index.name)
        colours = colours_of(data, color)  # a name that isn't there is said before the long work
        for place, one in enumerate(self.runs):
            self._measure(place, one, measures, told)
            if place not in self._bounds and one.latent and Can.LIKELIHOOD in one.engine.can:
                self._bounds[place] = measure_bounds(one.latent, one.saved, one.data, BOUNDED, SAMPLES, told)
        if self._codes is None:
            self._codes = compared_codes(self.runs, told)
        found = [{name: known[name] for name in _numbers_of(known, measures)} for known in self._found]
        return compose(self.runs, found, self._notes_on(measures), list(self._bounds.values()), colours, self._codes)

    def _notes_on(self, measures: Sequence[str]) -> list[list[str]]:
        """What is to be said of each run's numbers, of the measures of disentanglement only these."""
        return [[text for name, text in notes.items() if text and name in ("", *measures)] for notes in self._notes]

    def _measure(self, place: int, one: Compared, measures: Sequence[str], told: Progress) -> None:
        """Fill in what `evaluate` says of a run, in one flat dict of numbers."""
        done = self._measured[place]
        result: dict[str, Any] = {}
        if "" not in done:
            result = measured(one, told)
            self._notes[place] |= {"": " ".join(result.get("notes", ()))}
        missing = [name for name in measures if name not in done]
        if missing and one.latent:
            factors = disentangled(one.latent, one.data, missing, told)
            self._notes[place] |= factors.pop("left_out")
            result |= factors
        for name in PARTS:
            result |= result.get(name, {})
        self._found[place] |= {name: float(result[name]) for name in (*DEFINED, *own_measures(one)) if name in result}
        done |= {"", *missing}


def measured(one: Compared, told: Progress) -> dict[str, Any]:
    """What `evaluate` says of a run; numbers that mean something else in another family have the family's name before them."""
    if one.latent and Can.LIKELIHOOD in one.engine.can:
        return measure(one.latent, one.saved, one.data, told)
    result = measure_declared(one.saved, one.data, told)
    return {name if name in SHARED else f"{one.family.name}.{name}": value for name, value in result.items()}


def _check(source: str, positive: str, measures: Sequence[str], color: str, told: Progress) -> None:
    """What can be said of the wishes before any picture is read."""
    if measures and not has_factors(source):
        raise _no_factors(source)
    if color:
        check_attribute(source, positive, color, told)


def _no_factors(name: str) -> DataError:
    return DataError(f"The factors of {name} aren't known.", "Leave out --measures, or use sprites.")


def _numbers_of(found: dict[str, float], measures: Sequence[str]) -> list[str]:
    """The names of a run's numbers in their order, of the measures of disentanglement only some."""
    hidden = {part for name in MEASURES if name not in measures for part in PARTS.get(name, (name,))}
    return [name for name in found if name not in hidden]


def make_report(
    words: Sequence[str], source: str, measures: tuple[str, ...] | None, color: str, told: Progress
) -> tuple[Report, list[dict[str, Any]]]:
    """Compare runs.

    Args:
        words: run folders or checkpoints.
        source: pictures to compare them on.
        measures: of disentanglement; None = those that take seconds, where the pictures' factors are known.
        color: the factor or attribute that colours the codes; "" = the first there is.
        told: told how far; may raise Cancelled.

    Returns:
        The report; and of each run its name, its model's id and its numbers, named as in `compare_report.DEFINED`.

    Raises:
        CoreError: a run or the pictures can't be used.
    """
    comparison = Comparison(words, source, told, measures=measures or (), color=color)
    chosen = comparison.quick_measures if measures is None else measures
    report = comparison.report(chosen, color, told)
    return report, comparison.numbers(chosen)
