"""A trained VQ-VAE behind numpy: pictures in, grids of codes out, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from core.checkpoint import MODEL, Checkpoint, Header
from core.config import TrainConfig
from core.device import Compute, choose
from core.errors import CheckpointError, CoreError
from core.families.base import Can, CodeSpace
from core.families.registry import family
from core.families.vq_vae.network import VQVAE
from core.latent.code import NOTHING, Code, Given, must_be_pictures, values_in

SPACE = "codes"
BATCH = 64


def network_of(config: TrainConfig, image_shape: tuple[int, int, int]) -> VQVAE:
    """A new network with random weights, as the settings describe it. Raises ConfigError where the grid doesn't fit."""
    own = config.settings
    return VQVAE(image_shape, own.grid, own.hidden, own.residual_blocks, own.residual_channels, own.codebook_size, own.code_dim)


class VqInstrument:
    """Encodes and decodes with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the CPU in fp32 by default.

    Raises:
        CheckpointError: its tensors don't fit its settings.
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        self.header: Header = checkpoint.header
        self.compute = compute or choose("cpu", "fp32")
        model = network_of(self.header.config, self.header.image_shape)
        state = {name: torch.from_numpy(np.array(value)) for name, value in checkpoint.part(MODEL).items()}
        try:
            model.load_state_dict(state)
        except RuntimeError as error:
            raise CheckpointError(f"The checkpoint's weights don't fit its model: {error}") from None
        self._model = model.to(self.compute.device).eval().requires_grad_(False)

    classes: tuple[str, ...] = ()  # not conditional
    class_name = ""
    class_number = 0
    retoucher = None

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
    def module(self) -> VQVAE:
        """The network itself, for what measures it."""
        return self._model

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        """uint8 pictures (B, H, W, C) of the model's size -> the code at each place, (B, grid, grid) int64.

        Raises:
            CoreError: the pictures are of another size or type.
        """
        must_be_pictures(pictures, self.header.image_shape)
        grid = self._model.grid
        parts = [np.zeros((0, grid, grid), np.int64)]
        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                part = torch.from_numpy(np.require(pictures[start : start + BATCH], np.uint8, ("C", "W"))).to(self.compute.device)
                parts.append(self._model.encode(part.permute(0, 3, 1, 2).float().div_(255.0)).cpu().numpy())
        return Code(SPACE, np.concatenate(parts))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Grids of codes -> uint8 pictures (B, H, W, C).

        Args:
            codes: (B, grid, grid) or (B, grid * grid), whole numbers in [0, codebook_size) of any type.

        Raises:
            CoreError: a code isn't one of the codebook's, or the grid is of another size.
        """
        parts = [self._model.decode(part) for part in self._indices(codes).split(BATCH)]
        pictures = torch.cat(parts) if parts else torch.zeros((0, *self.header.image_shape))
        return np.ascontiguousarray(pictures.mul(255.0).round_().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy())

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """As `decode`, but float32 (B, H, W, C), the network's output: standardised pixels, not clamped."""
        parts = [self._model.decode_raw(part) for part in self._indices(codes).split(BATCH)]
        raw = torch.cat(parts) if parts else torch.zeros((0, *self.header.image_shape))
        return np.ascontiguousarray(raw.permute(0, 2, 3, 1).cpu().numpy())

    def _indices(self, codes: Code | np.ndarray) -> torch.Tensor:
        """Grids of codes as int64 (B, grid, grid) on the device, if they are valid for this model."""
        values = values_in(codes, SPACE)
        grid, size = self._model.grid, len(self._model.codebook.codes)
        if values.shape[1:] not in ((grid, grid), (grid * grid,)):
            raise CoreError(f"A code of this model is a grid of {grid}x{grid}, not {'x'.join(map(str, values.shape[1:]))}.")
        whole = np.rint(np.asarray(values, np.float64))
        if not np.array_equal(whole, values) or (whole.size and not 0 <= whole.min() <= whole.max() < size):
            raise CoreError(f"A code of this model is a whole number from 0 to {size - 1}.", "These were made by another model.")
        return torch.from_numpy(whole.astype(np.int64)).view(-1, grid, grid).to(self.compute.device)

    @property
    def draws_typical(self) -> bool:
        """No: it draws from the whole prior."""
        return False

    def sample(self, count: int, seed: int) -> np.ndarray:
        """There is no prior yet. Raises CoreError."""
        raise CoreError(
            "This VQ-VAE has learned no prior, so it can't be sampled.", "Use a model of another family, such as a VAE."
        )

    def codebook(self) -> np.ndarray:
        """All codes, float32 (codebook_size, code_dim)."""
        return np.array(self._model.codebook.codes.cpu().numpy())
