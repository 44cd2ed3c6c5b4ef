"""What one drawn face is made of: its parameters, a plausible random choice of them, and the labels they imply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HAIR_COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (44, 36, 40),
    "espresso": (64, 44, 38),
    "brown": (100, 66, 46),
    "chestnut": (132, 76, 48),
    "auburn": (158, 76, 46),
    "ginger": (212, 112, 54),
    "dark_blond": (182, 134, 86),
    "blond": (226, 184, 112),
    "platinum": (240, 220, 180),
    "grey": (154, 152, 156),
    "white": (226, 222, 218),
    "rose": (214, 124, 146),
    "teal": (62, 136, 142),
}
IRIS_COLOURS: dict[str, tuple[int, int, int]] = {
    "dark": (72, 46, 34),
    "brown": (112, 70, 42),
    "hazel": (142, 104, 54),
    "green": (86, 132, 84),
    "blue": (82, 136, 184),
    "grey": (112, 132, 146),
    "amber": (172, 114, 48),
}
CLOTHES: tuple[tuple[int, int, int], ...] = (
    (204, 84, 72), (232, 150, 84), (240, 196, 98), (110, 158, 118), (72, 132, 138), (84, 126, 182), (62, 78, 122),
    (142, 104, 160), (214, 130, 150), (240, 232, 220), (92, 88, 96), (158, 112, 86),
)  # fmt: skip
BACKGROUNDS: tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...] = (
    ((252, 232, 208), (240, 190, 160)), ((222, 238, 246), (160, 198, 222)), ((228, 240, 224), (164, 204, 176)),
    ((246, 226, 236), (222, 172, 192)), ((238, 232, 248), (186, 174, 218)), ((255, 240, 200), (244, 200, 120)),
    ((214, 240, 236), (130, 196, 192)), ((244, 238, 230), (206, 192, 178)), ((206, 214, 236), (126, 142, 190)),
    ((250, 220, 204), (226, 144, 128)),
)  # fmt: skip

SHORT_STYLES = ("bald", "balding", "buzz", "side_part", "quiff", "tousled", "curly_short", "afro")
LONG_STYLES = ("long_straight", "long_wavy", "long_curly", "braids")
HAIR_STYLES = SHORT_STYLES + LONG_STYLES + ("bob", "bun", "ponytail", "pixie", "headscarf")
CURLY_STYLES = ("curly_short", "afro", "long_curly")
BEARD_STYLES = ("none", "stubble", "short", "full", "goatee", "moustache")

_MASCULINE: dict[str, float] = {"bald": 5, "balding": 6, "buzz": 12, "side_part": 20, "quiff": 17, "tousled": 17,
                                "curly_short": 12, "afro": 5, "long_wavy": 3, "bun": 2}  # fmt: skip
_FEMININE: dict[str, float] = {"long_straight": 16, "long_wavy": 17, "long_curly": 11, "bob": 14, "bun": 11,
                               "ponytail": 10, "braids": 8, "pixie": 8, "headscarf": 7, "afro": 6,
                               "curly_short": 3}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FaceParameters:
    """Every drawn property of one face. Lengths are factors around 1 unless said otherwise."""

    smile: float
    """Mouth curve in [-1, 1]: -1 a deep frown, 0 neutral, 1 a beaming smile."""
    mouth_open: float
    """0 lips closed, 1 wide open."""
    mouth_width: float = 1.0
    lip_fullness: float = 1.0
    lip_colour: float = 0.2
    """0 the skin's own, 1 clearly coloured lips."""
    skin: float = 0.25
    """0 the lightest skin tone, 1 the darkest."""
    undertone: float = 0.0
    """-1 cool and rosy, 1 warm and golden."""
    face_width: float = 1.0
    jaw: float = 0.5
    """0 narrow and heart-shaped, 1 square."""
    chin: float = 0.5
    """0 short and round, 1 long."""
    cheeks: float = 0.5
    hair_style: str = "side_part"
    hair_colour: str = "brown"
    hair_shade: float = 0.0
    """-1 darker, 1 lighter than the named colour."""
    hair_volume: float = 0.5
    part_side: int = 1
    """1: parted on the viewer's left, -1: on the right."""
    eye_size: float = 1.0
    eye_open: float = 1.0
    eye_spacing: float = 1.0
    eye_tilt: float = 0.0
    iris_colour: str = "brown"
    gaze_x: float = 0.0
    """-1 to the viewer's left, 1 to the viewer's right."""
    gaze_y: float = 0.0
    lashes: float = 0.4
    brow_thickness: float = 1.0
    brow_arch: float = 0.5
    brow_angle: float = 0.0
    """-1 inner ends raised (worried), 1 inner ends lowered (stern)."""
    brow_height: float = 0.0
    nose_width: float = 1.0
    nose_length: float = 1.0
    ear_size: float = 1.0
    glasses: bool = False
    glasses_shape: str = "round"
    glasses_colour: int = 0
    beard: bool = False
    beard_style: str = "none"
    freckles: float = 0.0
    blush: float = 0.4
    age: float = 0.2
    """0 a child's smooth face, 1 laugh lines and silver hair."""
    earrings: bool = False
    yaw: float = 0.0
    """Head turn in radians, positive towards the viewer's right."""
    tilt: float = 0.0
    """Head roll in radians."""
    offset_x: float = 0.0
    offset_y: float = 0.0
    """Shift of the eyes from their usual place, in parts of the frame."""
    light: float = -0.6
    """-1 light from the viewer's left, 1 from the right."""
    light_warmth: float = 0.5
    background: int = 0
    background_spots: bool = False
    clothing_colour: int = 5
    clothing_style: str = "round"
    detail: int = 0
    """Seed of the fine detail: strands, freckles, spots."""

    @property
    def long_hair(self) -> bool:
        """Whether hair falls to the shoulders."""
        return self.hair_style in LONG_STYLES


def _choose(generator: np.random.Generator, weights: dict[str, float]) -> str:
    """One of the names, with probabilities in proportion to their weights."""
    left = generator.random() * sum(weights.values())
    for name, weight in weights.items():
        left -= weight
        if left < 0.0:
            return name
    return next(iter(weights))


def _clip(value: float, low: float, high: float) -> float:
    return float(min(max(value, low), high))


def _around(generator: np.random.Generator, centre: float, spread: float) -> float:
    """A normal variable around `centre`, truncated at two spreads."""
    return centre + spread * _clip(generator.standard_normal(), -2.0, 2.0)


def sample_parameters(generator: np.random.Generator) -> FaceParameters:
    """A plausible random face.

    About half smile clearly (smile > 0.25), half clearly don't (smile < 0.05); whether one smiles says nothing about
    the rest of the face, so that a direction fitted on these pictures is the smile's alone.
    """
    g = generator
    if g.random() < 0.5:
        smile = float(g.uniform(0.35, 1.0))
        mouth_open = float(g.uniform(0.3, 1.0)) if g.random() < 0.55 else 0.0
    else:
        smile = float(0.03 - 0.43 * g.uniform(0, 1) ** 1.4)
        mouth_open = float(g.uniform(0.25, 0.7)) if g.random() < 0.22 else 0.0
    masculine = g.random() < 0.5
    child = g.random() < 0.16
    age = float(g.uniform(0.0, 0.1) if child else g.beta(1.5, 2.6))
    old = age > 0.62
    skin = float(g.beta(1.0, 1.45))
    hair_style = _choose(g, _MASCULINE if masculine else _FEMININE)
    if hair_style in ("bald", "balding") and (child or (hair_style == "balding" and age < 0.35)):
        hair_style = "tousled"
    if hair_style == "afro" and skin < 0.4:
        hair_style = "curly_short"
    dark = max(0.0, (skin - 0.35) / 0.65)
    fair = 1.0 - min(1.0, skin / 0.45)
    colours = {"black": 10 + 60 * dark, "espresso": 14 + 26 * dark, "brown": 18, "chestnut": 12 - 6 * dark,
               "auburn": 6 - 3 * dark, "ginger": 10 * fair, "dark_blond": 14 * fair, "blond": 15 * fair,
               "platinum": 4 * fair, "rose": 1.6, "teal": 1.2}  # fmt: skip
    hair_colour = _choose(g, {"grey": 5, "white": 4} if old and g.random() < 0.8 else colours)
    irises = {"dark": 12 + 40 * dark, "brown": 24, "hazel": 10 - 6 * dark, "green": 9 * fair + 0.5,
              "blue": 20 * fair + 0.5, "grey": 6 * fair, "amber": 5}  # fmt: skip
    beard_style = "none"
    if masculine and not child and g.random() < 0.46:
        beard_style = _choose(g, {"stubble": 4, "short": 5, "full": 5, "goatee": 2, "moustache": 3})
    return FaceParameters(
        smile=smile,
        mouth_open=mouth_open,
        mouth_width=_around(g, 0.98 if not child else 0.9, 0.06),
        lip_fullness=_clip(_around(g, (0.8 if masculine else 1.08) + 0.15 * dark, 0.12), 0.55, 1.4),
        lip_colour=float(g.uniform(0.0, 0.25) if masculine or child else g.uniform(0.25, 1.0)),
        skin=skin,
        undertone=_around(g, 0.0, 0.5),
        face_width=_around(g, 1.03 if child else 1.0, 0.035),
        jaw=_clip(_around(g, 0.72 if masculine else 0.36, 0.2), 0.0, 1.0),
        chin=_clip(_around(g, 0.15 if child else 0.5, 0.22), 0.0, 1.0),
        cheeks=_clip(_around(g, 0.85 if child else 0.45, 0.22), 0.0, 1.0),
        hair_style=hair_style,
        hair_colour=hair_colour,
        hair_shade=float(g.uniform(-1, 1)),
        hair_volume=float(g.uniform(0, 1)),
        part_side=1 if g.random() < 0.5 else -1,
        eye_size=_around(g, 1.14 if child else (0.97 if masculine else 1.05), 0.045),
        eye_open=_around(g, 0.94 if old else 1.0, 0.07),
        eye_spacing=_around(g, 1.0, 0.025),
        eye_tilt=_around(g, 0.1 if masculine else 0.3, 0.35),
        iris_colour=_choose(g, irises),
        gaze_x=_clip(g.normal(0.0, 0.4), -1, 1),
        gaze_y=_clip(g.normal(0.1, 0.2), -1, 1),
        lashes=float(g.uniform(0.1, 0.35) if masculine else g.uniform(0.45, 1.0)),
        brow_thickness=_around(g, 1.22 if masculine else 0.88, 0.14),
        brow_arch=float(g.uniform(0, 1)),
        brow_angle=_around(g, -0.05, 0.28),
        brow_height=_around(g, 0.0, 0.4),
        nose_width=_around(g, (0.86 if child else 0.98) + 0.14 * dark, 0.08),
        nose_length=_around(g, 0.88 if child else 1.0, 0.06),
        ear_size=_around(g, 1.0, 0.1),
        glasses=bool(g.random() < (0.4 if old else 0.2)),
        glasses_shape=_choose(g, {"round": 4, "square": 4, "cat": 1 if masculine else 4}),
        glasses_colour=int(g.integers(5)),
        beard=beard_style != "none",
        beard_style=beard_style,
        freckles=float(g.uniform(0.4, 1.0)) if skin < 0.6 and g.random() < (0.5 if hair_colour == "ginger" else 0.14) else 0.0,
        blush=float(g.uniform(0.3, 1.0) if not masculine or child else g.uniform(0.1, 0.6)),
        age=age,
        earrings=bool(not masculine and not child and g.random() < 0.45),
        yaw=_clip(g.normal(0.0, 0.14), -0.27, 0.27),
        tilt=_clip(g.normal(0.0, 0.025), -0.055, 0.055),
        offset_x=float(g.uniform(-0.008, 0.008)),
        offset_y=float(g.uniform(-0.008, 0.008)),
        light=float(g.uniform(0.35, 1.0) * (1 if g.random() < 0.5 else -1)),
        light_warmth=float(g.uniform(0, 1)),
        background=int(g.integers(len(BACKGROUNDS))),
        background_spots=bool(g.random() < 0.3),
        clothing_colour=int(g.integers(len(CLOTHES))),
        clothing_style=_choose(g, {"round": 4, "v": 2, "collar": 2, "turtle": 2, "hood": 2}),
        detail=int(g.integers(2**31)),
    )


def face_attributes(parameters: FaceParameters) -> dict[str, float]:
    """Labels of one face other than its class: `smile_amount` in [-1, 1], all others 0 or 1.

    Left and right are the viewer's.
    """
    p = parameters
    flags = {
        "mouth_open": p.mouth_open > 0.1,
        "eyeglasses": p.glasses,
        "beard": p.beard,
        "long_hair": p.long_hair,
        "curly_hair": p.hair_style in CURLY_STYLES,
        "bald": p.hair_style in ("bald", "balding"),
        "headscarf": p.hair_style == "headscarf",
        "dark_hair": p.hair_colour in ("black", "espresso"),
        "blond_hair": p.hair_colour in ("dark_blond", "blond", "platinum"),
        "grey_hair": p.hair_colour in ("grey", "white"),
        "dark_skin": p.skin > 0.55,
        "freckles": p.freckles > 0.0,
        "earrings": p.earrings,
        "looking_left": p.yaw < -0.08,
        "looking_right": p.yaw > 0.08,
        "light_from_left": p.light < 0.0,
    }
    return {"smile_amount": round(p.smile, 4)} | {name: float(value) for name, value in flags.items()}
