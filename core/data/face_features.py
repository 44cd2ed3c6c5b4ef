"""What a face says: eyes, brows and mouth, and what it wears there, glasses and beard."""

from __future__ import annotations

import numpy as np

from core.data.face_canvas import Points, curve, ellipse, mix, rgb, ribbon
from core.data.face_head import Head
from core.data.face_parameters import IRIS_COLOURS

_WHITE = rgb(255, 255, 255)
_FRAMES = ((52, 44, 48), (120, 72, 46), (176, 58, 62), (212, 168, 92), (60, 84, 132))


def eye_centre(head: Head, side: int) -> tuple[float, float]:
    """Local position of an eye; side -1 is the viewer's left."""
    return side * 0.128 * head.p.eye_spacing, 0.0


def _lids(head: Head, side: int) -> tuple[Points, Points]:
    """Upper and lower lid as local lines from the inner to the outer corner."""
    p = head.p
    x, y = eye_centre(head, side)
    joy = max(p.smile, 0.0)
    half = 0.066 * p.eye_size
    up = 0.043 * p.eye_size * p.eye_open * (1.0 - 0.10 * joy)
    down = 0.032 * p.eye_size * p.eye_open * (1.0 - 0.55 * joy)
    slant = 0.008 * p.eye_tilt
    inner, outer = (-half, 0.012 + slant), (half, 0.002 - slant)
    upper = [inner, (-0.6 * half, -0.66 * up), (-0.05 * half, -up), (0.55 * half, -0.82 * up), outer]
    lower = [inner, (-0.5 * half, 0.8 * down + 0.004), (0.1 * half, down), (0.65 * half, 0.75 * down), outer]
    place = np.array([float(side), 1.0])
    return curve(np.array(upper) * place + (x, y)), curve(np.array(lower) * place + (x, y))


def paint_eyes(head: Head) -> None:
    """Both eyes with lids and lashes."""
    for side in (-1, 1):
        _paint_eye(head, side)


def _paint_eye(head: Head, side: int) -> None:
    canvas, p = head.canvas, head.p
    x, y = eye_centre(head, side)
    upper, lower = _lids(head, side)
    joy = max(p.smile, 0.0)
    crease = head.at(upper * (1.0, 1.0) + (0.0, -0.017 - 0.004 * p.lashes))
    canvas.multiply(canvas.mask(np.concatenate([crease, head.at(upper)[::-1]]), blur=0.007), head.shade, 0.4 + 0.2 * p.lashes)
    canvas.multiply(canvas.mask(ribbon(crease[4:-2], 0.007), blur=0.002), head.shade * head.shade, 0.6)
    ball = canvas.mask(np.concatenate([head.at(upper), head.at(lower)[::-1]]))
    canvas.paint(ball, mix(rgb(255, 252, 248), head.skin, 0.10))
    iris = rgb(*IRIS_COLOURS[p.iris_colour])
    radius = 0.0375 * (0.5 + 0.5 * p.eye_size)
    cx, cy = x + 0.017 * p.gaze_x, y - 0.002 + 0.007 * p.gaze_y

    def disc(r: float, dx: float = 0.0, dy: float = 0.0) -> Points:
        return head.at(ellipse(cx + dx, cy + dy, r, r))

    canvas.paint(canvas.mask(disc(radius), blur=0.0012), iris * rgb(120, 110, 116), clip=ball)
    canvas.paint(canvas.mask(disc(0.86 * radius), blur=0.004), iris, clip=ball)
    # Light falls in from above and gathers at the lower rim: it makes an iris look wet and deep.
    canvas.glow(canvas.mask(head.at(ellipse(cx, cy + 0.45 * radius, 0.62 * radius, 0.42 * radius)), blur=0.005), mix(iris, _WHITE, 0.45), 0.65, clip=ball)
    canvas.paint(canvas.mask(disc(0.46 * radius), blur=0.001), rgb(28, 20, 24), clip=ball)
    canvas.multiply(canvas.mask(ribbon(head.at(upper + (0.0, 0.006)), 0.034, 0.6, 0.6), blur=0.006), rgb(112, 84, 96), 0.8, clip=ball)
    glint = 1.0 if p.light > 0 else -1.0
    canvas.glow(canvas.mask(disc(0.25 * radius, glint * 0.36 * radius, -0.34 * radius)), _WHITE, 0.97, clip=ball)
    canvas.glow(canvas.mask(disc(0.13 * radius, -glint * 0.34 * radius, 0.4 * radius), blur=0.001), _WHITE, 0.6, clip=ball)
    corner = head.at(ellipse(x - side * 0.058 * p.eye_size, y + 0.009, 0.010, 0.007))
    canvas.paint(canvas.mask(corner, blur=0.002), mix(head.rose, head.skin, 0.3), 0.7, clip=ball)
    lash = mix(rgb(40, 26, 28), head.hair * 0.5, 0.3)
    line = head.at(upper)
    canvas.paint(canvas.mask(ribbon(line, 0.0125 + 0.004 * p.lashes, 0.25, 0.5, bulge=0.65)), lash, 0.95)
    if p.lashes > 0.4:
        flicks = []
        for t, reach in ((1.0, 0.026), (0.86, 0.021), (0.72, 0.015)):
            foot = upper[int(t * (len(upper) - 1))]
            away = np.array([side * (0.55 + 0.6 * (t - 0.7)), -0.75 + 0.55 * (t - 0.7)]) * reach * (0.4 + 0.6 * p.lashes)
            flicks.append(head.at(ribbon(curve([foot - 0.3 * away, foot + 0.5 * away + (0.0, 0.002), foot + away]), 0.008, 1.0, 0.0, bulge=0.0)))
        canvas.paint(canvas.mask(*flicks), lash, 0.95)
    rim = head.at(lower)
    canvas.multiply(canvas.mask(ribbon(rim[6:], 0.005, 0.1, 0.5), blur=0.001), head.shade * head.shade, 0.6)
    bag = head.at(lower[8:-6] + (0.0, 0.015 + 0.004 * joy))
    canvas.multiply(canvas.mask(ribbon(bag, 0.008), blur=0.004), head.shade, 0.15 + 0.4 * joy + 0.3 * p.age)
    if joy * p.age > 0.2:
        foot = np.array([x + side * 0.082 * p.eye_size, y])
        lines = [head.at(ribbon(curve([foot, foot + (side * 0.012, d), foot + (side * 0.024, 2.4 * d)]), 0.005)) for d in (-0.006, 0.001, 0.008)]
        canvas.multiply(canvas.mask(*lines, blur=0.0018), head.shade, 0.7 * joy * p.age)


def paint_brows(head: Head) -> None:
    """Two brows with a few hairs of their own."""
    canvas, p = head.canvas, head.p
    for side in (-1, 1):
        x, _ = eye_centre(head, side)
        y = -0.083 - 0.008 * p.brow_height - 0.02 * (p.eye_size - 1.0) - 0.004 * max(p.smile, 0.0)
        tilt, arch = 0.013 * p.brow_angle, 0.012 + 0.014 * p.brow_arch
        knots = [(-0.068, 0.012 + tilt), (-0.025, -0.2 * arch + 0.3 * tilt), (0.028, -arch - 0.2 * tilt), (0.082, 0.006 - 0.7 * tilt)]
        line = curve(np.array(knots) * (side, 1.0) + (x, y))
        shape = canvas.mask(head.at(ribbon(line, 0.021 * p.brow_thickness, 0.62, 0.1, bulge=0.35)), blur=0.0022)
        canvas.paint(shape, head.brow, 0.9)
        t = np.linspace(2, len(line) - 4, 9).astype(int)
        hairs = [head.at(ribbon(np.array([line[i] + (0, 0.006), line[i] + (side * 0.016, -0.008)]), 0.004)) for i in t]
        canvas.paint(canvas.mask(*hairs, blur=0.001), head.brow * rgb(170, 160, 165), 0.55, clip=shape)


class Mouth:
    """The mouth's lines, all in local coordinates from the viewer's left corner to the right."""

    def __init__(self, head: Head) -> None:
        p = head.p
        joy, gloom, opening = max(p.smile, 0.0), max(-p.smile, 0.0), p.mouth_open
        self.y = 0.274
        self.half = p.mouth_width * (0.083 + 0.034 * joy - 0.004 * gloom) * (1.0 - 0.16 * opening * (1.0 - min(1.0, 2.0 * joy)))
        self.corner = self.y - 0.034 * p.smile
        middle = self.y + 0.011 * p.smile
        gap = opening * (0.034 + 0.034 * joy)
        self.gap = gap
        self.top = self._line(middle - 0.22 * gap * (1.0 - 0.6 * joy))
        self.bottom = self._line(middle + gap, fullness=0.16 * min(1.0, opening * 2))
        self.lip_up = (0.0165 - 0.003 * joy) * p.lip_fullness
        self.lip_down = (0.0235 - 0.004 * joy) * p.lip_fullness

    def _line(self, middle: float, fullness: float = 0.0) -> Points:
        drop = middle - self.corner
        x = np.linspace(-1.0, 1.0, 33)
        # Between a parabola and a rounder bowl: an open laugh is a bowl.
        y = self.corner + drop * ((1.0 - fullness) * (1.0 - x**2) + fullness * (1.0 - x**6))
        return np.stack([x * self.half, y], axis=1)


def paint_mouth(head: Head) -> None:
    """Lips, teeth and tongue, and the folds and dimples that a smile makes."""
    canvas, p = head.canvas, head.p
    mouth = Mouth(head)
    joy = max(p.smile, 0.0)
    t = np.linspace(-1.0, 1.0, 33)
    lip = mix(head.skin * mix(rgb(226, 150, 142), rgb(210, 148, 148), p.skin), mix(rgb(206, 74, 84), rgb(150, 48, 62), p.skin), 0.2 + 0.5 * p.lip_colour)
    cover = 0.6 + 0.4 * p.lip_colour
    bow = mouth.lip_up * (1.0 - np.abs(t) ** 2.2) * (1.0 - 0.26 * np.exp(-((t / 0.13) ** 2)))
    swell = mouth.lip_down * (1.0 - np.abs(t) ** 2.6)
    over = mouth.top - np.stack([0 * t, bow], axis=1)
    under = mouth.bottom + np.stack([0 * t, swell], axis=1)
    below = head.at(ellipse(0.0, float(under[16, 1]) + 0.02, 0.05, 0.011), 0.01)
    canvas.multiply(canvas.mask(below, blur=0.009), head.shade, 0.5)
    if joy > 0.0 or p.age > 0.4:
        for s in (-1, 1):
            corner = np.array([s * mouth.half, mouth.corner])
            fold = curve([(s * 0.062, 0.168 - 0.008 * joy), (s * (0.094 + 0.012 * joy), 0.2 - 0.01 * joy), tuple(corner + (s * 0.024, 0.002))])
            canvas.multiply(canvas.mask(head.at(ribbon(fold, 0.012), 0.01), blur=0.005), head.shade, min(0.75, 0.42 * joy * (0.55 + p.age) + 0.25 * max(0.0, p.age - 0.4)))
            dimple = head.at(ribbon(curve([corner + (s * 0.012, -0.012), corner + (s * 0.018, 0.0), corner + (s * 0.011, 0.013)]), 0.008), 0.01)
            canvas.multiply(canvas.mask(dimple, blur=0.003), head.shade * head.shade, 0.6 * joy)
    upper_lip = canvas.mask(head.at(np.concatenate([over, mouth.top[::-1]]), 0.012), blur=0.0012)
    lower_lip = canvas.mask(head.at(np.concatenate([mouth.bottom, under[::-1]]), 0.012), blur=0.0012)
    if mouth.gap > 0.0:
        _paint_inside(head, mouth, joy)
    canvas.paint(lower_lip, lip, cover)
    canvas.paint(upper_lip, lip * rgb(226, 214, 216), cover)
    shine = mouth.bottom[9:24] + np.stack([0 * t[9:24], 0.5 * swell[9:24]], axis=1) + (0.006 * p.light, 0.0)
    canvas.glow(canvas.mask(head.at(ribbon(shine, 0.006 * p.lip_fullness), 0.012), blur=0.0025), mix(lip, _WHITE, 0.7), 0.4 + 0.3 * p.lip_colour)
    seam = mix(lip * rgb(120, 78, 84), rgb(70, 30, 36), 0.4)
    if mouth.gap < 0.012:
        canvas.paint(canvas.mask(head.at(ribbon(mouth.top, 0.0085, 0.35, 0.35), 0.012), blur=0.0008), seam, 0.9)
    else:
        canvas.paint(canvas.mask(head.at(ribbon(mouth.top, 0.005, 0.6, 0.6), 0.012), blur=0.001), seam, 0.7)
    for s in (0, -1):
        canvas.multiply(canvas.mask(head.at(ellipse(*mouth.top[s], 0.006, 0.005), 0.01), blur=0.003), head.shade * head.shade, 0.7)


def _paint_inside(head: Head, mouth: Mouth, joy: float) -> None:
    canvas, p = head.canvas, head.p
    inside = canvas.mask(head.at(np.concatenate([mouth.top, mouth.bottom[::-1]]), 0.01))
    canvas.paint(inside, rgb(96, 34, 42))
    floor = float(mouth.bottom[16, 1])
    tongue = head.at(ellipse(0.0, floor + 0.004, 0.6 * mouth.half, 0.42 * mouth.gap), 0.0)
    canvas.paint(canvas.mask(tongue, blur=0.003), rgb(214, 100, 104), clip=inside)
    shown = min(1.0, max(0.0, (p.smile + 0.15) / 0.4))
    if shown > 0.0:
        depth = (0.010 + 0.46 * mouth.gap * (0.4 + 0.6 * joy)) * shown
        edge = mouth.top + np.stack([0.0 * mouth.top[:, 0], depth * (1.0 - 0.5 * np.linspace(-1, 1, 33) ** 4)], axis=1)
        teeth = canvas.mask(head.at(np.concatenate([mouth.top - (0.0, 0.004), edge[::-1]]) * (0.94, 1.0), 0.008), blur=0.001)
        canvas.paint(teeth, rgb(255, 251, 244), clip=inside)
        gaps = [head.at(np.array([(x - 0.0008, edge[16, 1] - 0.06), (x + 0.0008, edge[16, 1] - 0.06), (x + 0.0008, edge[16, 1] + 0.01), (x - 0.0008, edge[16, 1] + 0.01)]), 0.008)
                for x in (-0.048, -0.024, 0.0, 0.024, 0.048)]  # fmt: skip
        canvas.multiply(canvas.mask(*gaps, blur=0.0012).inside(teeth), rgb(206, 190, 190), 0.5, clip=inside)
    canvas.multiply(canvas.mask(head.at(ribbon(mouth.top, 0.018, 1, 1), 0.01), blur=0.004), rgb(150, 104, 110), 0.55, clip=inside)


def paint_beard(head: Head) -> None:
    """The chosen beard, painted before the mouth."""
    canvas, p = head.canvas, head.p
    if not p.beard:
        return
    mouth, w = Mouth(head), head.half_width
    joy = max(p.smile, 0.0)
    drop = 0.5 * mouth.gap
    chin = 0.43 + 0.03 * (p.chin - 0.5)
    moustache = curve([(-mouth.half - 0.014, mouth.corner + 0.012), (-0.055, mouth.y - 0.036 - 0.006 * joy), (0.0, mouth.y - 0.044), (0.055, mouth.y - 0.036 - 0.006 * joy),
                       (mouth.half + 0.014, mouth.corner + 0.012), (0.045, mouth.y - 0.004), (0.0, mouth.y - 0.008), (-0.045, mouth.y - 0.004)], closed=True)  # fmt: skip
    style = p.beard_style
    shapes: list[Points] = []
    if style != "goatee":
        shapes.append(head.at(moustache, 0.014))
    if style in ("stubble", "short", "full"):
        grow = {"stubble": 0.0, "short": 0.012, "full": 0.05}[style]
        low = [(1.0 * w, -0.02), (0.99 * w + 0.3 * grow, 0.1), (0.93 * w + 0.6 * grow, 0.2), (0.78 * w + 0.9 * grow + 0.03 * (p.jaw - 0.5), 0.31),
               (0.46 * w + 0.6 * grow, chin - 0.02 + grow), (0.0, chin + 0.012 + 1.2 * grow)]  # fmt: skip
        high = [(0.03, mouth.y + 0.062 + drop), (0.07, mouth.y + 0.05 + drop), (mouth.half + 0.022, mouth.corner + 0.012), (0.155, mouth.y - 0.05), (0.215, 0.16), (0.94 * w, 0.03)]
        right = head.edge(curve(low)), head.at(curve(high), 0.005)
        flip = np.array([-1.0, 1.0])
        left = head.edge(curve(low) * flip), head.at(curve(high) * flip, 0.005)
        shapes.append(np.concatenate([right[0], left[0][::-1], left[1][::-1], right[1]]))
    elif style == "goatee":
        shapes.append(head.at(curve([(-0.05, mouth.y + 0.055 + drop), (0.0, mouth.y + 0.045 + drop), (0.05, mouth.y + 0.055 + drop), (0.06, chin - 0.035), (0.03, chin + 0.015),
                                     (-0.03, chin + 0.015), (-0.06, chin - 0.035)], closed=True), 0.0))  # fmt: skip
    soft = 0.009 if style == "stubble" else 0.004
    mask = canvas.mask(*shapes, blur=soft)
    if style == "stubble":
        canvas.multiply(mask, mix(head.hair, rgb(120, 110, 116), 0.6), 0.42)
        return
    field = mix(head.hair_field(), head.hair_dark, 0.25)
    canvas.paint(mask, field, 0.94)
    g = np.random.default_rng(p.detail + 3)
    strokes: list[Points] = []
    for x in np.linspace(-0.23, 0.23, 30):
        y0 = mouth.y - 0.05 + 0.13 * g.uniform(0, 1)
        foot = np.array([x + g.normal(0, 0.006), y0])
        strokes.append(head.at(ribbon(curve([foot, foot + (0.1 * x, 0.035), foot + (0.05 * x, 0.075)]), 0.005)))
    half = len(strokes) // 2
    order = g.permutation(len(strokes))
    canvas.paint(canvas.mask(*[strokes[i] for i in order[:half]], blur=0.0015), head.hair_light, 0.28, clip=mask)
    canvas.paint(canvas.mask(*[strokes[i] for i in order[half:]], blur=0.0015), head.hair_dark * 0.8, 0.4, clip=mask)


def paint_glasses(head: Head) -> None:
    """Frames with a faint gleam on the lenses."""
    canvas, p = head.canvas, head.p
    if not p.glasses:
        return
    frame = rgb(*_FRAMES[p.glasses_colour])
    rings: list[Points] = []
    lenses: list[Points] = []
    for s in (-1, 1):
        x, y = eye_centre(head, s)
        if p.glasses_shape == "round":
            shape = ellipse(x, y + 0.012, 0.101, 0.092, 48)
        else:
            lift = 0.02 if p.glasses_shape == "cat" else 0.0
            knots = [(-0.094, -0.03), (-0.085, -0.062), (0.0, -0.07 - 0.3 * lift), (0.088 + 0.6 * lift, -0.066 - lift), (0.102 + 0.6 * lift, -0.04 - lift), (0.094, 0.05), (0.05, 0.088), (-0.04, 0.088), (-0.086, 0.05)]
            shape = curve(np.array(knots) * (s, 1.0) + (x, y + 0.008), closed=True)
        lenses.append(head.at(shape, 0.03))
        rings.append(ribbon(head.at(np.concatenate([shape, shape[:2]]), 0.03), 0.0125, 1, 1))
    bridge = head.at(curve([(-0.032, -0.004), (0.0, -0.02), (0.032, -0.004)]), 0.055)
    arms = [np.concatenate([head.at([(s * 0.222, -0.016)], 0.03), head.edge([(s * (head.half_width + 0.004), -0.03)], -0.02)]) for s in (-1, 1)]
    solid = canvas.mask(*rings, ribbon(bridge, 0.012, 1, 1), *[ribbon(a, 0.011, 1, 1) for a in arms])
    glass = canvas.mask(*lenses)
    soft = canvas.mask(*[r + (0.0, 0.012) for r in rings], blur=0.006)
    canvas.multiply(soft, head.shade, 0.4, clip=head.face)
    canvas.glow(glass, rgb(226, 240, 255), 0.07)
    for s in (-1, 1):
        x, y = eye_centre(head, s)
        streak = head.at(np.array([(x - 0.075, y + 0.03), (x - 0.01, y - 0.075), (x + 0.018, y - 0.075), (x - 0.05, y + 0.058)]), 0.03)
        canvas.glow(canvas.mask(streak, blur=0.004), _WHITE, 0.16, clip=glass)
    canvas.paint(solid, frame)
    canvas.glow(canvas.mask(*[r - (0.0, 0.003) for r in rings], blur=0.001).inside(solid), mix(frame, _WHITE, 0.4), 0.14)
