"""Loading a model: what the window knows of one, and how to import torch without holding up the window."""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import math
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from core import checkpoint
from core.checkpoint import Header
from core.errors import CoreError
from core.families.base import Can, CodeSpace, Family
from core.families.registry import family
from core.latent import directions
from core.latent.arithmetic import Arithmetic
from core.latent.code import space_named
from core.latent.directions import Direction
from core.latent.instrument import arithmetic_of
from core.latent.session import Anchor
from core.metrics.latent import ACTIVE_VARIANCE

if TYPE_CHECKING:
    from core.latent.engine import LatentEngine

THREADS = 1
"""Of torch in the window's process, for threads that it makes from then on. A face takes 3 ms on one core; on several, each
layer waits for the slowest, which takes a tenth of a second when other programs (a training run!) use the cores too."""
_torch_lock = threading.Lock()
_generations = count(1)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model ready for use. Everything in it is read only."""

    engine: LatentEngine
    """For another family, it can only do what `can` says."""
    path: str
    name: str  # for people
    generation: int  # a number that no other load in this process has
    directions: Mapping[str, Direction]
    order: tuple[int, ...]  # all dimensions, the one that tells most first; none where codes have no dimensions
    active: int | None  # how many of those are active (`core.metrics.latent.active_units`); None where nobody knows
    per_axis: np.ndarray  # (D,) what the family says of each (`Family.axis_metric`); zeros where the checkpoint doesn't
    code_mean: np.ndarray  # (D,) of real pictures
    code_std: np.ndarray  # (D,)
    device: str = ""  # for people: "CPU, fp32"
    spaces: Mapping[str, CodeSpace] = field(init=False)
    """Where its codes lie, asked of its family once: each step of a slider needs it."""
    _arithmetics: dict[str, Arithmetic] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        header = self.engine.header
        object.__setattr__(self, "spaces", family(header.config.family).spaces(header.settings, header.image_shape))

    @property
    def header(self) -> Header:
        return self.engine.header

    @property
    def family(self) -> Family:
        """What kind of model it is."""
        return family(self.header.config.family)

    @property
    def can(self) -> frozenset[Can]:
        """What one can do with it."""
        return self.engine.can

    @property
    def space(self) -> CodeSpace:
        """Where a document's codes lie: its first space, NO_CODES where it has none."""
        return space_named(self.spaces)

    def arithmetic(self, space: str = "") -> Arithmetic:
        """What can be computed from its codes. Raises CoreError where it has no space of that name."""
        if space not in self._arithmetics:  # asked several times with each step of a slider
            self._arithmetics[space] = arithmetic_of(self.engine, space)
        return self._arithmetics[space]

    def vector(self, anchor: Anchor) -> np.ndarray:
        """The numbers of a face's code that directions move: the code itself, or the vectors that its codes stand for."""
        return self.arithmetic(anchor.space).vector(np.asarray(anchor.z, np.float32))

    @property
    def size(self) -> int:
        """D: how many numbers a document holds for a code."""
        return math.prod(self.space.shape)

    @property
    def id(self) -> str:
        return self.engine.id


def space_of(header: Header) -> CodeSpace:
    """The first space of a checkpoint's model; NO_CODES where it has none."""
    return space_named(family(header.config.family).spaces(header.settings, header.image_shape))


def as_class(model: LoadedModel, name: str) -> LoadedModel:
    """The same model, drawing another class; a generation of its own keeps the classes' pictures apart.

    Raises:
        ConfigError: it isn't conditional, or knows no such class.
    """
    return replace(model, engine=model.engine.for_class(name), generation=next(_generations))


def import_torch() -> None:
    """Import torch, from a worker thread, so that the window's thread keeps moving meanwhile.

    Python's own import holds the interpreter's lock while the system maps several hundred megabytes of libraries.
    Mapping them first through a foreign call releases it.
    """
    with _torch_lock:
        if "torch" in sys.modules:
            return
        if sys.platform.startswith("linux"):
            _map_libraries()
        collects = gc.isenabled()
        gc.disable()  # the import makes a million lasting objects; each collection meanwhile would hold up every thread
        try:
            import torch  # noqa: F401, PLC0415
        finally:
            gc.freeze()  # keeps later collections from scanning them
            if collects:
                gc.enable()


def _map_libraries() -> None:
    """dlopen torch's libraries by a foreign call, which lets other threads run. Failing is fine: the import does it, too."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path(next(iter(spec.submodule_search_locations))) / "lib"
    dlopen = ctypes.CDLL(None).dlopen  # calls through ctypes release the interpreter's lock; CDLL's constructor doesn't
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    lazy_global = 0x1 | 0x100  # RTLD_LAZY | RTLD_GLOBAL, the way torch itself loads them
    for name in ("libgomp.so.1", "libc10.so", "libtorch_cpu.so", "libtorch.so", "libtorch_python.so"):
        for path in sorted(folder.glob(f"{name}*")):
            dlopen(str(path).encode(), lazy_global)


def load_model(path: Path, name: str = "") -> LoadedModel:
    """Load a checkpoint and warm it up; takes seconds, so call it from a worker thread.

    Raises:
        CheckpointError: the file can't be used.
    """
    header = checkpoint.read_header(path)  # fails for a wrong file at once, before torch is loaded
    import_torch()
    from core import device  # noqa: PLC0415
    from core.latent.instrument import load_instrument  # noqa: PLC0415

    device.set_threads(THREADS)
    engine = cast("LatentEngine", load_instrument(path))
    space = space_of(header)
    size = math.prod(space.shape)
    if size:
        engine.decode(np.zeros((1, size), np.float32))  # the first decode prepares kernels
        engine.decode(np.zeros((2, size), np.float32))
    all_directions = [directions.from_dict(values) for values in header.directions]
    metric = family(header.config.family).axis_metric
    per_axis = _numbers(header, metric.key if metric else "", 0.0)
    return LoadedModel(
        engine=engine,
        path=str(path),
        name=name or model_name(path, header),
        generation=next(_generations),
        directions={direction.name: direction for direction in all_directions if direction.checkpoint_id == engine.id},
        order=tuple(int(i) for i in np.argsort(-per_axis, kind="stable")) if space.adds else (),
        active=active_dimensions(header) if space.adds else None,
        per_axis=per_axis,
        code_mean=_numbers(header, "code_mean", 0.0),
        code_std=_numbers(header, "code_std", 1.0),
        device=engine.compute.label,
    )


def model_name(path: Path, header: Header) -> str:
    """A model's name for people: the shipped model's, the run's with its epoch, or the file's."""
    if path.parent.name == "checkpoints" and (path.parent.parent / "config.json").exists():
        return f"{path.parent.parent.name}, epoch {header.epoch}"
    return path.stem


def is_in_use(model: LoadedModel, path: Path) -> bool:
    """Whether a file holds this very model, so that loading it would change nothing."""
    try:
        return path.resolve() == Path(model.path).resolve() and checkpoint.read_header(path).id == model.id
    except (CoreError, OSError):  # loading it says what is wrong
        return False


def active_dimensions(header: Header) -> int | None:
    """How many dimensions are active, by the codes of the checkpoint's validation pictures; None without these."""
    spread = np.asarray(header.latent.get("code_std", []), np.float32)
    return int((spread**2 > ACTIVE_VARIANCE).sum()) if spread.shape == (math.prod(space_of(header).shape),) else None


def _numbers(header: Header, key: str, default: float) -> np.ndarray:
    values = np.asarray(header.latent.get(key, []), np.float32)
    size = math.prod(space_of(header).shape)
    return values if values.shape == (size,) else np.full(size, default, np.float32)
