"""Tensors in a file that torch.save wrote, read by interpreting it, so that nothing in it is ever run.

Such a file says how its table of tensors is put together in the opcodes of a small stack machine that could call anything. Here
only the opcodes and the few names that a table of tensors needs are known (an allow-list); at any other the reading ends. Both of
torch's layouts are read: the archive of 1.6 and later, and the plain stream before.
"""

from __future__ import annotations

import io
import math
import pickletools
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

DTYPES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4",
    "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip
MOST_OPCODES = 1_000_000
MOST_TIMES = 4  # as many bytes as the file has may the arrays have together
_MAGIC = 0x1950A86A20F9469CFC6C  # with which the older layout begins
_ORDERED, _REBUILD, _PARAMETER = "collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter"
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_NUMBERS = frozenset(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "INT", "LONG", "FLOAT"))
_TEXTS = frozenset(("BINUNICODE", "SHORT_BINUNICODE", "UNICODE"))
_PASSED = frozenset(("PROTO", "FRAME"))


class NotTensors(ValueError):  # noqa: N818 - what the file is
    """The file holds other things than tensors, or is damaged: what it is, within a sentence."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A name from the allow-list, which stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class _Storage:
    """A run of numbers of a file."""

    dtype: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor over such a run."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Mark:
    """Where a group on the stack begins."""


def read_tensors(path: Path) -> Any:
    """What a file holds: tables, lists, numbers and texts, with numpy arrays for tensors.

    Raises:
        NotTensors: it holds anything else, or is damaged.
        OSError: it can't be read.
    """
    data = path.read_bytes()
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            return _read_archive(data)
        return _read_stream(data)
    except (
        zipfile.BadZipFile,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        ValueError,
        OverflowError,
        EOFError,
        RuntimeError,  # an entry is encrypted, or of a kind that zipfile doesn't know; tables too deep in each other
    ) as error:
        if isinstance(error, NotTensors):
            raise
        raise NotTensors("is damaged, or no file that torch.save wrote") from None


def _read_archive(data: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:

        def part(name: str) -> bytes:
            entry = archive.getinfo(name)
            if entry.compress_type != zipfile.ZIP_STORED:  # torch never packs them; a small file may unpack to any size
                raise NotTensors("is packed, as torch.save doesn't do it")
            return archive.read(entry)

        (table,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = table.removesuffix("data.pkl")
        order = part(f"{folder}byteorder") if f"{folder}byteorder" in archive.namelist() else b"little"
        if order != b"little":
            raise NotTensors("was written by a machine of another byte order")
        found = _interpreted(io.BytesIO(part(table)))
        read = cache(part)  # many tensors may share a storage
        return _Arrays(lambda storage: np.frombuffer(read(f"{folder}data/{storage.key}"), storage.dtype), MOST_TIMES * len(data))(
            found
        )


def _read_stream(data: bytes) -> Any:
    stream = io.BytesIO(data)
    if _interpreted(stream) != _MAGIC:
        raise NotTensors("is no file that torch.save wrote")
    _interpreted(stream)  # its version
    if not _interpreted(stream).get("little_endian", True):
        raise NotTensors("was written by a machine of another byte order")
    sizes: dict[str, _Storage] = {}
    found = _interpreted(stream, sizes)
    kept: dict[str, np.ndarray] = {}
    for key in _interpreted(stream):
        storage = sizes[key]
        count = int.from_bytes(stream.read(8), "little")
        kept[key] = np.frombuffer(stream.read(count * np.dtype(storage.dtype).itemsize), storage.dtype)
    return _Arrays(lambda storage: kept[storage.key], MOST_TIMES * len(data))(found)


class _Arrays:
    """Puts arrays in place of what describes them: each once, and no more in all than the file itself may hold.

    Args:
        numbers: gives those of a storage.
        most: bytes.
    """

    def __init__(self, numbers: Callable[[_Storage], np.ndarray], most: int) -> None:
        self._numbers, self._left = numbers, most
        self._known: dict[int, Any] = {}  # what is in the table more than once, as it may be in itself

    def __call__(self, found: Any) -> Any:
        if not isinstance(found, _Tensor | Mapping | list | tuple):
            return found
        if id(found) not in self._known:
            self._known[id(found)] = self._made(found)
        return self._known[id(found)]

    def _made(self, found: Any) -> Any:
        if isinstance(found, _Tensor):
            self._left -= math.prod(found.shape) * np.dtype(found.storage.dtype).itemsize
            if self._left < 0:
                raise NotTensors("is damaged: a tensor in it is larger than its numbers")
            return _array(found, self._numbers(found.storage))
        if isinstance(found, Mapping):
            return {key: self(value) for key, value in found.items()}
        return [self(value) for value in found]


def _array(tensor: _Tensor, numbers: np.ndarray) -> np.ndarray:
    """A tensor's numbers; nothing outside its storage is touched."""
    lengths = zip(tensor.shape, tensor.strides, strict=True)
    if min((0, tensor.offset, *tensor.shape, *tensor.strides)) < 0:
        raise NotTensors("is damaged")
    if 0 in tensor.shape:
        return np.zeros(tensor.shape, tensor.storage.dtype)
    last = tensor.offset + sum((length - 1) * stride for length, stride in lengths)
    if last >= len(numbers) or math.prod(tensor.shape) > len(numbers):  # no file is to grow in memory
        raise NotTensors("is damaged: a tensor in it is larger than its numbers")
    size = numbers.itemsize
    strides = tuple(stride * size for stride in tensor.strides)
    return np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, strides, writeable=False).copy()


def _interpreted(stream: io.BytesIO, storages: dict[str, _Storage] | None = None) -> Any:
    """What the next table of opcodes in a stream puts together; the storages in it are noted by their keys."""
    stack: list[Any] = []
    noted: dict[str, _Storage] = {} if storages is None else storages
    memo: dict[int, Any] = {}
    opcodes: Iterator[tuple[Any, Any, int | None]] = pickletools.genops(stream)
    for number, (opcode, argument, _) in enumerate(opcodes):
        if number > MOST_OPCODES:
            raise NotTensors("holds too much")
        name = opcode.name
        if name == "STOP":
            return stack.pop()
        if name in _PASSED:
            continue
        if name in _NUMBERS or name in _TEXTS:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            memo[int(argument)] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(memo[int(argument)])
        elif name == "GLOBAL":
            stack.append(_allowed(str(argument)))
        elif name == "STACK_GLOBAL":
            item = stack.pop()
            stack.append(_allowed(f"{stack.pop()} {item}"))
        elif name == "BINPERSID":
            storage = _storage(stack.pop())
            noted[storage.key] = storage
            stack.append(storage)
        elif name == "REDUCE":
            arguments = stack.pop()
            stack.append(_made(stack.pop(), arguments))
        elif name == "BUILD":  # what a table of torch's has besides: the versions of its parts
            stack.pop()
        else:
            _collect(name, stack)
    raise NotTensors("is cut off")


def _collect(name: str, stack: list[Any]) -> None:
    """The opcodes that put together tables, lists and tuples."""
    if name == "MARK":
        stack.append(_Mark)
    elif name in ("EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE"):
        stack.append({} if name == "EMPTY_DICT" else [] if name == "EMPTY_LIST" else ())
    elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
        count = int(name[-1])
        stack[-count:] = [tuple(stack[-count:])]
    elif name in ("TUPLE", "LIST", "DICT"):
        items = _since_mark(stack)
        stack.append(tuple(items) if name == "TUPLE" else items if name == "LIST" else _pairs(items))
    elif name in ("SETITEM", "SETITEMS"):
        items = _since_mark(stack) if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
        _is(stack[-1], dict).update(_pairs(items))
    elif name in ("APPEND", "APPENDS"):
        items = _since_mark(stack) if name == "APPENDS" else [stack.pop()]
        _is(stack[-1], list).extend(items)
    else:
        raise NotTensors("holds more than tensors")


def _allowed(name: str) -> _Name:
    known = name in (_ORDERED, _REBUILD, _PARAMETER)
    kind = name.removeprefix("torch ")
    if not known and not (name.startswith("torch ") and kind in DTYPES):
        raise NotTensors("holds more than tensors")
    return _Name(name)


def _made(what: Any, arguments: Sequence[Any]) -> Any:
    """What the names of the allow-list give."""
    if what == _Name(_ORDERED):
        return {} if not arguments else _pairs([part for pair in arguments[0] for part in pair])
    if what == _Name(_PARAMETER):
        return _is(arguments[0], _Tensor)
    if what != _Name(_REBUILD):
        raise NotTensors("holds more than tensors")
    storage, offset, shape, strides = arguments[:4]
    numbers = [int(one) for one in (offset, *shape, *strides)]
    return _Tensor(_is(storage, _Storage), numbers[0], tuple(numbers[1 : 1 + len(shape)]), tuple(numbers[1 + len(shape) :]))


def _storage(said: Any) -> _Storage:
    """What the file says of a run of numbers: ("storage", kind, key, device, count)."""
    word, kind, key, _, count = _is(said, tuple)[:5]
    if word != "storage":
        raise NotTensors("holds more than tensors")
    return _Storage(DTYPES[_is(kind, _Name).text.removeprefix("torch ")], str(key), int(count))


def _since_mark(stack: list[Any]) -> list[Any]:
    at = len(stack) - 1 - stack[::-1].index(_Mark)
    items = stack[at + 1 :]
    del stack[at:]
    return items


def _pairs(items: Sequence[Any]) -> dict[Any, Any]:
    return dict(zip(items[::2], items[1::2], strict=True))


def _is(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise NotTensors("is damaged")
    return value
