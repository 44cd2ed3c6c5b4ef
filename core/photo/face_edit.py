"""One face of a photo and its edits, which can be put onto the photo at any size or onto a part of it.

The part of an edit along directions that the model's retoucher learned is retouched (`core.retouch`); the rest, or all
of it without a retoucher, is carried over from the decoded faces (`core.photo.transfer`). Where the model doesn't know
what the photo shows, and where a face has few pixels, less of both is done (`core.retouch.doubt`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.pictures import Pixels
from core.faces.alignment import Matrix
from core.latent.code import space_named
from core.latent.directions import Direction, from_dict, move, percent_at
from core.photo.tone import keep_tone
from core.photo.transfer import Change, find_change, kept_part, put_on
from core.retouch.doubt import doubt, enough_pixels, trust, usual_bounds
from core.retouch.layers import RetouchLayers

if TYPE_CHECKING:
    from core.latent.instrument import Instrument

LEAST_AMOUNT = 0.1  # percent: smaller edits are rounding
MINOR = 0.25  # of an edit's longest part: shorter ones, as directions have of each other, don't count for how far it is trusted
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
        covered: pixels of the photo along a side of the frame; None: as many as the model's own.
        as_before: whether small faces, and carried-over edits of doubtful ones, get all of an edit, as they once did.

    Attributes:
        by_size: how much of an edit the face gets for its size, 1 to 0.
    """

    def __init__(
        self,
        engine: Instrument,
        before: np.ndarray,
        framed: Pixels,
        gain: float,
        covered: float | None = None,
        as_before: bool = False,
    ) -> None:
        self._engine = engine
        self._before = np.asarray(before, np.float32)
        self._framed = framed
        self._gain = gain
        size = framed.shape[0]
        self.by_size = 1.0 if covered is None or as_before else enough_pixels(covered, size)
        self._bounds = None if as_before else usual_bounds(engine.header.history, engine.retoucher is not None)
        self._unedited: Pixels | None = None
        self._last: tuple[bytes, Pixels] | None = None
        self._layers: dict[tuple[str, bool], tuple[RetouchLayers, float]] = {}

    def changes(self, after: np.ndarray) -> tuple[Change, ...]:
        """What an edit to the code `after` (D,) changes, in the order in which it is applied; nothing for the same code."""
        shares, rest = split_change(self._before, np.asarray(after, np.float32), retouched(self._engine))
        changes = []
        if rest is not None:
            decoded = self._carried(rest)
            trusted = self.by_size * self._known(decoded)
            if trusted > 0.0:
                changes.append(self._found(rest, decoded, trusted))
        for share in shares:
            layers, trusted = self._layers_of(share.direction, share.percent > 0.0)
            shown = layers.at(self.by_size * trusted * abs(share.percent) / 100.0)
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

        A face that is turned far, half hidden, or has something in front of it is better left alone, and so is a tiny one.
        """
        shares, rest = split_change(self._before, np.asarray(after, np.float32), retouched(self._engine))
        if not shares and rest is None:
            return 1.0
        parts = [] if rest is None else [(float(np.linalg.norm(rest)), self._known(self._carried(rest)))]
        for share in shares:
            way = float(np.linalg.norm(move(self._before, share.direction, share.percent) - self._before))
            parts.append((way, self._layers_of(share.direction, share.percent > 0.0)[1]))
        longest = max(way for way, _ in parts)
        return self.by_size * min(known for way, known in parts if way >= MINOR * longest)

    def _carried(self, rest: np.ndarray) -> Pixels:
        """The face as the model draws it with a change (D,) of its code, exaggerated as a photo needs it."""
        key = rest.tobytes()
        if self._last is None or self._last[0] != key:  # the canvas asks for the picture, then for how far it can be trusted
            self._last = key, self._engine.decode((self._before + np.float32(self._gain) * rest)[None])[0]
        return self._last[1]

    def _known(self, decoded: Pixels) -> float:
        """How well the model knows what a carried-over edit changes, 1 to 0."""
        if self._bounds is None:
            return 1.0
        kept = kept_part(self._drawn, decoded)[..., None]
        after = np.asarray(self._drawn + kept * (decoded.astype(np.float32) - self._drawn), np.float32)
        return trust(doubt(self._framed, self._drawn, after), self._bounds)

    def _found(self, rest: np.ndarray, decoded: Pixels, trusted: float) -> Change:
        """A carried-over edit, of which a part is trusted: a smaller step, or where codes can't be added, a fainter change."""
        if trusted < 1.0 and space_named(self._engine.spaces).adds:
            decoded = self._carried(np.float32(trusted) * rest)
        found = find_change(self._drawn, decoded, self._framed, self._gain)
        if trusted == 1.0 or space_named(self._engine.spaces).adds:
            return found
        return found.fainter(trusted)

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
