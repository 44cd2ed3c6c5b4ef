"""One face of a photo and its edits, which can be put onto the photo at any size or onto a part of it.

The part of an edit along directions that the model's retoucher learned is retouched (`core.retouch`); the rest, or all
of it without a retoucher, is carried over from the decoded faces (`core.photo.transfer`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.pictures import Pixels
from core.faces.alignment import Matrix
from core.latent.directions import Direction, from_dict, move, percent_at
from core.photo.tone import keep_tone
from core.photo.transfer import Change, find_change, put_on
from core.retouch.doubt import doubt, trust
from core.retouch.layers import RetouchLayers

if TYPE_CHECKING:
    from core.latent.instrument import Instrument

LEAST_AMOUNT = 0.1  # percent: smaller edits are rounding
LEAST_REST = 1e-3  # of a code's change: smaller remainders are rounding


@dataclass(frozen=True, slots=True)
class Share:
    """How far a change of a code goes along a direction that is retouched.

    Attributes:
        direction: the direction.
        percent: as an AMOUNT (`core.latent.directions.move`).
    """

    direction: Direction
    percent: float


class FaceEdit:
    """A face, and what edits change in the model's frame; caches what doesn't depend on the amount.

    Args:
        engine: of the model.
        before: (D,), the face's code.
        framed: uint8 (S, S, C), the photo's face in the model's frame.
        gain: factor of carried-over edits, see `core.photo.edit.photo_gain`.
    """

    def __init__(self, engine: Instrument, before: np.ndarray, framed: Pixels, gain: float) -> None:
        self._engine = engine
        self._before = np.asarray(before, np.float32)
        self._framed = framed
        self._gain = gain
        self._unedited: Pixels | None = None
        self._layers: dict[tuple[str, bool], tuple[RetouchLayers, float]] = {}

    def changes(self, after: np.ndarray) -> tuple[Change, ...]:
        """What an edit to the code `after` (D,) changes, in the order in which it is applied; nothing for the same code."""
        shares, rest = split_change(self._before, np.asarray(after, np.float32), retouched(self._engine))
        changes = []
        if rest is not None:
            decoded = self._engine.decode((self._before + np.float32(self._gain) * rest)[None])[0]
            changes.append(find_change(self._drawn, decoded, self._framed, self._gain))
        for share in shares:
            layers, trusted = self._layers_of(share.direction, share.percent > 0.0)
            shown = layers.at(trusted * abs(share.percent) / 100.0)
            motion = shown.flow * np.float32(self._framed.shape[0] / len(shown.flow))
            changes.append(
                Change(self._framed.shape[0], motion, shown.light if shown.light.any() else None, shown.mask, shown.paint)
            )
        return tuple(changes)

    def put_on(self, picture: Pixels, matrix: Matrix, after: np.ndarray) -> Pixels:
        """A picture of the face with the edit; a new array.

        Args:
            picture: uint8 (H, W, 3), the photo or a part of it at any size.
            matrix: (2, 3), from its pixels to the model's frame.
            after: (D,), the code that the face is to have.
        """
        edited = picture
        for change in self.changes(after):
            edited = put_on(edited, matrix, change)
        return keep_tone(picture, edited, matrix, self._framed.shape[0]) if edited is not picture else picture.copy()

    def trusted(self, after: np.ndarray) -> float:
        """How much of an edit to a code (D,) this face gets, 1 to 0: less where the model draws the face badly.

        A face that is turned far, half hidden, or has something in front of it is better left alone.
        """
        shares, _ = split_change(self._before, np.asarray(after, np.float32), retouched(self._engine))
        return min((self._layers_of(share.direction, share.percent > 0.0)[1] for share in shares), default=1.0)

    @property
    def _drawn(self) -> Pixels:
        """The unedited face as the model draws it."""
        if self._unedited is None:
            self._unedited = self._engine.decode(self._before[None])[0]
        return self._unedited

    def _layers_of(self, direction: Direction, more: bool) -> tuple[RetouchLayers, float]:
        key = (direction.name, more)
        if key not in self._layers:
            retoucher = self._engine.retoucher
            assert retoucher is not None
            after = self._engine.decode(move(self._before, direction, 100.0 if more else -100.0)[None])[0]
            layers, strained = retoucher.layers(self._framed, self._drawn, after, more)
            known = trust(doubt(self._framed, self._drawn, after), retoucher.bounds)
            self._layers[key] = (layers, known * trust(strained, retoucher.strain))
        return self._layers[key]


def retouched(engine: Instrument) -> list[Direction]:
    """The directions of a model that its retoucher learned."""
    if engine.retoucher is None:
        return []
    known = [values for values in engine.header.directions if values.get("name") in engine.retoucher.directions]
    return [direction for direction in map(from_dict, known) if direction.checkpoint_id == engine.id]


def split_change(before: np.ndarray, after: np.ndarray, directions: list[Direction]) -> tuple[tuple[Share, ...], np.ndarray | None]:
    """Split a code's change into shares along some directions and a rest.

    Args:
        before: (D,).
        after: (D,).
        directions: linearly independent ones.

    Returns:
        The shares that are more than rounding, and the rest (D,) of the change; None where there is none.
    """
    change = after - before
    length = float(np.linalg.norm(change))
    if length == 0.0:
        return (), None
    shares, rest = [], change
    if directions:
        units = np.stack([direction.unit for direction in directions])
        along = np.linalg.lstsq(units.T, change, rcond=None)[0]
        rest = change - along @ units
        for direction, way in zip(directions, along, strict=True):
            percent = percent_at(before, direction, float(direction.position(before)) + float(way))
            if abs(percent) >= LEAST_AMOUNT:
                shares.append(Share(direction, percent))
    return tuple(shares), np.asarray(rest, np.float32) if np.linalg.norm(rest) > LEAST_REST * length else None
