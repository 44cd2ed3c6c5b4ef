"""Hair as locks and curls: a lock is the surface between two lines, and its strands are the lines between those."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.data.sets.drawn.canvas import Mask, Points, curve, ellipse, rgb, ribbon
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.parameters import CLOTHES

STEPS = 40
"""Points of each line of a lock."""
_ALONG = np.linspace(0.0, 1.0, 14)


@dataclass(frozen=True, slots=True)
class Lock:
    """Hair between line `a` (outer) and line `b` (inner), both (STEPS, 2) in the frame."""

    a: Points
    b: Points
    across: bool = False
    """Strands run from `a` to `b` instead of along them."""
    strands: int = 9
    tone: float = 0.0
    """-1 all in shadow, 1 all in the light."""
    shine: float = 1.0
    shine_at: float = 0.3
    """Where along a strand the gleam lies."""

    def shapes(self) -> list[Points]:
        """Its outline."""
        return [np.concatenate([self.a, self.b[::-1]])]


@dataclass(frozen=True, slots=True)
class Curls:
    """A mass of round curls: rows of x, y, radius in the frame, over shapes that fill the gaps between them."""

    discs: Points
    tone: float = 0.0
    fill: tuple[Points, ...] = ()

    def shapes(self) -> list[Points]:
        """All outlines."""
        return [ellipse(x, y, r, r, 20) for x, y, r in self.discs] + list(self.fill)


@dataclass(slots=True)
class HairPlan:
    """The hair behind the head and before it, in painting order."""

    back: list[Lock | Curls] = field(default_factory=list)
    front: list[Lock | Curls] = field(default_factory=list)
    cloth: bool = False
    """A scarf: painted as cloth, and it hides the ears."""
    softness: float = 0.0


class HairPainter:
    """Paints the pieces of a plan in the colours of the hair, or of the scarf."""

    def __init__(self, head: Head, plan: HairPlan) -> None:
        self.head, self.plan, self.canvas = head, plan, head.canvas
        self.generator = np.random.default_rng(head.p.detail + 12)
        if plan.cloth:
            head.dye(rgb(*CLOTHES[(head.p.clothing_colour + 5 + head.p.detail % 3) % len(CLOTHES)]))
        self.light = head.light_hair()

    def paint(self, pieces: list[Lock | Curls]) -> None:
        """Lay the pieces over what is there."""
        for piece in pieces:
            if isinstance(piece, Lock):
                self._paint_lock(piece)
            else:
                self._paint_curls(piece)

    def shadow(self) -> Mask | None:
        """The soft shade of the hair in front, slipped down and away from the light; None without such hair."""
        shapes = [shape for piece in self.plan.front for shape in piece.shapes()]
        if not shapes:
            return None
        return self.canvas.mask(*[shape + (-0.008 * self.head.p.light, 0.02) for shape in shapes], blur=0.012)

    def _paint_lock(self, lock: Lock) -> None:
        canvas, g, head = self.canvas, self.generator, self.head
        fill = canvas.mask(*lock.shapes(), blur=self.plan.softness)
        canvas.paint(fill, self.light.field(lock.tone))
        # The inner edge curls under, away from the light.
        canvas.paint(canvas.mask(ribbon(lock.b, 0.03, 0.8, 0.8), blur=0.01), head.hair_dark, 0.5, clip=fill)
        if lock.strands == 0:
            return
        n = lock.strands
        where = np.clip(np.linspace(0.06, 0.94, n) + g.normal(0, 0.3 / n, n), 0.03, 0.97)
        lines = _strands(lock, where)
        start, end = g.uniform(0.0, 0.35, n), g.uniform(0.6, 1.0, n)
        pieces = ribbon(_parts(lines, start, end), g.uniform(0.004, 0.008, n))
        dark = g.permutation(n) < n // 2
        if dark.any():
            canvas.paint(canvas.mask(pieces[dark], blur=0.0012), head.hair_dark, 0.45, clip=fill)
        if not dark.all():
            canvas.paint(canvas.mask(pieces[~dark], blur=0.0012), head.hair_light, 0.36, clip=fill)
        middle, reach = lock.shine_at + g.normal(0, 0.03, n), g.uniform(0.07, 0.16, n)
        lit = (where > 0.1) & (where < 0.85)
        if lit.any() and lock.tone > -0.5:
            line = lock.a if lock.across else np.stack([lock.a[STEPS // 3], lock.b[STEPS // 3]])
            width = float(np.hypot(*(line[-1] - line[0]))) * (1.1 if lock.across else 0.8) / max(3, n)
            gleam = ribbon(_parts(lines, np.clip(middle - reach, 0, 1), np.clip(middle + reach, 0, 1))[lit], width)
            canvas.paint(canvas.mask(gleam, blur=0.005), head.hair_light, 0.46 * lock.shine, clip=fill)

    def _paint_curls(self, curls: Curls) -> None:
        canvas, g, head = self.canvas, self.generator, self.head
        fill = canvas.mask(*curls.shapes())
        canvas.paint(fill, self.light.field(curls.tone))
        sun = float(np.arctan2(-0.8, head.p.light)) + g.normal(0.0, 0.45, len(curls.discs))

        def arcs(radius: float, towards: float, reach: float, width: float) -> Points:
            angle = sun[:, None] + towards + np.linspace(-reach, reach, 12)
            radii = curls.discs[:, 2:]
            x = curls.discs[:, :1] + radius * radii * np.cos(angle)
            y = curls.discs[:, 1:2] + radius * radii * np.sin(angle)
            return ribbon(np.stack([x, y], axis=-1), width * radii[:, 0])

        dark = canvas.mask(arcs(0.8, np.pi, 1.5, 0.22), arcs(0.36, np.pi, 1.1, 0.14), blur=0.003)
        canvas.paint(dark, head.hair_dark, 0.55, clip=fill)
        light = canvas.mask(arcs(0.64, 0.0, 0.95, 0.18), arcs(0.28, 0.0, 0.9, 0.14), blur=0.003)
        canvas.paint(light, head.hair_light, 0.36, clip=fill)


def _strands(lock: Lock, where: Points) -> Points:
    """(K, N, 2) lines inside a lock, each at its part of the way from one side to the other."""
    if not lock.across:
        return lock.a + (lock.b - lock.a) * where[:, None, None]
    # Combed hair bends: it leaves the forehead upright and bows over the skull.
    at = where * (STEPS - 1)
    low = np.minimum(at.astype(int), STEPS - 2)
    rest = (at - low)[:, None]
    top = lock.a[low] + (lock.a[low + 1] - lock.a[low]) * rest
    foot = lock.b[low] + (lock.b[low + 1] - lock.b[low]) * rest
    bend = 0.5 * (top + foot) + np.stack([0.035 * (2 * where - 1), np.full_like(where, -0.006)], axis=1)
    t = _ALONG[None, :, None]
    quadratic: Points = (1 - t) ** 2 * top[:, None] + 2 * t * (1 - t) * bend[:, None] + t**2 * foot[:, None]
    return quadratic


def _parts(lines: Points, start: Points, end: Points) -> Points:
    """(K, 14, 2): the piece of each line between two fractions of its length."""
    at = (start[:, None] + (end - start)[:, None] * _ALONG) * (lines.shape[1] - 1)
    low = np.minimum(at.astype(int), lines.shape[1] - 2)
    rows = np.arange(len(lines))[:, None]
    first, second = lines[rows, low], lines[rows, low + 1]
    parts: Points = first + (second - first) * (at - low)[..., None]
    return parts


def crown_arc(grow_x: float, top: float, low: float = 0.0) -> list[tuple[float, float]]:
    """Knots along the round of the skull, from the viewer's left side over the crown to the right.

    Args:
        grow_x: half the width.
        top: height of the crown, negative.
        low: where the sides end.
    """
    centre, height = -0.04, -0.04 - top
    rise = float(np.arcsin(np.clip((centre - low) / height, -0.9, 0.9)))
    angles = np.linspace(np.pi - rise, rise, 11)
    return [(float(grow_x * np.cos(a)), float(centre - height * np.sin(a))) for a in angles]


def waved(knots: list[tuple[float, float]], size: float, phase: float) -> list[tuple[float, float]]:
    """Sideways waves that grow towards the ends."""
    line = curve(knots)[::3]
    along = np.linspace(0, 1, len(line))
    line[:, 0] += size * np.clip(1.6 * along - 0.45, 0, 1) * np.sin(10.5 * along + phase)
    return [(float(x), float(y)) for x, y in line]
