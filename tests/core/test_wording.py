"""Numbers in sentences."""

from __future__ import annotations

import pytest

from core.families.registry import families
from core.wording import capital, few_digits, percent, rounded, share_words


@pytest.mark.parametrize(
    ("part", "text"), [(0, "0 %"), (1, "< 1 %"), (2, "1 %"), (150, "50 %"), (298, "99 %"), (299, "> 99 %"), (300, "100 %")]
)
def test_a_share_is_none_or_all_only_where_it_is(part: int, text: str) -> None:
    assert share_words(part, 300) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_percent_stays_on_one_line() -> None:
    assert [percent(value) for value in (45.2, -73.0, -0.4)] == ["45\u00a0%", "−73\u00a0%", "0\u00a0%"]


@pytest.mark.parametrize(
    ("value", "text"), [(-0.004, "0.00"), (0.0, "0.00"), (0.004, "0.00"), (0.17, "+0.17"), (-0.45, "−0.45"), (-0.005001, "−0.01")]
)
def test_no_sign_stands_before_zero(value: float, text: str) -> None:
    assert rounded(value, 2, signed=True) == text
    assert rounded(value, 2) == text.lstrip("+")


def test_a_family_is_spoken_of_as_people_say_its_letters() -> None:
    assert [one.one for one in families()][:3] == ["a VAE", "a VQ-VAE", "an SC-VAE"]
    assert capital("an SC-VAE can't") == "An SC-VAE can't"
    assert capital("") == ""


@pytest.mark.parametrize(("value", "text"), [(0.04, "0.0"), (1.0, "1.0"), (9.94, "9.9"), (9.96, "10"), (1240.4, "1,240")])
def test_few_digits_have_a_decimal_where_they_are_small(value: float, text: str) -> None:
    assert few_digits(value) == text
