"""Faces that the model makes up, in Explore's first column: drawn from its prior, clear ones, and which of them to begin with."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.families.base import Can
from core.latent import mixture_prior
from core.latent.directions import Direction
from core.latent.instrument import TYPICAL_COUNT, typical_samples
from core.latent.session import Anchor
from explorer.document.decoding import Decoded, DecodeService
from explorer.document.loading import LoadedModel
from explorer.tasks import Task, run_task

COUNT = TYPICAL_COUNT
IN_SIGHT = 9  # samples visible without scrolling in the smallest window
FIRST_SEED = 133  # chosen by eye: with it each shipped model begins on a clear face
CHANNEL = "samples"


class PriorSamples(QObject):
    """Samples from the prior, moved towards its mean so that the faces are clear.

    Signals:
        decoded(int): the picture of a sample has come.
        drawn: the codes have come, of a model that draws them slowly.
        progressed(int): so many percent of these are drawn.
    """

    decoded = Signal(int)
    drawn = Signal()
    progressed = Signal(int)

    def __init__(self, decoding: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoding = decoding
        self._seed = FIRST_SEED
        self._request = 0
        self._drawing: Task | None = None
        self._codes = np.zeros((0, 1), np.float32)
        self._engine: object = None  # that they are of
        self._model: LoadedModel | None = None
        self.images: list[np.ndarray | None] = []
        """uint8 (H, W, C); None where a picture is still to come."""
        decoding.decoded.connect(self._on_decoding_decoded)

    def reroll(self) -> None:
        """Let the next `draw` give other samples."""
        self._seed += 1

    def draw(self, model: LoadedModel) -> None:
        """Samples of this model; none where it has no prior to draw from."""
        if Can.SAMPLE not in model.can:
            self.clear()
            return
        self._engine, self._model = model.engine, model
        self._forget_drawing()
        self.images, self._request, self._codes = [None] * COUNT, 0, np.zeros((0, 1), np.float32)
        if Can.TEMPERATURE not in model.can:
            self._decode(typical_samples(model.engine, COUNT, self._seed))
            return
        engine, seed = model.engine, self._seed
        self._drawing = run_task(
            self,
            lambda progress: typical_samples(engine, COUNT, seed, progress).astype(np.float32),
            done=self._on_drawn,
            failed=self._decoding.failed.emit,
            progress=lambda _what, done, total: self.progressed.emit(100 * done // max(1, total)),
            name="draw samples",
        )

    def clear(self) -> None:
        """Forget the samples: there is no model."""
        self._forget_drawing()
        self.images, self._request = [], 0

    @property
    def count(self) -> int:
        """How many can be chosen: none while their codes are being drawn."""
        return len(self._codes) if self.images else 0

    def _decode(self, codes: np.ndarray) -> None:
        self._codes = codes
        self._request = self._decoding.request(CHANNEL, codes)

    def _forget_drawing(self) -> None:
        if self._drawing is not None:
            self._drawing.drop()
            self._drawing = None

    def _on_drawn(self, codes: np.ndarray) -> None:
        self._drawing = None
        self._decode(codes)
        self.drawn.emit()

    def label(self, index: int) -> str:
        """A sample's name, for people."""
        return self.tr("Sample {n}").format(n=index + 1)

    def anchor(self, index: int) -> Anchor:
        """One of the samples as a face to edit."""
        return Anchor("sample", self.label(index), f"{self._seed}/{index}", tuple(map(float, self._codes[index])))

    def index_of(self, anchor: Anchor) -> int:
        """Which of the samples a face is; -1 for none of them, such as the Gallery's, which earlier versions named alike."""
        if anchor.kind != "sample" or not self.images:
            return -1
        names = [f"{self._seed}/{index}" for index in range(len(self._codes))]
        index = names.index(anchor.reference) if anchor.reference in names else -1
        return index if index >= 0 and np.array_equal(self._codes[index], np.asarray(anchor.z, np.float32)) else -1

    def clearest(self, direction: Direction | None) -> int:
        """The sample nearest to the prior's mean that doesn't smile yet, so that the top slider has an effect.

        Where codes are names, it is the one whose vectors are nearest to the mean of all samples'.
        """
        model, codes = self._model, self._codes[:IN_SIGHT]
        if model is not None and not model.space.adds:
            codes = model.arithmetic().vector(codes)
            far = np.linalg.norm(codes - model.arithmetic().vector(self._codes).mean(axis=0), axis=1)
        else:
            far = np.linalg.norm(mixture_prior.in_deviations(self._engine, codes), axis=1)
        if direction is not None and direction.unit.shape == codes.shape[1:]:
            without = direction.position(codes) < (direction.mean_with + direction.mean_without) / 2.0
            far = np.where(without, far, far + far.max())
        return int(np.argmin(far))

    def _on_decoding_decoded(self, decoded: Decoded) -> None:
        if decoded.channel == CHANNEL and decoded.id == self._request:
            for place, image in enumerate(decoded.images, decoded.start):
                self.images[place] = image
                self.decoded.emit(place)
