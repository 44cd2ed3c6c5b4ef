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


def share_words(part: float, whole: float) -> str:
    """ "12 %" of a whole; "< 1 %" and "> 99 %" where a whole number would say none or all, and it isn't so."""
    value = 100.0 * part / whole if whole else 0.0
    if 0.0 < value < 0.5:
        return "< 1 %"
    return "> 99 %" if 99.5 <= value < 100.0 else percent(value)


def sides(width: int, height: int) -> str:
    """ "178 × 218": a picture's size in pixels, which no line breaks apart."""
    return f"{width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height}"


def capital(text: str) -> str:
    """A text as a sentence begins: "An SC-VAE"."""
    return text[:1].upper() + text[1:]
