"""What a model learned, measured on held-out pictures framed like its training pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.checkpoint import Checkpoint, Header
from core.config import CENTER, FACE
from core.data.dataset import FaceData, load
from core.data.sources import kind_of
from core.errors import ConfigError, DataError
from core.families.base import Can
from core.latent.data_codes import encode_rows, given_by
from core.latent.instrument import Instrument, must
from core.metrics.disentanglement import MEASURES, measure_factors
from core.progress import Progress, silent
from core.training.recipe import home_of
from core.training.usable import usable

MOST_MEASURED = 50_000  # pictures from which measures of disentanglement sample


def load_data(header: Header, source: str, progress: Progress = silent, limit: int | None = None) -> FaceData:
    """A data set framed and split like the checkpoint's own.

    A crop box makes no sense in files of another size than the training files': those are taken as already framed.
    Where the training pictures were framed by their faces, these are too. A class that the run named but that isn't in
    this data set is passed over.

    Args:
        header: of the checkpoint.
        source: SOURCE of the command line.
        progress: told how far; may raise Cancelled.
        limit: a seeded sample of so many pictures; 0 = all; None = as in the checkpoint's own.

    Raises:
        DataError: the source or its labels can't be used, or no picture can.
    """
    config = replace(header.config.data, source=source)
    if limit is not None:
        config = replace(config, limit=limit)
    if not kind_of(source).has_files:
        config = replace(config, crop=CENTER)
    try:
        data = load(config, progress)
    except DataError:
        other = replace(config, positive="", crop=FACE if config.crop == FACE else CENTER)
        if other == config:
            raise
        data = load(other, progress)
        config = other
    sizes, trained = data.summary()["sizes"], header.data.get("sizes")
    if config.crop not in (CENTER, FACE) and trained and trained["smallest"] == trained["largest"] and sizes != trained:
        data = load(replace(config, crop=CENTER), progress)
    return usable(header.config, data, progress)


def measure(
    instrument: Instrument, saved: Checkpoint, data: FaceData, progress: Progress = silent, *, importance_samples: int = 0
) -> dict[str, Any]:
    """Everything that `evaluate` reports of a model, over the validation part: see `measure` of `core.training.recipe.Home`.

    Raises:
        CoreError: pictures that the model can't be measured on.
        ConfigError: log p(x) is wanted of a model that can't say it.
    """
    if importance_samples:
        must(saved.header, Can.LIKELIHOOD, "estimate log p(x)")
    home = home_of(saved.header.config.family)
    return home.measure(instrument, saved, data, progress, importance_samples=importance_samples)


def likelihood_bounds(
    instrument: Instrument, saved: Checkpoint, data: FaceData, pictures: int, samples: Sequence[int], progress: Progress = silent
) -> np.ndarray:
    """Bounds of log p(x) for several numbers of samples, means over evenly spaced validation pictures: (len(samples),) nats."""
    must(saved.header, Can.LIKELIHOOD, "bound log p(x)")
    return home_of(saved.header.config.family).bounds(instrument, saved, data, pictures, samples, progress)


def disentangled(engine: Instrument, data: FaceData, measures: Sequence[str], progress: Progress = silent) -> dict[str, Any]:
    """Measures of disentanglement, over a seeded sample of all pictures, whatever the split.

    Returns:
        As `measure_factors`; where the pictures are too few or too alike for a measure, it is left out, and `left_out`
        says why.
    """
    assert data.factors is not None
    rows = np.arange(len(data.images))
    if len(rows) > MOST_MEASURED:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_MEASURED, replace=False))
    codes = encode_rows(engine, data.images, rows, progress, given_by(engine, data))
    result = measure_factors(codes, data.factors[rows], data.factor_names, progress, measures=())
    result["left_out"] = {}
    for measure in measures:
        try:
            result |= measure_factors(codes, data.factors[rows], data.factor_names, progress, measures=(measure,))
            reason = "" if measure in result else "No factor that it takes has more than one value in these pictures."
        except DataError as error:
            reason = error.message
        if reason:
            result["left_out"][measure] = f"{measure} is left out. {reason}"
    return result


def check_measures(text: str) -> tuple[str, ...]:
    """The measures that --measures names. Raises ConfigError."""
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [name for name in names if name not in (*MEASURES, "all")]
    if unknown:
        raise ConfigError(f"There is no measure named {unknown[0]!r}.", f"Choose of: all, {', '.join(MEASURES)}.")
    return MEASURES if "all" in names else names
