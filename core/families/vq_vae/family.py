"""The family of VQ-VAEs, as the program asks for it before torch is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import ConfigError
from core.families.base import TOKENS, VALID, Can, Chart, CodeSpace, Family, Metric, Preset, Shape
from core.families.vq_vae.grids import halvings
from core.families.vq_vae.settings import VqVaeSettings
from core.problems import Problem, Problems

METRICS = (
    Metric(
        "loss",
        "Loss",
        lower_is_better=True,
        from_zero=True,
        meaning="what was minimised: reconstruction, and commitment by its weight",
    ),
    Metric(
        "reconstruction",
        "Reconstruction",
        "share of the variance",
        lower_is_better=True,
        from_zero=True,
        chooses_best=True,
        meaning="mean squared error as a share of the pixels' variance in the training pictures; lower is closer",
    ),
    Metric(
        "commitment",
        "Commitment",
        "squared distance",
        from_zero=True,
        meaning="mean squared distance of the encoder's vectors from their codes; smaller where the codes fit them well",
    ),
    Metric(
        "psnr",
        "PSNR",
        "dB",
        lower_is_better=False,
        where=VALID,
        digits=2,
        help="How close reconstructions come to the pictures",
        meaning="dB, of pictures reconstructed from their codes; higher is closer",
    ),
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
    Chart("psnr", "PSNR", "How close validation pictures come back: 20 dB is recognisable, 30 dB hard to tell apart", ("psnr",)),
    Chart(
        "codes",
        "Codes",
        "Over all validation pictures: as how many codes, used equally often, the codebook counts, and the share that is used",
        ("perplexity", "codes_used"),
    ),
)
PRESETS = (
    Preset(
        "codes",
        "Codes",
        "A grid of 16 × 16 codes for pictures of 64 px in about 15 minutes on two cores. Start here.",
        {
            "data.image_size": 64,
            "data.mirror": True,
            "epochs": 30,
            "batch_size": 32,
            "learning_rate": 0.0015,
            "lr_schedule": "cosine",
        },
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
            "batch_size": 128,
            "learning_rate": 0.0002,
        },
    ),
)


def _spaces(settings: VqVaeSettings, shape: Shape) -> Mapping[str, CodeSpace]:
    return {"codes": CodeSpace(TOKENS, (settings.grid, settings.grid), settings.codebook_size)}


def _problems(config: Any) -> Problems:
    try:
        halvings(config.data.image_size, config.settings.grid)
    except ConfigError as error:
        return Problems((Problem("grid", error.message, hint=error.hint),))
    return Problems()


def _line(train: Mapping[str, float], valid: Mapping[str, float], whole: Mapping[str, float]) -> str:
    return (
        f"reconstruction {train['reconstruction']:.4f} | {valid['reconstruction']:.4f} of the variance (training | validation)  "
        f"psnr {valid['psnr']:.2f} dB  codes used {100.0 * valid['codes_used']:.0f} %"
    )


FAMILY = Family(
    name="vq_vae",
    title="VQ-VAE",
    help="Encodes a picture as a grid of codes from a codebook of a few hundred, like tiles of a mosaic, and decodes them sharply.",
    settings=VqVaeSettings,
    presets=PRESETS,
    metrics=METRICS,
    charts=CHARTS,
    rows=("originals", "reconstructions"),
    home="core.families.vq_vae.recipe",
    spaces=_spaces,
    can=lambda settings, shape: frozenset({Can.ENCODE, Can.DECODE}),
    problems=_problems,
    suits=lambda kind, preset: {"grid": 8} if kind == "mnist" else {},
    about=lambda settings: (f"{settings.grid}×{settings.grid} of {settings.codebook_size} codes",),
    line=_line,
    groups={"reconstruction": "Reconstruction", "network": "Network"},
    series=("codebook_size", "64, 256, 1024"),
)
