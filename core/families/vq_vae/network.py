"""The autoencoder of a VQ-VAE: pictures -> a grid of codes -> pictures.

van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning", 2017 (arXiv 1711.00937), section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.families.networks.grid_trunk import GridNetwork, grid_decoder, grid_encoder
from core.families.vq_vae.codebook import Codebook

COMMITMENT_WEIGHT = 0.25  # beta of equation 3


@dataclass(frozen=True, slots=True, eq=False)
class Quantisation:
    """The result of a training step's forward pass, for the loss and for the codebook's update."""

    reconstruction: Tensor  # (B, C, H, W) float32, standardised pixels
    indices: Tensor  # (B, G, G) int64 in [0, K)
    vectors: Tensor  # (B * G * G, D) float32 without a gradient: what was quantised, row by row of each picture's grid
    commitment: Tensor  # scalar, see Codebook.forward


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The loss and its two parts, scalars. None depends on how many pictures, pixels or codes there are."""

    loss: Tensor  # reconstruction + weight * commitment: what is minimised
    reconstruction: Tensor  # mean squared error of a standardised pixel: the share of the pictures' variance that is lost
    commitment: Tensor  # mean squared distance of a vector to its code, unweighted


class VQVAE(GridNetwork):
    """The paper's network: strided 4x4 convolutions and residual blocks down to the grid, the mirror of them up.

    Vectors of `code_dim` numbers, far fewer than `hidden`, come from and go into 1x1 convolutions around the codebook: with
    so few dimensions all its codes stay in use. The weights are laid out channels-last. For 64x64 pictures and 16x16 codes
    a forward pass takes 0.08 GFLOP a picture with 64 hidden channels and 0.23 with 128.

    Args:
        image_shape: (C, H, W), H = W.
        grid: G, codes a side; H / G must be 2, 4, 8, ...
        hidden: channels of the convolutions on the grid.
        residual_blocks: how many, in the encoder and again in the decoder.
        residual_channels: channels inside them.
        codebook_size: K, how many codes.
        code_dim: D, how many numbers a code has.

    Raises:
        ConfigError: the pictures aren't square, or the grid doesn't fit them.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        grid: int = 16,
        hidden: int = 64,
        residual_blocks: int = 2,
        residual_channels: int = 32,
        codebook_size: int = 256,
        code_dim: int = 8,
    ) -> None:
        super().__init__(image_shape, grid, "A VQ-VAE")
        trunk = image_shape, grid, hidden, residual_blocks, residual_channels, code_dim
        self.encoder = grid_encoder(*trunk)
        self.codebook = Codebook(codebook_size, code_dim)
        self.decoder = grid_decoder(*trunk)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) float32 in [0, 1] -> the indices of its codes, (B, G, G) int64 in [0, K)."""
        return self._as_grid(self.codebook.nearest(self._vectors(x)))

    def decode(self, indices: Tensor) -> Tensor:
        """Indices (B, G, G) int64 in [0, K) -> pictures (B, C, H, W) float32 in [0, 1]."""
        return self.to_pixels(self.decode_raw(indices))

    def decode_raw(self, indices: Tensor) -> Tensor:
        """Indices (B, G, G) int64 in [0, K) -> standardised pixels (B, C, H, W) float32, not clamped."""
        return self._decoded(self.codebook.lookup(indices.flatten()))

    def decode_vectors(self, vectors: Tensor) -> Tensor:
        """Vectors (B, G * G * D) float32, of the codebook or others -> standardised pixels (B, C, H, W) float32, not clamped."""
        return self._decoded(vectors.reshape(-1, self.codebook.codes.shape[1]))

    def forward(self, x: Tensor) -> Quantisation:
        """A training step's forward pass over x (B, C, H, W) float32 in [0, 1]; it changes nothing.

        After the optimizer's step `update_codebook` is due, and before the first pass of a new model `initialise_codebook`.
        """
        vectors = self._vectors(x)
        quantised = self.codebook(vectors)
        reconstruction = self._decoded(quantised.vectors)
        return Quantisation(reconstruction, self._as_grid(quantised.indices), vectors.detach(), quantised.commitment)

    @torch.no_grad()
    def initialise_codebook(self, x: Tensor, generator: torch.Generator) -> None:
        """Put the codes of a new model among the vectors of its first batch of pictures x (B, C, H, W) in [0, 1]."""
        self.codebook.initialise(self._vectors(x), generator)

    def update_codebook(self, step: Quantisation, generator: torch.Generator) -> None:
        """Move the codes after a step, see Codebook.update."""
        self.codebook.update(step.vectors, step.indices.flatten(), generator)

    def _vectors(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) in [0, 1] -> what the codebook quantises, (B * G * G, D) float32."""
        features = self.encoder(self.standardise(x).contiguous(memory_format=torch.channels_last))
        return features.permute(0, 2, 3, 1).flatten(0, 2).float()

    def _decoded(self, vectors: Tensor) -> Tensor:
        """Codes (B * G * G, D) -> standardised pixels (B, C, H, W) float32."""
        grid = vectors.unflatten(0, (-1, self.grid, self.grid)).permute(0, 3, 1, 2)  # so it is channels-last already
        return self.decoder(grid).float()

    def _as_grid(self, indices: Tensor) -> Tensor:
        """(B * G * G,) -> (B, G, G)."""
        return indices.unflatten(0, (-1, self.grid, self.grid))


def loss_terms(target: Tensor, step: Quantisation, commitment_weight: float = COMMITMENT_WEIGHT) -> Terms:
    """Equation 3 of the paper without its second term, which the codebook's averages replace.

    Args:
        target: (B, C, H, W) standardised pixels of the pictures (`VQVAE.standardise`).
        step: the forward pass's result.
        commitment_weight: beta.
    """
    reconstruction = F.mse_loss(step.reconstruction, target)
    return Terms(reconstruction + commitment_weight * step.commitment, reconstruction, step.commitment)
