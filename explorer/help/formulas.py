"""Formulas in a page, from LaTeX to pictures: Qt's Markdown knows none. matplotlib draws them, in a worker."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

_FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\w\\])\$(?P<inline>[^$\n]+?)\$(?!\w)", re.DOTALL)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_OTHERWISE = (
    (r"\\[lr]vert\b", "|"),
    (r"\\[lr]Vert\b", r"\\|"),
    (r"\\lt\b", "<"),
    (r"\\le\b", r"\\leq"),
    (r"\\ge\b", r"\\geq"),
)
"""What matplotlib calls by another name."""
_SIGNS = {
    "log": "log",
    "min": "min",
    "det": "det",
    "mid": "|",
    "Vert": "‖",
    "vert": "|",
    "sigma": "σ",
    "beta": "β",
    "Sigma": "Σ",
    "mu": "μ",
    "prod": "∏",
    "lambda": "λ",
    "delta": "δ",
    "top": "ᵀ",
    "ge": "≥",
    "geq": "≥",
    "epsilon": "ε",
    "gamma": "γ",
    "sum": "∑",
    "sim": "~",
    "propto": "∝",
    "partial": "∂",
    "le": "≤",
    "leq": "≤",
    "ldots": "…",
    "cdot": "·",
    "ell": "ℓ",
    "to": "→",
    "pi": "π",
    "notin": "∉",
    "nabla": "∇",
    "lt": "<",
    "int": "∫",
    "in": "∈",
    "lvert": "|",
    "rvert": "|",
    "lVert": "‖",
    "rVert": "‖",
    "left": "",
    "right": "",
    "quad": " ",
    "qquad": "  ",
    "textstyle": "",
}
"""What a command looks like where there is no picture of its formula."""
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_BRACE = re.compile(r"\\underbrace\{([^{}]*)\}_\(?([^(){}\s]+)\)?")
_ACCENTS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303"}
_ACCENT = re.compile(rf"\\({'|'.join(_ACCENTS)})(?:\{{(\w)\}}|\s+(\w))")
_FONT = re.compile(r"\\(?:mathcal|mathbb|mathrm|mathbf|operatorname|text)\{([^{}]*)\}|\\(?:mathcal|mathbb)\s+(\w)")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
SCHEME = "formula"
DOTS_PER_INCH = 72


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A drawn formula: how much ink there is, uint8 (H, W), and whether it goes below the line."""

    ink: np.ndarray
    hangs: bool


def place_of(number: int) -> str:
    """A formula's place in the Markdown: Qt shows a picture once for each piece of its description, so that is one word."""
    return f"![formula]({SCHEME}:{number})"


def split(text: str) -> tuple[str, tuple[str, ...]]:
    """A page's Markdown with a picture's place for each formula, and the formulas' LaTeX, in order and once each."""
    formulas: list[str] = []

    def place(match: re.Match[str]) -> str:
        latex = " ".join((match["block"] or match["inline"]).split())
        if latex not in formulas:
            formulas.append(latex)
        picture = place_of(formulas.index(latex))
        return f"\n\n{picture}\n\n" if match["block"] else picture

    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\0{len(kept) - 1}\0"

    whole = _FORMULA.sub(place, _CODE.sub(hide, text))
    return re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], whole), tuple(formulas)


def readable(latex: str) -> str:
    """A formula as plain text: until its picture is drawn, and where there can be none."""
    text, before = latex, ""
    while text != before:  # from the inside out
        before = text
        text = _FONT.sub(lambda match: match[1] or match[2] or "", text)
        text = _ACCENT.sub(lambda match: (match[2] or match[3]) + _ACCENTS[match[1]], text)
        text = _FRACTION.sub(lambda match: "/".join(map(_grouped, match.groups())), text)
        text = _BRACE.sub(r"\1 [\2]", text)
        text = re.sub(r"([_^])\{(.)\}", r"\1\2", text)
        text = re.sub(r"([_^])\{([^{}]*)\}", r"\1(\2)", text)
    text = _COMMAND.sub(lambda match: _SIGNS.get(match[1], match[1]), re.sub(r"\\[,;:! ]", " ", text))
    text = re.sub(r"\\([{}|])", lambda match: {"{": "\1", "}": "\2", "|": "‖"}[match[1]], text)
    text = text.replace("^ᵀ", "ᵀ").replace("{", "").replace("}", "").replace("\1", "{").replace("\2", "}").replace("-", "−")
    return " ".join(text.split())


def _grouped(part: str) -> str:
    """A fraction's part, in brackets where it is of several."""
    return part if re.fullmatch(r"\\?\w+", part) else f"({part})"


def draw(latex: str, points: float, scale: float) -> Formula | None:
    """Draw a formula at a text size and a number of pixels a dot; None where matplotlib can't read it."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - large, and only wanted for pages with formulas
    from matplotlib.mathtext import MathTextParser  # noqa: PLC0415

    from core.export.drawn import ONE_AT_A_TIME  # noqa: PLC0415

    for known, other in _OTHERWISE:
        latex = re.sub(known, other, latex)
    try:
        with ONE_AT_A_TIME:
            parsed = MathTextParser("agg").parse(f"${latex}$", DOTS_PER_INCH * scale, FontProperties(size=points))
    except ValueError:  # something that matplotlib's TeX doesn't know
        return None
    return Formula(np.ascontiguousarray(np.asarray(parsed.image, np.uint8)), parsed.depth > 2 * scale)
