"""A loaded model behind numpy: pictures in, codes out, and back. The one door through which the window sees torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from core.checkpoint import MODEL, Checkpoint, Header, load
from core.device import Compute, choose
from core.errors import CheckpointError, CoreError
from core.models.base import LatentModule, LatentSpec, create
from core.models.folding import fold

ENCODE_BATCH = 64


@dataclass(frozen=True, slots=True)
class Codes:
    """q(z|x) of some pictures: `mean` and `log_var`, both (B, D) float32."""

    mean: np.ndarray
    log_var: np.ndarray


class LatentEngine:
    """Encodes and decodes with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the processor in fp32 by default (a single face doesn't gain from more).
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        self.header: Header = checkpoint.header
        self.compute = compute or choose("cpu", "fp32")
        self.spec = LatentSpec(self.header.model.latent_dim, self.header.image_shape)
        model = create(self.header.model, self.spec, self.header.objective.likelihood)
        state = {name: torch.from_numpy(np.array(value)) for name, value in checkpoint.part(MODEL).items()}
        try:
            model.load_state_dict(state)
        except RuntimeError as error:
            raise CheckpointError(f"The checkpoint's weights don't fit its model: {error}") from None
        fold(model)
        self._model = model.to(self.compute.device).requires_grad_(False)

    @classmethod
    def load(cls, path: Path, compute: Compute | None = None) -> LatentEngine:
        """The engine for a checkpoint file. Raises CheckpointError."""
        return cls(load(path), compute)

    @property
    def id(self) -> str:
        """The checkpoint's id."""
        return self.header.id

    @property
    def module(self) -> LatentModule:
        """The network itself, folded for use, for what measures it."""
        return self._model

    def encode(self, images: np.ndarray) -> Codes:
        """uint8 pictures (B, H, W, C) of the model's size -> q(z|x).

        Raises:
            CoreError: the pictures are of another size.
        """
        channels, height, width = self.spec.image_shape
        if images.shape[1:] != (height, width, channels):
            raise CoreError(
                f"The pictures are {images.shape[2]}x{images.shape[1]} with {images.shape[3]} channels; "
                f"the model sees {width}x{height} with {channels}."
            )
        means, log_vars = [], []
        with torch.inference_mode():
            for start in range(0, len(images), ENCODE_BATCH):
                posterior = self._model.encode(self._to_device(images[start : start + ENCODE_BATCH]))
                means.append(posterior.mean.cpu().numpy())
                log_vars.append(posterior.log_var.cpu().numpy())
        empty = np.zeros((0, self.spec.latent_dim), np.float32)
        return Codes(np.concatenate(means or [empty]), np.concatenate(log_vars or [empty]))

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Codes (B, D) float32 -> uint8 pictures (B, H, W, C)."""
        with torch.inference_mode():
            codes = torch.from_numpy(np.require(z, np.float32, ("C", "W"))).to(self.compute.device)
            pictures = self._model.decode(codes)
            levels = pictures.mul(255.0).round_().to(torch.uint8).permute(0, 2, 3, 1)
            return np.ascontiguousarray(levels.cpu().numpy())

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Codes (count, D) from the prior; the same for the same seed on every machine."""
        return np.random.default_rng(seed).standard_normal((count, self.spec.latent_dim), dtype=np.float32)

    def _to_device(self, images: np.ndarray) -> torch.Tensor:
        pixels = torch.from_numpy(np.require(images, np.uint8, ("C", "W"))).to(self.compute.device)  # torch wants it writable
        return pixels.permute(0, 3, 1, 2).float().div_(255.0)
