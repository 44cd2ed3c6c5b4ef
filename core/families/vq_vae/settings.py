"""The settings of a VQ-VAE, each defined once."""

from __future__ import annotations

from dataclasses import dataclass

from core.families.grid_settings import blocks_setting, channels_setting, inner_setting
from core.setting import setting


@dataclass(frozen=True, slots=True)
class VqVaeSettings:
    """The network, its codebook, and the weight of the commitment (van den Oord et al., arXiv 1711.00937)."""

    grid: int = setting(
        16,
        "Grid",
        (
            "How many codes describe a picture, along each side. More keep finer detail; fewer are easier to learn a prior over. "
            "The picture's side must be 2, 4, 8... times as much."
        ),
        unit="codes",
        low=1,
        high=256,
        step=8,
        fixed="grid of codes",
        telling=True,
    )
    codebook_size: int = setting(
        256,
        "Codebook",
        "How many different codes there are. More keep finer detail, as long as they are all used: watch the share in the curves.",
        unit="codes",
        low=2,
        high=65536,
        step=64,
        fixed="size of the codebook",
        telling=True,
    )
    code_dim: int = setting(
        8,
        "Code size",
        "How many numbers a code has. Few (4 to 8) keep all codes in use; the paper's 64 leave half of them dead.",
        group="network",
        unit="numbers",
        low=1,
        high=512,
        fixed="size of a code",
    )
    hidden: int = channels_setting()
    residual_blocks: int = blocks_setting()
    residual_channels: int = inner_setting()
    commitment: float = setting(
        0.25,
        "Commitment (β)",
        (
            "How hard the encoder is held to the codes that it chose. The paper finds 0.1 to 2 equally good; raise it where the "
            "commitment in the curves keeps growing."
        ),
        group="reconstruction",
        low=0.0,
        high=100.0,
        step=0.05,
        inherited=True,
    )
    prior_epochs: int = setting(
        0,
        "Learn it for",
        (
            "So many epochs after the others in which a second network learns which codes go together, and the first one stays as "
            "it is. With it the model makes up new pictures; without it, it can't. More epochs give truer faces, until the bits a "
            "code in the curves stop falling. A finished run can be given one later, by going on with it."
        ),
        group="prior",
        unit="epochs",
        low=0,
        high=100000,
        zero="None",
        may_change=True,
    )
