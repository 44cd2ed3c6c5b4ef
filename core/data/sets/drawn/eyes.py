"""Eyes, brows and glasses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.data.sets.drawn.canvas import Points, curve, ellipse, mix, rgb, ribbon
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.parameters import IRIS_COLOURS

_WHITE = rgb(255, 255, 255)
_FRAMES = ((52, 44, 48), (120, 72, 46), (176, 58, 62), (212, 168, 92), (60, 84, 132))


class _Eye:
    """One eye's lines in local coordinates; side -1 is the viewer's left. Lids run from inner to outer corner."""

    def __init__(self, head: Head, side: int) -> None:
        p = head.p
        self.side = side
        self.x, self.y = side * 0.128 * p.eye_spacing, 0.0
        half = 0.0715 * p.eye_size
        up = 0.0475 * p.eye_size * p.eye_open * (1.0 - 0.10 * head.joy)
        down = 0.036 * p.eye_size * p.eye_open * (1.0 - 0.55 * head.joy)
        slant = 0.008 * p.eye_tilt
        inner, outer = (-half, 0.012 + slant), (half, 0.002 - slant)
        upper = [inner, (-0.62 * half, -0.66 * up), (-0.05 * half, -up), (0.57 * half, -0.82 * up), outer]
        lower = [inner, (-0.5 * half, 0.8 * down + 0.004), (0.1 * half, down), (0.65 * half, 0.75 * down), outer]
        self.upper, self.lower = (curve(self.place(knots)) for knots in (upper, lower))
        self.radius = 0.0425 * (0.5 + 0.5 * p.eye_size)
        self.iris = (self.x + 0.017 * p.gaze_x, self.y - 0.003 + 0.007 * p.gaze_y)

    def place(self, knots: list[tuple[float, float]]) -> Points:
        """Local points from ones that count outwards from this eye's centre."""
        return np.array(knots) * (self.side, 1.0) + (self.x, self.y)

    def disc(self, size: float, dx: float = 0.0, dy: float = 0.0, flat: float = 1.0) -> Points:
        """An ellipse on the iris; all in parts of its radius."""
        r = self.radius
        return ellipse(self.iris[0] + dx * r, self.iris[1] + dy * r, size * r, size * r * flat)


def paint_eyes(head: Head) -> None:
    """Both eyes, lids and lashes. Each layer takes the two at once, which halves the work."""
    canvas, p, joy = head.canvas, head.p, head.joy
    eyes = [_Eye(head, side) for side in (-1, 1)]
    deep = head.shade * head.shade

    def both(shape: Callable[[_Eye], Points]) -> list[Points]:
        return [head.at(shape(eye)) for eye in eyes]

    fold = np.array([0.0, -0.017 - 0.004 * p.lashes])
    lid = canvas.mask(*both(lambda e: np.concatenate([e.upper + fold, e.upper[::-1]])), blur=0.007)
    canvas.multiply(lid, head.shade, 0.36 + 0.2 * p.lashes)
    canvas.multiply(canvas.mask(*both(lambda e: ribbon((e.upper + fold)[4:-2], 0.007)), blur=0.002), deep, 0.55)
    ball = canvas.mask(*both(lambda e: np.concatenate([e.upper, e.lower[::-1]])))
    canvas.paint(ball, mix(rgb(255, 252, 248), head.skin, 0.08))
    iris = rgb(*IRIS_COLOURS[p.iris_colour])
    canvas.paint(canvas.mask(*both(lambda e: e.disc(1.0)), blur=0.0012), iris * rgb(120, 110, 116), clip=ball)
    canvas.paint(canvas.mask(*both(lambda e: e.disc(0.86)), blur=0.004), iris, clip=ball)
    # Light falls in from above and gathers at the lower rim: it makes an iris look wet and deep.
    canvas.glow(canvas.mask(*both(lambda e: e.disc(0.6, 0.0, 0.46, 0.7)), blur=0.005), mix(iris, _WHITE, 0.45), 0.7, clip=ball)
    canvas.paint(canvas.mask(*both(lambda e: e.disc(0.5)), blur=0.001), rgb(28, 20, 24), clip=ball)
    cast = canvas.mask(*both(lambda e: ribbon(e.upper + (0.0, 0.006), 0.034, 0.6, 0.6)), blur=0.006)
    canvas.multiply(cast, rgb(112, 84, 96), 0.75, clip=ball)
    sun = 1.0 if p.light > 0 else -1.0
    canvas.glow(canvas.mask(*both(lambda e: e.disc(0.27, sun * 0.36, -0.34))), _WHITE, 0.97, clip=ball)
    canvas.glow(canvas.mask(*both(lambda e: e.disc(0.14, -sun * 0.36, 0.42)), blur=0.001), _WHITE, 0.65, clip=ball)
    corner = canvas.mask(*both(lambda e: ellipse(e.x - e.side * 0.063 * p.eye_size, e.y + 0.009, 0.010, 0.007)), blur=0.002)
    canvas.paint(corner, mix(head.rose, head.skin, 0.3), 0.7, clip=ball)
    _paint_lashes(head, eyes, both)
    canvas.multiply(canvas.mask(*both(lambda e: ribbon(e.lower[6:], 0.005, 0.1, 0.5)), blur=0.001), deep, 0.6)
    bags = canvas.mask(*both(lambda e: ribbon(e.lower[8:-6] + (0.0, 0.014 + 0.005 * joy), 0.008)), blur=0.004)
    canvas.multiply(bags, head.shade, 0.12 + 0.4 * joy + 0.3 * p.age)
    if joy * p.age > 0.2:
        feet: list[Points] = []
        for eye in eyes:
            foot = np.array([eye.x + eye.side * 0.088 * p.eye_size, eye.y])
            rays = [
                curve(np.array([(0.0, 0.0), (eye.side * 0.012, d), (eye.side * 0.024, 2.4 * d)]) + foot)
                for d in (-0.006, 0.001, 0.008)
            ]
            feet.append(head.at(ribbon(np.stack(rays), 0.005)))
        canvas.multiply(canvas.mask(*feet, blur=0.0018), head.shade, 0.7 * joy * p.age)


def _paint_lashes(head: Head, eyes: list[_Eye], both: Callable[[Callable[[_Eye], Points]], list[Points]]) -> None:
    canvas, p = head.canvas, head.p
    shapes = both(lambda e: ribbon(e.upper, 0.0125 + 0.004 * p.lashes, 0.25, 0.5, bulge=0.65))
    if p.lashes > 0.4:
        for eye in eyes:
            flicks = []
            for t, reach in ((1.0, 0.026), (0.86, 0.021), (0.72, 0.015)):
                foot = eye.upper[int(t * (len(eye.upper) - 1))]
                away = np.array([eye.side * (0.55 + 0.6 * (t - 0.7)), -0.75 + 0.55 * (t - 0.7)]) * reach * (0.4 + 0.6 * p.lashes)
                flicks.append(curve(np.array([foot - 0.3 * away, foot + 0.5 * away + (0.0, 0.002), foot + away])))
            shapes.append(head.at(ribbon(np.stack(flicks), 0.008, 1.0, 0.0, bulge=0.0)))
    canvas.paint(canvas.mask(*shapes), mix(rgb(40, 26, 28), head.brow * np.float32(0.5), 0.3), 0.95)


def paint_brows(head: Head) -> None:
    """Two soft brows with a few hairs of their own."""
    canvas, p = head.canvas, head.p
    y = -0.092 - 0.008 * p.brow_height - 0.03 * (p.eye_size - 1.0) - 0.004 * head.joy
    tilt, arch = 0.012 * p.brow_angle, 0.008 + 0.012 * p.brow_arch
    knots = np.array(
        [
            (-0.066, 0.003 + tilt),
            (-0.024, -0.5 * arch + 0.3 * tilt),
            (0.03, -arch - 0.2 * tilt),
            (0.084, 0.008 - 0.5 * tilt),
        ]
    )
    shapes, hairs = [], []
    for side in (-1, 1):
        line = curve(knots * (side, 1.0) + (side * 0.128 * p.eye_spacing, y))
        shapes.append(head.at(ribbon(line, 0.0215 * p.brow_thickness, 0.6, 0.1, bulge=0.35)))
        feet = line[2:-3:2]
        hairs.append(
            head.at(
                ribbon(
                    np.stack([feet + (0, 0.006), feet + (side * 0.008, -0.001), feet + (side * 0.016, -0.008)], axis=1),
                    0.004,
                )
            )
        )
    shape = canvas.mask(*shapes, blur=0.0026)
    canvas.paint(shape, head.brow, 0.86)
    canvas.paint(canvas.mask(*hairs, blur=0.001), head.brow * rgb(170, 160, 165), 0.5, clip=shape)


def paint_glasses(head: Head) -> None:
    """Frames with a faint gleam on the lenses."""
    canvas, p = head.canvas, head.p
    if not p.glasses:
        return
    lift = 0.02 if p.glasses_shape == "cat" else 0.0
    knots = np.array([(-0.094, -0.03), (-0.085, -0.062), (0.0, -0.07 - 0.3 * lift),
                      (0.088 + 0.6 * lift, -0.066 - lift), (0.102 + 0.6 * lift, -0.04 - lift), (0.094, 0.05),
                      (0.05, 0.088), (-0.04, 0.088), (-0.086, 0.05)])  # fmt: skip
    lenses, rings, arms, streaks = [], [], [], []
    for side in (-1, 1):
        x = side * 0.128 * p.eye_spacing
        if p.glasses_shape == "round":
            shape = ellipse(x, 0.012, 0.1, 0.092, 48)
        else:
            shape = curve(knots * (side, 1.0) + (x, 0.008), closed=True)
        lenses.append(head.at(shape, 0.03))
        rings.append(ribbon(head.at(np.concatenate([shape, shape[:1]]), 0.03), 0.0125, 1, 1))
        hinge = head.wrap(np.array([(side * 0.222, -0.016)]), 0.03)
        arms.append(
            ribbon(
                np.concatenate([hinge, head.edge(np.array([(side * (head.half_width + 0.004), -0.03)]), -0.02)]),
                0.011,
                1,
                1,
            )
        )
        streak = np.array([(-0.08, 0.03), (-0.015, -0.075), (0.008, -0.075), (-0.058, 0.056)]) + (x, 0.0)
        streaks.append(head.at(streak, 0.03))
    bridge = ribbon(head.at(curve([(-0.032, -0.004), (0.0, -0.02), (0.032, -0.004)]), 0.055), 0.012, 1, 1)
    frame = rgb(*_FRAMES[p.glasses_colour])
    solid, glass = canvas.mask(*rings, bridge, *arms), canvas.mask(*lenses)
    canvas.multiply(canvas.mask(*[ring + (0.0, 0.012) for ring in rings], blur=0.006), head.shade, 0.4, clip=head.face)
    canvas.glow(glass, rgb(226, 240, 255), 0.04)
    canvas.glow(canvas.mask(*streaks, blur=0.006), _WHITE, 0.1, clip=glass)
    canvas.paint(solid, frame)
    canvas.glow(canvas.mask(*[ring - (0.0, 0.003) for ring in rings], blur=0.001), mix(frame, _WHITE, 0.4), 0.14, clip=solid)
