"""What each objective has and allows, by its name, for code that must know before torch is loaded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectiveAbilities:
    """Which settings an objective uses, and which would defeat its purpose."""

    settings: tuple[str, ...] = ()  # paths of its own settings, its main weight first
    weight: str = ""  # name of that first one, if it is a weight beside beta
    beta: bool = True  # beta and its schedule weight the KL term, or a part of it
    capacity: bool = False  # the KL is pulled to `objective.capacity`
    free_bits: bool = True  # it has a KL term of which a part can be free
    any_prior: bool = False  # its KL may be that from another prior than N(0, I)
    still_axes: bool = False  # each axis has a meaning, which turning the latent's axes would take away


OBJECTIVES: dict[str, ObjectiveAbilities] = {
    "beta_vae": ObjectiveAbilities(any_prior=True),
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
    """Abilities of an objective; the plain VAE's for one that this version doesn't know."""
    return OBJECTIVES.get(name, ObjectiveAbilities())
