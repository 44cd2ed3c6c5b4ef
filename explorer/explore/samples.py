"""Faces that a model makes up, to start from: codes of a seed, and their pictures as they are decoded."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.families.base import Can
from core.latent.arithmetic import typical
from core.latent.directions import Direction
from core.latent.session import Anchor
from explorer.document.decoding import Decoded, DecodeService
from explorer.document.loading import LoadedModel

COUNT = 24
IN_SIGHT = 9  # samples that show without scrolling, in the smallest window
FIRST_SEED = 12  # with which both shipped models begin on a clear face
CHANNEL = "samples"


class PriorSamples(QObject):
    """Samples from the prior, closer to its mean than most, so that the faces are clear.

    Signals:
        decoded(int): the picture of a sample has come.
    """

    decoded = Signal(int)

    def __init__(self, decoding: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoding = decoding
        self._seed = FIRST_SEED
        self._request = 0
        self._codes = np.zeros((0, 1), np.float32)
        self.images: list[np.ndarray | None] = []
        """uint8 (H, W, C); None where a picture is still to come."""
        decoding.decoded.connect(self._on_decoding_decoded)

    def reroll(self) -> None:
        """The next `draw` gives others."""
        self._seed += 1

    def draw(self, model: LoadedModel) -> None:
        """Samples of this model; none where it has no prior to draw from."""
        if Can.SAMPLE not in model.can:
            self.clear()
            return
        codes = model.engine.sample(COUNT, self._seed)
        self._codes = typical(codes) if model.space.adds else codes.reshape(COUNT, -1)
        self.images = [None] * COUNT
        self._request = self._decoding.request(CHANNEL, self._codes)

    def clear(self) -> None:
        """There is no model to sample from."""
        self.images, self._request = [], 0

    def label(self, index: int) -> str:
        """A sample's name, for people."""
        return self.tr("Sample {n}").format(n=index + 1)

    def anchor(self, index: int) -> Anchor:
        """One of the samples as a face to edit."""
        return Anchor("sample", self.label(index), f"{self._seed}/{index}", tuple(map(float, self._codes[index])))

    def clearest(self, direction: Direction | None) -> int:
        """The one nearest to the prior's mean that doesn't smile yet: the slider on top shall show something."""
        codes = self._codes[:IN_SIGHT]
        far = np.linalg.norm(codes, axis=1)
        if direction is not None:
            without = direction.position(codes) < (direction.mean_with + direction.mean_without) / 2.0
            far = np.where(without, far, far + far.max())
        return int(np.argmin(far))

    def _on_decoding_decoded(self, made: Decoded) -> None:
        if made.channel == CHANNEL and made.id == self._request:
            for place, image in enumerate(made.images, made.start):
                self.images[place] = image
                self.decoded.emit(place)
