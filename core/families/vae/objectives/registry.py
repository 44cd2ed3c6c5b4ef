"""The objectives by their names, and the module of each, imported on demand."""

from __future__ import annotations

import importlib

from core.errors import CheckpointError
from core.families.vae.networks.base import LatentModule
from core.families.vae.objectives.base import ObjectiveModule
from core.families.vae.settings import ObjectiveConfig

PLACES = {
    "beta_vae": "beta_vae",
    "capacity_vae": "capacity_vae",
    "beta_tcvae": "beta_tcvae",
    "factor_vae": "factor_vae",
    "dip_vae_i": "dip_vae",
    "dip_vae_ii": "dip_vae",
}


def create(config: ObjectiveConfig, model: LatentModule, data_size: int = 1) -> ObjectiveModule:
    """The objective for a model (it takes the standardisation from there).

    Args:
        config: which objective and its settings.
        model: what it is to train.
        data_size: training pictures; an objective that uses the number stores it in checkpoints, which restore it.

    Raises:
        CheckpointError: this version has no objective of that name.
    """
    place = PLACES.get(config.name)
    if place is None:
        raise CheckpointError(f"This version knows no objective named {config.name!r}.")
    module = importlib.import_module(f"core.families.vae.objectives.{place}")
    objective: ObjectiveModule = module.build(config, model, data_size)
    return objective
