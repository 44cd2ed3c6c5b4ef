"""Hair as locks: a lock is the surface between two lines, and its strands are the lines between those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from core.data.face_canvas import Array, Mask, Points, curve, ellipse, lerp_lines, mix, resample, rgb, ribbon
from core.data.face_head import Head
from core.data.face_parameters import CLOTHES

_STEPS = 40
Knots = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Lock:
    """Hair between line `a` (outer) and line `b` (inner), both in the frame."""

    a: Points
    b: Points
    across: bool = False
    """Strands run from `a` to `b` instead of along them."""
    strands: int = 9
    tone: float = 0.0
    """-1 in full shadow, 1 fully lit."""
    shine: float = 1.0
    shine_at: float = 0.3

    def shape(self) -> Points:
        return np.concatenate([self.a, self.b[::-1]])


@dataclass(frozen=True, slots=True)
class Curls:
    """A mass of round curls: rows of x, y, radius in the frame."""

    discs: Points
    tone: float = 0.0
    fill: tuple[Points, ...] = ()

    def shapes(self) -> list[Points]:
        return [ellipse(x, y, r, r, 20) for x, y, r in self.discs] + list(self.fill)


@dataclass(slots=True)
class HairPlan:
    """What lies behind the head and what before it, in painting order."""

    back: list[Lock | Curls] = field(default_factory=list)
    front: list[Lock | Curls] = field(default_factory=list)
    cloth: bool = False
    """Painted as a scarf, not as hair."""
    softness: float = 0.0

    def front_shapes(self) -> list[Points]:
        shapes: list[Points] = []
        for piece in self.front:
            shapes.extend(piece.shapes() if isinstance(piece, Curls) else [piece.shape()])
        return shapes


class _Stylist:
    """Builds a plan in coordinates where the parting lies on the viewer's left; `side` mirrors it."""

    def __init__(self, head: Head) -> None:
        self.head, self.p = head, head.p
        self.side = head.p.part_side
        self.g = np.random.default_rng(head.p.detail + 11)
        self.plan = HairPlan()
        self.wide = head.half_width / 0.288
        self.volume = 0.012 * (2 * head.p.hair_volume - 1)

    def line(self, knots: Knots, depth: float | None, mirror: bool = False) -> Points:
        """A line of `_STEPS` points; depth None lies on the face, a number at the silhouette."""
        flip = -self.side if mirror else self.side
        points = curve(np.array(knots) * (flip * self.wide, 1.0))
        return resample(self.head.at(points) if depth is None else self.head.edge(points, depth), _STEPS)

    def lock(self, a: Knots, b: Knots, front: bool = True, mirror: bool = False, depth: float = 0.0, inner: float | None = None, **options: object) -> None:
        piece = Lock(self.line(a, depth, mirror), self.line(b, inner, mirror), **options)  # type: ignore[arg-type]
        (self.plan.front if front else self.plan.back).append(piece)

    def both(self, a: Knots, b: Knots, **options: object) -> None:
        for mirror in (False, True):
            self.lock(a, b, mirror=mirror, **options)  # type: ignore[arg-type]

    def back_shape(self, right: Knots, **options: object) -> None:
        """A symmetric mass behind the head, given its right half from the crown down."""
        a = [(-x, y) for x, y in reversed(right)]
        self.plan.back.append(Lock(self.line(a[::-1], -0.05), self.line(right, -0.05), tone=-0.75, **options))  # type: ignore[arg-type]

    def curls(self, discs: list[tuple[float, float, float]], front: bool, depth: float | None = 0.0, tone: float = 0.0, fill: tuple[Points, ...] = ()) -> None:
        array = np.array(discs)
        local = array[:, :2] * (self.side * self.wide, 1.0)
        spots = self.head.at(local) if depth is None else self.head.edge(local, depth)
        (self.plan.front if front else self.plan.back).append(Curls(np.concatenate([spots, array[:, 2:]], axis=1), tone, fill))

    def cap(self, top: float = 0.0, hairline: float = 0.0, **options: object) -> None:
        """Hair that follows the skull, combed back from the hairline."""
        v = self.volume + top
        a: Knots = [(-0.296, 0.03), (-0.31 - 0.4 * v, -0.1), (-0.27 - 0.6 * v, -0.25), (-0.15, -0.345 - v), (0.0, -0.372 - v), (0.15, -0.345 - v), (0.27 + 0.6 * v, -0.25),
                    (0.31 + 0.4 * v, -0.1), (0.296, 0.03)]  # fmt: skip
        h = hairline
        b: Knots = [(-0.279, 0.04), (-0.266, -0.06), (-0.235, -0.15 - h), (-0.13, -0.215 - h), (0.0, -0.232 - h), (0.13, -0.215 - h), (0.235, -0.15 - h), (0.266, -0.06), (0.279, 0.04)]
        self.lock(a, b, across=True, **options)


def _bald(s: _Stylist) -> None:
    pass


def _balding(s: _Stylist) -> None:
    s.both([(-0.27, -0.19), (-0.322, -0.12), (-0.325, -0.02), (-0.295, 0.07)], [(-0.262, -0.19), (-0.272, -0.1), (-0.277, 0.0), (-0.28, 0.06)], strands=5, shine=0.4)


def _buzz(s: _Stylist) -> None:
    s.plan.softness = 0.005
    s.volume *= 0.3
    s.cap(top=-0.024, hairline=-0.006, strands=0, shine=0.35)


def _side_part(s: _Stylist) -> None:
    v = s.volume
    root = (-0.125, -0.352 - 0.5 * v)
    s.lock([root, (-0.2, -0.34 - v), (-0.285 - v, -0.25), (-0.318, -0.1), (-0.295, 0.035)], [(-0.12, -0.262), (-0.19, -0.205), (-0.245, -0.12), (-0.268, -0.04), (-0.277, 0.035)], tone=-0.15, strands=7)
    s.lock([root, (-0.04, -0.398 - v), (0.1, -0.402 - v), (0.22, -0.355 - v), (0.305 + v, -0.24), (0.325 + v, -0.1), (0.295, 0.035)],
           [(-0.128, -0.262), (-0.05, -0.222), (0.07, -0.188), (0.18, -0.165), (0.245, -0.11), (0.266, -0.03), (0.277, 0.035)], strands=13)  # fmt: skip


def _quiff(s: _Stylist) -> None:
    v = 2.0 * s.volume
    s.both([(-0.18, -0.3), (-0.275, -0.255), (-0.312, -0.1), (-0.294, 0.035)], [(-0.17, -0.2), (-0.238, -0.14), (-0.266, -0.05), (-0.278, 0.035)], tone=-0.3, strands=7, shine=0.4)
    s.lock([(-0.27, -0.19), (-0.262, -0.31), (-0.16, -0.41 - v), (0.02, -0.435 - v), (0.18, -0.405 - v), (0.275, -0.31), (0.27, -0.19)],
           [(-0.235, -0.165), (-0.17, -0.215), (-0.08, -0.238), (0.03, -0.235), (0.12, -0.222), (0.2, -0.19), (0.242, -0.155)], across=True, strands=15, shine_at=0.5)  # fmt: skip


def _tousled(s: _Stylist) -> None:
    s.cap(top=0.012, hairline=0.01, tone=-0.25, strands=10)
    for x, tip, reach in ((-0.24, -0.29, 0.03), (-0.18, -0.13, 0.0), (0.21, 0.27, -0.02), (-0.08, -0.12, 0.012), (0.13, 0.2, 0.0), (0.03, 0.075, 0.022)):
        tip_y = -0.15 + reach + 0.018 * s.g.uniform(-1, 1) + 0.03 * (abs(x) > 0.2)
        root_y = -0.37 - s.volume + 0.4 * x * x
        s.lock([(0.6 * x - 0.085, root_y + 0.02), (x - 0.09, -0.27), (x - 0.065 + 0.3 * (tip - x), -0.2), (tip, tip_y)],
               [(0.6 * x + 0.085, root_y + 0.02), (x + 0.085, -0.28), (x + 0.06 + 0.4 * (tip - x), -0.205), (tip + 0.004, tip_y)], depth=0.1, inner=0.1, strands=5, shine=0.8)  # fmt: skip


def _ring(s: _Stylist, grow: float, radius: float, count: int, low: float) -> list[tuple[float, float, float]]:
    """Curls along the skull's outline from one side over the crown to the other; `low` is where they end."""
    start = np.arcsin(np.clip((low + 0.035) / (0.3 * grow), -1, 1))
    angles = np.linspace(-np.pi - -start, -start, count) if False else np.linspace(np.pi - start, 2 * np.pi + start, count)
    return [(float(0.285 * grow * np.cos(a)) + s.g.normal(0, 0.006), float(-0.035 + 0.3 * grow * np.sin(a)) + s.g.normal(0, 0.006), radius * s.g.uniform(0.85, 1.15)) for a in angles]


def _curl_fringe(s: _Stylist, y: float, radius: float, reach: float = 0.2) -> list[tuple[float, float, float]]:
    return [(x + s.g.normal(0, 0.006), y + 0.9 * x * x + s.g.normal(0, 0.007), radius * s.g.uniform(0.85, 1.15)) for x in np.linspace(-reach, reach, 7)]


def _fill(s: _Stylist, discs: list[tuple[float, float, float]], inner: list[tuple[float, float, float]]) -> tuple[Points, ...]:
    place = np.array([s.side * s.wide, 1.0])
    outer_line = s.head.edge(np.array(discs)[:, :2] * place)
    inner_line = s.head.at(np.array(inner)[:, :2] * place)
    return (np.concatenate([outer_line, inner_line[::-1]]),)


def _curly_short(s: _Stylist) -> None:
    outer = _ring(s, 1.07 + s.volume, 0.05, 15, -0.03)
    fringe = _curl_fringe(s, -0.235, 0.046)
    middle = [(x * 0.75, y * 0.6 - 0.13, r) for x, y, r in outer[3:-3]]
    s.curls(outer + middle + fringe, True, fill=_fill(s, outer[2:-2], fringe))


def _afro(s: _Stylist) -> None:
    outer = _ring(s, 1.3 + 2 * s.volume, 0.066, 19, 0.06)
    s.curls(outer + [(0.9 * x, 0.9 * y, r) for x, y, r in outer], False, depth=-0.05, tone=-0.4, fill=(s.head.edge(ellipse(0.0, -0.05, 0.34, 0.33), -0.05),))
    mid = _ring(s, 1.1, 0.055, 13, -0.09)
    fringe = _curl_fringe(s, -0.25, 0.042, 0.22)
    s.curls(outer[3:-3] + mid + fringe, True, fill=_fill(s, outer[4:-4], fringe))


def _long_straight(s: _Stylist) -> None:
    v = s.volume
    s.back_shape([(0.0, -0.36), (0.2, -0.33), (0.32, -0.15), (0.345 + v, 0.15), (0.35 + v, 0.4), (0.37 + v, 0.62)])
    s.both([(0.0, -0.385 - v), (-0.16, -0.37 - v), (-0.29 - v, -0.26), (-0.345 - v, -0.08), (-0.352 - v, 0.16), (-0.36 - v, 0.4), (-0.37 - v, 0.62)],
           [(0.012, -0.31), (-0.07, -0.262), (-0.18, -0.165), (-0.25, -0.04), (-0.272, 0.13), (-0.258, 0.34), (-0.22, 0.62)], strands=13, shine_at=0.36)  # fmt: skip


def _wave(knots: Knots, size: float, phase: float) -> Knots:
    """Sideways waves that grow towards the ends."""
    line = resample(curve(knots), 16)
    along = np.linspace(0, 1, 16)
    line[:, 0] += size * np.clip(1.6 * along - 0.45, 0, 1) * np.sin(10.5 * along + phase)
    return [(float(x), float(y)) for x, y in line]


def _long_wavy(s: _Stylist) -> None:
    v = s.volume
    s.back_shape([(0.0, -0.36), (0.2, -0.33), (0.33, -0.15), (0.37 + v, 0.15), (0.39 + v, 0.4), (0.4 + v, 0.62)])
    root, low = (-0.1, -0.382 - v), (-0.1, -0.3)
    for mirror, start, under in ((False, root, low), (True, (0.1, root[1]), (0.11, -0.3))):
        bend = -0.215 if mirror else -0.25
        a = [start, (-0.17, -0.375 - v), (-0.3 - v, -0.26), (-0.352 - v, -0.06), (-0.37 - v, 0.16), (-0.385 - v, 0.4), (-0.4 - v, 0.62)]
        b = [under, ((-0.02 if mirror else -0.14), bend), (-0.2, -0.135), (-0.258, -0.01), (-0.268, 0.14), (-0.27, 0.34), (-0.2, 0.62)]
        if mirror:
            a.insert(1, (-0.03, -0.404 - v))
        s.lock(_wave(a, 0.018, 0.4), _wave(b, 0.03, 0.0), mirror=mirror, strands=13, shine_at=0.34)


def _long_curly(s: _Stylist) -> None:
    outer = _ring(s, 1.14 + s.volume, 0.058, 15, -0.03)
    sides: list[tuple[float, float, float]] = []
    for y in np.arange(-0.02, 0.56, 0.068):
        for x in (0.315, 0.375):
            for sign in (-1, 1):
                sides.append((sign * (x + 0.02 * np.sin(9 * y) + s.g.normal(0, 0.008)), y + s.g.normal(0, 0.008), 0.056 * s.g.uniform(0.85, 1.15)))
    s.curls([(0.92 * x, y, r) for x, y, r in sides] + outer, False, depth=-0.05, tone=-0.55, fill=(s.head.edge(np.array([(-0.33, -0.1), (0.33, -0.1), (0.38, 0.6), (-0.38, 0.6)]), -0.05),))
    fringe = [(x, -0.285 + 1.9 * (x - 0.02) ** 2 + s.g.normal(0, 0.006), 0.042) for x in np.linspace(-0.25, 0.25, 10)]
    s.curls(sides + outer + [(0.8 * x, 0.72 * y - 0.08, r) for x, y, r in outer[2:-2]] + fringe, True, fill=_fill(s, outer[1:-1], fringe))


def _bob(s: _Stylist) -> None:
    v = s.volume
    s.back_shape([(0.0, -0.36), (0.22, -0.33), (0.33, -0.15), (0.35 + v, 0.1), (0.335 + v, 0.3), (0.2, 0.37)])
    s.lock([(-0.25, -0.27), (-0.15, -0.36 - v), (0.0, -0.388 - v), (0.15, -0.36 - v), (0.25, -0.27)], [(-0.235, -0.10), (-0.13, -0.122), (0.0, -0.128), (0.13, -0.122), (0.235, -0.10)], across=True, strands=15, shine_at=0.45)
    s.both([(0.0, -0.388 - v), (-0.16, -0.37 - v), (-0.285 - v, -0.27), (-0.345 - v, -0.08), (-0.362 - v, 0.1), (-0.345 - v, 0.27), (-0.262, 0.35)],
           [(-0.03, -0.372 - v), (-0.13, -0.335 - v), (-0.205, -0.24), (-0.238, -0.1), (-0.268, 0.06), (-0.268, 0.2), (-0.235, 0.325)], strands=9, shine_at=0.4)  # fmt: skip


def _pixie(s: _Stylist) -> None:
    v = s.volume
    s.lock([(-0.13, -0.362 - v), (-0.22, -0.335 - v), (-0.3 - v, -0.23), (-0.322, -0.08), (-0.282, 0.08)], [(-0.125, -0.29), (-0.19, -0.215), (-0.24, -0.12), (-0.262, -0.02), (-0.268, 0.08)], tone=-0.1, strands=8)
    s.lock([(-0.14, -0.355 - v), (-0.05, -0.402 - v), (0.1, -0.405 - v), (0.23, -0.35 - v), (0.32 + v, -0.22), (0.333 + v, -0.07), (0.285, 0.09)],
           [(-0.14, -0.275), (-0.1, -0.2), (0.02, -0.142), (0.14, -0.115), (0.225, -0.075), (0.258, 0.0), (0.27, 0.09)], strands=14)  # fmt: skip


def _pulled_back(s: _Stylist) -> None:
    s.cap(top=-0.006, hairline=0.012, strands=19, shine_at=0.5)


def _bun(s: _Stylist) -> None:
    x, y = (0.0, -0.395) if s.p.hair_volume > 0.5 else (0.1, -0.37)
    r = 0.1
    s.lock([(x - r, y + 0.03), (x - 0.9 * r, y - 0.6 * r), (x, y - r), (x + 0.9 * r, y - 0.6 * r), (x + r, y + 0.03)], [(x - 0.7 * r, y + 0.08), (x - 0.3 * r, y + 0.05), (x, y + 0.04), (x + 0.3 * r, y + 0.05), (x + 0.7 * r, y + 0.08)],
           front=False, depth=-0.08, inner=-0.08, strands=9)  # fmt: skip
    _pulled_back(s)
    s.both([(-0.215, -0.185), (-0.262, -0.1), (-0.283, 0.02), (-0.29, 0.13)], [(-0.205, -0.18), (-0.245, -0.1), (-0.265, 0.02), (-0.288, 0.13)], strands=2, shine=0.3)


def _ponytail(s: _Stylist) -> None:
    s.lock([(0.2, -0.36), (0.34, -0.34), (0.42, -0.16), (0.44, 0.08), (0.42, 0.3), (0.33, 0.47)], [(0.2, -0.22), (0.28, -0.17), (0.31, -0.05), (0.31, 0.1), (0.3, 0.28), (0.325, 0.46)], front=False, depth=-0.06, inner=-0.06, strands=11, tone=-0.2)
    _pulled_back(s)
    s.lock([(-0.1, -0.375), (0.05, -0.36), (0.2, -0.29), (0.275, -0.17), (0.292, -0.02), (0.282, 0.12)], [(-0.11, -0.35), (-0.02, -0.24), (0.12, -0.175), (0.225, -0.12), (0.262, -0.02), (0.28, 0.12)], strands=9)
    s.lock([(-0.1, -0.375), (-0.19, -0.33), (-0.265, -0.2), (-0.295, -0.03), (-0.286, 0.1)], [(-0.105, -0.345), (-0.15, -0.25), (-0.222, -0.15), (-0.268, -0.02), (-0.284, 0.1)], strands=6)


def _braids(s: _Stylist) -> None:
    v = s.volume
    s.both([(0.0, -0.378 - v), (-0.15, -0.36 - v), (-0.275 - v, -0.25), (-0.325 - v, -0.08), (-0.325, 0.1), (-0.33, 0.2)], [(0.01, -0.31), (-0.07, -0.26), (-0.18, -0.165), (-0.25, -0.04), (-0.282, 0.1), (-0.31, 0.21)], strands=9)
    for k in range(6):
        y, w = 0.2 + 0.068 * k, 0.052 - 0.002 * k
        for sign in (1, -1):
            s.both([(-0.335 - 0.9 * w * sign, y - 0.03), (-0.335 - 0.95 * w * sign, y + 0.015), (-0.335 - 0.2 * w * sign, y + 0.055)],
                   [(-0.335 - 0.1 * w * sign, y - 0.012), (-0.335 + 0.1 * w * sign, y + 0.02), (-0.335 + 0.15 * w * sign, y + 0.06)], inner=0.0, strands=3, shine=0.6, shine_at=0.35)  # fmt: skip


def _headscarf(s: _Stylist) -> None:
    s.plan.cloth = True
    s.back_shape([(0.0, -0.37), (0.24, -0.33), (0.35, -0.12), (0.37, 0.15), (0.39, 0.4), (0.5, 0.62)], strands=4)
    v = s.volume
    a: Knots = [(-0.05, 0.62), (-0.27, 0.48), (-0.35, 0.3), (-0.365, 0.08), (-0.345 - v, -0.14), (-0.25, -0.33 - v), (0.0, -0.402 - v), (0.25, -0.33 - v), (0.345 + v, -0.14), (0.365, 0.08), (0.35, 0.3), (0.27, 0.48), (0.05, 0.62)]
    b: Knots = [(-0.02, 0.47), (-0.14, 0.415), (-0.225, 0.28), (-0.268, 0.1), (-0.262, -0.08), (-0.19, -0.215), (0.0, -0.268), (0.19, -0.215), (0.262, -0.08), (0.268, 0.1), (0.225, 0.28), (0.14, 0.415), (0.02, 0.47)]
    s.lock(a, b, strands=6, shine=0.4, shine_at=0.5, inner=0.08)
    s.lock([(-0.34, 0.25), (-0.3, 0.4), (-0.12, 0.52), (0.12, 0.6), (0.3, 0.66)], [(-0.225, 0.27), (-0.14, 0.42), (0.02, 0.475), (0.2, 0.5), (0.42, 0.52)], strands=5, shine=0.4, inner=0.05)


_STYLES: dict[str, Callable[[_Stylist], None]] = {
    "bald": _bald, "balding": _balding, "buzz": _buzz, "side_part": _side_part, "quiff": _quiff, "tousled": _tousled,
    "curly_short": _curly_short, "afro": _afro, "long_straight": _long_straight, "long_wavy": _long_wavy, "long_curly": _long_curly,
    "bob": _bob, "pixie": _pixie, "bun": _bun, "ponytail": _ponytail, "braids": _braids, "headscarf": _headscarf,
}  # fmt: skip


def plan_hair(head: Head) -> HairPlan:
    """All pieces of the chosen style, placed in the frame."""
    stylist = _Stylist(head)
    _STYLES[head.p.hair_style](stylist)
    return stylist.plan


class HairPainter:
    """Paints the pieces of a plan in the hair's, or the scarf's, colours."""

    def __init__(self, head: Head, plan: HairPlan) -> None:
        self.head, self.plan = head, plan
        self.canvas = head.canvas
        self.g = np.random.default_rng(head.p.detail + 12)
        if plan.cloth:
            base = rgb(*CLOTHES[(head.p.clothing_colour + 5 + head.p.detail % 3) % len(CLOTHES)])
            head.hair, head.hair_dark, head.hair_light = base, base * rgb(172, 158, 176), mix(base, rgb(255, 250, 240), 0.3)
        self.dark, self.light = head.hair_dark, head.hair_light
        self.field = head.hair_field()

    def paint(self, pieces: list[Lock | Curls]) -> None:
        for piece in pieces:
            if isinstance(piece, Lock):
                self._paint_lock(piece)
            else:
                self._paint_curls(piece)

    def shadow(self) -> Mask | None:
        """The soft shade of the hair in front, slipped down and away from the light."""
        shapes = self.plan.front_shapes()
        if not shapes:
            return None
        return self.canvas.mask(*[shape + (-0.008 * self.head.p.light, 0.02) for shape in shapes], blur=0.012)

    def _toned(self, tone: float) -> Array:
        if tone < 0:
            return mix(self.field, self.dark, -tone)
        return mix(self.field, self.light, tone) if tone > 0 else self.field

    def _paint_lock(self, lock: Lock) -> None:
        canvas, g = self.canvas, self.g
        fill = canvas.mask(lock.shape(), blur=self.plan.softness)
        canvas.paint(fill, self._toned(lock.tone))
        # The inner edge curls under, away from the light.
        canvas.paint(canvas.mask(ribbon(lock.b, 0.03, 0.8, 0.8), blur=0.01), self.dark, 0.55, clip=fill)
        if lock.strands == 0:
            return
        rows: list[list[Points]] = [[], []]
        gleam: list[Points] = []
        for k in np.linspace(0.06, 0.94, lock.strands) + g.normal(0, 0.025, lock.strands):
            kind = int(g.random() < 0.5)
            line = self._strand(lock, float(np.clip(k, 0.02, 0.98)))
            start, end = sorted(g.uniform(0.0, 1.0, 2))
            low, high = int(0.35 * start * len(line)), int((0.6 + 0.4 * end) * len(line))
            rows[kind].append(ribbon(line[low:high], g.uniform(0.004, 0.0085)))
            if 0.12 < k < 0.8:
                middle = lock.shine_at + g.normal(0, 0.03)
                reach = g.uniform(0.06, 0.15)
                piece = line[max(0, int((middle - reach) * len(line))) : int((middle + reach) * len(line)) + 2]
                if len(piece) > 3:
                    gleam.append(ribbon(piece, 0.7 * self._span(lock) / max(3, lock.strands)))
        if rows[0]:
            canvas.paint(canvas.mask(*rows[0], blur=0.0012), self.dark, 0.5, clip=fill)
        if rows[1]:
            canvas.paint(canvas.mask(*rows[1], blur=0.0012), self.light, 0.42, clip=fill)
        if gleam and lock.tone > -0.5:
            canvas.paint(canvas.mask(*gleam, blur=0.004), self.light, 0.5 * lock.shine, clip=fill)

    def _span(self, lock: Lock) -> float:
        if lock.across:
            return float(np.hypot(*(lock.a[-1] - lock.a[0]))) * 1.3
        return float(np.hypot(*(lock.a[_STEPS // 3] - lock.b[_STEPS // 3])))

    def _strand(self, lock: Lock, k: float) -> Points:
        if not lock.across:
            return lerp_lines(lock.a, lock.b, k)
        # Combed hair bends: it leaves the forehead upright and bows over the skull.
        at = k * (_STEPS - 1)
        low = min(int(at), _STEPS - 2)
        top = lerp_lines(lock.a[low], lock.a[low + 1], at - low)
        foot = lerp_lines(lock.b[low], lock.b[low + 1], at - low)
        bend = 0.5 * (top + foot) + np.array([0.035 * (2 * k - 1), -0.006])
        return curve(np.stack([top, bend, foot]), steps=10)

    def _paint_curls(self, curls: Curls) -> None:
        canvas, g = self.canvas, self.g
        fill = canvas.mask(*curls.shapes())
        canvas.paint(fill, self._toned(curls.tone))
        dark: list[Points] = []
        light: list[Points] = []
        sun = np.arctan2(-0.8, self.head.p.light)
        for x, y, r in curls.discs:
            turn = g.normal(0.0, 0.45)
            for radius, rows, towards, reach, width in ((0.8, dark, sun + np.pi, 1.5, 0.2), (0.66, light, sun, 0.95, 0.17), (0.3, light, sun, 0.9, 0.14), (0.36, dark, sun + np.pi, 1.1, 0.14)):
                angle = np.linspace(towards + turn - reach, towards + turn + reach, 12)
                arc = np.stack([x + radius * r * np.cos(angle), y + radius * r * np.sin(angle)], axis=1)
                rows.append(ribbon(arc, width * r))
        canvas.paint(canvas.mask(*dark, blur=0.0025), self.dark, 0.62, clip=fill)
        canvas.paint(canvas.mask(*light, blur=0.0025), self.light, 0.42, clip=fill)
