"""What each network can do, by its name, for code that must know before torch is loaded."""

from __future__ import annotations

from dataclasses import dataclass

STEP = 16  # pixels: sides of pictures are multiples of it, for most networks


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a network can do, and which of its settings mean something."""

    sizes: tuple[int, ...] = ()  # sides in pixels of the pictures that it accepts; () = every multiple of `step`
    step: int = STEP  # pixels
    conditional: bool = False  # is told each picture's class, and can be asked for pictures of a class
    convolutions: bool = False  # `model.kernel_size` and `model.dropout` are its settings
    dense: bool = False  # `model.hidden_units` and `model.hidden_layers` are its settings


ABILITIES: dict[str, Abilities] = {
    "conv_vae": Abilities(convolutions=True),
    "skip_vae": Abilities(convolutions=True),
    "burgess_vae": Abilities(sizes=(32, 64)),
    "fruit_vae": Abilities(step=4),
    "mlp_vae": Abilities(dense=True),
    "conditional_vae": Abilities(conditional=True, dense=True),
}


def abilities(name: str) -> Abilities:
    """Abilities of a network; none for one that this version doesn't know."""
    return ABILITIES.get(name, Abilities())
