"""A checkpoint: one safetensors file with weights, optimizer and generator states, and a JSON header about all of it.

Nothing is ever unpickled. `docs/checkpoint.md` says every key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError, safe_open

from core.config import TrainConfig, all_settings, checked, from_dict, to_dict
from core.errors import CheckpointError, ConfigError, UnknownError
from core.files import expanded, to_json, write_whole
from core.places import shipped as shipped_folder
from core.version import UPDATE, VERSION, is_newer, written_by_newer

FORMAT = "labkhand-checkpoint"
FORMAT_VERSION = 1
KEY = "labkhand"  # of our JSON in the safetensors metadata
MODEL = "model."
OBJECTIVE = "objective."
RETOUCHER = "retoucher."
PRIOR = "prior."
USED = (MODEL, OBJECTIVE, RETOUCHER, PRIOR)  # what using a model takes; everything else is for --resume
SUFFIX = ".safetensors"
SHIPPED_FOLDER = shipped_folder("checkpoints")
DTYPES: Final[Mapping[str, str]] = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "uint16": "U16", "float16": "F16", "int32": "I32",
    "uint32": "U32", "float32": "F32", "float64": "F64", "int64": "I64", "uint64": "U64",
}  # fmt: skip
"""numpy's types by safetensors' names, in the order, backwards, in which a file has them."""
EARLIER: Final[Mapping[str, str]] = {
    "8a2e4bc7b6fc347cc984f1cbfdf5d7be9ead47189e09e1356146aad38d16ba9e": "faces",
    "4a30400689971b8f6c25fb977f2467b9684554a33ce2f6968b48d4f84bc59382": "faces",
    "19db0acb82e2f323320d2b93818003eb932596d9a19e4126a3d4232b950cc716": "faces",
}
"""Ids of models that came with the program once -> the name of the one that came in its place."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a checkpoint says about itself; it can be read without loading any weights."""

    id: str  # SHA-256 of the weights
    config: TrainConfig
    image_shape: tuple[int, int, int]  # (C, H, W)
    data: dict[str, Any] = field(default_factory=dict)  # name, fingerprint, classes, positive, counts, ...
    epoch: int = 0  # epochs finished
    history: list[dict[str, Any]] = field(default_factory=list)  # one dict an epoch
    latent: dict[str, Any] = field(default_factory=dict)  # kl_per_dim, code_mean, code_std: lists of D numbers
    directions: list[dict[str, Any]] = field(default_factory=list)
    training: dict[str, Any] = field(default_factory=dict)  # what --resume needs; empty once stripped
    program: str = VERSION

    @property
    def settings(self) -> Any:
        """Its family's own settings."""
        return self.config.settings

    def to_json(self) -> str:
        """The header as JSON text."""
        values = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "program": self.program,
            "id": self.id,
            "image_shape": list(self.image_shape),
            "config": to_dict(self.config),
            "data": self.data,
            "epoch": self.epoch,
            "history": self.history,
            "latent": self.latent,
            "directions": self.directions,
            "training": self.training,
        }
        return to_json(values)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A header with its tensors, as numpy arrays by name."""

    header: Header
    tensors: Mapping[str, np.ndarray]

    def part(self, prefix: str) -> dict[str, np.ndarray]:
        """The tensors whose names start with a prefix, without it."""
        return {name.removeprefix(prefix): value for name, value in self.tensors.items() if name.startswith(prefix)}


def weights_id(tensors: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over the model's tensors: name, type, shape and bytes, in the names' order."""
    digest = hashlib.sha256()
    for name in sorted(name for name in tensors if name.startswith(MODEL)):
        value = np.ascontiguousarray(tensors[name])
        digest.update(f"{name}|{value.dtype.str}|{value.shape}|".encode())
        digest.update(_bytes_of(value))
    return digest.hexdigest()


def save(path: Path, header: Header, tensors: Mapping[str, np.ndarray]) -> Header:
    """Write a checkpoint atomically (to a file beside it, flushed, then renamed); gives the header with its id filled in.

    Raises:
        CoreError: the folder can't be written or the disk is full; an old file stays as it was.
    """
    header = replace(header, id=weights_id(tensors))
    plain = {name: np.asarray(value, order="C") for name, value in tensors.items()}  # keeps scalars 0-dimensional

    def write(beside: Path) -> None:
        with open(beside, "wb") as file:  # not `save_file`, which doesn't say which errors are the disk's
            for piece in _pieces(plain, {KEY: header.to_json()}):
                file.write(piece)

    write_whole(Path(path), write)
    return header


def _pieces(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> Iterator[bytes | memoryview]:
    """A safetensors file, piece by piece, so that it is never in memory as a whole; the bytes are those that the library writes."""
    types = list(DTYPES)
    names = sorted(tensors, key=lambda name: (-types.index(tensors[name].dtype.name), name))
    entries: dict[str, Any] = {"__metadata__": dict(metadata)}
    start = 0
    for name in names:
        value = tensors[name]
        entries[name] = {
            "dtype": DTYPES[value.dtype.name],
            "shape": list(value.shape),
            "data_offsets": [start, start + value.nbytes],
        }
        start += value.nbytes
    head = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    head += b" " * (-len(head) % 8)
    yield len(head).to_bytes(8, "little")
    yield head
    for name in names:
        yield _bytes_of(tensors[name])


def _bytes_of(value: np.ndarray) -> memoryview:
    """The bytes of an array in C order, not copied."""
    return value.reshape(-1).view(np.uint8).data


def read_header(path: Path) -> Header:
    """The header of a checkpoint file. Raises CheckpointError as `load` does."""
    return _read(Path(path), names=())[0]


def load(path: Path, *, training_state: bool = False) -> Checkpoint:
    """A checkpoint's header and tensors.

    Args:
        path: a `.safetensors` file of ours.
        training_state: whether to load what only `--resume` needs (optimizer and generators), too.

    Raises:
        CheckpointError: the file is missing, cut off, not safetensors, not ours, of a newer version, or its weights
            are not what its header says.
    """
    header, tensors = _read(Path(path), names=None if training_state else USED)
    if weights_id(tensors) != header.id:
        raise CheckpointError(f"{path} is damaged: its weights are not those that its header names.", "Use another copy.")
    return Checkpoint(header, tensors)


def find(name: str) -> Path:
    """The file that CHECKPOINT on the command line stands for: a file, a run folder (its best), or a shipped model's name.

    Raises:
        CheckpointError: nothing of that name.
    """
    path = expanded(name)
    if path.is_file():
        return path
    if path.is_dir():
        for kind in ("best", "last"):
            inside = path / "checkpoints" / f"{kind}{SUFFIX}"
            if inside.is_file():
                return inside
    known = shipped()
    if name in known:
        return known[name]
    if path.is_dir():
        raise CheckpointError(f"The folder {name} holds no checkpoint yet.", "Give a run folder that finished an epoch.")
    raise CheckpointError(
        f"There is no checkpoint {name!r}.",
        f"Give a {SUFFIX} file, a run folder, or a shipped model: {', '.join(known) or 'none here'}.",
    )


def shipped() -> dict[str, Path]:
    """The models that come with the program, by name; `faces` first."""
    files = {path.stem: path for path in sorted(SHIPPED_FOLDER.glob(f"*{SUFFIX}"))}
    return {name: files[name] for name in sorted(files, key=lambda name: (name != "faces", name))}


def with_directions(path: Path, directions: list[dict[str, Any]]) -> Header:
    """Rewrite a checkpoint with other directions in its header. Raises CheckpointError or CoreError."""
    checkpoint = load(path, training_state=True)
    return save(path, replace(checkpoint.header, directions=directions), checkpoint.tensors)


def with_part(checkpoint: Checkpoint, prefix: str, entries: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Checkpoint:
    """A checkpoint with something that goes with its model, such as a retoucher, in place of the one that it has.

    Args:
        checkpoint: with or without one.
        prefix: with which the names of its tensors begin.
        entries: that say what it is, for the header's `data`.
        tensors: by their whole names.
    """
    others = {name: value for name, value in checkpoint.tensors.items() if not name.startswith(prefix)}
    return Checkpoint(replace(checkpoint.header, data={**checkpoint.header.data, **entries}), {**others, **tensors})


def keep_part(
    path: Path,
    checkpoint_id: str,
    prefix: str,
    entries: Mapping[str, Any],
    tensors: Mapping[str, np.ndarray],
    target: Path | None = None,
) -> bool:
    """Write what `with_part` puts in into a model's file, or a copy of it.

    Args:
        path: the checkpoint.
        checkpoint_id: of the model that it goes with.
        prefix: see `with_part`, as `entries` and `tensors`.
        entries: for the header's `data`.
        tensors: by their whole names.
        target: the file to write; None: the checkpoint itself.

    Returns:
        False, with nothing written, if the file meanwhile holds another model.

    Raises:
        CheckpointError: it can't be read.
        CoreError: it can't be written.
    """
    loaded = load(path, training_state=True)
    if loaded.header.id != checkpoint_id:
        return False
    changed = with_part(loaded, prefix, entries, tensors)
    save(target or path, changed.header, changed.tensors)
    return True


def strip(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint without what only `--resume` needs, and without paths of the machine that made it."""
    config = checkpoint.header.config
    name = checkpoint.header.data.get("name", Path(config.data.source).name)
    start = Path(config.start_from)
    begun = start.parent.parent.name if start.stem in ("best", "last") else start.stem  # a run is named by its folder
    files = {key: Path(getattr(config.settings, key)).name for key, one in all_settings(config.family).items() if one.file}
    settings = replace(config.settings, **files)
    config = replace(config, data=replace(config.data, source=str(name)), start_from=begun, settings=settings)
    tensors = {k: v for k, v in checkpoint.tensors.items() if k.startswith(USED)}
    return Checkpoint(replace(checkpoint.header, config=config, training={}), tensors)


def _read(path: Path, names: tuple[str, ...] | None) -> tuple[Header, dict[str, np.ndarray]]:
    """The header and the tensors whose names start with one of `names` (None: all)."""
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}.", f"Choose a {SUFFIX} file that Labkhand wrote.")
    try:
        with safe_open(path, framework="numpy") as opened:
            metadata = opened.metadata() or {}
            keys = [key for key in opened.keys() if names is None or key.startswith(names)] if names != () else []  # noqa: SIM118 - no dict
            header = _header(path, metadata)
            return header, {key: opened.get_tensor(key) for key in keys}
    except OSError as error:
        raise CheckpointError(f"{path} can't be read: {error.strerror or error}.", "Use another copy.") from error
    except (SafetensorError, TypeError) as error:
        is_one = path.suffix.lower() == SUFFIX
        what = "is cut off or damaged" if is_one else "isn't a model's file"
        raise CheckpointError(f"{path} {what}.", f"Choose a {SUFFIX} file that Labkhand wrote.") from error


def _header(path: Path, metadata: Mapping[str, str]) -> Header:
    """The header out of a file's metadata."""
    foreign = CheckpointError(
        f"{path} is a safetensors file of another program.", "Give one that Labkhand wrote; it says so in its header."
    )
    try:
        values = json.loads(metadata[KEY])
    except (KeyError, ValueError, RecursionError):
        raise foreign from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise foreign
    version, program = values.get("version"), values.get("program", "")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise CheckpointError(written_by_newer(str(path), program), UPDATE)
    if version != FORMAT_VERSION:
        raise CheckpointError(f"{path} has a broken header (version {version!r}).", "Use another copy.")
    try:
        channels, height, width = (int(side) for side in values["image_shape"])
        config = checked(from_dict(TrainConfig, values["config"]))
        if (channels, height, width) != (config.data.channels, config.data.image_size, config.data.image_size):
            raise ValueError("its picture size is not that of its settings")
        return Header(
            id=str(values["id"]),
            config=config,
            image_shape=(channels, height, width),
            data=dict(values["data"]),
            epoch=int(values["epoch"]),
            history=list(values["history"]),
            latent=dict(values["latent"]),
            directions=list(values["directions"]),
            training=dict(values["training"]),
            program=str(values.get("program", "")),
        )
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        # A header is never written by hand, so a key that this version doesn't know comes from a later one.
        if is_newer(program) or isinstance(error, UnknownError):
            raise CheckpointError(f"{written_by_newer(str(path), program)} ({error})", UPDATE) from None
        raise CheckpointError(f"{path} has a broken header ({error}).", "Use another copy.") from None
