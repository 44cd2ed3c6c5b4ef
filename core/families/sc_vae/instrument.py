"""A trained SC-VAE behind numpy: pictures in, sparse codes out, and back."""

from __future__ import annotations

import numpy as np
import torch

from core.checkpoint import MODEL, Checkpoint
from core.config import TrainConfig
from core.device import Compute
from core.errors import CoreError
from core.families.sc_vae.family import NO_PRIOR
from core.families.sc_vae.network import SCVAE
from core.latent.code import NOTHING, Code, Given, values_in
from core.latent.opened import ENCODE_BATCH, OpenedModel

SPACE = "coefficients"


def network_of(config: TrainConfig, image_shape: tuple[int, int, int]) -> SCVAE:
    """A new network with random weights, as the settings describe it. Raises ConfigError where the grid doesn't fit."""
    own = config.settings
    trunk = own.grid, own.hidden, own.residual_blocks, own.residual_channels
    return SCVAE(image_shape, *trunk, own.atoms, own.code_dim, own.threshold, own.ista_steps)


class ScInstrument(OpenedModel):
    """Encodes and decodes with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the CPU in fp32 by default.

    Raises:
        CheckpointError: its tensors don't fit its settings.
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        super().__init__(checkpoint.header, compute)
        self._model = self.ready(network_of(self.header.config, self.header.image_shape), checkpoint.part(MODEL))

    @property
    def module(self) -> SCVAE:
        """The network itself, for what measures it."""
        return self._model

    def sample(self, count: int, seed: int) -> np.ndarray:
        """There is nothing to draw from: raises CoreError."""
        raise CoreError("An SC-VAE can't be sampled.", NO_PRIOR)

    def encode(self, pictures: np.ndarray, given: Given = NOTHING, threshold: float | None = None) -> Code:
        """uint8 pictures (B, H, W, C) of the model's size -> the coefficients in each place, (B, grid, grid, atoms) float32.

        Args:
            pictures: the pictures.
            given: nothing that it takes.
            threshold: another one than it was trained with: fewer coefficients stay where it is higher.

        Raises:
            CoreError: the pictures are of another size or type.
        """
        parts = [np.zeros((0, *self.spaces[SPACE].shape), np.float32)]
        with torch.inference_mode():
            parts += [self._model.encode(x, threshold).cpu().numpy() for x in self.pixels(pictures)]
        return Code(SPACE, np.concatenate(parts))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Coefficients -> uint8 pictures (B, H, W, C).

        Args:
            codes: (B, grid, grid, atoms) or (B, grid * grid * atoms), finite numbers.
            given: nothing that it takes.

        Raises:
            CoreError: a code is of another size, or holds what is no number.
        """
        return self.pictures(self._model.decode(part) for part in self._coefficients(codes).split(ENCODE_BATCH))

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """As `decode`, but float32 (B, H, W, C), the network's output: standardised pixels, not clamped."""
        return self.numbers(self._model.decode_raw(part) for part in self._coefficients(codes).split(ENCODE_BATCH))

    def atoms(self) -> np.ndarray:
        """All atoms, each of length 1, float32 (atoms, code_dim)."""
        return np.array(self._model.dictionary.atoms.cpu().numpy())

    def _coefficients(self, codes: Code | np.ndarray) -> torch.Tensor:
        """Codes as float32 (B, grid, grid, atoms) on the device, if they are valid for this model."""
        values = values_in(codes, SPACE)
        shape = self.spaces[SPACE].shape
        if values.shape[1:] not in (shape, (int(np.prod(shape)),)):
            size = " × ".join(map(str, shape))
            raise CoreError(f"A code of this model has {size} coefficients, not {' × '.join(map(str, values.shape[1:]))}.")
        numbers = np.asarray(values, np.float32)
        if not np.isfinite(numbers).all():
            raise CoreError("A coefficient of this code is no finite number.", "Encode the picture again.")
        return torch.from_numpy(np.require(numbers, np.float32, ("C", "W"))).view(-1, *shape).to(self.compute.device)
