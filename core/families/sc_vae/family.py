"""The family of SC-VAEs, as the program asks for it before torch is loaded."""

from __future__ import annotations

from collections.abc import Mapping

from core.families.base import SPARSE, VALID, Can, Chart, CodeSpace, Family, Metric, Preset, Shape
from core.families.grids import grid_problems
from core.families.metrics import LOST_VARIANCE, PSNR, PSNR_CHART, reconstruction_line
from core.families.sc_vae.settings import ScVaeSettings

METRICS = (
    Metric(
        "loss",
        "Loss",
        lower_is_better=True,
        from_zero=True,
        meaning="what was minimised: reconstruction, and the dictionary's error by its weight",
    ),
    LOST_VARIANCE,
    Metric(
        "left_out",
        "Dictionary",
        "share left out",
        lower_is_better=True,
        from_zero=True,
        help="How much of what the encoder says the atoms don't put together",
        meaning="squared error of the sparse codes as a share of the encoder's vectors; lower where the atoms fit them well",
    ),
    PSNR,
    Metric(
        "nonzeros",
        "Non-zeros",
        "share",
        where=VALID,
        from_zero=True,
        digits=3,
        help="Which share of the coefficients isn't 0",
        meaning="the share of the coefficients that aren't 0: 5 to 30 % is sparse and still tells a picture",
    ),
    Metric(
        "numbers",
        "Numbers",
        "a picture",
        where=VALID,
        from_zero=True,
        digits=0,
        help="How many coefficients of a picture aren't 0",
        meaning="how many coefficients of a picture aren't 0, all its places together",
    ),
    Metric(
        "hoyer",
        "Hoyer sparsity",
        where=VALID,
        from_zero=True,
        digits=3,
        help="How unequal a picture's coefficients are: 1 where a single one isn't 0, 0 where all are equally large",
        meaning="how unequal a picture's coefficients are: 1 where a single one isn't 0, 0 where all are equally large",
    ),
    Metric(
        "dead_atoms",
        "Dead atoms",
        "share",
        lower_is_better=True,
        where=VALID,
        from_zero=True,
        digits=3,
        help="Which share of the atoms no picture uses",
        meaning="the share of the atoms that no validation picture uses anywhere",
    ),
    Metric(
        "spread",
        "Spread of the vectors",
        "variance",
        where=VALID,
        from_zero=True,
        digits=3,
        help="How much the encoder's vectors at a place differ from picture to picture: at most 1, and 0 where all are alike",
        meaning="variance of the encoder's vectors from picture to picture: at most 1, and 0 where all are alike",
    ),
)
CHARTS = (
    Chart(
        "loss",
        "Loss",
        (
            "What is minimised: the share of the pictures' variance that the reconstruction loses, and the share of the encoder's "
            "vectors that the atoms leave out"
        ),
        ("reconstruction", "left_out"),
        ("loss",),
    ),
    PSNR_CHART,
    Chart(
        "sparsity",
        "Sparsity",
        (
            "Over all validation pictures: the share of coefficients that aren't 0, and the share of atoms that no picture uses. "
            "5 to 30 % non-zeros are sparse and still tell a picture; at 0 nothing gets through"
        ),
        ("nonzeros", "dead_atoms"),
        ("numbers",),
    ),
    Chart(
        "codes",
        "Codes",
        (
            "How unequal the coefficients of a picture are (Hoyer: 1 where a single one isn't 0), and how much the encoder's "
            "vectors differ from picture to picture"
        ),
        ("hoyer", "spread"),
    ),
)
PRESETS = (
    Preset(
        "atoms",
        "Atoms",
        "8 × 8 places with 128 atoms for pictures of 64 px: about 25 minutes. Start here.",
        {
            "data.image_size": 64,
            "data.mirror": True,
            "epochs": 30,
            "batch_size": 32,
            "learning_rate": 0.0015,
            "lr_schedule": "cosine",
        },
        minutes=25.0,
    ),
)
ACTIVE_ROW = "active atoms"
NO_PRIOR = "An SC-VAE learns no prior over its codes. Train a VAE, or a VQ-VAE with a prior, for new pictures."


def _spaces(settings: ScVaeSettings, shape: Shape) -> Mapping[str, CodeSpace]:
    return {"coefficients": CodeSpace(SPARSE, (settings.grid, settings.grid, settings.atoms))}


def _line(train: Mapping[str, float], valid: Mapping[str, float], whole: Mapping[str, float]) -> str:
    sparsity = f"non-zeros {100.0 * valid['nonzeros']:.1f} %  dead atoms {100.0 * valid['dead_atoms']:.0f} %"
    return f"{reconstruction_line(train, valid)}  {sparsity}"


FAMILY = Family(
    name="sc_vae",
    title="SC-VAE",
    help=(
        "Puts a picture together from a few atoms of a learned dictionary in each place. Each atom can be looked at, and turned up "
        "and down."
    ),
    settings=ScVaeSettings,
    presets=PRESETS,
    metrics=METRICS,
    charts=CHARTS,
    rows=("originals", "reconstructions", ACTIVE_ROW),
    home="core.families.sc_vae.recipe",
    spaces=_spaces,
    can=lambda settings, shape: frozenset({Can.ENCODE, Can.DECODE}),
    problems=grid_problems,
    suits=lambda kind, preset: {"grid": 7} if kind == "mnist" else {},
    about=lambda settings: (f"{settings.grid}×{settings.grid} places, {settings.atoms} atoms",),
    line=_line,
    without={Can.SAMPLE: NO_PRIOR, Can.TEMPERATURE: NO_PRIOR},
    groups={"dictionary": "Dictionary", "network": "Network"},
    series=("threshold", "0.1, 0.2, 0.4"),
)
