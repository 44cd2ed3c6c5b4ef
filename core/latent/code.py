"""What goes into a model and comes out of it beside pictures, whatever its family: codes of a named space, and what it is told."""

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
    def mean(self) -> np.ndarray:
        """The values of a Gaussian space: posterior means (B, D)."""
        return self.values

    @property
    def log_var(self) -> np.ndarray:
        """Logarithms of the variances of a Gaussian space, (B, D)."""
        assert self.spread is not None
        return self.spread

    @property
    def flat(self) -> np.ndarray:
        """(B, D) float32: as a document holds codes, whatever their shape."""
        return self.values.reshape(len(self.values), -1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What a model is told of B pictures or codes beside themselves.

    Attributes:
        classes: (B,) int64, the number of each one's class; None: a conditional model takes the class that was chosen for all.
    """

    classes: np.ndarray | None = None

    def at(self, rows: np.ndarray | slice) -> Given:
        """What it is told of some of them."""
        return self if self.classes is None else Given(self.classes[rows])

    def repeated(self, count: int) -> Given:
        """Of each of them so many times in a row."""
        return self if self.classes is None else Given(np.repeat(self.classes, count))


NOTHING = Given()
