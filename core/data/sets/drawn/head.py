"""The head that a face is drawn on: where its points land in the frame, its colours, and how the light falls on it."""

from __future__ import annotations

import numpy as np

from core.data.sets.drawn.canvas import Array, Canvas, Points, curve, look_up, mix, ramp, rgb
from core.data.sets.drawn.parameters import HAIR_COLOURS, FaceParameters

EYE_LINE = 0.448
DEPTH = 0.24
_SKIN_RAMP = np.array(
    [(255, 228, 210), (250, 214, 190), (243, 198, 164), (228, 176, 136), (206, 152, 112), (178, 122, 86), (148, 98, 70),
     (120, 78, 58), (98, 64, 52)], np.float32
) / np.float32(255.0)  # fmt: skip


class Head:
    """One face's geometry, colours and light on its canvas.

    Local coordinates have their origin midway between the eyes, in parts of the frame: brows lie near y = -0.08, the
    mouth near 0.27, the chin near 0.43, the crown near -0.33.
    """

    def __init__(self, canvas: Canvas, parameters: FaceParameters) -> None:
        p = parameters
        self.canvas, self.p = canvas, p
        self.joy, self.gloom = max(p.smile, 0.0), max(-p.smile, 0.0)
        self.sin, self.cos = float(np.sin(p.yaw)), float(np.cos(p.yaw))
        # An aligned crop keeps the eyes still while the head turns behind them; a little of the turn stays visible.
        self.origin = np.array([0.5 + p.offset_x + 0.3 * DEPTH * self.sin, EYE_LINE + p.offset_y])
        self.roll = (float(np.cos(p.tilt)), float(np.sin(p.tilt)))
        self.half_width = 0.281 * p.face_width
        self.chin = 0.43 + 0.03 * (p.chin - 0.5)
        self._mix_colours()
        self.skin_field = self._light_skin()
        self.face = canvas.mask(self.outline())

    def _place(self, x: Points, y: Points) -> Points:
        placed = np.empty((*x.shape, 2))
        placed[..., 0] = self.roll[0] * x - self.roll[1] * y + self.origin[0]
        placed[..., 1] = self.roll[1] * x + self.roll[0] * y + self.origin[1]
        return placed

    def at(self, points: Points, lift: float = 0.0) -> Points:
        """Frame positions of points on the front of the face, `lift` above its surface."""
        x, y = points[..., 0], points[..., 1]
        # The forehead rounds back towards the crown; below the eyes the face falls straight.
        back = (x / 0.36) ** 2 + (np.minimum(y, 0.0) / 0.4) ** 2
        depth = DEPTH * np.sqrt(np.maximum(1.0 - back, 0.0)) + (lift - DEPTH)
        return self._place(x * self.cos + depth * self.sin, y)

    def edge(self, points: Points, depth: float = 0.0) -> Points:
        """Frame positions of points on the silhouette, `depth` before (or, negative, behind) the middle of the head."""
        x, y = points[..., 0], points[..., 1]
        # The jaw lies further forward than the ears, so it goes along with a turn.
        forward = np.minimum(np.maximum((y - 0.02) * 0.275, 0.0), 0.11) + (depth - DEPTH)
        return self._place(x + forward * self.sin, y)

    def wrap(self, points: Points, lift: float = 0.0) -> Points:
        """Like `at`, but points that a turn moves behind the head stay on the silhouette."""
        front, rim = self.at(points, lift), self.edge(points)
        turn = 1.0 if self.sin > 0 else -1.0
        past = np.maximum((front[..., 0] - rim[..., 0]) * turn, 0.0)
        # Only points near the rim can pass it; those in the middle of the face lie far before it.
        near = np.clip((points[..., 0] * turn - 0.17) / 0.08, 0.0, 1.0)
        front[..., 0] -= turn * past * near
        return front

    def outline(self) -> Points:
        """The face from crown to chin."""
        p, w = self.p, self.half_width
        cheek = 0.02 * (p.cheeks - 0.5) + 0.006 * self.joy
        jaw = 0.042 * (p.jaw - 0.5)
        right = [(0.0, -0.335), (0.35 * w, -0.318), (0.68 * w, -0.263), (0.91 * w, -0.17), (w, -0.04),
                 (0.985 * w + 0.3 * cheek, 0.08), (0.91 * w + cheek + 0.4 * jaw, 0.19),
                 (0.735 * w + 0.8 * cheek + jaw, 0.298), (0.44 * w + 0.4 * cheek + 0.8 * jaw, self.chin - 0.043),
                 (0.17 * w + 0.35 * jaw, self.chin - 0.003)]  # fmt: skip
        left = [(-x, y) for x, y in reversed(right[1:])]
        return self.edge(curve(right + left, closed=True))

    def _mix_colours(self) -> None:
        p = self.p
        at = p.skin * (len(_SKIN_RAMP) - 1)
        low = min(int(at), len(_SKIN_RAMP) - 2)
        skin = mix(_SKIN_RAMP[low], _SKIN_RAMP[low + 1], at - low)
        skin = np.clip(skin * (1.0 + 0.03 * p.undertone * np.array([0.2, 0.3, -1.6], np.float32)), 0, 1)
        self.skin: Array = skin.astype(np.float32)
        self.skin_shadow: Array = self.skin * mix(rgb(218, 166, 154), rgb(172, 144, 150), p.skin)
        self.skin_light = mix(self.skin, rgb(255, 244, 226), 0.42 - 0.12 * p.skin)
        # Colour of the soft multiplied shadows on skin: warm, since light scatters through it.
        self.shade = mix(rgb(212, 146, 128), rgb(158, 120, 118), p.skin)
        self.rose = mix(rgb(244, 128, 120), rgb(214, 104, 94), p.skin)
        hair = np.clip(rgb(*HAIR_COLOURS[p.hair_colour]) * (1.0 + 0.13 * p.hair_shade), 0, 1)
        self.dye(hair.astype(np.float32))
        self.brow = mix(self.hair * rgb(196, 180, 180), rgb(70, 46, 40), 0.3)

    def dye(self, hair: Array) -> None:
        """Set the colour of hair, or of the scarf over it, with its shadow and its light."""
        self.hair = hair
        self.hair_dark: Array = hair * rgb(150, 132, 140)
        self.hair_light = mix(hair, mix(rgb(255, 214, 160), rgb(255, 250, 240), float(hair.mean())), 0.36)

    def _facing(self, width: float, height: float, centre_y: float) -> Array:
        """How directly an ellipsoid in place of the head faces the light: 0 to 1, for each pixel of the frame (size, size)."""
        x, y = self.canvas.grid()
        centre = self.edge(np.array([0.0, centre_y]), depth=0.1)
        nx = (x - np.float32(centre[0])) / np.float32(width)
        ny = (y - np.float32(centre[1])) / np.float32(height)
        nz = np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
        lx = 0.62 * self.p.light
        bright = (nx * np.float32(lx) - ny * np.float32(0.42) + nz * np.float32(0.66)) / np.float32(np.sqrt(lx**2 + 0.612))
        facing: Array = np.clip(bright / 1.5 + 1.0 / 3.0, 0.0, 1.0)
        return facing

    def _light_skin(self) -> Array:
        colours = ramp((0.23, 0.81, self.skin, 1.0), (0.80, 1.01, self.skin_light, 0.75), base=self.skin_shadow)
        return look_up(colours, self._facing(0.36, 0.48, 0.04))

    def light_hair(self) -> HairLight:
        """How the light falls on hair."""
        colours = ramp((0.16, 0.73, self.hair, 1.0), (0.81, 1.03, self.hair_light, 0.5), base=self.hair_dark)
        return HairLight(colours, self._facing(0.42, 0.5, -0.02), self.hair_dark, self.hair_light)


class HairLight:
    """The lit colours of hair all over the frame, also of hair that lies more in shadow or in light."""

    def __init__(self, colours: Array, facing: Array, dark: Array, light: Array) -> None:
        self._colours, self._facing, self._dark, self._light = colours, facing, dark, light
        self._fields: dict[float, Array] = {}

    def field(self, tone: float = 0.0) -> Array:
        """(3, size, size) for a tone from -1, all in shadow, to 1, all in the light."""
        if tone not in self._fields:
            colours = mix(self._colours, self._dark if tone < 0 else self._light, abs(tone))
            self._fields[tone] = look_up(colours, self._facing)
        return self._fields[tone]
