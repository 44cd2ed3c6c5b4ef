"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, thing: str = "picture") -> str:
    """ "1 picture", "1,203 pictures"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def with_minus(number: str) -> str:
    """A number's text with a real minus for the hyphen: "−2.5"."""
    return number.replace("-", "\N{MINUS SIGN}")


def percent(value: float) -> str:
    """ "60 %", "−73 %": whole, with a real minus, and no minus before 0."""
    return with_minus(f"{round(value)} %")


def sides(width: int, height: int) -> str:
    """ "178 × 218": a picture's size in pixels, which no line breaks apart."""
    return f"{width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height}"
