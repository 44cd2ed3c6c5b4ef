"""The autoencoder of an SC-VAE: pictures -> a grid of vectors -> sparse codes over a dictionary -> pictures.

Xiao et al., "SC-VAE: Sparse Coding-based Variational Autoencoder with Learned ISTA", 2023 (arXiv 2303.16666).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.families.networks.grid_trunk import GridNetwork, grid_decoder, grid_encoder
from core.families.sc_vae.dictionary import Dictionary

SETTLED = 8  # times the steps of training for a code that is kept: about a third fewer of its coefficients are then not 0
LEAST_VARIANCE = 1e-10  # of a channel: torch's 1e-5 would be a floor that an encoder could shrink below


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """The result of a forward pass, for the loss and for what is measured."""

    reconstruction: Tensor  # (B, C, H, W) float32, standardised pixels
    codes: Tensor  # (B, G, G, K) float32: z, most of them 0
    vectors: Tensor  # (B, G, G, D) float32: z_e, what was coded, of variance 1 in each channel
    left_out: Tensor  # scalar: the mean square of what the codes leave out of the vectors, whose own is 1


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The loss and its two parts, scalars. None depends on how many pictures, pixels or places there are."""

    loss: Tensor  # reconstruction + weight * left_out: what is minimised
    reconstruction: Tensor  # mean squared error of a standardised pixel: the share of the pictures' variance that is lost
    left_out: Tensor  # see Coding


class SCVAE(GridNetwork):
    """Strided 4x4 convolutions and residual blocks down to a grid, sparse coding in each of its places, the mirror of them up.

    The encoder's vectors are centred and scaled, channel by channel, by a BatchNorm without weights before they are coded, so
    that their product with an atom has about the variance 1 and the threshold is in units of it. The published network has
    nothing like it: its encoder can shrink all vectors below the threshold, which then passes nothing and teaches nothing,
    or enlarge them until the threshold means nothing. The weights are laid out channels-last.

    Args:
        image_shape: (C, H, W), H = W.
        grid: G, places a side; H / G must be 2, 4, 8, ...
        hidden: channels of the convolutions on the grid.
        residual_blocks: how many, in the encoder and again in the decoder.
        residual_channels: channels inside them.
        atoms: K, how many atoms the dictionary has.
        code_dim: D, how many numbers an atom has.
        threshold: lambda of sparse coding, in units of the vectors' scale.
        steps: T, how many steps of ISTA a code takes in training; SETTLED times as many in evaluation mode.

    Raises:
        ConfigError: the pictures aren't square, or the grid doesn't fit them.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        grid: int = 8,
        hidden: int = 64,
        residual_blocks: int = 2,
        residual_channels: int = 32,
        atoms: int = 128,
        code_dim: int = 24,
        threshold: float = 0.2,
        steps: int = 16,
    ) -> None:
        super().__init__(image_shape, grid, "An SC-VAE")
        trunk = image_shape, grid, hidden, residual_blocks, residual_channels, code_dim
        self.threshold = threshold
        self.steps = steps
        self.encoder = grid_encoder(*trunk)
        self.norm = nn.BatchNorm2d(code_dim, eps=LEAST_VARIANCE, affine=False)
        self.dictionary = Dictionary(atoms, code_dim)
        self.decoder = grid_decoder(*trunk)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def vectors(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) in [0, 1] -> what is coded, z_e of (B, G, G, D) float32 about the variance 1 in each channel."""
        features = self.encoder(self.standardise(x).contiguous(memory_format=torch.channels_last))
        return self.norm(features.float()).permute(0, 2, 3, 1)  # type: ignore[no-any-return]

    def encode(self, x: Tensor, threshold: float | None = None) -> Tensor:
        """x (B, C, H, W) float32 in [0, 1] -> its sparse codes, (B, G, G, K) float32; by another threshold, if one is given."""
        return self._coded(self.vectors(x), self.threshold if threshold is None else threshold)

    def decode(self, codes: Tensor) -> Tensor:
        """Codes (B, G, G, K) -> pictures (B, C, H, W) float32 in [0, 1]."""
        return self.to_pixels(self.decode_raw(codes))

    def decode_raw(self, codes: Tensor) -> Tensor:
        """Codes (B, G, G, K) -> standardised pixels (B, C, H, W) float32, not clamped."""
        return self._decoded(self.dictionary.synthesis(codes.flatten(0, 2)).unflatten(0, codes.shape[:3]))

    def forward(self, x: Tensor) -> Coding:
        """A forward pass over x (B, C, H, W) float32 in [0, 1]. After an optimizer's step `dictionary.renormalise` is due."""
        vectors = self.vectors(x)
        codes = self._coded(vectors, self.threshold)
        approximation = self.dictionary.synthesis(codes.flatten(0, 2)).unflatten(0, codes.shape[:3])
        return Coding(self._decoded(approximation), codes, vectors, F.mse_loss(approximation, vectors))

    def _coded(self, vectors: Tensor, threshold: float) -> Tensor:
        """Vectors (B, G, G, D) -> codes (B, G, G, K); in evaluation mode by more steps, which lead nearer to the sparsest."""
        steps = self.steps if self.training else SETTLED * self.steps
        return self.dictionary(vectors.flatten(0, 2), threshold, steps).unflatten(0, vectors.shape[:3])

    def _decoded(self, approximation: Tensor) -> Tensor:
        """What codes stand for, (B, G, G, D) -> standardised pixels (B, C, H, W) float32."""
        return self.decoder(approximation.permute(0, 3, 1, 2)).float()  # channels-last already


def loss_terms(target: Tensor, coding: Coding, weight: float) -> Terms:
    """The paper's loss: the reconstruction's error and, by a weight, that of the dictionary. There is no KL term.

    Args:
        target: (B, C, H, W) standardised pixels of the pictures (`SCVAE.standardise`).
        coding: the forward pass's result.
        weight: alpha, of the dictionary's error.
    """
    reconstruction = F.mse_loss(coding.reconstruction, target)
    return Terms(reconstruction + weight * coding.left_out, reconstruction, coding.left_out)
