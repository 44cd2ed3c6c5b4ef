"""Weights of a ResNet18 from a person's own file, for the encoder: read without running anything that the file holds.

Files are those that torchvision and most programs write: a table of tensors, as safetensors or by torch.save, with torchvision's
names. The latter are interpreted by a list of what is allowed (`core.families.networks.torch_file`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from core.errors import DataError
from core.families.networks.torch_file import NotTensors, read_tensors
from core.files import printable

LARGEST = 500_000_000  # bytes; the whole of a ResNet18 has 47 million
SAFETENSORS = ".safetensors"
HINT = "Give a ResNet18 as torchvision writes it: resnet18 .pth or .pt, or the same as .safetensors."
_FIRST = "conv1.weight"
_TABLES = ("state_dict", "model", "model_state_dict")  # in which some programs keep them
_STD = (0.229, 0.224, 0.225)  # of red, green and blue in ImageNet, by which such a network's pictures were divided
_PARTS = {"conv1": 0, "bn1": 1, "layer1": 4, "layer2": 5}  # torchvision's names -> places in `networks`' ResNet18
_COUNTED = "num_batches_tracked"


def load_encoder(layers: nn.Sequential, path: Path) -> None:
    """Put a file's weights into the encoder of a ResNet18 colouriser; the rest of the network stays.

    The three colour channels of the first layer become one, for lightness from -1 to 1; points begin without effect.

    Args:
        layers: of a `networks.Colouriser` with RESNET18.
        path: of the file.

    Raises:
        DataError: it can't be read, holds other things than weights, or another network's.
    """
    given = _named_as_torchvision(_read(path), path)
    entry = layers[0]
    assert isinstance(entry, nn.Conv2d)
    first = given[_FIRST]
    if first.ndim != 4 or first.shape[0] != 64 or first.shape[1] not in (1, 3) or tuple(first.shape[2:]) != (7, 7):
        raise _other(path, _FIRST, first)
    weights = {f"0.{name}": value for name, value in entry.state_dict().items()}
    weights["0.weight"] = _for_lightness(first, entry.in_channels)
    for part, place in _PARTS.items():
        if part == "conv1":
            continue
        for name, value in layers[place].state_dict().items():
            key = f"{part}.{name}"
            if key not in given and not name.endswith(_COUNTED):
                raise DataError(f"{printable(path.name)} has no {key}, as a ResNet18 has.", HINT)
            found = given.get(key, value)
            if found.shape != value.shape:
                raise _other(path, key, found)
            weights[f"{place}.{name}"] = found.to(value.dtype)
    if not all(bool(torch.isfinite(one).all()) for one in weights.values()):
        raise DataError(f"Some weights in {printable(path.name)} are no numbers.", "Use another copy of the file.")
    layers.load_state_dict(layers.state_dict() | weights)


def _for_lightness(first: Tensor, entering: int) -> Tensor:
    """The first layer for lightness from -1 to 1, where pictures had red, green and blue by ImageNet's scale, (64, 1, 7, 7)."""
    first = first.float()
    if first.shape[1] == 3:  # grey is all three; half, since -1 to 1 is twice as wide as 0 to 1
        first = (first / (2.0 * torch.tensor(_STD))[:, None, None]).sum(dim=1, keepdim=True)
    return torch.cat((first, first.new_zeros((64, entering - 1, 7, 7))), dim=1)


def _read(path: Path) -> Mapping[str, Any]:
    """The tables in a file."""
    name = printable(path.name)
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:  # ValueError: no system has a file of that name
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{printable(str(path))} can't be read: {reason}.", "Check the name of the weights' file.") from None
    if not path.is_file() or size > LARGEST:
        raise DataError(f"{name} is {'too large for' if path.is_file() else 'no file of'} a ResNet18's weights.", HINT)
    try:
        if path.suffix.lower() == SAFETENSORS:
            return load_file(path)
        found = read_tensors(path)
    except NotTensors as wrong:
        raise DataError(f"{name} {wrong}.", f"{HINT} Nothing in it was run.") from None
    except (SafetensorError, OSError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError(f"{name} can't be read as weights: {printable(reason)}", HINT) from None
    if not isinstance(found, Mapping):
        raise DataError(f"{name} holds no table of weights.", HINT)
    return found


def _named_as_torchvision(found: Mapping[str, Any], path: Path) -> dict[str, Tensor]:
    """Weights by torchvision's names, without what some programs put around or before them."""
    for table in _TABLES:
        if isinstance(inner := found.get(table), Mapping):
            found = inner
    names = [name for name in found if isinstance(name, str) and (name == _FIRST or name.endswith(f".{_FIRST}"))]
    if not names:
        raise DataError(f"{printable(path.name)} holds no weights of a ResNet18: there is no {_FIRST}.", HINT)
    before = min(names, key=len).removesuffix(_FIRST)
    return {
        str(name).removeprefix(before): value if isinstance(value, Tensor) else torch.from_numpy(np.array(value))
        for name, value in found.items()
        if str(name).startswith(before) and isinstance(value, np.ndarray | Tensor)
    }


def _other(path: Path, name: str, found: Tensor) -> DataError:
    size = " × ".join(map(str, found.shape)) or "a single number"
    return DataError(f"{printable(path.name)} holds another network: its {name} is {size}.", HINT)
