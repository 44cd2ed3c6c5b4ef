"""The settings of a CycleGAN, each defined once."""

from __future__ import annotations

from dataclasses import dataclass

from core.setting import setting

RESIDUAL, PLAIN = "residual", "plain"
RESIZED, TRANSPOSED = "resized", "transposed"


@dataclass(frozen=True, slots=True)
class CycleGanSettings:
    """Two sides, two generators, two discriminators, and how they learn (Zhu et al., arXiv 1703.10593)."""

    side_a: str = setting(
        "",
        "From (A)",
        (
            "The pictures that are turned into others, and back: a class (a folder's name), a column of the labels, or all that "
            "aren't in it. If neither this nor B is named, the two folders are A and B; if only B is, A is all others."
        ),
        empty="By folder",
        telling=True,
        paces=True,
    )
    side_b: str = setting(
        "",
        "Into (B)",
        (
            "What they are turned into: a class, a column of the labels, or all that aren't in it. No picture needs a partner. If "
            "only A is named, B is all other pictures."
        ),
        empty="By folder",
        telling=True,
        paces=True,
    )
    width: int = setting(
        32,
        "Generator channels",
        "Of a generator at full size; twice and four times as many where it is smaller. 64 in the paper: three times the work.",
        group="generators",
        low=4,
        high=256,
        step=8,
        fixed="number of channels of the generators",
        telling=True,
    )
    blocks: int = setting(
        6,
        "Generator blocks",
        "At a quarter of the size, where a generator does most of its work. The paper takes 6 at 128 px and 9 at 256 px.",
        group="generators",
        low=1,
        high=16,
        fixed="number of residual blocks",
    )
    output: str = setting(
        RESIDUAL,
        "Output",
        (
            "Residual: a generator says what it adds to a picture, so that colours are right from the start, and changes of a part "
            "are learned much sooner. Plain, as in the paper: it paints the whole picture anew, which a change of style needs."
        ),
        choices={RESIDUAL: "Residual", PLAIN: "Plain"},
        group="generators",
        fixed="output of the generators",
    )
    upsampling: str = setting(
        RESIZED,
        "Upsampling",
        (
            "How a generator doubles the size: by repeating pixels before a convolution, or by a transposed convolution, as in the "
            "paper, which is a little quicker and leaves a chequered pattern, most of all at the start."
        ),
        choices={RESIZED: "Resize and convolve", TRANSPOSED: "Transposed"},
        group="generators",
        fixed="upsampling of the generators",
    )
    judge_width: int = setting(
        32,
        "Discriminator channels",
        "Of a discriminator's first layer; each further one has twice as many, up to eight times. 64 in the paper.",
        group="discriminators",
        low=4,
        high=256,
        step=8,
        fixed="number of channels of the discriminators",
    )
    judge_layers: int = setting(
        3,
        "Discriminator layers",
        (
            "They decide how large the patches are that a discriminator judges: 16 pixels with 1, 34 with 2, and 70 with 3, as in "
            "the paper. What sides differ in must fit into a patch: a smile at 64 px takes 70 pixels to be told soon, a brush "
            "stroke less."
        ),
        group="discriminators",
        low=1,
        high=4,
        fixed="number of layers of the discriminators",
    )
    cycle_weight: float = setting(
        10.0,
        "Cycle",
        "How much it counts that a picture which is translated and translated back is as it was. 10 in the paper.",
        group="losses",
        low=0.0,
        high=1000.0,
        inherited=True,
        telling=True,
    )
    identity_weight: float = setting(
        5.0,
        "Identity",
        (
            "How much it counts that a generator leaves pictures alone that are already of its goal, which keeps colours as they "
            "are. Half of the cycle's weight in the paper; 0 saves a quarter of the time, and colours may turn."
        ),
        group="losses",
        low=0.0,
        high=1000.0,
        zero="Off",
        inherited=True,
        telling=True,
        paces=True,
    )
    pool: int = setting(
        50,
        "Pool",
        (
            "How many translated pictures the discriminators see again later, half of the time, so that generators can't go in "
            "circles. 50 in the paper."
        ),
        group="discriminators",
        unit="pictures",
        low=0,
        high=1000,
        zero="None",
        inherited=True,
    )
    epoch_pairs: int = setting(
        1000,
        "Pairs in an epoch",
        (
            "After so many pairs the run judges and shows what it has learned. Each epoch goes on with the pictures where the last "
            "one ended. 0: as many pairs as half of the pictures."
        ),
        group="losses",
        unit="pairs",
        low=0,
        high=1000000,
        step=100,
        zero="Half the pictures",
        inherited=True,
        paces=True,
    )
