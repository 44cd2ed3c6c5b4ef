"""A trained colouriser behind numpy: grey pictures in, coloured ones out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.checkpoint import MODEL, Checkpoint
from core.device import Compute
from core.errors import CoreError
from core.families.colouriser.family import NO_POINTS
from core.families.colouriser.lab import lab_to_rgb, rgb_to_lab
from core.families.colouriser.networks import Colouriser
from core.families.colouriser.points import ColourPoint, planes_of
from core.latent.opened import WithoutCodes


class ColouriserInstrument(WithoutCodes):
    """Colours pictures with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the CPU in fp32 by default.

    Raises:
        CheckpointError: its tensors don't fit its settings.
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        super().__init__(checkpoint.header, compute)
        self._model = self.ready(Colouriser(self.header.settings), checkpoint.part(MODEL))

    @property
    def module(self) -> Colouriser:
        """The network itself, for what measures it."""
        return self._model

    @property
    def takes_points(self) -> bool:
        """Whether it takes colour points."""
        return self._model.takes_points

    def colours(self, lightness: np.ndarray, points: Sequence[ColourPoint] = ()) -> np.ndarray:
        """The colours that belong to lightness.

        Args:
            lightness: L* of one picture of any size, (H, W) float32 in [0, 100].
            points: places whose colours are given.

        Returns:
            a* and b*, (2, H, W) float32.

        Raises:
            CoreError: there are points, and the model doesn't take any.
        """
        if points and not self.takes_points:
            raise CoreError("This colouriser takes no colour points.", NO_POINTS)
        with torch.inference_mode(), self.compute.autocast():
            x = torch.from_numpy(np.ascontiguousarray(lightness, np.float32)).to(self.compute.device)
            planes = planes_of(points, *lightness.shape)[None].to(self.compute.device) if self.takes_points else None
            return np.asarray(self._model(x[None, None], planes)[0].float().cpu().numpy())

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
        with torch.inference_mode():
            return self.pictures(self._coloured(x, has_colours=has_colours) for x in self.pixels(pictures))

    def _coloured(self, x: Tensor, *, has_colours: bool) -> Tensor:
        """The same for pixels (B, 3, H, W) in [0, 1]."""
        lightness = rgb_to_lab(x)[:, :1]
        ab = torch.zeros_like(lightness).repeat(1, 2, 1, 1)
        if has_colours:
            with self.compute.autocast():
                ab = self._model(lightness)
        rgb, _ = lab_to_rgb(torch.cat((lightness, ab), dim=1))
        return rgb
