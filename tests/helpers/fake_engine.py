"""A model of numpy alone: its code is a picture's four corners, so that tests need neither torch nor training."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, cast

import numpy as np

from core.checkpoint import Header
from core.config import DataConfig, TrainConfig, with_values
from core.families.base import Can
from core.latent.code import NOTHING, Code, Given, values_in
from core.latent.directions import Direction
from core.latent.instrument import ByHeader
from explorer.document.loading import LoadedModel

CORNERS = 4
LATENT_DIM = 3 * CORNERS
_generations = count(1_000_000)


@dataclass(frozen=True, slots=True)
class FakeSpec:
    """Like `core.families.vae.networks.base.LatentSpec`, which comes with torch."""

    latent_dim: int
    image_shape: tuple[int, int, int]  # (C, H, W)
    classes: int = 0


class FakeEngine(ByHeader):
    """Encodes a picture as the mean colour of its quarters, and decodes that; counts what it is asked.

    Args:
        header: of the checkpoint that it stands for.
    """

    def __init__(self, header: Header) -> None:
        super().__init__(header)
        self.spec = FakeSpec(LATENT_DIM, header.image_shape)
        self.decoded = 0
        self.encoded = 0

    @property
    def can(self) -> frozenset[Can]:
        return super().can | ({Can.CLASSES} if self.classes else set())

    def for_class(self, name: str) -> FakeEngine:
        other = copy.copy(self)
        other.class_number = self.classes.index(name)
        return other

    def encode(self, images: np.ndarray, given: Given = NOTHING) -> Code:
        """uint8 (B, H, W, 3) -> the quarters' colours, 0.5 wide around 0."""
        channels, height, width = self.spec.image_shape
        assert images.shape[1:] == (height, width, channels)
        self.encoded += len(images)
        quarters = images.reshape(len(images), 2, height // 2, 2, width // 2, 3).mean(axis=(2, 4))
        mean = (quarters.reshape(len(images), LATENT_DIM) / 255.0 - 0.5).astype(np.float32)
        return Code("z", mean, np.full_like(mean, -4.0))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """(B, 12) -> uint8 (B, H, W, 3)."""
        z = values_in(codes, "z")
        _, height, width = self.spec.image_shape
        self.decoded += len(z)
        if self.classes:  # each class is darker than the one before
            told = np.full(len(z), self.class_number) if given.classes is None else given.classes
            z = z - 0.2 * told[:, None].astype(np.float32)
        levels = (np.clip(z + 0.5, 0.0, 1.0) * 255.0).round().astype(np.uint8).reshape(len(z), 2, 2, 3)
        return np.ascontiguousarray(levels.repeat(height // 2, axis=1).repeat(width // 2, axis=2))

    def sample(self, count: int, seed: int) -> np.ndarray:
        """(count, 12) from the prior."""
        return np.random.default_rng(seed).standard_normal((count, LATENT_DIM), dtype=np.float32)


def fake_model(
    image_size: int = 64,
    name: str = "fake",
    directions: Mapping[str, Direction] | None = None,
    data: DataConfig | None = None,
    header_data: dict[str, Any] | None = None,
) -> LoadedModel:
    """A loaded model around a `FakeEngine`; each call gives another generation and id.

    Args:
        image_size: that the model sees.
        name: for people.
        directions: that come with it.
        data: what it was trained on, as far as a panel asks.
        header_data: the checkpoint's words about that data.
    """
    generation = next(_generations)
    config = with_values(TrainConfig(data=replace(data or DataConfig(), image_size=image_size)), {"model.latent_dim": LATENT_DIM})
    header = Header(
        id=f"fake-{generation}", config=config, image_shape=(3, image_size, image_size), data=header_data or {}, epoch=1
    )
    kl = np.linspace(2.0, 0.0, LATENT_DIM, dtype=np.float32)
    return LoadedModel(
        engine=cast(Any, FakeEngine(header)),
        path=f"{name}.safetensors",
        name=name,
        generation=generation,
        directions=dict(directions or {}),
        order=tuple(range(LATENT_DIM)),
        active=LATENT_DIM - 1,
        per_axis=kl,
        code_mean=np.zeros(LATENT_DIM, np.float32),
        code_std=np.ones(LATENT_DIM, np.float32),
    )
