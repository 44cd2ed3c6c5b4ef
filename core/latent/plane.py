"""Codes over a plane of the latent space, as the map that papers show of a latent of two dimensions."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from core.errors import CoreError
from core.latent.arithmetic import no_dimension


def prior_quantiles(steps: int) -> np.ndarray:
    """The midpoints of `steps` equally probable parts of the prior N(0, 1), ascending, (steps,) float32.

    Evenly spaced on (0, 1) and mapped by the inverse of the normal distribution function, as in figure 4 of
    Kingma & Welling 2013: so each kind of picture is as frequent as under the prior, and none is at infinity.
    """
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / steps) for place in range(steps)], np.float32)


def even_values(reach: float, steps: int) -> np.ndarray:
    """Values from -reach to reach at equal distances, ascending, (steps,) float32."""
    return np.linspace(-reach, reach, steps, dtype=np.float32)


def plane(z: np.ndarray, across: int, up: int, values: np.ndarray) -> np.ndarray:
    """Codes over two dimensions, laid out like a scatter plot: one grows to the right, the other upwards.

    Args:
        z: (D,), the values of all other dimensions.
        across: the dimension that grows to the right.
        up: the one that grows upwards.
        values: of both dimensions, ascending (S,).

    Returns:
        (S, S, D) float32, the first row being the topmost.

    Raises:
        CoreError: a dimension that the latent doesn't have, or the same one twice.
    """
    for dim in (across, up):
        if not 0 <= dim < z.size:
            raise no_dimension(dim, z.size)
    if across == up:
        raise CoreError(f"A plane needs two dimensions, not {across} twice.", "Name two different ones, for example 0,1.")
    codes = np.broadcast_to(z, (len(values), len(values), z.size)).astype(np.float32)
    codes[:, :, across] = values[None, :]
    codes[:, :, up] = values[::-1, None]
    return codes
