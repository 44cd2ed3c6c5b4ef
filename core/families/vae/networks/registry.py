"""The networks by their names; each is in a module of that name, imported on demand."""

from __future__ import annotations

import importlib

from core.errors import CheckpointError
from core.families.vae.network_abilities import ABILITIES
from core.families.vae.networks.base import LatentModule, LatentSpec
from core.families.vae.settings import ModelConfig


def create(config: ModelConfig, spec: LatentSpec, likelihood: str) -> LatentModule:
    """A new model with random weights.

    Args:
        config: which network and its settings.
        spec: sizes.
        likelihood: "gaussian" (the output is in standardised pixels) or "bernoulli" (logits).

    Raises:
        CheckpointError: this version has no model of that name.
    """
    if config.name not in ABILITIES:
        raise CheckpointError(f"This version knows no model named {config.name!r}.", f"Known: {', '.join(sorted(ABILITIES))}.")
    model: LatentModule = importlib.import_module(f"core.families.vae.networks.{config.name}").build(config, spec, likelihood)
    return model
