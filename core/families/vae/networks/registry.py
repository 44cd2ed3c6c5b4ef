"""The networks by their names; each is in a module of that name, imported on demand."""

from __future__ import annotations

import importlib

import torch

from core.errors import CheckpointError
from core.families.vae.network_abilities import ABILITIES
from core.families.vae.networks.base import LatentModule, LatentSpec
from core.families.vae.networks.pseudo_inputs import PseudoInputs
from core.families.vae.settings import VAMP, ModelConfig, VaeSettings


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


def create_with_prior(settings: VaeSettings, spec: LatentSpec) -> LatentModule:
    """The same with the pseudo-inputs of a VampPrior where the settings ask for one, all black: to be filled.

    Raises CheckpointError as `create` does.
    """
    model = create(settings.model, spec, settings.objective.likelihood)
    if settings.prior == VAMP:
        model.pseudo_inputs = PseudoInputs(torch.zeros(settings.pseudo_inputs, *spec.image_shape))
    return model
