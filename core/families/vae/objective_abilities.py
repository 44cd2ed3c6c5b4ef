"""What each objective has and bears, by its name, for whoever must know before torch is loaded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectiveAbilities:
    """Which settings mean something to an objective, and which of them would break what it is for."""

    settings: tuple[str, ...] = ()  # paths of those that are its own, the weight that pulls hardest first
    weight: str = ""  # what that first one is called, where it is a weight beside beta
    beta: bool = True  # beta and its schedule weight the KL term, or a part of it
    capacity: bool = False  # the KL is led to `objective.capacity`
    free_bits: bool = True  # it has a KL term of which a part can be free
    still_axes: bool = False  # each axis has a meaning, which turning the latent's axes would take away


OBJECTIVES: dict[str, ObjectiveAbilities] = {
    "beta_vae": ObjectiveAbilities(),
    "capacity_vae": ObjectiveAbilities(
        settings=("objective.capacity", "objective.capacity_epochs", "objective.capacity_weight"),
        beta=False,
        capacity=True,
        free_bits=False,
    ),
    "beta_tcvae": ObjectiveAbilities(free_bits=False, still_axes=True),
    "factor_vae": ObjectiveAbilities(
        settings=("objective.gamma", "objective.discriminator_units", "objective.discriminator_rate"),
        weight="gamma",
        still_axes=True,
    ),
    "dip_vae_i": ObjectiveAbilities(settings=("objective.dip_weight",), weight="DIP weight", still_axes=True),
    "dip_vae_ii": ObjectiveAbilities(settings=("objective.dip_weight",), weight="DIP weight", still_axes=True),
}


def objective_abilities(name: str) -> ObjectiveAbilities:
    """Those of an objective; of one that this version doesn't know, the plain VAE's."""
    return OBJECTIVES.get(name, ObjectiveAbilities())
