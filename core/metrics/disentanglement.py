"""All measures of disentanglement, that is, of how well dimensions of the latent stand for factors, in one call.

Each takes codes (N, D) and factors (N, K), one row a picture; docs/measures.md says how each is defined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import DataError
from core.metrics.dci import DCI, dci
from core.metrics.factor_vae_score import factor_vae_score
from core.metrics.mig import mig, mutual_information
from core.metrics.mig_chen import mig_chen
from core.metrics.sap import sap
from core.progress import Progress

if TYPE_CHECKING:
    from core.latent.code import Code

__all__ = ["DCI", "MEASURES", "dci", "factor_vae_score", "measure_factors", "mig", "mig_chen", "mutual_information", "sap"]

MEASURES = ("mig", "mig_chen", "factor_vae_score", "sap", "dci")  # dci takes by far the longest
# Each number's title, and what it is.
MEANINGS = {
    "mig": ("MIG", "mutual information gap as in disentanglement_lib: mean codes, 20 bins, all factors; 0 to 1, higher is better"),
    "mig_chen": (
        "MIG of Chen et al.",
        "mutual information gap as in Chen et al. 2018: sampled codes, without shape; 0 to 1, higher is better",
    ),
    "factor_vae_score": (
        "FactorVAE score",
        "accuracy of the vote which factor was held fixed (Kim & Mnih 2018); 0 to 1, higher is better",
    ),
    "sap": ("SAP", "by how much one dimension alone predicts a factor better than the next (Kumar et al. 2018); higher is better"),
    "disentanglement": (
        "DCI disentanglement",
        "DCI (Eastwood & Williams 2018): each dimension matters for one factor only; 0 to 1, higher is better",
    ),
    "completeness": ("DCI completeness", "DCI: each factor needs one dimension only; 0 to 1, higher is better"),
    "informativeness": ("DCI informativeness", "DCI: accuracy of the factors' prediction; 0 to 1, higher is better"),
}
SHAPE = "shape"  # the factor that Chen et al. leave out


def measure_factors(
    codes: Code,
    factors: np.ndarray,
    names: Sequence[str],
    progress: Progress | None = None,
    *,
    measures: Sequence[str] = MEASURES,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure how the codes of a data set disentangle its factors.

    Each measure draws the published numbers of samples from these rows, or fewer where there aren't as many.

    Args:
        codes: q(z|x) of N pictures.
        factors: (N, K) int.
        names: K names of the factors.
        progress: told how far; may raise Cancelled.
        measures: which, of `MEASURES`.
        seed: of the rows that are drawn; each measure draws from it anew.

    Returns:
        `images` N; `factors`, the names; of the chosen measures `mig`, `mig_chen` (without the factor named shape; absent where
        that leaves nothing), `factor_vae_score`, `sap`, each a float, and `dci`, a dict of its parts.

    Raises:
        DataError: shapes that don't fit, an unknown measure, too few pictures, or no factor that varies.
    """
    factors = np.asarray(factors)
    if factors.ndim != 2 or factors.shape[1] != len(names):
        raise DataError(f"{len(names)} names for factors of shape {factors.shape} don't fit.", "Give one name a column.")
    unknown = sorted(set(measures) - set(MEASURES))
    if unknown:
        raise DataError(f"There is no measure named {unknown[0]!r}.", f"Choose of: {', '.join(MEASURES)}.")
    result: dict[str, Any] = {"images": len(factors), "factors": list(names)}
    for measure in measures:
        generator = np.random.default_rng(seed)
        if measure == "mig":
            result[measure] = mig(codes.mean, factors, generator=generator, progress=progress)
        elif measure == "mig_chen":
            kept = factors[:, [name.lower() != SHAPE for name in names]]
            if codes.spread is None:
                raise DataError("It draws codes from their spread, and these have none.", "Leave out mig_chen.")
            if (kept != kept[:1]).any():
                result[measure] = mig_chen(codes.mean, codes.log_var, kept, generator=generator, progress=progress)
        elif measure == "factor_vae_score":
            result[measure] = factor_vae_score(codes.mean, factors, generator=generator, progress=progress)
        elif measure == "sap":
            result[measure] = sap(codes.mean, factors, generator=generator, progress=progress)
        else:
            result[measure] = dci(codes.mean, factors, generator=generator, progress=progress)._asdict()
    return result
