"""What the instruments of all families share: a network made ready, and pictures on their way to torch and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from core.checkpoint import Header
from core.device import Compute, choose
from core.errors import CoreError
from core.families.base import Can
from core.families.networks.weights import load_weights
from core.families.registry import family
from core.latent.code import NOTHING, Code, Given, must_be_pictures
from core.latent.instrument import ByHeader
from core.wording import capital

ENCODE_BATCH = 64  # pictures at once
N = TypeVar("N", bound=nn.Module)


class OpenedModel(ByHeader):
    """A trained model of any family; its own instrument adds the network, and what it does.

    Args:
        header: of its checkpoint.
        compute: where it computes; the CPU in fp32 by default (a single face doesn't gain from more).
    """

    def __init__(self, header: Header, compute: Compute | None = None) -> None:
        super().__init__(header)
        self.compute = compute or choose("cpu", "fp32")

    def ready(self, network: N, weights: Mapping[str, np.ndarray]) -> N:
        """A new network with a checkpoint's weights, on the model's device, in evaluation mode. Raises CheckpointError."""
        load_weights(network, weights)
        return network.to(self.compute.device).eval().requires_grad_(False)

    def pixels(self, pictures: np.ndarray) -> Iterator[Tensor]:
        """Pictures for the network, some at a time.

        Args:
            pictures: uint8 (B, H, W, C) of the model's size.

        Yields:
            (n, C, H, W) float32 in [0, 1] on the model's device, n at most 64.

        Raises:
            CoreError: they are of another size or type.
        """
        must_be_pictures(pictures, self.header.image_shape)
        for start in range(0, len(pictures), ENCODE_BATCH):
            part = np.require(pictures[start : start + ENCODE_BATCH], np.uint8, ("C", "W"))  # torch wants it writable
            yield torch.from_numpy(part).to(self.compute.device).permute(0, 3, 1, 2).float().div_(255.0)

    def pictures(self, pixels: Iterable[Tensor]) -> np.ndarray:
        """The way back: parts (n, C, H, W) in [0, 1] -> uint8 (B, H, W, C)."""
        levels = [part.mul(255.0).round_().to(torch.uint8) for part in pixels]
        return self._channels_last(levels or [torch.zeros((0, *self.header.image_shape), dtype=torch.uint8)])

    def numbers(self, raw: Iterable[Tensor]) -> np.ndarray:
        """What a network gives before it is made pixels: parts (n, C, H, W) -> float32 (B, H, W, C)."""
        parts = [part.float() for part in raw]
        return self._channels_last(parts or [torch.zeros((0, *self.header.image_shape))])

    def _channels_last(self, parts: list[Tensor]) -> np.ndarray:
        return np.ascontiguousarray(torch.cat(parts).permute(0, 2, 3, 1).cpu().numpy())


class WithoutCodes(OpenedModel):
    """A trained model that turns pictures into pictures without codes in between: what asks for codes is refused."""

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        """It has no codes: raises CoreError."""
        self._has_none(Can.ENCODE, "encode pictures")

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """It has no codes: raises CoreError."""
        self._has_none(Can.DECODE, "decode codes")

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """It has no codes: raises CoreError."""
        self._has_none(Can.DECODE, "decode codes")

    def sample(self, count: int, seed: int) -> np.ndarray:
        """It has no codes: raises CoreError."""
        self._has_none(Can.SAMPLE, "be sampled")

    def _has_none(self, ability: Can, what: str) -> NoReturn:
        kind = family(self.header.config.family)
        raise CoreError(f"{capital(kind.one)} can't {what}: it has no codes.", kind.without[ability])
