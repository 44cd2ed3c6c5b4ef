"""An SC-VAE of numpy alone: five orthonormal patterns in each cell, so that tests of the window need neither torch nor training."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from core.checkpoint import Header
from core.config import DataConfig, TrainConfig, with_values
from core.families.base import Can, CodeSpace
from core.families.registry import family
from core.latent.code import NOTHING, Code, Given, values_in
from explorer.document.loading import LoadedModel
from tests.helpers.fake_engine import fake_model

GRID, ATOMS = 4, 5
SCALE = 60.0  # levels of a coefficient of 1
DEAD = 4  # the atom that no picture of the header uses


class FakeSc:
    """Encodes a picture as the patterns in its cells, and decodes those."""

    classes: tuple[str, ...] = ()
    class_name = ""
    class_number = 0
    retoucher = None

    draws_typical = False

    def __init__(self, header: Header) -> None:
        self.header = header
        self.cell = header.image_shape[1] // GRID
        noise = np.random.default_rng(0).standard_normal((self.cell**2, ATOMS))
        noise[:, 0] = 1.0
        self.patterns = np.linalg.qr(noise)[0].T * np.sign(np.linalg.qr(noise)[1].diagonal())[:, None]  # (ATOMS, cell * cell)
        self.go_on = threading.Event()  # encoding with a threshold waits for it
        self.go_on.set()

    @property
    def id(self) -> str:
        return self.header.id

    @property
    def can(self) -> frozenset[Can]:
        return family("sc_vae").can(self.header.settings, self.header.image_shape)

    @property
    def spaces(self) -> Mapping[str, CodeSpace]:
        return family("sc_vae").spaces(self.header.settings, self.header.image_shape)

    def encode(self, pictures: np.ndarray, given: Given = NOTHING, threshold: float | None = None) -> Code:
        """uint8 (B, H, W, 3) -> (B, GRID, GRID, ATOMS)."""
        if threshold is not None:
            self.go_on.wait()
        grey = pictures.astype(np.float64).mean(axis=3) - 128.0
        cells = grey.reshape(-1, GRID, self.cell, GRID, self.cell).swapaxes(2, 3).reshape(-1, GRID, GRID, self.cell**2)
        values = cells @ self.patterns.T / (SCALE * self.cell)
        limit = (self.header.settings.threshold if threshold is None else threshold) / 8.0
        shrunk = np.sign(values) * np.maximum(np.abs(values) - limit, 0.0)
        return Code("coefficients", shrunk.astype(np.float32))

    def decode(self, codes: Code | np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """(B, GRID * GRID * ATOMS) -> uint8 (B, H, W, 3)."""
        values = values_in(codes, "coefficients").reshape(-1, GRID, GRID, ATOMS).astype(np.float64)
        cells = (values @ self.patterns * SCALE * self.cell).reshape(-1, GRID, GRID, self.cell, self.cell)
        side = GRID * self.cell
        grey = np.clip(cells.swapaxes(2, 3).reshape(-1, side, side) + 128.0, 0.0, 255.0)
        return np.ascontiguousarray(np.rint(grey).astype(np.uint8)[..., None].repeat(3, axis=3))


def fake_sc_model(data: DataConfig | None = None, image_size: int = 64, threshold: float = 0.8) -> LoadedModel:
    """A loaded model of that kind; its header says that the first atom is used most, and one never."""
    known = fake_model(image_size=image_size)
    config = TrainConfig(family="sc_vae", settings=family("sc_vae").settings(), preset="atoms")
    config = with_values(config, {"grid": GRID, "atoms": ATOMS, "threshold": threshold})
    config = replace(config, data=replace(data or DataConfig(), image_size=image_size))
    latent = {"atom_shares": [0.9, 0.5, 0.3, 0.2, 0.0], "atom_sizes": [1.0, 0.5, 0.5, 0.25, 0.0]}
    header = replace(known.header, config=config, latent=latent, id=f"sc-{known.generation}")
    return replace(known, engine=cast(Any, FakeSc(header)), order=(), active=None, directions={}, name="fake sc")
