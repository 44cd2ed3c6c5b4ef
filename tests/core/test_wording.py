"""Numbers in sentences."""

from __future__ import annotations

import pytest

from core.families.registry import families
from core.wording import capital, share_words


@pytest.mark.parametrize(
    ("part", "text"), [(0, "0 %"), (1, "< 1 %"), (2, "1 %"), (150, "50 %"), (298, "99 %"), (299, "> 99 %"), (300, "100 %")]
)
def test_a_share_is_none_or_all_only_where_it_is(part: int, text: str) -> None:
    assert share_words(part, 300) == text


def test_a_family_is_spoken_of_as_people_say_its_letters() -> None:
    assert [one.one for one in families()][:3] == ["a VAE", "a VQ-VAE", "an SC-VAE"]
    assert capital("an SC-VAE can't") == "An SC-VAE can't"
    assert capital("") == ""
