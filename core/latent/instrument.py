"""A trained model of any family, as viewers and commands use it: pictures, codes and conditions, all of them numpy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from core import checkpoint
from core.checkpoint import Checkpoint, Header
from core.errors import ConfigError
from core.families.base import Can, CodeSpace
from core.families.registry import family, home
from core.latent.arithmetic import Arithmetic, arithmetic, typical
from core.latent.code import NOTHING, Code, Given, space_named
from core.progress import Progress, silent
from core.wording import capital

if TYPE_CHECKING:
    from core.device import Compute  # imports torch, as the next one does
    from core.retouch.retoucher import Retoucher

DECODED_AT_ONCE = 64
WITHOUT_PRIOR = "be sampled: it has learned no prior"  # what isn't possible, for `must`
HOTTEST = 4.0  # temperature
TYPICAL_COUNT, WHOLE_COUNT = 24, 32
"""Samples that are drawn together: typical ones and ones of the whole prior. Of some priors, each depends on how many there are."""
OF_WHOLE_PRIOR = "gallery"  # the first part of such a sample's reference
MOST_DIGITS = 9  # of a seed
OTHER_FAMILY = "Use a model of another family, such as a VAE."


class Instrument(Protocol):
    """What a trained model can do. `can` says which of its methods may be used; tabs and commands offer no others."""

    @property
    def header(self) -> Header: ...

    @property
    def compute(self) -> Compute: ...

    @property
    def id(self) -> str: ...

    @property
    def can(self) -> frozenset[Can]: ...

    @property
    def spaces(self) -> Mapping[str, CodeSpace]: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def class_name(self) -> str:
        """The default class; "" where the model isn't conditional."""
        ...

    @property
    def retoucher(self) -> Retoucher | None:
        """What makes its edits of photos look photographed, where it has learned that."""
        ...

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        """uint8 pictures (B, H, W, C) of the model's size -> their codes. Raises CoreError for pictures of another size."""
        ...

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Codes (B, *shape), or in one row each (B, D) -> uint8 pictures (B, H, W, C). Bare values lie in the first space.

        Raises CoreError for invalid codes.
        """
        ...

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Codes (count, *shape) from the model's own prior, the same for the same seed; where it can SAMPLE."""
        ...

    @property
    def draws_typical(self) -> bool:
        """Whether its samples are typical as they are drawn, so that nothing moves them towards the mean."""
        ...

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """As `decode`, but float32 (B, H, W, C) in the network's own range, not clamped."""
        ...


class ByHeader:
    """What a checkpoint's header says of a model, for its instrument. Without torch.

    Args:
        header: of the checkpoint.
    """

    classes: tuple[str, ...] = ()
    """Those that a conditional model knows."""
    class_number = 0
    """The default one."""
    retoucher: Retoucher | None = None

    def __init__(self, header: Header) -> None:
        self.header = header

    @property
    def id(self) -> str:
        """The checkpoint's id."""
        return self.header.id

    @property
    def can(self) -> frozenset[Can]:
        """What one can do with it."""
        return family(self.header.config.family).can(self.header.settings, self.header.image_shape)

    @property
    def spaces(self) -> Mapping[str, CodeSpace]:
        """Its spaces of codes."""
        return family(self.header.config.family).spaces(self.header.settings, self.header.image_shape)

    @property
    def class_name(self) -> str:
        """The default class; "" where the model isn't conditional."""
        return self.classes[self.class_number] if self.classes else ""

    @property
    def draws_typical(self) -> bool:
        """Whether its samples are typical as they are drawn. No: it draws from the whole prior, if at all."""
        return False


class Sampler(Instrument, Protocol):
    """A model that draws at a TEMPERATURE, one value after the other."""

    def draw(self, count: int, seed: int, temperature: float = 1.0, progress: Progress = silent) -> np.ndarray:
        """As `sample`, at a temperature: 1 = as the prior is, less is likelier and less varied, 0 the likeliest value each time.

        Tells `progress` how far it is, which may raise Cancelled.
        """
        ...


class Translator(Instrument, Protocol):
    """A model that can TRANSLATE."""

    def translate(self, pictures: np.ndarray, to: str = "") -> np.ndarray:
        """uint8 pictures (B, H, W, C) of the model's size -> the same in another domain, where there are several of that name."""
        ...


class TokenInstrument(Instrument, Protocol):
    """A model whose codes name entries of a codebook, and can be MOVEd over the vectors that they stand for."""

    def codebook(self) -> np.ndarray:
        """All vectors, float32 (entries, D)."""
        ...

    def in_vectors(self) -> Instrument:
        """The same model with these vectors as its codes, one picture's in a row: directions are fitted there."""
        ...


def open_instrument(saved: Checkpoint, compute: Compute | None = None) -> Instrument:
    """The instrument for a loaded checkpoint. Raises CheckpointError where its tensors don't fit."""
    return cast(Instrument, home(saved.header.config.family).open_instrument(saved, compute))


def load_instrument(path: Path, compute: Compute | None = None) -> Instrument:
    """The instrument for a checkpoint file. Raises CheckpointError."""
    return open_instrument(checkpoint.load(path), compute)


def that_adds(model: Instrument) -> Instrument:
    """A model whose codes can be added, on which directions are fitted: the model itself, or one in vectors.

    Args:
        model: that can MOVE.
    """
    return model if space_named(model.spaces).adds else cast(TokenInstrument, model).in_vectors()


def arithmetic_of(model: Instrument, space: str = "") -> Arithmetic:
    """What can be computed from a model's codes. Raises CoreError where it has no space of that name."""
    has_codebook = Can.MOVE in model.can and not space_named(model.spaces).adds
    return arithmetic(model.spaces, space, cast(TokenInstrument, model).codebook() if has_codebook else None)


def decode_in_parts(model: Instrument, values: np.ndarray, given: Given = NOTHING) -> np.ndarray:
    """Any number of codes -> uint8 pictures (B, H, W, C), decoded some at a time, so that memory stays flat.

    Args:
        model: that can DECODE.
        values: (B, *shape).
        given: of all of them.
    """
    starts = range(0, max(1, len(values)), DECODED_AT_ONCE)
    parts = [slice(start, start + DECODED_AT_ONCE) for start in starts]
    return np.concatenate([model.decode(values[part], given.at(part)) for part in parts])


def drawn(model: Instrument, count: int, seed: int, temperature: float = 1.0, progress: Progress = silent) -> np.ndarray:
    """Codes (count, *shape) from a model's prior; the temperature and the progress are for one that has a TEMPERATURE.

    Args:
        model: that can SAMPLE.
        count: how many.
        seed: of the random numbers.
        temperature: see `Sampler.draw`.
        progress: told how far; may raise Cancelled.
    """
    if Can.TEMPERATURE in model.can:
        return cast(Sampler, model).draw(count, seed, temperature, progress)
    return model.sample(count, seed)


def typical_samples(model: Instrument, count: int, seed: int, progress: Progress = silent) -> np.ndarray:
    """Codes of clear samples, one in each row, (count, D): those of the prior, nearer to its mean where they can be moved."""
    codes = drawn(model, count, seed, progress=progress)
    is_moved = space_named(model.spaces).adds and not model.draws_typical
    return typical(codes) if is_moved else codes.reshape(count, -1)


def sample_again(model: Instrument, reference: str) -> np.ndarray | None:
    """A model's own sample by the name of another model's: of the same seed, and with the same number.

    Args:
        model: whose prior it is drawn from.
        reference: of an anchor: "22/5", the sixth typical sample of seed 22, or "gallery/22/5", that of the whole prior.

    Returns:
        Its code (D,); None where the reference names no sample, and where the model has none or takes its time to draw them.
    """
    numbers = reference.removeprefix(f"{OF_WHOLE_PRIOR}/")
    is_typical = numbers == reference
    count, parts = TYPICAL_COUNT if is_typical else WHOLE_COUNT, numbers.split("/")
    is_named = len(parts) == 2 and all(part.isdecimal() and len(part) <= MOST_DIGITS for part in parts) and int(parts[1]) < count
    if not is_named or Can.SAMPLE not in model.can or Can.TEMPERATURE in model.can:
        return None
    seed, number = map(int, parts)
    codes = typical_samples(model, count, seed) if is_typical else drawn(model, count, seed)
    return np.asarray(codes.reshape(count, -1)[number])


def must(header: Header, ability: Can, what: str) -> None:
    """Check that a model can do something.

    Args:
        header: of its checkpoint.
        ability: that is needed.
        what: what is to be done, for the error: "be interpolated".

    Raises:
        ConfigError: it can't.
    """
    kind = family(header.config.family)
    if ability not in kind.can(header.settings, header.image_shape):
        if not kind.spaces(header.settings, header.image_shape):
            what = f"{what.partition(':')[0]}: it has no codes"
        raise ConfigError(f"{capital(kind.one)} can't {what}.", kind.without.get(ability) or OTHER_FAMILY)


def must_now(model: Instrument, ability: Can, what: str) -> None:
    """Check that an opened model can do what its settings ask for: a phase of its run may not have been reached.

    Raises:
        ConfigError: it can't; the arguments are those of `must`.
    """
    must(model.header, ability, what)
    if ability not in model.can:
        kind = family(model.header.config.family)
        raise ConfigError(f"This {kind.title} can't {what} yet.", kind.without.get(ability) or OTHER_FAMILY)


def classes_in_turn(model: Instrument, count: int) -> Given:
    """Conditions for so many samples of a conditional model, taking the classes in turn; nothing for other models."""
    return Given(np.arange(count) % len(model.classes)) if Can.CLASSES in model.can else NOTHING


def given_class(model: Instrument, class_name: str | None) -> Given:
    """The condition for one picture: a class, by its name; nothing where there is none.

    Raises:
        ConfigError: the model isn't conditional, or knows no such class.
    """
    if not class_name:
        return NOTHING
    if Can.CLASSES not in model.can:
        raise ConfigError(
            f"This model isn't conditional, so it can't be told the class {class_name!r}.",
            "Train one with model.name=conditional_vae.",
        )
    if class_name not in model.classes:
        raise ConfigError(f"The model knows no class {class_name!r}.", f"Its classes are: {', '.join(model.classes)}.")
    return Given(np.array([model.classes.index(class_name)]))
