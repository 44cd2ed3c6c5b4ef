"""A loaded model with a numpy interface: pictures in, codes out, and back. The window's only access to torch."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch

from core.checkpoint import MODEL, Checkpoint, Header, load
from core.device import Compute
from core.errors import CheckpointError, ConfigError
from core.families.networks.folding import fold
from core.families.registry import DEFAULT, family
from core.families.vae.network_abilities import abilities
from core.families.vae.networks.base import LatentModule, LatentSpec
from core.families.vae.networks.registry import create_with_prior
from core.latent import learned_prior
from core.latent.arithmetic import normal
from core.latent.code import NOTHING, Code, Given, values_in
from core.latent.mixture_prior import MixturePrior
from core.latent.opened import ENCODE_BATCH, OpenedModel
from core.retouch.retoucher import in_checkpoint

SPACE = "z"


class LatentEngine(OpenedModel):
    """Encodes and decodes with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the CPU in fp32 by default (a single face doesn't gain from more).

    Raises:
        CheckpointError: its tensors don't fit its settings.
        ConfigError: it is of another family.
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        super().__init__(checkpoint.header, compute)
        if self.header.config.family != DEFAULT:
            kind = family(self.header.config.family)
            raise ConfigError(f"This works with VAEs alone, not with {kind.one}.", "Choose a VAE.")
        self.classes = class_names(self.header)
        self.spec = LatentSpec(self.header.settings.model.latent_dim, self.header.image_shape, len(self.classes))
        model = create_with_prior(self.header.settings, self.spec)
        state = {name: torch.from_numpy(np.array(value)) for name, value in checkpoint.part(MODEL).items()}
        try:
            model.load_state_dict(state)
        except RuntimeError as error:
            raise CheckpointError(f"The checkpoint's weights don't fit its model: {error}") from None
        fold(model)
        self.retoucher = in_checkpoint(checkpoint)
        self.prior = learned_prior.in_checkpoint(checkpoint) if model.pseudo_inputs is None else None
        self._model = model.to(self.compute.device).requires_grad_(False)
        self.mixture = self._mixture()

    @classmethod
    def load(cls, path: Path, compute: Compute | None = None) -> LatentEngine:
        """The engine for a checkpoint file. Raises CheckpointError."""
        return cls(load(path), compute)

    def for_class(self, name: str) -> LatentEngine:
        """The same model with this class as the default instead of the first.

        Raises:
            ConfigError: the model isn't conditional, or knows no class of that name.
        """
        if not self.classes:
            raise ConfigError(
                f"This model isn't conditional, so it can't be asked for the class {name!r}.",
                "Train one with model.name=conditional_vae.",
            )
        if name not in self.classes:
            raise ConfigError(f"The model knows no class {name!r}.", f"Its classes are: {', '.join(self.classes)}.")
        other = copy.copy(self)  # the network is shared, since nothing changes it
        other.class_number = self.classes.index(name)
        return other

    @property
    def module(self) -> LatentModule:
        """The network itself, folded for use, for what measures it."""
        return self._model

    def encode(self, images: np.ndarray, given: Given = NOTHING) -> Code:
        """uint8 pictures (B, H, W, C) of the model's size -> q(z|x).

        Args:
            images: the pictures.
            given: their classes, for a conditional model; without them all are of the engine's default class.

        Raises:
            CoreError: the pictures are of another size or type.
        """
        means, log_vars = [], []
        with torch.inference_mode():
            for number, x in enumerate(self.pixels(images)):
                start = number * ENCODE_BATCH
                posterior = self._model.encode(x, self._classes_of(given.at(slice(start, start + len(x))), len(x)))
                means.append(posterior.mean.cpu().numpy())
                log_vars.append(posterior.log_var.cpu().numpy())
        empty = np.zeros((0, self.spec.latent_dim), np.float32)
        return Code(SPACE, np.concatenate(means or [empty]), np.concatenate(log_vars or [empty]))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Codes (B, D) float32 -> uint8 pictures (B, H, W, C); `given` as of `encode`.

        Raises CoreError for codes of another space.
        """
        with torch.inference_mode():
            z = self._on_device(codes)
            return self.pictures([self._model.decode(z, self._classes_of(given, len(z)))])

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Codes (B, D) float32 -> float32 (B, H, W, C), the network's output: standardised pixels or logits, not clamped."""
        with torch.inference_mode():
            z = self._on_device(codes)
            return self.numbers([self._model.decode_raw(z, self._classes_of(given, len(z)))])

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Codes (count, D) from the prior, the learned one where there is one; the same for the same seed on every machine."""
        if self.mixture is not None:
            return self.mixture.sample(count, seed)
        return self.prior.sample(count, seed) if self.prior else normal(count, self.spec.latent_dim, seed)

    @property
    def draws_typical(self) -> bool:
        """Whether samples are typical as they are drawn: a learned prior, of either kind, draws no others."""
        return self.prior is not None or self.mixture is not None

    def _mixture(self) -> MixturePrior | None:
        """The VampPrior; None where the model has none."""
        if self._model.pseudo_inputs is None:
            return None
        with torch.inference_mode():
            pixels = self._model.pseudo_inputs()
            posteriors = [self._model.encode(part) for part in pixels.split(ENCODE_BATCH)]
        mean, log_var = (torch.cat([getattr(one, part) for one in posteriors]).cpu().numpy() for part in ("mean", "log_var"))
        return MixturePrior(self.pictures([pixels]), Code(SPACE, mean, log_var))

    def _classes_of(self, given: Given, count: int) -> torch.Tensor | None:
        """The classes to pass to the network for so many pictures; None where it isn't conditional."""
        if not self.classes:
            return None
        numbers = np.full(count, self.class_number) if given.classes is None else given.classes
        return torch.from_numpy(numbers.astype(np.int64)).to(self.compute.device)

    def _on_device(self, codes: Code | np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.require(values_in(codes, SPACE), np.float32, ("C", "W"))).to(self.compute.device)


def class_names(header: Header) -> tuple[str, ...]:
    """The classes that a checkpoint's model knows, in the order of their numbers; () where it isn't conditional.

    Raises:
        CheckpointError: it is, and the header doesn't name them.
    """
    if not abilities(header.settings.model.name).conditional:
        return ()
    names = header.data.get("classes")
    if not isinstance(names, dict) or len(names) < 2:
        raise CheckpointError("The checkpoint doesn't name the classes that its model was told of.", "Use another copy.")
    return tuple(map(str, names))
