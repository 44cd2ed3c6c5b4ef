"""The hair styles: where the locks and curls of each lie on the head."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict, Unpack

import numpy as np

from core.data.sets.drawn.canvas import Points, curve, ellipse, resample
from core.data.sets.drawn.hair import STEPS, Curls, HairPlan, Lock, crown_arc, waved
from core.data.sets.drawn.head import Head

Knots = list[tuple[float, float]]
Discs = list[tuple[float, float, float]]


class _Look(TypedDict, total=False):
    across: bool
    strands: int
    tone: float
    shine: float
    shine_at: float


class _Stylist:
    """Lays hair in local coordinates with the parting on the viewer's left; the parameters' `part_side` mirrors it."""

    def __init__(self, head: Head) -> None:
        self.head, self.p = head, head.p
        self.generator = np.random.default_rng(head.p.detail + 11)
        self.plan = HairPlan()
        self.volume = 0.012 * (2 * head.p.hair_volume - 1)
        self.stretch = np.array([head.p.part_side * head.half_width / 0.288, 1.0])

    def line(self, knots: Knots, depth: float | None, mirror: bool = False) -> Points:
        """A line of STEPS points; depth None lies on the face, a number at the silhouette."""
        points = curve(np.array(knots) * self.stretch * (-1.0 if mirror else 1.0, 1.0))
        return resample(self.head.wrap(points) if depth is None else self.head.edge(points, depth), STEPS)

    def front(self, a: Knots, b: Knots, mirror: bool = False, inner: float | None = None, **look: Unpack[_Look]) -> None:
        """A lock before the head."""
        self.plan.front.append(Lock(self.line(a, 0.0, mirror), self.line(b, inner, mirror), **look))

    def both(self, a: Knots, b: Knots, inner: float | None = None, **look: Unpack[_Look]) -> None:
        """A lock before the head on either side."""
        for mirror in (False, True):
            self.front(a, b, mirror, inner, **look)

    def back(self, a: Knots, b: Knots, **look: Unpack[_Look]) -> None:
        """A lock behind the head."""
        self.plan.back.append(Lock(self.line(a, -0.06), self.line(b, -0.06), **look))

    def curtain(self, right: Knots, strands: int = 9) -> None:
        """A mass behind the head, the same on both sides, given its right half from the crown down."""
        self.back([(-x, y) for x, y in right], right, tone=-0.75, strands=strands)

    def curls(self, discs: Discs, behind: bool = False, tone: float = 0.0, fill: tuple[Points, ...] = ()) -> None:
        """Round curls at the silhouette."""
        rows = np.array(discs)
        spots = self.head.edge(rows[:, :2] * self.stretch, -0.05 if behind else 0.0)
        (self.plan.back if behind else self.plan.front).append(Curls(np.concatenate([spots, rows[:, 2:]], axis=1), tone, fill))

    def between(self, outer: Discs, inner: Discs) -> tuple[Points, ...]:
        """The surface between two rows of curls."""
        far, near = (np.array(row)[:, :2] * self.stretch for row in (outer, inner))
        return (np.concatenate([self.head.edge(far), self.head.edge(near)[::-1]]),)

    def cap(
        self,
        top: float = 0.0,
        hairline: float = 0.0,
        strands: int = 9,
        tone: float = 0.0,
        shine: float = 1.0,
        shine_at: float = 0.3,
    ) -> None:
        """Hair that follows the skull, combed back from the hairline."""
        v, h = self.volume + top, hairline
        half: Knots = [(0.0, -0.232 - h), (0.13, -0.215 - h), (0.225, -0.15 - h), (0.26, -0.06), (0.27, 0.052)]
        b = [(-x, y) for x, y in reversed(half[1:])] + half
        look = _Look(across=True, strands=strands, tone=tone, shine=shine, shine_at=shine_at)
        self.front([(-0.284, 0.0), *crown_arc(0.308 + 0.4 * v, -0.374 - v, -0.03), (0.284, 0.0)], b, **look)

    def ring(self, grow: float, radius: float, count: int, low: float) -> Discs:
        """Curls along the skull's outline from one side over the crown to the other; `low` is where they end."""
        points = resample(curve(crown_arc(0.285 * grow, -0.035 - 0.3 * grow, low)), count)
        return self.scattered(points, radius)

    def fringe(self, y: float, radius: float, reach: float = 0.2, bow: float = 0.9, count: int = 7) -> Discs:
        """Curls along the hairline."""
        row = np.linspace(-reach, reach, count)
        return self.scattered(np.stack([row, y + bow * row * row], axis=1), radius)

    def scattered(self, points: Points, radius: float) -> Discs:
        """Curls at points, none quite in its place or of its size."""
        discs = np.array([(self.jitter(), self.jitter(), self.jitter(0.09 * radius)) for _ in points])
        discs += np.concatenate([points, np.full((len(points), 1), radius)], axis=1)
        return [(float(x), float(y), float(r)) for x, y, r in discs]

    def jitter(self, spread: float = 0.006) -> float:
        return float(self.generator.normal(0.0, spread))


# fmt: off
def _balding(s: _Stylist) -> None:
    s.both([(-0.262, -0.19), (-0.312, -0.12), (-0.315, -0.02), (-0.29, 0.07)],
           [(-0.258, -0.188), (-0.25, -0.1), (-0.256, 0.0), (-0.27, 0.065)], inner=0.0, strands=5, shine=0.4)


def _buzz(s: _Stylist) -> None:
    s.plan.softness = 0.0028
    s.volume *= 0.3
    s.cap(top=-0.026, hairline=-0.002, strands=0)


def _side_part(s: _Stylist) -> None:
    v = s.volume
    root = (-0.125, -0.36 - 0.7 * v)
    s.front([root, (-0.2, -0.322 - v), (-0.275 - v, -0.23), (-0.308, -0.1), (-0.284, 0.0)],
            [(-0.12, -0.262), (-0.19, -0.205), (-0.245, -0.12), (-0.264, -0.04), (-0.268, 0.052)], tone=-0.15, strands=8)
    s.front([root, (-0.04, -0.398 - v), (0.09, -0.398 - v), (0.205, -0.345 - v), (0.29 + v, -0.235), (0.318 + v, -0.1),
             (0.284, 0.0)],
            [(-0.128, -0.262), (-0.05, -0.222), (0.07, -0.188), (0.18, -0.165), (0.245, -0.11), (0.262, -0.03), (0.268, 0.052)],
            strands=14)


def _quiff(s: _Stylist) -> None:
    v = 2.0 * s.volume
    s.both([(-0.2, -0.31), (-0.27, -0.23), (-0.305, -0.1), (-0.284, 0.0)],
           [(-0.2, -0.25), (-0.235, -0.14), (-0.262, -0.05), (-0.268, 0.052)], tone=-0.35, strands=7, shine=0.3)
    s.front([(-0.232, -0.165), (-0.262, -0.27), (-0.2, -0.36 - v), (-0.06, -0.415 - v), (0.09, -0.412 - v), (0.21, -0.355 - v),
             (0.282, -0.24), (0.262, -0.15)],
            [(-0.228, -0.16), (-0.2, -0.215), (-0.12, -0.24), (-0.02, -0.235), (0.08, -0.215), (0.17, -0.205), (0.23, -0.185),
             (0.258, -0.145)], strands=13, shine_at=0.42)


def _tousled(s: _Stylist) -> None:
    s.cap(top=0.01, hairline=0.01, tone=-0.2, strands=10, shine=0.5)
    sway = 0.02 * s.generator.uniform(-1, 1)
    for root, tip, tip_y, width in ((-0.2, -0.262, -0.1, 0.075), (0.2, 0.262, -0.09, 0.075), (-0.15, -0.2, -0.135, 0.085),
                                    (0.15, 0.21, -0.13, 0.085), (-0.07, -0.115, -0.14, 0.085), (0.08, 0.14, -0.15, 0.08),
                                    (0.0, 0.03, -0.135, 0.085)):
        inner = 1.0 - abs(root) / 0.32
        y0 = -0.38 - s.volume + 1.6 * root * root
        y1 = tip_y + s.jitter()
        x1 = tip + sway * inner
        s.front([(0.55 * root - 0.4 * width, y0), (root - width * (0.55 + 0.35 * inner), 0.5 * (y0 - 0.24)),
                 (x1 - 0.6 * width, y1 - 0.07), (x1, y1)],
                [(0.55 * root + 0.4 * width, y0), (root + width * (0.55 + 0.35 * inner), 0.5 * (y0 - 0.24)),
                 (x1 + 0.5 * width, y1 - 0.075), (x1 + 0.003, y1)], inner=0.0, strands=5, shine=0.7, tone=0.0)


def _curly_short(s: _Stylist) -> None:
    outer, fringe = s.ring(1.06 + s.volume, 0.05, 15, 0.0), s.fringe(-0.235, 0.046)
    middle = [(x * 0.75, y * 0.6 - 0.13, r) for x, y, r in outer[3:-3]]
    s.curls(outer + middle + fringe, fill=s.between(outer[2:-2], fringe))


def _afro(s: _Stylist) -> None:
    outer = s.ring(1.28 + 2 * s.volume, 0.066, 19, 0.1)
    s.curls(outer, behind=True, tone=-0.4, fill=(s.head.edge(ellipse(0.0, -0.05, 0.34, 0.33), -0.05),))
    middle, fringe = s.ring(1.08, 0.055, 13, -0.09), s.fringe(-0.25, 0.042, 0.22)
    s.curls(outer[3:-3] + middle + fringe, fill=s.between(outer[4:-4], fringe))


def _long_straight(s: _Stylist) -> None:
    v = s.volume
    s.curtain([(0.0, -0.36), (0.2, -0.31), (0.31, -0.15), (0.335 + v, 0.15), (0.34 + v, 0.4), (0.36 + v, 0.62)])
    s.both([(0.0, -0.388 - v), (-0.085, -0.38 - v), (-0.18, -0.342 - v), (-0.28 - v, -0.25), (-0.335 - v, -0.08),
            (-0.345 - v, 0.16), (-0.352 - v, 0.4), (-0.36 - v, 0.62)],
           [(0.012, -0.31), (-0.07, -0.262), (-0.18, -0.165), (-0.245, -0.04), (-0.264, 0.13), (-0.25, 0.34), (-0.215, 0.62)],
           strands=14, shine_at=0.33)


def _long_wavy(s: _Stylist) -> None:
    v = s.volume
    s.curtain([(0.0, -0.36), (0.2, -0.31), (0.32, -0.15), (0.36 + v, 0.15), (0.38 + v, 0.4), (0.39 + v, 0.62)])
    s.front(waved([(-0.1, -0.386 - v), (-0.19, -0.345 - v), (-0.29 - v, -0.245), (-0.345 - v, -0.06), (-0.36 - v, 0.16),
                   (-0.378 - v, 0.4), (-0.39 - v, 0.62)], 0.018, 0.4),
            waved([(-0.1, -0.3), (-0.14, -0.25), (-0.2, -0.14), (-0.25, -0.01), (-0.26, 0.14), (-0.262, 0.34), (-0.2, 0.62)],
                  0.03, 0.0),
            strands=13, shine_at=0.3)
    s.front(waved([(0.1, -0.386 - v), (0.0, -0.404 - v), (-0.1, -0.39 - v), (-0.19, -0.345 - v), (-0.29 - v, -0.245),
                   (-0.345 - v, -0.06), (-0.36 - v, 0.16), (-0.378 - v, 0.4), (-0.39 - v, 0.62)], 0.018, 0.4),
            waved([(0.11, -0.3), (-0.02, -0.225), (-0.2, -0.135), (-0.25, -0.01), (-0.26, 0.14), (-0.262, 0.34), (-0.2, 0.62)],
                  0.03, 0.0),
            mirror=True, strands=14, shine_at=0.34)


def _long_curly(s: _Stylist) -> None:
    outer = s.ring(1.12 + s.volume, 0.058, 15, 0.0)
    sides: Discs = [(sign * (x + 0.02 * float(np.sin(9 * y)) + s.jitter()), float(y) + s.jitter(), 0.058 * (1.0 + s.jitter(0.09)))
                    for y in np.arange(-0.02, 0.56, 0.072) for x in (0.315, 0.375) for sign in (-1, 1)]
    s.curls([(0.92 * x, y, r) for x, y, r in sides], behind=True, tone=-0.55,
            fill=(s.head.edge(np.array([(-0.33, -0.1), (0.33, -0.1), (0.38, 0.6), (-0.38, 0.6)]), -0.05),))
    fringe = s.fringe(-0.285, 0.042, 0.25, 1.9, 10)
    s.curls(sides + outer + [(0.8 * x, 0.72 * y - 0.08, r) for x, y, r in outer[2:-2]] + fringe,
            fill=s.between(outer[1:-1], fringe))


def _bob(s: _Stylist) -> None:
    v = s.volume
    s.curtain([(0.0, -0.36), (0.22, -0.31), (0.32, -0.15), (0.34 + v, 0.1), (0.325 + v, 0.3), (0.2, 0.37)])
    s.front([(-0.25, -0.25), (-0.15, -0.345 - v), (0.0, -0.385 - v), (0.15, -0.345 - v), (0.25, -0.25)],
            [(-0.235, -0.115), (-0.13, -0.138), (0.0, -0.145), (0.13, -0.138), (0.235, -0.115)], across=True, strands=17,
            shine_at=0.42)
    s.both([(0.0, -0.388 - v), (-0.085, -0.38 - v), (-0.175, -0.344 - v), (-0.275 - v, -0.255), (-0.335 - v, -0.08),
            (-0.352 - v, 0.1), (-0.338 - v, 0.26), (-0.255, 0.345)],
           [(-0.03, -0.372 - v), (-0.13, -0.325 - v), (-0.2, -0.24), (-0.235, -0.1), (-0.262, 0.06), (-0.262, 0.2),
            (-0.23, 0.32)], strands=9, shine_at=0.38)


def _pixie(s: _Stylist) -> None:
    v = s.volume
    s.front([(-0.13, -0.362 - v), (-0.21, -0.322 - v), (-0.285 - v, -0.22), (-0.312, -0.08), (-0.276, 0.08)],
            [(-0.125, -0.29), (-0.19, -0.215), (-0.235, -0.12), (-0.257, -0.02), (-0.263, 0.08)], tone=-0.1, strands=8)
    s.front([(-0.14, -0.358 - v), (-0.05, -0.4 - v), (0.09, -0.4 - v), (0.215, -0.342 - v), (0.305 + v, -0.22), (0.325 + v, -0.07),
             (0.278, 0.09)],
            [(-0.14, -0.275), (-0.1, -0.205), (0.02, -0.155), (0.14, -0.13), (0.22, -0.085), (0.252, 0.0), (0.264, 0.09)],
            strands=14)


def _bun(s: _Stylist) -> None:
    x, y = (0.0, -0.385) if s.p.hair_volume > 0.5 else (0.09, -0.365)
    r = 0.096
    s.back([(x - 0.9 * r, y + 0.05), (x - r, y - 0.2 * r), (x - 0.6 * r, y - 0.8 * r), (x, y - r), (x + 0.6 * r, y - 0.8 * r),
            (x + r, y - 0.2 * r), (x + 0.9 * r, y + 0.05)],
           [(x - 0.7 * r, y + 0.08), (x - 0.3 * r, y + 0.05), (x, y + 0.04), (x + 0.3 * r, y + 0.05), (x + 0.7 * r, y + 0.08)],
           strands=9, shine=0.7)
    s.cap(top=-0.006, hairline=0.012, strands=19, shine_at=0.5)
    s.both([(-0.27, -0.1), (-0.277, 0.0), (-0.279, 0.07), (-0.284, 0.15)],
           [(-0.255, -0.1), (-0.264, 0.0), (-0.27, 0.07), (-0.281, 0.15)], inner=0.0, strands=2, shine=0.3)


def _ponytail(s: _Stylist) -> None:
    s.back([(0.05, -0.33), (0.2, -0.352), (0.33, -0.285), (0.392, -0.12), (0.395, 0.07), (0.368, 0.22), (0.335, 0.32)],
           [(0.16, -0.25), (0.27, -0.18), (0.315, -0.05), (0.325, 0.08), (0.318, 0.18), (0.32, 0.26), (0.333, 0.32)], strands=11,
           tone=-0.1)
    s.cap(top=0.004, hairline=0.012, strands=12, shine_at=0.5)
    s.front([(-0.15, -0.348), (-0.07, -0.377), (0.02, -0.38), (0.1, -0.36), (0.19, -0.295), (0.262, -0.17), (0.284, -0.02),
             (0.276, 0.12)], [(-0.11, -0.35), (-0.02, -0.24), (0.12, -0.18), (0.22, -0.12), (0.255, -0.02), (0.274, 0.12)],
            strands=9)
    s.front([(-0.06, -0.37), (-0.13, -0.355), (-0.2, -0.3), (-0.255, -0.2), (-0.285, -0.03), (-0.28, 0.1)],
            [(-0.105, -0.345), (-0.15, -0.25), (-0.217, -0.15), (-0.262, -0.02), (-0.278, 0.1)], strands=6)


def _braids(s: _Stylist) -> None:
    v = s.volume
    s.both([(0.0, -0.385 - v), (-0.08, -0.377 - v), (-0.165, -0.338 - v), (-0.265 - v, -0.245), (-0.315 - v, -0.08), (-0.322, 0.1),
            (-0.345, 0.22)], [(0.01, -0.31), (-0.07, -0.26), (-0.18, -0.165), (-0.245, -0.04), (-0.272, 0.1), (-0.305, 0.22)],
           strands=10)
    turn = np.linspace(0, np.pi, 9)
    for k in range(9):
        lean, size = (1 if k % 2 else -1), 0.047 - 0.0015 * k
        # Plaits cross over: each lobe leans the other way and covers the end of the one above.
        lobe = np.stack([size * np.cos(turn), 0.62 * size * np.sin(turn)], axis=1)
        c, q = np.cos(0.7 * lean), np.sin(0.7 * lean)
        turn_by, centre = np.array([[c, q], [-q, c]]), (-0.327 + 0.014 * lean, 0.235 + 0.041 * k)
        turned = [(lobe * (1, sign)) @ turn_by + centre for sign in (-1, 1)]
        upper, lower = ([(float(x), float(y)) for x, y in half] for half in turned)
        s.both(upper, lower, inner=0.0, strands=3, shine=0.5, shine_at=0.5)


def _headscarf(s: _Stylist) -> None:
    v = s.volume
    s.plan.cloth = True
    s.curtain([(0.0, -0.37), (0.24, -0.31), (0.34, -0.12), (0.36, 0.15), (0.38, 0.4), (0.5, 0.62)], strands=4)
    outer: Knots = [(0.0, -0.4 - v), (0.24, -0.322 - v), (0.335 + v, -0.14), (0.355, 0.08), (0.34, 0.3), (0.26, 0.48),
                    (0.05, 0.62)]
    inner: Knots = [(0.0, -0.268), (0.18, -0.215), (0.25, -0.08), (0.258, 0.1), (0.215, 0.28), (0.135, 0.415), (0.02, 0.47)]
    s.front([(-x, y) for x, y in reversed(outer[1:])] + outer, [(-x, y) for x, y in reversed(inner[1:])] + inner, inner=0.08,
            strands=6, shine=0.4, shine_at=0.5)
    s.front([(-0.335, 0.25), (-0.3, 0.4), (-0.12, 0.52), (0.12, 0.6), (0.3, 0.66)],
            [(-0.22, 0.27), (-0.14, 0.42), (0.02, 0.475), (0.2, 0.5), (0.42, 0.52)], inner=0.05, strands=5, shine=0.4)


_STYLES: dict[str, Callable[[_Stylist], None]] = {
    "bald": lambda _: None, "balding": _balding, "buzz": _buzz, "side_part": _side_part,
    "quiff": _quiff, "tousled": _tousled,
    "curly_short": _curly_short, "afro": _afro, "long_straight": _long_straight, "long_wavy": _long_wavy,
    "long_curly": _long_curly, "bob": _bob, "pixie": _pixie, "bun": _bun, "ponytail": _ponytail, "braids": _braids,
    "headscarf": _headscarf,
}
# fmt: on


def plan_hair(head: Head) -> HairPlan:
    """All pieces of the chosen style, placed in the frame."""
    stylist = _Stylist(head)
    _STYLES[head.p.hair_style](stylist)
    return stylist.plan
