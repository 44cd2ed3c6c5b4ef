"""A trained CycleGAN behind numpy: pictures of one side in, the same as ones of the other side out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.checkpoint import MODEL, Checkpoint
from core.device import Compute
from core.errors import ConfigError
from core.families.cycle_gan.family import LETTERS, sides_in
from core.families.cycle_gan.networks import CycleGan, Generator, translated
from core.latent.opened import WithoutCodes


class CycleGanInstrument(WithoutCodes):
    """Translates pictures with one model, in evaluation mode.

    Args:
        checkpoint: the loaded file.
        compute: where; the CPU in fp32 by default.

    Raises:
        CheckpointError: its tensors don't fit its settings.
    """

    def __init__(self, checkpoint: Checkpoint, compute: Compute | None = None) -> None:
        super().__init__(checkpoint.header, compute)
        self._model = self.ready(CycleGan(self.header.settings, self.header.image_shape[0]), checkpoint.part(MODEL))

    @property
    def module(self) -> CycleGan:
        """The networks themselves, for what measures them."""
        return self._model

    @property
    def sides(self) -> tuple[str, str]:
        """What A and B are called."""
        return sides_in(self.header.data)

    def side(self, to: str = "") -> int:
        """The number of a goal, 0 for A and 1 for B, by its name or its letter; "" is B.

        Raises:
            ConfigError: there is no such side.
        """
        if not to:
            return 1
        for number, (name, letter) in enumerate(zip(self.sides, LETTERS, strict=True)):
            if to in (name, letter, letter.lower()):
                return number
        first, second = self.sides
        raise ConfigError(f"This model has no side {to!r}.", f"It translates between {first} and {second}: name one of them.")

    def translate(self, pictures: np.ndarray, to: str = "") -> np.ndarray:
        """Pictures as ones of another side.

        Args:
            pictures: uint8 (B, H, W, C) of the model's size.
            to: the side that they become: a name of `sides`, A or B; "" is B.

        Returns:
            uint8 (B, H, W, C).

        Raises:
            CoreError: the pictures are of another size or type, or there is no such side.
        """
        generator = self._generator(to)
        with torch.inference_mode():
            return self.pictures(as_pixels(self._given(generator, as_input(x))) for x in self.pixels(pictures))

    def translate_one(self, picture: np.ndarray, to: str = "") -> np.ndarray:
        """One picture of any size from 8 pixels on, uint8 (H, W, C), as one of another side. Raises ConfigError as `translate`."""
        generator = self._generator(to)
        with torch.inference_mode():
            x = torch.from_numpy(np.array(picture)).to(self.compute.device).permute(2, 0, 1)[None].float() / 255.0
            return self.pictures([as_pixels(self._given(generator, as_input(x)))])[0]

    def translate_float(self, pictures: np.ndarray, to: str = "") -> np.ndarray:
        """As `translate`, in the network's own range: float32 (B, H, W, C) in [-1, 1], not rounded to levels."""
        generator = self._generator(to)
        with torch.inference_mode():
            return self.numbers(self._given(generator, as_input(x)) for x in self.pixels(pictures))

    def there_and_back(self, pictures: np.ndarray, to: str = "") -> tuple[np.ndarray, np.ndarray]:
        """Pictures translated, and these translated back without rounding in between: uint8 (B, H, W, C) each. As `translate`."""
        there, back = self._generator(to), self._generator(self.sides[1 - self.side(to)])
        ways: tuple[list[Tensor], list[Tensor]] = ([], [])
        with torch.inference_mode():
            for x in self.pixels(pictures):
                goal = self._given(there, as_input(x))
                ways[0].append(as_pixels(goal))
                ways[1].append(as_pixels(self._given(back, goal)))
        return self.pictures(ways[0]), self.pictures(ways[1])

    def back_from_float(self, values: np.ndarray, to: str = "") -> np.ndarray:
        """Translate numbers in [-1, 1], float32 (B, H, W, C) of the model's size, into a side: uint8 (B, H, W, C)."""
        generator = self._generator(to)
        with torch.inference_mode():
            x = torch.from_numpy(np.array(values, np.float32)).to(self.compute.device).permute(0, 3, 1, 2)
            return self.pictures([as_pixels(self._given(generator, x))])

    def scores(self, pictures: np.ndarray, of: str = "") -> np.ndarray:
        """How real each patch looks to a side's discriminator: float32 (B, h, w), 1 real, 0 translated. Raises as `translate`."""
        discriminator = (self._model.real_a, self._model.real_b)[self.side(of)]
        with torch.inference_mode():
            parts = [discriminator(as_input(x))[:, 0].cpu() for x in self.pixels(pictures)]
        return torch.cat(parts).numpy()

    def _generator(self, to: str) -> Generator:
        """That of a goal. Raises ConfigError."""
        return (self._model.to_a, self._model.to_b)[self.side(to)]

    def _given(self, generator: Generator, x: Tensor) -> Tensor:
        """What a generator makes of pictures in [-1, 1]."""
        with self.compute.autocast():
            return translated(generator, x)


def as_input(x: Tensor) -> Tensor:
    """Pixels in [0, 1] -> the networks' range, [-1, 1]."""
    return 2.0 * x - 1.0


def as_pixels(x: Tensor) -> Tensor:
    """The way back, clamped."""
    return (0.5 * x + 0.5).clamp(0.0, 1.0)
