"""A VQ-VAE of numpy alone: a code is a cell's mean brightness, so that tests of the window need neither torch nor training."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from core.checkpoint import Header
from core.config import DataConfig, TrainConfig, with_values
from core.families.base import VECTOR, Can, CodeSpace
from core.families.registry import family
from core.latent.code import NOTHING, Code, Given, values_in
from core.latent.looked_up import VECTORS, vectors
from core.progress import Progress, silent
from explorer.document.loading import LoadedModel
from tests.helpers.fake_engine import fake_model

GRID, ENTRIES = 4, 16


class FakeVq:
    """Encodes a picture as a grid of brightnesses, and decodes that."""

    classes: tuple[str, ...] = ()
    class_name = ""
    class_number = 0
    retoucher = None

    draws_typical = False

    def __init__(self, header: Header) -> None:
        self.header = header
        self.go_on = threading.Event()  # drawing waits for it
        self.go_on.set()
        self.drawn_in: list[str] = []  # the threads that drew

    def draw(self, count: int, seed: int, temperature: float = 1.0, progress: Progress = silent) -> np.ndarray:
        """(count, GRID, GRID): at a temperature of 0 all the same."""
        self.drawn_in.append(threading.current_thread().name)
        progress("Drawing codes", 0, count)
        while not self.go_on.wait(0.01):
            progress("Drawing codes", 1, count)
        codes = np.random.default_rng(seed).integers(0, ENTRIES, (count, GRID, GRID))
        return codes if temperature else np.zeros_like(codes)

    def draw_region(
        self, codes: np.ndarray, region: np.ndarray, seed: int, temperature: float = 1.0, progress: Progress = silent
    ) -> np.ndarray:
        """Other codes in the region."""
        self.drawn_in.append(threading.current_thread().name)
        while not self.go_on.wait(0.01):
            progress("Drawing codes", 1, GRID * GRID)
        return np.where(region, (codes + 1 + seed) % ENTRIES, codes)

    @property
    def id(self) -> str:
        return self.header.id

    @property
    def can(self) -> frozenset[Can]:
        return family("vq_vae").can(self.header.settings, self.header.image_shape)

    @property
    def spaces(self) -> Mapping[str, CodeSpace]:
        return family("vq_vae").spaces(self.header.settings, self.header.image_shape)

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        """uint8 (B, H, W, 3) -> (B, GRID, GRID)."""
        count, side = len(pictures), pictures.shape[1]
        cells = pictures.reshape(count, GRID, side // GRID, GRID, side // GRID, 3).mean(axis=(2, 4, 5))
        return Code("codes", (cells // (256 // ENTRIES)).astype(np.int64))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """(B, GRID * GRID) -> uint8 (B, H, W, 3)."""
        values = values_in(codes, "codes")
        side = self.header.image_shape[1] // GRID
        levels = (values.reshape(-1, GRID, GRID) * (256 // ENTRIES) + 8).astype(np.uint8)
        pictures = levels.repeat(side, axis=1).repeat(side, axis=2)[..., None].repeat(3, axis=3)
        return np.ascontiguousarray(pictures)

    def codebook(self) -> np.ndarray:
        """(ENTRIES, 2)."""
        return np.stack([np.arange(ENTRIES), np.arange(ENTRIES) % 3], axis=1).astype(np.float32)

    def in_vectors(self) -> Any:
        """The same with the codes' vectors in a row of GRID * GRID * 2 numbers."""
        return _InVectors(self)


class _InVectors:
    def __init__(self, model: FakeVq) -> None:
        self.header, self.id, self._model = model.header, model.id, model
        self.can = frozenset({Can.MOVE})
        self.spaces = {VECTORS: CodeSpace(VECTOR, (GRID * GRID * 2,))}

    def encode(self, pictures: np.ndarray, given: Given = NOTHING) -> Code:
        return Code(VECTORS, vectors(self._model.encode(pictures).flat, self._model.codebook()))


def fake_vq_model(data: DataConfig | None = None, image_size: int = 64, prior_epochs: int = 0) -> LoadedModel:
    """A loaded model of that kind, perhaps with a prior; its header says that code 0 stands in half of all cells."""
    known = fake_model(image_size=image_size)
    config = TrainConfig(family="vq_vae", settings=family("vq_vae").settings(), preset="codes")
    config = with_values(config, {"grid": GRID, "codebook_size": ENTRIES, "prior_epochs": prior_epochs})
    config = replace(config, data=replace(data or DataConfig(), image_size=image_size))
    counts = [ENTRIES - 1] + [1] * (ENTRIES - 1)
    header = replace(known.header, config=config, latent={"code_counts": counts}, id=f"vq-{known.generation}")
    return replace(known, engine=cast(Any, FakeVq(header)), order=(), active=None, directions={}, name="fake vq")
