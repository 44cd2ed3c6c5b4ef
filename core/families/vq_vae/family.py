"""The family of VQ-VAEs, as the program asks for it before torch is loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.errors import ConfigError
from core.families.base import TOKENS, VALID, Can, Chart, CodeSpace, Family, Later, Metric, Phase, Preset, Shape
from core.families.grids import grid_problems
from core.families.metrics import LOST_VARIANCE, PSNR, PSNR_CHART, reconstruction_line
from core.families.vq_vae.settings import VqVaeSettings
from core.families.vq_vae.work import pace

METRICS = (
    Metric(
        "loss",
        "Loss",
        lower_is_better=True,
        from_zero=True,
        meaning="what was minimised: reconstruction, and commitment by its weight; where a prior was learned, its bits a code",
    ),
    LOST_VARIANCE,
    Metric(
        "commitment",
        "Commitment",
        "squared distance",
        from_zero=True,
        meaning="mean squared distance of the encoder's vectors from their codes; smaller where the codes fit them well",
    ),
    PSNR,
    Metric(
        "perplexity",
        "Perplexity",
        "codes",
        lower_is_better=False,
        where=VALID,
        from_zero=True,
        meaning="as how many codes, used equally often, the codebook counts; at most its size",
    ),
    Metric(
        "codes_used",
        "Codes in use",
        "share",
        lower_is_better=False,
        where=VALID,
        from_zero=True,
        meaning="the share of the codebook that the pictures use",
    ),
    Metric(
        "prior_bits",
        "Prior",
        "bits a code",
        lower_is_better=True,
        from_zero=True,
        optional=True,
        digits=3,
        help="How many bits a code takes, when the prior says what to expect after the codes before it",
        meaning="-log2 p of a code given those before it; lower is better, and log2 of the codebook's size is pure chance",
    ),
    Metric(
        "unigram_bits",
        "Each code alone",
        "bits a code",
        where=VALID,
        of=lambda part: math.log2(part["perplexity"]),
        from_zero=True,
        digits=3,
        help="How many bits a code takes when only the codes' frequencies are known",
        meaning="entropy of the codes' frequencies: what a prior has to come below",
    ),
    Metric(
        "chance_bits",
        "Pure chance",
        "bits a code",
        where=VALID,
        from_zero=True,
        optional=True,
        digits=3,
        help="How many bits a code takes when nothing is known: log2 of the codebook's size",
        meaning="log2 of the codebook's size",
    ),
)
CHARTS = (
    Chart(
        "loss",
        "Loss",
        (
            "What is minimised: the share of the pictures' variance that the reconstruction loses, and how far the encoder's "
            "vectors lie from their codes"
        ),
        ("reconstruction", "commitment"),
        ("loss",),
    ),
    PSNR_CHART,
    Chart(
        "codes",
        "Codes",
        "Over all validation pictures: as how many codes, used equally often, the codebook counts, and the share that is used",
        ("perplexity", "codes_used"),
    ),
    Chart(
        "prior",
        "Prior",
        (
            "How many bits each code of a picture takes: by the prior, which knows the codes before it, and by the codes' "
            "frequencies alone. The lower the prior, the better it knows which codes go together; pure chance takes log2 of the "
            "codebook's size"
        ),
        ("prior_bits",),
        ("unigram_bits", "chance_bits"),
    ),
)
PRESETS = (
    Preset(
        "codes",
        "Codes",
        "16 × 16 codes for pictures of 64 px: about 15 minutes, 8 more for samples. Start here.",
        {
            "data.image_size": 64,
            "data.mirror": True,
            "epochs": 30,
            "prior_epochs": 8,
            "batch_size": 32,
            "learning_rate": 0.0015,
            "lr_schedule": "cosine",
        },
        minutes=23.0,
    ),
    Preset(
        "paper",
        "Paper",
        "The network of van den Oord et al. (2017) for 32 px: 8 × 8 codes, 256 channels, a codebook of 512. For a graphics card.",
        {
            "data.image_size": 32,
            "grid": 8,
            "codebook_size": 512,
            "code_dim": 64,
            "hidden": 256,
            "epochs": 1000,
            "prior_epochs": 100,
            "batch_size": 128,
            "learning_rate": 0.0002,
        },
    ),
)


def _spaces(settings: VqVaeSettings, shape: Shape) -> Mapping[str, CodeSpace]:
    return {"codes": CodeSpace(TOKENS, (settings.grid, settings.grid), settings.codebook_size)}


def _can(settings: VqVaeSettings, shape: Shape) -> frozenset[Can]:
    return frozenset({Can.ENCODE, Can.DECODE, Can.MOVE} | ({Can.SAMPLE, Can.TEMPERATURE} if settings.prior_epochs else set()))


PRIOR_PHASE = "prior"
PRIOR_EPOCHS = 8  # enough for some thousand faces
NO_PRIOR = f"Learn one, on the pictures of its run: main.py train --out RUN --resume --set prior_epochs={PRIOR_EPOCHS}"


def _phases(config: Any) -> tuple[Phase, ...]:
    learned = config.settings.prior_epochs
    if not learned:
        return (Phase("", "", config.epochs),)
    # The first has no name, as the only phase of a run without a prior, which one can be added to.
    return Phase("", "the codes", config.epochs), Phase(
        PRIOR_PHASE, "the prior over the codes", learned, best="prior_bits", setting="prior_epochs", pace=_pace(config)
    )


def _later(config: Any) -> tuple[Later, ...]:
    if config.settings.prior_epochs:
        return ()
    return (Later("prior_epochs", PRIOR_EPOCHS, f"Learn a prior over its codes, in {PRIOR_EPOCHS} epochs"),)


def _pace(config: Any) -> float:
    try:
        return pace(config.settings, config.data.image_size, config.data.channels)
    except ConfigError:  # `_problems` says that the grid doesn't fit
        return 1.0


def _line(train: Mapping[str, float], valid: Mapping[str, float], whole: Mapping[str, float]) -> str:
    if "prior_bits" in valid:
        return (
            f"prior {train['prior_bits']:.3f} | {valid['prior_bits']:.3f} bits a code (training | validation), "
            f"{valid['unigram_bits']:.3f} by each code alone, {valid['chance_bits']:.3f} by chance"
        )
    return f"{reconstruction_line(train, valid)}  codes used {100.0 * valid['codes_used']:.0f} %"


FAMILY = Family(
    name="vq_vae",
    title="VQ-VAE",
    help="Encodes a picture as a grid of codes from a codebook of a few hundred, like tiles of a mosaic, and decodes them sharply.",
    settings=VqVaeSettings,
    presets=PRESETS,
    metrics=METRICS,
    charts=CHARTS,
    rows=("originals", "reconstructions", "samples"),
    home="core.families.vq_vae.recipe",
    spaces=_spaces,
    can=_can,
    problems=grid_problems,
    phases=_phases,
    later=_later,
    suits=lambda kind, preset: {"grid": 8} if kind == "mnist" else {},
    about=lambda settings: (f"{settings.grid}×{settings.grid} of {settings.codebook_size} codes",),
    line=_line,
    without={Can.SAMPLE: NO_PRIOR, Can.TEMPERATURE: NO_PRIOR},
    groups={"prior": "Prior over the codes, for samples", "reconstruction": "Reconstruction", "network": "Network"},
    series=("codebook_size", "64, 256, 1024"),
)
