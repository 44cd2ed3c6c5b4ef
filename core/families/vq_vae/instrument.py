"""A trained VQ-VAE behind numpy: pictures in, grids of codes out, and back."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from core.checkpoint import MODEL, PRIOR, Checkpoint, weights_id
from core.config import TrainConfig
from core.device import Compute
from core.errors import CheckpointError, CoreError
from core.families.base import Can
from core.families.networks.weights import ANOTHER
from core.families.vq_vae.code_prior import CodePrior, prior_of
from core.families.vq_vae.family import NO_PRIOR
from core.families.vq_vae.in_vectors import InVectors
from core.families.vq_vae.network import VQVAE
from core.latent.code import NOTHING, Code, Given, values_in
from core.latent.opened import ENCODE_BATCH, OpenedModel
from core.progress import Progress, silent

SPACE = "codes"
MODEL_ID = "model_id"  # of the model whose codes a prior learned, among the prior's tensors
DRAWN_AT_ONCE = 16  # pictures
PROPOSALS = 16  # of a region that is drawn anew, of which one is chosen
DRAWING = "Drawing codes"


def network_of(config: TrainConfig, image_shape: tuple[int, int, int]) -> VQVAE:
    """A new network with random weights, as the settings describe it. Raises ConfigError where the grid doesn't fit."""
    own = config.settings
    return VQVAE(image_shape, own.grid, own.hidden, own.residual_blocks, own.residual_channels, own.codebook_size, own.code_dim)


class VqInstrument(OpenedModel):
    """Encodes and decodes with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the CPU in fp32 by default.

    Raises:
        CheckpointError: its tensors don't fit its settings, or its prior was learned for other weights.
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        super().__init__(checkpoint.header, compute)
        weights = checkpoint.part(MODEL)
        codes, settings = weights.get("codebook.codes", np.zeros(0)), self.header.settings
        if codes.ndim == 2 and len(codes) != settings.codebook_size:
            counts = f"{len(codes):,} codes instead of {settings.codebook_size:,}"
            raise CheckpointError(f"The checkpoint's codebook doesn't fit its model: it has {counts}.", ANOTHER)
        self._model = self.ready(network_of(self.header.config, self.header.image_shape), weights)
        self._prior = _prior_in(checkpoint, self._model, self.compute)

    @property
    def can(self) -> frozenset[Can]:
        """What one can do with it: it is sampled if it has a prior, whatever its settings say."""
        drawing = {Can.SAMPLE, Can.TEMPERATURE}
        return super().can | drawing if self._prior else super().can - drawing

    @property
    def module(self) -> VQVAE:
        """The network itself, for what measures it."""
        return self._model

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        """uint8 pictures (B, H, W, C) of the model's size -> the code at each place, (B, grid, grid) int64.

        Raises:
            CoreError: the pictures are of another size or type.
        """
        grid = self._model.grid
        parts = [np.zeros((0, grid, grid), np.int64)]
        with torch.inference_mode():
            parts += [self._model.encode(x).cpu().numpy() for x in self.pixels(pictures)]
        return Code(SPACE, np.concatenate(parts))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Grids of codes -> uint8 pictures (B, H, W, C).

        Args:
            codes: (B, grid, grid) or (B, grid * grid), whole numbers in [0, codebook_size) of any type.

        Raises:
            CoreError: a code isn't one of the codebook's, or the grid is of another size.
        """
        return self.pictures(self._model.decode(part) for part in self._indices(codes).split(ENCODE_BATCH))

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """As `decode`, but float32 (B, H, W, C), the network's output: standardised pixels, not clamped."""
        return self.numbers(self._model.decode_raw(part) for part in self._indices(codes).split(ENCODE_BATCH))

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

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Grids of codes (count, grid, grid) int64 from the prior, the same for the same seed. Raises CoreError without one."""
        return self.draw(count, seed)

    def draw(self, count: int, seed: int, temperature: float = 1.0, progress: Progress = silent) -> np.ndarray:
        """Draw grids of codes from the prior, a code after the other.

        Args:
            count: how many.
            seed: of the random numbers; the first ones of more are the same.
            temperature: 1 = from the prior; less gives likelier and less varied pictures, 0 the likeliest code each time.
            progress: told the codes drawn so far; may raise Cancelled.

        Returns:
            (count, grid, grid) int64.

        Raises:
            CoreError: there is no prior.
        """
        prior = self._must_have_prior()
        noise = torch.from_numpy(np.random.default_rng(seed).random((count, prior.cells)))
        parts = [torch.zeros((0, prior.grid, prior.grid), dtype=torch.int64)]
        for start in range(0, count, DRAWN_AT_ONCE):
            part = noise[start : start + DRAWN_AT_ONCE]
            tell = partial(_tell, progress, start * prior.cells, len(part), count * prior.cells)
            parts.append(prior.draw(part, temperature, done=tell).cpu())
        return np.asarray(torch.cat(parts).numpy())

    def draw_region(
        self, codes: np.ndarray, region: np.ndarray, seed: int, temperature: float = 1.0, progress: Progress = silent
    ) -> np.ndarray:
        """Draw the codes of some cells anew, to go with all others.

        The prior tells a code by those before it. So that what comes after a region counts, too, some proposals are drawn, and
        one is chosen with a probability in proportion to that of the later codes after it (importance resampling).

        Args:
            codes: (grid, grid) int64.
            region: (grid, grid) bool: the cells to draw.
            seed: of the random numbers.
            temperature: as of `draw`.
            progress: told how far; may raise Cancelled.

        Returns:
            (grid, grid) int64: outside the region as before.

        Raises:
            CoreError: there is no prior, or the codes aren't this model's.
        """
        prior = self._must_have_prior()
        (own,) = self._indices(codes[None])
        free = torch.from_numpy(np.asarray(region, bool)).flatten().to(own.device)
        if not bool(free.any()):
            return np.array(own.cpu().numpy())
        random = np.random.default_rng(seed)
        fixed = torch.where(free, -1, own.flatten()).expand(PROPOSALS, -1)
        noise = torch.from_numpy(random.random((PROPOSALS, prior.cells)))
        proposals = prior.draw(noise, temperature, fixed, lambda cells: progress(DRAWING, cells, prior.cells))
        with torch.inference_mode():
            later = ~free & (torch.arange(prior.cells, device=own.device) > int(free.nonzero()[0]))
            weights = torch.softmax(-(prior.surprise(proposals) * later).sum(dim=1).double(), dim=0).cpu().numpy()
        return np.array(proposals[random.choice(PROPOSALS, p=weights / weights.sum())].cpu().numpy())

    def sample_apart(self, count: int, seed: int) -> np.ndarray:
        """Grids of codes (count, grid, grid) int64 of which each code is drawn alone, as often as it is used in training."""
        used = self._model.codebook.counts.cpu().numpy().astype(np.float64) + 1e-9
        grid = self._model.grid
        return np.random.default_rng(seed).choice(len(used), (count, grid, grid), p=used / used.sum())

    def surprise(self, codes: np.ndarray) -> np.ndarray:
        """-log2 p of each code given those before it, in bits: (B, grid, grid) -> (B, grid, grid) float32. Raises CoreError."""
        prior = self._must_have_prior()
        with torch.inference_mode():
            parts = [prior.surprise(part).cpu() for part in self._indices(codes).split(ENCODE_BATCH)]
        return np.asarray(torch.cat(parts).view(-1, prior.grid, prior.grid).div(np.log(2.0)).numpy(), np.float32)

    def _must_have_prior(self) -> CodePrior:
        if self._prior is None:
            raise CoreError("This VQ-VAE has learned no prior over its codes, so it can't be sampled.", NO_PRIOR)
        return self._prior

    def codebook(self) -> np.ndarray:
        """All codes, float32 (codebook_size, code_dim)."""
        return np.array(self._model.codebook.codes.cpu().numpy())

    def in_vectors(self) -> InVectors:
        """The same model with the vectors that its codes stand for as codes."""
        return InVectors(self)


def _tell(progress: Progress, before: int, each: int, total: int, cells: int) -> None:
    """Say how many codes are drawn, when `cells` of each of the pictures at hand are."""
    progress(DRAWING, before + each * cells, total)


def _prior_in(checkpoint: Checkpoint, model: VQVAE, compute: Compute) -> CodePrior | None:
    """The prior in a model's file; None where there is none.

    Raises:
        CheckpointError: it is damaged, or was learned for other weights.
    """
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in checkpoint.part(PRIOR).items()}
    if not tensors:
        return None
    learned_for = tensors.pop(MODEL_ID, torch.zeros(0, dtype=torch.uint8)).numpy().tobytes().hex()
    if learned_for != weights_id(checkpoint.tensors):
        raise CheckpointError("The prior in the model's file was learned for the codes of other weights.", "Use another copy.")
    prior = prior_of(tensors, model.grid, len(model.codebook.codes))
    return prior.to(compute.device).eval().requires_grad_(False)
