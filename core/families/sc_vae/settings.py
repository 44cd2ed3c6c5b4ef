"""The settings of an SC-VAE, each defined once."""

from __future__ import annotations

from dataclasses import dataclass

from core.families.grid_settings import blocks_setting, channels_setting, inner_setting
from core.setting import setting


@dataclass(frozen=True, slots=True)
class ScVaeSettings:
    """The network, its dictionary, and sparse coding over it (Xiao et al., arXiv 2303.16666)."""

    grid: int = setting(
        8,
        "Grid",
        (
            "In how many places, along each side, a picture is described by atoms. More keep finer detail and take more numbers. "
            "The picture's side must be 2, 4, 8... times as much."
        ),
        group="network",
        unit="places",
        low=1,
        high=256,
        step=8,
        fixed="grid of places",
        telling=True,
    )
    atoms: int = setting(
        128,
        "Atoms",
        "How many atoms the dictionary has: what a place may be put together from. More describe it by fewer at a time.",
        unit="atoms",
        low=2,
        high=8192,
        step=64,
        fixed="number of atoms",
        telling=True,
    )
    threshold: float = setting(
        0.2,
        "Threshold (λ)",
        (
            "How strong an atom must be to count, where 1 is about how strong a random one would be. A higher threshold uses fewer "
            "atoms and loses more of the picture: 5 to 30 % of the coefficients should be non-zero in the curves. It can be tried "
            "out on a finished model in the Gallery."
        ),
        low=0.0,
        high=100.0,
        step=0.05,
        inherited=True,
        telling=True,
    )
    ista_steps: int = setting(
        16,
        "Steps of ISTA",
        (
            "How many steps sparse coding takes from 0 towards the best code while the model learns; eight times as many later on. "
            "More come closer, and each takes its time."
        ),
        group="dictionary",
        unit="steps",
        low=1,
        high=1000,
        inherited=True,
        paces=True,
    )
    code_dim: int = setting(
        24,
        "Atom size",
        "How many numbers an atom has. With more atoms than that, a place has many descriptions, and the sparsest is sought.",
        group="dictionary",
        unit="numbers",
        low=1,
        high=1024,
        step=8,
        fixed="size of an atom",
    )
    dictionary_weight: float = setting(
        0.25,
        "Weight of the dictionary (α)",
        (
            "How much it counts that the atoms put together what the encoder says, beside the reconstruction. 0: only the "
            "pictures count."
        ),
        group="dictionary",
        low=0.0,
        high=100.0,
        step=0.05,
        inherited=True,
    )
    hidden: int = channels_setting()
    residual_blocks: int = blocks_setting()
    residual_channels: int = inner_setting()
