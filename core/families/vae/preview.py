"""The pictures of an epoch's preview of a VAE, and the noise behind the samples on it."""

from __future__ import annotations

import numpy as np

from core.data.dataset import FaceData
from core.data.split import spread
from core.families.vae.family import FAMILY
from core.latent.data_codes import given_by
from core.latent.engine import LatentEngine
from core.latent.instrument import classes_in_turn
from core.training.summaries import PREVIEWED

PSEUDO_ROW = "pseudo_inputs"
NOISE_PICTURES = 256  # of the training part, whose codes the samples' noise follows


def preview(engine: LatentEngine, data: FaceData) -> dict[str, np.ndarray]:
    """Some validation pictures, what the model makes of them, and as many samples; of a VampPrior also as many pseudo-inputs.

    All are the same pictures, and of the same noise, at every epoch. In a run that turns the latent's axes, where the same z
    would mean another face after each turn, the noise follows the codes of some training pictures: see `noise`.
    The samples of a conditional model are of its classes in turn.

    Returns:
        Name of each row -> its pictures, uint8 (n, H, W, C).
    """
    chosen = spread(data.split.valid, PREVIEWED)
    originals = np.asarray(data.images[chosen])
    given = given_by(engine, data)
    config = engine.header.config
    if config.settings.whiten_every:
        some = spread(data.split.train, NOISE_PICTURES)
        codes = engine.encode(np.asarray(data.images[some]), given.at(some)).mean
        z = noise(codes, len(chosen), config.seed)
    else:
        z = engine.sample(len(chosen), config.seed)
    decoded = engine.decode(engine.encode(originals, given.at(chosen)).mean, given.at(chosen))
    samples = engine.decode(z, classes_in_turn(engine, len(z)))
    rows = dict(zip(FAMILY.rows, (originals, decoded, samples), strict=True))
    if engine.mixture is None:
        return rows
    return rows | {PSEUDO_ROW: engine.mixture.pictures[np.arange(len(originals)) % len(engine.mixture)]}


def noise(codes: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Draws from the prior N(0, I) that keep their meaning while the latent's axes turn.

    Where a run turns its axes (`core.families.vae.whitening`), the same z means another face after each turn. So the noise is
    drawn once over some pictures, one number each, and carried into the latent by the rotation that fits these pictures' codes
    best (the orthogonal factor of their polar decomposition, Schönemann 1966). N(0, I) is invariant to rotations, and
    when the codes are rotated the draws follow them.

    Args:
        codes: posterior means (n, D) of the same n pictures at every epoch.
        count: how many draws.
        seed: of the run.

    Returns:
        float32 (count, D). Where n - 1 < D, the directions that no code lies in are filled with noise in the axes themselves.
    """
    n, width = codes.shape
    generator = np.random.default_rng([seed, 2])
    in_axes = generator.standard_normal((count, width))
    over_pictures = generator.standard_normal((count, n))
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    left, lengths, right = np.linalg.svd(centred, full_matrices=False)
    spanned = lengths > 1e-9 * max(float(lengths[0]), 1e-9) if len(lengths) else np.zeros(0, bool)
    left, right = left[:, spanned], right[spanned]
    return (over_pictures @ left @ right + in_axes - in_axes @ right.T @ right).astype(np.float32)
