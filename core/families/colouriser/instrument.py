"""A trained colouriser behind numpy: grey pictures in, coloured ones out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import numpy as np
import torch

from core.checkpoint import MODEL, Checkpoint, Header
from core.device import Compute, choose
from core.errors import CheckpointError, CoreError
from core.families.base import Can, CodeSpace
from core.families.colouriser.family import NO_CODES
from core.families.colouriser.lab import lab_to_rgb, rgb_to_lab
from core.families.colouriser.networks import Colouriser
from core.families.registry import family
from core.latent.code import NOTHING, Code, Given, must_be_pictures

BATCH = 64


class ColouriserInstrument:
    """Colours pictures with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the CPU in fp32 by default.

    Raises:
        CheckpointError: its tensors don't fit its settings.
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        self.header: Header = checkpoint.header
        self.compute = compute or choose("cpu", "fp32")
        model = Colouriser(self.header.settings.network)
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
    draws_typical = False

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
        """It has no codes."""
        return family(self.header.config.family).spaces(self.header.settings, self.header.image_shape)

    @property
    def module(self) -> Colouriser:
        """The network itself, for what measures it."""
        return self._model

    def colours(self, lightness: np.ndarray) -> np.ndarray:
        """The colours that belong to lightness.

        Args:
            lightness: L* of one picture of any size, (H, W) float32 in [0, 100].

        Returns:
            a* and b*, (2, H, W) float32.
        """
        with torch.inference_mode(), self.compute.autocast():
            x = torch.from_numpy(np.ascontiguousarray(lightness, np.float32)).to(self.compute.device)
            return np.asarray(self._model(x[None, None])[0].float().cpu().numpy())

    def translate(self, pictures: np.ndarray, to: str = "") -> np.ndarray:
        """Pictures with the model's colours in place of their own, and their own lightness.

        Args:
            pictures: uint8 (B, H, W, C) of the model's size, grey or coloured.
            to: there is one domain, so it says nothing.

        Returns:
            uint8 (B, H, W, C).

        Raises:
            CoreError: the pictures are of another size or type.
        """
        return self._changed(pictures, has_colours=True)

    def grey(self, pictures: np.ndarray) -> np.ndarray:
        """What the model sees of pictures: their lightness alone, uint8 (B, H, W, C). Raises as `translate`."""
        return self._changed(pictures, has_colours=False)

    def _changed(self, pictures: np.ndarray, *, has_colours: bool) -> np.ndarray:
        """Pictures with the model's colours, or with none."""
        must_be_pictures(pictures, self.header.image_shape)
        done = [np.zeros((0, *pictures.shape[1:]), np.uint8)]
        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                part = torch.from_numpy(np.require(pictures[start : start + BATCH], np.uint8, ("C", "W"))).to(self.compute.device)
                lightness = rgb_to_lab(part.permute(0, 3, 1, 2).float().div_(255.0))[:, :1]
                ab = torch.zeros_like(lightness).repeat(1, 2, 1, 1)
                if has_colours:
                    with self.compute.autocast():
                        ab = self._model(lightness)
                rgb, _ = lab_to_rgb(torch.cat((lightness, ab), dim=1))
                done.append((rgb * 255.0).round_().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy())
        return np.concatenate(done)

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        """It has no codes: raises CoreError."""
        self._has_none("encode pictures")

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """It has no codes: raises CoreError."""
        self._has_none("decode codes")

    def decode_float(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """It has no codes: raises CoreError."""
        self._has_none("decode codes")

    def sample(self, count: int, seed: int) -> np.ndarray:
        """It has no codes: raises CoreError."""
        self._has_none("be sampled")

    def _has_none(self, what: str) -> NoReturn:
        raise CoreError(f"A colouriser can't {what}: it has no codes.", NO_CODES)
