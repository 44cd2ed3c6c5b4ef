"""Backdrop, clothing and skin of a portrait: from the wall behind the head to the gleam on the nose."""

from __future__ import annotations

import numpy as np

from core.data.sets.drawn.canvas import Array, Mask, Points, curve, ellipse, look_up, mix, ramp, rgb, ribbon
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.parameters import BACKGROUNDS, CLOTHES

_WHITE = rgb(255, 255, 255)
SIDES = (-1, 1)


def paint_backdrop(head: Head) -> None:
    """A soft gradient with a glow behind the head, and on some a few blurred spots of light."""
    canvas, p = head.canvas, head.p
    light, dark = (rgb(*c) for c in BACKGROUNDS[p.background])
    x, y = canvas.grid()
    away = np.hypot(x - np.float32(0.5 + 0.32 * p.light), y - np.float32(0.28)) + np.float32(0.18) * y
    canvas.pixels = look_up(ramp((0.08, 0.87, dark, 1.0), base=light), np.minimum(away / np.float32(1.2), 1.0))
    if p.background_spots:
        g = np.random.default_rng(p.detail + 1)
        radius = g.uniform(0.03, 0.1, 8)
        spots = [ellipse(g.uniform(0, 1), g.uniform(0, 0.8), r, r) for r in radius]
        canvas.glow(canvas.mask(*spots[:4], blur=0.008), light, 0.3)
        canvas.glow(canvas.mask(*spots[4:], blur=0.008), light, 0.18)


def paint_body(head: Head) -> None:
    """Neck, shoulders and clothing."""
    canvas, p = head.canvas, head.p
    x = float(0.5 * head.edge(np.array([0.0, 0.3]), depth=-0.02)[0] + 0.25)
    chin = float(head.edge(np.array([0.0, head.chin]))[1])
    wide = 0.116 + 0.035 * (p.jaw - 0.4) - 0.02 * (p.age < 0.1)
    neck = [(x - wide, 0.6), (x - wide, 0.86), (x - wide - 0.02, 0.94), (x - 0.3, 1.1), (x + 0.3, 1.1),
            (x + wide + 0.02, 0.94), (x + wide, 0.86), (x + wide, 0.6)]  # fmt: skip
    skin = canvas.mask(curve(neck, closed=True))
    canvas.paint(skin, mix(head.skin, head.skin_shadow, 0.55))
    lit = ribbon(np.array([(x + 0.62 * wide * p.light, 0.84), (x + 0.7 * wide * p.light, 0.97)]), 0.06)
    canvas.paint(canvas.mask(lit, blur=0.02), head.skin, 0.6, clip=skin)
    drop = canvas.mask(ellipse(x - 0.03 * p.light, chin - 0.005, 0.2, 0.072), blur=0.02)
    canvas.multiply(drop, head.shade, 0.95, clip=skin)
    canvas.multiply(canvas.mask(ellipse(x, chin - 0.03, 0.2, 0.06), blur=0.012), head.shade, 0.6, clip=skin)
    _paint_clothes(head, x, wide)


def _paint_clothes(head: Head, x: float, wide: float) -> None:
    canvas, p = head.canvas, head.p
    cloth = rgb(*CLOTHES[p.clothing_colour])
    dark, light = cloth * rgb(170, 156, 172), mix(cloth, rgb(255, 252, 246), 0.5)

    def flipped(knots: list[tuple[float, float]], side: int) -> Points:
        return np.array(knots) * (side, 1.0) + (x, 0.0)

    shoulders = canvas.mask(curve([(x - 0.62, 1.2), (x - 0.5, 1.0), (x - 0.33, 0.945), (x - wide - 0.035, 0.9),
                                   (x, 0.975), (x + wide + 0.035, 0.9), (x + 0.33, 0.945), (x + 0.5, 1.0),
                                   (x + 0.62, 1.2)], closed=True))  # fmt: skip
    across, _ = canvas.grid()
    turned = np.clip((across - np.float32(x)) * np.float32(p.light) + np.float32(0.5), 0.0, 1.0)
    colours = ramp((0.0, 1.0, mix(cloth, _WHITE, 0.14), 1.0), base=cloth * rgb(192, 180, 194))
    canvas.paint(shoulders, look_up(colours, np.broadcast_to(turned, (canvas.size, canvas.size))))
    if p.clothing_style == "round":
        line = curve(
            [
                (x - wide - 0.038, 0.898),
                (x - 0.6 * wide, 0.957),
                (x, 0.982),
                (x + 0.6 * wide, 0.957),
                (x + wide + 0.038, 0.898),
            ]
        )
        canvas.paint(canvas.mask(ribbon(line, 0.016, 1, 1)), mix(cloth, light, 0.45))
    elif p.clothing_style == "v":
        hole = np.array([(x - wide - 0.02, 0.91), (x, 1.06), (x + wide + 0.02, 0.91), (x, 0.95)])
        canvas.paint(canvas.mask(hole), mix(head.skin, head.skin_shadow, 0.4))
        hems = [ribbon(flipped([(wide + 0.035, 0.895), (0.0, 1.065)], s), 0.018, 1, 1) for s in SIDES]
        canvas.paint(canvas.mask(*hems), mix(cloth, light, 0.5))
    elif p.clothing_style == "collar":
        flaps = [flipped([(wide + 0.03, 0.885), (0.01, 0.985), (0.1, 1.04), (wide + 0.09, 0.94)], s) for s in SIDES]
        canvas.multiply(canvas.mask(*[flap + (0, 0.012) for flap in flaps], blur=0.008), dark, 0.5, clip=shoulders)
        canvas.paint(canvas.mask(*flaps), light)
    elif p.clothing_style == "turtle":
        tube = canvas.mask(curve([(x - wide - 0.016, 0.885), (x, 0.93), (x + wide + 0.016, 0.885),
                                  (x + wide + 0.03, 1.02), (x - wide - 0.03, 1.02)], closed=True))  # fmt: skip
        canvas.paint(tube, mix(cloth, light, 0.2))
        canvas.multiply(canvas.mask(ellipse(x, 0.895, 0.13, 0.035), blur=0.014), dark, 0.8, clip=tube)
    else:
        rolls = [curve(flipped([(wide + 0.01, 0.9), (wide + 0.06, 0.885), (0.24, 0.95), (0.1, 1.05), (0.03, 1.02)],
                               s), closed=True) for s in SIDES]  # fmt: skip
        canvas.multiply(canvas.mask(*rolls, blur=0.012), dark, 0.6, clip=shoulders)
        canvas.paint(canvas.mask(*rolls), mix(cloth, light, 0.3))


def paint_ears(head: Head) -> None:
    """Both ears; the one on the side that the head turns to hides behind it."""
    canvas, p = head.canvas, head.p
    ears, folds, rings = [], [], []
    for s in SIDES:
        rx = 0.036 * p.ear_size * min(max(1.0 - 2.2 * s * head.sin, 0.25), 1.25)
        ry = 0.068 * p.ear_size
        place = np.array([s, 1.0])
        start = np.array([s * (head.half_width + 0.004), 0.0])
        rim = [
            (-rx, 0.1),
            (-0.2 * rx, -0.04 - 0.2 * ry),
            (0.75 * rx, -0.035),
            (rx, 0.01),
            (0.6 * rx, 0.07),
            (0.1 * rx, 0.105),
        ]
        ears.append(head.edge(curve(np.array(rim) * place + start, closed=True), -0.03))
        inner = curve(np.array([(0.1 * rx, 0.07), (0.5 * rx, 0.035), (0.6 * rx, -0.01), (0.1 * rx, -0.025)]) * place + start)
        folds.append(ribbon(head.edge(inner, -0.03), 0.014, 0.3, 0.3))
        rings.append(head.edge(np.array([0.25 * rx, 0.116]) * place + start, -0.03))
    mask = canvas.mask(*ears)
    canvas.paint(mask, head.skin_field)
    canvas.multiply(mask, mix(head.rose, head.shade, 0.4), 0.22)
    canvas.multiply(canvas.mask(*folds, blur=0.004), head.shade, 0.75, clip=mask)
    if p.earrings:
        gold = rgb(240, 196, 92) if p.detail % 3 else rgb(226, 232, 240)
        for radius, shift, colour in (
            (0.0145, 0.0, gold * rgb(214, 190, 170)),
            (0.012, 0.002, gold),
            (0.004, 0.004, _WHITE),
        ):
            canvas.paint(canvas.mask(*[ellipse(x - shift, y - shift, radius, radius) for x, y in rings]), colour)


def paint_face(head: Head) -> None:
    """The lit face with its soft hollows, its blush and its freckles."""
    canvas, p, face, joy = head.canvas, head.p, head.face, head.joy
    canvas.paint(face, head.skin_field)
    # Eye sockets lie a little deeper than brow and cheek.
    sockets = [head.at(ellipse(s * 0.125, -0.012, 0.085, 0.058)) for s in SIDES]
    canvas.multiply(canvas.mask(*sockets, blur=0.02), head.shade, 0.22, clip=face)
    jaw = [(-0.26, 0.2), (-0.17, 0.365), (0.0, 0.445), (0.17, 0.365), (0.26, 0.2), (0.3, 0.5), (-0.3, 0.5)]
    canvas.multiply(canvas.mask(head.edge(curve(jaw, closed=True)), blur=0.028), head.shade, 0.42, clip=face)
    rim = head.edge(curve([(-0.293 * float(np.sign(p.light)), y) for y in (-0.2, -0.05, 0.1, 0.2)]))
    wall = mix(rgb(*BACKGROUNDS[p.background][0]), head.skin_light, 0.3)
    canvas.glow(canvas.mask(ribbon(rim, 0.03), blur=0.012), wall, 0.2, clip=face)
    cheeks = [head.at(ellipse(s * 0.168, 0.138 - 0.02 * joy, 0.058 + 0.008 * joy, 0.04 + 0.006 * joy)) for s in SIDES]
    canvas.multiply(canvas.mask(*cheeks, blur=0.03), head.rose, (0.14 + 0.4 * p.blush) * (0.8 + 0.3 * joy), clip=face)
    # A raised cheek catches the light: with the lower lid, the sign of a true smile.
    apples = [head.at(ellipse(s * 0.162, 0.112 - 0.012 * joy, 0.042, 0.021)) for s in SIDES]
    canvas.glow(canvas.mask(*apples, blur=0.014), head.skin_light, 0.12 + 0.3 * joy, clip=face)
    forehead = canvas.mask(head.at(ellipse(0.05 * p.light, -0.155, 0.12, 0.05)), blur=0.035)
    canvas.glow(forehead, head.skin_light, 0.24, clip=face)
    canvas.glow(
        canvas.mask(head.at(ellipse(0.01 * p.light, head.chin - 0.055, 0.04, 0.022)), blur=0.015),
        head.skin_light,
        0.2,
        clip=face,
    )
    if p.freckles > 0.0:
        _paint_freckles(head)


def _paint_freckles(head: Head) -> None:
    g = np.random.default_rng(head.p.detail + 2)
    count = int(22 + 34 * head.p.freckles)
    x = g.normal(0.0, 0.05, count) + g.choice([-0.13, 0.0, 0.13], count)
    y = 0.105 + 0.026 * g.standard_normal(count) + 0.15 * np.abs(x)
    dots = np.stack([ellipse(a, b, r, r, 10) for a, b, r in zip(x, y, g.uniform(0.0022, 0.0048, count), strict=True)])
    brown = mix(rgb(200, 128, 92), head.shade, 0.35)
    head.canvas.multiply(head.canvas.mask(head.at(dots)), brown, 0.3 + 0.3 * head.p.freckles, clip=head.face)


def paint_hair_shadow(head: Head, shadow: Mask) -> None:
    """The shade that hair in front throws on the skin below it."""
    head.canvas.multiply(shadow, head.shade, 0.75, clip=head.face)


def paint_nose(head: Head) -> None:
    """A soft nose: a lit bridge, a shaded side, a round tip, two quiet nostrils."""
    canvas, p = head.canvas, head.p
    w, tip = 0.049 * p.nose_width, 0.15 * p.nose_length
    away = -float(np.sign(p.light))
    deep: Array = head.shade * head.shade
    near = head.at(curve([(away * 0.022, -0.03), (away * 0.02, 0.05), (away * 0.03, tip - 0.03)]), 0.03)
    far = head.at(curve([(away * w, tip + 0.012), (away * 0.04, 0.06), (away * 0.05, -0.035)]), 0.01)
    canvas.multiply(canvas.mask(np.concatenate([near, far]), blur=0.011), head.shade, 0.24 + 0.18 * abs(p.light))
    under = [(-w, tip + 0.008), (-0.5 * w, tip + 0.026), (0, tip + 0.034), (0.5 * w, tip + 0.026), (w, tip + 0.008),
             (0.6 * w, tip + 0.042), (0, tip + 0.052), (-0.6 * w, tip + 0.042)]  # fmt: skip
    canvas.multiply(canvas.mask(head.at(curve(under, closed=True), 0.035), blur=0.008), head.shade, 0.6)
    canvas.multiply(
        canvas.mask(head.at(ellipse(0.0, tip, 0.72 * w, 0.62 * w), 0.055), blur=0.014), head.rose, 0.16 + 0.16 * p.blush
    )
    wings, holes = [], []
    for s in SIDES:
        wing = curve(
            [
                (s * 0.86 * w, tip - 0.018),
                (s * 1.06 * w, tip + 0.002),
                (s * 0.98 * w, tip + 0.02),
                (s * 0.7 * w, tip + 0.027),
            ]
        )
        wings.append(ribbon(head.at(wing, 0.03), 0.008, 0.2, 0.4))
        hole = [
            (s * 0.24 * w, tip + 0.029),
            (s * 0.5 * w, tip + 0.022),
            (s * 0.72 * w, tip + 0.026),
            (s * 0.5 * w, tip + 0.033),
        ]
        holes.append(head.at(curve(hole, closed=True), 0.045))
    canvas.multiply(canvas.mask(*wings, blur=0.0025), deep, 0.55)
    canvas.multiply(canvas.mask(*holes, blur=0.002), deep * rgb(190, 140, 140), 0.8)
    bridge = head.at(curve([(0.006 * p.light, -0.02), (0.007 * p.light, 0.05), (0.008 * p.light, tip - 0.02)]), 0.05)
    canvas.glow(canvas.mask(ribbon(bridge, 0.018, 0.3, 0.5), blur=0.008), head.skin_light, 0.34)
    canvas.glow(
        canvas.mask(head.at(ellipse(0.011 * p.light, tip - 0.008, 0.014, 0.010), 0.06), blur=0.005),
        head.skin_light,
        0.6,
    )
