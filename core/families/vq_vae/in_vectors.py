"""A VQ-VAE whose codes are the vectors that the decoder gets: they can be added, so directions are fitted on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch

from core.errors import CoreError
from core.families.base import VECTOR, Can, CodeSpace
from core.families.vq_vae.network import VQVAE
from core.latent.code import NOTHING, Code, Given, values_in
from core.latent.instrument import TokenInstrument
from core.latent.looked_up import VECTORS, vectors
from core.latent.opened import ENCODE_BATCH, OpenedModel


class Whole(TokenInstrument, Protocol):
    """A trained VQ-VAE."""

    @property
    def module(self) -> VQVAE: ...


class InVectors(OpenedModel):
    """The same model, with vectors for codes; those of a picture in one row of grid * grid * code_dim numbers.

    What it decodes needn't be vectors of the codebook: the decoder takes any.

    Args:
        instrument: the model.
    """

    def __init__(self, instrument: Whole) -> None:
        super().__init__(instrument.header, instrument.compute)
        self._model = instrument
        self._codebook = instrument.codebook()

    @property
    def can(self) -> frozenset[Can]:
        """What one can do with it."""
        return frozenset({Can.ENCODE, Can.DECODE, Can.MOVE})

    @property
    def spaces(self) -> Mapping[str, CodeSpace]:
        """One, of the vectors."""
        (tokens,) = self._model.spaces.values()
        rows, columns = tokens.shape
        return {VECTORS: CodeSpace(VECTOR, (rows * columns * self._codebook.shape[1],))}

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        """uint8 pictures (B, H, W, C) of the model's size -> the vectors of their codes, (B, D) float32. Raises CoreError."""
        return Code(VECTORS, vectors(self._model.encode(pictures, given).flat, self._codebook))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Vectors (B, D) -> uint8 pictures (B, H, W, C). Raises CoreError for vectors of another length."""
        network = self._model.module
        return self.pictures(network.to_pixels(network.decode_vectors(part)) for part in self._rows(codes).split(ENCODE_BATCH))

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """As `decode`, but float32 (B, H, W, C), the network's output: standardised pixels, not clamped."""
        return self.numbers(self._model.module.decode_vectors(part) for part in self._rows(codes).split(ENCODE_BATCH))

    def sample(self, count: int, seed: int) -> np.ndarray:
        """The vectors of grids of codes from the prior, (count, D). Raises CoreError without one."""
        return vectors(self._model.sample(count, seed).reshape(count, -1), self._codebook)

    def _rows(self, codes: Code | np.ndarray) -> torch.Tensor:
        values = np.asarray(values_in(codes, VECTORS), np.float32)
        (size,) = self.spaces[VECTORS].shape
        if values.ndim != 2 or values.shape[1] != size:
            raise CoreError(f"The vectors of a picture are {size:,} numbers for this model, not {values.shape[1:]}.")
        return torch.from_numpy(np.array(values)).to(self.compute.device)
