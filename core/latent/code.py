"""What an encoder answers, whatever the family: values of a named space of codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """Codes of B pictures.

    Attributes:
        space: the name of the space that they lie in, as the family calls it ("z", "codes").
        values: (B, *shape): float32 of a Gaussian space (the posterior means), int64 of tokens.
        spread: (B, *shape) float32, the logarithm of each value's variance; None where codes have none.
    """

    space: str
    values: np.ndarray
    spread: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def flat(self) -> np.ndarray:
        """(B, D) float32: as a document holds codes, whatever their shape."""
        return self.values.reshape(len(self.values), -1).astype(np.float32)
