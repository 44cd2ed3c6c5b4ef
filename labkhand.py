"""Labkhand for notebooks and scripts: `import labkhand as lk`. Arrays in, arrays out; `docs/notebook.md` shows it at work.

Pictures are uint8, (N, H, W, 3) in colour and (N, H, W, 1) in grey. What can't be used, and what a model can't do, is a `CoreError`
that says so in one sentence. Importing this is quick: torch is loaded with the first model.

Example:
    >>> import labkhand as lk
    >>> model = lk.load("drawn")
    >>> faces = lk.decode(model, lk.sample(model, 8, seed=1))  # uint8 (8, 128, 128, 3)
    >>> lk.sheet(faces)  # as a figure
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core import checkpoint as checkpoints
from core.checkpoint import Checkpoint
from core.config import all_settings
from core.device_count import give_cores_away
from core.errors import ConfigError, CoreError, DataError, TrainingError
from core.events import Event, RunFailed
from core.families.base import Can
from core.files import expanded
from core.latent.code import must_be_codes
from core.latent.direction_file import find_direction, shown_names
from core.latent.direction_fit import chosen_method
from core.latent.directions import Direction, Part, must_be_amount
from core.latent.instrument import (
    HOTTEST,
    WITHOUT_PRIOR,
    Instrument,
    arithmetic_of,
    decode_in_parts,
    drawn,
    given_class,
    must,
    must_now,
    open_instrument,
)
from core.progress import Progress, silent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from core.data.dataset import FaceData
    from core.latent.engine import LatentEngine

__all__ = [
    "CoreError",
    "Model",
    "decode",
    "edit",
    "edit_photo",
    "encode",
    "evaluate",
    "fit_direction",
    "load",
    "load_data",
    "read_pictures",
    "sample",
    "sheet",
    "train",
]


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A trained model of any family, as `load` gives it.

    Attributes:
        checkpoint: its file: settings, history and directions (`checkpoint.header`), and the weights as arrays.
        instrument: what computes; for what this module leaves out, such as the spread of codes.

    Example:
        >>> lk.load("drawn")
        <Model vae, 128×128×3, can: classes, decode, ...>
    """

    checkpoint: Checkpoint
    instrument: Instrument

    @property
    def can(self) -> frozenset[str]:
        """What it can do: some of encode, decode, sample, directions, likelihood, classes, turn_axes, translate."""
        return self.instrument.can

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of its pictures."""
        channels, height, width = self.checkpoint.header.image_shape
        return height, width, channels

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that a conditional model can be asked for; () of any other model."""
        return self.instrument.classes

    @property
    def directions(self) -> tuple[str, ...]:
        """The names of the directions that its file holds, for `edit`."""
        return tuple(shown_names(self.checkpoint.header))

    def __repr__(self) -> str:
        size = "×".join(map(str, self.image_shape))
        return f"<Model {self.checkpoint.header.config.family}, {size}, can: {', '.join(sorted(self.can))}>"


def load(name: str | Path) -> Model:
    """Load a model, onto the processor.

    Args:
        name: a `.safetensors` file of ours, a run folder (its best epoch), or a shipped model: "faces" or "drawn".

    Raises:
        CoreError: there is none, or its file is damaged, foreign or of a newer version.

    Example:
        >>> model = lk.load("drawn")
        >>> model.image_shape
        (128, 128, 3)
    """
    give_cores_away()
    saved = checkpoints.load(checkpoints.find(str(name)))
    return Model(saved, open_instrument(saved))


def read_pictures(model: Model, files: str | Path | Sequence[str | Path]) -> np.ndarray:
    """Read picture files as a model sees them: framed as its training pictures were, scaled, in its channels.

    Args:
        model: for which model.
        files: a picture, a folder of them, or several of either.

    Returns:
        uint8 (N, H, W, C), in the order given; of a folder sorted by name.

    Raises:
        CoreError: a file can't be used; the sentence names it and says why.

    Example:
        >>> lk.read_pictures(model, ["one.jpg", "two.png"]).shape
        (2, 128, 128, 3)
    """
    from core.photo.inputs import picture_files, read_as_trained  # noqa: PLC0415 - all that pictures are read with

    paths = [path for file in ([files] if isinstance(files, str | Path) else files) for path in picture_files(file)]
    if not paths:
        raise DataError("No picture files were named.", "Give at least one.")
    return np.stack([read_as_trained(model.checkpoint.header, path) for path in paths])


def load_data(model: Model, source: str | Path, *, limit: int = 0, progress: Progress | None = None) -> FaceData:
    """Load a data set, framed and split as the model's own was. Pictures are decoded once and found decoded after that.

    Args:
        model: for which model.
        source: a folder of pictures, or "demo" (drawn faces), "sprites", "mnist:FOLDER", as SOURCE of the command line.
        limit: at most so many pictures, a seeded sample; 0 takes all.
        progress: called as (what, done, total) now and then.

    Returns:
        The data set. `images` is (N, H, W, C) uint8, `split.train` and `split.valid` are row numbers, `attribute("smile")` is
        (N,) float32 with 1 for pictures that have it, 0 for others, and NaN where nobody knows.

    Raises:
        CoreError: the source can't be used.

    Example:
        >>> data = lk.load_data(model, "demo", limit=200)
        >>> held_out = data.images[data.split.valid]
    """
    from core.evaluate import load_data as load_for  # noqa: PLC0415 - brings torch along, as the others below

    return load_for(model.checkpoint.header, str(source), progress or silent, limit)


def encode(model: Model, pictures: np.ndarray, class_name: str = "") -> np.ndarray:
    """Pictures -> codes.

    Args:
        model: that can encode.
        pictures: uint8 (N, H, W, C) of the model's size, as `read_pictures` and `load_data` give them.
        class_name: the class of the pictures, for a conditional model; "" = the first of its classes.

    Returns:
        A VAE's posterior means, float32 (N, D) in units of the prior's standard deviation; or a VQ-VAE's grids, int64 (N, G, G).

    Raises:
        CoreError: pictures of another size or type, or a model that can't.

    Example:
        >>> lk.encode(model, pictures).shape
        (2, 128)
    """
    must(model.checkpoint.header, Can.ENCODE, "encode pictures")
    pictures = np.asarray(pictures)
    given = given_class(model.instrument, class_name).repeated(len(pictures) if pictures.ndim else 0)
    return model.instrument.encode(pictures, given).values


def decode(model: Model, codes: np.ndarray, class_name: str = "") -> np.ndarray:
    """Codes -> pictures.

    Args:
        model: that can decode.
        codes: (N, D) numbers or (N, G, G) whole numbers, as `encode` and `sample` give them.
        class_name: what a conditional model draws; "" = the first of its classes.

    Returns:
        uint8 (N, H, W, C).

    Raises:
        CoreError: codes of another shape or kind, or a model that can't.

    Example:
        >>> lk.decode(model, codes).shape
        (2, 128, 128, 3)
    """
    must(model.checkpoint.header, Can.DECODE, "decode codes")
    codes = _codes(model, codes)
    return decode_in_parts(model.instrument, codes, given_class(model.instrument, class_name).repeated(len(codes)))


def sample(model: Model, count: int, seed: int = 0, *, temperature: float | None = None) -> np.ndarray:
    """Draw codes from the model's own prior.

    Args:
        model: that can be sampled.
        count: how many, at least 1.
        seed: the same one draws the same codes on every machine.
        temperature: of a VQ-VAE's prior: less than 1 draws likelier codes, 0 the likeliest each time; None = 1.

    Returns:
        Codes for `decode`: (count, D) float32, of a VQ-VAE (count, G, G) whole numbers.

    Raises:
        CoreError: a count, seed or temperature out of range, or a model without a prior, or without a temperature.

    Example:
        >>> faces = lk.decode(model, lk.sample(model, 8, seed=1))
    """
    must_now(model.instrument, Can.SAMPLE, WITHOUT_PRIOR)
    if count < 1:
        raise ConfigError(f"count is {count}.", "It must be at least 1.")
    allowed = all_settings()["seed"]
    if not allowed.low <= seed <= allowed.high:
        raise ConfigError(f"seed is {seed}.", f"It must be at least {allowed.low} and at most {allowed.high}.")
    if temperature is None:
        return drawn(model.instrument, count, seed)
    must_now(model.instrument, Can.TEMPERATURE, "be sampled at a temperature")
    if not 0.0 <= temperature <= HOTTEST:
        raise ConfigError(f"temperature is {temperature:g}.", f"It must be at least 0 and at most {HOTTEST:g}.")
    return drawn(model.instrument, count, seed, temperature)


def fit_direction(
    model: Model,
    data: FaceData,
    attribute: str,
    *,
    method: str = "",
    balance: str = "",
    keep: Sequence[str] = (),
    progress: Progress | None = None,
) -> Direction:
    """Fit the direction from pictures without an attribute to pictures with it, and score it on held-out pictures.

    Args:
        model: that can move codes: a VAE, or a VQ-VAE, whose directions are about the vectors that its codes stand for.
        data: labelled pictures, as `load_data` gives them.
        attribute: "smile", a class, or a column of the labels.
        method: "mean", "balanced", "logistic" or "visible" (docs/directions.md); "" = mean, or balanced with `balance`.
        balance: a column whose values are to weigh equally, such as "male".
        keep: what must stay as it is: "brightness", "sharpness", or other attributes.
        progress: called as (what, done, total) now and then.

    Returns:
        The direction, for `edit`. `unit` is (D,) float32 of length 1; `auc` says how well it tells the held-out pictures apart
        (0.5 = chance, 1 = perfect), `stability` how alike fits on resampled pictures are (1 = always the same).

    Raises:
        CoreError: an attribute that the pictures don't have, or a model whose codes can't be moved.

    Example:
        >>> smile = lk.fit_direction(model, data, "smile")
        >>> happier = lk.edit(model, codes, {smile: 100})
    """
    from core.metrics.direction_quality import fit_and_score  # noqa: PLC0415 - torch

    return fit_and_score(
        _moving(model, "have directions"),
        data,
        attribute,
        method=chosen_method(method, balance),
        balance=balance,
        keep=[keep] if isinstance(keep, str) else keep,
        thorough=True,
        progress=progress,
    )


def edit(model: Model, codes: np.ndarray, amounts: Mapping[str | Direction, float]) -> np.ndarray:
    """Move codes along directions, each from where the code was.

    Args:
        model: that can move codes, such as a VAE.
        codes: (N, D), as `encode` and `sample` give them; of a VQ-VAE grids (N, rows, columns).
        amounts: percent along each direction: 100 = where the average picture with the attribute lies, -100 = without it. A
            direction is one that `fit_direction` gave, the name of one in the model's file, or a `.json` file of one.

    Returns:
        Codes of the same shape, float32; of a VQ-VAE whole numbers.

    Raises:
        CoreError: an unknown direction, one of another model, or a model whose codes can't be moved.

    Example:
        >>> faces = lk.decode(model, lk.edit(model, codes, {"smile": 100}))
    """
    parts, own = _parts(model, amounts), arithmetic_of(model.instrument)
    known = _codes(model, codes)
    if np.issubdtype(known.dtype, np.floating):
        return own.moved(known, parts)
    return np.array([own.moved(grid.flatten(), parts) for grid in known], np.int64).reshape(known.shape)


def edit_photo(
    model: Model,
    file: str | Path,
    amounts: Mapping[str | Direction, float],
    *,
    eyes: tuple[float, float, float, float] | None = None,
    framed: bool = False,
) -> np.ndarray:
    """Put an edit onto a photo, at its own size. What one should know of the result comes as a Python warning.

    Args:
        model: of faces, that can move codes; a VAE gives better photos than a VQ-VAE.
        file: any photo of up to 50 megapixels.
        amounts: as of `edit`.
        eyes: x and y of both eyes in the photo's pixels, the one further left first; None: the most prominent face is looked for.
        framed: the picture is cut like the training pictures already, so no face is looked for.

    Returns:
        uint8 (H, W, 3), the photo with the edit; pixels outside of the face are as they were.

    Raises:
        CoreError: the file can't be used, or no face was found in it; and as `edit`.

    Example:
        >>> smiling = lk.edit_photo(lk.load("faces"), "photo.jpg", {"smile": 60})
    """
    from core.photo.edit import edit_photo as put_on_photo  # noqa: PLC0415 - OpenCV
    from core.photo.edit import eyes_at  # noqa: PLC0415

    engine, parts, own = _moving(model, "edit photos"), _parts(model, amounts), arithmetic_of(model.instrument)
    placed = None if eyes is None else eyes_at(tuple(eyes), f"The eyes are {eyes}.")
    picture, note = put_on_photo(engine, expanded(str(file)), lambda code: own.moved(code, parts), placed, framed)
    if note:
        warnings.warn(note, stacklevel=2)
    return picture


def train(
    source: str | Path,
    folder: str | Path,
    preset: str = "quick",
    settings: Mapping[str, Any] | None = None,
    *,
    on_event: Callable[[Event], None] | None = None,
    progress: Progress | None = None,
) -> Model:
    """Train a model in this process. If that is interrupted, `python -m core train --out FOLDER --resume` goes on with the run.

    Args:
        source: the pictures, as of `load_data`.
        folder: of the new run: settings, history, checkpoints and previews (docs/run-folder.md).
        preset: settings by name, of any family: "quick" or "table1" of a VAE, "codes" of a VQ-VAE (docs/settings.md).
        settings: any others, dotted path -> value: {"epochs": 5, "data.limit": 1000, "objective.beta": 4}.
        on_event: called with each event of the run: steps, epochs, previews (`core.events`).
        progress: called as (what, done, total) while pictures are read.

    Returns:
        The model as of its best epoch; `checkpoint.header.history` holds the numbers of each epoch.

    Raises:
        CoreError: a setting or the pictures can't be used, the folder holds a run already, or the run failed.

    Example:
        >>> model = lk.train("demo", "runs/first", settings={"epochs": 5, "data.image_size": 64})
    """
    give_cores_away()
    from core.device import keep_freed_memory  # noqa: PLC0415 - torch
    from core.runs.expected import has_its_time  # noqa: PLC0415 - all that lists runs
    from core.training.loop import train as events_of  # noqa: PLC0415 - torch
    from core.training.new_config import new_config  # noqa: PLC0415 - all that pictures are read with
    from core.training.pace import for_its_time  # noqa: PLC0415 - torch

    config = new_config(preset, {**(settings or {}), "data.source": str(source)})
    keep_freed_memory()
    if minutes := has_its_time(config, settings or ()):
        config, _ = for_its_time(config, minutes, progress or silent)
    for event in events_of(config, Path(folder), progress=progress):
        if on_event:
            on_event(event)
        if isinstance(event, RunFailed):
            raise TrainingError(event.message, event.hint)
    return load(folder)


def evaluate(model: Model, data: FaceData, *, progress: Progress | None = None) -> dict[str, Any]:
    """Measure a model on the held-out part of a data set.

    Args:
        model: of any family.
        data: as `load_data` gives it.
        progress: called as (what, done, total) now and then.

    Returns:
        The numbers by name. Of a VAE `images`, `reconstruction`, `kl` and `elbo` in nats per image, `psnr` in dB, `ssim`,
        `active_units`, `directions` with the AUC of each, and `notes`: sentences on what means nothing here. Of another family
        what it declares, and `ssim`.

    Raises:
        CoreError: pictures that the model can't be measured on.

    Example:
        >>> round(lk.evaluate(model, data)["ssim"], 1)
        0.7
    """
    from core.evaluate import measure  # noqa: PLC0415 - torch

    return measure(model.instrument, model.checkpoint, data, progress or silent)


def sheet(
    *rows: np.ndarray | Sequence[np.ndarray], labels: Sequence[str] = (), row_labels: Sequence[str] = (), title: str = ""
) -> Figure:
    """Pictures side by side as a matplotlib figure: one array a strip, several a sheet.

    Args:
        rows: each uint8 (N, H, W, C), or a list of (H, W, C); all pictures of one size.
        labels: above the columns; none, or one for each.
        row_labels: before the rows; none, or one for each.
        title: above all of it.

    Returns:
        The figure. A notebook shows it, `savefig` writes it.

    Raises:
        CoreError: rows that aren't pictures of one size, or another number of labels.

    Example:
        >>> lk.sheet(pictures, rebuilt, row_labels=["original", "rebuilt"]).savefig("sheet.png")
    """
    from core.export.figures import pictures  # noqa: PLC0415 - matplotlib

    return pictures(list(map(np.asarray, rows)), labels, row_labels, title)


def _moving(model: Model, what: str) -> LatentEngine:
    """The instrument of a model whose codes can be moved along directions. Raises CoreError for any other model."""
    must(model.checkpoint.header, Can.MOVE, what)
    return cast("LatentEngine", model.instrument)


def _codes(model: Model, codes: np.ndarray) -> np.ndarray:
    """The codes, once they are some of the model's. Raises CoreError."""

    codes = np.asarray(codes)
    must_be_codes(codes, next(iter(model.instrument.spaces.values())))
    return codes


def _parts(model: Model, amounts: Mapping[str | Direction, float]) -> list[Part]:
    """The directions of `amounts`, each with how far it goes. Raises CoreError."""
    header, parts = _moving(model, "be edited").header, []
    for name, percent in amounts.items():
        must_be_amount(percent)
        direction = find_direction(header, name) if isinstance(name, str) else name.for_checkpoint(header.id)
        parts.append(Part(direction, "amount", percent))
    return parts
