"""The mouth, whose curve and opening make the smile, and the beard around it."""

from __future__ import annotations

import numpy as np

from core.data.sets.drawn.canvas import Array, Points, curve, ellipse, mix, rgb, ribbon
from core.data.sets.drawn.head import Head

_WHITE = rgb(255, 255, 255)
_ACROSS = np.linspace(-1.0, 1.0, 33)


class Mouth:
    """The mouth's lines in local coordinates, from the viewer's left corner to the right."""

    def __init__(self, head: Head) -> None:
        p, joy, opening = head.p, head.joy, head.p.mouth_open
        self.y = 0.272
        # Lips that speak or wonder draw together; lips that laugh don't.
        pursed = 0.2 * opening * (1.0 - min(1.0, 2.0 * joy))
        self.half = p.mouth_width * (0.09 + 0.037 * joy - 0.004 * head.gloom) * (1.0 - pursed)
        self.corner = self.y - 0.037 * head.joy + 0.024 * head.gloom
        self.gap = opening * (0.036 + 0.038 * joy)
        middle = self.y + 0.0115 * head.joy - 0.007 * head.gloom
        self.top = self._line(middle - 0.22 * self.gap * (1.0 - 0.6 * joy), 0.0)
        # Between a parabola and a bowl shape: an open laugh is bowl-shaped.
        self.bottom = self._line(middle + self.gap, 0.2 * min(1.0, 2.0 * opening))
        up = (
            (0.0185 - 0.003 * joy)
            * p.lip_fullness
            * (1.0 - np.abs(_ACROSS) ** 2.2)
            * (1.0 - 0.26 * np.exp(-((_ACROSS / 0.13) ** 2)))
        )
        self.swell = (0.0265 - 0.004 * joy) * p.lip_fullness * (1.0 - np.abs(_ACROSS) ** 2.6)
        self.over = self.top - _down(up)
        self.under = self.bottom + _down(self.swell)

    def _line(self, middle: float, fullness: float) -> Points:
        bow = (1.0 - fullness) * (1.0 - _ACROSS**2) + fullness * (1.0 - _ACROSS**6)
        return np.stack([_ACROSS * self.half, self.corner + (middle - self.corner) * bow], axis=1)


def _down(amount: Points) -> Points:
    return np.stack([np.zeros_like(amount), amount], axis=1)


def paint_mouth(head: Head) -> None:
    """Lips, teeth and tongue, and the folds and dimples that a smile makes."""
    canvas, p = head.canvas, head.p
    mouth = Mouth(head)
    deep = head.shade * head.shade
    natural = head.skin * mix(rgb(226, 150, 142), rgb(214, 150, 150), p.skin)
    lip = mix(natural, mix(rgb(206, 74, 84), rgb(160, 54, 68), p.skin), 0.2 + 0.5 * p.lip_colour)
    cover = 0.62 + 0.38 * p.lip_colour
    below = head.at(ellipse(0.0, float(mouth.under[16, 1]) + 0.02, 0.05, 0.011), 0.01)
    canvas.multiply(canvas.mask(below, blur=0.009), head.shade, 0.5)
    _paint_folds(head, mouth)
    if mouth.gap > 0.0:
        _paint_inside(head, mouth)
    canvas.paint(canvas.mask(head.at(np.concatenate([mouth.bottom, mouth.under[::-1]]), 0.012), blur=0.0012), lip, cover)
    upper = canvas.mask(head.at(np.concatenate([mouth.over, mouth.top[::-1]]), 0.012), blur=0.0012)
    canvas.paint(upper, lip * rgb(228, 216, 218), cover)
    shine = (mouth.bottom + _down(0.5 * mouth.swell))[9:24] + (0.006 * p.light, 0.0)
    gleam = canvas.mask(head.at(ribbon(shine, 0.006 * p.lip_fullness), 0.012), blur=0.0025)
    canvas.glow(gleam, mix(lip, _WHITE, 0.7), 0.35 + 0.3 * p.lip_colour)
    # The line between closed lips turns into the thin upper rim of open ones.
    parted = min(1.0, mouth.gap / 0.02)
    seam = ribbon(mouth.top, 0.0085 - 0.0035 * parted, 0.35 + 0.25 * parted, 0.35 + 0.25 * parted)
    canvas.paint(canvas.mask(head.at(seam, 0.012), blur=0.0009), mix(lip * rgb(120, 78, 84), rgb(70, 30, 36), 0.4), 0.85)
    corners = [head.at(ellipse(float(mouth.top[i, 0]), float(mouth.top[i, 1]), 0.006, 0.005), 0.01) for i in (0, -1)]
    canvas.multiply(canvas.mask(*corners, blur=0.003), deep, 0.7)


def _paint_folds(head: Head, mouth: Mouth) -> None:
    canvas, joy, age = head.canvas, head.joy, head.p.age
    strength = min(0.75, 0.42 * joy * (0.55 + age) + 0.25 * max(0.0, age - 0.4))
    if strength <= 0.0:
        return
    folds, dimples = [], []
    for s in (-1, 1):
        x, y = s * mouth.half, mouth.corner
        fold = curve(
            [
                (s * 0.062, 0.168 - 0.008 * joy),
                (s * (0.096 + 0.012 * joy), 0.2 - 0.01 * joy),
                (x + s * 0.024, y + 0.002),
            ]
        )
        folds.append(head.at(ribbon(fold, 0.012), 0.01))
        dimples.append(
            head.at(ribbon(curve([(x + s * 0.012, y - 0.012), (x + s * 0.018, y), (x + s * 0.011, y + 0.013)]), 0.008), 0.01)
        )
    canvas.multiply(canvas.mask(*folds, blur=0.005), head.shade, strength)
    canvas.multiply(canvas.mask(*dimples, blur=0.003), head.shade * head.shade, 0.55 * joy)


def _paint_inside(head: Head, mouth: Mouth) -> None:
    canvas, p, joy = head.canvas, head.p, head.joy
    inside = canvas.mask(head.at(np.concatenate([mouth.top, mouth.bottom[::-1]]), 0.01))
    canvas.paint(inside, rgb(104, 36, 44))
    tongue = head.at(ellipse(0.0, float(mouth.bottom[16, 1]) + 0.004, 0.6 * mouth.half, 0.42 * mouth.gap))
    canvas.paint(canvas.mask(tongue, blur=0.003), rgb(218, 104, 108), clip=inside)
    shown = min(1.0, max(0.0, (p.smile + 0.1) / 0.4))
    if shown > 0.0:
        depth = (0.010 + 0.46 * mouth.gap * (0.4 + 0.6 * joy)) * shown
        edge = mouth.top + _down(depth * (1.0 - 0.5 * _ACROSS**4))
        teeth = canvas.mask(head.at(np.concatenate([mouth.top - (0.0, 0.004), edge[::-1]]) * (0.94, 1.0), 0.008), blur=0.001)
        canvas.paint(teeth, rgb(254, 248, 240), clip=inside)
        low = float(edge[16, 1])
        slits = np.array([[(x, low - 0.06), (x, low + 0.01)] for x in (-0.05, -0.025, 0.0, 0.025, 0.05)])
        canvas.multiply(
            canvas.mask(head.at(ribbon(slits, 0.0016, 1, 1), 0.008), blur=0.0012).inside(teeth),
            rgb(206, 190, 190),
            0.45,
            clip=inside,
        )
    canvas.multiply(canvas.mask(head.at(ribbon(mouth.top, 0.018, 1, 1), 0.01), blur=0.004), rgb(150, 104, 110), 0.5, clip=inside)


def paint_beard(head: Head, hair: Array) -> None:
    """The chosen beard in the lit colour of hair (3, size, size); it goes under the mouth."""
    canvas, p = head.canvas, head.p
    if not p.beard:
        return
    mask = canvas.mask(*_beard_shapes(head, Mouth(head)), blur=0.009 if p.beard_style == "stubble" else 0.0024)
    if p.beard_style == "stubble":
        canvas.multiply(mask, mix(head.hair * np.float32(0.7), rgb(124, 104, 108), 0.6), 0.36, clip=head.face)
        return
    if p.beard_style != "full":
        mask = mask.inside(head.face)
    canvas.paint(mask, hair, 0.94 if p.beard_style == "full" else 0.88)
    g = np.random.default_rng(p.detail + 3)
    x = np.linspace(-0.23, 0.23, 36) + g.normal(0, 0.006, 36)
    y = 0.225 + 0.14 * g.uniform(0, 1, 36)
    feet = np.stack([x, y], axis=1)
    lines = np.stack(
        [feet, feet + np.stack([0.1 * x, 0 * x + 0.035], axis=1), feet + np.stack([0.03 * x, 0 * x + 0.07], axis=1)],
        axis=1,
    )
    strokes = head.at(ribbon(lines[g.permutation(36)], 0.0055, 0.2, 0.0))
    canvas.paint(canvas.mask(strokes[:18], blur=0.0018), head.hair_light, 0.24, clip=mask)
    canvas.paint(canvas.mask(strokes[18:], blur=0.0018), head.hair_dark * np.float32(0.85), 0.36, clip=mask)


def _beard_shapes(head: Head, mouth: Mouth) -> list[Points]:
    p, w, y, joy = head.p, head.half_width, mouth.y, head.joy
    drop = 0.7 * mouth.gap
    shapes: list[Points] = []
    if p.beard_style != "goatee":
        arch = y - 0.038 - 0.006 * joy
        tips = mouth.corner - 0.009
        lip = [(-mouth.half - 0.016, tips), (-0.055, arch), (0.0, y - 0.045), (0.055, arch), (mouth.half + 0.016, tips),
               (0.045, y - 0.009), (0.0, y - 0.014), (-0.045, y - 0.009)]  # fmt: skip
        shapes.append(head.at(curve(lip, closed=True), 0.014))
    if p.beard_style == "goatee":
        tuft = [(-0.05, y + 0.052 + drop), (0.0, y + 0.045 + drop), (0.05, y + 0.052 + drop),
                (0.06, head.chin - 0.035), (0.03, head.chin + 0.015), (-0.03, head.chin + 0.015),
                (-0.06, head.chin - 0.035)]  # fmt: skip
        shapes.append(head.at(curve(tuft, closed=True)))
    elif p.beard_style != "moustache":
        grow = {"stubble": 0.0, "short": 0.01, "full": 0.045}[p.beard_style]
        low = curve([(1.0 * w, 0.0), (0.99 * w + 0.3 * grow, 0.09), (0.92 * w + 0.6 * grow, 0.2),
                     (0.76 * w + 0.9 * grow + 0.03 * (p.jaw - 0.5), 0.31),
                     (0.44 * w + 0.6 * grow, head.chin - 0.02 + grow),
                     (0.0, head.chin + 0.012 + 1.2 * grow)])  # fmt: skip
        high = curve([(0.0, y + 0.05 + drop), (0.035, y + 0.056 + drop), (0.085, y + 0.042 + 0.7 * drop),
                      (mouth.half + 0.018, mouth.corner + 0.006), (0.16, y - 0.035), (0.205, y - 0.085),
                      (0.87 * w, 0.11), (0.97 * w, 0.0)])  # fmt: skip
        for s in (-1.0, 1.0):
            shapes.append(np.concatenate([head.edge(low * (s, 1.0)), head.wrap(high * (s, 1.0), 0.005)]))
    return shapes
