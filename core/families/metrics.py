"""Metrics that several families mean alike, each defined once."""

from __future__ import annotations

from collections.abc import Mapping

from core.families.base import VALID, Chart, Metric

PSNR = Metric(
    "psnr",
    "PSNR",
    "dB",
    lower_is_better=False,
    where=VALID,
    digits=2,
    help="How close reconstructions come to the pictures",
    meaning="dB, of pictures reconstructed from their codes; higher is closer",
)
PSNR_CHART = Chart(
    "psnr", "PSNR", "How close validation pictures come back: 20 dB is recognisable, 30 dB hard to tell apart", (PSNR.key,)
)
OBJECT_PSNR = Metric(
    "psnr_object",
    "PSNR without white",
    "dB",
    lower_is_better=False,
    where=VALID,
    optional=True,
    digits=2,
    help="How close reconstructions come to the pictures where those aren't white: only where nearly all have white corners",
    meaning=(
        "dB, over the pixels whose original isn't near-white (below 0.98 in a channel), since the pictures' corners are white: "
        "a white background is easy, and alone makes the PSNR of all pixels high; higher is closer"
    ),
)
"""For data sets whose things lie on a white background (`core.data.statistics.on_white`)."""
LOST_VARIANCE = Metric(
    "reconstruction",
    "Reconstruction",
    "share of the variance",
    lower_is_better=True,
    from_zero=True,
    chooses_best=True,
    meaning="mean squared error as a share of the pixels' variance in the training pictures; lower is closer",
)


def reconstruction_line(train: Mapping[str, float], valid: Mapping[str, float]) -> str:
    """LOST_VARIANCE and PSNR of an epoch, for a terminal.

    Args:
        train: numbers of the training part.
        valid: of the validation part.
    """
    return (
        f"reconstruction {train['reconstruction']:.4f} | {valid['reconstruction']:.4f} of the variance (training | validation)  "
        f"psnr {valid['psnr']:.2f} dB"
    )
