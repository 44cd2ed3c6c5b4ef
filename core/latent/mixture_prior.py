"""A VampPrior behind numpy: the pseudo-inputs of a model, which codes each stands for, and codes drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import ConfigError
from core.latent.code import Code

AT_ONCE = 64  # codes whose responsibilities are computed together


@dataclass(frozen=True, slots=True, eq=False)
class MixturePrior:
    """An equal mixture of the posteriors of pseudo-inputs.

    Attributes:
        pictures: uint8 (K, H, W, C), the pseudo-inputs.
        code: their K posteriors.
    """

    pictures: np.ndarray
    code: Code

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def mean(self) -> np.ndarray:
        """(D,) of the whole mixture."""
        return np.asarray(self.code.mean.mean(axis=0))

    @property
    def std(self) -> np.ndarray:
        """(D,) of the whole mixture, along each dimension."""
        within = np.exp(self.code.log_var.astype(np.float64)).mean(axis=0)
        return np.sqrt(within + self.code.mean.var(axis=0, dtype=np.float64)).astype(np.float32)

    def sample(self, count: int, seed: int, component: int | None = None) -> np.ndarray:
        """Codes (count, D) float32, the same for the same seed; of one component, or each of one that chance chooses.

        Raises:
            ConfigError: there is no such component.
        """
        generator = np.random.default_rng(seed)
        noise = generator.standard_normal((count, self.code.mean.shape[1]), dtype=np.float32)
        if component is None:
            components = generator.integers(len(self), size=count)
        elif 0 <= component < len(self):
            components = np.full(count, component)
        else:
            raise ConfigError(
                f"There is no pseudo-input {component + 1}: the model has {len(self)}.", f"Choose one from 1 to {len(self)}."
            )
        means, spreads = self.code.mean[components], np.exp(0.5 * self.code.log_var[components])
        return np.asarray(means + spreads * noise, np.float32)

    def responsibilities(self, codes: np.ndarray) -> np.ndarray:
        """How likely each component made a code, p(k|z): codes (B, D) -> (B, K) float64, rows that add up to 1."""
        mean, log_var = self.code.mean.astype(np.float64), self.code.log_var.astype(np.float64)
        given = np.empty((len(codes), len(self)))
        for start in range(0, len(codes), AT_ONCE):
            some = codes[start : start + AT_ONCE, None].astype(np.float64)
            given[start : start + AT_ONCE] = -0.5 * (log_var + np.square(some - mean) * np.exp(-log_var)).sum(axis=2)
        given = np.exp(given - given.max(axis=1, keepdims=True))
        return np.asarray(given / given.sum(axis=1, keepdims=True))

    def shares(self, codes: Code, seed: int = 0) -> np.ndarray:
        """Each component's share of pictures: its mean responsibility for one code drawn from each one's posterior, (K,)."""
        noise = np.random.default_rng(seed).standard_normal(codes.mean.shape, dtype=np.float32)
        return np.asarray(self.responsibilities(codes.mean + np.exp(0.5 * codes.log_var) * noise).mean(axis=0))


def of(instrument: object) -> MixturePrior | None:
    """The VampPrior of an opened model; None where it has none, or is of another family."""
    mixture = getattr(instrument, "mixture", None)
    return mixture if isinstance(mixture, MixturePrior) else None


def placed(instrument: object, values: np.ndarray) -> np.ndarray:
    """Codes (..., D) that are given in standard deviations from the prior's mean, as they are where the prior is N(0, I)."""
    mixture = of(instrument)
    return values if mixture is None else np.asarray(mixture.mean + mixture.std * values, np.float32)


def in_deviations(instrument: object, codes: np.ndarray) -> np.ndarray:
    """The other way: codes (..., D) in standard deviations from the prior's mean."""
    mixture = of(instrument)
    return codes if mixture is None else np.asarray((codes - mixture.mean) / mixture.std, np.float32)
