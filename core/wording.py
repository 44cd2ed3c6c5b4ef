"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, thing: str = "picture") -> str:
    """ "1 picture", "1,203 pictures"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def with_minus(number: str) -> str:
    """A number's text with a real minus for the hyphen: "−2.5"."""
    return number.replace("-", "\N{MINUS SIGN}")


def percent(value: float) -> str:
    """ "60 %", "−73 %": whole, with a real minus, no minus before 0, and a space at which no line breaks."""
    return with_minus(f"{round(value)}\N{NO-BREAK SPACE}%")


def rounded(value: float, digits: int, *, signed: bool = False) -> str:
    """ "+0.17", "−2.50", "0.00": with so many decimals, a real minus, and no sign before what is written as 0."""
    text = f"{value:,.{digits}f}"
    is_zero = not any(digit in text for digit in "123456789")
    return text.lstrip("-") if is_zero else with_minus(f"+{text}" if signed and value > 0 else text)


def few_digits(value: float) -> str:
    """ "1,240", "12", "1.4": with a decimal where it is small, so that no plural stands by a 1."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def share_words(part: float, whole: float) -> str:
    """ "12 %" of a whole; "< 1 %" and "> 99 %" where a whole number would say none or all, and it isn't so."""
    value = 100.0 * part / whole if whole else 0.0
    if 0.0 < value < 0.5:
        return "<\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}%"
    return ">\N{NO-BREAK SPACE}99\N{NO-BREAK SPACE}%" if 99.5 <= value < 100.0 else percent(value)


def sides(width: int, height: int) -> str:
    """ "178 × 218": a picture's size in pixels, which no line breaks apart."""
    return f"{width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height}"


def capital(text: str) -> str:
    """A text as a sentence begins: "An SC-VAE"."""
    return text[:1].upper() + text[1:]
