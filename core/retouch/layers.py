"""A retoucher's output as arrays, and how it is applied at an amount."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

FINE = 4  # times the frame's pixels: resolution of painted pixels
SHARPER = 0.5  # strength of sharpening at each doubling; bounded by the colours around, so without ringing
COVERED_AT = 0.7  # of 100 %: from here on painted pixels have their full opacity
PART_FROM, PART_LEAST = 0.5, 0.3  # of the best covered place; of the largest part
WHOLE_TO, GONE_AT = 4.0, 12.0  # pixels of a 128-pixel frame beside such a part: up to there all is kept, from there on nothing
BESIDE = 12  # pixels of the frame around painted ones, within which paint is enlarged crisply: filters reach 7
BEYOND = 0.45  # of 100 %: an edit can go at most so much beyond 100 %


@dataclass(frozen=True, slots=True, eq=False)
class RetouchLayers:
    """The changes to a face at 100 %.

    Attributes:
        flow: float32 (S, S, 2), from where each place takes its colour: columns, rows, in pixels of the frame.
        light: float32 (S, S, 3), smooth: what is added to the moved pixels, in levels of 0 to 255; the same in each colour.
        mask: float32 (FINE S, FINE S), 0 to 1, where new pixels cover it.
        paint: float32 (FINE S, FINE S, 3), the new pixels, in levels of 0 to 255.
    """

    flow: Floats
    light: Floats
    mask: Floats
    paint: Floats

    @classmethod
    def of(cls, flow: Floats, light: Floats, mask: Floats, colour: Floats) -> RetouchLayers:
        """From the network's output: (S, S, 2), (S, S, 1) of a range of 1, (S, S) in 0 to 1, (S, S, 3) in 0 to 1."""
        mask = held_together(mask)
        place = _around(mask > 0.0, BESIDE)
        fine, paint = (np.zeros((FINE * len(mask), FINE * len(mask), *kind.shape[2:]), np.float32) for kind in (mask, colour))
        if place is not None:
            inner = tuple(slice(FINE * part.start, FINE * part.stop) for part in place)
            fine[inner] = np.clip(enlarged(mask[place]), 0.0, 1.0)
            cv2.resize(colour * np.float32(255.0), paint.shape[:2], paint, interpolation=cv2.INTER_LINEAR)
            paint[inner] = np.clip(enlarged(colour[place] * np.float32(255.0)), 0.0, 255.0)
        return cls(np.ascontiguousarray(flow), np.repeat(light * np.float32(255.0), 3, axis=2), fine, paint)

    def at(self, amount: float) -> RetouchLayers:
        """The layers at an amount (1 = 100 %, at least 0): the motion is proportional; painted pixels move along and fade in."""
        share = saturated(amount)
        moved = self.stronger(share)
        return RetouchLayers(moved.flow, moved.light, moved.mask * np.float32(opacity(share)), moved.paint)

    def stronger(self, times: float, light: float | None = None) -> RetouchLayers:
        """Layers with the motion multiplied, and the light, by as much unless said otherwise; painted pixels move along."""
        mask, paint = self._moved_along(times)
        brighter = self.light * np.float32(times if light is None else light)
        return RetouchLayers(self.flow * np.float32(times), brighter, mask, paint)

    def _moved_along(self, times: float) -> tuple[Floats, Floats]:
        """Mask and paint for a motion that is multiplied; where nothing is painted the paint stays what it is."""
        far = abs(times - 1.0) * float(np.sqrt(np.square(self.flow).sum(axis=2).max()))
        shown = cv2.resize(self.mask, self.flow.shape[:2], interpolation=cv2.INTER_AREA) > 0.0
        place = _around(shown, int(np.ceil(far)) + BESIDE)
        if place is None:
            return self.mask, self.paint
        rows, columns = (np.arange(FINE * part.start, FINE * part.stop, dtype=np.float32) for part in place)
        # Of the motion enlarged, this place alone: half a pixel of the frame is its pixels' distance from the frame's own.
        across, down = np.meshgrid(*((line + np.float32(0.5)) / np.float32(FINE) - np.float32(0.5) for line in (columns, rows)))
        back = cv2.remap(self.flow, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * np.float32(
            (times - 1.0) * FINE
        )
        x, y = back[..., 0] + columns, back[..., 1] + rows[:, None]
        inner = tuple(slice(FINE * part.start, FINE * part.stop) for part in place)
        moved = []
        for layer in (self.mask, self.paint):
            whole = layer.copy()
            whole[inner] = cv2.remap(layer, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            moved.append(whole)
        return moved[0], moved[1]

    def with_shade(self, shade: Floats, kept: Floats) -> RetouchLayers:
        """Layers with a shade (S, S) in levels added to their light, of which a share (S, S) is kept."""
        return RetouchLayers(self.flow, self.light * kept[..., None] + shade[..., None], self.mask, self.paint)


def _around(shown: npt.NDArray[np.bool_], beside: int) -> tuple[slice, slice] | None:
    """Rows and columns of all places (S, S) that show, and so many more around them; None where none does."""
    lines = [np.flatnonzero(shown.any(axis)) for axis in (1, 0)]
    if not len(lines[0]):
        return None
    rows, columns = (
        slice(max(0, int(line[0]) - beside), min(side, int(line[-1]) + 1 + beside))
        for line, side in zip(lines, shown.shape, strict=True)
    )
    return rows, columns


def held_together(mask: Floats) -> Floats:
    """A mask (S, S) without isolated parts: a stroke on a cheek beside a mouth is a network's mistake.

    Kept are the large parts among those at least half as opaque as the most opaque place.
    """
    most = float(mask.max())
    if most == 0.0:
        return mask
    count, parts = cv2.connectedComponents((mask > PART_FROM * most).astype(np.uint8))
    sizes = np.array([float(mask[parts == part].sum()) for part in range(1, count)])
    core = np.isin(parts, 1 + np.flatnonzero(sizes >= PART_LEAST * sizes.max()))
    far = cv2.distanceTransform((~core).astype(np.uint8), cv2.DIST_L2, 3) * (128.0 / mask.shape[0])
    share = np.clip((GONE_AT - far) / (GONE_AT - WHOLE_TO), 0.0, 1.0)
    return np.asarray(mask * share * share * (3.0 - 2.0 * share), np.float32)


def saturated(amount: float) -> float:
    """The amount that is applied when `amount` is asked for (1 = 100 %): the same up to 1, beyond it ever less more."""
    return amount if amount <= 1.0 else 1.0 + BEYOND * float(np.tanh((amount - 1.0) / BEYOND))


def opacity(amount: float) -> float:
    """Opacity of painted pixels at an amount: 0 at 0, full from COVERED_AT on; smooth and never falling."""
    share = min(max(amount / COVERED_AT, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def enlarged(picture: Floats) -> Floats:
    """FINE times as large and still crisp: each doubling sharpens edges, but never beyond the colours around.

    (H, W) or (H, W, C). Enlarged smoothly, teeth drawn at the frame's size would be blurred on a large photo.
    """
    larger = picture.astype(np.float32)
    for _ in range(int(np.log2(FINE))):
        near = np.ones((3, 3), np.uint8)
        size = (larger.shape[1] * 2, larger.shape[0] * 2)
        least, most = (cv2.resize(edge(larger, near), size, interpolation=cv2.INTER_LINEAR) for edge in (cv2.erode, cv2.dilate))
        larger = cv2.resize(larger, size, interpolation=cv2.INTER_CUBIC)
        larger = larger + np.float32(SHARPER) * (larger - cv2.GaussianBlur(larger, (0, 0), 1.0))
        larger = np.minimum(np.maximum(larger, least), most)
    return np.asarray(larger, np.float32)
